/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of a contiguous area: its pages over time, and how allocations from it went. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/plot_parts.h"

enum { STRIP_COLUMNS = 900 };

/* What a stretch is drawn as; of several that fill it alike the later, the more telling one. */
enum use { USE_FREE, USE_LENT, USE_USED, USE_BUSY, NR_USES, USE_NOTHING = NR_USES };

static const struct {
	const char *name, *colour;
} uses[NR_USES] = {
	[USE_FREE] = { "free", "#eef1f4" },
	[USE_LENT] = { "lent", "#56b4e9" },
	[USE_USED] = { "allocated", "#e69f00" },
	[USE_BUSY] = { "being taken", "#0072b2" },
};

/* The area on a grid: a row per stretch, a column per moment. */
struct strip {
	const struct facts *f;
	const struct facts_area *area;
	int64_t stretch_pages;
	size_t rows, column;
	uint8_t *now;	/* by row */
	uint8_t *cells; /* cells[column * rows + row] */
	bool seen[NR_USES + 1];
};

/* A stretch is free only where three quarters of it are; else what most of the rest is. */
static uint8_t use_of(int64_t pages, const int64_t part[NR_USES])
{
	uint8_t best = USE_LENT;

	if (4 * part[USE_FREE] >= 3 * pages)
		return USE_FREE;
	for (uint8_t u = USE_USED; u < NR_USES; u++)
		if (part[u] >= part[best])
			best = u;
	return best;
}

static void put_columns(struct strip *s, int64_t until_ns)
{
	double span = (double)(s->f->last_ts_ns - s->f->first_ts_ns);

	while (s->column < STRIP_COLUMNS &&
	       (double)(until_ns - s->f->first_ts_ns) >
		       span * ((double)s->column + 0.5) / STRIP_COLUMNS) {
		memcpy(s->cells + s->column * s->rows, s->now, s->rows);
		s->column++;
	}
}

static int add_change(void *ctx, const struct query *q)
{
	struct strip *s = ctx;
	int64_t row = (query_int(q, 1) - s->area->base_pfn) / s->stretch_pages;
	const int64_t part[NR_USES] = { [USE_FREE] = query_int(q, 3),
					[USE_USED] = query_int(q, 4),
					[USE_LENT] = query_int(q, 5),
					[USE_BUSY] = query_int(q, 6) };

	put_columns(s, query_int(q, 0));
	if (row >= 0 && (size_t)row < s->rows)
		s->now[row] = use_of(query_int(q, 2), part);
	return 0;
}

static int load_strip(struct strip *s, struct km_diag *d)
{
	static const char changes[] =
		"SELECT s.ts_ns, c.pfn, c.pages, c.free_pages, c.used_pages, c.lent_pages, c.busy_pages "
		"FROM v_cma_map AS c JOIN v_samples AS s USING (run, sample) WHERE c.run = ? AND "
		"c.area = ? ORDER BY c.sample, c.pfn";
	static const char largest[] = "SELECT max(pages) FROM v_cma_map WHERE run = ? AND area = ?";
	const struct query_arg args[] = { { .number = s->f->run }, { .text = s->area->name } };
	int err = query_number(&s->stretch_pages, s->f->db, largest, args, 2, 0, d);

	if (err || s->stretch_pages <= 0 || s->area->pages <= 0)
		return err;
	s->rows = (size_t)((s->area->pages - 1) / s->stretch_pages + 1);
	s->now = malloc(s->rows);
	s->cells = malloc(s->rows * STRIP_COLUMNS);
	if (!s->now || !s->cells)
		return km_fail(d, KM_ENOMEM, query_db_path(s->f->db), "out of memory");
	memset(s->now, USE_NOTHING, s->rows);
	err = query_each(s->f->db, changes, args, 2, add_change, s, d);
	put_columns(s, INT64_MAX);
	return err;
}

/* gnuplot draws no image of a single row: that is then two halves. */
static void put_cells(FILE *script, struct strip *s)
{
	size_t rows = s->rows > 1 ? s->rows : 2;

	fputs("$data << EOD\n", script);
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < STRIP_COLUMNS; c++) {
			uint8_t u = s->cells[c * s->rows + r % s->rows];

			s->seen[u] = true;
			if (u == USE_NOTHING)
				fputs(" NaN", script);
			else
				fprintf(script, " %u", u);
		}
		putc('\n', script);
	}
	fputs("EOD\nset palette maxcolors 4 defined (", script);
	for (unsigned int u = 0; u < NR_USES; u++)
		fprintf(script, "%s%u '%s', %u.999 '%s'", u ? ", " : "", u, uses[u].colour, u,
			uses[u].colour);
	fputs(")\nset cbrange [-0.5:3.5]\nunset colorbox\n", script);
}

/* A table of rows (time, more numbers); how many it got. */
struct rows {
	FILE *script;
	const struct facts *f;
	int64_t n;
};

static int add_row(void *ctx, const struct query *q)
{
	struct rows *r = ctx;

	plot_seconds(r->script, r->f, query_int(q, 0));
	for (size_t i = 1; i < query_nr_columns(q); i++)
		if (query_type(q, i) == QUERY_NULL)
			fputs(" NaN", r->script);
		else
			fprintf(r->script, " %s", query_text(q, i));
	putc('\n', r->script);
	r->n++;
	return 0;
}

static int put_rows(FILE *script, const char *name, const char *sql, const struct facts *f,
		    const struct facts_area *area, int64_t *n, struct km_diag *d)
{
	const struct query_arg args[] = { { .number = f->run }, { .text = area->name } };
	struct rows r = { .script = script, .f = f };
	int err;

	fprintf(script, "$%s << EOD\n", name);
	err = query_each(f->db, sql, args, 2, add_row, &r, d);
	fputs("EOD\n", script);
	*n = r.n;
	return err;
}

/* Ranges that were busy lie over the strip, as far as they reach. */
static int put_busy(FILE *script, const struct facts *f, const struct facts_area *area, int64_t *n,
		    struct km_diag *d)
{
	static const char sql[] =
		"SELECT ts_ns, pfn, pages FROM v_cma_tries WHERE run = ? AND area = ? AND result != 'ok' "
		"AND pfn IS NOT NULL ORDER BY ts_ns, try";

	return put_rows(script, "busy", sql, f, area, n, d);
}

static void put_strip(FILE *script, struct strip *s, int64_t nr_busy)
{
	double mib = (double)s->f->page_size / 1048576.0, size = (double)s->area->pages * mib;
	double seconds = (double)(s->f->last_ts_ns - s->f->first_ts_ns) / 1e9 / STRIP_COLUMNS;

	plot_labels(script, s->f);
	put_cells(script, s);
	fprintf(script,
		"set ylabel 'address in the area [MiB]'\nset yrange [0:%.9g]\nunset grid\n"
		"set style fill solid 1 border rgb '#909090'\n"
		"plot $data matrix using (($1+0.5)*%.12g):(($2+0.5)*%.12g):3 with image notitle",
		size, seconds, s->rows > 1 ? (double)s->stretch_pages * mib : size / 2);
	for (unsigned int u = 0; u < NR_USES; u++)
		if (s->seen[u])
			fprintf(script, ", NaN with boxes linecolor rgb '%s' title '%s'",
				uses[u].colour, uses[u].name);
	if (nr_busy)
		fprintf(script,
			", $busy using 1:(($2-%" PRId64
			")*%.12g):(0):($3*%.12g) with vectors nohead "
			"linewidth 2 linecolor rgb '#d62728' title 'range was busy'",
			s->area->base_pfn, mib, mib);
	putc('\n', script);
}

int plot_draw_cma(FILE *script, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d)
{
	struct strip s = { .f = f, .area = of->area };
	int64_t nr_busy = 0;
	int err = load_strip(&s, d);

	plot_frame(script, p, f, of);
	if (!err && s.rows)
		err = put_busy(script, f, of->area, &nr_busy, d);
	if (!err && s.rows && f->last_ts_ns > f->first_ts_ns)
		put_strip(script, &s, nr_busy);
	else if (!err)
		err = plot_nothing(script, "The area was never activated.");
	free(s.now);
	free(s.cells);
	return err;
}

int plot_draw_cma_use(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.ts_ns, c.used_pages, c.busy_pages, c.lent_pages, c.free_pages, c.maxchunk_pages "
		"FROM v_cma AS c JOIN v_samples AS s USING (run, sample) WHERE c.run = ? AND c.area = ? "
		"AND c.free_pages IS NOT NULL ORDER BY c.sample";
	static const struct {
		enum use use;
		const char *sum;
	} bands[] = { { USE_FREE, "$2+$3+$4+$5" },
		      { USE_LENT, "$2+$3+$4" },
		      { USE_BUSY, "$2+$3" },
		      { USE_USED, "$2" } };
	double mib = (double)f->page_size / 1048576.0;
	int64_t n;
	int err;

	plot_frame(script, p, f, of);
	err = put_rows(script, "data", sql, f, of->area, &n, d);
	if (err || !n)
		return err ? err : plot_nothing(script, "The area was never activated.");
	plot_labels(script, f);
	fprintf(script,
		"set ylabel 'memory [MiB]'\nset yrange [0:%.9g]\nset style fill solid 1 noborder\nplot ",
		(double)of->area->pages * mib);
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		fprintf(script,
			"$data using 1:((%s)*%.12g) with fillsteps linecolor rgb '%s' title '%s', ",
			bands[i].sum, mib, uses[bands[i].use].colour, uses[bands[i].use].name);
	fprintf(script,
		"$data using 1:($6*%.12g) with steps linewidth 2 linecolor rgb '#d62728' title "
		"'largest free range'\n",
		mib);
	return 0;
}

/* Between which allocations each label of the trace was: they are drawn one by one, not by time. */
static int put_label_lines(FILE *script, const struct facts *f, const struct facts_area *area,
			   struct km_diag *d)
{
	static const char before[] =
		"SELECT count(*) FROM v_cma_allocs WHERE run = ? AND area = ? AND ts_ns < ?";
	int64_t last = -1;
	int err = 0;

	for (size_t i = 0; i < f->nr_labels && !err; i++) {
		const struct query_arg args[] = { { .number = f->run },
						  { .text = area->name },
						  { .number = f->labels[i].ts_ns } };
		int64_t n = 0;

		err = query_number(&n, f->db, before, args, 3, 0, d);
		if (n == last)
			continue;
		last = n;
		fprintf(script,
			"set arrow from first %" PRId64
			".5,graph 0 rto graph 0,graph 1.015 nohead front "
			"linewidth 0.8 linecolor rgb '#606060'\nset label ",
			n);
		escape_gnuplot(script, f->labels[i].name, 14);
		fprintf(script, " at first %" PRId64 ".5,graph 1.04 left rotate by 48 font ',9'\n",
			n);
	}
	return err;
}

/* Tables of allocations by their number. */
enum { NR_NUMBERED = 4 };

static void put_latencies(FILE *script, const int64_t n[NR_NUMBERED])
{
	static const struct {
		const char *table, *title, *colour;
		int point;
	} kinds[] = { { "ok", "allocated", "#e69f00", 7 }, { "failed", "failed", "#d62728", 2 } };

	fputs("set multiplot\nset bmargin at screen 0.44\nset xtics format ''\nunset xlabel\n"
	      "set logscale y\nset ylabel 'latency [ms]'\nplot ",
	      script);
	for (size_t i = 0, comma = 0; i < 2; i++)
		if (n[i])
			fprintf(script,
				"%s$%s using 1:($2/1e6) with points pointtype %d pointsize 0.9 linewidth 2 "
				"linecolor rgb '%s' title '%s'",
				comma++ ? ", " : "", kinds[i].table, kinds[i].point,
				kinds[i].colour, kinds[i].title);
	fputs("\nunset label\nunset logscale y\nset tmargin at screen 0.38\n"
	      "set bmargin at screen 0.095\nset xlabel 'allocation, in their order'\n",
	      script);
}

/* A few bars are not giants. @named: the crosses are in the latencies' legend. */
static void put_tries(FILE *script, int64_t nr, int64_t nr_bad, bool named)
{
	fprintf(script, "set style fill solid 1 noborder\nset boxwidth %g\n",
		nr < 8 ? 0.08 * (double)nr : 0.7);
	fputs("set xtics format '%g'\nset ylabel 'ranges tried'\nset yrange [0:*]\n"
	      "stats $tries using 2 nooutput\nif (STATS_max < 5) { set ytics 1; set yrange [0:5] } else { set yrange [0:STATS_max*1.1] }\n"
	      "plot $tries using 1:2 with boxes linecolor rgb '#0072b2' notitle",
	      script);
	if (nr_bad)
		fprintf(script,
			", $bad using 1:($2+0.35) with points pointtype 2 pointsize 0.9 linewidth 2 "
			"linecolor rgb '#d62728' %s",
			named ? "notitle" : "title 'failed'");
	putc('\n', script);
}

/* Rows of (number of the allocation, value). */
static int add_numbered(void *ctx, const struct query *q)
{
	struct rows *r = ctx;

	fprintf(r->script, "%" PRId64 " %" PRId64 "\n", query_int(q, 0), query_int(q, 1));
	r->n++;
	return 0;
}

#define NUMBERED                                                                   \
	"FROM (SELECT row_number() OVER (ORDER BY ts_ns, event_no) AS n, result, " \
	"tries, latency_ns FROM v_cma_allocs WHERE run = ? AND area = ?) WHERE "

static int put_numbered(FILE *script, const struct facts *f, const struct facts_area *area,
			int64_t n[NR_NUMBERED], struct km_diag *d)
{
	static const struct {
		const char *table, *sql;
	} tables[] = {
		{ "ok", "SELECT n, max(latency_ns, 1) " NUMBERED
			"result = 'ok' AND latency_ns IS NOT NULL" },
		{ "failed", "SELECT n, max(latency_ns, 1) " NUMBERED
			    "result != 'ok' AND latency_ns IS NOT NULL" },
		{ "tries", "SELECT n, tries " NUMBERED "1" },
		{ "bad", "SELECT n, tries " NUMBERED "result NOT IN ('ok', 'unknown')" },
	};
	const struct query_arg args[] = { { .number = f->run }, { .text = area->name } };
	int err = 0;

	for (size_t i = 0; i < NR_NUMBERED && !err; i++) {
		struct rows r = { .script = script, .f = f };

		fprintf(script, "$%s << EOD\n", tables[i].table);
		err = query_each(f->db, tables[i].sql, args, 2, add_numbered, &r, d);
		fputs("EOD\n", script);
		n[i] = r.n;
	}
	return err;
}

int plot_draw_cma_latency(FILE *script, const struct plot *p, const struct facts *f,
			  const struct plot_of *of, struct km_diag *d)
{
	int64_t n[NR_NUMBERED] = { 0 };
	int err;

	plot_frame(script, p, f, of);
	err = put_numbered(script, f, of->area, n, d);
	if (err || !n[2])
		return err ? err : plot_nothing(script, "Nothing was allocated from the area.");
	err = put_label_lines(script, f, of->area, d);
	fprintf(script,
		"set xrange [0.4:%" PRId64 ".6]\nset xlabel 'allocation, in their order'\n%s", n[2],
		n[2] <= 24 ? "set xtics 1\n" : "");
	if (n[0] + n[1])
		put_latencies(script, n);
	put_tries(script, n[2], n[3], n[1] != 0);
	if (n[0] + n[1])
		fputs("unset multiplot\n", script);
	return err;
}
