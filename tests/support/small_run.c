/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/small_run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/gfp.h"
#include "reports/query.h"

const char small_run_hostile[] = "'; drop table run; -- <script>`touch owned`\x1b[2J";

const char *small_run_dir(char path[64])
{
	strcpy(path, "/tmp/kmemlab-test-XXXXXX");
	if (!mkdtemp(path))
		abort();
	return path;
}

void small_run_rm(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *path = small_run_path(dir, e->d_name);

		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && unlink(path))
			small_run_rm(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

const char *small_run_path(const char *dir, const char *name)
{
	static char paths[4][512];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%.200s/%.200s", dir, name);
	return path;
}

struct store_run small_run_about(void)
{
	return (struct store_run){
		.name = "small",
		.mode = "predict",
		.kernel = "6.1.192",
		.slab = "slub",
		.trace = "/where/ever/small.kmt",
		.config = "machine:\n  cpus: 1\n",
		.unvalidated = true,
		.page_size = 4096,
	};
}

struct store_totals small_run_totals(void)
{
	return (struct store_totals){
		.events = 40, .lost_events = 7, .first_ts_ns = 1000000000, .last_ts_ns = 3000000000
	};
}

static void fill_zone(struct km_zone_state *z, const char *name, uint64_t scale)
{
	*z = (struct km_zone_state){ .node = 0, .name = name };
	for (unsigned int o = 0; o < 3; o++) {
		z->nr_free[o] = scale + o;
		z->type_free[KM_MOVABLE][o] = scale;
		z->type_free[KM_UNMOVABLE][o] = o;
		z->type_free[KM_CMA][o] = 99; /* a type this kernel does not print */
		z->unusable_milli[o] = (int32_t)o * 100;
		z->extfrag_milli[o] = o == 2 ? 312 : -1000;
		z->free_pages += z->nr_free[o] << o;
	}
	z->type_blocks[KM_MOVABLE] = scale;
	z->type_blocks[KM_UNMOVABLE] = 1;
	z->mixed_blocks[KM_MOVABLE] = 1;
	z->huge_free_score_milli = 250;
}

static const struct km_vmalloc_cell cell = { 0xffffc90000000000, 65536, 4, 1, 0, 0 };
static const struct km_vmalloc_state vmalloc = { .areas = 1,
						 .used_pages = 4,
						 .guard_pages = 1,
						 .searches = 3,
						 .steps = 7,
						 .cells = &cell,
						 .nr_cells = 1 };

static const struct km_vmap_state vmap = { 0xffffc90000000000, 20480, 4, "vmalloc", true };
static const struct km_map_row second[] = { { 8, KM_MAP_MIXED, 1 } };
static const struct km_percpu_state percpu = { 2, 66, 5000, 24000 };
static const struct km_owner_state owners[] = { { "slab", "slab", 21 },
						{ "page", "page cache", 17 } };

static const uint32_t words[] = { 4294967295u, 5 };
static const struct km_slab_state slab = {
	small_run_hostile, 60, 63, 192, 21, 1, 120, 60, 8, 3, 4, 5
};

static int feed_samples(struct km_sink sink)
{
	static const struct km_map_row first[] = {
		{ 0, KM_MAP_UNMOVABLE, 0 }, { 4, KM_MAP_FREE, 4 },	 { 8, KM_MAP_FREE, 4 },
		{ 12, KM_MAP_MOVABLE, 1 },  { 16, KM_MAP_UNTOUCHED, 0 }, { 20, KM_MAP_CMA, 2 },
	};
	static const struct km_cma_stretch stretch[] = { { 16, 4, 1, 2, 1, 0 },
							 { 20, 4, 2, 1, 0, 1 } };
	const struct km_cma_state cma = { "reserved", 16,   8, 3, 2, 0,	      words,
					  2,	      true, 3, 1, 1, stretch, 2 };
	struct km_zone_state zones[2];
	struct km_sample s = { .nr_orders = 3, .zones = zones, .nr_zones = 2 };
	int err;

	s.type_columns = 1u << KM_UNMOVABLE | 1u << KM_MOVABLE | 1u << KM_RECLAIMABLE;
	fill_zone(&zones[0], "DMA", 1);
	fill_zone(&zones[1], "Normal", 3);
	s.ts_ns = 1000000000;
	s.label = "start";
	s.seeded = true;
	s.map = first;
	s.nr_map = 6;
	err = sink.ops->sample(sink.ctx, &s);
	s = (struct km_sample){ 20,
				2000000000,
				small_run_hostile,
				"buddyinfo",
				false,
				3,
				s.type_columns,
				zones,
				2,
				second,
				1,
				&cma,
				1,
				17,
				40,
				&slab,
				1,
				&vmap,
				1,
				&vmalloc,
				owners,
				2,
				&percpu };
	if (!err)
		err = sink.ops->sample(sink.ctx, &s);
	s = (struct km_sample){ .event_no = 40,
				.ts_ns = 3000000000,
				.nr_orders = 3,
				.type_columns = s.type_columns,
				.zones = zones,
				.nr_zones = 2,
				.lost_events = 17,
				.uncertain_pages = 3 };
	return err ? err : sink.ops->sample(sink.ctx, &s);
}

static const struct km_caller camera = { "camera", "cma_alloc\nvb2_dc_alloc+0x1/0x2 [vb2]", 8 };

static struct km_busy_page busy_page(void)
{
	return (struct km_busy_page){
		.pfn = 17,
		.pageblock_pfn = 16,
		.source = "record",
		.in_use = true,
		.migratetype = KM_MOVABLE,
		.has_owner = true,
		.owner = { small_run_hostile, "__alloc_pages\nfoo+0x1c/0x90 [mod]", 7 },
		.event_no = 5,
		.ts_ns = 1050000000,
	};
}

/* An allocation that found its second range. */
static int feed_cma(struct km_sink sink)
{
	const struct km_cma_try tried[] = {
		{ 29, 2550000000, 16, "busy", 1, 1, 3, busy_page() },
		{ 31, 2600000000, 20, "ok", 1, 0, 0, { .pfn = KM_NO_PFN } },
	};
	const struct km_cma_alloc_row row = { .event_no = 31,
					      .ts_ns = 2600000000,
					      .area = "reserved",
					      .pages = 2,
					      .align = 1,
					      .pfn = 16,
					      .recorded_pfn = KM_NO_PFN,
					      .result = "ok",
					      .tries = 2,
					      .migrated_pages = 2,
					      .latency_ns = 5000,
					      .reclaimed_pages = 3,
					      .has_latency = true,
					      .has_err = true,
					      .start_event_no = 28,
					      .start_ts_ns = 2599995000,
					      .caller = camera,
					      .has_area = true,
					      .used_pages = 3,
					      .maxchunk_pages = 4,
					      .tried = tried,
					      .nr_tried = 2 };

	return sink.ops->cma_alloc(sink.ctx, &row);
}

/* One that a page was in the way of. */
static int feed_cma_failure(struct km_sink sink)
{
	const struct km_busy_page busy = busy_page();
	const struct km_cma_alloc_row row = { .event_no = 33,
					      .ts_ns = 2700000000,
					      .area = "reserved",
					      .pages = 2,
					      .align = 1,
					      .pfn = KM_NO_PFN,
					      .recorded_pfn = KM_NO_PFN,
					      .result = "busy",
					      .tries = 1,
					      .has_err = true,
					      .err = -16 };
	const struct km_failure_row failure = { .event_no = 33,
						.ts_ns = 2700000000,
						.path = "cma_alloc",
						.ord = 1,
						.gfp = KM_GFP_KERNEL,
						.migratetype = KM_CMA,
						.reason = "the range was busy",
						.recorded = true,
						.caller = camera,
						.area = "reserved",
						.pages = 2,
						.busy = &busy };
	int err = sink.ops->cma_alloc(sink.ctx, &row);

	return err ? err : sink.ops->failure(sink.ctx, &failure);
}

static int feed_events(struct km_sink sink)
{
	const struct km_fallback_row fallback = { 10,	 1500000000,   0,	   "Normal", 0,
						  2,	 KM_UNMOVABLE, KM_MOVABLE, true,     true,
						  "none" };
	const struct km_failure_row failure = { .event_no = 30,
						.ts_ns = 2500000000,
						.path = "alloc_pages",
						.ord = 2,
						.gfp = KM_GFP_KERNEL | KM_GFP_ZERO,
						.migratetype = KM_MOVABLE,
						.reason = "watermark",
						.recorded = true };
	int err = sink.ops->fallback(sink.ctx, &fallback);

	if (!err)
		err = sink.ops->failure(sink.ctx, &failure);
	if (!err)
		err = feed_cma(sink);
	return err ? err : feed_cma_failure(sink);
}

static int feed_sites(struct km_sink sink)
{
	static const struct km_call_site_row site = { .call_site = "alloc_inode",
						      .kind = "kmem_cache_alloc",
						      .allocs = 12,
						      .frees = 9,
						      .bytes_req = 7200,
						      .bytes_alloc = 7296,
						      .live_bytes = 1824,
						      .peak_bytes = 3040 };
	static const struct km_leak_row leak = { .call_site = "alloc_inode",
						 .kind = "kmem_cache_alloc",
						 .cache = "inode_cache",
						 .live_objects = 3,
						 .live_bytes = 1824,
						 .oldest_ts_ns = 1100000000,
						 .median_ts_ns = 1200000000,
						 .growth_bytes_per_s = 912,
						 .allocs = 12,
						 .frees = 9,
						 .lifetime_p99_ns = 1023,
						 .excluded = "young" };
	static const struct km_slab_use_row use = { small_run_hostile, 3, 5, 1, 2 };
	int err = sink.ops->call_site(sink.ctx, &site);

	if (!err)
		err = sink.ops->slab_use(sink.ctx, &use);
	return err ? err : sink.ops->leak(sink.ctx, &leak);
}

static int feed_totals(struct km_sink sink)
{
	static const struct km_fidelity_row fidelity[] = {
		{ "page.pfn", "all", 90, 100 },
		{ "page.pfn", "known", 90, 99 },
		{ "page.pfn", "miss=unknown", 0, 10 },
	};
	static const struct km_loss_row loss = { 1, "kmem", 7, 1100000000, 1200000000 };
	static const struct km_attribution_row attribution = { "page", 38, 40, 30, 31, 17 };
	static const struct km_owner_row owner = { "slab",  "slab", small_run_hostile,
						   "event", 21,	    22 };
	static const struct km_pressure_row pressure = { 0, "kswapd_wake", 2, 3 };
	int err = 0;

	for (size_t i = 0; i < 3 && !err; i++)
		err = sink.ops->fidelity(sink.ctx, &fidelity[i]);
	if (!err)
		err = sink.ops->loss(sink.ctx, &loss);
	if (!err)
		err = sink.ops->pressure(sink.ctx, &pressure);
	if (!err)
		err = sink.ops->attribution(sink.ctx, &attribution);
	if (!err)
		err = sink.ops->owner(sink.ctx, &owner);
	return err ? err : feed_sites(sink);
}

int small_run_feed(struct km_sink sink)
{
	int err = feed_samples(sink);

	if (!err)
		err = feed_events(sink);
	return err ? err : feed_totals(sink);
}

int small_run_write(const char *path, struct km_diag *d)
{
	const struct store_run run = small_run_about();
	const struct store_totals totals = small_run_totals();
	struct store *s;
	int err = store_open(&s, path, &run, d);

	if (err)
		return err;
	err = small_run_feed(store_sink(s));
	if (err) {
		store_error(s, d);
		store_abort(s);
		return err;
	}
	return store_finish(s, &totals, d);
}

char *small_run_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t n = 0;

	if (!f)
		return NULL;
	for (int c; (c = getc(f)) != EOF;) {
		if (!(n & (n + 1)))
			text = realloc(text, 2 * n + 2);
		if (!text)
			abort();
		text[n++] = (char)c;
	}
	fclose(f);
	text = realloc(text, n + 1);
	if (!text)
		abort();
	text[n] = '\0';
	if (len)
		*len = n;
	return text;
}

const char *small_run_ask(const char *db, const char *sql)
{
	static char answer[4096];
	struct query_db *q;
	struct query *rows;
	struct km_diag d = { 0 };

	answer[0] = '\0';
	if (query_db_open(&q, db, &d)) {
		snprintf(answer, sizeof(answer), "%s: %s", d.where, d.what);
		return answer;
	}
	if (query_open(&rows, q, sql, NULL, 0, &d) || query_next(rows, &d) < 0)
		snprintf(answer, sizeof(answer), "%s: %s", d.where, d.what);
	else
		snprintf(answer, sizeof(answer), "%s", query_text(rows, 0));
	if (!d.code)
		query_close(rows);
	query_db_close(q);
	return answer;
}
