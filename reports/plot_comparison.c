/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plot_comparison.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/plot_parts.h"

#define SUM(what, view)                                                                      \
	"SELECT s.ts_ns, sum(" what ") FROM v_samples AS s CROSS JOIN " view                 \
	" AS m USING (run, sample) WHERE s.run = ?1 AND s.source IS NULL GROUP BY s.sample " \
	"ORDER BY s.sample"

static const struct overlay table[] = {
	{ .plot = { .name = "compare_free",
		    .title = "Free memory",
		    .about = "All free memory of the machine, a line for each configuration." },
	  .ylabel = "free memory [MiB]",
	  .sql = SUM("m.free_pages * (SELECT page_size FROM run WHERE run = ?1)", "v_memory"),
	  .scale = 1.0 / (1024 * 1024) },
	{ .plot = { .name = "compare_unusable",
		    .title = "Free memory that is of no use to a huge page",
		    .about =
			    "The share of free memory in blocks of less than 2 MiB: 0 is none of it, 1 "
			    "all of it. The lower a line, the easier its configuration finds a huge "
			    "page." },
	  .ylabel = "share of free memory",
	  .sql = "SELECT s.ts_ns, CASE sum(b.free_blocks << b.ord) WHEN 0 THEN 1000000 ELSE "
		 "sum(CASE WHEN b.ord < 9 THEN b.free_blocks << b.ord ELSE 0 END) * 1000000 / "
		 "sum(b.free_blocks << b.ord) END FROM v_samples AS s CROSS JOIN v_buddyinfo AS b "
		 "USING (run, sample) WHERE s.run = ?1 AND s.source IS NULL GROUP BY s.sample "
		 "ORDER BY s.sample",
	  .scale = 1e-6 },
	{ .plot = { .name = "compare_huge",
		    .title = "Wholly free blocks of 2 MiB",
		    .about = "How many huge pages could be had at once without moving anything." },
	  .ylabel = "blocks",
	  .sql = SUM("m.huge_free_blocks", "v_memory"),
	  .scale = 1 },
	{ .plot = { .name = "compare_unmovable",
		    .title = "Pageblocks with unmovable pages",
		    .about =
			    "Pageblocks that compaction cannot empty: they hold at least one page that "
			    "stays. They rarely become fewer." },
	  .ylabel = "pageblocks",
	  .sql = SUM("m.unmovable_blocks", "v_memory"),
	  .scale = 1 },
	{ .plot = { .name = "compare_cma",
		    .title = "Longest free range of contiguous memory",
		    .about =
			    "The most that a contiguous allocation could ask for at this moment, over "
			    "all CMA areas." },
	  .ylabel = "longest free range [MiB]",
	  .sql = "SELECT s.ts_ns, max(m.maxchunk_pages) * (SELECT page_size FROM run WHERE run = "
		 "?1) FROM v_samples AS s CROSS JOIN v_cma AS m USING (run, sample) WHERE s.run = ?1 "
		 "AND s.source IS NULL GROUP BY s.sample ORDER BY s.sample",
	  .scale = 1.0 / (1024 * 1024) },
};

const struct overlay *overlays(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}

struct line {
	FILE *script;
	const struct facts *f;
	const struct overlay *o;
	size_t points;
};

static int add_point(void *ctx, const struct query *q)
{
	struct line *l = ctx;

	plot_seconds(l->script, l->f, query_int(q, 0));
	fprintf(l->script, " %.9g\n", (double)query_int(q, 1) * l->o->scale);
	l->points++;
	return 0;
}

/* Which of the values of key @k run @r has, counted in the order of the runs; and of how many. */
static size_t value_place(const struct comparison *c, size_t r, size_t k, size_t *of)
{
	size_t place = 0, nr = 0;

	for (size_t i = 0; i < c->nr_runs; i++) {
		size_t first = 0;

		while (strcmp(c->run[first].value[k] ? c->run[first].value[k] : "",
			      c->run[i].value[k] ? c->run[i].value[k] : ""))
			first++;
		if (first == i && !strcmp(c->run[r].value[k] ? c->run[r].value[k] : "",
					  c->run[i].value[k] ? c->run[i].value[k] : ""))
			place = nr;
		nr += first == i;
	}
	*of = nr;
	return place;
}

/* With two keys or more, the first one that varies is a colour and the last a pattern. */
static void put_style(FILE *script, const struct comparison *c, size_t r)
{
	size_t colour_key = 0, dash_key = 0, of = c->nr_runs, unused, place = r, dash = 0;
	bool any = false;
	char colour[8];

	for (size_t k = 0; k < c->nr_keys; k++) {
		if (!c->key[k].varies)
			continue;
		colour_key = any ? colour_key : k;
		dash_key = k;
		any = true;
	}
	if (any)
		place = value_place(c, r, colour_key, &of);
	if (any && dash_key != colour_key)
		dash = value_place(c, r, dash_key, &unused);
	fprintf(script, " with steps linewidth %s linecolor rgb '%s' dashtype %zu",
		r == c->base ? "3" : "1.8", plot_viridis(colour, place, of), dash % 5 + 1);
}

static int put_title(FILE *script, const struct comparison *c, size_t r, struct km_diag *d)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	fprintf(f, "%" PRId64, c->run[r].run);
	for (size_t k = 0; k < c->nr_keys; k++)
		if (c->key[k].varies && c->run[r].value[k])
			fprintf(f, " %s", c->run[r].value[k]);
	fputs(r == c->base ? " (base)" : "", f);
	if (fclose(f)) {
		free(text);
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	fputs(" title ", script);
	escape_gnuplot(script, text, 26);
	free(text);
	return 0;
}

static int put_lines(FILE *script, const struct overlay *o, const struct comparison *c,
		     const struct facts *f, size_t *points, struct km_diag *d)
{
	int err = 0;

	for (size_t r = 0; !err && r < c->nr_runs && r < OVERLAY_MAX_RUNS; r++) {
		const struct query_arg run = { .number = c->run[r].run };
		struct line l = { .script = script, .f = f, .o = o };

		fprintf(script, "$run%zu << EOD\n", r);
		err = query_each(c->db, o->sql, &run, 1, add_point, &l, d);
		fputs("EOD\n", script);
		points[r] = l.points;
	}
	return err;
}

static int draw(FILE *script, const struct overlay *o, const struct comparison *c,
		const struct facts *f, struct km_diag *d)
{
	size_t points[OVERLAY_MAX_RUNS] = { 0 };
	const char *lead = "plot ";
	int err;

	plot_frame(script, &o->plot, f, &(struct plot_of){ 0 });
	err = put_lines(script, o, c, f, points, d);
	plot_labels(script, f);
	fprintf(script, "set ylabel '%s'\nset yrange [0:*]\n", o->ylabel);
	for (size_t r = 0; !err && r < c->nr_runs && r < OVERLAY_MAX_RUNS; r++) {
		if (!points[r])
			continue;
		fprintf(script, "%s$run%zu using 1:2", lead, r);
		put_style(script, c, r);
		err = put_title(script, c, r, d);
		lead = ", ";
	}
	if (!err && *lead == 'p')
		return plot_nothing(script, "No run has this.");
	putc('\n', script);
	return err;
}

int overlay_draw(FILE *script, const struct overlay *o, const struct comparison *c,
		 struct km_diag *d)
{
	char varied[] = "as varied", of_each[] = "";
	size_t base = c->base < c->nr_runs ? c->base : 0;
	bool same = true;
	struct facts f;
	int err = facts_load(&f, c->db, c->run[base].run, d);

	if (err)
		return err;
	for (size_t r = 0; r < c->nr_runs; r++)
		same &= !strcmp(c->run[r].kernel, c->run[0].kernel);
	/* what the frame says of a run must hold for all */
	struct facts all = f;

	all.kernel = same ? f.kernel : varied;
	all.slab = same ? f.slab : of_each;
	all.what_if = false;
	err = draw(script, o, c, &all, d);
	facts_release(&f);
	return err;
}
