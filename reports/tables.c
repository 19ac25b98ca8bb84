/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/tables.h"

#include <string.h>

/* clang-format off */
static const struct report_table tables[] = {
	{ "v_runs", "runs", "Runs",
	  { { "run", "" }, { "name", "" }, { "mode", "" }, { "kernel", "" }, { "slab", "" },
	    { "trace", "" }, { "events", "" }, { "lost_events", "" }, { "first_ts_ns", "ns" },
	    { "last_ts_ns", "ns" }, { "what_if", "" }, { "unvalidated", "" }, { "digest", "" },
	    { "config", "" } } },
	{ "v_samples", "samples", "Recorded states",
	  { { "run", "" }, { "sample", "" }, { "event_no", "" }, { "ts_ns", "ns" },
	    { "label", "" }, { "source", "" }, { "seeded", "" }, { "lost_events", "events" },
	    { "uncertain_pages", "pages" } } },
	{ "v_buddyinfo", "buddyinfo", "Free blocks by order",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" }, { "ord", "" },
	    { "free_blocks", "blocks" } } },
	{ "v_pagetypeinfo", "pagetypeinfo", "Free blocks by migratetype and order",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" },
	    { "migratetype", "" }, { "ord", "" }, { "free_blocks", "blocks" } } },
	{ "v_pageblocks", "pageblocks", "Pageblocks by migratetype",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" },
	    { "migratetype", "" }, { "blocks", "blocks" } } },
	{ "v_frag", "frag", "Fragmentation by order",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" }, { "ord", "" },
	    { "unusable_milli", "1/1000" }, { "extfrag_milli", "1/1000" } } },
	{ "v_map", "map", "Pageblocks that changed",
	  { { "run", "" }, { "sample", "" }, { "pageblock_pfn", "pfn" }, { "state", "" },
	    { "free_pages", "pages" } } },
	{ "v_mixed", "mixed", "Mixed pageblocks",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" },
	    { "migratetype", "" }, { "mixed_blocks", "blocks" },
	    { "huge_free_score_milli", "1/1000" } } },
	{ "v_slabinfo", "slabinfo", "Slab caches",
	  { { "run", "" }, { "sample", "" }, { "cache", "" }, { "active_objs", "" },
	    { "num_objs", "" }, { "objsize", "bytes" }, { "objperslab", "" },
	    { "pagesperslab", "pages" }, { "lim", "" }, { "batchcount", "" },
	    { "sharedfactor", "" }, { "active_slabs", "" }, { "num_slabs", "" },
	    { "sharedavail", "" } } },
	{ "v_vmallocinfo", "vmallocinfo", "vmalloc areas",
	  { { "run", "" }, { "sample", "" }, { "start", "address" }, { "bytes", "bytes" },
	    { "pages", "pages" }, { "kind", "" }, { "seeded", "" } } },
	{ "v_cma", "cma", "CMA areas",
	  { { "run", "" }, { "sample", "" }, { "area", "" }, { "base_pfn", "pfn" },
	    { "pages", "pages" }, { "order_per_bit", "" }, { "used_pages", "pages" },
	    { "maxchunk_pages", "pages" }, { "bitmap", "" }, { "free_pages", "pages" },
	    { "lent_pages", "pages" }, { "busy_pages", "pages" } } },
	{ "v_cma_allocs", "cma_allocs", "CMA allocations",
	  { { "run", "" }, { "event_no", "" }, { "ts_ns", "ns" }, { "area", "" },
	    { "pages", "pages" }, { "align", "" }, { "pfn", "pfn" }, { "recorded_pfn", "pfn" },
	    { "result", "" }, { "tries", "" }, { "migrated_pages", "pages" },
	    { "latency_ns", "ns" }, { "reclaimed_pages", "pages" }, { "errno", "" },
	    { "start_event_no", "" }, { "start_ts_ns", "ns" }, { "task", "" }, { "pid", "" },
	    { "call_site", "" }, { "used_pages", "pages" }, { "maxchunk_pages", "pages" } } },
	{ "v_percpu", "percpu", "Per-CPU chunks",
	  { { "run", "" }, { "sample", "" }, { "chunks", "" }, { "populated_pages", "pages" },
	    { "used_bytes", "bytes" }, { "free_bytes", "bytes" } } },
	{ "v_failures", "failures", "Failed allocations",
	  { { "run", "" }, { "event_no", "" }, { "ts_ns", "ns" }, { "path", "" },
	    { "ord", "" }, { "gfp", "" }, { "migratetype", "" }, { "reason", "" },
	    { "recorded", "" }, { "task", "" }, { "pid", "" }, { "call_site", "" },
	    { "area", "" }, { "pages", "pages" }, { "busy_pageblock", "pfn" },
	    { "busy_pfn", "pfn" }, { "busy_source", "" }, { "busy_ord", "" },
	    { "busy_migratetype", "" }, { "owner_task", "" }, { "owner_pid", "" },
	    { "owner_call_site", "" }, { "owner_event_no", "" }, { "owner_age_ns", "ns" } } },
	{ "v_fallbacks", "fallbacks", "Fallbacks to another migratetype",
	  { { "run", "" }, { "event_no", "" }, { "ts_ns", "ns" }, { "node", "" },
	    { "zone", "" }, { "alloc_ord", "" }, { "fallback_ord", "" }, { "alloc_type", "" },
	    { "fallback_type", "" }, { "change_ownership", "" }, { "recorded", "" },
	    { "reason", "" } } },
	{ "v_pressure", "pressure", "Reclaim and compaction, the kernel's and the model's",
	  { { "run", "" }, { "node", "" }, { "what", "" }, { "recorded", "" }, { "model", "" } } },
	{ "v_latency", "latency", "Latency by path",
	  { { "run", "" }, { "path", "" }, { "class", "" }, { "count", "" },
	    { "p50_ns", "ns" }, { "p90_ns", "ns" }, { "p99_ns", "ns" }, { "p999_ns", "ns" },
	    { "max_ns", "ns" }, { "total_ns", "ns" } } },
	{ "v_cost_parts", "cost_parts", "Cost by part",
	  { { "run", "" }, { "path", "" }, { "part", "" }, { "total_ns", "ns" } } },
	{ "v_tlb", "tlb", "Virtual TLB (accesses are made up)",
	  { { "run", "" }, { "cpu", "" }, { "tlb", "" }, { "page_bytes", "bytes" },
	    { "accesses", "" }, { "misses", "" }, { "evictions", "" }, { "flushes", "" },
	    { "forced_accesses", "" }, { "walk_cycles", "cycles" } } },
	{ "v_leaks", "leaks", "Live objects by call site",
	  { { "run", "" }, { "call_site", "" }, { "cache", "" }, { "live_objects", "" },
	    { "live_bytes", "bytes" }, { "oldest_ts_ns", "ns" },
	    { "growth_bytes_per_s", "bytes/s" }, { "kind", "" }, { "allocs", "" },
	    { "frees", "" }, { "median_ts_ns", "ns" }, { "lifetime_p99_ns", "ns" },
	    { "excluded", "" } } },
	{ "v_callsites", "callsites", "Call sites",
	  { { "run", "" }, { "call_site", "" }, { "kind", "" }, { "allocs", "" },
	    { "frees", "" }, { "bytes_req", "bytes" }, { "bytes_alloc", "bytes" },
	    { "live_bytes", "bytes" }, { "peak_bytes", "bytes" } } },
	{ "v_fidelity", "fidelity", "Fidelity",
	  { { "run", "" }, { "metric", "" }, { "scope", "" }, { "hits", "" }, { "total", "" } } },
	{ "v_attribution", "attribution", "Pages by owning layer",
	  { { "run", "" }, { "layer", "" }, { "pages", "pages" }, { "events", "" },
	    { "certain_pages", "pages" }, { "certain_events", "" }, { "live_pages", "pages" } } },
	{ "v_loss", "loss", "Lost events",
	  { { "run", "" }, { "cpu", "" }, { "event_class", "" }, { "lost_events", "" },
	    { "first_ts_ns", "ns" }, { "last_ts_ns", "ns" } } },
	{ "v_memory", "memory", "Huge pages: free, blocked and to be won",
	  { { "run", "" }, { "sample", "" }, { "node", "" }, { "zone", "" },
	    { "free_pages", "pages" }, { "huge_free_blocks", "blocks" },
	    { "huge_free_score_milli", "1/1000" }, { "blocks", "blocks" },
	    { "unmovable_blocks", "blocks" }, { "unmovable_share_milli", "1/1000" },
	    { "compact_gain", "blocks" }, { "compact_moves", "pages" } } },
	{ "v_curves", "curves", "Published curves",
	  { { "run", "" }, { "source", "" }, { "metric", "" }, { "labels", "" },
	    { "series", "" }, { "x", "" }, { "y", "" } } },
	{ "v_cma_tries", "cma_tries", "Ranges that CMA allocations tried",
	  { { "run", "" }, { "event_no", "" }, { "try", "" }, { "try_event_no", "" },
	    { "ts_ns", "ns" }, { "area", "" }, { "pfn", "pfn" }, { "pages", "pages" },
	    { "result", "" }, { "migrated_pages", "pages" }, { "failed_pages", "pages" },
	    { "reclaimed_pages", "pages" }, { "busy_pageblock", "pfn" }, { "busy_pfn", "pfn" },
	    { "busy_source", "" }, { "busy_ord", "" }, { "busy_migratetype", "" },
	    { "owner_task", "" }, { "owner_pid", "" }, { "owner_call_site", "" },
	    { "owner_event_no", "" }, { "owner_age_ns", "ns" } } },
	{ "v_cma_map", "cma_map", "Stretches of CMA areas that changed",
	  { { "run", "" }, { "sample", "" }, { "area", "" }, { "pfn", "pfn" },
	    { "pages", "pages" }, { "free_pages", "pages" }, { "used_pages", "pages" },
	    { "lent_pages", "pages" }, { "busy_pages", "pages" } } },
	{ "v_variations", "variations", "What was varied",
	  { { "run", "" }, { "nr", "" }, { "key", "" }, { "value", "" } } },
	{ "v_partings", "partings", "Where runs part",
	  { { "run", "" }, { "base_run", "" }, { "event_no", "" }, { "ts_ns", "ns" },
	    { "pages", "pages" }, { "ord", "" }, { "migratetype", "" }, { "pfn", "pfn" },
	    { "base_pfn", "pfn" } } },
	{ "v_vmalloc", "vmalloc", "vmalloc addresses",
	  { { "run", "" }, { "sample", "" }, { "areas", "" }, { "used_pages", "pages" },
	    { "guard_pages", "pages" }, { "lazy_pages", "pages" }, { "pooled_pages", "pages" },
	    { "hole_pages", "pages" }, { "largest_hole_pages", "pages" }, { "searches", "" },
	    { "steps", "" }, { "purges", "" }, { "purged_areas", "" },
	    { "purged_pages", "pages" }, { "backed_pages", "pages" },
	    { "table_pages", "pages" }, { "flushes", "" }, { "full_flushes", "" },
	    { "ipis", "" }, { "requests", "" }, { "failures", "" } } },
	{ "v_vmalloc_map", "vmalloc_map", "Stretches of vmalloc addresses",
	  { { "run", "" }, { "sample", "" }, { "start", "address" }, { "bytes", "bytes" },
	    { "used_pages", "pages" }, { "guard_pages", "pages" }, { "lazy_pages", "pages" },
	    { "pooled_pages", "pages" } } },
	{ "v_owners", "owners", "Pages by owner, and what that rests on",
	  { { "run", "" }, { "layer", "" }, { "owner", "" }, { "cache", "" },
	    { "certainty", "" }, { "pages", "pages" }, { "events", "" } } },
	{ "v_owner_pages", "owner_pages", "Pages in use by owner",
	  { { "run", "" }, { "sample", "" }, { "layer", "" }, { "owner", "" },
	    { "pages", "pages" } } },
	{ "v_slab_use", "slab_use", "How full slabs are at the end",
	  { { "run", "" }, { "cache", "" }, { "slabs", "" }, { "used_objs", "" },
	    { "single_slabs", "" }, { "sparse_slabs", "" } } },
	{ "v_latency_time", "latency_time", "Latency by path over time",
	  { { "run", "" }, { "sample", "" }, { "path", "" }, { "count", "" }, { "p50_ns", "ns" },
	    { "p90_ns", "ns" }, { "p99_ns", "ns" }, { "max_ns", "ns" }, { "total_ns", "ns" } } },
	{ "v_slowest", "slowest", "What took longest, and why",
	  { { "run", "" }, { "rank", "" }, { "event_no", "" }, { "ts_ns", "ns" }, { "cpu", "" },
	    { "path", "" }, { "class", "" }, { "latency_ns", "ns" }, { "part", "" },
	    { "part_ns", "ns" }, { "part2", "" }, { "part2_ns", "ns" } } },
	{ "v_stolen", "stolen", "TLB flushes, and what answering them takes",
	  { { "run", "" }, { "cpu", "" }, { "flushes", "" }, { "full_flushes", "" },
	    { "ipis", "" }, { "stolen_ns", "ns" } } },
	{ "v_brackets", "brackets", "Paths that two recorded events bracket: their order only",
	  { { "run", "" }, { "class", "" }, { "count", "" }, { "recorded_p50_ns", "ns" },
	    { "model_p50_ns", "ns" } } },
	{ "v_costs", "costs", "The table of costs",
	  { { "run", "" }, { "costs", "" }, { "item", "" }, { "ps", "ps" }, { "steps", "" },
	    { "verified", "" }, { "source", "" } } },
};
/* clang-format on */

const struct report_table *report_tables(size_t *n)
{
	*n = sizeof(tables) / sizeof(tables[0]);
	return tables;
}

const struct report_table *report_table_find(const char *view)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].view, view))
			return &tables[i];
	return NULL;
}

size_t report_table_nr_columns(const struct report_table *t)
{
	size_t n = 0;

	while (n < TABLES_MAX_COLUMNS && t->columns[n].name)
		n++;
	return n;
}

bool report_table_is_digested(const struct report_table *t)
{
	return strcmp(t->view, "v_variations") != 0 && strcmp(t->view, "v_partings") != 0;
}

bool report_column_is_digested(const struct report_table *t, size_t column)
{
	static const char *const left_out[] = { "digest", "trace", "config" };

	if (strcmp(t->view, "v_runs"))
		return true;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (!strcmp(t->columns[column].name, left_out[i]))
			return false;
	return true;
}
