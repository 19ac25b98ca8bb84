/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels at the front door. */
#ifndef KM_PAGES_PROFILE_H
#define KM_PAGES_PROFILE_H

#include "engine/core/types.h"

struct pages_profile {
	bool cma_skips_pcp; /* a movable request without ALLOC_CMA bypasses the per-CPU lists */
	/* a request that finds less than the high watermark marks the zone: its lists shrink */
	bool marks_below_high;
	bool boost_waits_for_kswapd; /* only who may wake kswapd clears ZONE_BOOSTED_WATERMARK */
	bool reserve_ignores_boost;  /* the last try, unboosted, is __GFP_HIGH's: not _ATOMIC's */
	bool counts_free_highatomic; /* out of reach: free reserved pages, not whole pageblocks */
	bool movable_wmark_fixed;    /* ZONE_MOVABLE's watermarks are as a highmem zone's */
	bool may_order_by_zone;	     /* numa_zonelist_order=default may choose by zone */
	bool node_load_descends;     /* node_load is set, from the number of nodes down */
	bool raises_min_free;	     /* khugepaged raises min_free_kbytes */
	unsigned int costly_order;   /* PAGE_ALLOC_COSTLY_ORDER */
	unsigned int bulk_chunk;     /* pages of one bulk request of vmalloc; 0: there are none */
	const char *bulk_call_sites
		[4]; /* kmalloc callers that announce a bulk allocation, NULL-terminated */
};

#endif
