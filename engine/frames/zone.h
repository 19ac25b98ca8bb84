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
	/*
	 * NR_FREE_PAGES as the kernel keeps it, where that is modelled: @stat_free, and what each
	 * CPU has yet to add to it, at most @stat_threshold. NULL: there is only nr_free.
	 */
	int16_t *cpu_diff;
	int64_t stat_free;
	uint64_t counted; /* nr_free as of the last zone_count() */
	unsigned int stat_threshold;
	uint64_t drift_mark;	  /* percpu_drift_mark; 0: none */
	unsigned int nr_isolated; /* isolated pageblocks */
};

/*
 * @cpu has changed nr_free: it tells the zone's counter, or keeps it to itself.
 * Kernel: mm/vmstat.c:__mod_zone_page_state() [6.1]
 */
static inline void zone_count(struct zone *z, unsigned int cpu)
{
	if (!z->cpu_diff)
		return;
	int64_t x = z->cpu_diff[cpu] + (int64_t)(z->nr_free - z->counted);
	int64_t most = (int64_t)z->stat_threshold;

	z->counted = z->nr_free;
	if (x > most || x < -most) {
		z->stat_free += x;
		x = 0;
	}
	z->cpu_diff[cpu] = (int16_t)x;
}

/* Kernel: include/linux/vmstat.h:zone_page_state(NR_FREE_PAGES) [6.1] */
static inline int64_t zone_free_pages(const struct zone *z)
{
	if (!z->cpu_diff)
		return (int64_t)z->nr_free;
	return z->stat_free > 0 ? z->stat_free : 0;
}

/*
 * Where it could matter, with what the CPUs keep.
 * Kernel: mm/page_alloc.c:zone_watermark_ok_safe() [6.1]
 */
static inline int64_t zone_free_pages_safe(const struct zone *z)
{
	int64_t free = zone_free_pages(z);

	return z->drift_mark && free < (int64_t)z->drift_mark ? (int64_t)z->nr_free : free;
}

/*
 * After pages came back: is there again more free than the high watermark?
 * Kernel: mm/page_alloc.c:free_unref_page_commit() [6.12]
 */
static inline void zone_relax(struct zone *z)
{
	uint64_t unusable = z->nr_free_highatomic + z->nr_free_cma;
	uint64_t mark = z->wmark[KM_WMARK_HIGH] + z->boost + z->lowmem_reserve[z->movable_class];

	if (z->below_high && zone_free_pages(z) > (int64_t)(mark + unusable))
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
