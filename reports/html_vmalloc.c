/* SPDX-License-Identifier: GPL-2.0-only */
/* The section about virtual addresses: what was done for them, at each label and at the end. */
#include <inttypes.h>

#include "reports/escape.h"
#include "reports/html.h"

static void put_or_dash(const struct html *h, const struct query *q, size_t i)
{
	if (query_type(q, i) == QUERY_NULL)
		fputs("<td class=nil>&ndash;</td>", h->out);
	else
		html_number(h, query_int(q, i));
}

static int put_state(void *ctx, const struct query *q)
{
	const struct html *h = ctx;
	char text[24];

	fputs("<tr>", h->out);
	html_text(h, query_text(q, 0));
	html_number(h, query_int(q, 1));
	for (size_t i = 2; i < 7; i++)
		fprintf(h->out, "<td class=n>%s</td>",
			facts_bytes(text, query_int(q, i) * h->f->page_size));
	for (size_t i = 7; i < query_nr_columns(q); i++)
		put_or_dash(h, q, i);
	fputs("</tr>\n", h->out);
	return 0;
}

int html_vmalloc(const struct html *h)
{
	static const char sql[] =
		"SELECT CASE s.label WHEN '' THEN 'end' ELSE s.label END, v.areas, v.used_pages, "
		"v.guard_pages, v.lazy_pages, v.pooled_pages, v.hole_pages, v.searches, v.steps, v.purges, "
		"v.purged_pages, v.table_pages, v.flushes, v.full_flushes, v.ipis, v.failures "
		"FROM v_vmalloc AS v JOIN v_samples AS s USING (run, sample) WHERE v.run = ?1 AND "
		"(s.label != '' OR v.sample = (SELECT max(sample) FROM v_vmalloc WHERE run = ?1)) "
		"ORDER BY v.sample LIMIT 50";
	const struct query_arg run = { .number = h->f->run };
	int err;

	if (!h->f->vmalloc_states)
		return 0;
	html_heading(h, "vmalloc", "Virtual addresses");
	fputs("<p>The range of vmalloc, ioremap and mapped stacks. Freed areas wait, and are purged together: one flush of "
	      "the TLB of every CPU then serves them all. Searches, purges and flushes count from the beginning; "
	      "what only a model that serves requests itself can tell is a dash elsewhere.</p>\n"
	      "<div class=scroll><table>\n<tr><th>state</th><th class=n>areas</th><th class=n>in use</th>"
	      "<th class=n>guards</th><th class=n>waiting</th><th class=n>in pools</th><th class=n>holes</th>"
	      "<th class=n>searches</th><th class=n>areas looked at</th><th class=n>purges</th>"
	      "<th class=n>pages purged</th><th class=n>page tables</th><th class=n>flushes</th>"
	      "<th class=n>full ones</th><th class=n>IPIs</th><th class=n>failed</th></tr>\n",
	      h->out);
	err = query_each(h->f->db, sql, &run, 1, put_state, (void *)(uintptr_t)h, h->d);
	fputs("</table></div>\n", h->out);
	return err;
}
