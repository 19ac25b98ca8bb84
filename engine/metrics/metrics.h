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

#endif
