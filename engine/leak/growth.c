/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/leak/growth.h"

/* The first distance between two moments, about a millisecond; it doubles with each shift. */
#define FIRST_STEP_NS (UINT64_C(1) << 20)

static void thin_out(struct growth *g)
{
	for (uint32_t i = 0; i < GROWTH_MOMENTS / 2; i++)
		g->bytes[i] = g->bytes[i * 2];
	g->n = GROWTH_MOMENTS / 2;
	g->shift++;
}

void growth_pass(struct growth *g, uint64_t since_ns)
{
	for (;;) {
		if (g->n == GROWTH_MOMENTS)
			thin_out(g);
		if ((unsigned __int128)g->n * (FIRST_STEP_NS << g->shift) > since_ns)
			return;
		g->bytes[g->n++] = g->now;
	}
}

int64_t growth_slope(const struct growth *g)
{
	__int128 n = g->n, x = 0, y = 0, xx = 0, xy = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		x += i;
		y += g->bytes[i];
		xx += (__int128)i * i;
		xy += (__int128)i * g->bytes[i];
	}
	__int128 below = (n * xx - x * x) * (__int128)(FIRST_STEP_NS << g->shift);

	return below ? (int64_t)((n * xy - x * y) * 1000000000 / below) : 0;
}
