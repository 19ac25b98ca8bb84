/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plots.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/figures.h"
#include "reports/plot_parts.h"
#include "tests/support/small_run.h"

static char dir[64];
static struct query_db *db;
static struct facts facts;

/* A run whose name, zone and label are all hostile. */
static void write_hostile(const char *path)
{
	struct store_run run = { .name = small_run_hostile, .kernel = "6.1", .mode = "observe" };
	const struct store_totals totals = { .last_ts_ns = 2000000000 };
	struct km_zone_state zone = { .name = "DMA'\n`touch owned`", .nr_free = { 1, 2 } };
	struct km_sample s = { .label = small_run_hostile,
			       .nr_orders = 2,
			       .zones = &zone,
			       .nr_zones = 1,
			       .type_columns = 7 };
	const struct km_cma_stretch part = { 16, 8, 8, 0, 0, 0 };
	const struct km_cma_state cma = { .name = small_run_hostile,
					  .base_pfn = 16,
					  .pages = 8,
					  .has_use = true,
					  .free_pages = 8,
					  .changed = &part,
					  .nr_changed = 1 };
	const struct km_cma_try tried = { 1, 500000000, 16, "busy", 0, 1, 0, { .pfn = 17 } };
	const struct km_cma_alloc_row row = { .event_no = 1,
					      .ts_ns = 500000000,
					      .area = small_run_hostile,
					      .pages = 2,
					      .result = "busy",
					      .tries = 1,
					      .latency_ns = 5,
					      .has_latency = true,
					      .tried = &tried,
					      .nr_tried = 1 };
	struct km_sink sink;
	struct store *store;
	struct km_diag d;

	s.cma = &cma;
	s.nr_cma = 1;
	cr_assert_eq(store_open(&store, path, &run, &d), 0);
	sink = store_sink(store);
	cr_assert_eq(sink.ops->cma_alloc(sink.ctx, &row), 0);
	cr_assert_eq(sink.ops->sample(sink.ctx, &s), 0);
	s.ts_ns = 1000000000;
	cr_assert_eq(sink.ops->sample(sink.ctx, &s), 0);
	cr_assert_eq(store_finish(store, &totals, &d), 0);
}

static void open_run(void (*write)(const char *path))
{
	const char *path = small_run_path(small_run_dir(dir), "run.db");
	struct km_diag d;

	write(path);
	cr_assert_eq(query_db_open(&db, path, &d), 0);
	cr_assert_eq(facts_load(&facts, db, 1, &d), 0);
}

static void write_small(const char *path)
{
	struct km_diag d;

	cr_assert_eq(small_run_write(path, &d), 0);
}

static void end(void)
{
	facts_release(&facts);
	query_db_close(db);
	small_run_rm(dir);
}

TestSuite(plots, .fini = end);

static const struct plot *find(const char *name)
{
	size_t n;
	const struct plot *p = plots(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(p[i].name, name))
			return &p[i];
	return NULL;
}

static char *script_of(const char *name)
{
	const struct plot *p = find(name);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct km_diag d;

	cr_assert(p && f);
	const struct plot_of of = plot_subject(p, &facts, plot_count(p, &facts) - 1);

	cr_assert_geq(p->draw(f, p, &facts, &of, &d), 0);
	fclose(f);
	return text;
}

static void script_has(const char *name, const char *want)
{
	char *text = script_of(name);

	cr_expect(strstr(text, want), "%s has no \"%s\":\n%s", name, want, text);
	free(text);
}

/* Zone Normal at each of 1, 2 and 3 s: 3, 4 and 5 blocks of 4, 8 and 16 KiB, stacked from the
 * largest up. */
Test(plots, free_memory_is_stacked)
{
	open_run(write_small);
	script_has("free", "$data << EOD\n0.000000000 0.12109375 0.109375 0.078125\n2.000000000 ");
	script_has("free", "title 'order 2, 16 KiB'");
	script_has("free", "set ylabel 'free memory [MiB]'");
}

/* Lost from 0.1 to 0.2 s; the 31 pages of zone Normal are then 28 to 34, where 3 are uncertain. */
Test(plots, losses_are_bands_and_free_memory_has_its_doubt)
{
	open_run(write_small);
	script_has("free",
		   "set object rectangle from first 0.100000000,graph 0 to first 0.200000000,");
	script_has("map",
		   "set object rectangle from first 0.100000000,graph 0 to first 0.200000000,");
	script_has("free", "set label 'red: events lost (7)'");
	script_has("free", "$doubt << EOD\n0.000000000 0.12109375 0.12109375\n2.000000000 0.109375 "
			   "0.1328125\nEOD\n");
	script_has("free", "title 'uncertain'");
}

Test(plots, indexes_leave_out_what_the_kernel_prints_as_minus_one)
{
	open_run(write_small);
	script_has("unusable", "0.000000000 0 0.1 0.2\n");
	script_has("extfrag", "0.000000000 NaN NaN 0.312\n2.000000000 NaN NaN 0.312\n");
}

/* Two pageblocks of the zone: movable 3 and unmovable 1 in all, and one that is mixed. */
Test(plots, census_is_stacked_and_counts_mixed_pageblocks)
{
	open_run(write_small);
	script_has("pageblocks", "0.000000000 4 3 0 0 0 0\n");
	script_has("pageblocks", "$mixed << EOD\n0.000000000 1\n");
}

Test(plots, map_and_matrix)
{
	open_run(write_small);
	script_has("map", "set ylabel 'physical address [MiB]'");
	script_has("fallbacks", "'Unmovable → Movable (1)' 0)");
	/* 0.5 s of 2 s: the 31st of 120 intervals, whose middle is 30.5 / 60 s */
	script_has("fallbacks", "$data << EOD\n0.508333333 0 1\nEOD\n");
}

Test(plots, labels_are_lines_with_names)
{
	open_run(write_small);
	script_has("free", "set arrow from first 0.000000000,graph 0 rto graph 0,graph 1.015");
	script_has("free", "set label 'start' at graph 0.00000,graph 1.04");
}

/*
 * Area "reserved" at 1 s of 0 to 2: of the first four pages two are allocated and one is free, of
 * the others one is allocated, one being taken. Its allocations: one of two tries in 5000 ns, and
 * one that failed.
 */
Test(plots, contiguous_memory)
{
	open_run(write_small);
	script_has("cma",
		   "title 'allocated', NaN with boxes linecolor rgb '#0072b2' title 'being taken'");
	script_has("cma", "$busy << EOD\n1.550000000 16 2\nEOD\n");
	script_has("cma_use", "$data << EOD\n1.000000000 3 1 1 3 2\nEOD\n");
	script_has("cma_latency", "$ok << EOD\n1 5000\nEOD\n$failed << EOD\nEOD\n"
				  "$tries << EOD\n1 2\n2 1\nEOD\n$bad << EOD\n2 1\nEOD\n");
	script_has("cma_latency", "set arrow from first 0.5,graph 0");
	/* its failure has no latency: it is named where it is drawn */
	script_has("cma_latency", "linewidth 2 linecolor rgb '#d62728' title 'failed'\n");
}

/* A figure without anything to show says why. */
Test(plots, nothing_to_show)
{
	const struct plot *p = find("curve");
	const struct plot_of of = { 0 };
	char *script;
	size_t len;
	struct km_diag d;

	open_run(write_small);
	cr_assert_eq(figure_script(&script, &len, p, &facts, &of, &d), PLOT_NOTHING);
	const char *why = plot_why_nothing(script, &len);

	cr_expect_eq(strncmp(why, "The run has none of the labels that the curve is about.", len),
		     0);
	cr_expect_eq(len, strlen("The run has none of the labels that the curve is about."));
	free(script);
	cr_expect_eq(*plot_why_nothing("plot x", &len), '\0');
}

/* What a name may hold never ends its string, its line or the picture, and runs nothing. */
Test(plots, hostile_names_are_text)
{
	size_t n, len;
	const struct plot *p = plots(&n);
	char cwd[512];

	open_run(write_hostile);
	cr_assert(getcwd(cwd, sizeof(cwd)) && !chdir(dir));
	for (size_t i = 0; i < n; i++) {
		char *svg = NULL;
		FILE *f = open_memstream(&svg, &len);
		struct km_diag d = { 0 };
		const struct plot_of of = plot_subject(&p[i], &facts, 0);
		char *script;
		int err = figure_script(&script, &len, &p[i], &facts, &of, &d);

		if (err >= 0)
			err = plot_run(f, script, len, PLOT_SVG, 0, &d);
		free(script);
		fclose(f);
		cr_expect_eq(err, 0, "%s: %s: %s", p[i].name, d.where, d.what);
		cr_expect_null(strstr(svg, "<script"));
		cr_expect_null(strchr(svg, '\x1b'));
		free(svg);
	}
	cr_expect_neq(access("owned", F_OK), 0);
	cr_assert_eq(chdir(cwd), 0);
}

Test(plots, viridis_runs_from_dark_to_light)
{
	char colour[8];

	open_run(write_small);
	cr_expect_str_eq(plot_viridis(colour, 0, 11), "#7a3f9d");
	cr_expect_str_eq(plot_viridis(colour, 10, 11), "#add130");
	cr_expect_str_eq(plot_viridis(colour, 0, 1), "#7a3f9d");
}
