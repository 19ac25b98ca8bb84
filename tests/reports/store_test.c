/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/query.h"
#include "tests/support/small_run.h"

static char dir[64];
static const char *db;

static void begin(void)
{
	struct km_diag d = { 0 };

	small_run_dir(dir);
	db = strdup(small_run_path(dir, "run.db"));
	cr_assert_eq(small_run_write(db, &d), 0, "%s: %s", d.where, d.what);
}

static void end(void)
{
	small_run_rm(dir);
	free((char *)(uintptr_t)db);
}

TestSuite(store, .init = begin, .fini = end);

#define ASK(sql, want) cr_expect_str_eq(small_run_ask(db, sql), want)

Test(store, run)
{
	ASK("SELECT name || mode || kernel || slab || trace || config FROM v_runs",
	    "smallpredict6.1.192slub/where/ever/small.kmtmachine:\n  cpus: 1\n");
	ASK("SELECT events || ' ' || lost_events || ' ' || first_ts_ns || ' ' || last_ts_ns FROM v_runs",
	    "40 7 1000000000 3000000000");
	ASK("SELECT what_if || unvalidated || run FROM v_runs", "011");
}

Test(store, samples)
{
	ASK("SELECT group_concat(sample || ' ' || event_no || ' ' || ts_ns || ' ' || seeded, ', ') FROM v_samples",
	    "1 0 1000000000 1, 2 20 2000000000 0, 3 40 3000000000 0");
	ASK("SELECT label FROM v_samples WHERE sample = 2", small_run_hostile);
	ASK("SELECT source FROM v_samples WHERE sample = 2", "buddyinfo");
	ASK("SELECT count(*) FROM v_samples WHERE sample = 3 AND label IS NULL AND source IS NULL",
	    "1");
}

Test(store, zones)
{
	ASK("SELECT group_concat(node || zone || ord || ' ' || free_blocks, ', ') FROM v_buddyinfo WHERE sample = 1",
	    "0DMA0 1, 0DMA1 2, 0DMA2 3, 0Normal0 3, 0Normal1 4, 0Normal2 5");
	ASK("SELECT group_concat(unusable_milli || ' ' || extfrag_milli, ', ') FROM v_frag WHERE sample = 3 AND zone = 'DMA'",
	    "0 -1000, 100 -1000, 200 312");
	ASK("SELECT group_concat(migratetype || blocks, ' ') FROM v_pageblocks WHERE sample = 2 AND zone = 'Normal'",
	    "Unmovable1 Movable3 Reclaimable0");
	ASK("SELECT group_concat(migratetype || mixed_blocks || huge_free_score_milli, ' ') FROM v_mixed WHERE sample = 2 "
	    "AND zone = 'Normal'",
	    "Unmovable0250 Movable1250 Reclaimable0250");
}

Test(store, types_that_the_kernel_does_not_print_have_no_rows)
{
	ASK("SELECT group_concat(DISTINCT migratetype) FROM v_pagetypeinfo",
	    "Unmovable,Movable,Reclaimable");
	ASK("SELECT count(*) FROM v_pagetypeinfo", "54"); /* 3 states, 2 zones, 3 types, 3 orders */
	ASK("SELECT free_blocks FROM v_pagetypeinfo WHERE sample = 1 AND zone = 'Normal' AND migratetype = 'Movable' AND "
	    "ord = 2",
	    "3");
}

Test(store, map)
{
	ASK("SELECT group_concat(pageblock_pfn || state || free_pages, ' ') FROM v_map WHERE sample = 1",
	    "0unmovable0 4free4 8free4 12movable1 16untouched0 20cma2");
	ASK("SELECT group_concat(pageblock_pfn || state || free_pages, ' ') FROM v_map WHERE sample > 1",
	    "8mixed1");
}

Test(store, everything_else)
{
	ASK("SELECT sample || area || base_pfn || ' ' || pages || ' ' || order_per_bit || used_pages || maxchunk_pages || ' ' || "
	    "bitmap FROM v_cma",
	    "2reserved16 8 032 4294967295 5");
	ASK("SELECT free_pages || ' ' || lent_pages || ' ' || busy_pages FROM v_cma", "3 1 1");
	ASK("SELECT group_concat(area || pfn || pages || free_pages || used_pages || lent_pages || busy_pages, ' ') "
	    "FROM v_cma_map",
	    "reserved1641210 reserved2042101");
	ASK("SELECT event_no || zone || alloc_ord || fallback_ord || alloc_type || fallback_type || change_ownership || recorded || reason "
	    "FROM v_fallbacks",
	    "10Normal02UnmovableMovable11none");
	ASK("SELECT path || ord || gfp || migratetype || reason || recorded FROM v_failures WHERE task IS "
	    "NULL",
	    "alloc_pages2GFP_KERNEL|__GFP_ZEROMovablewatermark1");
	ASK("SELECT area || pages || align || pfn || result || tries || migrated_pages || latency_ns FROM v_cma_allocs WHERE "
	    "pfn IS NOT NULL",
	    "reserved2116ok225000");
	ASK("SELECT reclaimed_pages || ' ' || errno || start_event_no || ' ' || start_ts_ns || task || pid || call_site || "
	    "used_pages || maxchunk_pages FROM v_cma_allocs WHERE event_no = 31",
	    "3 028 2599995000camera8vb2_dc_alloc [vb2]34");
	ASK("SELECT errno || result || coalesce(latency_ns, '-') || coalesce(start_event_no, '-') || coalesce(task, '-') || "
	    "coalesce(used_pages, '-') FROM v_cma_allocs WHERE event_no = 33",
	    "-16busy----");
	ASK("SELECT try || ' ' || try_event_no || ' ' || ts_ns || area || pfn || pages || result || migrated_pages || "
	    "failed_pages || reclaimed_pages || ' ' || busy_pageblock || busy_pfn || busy_source || busy_ord || "
	    "busy_migratetype || owner_task || owner_pid || owner_call_site || owner_event_no || ' ' || owner_age_ns "
	    "FROM v_cma_tries WHERE event_no = 31 AND try = 1",
	    "1 29 2550000000reserved162busy113 1617record0Movable'; drop table run; -- <script>`touch owned`\x1b[2J7foo "
	    "[mod]5 1500000000");
	ASK("SELECT result || coalesce(busy_pfn, '-') || coalesce(owner_task, '-') FROM v_cma_tries WHERE try = 2",
	    "ok--");
	ASK("SELECT path || ord || gfp || migratetype || reason || task || pid || call_site || area || pages || busy_pfn || "
	    "owner_pid || owner_call_site || ' ' || owner_age_ns FROM v_failures WHERE task IS NOT NULL",
	    "cma_alloc1GFP_KERNELCMAthe range was busycamera8vb2_dc_alloc [vb2]reserved2177foo [mod] 1650000000");
	ASK("SELECT group_concat(metric || scope || hits || '/' || total, ' ') FROM v_fidelity",
	    "page.pfnall90/100 page.pfnknown90/99 page.pfnmiss=unknown0/10");
	ASK("SELECT cpu || event_class || lost_events || ' ' || first_ts_ns || ' ' || last_ts_ns FROM v_loss",
	    "1kmem7 1100000000 1200000000");
	ASK("SELECT node || what || recorded || ' ' || model FROM v_pressure", "0kswapd_wake2 3");
	ASK("SELECT sample || ' ' || active_objs || ' ' || num_objs || ' ' || objsize || ' ' || "
	    "objperslab || ' ' || pagesperslab || ' ' || lim || ' ' || batchcount || ' ' || "
	    "sharedfactor || ' ' || active_slabs || ' ' || num_slabs || ' ' || sharedavail "
	    "FROM v_slabinfo",
	    "2 60 63 192 21 1 120 60 8 3 4 5");
	ASK("SELECT sample || ' ' || printf('%x', start) || ' ' || bytes || ' ' || pages || ' ' || "
	    "kind || ' ' || seeded FROM v_vmallocinfo",
	    "2 ffffc90000000000 20480 4 vmalloc 1");
}

Test(store, vmalloc_is_told_by_state_and_by_stretch)
{
	ASK("SELECT sample || ' ' || areas || ' ' || used_pages || ' ' || searches || ' ' || steps || ' ' || "
	    "(flushes IS NULL) FROM v_vmalloc",
	    "2 1 4 3 7 1");
	ASK("SELECT sample || ' ' || printf('%x', start) || ' ' || bytes || ' ' || used_pages || ' ' || "
	    "guard_pages FROM v_vmalloc_map",
	    "2 ffffc90000000000 65536 4 1");
}

Test(store, owners_and_call_sites)
{
	ASK("SELECT sample || ' ' || chunks || ' ' || populated_pages || ' ' || used_bytes || ' ' || free_bytes "
	    "FROM v_percpu",
	    "2 2 66 5000 24000");
	ASK("SELECT slabs || ' ' || used_objs || ' ' || single_slabs || ' ' || sparse_slabs FROM v_slab_use",
	    "3 5 1 2");
	ASK("SELECT layer || pages || ' ' || events || ' ' || certain_pages || ' ' || certain_events || ' ' || live_pages "
	    "FROM v_attribution",
	    "page38 40 30 31 17");
	ASK("SELECT layer || ' ' || owner || ' ' || length(cache) || ' ' || certainty || ' ' || pages || ' ' || events "
	    "FROM v_owners",
	    "slab slab 47 event 21 22");
	ASK("SELECT group_concat(sample || layer || ' ' || owner || pages, ', ') FROM v_owner_pages",
	    "2page page cache17, 2slab slab21");
	ASK("SELECT call_site || ' ' || kind || ' ' || allocs || ' ' || frees || ' ' || bytes_req || ' ' || "
	    "bytes_alloc || ' ' || live_bytes || ' ' || peak_bytes FROM v_callsites",
	    "alloc_inode kmem_cache_alloc 12 9 7200 7296 1824 3040");
	ASK("SELECT call_site || ' ' || cache || ' ' || live_objects || ' ' || live_bytes || ' ' || oldest_ts_ns || ' ' || "
	    "growth_bytes_per_s || ' ' || kind || ' ' || allocs || ' ' || frees || ' ' || median_ts_ns || ' ' || "
	    "lifetime_p99_ns || ' ' || excluded FROM v_leaks",
	    "alloc_inode inode_cache 3 1824 1100000000 912 kmem_cache_alloc 12 9 1200000000 1023 young");
}

/*
 * The same by other tools, for a database of one run:
 *
 *	for v in $(sqlite3 run.db "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY rowid"); do
 *		cols=$(sqlite3 run.db "SELECT group_concat(name) FROM pragma_table_info('$v')
 *			WHERE name NOT IN ('digest', 'trace', 'config')")
 *		echo $v
 *		sqlite3 -quote run.db "SELECT $cols FROM $v ORDER BY $cols"
 *	done | sha256sum
 */
Test(store, digest_is_what_other_tools_calculate)
{
	ASK("SELECT digest FROM v_runs",
	    "811a163e82df32efc8a7e3fdd441ce96941f650ea15b52c598725d36e56458d1");
}

Test(store, digest_does_not_depend_on_trace_and_config_but_on_all_else)
{
	const struct store_totals totals = small_run_totals();
	struct store_run run = small_run_about();
	const char *other = small_run_path(dir, "other.db");
	char first[65];
	struct km_diag d;
	struct store *s;

	strcpy(first, small_run_ask(db, "SELECT digest FROM v_runs"));
	run.trace = "elsewhere";
	run.config = "";
	cr_assert_eq(store_open(&s, other, &run, &d), 0);
	cr_assert_eq(small_run_feed(store_sink(s)), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_expect_str_eq(small_run_ask(other, "SELECT digest FROM v_runs"), first);

	run.kernel = "6.1.193";
	cr_assert_eq(store_open(&s, other, &run, &d), 0);
	cr_assert_eq(small_run_feed(store_sink(s)), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_expect_str_neq(small_run_ask(other, "SELECT digest FROM v_runs"), first);
}

/* Which object allocator it was may be known only at the end. */
Test(store, allocator_from_the_totals)
{
	struct store_totals totals = small_run_totals();
	const struct store_run run = small_run_about();
	const char *other = small_run_path(dir, "other.db");
	struct km_diag d;
	struct store *s;

	ASK("SELECT slab FROM v_runs", "slub");
	totals.slab = "slob";
	cr_assert_eq(store_open(&s, other, &run, &d), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_expect_str_eq(small_run_ask(other, "SELECT slab FROM v_runs"), "slob");
}

Test(store, same_run_same_bytes)
{
	const char *other = small_run_path(dir, "other.db");
	size_t n, m;
	char *a, *b;

	cr_assert_eq(small_run_write(other, NULL), 0);
	a = small_run_read(db, &n);
	b = small_run_read(other, &m);
	cr_assert_eq(n, m);
	cr_assert_eq(memcmp(a, b, n), 0);
	free(a);
	free(b);
}

Test(store, abort_leaves_the_old_database_and_nothing_else)
{
	const struct store_run run = small_run_about();
	size_t n, m;
	char *before = small_run_read(db, &n), *after;
	struct km_diag d;
	struct store *s;

	cr_assert_eq(store_open(&s, db, &run, &d), 0);
	cr_assert_eq(small_run_feed(store_sink(s)), 0);
	store_abort(s);
	store_abort(NULL);
	after = small_run_read(db, &m);
	cr_assert_eq(n, m);
	cr_assert_eq(memcmp(before, after, n), 0);
	cr_assert_neq(access(small_run_path(dir, "run.db.partial"), F_OK), 0);
	free(before);
	free(after);
}

Test(store, first_failure_of_the_sink_is_kept)
{
	const struct store_run run = small_run_about();
	const struct store_totals totals = small_run_totals();
	const struct km_fidelity_row row = { "page.pfn", "all", 1, 2 };
	const struct km_attribution_row other = { "page", 1, 2, 0, 0, 0 };
	struct km_diag d = { 0 };
	struct km_sink sink;
	struct store *s;

	cr_assert_eq(store_open(&s, small_run_path(dir, "twice.db"), &run, &d), 0);
	sink = store_sink(s);
	cr_assert_eq(store_error(s, &d), 0);
	cr_assert_eq(sink.ops->fidelity(sink.ctx, &row), 0);
	cr_assert_eq(sink.ops->fidelity(sink.ctx, &row), -KM_EDOUBLE);
	cr_assert_eq(sink.ops->attribution(sink.ctx, &other), -KM_EDOUBLE);
	cr_assert_eq(store_error(s, &d), -KM_EDOUBLE);
	cr_assert(strstr(d.where, "twice.db"));
	cr_assert_eq(store_finish(s, &totals, &d), -KM_EDOUBLE);
	cr_assert_neq(access(small_run_path(dir, "twice.db"), F_OK), 0);
}

Test(store, more_zones_than_a_machine_has_are_an_error)
{
	const struct store_run run = small_run_about();
	struct km_fallback_row row = { .zone = "Normal" };
	struct km_diag d;
	struct km_sink sink;
	struct store *s;
	int err = 0;

	cr_assert_eq(store_open(&s, small_run_path(dir, "zones.db"), &run, &d), 0);
	sink = store_sink(s);
	for (row.node = 0; row.node <= KM_MAX_ZONES && !err; row.node++)
		err = sink.ops->fallback(sink.ctx, &row);
	cr_assert_eq(row.node, KM_MAX_ZONES + 1);
	cr_assert_eq(err, -KM_EINVAL);
	store_abort(s);
}

Test(store, numbers_of_64_bits_keep_their_bits)
{
	const struct store_run run = small_run_about();
	const struct store_totals totals = { .events = UINT64_MAX,
					     .last_ts_ns = UINT64_C(1) << 63 };
	const char *big = small_run_path(dir, "big.db");
	struct km_diag d;
	struct store *s;

	cr_assert_eq(store_open(&s, big, &run, &d), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_expect_str_eq(small_run_ask(big, "SELECT events || ' ' || last_ts_ns FROM v_runs"),
			 "-1 -9223372036854775808");
}
