/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/event.h"

const char *km_event_name(unsigned int kind)
{
	static const char *const names[KM_NR_EVENT_KINDS] = {
		[KM_EV_OTHER] = "other",
		[KM_EV_PAGE_ALLOC] = "mm_page_alloc",
		[KM_EV_PAGE_FREE] = "mm_page_free",
		[KM_EV_PAGE_FREE_BATCHED] = "mm_page_free_batched",
		[KM_EV_ZONE_LOCKED] = "mm_page_alloc_zone_locked",
		[KM_EV_PCPU_DRAIN] = "mm_page_pcpu_drain",
		[KM_EV_EXTFRAG] = "mm_page_alloc_extfrag",
		[KM_EV_KMALLOC] = "kmalloc",
		[KM_EV_KFREE] = "kfree",
		[KM_EV_CACHE_ALLOC] = "kmem_cache_alloc",
		[KM_EV_CACHE_FREE] = "kmem_cache_free",
		[KM_EV_CMA_START] = "cma_alloc_start",
		[KM_EV_CMA_FINISH] = "cma_alloc_finish",
		[KM_EV_CMA_BUSY] = "cma_alloc_busy_retry",
		[KM_EV_CMA_RELEASE] = "cma_release",
		[KM_EV_TEST_ISOLATED] = "test_pages_isolated",
		[KM_EV_ISOLATE_MIGRATE] = "mm_compaction_isolate_migratepages",
		[KM_EV_ISOLATE_FREE] = "mm_compaction_isolate_freepages",
		[KM_EV_FAST_ISOLATE_FREE] = "mm_compaction_fast_isolate_freepages",
		[KM_EV_COMPACT_MIGRATE] = "mm_compaction_migratepages",
		[KM_EV_COMPACT_BEGIN] = "mm_compaction_begin",
		[KM_EV_COMPACT_END] = "mm_compaction_end",
		[KM_EV_MIGRATE_PAGES] = "mm_migrate_pages",
		[KM_EV_KSWAPD_WAKE] = "mm_vmscan_kswapd_wake",
		[KM_EV_KSWAPD_SLEEP] = "mm_vmscan_kswapd_sleep",
		[KM_EV_WAKEUP_KSWAPD] = "mm_vmscan_wakeup_kswapd",
		[KM_EV_RECLAIM_BEGIN] = "mm_vmscan_direct_reclaim_begin",
		[KM_EV_RECLAIM_END] = "mm_vmscan_direct_reclaim_end",
		[KM_EV_PERCPU_ALLOC] = "percpu_alloc_percpu",
		[KM_EV_PERCPU_FREE] = "percpu_free_percpu",
		[KM_EV_PERCPU_CREATE_CHUNK] = "percpu_create_chunk",
		[KM_EV_PERCPU_DESTROY_CHUNK] = "percpu_destroy_chunk",
		[KM_EV_VMAP_ALLOC] = "alloc_vmap_area",
		[KM_EV_VMAP_PURGE] = "purge_vmap_area_lazy",
		[KM_EV_VMAP_FREE] = "free_vmap_area_noflush",
		[KM_EV_FORK] = "sched_process_fork",
		[KM_EV_EXIT] = "sched_process_exit",
		[KM_EV_OOM] = "oom",
		[KM_EV_FILEMAP_ADD] = "mm_filemap_add_to_page_cache",
		[KM_EV_FILEMAP_DEL] = "mm_filemap_delete_from_page_cache",
		[KM_EV_MARKER] = "tracing_mark_write",
		[KM_EV_LOST] = "lost_events",
	};

	return kind < KM_NR_EVENT_KINDS ? names[kind] : "?";
}

const char *km_door_name(unsigned int door)
{
	static const char *const names[KM_NR_DOORS] = {
		[KM_DOOR_EXACT] = "alloc_pages_exact",
		[KM_DOOR_SPLIT] = "split_page",
		[KM_DOOR_SHARED] = "__free_pages",
		[KM_DOOR_BULK] = "__alloc_pages_bulk",
		[KM_DOOR_FRAG] = "page_frag_alloc_align",
		[KM_DOOR_CMA] = "cma_alloc",
		[KM_DOOR_VMALLOC] = "__vmalloc_node_range",
		[KM_DOOR_VMALLOC_HUGE] = "vmalloc_huge",
		[KM_DOOR_MODULE] = "module_alloc",
		[KM_DOOR_VMAP] = "vmap",
		[KM_DOOR_IOREMAP] = "__ioremap_caller",
		[KM_DOOR_MAP_RAM] = "vm_map_ram",
		[KM_DOOR_STACK] = "alloc_thread_stack_node",
		[KM_DOOR_KMAP] = "kmap_high",
		[KM_DOOR_KMAP_LOCAL] = "kmap_atomic",
	};

	return door < KM_NR_DOORS ? names[door] : NULL;
}
