/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the scanners go and what ends a compaction, worked out by hand from mm/compaction.c
 * [6.1.192; 6.12.117 where said]. One zone of 4095 pages at pfn 1, pageblocks of 512.
 */
#include "tests/support/compact_rig.h"

TestSuite(scan, .init = begin, .fini = end);

#define ZONE (c.zone[0])
#define SKIP(nr) (pageblock_of(&r.frames, pfn(nr))->skip)

/* @n single free pages that cannot merge, from @nr on */
static void scatter(uint64_t nr, unsigned int n, unsigned int mt)
{
	for (; n; n--, nr += 2)
		rig_free(&r, nr, 0, mt);
}

static void movable(uint64_t nr, unsigned int n)
{
	for (; n; n--, nr += 2)
		rig_used(&r, nr, 0, KM_MOVABLE);
}

static struct pfn got;

static enum compact_result direct(uint32_t gfp, unsigned int order, enum compact_priority prio)
{
	const struct pages_request rq = { .gfp = gfp, .order = order };

	got = pfn(KM_NO_PFN);
	return compact_direct(&c, &rq, 1, PAGES_WMARK_MIN, prio, &got);
}

/* ---- the migrate scanner ---- */

/*
 * :2385 cc->rescan: last_migrated_pfn is 0 at first, so the zone's pageblock 0 counts as seen
 * before, and all of it is collected at once: the last of 40 pages goes first. Elsewhere a batch is
 * 32.
 */
Test(scan, first_pageblock_of_memory_is_collected_at_once)
{
	movable(2, 40);
	movable(1024, 40);
	scatter(3584, 120, KM_MOVABLE);
	compact_whole_zone(&c, 0, 0);
	IS(moves.n, 80);
	IS(moves.from[0], 2 + 39 * 2);
	IS(moves.from[40], 1024 + 31 * 2);
	IS(moves.from[72], 1024 + 39 * 2);
}

/* :1182 what gave nothing is skipped; :1929 isolation_suitable() */
Test(scan, pageblocks_that_gave_nothing_are_skipped)
{
	scatter(3584, 8, KM_MOVABLE);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_COMPLETE);
	IS(SKIP(1024), 1);
	IS(ZONE.blockskip_flush, 1); /* :2078 the scanners met for a request */
	movable(1024, 1);
	compact_defer_reset(&ZONE, 1, true);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_COMPLETE);
	IS(moves.n, 0);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_FULL), COMPACT_COMPLETE);
	IS(moves.n, 1); /* :2516 ignore_skip_hint */
}

/* :325 __reset_isolation_suitable(): "if (!zone->compact_blockskip_flush) return" */
Test(scan, skips_are_forgotten_when_kswapd_sleeps)
{
	SKIP(1024) = SKIP(1536) = 1;
	ZONE.migrate_pfn[0] = ZONE.migrate_pfn[1] = 1024;
	compact_kswapd_sleeps(&c, 0);
	IS(SKIP(1024), 1);
	ZONE.blockskip_flush = true;
	compact_kswapd_sleeps(&c, 0);
	IS(SKIP(1024) + SKIP(1536), 0);
	IS(ZONE.blockskip_flush, 0);
	IS(ZONE.migrate_pfn[0], 1);
	IS(ZONE.free_pfn, 3584);
}

/* :206 compaction_restarting(): the 64th try after most failures begins with a clean slate */
Test(scan, skips_are_forgotten_when_tried_again_after_most_failures)
{
	movable(1024, 1);
	scatter(3584, 8, KM_MOVABLE);
	for (unsigned int i = 0; i < 6; i++)
		compact_defer(&ZONE, 1);
	SKIP(1024) = 1;
	ZONE.blockskip_flush = true;
	for (unsigned int i = 0; i < 63; i++)
		IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_DEFERRED);
	IS(moves.n, 0);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_COMPLETE);
	IS(moves.n, 1);
	/* one failure less: 32 tries, of which none restarts */
	ZONE.defer_shift = 5;
	ZONE.considered = 40;
	cr_assert(!compact_restarting(&ZONE, 1));
	ZONE.order_failed = 1;
	ZONE.defer_shift = 6;
	ZONE.considered = 64;
	cr_assert(compact_restarting(&ZONE, 1));
	cr_assert(!compact_restarting(&ZONE, 0));
	ZONE.considered = 63;
	cr_assert(!compact_restarting(&ZONE, 1));
}

/*
 * :1250 suitable_migration_source(): an asynchronous request collects from pageblocks of its own
 * type. 512 is Movable's, 1024 Unmovable's; the other page of each pair is free.
 */
Test(scan, asynchronous_requests_keep_to_their_type)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	movable(512, 1);
	movable(1024, 1);
	rig_free(&r, 513, 0, KM_MOVABLE);
	rig_free(&r, 1025, 0, KM_UNMOVABLE);
	scatter(3584, 40, KM_MOVABLE);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	IS(moves.n, 1);
	IS(got.nr, 1024);
	rig_used(&r, 1024, 1, KM_UNMOVABLE);
}

/* … a movable one from Movable's and CMA's: is_migrate_movable() */
Test(scan, asynchronous_movable_requests_collect_from_cma)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_type(&r, 1536, KM_CMA);
	movable(1024, 1);
	movable(1536, 1);
	rig_free(&r, 1025, 0, KM_UNMOVABLE);
	rig_free(&r, 1537, 0, KM_CMA);
	scatter(3584, 40, KM_MOVABLE);
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	IS(moves.n, 1);
	IS(moves.from[0], 1536);
	SAYS(rig_blocks(&r, 0, 1, KM_CMA), "1536");
}

/* pages of the page cache move whatever they were asked for as */
Test(scan, cache_pages_move)
{
	rig_used(&r, 1024, 0, KM_RECLAIMABLE);
	frame_at(&r.frames, pfn(1024), 0)->lru = 1;
	rig_used(&r, 1026, 0, KM_RECLAIMABLE);
	scatter(3584, 8, KM_MOVABLE);
	direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT);
	IS(moves.n, 1);
	IS(moves.from[0], 1024);
}

/* ---- the free scanner ---- */

/* :1270 suitable_migration_target(): not another type's pageblock, unless SYNC_FULL; no free one */
Test(scan, targets_come_from_movable_pageblocks)
{
	rig_type(&r, 3584, KM_UNMOVABLE);
	scatter(3584, 8, KM_UNMOVABLE);
	rig_free(&r, 3072, 9, KM_MOVABLE);
	rig_type(&r, 2560, KM_CMA);
	scatter(2560, 8, KM_CMA);
	movable(512, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.to[0], 2560); /* is_migrate_movable(): CMA's, too */
	moves.n = 0;
	rig_type(&r, 2560, KM_RECLAIMABLE);
	movable(514, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.n, 0);
}

Test(scan, the_hardest_try_takes_targets_anywhere)
{
	rig_type(&r, 3584, KM_UNMOVABLE);
	scatter(3584, 40, KM_UNMOVABLE);
	movable(512, 1);
	direct(KM_GFP_HIGHUSER_MOVABLE, 2, COMPACT_PRIO_SYNC_LIGHT);
	IS(moves.n, 0);
	direct(KM_GFP_HIGHUSER_MOVABLE, 2, COMPACT_PRIO_SYNC_FULL);
	IS(moves.n, 1);
	IS(moves.to[0], 3584);
}

/*
 * [6.12.117] :1415 buddy_order_unsafe(page) >= cc->order: for a request of order 2 a pageblock that
 * begins with four free pages is spared; [6.1] it takes a whole pageblock.
 */
static uint64_t target_of(const struct kernel_profile *kernel)
{
	compact_release(&c);
	rig_close(&r);
	open_as(kernel);
	/* CMA's pages: 12 are above 0 + 8 for targets, none count for an unmovable request */
	rig_type(&r, 3584, KM_CMA);
	rig_type(&r, 3072, KM_CMA);
	rig_free(&r, 3584, 2, KM_CMA);
	scatter(3072, 8, KM_CMA);
	movable(512, 1);
	direct(KM_GFP_KERNEL, 2, COMPACT_PRIO_SYNC_LIGHT);
	IS(moves.n, 1);
	return moves.to[0];
}

Test(scan, a_free_block_of_the_order_wanted_is_spared_since_6_12)
{
	IS(target_of(&kernel_v6_1), 3587); /* the block's last page first */
	IS(target_of(&kernel_v6_12), 3072);
}

/*
 * :1656 isolate_freepages(): stride 1, doubled by a pageblock that gave nothing: of 3072 on, every
 * second page is looked at, so 3073 is missed and 3076 found.
 */
Test(scan, pageblocks_that_give_nothing_widen_the_stride)
{
	rig_free(&r, 3073, 0, KM_MOVABLE);
	rig_free(&r, 3076, 0, KM_MOVABLE);
	scatter(2560, 4, KM_MOVABLE);
	movable(512, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.n, 1);
	IS(moves.to[0], 3076);
}

/* … and one that gave something, but not enough, narrows it to 1 */
Test(scan, pageblocks_that_give_narrow_the_stride)
{
	rig_free(&r, 3076, 0, KM_MOVABLE); /* stride 2 */
	rig_free(&r, 2561, 0, KM_MOVABLE); /* stride 1 */
	scatter(2048, 4, KM_MOVABLE);
	movable(512, 2);
	compact_whole_zone(&c, 0, 0);
	IS(moves.n, 2);
	IS(moves.to[0], 2561); /* the last taken is used first */
	IS(moves.to[1], 3076);
}

/*
 * page_alloc.c:3654 __isolate_free_page(): the block must leave MIN + its size: 50 + 256 are not
 * below 256 + 40 free. The scanners have not met, so the request gives up for now: :2428
 * COMPACT_CONTENDED
 */
Test(scan, targets_leave_the_watermark_alone)
{
	r.zone[0].wmark[KM_WMARK_MIN] = 50;
	scatter(1024, 40, KM_UNMOVABLE);
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 3584, 8, KM_MOVABLE);
	movable(512, 1);
	IS(direct(KM_GFP_KERNEL, 9, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SKIPPED); /* too few */
	struct compact_run run = { .c = &c, .order = -1, .mode = COMPACT_SYNC };

	IS(compact_run(&run), COMPACT_CONTENDED);
	IS(moves.n, 0);
	SAYS(rig_blocks(&r, 0, 8, KM_MOVABLE), "3584");
	IS(ZONE.free_pfn, 3584);
}

/*
 * :2477 release_freepages(): a block of four was taken for one page; three come back, and the free
 * scanner begins there again.
 */
Test(scan, targets_left_over_come_back)
{
	rig_free(&r, 3584, 2, KM_MOVABLE);
	scatter(2048, 2, KM_MOVABLE); /* 6 free pages are more than 0 + 4 */
	movable(512, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.to[0], 3587);
	IS(r.zone[0].nr_free, 6); /* 3584 to 3586, 512, and those two */
	SAYS(rig_blocks(&r, 0, 1, KM_MOVABLE), "3584");
	IS(ZONE.free_pfn, 3584);
}

/* ---- what ends it ---- */

/* :2060 no target where the scanners meet: that is the end, and no failure of its own */
Test(scan, scanners_that_meet_without_a_target)
{
	scatter(512, 40, KM_MOVABLE);
	movable(3072, 1);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_COMPLETE);
	IS(moves.n, 0);
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_ASYNC), COMPACT_DEFERRED);
	compact_defer_reset(&ZONE, 1, true);
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_ASYNC), COMPACT_COMPLETE);
}

/*
 * :2083 begun in the middle, where the last one left off: PARTIAL_SKIPPED, deferred as COMPLETE is
 */
Test(scan, part_of_a_zone)
{
	scatter(3584, 8, KM_MOVABLE);
	ZONE.migrate_pfn[0] = ZONE.migrate_pfn[1] = 1024;
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_PARTIAL_SKIPPED);
	IS(ZONE.defer_shift, 1);
	IS(ZONE.migrate_pfn[1], 1);
}

/* :2315 a zone that is not suitable is neither compacted nor deferred */
Test(scan, unsuitable_zone_is_not_deferred)
{
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SKIPPED);
	IS(ZONE.defer_shift, 0);
	IS(c.node[0].counts.runs, 0);
}

/*
 * :2128 "MIGRATE_MOVABLE can fallback on MIGRATE_CMA": the block of four is of no use to the
 * watermark without ALLOC_CMA, but ends the compaction at the first pageblock's end.
 */
Test(scan, cma_blocks_end_it_for_movable_requests)
{
	rig_type(&r, 2048, KM_CMA);
	rig_free(&r, 2048, 2, KM_CMA);
	scatter(2056, 8, KM_CMA);
	movable(1024, 1);
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 2, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	IS(moves.n, 0); /* in pageblock 0 was nothing to move */
	/* from where that one ended, so not the whole zone */
	IS(direct(KM_GFP_KERNEL, 2, COMPACT_PRIO_SYNC_LIGHT), COMPACT_PARTIAL_SKIPPED);
	IS(moves.n, 1);
}

/*
 * :2137 find_suitable_fallback(only_stealable): a pair on Unmovable's lists is no success for a
 * movable request, order 1 being below 4; it is for a reclaimable one. CMA's pages alone are above
 * MIN.
 */
Test(scan, small_blocks_of_other_types_do_not_end_it_for_movable_requests)
{
	rig_type(&r, 2048, KM_CMA);
	scatter(2048, 20, KM_CMA);
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 1, KM_UNMOVABLE);
	r.zone[0].wmark[KM_WMARK_MIN] = 4; /* 2 - 1 > 4 is not; 22 > 4 + 4 */
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_COMPLETE);
	compact_defer_reset(&ZONE, 1, true);
	IS(direct(KM_GFP_KERNEL | KM_GFP_RECLAIMABLE, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
}

/*
 * :2245 fragmentation_index() -1000: a block of the size is free, so memory is not what is lacking
 */
Test(scan, costly_order_with_a_block_below_the_watermark)
{
	rig_type(&r, 2048, KM_CMA);
	rig_free(&r, 2048, 6, KM_CMA);
	IS(compact_suitable(&c, 0, 4, PAGES_WMARK_MIN, 1), COMPACT_CONTINUE);
	/*
	 * order 0 of a request that cannot be compacted for: no part of what is reclaimable counts
	 */
	r.zone[0].wmark[KM_WMARK_MIN] = 60;
	cr_assert(compact_zonelist_suitable(&c, &(struct pages_request){ .gfp = KM_GFP_KERNEL }, 1,
					    PAGES_WMARK_MIN));
	r.zone[0].wmark[KM_WMARK_MIN] = 62;
	cr_assert(!compact_zonelist_suitable(&c, &(struct pages_request){ .gfp = KM_GFP_KERNEL }, 1,
					     PAGES_WMARK_MIN));
}

/* page_alloc.c:623 [6.12.117]: a movable request keeps a small block of a Movable pageblock */
Test(scan, movable_requests_keep_the_block_they_made_since_6_12)
{
	compact_release(&c);
	rig_close(&r);
	open_as(&kernel_v6_12);
	movable(512, 1);
	rig_free(&r, 513, 0, KM_MOVABLE);
	scatter(3584, 8, KM_MOVABLE);
	IS(direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	IS(got.nr, 512);
	rig_used(&r, 512, 1, KM_MOVABLE);
}

/* include/linux/gfp.h:gfp_migratetype(): without grouping, all requests are Unmovable's */
Test(scan, without_grouping_all_requests_are_alike)
{
	r.buddy[0].no_mobility = true;
	for (uint64_t nr = 512; nr < 4096; nr += 512)
		rig_type(&r, nr, KM_UNMOVABLE);
	scatter(3584, 40, KM_UNMOVABLE);
	movable(512, 1);
	direct(KM_GFP_HIGHUSER_MOVABLE, 1, COMPACT_PRIO_ASYNC);
	IS(c.node[0].counts.runs, 1);
	IS(moves.n, 0); /* :1288 no pageblock is Movable: nowhere to move to */
}

/* :1621 isolation_suitable(): a pageblock that gave nothing is no target until it is forgotten */
Test(scan, targets_are_not_looked_for_again_where_none_were)
{
	SKIP(3584) = 1;
	scatter(3584, 8, KM_MOVABLE);
	scatter(3072, 8, KM_MOVABLE);
	movable(512, 1);
	direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT);
	IS(moves.to[0], 3072);
}

/*
 * :1420 [6.12.117] cc->order is -1 for compact_memory: pageblock_order then, so that a block of
 * four is no reason to spare its pageblock.
 */
Test(scan, compact_memory_spares_whole_pageblocks_only)
{
	compact_release(&c);
	rig_close(&r);
	open_as(&kernel_v6_12);
	rig_free(&r, 3584, 2, KM_MOVABLE);
	scatter(2048, 4, KM_MOVABLE);
	movable(512, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.to[0], 3584);
}

/* As the next request finds the free scanner after one whose only target was the last page. */
static uint64_t next_search(const struct kernel_profile *kernel)
{
	compact_release(&c);
	rig_close(&r);
	open_as(kernel);
	movable(512, 1);
	rig_free(&r, 513, 0, KM_MOVABLE);
	rig_free(&r, 4095, 0, KM_MOVABLE);
	scatter(2048, 8, KM_MOVABLE);
	IS(direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	IS(moves.to[0], 4095);
	IS(SKIP(3584), 1);
	return ZONE.free_pfn;
}

/*
 * :1790 [6.12.117] update_pageblock_skip(cc, page, block_start_pfn - pageblock_nr_pages); :1630
 * [6.1.192] … block_start_pfn
 */
Test(scan, the_next_search_begins_below_a_searched_pageblock_since_6_12)
{
	IS(next_search(&kernel_v6_1), 3584);
	IS(next_search(&kernel_v6_12), 3072);
}

/* :2568 [6.12.117] below the zone's first page, it begins at the zone's end again */
Test(scan, no_search_begins_below_the_zone)
{
	ZONE.free_pfn = 0;
	ZONE.migrate_pfn[0] = ZONE.migrate_pfn[1] = 512;
	movable(512, 1);
	scatter(3584, 8, KM_MOVABLE);
	direct(KM_GFP_KERNEL, 1, COMPACT_PRIO_SYNC_LIGHT);
	IS(moves.to[0], 3584);
}

/*
 * :1841 [6.12.117] compaction_alloc_noprof(): of the order-2 block 3584 and the page 3590 for five
 * pages, the smallest first; then 3584, whose halves 3586 and 3585 go to their orders' lists: 3585,
 * 3586, and of that 3587. [6.1.192] split_map_pages(): every page on one list, the last one first.
 */
Test(scan, targets_are_split_from_the_smallest_block_since_6_12)
{
	static const struct {
		const struct kernel_profile *kernel;
		uint64_t to[5];
	} want[] = { { &kernel_v6_1, { 3590, 3587, 3586, 3585, 3584 } },
		     { &kernel_v6_12, { 3590, 3584, 3585, 3586, 3587 } } };

	for (size_t k = 0; k < 2; k++) {
		compact_release(&c);
		rig_close(&r);
		open_as(want[k].kernel);
		movable(512, 5);
		rig_free(&r, 3584, 2, KM_MOVABLE);
		rig_free(&r, 3590, 0, KM_MOVABLE);
		scatter(2048, 8, KM_MOVABLE);
		compact_whole_zone(&c, 0, 0);
		IS(moves.n, 5);
		for (size_t i = 0; i < 5; i++)
			IS(moves.to[i], want[k].to[i]);
	}
}

/* What is on the free lists of order 4 after one page of a block of 32 was needed. */
static const char *left_of_32(const struct kernel_profile *kernel)
{
	compact_release(&c);
	rig_close(&r);
	open_as(kernel);
	r.pcp[0].high = r.pcp[0].high_max = 1000;
	r.pcp[0].batch = 63;
	rig_free(&r, 3584, 5, KM_MOVABLE);
	scatter(2048, 8, KM_MOVABLE);
	movable(512, 1);
	compact_whole_zone(&c, 0, 0);
	IS(moves.n, 1);
	IS(ZONE.free_pfn, 3584);
	return rig_blocks(&r, 0, 4, KM_MOVABLE);
}

/*
 * :100 [6.12.117] release_free_list(): 3600 to 3615 come back as the block they are, too large for
 * a per-CPU list; [6.1.192] release_freepages(): 31 single pages, which stay on one
 */
Test(scan, targets_left_over_come_back_as_blocks_since_6_12)
{
	SAYS(left_of_32(&kernel_v6_1), "");
	SAYS(left_of_32(&kernel_v6_12), "3600");
}

/*
 * page_alloc.c:2922 [6.12.117]: half a pageblock taken makes it Movable, and its other free blocks
 * go to that type's lists.
 */
Test(scan, taken_pageblocks_become_movable)
{
	compact_release(&c);
	rig_close(&r);
	open_as(&kernel_v6_12);
	rig_type(&r, 3584, KM_UNMOVABLE);
	rig_free(&r, 3584, 8, KM_UNMOVABLE);
	rig_free(&r, 3840, 1, KM_UNMOVABLE);
	compact_retype(&r.buddy[0], pfn(3584), 8);
	IS(rig_type_of(&r, 3584), KM_MOVABLE);
	SAYS(rig_blocks(&r, 0, 1, KM_MOVABLE), "3840");
}
