/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free scanner of compaction: the free blocks it takes off the lists as targets of migration.
 *
 * Kernel: mm/compaction.c [6.1]
 */
#ifndef KM_COMPACT_H
#define KM_COMPACT_H

#include "engine/buddy/buddy.h"

/* Pages that one step of the scanner may look ahead. Kernel: include/linux/swap.h [6.1] */
enum { COMPACT_CLUSTER_MAX = 32 };

/* A part of one pageblock, looked at every @stride pages. */
struct compact_range {
	struct pfn start, end;
	unsigned int stride;
};

struct compact_found {
	uint64_t scanned; /* pages looked at, those of taken blocks included: nr_scanned */
	uint64_t taken;	  /* pages of the blocks found: nr_taken */
};

/**
 * compact_see_free() - what the scanner would find in @range, without taking it.
 *
 * Kernel: mm/compaction.c:isolate_freepages_block() [6.1]
 * Differs: every block in use of more than one page is passed over as a compound page; the range
 * ends where the record says it did, so neither the number wanted nor the watermark is asked.
 */
struct compact_found compact_see_free(const struct buddy *b, const struct compact_range *range);

/**
 * compact_isolate_free() - take every free block that begins in @range off its list, as single
 * pages that nobody holds. A block of half a pageblock or more makes the mergeable pageblocks it
 * covers Movable.
 * @got: called for each page; the page is on no list and has no state
 *
 * Kernel: mm/compaction.c:isolate_freepages_block(), mm/page_alloc.c:__isolate_free_page() [6.1]
 */
struct compact_found compact_isolate_free(struct buddy *b, const struct compact_range *range,
					  void (*got)(void *ctx, struct pfn page), void *ctx);

#endif
