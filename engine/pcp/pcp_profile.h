/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in the per-CPU page lists: which orders they keep, and how they grow
 * and shrink.
 */
#ifndef KM_PCP_PROFILE_H
#define KM_PCP_PROFILE_H

#include "engine/core/types.h"

struct pcp;
struct buddy;
struct zone;

enum { KM_MAX_PCP_LISTS = 16 };

/* What a zone's size and watermarks give the lists of each of its CPUs. */
struct pcp_limits {
	uint32_t high;	   /* pages */
	uint32_t high_max; /* where the lists tune themselves: how far up */
	uint32_t batch;
};

/* Where a drain is. */
struct pcp_turn {
	unsigned int index;
	uint32_t quota; /* blocks still to take from that list */
};

struct pcp_ops {
	const char *name;
	/* How many blocks of @order to fetch when a list is empty. */
	unsigned int (*refill_blocks)(struct pcp *p, const struct zone *z, unsigned int order);
	/* Every refill of blocks of @order is a multiple of this, short of memory aside. */
	unsigned int (*refill_unit)(const struct pcp *p, unsigned int order);
	/* Called before a block is handed out. */
	void (*on_alloc)(struct pcp *p);
	/*
	 * What a zone of @managed pages gives its lists, with percpu_pagelist_fraction @fraction.
	 * NULL: what its low watermark gives, as pages_pcp_high() has it.
	 */
	struct pcp_limits (*limits)(uint64_t managed, uint64_t fraction, unsigned int page_shift);
	/*
	 * A drain goes on with another list: which, and how many blocks of it at most. @tail: of
	 * each list, 0 where it is empty; one is not. NULL: each list from the first on, whole.
	 */
	void (*turn)(const struct pcp *p, struct pcp_turn *t, const uint32_t *tail, int64_t left);
	/* After a block of @order was pushed: how many base pages to drain now; 0: none. */
	uint32_t (*drain_pages)(struct pcp *p, const struct zone *z, unsigned int order);
	void (*set_limits)(struct pcp *p, const struct pcp_limits *l);
	/* zoneinfo's `high` and `batch` of a running system, into @l (unless NULL) or @p itself. */
	void (*adopt)(struct pcp *p, struct pcp_limits *l, uint32_t high, uint32_t batch);
	/*
	 * Moments no event shows: how many base pages a tick of the kernel's statistics gives back.
	 * NULL: ticks leave the lists alone.
	 */
	uint32_t (*tick)(struct pcp *p);
	/*
	 * A free of @order is about to happen that drained, or did not: the limit is brought to
	 * where that can be. NULL: the limit never moves unseen.
	 */
	void (*learn)(struct pcp *p, const struct zone *z, unsigned int order, bool drained);
};

struct pcp_profile {
	unsigned int max_order; /* orders 0 … max_order are kept per type */
	/* for the huge-page order: none, one, or one for movable blocks and one for the rest */
	unsigned int nr_huge_lists;
	bool huge_is_pageblock; /* huge: the pageblock order [6.1], not the PMD's [6.12] */
	/*
	 * CONFIG_PCP_BATCH_SCALE_MAX: one hold of the lock drains 2^this batches at most. 0: there
	 * is no limit.
	 */
	unsigned int batch_scale_max;
	bool ticks_always; /* the statistics tick whether a CPU has anything to tell or not */
	bool expiry_keeps_ticking; /* … and as long as a remote zone's pages are to expire */
	unsigned int expire_ticks; /* quiet ticks until a remote zone's pages go back; 0: never */
	bool decays_by_batch;	   /* a tick gives back by batches, each from the first list on */
	bool drains_by_pageblock;  /* a drained block is of its pageblock's type of that moment */
	bool caches_request_type;  /* a page of a refill is drained to the type asked for */
	bool hot_and_cold;	   /* __GFP_COLD takes, and cold frees go to, the tails */
	bool last_list_at_once;	   /* a drain takes all it needs of the only list with pages */
	const struct pcp_ops *ops;
};

extern const struct pcp_ops pcp_batches;    /* pcp_batches.c */
extern const struct pcp_ops pcp_fixed_high; /* pcp_fixed_high.c */
extern const struct pcp_ops pcp_tuned_high; /* pcp_tuned_high.c */

#endif
