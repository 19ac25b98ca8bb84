/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers at random from a seed, the same on every host: whole numbers only, passed in by whoever
 * asks for chance.
 */
#ifndef KM_CORE_RNG_H
#define KM_CORE_RNG_H

#include "engine/core/types.h"

struct rng {
	uint64_t state;
};

/* Any seed is fine; different ones give unrelated sequences. */
static inline struct rng rng_seeded(uint64_t seed)
{
	return (struct rng){ seed };
}

/* 64 random bits: a counter, mixed (Steele, Lea and Flood's SplitMix64). */
static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* 0 … @n - 1, each equally often; @n is not 0. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	unsigned __int128 wide = (unsigned __int128)rng_next(r) * n;

	if ((uint64_t)wide < n) {
		uint64_t least = (0 - n) % n;

		while ((uint64_t)wide < least)
			wide = (unsigned __int128)rng_next(r) * n;
	}
	return (uint64_t)(wide >> 64);
}

/*
 * Exponentially distributed with the given mean, cut to a whole number. Von Neumann's way: no
 * logarithm, only comparisons, so it is the same everywhere.
 */
static inline uint64_t rng_exponential(struct rng *r, uint64_t mean)
{
	for (uint64_t whole = 0;; whole++) {
		uint64_t first = rng_next(r), last = first, next;
		bool odd = true;

		while ((next = rng_next(r)) < last) {
			last = next;
			odd = !odd;
		}
		if (odd)
			return whole * mean + (uint64_t)((unsigned __int128)first * mean >> 64);
	}
}

#endif
