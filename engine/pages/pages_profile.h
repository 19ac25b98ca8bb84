/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels at the front door. */
#ifndef KM_PAGES_PROFILE_H
#define KM_PAGES_PROFILE_H

#include "engine/core/types.h"

struct pages;
struct pages_mark_facts;

/* Is a zone above a watermark? See pages_watermark_ok(), pages_watermark_fast(). */
struct pages_watermark_ops {
	const char *name;
	bool (*ok)(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		   unsigned int zone_class, unsigned int flags, int64_t free);
	/* @facts: the numbers it came from; NULL: nobody asks */
	bool (*fast)(const struct pages *p, unsigned int zone, unsigned int order,
		     unsigned int zone_class, unsigned int flags, uint32_t gfp,
		     struct pages_mark_facts *facts);
};

extern const struct pages_watermark_ops pages_watermark_lists;	/* watermark.c */
extern const struct pages_watermark_ops pages_watermark_harder; /* watermark.c */
extern const struct pages_watermark_ops pages_watermark_orders; /* watermark_orders.c */

struct pages_profile {
	bool no_compaction; /* before 2.6.35 */
	bool drains_first;  /* direct reclaim drains all CPUs for orders above 0, then tries once */
	bool nofragment;    /* ALLOC_NOFRAGMENT */
	bool highatomic;    /* high-order atomic requests have pageblocks of their own */
	bool highatomic_any;  /* … whose flags say so, or may not wait: not only __GFP_HIGH's */
	bool highatomic_last; /* who may not wait gets them as a last resort, whatever the order */
	bool unreserves_late; /* they are all given up only where retries are used up */
	bool harder_by_flag;  /* ALLOC_HARDER is __GFP_ATOMIC's, not everyone's who may not wait */
	/* a per-CPU lock found taken: CMA and HighAtomic pages are freed as Movable */
	bool locked_is_movable;
	bool alloc_cma;		     /* ALLOC_CMA: movable requests have CMA pages balanced in */
	bool exact_to_tail;	     /* surplus of an exact allocation: to the free lists' tails */
	bool frag_never_waits;	     /* fragments: large blocks without direct reclaim */
	bool high_is_half_above_min; /* LOW is 5/4 of MIN, HIGH 3/2: there is no scale factor */
	uint64_t min_free_kbytes_max;
	/* khugepaged raises min_free_kbytes for each zone: for HighMem and Movable, too */
	bool raises_for_all_zones;
	int64_t highmem_reserve_ratio; /* sysctl_lowmem_reserve_ratio of ZONE_HIGHMEM */
	uint64_t reserve_ratio_min;    /* a ratio of 0 counts as this; 0: it reserves nothing */
	unsigned int reserve_blocks;   /* MIGRATE_RESERVE pageblocks of a zone, at most */
	const struct pages_watermark_ops *watermark;
	bool cma_skips_pcp; /* a movable request without ALLOC_CMA bypasses the per-CPU lists */
	/* a request that finds less than the high watermark marks the zone: its lists shrink */
	bool marks_below_high;
	bool boost_waits_for_kswapd; /* only who may wake kswapd clears ZONE_BOOSTED_WATERMARK */
	bool reserve_ignores_boost;  /* the last try, unboosted, is __GFP_HIGH's: not _ATOMIC's */
	bool counts_free_highatomic; /* out of reach: free reserved pages, not whole pageblocks */
	bool movable_wmark_fixed;    /* ZONE_MOVABLE's watermarks are as a highmem zone's */
	bool no_drift_mark;	     /* kswapd trusts NR_FREE_PAGES as it is: before 2.6.37 */
	bool may_order_by_zone;	     /* numa_zonelist_order=default may choose by zone */
	bool node_load_descends;     /* node_load is set, from the number of nodes down */
	bool raises_min_free;	     /* khugepaged raises min_free_kbytes */
	bool old_direct_map;	     /* x86-64 maps memory elsewhere: before 4.20 */
	unsigned int costly_order;   /* PAGE_ALLOC_COSTLY_ORDER */
	unsigned int bulk_chunk;     /* pages of one bulk request of vmalloc; 0: there are none */
	const char *bulk_call_sites
		[4]; /* kmalloc callers that announce a bulk allocation, NULL-terminated */
};

#endif
