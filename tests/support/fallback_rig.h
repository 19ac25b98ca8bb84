/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One zone of 4095 pages at pfn 1, pageblocks of 512 pages, with CMA: what its lists hold and what
 * a request of another type takes. For the one test that includes it.
 */
#ifndef KM_TEST_FALLBACK_RIG_H
#define KM_TEST_FALLBACK_RIG_H

#include "tests/support/says.h"

static struct rig r;

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define LOCKED(want) SAYS(rig_steps(&r, STEP_ZONE_LOCKED), want)
#define FELL(want) SAYS(rig_steps(&r, STEP_FALLBACK), want)
#define NONE(got) cr_assert_eq(got, KM_NO_PFN)

static void open_as(const struct kernel_profile *kernel)
{
	rig_open(&r, &(struct rig_shape){
			     .profile = kernel, .cma = true, .zone = { { "DMA32", 0, 1, 4096 } } });
	r.zone[0].wmark[KM_WMARK_HIGH] = 100;
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

static uint64_t bulk(unsigned int order, unsigned int mt, unsigned int flags, struct buddy_bulk *b)
{
	rig_forget_steps(&r);
	return buddy_alloc_bulk(&r.buddy[0], order, mt, flags, b).nr;
}

/* A pageblock of type @mt with a free block of @order at its start, the rest used by @used. */
static void pageblock(uint64_t nr, unsigned int mt, unsigned int order, unsigned int used)
{
	rig_type(&r, nr, mt);
	rig_free(&r, nr, order, mt);
	for (unsigned int at = order; at < 9; at++)
		rig_used(&r, nr + (1u << at), at, used);
}

#endif
