/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragmentation of one zone's free lists, in the kernel's own integers. */
#ifndef KM_METRICS_H
#define KM_METRICS_H

#include "engine/core/types.h"

/**
 * metrics_unusable() - share of free memory in blocks too small for @order, in 1/1000.
 * @nr_free: free blocks by order, @nr_orders of them
 * Kernel: mm/vmstat.c:unusable_free_index() [6.1 6.12]
 */
int32_t metrics_unusable(const uint64_t *nr_free, unsigned int nr_orders, unsigned int order);

/**
 * metrics_extfrag() - would an allocation of @order fail for lack of memory (0) or for
 * fragmentation (1000)?
 * Return: 1/1000; -1000 where a suitable block exists.
 * Kernel: mm/vmstat.c:__fragmentation_index() [6.1 6.12]
 */
int32_t metrics_extfrag(const uint64_t *nr_free, unsigned int nr_orders, unsigned int order);

/*
 * Share of free pages in blocks of at least 2^@huge_order pages, in 1/1000; 1000 where nothing is
 * free.
 */
int32_t metrics_huge_score(const uint64_t *nr_free, unsigned int nr_orders,
			   unsigned int huge_order);

/* Free blocks of 2^@huge_order pages, larger ones counted as what they hold of them. */
uint64_t metrics_huge_free(const uint64_t *nr_free, unsigned int nr_orders,
			   unsigned int huge_order);

/*
 * What whole free pageblocks would cost: pageblocks sorted into a histogram, then emptied, the one
 * with most free pages first, into those that cannot be emptied and then into the fullest.
 */
struct metrics_packing {
	uint64_t pages;	   /* of a pageblock */
	uint64_t *by_used; /* pages + 1 of them: pageblocks that can be emptied, by pages in use */
	uint64_t room;	   /* free pages of all pageblocks that are not wholly free */
};

/* Begin anew with @by_used, which has @pages + 1 elements. */
void metrics_packing_init(struct metrics_packing *p, uint64_t *by_used, uint64_t pages);

/*
 * A pageblock with @free pages free, on per-CPU lists included, and @movable in use that can be
 * moved; whatever is left of it cannot.
 */
void metrics_packing_add(struct metrics_packing *p, uint64_t free, uint64_t movable);

/**
 * metrics_packing_cost() - the least page moves that give the most wholly free pageblocks.
 * @gain: how many more wholly free pageblocks there would be
 *
 * Kernel: none; the greedy compaction of E1 (LLFree's `frag`).
 * Return: pages moved.
 */
uint64_t metrics_packing_cost(const struct metrics_packing *p, uint64_t *gain);

#endif
