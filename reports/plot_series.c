/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of a zone over time: a line or a band for each order or migratetype. */
#include <inttypes.h>

#include "engine/result.h"
#include "reports/plot_parts.h"

/* A query whose rows are (time, column number, value), by time, turned into a gnuplot table of one
 * row per time. */
struct pivot {
	FILE *script;
	const struct facts *f;
	size_t columns;
	int64_t value[KM_MAX_ORDERS];
	bool has[KM_MAX_ORDERS];
	int64_t key, ts_ns; /* the sample whose row is being gathered */
	bool any;
	double scale;		  /* a value's factor in the table */
	bool stacked;		  /* a column holds the sum of itself and the columns after it */
	bool only_positive;	  /* negative values are gaps */
	bool held;		  /* a value stands until the next row: one between gaps is seen */
	double top;		  /* the largest value drawn */
	size_t drawn;		  /* cells that are not gaps */
	bool used[KM_MAX_ORDERS]; /* columns that have more than gaps and, stacked, more than 0 */
};

static void put_cells(struct pivot *p, int64_t ts_ns)
{
	double sum[KM_MAX_ORDERS + 1] = { 0 };

	plot_seconds(p->script, p->f, ts_ns);
	for (size_t i = p->columns; i-- > 0;)
		sum[i] = (double)p->value[i] * p->scale + (p->stacked ? sum[i + 1] : 0);
	for (size_t i = 0; i < p->columns; i++) {
		if (!p->has[i] || (p->only_positive && p->value[i] < 0)) {
			fputs(" NaN", p->script);
			continue;
		}
		fprintf(p->script, " %.9g", sum[i]);
		p->drawn++;
		p->top = sum[i] > p->top ? sum[i] : p->top;
		p->used[i] |= !p->stacked || p->value[i];
	}
	putc('\n', p->script);
}

/* The gathered row, which lasted until @until_ns. */
static void put_row(struct pivot *p, int64_t until_ns)
{
	if (!p->any)
		return;
	put_cells(p, p->ts_ns);
	if (p->held)
		put_cells(p, until_ns);
}

static int add_cell(void *ctx, const struct query *q)
{
	struct pivot *p = ctx;
	int64_t key = query_int(q, 0), column = query_int(q, 2);

	if (!p->any || key != p->key) {
		put_row(p, query_int(q, 1));
		for (size_t i = 0; i < p->columns; i++) {
			p->value[i] = 0;
			p->has[i] = p->stacked;
		}
		p->any = true;
		p->key = key;
		p->ts_ns = query_int(q, 1);
	}
	if (column >= 0 && (size_t)column < p->columns) {
		p->value[column] = query_int(q, 3);
		p->has[column] = true;
	}
	return 0;
}

static int put_table(struct pivot *p, const char *name, const char *sql,
		     const struct facts_zone *zone, struct km_diag *d)
{
	const struct query_arg args[] = { { .number = p->f->run },
					  { .number = zone->node },
					  { .text = zone->name } };
	int err;

	fprintf(p->script, "$%s << EOD\n", name);
	err = query_each(p->f->db, sql, args, 3, add_cell, p, d);
	put_row(p, p->f->last_ts_ns);
	fputs("EOD\n", p->script);
	return err;
}

static size_t nr_orders(const struct facts *f)
{
	return f->nr_orders < KM_MAX_ORDERS ? (size_t)f->nr_orders : KM_MAX_ORDERS;
}

static void order_title(FILE *script, const struct facts *f, size_t order)
{
	char size[24];

	fprintf(script, " title 'order %zu, %s'", order, facts_bytes(size, f->page_size << order));
}

static int add_doubt(void *ctx, const struct query *q)
{
	struct pivot *p = ctx;
	double at = (double)query_int(q, 1) * p->scale, by = (double)query_int(q, 2) * p->scale;

	plot_seconds(p->script, p->f, query_int(q, 0));
	fprintf(p->script, " %.9g %.9g\n", at > by ? at - by : 0, at + by);
	p->any |= by > 0;
	return 0;
}

/* How far the free pages may be off where events were lost: what is uncertain may be anywhere. */
static int put_doubt(struct pivot *p, const struct facts_zone *zone, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.ts_ns, m.free_pages, s.uncertain_pages FROM v_samples AS s CROSS JOIN "
		"v_memory AS m USING (run, sample) WHERE s.run = ? AND s.source IS NULL AND m.node = ? AND "
		"m.zone = ? ORDER BY s.sample";
	const struct query_arg args[] = { { .number = p->f->run },
					  { .number = zone->node },
					  { .text = zone->name } };
	int err;

	fputs("$doubt << EOD\n", p->script);
	err = query_each(p->f->db, sql, args, 3, add_doubt, p, d);
	fputs("EOD\n", p->script);
	return err;
}

int plot_draw_free(FILE *script, const struct plot *p, const struct facts *f,
		   const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.sample, s.ts_ns, b.ord, b.free_blocks << b.ord FROM v_samples AS s CROSS JOIN "
		"v_buddyinfo AS b USING (run, sample) WHERE s.run = ? AND s.source IS NULL AND b.node = ? "
		"AND b.zone = ? ORDER BY s.sample, b.ord";
	struct pivot t = { .script = script, .f = f, .columns = nr_orders(f), .stacked = true };
	struct pivot doubt = { .script = script, .f = f };
	char colour[8];
	int err;

	t.scale = doubt.scale = (double)f->page_size / (1024 * 1024);
	plot_frame(script, p, f, of);
	err = put_table(&t, "data", sql, of->zone, d);
	if (!err)
		err = put_doubt(&doubt, of->zone, d);
	if (err || !t.drawn)
		return err ? err : plot_nothing(script, "No state was recorded.");
	plot_labels(script, f);
	fputs("set ylabel 'free memory [MiB]'\nset yrange [0:*]\nset style fill solid 1 noborder\nplot ",
	      script);
	for (size_t o = 0; o < t.columns; o++) {
		fprintf(script, "%s$data using 1:%zu with fillsteps linecolor rgb '%s'",
			o ? ", " : "", o + 2, plot_viridis(colour, o, t.columns));
		order_title(script, f, o);
	}
	if (doubt.any)
		fputs(", $doubt using 1:2:3 with filledcurves fillcolor rgb '#90707070' fillstyle "
		      "solid 1 border linecolor rgb '#303030' title 'uncertain'",
		      script);
	putc('\n', script);
	return 0;
}

/* The whole of 0 to 1 where the index gets anywhere in it, else so much of it that its lines do not
 * lie on the axis. */
static double index_range(double top)
{
	static const double ends[] = { 0.01, 0.02, 0.05, 0.1, 0.2 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (top <= ends[i])
			return ends[i];
	return 1.02;
}

/* A line for each order of one of the kernel's two indexes. */
static int draw_index(struct pivot *t, const char *sql, const char *nothing,
		      const struct facts_zone *zone, struct km_diag *d)
{
	FILE *script = t->script;
	char colour[8];
	int err = put_table(t, "data", sql, zone, d);

	if (err || !t->drawn)
		return err ? err :
			     plot_nothing(script, t->any ? nothing : "No state was recorded.");
	plot_labels(script, t->f);
	fprintf(script, "set yrange [0:%g]\nplot ", index_range(t->top));
	for (size_t o = t->columns, comma = 0; o-- > 0;) {
		if (!t->used[o])
			continue;
		fprintf(script, "%s$data using 1:%zu with %s linewidth 1.8 linecolor rgb '%s'",
			comma++ ? ", " : "", o + 2, t->held ? "lines" : "steps",
			plot_viridis(colour, o, t->columns));
		order_title(script, t->f, o);
	}
	putc('\n', script);
	return 0;
}

int plot_draw_unusable(FILE *script, const struct plot *p, const struct facts *f,
		       const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.sample, s.ts_ns, i.ord, i.unusable_milli FROM v_samples AS s CROSS JOIN v_frag AS "
		"i USING (run, sample) WHERE s.run = ? AND s.source IS NULL AND i.node = ? AND "
		"i.zone = ? ORDER BY s.sample, i.ord";
	struct pivot t = { .script = script, .f = f, .columns = nr_orders(f), .scale = 0.001 };

	plot_frame(script, p, f, of);
	fputs("set ylabel 'unusable index'\n", script);
	return draw_index(&t, sql, "", of->zone, d);
}

int plot_draw_extfrag(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.sample, s.ts_ns, i.ord, i.extfrag_milli FROM v_samples AS s CROSS JOIN v_frag AS "
		"i USING (run, sample) WHERE s.run = ? AND s.source IS NULL AND i.node = ? AND "
		"i.zone = ? ORDER BY s.sample, i.ord";
	struct pivot t = { .script = script,
			   .f = f,
			   .columns = nr_orders(f),
			   .scale = 0.001,
			   .only_positive = true,
			   .held = true };

	plot_frame(script, p, f, of);
	fputs("set ylabel 'external fragmentation index'\n", script);
	return draw_index(&t, sql, "A free block of every order was there throughout (-1.000).",
			  of->zone, d);
}

static const char *type_colour(size_t mt)
{
	static const char *const colours[KM_NR_MIGRATETYPES] = {
		[KM_UNMOVABLE] = "#d55e00",  [KM_MOVABLE] = "#56b4e9", [KM_RECLAIMABLE] = "#009e73",
		[KM_HIGHATOMIC] = "#e69f00", [KM_CMA] = "#f0e442",     [KM_ISOLATE] = "#0072b2",
	};

	return colours[mt];
}

int plot_draw_pageblocks(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT s.sample, s.ts_ns, m.mt, b.blocks FROM v_samples AS s CROSS JOIN v_pageblocks AS b USING (run, sample) "
		"CROSS JOIN migratetype AS m ON m.name = b.migratetype WHERE s.run = ?1 AND s.source IS NULL AND b.node = ?2 "
		"AND b.zone = ?3 ORDER BY s.sample, m.mt";
	static const char mixed[] =
		"SELECT s.sample, s.ts_ns, 0, sum(x.mixed_blocks) FROM v_samples AS s CROSS JOIN v_mixed AS x USING (run, sample) "
		"WHERE s.run = ? AND s.source IS NULL AND x.node = ? AND x.zone = ? GROUP BY s.sample ORDER BY s.sample";
	struct pivot t = {
		.script = script, .f = f, .columns = KM_NR_MIGRATETYPES, .stacked = true, .scale = 1
	};
	struct pivot m = { .script = script, .f = f, .columns = 1, .scale = 1 };
	int err;

	plot_frame(script, p, f, of);
	err = put_table(&t, "data", sql, of->zone, d);
	if (!err)
		err = put_table(&m, "mixed", mixed, of->zone, d);
	if (err || !t.drawn)
		return err ? err : plot_nothing(script, "No state was recorded.");
	plot_labels(script, f);
	fputs("set ylabel 'pageblocks'\nset yrange [0:*]\nset style fill solid 1 noborder\nplot ",
	      script);
	for (size_t mt = 0; mt < t.columns; mt++)
		if (t.used[mt])
			fprintf(script,
				"$data using 1:%zu with fillsteps linecolor rgb '%s' title '%s', ",
				mt + 2, type_colour(mt), km_migratetype_name((unsigned int)mt));
	fputs("$mixed using 1:2 with steps linewidth 2 linecolor rgb '#000000' title 'mixed (any type)'\n",
	      script);
	return 0;
}
