/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free lists of one zone: blocks of 2^order pages by order and migratetype, split on the way
 * out and merged on the way in.
 *
 * Kernel: mm/page_alloc.c [6.1]
 */
#ifndef KM_BUDDY_H
#define KM_BUDDY_H

#include "engine/buddy/buddy_profile.h"
#include "engine/core/diag.h"
#include "engine/core/probe.h"
#include "engine/frames/frames.h"

/* A block that compaction keeps for the request it works for. */
struct buddy_capture {
	unsigned int order;
	bool movable;	/* a small block of a Movable pageblock will do, too */
	struct pfn got; /* KM_NO_PFN: none yet */
};

struct buddy {
	const struct buddy_profile *prof;
	struct frames *frames;
	struct zone *zone;
	struct probe *probe;
	uint64_t watermark_boost_factor; /* sysctl, 1/10000 of the high watermark */
	bool no_mobility;		 /* grouping by mobility disabled: everything is one type */
	unsigned int cpu;		 /* who works on the zone now: stamped on steps */
	struct buddy_capture *capture;	 /* NULL: nobody compacts for a request */
	uint64_t nr_free[KM_MAX_ORDERS];
	struct flist list[KM_MAX_ORDERS][KM_NR_MIGRATETYPES];
};

/* Largest block order + 1: of the kernel and the page size. */
static inline unsigned int buddy_nr_orders(const struct buddy *b)
{
	return b->frames->top_order + 1;
}

enum buddy_flags {
	BUDDY_TO_TAIL = 1u << 0, /* FPI_TO_TAIL */
	BUDDY_KNOWN = 1u << 1,	 /* the caller knows that no page of it is listed */
};

/* Empty lists. Kernel: mm/page_alloc.c:zone_init_free_lists() [6.1] */
void buddy_init(struct buddy *b, const struct buddy_profile *prof, struct frames *frames,
		struct zone *zone, struct probe *probe);

/**
 * buddy_free() - put a block on a free list, merged with its free mates.
 * @b:     zone the block belongs to
 * @head:  first page, a multiple of 2^@order; its frame is on no list
 * @order: log2 of its pages
 * @mt:    the list that takes the merged block
 * @flags: enum buddy_flags
 *
 * Kernel: mm/page_alloc.c:__free_one_page() [6.1]
 * Differs: no guard pages, no page reporting, no shuffling.
 *
 * Return: 0; -KM_EINVAL for a block outside the zone or misaligned; -KM_EDOUBLE if a page of it is
 * listed. On error @b is unchanged.
 */
int buddy_free(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
	       unsigned int flags) KM_MUST_CHECK;

/**
 * buddy_pop() - take 2^@order pages from the head of the smallest sufficient block of exactly type
 * @mt. The block's upper halves go back to the heads of their lists; reports STEP_ZONE_LOCKED.
 *
 * Kernel: mm/page_alloc.c:__rmqueue_smallest() [6.1]
 *
 * Return: the lowest page of the block, on no list, or KM_NO_PFN.
 */
struct pfn buddy_pop(struct buddy *b, unsigned int order, unsigned int mt);

enum buddy_alloc_flags {
	BUDDY_CMA = 1u << 0,	    /* ALLOC_CMA */
	BUDDY_NOFRAGMENT = 1u << 1, /* ALLOC_NOFRAGMENT */
	BUDDY_KSWAPD = 1u << 2,	    /* ALLOC_KSWAPD */
	BUDDY_COLD = 1u << 3,	    /* __GFP_COLD: for the per-CPU lists, nothing here */
};

/**
 * buddy_alloc_bulk() - serve one of the requests under one hold of the zone's lock: CMA balance,
 * own type, CMA, fallbacks.
 * @bulk: zeroed before the first
 *
 * Kernel: mm/page_alloc.c:__rmqueue() [6.1]
 * Differs: NR_FREE_PAGES and NR_FREE_CMA_PAGES are exact, without per-CPU differentials.
 *
 * Return: the page, or KM_NO_PFN.
 */
struct pfn buddy_alloc_bulk(struct buddy *b, unsigned int order, unsigned int mt,
			    unsigned int flags, struct buddy_bulk *bulk);

/* The same for a request of its own. Kernel: mm/page_alloc.c:__rmqueue() [6.1] */
struct pfn buddy_alloc(struct buddy *b, unsigned int order, unsigned int mt, unsigned int flags);

/**
 * buddy_preview() - the blocks that @n requests would take one after another, without taking them.
 * Own type only: where its lists run out, fallbacks would decide and the preview ends.
 *
 * Kernel: none; what repeated __rmqueue_smallest() would give.
 *
 * Return: how many of @n could be named.
 */
unsigned int buddy_preview(const struct buddy *b, unsigned int order, unsigned int mt,
			   struct pfn *out, unsigned int n);

/**
 * buddy_take() - obey the record: take exactly [@head, 2^@order) from whatever free block holds it.
 * The rest of that block is split as buddy_pop() would. Reports nothing.
 *
 * Kernel: none; the record says which block __rmqueue_smallest() took.
 *
 * Return: the list the block was on; -KM_ENOENT if no free block holds it (@b is unchanged).
 */
int buddy_take(struct buddy *b, struct pfn head, unsigned int order) KM_MUST_CHECK;

/**
 * buddy_move_block() - move every free block of the pageblock of @at to the tails of @mt's lists.
 * @movable: how many pages in use are movable, NULL where nobody asks
 *
 * Kernel: mm/page_alloc.c:move_freepages_block() [6.1]
 * Differs: movable pages in use are those requested as movable; the LRU is not modelled.
 *
 * Return: free pages moved; 0 where the pageblock crosses the zone's end.
 */
uint64_t buddy_move_block(struct buddy *b, struct pfn at, unsigned int mt, uint64_t *movable);

/* Move one free block to list @mt. Kernel: mm/page_alloc.c:move_to_free_list() [6.1] */
void buddy_move_one(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt);

/* Set the type of the pageblock that holds @p; free blocks stay where they are.
 * Kernel: mm/page_alloc.c:set_pageblock_migratetype() [6.1] */
void buddy_set_type(struct buddy *b, struct pfn p, unsigned int mt);

/* The same for every pageblock of a block of pageblock size or more.
 * Kernel: mm/page_alloc.c:change_pageblock_range() [6.1] */
void buddy_set_types(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt);

/**
 * buddy_retype() - set the type of the pageblock of @p, and move its free blocks to that type's
 * lists. Where lists are uniform, a free block larger than the pageblock is cut into pageblocks
 * first, and a pageblock that crosses the zone's edge is refused.
 *
 * Kernel: mm/page_alloc.c:move_freepages_block() [6.1], move_freepages_block_isolate() [6.12]
 *
 * Return: whether the pageblock has the type now.
 */
bool buddy_retype(struct buddy *b, struct pfn p, unsigned int mt);

/*
 * Raise the boost after a fallback. Kernel: mm/page_alloc.c:boost_watermark() [6.1]. False: not
 * raised.
 */
bool buddy_boost(struct buddy *b);

/* May a request of type @mt take the whole pageblock of a block of @order?
 * Kernel: mm/page_alloc.c:can_steal_fallback() [6.1] */
bool buddy_can_steal(const struct buddy *b, unsigned int order, unsigned int mt);

/* The type that serves requests of @mt at @order; KM_NR_MIGRATETYPES where there is none.
 * Kernel: mm/page_alloc.c:find_suitable_fallback() [6.1] */
unsigned int buddy_fallback_type(const struct buddy *b, unsigned int order, unsigned int mt);

/* Are free pages of type @mt there, in blocks below @order alone? Asked before a fallback. */
bool buddy_has_pieces(const struct buddy *b, unsigned int order, unsigned int mt);

/* What ended the own lists of a request that fell back. @pieces: buddy_has_pieces() */
const char *buddy_fallback_reason(bool pieces);

/*
 * Is enough of a pageblock of type @old free (@free pages) or alike to become one of type @mt?
 * Kernel: mm/page_alloc.c:steal_suitable_fallback() [6.1], try_to_steal_block() [6.12]
 */
bool buddy_claims(const struct buddy *b, unsigned int mt, unsigned int old, uint64_t free,
		  uint64_t movable);

/*
 * buddy_steal() - take block @head of @order for requests of type @mt, with its whole pageblock if
 * @whole.
 *
 * Kernel: mm/page_alloc.c:steal_suitable_fallback() [6.1]
 */
void buddy_steal(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt, bool whole,
		 bool kswapd);

/**
 * buddy_keep_reserve() - keep the zone's first @blocks movable pageblocks for the last resort; one
 * that was kept and is not wanted is movable again.
 * Kernel: mm/page_alloc.c:setup_zone_migrate_reserve() [2.6.34 3.5]
 * Differs: a pageblock whose first page was never seen counts as reserved memory.
 */
void buddy_keep_reserve(struct buddy *b, unsigned int blocks);

/**
 * buddy_reserve_highatomic() - keep the pageblocks of a block just taken, [@p, 2^@order), for
 * high-order atomic requests.
 * Kernel: mm/page_alloc.c:reserve_highatomic_pageblock() [6.1]
 */
void buddy_reserve_highatomic(struct buddy *b, struct pfn p, unsigned int order);

/**
 * buddy_unreserve_highatomic() - give one reserved pageblock back to type @mt.
 * @force: also the last one
 * Kernel: mm/page_alloc.c:unreserve_highatomic_pageblock() [6.1]
 * Return: free pages moved.
 */
uint64_t buddy_unreserve_highatomic(struct buddy *b, unsigned int mt, bool force);

/* Recount from the lists and frames. Return: 0, or -KM_EINVAL with the first difference in @d.
 * Kernel: none */
int buddy_check(const struct buddy *b, struct km_diag *d);

/* Building blocks for the rooms above and for fallback mechanisms.
 * Kernel: mm/page_alloc.c:add_to_free_list(), add_to_free_list_tail(), del_page_from_free_list()
 * [6.1] */
void buddy_list_add(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
		    bool tail);
void buddy_list_del(struct buddy *b, struct pfn head, unsigned int order);
/* Take the first 2^@order pages of an unlisted block of @from; the rest is listed under @mt.
 * Kernel: mm/page_alloc.c:expand() [6.1] */
void buddy_expand(struct buddy *b, struct pfn head, unsigned int from, unsigned int order,
		  unsigned int mt);

#endif
