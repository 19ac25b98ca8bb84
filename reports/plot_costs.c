/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of what operations take. */
#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/plot_parts.h"

enum { MOST_GROUPS = 32, NAME_LEN = 40 };

/* Rows of a query whose first column names a group: each a block of its own in $data. */
struct groups {
	FILE *script;
	const struct facts *f;
	bool seconds; /* the second column is a time */
	char name[MOST_GROUPS][NAME_LEN];
	size_t n;
};

static int add_row(void *ctx, const struct query *q)
{
	struct groups *g = ctx;
	const char *name = query_text(q, 0);

	if (!g->n || strncmp(g->name[g->n - 1], name, NAME_LEN - 1) != 0) {
		if (g->n == MOST_GROUPS)
			return 0;
		fputs(g->n ? "\n\n" : "", g->script);
		snprintf(g->name[g->n++], NAME_LEN, "%s", name);
	}
	if (g->seconds)
		plot_seconds(g->script, g->f, query_int(q, 1));
	for (size_t i = 1 + g->seconds; i < query_nr_columns(q); i++)
		fprintf(g->script, " %s", query_text(q, i));
	putc('\n', g->script);
	return 0;
}

static int put_groups(struct groups *g, const char *sql, struct km_diag *d)
{
	const struct query_arg run = { .number = g->f->run };

	fputs("$data << EOD\n", g->script);
	int err = query_each(g->f->db, sql, &run, 1, add_row, g, d);

	fputs("EOD\n", g->script);
	return err;
}

int plot_draw_latency(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT l.path, s.ts_ns, max(l.p50_ns, 1), max(l.p99_ns, 1) FROM v_latency_time AS l "
		"JOIN v_samples AS s USING (run, sample) WHERE l.run = ? ORDER BY l.path, l.sample";
	struct groups g = { .script = script, .f = f, .seconds = true };
	char colour[8];

	plot_frame(script, p, f, of);
	int err = put_groups(&g, sql, d);

	if (err || !g.n)
		return err ? err : plot_nothing(script, "No state was recorded.");
	plot_labels(script, f);
	fputs("set logscale y\nset ylabel 'median, and 99 of 100 [ns]'\nplot ", script);
	for (size_t i = 0; i < g.n; i++) {
		plot_viridis(colour, i, g.n);
		fprintf(script,
			"%s$data index %zu using 1:2 with lines linewidth 2 linecolor rgb '%s' title ",
			i ? ", " : "", i, colour);
		escape_gnuplot(script, g.name[i], NAME_LEN);
		fprintf(script,
			", $data index %zu using 1:3 with lines dashtype 2 linewidth 1.2 linecolor rgb "
			"'%s' notitle",
			i, colour);
	}
	putc('\n', script);
	return 0;
}

struct tics {
	FILE *script;
	int64_t n;
};

static int add_tic(void *ctx, const struct query *q)
{
	struct tics *t = ctx;

	fputs(t->n++ ? ", " : "", t->script);
	escape_gnuplot(t->script, query_text(q, 0), NAME_LEN);
	fprintf(t->script, " %" PRId64, query_int(q, 1));
	return 0;
}

int plot_draw_cost_parts(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"WITH t AS (SELECT path, part, total_ns, sum(total_ns) OVER (PARTITION BY path) AS whole, "
		"sum(total_ns) OVER (PARTITION BY path ORDER BY total_ns DESC, part ROWS UNBOUNDED "
		"PRECEDING) AS upto, dense_rank() OVER (ORDER BY path) - 1 AS y FROM v_cost_parts WHERE "
		"run = ? AND total_ns > 0 AND part != 'stolen') "
		"SELECT part, y, 100.0 * (upto - total_ns) / whole, 100.0 * upto / whole FROM t "
		"ORDER BY part, y";
	static const char paths[] =
		"SELECT path, row_number() OVER (ORDER BY path) - 1 FROM (SELECT DISTINCT path FROM "
		"v_cost_parts WHERE run = ? AND total_ns > 0 AND part != 'stolen') ORDER BY path";
	const struct query_arg run = { .number = f->run };
	struct groups g = { .script = script, .f = f };
	struct tics tics = { .script = script };
	char colour[8];

	plot_frame(script, p, f, of);
	int err = put_groups(&g, sql, d);

	if (err || !g.n)
		return err ? err : plot_nothing(script, "Nothing took any time.");
	fputs("set lmargin at screen 0.17\nset xrange [0:100]\nset xtics 0, 20, 100\nset xlabel 'share of the path''s time [%]'\n"
	      "set style fill solid 1 noborder\nset ytics (",
	      script);
	err = query_each(f->db, paths, &run, 1, add_tic, &tics, d);
	fprintf(script, ")\nset yrange [%" PRId64 ".6:-0.6]\nplot ", tics.n - 1);
	for (size_t i = 0; i < g.n; i++) {
		fprintf(script,
			"%s$data index %zu using 2:1:2:3:($1-0.36):($1+0.36) with boxxyerror linecolor rgb "
			"'%s' title ",
			i ? ", " : "", i, plot_viridis(colour, i, g.n));
		escape_gnuplot(script, g.name[i], NAME_LEN);
	}
	putc('\n', script);
	return err;
}
