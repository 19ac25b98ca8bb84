/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction at work: deferral, suitability, scanners and capture, worked out by hand from
 * mm/compaction.c [6.1.192].
 */
#include <string.h>

#include "engine/compact/compact.h"
#include "tests/support/says.h"

static struct rig r;
static struct compact c;

static struct {
	uint64_t from[4096], to[4096];
	size_t n;
	uint64_t reclaimable;
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
	return moves.reclaimable;
}

static const struct compact_ops ops = { .moved = moved, .reclaimable_pages = reclaimable };

/* Pageblocks of 512 pages at 0, 512, … 3584; per-CPU lists that keep nothing. */
static void begin(void)
{
	rig_open(&r, &(struct rig_shape){ .zone = { { "Normal", 1, 1, 4096 } } });
	KM_BUG_ON(compact_init(&c, &r.pages));
	c.ops = &ops;
	memset(&moves, 0, sizeof(moves));
}

static void end(void)
{
	SOUND(&r);
	compact_release(&c);
	rig_close(&r);
}

TestSuite(compaction, .init = begin, .fini = end);

#define ZONE (c.zone[0])

/* :154 defer_compaction(), :169 compaction_deferred(): every 2nd, 4th, … 64th try is made */
Test(compaction, each_failure_doubles_the_tries_left_out)
{
	static const unsigned int left_out[] = { 1, 3, 7, 15, 31, 63, 63, 63 };

	cr_assert(!compact_deferred(&ZONE, 0));
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		compact_defer(&ZONE, 3);
		for (unsigned int k = 0; k < left_out[i]; k++)
			cr_assert(compact_deferred(&ZONE, 3), "failure %zu, try %u", i + 1, k + 1);
		cr_assert(!compact_deferred(&ZONE, 3), "failure %zu", i + 1);
		cr_assert(!compact_deferred(&ZONE, 3)); /* and each one after it until it fails */
	}
	IS(ZONE.defer_shift, 6);
}

/* order_failed: the smallest order that failed; smaller ones are tried */
Test(compaction, only_orders_that_failed_are_deferred)
{
	compact_defer_reset(&ZONE, 9, false);
	IS(ZONE.order_failed, 10);
	compact_defer(&ZONE, 5);
	IS(ZONE.order_failed, 5);
	cr_assert(!compact_deferred(&ZONE, 4));
	IS(ZONE.considered, 0); /* not even counted */
	cr_assert(compact_deferred(&ZONE, 5));
	IS(ZONE.considered, 1);
	compact_defer(&ZONE, 7); /* does not raise it */
	IS(ZONE.order_failed, 5);
	IS(ZONE.considered, 0);
	compact_defer_reset(&ZONE, 4, false); /* says nothing of order 5 */
	IS(ZONE.order_failed, 5);
	compact_defer_reset(&ZONE, 6, false); /* :192 expected to succeed: the tries stay few */
	IS(ZONE.order_failed, 7);
	IS(ZONE.defer_shift, 2);
	compact_defer_reset(&ZONE, 7, true);
	IS(ZONE.order_failed, 8);
	IS(ZONE.defer_shift, 0);
}

/* @n single pages that cannot merge, from @nr on */
static void scatter(uint64_t nr, unsigned int n)
{
	for (; n; n--, nr += 2)
		rig_free(&r, nr, 0, KM_MOVABLE);
}

static enum compact_result suits(unsigned int order)
{
	return compact_suitable(&c, 0, order, PAGES_WMARK_MIN, 1);
}

/* :2088 __compaction_suitable() */
Test(compaction, needs_two_blocks_above_the_watermark)
{
	r.zone[0].wmark[KM_WMARK_MIN] = 50;
	r.zone[0].wmark[KM_WMARK_LOW] = 60;
	scatter(1024, 58);
	IS(suits(2), COMPACT_SKIPPED); /* 58 > 50 + 8 is not */
	scatter(2048, 1);
	IS(suits(2), COMPACT_CONTINUE);
	IS(suits(4), COMPACT_SKIPPED); /* costly: 59 > 60 + 32 is not */
	moves.reclaimable = 7;	       /* :2168 divided by the order: 59 + 3 */
	cr_assert(compact_zonelist_suitable(
		&c, &(struct pages_request){ .gfp = KM_GFP_KERNEL, .order = 2 }, 1,
		PAGES_WMARK_MIN));
	cr_assert(!compact_zonelist_suitable(
		&c, &(struct pages_request){ .gfp = KM_GFP_KERNEL, .order = 3 }, 1,
		PAGES_WMARK_MIN)); /* 59 + 2 > 50 + 16 is not */
	rig_free(&r, 3072, 2, KM_MOVABLE);
	IS(suits(2), COMPACT_SUCCESS); /* 63 - 3 > 50, and there is a block */
}

/* :2143 the index of 100 single pages for order 4 is 1000 - (1000 + 6250) / 100 = 928 > 500 */
Test(compaction, costly_order_must_fail_for_its_pieces)
{
	scatter(1024, 100);
	IS(suits(4), COMPACT_CONTINUE);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){ .zone = { { "Normal", 1, 1, 4096 } } });
	rig_free(&r, 1024, 8, KM_MOVABLE);
	rig_free(&r, 1536, 8, KM_MOVABLE);
	rig_free(&r, 2048, 8, KM_MOVABLE);
	rig_free(&r, 2560, 8, KM_MOVABLE);
	rig_free(&r, 3072, 8, KM_MOVABLE);
	/* 1280 pages in 5 blocks, order 9: 1000 - (1000 + 2500) / 5 = 300: too little memory */
	IS(suits(9), COMPACT_SKIPPED);
	c.extfrag_threshold = 300; /* :2246 "fragindex <= sysctl_extfrag_threshold" */
	IS(suits(9), COMPACT_SKIPPED);
	c.extfrag_threshold = 299;
	IS(suits(9), COMPACT_CONTINUE);
}

static const struct pages_request pair = { .gfp = KM_GFP_KERNEL, .order = 1 };

static enum compact_result direct(const struct pages_request *rq, enum compact_priority prio,
				  struct pfn *got)
{
	*got = pfn(KM_NO_PFN);
	return compact_direct(&c, rq, 1, PAGES_WMARK_MIN, prio, got);
}

/*
 * :2299 compact_zone(): three movable pages low, free pages high. The migrate scanner finds 512,
 * 514 and 516, the last collected goes first. The free scanner finds the highest pageblock with
 * free pages, takes its pages ascending until it has three, and hands them out the last first.
 */
Test(compaction, pages_move_from_low_to_high)
{
	struct pfn got;

	rig_used(&r, 512, 0, KM_MOVABLE);
	rig_used(&r, 514, 0, KM_MOVABLE);
	rig_used(&r, 516, 0, KM_MOVABLE);
	rig_used(&r, 518, 0, KM_UNMOVABLE);
	rig_used(&r, 520, 1, KM_MOVABLE); /* a compound page stays */
	scatter(3584, 6);
	IS(direct(&pair, COMPACT_PRIO_SYNC_LIGHT, &got), COMPACT_COMPLETE);
	IS(moves.n, 3);
	IS(moves.from[0], 516);
	IS(moves.from[1], 514);
	IS(moves.from[2], 512);
	IS(moves.to[0], 3588);
	IS(moves.to[1], 3586);
	IS(moves.to[2], 3584);
	IS(c.node[0].counts.runs, 1);
	IS(c.node[0].counts.migrated_pages, 3);
	IS(ZONE.defer_shift, 1); /* :2630 no block came of it */
	IS(ZONE.free_pfn, 3584); /* the scanners met: both begin anew */
	IS(ZONE.migrate_pfn[1], 1);
	cr_assert_eq(got.nr, KM_NO_PFN);
}

/* :2587 a deferred zone is not even looked at, unless the request tries its hardest */
Test(compaction, deferred_zone_is_left_out)
{
	struct pfn got;

	scatter(3584, 6);
	compact_defer(&ZONE, 0);
	IS(direct(&pair, COMPACT_PRIO_SYNC_LIGHT, &got), COMPACT_DEFERRED);
	IS(c.node[0].counts.runs, 0);
	IS(direct(&pair, COMPACT_PRIO_SYNC_FULL, &got), COMPACT_COMPLETE);
	IS(c.node[0].counts.runs, 1);
}

/* :2554 asynchronous failures do not defer; without __GFP_IO nothing is compacted */
Test(compaction, light_tries_do_not_defer)
{
	struct pfn got;

	scatter(3584, 6);
	IS(direct(&pair, COMPACT_PRIO_ASYNC, &got), COMPACT_COMPLETE);
	IS(ZONE.defer_shift, 0);
	IS(direct(&(struct pages_request){ .gfp = KM_GFP_RECLAIM, .order = 1 },
		  COMPACT_PRIO_SYNC_LIGHT, &got),
	   COMPACT_SKIPPED);
}

/*
 * page_alloc.c:1007 compaction_capture(): 513 is free; as 512 moves away and comes back, the two
 * merge to the pair that the request wants, in an Unmovable pageblock.
 */
Test(compaction, block_is_kept_for_the_request)
{
	struct pfn got;

	rig_type(&r, 512, KM_UNMOVABLE);
	rig_used(&r, 512, 0, KM_MOVABLE);
	rig_free(&r, 513, 0, KM_UNMOVABLE);
	scatter(3584, 6);
	IS(direct(&pair, COMPACT_PRIO_SYNC_LIGHT, &got), COMPACT_SUCCESS);
	IS(got.nr, 512);
	SAYS(rig_blocks(&r, 0, 1, KM_UNMOVABLE), "");
	IS(ZONE.order_failed, 2); /* :2615 expected to succeed */
	rig_used(&r, got.nr, 1, KM_UNMOVABLE);
}

/* … but not in a Movable one, which it would spoil: there the pair stays on the lists */
Test(compaction, small_block_of_a_movable_pageblock_is_not_kept)
{
	struct pfn got;

	rig_used(&r, 512, 0, KM_MOVABLE);
	rig_free(&r, 513, 0, KM_MOVABLE);
	scatter(3584, 6);
	IS(direct(&pair, COMPACT_PRIO_SYNC_LIGHT, &got), COMPACT_SUCCESS);
	cr_assert_eq(got.nr, KM_NO_PFN);
	SAYS(rig_blocks(&r, 0, 1, KM_MOVABLE), "512");
}

/* :799 skip_on_failure: one page that stays spoils an asynchronous request's chunk */
Test(compaction, asynchronous_request_gives_a_chunk_up)
{
	const struct pages_request four = { .gfp = KM_GFP_HIGHUSER_MOVABLE, .order = 2 };
	struct pfn got;

	rig_used(&r, 512, 0, KM_MOVABLE);
	rig_used(&r, 513, 0, KM_UNMOVABLE); /* 512 to 515 */
	rig_used(&r, 514, 0, KM_MOVABLE);
	rig_used(&r, 516, 0, KM_MOVABLE); /* 516 to 519: the rest is free */
	rig_free(&r, 517, 0, KM_MOVABLE);
	rig_free(&r, 518, 1, KM_MOVABLE);
	scatter(3584, 32);
	IS(compact_direct(&c, &four, 2, PAGES_WMARK_MIN, COMPACT_PRIO_ASYNC, &got),
	   COMPACT_SUCCESS);
	IS(moves.n, 1);
	IS(moves.from[0], 516);
}

/* :2635 compact_node(): all that can move does, whatever is free */
Test(compaction, command_compacts_a_zone_from_end_to_end)
{
	for (uint64_t nr = 512; nr < 612; nr += 2)
		rig_used(&r, nr, 0, KM_MOVABLE);
	rig_free(&r, 3584, 5, KM_MOVABLE);
	rig_free(&r, 3072, 5, KM_MOVABLE);
	compact_whole_zone(&c, 0, 0);
	IS(c.node[0].counts.migrated_pages, 50);
	IS(moves.to[0], 3615); /* 32 at a time, the block's last page first */
	IS(moves.from[0], 574);
	IS(moves.from[32], 610);
	IS(moves.to[32], 3103);
	IS(frame_at(&r.frames, pfn(512), 0)->state, FRAME_FREE);
}

/* :2790 wakeup_kcompactd(), :2730 kcompactd_do_work() */
Test(compaction, kcompactd_works_where_a_zone_is_suitable)
{
	scatter(3584, 2);
	compact_wake(&c, 0, 0, 1);
	compact_wake(&c, 0, 1, 1); /* 2 > 4 is not */
	IS(c.node[0].counts.kcompactd_wake, 0);
	IS(c.node[0].kcompactd_order, 1); /* remembered for when it looks by itself */
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.kcompactd_wake, 1);
	IS(c.node[0].counts.runs, 0);
	scatter(3072, 6);
	compact_wake(&c, 0, 1, 1);
	IS(c.node[0].counts.kcompactd_wake, 2);
	IS(c.node[0].counts.runs, 1);
	IS(ZONE.defer_shift, 1);
	IS(c.node[0].kcompactd_order, 0);
	compact_wake(&c, 0, 1, 1);
	IS(c.node[0].counts.deferred, 1);
	IS(c.node[0].counts.runs, 1);
}

/*
 * :2155 fragmentation_score_zone(): no free page in blocks of 2 MiB gives 100; weighted by
 * 4095 / 4096 that is 99 > 90. It does not help, so the next look is 64 half seconds away.
 */
Test(compaction, fragmented_node_is_compacted_unasked)
{
	scatter(3584, 8);
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.runs, 1);
	compact_tick(&c, 1000001000);
	IS(c.node[0].counts.runs, 1);
	compact_tick(&c, UINT64_C(33000001000));
	IS(c.node[0].counts.runs, 2);
}

/* :2941 "if (!sysctl_compaction_proactiveness) timeout = MAX_SCHEDULE_TIMEOUT" */
Test(compaction, kcompactd_never_looks_by_itself_with_a_proactiveness_of_0)
{
	scatter(3584, 2);
	compact_wake(&c, 0, 1, 1);
	c.proactiveness = 0;
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.kcompactd_wake, 0);
	IS(c.node[0].kcompactd_order, 1);
	IS(c.node[0].counts.runs, 0);
}

/*
 * :2952 "The defer timeout from proactive compaction is lost here": woken at 1.2 s, half a second
 * after that it looks again, not 32 s after it looked last.
 */
Test(compaction, work_ends_the_wait_for_the_next_look)
{
	scatter(3584, 8);
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.runs, 1);
	IS(c.node[0].next_look_ns, UINT64_C(32500001000));
	compact_tick(&c, 1200000000);
	compact_wake(&c, 0, 1, 1);
	IS(c.node[0].counts.kcompactd_wake, 1);
	IS(c.node[0].next_look_ns, UINT64_C(1700000000));
	IS(c.node[0].counts.runs, 2);
	compact_tick(&c, UINT64_C(1700000000));
	IS(c.node[0].counts.runs, 3);
}
