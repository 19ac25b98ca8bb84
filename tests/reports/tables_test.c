/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/tables.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/result.h"
#include "tests/support/small_run.h"

/* The public interface: other programs read these by name. Copied from its specification, never
 * from the code. */
static const char *const views[] = {
	"v_runs: run name mode kernel slab trace events lost_events first_ts_ns last_ts_ns what_if unvalidated digest config",
	"v_samples: run sample event_no ts_ns label source seeded lost_events uncertain_pages",
	"v_buddyinfo: run sample node zone ord free_blocks",
	"v_pagetypeinfo: run sample node zone migratetype ord free_blocks",
	"v_pageblocks: run sample node zone migratetype blocks",
	"v_frag: run sample node zone ord unusable_milli extfrag_milli",
	"v_map: run sample pageblock_pfn state free_pages",
	"v_mixed: run sample node zone migratetype mixed_blocks huge_free_score_milli",
	"v_slabinfo: run sample cache active_objs num_objs objsize objperslab pagesperslab lim batchcount sharedfactor "
	"active_slabs num_slabs sharedavail",
	"v_vmallocinfo: run sample start bytes pages kind seeded",
	"v_cma: run sample area base_pfn pages order_per_bit used_pages maxchunk_pages bitmap free_pages lent_pages busy_pages",
	"v_cma_allocs: run event_no ts_ns area pages align pfn recorded_pfn result tries migrated_pages latency_ns "
	"reclaimed_pages errno start_event_no start_ts_ns task pid call_site used_pages maxchunk_pages",
	"v_percpu: run sample chunks populated_pages used_bytes free_bytes",
	"v_failures: run event_no ts_ns path ord gfp migratetype reason recorded task pid call_site area pages "
	"busy_pageblock busy_pfn busy_source busy_ord busy_migratetype owner_task owner_pid owner_call_site "
	"owner_event_no owner_age_ns",
	"v_fallbacks: run event_no ts_ns node zone alloc_ord fallback_ord alloc_type fallback_type change_ownership recorded "
	"reason",
	"v_pressure: run node what recorded model",
	"v_latency: run path class count p50_ns p90_ns p99_ns p999_ns max_ns total_ns",
	"v_cost_parts: run path part total_ns",
	"v_tlb: run cpu tlb page_bytes accesses misses evictions flushes forced_accesses walk_cycles",
	"v_leaks: run call_site cache live_objects live_bytes oldest_ts_ns growth_bytes_per_s kind "
	"allocs frees median_ts_ns lifetime_p99_ns excluded",
	"v_callsites: run call_site kind allocs frees bytes_req bytes_alloc live_bytes peak_bytes",
	"v_fidelity: run metric scope hits total",
	"v_attribution: run layer pages events certain_pages certain_events live_pages",
	"v_loss: run cpu event_class lost_events first_ts_ns last_ts_ns",
	"v_memory: run sample node zone free_pages huge_free_blocks huge_free_score_milli blocks "
	"unmovable_blocks unmovable_share_milli compact_gain compact_moves",
	"v_curves: run source metric labels series x y",
	"v_cma_tries: run event_no try try_event_no ts_ns area pfn pages result migrated_pages failed_pages "
	"reclaimed_pages busy_pageblock busy_pfn busy_source busy_ord busy_migratetype owner_task owner_pid "
	"owner_call_site owner_event_no owner_age_ns",
	"v_cma_map: run sample area pfn pages free_pages used_pages lent_pages busy_pages",
	"v_variations: run nr key value",
	"v_partings: run base_run event_no ts_ns pages ord migratetype pfn base_pfn",
	"v_vmalloc: run sample areas used_pages guard_pages lazy_pages pooled_pages hole_pages largest_hole_pages "
	"searches steps purges purged_areas purged_pages backed_pages table_pages flushes full_flushes ipis requests "
	"failures",
	"v_vmalloc_map: run sample start bytes used_pages guard_pages lazy_pages pooled_pages",
	"v_owners: run layer owner cache certainty pages events",
	"v_owner_pages: run sample layer owner pages",
	"v_slab_use: run cache slabs used_objs single_slabs sparse_slabs",
	"v_latency_time: run sample path count p50_ns p90_ns p99_ns max_ns total_ns",
	"v_slowest: run rank event_no ts_ns cpu path class latency_ns part part_ns part2 part2_ns",
	"v_stolen: run cpu flushes full_flushes ipis stolen_ns",
	"v_brackets: run class count recorded_p50_ns model_p50_ns",
	"v_costs: run costs item ps steps verified source",
};

Test(tables, are_the_public_interface)
{
	size_t n;
	const struct report_table *t = report_tables(&n);

	cr_assert_eq(n, sizeof(views) / sizeof(views[0]));
	for (size_t i = 0; i < n; i++) {
		char text[512];
		size_t len = (size_t)snprintf(text, sizeof(text), "%s:", t[i].view);

		for (size_t c = 0; c < report_table_nr_columns(&t[i]); c++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %s",
						t[i].columns[c].name);
		cr_expect_str_eq(text, views[i]);
		cr_expect_eq(report_table_find(t[i].view), &t[i]);
	}
	cr_expect_null(report_table_find("v_nothing"));
}

Test(tables, database_has_exactly_these_views)
{
	char dir[64], sql[256];
	const char *db = small_run_path(small_run_dir(dir), "run.db");
	struct km_diag d = { 0 };
	size_t n;
	const struct report_table *t = report_tables(&n);

	cr_assert_eq(small_run_write(db, &d), 0, "%s: %s", d.where, d.what);
	cr_expect_str_eq(
		small_run_ask(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'"), "40");
	for (size_t i = 0; i < n; i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT '%s: ' || group_concat(name, ' ') FROM pragma_table_info('%s')",
			 t[i].view, t[i].view);
		cr_expect_str_eq(small_run_ask(db, sql), views[i]);
	}
	cr_expect_str_eq(
		small_run_ask(
			db,
			"SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
			"AND name NOT LIKE 'sqlite%' AND NOT strict"),
		"0");
	cr_expect_str_eq(small_run_ask(db, "SELECT user_version FROM pragma_user_version"), "3");
	small_run_rm(dir);
}

Test(tables, names_are_those_of_the_enums)
{
	static const char *const states[KM_NR_MAP_STATES] = {
		[KM_MAP_UNTOUCHED] = "untouched",
		[KM_MAP_FREE] = "free",
		[KM_MAP_MOVABLE] = "movable",
		[KM_MAP_RECLAIMABLE] = "reclaimable",
		[KM_MAP_UNMOVABLE] = "unmovable",
		[KM_MAP_MIXED] = "mixed",
		[KM_MAP_CMA] = "cma",
		[KM_MAP_ISOLATE] = "isolate",
	};
	char dir[64], sql[128];
	const char *db = small_run_path(small_run_dir(dir), "run.db");
	struct km_diag d = { 0 };

	cr_assert_eq(small_run_write(db, &d), 0);
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++) {
		snprintf(sql, sizeof(sql), "SELECT name FROM migratetype WHERE mt = %u", mt);
		cr_expect_str_eq(small_run_ask(db, sql), km_migratetype_name(mt));
	}
	for (unsigned int s = 0; s < KM_NR_MAP_STATES; s++) {
		snprintf(sql, sizeof(sql), "SELECT name FROM map_state WHERE state = %u", s);
		cr_expect_str_eq(small_run_ask(db, sql), states[s]);
	}
	small_run_rm(dir);
}
