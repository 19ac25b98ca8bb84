/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One zone of 4095 pages at pfn 1, pageblocks of 512, with CMA: its compaction, and what it moved.
 * For the one test that includes it.
 */
#ifndef KM_TEST_COMPACT_RIG_H
#define KM_TEST_COMPACT_RIG_H

#include <string.h>

#include "engine/compact/run.h"
#include "tests/support/says.h"

static struct rig r;
static struct compact c;

static struct {
	uint64_t from[4096], to[4096];
	size_t n;
} moves;

static void moved(void *ctx, struct pfn from, struct pfn to)
{
	(void)ctx;
	moves.from[moves.n] = from.nr;
	moves.to[moves.n++] = to.nr;
}

static uint64_t reclaimable(void *ctx, unsigned int zone)
{
	(void)ctx, (void)zone;
	return 0;
}

static const struct compact_ops ops = { .moved = moved, .reclaimable_pages = reclaimable };

static void open_as(const struct kernel_profile *kernel)
{
	rig_open(&r, &(struct rig_shape){ .profile = kernel,
					  .cma = true,
					  .zone = { { "Normal", 1, 1, 4096 } } });
	KM_BUG_ON(compact_init(&c, &r.pages));
	c.ops = &ops;
	memset(&moves, 0, sizeof(moves));
}

static void begin(void)
{
	open_as(&kernel_v6_1);
}

static void end(void)
{
	SOUND(&r);
	compact_release(&c);
	rig_close(&r);
}

#endif
