/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_layouts.h"

#include <string.h>

#include "engine/event.h"

#define OBJECT_FIELDS                                                                             \
	{                                                                                         \
		"ptr", "call_site", "bytes_req", "bytes_alloc", "gfp_flags", "node", "accounted", \
			"name"                                                                    \
	}
#define FREE_FIELDS                                            \
	{                                                      \
		"pfn", "order", NULL, NULL, NULL, NULL, "page" \
	}
#define CMA_FIELDS                                                 \
	{                                                          \
		"pfn", "name", "count", "align", "errorno", "page" \
	}
#define ISOLATE_FIELDS                                                       \
	{                                                                    \
		"start_pfn", "end_pfn", NULL, NULL, "nr_scanned", "nr_taken" \
	}
#define COMPACT_FIELDS                                              \
	{                                                           \
		"zone_start", "zone_end", "migrate_pfn", "free_pfn" \
	}
#define FILEMAP_FIELDS         \
	{                      \
		"pfn", "order" \
	}

static const struct dat_layout layouts[] = {
	{ "mm_page_alloc",
	  KM_EV_PAGE_ALLOC,
	  HOW_PAGE,
	  { "pfn", "order", "gfp_flags", "migratetype", NULL, NULL, "page" } },
	{ "mm_page_free", KM_EV_PAGE_FREE, HOW_PAGE, FREE_FIELDS },
	{ "mm_page_free_direct", KM_EV_PAGE_FREE, HOW_PAGE, FREE_FIELDS },
	{ "mm_page_free_batched", KM_EV_PAGE_FREE_BATCHED, HOW_PAGE, FREE_FIELDS },
	{ "mm_pagevec_free", KM_EV_PAGE_FREE_BATCHED, HOW_PAGE, FREE_FIELDS },
	{ "mm_page_alloc_zone_locked",
	  KM_EV_ZONE_LOCKED,
	  HOW_PAGE,
	  { "pfn", "order", NULL, "migratetype", "percpu_refill", NULL, "page" } },
	{ "mm_page_pcpu_drain",
	  KM_EV_PCPU_DRAIN,
	  HOW_PAGE,
	  { "pfn", "order", NULL, "migratetype", NULL, NULL, "page" } },
	{ "mm_page_alloc_extfrag",
	  KM_EV_EXTFRAG,
	  HOW_EXTFRAG,
	  { "pfn", "alloc_order", "fallback_order", "alloc_migratetype", "fallback_migratetype",
	    "change_ownership", "page" } },
	{ "kmalloc", KM_EV_KMALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmalloc_node", KM_EV_KMALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kfree", KM_EV_KFREE, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_alloc", KM_EV_CACHE_ALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_alloc_node", KM_EV_CACHE_ALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_free", KM_EV_CACHE_FREE, HOW_OBJECT, OBJECT_FIELDS },
	{ "cma_alloc_start", KM_EV_CMA_START, HOW_CMA, CMA_FIELDS },
	{ "cma_alloc_finish", KM_EV_CMA_FINISH, HOW_CMA, CMA_FIELDS },
	{ "cma_alloc_busy_retry", KM_EV_CMA_BUSY, HOW_CMA, CMA_FIELDS },
	{ "cma_release", KM_EV_CMA_RELEASE, HOW_CMA, CMA_FIELDS },
	{ "test_pages_isolated",
	  KM_EV_TEST_ISOLATED,
	  HOW_RANGE,
	  { "start_pfn", "end_pfn", "fin_pfn" } },
	{ "mm_compaction_isolate_migratepages", KM_EV_ISOLATE_MIGRATE, HOW_RANGE, ISOLATE_FIELDS },
	{ "mm_compaction_isolate_freepages", KM_EV_ISOLATE_FREE, HOW_RANGE, ISOLATE_FIELDS },
	{ "mm_compaction_fast_isolate_freepages", KM_EV_FAST_ISOLATE_FREE, HOW_RANGE,
	  ISOLATE_FIELDS },
	{ "mm_compaction_migratepages",
	  KM_EV_COMPACT_MIGRATE,
	  HOW_RANGE,
	  { NULL, NULL, NULL, NULL, "nr_migrated", "nr_failed" } },
	{ "mm_compaction_begin", KM_EV_COMPACT_BEGIN, HOW_RANGE, COMPACT_FIELDS },
	{ "mm_compaction_end", KM_EV_COMPACT_END, HOW_RANGE, COMPACT_FIELDS },
	{ "mm_migrate_pages",
	  KM_EV_MIGRATE_PAGES,
	  HOW_RANGE,
	  { NULL, NULL, NULL, NULL, "succeeded", "failed" } },
	{ "mm_vmscan_kswapd_wake", KM_EV_KSWAPD_WAKE, HOW_NUM, { "nid", "order" } },
	{ "mm_vmscan_kswapd_sleep", KM_EV_KSWAPD_SLEEP, HOW_NUM, { "nid" } },
	{ "mm_vmscan_wakeup_kswapd", KM_EV_WAKEUP_KSWAPD, HOW_NUM, { "nid", "order" } },
	{ "mm_vmscan_direct_reclaim_begin", KM_EV_RECLAIM_BEGIN, HOW_NUM, { "order" } },
	{ "mm_vmscan_direct_reclaim_end", KM_EV_RECLAIM_END, HOW_NUM, { "nr_reclaimed" } },
	{ "percpu_alloc_percpu",
	  KM_EV_PERCPU_ALLOC,
	  HOW_NUM,
	  { "size", "bytes_alloc", "align", "off" } },
	{ "percpu_free_percpu", KM_EV_PERCPU_FREE, HOW_NUM, { "base_addr", "ptr", NULL, "off" } },
	{ "percpu_create_chunk", KM_EV_PERCPU_CREATE_CHUNK, HOW_NUM, { "base_addr" } },
	{ "percpu_destroy_chunk", KM_EV_PERCPU_DESTROY_CHUNK, HOW_NUM, { "base_addr" } },
	{ "alloc_vmap_area", KM_EV_VMAP_ALLOC, HOW_NUM, { "addr", "size", "align", "failed" } },
	{ "purge_vmap_area_lazy", KM_EV_VMAP_PURGE, HOW_NUM, { "start", "end", "npurged" } },
	{ "free_vmap_area_noflush",
	  KM_EV_VMAP_FREE,
	  HOW_NUM,
	  { "va_start", "nr_lazy", "nr_lazy_max" } },
	{ "sched_process_fork", KM_EV_FORK, HOW_NUM, { "parent_pid", "child_pid" } },
	{ "sched_process_exit", KM_EV_EXIT, HOW_NUM, { "pid" } },
	{ "mm_filemap_add_to_page_cache", KM_EV_FILEMAP_ADD, HOW_PAGE, FILEMAP_FIELDS },
	{ "mm_filemap_delete_from_page_cache", KM_EV_FILEMAP_DEL, HOW_PAGE, FILEMAP_FIELDS },
	{ "print", KM_EV_MARKER, HOW_TEXT, { "ip", "buf" } },
	{ "kernel_stack", KM_EV_OTHER, HOW_STACK, { "size", "caller" } },
	{ "user_stack", KM_EV_OTHER, HOW_STACK, { NULL } },
};

const struct dat_layout *dat_layout(const char *system, const char *name)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (!strcmp(layouts[i].event, name))
			return layouts[i].how < HOW_TEXT || !strcmp(system, "ftrace") ?
				       &layouts[i] :
				       NULL;
	}
	return NULL;
}
