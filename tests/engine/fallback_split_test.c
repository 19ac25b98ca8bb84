/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claiming, else splitting the block found, against vectors worked out by hand from what 6.12.29's
 * "don't steal single pages from biggest buddy" replaced: __rmqueue_fallback() and
 * steal_suitable_fallback() of 6.12.0. One zone of 4095 pages at pfn 1; pageblocks of 512 pages.
 */
#include "tests/support/fallback_rig.h"

static void begin(void)
{
	open_as(&kernel_v6_12_points[0]);
}

TestSuite(split, .init = begin, .fini = end);

static uint64_t alloc(unsigned int order, unsigned int mt)
{
	struct buddy_bulk alone = { .mode = BUDDY_OWN };

	return bulk(order, mt, BUDDY_KSWAPD, &alone);
}

/* del_page_from_free_list(), change_pageblock_range(), expand() on the request's lists */
Test(split, large_blocks_are_claimed_at_once)
{
	rig_free(&r, 1024, 10, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	LOCKED("");
	FELL("1024");
	IS(r.step[0].removes, 1);
	IS(r.step[0].change_ownership, 1);
	IS(rig_type_of(&r, 1536), KM_UNMOVABLE);
	BLOCKS(9, KM_UNMOVABLE, "1536");
	IS(r.zone[0].boost, 0);
}

/* 260 of 512 free: __move_freepages_block(), then __rmqueue_smallest() with its event */
Test(split, a_pageblock_half_free_is_claimed)
{
	rig_free(&r, 1024, 8, KM_MOVABLE);
	rig_free(&r, 1300, 2, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1300);
	LOCKED("1300");
	FELL("1300");
	IS(r.step[1].change_ownership, 1);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(r.zone[0].boost, 512);
	IS(r.zone[0].boosted, 1);
}

/*
 * The largest cannot be claimed, 64 of 512: page_del_and_expand() of that very block. The one below
 * could be (all in use is alike), but is not looked at.
 */
Test(split, what_cannot_be_claimed_is_cut_from_the_largest)
{
	pageblock(1024, KM_RECLAIMABLE, 6, KM_RECLAIMABLE);
	pageblock(2048, KM_MOVABLE, 3, KM_UNMOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	LOCKED("");
	FELL("1024");
	IS(r.step[0].order2, 6);
	IS(r.step[0].removes, 1);
	IS(r.step[0].change_ownership, 0);
	IS(rig_type_of(&r, 1024), KM_RECLAIMABLE);
	IS(rig_type_of(&r, 2048), KM_MOVABLE);
	BLOCKS(0, KM_RECLAIMABLE, "1025");
	BLOCKS(5, KM_RECLAIMABLE, "1056");
	IS(r.zone[0].boost, 512);
}

/* can_steal false, start_migratetype MOVABLE, current_order > order: goto find_smallest */
Test(split, a_movable_request_that_may_not_claim_takes_the_smallest)
{
	pageblock(1024, KM_UNMOVABLE, 3, KM_MOVABLE);
	rig_type(&r, 2048, KM_UNMOVABLE);
	rig_free(&r, 2048, 1, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 2048);
	LOCKED("");
	BLOCKS(0, KM_UNMOVABLE, "2049");
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
	IS(r.zone[0].boost, 512); /* boost_watermark() stands before "if (!whole_block)" */
}

/* current_order == order: no search, do_steal with can_steal false */
Test(split, a_movable_request_of_just_that_order_takes_it)
{
	pageblock(1024, KM_UNMOVABLE, 3, KM_MOVABLE);
	IS(alloc(3, KM_MOVABLE), 1024);
	IS(r.step[0].order2, 3);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
}

/* is_migrate_highatomic(block_type): goto single_page, before the boost */
Test(split, of_a_reserved_pageblock_only_the_page_is_taken)
{
	rig_list(&r, 1024, 5, KM_RECLAIMABLE); /* left from before it was reserved */
	pageblock_of(&r.frames, pfn(1024))->mt = KM_HIGHATOMIC;
	struct buddy_plan plan;

	cr_assert(
		r.profile->buddy.fallback_ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.claims, 0);
	IS(plan.removes, 1);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	IS(r.zone[0].boost, 0);
	BLOCKS(4, KM_RECLAIMABLE, "1040");
	while (*rig_blocks(&r, 0, 0, KM_RECLAIMABLE) || r.buddy[0].nr_free[1] ||
	       r.buddy[0].nr_free[2] || r.buddy[0].nr_free[3] || r.buddy[0].nr_free[4])
		cr_assert_neq(alloc(0, KM_RECLAIMABLE), KM_NO_PFN);
}

/* prep_move_freepages_block() fails at the zone's edge: single_page */
Test(split, a_pageblock_across_the_zones_edge_is_not_claimed)
{
	rig_type(&r, 0, KM_UNMOVABLE);
	rig_free(&r, 256, 8, KM_UNMOVABLE);
	rig_free(&r, 128, 7, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 256); /* the largest, where since 6.12.29 it is the smallest */
	LOCKED("");
	IS(rig_type_of(&r, 256), KM_UNMOVABLE);
	BLOCKS(7, KM_UNMOVABLE, "384 128");
}

/* min_order = pageblock_order */
Test(split, without_leave_to_fragment_only_whole_pageblocks_serve)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_free(&r, 1024, 8, KM_MOVABLE);
	NONE(bulk(0, KM_UNMOVABLE, BUDDY_NOFRAGMENT, &b));
	rig_free(&r, 2048, 9, KM_MOVABLE);
	IS(bulk(0, KM_UNMOVABLE, BUDDY_NOFRAGMENT, &b), 2048);
	NONE(bulk(10, KM_UNMOVABLE, 0, &b));
}

/* __rmqueue() of 6.12.0 has no mode: each page of a refill looks at its own lists first */
Test(split, each_page_of_a_refill_begins_anew)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	pageblock(1024, KM_RECLAIMABLE, 1, KM_RECLAIMABLE);
	pageblock(2048, KM_RECLAIMABLE, 2, KM_RECLAIMABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 2048);
	IS(b.mode, BUDDY_OWN);
	rig_type(&r, 3072, KM_UNMOVABLE);
	rig_free(&r, 3072, 0, KM_UNMOVABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 3072);
	LOCKED("3072");
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 2050); /* order 1, at the head: {2050, 1024} */
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1024);
}

/* ALLOC_CMA: before the fallback, not less than half of what is free */
Test(split, cma_comes_before_the_fallback)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 0, KM_CMA);
	rig_type(&r, 2048, KM_UNMOVABLE);
	rig_free(&r, 2048, 3, KM_UNMOVABLE);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 1024);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 2048);
	NONE(bulk(0, KM_HIGHATOMIC, BUDDY_CMA, &b));
}

/* What is planned is what then happens. */
Test(split, plans_name_large_claims_and_then_the_block_found)
{
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;
	struct buddy_plan plan;

	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 3072, 10, KM_MOVABLE);
	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.head.nr, 3072);
	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 1, &plan));
	IS(plan.head.nr, 1024);
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 2, &plan), 0);
	IS(alloc(10, KM_UNMOVABLE), 3072);
	IS(alloc(9, KM_UNMOVABLE), 1024);
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan), 0);
	pageblock(2048, KM_RECLAIMABLE, 4, KM_RECLAIMABLE);
	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.head.nr, 2048);
	IS(plan.order, 4);
	IS(plan.removes, 1);
	IS(plan.claims, 0);
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, true, 0, &plan), 0);
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 1, &plan), 0);
	IS(alloc(0, KM_UNMOVABLE), 2048);
}

/* A recorded split boosts as the kernel's did; its page is removed by the event itself. */
Test(split, a_recorded_split_is_followed)
{
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;
	struct buddy_fell f = {
		.pfn = pfn(1024), .mt = KM_UNMOVABLE, .from_order = 6, .removes = true
	};

	pageblock(1024, KM_RECLAIMABLE, 6, KM_RECLAIMABLE);
	cr_assert(ops->follow(&r.buddy[0], &f));
	IS(r.zone[0].boost, 512);
	BLOCKS(6, KM_RECLAIMABLE, "1024");
	f = (struct buddy_fell){
		.pfn = pfn(1024), .mt = KM_UNMOVABLE, .from_order = 6, .change_ownership = true
	};
	cr_assert(ops->follow(&r.buddy[0], &f)); /* claimed: its own removal is to follow */
	BLOCKS(6, KM_UNMOVABLE, "1024");
	f.removes = true;
	f.from_order = 9;
	cr_assert(!ops->follow(&r.buddy[0], &f)); /* nothing of that order is free there */
}
