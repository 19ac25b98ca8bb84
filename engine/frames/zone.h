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

/* Pages [start, end). */
struct zone_part {
	struct pfn start, end;
};

struct zone {
	unsigned int id; /* index in the machine: by node, then by the kernel's zone number */
	int node;
	unsigned int index; /* the kernel's zone number within its node */
	char name[KM_NAME_LEN];
	struct pfn start, end; /* [start, end) with holes */
	/* Its memory, where another node's lies between; NULL: the whole span. */
	const struct zone_part *part;
	unsigned int nr_parts;
	uint64_t managed, present;    /* pages */
	uint64_t wmark[KM_NR_WMARKS]; /* pages, without boost */
	uint64_t boost;
	bool boosted;		    /* ZONE_BOOSTED_WATERMARK: kswapd is to be woken */
	bool reclaim_active;	    /* kswapd works on it */
	bool below_high;	    /* ZONE_BELOW_HIGH: the per-CPU lists are to shrink */
	unsigned int movable_class; /* the kernel's number of ZONE_MOVABLE */
	uint64_t lowmem_reserve[KM_MAX_ZONE_CLASSES];
	uint64_t nr_reserved_highatomic; /* pages in reserved pageblocks, used or not */
	uint64_t nr_free_highatomic;	 /* pages on the HighAtomic lists */
	uint64_t nr_free;		 /* NR_FREE_PAGES: on lists, isolated ones excluded */
	uint64_t nr_free_cma;
	unsigned int nr_isolated; /* isolated pageblocks */
};

/*
 * After pages came back: is there again more free than the high watermark?
 * Kernel: mm/page_alloc.c:free_unref_page_commit() [6.12]
 */
static inline void zone_relax(struct zone *z)
{
	uint64_t unusable = z->nr_free_highatomic + z->nr_free_cma;
	uint64_t mark = z->wmark[KM_WMARK_HIGH] + z->boost + z->lowmem_reserve[z->movable_class];

	if (z->below_high && z->nr_free > mark + unusable)
		z->below_high = false;
}

static inline bool zone_has(const struct zone *z, struct pfn p)
{
	if (p.nr < z->start.nr || p.nr >= z->end.nr)
		return false;
	for (unsigned int i = 0; i < z->nr_parts; i++)
		if (p.nr >= z->part[i].start.nr && p.nr < z->part[i].end.nr)
			return true;
	return !z->nr_parts;
}

#endif
