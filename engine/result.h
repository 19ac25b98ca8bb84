/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a replay says: rows handed to a sink as they happen, in a fixed order. reports/store.c is a
 * sink; the engine knows none of its consumers. Pointers in a row live until the call returns.
 *
 * A sink returns 0 or a negative -KM_E…, which ends the replay with that error.
 */
#ifndef KM_RESULT_H
#define KM_RESULT_H

#include "engine/core/types.h"

/* One zone of a recorded state; counts as the kernel's own files would print them. */
struct km_zone_state {
	int node;
	const char *name;
	uint64_t free_pages;		 /* on free lists, isolated ones included */
	uint64_t nr_free[KM_MAX_ORDERS]; /* buddyinfo */
	uint64_t type_free[KM_NR_MIGRATETYPES][KM_MAX_ORDERS]; /* pagetypeinfo */
	uint64_t type_blocks[KM_NR_MIGRATETYPES];	       /* "Number of blocks type" */
	int32_t unusable_milli[KM_MAX_ORDERS];
	int32_t extfrag_milli[KM_MAX_ORDERS];
	uint64_t mixed_blocks[KM_NR_MIGRATETYPES]; /* pageblocks of a type with pages of another */
	int32_t huge_free_score_milli; /* share of free pages in blocks of at least 2 MiB */
	uint64_t huge_free_blocks;     /* wholly free 2 MiB blocks */
	uint64_t blocks;	       /* pageblocks */
	uint64_t unmovable_blocks;     /* … that hold at least one unmovable page */
	/* Greedy compaction: pages to move, and wholly free pageblocks to win by that. */
	uint64_t compact_moves, compact_gain;
};

enum km_map_state {
	KM_MAP_UNTOUCHED, /* nothing known of it but that it is not free */
	KM_MAP_FREE,	  /* every page free */
	KM_MAP_MOVABLE,	  /* holds pages of this type only (and free ones) */
	KM_MAP_RECLAIMABLE,
	KM_MAP_UNMOVABLE,
	KM_MAP_MIXED, /* holds pages of more than one type */
	KM_MAP_CMA,
	KM_MAP_ISOLATE,
	KM_NR_MAP_STATES,
};

struct km_map_row {
	uint64_t pageblock_pfn;
	uint8_t state;	     /* enum km_map_state */
	uint32_t free_pages; /* on free lists, inside this pageblock */
};

/*
 * A stretch of a contiguous area, in pages. Neither free nor handed out by it: lent to movable
 * requests. Isolated by a contiguous allocation on its way: busy.
 */
struct km_cma_stretch {
	uint64_t pfn, pages;
	uint64_t free_pages, used_pages, lent_pages, busy_pages; /* they sum to @pages */
};

struct km_cma_state {
	const char *name;
	uint64_t base_pfn, pages, used_pages, maxchunk_pages;
	unsigned int order_per_bit;
	const uint32_t *bitmap;
	size_t nr_words;
	bool has_use; /* what follows is known */
	uint64_t free_pages, lent_pages, busy_pages;
	const struct km_cma_stretch *changed; /* stretches that changed since the last sample */
	size_t nr_changed;
};

/* A row of /proc/slabinfo. */
struct km_slab_state {
	const char *cache;
	uint64_t active_objs, num_objs;
	unsigned int objsize, objperslab, pagesperslab; /* bytes, objects, pages */
	unsigned int limit, batchcount, sharedfactor;
	uint64_t active_slabs, num_slabs, sharedavail;
};

/* A row of /proc/vmallocinfo, of an area that is not freed. */
struct km_vmap_state {
	uint64_t start, bytes; /* the guard page included */
	uint64_t pages;	       /* of its array; 0: it has none, or none is known */
	const char *kind;      /* km_vmap_kind_name() */
	bool seeded;	       /* made before the first event, or its size is a snapshot's */
};

/* A stretch of vmalloc's addresses, in pages. */
struct km_vmalloc_cell {
	uint64_t start, bytes;
	uint64_t used_pages, guard_pages, lazy_pages, pooled_pages;
};

/* Virtual addresses, and what was done for them since the beginning. */
struct km_vmalloc_state {
	uint64_t areas, used_pages, guard_pages, lazy_pages, pooled_pages;
	uint64_t hole_pages, largest_hole_pages; /* below the highest area */
	uint64_t searches, steps;		 /* areas looked at */
	uint64_t purges, purged_areas, purged_pages;
	bool serves; /* the model serves requests itself: what follows is known */
	uint64_t backed_pages, table_pages; /* behind areas; of page tables */
	uint64_t flushes, full_flushes, ipis;
	uint64_t requests, failures;
	const struct km_vmalloc_cell *cells; /* those with something in them, by address */
	size_t nr_cells;
};

/* Pages of one owner that live: those that the trace allocated, or shows in use. */
struct km_owner_state {
	const char *layer, *owner; /* as in km_owner_row */
	uint64_t pages;
};

/* Per-CPU memory: bytes of one unit; pages of all units, as the line Percpu of /proc/meminfo. */
struct km_percpu_state {
	uint64_t chunks, populated_pages, used_bytes, free_bytes;
};

/* A state of the machine after event @event_no (0: before the first). */
struct km_sample {
	uint64_t event_no;
	uint64_t ts_ns;
	const char *label;  /* NULL: an evenly spaced sample */
	const char *source; /* basename of the file read here; NULL: the label as a whole */
	bool seeded;	    /* put right from this label's own files */
	unsigned int nr_orders;
	unsigned int type_columns;	   /* bit mask of enum km_migratetype the kernel prints */
	const struct km_zone_state *zones; /* populated zones, by node then kernel zone number */
	unsigned int nr_zones;
	const struct km_map_row *map; /* pageblocks that changed since the last sample */
	size_t nr_map;
	const struct km_cma_state *cma;
	unsigned int nr_cma;
	uint64_t lost_events;	  /* known to be missing between the first event and here */
	uint64_t uncertain_pages; /* those may have moved so many pages unseen */
	const struct km_slab_state *slabs; /* at labels, and at every tenth sample */
	size_t nr_slabs;
	const struct km_vmap_state *vmaps; /* at labels; by address, node by node */
	size_t nr_vmaps;
	const struct km_vmalloc_state *vmalloc; /* NULL: not known */
	const struct km_owner_state *owners;	/* as slabs */
	size_t nr_owners;
	const struct km_percpu_state *percpu; /* as slabs; NULL: not known */
};

struct km_fallback_row {
	uint64_t event_no, ts_ns;
	int node;
	const char *zone;
	unsigned int alloc_ord, fallback_ord;
	unsigned int alloc_type, fallback_type; /* enum km_migratetype */
	bool change_ownership;
	bool recorded;	    /* the trace has it; false: the model's own */
	const char *reason; /* what ended the own lists, as the model's were; NULL: not known */
};

/* Who asked: @task NULL where that is not known; @stack "" or a call chain (engine/event.h). */
struct km_caller {
	const char *task, *stack;
	int32_t pid;
};

/* The page that stood in the way of a contiguous allocation, and who had allocated it. */
struct km_busy_page {
	uint64_t pfn; /* KM_NO_PFN: not known, nor is the rest */
	uint64_t pageblock_pfn;
	const char *source; /* "record": an event names it; "model": the first page in use there */
	bool in_use;	    /* the model has it handed out, as a block of … */
	unsigned int ord, migratetype;
	bool has_owner;
	struct km_caller owner;
	uint64_t event_no, ts_ns; /* of its allocation; event_no 0: not known */
};

struct km_failure_row {
	uint64_t event_no, ts_ns;
	const char *path; /* "alloc_pages", "bulk", "cma_alloc" */
	unsigned int ord;
	uint32_t gfp;
	unsigned int migratetype;
	const char *reason; /* "watermark", "no block", "not modelled" … */
	bool recorded;
	struct km_caller caller;
	/* Of a contiguous allocation, else NULL, 0 and NULL. */
	const char *area;
	uint64_t pages;
	const struct km_busy_page *busy;
};

/* A range that a contiguous allocation tried. */
struct km_cma_try {
	uint64_t event_no, ts_ns; /* where it ended */
	uint64_t pfn;		  /* its first page; KM_NO_PFN: the record does not say */
	const char *result;	  /* "ok", "busy", "failed" (not for a busy page) */
	/* Moved away; could not be; page cache dropped instead of moved. */
	uint64_t migrated_pages, failed_pages, reclaimed_pages;
	struct km_busy_page busy;
};

/* A contiguous allocation, from its start to its end. */
struct km_cma_alloc_row {
	uint64_t event_no, ts_ns; /* its last event */
	const char *area;
	uint64_t pages;
	unsigned int align;
	uint64_t pfn, recorded_pfn; /* KM_NO_PFN: none */
	const char *result;	    /* "ok", "busy", "nomem", "failed", "unknown" */
	unsigned int tries;	    /* ranges it tried */
	uint64_t migrated_pages, latency_ns;
	uint64_t reclaimed_pages;
	bool has_latency;
	bool has_err;
	int err;			      /* the kernel's errno, 0 or negative */
	uint64_t start_event_no, start_ts_ns; /* cma_alloc_start; 0: it was not seen */
	struct km_caller caller;
	/* The area when it began: pages handed out, the longest free run; no area: not known. */
	bool has_area;
	uint64_t used_pages, maxchunk_pages;
	const struct km_cma_try *tried;
	size_t nr_tried;
};

/* interface.md §5: hits of total for one metric in one scope. */
struct km_fidelity_row {
	const char *metric, *scope;
	uint64_t hits, total;
};

struct km_loss_row {
	int cpu; /* -1: nothing says of which */
	const char *event_class;
	uint64_t lost_events, first_ts_ns, last_ts_ns;
};

/* What reclaim and compaction did in a free run, beside what the kernel did in its own. */
struct km_pressure_row {
	int node;
	const char *what; /* "kswapd_wake", "reclaimed_pages", … */
	uint64_t recorded, model;
};

/*
 * What an array of a CPU's virtual TLB saw of pages of one size, as mapped; or, as "walk", the walks
 * for them: each is an access and a miss.
 */
struct km_tlb_row {
	unsigned int cpu;
	const char *tlb;
	uint64_t page_bytes, accesses, misses, evictions;
	uint64_t flushes; /* of the CPU's whole TLB */
	uint64_t forced_accesses, walk_cycles;
};

/*
 * Whose pages the record's events of pages are: how many events hand pages out or give them back,
 * and how many pages they do that with.
 */
struct km_attribution_row {
	const char *layer; /* page, slab, vmalloc, cma, percpu, stack, page table, unknown */
	uint64_t pages, events;
	uint64_t certain_pages, certain_events; /* … whose owner an event shows */
	uint64_t live_pages;			/* at the end */
};

/* The same by owner, cache, and what that rests on. */
struct km_owner_row {
	const char *layer, *owner; /* "slab", "page cache", … */
	const char *cache;	   /* NULL: no slab's, or not known */
	const char *certainty;	   /* "event", "model", "flags" (of the request), "none" */
	uint64_t pages, events;
};

/* All that was allocated at one place in one way. */
struct km_call_site_row {
	const char *call_site; /* "function [module]", or an address; "": not known */
	const char *kind;      /* "kmalloc", "kmem_cache_alloc" */
	uint64_t allocs, frees, bytes_req, bytes_alloc; /* over the whole trace */
	uint64_t live_bytes, peak_bytes;
};

/* What one place allocated from one cache and nobody has given back when the trace ends. */
struct km_leak_row {
	const char *call_site, *kind; /* as km_call_site_row's */
	const char *cache;	      /* NULL: whole pages, or not known */
	uint64_t live_objects, live_bytes;
	uint64_t oldest_ts_ns, median_ts_ns; /* when they were allocated */
	int64_t growth_bytes_per_s;
	uint64_t allocs, frees;	  /* over the whole trace */
	uint64_t lifetime_p99_ns; /* of those given back; 0: none was */
	const char *excluded;	  /* why it is no candidate for a leak; NULL: it is one */
};

/* How full a cache's slabs are at the end, as far as the model knows them. */
struct km_slab_use_row {
	const char *cache;
	uint64_t slabs, used_objs;
	uint64_t single_slabs; /* held by one object, of several */
	uint64_t sparse_slabs; /* a quarter full at most */
};

/*
 * What operations take by a table of costs: an estimate, no measurement. Which fields a row has is
 * its kind's; the others are 0 and NULL. Quantiles are a bucket's upper bound, 1/128 too high at
 * most.
 */
enum km_cost_kind {
	KM_COST_LATENCY, /* all of one path and class: count, the quantiles, max and total */
	KM_COST_PART,	 /* of a path: the part's name is the class; total */
	KM_COST_WINDOW,	 /* of a path since the last such row, up to the last sample: as LATENCY */
	KM_COST_SLOWEST, /* rank, event_no, ts_ns, cpu, path, class, total, main parts */
	KM_COST_CPU,	 /* cpu, what it flushed; total: what answering others took from it */
	KM_COST_BRACKET, /* class, count, p50 (by the model), recorded_p50 */
	KM_COST_ITEM,	 /* of the table: class, value_ps, count of its steps, verified, source */
};

struct km_cost_row {
	enum km_cost_kind kind;
	const char *path, *class;
	uint64_t count, p50_ns, p90_ns, p99_ns, p999_ns, max_ns, total_ns;
	uint64_t event_no, ts_ns;
	unsigned int cpu, rank;
	const char *main_part[2]; /* NULL: there is none */
	uint64_t main_part_ns[2];
	uint64_t flushes, full_flushes, ipis;
	uint64_t recorded_p50_ns;
	uint64_t value_ps;
	const char *verified, *source;
};

struct km_sink_ops {
	int (*sample)(void *ctx, const struct km_sample *row);
	int (*fallback)(void *ctx, const struct km_fallback_row *row);
	int (*failure)(void *ctx, const struct km_failure_row *row);
	int (*cma_alloc)(void *ctx, const struct km_cma_alloc_row *row);
	int (*fidelity)(void *ctx, const struct km_fidelity_row *row);
	int (*loss)(void *ctx, const struct km_loss_row *row);
	int (*attribution)(void *ctx, const struct km_attribution_row *row);
	int (*pressure)(void *ctx, const struct km_pressure_row *row);
	int (*call_site)(void *ctx, const struct km_call_site_row *row);
	int (*leak)(void *ctx, const struct km_leak_row *row);
	int (*tlb)(void *ctx, const struct km_tlb_row *row);
	int (*owner)(void *ctx, const struct km_owner_row *row);
	int (*slab_use)(void *ctx, const struct km_slab_use_row *row);
	int (*cost)(void *ctx, const struct km_cost_row *row);
};

struct km_sink {
	void *ctx;
	const struct km_sink_ops *ops; /* no NULL slots */
};

#endif
