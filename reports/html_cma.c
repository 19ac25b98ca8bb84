/* SPDX-License-Identifier: GPL-2.0-only */
/* The page's section about contiguous memory: areas, failures with causes, who was in the way. */
#include <inttypes.h>

#include "reports/cma_facts.h"
#include "reports/escape.h"
#include "reports/html.h"

static void put_number_text(const struct html *h, const char *text)
{
	fprintf(h->out, "<td class=n>%s</td>", text);
}

static void put_ms(const struct html *h, int64_t ns, bool known)
{
	char text[24];

	put_number_text(h, known ? facts_milli(text, ns / 1000) : "&ndash;");
}

static int put_area(void *ctx, const struct cma_area_facts *a)
{
	const struct html *h = ctx;
	char text[24];

	fputs("<tr>", h->out);
	html_text(h, a->name);
	put_number_text(h, facts_bytes(text, a->pages * h->f->page_size));
	html_number(h, a->allocs);
	html_number(h, a->failed);
	html_number(h, a->tries);
	html_number(h, a->busy);
	html_number(h, a->migrated_pages);
	html_number(h, a->reclaimed_pages);
	put_ms(h, a->median_ns, a->has_latency);
	put_ms(h, a->max_ns, a->has_latency);
	fprintf(h->out, "<td class=n>%s %%</td>",
		facts_percent(text, a->most_lent_pages, a->pages));
	put_number_text(h, facts_bytes(text, a->least_chunk_pages * h->f->page_size));
	fputs("</tr>\n", h->out);
	return 0;
}

/* " by TASK at SITE, 2.035 s before", as far as it is known. */
static void put_owner(const struct html *h, const struct cma_owner *o)
{
	char age[24];

	if (!o->task) {
		fputs("&ndash;", h->out);
		return;
	}
	escape_html(h->out, o->task);
	fprintf(h->out, "-%" PRId64, o->pid);
	if (o->site) {
		fputs(" at ", h->out);
		escape_html(h->out, o->site);
	}
	if (o->age_ns >= 0)
		fprintf(h->out, ", %s s before", facts_milli(age, o->age_ns / 1000000));
}

static int put_failure(void *ctx, const struct cma_failure_facts *a)
{
	const struct html *h = ctx;
	char text[24];

	fputs("<tr>", h->out);
	put_number_text(h, facts_milli(text, (a->ts_ns - h->f->first_ts_ns) / 1000000));
	html_number(h, a->event_no);
	html_text(h, a->task ? a->task : "\xe2\x80\x93");
	html_text(h, a->area);
	html_number(h, a->pages);
	fputs("<td class=wrap>", h->out);
	escape_html(h->out, a->reason);
	fputs("</td>", h->out);
	if (a->busy_pfn >= 0)
		fprintf(h->out, "<td class=n>%#" PRIx64 "</td>", (uint64_t)a->busy_pfn);
	else
		fputs("<td class=nil>&ndash;</td>", h->out);
	fputs(a->owner.task ? "<td class=wrap>" : "<td class=nil>", h->out);
	put_owner(h, &a->owner);
	fputs("</td></tr>\n", h->out);
	return 0;
}

static int put_blocker(void *ctx, const struct cma_blocker_facts *b)
{
	const struct html *h = ctx;
	char age[24];

	fputs("<tr>", h->out);
	html_number(h, b->tries);
	html_number(h, b->pages);
	html_text(h, b->owner.task ? b->owner.task : "not known");
	html_text(h, b->owner.site ? b->owner.site : "\xe2\x80\x93");
	put_number_text(h, b->owner.age_ns >= 0 ? facts_milli(age, b->owner.age_ns / 1000000) :
						  "&ndash;");
	fputs("</tr>\n", h->out);
	return 0;
}

static void begin_table(const struct html *h, const char *columns)
{
	fprintf(h->out, "<div class=scroll><table>\n<tr>%s</tr>\n", columns);
}

static void end_table(const struct html *h)
{
	fputs("</table></div>\n", h->out);
}

static int put_failures(const struct html *h)
{
	int64_t n = 0;
	int err = cma_count_failures(&n, h->f, h->d);

	if (err || !n)
		return err;
	fputs("<h3>Failed, and why</h3>\n", h->out);
	begin_table(
		h,
		"<th class=n>time <small>[s]</small></th><th class=n>event</th><th>task</th><th>area</th>"
		"<th class=n>pages</th><th>reason</th><th class=n>page in the way</th>"
		"<th>allocated by</th>");
	err = cma_failures(h->f, CMA_MAX_ROWS, put_failure, (void *)(uintptr_t)h, h->d);
	end_table(h);
	if (n > CMA_MAX_ROWS)
		fprintf(h->out,
			"<p class=soft>The first %d of %" PRId64
			"; failures.csv has all of them.</p>\n",
			CMA_MAX_ROWS, n);
	return err;
}

static int put_blockers(const struct html *h)
{
	int64_t n = 0;
	int err = cma_count_busy(&n, h->f, h->d);

	if (err || !n)
		return err;
	fputs("<h3>Who was in the way</h3>\n<p>Ranges that an allocation tried and found busy, by who had allocated "
	      "the page that stayed.</p>\n",
	      h->out);
	begin_table(
		h,
		"<th class=n>busy ranges</th><th class=n>pages</th><th>task</th><th>call site</th>"
		"<th class=n>oldest <small>[s]</small></th>");
	err = cma_blockers(h->f, CMA_MAX_ROWS, put_blocker, (void *)(uintptr_t)h, h->d);
	end_table(h);
	return err;
}

int html_cma(const struct html *h)
{
	int err;

	if (!h->f->nr_areas && !h->f->cma_allocs)
		return 0;
	html_heading(h, "cma", "Contiguous memory");
	if (h->f->nr_areas) {
		fputs("<p>CMA areas, and how allocations from them went. What an area does not need it lends to movable "
		      "requests; pages that cannot leave make a range busy, and another is tried.</p>\n",
		      h->out);
		begin_table(
			h,
			"<th>area</th><th class=n>size</th><th class=n>allocations</th>"
			"<th class=n>failed</th><th class=n>tries</th><th class=n>busy</th>"
			"<th class=n>pages moved</th><th class=n>dropped</th>"
			"<th class=n>median <small>[ms]</small></th><th class=n>longest <small>[ms]</small></th>"
			"<th class=n>most lent</th><th class=n>least unallocated range</th>");
		err = cma_areas(h->f, put_area, (void *)(uintptr_t)h, h->d);
		end_table(h);
		if (err)
			return err;
	}
	err = put_failures(h);
	if (!err)
		err = put_blockers(h);
	if (!err)
		err = html_view(h, "v_cma_allocs");
	return err ? err : html_view(h, "v_cma_tries");
}
