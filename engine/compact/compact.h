/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction: pages in use move together so that free blocks grow. In a free run the model compacts
 * by itself; elsewhere the free scanner follows the record, which says where it went.
 *
 * Kernel: mm/compaction.c [6.1]
 */
#ifndef KM_COMPACT_H
#define KM_COMPACT_H

#include "engine/pages/pages.h"

/* Pages that one step of the scanner may look ahead. Kernel: include/linux/swap.h [6.1] */
enum { COMPACT_CLUSTER_MAX = 32 };

/* A part of one pageblock, looked at every @stride pages. */
struct compact_range {
	struct pfn start, end;
	unsigned int stride;
};

struct compact_found {
	uint64_t scanned; /* pages looked at, those of taken blocks included: nr_scanned */
	uint64_t taken;	  /* pages of the blocks found: nr_taken */
};

/**
 * compact_see_free() - what the scanner would find in @range, without taking it.
 *
 * Kernel: mm/compaction.c:isolate_freepages_block() [6.1]
 * Differs: every block in use of more than one page is passed over as a compound page; the range
 * ends where the record says it did, so neither the number wanted nor the watermark is asked.
 */
struct compact_found compact_see_free(const struct buddy *b, const struct compact_range *range);

/**
 * compact_isolate_free() - take every free block that begins in @range off its list, as single
 * pages that nobody holds. A block of half a pageblock or more makes the mergeable pageblocks it
 * covers Movable.
 * @got: called for each page; the page is on no list and has no state
 *
 * Kernel: mm/compaction.c:isolate_freepages_block(), mm/page_alloc.c:__isolate_free_page() [6.1]
 */
struct compact_found compact_isolate_free(struct buddy *b, const struct compact_range *range,
					  void (*got)(void *ctx, struct pfn page), void *ctx);

/* What compaction of a zone remembers. Kernel: include/linux/mmzone.h:zone [6.1] */
struct compact_zone {
	unsigned int considered, defer_shift;
	unsigned int order_failed;
	uint64_t migrate_pfn[2]; /* where the scanners begin: asynchronous, synchronous */
	uint64_t free_pfn;
	bool blockskip_flush;
};

struct compact_counts {
	uint64_t runs;		 /* mm_compaction_begin */
	uint64_t migrated_pages; /* mm_compaction_migratepages */
	uint64_t direct;	 /* mm_compaction_try_to_compact_pages */
	uint64_t deferred;	 /* mm_compaction_deferred */
	uint64_t kcompactd_wake;
};

/* Kernel: include/linux/mmzone.h:pglist_data [6.1] */
struct compact_node {
	unsigned int kcompactd_order, kcompactd_class;
	uint64_t next_look_ns; /* when it looks by itself; 0: not begun */
	struct compact_counts counts;
};

struct compact_ops {
	/*
	 * What was in page @from is in page @to, both still in use. Kernel: mm/migrate.c
	 */
	void (*moved)(void *ctx, struct pfn from, struct pfn to);
	/* Kernel: mm/vmscan.c:zone_reclaimable_pages() [6.1] */
	uint64_t (*reclaimable_pages)(void *ctx, unsigned int zone);
	/* A page in use cannot be moved, whatever it is. NULL: none. */
	bool (*stays)(void *ctx, struct pfn head);
};

struct compact {
	struct pages *pages;
	struct compact_zone *zone;  /* pages->nr_zones */
	struct compact_node *node;  /* pages->nr_nodes */
	uint64_t proactiveness;	    /* vm.compaction_proactiveness; 0: never unasked */
	uint64_t extfrag_threshold; /* vm.extfrag_threshold, in thousandths */
	uint64_t now_ns;	    /* as of compact_tick() */
	const struct compact_ops *ops;
	void *ctx;
};

/* -KM_ENOMEM. @pages must be laid out. Kernel: none */
int compact_init(struct compact *c, struct pages *pages) KM_MUST_CHECK;
void compact_release(struct compact *c);

/**
 * compact_suitable() - can the zone be compacted for a block of @order, and need it be?
 *
 * Kernel: mm/compaction.c:compaction_suitable() [6.1]
 *
 * Return: COMPACT_SUCCESS: no need; COMPACT_SKIPPED: too few free pages; COMPACT_CONTINUE: yes.
 */
enum compact_result compact_suitable(const struct compact *c, unsigned int zone, unsigned int order,
				     unsigned int flags, unsigned int zone_class);

/* Would it be with a part of what can be reclaimed?
 * Kernel: mm/compaction.c:compaction_zonelist_suitable() [6.1] */
bool compact_zonelist_suitable(const struct compact *c, const struct pages_request *rq,
			       unsigned int zone_class, unsigned int flags);

/* A compaction failed: try less often. Kernel: mm/compaction.c:defer_compaction() [6.1] */
void compact_defer(struct compact_zone *cz, unsigned int order);

/* Is this try to be left out? Kernel: mm/compaction.c:compaction_deferred() [6.1] */
bool compact_deferred(struct compact_zone *cz, unsigned int order);

/*
 * It succeeded, or even the allocation did (@got).
 * Kernel: mm/compaction.c:compaction_defer_reset() [6.1]
 */
void compact_defer_reset(struct compact_zone *cz, unsigned int order, bool got);

/**
 * compact_direct() - compact the zones a request may use until one should have a block.
 * @captured: a block kept for the request, or KM_NO_PFN
 *
 * Kernel: mm/compaction.c:try_to_compact_pages(), compact_zone_order() [6.1]
 */
enum compact_result compact_direct(struct compact *c, const struct pages_request *rq,
				   unsigned int zone_class, unsigned int flags,
				   enum compact_priority prio, struct pfn *captured);

/*
 * From end to end, whatever is free: /proc/sys/vm/compact_memory.
 * Kernel: mm/compaction.c:compact_node() [6.1]
 */
void compact_whole_zone(struct compact *c, unsigned int zone, unsigned int cpu);

/**
 * compact_wake() - wake a node's kcompactd where a zone is suitable.
 *
 * Kernel: mm/compaction.c:wakeup_kcompactd() [6.1]
 * Differs: it works at once and to its end.
 */
void compact_wake(struct compact *c, unsigned int node, unsigned int order,
		  unsigned int zone_class);

/* Time passes: half a second after it last looked or worked, kcompactd looks for work, and at how
 * fragmented its node is; where that did not get better, 32 seconds after. With a proactiveness of
 * 0 it only works when it is woken.
 * Kernel: mm/compaction.c:kcompactd(), should_proactive_compact_node() [6.1] */
void compact_tick(struct compact *c, uint64_t now_ns);

/* kswapd lies down. Kernel: mm/compaction.c:reset_isolation_suitable() [6.1] */
void compact_kswapd_sleeps(struct compact *c, unsigned int node);

#endif
