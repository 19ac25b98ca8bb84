/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One recorded kernel event, normalised: the only thing that readers hand to the engine.
 *
 * Times are integer nanoseconds of the trace clock. Strings are ids of the capture's string table
 * (engine/core/strtab.h). A field a record does not carry is 0 (pfns: KM_NO_PFN; nodes: -1).
 *
 * A call chain is one string: a line per frame without a newline after the last, the innermost
 * first, each as the trace names it ("function", "function+0x1c/0x90 [module]", or a hex address).
 */
#ifndef KM_EVENT_H
#define KM_EVENT_H

#include "engine/core/gfp.h"
#include "engine/core/types.h"

enum km_event_kind {
	KM_EV_OTHER,		 /* an event the engine does not model; text = its name */
	KM_EV_PAGE_ALLOC,	 /* mm_page_alloc; pfn = KM_NO_PFN: the kernel failed */
	KM_EV_PAGE_FREE,	 /* mm_page_free (mm_page_free_direct before 3.3) */
	KM_EV_PAGE_FREE_BATCHED, /* mm_page_free_batched (mm_pagevec_free before 3.3) */
	KM_EV_ZONE_LOCKED,	 /* mm_page_alloc_zone_locked */
	KM_EV_PCPU_DRAIN,	 /* mm_page_pcpu_drain */
	KM_EV_EXTFRAG,		 /* mm_page_alloc_extfrag */
	KM_EV_KMALLOC,		 /* kmalloc and kmalloc_node */
	KM_EV_KFREE,
	KM_EV_CACHE_ALLOC, /* kmem_cache_alloc and …_node */
	KM_EV_CACHE_FREE,
	KM_EV_CMA_START,
	KM_EV_CMA_FINISH,
	KM_EV_CMA_BUSY, /* cma_alloc_busy_retry */
	KM_EV_CMA_RELEASE,
	KM_EV_TEST_ISOLATED,	 /* test_pages_isolated: start, end, third = fin_pfn, ret */
	KM_EV_ISOLATE_MIGRATE,	 /* mm_compaction_isolate_migratepages */
	KM_EV_ISOLATE_FREE,	 /* mm_compaction_isolate_freepages */
	KM_EV_FAST_ISOLATE_FREE, /* mm_compaction_fast_isolate_freepages [6.12] */
	KM_EV_COMPACT_MIGRATE,	 /* mm_compaction_migratepages: migrated, failed */
	KM_EV_COMPACT_BEGIN,	 /* start, end, third = migrate_pfn, fourth = free_pfn */
	KM_EV_COMPACT_END,
	KM_EV_MIGRATE_PAGES, /* mm_migrate_pages: migrated, failed */
	KM_EV_KSWAPD_WAKE,   /* nid in .num[0], order in .num[1] */
	KM_EV_KSWAPD_SLEEP,
	KM_EV_WAKEUP_KSWAPD,
	KM_EV_RECLAIM_BEGIN, /* mm_vmscan_direct_reclaim_begin */
	KM_EV_RECLAIM_END,
	KM_EV_PERCPU_ALLOC, /* num: bytes_req, bytes_alloc, align, off */
	KM_EV_PERCPU_FREE,
	KM_EV_PERCPU_CREATE_CHUNK,
	KM_EV_PERCPU_DESTROY_CHUNK,
	KM_EV_VMAP_ALLOC,  /* alloc_vmap_area: num: addr, size, align, failed */
	KM_EV_VMAP_PURGE,  /* purge_vmap_area_lazy: num: start, end, npurged */
	KM_EV_VMAP_FREE,   /* free_vmap_area_noflush: num: va_start, nr_lazy, nr_lazy_max */
	KM_EV_FORK,	   /* num: parent pid, child pid */
	KM_EV_EXIT,	   /* num: pid */
	KM_EV_OOM,	   /* mark_victim and others of the oom system; text = event name */
	KM_EV_FILEMAP_ADD, /* mm_filemap_add_to_page_cache: pfn in page.pfn, order */
	KM_EV_FILEMAP_DEL,
	KM_EV_MARKER, /* tracing_mark_write; text = the line without its newline */
	KM_EV_LOST,   /* num[0] = events lost on .cpu before this point; 0: unknown how many */
	KM_NR_EVENT_KINDS,
};

/*
 * Page numbers of a generated trace name objects, not pages of a machine: the object's order above
 * this bit, below it a slot of that order, in pages. Slots are used again, the lowest first, so
 * that a table of them is as dense as there are live objects. A free may name a part of one.
 */
enum { KM_SYNTHETIC_SHIFT = 32 };

static inline uint64_t km_synthetic(unsigned int order, uint64_t slot)
{
	return (uint64_t)order << KM_SYNTHETIC_SHIFT | slot << order;
}

static inline unsigned int km_synthetic_order(uint64_t nr)
{
	return (unsigned int)(nr >> KM_SYNTHETIC_SHIFT);
}

static inline uint64_t km_synthetic_slot(uint64_t nr)
{
	return (nr & UINT32_MAX) >> km_synthetic_order(nr);
}

/*
 * Other doors to the page allocator than alloc_pages(). In a generated trace, KM_EV_KMALLOC is a
 * request of .bytes_req at the door that .call_site names, KM_EV_KFREE gives it back; .ptr is
 * km_door_ptr() of its slot, which is used again when it is free, the lowest first.
 */
enum km_door {
	KM_DOOR_EXACT,	/* alloc_pages_exact(): whole pages; freed page by page */
	KM_DOOR_SPLIT,	/* split_page(): a block whose pages are freed one by one */
	KM_DOOR_SHARED, /* a block freed while somebody holds its first page, which goes last */
	KM_DOOR_BULK,	/* alloc_pages_bulk(): single pages from the per-CPU lists */
	KM_DOOR_FRAG,	/* page_frag_alloc(): bytes of a block that others have parts of */
	KM_DOOR_CMA, /* cma_alloc(): of the contiguous area .cache; without a name: the default */
	/* Virtually contiguous; .bytes_alloc is the alignment asked for, 0: none. */
	KM_DOOR_VMALLOC,
	KM_DOOR_VMALLOC_HUGE, /* with VM_ALLOW_HUGE_VMAP */
	KM_DOOR_MODULE,	      /* of the modules' range; flushed when it goes */
	KM_DOOR_VMAP,	      /* addresses for pages that are somebody's */
	KM_DOOR_IOREMAP,      /* … for a device */
	KM_DOOR_MAP_RAM,      /* vm_map_ram() */
	KM_DOOR_STACK,	      /* a new task's stack, as the machine's policy has it; its end */
	/* A page that is mapped while it is in use; or once, for a moment. */
	KM_DOOR_KMAP,
	KM_DOOR_KMAP_LOCAL,
	KM_NR_DOORS,
};

/* Does the door hand out virtual addresses? */
static inline bool km_door_maps(unsigned int door)
{
	return door >= KM_DOOR_VMALLOC && door <= KM_DOOR_MAP_RAM;
}

/* Never 0, nor what kfree() takes for nothing. */
static inline uint64_t km_door_ptr(uint64_t slot)
{
	return (slot + 1) << 12;
}

/* UINT64_MAX or beyond all slots: it is none's. */
static inline uint64_t km_door_slot(uint64_t ptr)
{
	return ptr & 4095 ? UINT64_MAX : (ptr >> 12) - 1;
}

/* By the kernel function, e.g. "alloc_pages_exact"; NULL beyond the table. */
const char *km_door_name(unsigned int door);

/* Where the event was recorded: bits of km_event.ctx. */
enum km_ctx {
	KM_CTX_IRQS_OFF = 1u << 0,
	KM_CTX_HARDIRQ = 1u << 1,
	KM_CTX_SOFTIRQ = 1u << 2,
	KM_CTX_NMI = 1u << 3,
	KM_CTX_UNKNOWN = 1u << 7, /* the record does not say (noirq-info) */
};

struct km_ev_page {
	uint64_t pfn;
	uint32_t gfp; /* KM_GFP_… (alloc) */
	uint8_t order;
	uint8_t mt;	/* enum km_migratetype: the request's (alloc), the list's (others) */
	uint8_t refill; /* zone_locked: percpu_refill */
};

struct km_ev_extfrag {
	uint64_t pfn;
	uint8_t alloc_order, fallback_order;
	uint8_t alloc_mt, fallback_mt;
	uint8_t change_ownership;
};

struct km_ev_object {
	uint64_t ptr;
	uint32_t bytes_req, bytes_alloc; /* saturated at 2^32 - 1 */
	uint32_t gfp;
	uint32_t call_site; /* string id: "symbol+0xoff/0xsize", or a hex address without symbols */
	uint32_t cache;	    /* string id; only where the record names it */
	int16_t node;
	uint8_t accounted;
};

struct km_ev_cma {
	uint64_t pfn;	/* KM_NO_PFN where there is none */
	uint64_t tried; /* finish: the range last tried, got or not; KM_NO_PFN: none, or not told */
	uint64_t count; /* pages */
	uint32_t name;	/* string id of the area */
	uint32_t align; /* order */
	int32_t err;	/* errorno= of 6.12; 0 or -1 (no page) elsewhere */
};

struct km_ev_range {
	uint64_t start, end, third, fourth;
	uint32_t a, b; /* scanned, taken | migrated, failed | ret, 0 */
};

struct km_event {
	uint64_t ts_ns;
	int32_t pid;   /* thread */
	uint32_t comm; /* string id */
	uint16_t cpu;
	uint8_t kind; /* enum km_event_kind */
	uint8_t ctx;  /* enum km_ctx */
	union {
		uint32_t text;	/* string id: MARKER, OTHER, OOM */
		uint32_t stack; /* any other: string id of the call chain, or 0 */
	};
	union {
		struct km_ev_page page;
		struct km_ev_extfrag extfrag;
		struct km_ev_object obj;
		struct km_ev_cma cma;
		struct km_ev_range range;
		uint64_t num[4];
	};
};

_Static_assert(sizeof(struct km_event) == 64, "one event, one cache line");

/* Does an event of this kind have .stack? The others have .text in its place. */
static inline bool km_event_has_stack(unsigned int kind)
{
	return kind != KM_EV_OTHER && kind != KM_EV_OOM && kind != KM_EV_MARKER &&
	       kind != KM_EV_LOST;
}

/* Did it interrupt the task whose pid it has? As far as the record says: see KM_CTX_UNKNOWN. */
static inline bool km_in_interrupt(const struct km_event *ev)
{
	return ev->ctx & (KM_CTX_HARDIRQ | KM_CTX_SOFTIRQ | KM_CTX_NMI);
}

/* The tracepoint's own name, e.g. "mm_page_alloc"; "?" beyond the table. */
const char *km_event_name(unsigned int kind);

#endif
