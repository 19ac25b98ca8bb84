/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/html.h"
#include "reports/tables.h"
#include "reports/write.h"

/* Rows of one table that the page shows; csv and json have all of them. */
enum { MAX_ROWS = 200, LONG_TEXT = 60 };

void html_heading(const struct html *h, const char *id, const char *title)
{
	fprintf(h->out, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

void html_number(const struct html *h, int64_t n)
{
	char text[32];

	fprintf(h->out, "<td class=n>%s</td>", facts_count(text, n));
}

void html_text(const struct html *h, const char *text)
{
	fputs(strlen(text) > LONG_TEXT ? "<td class=wrap>" : "<td>", h->out);
	escape_html(h->out, text);
	fputs("</td>", h->out);
}

/* The cells of a share: in percent, and as a bar with @what behind it. */
static void put_share(const struct html *h, int64_t part, int64_t whole, const char *what)
{
	char percent[24];

	if (whole <= 0) {
		fputs("<td class=n>&ndash;</td><td></td>", h->out);
		return;
	}
	fprintf(h->out,
		"<td class=n>%s %%</td><td><span class=bar><i style=\"width:%d%%\"></i></span>%s</td>",
		facts_percent(percent, part, whole), (int)(100.0 * (double)part / (double)whole),
		what);
}

static int fidelity_row(void *ctx, const struct query *q)
{
	const struct html *h = ctx;
	const char *scope = query_text(q, 1);
	int64_t hits = query_int(q, 2), total = query_int(q, 3), of = query_int(q, 4);
	bool miss = !strncmp(scope, "miss=", 5);

	fprintf(h->out, "<tr%s>", strcmp(scope, "all") ? "" : " class=all");
	html_text(h, query_text(q, 0));
	html_text(h, scope);
	if (miss)
		fputs("<td class=n>&ndash;</td>", h->out);
	else
		html_number(h, hits);
	html_number(h, total);
	if (miss)
		put_share(h, total, of, " of all misses");
	else
		put_share(h, hits, total, "");
	fputs("</tr>\n", h->out);
	return 0;
}

static const char fidelity_columns[] =
	"<div class=scroll><table>\n<tr><th>metric</th><th>scope</th><th class=n>hits</th>"
	"<th class=n>total</th><th class=n>share</th><th></th></tr>\n";

#define FIDELITY(where, order)                                                              \
	"SELECT f.metric, f.scope, f.hits, f.total, (SELECT a.total - a.hits FROM "         \
	"v_fidelity AS a WHERE a.run = f.run AND a.metric = f.metric AND a.scope = 'all') " \
	"FROM v_fidelity AS f WHERE f.run = ? AND " where " ORDER BY f.metric, " order
#define BY_CLASS "scope LIKE '%=%' AND scope NOT LIKE 'miss=%'"

/* The same by order, type or cache: many rows, behind a fold. */
static int put_fidelity_classes(const struct html *h)
{
	static const char sql[] = FIDELITY(BY_CLASS, "f.total DESC, f.scope LIMIT 400");
	const struct query_arg run = { .number = h->f->run };
	int64_t rows = 0;
	int err = query_number(&rows, h->f->db,
			       "SELECT count(*) FROM v_fidelity WHERE run = ? AND " BY_CLASS, &run,
			       1, 0, h->d);

	if (err || !rows)
		return err;
	fprintf(h->out, "<details><summary>By order, type and cache (%" PRId64 ")</summary>\n%s",
		rows, fidelity_columns);
	err = query_each(h->f->db, sql, &run, 1, fidelity_row, (void *)h, h->d);
	fputs("</table></div>\n", h->out);
	if (rows > 400)
		fputs("<p class=soft>The first 400; fidelity.csv has all of them.</p>\n", h->out);
	fputs("</details>\n", h->out);
	return err;
}

int html_fidelity(const struct html *h)
{
	static const char sql[] =
		FIDELITY("NOT (" BY_CLASS ")",
			 "f.scope != 'all', f.scope != 'known', f.scope LIKE 'miss=%', "
			 "f.total DESC, f.scope");
	const struct query_arg run = { .number = h->f->run };
	int64_t rows = 0;
	int err = query_number(&rows, h->f->db, "SELECT count(*) FROM v_fidelity WHERE run = ?",
			       &run, 1, 0, h->d);

	if (err)
		return err;
	html_heading(h, "fidelity", "Fidelity");
	if (!rows) {
		fputs("<p>This run was not scored against its trace (mode predict does that).</p>\n",
		      h->out);
		return 0;
	}
	fprintf(h->out,
		"<p>How often the model did what the kernel is on record to have done. Every recorded event of a "
		"kind counts; scope <em>known</em> leaves out pages never seen before, <em>uncertain</em> is those "
		"that lost events left in doubt, which <em>known</em> leaves out too, and <em>miss=&hellip;</em> "
		"says why the misses were misses.</p>\n%s",
		fidelity_columns);
	err = query_each(h->f->db, sql, &run, 1, fidelity_row, (void *)h, h->d);
	fputs("</table></div>\n", h->out);
	return err ? err : put_fidelity_classes(h);
}

/* Cells of any query: numbers to the right, text escaped, NULL as a dash. */
static void put_cell(const struct html *h, const struct query *q, size_t i, bool address)
{
	if (query_type(q, i) == QUERY_NULL)
		fputs("<td class=nil>\xe2\x80\x93</td>", h->out);
	else if (query_type(q, i) != QUERY_INT)
		html_text(h, query_text(q, i));
	else if (address)
		fprintf(h->out, "<td class=n>%#" PRIx64 "</td>", (uint64_t)query_int(q, i));
	else
		html_number(h, query_int(q, i));
}

static int plain_row(void *ctx, const struct query *q)
{
	const struct html *h = ctx;

	fputs("<tr>", h->out);
	for (size_t i = 0; i < query_nr_columns(q); i++)
		put_cell(h, q, i, false);
	fputs("</tr>\n", h->out);
	return 0;
}

/* Rows of a view without its run: addresses are hexadecimal, as the kernel's own are. */
struct view_rows {
	const struct html *h;
	const struct report_table *t;
};

static int view_row(void *ctx, const struct query *q)
{
	const struct view_rows *v = ctx;

	fputs("<tr>", v->h->out);
	for (size_t i = 0; i < query_nr_columns(q); i++) {
		const char *unit = v->t->columns[i + 1].unit;

		put_cell(v->h, q, i, !strcmp(unit, "pfn") || !strcmp(unit, "address"));
	}
	fputs("</tr>\n", v->h->out);
	return 0;
}

/* A summary table: @columns is the header row, its numbers' columns marked with class n. */
static int put_summary(const struct html *h, const char *columns, const char *sql)
{
	const struct query_arg run = { .number = h->f->run };
	int err;

	fprintf(h->out, "<div class=scroll><table>\n<tr>%s</tr>\n", columns);
	err = query_each(h->f->db, sql, &run, 1, plain_row, (void *)h, h->d);
	fputs("</table></div>\n", h->out);
	return err;
}

/* Whether a column holds numbers is a question of its values; the first row answers it. */
static int put_header(const struct html *h, const struct report_table *t, const char *sql)
{
	const struct query_arg run = { .number = h->f->run };
	struct query *q;
	int err = query_open(&q, h->f->db, sql, &run, 1, h->d);

	if (err)
		return err;
	err = query_next(q, h->d);
	fputs("<tr>", h->out);
	for (size_t i = 1; i < report_table_nr_columns(t) && err >= 0; i++) {
		const char *name = t->columns[i].name, *unit = t->columns[i].unit;
		bool number = unit[0] || (err && query_type(q, i - 1) == QUERY_INT);

		fprintf(h->out, "<th%s>%s", number ? " class=n" : "", name);
		fprintf(h->out,
			unit[0] && !strstr(name, unit) ? " <small>[%s]</small></th>" : "</th>",
			unit);
	}
	fputs("</tr>\n", h->out);
	query_close(q);
	return err < 0 ? err : 0;
}

/* The columns of a view but its run, as rows of the run; @where narrows them. */
static void view_query(char *sql, size_t size, const struct report_table *t, const char *where)
{
	size_t n = (size_t)snprintf(sql, size, "SELECT ");

	for (size_t i = 1; i < report_table_nr_columns(t); i++)
		n += (size_t)snprintf(sql + n, size - n, "%s%s", i > 1 ? ", " : "",
				      t->columns[i].name);
	n += (size_t)snprintf(sql + n, size - n,
			      " FROM %s WHERE run = ?1 %s ORDER BY 1, 2, 3 LIMIT %d", t->view,
			      where, MAX_ROWS);
	KM_BUG_ON(n >= size);
}

/* The rows of a view behind a fold; nothing where it has none. */
static int put_view(const struct html *h, const char *view, const char *where)
{
	const struct report_table *t = report_table_find(view);
	const struct query_arg run = { .number = h->f->run };
	char sql[2048], count[32];
	struct view_rows rows_of = { .h = h, .t = t };
	int64_t rows = 0;
	int err;

	KM_BUG_ON(!t);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE run = ?1 %s", view, where);
	err = query_number(&rows, h->f->db, sql, &run, 1, 0, h->d);
	if (err || !rows)
		return err;
	fprintf(h->out, "<details><summary>%s (%s)</summary>\n<div class=scroll><table>\n",
		t->title, facts_count(count, rows));
	view_query(sql, sizeof(sql), t, where);
	err = put_header(h, t, sql);
	if (!err)
		err = query_each(h->f->db, sql, &run, 1, view_row, &rows_of, h->d);
	fputs("</table></div>\n", h->out);
	if (rows > MAX_ROWS)
		fprintf(h->out, "<p class=soft>The first %d of %s; %s.csv has all of them.</p>\n",
			MAX_ROWS, count, t->file);
	fputs("</details>\n", h->out);
	return err;
}

int html_view(const struct html *h, const char *view)
{
	return put_view(h, view, "");
}

int html_fallbacks(const struct html *h)
{
	int err;

	html_heading(h, "fallbacks", "Fallbacks");
	if (!h->f->fallbacks) {
		fputs("<p>No allocation had to take a block of another migratetype.</p>\n", h->out);
		return 0;
	}
	fputs("<p>An allocation whose own migratetype had no block took one of another. The pageblock changed hands with "
	      "it where the kernel thought that worth it.</p>\n",
	      h->out);
	err = put_summary(
		h,
		"<th>asked for</th><th>took</th><th class=n>fallbacks</th><th class=n>pageblock changed hands</th>"
		"<th class=n>recorded by the kernel</th>",
		"SELECT alloc_type, fallback_type, count(*), sum(change_ownership), sum(recorded) FROM v_fallbacks "
		"WHERE run = ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
	return err ? err : put_view(h, "v_fallbacks", "");
}

int html_failures(const struct html *h)
{
	int err;

	html_heading(h, "failures", "Failed allocations");
	if (!h->f->failures) {
		fputs("<p>No allocation failed.</p>\n", h->out);
		return 0;
	}
	err = put_summary(
		h,
		"<th>path</th><th class=n>order</th><th>reason</th><th class=n>failures</th>"
		"<th class=n>recorded by the kernel</th>",
		"SELECT path, ord, reason, count(*), sum(recorded) FROM v_failures WHERE run = ? GROUP BY 1, 2, 3 "
		"ORDER BY 4 DESC, 1, 2, 3");
	return err ? err : put_view(h, "v_failures", "");
}

int html_pressure(const struct html *h)
{
	const struct query_arg run = { .number = h->f->run };
	int64_t sum = 0;
	int err = query_number(&sum, h->f->db,
			       "SELECT sum(recorded + model) FROM v_pressure WHERE run = ?", &run,
			       1, 0, h->d);

	if (err || !sum)
		return err;
	html_heading(h, "pressure", "Reclaim and compaction");
	fputs("<p>What the kernel reclaimed and compacted while the model ran free, and what the model did by itself.</p>\n",
	      h->out);
	return put_summary(
		h,
		"<th class=n>node</th><th>what</th><th class=n>recorded</th><th class=n>model</th>",
		"SELECT node, what, recorded, model FROM v_pressure WHERE run = ? ORDER BY node, what");
}

static int label_cell(void *ctx, const struct query *q)
{
	html_number(ctx, query_int(q, 0));
	return 0;
}

static int put_label_row(const struct html *h, const struct facts_label *label,
			 const struct facts_zone *zone)
{
	static const char sql[] =
		"SELECT free_blocks FROM v_buddyinfo WHERE run = ? AND sample = ? AND node = ? AND zone = ? "
		"ORDER BY ord";
	static const char total[] =
		"SELECT sum(free_blocks << ord) FROM v_buddyinfo WHERE run = ? AND sample = ? AND node = ? "
		"AND zone = ?";
	const struct query_arg args[] = { { .number = h->f->run },
					  { .number = label->sample },
					  { .number = zone->node },
					  { .text = zone->name } };
	int64_t ns = label->ts_ns - h->f->first_ts_ns, pages = 0;
	char size[24], seconds[24];
	int err = query_number(&pages, h->f->db, total, args, 4, 0, h->d);

	if (err)
		return err;
	fputs("<tr>", h->out);
	html_text(h, label->name);
	fprintf(h->out, "<td class=n>%s</td><td>%s</td><td class=n>%" PRId64 "</td>",
		facts_milli(seconds, ns / 1000000), label->seeded ? "seeded" : "", zone->node);
	html_text(h, zone->name);
	fprintf(h->out, "<td class=n>%s</td>", facts_bytes(size, pages * h->f->page_size));
	err = query_each(h->f->db, sql, args, 4, label_cell, (void *)h, h->d);
	fputs("</tr>\n", h->out);
	return err;
}

int html_labels(const struct html *h)
{
	int err = 0;

	html_heading(h, "labels", "Labels");
	if (!h->f->nr_labels) {
		fputs("<p>The trace marks no snapshots.</p>\n", h->out);
		return 0;
	}
	fputs("<p>Free blocks by order at each marked moment of the trace, as the model had them before anything was compared. "
	      "A <em>seeded</em> state was taken from the kernel's own numbers.</p>\n<div class=scroll><table>\n"
	      "<tr><th>label</th><th class=n>time <small>[s]</small></th><th></th><th class=n>node</th><th>zone</th>"
	      "<th class=n>free</th>",
	      h->out);
	for (int64_t o = 0; o < h->f->nr_orders; o++)
		fprintf(h->out, "<th class=n>%" PRId64 "</th>", o);
	fputs("</tr>\n", h->out);
	for (size_t i = 0; i < h->f->nr_labels && !err; i++)
		for (size_t z = 0; z < h->f->nr_zones && !err; z++)
			err = put_label_row(h, &h->f->labels[i], &h->f->zones[z]);
	fputs("</table></div>\n", h->out);
	return err;
}

int html_views(const struct html *h)
{
	static const char at_end[] =
		"AND sample = (SELECT max(s.sample) FROM %s AS s WHERE s.run = ?1)";
	static const char *const whole[] = { "v_attribution", "v_loss",	   "v_latency",
					     "v_cost_parts",  "v_tlb",	   "v_leaks",
					     "v_callsites",   "v_slowest", "v_stolen",
					     "v_brackets",    "v_costs" };
	static const char *const last[] = { "v_memory", "v_cma", "v_slabinfo", "v_percpu",
					    "v_vmallocinfo" };
	char where[160];
	int err = 0;

	html_heading(h, "tables", "More tables");
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]) && !err; i++)
		err = put_view(h, whole[i], "");
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]) && !err; i++) {
		snprintf(where, sizeof(where), at_end, last[i]);
		err = put_view(h, last[i], where);
	}
	return err;
}
