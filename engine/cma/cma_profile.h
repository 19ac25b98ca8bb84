/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels where a range of pages is taken away from everyone. */
#ifndef KM_CMA_PROFILE_H
#define KM_CMA_PROFILE_H

#include "engine/core/types.h"

/* Zeroed: a kernel without contiguous allocation. */
struct cma_profile {
	bool present;
	unsigned int align_max; /* requests are aligned to at most 2^align_max pages; 0: any */
	bool aligns_bits;	/* alignment counts from the area's first page, not from pfn 0 */
	bool isolates_largest;	/* the range isolated is aligned to the largest block */
	bool ends_first;	/* the first pageblock, the last, those between; else ascending */
	bool moves_across;	/* a block in use across the range's edge is migrated away */
	bool moves_huge;	/* huge pages move, or are split where there is no place */
	bool trusts_types;	/* no page of a Movable pageblock is looked at */
	bool drains_each;	/* isolating a pageblock drains every CPU */
	bool drains_late;	/* the CPUs are drained after the migration, not before */
	bool stops_at_busy;	/* any page that will not move ends it, and no range is tested */
	bool drops_clean_cache; /* clean page cache is freed instead of migrated */
	bool targets_near;	/* targets come from the range's node first, and are retried */
	bool reclaims_first;	/* as many pages are reclaimed before the range is taken */
	bool outer_start_any;	/* the search for the first free block takes any aligned one */
	bool checks_gfp;	/* unusual flags are refused, and no target inherits them */
	/* where areas are reserved, and activated */
	bool places_plainly;	  /* aligned to twice the largest block, from the top of what is
				     mapped down; no alignment, bit or node of its own */
	bool places_above_first;  /* 4 GiB is tried before memory that is not mapped */
	bool activates_by_blocks; /* until the first pageblock of another zone; the rest is lost */
};

#endif
