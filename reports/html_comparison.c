/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of a comparison. First in words what depends on what, then the table, then the figures,
 * then where runs part and how they were made.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/html.h"
#include "reports/html_sweep.h"
#include "reports/plot.h"
#include "reports/plot_comparison.h"

enum { MAX_ROWS = 1000 };

struct page {
	FILE *out;
	const struct comparison *c;
	struct km_diag *d;
};

static void put_heading(const struct page *p, const char *id, const char *title)
{
	fprintf(p->out, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

static void put_run(const struct page *p, size_t r)
{
	fputs("<b>", p->out);
	comparison_say_run(p->c, r, p->out, escape_html);
	fputs("</b>", p->out);
}

static void put_number(const struct page *p, size_t r, size_t m)
{
	char count[32];

	if (p->c->run[r].metric[m].has)
		fputs(facts_count(count, p->c->run[r].metric[m].n), p->out);
	else
		fputs("not known", p->out);
}

static void put_title(const struct page *p)
{
	const struct comparison *c = p->c;
	bool unvalidated = false;

	for (size_t r = 0; r < c->nr_runs; r++)
		unvalidated |= c->run[r].unvalidated;
	fprintf(p->out, "<header>\n<h1>%zu configurations compared</h1>\n<div class=soft>trace ",
		c->nr_runs);
	escape_html(p->out, c->nr_runs ? c->run[0].trace : "");
	fputs("</div>\n", p->out);
	if (unvalidated)
		fputs("<span class=badge>Some kernels&rsquo; models have not been held against a capture "
		      "of this kernel</span>\n",
		      p->out);
	fputs("<nav><a href=\"#short\">In short</a><a href=\"#table\">Table</a><a href=\"#figures\">Figures</a>"
	      "%s<a href=\"#made\">How it was made</a></nav>\n"
	      "</header>\n<p>One recorded workload was run through a model of the Linux kernel&rsquo;s "
	      "page allocator, once for each configuration below. What is asked for and freed, and when, "
	      "is the same in all runs, as it was recorded; which pages are handed out is decided "
	      "anew by each configuration. So every difference here comes from the configuration.</p>\n",
	      p->out);
}

/* ---- in short ---- */

static const char *value_of(const struct comparison *c, size_t r, size_t k)
{
	return c->run[r].value[k] ? c->run[r].value[k] : "";
}

/* Do all runs with the same value of key @k have the same of metric @m, and not all runs? */
static bool depends_on(const struct comparison *c, size_t m, size_t k)
{
	for (size_t a = 0; a < c->nr_runs; a++)
		for (size_t b = 0; b < a; b++)
			if (!strcmp(value_of(c, a, k), value_of(c, b, k)) &&
			    (c->run[a].metric[m].has != c->run[b].metric[m].has ||
			     c->run[a].metric[m].n != c->run[b].metric[m].n))
				return false;
	return c->key[k].varies;
}

static void put_by_key(const struct page *p, size_t m, size_t k)
{
	const struct comparison *c = p->c;
	const char *lead = "";

	fputs(" depends on <b>", p->out);
	escape_html(p->out, c->key[k].key);
	fputs("</b> alone: ", p->out);
	for (size_t r = 0; r < c->nr_runs; r++) {
		size_t first = 0;

		while (strcmp(value_of(c, first, k), value_of(c, r, k)))
			first++;
		if (first != r)
			continue;
		fputs(lead, p->out);
		put_number(p, r, m);
		fputs(" with ", p->out);
		escape_html(p->out, value_of(c, r, k));
		lead = ", ";
	}
	fputs(".", p->out);
}

/* The best (@sign 1) or worst run of metric @m; nr_runs: none knows it. */
static size_t extreme(const struct comparison *c, size_t m, int sign)
{
	size_t best = c->nr_runs;
	bool more = (c->metric[m].metric->better == METRIC_MORE) == (sign > 0);

	for (size_t r = 0; r < c->nr_runs; r++) {
		if (!c->run[r].metric[m].has)
			continue;
		if (best == c->nr_runs || (more ? c->run[r].metric[m].n > c->run[best].metric[m].n :
						  c->run[r].metric[m].n < c->run[best].metric[m].n))
			best = r;
	}
	return best;
}

static void put_extremes(const struct page *p, size_t m)
{
	size_t best = extreme(p->c, m, 1), worst = extreme(p->c, m, -1);

	if (best == p->c->nr_runs)
		return;
	fputs(" is best with ", p->out);
	put_run(p, best);
	fputs(" (", p->out);
	put_number(p, best, m);
	fputs("), worst with ", p->out);
	put_run(p, worst);
	fputs(" (", p->out);
	put_number(p, worst, m);
	fputs(").", p->out);
}

static void put_sentence(const struct page *p, size_t m)
{
	const struct comparison *c = p->c;

	fputs("<li><b>", p->out);
	putc(c->metric[m].title[0] - (c->metric[m].title[0] >= 'a') * ('a' - 'A'), p->out);
	fprintf(p->out, "%s</b>%s%s%s", c->metric[m].title + 1,
		*c->metric[m].metric->unit ? " [" : "", c->metric[m].metric->unit,
		*c->metric[m].metric->unit ? "]" : "");
	for (size_t k = 0; k < c->nr_keys; k++)
		if (depends_on(c, m, k)) {
			put_by_key(p, m, k);
			fputs("</li>\n", p->out);
			return;
		}
	put_extremes(p, m);
	fputs("</li>\n", p->out);
}

static void put_same(const struct page *p)
{
	const struct comparison *c = p->c;
	const char *lead = "<p class=soft>The same in all runs: ";
	char count[32];

	for (size_t m = 0; m < c->nr_metrics; m++) {
		if (!c->nr_runs || !c->run[0].metric[m].has || comparison_differs(c, m))
			continue;
		fprintf(p->out, "%s%s %s", lead, c->metric[m].title,
			facts_count(count, c->run[0].metric[m].n));
		lead = "; ";
	}
	fputs(*lead == ';' ? ".</p>\n" : "", p->out);
}

static int put_short(const struct page *p)
{
	bool any = false;

	put_heading(p, "short", "In short");
	fputs("<ul>\n", p->out);
	for (size_t m = 0; m < p->c->nr_metrics; m++)
		if (comparison_differs(p->c, m)) {
			put_sentence(p, m);
			any = true;
		}
	fputs("</ul>\n", p->out);
	if (!any)
		fputs("<p>The configurations came to the same in everything that is counted.</p>\n",
		      p->out);
	put_same(p);
	return 0;
}

/* ---- the table ---- */

static void put_columns(const struct page *p)
{
	const struct comparison *c = p->c;

	fputs("<tr><th class=n>run</th>", p->out);
	for (size_t k = 0; k < c->nr_keys; k++) {
		if (!c->key[k].varies)
			continue;
		fputs("<th>", p->out);
		escape_html(p->out, c->key[k].key);
		fputs("</th>", p->out);
	}
	for (size_t m = 0; m < c->nr_metrics; m++) {
		const struct metric *x = c->metric[m].metric;

		if (!comparison_differs(c, m))
			continue;
		fprintf(p->out, "<th class=\"n what\">%s<br><small>%s%s%s%s is better</small></th>",
			c->metric[m].title, *x->unit ? "[" : "", x->unit, *x->unit ? "], " : "",
			x->better == METRIC_LESS ? "less" : "more");
	}
	fputs("</tr>\n", p->out);
}

static void put_cell(const struct page *p, size_t r, size_t m)
{
	static const char *const classes[] = { "n worse", "n", "n better" };
	static const char *const marks[] = { "\xe2\x96\xbc ", "", "\xe2\x96\xb2 " };
	static const char *const words[] = { "worse", "", "better" };
	int sign = comparison_sign(p->c, r, m);
	char delta[32], ratio[32];

	fprintf(p->out, "<td class=\"%s\">", classes[sign + 1]);
	if (p->c->run[r].metric[m].has)
		put_number(p, r, m);
	else
		fputs("&ndash;", p->out);
	comparison_delta(delta, p->c, r, m);
	comparison_ratio(ratio, p->c, r, m);
	if (*delta)
		fprintf(p->out, "<br><small title=\"%s\">%s%s%s%s</small>", words[sign + 1],
			marks[sign + 1], delta, *ratio ? ", " : "", ratio);
	fputs("</td>", p->out);
}

static void say_left_out(const struct page *p)
{
	if (p->c->nr_runs > MAX_ROWS)
		fprintf(p->out,
			"<p class=soft>The first %d of %zu; kmemlab report --format json has all of "
			"them.</p>\n",
			MAX_ROWS, p->c->nr_runs);
}

static int put_table(const struct page *p)
{
	const struct comparison *c = p->c;

	put_heading(p, "table", "Table");
	if (c->base < c->nr_runs) {
		fprintf(p->out, "<p>Run %" PRId64 " (", c->run[c->base].run);
		put_run(p, c->base);
		fputs(") is the base: below each number stands how much more or less than the base "
		      "that is, and how many times the base&rsquo;s. \xe2\x96\xb2 is better than the "
		      "base, \xe2\x96\xbc worse.</p>\n",
		      p->out);
	}
	fputs("<div class=scroll><table class=compare>\n", p->out);
	put_columns(p);
	for (size_t r = 0; r < c->nr_runs && r < MAX_ROWS; r++) {
		fprintf(p->out, "<tr%s><td class=n>%" PRId64 "</td>",
			r == c->base ? " class=all" : "", c->run[r].run);
		for (size_t k = 0; k < c->nr_keys; k++) {
			if (!c->key[k].varies)
				continue;
			fputs("<td>", p->out);
			escape_html(p->out, value_of(c, r, k));
			fputs("</td>", p->out);
		}
		for (size_t m = 0; m < c->nr_metrics; m++)
			if (comparison_differs(c, m))
				put_cell(p, r, m);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
	say_left_out(p);
	return 0;
}

/* ---- figures ---- */

static int put_overlay(const struct page *p, const struct overlay *o, unsigned int *number)
{
	char *script = NULL;
	size_t len;
	FILE *f = open_memstream(&script, &len);

	if (!f)
		return km_fail(p->d, KM_ENOMEM, "", "out of memory");
	int err = overlay_draw(f, o, p->c, p->d);

	if (fclose(f) && err >= 0)
		err = km_fail(p->d, KM_ENOMEM, "", "out of memory");
	if (!err) {
		fprintf(p->out, "<figure id=\"%s\">\n<div class=plot>\n", o->plot.name);
		err = plot_run(p->out, script, len, PLOT_SVG_INLINE, ++*number, p->d);
		fprintf(p->out, "</div>\n<figcaption>Figure %u. %s</figcaption>\n</figure>\n",
			*number, o->plot.about);
	}
	free(script);
	return err < 0 ? err : 0;
}

static int put_figures(const struct page *p)
{
	size_t n;
	const struct overlay *o = overlays(&n);
	unsigned int number = 0;
	int err = 0;

	put_heading(p, "figures", "Over time");
	if (p->c->nr_runs > OVERLAY_MAX_RUNS)
		fprintf(p->out, "<p class=soft>The first %d runs.</p>\n", OVERLAY_MAX_RUNS);
	for (size_t i = 0; i < n && !err; i++)
		err = put_overlay(p, &o[i], &number);
	return err;
}

/* ---- where they part ---- */

static void put_page(const struct page *p, int64_t pfn)
{
	if (pfn < 0)
		fputs("<td class=n>none</td>", p->out);
	else
		fprintf(p->out, "<td class=n>%#" PRIx64 "</td>", (uint64_t)pfn);
}

static void put_parting(const struct page *p, const struct comparison_run *x)
{
	char count[32];

	if (!x->parted) {
		fputs(x->base ? "<td colspan=5>nowhere: every allocation got the same page</td>" :
				"<td colspan=5>not known</td>",
		      p->out);
		return;
	}
	fprintf(p->out, "<td class=n>%s</td><td class=n>%" PRId64 ".%06" PRId64 "</td><td>",
		facts_count(count, x->event_no), x->ts_ns / 1000000000,
		x->ts_ns % 1000000000 / 1000);
	comparison_say_request(x, p->out);
	fputs("</td>", p->out);
	put_page(p, x->pfn);
	put_page(p, x->base_pfn);
}

static int put_many(const struct page *p)
{
	return html_sweep(p->out, p->c, p->d);
}

static int put_partings(const struct page *p)
{
	const struct comparison *c = p->c;
	bool asked = false;

	for (size_t r = 0; r < c->nr_runs; r++)
		asked |= c->run[r].base != 0;
	if (!asked)
		return 0;
	put_heading(p, "parts", "Where runs part");
	if (c->base == c->nr_runs) {
		fputs("<p>The base did not finish: nothing to hold the others against.</p>\n",
		      p->out);
		return 0;
	}
	fputs("<p>The first allocation for which a run chose another page than the base. What comes after "
	      "it differs because of it, too.</p>\n<div class=scroll><table>\n<tr><th class=n>run</th>"
	      "<th>configuration</th><th class=n>event</th><th class=n>time [s]</th><th>request</th>"
	      "<th class=n>page</th><th class=n>the base&rsquo;s page</th></tr>\n",
	      p->out);
	for (size_t r = 0; r < c->nr_runs; r++) {
		if (r == c->base)
			continue;
		fprintf(p->out, "<tr><td class=n>%" PRId64 "</td><td>", c->run[r].run);
		comparison_say_run(c, r, p->out, escape_html);
		fputs("</td>", p->out);
		put_parting(p, &c->run[r]);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
	return 0;
}

static int put_made(const struct page *p)
{
	const struct comparison *c = p->c;

	put_heading(p, "made", "How it was made");
	fputs("<p>Each run by itself, with its map of memory, its failures and its configuration: "
	      "<code>kmemlab report ",
	      p->out);
	escape_html(p->out, query_db_path(c->db));
	fputs(" --run N -o DIR</code>.</p>\n<div class=scroll><table>\n<tr><th class=n>run</th>"
	      "<th>configuration</th><th>kernel</th><th>model</th><th>digest</th></tr>\n",
	      p->out);
	for (size_t r = 0; r < c->nr_runs && r < MAX_ROWS; r++) {
		fprintf(p->out, "<tr><td class=n>%" PRId64 "</td><td>", c->run[r].run);
		comparison_say_run(c, r, p->out, escape_html);
		fputs("</td><td>", p->out);
		escape_html(p->out, c->run[r].kernel);
		fprintf(p->out, "</td><td>%s%s</td><td class=wrap>",
			c->run[r].unvalidated ? "unvalidated" : "validated",
			c->run[r].what_if ? ", what if" : "");
		escape_html(p->out, c->run[r].digest);
		fputs("</td></tr>\n", p->out);
	}
	fputs("</table></div>\n<footer>Written by kmemlab. The same database gives the same page; equal "
	      "digests mean equal results.</footer>\n</main>\n</body>\n</html>\n",
	      p->out);
	return 0;
}

int html_comparison(FILE *out, const struct comparison *c, struct km_diag *d)
{
	int (*const parts[])(const struct page *) = { put_short,   put_many,	 put_table,
						      put_figures, put_partings, put_made };
	const struct page p = { .out = out, .c = c, .d = d };
	int err = 0;

	html_head(out, c->nr_runs ? c->run[0].name : "");
	put_title(&p);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = parts[i](&p);
	return err;
}
