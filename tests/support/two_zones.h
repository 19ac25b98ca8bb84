/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine of two zones and how requests are made of it. For the one test that includes it. */
#ifndef KM_TEST_TWO_ZONES_H
#define KM_TEST_TWO_ZONES_H

#include "tests/support/says.h"

static struct rig r;

/* Of a kernel without ZONE_DMA: DMA32 0, NORMAL 1, MOVABLE 2 (empty). */
static const struct rig_shape two_zones = {
	.zone = { { "DMA32", 0, 1, 4096 }, { "Normal", 1, 4096, 8192 } },
};

static void open_two(void)
{
	rig_open(&r, &two_zones);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

static void reopen(const struct rig_shape *shape)
{
	rig_close(&r);
	rig_open(&r, shape);
}

static uint64_t alloc(uint32_t gfp, unsigned int order)
{
	return pages_alloc(&r.pages, &(struct pages_request){ .gfp = gfp, .order = order }).nr;
}

#endif
