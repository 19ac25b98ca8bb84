/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How what lives of a site grew: its live bytes at up to 64 moments, evenly spaced since the trace
 * began. Where there is no room for another, every second one is dropped and the distance doubles.
 *
 * Kernel: none
 */
#ifndef KM_LEAK_GROWTH_H
#define KM_LEAK_GROWTH_H

#include "engine/core/types.h"

enum { GROWTH_MOMENTS = 64 };

struct growth {
	uint64_t bytes[GROWTH_MOMENTS];
	uint32_t n;
	uint32_t shift; /* the distance of two moments, see growth.c */
	uint64_t now;	/* live bytes: to be changed by whoever counts, after growth_pass() */
};

/* Write down the moments that have passed since the last change, up to @since_ns. */
void growth_pass(struct growth *g, uint64_t since_ns);

/* The slope of the least squares line through the moments, in bytes a second, cut towards 0. */
int64_t growth_slope(const struct growth *g);

/* Live bytes in the middle of the moments. */
static inline uint64_t growth_half(const struct growth *g)
{
	return g->n ? g->bytes[g->n / 2] : 0;
}

#endif
