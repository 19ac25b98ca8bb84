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

struct pcp_ops {
	const char *name;
	/* How many blocks of @order to fetch when a list is empty. */
	unsigned int (*refill_blocks)(struct pcp *p, const struct zone *z, unsigned int order);
	/* Every refill of blocks of @order is a multiple of this, short of memory aside. */
	unsigned int (*refill_unit)(const struct pcp *p, unsigned int order);
	/* Called before a block is handed out. */
	void (*on_alloc)(struct pcp *p);
	/* After a block of @order was pushed: how many base pages to drain now; 0: none. */
	uint32_t (*drain_pages)(struct pcp *p, const struct zone *z, unsigned int order);
	void (*set_limits)(struct pcp *p, const struct pcp_limits *l);
	/* zoneinfo's `high` and `batch` of a running system, into @l or into @p itself. */
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
	bool huge_lists;	/* two more lists for the huge-page order (movable, and the rest) */
	bool huge_is_pageblock; /* huge: the pageblock order [6.1], not the PMD's [6.12] */
	unsigned int batch_scale_max; /* CONFIG_PCP_BATCH_SCALE_MAX */
	bool drains_by_pageblock; /* a drained block is of its pageblock's type of that moment */
	const struct pcp_ops *ops;
};

extern const struct pcp_ops pcp_fixed_high; /* pcp_fixed_high.c */
extern const struct pcp_ops pcp_tuned_high; /* pcp_tuned_high.c */

#endif
