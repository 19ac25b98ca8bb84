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
};

/* How a request is served when its own lists are empty. */
struct buddy_fallback_ops {
	const char *name;
	/* What fallback() would do; nothing changes. False: there is nothing to fall back to. */
	bool (*plan)(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
		     struct buddy_plan *out);
	/*
	 * Bring blocks of another type within reach of (order, mt). True: look again at the
	 * request's own lists.
	 * @nofragment forbids breaking pageblocks. @kswapd: the request may wake kswapd.
	 */
	bool (*fallback)(struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
			 bool kswapd);
};

struct buddy_profile {
	unsigned int nr_orders; /* largest block order + 1 */
	bool tail_by_aunt;	/* the head/tail rule of 2.6.35 */
	bool move_to_tail;	/* blocks that change lists go to the tail */
	uint8_t fallbacks[KM_NR_PCP_TYPES][KM_NR_PCP_TYPES]; /* ended by KM_NR_MIGRATETYPES */
	const struct buddy_fallback_ops *fallback_ops;
};

extern const struct buddy_fallback_ops buddy_fallback_steal; /* fallback_steal.c */

#endif
