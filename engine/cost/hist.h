/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts of values in buckets whose width grows with the value: at @bits of precision the error is
 * 2^-@bits at most. Buckets are made when the first value comes.
 */
#ifndef KM_COST_HIST_H
#define KM_COST_HIST_H

#include "engine/core/types.h"

struct hist {
	uint64_t *bucket;
	uint64_t count, total, max; /* total: sum of the values, saturated */
	unsigned int bits;
};

enum { HIST_PRECISE = 7, HIST_COARSE = 4 };

/* Buckets that values of 64 bits fall into: 7424 at 7 bits. Kernel: none */
static inline unsigned int hist_buckets(unsigned int bits)
{
	return (64 - bits + 1) << bits;
}

/* The bucket of @v; and the highest value that falls into @bucket. Kernel: none */
unsigned int hist_index(unsigned int bits, uint64_t v);
uint64_t hist_upper(unsigned int bits, unsigned int bucket);

/* @bits is set, the rest zeroed. Return: 0; -KM_ENOMEM, and @v is not counted. Kernel: none */
int hist_add(struct hist *h, uint64_t v) KM_MUST_CHECK;

/*
 * The least value that @of thousandths of all do not exceed, by nearest rank: its bucket's upper
 * bound, the largest value at most; 0 where there is none. Kernel: none
 */
uint64_t hist_quantile(const struct hist *h, unsigned int of_1000);

/* Nothing is counted any more; the buckets stay. Kernel: none */
void hist_clear(struct hist *h);
void hist_release(struct hist *h);

#endif
