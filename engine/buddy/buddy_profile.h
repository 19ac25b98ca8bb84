/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in the buddy room: numbers, tables, and mechanisms behind small ops.
 */
#ifndef KM_BUDDY_PROFILE_H
#define KM_BUDDY_PROFILE_H

#include "engine/core/types.h"

struct buddy;
struct step;

/* The block a fallback would take, and how. */
struct buddy_plan {
	struct pfn head;
	unsigned int order, type; /* the list it is on */
	bool whole;		  /* with the free blocks of its pageblock */
	bool claims;		  /* its pageblock would then be of the request's type */
	bool removes;		  /* the fallback itself takes the page: no other event tells */
};

/* Where a request under one hold of the zone's lock begins to look. */
enum buddy_mode { BUDDY_OWN, BUDDY_CMA_LISTS, BUDDY_CLAIM, BUDDY_STEAL };

/* Requests served under one hold of the zone's lock: what one leaves for the next. */
struct buddy_bulk {
	enum buddy_mode mode;	  /* where the last found its page */
	uint64_t uncounted_pages; /* taken, NR_FREE_PAGES not yet told */
};

/* A fallback as an event tells it. */
struct buddy_fell {
	struct pfn pfn;			    /* the page or block the event names */
	unsigned int order, mt;		    /* asked for */
	unsigned int from_order, from_type; /* found */
	bool change_ownership;
	bool removes; /* the event is the only one of its page's removal */
};

/* How a request is served, and above all where its own lists are empty. */
struct buddy_fallback_ops {
	const char *name;
	bool names_page; /* its event comes after the page was taken, and names that page */
	/*
	 * What the (@before + 1)-th fallback would do, those before it done; nothing changes.
	 * False: there is nothing to fall back to, or nobody can tell.
	 */
	bool (*plan)(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
		     unsigned int before, struct buddy_plan *out);
	/* Serve one request; the CMA balance was looked at before. KM_NO_PFN: nothing is left. */
	struct pfn (*serve)(struct buddy *b, unsigned int order, unsigned int mt,
			    unsigned int flags, struct buddy_bulk *bulk);
	/*
	 * Obey a recorded fallback up to the removal of its page. False: the lists do not hold what
	 * it names, nothing changed.
	 */
	bool (*follow)(struct buddy *b, const struct buddy_fell *fell);
};

struct buddy_profile {
	unsigned int nr_orders; /* largest block order + 1 */
	bool tail_by_aunt;	/* the head/tail rule of 2.6.35 */
	bool misses_upper_aunt; /* … which looks beside the aunt of an upper half [up to 3.5.4] */
	bool move_to_tail;	/* blocks that change lists go to the tail */
	bool uniform;		/* a free block is listed under its pageblocks' own type [6.10] */
	bool highatomic_rounds; /* the reserves' limit is in whole pageblocks, or none */
	bool captures_movable;	/* compaction for a Movable request keeps a small Movable block */
	bool keeps_target_blocks; /* … takes its targets as blocks, split one by one */
	bool goes_on_below;	  /* … begins its next search below a pageblock it saw all of */
	bool spares_wanted; /* … and takes no targets where a block of the order wanted is free */
	bool counts_bulk_late;	   /* NR_FREE_PAGES learns of a refill's pages at its end */
	bool merges_all_types;	   /* pageblocks of any two types merge */
	bool rest_follows_request; /* removal: the rest of a block goes to the request's lists */
	uint8_t fallbacks[KM_NR_PCP_TYPES][KM_NR_PCP_TYPES + 1]; /* ended by KM_NR_MIGRATETYPES */
	const struct buddy_fallback_ops *fallback_ops;
};

extern const struct buddy_fallback_ops buddy_fallback_steal;  /* fallback_steal.c */
extern const struct buddy_fallback_ops buddy_fallback_remove; /* fallback_remove.c */
extern const struct buddy_fallback_ops buddy_fallback_claim;  /* fallback_claim.c */
extern const struct buddy_fallback_ops buddy_fallback_split;  /* fallback_split.c */

#endif
