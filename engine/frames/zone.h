/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A zone as plain numbers: its span, sizes, watermarks and reserves. Lists live in the rooms above.
 *
 * Kernel: include/linux/mmzone.h:struct zone [6.1]
 */
#ifndef KM_ZONE_H
#define KM_ZONE_H

#include "engine/core/types.h"

enum { KM_WMARK_MIN, KM_WMARK_LOW, KM_WMARK_HIGH, KM_NR_WMARKS };
enum { KM_MAX_ZONE_CLASSES = 8 };

struct zone {
	unsigned int id; /* index in the machine: by node, then by the kernel's zone number */
	int node;
	unsigned int index; /* the kernel's zone number within its node */
	char name[KM_NAME_LEN];
	struct pfn start, end;	      /* [start, end) with holes */
	uint64_t managed, present;    /* pages */
	uint64_t wmark[KM_NR_WMARKS]; /* pages, without boost */
	uint64_t boost;
	bool boosted;	     /* ZONE_BOOSTED_WATERMARK: kswapd is to be woken */
	bool reclaim_active; /* kswapd works on it */
	uint64_t lowmem_reserve[KM_MAX_ZONE_CLASSES];
	uint64_t nr_reserved_highatomic; /* pages in reserved pageblocks, used or not */
	uint64_t nr_free;		 /* NR_FREE_PAGES: on lists, isolated ones excluded */
	uint64_t nr_free_cma;
	unsigned int nr_isolated; /* isolated pageblocks */
};

static inline bool zone_has(const struct zone *z, struct pfn p)
{
	return p.nr >= z->start.nr && p.nr < z->end.nr;
}

#endif
