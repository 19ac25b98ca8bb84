/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which range of addresses a request was for: events carry neither its start nor its end, and where
 * the ranges begin is drawn at boot. Each has its place in the address space, begins at a multiple
 * of some size, and is so long; the lowest area known of it tells the rest.
 */
#ifndef KM_VMALLOC_RANGES_H
#define KM_VMALLOC_RANGES_H

#include "engine/core/types.h"

enum vmalloc_range_of {
	RANGE_MODULES,
	RANGE_VMALLOC_5, /* of five levels of page tables */
	RANGE_VMALLOC_4,
	NR_VMALLOC_RANGES,
};

struct vmalloc_range {
	uint64_t start, end; /* end: as the kernel says it; start 0: not known yet */
};

struct vmalloc_ranges {
	struct vmalloc_range of[NR_VMALLOC_RANGES];
};

/*
 * There is an area at @addr. @exact: it is of a snapshot, where the lowest of the modules is where
 * their range begins.
 */
void vmalloc_ranges_note(struct vmalloc_ranges *r, uint64_t addr, bool exact);

/* The range @addr lies in; @as_end: that it is the end of. Otherwise all there is. */
struct vmalloc_range vmalloc_ranges_find(const struct vmalloc_ranges *r, uint64_t addr,
					 bool as_end);

/* The range of vmalloc itself, as far as known; zeros otherwise. */
struct vmalloc_range vmalloc_ranges_main(const struct vmalloc_ranges *r);

#endif
