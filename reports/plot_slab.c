/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of objects: whose pages are, slabs by cache, what of them is used, who allocates. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/plot_parts.h"
#include "reports/slab_facts.h"

enum { MOST_BANDS = 14, BARS = 15, NAME_WIDTH = 22, SITE_WIDTH = 34, LEAST_BAR = 64 };

/* Wong's palette and a few more: neighbours are told apart by those who see fewer colours, too. */
static const char *const palette[MOST_BANDS] = { "#0072b2", "#e69f00", "#009e73", "#cc79a7",
						 "#56b4e9", "#d55e00", "#8c6bb1", "#b3de69",
						 "#fb9a99", "#7f7f7f", "#a6761d", "#c7c7c7",
						 "#1b4f72", "#f0e442" };

/* Names of caches need more room beside the figure than others. */
static const char wide_key[] = "set rmargin at screen 0.80\nset key at screen 0.812,0.80\n";

/* ---- bands over time ---- */

/* Rows (sample, time, band, value), by time, become a table of one row per time. */
struct bands {
	FILE *script;
	const struct facts *f;
	size_t n;
	char *name[MOST_BANDS];
	double scale;
	int64_t sample, ts_ns, value[MOST_BANDS];
	bool any;
	int64_t rows;
};

static void put_row(struct bands *b)
{
	double sum[MOST_BANDS + 1] = { 0 };

	if (!b->any)
		return;
	plot_seconds(b->script, b->f, b->ts_ns);
	for (size_t i = b->n; i-- > 0;)
		sum[i] = (double)b->value[i] * b->scale + sum[i + 1];
	for (size_t i = 0; i < b->n; i++)
		fprintf(b->script, " %.9g", sum[i]);
	putc('\n', b->script);
	b->rows++;
}

static int add_value(void *ctx, const struct query *q)
{
	struct bands *b = ctx;
	int64_t band = query_int(q, 2);

	if (!b->any || query_int(q, 0) != b->sample) {
		put_row(b);
		memset(b->value, 0, sizeof(b->value));
		b->any = true;
		b->sample = query_int(q, 0);
		b->ts_ns = query_int(q, 1);
	}
	if (band >= 0 && (size_t)band < b->n)
		b->value[band] += query_int(q, 3);
	return 0;
}

static int add_name(void *ctx, const struct query *q)
{
	struct bands *b = ctx;

	if (b->n == MOST_BANDS)
		return 0;
	b->name[b->n] = strdup(query_text(q, 0));
	return b->name[b->n++] ? 0 : -KM_ENOMEM;
}

static void release_names(struct bands *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->name[i]);
}

static void put_bands(struct bands *b)
{
	for (size_t i = 0; i < b->n; i++) {
		fprintf(b->script, "%s$data using 1:%zu with fillsteps linecolor rgb '%s' title ",
			i ? ", " : "plot ", i + 2, palette[(b->n - 1 - i) % MOST_BANDS]);
		escape_gnuplot(b->script, b->name[i], NAME_WIDTH);
	}
	putc('\n', b->script);
}

/* @names: the bands from the top of the stack down; @values: those of each moment. */
static int draw_bands(struct bands *b, const struct plot *p, const struct plot_of *of,
		      const char *names, const char *values, const char *nothing, struct km_diag *d)
{
	const struct query_arg run = { .number = b->f->run };
	int err;

	plot_frame(b->script, p, b->f, of);
	b->scale = (double)b->f->page_size / 1048576.0;
	err = query_each(b->f->db, names, &run, 1, add_name, b, d);
	if (err == -KM_ENOMEM)
		err = km_fail(d, KM_ENOMEM, p->name, "out of memory");
	fputs("$data << EOD\n", b->script);
	if (!err)
		err = query_each(b->f->db, values, &run, 1, add_value, b, d);
	put_row(b);
	fputs("EOD\n", b->script);
	if (!err && b->n && b->rows > 1) {
		plot_labels(b->script, b->f);
		fprintf(b->script,
			"%sset ylabel 'memory [MiB]'\nset yrange [0:*]\nset style fill solid 1 noborder\n",
			wide_key);
		put_bands(b);
	} else if (!err) {
		err = plot_nothing(b->script, nothing);
	}
	release_names(b);
	return err;
}

int plot_draw_owners(FILE *script, const struct plot *p, const struct facts *f,
		     const struct plot_of *of, struct km_diag *d)
{
	static const char names[] =
		"SELECT owner FROM v_owner_pages WHERE run = ? GROUP BY layer, owner ORDER BY max(pages), owner, layer";
	static const char values[] =
		"WITH o AS (SELECT owner, row_number() OVER (ORDER BY max(pages), owner, layer) - 1 AS band "
		"FROM v_owner_pages WHERE run = ?1 GROUP BY layer, owner) "
		"SELECT s.sample, s.ts_ns, o.band, p.pages FROM v_samples AS s JOIN v_owner_pages AS p "
		"USING (run, sample) JOIN o USING (owner) WHERE s.run = ?1 ORDER BY s.sample";
	struct bands b = { .script = script, .f = f };

	return draw_bands(&b, p, of, names, values, "The run does not tell whose pages are.", d);
}

/* The ten largest caches have a band each, the rest one. */
#define RANKED                                                                                   \
	"WITH m AS (SELECT cache, max(num_slabs * pagesperslab) AS most FROM v_slabinfo WHERE "  \
	"run = ?1 GROUP BY cache), r AS (SELECT cache, row_number() OVER (ORDER BY most DESC, "  \
	"cache) AS rank FROM m WHERE most > 0), c AS (SELECT cache, CASE WHEN rank > 10 THEN 0 " \
	"ELSE min(10, (SELECT max(rank) FROM r)) - rank + 1 END AS band FROM r) "

int plot_draw_slabs(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d)
{
	static const char names[] = RANKED
		"SELECT 'other caches', 0 AS band UNION SELECT cache, band FROM c WHERE band > 0 ORDER BY 2";
	static const char values[] = RANKED
		"SELECT s.sample, s.ts_ns, c.band, i.num_slabs * i.pagesperslab FROM v_samples AS s "
		"JOIN v_slabinfo AS i USING (run, sample) JOIN c USING (cache) WHERE s.run = ?1 AND "
		"s.source IS NULL ORDER BY s.sample";
	struct bands b = { .script = script, .f = f };
	int64_t n = 0;
	int err = slab_count_rows(&n, f, "v_slabinfo", d);

	if (err)
		return err;
	if (!n) {
		plot_frame(script, p, f, of);
		return plot_nothing(script, "The run has no caches.");
	}
	return draw_bands(&b, p, of, names, values, "The run has no caches.", d);
}

int plot_draw_slack(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d)
{
	static const char names[] =
		"SELECT column2 FROM (VALUES (0, 'left over in slabs'), (1, 'free objects'), (2, 'objects in use')) "
		"WHERE ? >= 0 ORDER BY column1";
	static const char values[] =
		"SELECT s.sample, s.ts_ns, b.column1, sum(CASE b.column1 WHEN 2 THEN i.active_objs * i.objsize "
		"WHEN 1 THEN (i.num_objs - i.active_objs) * i.objsize "
		"ELSE i.num_slabs * i.pagesperslab * r.page_size - i.num_objs * i.objsize END) "
		"FROM v_samples AS s JOIN v_slabinfo AS i USING (run, sample) JOIN run AS r USING (run) "
		"CROSS JOIN (VALUES (0), (1), (2)) AS b WHERE s.run = ? AND s.source IS NULL "
		"GROUP BY s.sample, b.column1 ORDER BY s.sample";
	struct facts bytes = *f;
	struct bands b = { .script = script, .f = &bytes };

	bytes.page_size = 1; /* the values are bytes */
	return draw_bands(&b, p, of, names, values, "The run has no caches.", d);
}

/* ---- bars ---- */

struct bars {
	FILE *script;
	int64_t n;
};

/* What a logarithmic axis cannot show counts as its beginning. */
static int64_t shown(int64_t bytes)
{
	return bytes > LEAST_BAR ? bytes : LEAST_BAR;
}

static int add_bar(void *ctx, const struct site_facts *s)
{
	struct bars *b = ctx;

	fprintf(b->script, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", b->n,
		shown(s->bytes_alloc), shown(s->peak_bytes), shown(s->live_bytes));
	b->n++;
	return 0;
}

static int add_tic(void *ctx, const struct site_facts *s)
{
	struct bars *b = ctx;

	fputs(b->n ? ", " : "set ytics (", b->script);
	escape_gnuplot(b->script, s->site, SITE_WIDTH);
	fprintf(b->script, " %" PRId64, b->n++);
	return 0;
}

int plot_draw_churn(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d)
{
	struct bars b = { .script = script }, tics = { .script = script };
	int err;

	plot_frame(script, p, f, of);
	fputs("$data << EOD\n", script);
	err = slab_sites(f, BARS, add_bar, &b, d);
	fputs("EOD\n", script);
	if (err || !b.n)
		return err ? err : plot_nothing(script, "The trace has no events of objects.");
	err = slab_sites(f, BARS, add_tic, &tics, d);
	fprintf(script,
		")\nset lmargin at screen 0.27\nset tmargin at screen 0.88\nset xrange [%d:*]\nset xtics ('64 B' 64, '1 KiB' 1024, '16 KiB' 16384, "
		"'256 KiB' 262144, '4 MiB' 4194304, '64 MiB' 67108864, '1 GiB' 1073741824, "
		"'16 GiB' 17179869184, '256 GiB' 274877906944)\n"
		"set yrange [%" PRId64 ".6:-0.6]\nset logscale x\n"
		"set xlabel 'memory'\nunset grid\n"
		"set grid xtics back linetype 1 dashtype 1 linecolor rgb '#dcdcdc' linewidth 0.7\n"
		"set key at screen 0.85,0.88\nset style fill solid 1 noborder\n",
		LEAST_BAR, b.n - 1);
	fprintf(script,
		"plot $data using 2:1:(%d):2:($1-0.36):($1+0.36) with boxxyerror linecolor rgb "
		"'#9ecae1' title 'allocated in all', "
		"$data using 3:1:(%d):3:($1-0.2):($1+0.2) with boxxyerror linecolor rgb "
		"'#0072b2' title 'most at one time', "
		"$data using 4:1 with points pointtype 7 pointsize 1.1 linecolor rgb '#d55e00' "
		"title 'at the end'\n",
		LEAST_BAR, LEAST_BAR);
	return err;
}

/* ---- runs side by side ---- */

struct lines {
	FILE *script;
	const struct facts *f;
	int64_t run, n;
	int64_t first_ns;
	double scale;
};

static int add_point(void *ctx, const struct query *q)
{
	struct lines *l = ctx;
	int64_t run = query_int(q, 0);

	if (!l->n || run != l->run) {
		if (l->n)
			fputs("EOD\n", l->script);
		fprintf(l->script, "$run%" PRId64 " << EOD\n", run);
		l->first_ns = query_int(q, 1);
		l->run = run;
	}
	fprintf(l->script, "%.6f %.9g\n", (double)(query_int(q, 2) - l->first_ns) / 1e9,
		(double)query_int(q, 3) * l->scale);
	l->n++;
	return 0;
}

static int add_line(void *ctx, const struct allocator_facts *a)
{
	struct lines *l = ctx;
	char title[96];

	snprintf(title, sizeof(title), "run %" PRId64 "%s%s", a->run, a->slab[0] ? ": " : "",
		 a->slab);
	fprintf(l->script,
		"%s$run%" PRId64 " using 1:2 with steps linewidth %s linecolor rgb '%s' title ",
		l->n ? ", " : "plot ", a->run, a->run == l->f->run ? "3.5" : "2",
		palette[l->n % MOST_BANDS]);
	escape_gnuplot(l->script, title, NAME_WIDTH);
	l->n++;
	return 0;
}

int plot_draw_allocators(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d)
{
	static const char sql[] =
		"SELECT p.run, r.first_ts_ns, s.ts_ns, sum(p.pages) FROM v_owner_pages AS p JOIN v_runs AS r USING (run) "
		"JOIN v_samples AS s USING (run, sample) WHERE p.layer = 'slab' GROUP BY p.run, p.sample "
		"ORDER BY p.run, p.sample";
	struct lines points = { .script = script, .f = f }, keys = points;
	int err;

	points.scale = (double)f->page_size / 1048576.0;
	plot_frame(script, p, f, of);
	err = query_each(f->db, sql, NULL, 0, add_point, &points, d);
	if (err || !points.n)
		return err ? err : plot_nothing(script, "No run has slabs.");
	fprintf(script,
		"EOD\n%sset ylabel 'memory in slabs [MiB]'\nset yrange [0:*]\nset xrange [0:*]\n",
		wide_key);
	err = slab_allocators(f, add_line, &keys, d);
	putc('\n', script);
	return err;
}
