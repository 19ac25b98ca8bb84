/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for random sequences, the same on every host. */
#ifndef KM_TEST_RANDOM_H
#define KM_TEST_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state; /* not 0 */
};

static inline uint64_t random_next(struct random *x)
{
	x->state ^= x->state >> 12;
	x->state ^= x->state << 25;
	x->state ^= x->state >> 27;
	return x->state * UINT64_C(2685821657736338717);
}

/* 0 … @n - 1 */
static inline unsigned int random_below(struct random *x, uint64_t n)
{
	return (unsigned int)((random_next(x) >> 33) % n);
}

#endif
