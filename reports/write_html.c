/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "page_css.h"
#include "reports/escape.h"
#include "reports/html.h"
#include "reports/losses.h"
#include "reports/write.h"

void html_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:\">\n<title>",
	      out);
	escape_html(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n",
		(const char *)page_css);
}

static void put_badge(const struct html *h, bool shown, const char *text)
{
	if (shown)
		fprintf(h->out, "<span class=badge>%s</span>", text);
}

static void put_title(const struct html *h)
{
	const struct facts *f = h->f;
	char lost[32], text[96];

	fputs("<header>\n<h1>", h->out);
	escape_html(h->out, f->name);
	fputs("</h1>\n<div class=soft>kernel ", h->out);
	escape_html(h->out, f->kernel);
	fputs(f->slab[0] ? ", " : "", h->out);
	escape_html(h->out, f->slab);
	fputs(", mode ", h->out);
	escape_html(h->out, f->mode);
	fputs(", trace ", h->out);
	escape_html(h->out, f->trace);
	fputs("</div>\n", h->out);
	snprintf(text, sizeof(text), "The trace lost %s events: what they did is missing here",
		 facts_count(lost, f->lost_events));
	put_badge(h, f->lost_events > 0, text);
	put_badge(h, f->what_if, "What if: no kernel ever shipped this configuration");
	put_badge(h, f->unvalidated,
		  "Unvalidated: this kernel's model has not been held against a capture");
	fputs("\n<nav><a href=\"#figures\">Figures</a><a href=\"#fidelity\">Fidelity</a><a href=\"#fallbacks\">Fallbacks</a>"
	      "<a href=\"#failures\">Failures</a>",
	      h->out);
	fputs(f->nr_areas || f->cma_allocs ? "<a href=\"#cma\">Contiguous memory</a>" : "", h->out);
	fputs(f->nr_layers || f->nr_caches || f->nr_sites ? "<a href=\"#slab\">Objects</a>" : "",
	      h->out);
	fputs(h->f->vmalloc_states ? "<a href=\"#vmalloc\">Virtual addresses</a>" : "", h->out);
	fputs("<a href=\"#labels\">Labels</a><a href=\"#tables\">More tables</a>"
	      "<a href=\"#made\">How it was made</a></nav>\n</header>\n",
	      h->out);
}

static void put_card(const struct html *h, const char *value, const char *what)
{
	fprintf(h->out, "<div class=card><b>%s</b><span>%s</span></div>\n", value, what);
}

static int put_fidelity_card(const struct html *h)
{
	static const char hits_sql[] =
		"SELECT hits FROM v_fidelity WHERE run = ? AND metric = 'page.pfn' AND scope = 'all'";
	static const char total_sql[] =
		"SELECT total FROM v_fidelity WHERE run = ? AND metric = 'page.pfn' AND scope = 'all'";
	const struct query_arg run = { .number = h->f->run };
	int64_t hits = 0, total = 0;
	char percent[24], text[32];
	int err = query_number(&hits, h->f->db, hits_sql, &run, 1, 0, h->d);

	if (!err)
		err = query_number(&total, h->f->db, total_sql, &run, 1, 0, h->d);
	if (err || !total)
		return err;
	snprintf(text, sizeof(text), "%s %%", facts_percent(percent, hits, total));
	put_card(h, text, "of pages predicted exactly");
	return 0;
}

static int put_cards(const struct html *h)
{
	const struct facts *f = h->f;
	int64_t ms = (f->last_ts_ns - f->first_ts_ns) / 1000000, free_pages = 0;
	char a[32], b[32], text[96];
	int err;

	for (size_t i = 0; i < f->nr_zones; i++)
		free_pages += f->zones[i].free_pages;
	fputs("<div class=cards>\n", h->out);
	snprintf(text, sizeof(text), "events in %" PRId64 ".%03" PRId64 " s", ms / 1000, ms % 1000);
	put_card(h, facts_count(a, f->events), text);
	put_card(h, facts_count(a, f->lost_events), "events lost");
	err = put_fidelity_card(h);
	put_card(h, facts_bytes(b, free_pages * f->page_size), "free at the end");
	snprintf(text, sizeof(text), "fallbacks, %s recorded",
		 facts_count(b, f->recorded_fallbacks));
	put_card(h, facts_count(a, f->fallbacks), text);
	snprintf(text, sizeof(text), "failed allocations, %s recorded",
		 facts_count(b, f->recorded_failures));
	put_card(h, facts_count(a, f->failures), text);
	snprintf(text, sizeof(text), "recorded states, %zu labels", f->nr_labels);
	put_card(h, facts_count(a, f->nr_samples), text);
	fputs("</div>\n", h->out);
	return err;
}

static int put_losses(const struct html *h)
{
	const struct facts *f = h->f;

	if (!f->nr_losses)
		return 0;
	html_heading(h, "losses", "Lost events");
	fputs("<ul>\n", h->out);
	for (size_t i = 0; i < f->nr_losses; i++) {
		fputs("<li>", h->out);
		losses_say(h->out, f, &f->losses[i], escape_html);
		fputs("</li>\n", h->out);
	}
	fputs("</ul>\n<p>", h->out);
	losses_say_doubt(h->out, f);
	fputs(".</p>\n", h->out);
	return 0;
}

static void put_item(const struct html *h, const char *what, const char *value)
{
	fprintf(h->out, "<dt>%s</dt><dd>", what);
	escape_html(h->out, value[0] ? value : "not known");
	fputs("</dd>\n", h->out);
}

static const char *mode_meaning(const char *mode)
{
	if (!strcmp(mode, "observe"))
		return "observe: every recorded page is taken as the kernel took it";
	if (!strcmp(mode, "predict"))
		return "predict: the model chooses first, its choice is scored, then the record is obeyed";
	if (!strcmp(mode, "simulate"))
		return "simulate: the model's choices stand; the record only says what was asked for and freed";
	return mode;
}

static void put_how(const struct html *h)
{
	const struct facts *f = h->f;
	char number[64];

	html_heading(h, "made", "How it was made");
	fputs("<dl>\n", h->out);
	snprintf(number, sizeof(number), "%" PRId64 " of %" PRId64 " in the database", f->run,
		 f->nr_runs);
	put_item(h, "Run", number);
	put_item(h, "Mode", mode_meaning(f->mode));
	put_item(h, "Kernel", f->kernel);
	put_item(h, "Object allocator", f->slab);
	put_item(h, "Trace", f->trace);
	put_item(h, "Digest", f->digest);
	fputs("</dl>\n<details open><summary>Configuration</summary>\n<pre>", h->out);
	escape_html(h->out, f->config[0] ? f->config : "none");
	fputs("</pre></details>\n<footer>Written by kmemlab. The same database gives the same page; equal digests "
	      "mean equal results.</footer>\n</main>\n</body>\n</html>\n",
	      h->out);
}

int write_html(FILE *out, const struct facts *f, struct km_diag *d)
{
	int (*const parts[])(const struct html *) = { put_cards,     put_losses,     html_figures,
						      html_fidelity, html_fallbacks, html_failures,
						      html_pressure, html_slab,	     html_cma,
						      html_vmalloc,  html_labels,    html_views };
	const struct html h = { .out = out, .f = f, .d = d };
	int err = 0;

	html_head(out, f->name);
	put_title(&h);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = parts[i](&h);
	put_how(&h);
	return err;
}
