/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claiming, else stealing, against vectors worked out by hand from the kernel's source. One zone of
 * 4095 pages at pfn 1; pageblocks of 512 pages.
 */
#include "tests/support/fallback_rig.h"

static void begin(void)
{
	open_as(&kernel_v6_12);
}

TestSuite(claim, .init = begin, .fini = end);

static uint64_t alloc(unsigned int order, unsigned int mt)
{
	rig_forget_steps(&r);
	return buddy_alloc(&r.buddy[0], order, mt, BUDDY_KSWAPD).nr;
}

/*
 * Kernel: mm/page_alloc.c:1969 try_to_steal_block(): del, change_pageblock_range(), expand();
 * :2257 mm_page_alloc_extfrag alone [6.12.117]
 */
Test(claim, a_block_larger_than_a_pageblock_is_claimed_at_once)
{
	rig_free(&r, 1024, 10, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	LOCKED("");
	FELL("1024");
	IS(r.step[0].order2, 10);
	IS(r.step[0].mt2, KM_MOVABLE);
	IS(r.step[0].removes, 1);
	IS(r.step[0].change_ownership, 1);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(rig_type_of(&r, 1536), KM_UNMOVABLE);
	for (unsigned int order = 0; order < 9; order++)
		IS(r.buddy[0].list[order][KM_UNMOVABLE].count, 1);
	BLOCKS(0, KM_UNMOVABLE, "1025");
	BLOCKS(9, KM_UNMOVABLE, "1536");
	IS(r.zone[0].boost, 0);
	IS(alloc(0, KM_UNMOVABLE), 1025);
	LOCKED("1025");
}

/* Kernel: mm/page_alloc.c:1659 fallbacks[][]; largest order first [6.12.117] */
Test(claim, largest_first_then_each_types_own_order)
{
	rig_type(&r, 2048, KM_RECLAIMABLE);
	rig_free(&r, 2048, 9, KM_RECLAIMABLE);
	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 3072, 10, KM_MOVABLE);
	rig_type(&r, 512, KM_UNMOVABLE);
	rig_free(&r, 512, 8, KM_UNMOVABLE);
	IS(alloc(9, KM_UNMOVABLE), 3072);
	IS(r.step[0].pieces, 1);
	IS(alloc(9, KM_UNMOVABLE), 3584);
	LOCKED("3584");
	IS(alloc(9, KM_UNMOVABLE), 2048);
	IS(r.step[0].mt2, KM_RECLAIMABLE);
	IS(alloc(9, KM_UNMOVABLE), 1024);
	NONE(alloc(9, KM_UNMOVABLE));
}

/*
 * Kernel: mm/page_alloc.c:2012: free + alike >= half: 260 of 512; __move_freepages_block() to the
 * tails, ascending; __rmqueue_smallest() [6.12.117]
 */
Test(claim, a_pageblock_half_free_is_claimed_with_all_its_blocks)
{
	rig_free(&r, 1024, 8, KM_MOVABLE);
	rig_free(&r, 1300, 2, KM_MOVABLE);
	rig_free(&r, 2048, 2, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1300);
	LOCKED("1300");
	FELL("1300");
	IS(r.step[0].kind, STEP_ZONE_LOCKED);
	IS(r.step[1].order2, 8);
	IS(r.step[1].removes, 0);
	IS(r.step[1].change_ownership, 1);
	BLOCKS(8, KM_UNMOVABLE, "1024");
	BLOCKS(0, KM_UNMOVABLE, "1301");
	BLOCKS(1, KM_UNMOVABLE, "1302");
	BLOCKS(2, KM_MOVABLE, "2048");
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(r.zone[0].boost, 512);
	IS(r.zone[0].boosted, 1);
}

/* Kernel: mm/page_alloc.c:1999: in a movable pageblock whatever is not movable is alike */
Test(claim, kernel_pages_in_a_movable_pageblock_are_alike)
{
	pageblock(1024, KM_MOVABLE, 2, KM_UNMOVABLE);
	IS(alloc(0, KM_RECLAIMABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_RECLAIMABLE);
	LOCKED("1024");
}

/* Kernel: mm/page_alloc.c:2004: else nothing is: 4 free of 512 do not suffice [6.12.117] */
Test(claim, between_kernel_types_only_free_pages_count)
{
	pageblock(1024, KM_RECLAIMABLE, 2, KM_RECLAIMABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	LOCKED("");
	IS(r.step[0].removes, 1);
	IS(r.step[0].change_ownership, 0);
	IS(rig_type_of(&r, 1024), KM_RECLAIMABLE);
	BLOCKS(0, KM_RECLAIMABLE, "1025");
	BLOCKS(1, KM_RECLAIMABLE, "1026");
	IS(r.zone[0].boost, 512); /* the attempt calls for reclaim all the same */
}

/* Kernel: mm/page_alloc.c:1990: for movable requests movable pages are alike: 256 + 0 and less */
Test(claim, exactly_half_suffices)
{
	pageblock(1024, KM_UNMOVABLE, 8, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	IS(buddy_claims(&r.buddy[0], KM_MOVABLE, KM_UNMOVABLE, 255, 0), 0);
	IS(buddy_claims(&r.buddy[0], KM_MOVABLE, KM_UNMOVABLE, 200, 56), 1);
	IS(buddy_claims(&r.buddy[0], KM_UNMOVABLE, KM_MOVABLE, 4, 256), 1); /* 252 alike */
	IS(buddy_claims(&r.buddy[0], KM_UNMOVABLE, KM_MOVABLE, 4, 257), 0);
}

/* Kernel: mm/page_alloc.c:2243 __rmqueue_claim(): what fails is passed over for lower orders */
Test(claim, goes_on_below_what_cannot_be_claimed)
{
	pageblock(1024, KM_RECLAIMABLE, 6, KM_RECLAIMABLE);
	pageblock(2048, KM_MOVABLE, 3, KM_UNMOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 2048);
	IS(rig_type_of(&r, 1024), KM_RECLAIMABLE);
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
	IS(r.zone[0].boost, 512); /* twice a pageblock's worth, at most one here */
}

/* Kernel: mm/page_alloc.c:2248: can_steal_fallback() false ends the claims [6.12.117] */
Test(claim, movable_requests_do_not_claim_for_small_blocks)
{
	pageblock(1024, KM_UNMOVABLE, 3, KM_MOVABLE);
	rig_type(&r, 2048, KM_UNMOVABLE);
	rig_free(&r, 2048, 1, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 2048); /* stolen: the smallest */
	LOCKED("");
	IS(r.zone[0].boost, 0);
	BLOCKS(0, KM_UNMOVABLE, "2049");
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(buddy_can_steal(&r.buddy[0], 3, KM_MOVABLE), 0);
	IS(buddy_can_steal(&r.buddy[0], 4, KM_MOVABLE), 1);
}

/* Kernel: mm/page_alloc.c:2273 __rmqueue_steal(): from the order asked for upwards [6.12.117] */
Test(claim, steals_the_smallest_that_suffices)
{
	pageblock(1024, KM_RECLAIMABLE, 5, KM_RECLAIMABLE);
	pageblock(2048, KM_RECLAIMABLE, 3, KM_RECLAIMABLE);
	pageblock(3072, KM_RECLAIMABLE, 0, KM_RECLAIMABLE);
	IS(alloc(1, KM_UNMOVABLE), 2048);
	FELL("2048");
	IS(r.step[0].order, 1);
	IS(r.step[0].order2, 3);
	BLOCKS(1, KM_RECLAIMABLE, "2050");
	BLOCKS(2, KM_RECLAIMABLE, "2052");
	IS(alloc(2, KM_UNMOVABLE), 2052);
	IS(alloc(2, KM_UNMOVABLE), 1024);
	IS(alloc(0, KM_UNMOVABLE), 3072);
}

/* Kernel: mm/page_alloc.c:2237, :2357: ALLOC_NOFRAGMENT [6.12.117] */
Test(claim, without_leave_to_fragment_only_whole_pageblocks_serve)
{
	rig_free(&r, 1024, 8, KM_MOVABLE);
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	NONE(bulk(0, KM_UNMOVABLE, BUDDY_NOFRAGMENT, &b));
	rig_free(&r, 2048, 9, KM_MOVABLE);
	IS(bulk(0, KM_UNMOVABLE, BUDDY_NOFRAGMENT, &b), 2048);
	IS(r.zone[0].boost, 0);
}

/* Kernel: mm/page_alloc.c:1719 prep_move_freepages_block(): zone_spans_pfn() [6.12.117] */
Test(claim, a_pageblock_across_the_zones_edge_is_not_claimed)
{
	rig_type(&r, 0, KM_UNMOVABLE);
	rig_free(&r, 256, 8, KM_UNMOVABLE);
	rig_free(&r, 128, 7, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 128);
	LOCKED("");
	IS(r.step[0].order2, 7);
	IS(rig_type_of(&r, 256), KM_UNMOVABLE);
	IS(r.zone[0].boost, 512);
}

/* Kernel: mm/page_alloc.c:2330 __rmqueue(): enum rmqueue_mode [6.12.117] */
Test(claim, a_refill_that_steals_goes_on_stealing)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	pageblock(1024, KM_RECLAIMABLE, 1, KM_RECLAIMABLE);
	pageblock(2048, KM_RECLAIMABLE, 2, KM_RECLAIMABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1024);
	IS(b.mode, BUDDY_STEAL);
	rig_type(&r, 3072, KM_UNMOVABLE);
	rig_free(&r, 3072, 0, KM_UNMOVABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1025);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 2048);
	IS(r.step[0].order2, 2);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 2049);
	IS(r.step[0].order2, 0);
	IS(alloc(0, KM_UNMOVABLE), 3072); /* a request of its own begins anew */
}

Test(claim, a_claim_brings_the_refill_back_to_its_own_lists)
{
	struct buddy_bulk b = { .mode = BUDDY_CLAIM };

	rig_free(&r, 1024, 9, KM_MOVABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1024);
	IS(b.mode, BUDDY_OWN);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1025);
	LOCKED("1025");
}

Test(claim, a_refill_that_found_its_own_lists_empty_stays_with_cma)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 1, KM_CMA);
	rig_type(&r, 2048, KM_UNMOVABLE);
	rig_free(&r, 2048, 3, KM_UNMOVABLE); /* so that CMA is less than half */
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 1024);
	IS(b.mode, BUDDY_CMA_LISTS);
	rig_free(&r, 3072, 0, KM_MOVABLE);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 1025);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 2048);
	IS(b.mode, BUDDY_STEAL);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 2049);
	IS(alloc(0, KM_MOVABLE), 3072);
}

/* Kernel: mm/page_alloc.c:663 account_freepages(): told page by page, so the balance sees it */
Test(claim, pages_of_a_refill_count_at_once)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 2, KM_CMA);
	rig_free(&r, 2048, 2, KM_MOVABLE);
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 2048); /* 4 > 8 / 2: no */
	IS(bulk(0, KM_MOVABLE, BUDDY_CMA, &b), 1024); /* 4 > 7 / 2: yes */
	IS(b.uncounted_pages, 0);
}

Test(claim, special_types_neither_give_nor_take)
{
	static const unsigned int special[] = { KM_HIGHATOMIC, KM_CMA, KM_ISOLATE };

	for (unsigned int i = 0; i < 3; i++) {
		rig_type(&r, 1024 * (i + 1), special[i]);
		rig_free(&r, 1024 * (i + 1), 9, special[i]);
	}
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		NONE(alloc(0, mt));
}

/* What is planned is what then happens. */
Test(claim, plans_name_each_of_several_large_claims)
{
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;
	static const uint64_t want[] = { 3072, 2048, 1024 };
	struct buddy_plan plan;

	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	rig_free(&r, 3072, 10, KM_MOVABLE);
	BLOCKS(9, KM_MOVABLE, "2048 1024");
	for (unsigned int i = 0; i < 3; i++) {
		cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, i, &plan));
		IS(plan.head.nr, want[i]);
		IS(plan.removes, 1);
		IS(plan.claims, 1);
	}
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 3, &plan), 0);
}

/* Recorded fallbacks leave the lists as the model's own would. */
Test(claim, a_recorded_claim_is_followed)
{
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;
	struct buddy_fell f = { .pfn = pfn(1024),
				.mt = KM_UNMOVABLE,
				.from_order = 10,
				.from_type = KM_MOVABLE,
				.change_ownership = true,
				.removes = true };

	cr_assert(!ops->follow(&r.buddy[0], &f)); /* nothing is free there */
	rig_free(&r, 1024, 10, KM_MOVABLE);
	cr_assert(ops->follow(&r.buddy[0], &f));
	BLOCKS(10, KM_UNMOVABLE, "1024");
	IS(rig_type_of(&r, 1536), KM_UNMOVABLE);
	rig_free(&r, 2048, 3, KM_MOVABLE);
	f = (struct buddy_fell){
		.pfn = pfn(2050), .mt = KM_UNMOVABLE, .from_order = 8, .change_ownership = true
	};
	cr_assert(ops->follow(&r.buddy[0], &f));
	BLOCKS(3, KM_UNMOVABLE, "2048");
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
}

/* Kernel: mm/page_alloc.c:2018: nothing free or too little of it claims nothing [6.12.117] */
Test(claim, a_pageblock_without_free_pages_is_nobodys)
{
	IS(buddy_claims(&r.buddy[0], KM_UNMOVABLE, KM_MOVABLE, 0, 0), 0);
	r.buddy[0].no_mobility = true;
	IS(buddy_claims(&r.buddy[0], KM_UNMOVABLE, KM_RECLAIMABLE, 1, 0), 1);
	IS(buddy_claims(&r.buddy[0], KM_UNMOVABLE, KM_RECLAIMABLE, 0, 0), 0);
}

/* Kernel: mm/page_alloc.c:1900 boost_watermark() false: nobody is woken [6.12.117] */
Test(claim, an_attempt_without_boost_wakes_nobody)
{
	r.buddy[0].watermark_boost_factor = 0;
	rig_free(&r, 1024, 8, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(r.zone[0].boost, 0);
	IS(r.zone[0].boosted, 0);
}

/* … and boosted for who may not wake it, it is left to the next who may */
Test(claim, who_may_not_wake_kswapd_boosts_all_the_same)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_free(&r, 1024, 8, KM_MOVABLE);
	IS(bulk(0, KM_UNMOVABLE, 0, &b), 1024);
	IS(r.zone[0].boost, 512);
	IS(r.zone[0].boosted, 0);
}

/* Kernel: mm/page_alloc.c:1966: a block in a reserved pageblock is not claimed, nor boosted for */
Test(claim, a_reserved_pageblocks_block_is_only_stolen)
{
	rig_list(&r, 1024, 5, KM_RECLAIMABLE); /* from before it was reserved */
	pageblock_of(&r.frames, pfn(1024))->mt = KM_HIGHATOMIC;
	IS(alloc(5, KM_UNMOVABLE), 1024);
	IS(r.step[0].removes, 1);
	IS(r.zone[0].boost, 0);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
}

/* Kernel: mm/page_alloc.c:2303 __rmqueue(): fallbacks[] has no row for these types [6.12.117] */
Test(claim, requests_of_special_types_never_fall_back)
{
	struct buddy_bulk b = { .mode = BUDDY_OWN };

	rig_free(&r, 1024, 9, KM_MOVABLE);
	NONE(bulk(0, KM_HIGHATOMIC, 0, &b));
	NONE(bulk(0, KM_CMA, 0, &b));
	IS(b.mode, BUDDY_OWN);
}

/* What is planned below pageblock size: the first that can be claimed, else the smallest. */
Test(claim, plans_below_pageblock_size)
{
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;
	struct buddy_plan plan;

	pageblock(1024, KM_RECLAIMABLE, 6, KM_RECLAIMABLE); /* 64 of 512 */
	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.head.nr, 1024);
	IS(plan.claims, 0);
	IS(plan.removes, 1);
	IS(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, true, 0, &plan), 0);
	IS(ops->plan(&r.buddy[0], 7, KM_UNMOVABLE, false, 0, &plan), 0);
	/*
	 * for a movable request, order 3 of 8 is below 4: no claim is tried, the smallest is stolen
	 */
	pageblock(2048, KM_UNMOVABLE, 3, KM_MOVABLE);
	IS(alloc(6, KM_UNMOVABLE), 1024);
	cr_assert(ops->plan(&r.buddy[0], 1, KM_MOVABLE, false, 0, &plan));
	IS(plan.head.nr, 2048);
	IS(plan.claims, 0);
	/* for a reclaimable one the pageblock of 8 + (512 - 8 - 504) is not half alike */
	cr_assert(ops->plan(&r.buddy[0], 1, KM_RECLAIMABLE, false, 0, &plan));
	IS(plan.claims, 0);
	pageblock(3072, KM_MOVABLE, 2, KM_UNMOVABLE); /* 4 + 508 alike */
	cr_assert(ops->plan(&r.buddy[0], 0, KM_RECLAIMABLE, false, 0, &plan));
	IS(plan.head.nr, 3072);
	IS(plan.claims, 1);
	IS(plan.removes, 0);
	IS(ops->plan(&r.buddy[0], 0, KM_RECLAIMABLE, false, 1, &plan), 0);
}

/* change_ownership 0: the record says that the pageblocks kept their types */
Test(claim, a_recorded_claim_that_changed_nothing)
{
	struct buddy_fell f = {
		.pfn = pfn(1024), .mt = KM_UNMOVABLE, .from_order = 9, .removes = true
	};

	rig_free(&r, 1024, 9, KM_MOVABLE);
	cr_assert(r.profile->buddy.fallback_ops->follow(&r.buddy[0], &f));
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	BLOCKS(9, KM_MOVABLE, "1024");
	f.from_order = 5; /* a stolen page: its own removal is all there is to it */
	cr_assert(r.profile->buddy.fallback_ops->follow(&r.buddy[0], &f));
	BLOCKS(9, KM_MOVABLE, "1024");
}
