/* SPDX-License-Identifier: GPL-2.0-only */
/* What reports say of objects: two small runs in one database, with numbers to be found again. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots.h"
#include "reports/slab_facts.h"
#include "reports/store.h"
#include "reports/write.h"
#include "tests/support/small_run.h"

static char dir[64];
static struct query_db *db;
static struct facts facts;

/* 3 slabs of 2 pages with 10 objects of 700 bytes each; at moment @i so many more, and in use. */
static void put_moment(struct km_sink sink, uint64_t i, const char *cache)
{
	const struct km_slab_state slabs[] = {
		{ cache, 20 + i, 30 + 10 * i, 700, 10, 2, 0, 0, 0, 3 + i, 3 + i, 0 },
		{ "tiny", 512, 512, 8, 512, 1, 0, 0, 0, 1, 1, 0 },
	};
	const struct km_owner_state owners[] = { { "slab", "slab", 7 + 2 * i },
						 { "page", "anonymous", 40 } };
	struct km_sample s = { .event_no = i * 10,
			       .ts_ns = 1000000000 * (i + 1),
			       .slabs = slabs,
			       .nr_slabs = 2,
			       .owners = owners,
			       .nr_owners = 2 };

	cr_assert_eq(sink.ops->sample(sink.ctx, &s), 0);
}

static void put_sites(struct km_sink sink, const char *cache)
{
	const struct km_call_site_row site = {
		"alloc_it<script>", "kmem_cache_alloc", 100, 77, 60000, 70000, 16100, 20000
	};
	struct km_leak_row leak = { .call_site = "alloc_it<script>",
				    .kind = "kmem_cache_alloc",
				    .cache = cache,
				    .live_objects = 23,
				    .live_bytes = 16100,
				    .oldest_ts_ns = 1500000000,
				    .median_ts_ns = 2000000000,
				    .growth_bytes_per_s = 2048,
				    .allocs = 100,
				    .frees = 77 };
	const struct km_attribution_row layers[] = { { "page", 40, 30, 0, 0, 40 },
						     { "slab", 20, 10, 20, 10, 11 } };
	const struct km_slab_use_row use = { cache, 5, 22, 2, 3 };
	int err = sink.ops->call_site(sink.ctx, &site);

	err = err ? err : sink.ops->leak(sink.ctx, &leak);
	leak.call_site = "grow_less";
	leak.growth_bytes_per_s = 1024;
	leak.excluded = "young";
	err = err ? err : sink.ops->leak(sink.ctx, &leak);
	for (size_t i = 0; i < 2 && !err; i++)
		err = sink.ops->attribution(sink.ctx, &layers[i]);
	err = err ? err : sink.ops->slab_use(sink.ctx, &use);
	cr_assert_eq(err, 0);
}

static void write_run(const char *path, const char *slab, const char *cache)
{
	struct store_run run = small_run_about();
	struct store_totals totals = small_run_totals();
	struct store *store;
	struct km_diag d;

	run.slab = slab;
	totals.first_ts_ns = 1000000000;
	totals.last_ts_ns = 3000000000;
	totals.slab = NULL;
	cr_assert_eq(store_open(&store, path, &run, &d), 0, "%s", d.what);
	for (uint64_t i = 0; i < 3; i++)
		put_moment(store_sink(store), i, cache);
	put_sites(store_sink(store), cache);
	cr_assert_eq(store_finish(store, &totals, &d), 0, "%s", d.what);
}

static void start(void)
{
	char one[128], two[128], both[128];
	const char *const runs[] = { one, two };
	struct km_diag d;

	small_run_dir(dir);
	snprintf(one, sizeof(one), "%s", small_run_path(dir, "one.db"));
	snprintf(two, sizeof(two), "%s", small_run_path(dir, "two.db"));
	snprintf(both, sizeof(both), "%s", small_run_path(dir, "both.db"));
	write_run(one, "slub", "things");
	write_run(two, "slab", small_run_hostile);
	cr_assert_eq(store_merge(both, runs, 2, &d), 0, "%s", d.what);
	cr_assert_eq(query_db_open(&db, both, &d), 0, "%s", d.what);
	cr_assert_eq(facts_load(&facts, db, 1, &d), 0, "%s", d.what);
}

static void end(void)
{
	facts_release(&facts);
	query_db_close(db);
	small_run_rm(dir);
}

TestSuite(slab_report, .init = start, .fini = end);

/* ---- facts ---- */

static int on_cache(void *ctx, const struct cache_facts *c)
{
	int *n = ctx;

	if (!strcmp(c->name, "things")) {
		cr_expect(c->slabs == 5 && c->pages == 10 && c->most_pages == 10);
		cr_expect(c->active_objs == 22 && c->num_objs == 50 && c->single_slabs == 2);
		cr_expect_eq(c->free_bytes, 28 * 700);
		cr_expect_eq(c->left_bytes, 5 * (8192 - 7000));
	} else {
		cr_expect_str_eq(c->name, "tiny");
		cr_expect(c->single_slabs == -1 && !c->free_bytes && !c->left_bytes);
	}
	++*n;
	return 0;
}

Test(slab_report, caches)
{
	struct km_diag d;
	int n = 0;

	cr_assert_eq(slab_caches(&facts, 10, on_cache, &n, &d), 0, "%s", d.what);
	cr_expect_eq(n, 2);
	n = 0;
	cr_assert_eq(slab_caches(&facts, 1, on_cache, &n, &d), 0, "%s", d.what);
	cr_expect_eq(n, 1);
}

static int on_allocator(void *ctx, const struct allocator_facts *a)
{
	int *n = ctx;

	++*n;
	cr_expect(a->run == *n && a->pages == 11 && a->most_pages == 11 && a->live_bytes == 16100);
	cr_expect_str_eq(a->slab, *n == 1 ? "slub" : "slab");
	return 0;
}

Test(slab_report, allocators)
{
	struct km_diag d;
	int n = 0;

	cr_expect_eq(facts.slab_runs, 2);
	cr_assert_eq(slab_allocators(&facts, on_allocator, &n, &d), 0, "%s", d.what);
	cr_expect_eq(n, 2);
}

/* ---- figures ---- */

static char *script_of(const char *name)
{
	size_t n, len;
	const struct plot *p = plots(&n);
	const struct plot_of of = { 0 };
	struct km_diag d;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	while (n && strcmp(p->name, name)) {
		p++;
		n--;
	}
	cr_assert(n && f, "no figure %s", name);
	cr_expect_eq(p->draw(f, p, &facts, &of, &d), 0, "%s has nothing to show", name);
	fclose(f);
	return text;
}

static void has(char *text, const char *const *words)
{
	for (; *words; words++)
		cr_expect(strstr(text, *words), "no \"%s\" in:\n%s", *words, text);
	free(text);
}

/*
 * In MiB: 11 pages of slabs and 40 others 0.199; 8 and 1 pages of two caches; of 11 pages 19496
 * bytes in use, 19600 of free objects, the rest left over.
 */
Test(slab_report, figures)
{
	has(script_of("owners"),
	    (const char *const[]){ "2.000000000 0.19921875 0.15625\n", "'anonymous'", NULL });
	has(script_of("slabs"),
	    (const char *const[]){ "1.000000000 0.03515625 0.03515625 0.03125\n", "'things'",
				   "'tiny'", "other caches", NULL });
	has(script_of("slack"),
	    (const char *const[]){ "2.000000000 0.04296875 0.0372848511 0.0185928345\n",
				   "'free objects'", NULL });
	has(script_of("churn"),
	    (const char *const[]){ "0 70000 20000 16100\n", "set ytics ('alloc", NULL });
	has(script_of("allocators"), (const char *const[]){ "$run1 << EOD\n0.000000 0.02734375\n",
							    "$run2 using", "run 2: slab", NULL });
}

/* ---- texts ---- */

Test(slab_report, text)
{
	static const char *const words[] = {
		"slab                   10     25.00 %    100.00 %      44 KiB",
		"40 KiB         22    37.60 %    25.0 KiB           2",
		"alloc_it<script>                         100    68.4 KiB    14.29 %    15.7 KiB",
		"alloc_it<script>                       2 KiB         23    15.7 KiB  candidate",
		"grow_less                              1 KiB         23    15.7 KiB  young",
		"    1  ",
		NULL
	};
	struct km_diag d;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(write_text(f, &facts, true, &d), 0, "%s", d.what);
	fclose(f);
	has(text, words);
}

Test(slab_report, page)
{
	static const char *const words[] = { "id=\"slab\"",
					     "alloc_it&lt;script&gt;",
					     "<td>things</td>",
					     "Object allocators side by side",
					     "<td>candidate</td>",
					     "<td>young</td>",
					     NULL };
	struct km_diag d;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(write_html(f, &facts, &d), 0, "%s", d.what);
	fclose(f);
	cr_expect(!strstr(text, "alloc_it<script>"));
	has(text, words);
}
