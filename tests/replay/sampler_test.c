/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of one recorded state, by hand from a zone whose every page was put there. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/replay/place.h"
#include "engine/replay/sampler.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/rig_seed.h"

static struct machine m;
static struct km_zone_state dma;

static int on_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx;
	dma = row->zones[0];
	return 0;
}

static void is_free(uint64_t nr, unsigned int order)
{
	cr_assert_eq(buddy_free(&m.buddy[0], pfn(nr), order, KM_MOVABLE, 0), 0);
}

static void in_use(uint64_t nr, unsigned int order, unsigned int mt)
{
	place_alloc(&m, pfn(nr), order, mt);
}

/*
 * Zone DMA: pages 1 to 4095, pageblocks of 512. The first is Unmovable (it begins before the zone),
 * the others Movable. Of the pageblock at 1536 pages 100 are in use, of that at 2048 300.
 */
static void fill(void)
{
	in_use(8, 2, KM_MOVABLE);
	in_use(12, 0, KM_MOVABLE);

	is_free(512, 9);

	in_use(1024, 0, KM_UNMOVABLE);
	in_use(1026, 1, KM_UNMOVABLE);

	in_use(1536, 6, KM_MOVABLE);
	in_use(1600, 5, KM_MOVABLE);
	in_use(1632, 2, KM_MOVABLE);
	is_free(1636, 2);
	is_free(1640, 3);
	is_free(1648, 4);
	is_free(1664, 7);
	is_free(1792, 8);

	in_use(2048, 8, KM_MOVABLE);
	in_use(2304, 5, KM_MOVABLE);
	in_use(2336, 3, KM_MOVABLE);
	in_use(2344, 2, KM_MOVABLE);
	is_free(2348, 2);
	is_free(2352, 4);
	is_free(2368, 6);
	is_free(2432, 7);

	in_use(2560, 3, KM_RECLAIMABLE);
}

static void take(unsigned int page_shift)
{
	struct machine_config c = rig_config();
	struct km_sink_ops ops = quiet_sink_ops;
	const struct km_sink sink = { NULL, &ops };
	struct km_sample row = { 0 };
	struct sampler s;
	struct km_diag d;

	c.page_shift = page_shift;
	ops.sample = on_sample;
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	fill();
	cr_assert_eq(sampler_init(&s, &m, 0), 0);
	cr_assert_eq(sampler_take(&s, &m, &row, &sink), 0);
	sampler_release(&s);
	machine_release(&m);
}

Test(sampler, what_a_zone_holds)
{
	static const uint64_t nr_free[KM_MAX_ORDERS] = { 0, 0, 2, 1, 2, 0, 1, 2, 1, 1 };

	take(12);
	cr_expect_eq(dma.free_pages, 512 + 412 + 212);
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++)
		cr_expect_eq(dma.nr_free[order], nr_free[order], "order %u", order);
	cr_expect_eq(dma.blocks, 8);
	cr_expect_eq(dma.type_blocks[KM_UNMOVABLE], 1);
	cr_expect_eq(dma.type_blocks[KM_MOVABLE], 7);
	/* movable pages in the first; unmovable ones at 1024, reclaimable ones at 2560 */
	cr_expect_eq(dma.mixed_blocks[KM_UNMOVABLE], 1);
	cr_expect_eq(dma.mixed_blocks[KM_MOVABLE], 2);
	cr_expect_eq(dma.unmovable_blocks, 1);
	cr_expect_eq(dma.huge_free_blocks, 1);
	cr_expect_eq(dma.huge_free_score_milli, 512 * 1000 / 1136);
	/* those at 1536 and 2048 hold nothing that stays; 412 + 212 pages of room empty the one
	 * with 100 in use, and the other takes them */
	cr_expect_eq(dma.compact_gain, 1);
	cr_expect_eq(dma.compact_moves, 100);
}

/* 2 MiB are 32 pages of 64 KiB: the blocks of orders 5 and above are 16, 8, 4 + 4 and 2 of them. */
Test(sampler, huge_blocks_are_of_2_mib)
{
	take(16);
	cr_expect_eq(dma.huge_free_blocks, 16 + 8 + 4 + 4 + 2);
	cr_expect_eq(dma.huge_free_score_milli, (512 + 256 + 128 + 128 + 64) * 1000 / 1136);
}
