/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints we model, with the keys of every release in the order 6.1 prints them.
 *
 * Kernel: include/trace/events/kmem.h [2.6.34 3.5 6.1 6.12]; and beside it, in the same directory,
 *         cma.h, page_isolation.h, compaction.h, migrate.h, vmscan.h, percpu.h, vmalloc.h, sched.h,
 *         oom.h, filemap.h [6.1 6.12]
 */
#include "traces/text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KEY(name, field, type)                      \
	{                                           \
		name, sizeof(name) - 1, field, type \
	}
#define NUM(name, field) KEY(name, field, TT_NUMBER)
#define PTR(name, field) KEY(name, field, TT_POINTER)
#define STR(name, field) KEY(name, field, TT_STRING)
#define GFP(name) KEY(name, TF_GFP, TT_GFP)

#define B(field) TEXT_BIT(TF_##field)

static const struct text_key alloc_keys[] = {
	STR("call_site=", TF_SITE),
	PTR("ptr=", TF_PTR),
	NUM("bytes_req=", TF_BYTES_REQ),
	NUM("bytes_alloc=", TF_BYTES_ALLOC),
	GFP("gfp_flags="),
	NUM("node=", TF_NODE),
	KEY("accounted=", TF_ACCOUNTED, TT_BOOL),
	STR("name=", TF_NAME),
};
static const struct text_key free_keys[] = {
	STR("call_site=", TF_SITE),
	PTR("ptr=", TF_PTR),
	STR("name=", TF_NAME),
};
static const struct text_key page_keys[] = {
	PTR("page=", TF_PAGE),	    NUM("pfn=", TF_PFN), NUM("order=", TF_ORDER),
	NUM("migratetype=", TF_MT), GFP("gfp_flags="),	 NUM("percpu_refill=", TF_REFILL),
};
static const struct text_key extfrag_keys[] = {
	PTR("page=", TF_PAGE),
	NUM("pfn=", TF_PFN),
	NUM("alloc_order=", TF_ALLOC_ORDER),
	NUM("fallback_order=", TF_FALLBACK_ORDER),
	NUM("alloc_migratetype=", TF_ALLOC_MT),
	NUM("fallback_migratetype=", TF_FALLBACK_MT),
	NUM("change_ownership=", TF_OWNERSHIP),
};
static const struct text_key cma_keys[] = {
	STR("name=", TF_NAME),	 NUM("pfn=", TF_PFN),	  PTR("page=", TF_PAGE),
	NUM("count=", TF_COUNT), NUM("align=", TF_ALIGN), NUM("errorno=", TF_ERRNO),
};
static const struct text_key isolated_keys[] = {
	NUM("start_pfn=", TF_START),
	NUM("end_pfn=", TF_END),
	NUM("fin_pfn=", TF_THIRD),
	KEY("ret=", TF_A, TT_BOOL),
};
static const struct text_key scan_keys[] = {
	NUM("range=(", TF_START),
	NUM("~ ", TF_END),
	NUM("nr_scanned=", TF_A),
	NUM("nr_taken=", TF_B),
};
static const struct text_key moved_keys[] = {
	NUM("nr_migrated=", TF_A),
	NUM("nr_succeeded=", TF_A),
	NUM("nr_failed=", TF_B),
};
static const struct text_key compact_keys[] = {
	NUM("zone_start=", TF_START),
	NUM("migrate_pfn=", TF_THIRD),
	NUM("free_pfn=", TF_FOURTH),
	NUM("zone_end=", TF_END),
};
static const struct text_key kswapd_keys[] = { NUM("nid=", TF_N0), NUM("order=", TF_N1) };
static const struct text_key reclaim_begin_keys[] = { NUM("order=", TF_N0) };
static const struct text_key reclaim_end_keys[] = { NUM("nr_reclaimed=", TF_N0) };
static const struct text_key percpu_alloc_keys[] = {
	NUM("size=", TF_N0),
	NUM("align=", TF_N2),
	NUM("off=", TF_N3),
	NUM("bytes_alloc=", TF_N1),
};
static const struct text_key percpu_free_keys[] = {
	PTR("base_addr=", TF_N0),
	NUM("off=", TF_N3),
	PTR("ptr=", TF_N1),
};
static const struct text_key chunk_keys[] = { PTR("base_addr=", TF_N0) };
static const struct text_key vmap_alloc_keys[] = {
	NUM("va_start: ", TF_N0), NUM("size=", TF_N1),	   NUM("align=", TF_N2),
	NUM("failed=", TF_N3),	  NUM("va_start=", TF_N0),
};
static const struct text_key vmap_purge_keys[] = {
	NUM("start=", TF_N0),
	NUM("end=", TF_N1),
	NUM("num_purged=", TF_N2),
};
static const struct text_key vmap_free_keys[] = {
	NUM("va_start=", TF_N0),
	NUM("nr_lazy=", TF_N1),
	NUM("nr_lazy_max=", TF_N2),
};
static const struct text_key filemap_keys[] = { NUM("pfn=", TF_PFN), NUM("order=", TF_ORDER) };

#define FORM(event, kind, keys, required, fill)                          \
	{                                                                \
		event, kind, ARRAY_LEN(keys), keys, required, fill, NULL \
	}
#define BODY(event, kind, body)                     \
	{                                           \
		event, kind, 0, NULL, 0, NULL, body \
	}
#define NAMED(event, kind)                                    \
	{                                                     \
		event, kind, 0, NULL, 0, text_fill_name, NULL \
	}

#define ALLOC(event, kind) \
	FORM(event, kind, alloc_keys, B(PTR) | B(BYTES_REQ) | B(BYTES_ALLOC), text_fill_object)
#define FREE(event, kind) FORM(event, kind, free_keys, B(PTR), text_fill_object)
#define PAGE(event, kind) FORM(event, kind, page_keys, B(PFN) | B(ORDER), text_fill_page)
#define PAGE_OF_TYPE(event, kind) \
	FORM(event, kind, page_keys, B(PFN) | B(ORDER) | B(MT), text_fill_page)
#define SCAN(event, kind) FORM(event, kind, scan_keys, B(START) | B(END), text_fill_range)
#define EXTFRAG_FIELDS \
	(B(PFN) | B(ALLOC_ORDER) | B(FALLBACK_ORDER) | B(ALLOC_MT) | B(FALLBACK_MT) | B(OWNERSHIP))

static const struct text_form forms[] = {
	ALLOC("kmalloc", KM_EV_KMALLOC),
	ALLOC("kmalloc_node", KM_EV_KMALLOC),
	FREE("kfree", KM_EV_KFREE),
	ALLOC("kmem_cache_alloc", KM_EV_CACHE_ALLOC),
	ALLOC("kmem_cache_alloc_node", KM_EV_CACHE_ALLOC),
	FREE("kmem_cache_free", KM_EV_CACHE_FREE),
	PAGE_OF_TYPE("mm_page_alloc", KM_EV_PAGE_ALLOC),
	PAGE("mm_page_free", KM_EV_PAGE_FREE),
	PAGE("mm_page_free_direct", KM_EV_PAGE_FREE),
	PAGE("mm_page_free_batched", KM_EV_PAGE_FREE_BATCHED),
	PAGE("mm_pagevec_free", KM_EV_PAGE_FREE_BATCHED),
	PAGE_OF_TYPE("mm_page_alloc_zone_locked", KM_EV_ZONE_LOCKED),
	PAGE_OF_TYPE("mm_page_pcpu_drain", KM_EV_PCPU_DRAIN),
	FORM("mm_page_alloc_extfrag", KM_EV_EXTFRAG, extfrag_keys, EXTFRAG_FIELDS,
	     text_fill_extfrag),
	FORM("cma_alloc_start", KM_EV_CMA_START, cma_keys, B(COUNT) | B(ALIGN), text_fill_cma),
	FORM("cma_alloc_finish", KM_EV_CMA_FINISH, cma_keys, B(PFN) | B(COUNT), text_fill_cma),
	FORM("cma_alloc_busy_retry", KM_EV_CMA_BUSY, cma_keys, B(PFN) | B(COUNT), text_fill_cma),
	FORM("cma_release", KM_EV_CMA_RELEASE, cma_keys, B(PFN) | B(COUNT), text_fill_cma),
	FORM("test_pages_isolated", KM_EV_TEST_ISOLATED, isolated_keys,
	     B(START) | B(END) | B(THIRD), text_fill_range),
	SCAN("mm_compaction_isolate_migratepages", KM_EV_ISOLATE_MIGRATE),
	SCAN("mm_compaction_isolate_freepages", KM_EV_ISOLATE_FREE),
	SCAN("mm_compaction_fast_isolate_freepages", KM_EV_FAST_ISOLATE_FREE),
	FORM("mm_compaction_migratepages", KM_EV_COMPACT_MIGRATE, moved_keys, B(A) | B(B),
	     text_fill_range),
	FORM("mm_compaction_begin", KM_EV_COMPACT_BEGIN, compact_keys, B(START) | B(END),
	     text_fill_range),
	FORM("mm_compaction_end", KM_EV_COMPACT_END, compact_keys, B(START) | B(END),
	     text_fill_range),
	FORM("mm_migrate_pages", KM_EV_MIGRATE_PAGES, moved_keys, B(A) | B(B), text_fill_range),
	FORM("mm_vmscan_kswapd_wake", KM_EV_KSWAPD_WAKE, kswapd_keys, B(N0), text_fill_numbers),
	FORM("mm_vmscan_kswapd_sleep", KM_EV_KSWAPD_SLEEP, kswapd_keys, B(N0), text_fill_numbers),
	FORM("mm_vmscan_wakeup_kswapd", KM_EV_WAKEUP_KSWAPD, kswapd_keys, B(N0), text_fill_numbers),
	FORM("mm_vmscan_direct_reclaim_begin", KM_EV_RECLAIM_BEGIN, reclaim_begin_keys, 0,
	     text_fill_numbers),
	FORM("mm_vmscan_direct_reclaim_end", KM_EV_RECLAIM_END, reclaim_end_keys, 0,
	     text_fill_numbers),
	FORM("percpu_alloc_percpu", KM_EV_PERCPU_ALLOC, percpu_alloc_keys, B(N0) | B(N2) | B(N3),
	     text_fill_numbers),
	FORM("percpu_free_percpu", KM_EV_PERCPU_FREE, percpu_free_keys, B(N3), text_fill_numbers),
	FORM("percpu_create_chunk", KM_EV_PERCPU_CREATE_CHUNK, chunk_keys, B(N0),
	     text_fill_numbers),
	FORM("percpu_destroy_chunk", KM_EV_PERCPU_DESTROY_CHUNK, chunk_keys, B(N0),
	     text_fill_numbers),
	FORM("alloc_vmap_area", KM_EV_VMAP_ALLOC, vmap_alloc_keys, B(N0) | B(N1) | B(N2) | B(N3),
	     text_fill_numbers),
	FORM("purge_vmap_area_lazy", KM_EV_VMAP_PURGE, vmap_purge_keys, B(N0) | B(N1) | B(N2),
	     text_fill_numbers),
	FORM("free_vmap_area_noflush", KM_EV_VMAP_FREE, vmap_free_keys, B(N0) | B(N1),
	     text_fill_numbers),
	BODY("sched_process_fork", KM_EV_FORK, text_body_fork),
	BODY("sched_process_exit", KM_EV_EXIT, text_body_exit),
	NAMED("oom_score_adj_update", KM_EV_OOM),
	NAMED("reclaim_retry_zone", KM_EV_OOM),
	NAMED("mark_victim", KM_EV_OOM),
	NAMED("wake_reaper", KM_EV_OOM),
	NAMED("start_task_reaping", KM_EV_OOM),
	NAMED("finish_task_reaping", KM_EV_OOM),
	NAMED("skip_task_reaping", KM_EV_OOM),
	NAMED("compact_retry", KM_EV_OOM),
	FORM("mm_filemap_add_to_page_cache", KM_EV_FILEMAP_ADD, filemap_keys, B(PFN),
	     text_fill_filemap),
	FORM("mm_filemap_delete_from_page_cache", KM_EV_FILEMAP_DEL, filemap_keys, B(PFN),
	     text_fill_filemap),
	BODY("tracing_mark_write", KM_EV_MARKER, text_body_marker),
	BODY("print", KM_EV_OTHER, text_body_print),
};

const struct text_form *text_form(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (!strncmp(forms[i].name, name, len) && !forms[i].name[len])
			return &forms[i];
	return NULL;
}
