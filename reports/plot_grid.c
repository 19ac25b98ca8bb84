/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of the whole machine: grids of cells over time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/result.h"
#include "reports/memory_map.h"
#include "reports/plot_parts.h"

enum { MAP_COLUMNS = 900, MAP_ROWS = 512, FALLBACK_COLUMNS = 120 };

/* Addresses in the largest unit that leaves the axis at least eight of it. */
static const char *address_unit(double bytes, double *unit)
{
	static const struct {
		const char *name;
		double bytes;
	} units[] = { { "TiB", 1099511627776.0 }, { "GiB", 1073741824.0 }, { "MiB", 1048576.0 } };

	for (size_t i = 0; i < 3; i++) {
		*unit = units[i].bytes;
		if (bytes / units[i].bytes >= 8)
			return units[i].name;
	}
	return "MiB";
}

/* gnuplot draws no image of a single row: that is then two halves. */
static size_t image_rows(const struct memory_map *m)
{
	return m->rows > 1 ? m->rows : 2;
}

static void put_map_cells(FILE *script, const struct memory_map *m, bool seen[MEMORY_MAP_STATES])
{
	fputs("$data << EOD\n", script);
	for (size_t r = 0; r < image_rows(m); r++) {
		for (size_t c = 0; c < m->columns; c++) {
			uint8_t state = m->cells[c * m->rows + r % m->rows];

			seen[state] = true;
			if (state == MEMORY_MAP_NOTHING)
				fputs(" NaN", script);
			else
				fprintf(script, " %u", state);
		}
		putc('\n', script);
	}
	fputs("EOD\n", script);
}

/* One colour for each state, and a key entry for those that occur. */
static void put_map_palette(FILE *script)
{
	fprintf(script, "set palette maxcolors %d defined (", MEMORY_MAP_STATES);
	for (unsigned int s = 0; s < MEMORY_MAP_STATES; s++)
		fprintf(script, "%s%u '%s', %u.999 '%s'", s ? ", " : "", s,
			memory_map_state_colour(s), s, memory_map_state_colour(s));
	fprintf(script, ")\nset cbrange [-0.5:%d.5]\nunset colorbox\n", MEMORY_MAP_STATES - 1);
}

static void put_map(FILE *script, const struct facts *f, const struct memory_map *m)
{
	double base = (double)m->base_pfn * (double)f->page_size;
	double size = (double)m->row_pages * (double)f->page_size * (double)m->rows;
	double seconds = (double)(m->last_ts_ns - m->first_ts_ns) / 1e9 / (double)m->columns, unit;
	const char *name = address_unit(base + size, &unit);
	bool seen[MEMORY_MAP_STATES] = { false };

	plot_labels(script, f);
	put_map_cells(script, m, seen);
	put_map_palette(script);
	fprintf(script,
		"set ylabel 'physical address [%s]'\nset yrange [%.9g:%.9g]\nunset grid\nset style fill solid 1 border rgb "
		"'#909090'\n",
		name, base / unit, (base + size) / unit);
	fprintf(script,
		"plot $data matrix using (($1+0.5)*%.12g):(%.12g+($2+0.5)*%.12g):3 with image notitle",
		seconds, base / unit, size / unit / (double)image_rows(m));
	for (unsigned int s = 0; s < MEMORY_MAP_NOTHING; s++)
		if (seen[s])
			fprintf(script, ", NaN with boxes linecolor rgb '%s' title '%s'",
				memory_map_state_colour(s), memory_map_state_name(s));
	putc('\n', script);
}

int plot_draw_map(FILE *script, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d)
{
	struct memory_map m;
	int err = memory_map_load(&m, f, MAP_ROWS, MAP_COLUMNS, d);

	if (err)
		return err;
	plot_frame(script, p, f, of);
	if (m.rows && m.last_ts_ns > m.first_ts_ns)
		put_map(script, f, &m);
	else
		err = plot_nothing(script, "The run has no map of pageblocks over time.");
	memory_map_release(&m);
	return err;
}

enum { MAX_PAIRS = KM_NR_MIGRATETYPES * KM_NR_MIGRATETYPES };

/* How often each pair of types occurs in each interval. */
struct matrix {
	const struct facts *f;
	uint32_t count[MAX_PAIRS][FALLBACK_COLUMNS];
	uint64_t total[MAX_PAIRS];
	uint32_t most;
};

static int add_fallback(void *ctx, const struct query *q)
{
	struct matrix *m = ctx;
	int64_t pair = query_int(q, 0) * KM_NR_MIGRATETYPES + query_int(q, 1);
	double span = (double)(m->f->last_ts_ns - m->f->first_ts_ns);
	double at =
		span > 0 ? (double)(query_int(q, 2) - m->f->first_ts_ns) / span * FALLBACK_COLUMNS :
			   0;
	size_t column = at < 0 ? 0 : at >= FALLBACK_COLUMNS ? FALLBACK_COLUMNS - 1 : (size_t)at;

	if (pair < 0 || pair >= MAX_PAIRS)
		return 0;
	m->total[pair]++;
	if (++m->count[pair][column] > m->most)
		m->most = m->count[pair][column];
	return 0;
}

/* The pairs that occur, the first of them at the top: their names as tics. */
static size_t put_matrix_tics(FILE *script, const struct matrix *m)
{
	size_t rows = 0;

	fputs("set ytics (", script);
	for (size_t p = MAX_PAIRS; p-- > 0;) {
		char total[32];

		if (!m->total[p])
			continue;
		fprintf(script, "%s'%s → %s (%s)' %zu", rows ? ", " : "",
			km_migratetype_name((unsigned int)(p / KM_NR_MIGRATETYPES)),
			km_migratetype_name((unsigned int)(p % KM_NR_MIGRATETYPES)),
			facts_count(total, (int64_t)m->total[p]), rows);
		rows++;
	}
	fputs(")\n", script);
	return rows;
}

/* A box for each cell that is not empty: where it is in time, its row, how often. */
static void put_matrix_cells(FILE *script, const struct matrix *m, double seconds)
{
	size_t row = 0;

	fputs("$data << EOD\n", script);
	for (size_t p = MAX_PAIRS; p-- > 0;) {
		for (size_t c = 0; c < FALLBACK_COLUMNS; c++)
			if (m->count[p][c])
				fprintf(script, "%.9g %zu %" PRIu32 "\n",
					((double)c + 0.5) * seconds, row, m->count[p][c]);
		row += m->total[p] != 0;
	}
	fputs("EOD\n", script);
}

static void put_matrix(FILE *script, const struct matrix *m)
{
	double seconds = (double)(m->f->last_ts_ns - m->f->first_ts_ns) / 1e9 / FALLBACK_COLUMNS;
	size_t rows = put_matrix_tics(script, m);
	double height = rows < 5 ? 0.08 * (double)rows : 0.4; /* a few rows are not giants */
	char colour[8];

	plot_labels(script, m->f);
	put_matrix_cells(script, m, seconds);
	fprintf(script, "set yrange [-0.5:%zu.5]\nset palette maxcolors %" PRIu32 " defined (",
		rows - 1, m->most < 64 ? m->most : 64);
	for (size_t i = 0; i < 8; i++)
		fprintf(script, "%s%zu '%s'", i ? ", " : "", i, plot_viridis(colour, 7 - i, 8));
	fprintf(script,
		")\nset cbrange [0.5:%" PRIu32 ".5]\nset cbtics %" PRIu32
		"\nset cblabel 'fallbacks in %.3g s' offset 1\n"
		"set colorbox user origin screen 0.86,0.095 size screen 0.02,0.705\n%s",
		m->most, (m->most + 9) / 10, seconds, m->most > 1 ? "" : "unset colorbox\n");
	fprintf(script,
		"set style fill solid 1 noborder\nplot $data using 1:2:(%.9g):(%g):3 "
		"with boxxyerror linecolor palette notitle\n",
		seconds / 2, height);
}

int plot_draw_fallbacks(FILE *script, const struct plot *p, const struct facts *f,
			const struct plot_of *of, struct km_diag *d)
{
	/* where the record has fallbacks they are what happened; else the model's own are */
	static const char sql[] =
		"SELECT alloc_type, fallback_type, ts_ns FROM fallback WHERE run = ?1 AND recorded = "
		"(SELECT max(recorded) FROM fallback WHERE run = ?1)";
	const struct query_arg run = { .number = f->run };
	struct matrix *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return km_fail(d, KM_ENOMEM, query_db_path(f->db), "out of memory");
	m->f = f;
	err = query_each(f->db, sql, &run, 1, add_fallback, m, d);
	plot_frame(script, p, f, of);
	fputs("set lmargin at screen 0.22\n", script);
	if (!err && m->most && f->last_ts_ns > f->first_ts_ns)
		put_matrix(script, m);
	else if (!err)
		err = plot_nothing(script, "No allocation fell back to another migratetype.");
	free(m);
	return err;
}
