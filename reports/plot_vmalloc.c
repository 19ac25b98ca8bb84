/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of virtual addresses: what they are used for, and what is done for them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plot_parts.h"

enum { MAP_COLUMNS = 900, MAP_MOST_ROWS = 256 };

/* What a stretch is drawn as. */
enum use { USE_HOLE, USE_USED, USE_GUARD, USE_LAZY, USE_POOLED, NR_USES, USE_NOTHING = NR_USES };

static const struct {
	const char *name, *colour;
} uses[NR_USES] = {
	[USE_HOLE] = { "holes", "#eef1f4" },
	[USE_USED] = { "in use", "#e69f00" },
	[USE_GUARD] = { "guard pages", "#7f5200" },
	[USE_LAZY] = { "waiting for a purge", "#56b4e9" },
	[USE_POOLED] = { "in pools", "#009e73" },
};

/* Addresses on a grid: a row per stretch, a column per moment. */
struct map {
	const struct facts *f;
	int64_t base, unit, rows; /* bytes: the lowest address, and of a row */
	int64_t sample, ts_ns;	  /* the one that is being read */
	int64_t part[MAP_MOST_ROWS][NR_USES];
	int64_t top; /* rows that something lies in or above */
	size_t column;
	uint8_t now[MAP_MOST_ROWS];
	uint8_t *cells; /* cells[column * rows + row] */
	bool seen[NR_USES + 1];
};

static void put_columns(struct map *m, int64_t until_ns)
{
	double span = (double)(m->f->last_ts_ns - m->f->first_ts_ns);

	while (m->column < MAP_COLUMNS && (double)(until_ns - m->f->first_ts_ns) >
						  span * ((double)m->column + 0.5) / MAP_COLUMNS) {
		memcpy(m->cells + m->column * (size_t)m->rows, m->now, (size_t)m->rows);
		m->column++;
	}
}

/* A stretch is a hole where three quarters of it are; else what most of the rest is. */
static uint8_t use_of(const struct map *m, const int64_t part[NR_USES])
{
	int64_t pages = m->unit / m->f->page_size, taken = 0;
	uint8_t best = USE_USED;

	for (uint8_t u = USE_USED; u < NR_USES; u++) {
		taken += part[u];
		best = part[u] > part[best] ? u : best;
	}
	return 4 * taken <= pages ? USE_HOLE : best;
}

/* The sample read so far is whole. */
static void end_sample(struct map *m)
{
	if (m->sample)
		for (int64_t row = 0; row < m->rows; row++)
			m->now[row] = row < m->top ? use_of(m, m->part[row]) : USE_NOTHING;
	memset(m->part, 0, sizeof(m->part));
	m->top = 0;
}

static int add_cell(void *ctx, const struct query *q)
{
	struct map *m = ctx;
	int64_t row = (query_int(q, 2) - m->base) / m->unit;

	if (query_int(q, 0) != m->sample) {
		end_sample(m);
		put_columns(m, query_int(q, 1));
		m->sample = query_int(q, 0);
	}
	if (row < 0 || row >= m->rows)
		return 0;
	for (size_t u = USE_USED; u < NR_USES; u++)
		m->part[row][u] += query_int(q, 2 + u);
	m->top = row + 1 > m->top ? row + 1 : m->top;
	return 0;
}

static int load_map(struct map *m, struct km_diag *d)
{
	static const char lowest[] = "SELECT min(start) FROM v_vmalloc_map WHERE run = ?";
	static const char largest[] = "SELECT max(bytes) FROM v_vmalloc_map WHERE run = ?";
	static const char highest[] = "SELECT max(start + bytes) FROM v_vmalloc_map WHERE run = ?";
	static const char cells[] =
		"SELECT c.sample, s.ts_ns, c.start, c.used_pages, c.guard_pages, c.lazy_pages, "
		"c.pooled_pages FROM v_vmalloc_map AS c JOIN v_samples AS s USING (run, sample) "
		"WHERE c.run = ? ORDER BY c.sample, c.start";
	const struct query_arg run = { .number = m->f->run };
	int64_t end = 0;
	int err = query_number(&m->base, m->f->db, lowest, &run, 1, 0, d);

	if (!err)
		err = query_number(&m->unit, m->f->db, largest, &run, 1, 0, d);
	if (!err)
		err = query_number(&end, m->f->db, highest, &run, 1, 0, d);
	if (err || m->unit <= 0 || end <= m->base)
		return err;
	m->rows = (end - m->base + m->unit - 1) / m->unit;
	m->rows = m->rows < MAP_MOST_ROWS ? m->rows : MAP_MOST_ROWS;
	m->cells = malloc((size_t)m->rows * MAP_COLUMNS);
	if (!m->cells)
		return km_fail(d, KM_ENOMEM, query_db_path(m->f->db), "out of memory");
	memset(m->now, USE_NOTHING, sizeof(m->now));
	err = query_each(m->f->db, cells, &run, 1, add_cell, m, d);
	end_sample(m);
	put_columns(m, INT64_MAX);
	return err;
}

/* gnuplot draws no image of a single row: that is then two halves. */
static void put_cells(FILE *script, struct map *m)
{
	int64_t rows = m->rows > 1 ? m->rows : 2;

	fputs("$data << EOD\n", script);
	for (int64_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < MAP_COLUMNS; c++) {
			uint8_t u = m->cells[c * (size_t)m->rows + (size_t)(r % m->rows)];

			m->seen[u] = true;
			fprintf(script, u == USE_NOTHING ? " NaN" : " %u", u);
		}
		putc('\n', script);
	}
	fputs("EOD\nset palette maxcolors 5 defined (", script);
	for (unsigned int u = 0; u < NR_USES; u++)
		fprintf(script, "%s%u '%s', %u.999 '%s'", u ? ", " : "", u, uses[u].colour, u,
			uses[u].colour);
	fputs(")\nset cbrange [-0.5:4.5]\nunset colorbox\n", script);
}

static void put_map(FILE *script, struct map *m)
{
	double mib = (double)m->unit / 1048576.0, size = mib * (double)m->rows;
	double seconds = (double)(m->f->last_ts_ns - m->f->first_ts_ns) / 1e9 / MAP_COLUMNS;

	plot_labels(script, m->f);
	put_cells(script, m);
	fprintf(script,
		"set ylabel 'address above the lowest area [MiB]'\nset yrange [0:%.9g]\nunset grid\n"
		"set style fill solid 1 border rgb '#909090'\n"
		"plot $data matrix using (($1+0.5)*%.12g):(($2+0.5)*%.12g):3 with image notitle",
		size, seconds, m->rows > 1 ? mib : size / 2);
	for (unsigned int u = 0; u < NR_USES; u++)
		if (m->seen[u])
			fprintf(script, ", NaN with boxes linecolor rgb '%s' title '%s'",
				uses[u].colour, uses[u].name);
	putc('\n', script);
}

int plot_draw_vmalloc(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d)
{
	struct map *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return km_fail(d, KM_ENOMEM, query_db_path(f->db), "out of memory");
	m->f = f;
	err = load_map(m, d);
	plot_frame(script, p, f, of);
	if (!err && m->rows && f->last_ts_ns > f->first_ts_ns)
		put_map(script, m);
	else if (!err)
		err = plot_nothing(script, "No area is known.");
	free(m->cells);
	free(m);
	return err;
}

/* ---- as numbers ---- */

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

static int put_rows(FILE *script, const char *sql, const struct facts *f, int64_t *n,
		    struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	struct rows r = { .script = script, .f = f };
	int err;

	fputs("$data << EOD\n", script);
	err = query_each(f->db, sql, &run, 1, add_row, &r, d);
	fputs("EOD\n", script);
	*n = r.n;
	return err;
}

/*
 * Pages, up to where sums are drawn: twice what is ever taken, or less. A single area at the end of
 * the space, a chunk of per-CPU memory, makes a hole of all there is.
 */
static int most_pages(const struct facts *f, int64_t *most, struct km_diag *d)
{
	static const char sql[] =
		"WITH s AS (SELECT used_pages + guard_pages + lazy_pages + pooled_pages AS taken, hole_pages AS holes "
		"FROM v_vmalloc WHERE run = ?) "
		"SELECT max(min(taken + holes, 2 * (SELECT max(taken) FROM s))) FROM s";
	const struct query_arg run = { .number = f->run };

	return query_number(most, f->db, sql, &run, 1, 0, d);
}

int plot_draw_vmalloc_use(FILE *script, const struct plot *p, const struct facts *f,
			  const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.ts_ns, v.used_pages, v.guard_pages, v.lazy_pages, v.pooled_pages, v.hole_pages, "
		"v.table_pages FROM v_vmalloc AS v JOIN v_samples AS s USING (run, sample) "
		"WHERE v.run = ? ORDER BY v.sample";
	static const struct {
		enum use use;
		const char *sum;
	} bands[] = { { USE_HOLE, "$2+$3+$4+$5+$6" },
		      { USE_POOLED, "$2+$3+$4+$5" },
		      { USE_LAZY, "$2+$3+$4" },
		      { USE_GUARD, "$2+$3" },
		      { USE_USED, "$2" } };
	double mib = (double)f->page_size / 1048576.0;
	int64_t n, most = 0;
	int err;

	plot_frame(script, p, f, of);
	err = put_rows(script, sql, f, &n, d);
	if (!err)
		err = most_pages(f, &most, d);
	if (err || !n)
		return err ? err : plot_nothing(script, "No area is known.");
	plot_labels(script, f);
	fprintf(script,
		"set ylabel 'addresses [MiB]'\nset yrange [0:%.12g]\nset style fill solid 1 noborder\nplot ",
		most ? (double)most * mib * 1.05 : 1.0);
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		fprintf(script,
			"$data using 1:((%s)*%.12g) with fillsteps linecolor rgb '%s' title '%s', ",
			bands[i].sum, mib, uses[bands[i].use].colour, uses[bands[i].use].name);
	fprintf(script,
		"$data using 1:($7*%.12g) with steps linewidth 2 linecolor rgb '#d62728' title "
		"'page tables'\n",
		mib);
	return 0;
}

int plot_draw_vmalloc_work(FILE *script, const struct plot *p, const struct facts *f,
			   const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT ts_ns, CASE WHEN searches > before THEN 1.0 * (steps - walked) / (searches - before) "
		"END, purges, flushes FROM (SELECT s.ts_ns, v.searches, v.steps, v.purges, v.flushes, "
		"lag(v.searches, 1, 0) OVER w AS before, lag(v.steps, 1, 0) OVER w AS walked "
		"FROM v_vmalloc AS v JOIN v_samples AS s USING (run, sample) WHERE v.run = ? "
		"WINDOW w AS (ORDER BY v.sample)) ORDER BY ts_ns";
	int64_t n;
	int err;

	plot_frame(script, p, f, of);
	err = put_rows(script, sql, f, &n, d);
	if (err || !n)
		return err ? err : plot_nothing(script, "No area is known.");
	plot_labels(script, f);
	fputs("set multiplot\nset bmargin at screen 0.44\nset xtics format ''\nunset xlabel\n"
	      "set ylabel 'areas looked at for a request'\nset yrange [0:*]\n"
	      "plot $data using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '#0072b2' notitle\nunset label\nset tmargin at screen 0.38\nset bmargin at screen 0.095\n"
	      "set xlabel 'time since the trace began [s]'\nset xtics format '%g'\nset ylabel 'so far'\n"
	      "plot $data using 1:3 with steps linewidth 4 linecolor rgb '#e69f00' title 'purges', "
	      "$data using 1:4 with steps linewidth 1.5 linecolor rgb '#d62728' title 'TLB flushes'\n"
	      "unset multiplot\n",
	      script);
	return 0;
}
