/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cma_alloc() and alloc_contig_range(), against vectors worked out by hand from mm/cma.c,
 * mm/page_isolation.c and mm/page_alloc.c. One zone of 8192 pages; the area is pfns 2048 to 4095,
 * free as two blocks of order 10, and Movable memory is free from pfn 4096 on.
 */
#include "tests/support/cma_rig.h"

TestSuite(cma_alloc, .init = begin, .fini = end);

static bool give(uint64_t at, uint64_t pages)
{
	const struct contig_env env = env_of();

	return cma_release(&area, &env, 0, pfn(at), pages);
}

/*
 * Kernel: mm/page_isolation.c:isolate_single_pageblock() cuts the block at 2560, its halves freed
 * to the heads; mm/page_alloc.c:9389 frees 2055 to 2559 one by one, ascending [6.1.192]
 */
Test(cma_alloc, what_is_too_much_comes_back)
{
	IS(take(7, 0), 2048);
	IS(got.tries, 1);
	IS(got.result, CONTIG_OK);
	IS(cma_used_pages(&area), 7);
	types_are(KM_CMA);
	BLOCKS(0, KM_CMA, "2055");
	BLOCKS(3, KM_CMA, "2056");
	BLOCKS(8, KM_CMA, "2304");
	BLOCKS(9, KM_CMA, "2560");
	BLOCKS(10, KM_CMA, "3072");
	IS(r.zone[0].nr_free_cma, 2041);
	IS(take(1, 0), 2055);
	BLOCKS(0, KM_CMA, "");
}

/*
 * Kernel: mm/compaction.c:1071 list_add(): the last collected is migrated first. The target is the
 * head of the zone's Movable list: CMA has not more than half of what is free.
 */
Test(cma_alloc, pages_in_use_move_the_last_first)
{
	borrow(2050, 0);
	borrow(2060, 0);
	borrow(2061, 0);
	IS(take(16, 0), 2048);
	IS(got.migrated_pages, 3);
	IS(nr_moves, 3);
	IS(move_from[0], 2061);
	IS(move_to[0], 4096);
	IS(move_from[1], 2060);
	IS(move_to[1], 4097);
	IS(move_from[2], 2050);
	IS(move_to[2], 4098);
	IS(frame_at(&r.frames, pfn(4097), 0)->state, FRAME_ALLOC);
	IS(frame_at(&r.frames, pfn(4097), 0)->mt, KM_MOVABLE);
	IS(r.zone[0].nr_free_cma, 2032);
	types_are(KM_CMA);
}

/* Kernel: mm/page_alloc.c:9231 migrate_pages(): 32 pages at a time; as many rounds as it takes */
Test(cma_alloc, more_than_one_batch_moves)
{
	for (uint64_t nr = 2048; nr < 2048 + 40; nr++)
		borrow(nr, 0);
	IS(take(64, 0), 2048);
	IS(got.migrated_pages, 40);
	IS(move_from[0], 2079); /* the first batch is 2048 to 2079 */
	IS(move_from[31], 2048);
	IS(move_from[32], 2087);
}

/*
 * Kernel: mm/cma.c:487 start = bitmap_no + mask + 1; test_pages_isolated() names the page
 * [6.1.192]
 */
Test(cma_alloc, busy_range_is_given_up_for_the_next_aligned)
{
	borrow(2050, 0);
	borrow(2052, 0);
	pinned[nr_pinned++] = 2050;
	IS(take(4, 3), 2056);
	IS(got.tries, 2);
	IS(got.busy.nr, 2050);
	IS(got.migrated_pages, 0);
	IS(cma_used_pages(&area), 4);
	types_are(KM_CMA);
	IS(take(4, 0), 2051); /* ranges from 2048, 2049 and 2050 on hold the page */
	IS(got.tries, 4);
}

/* What is not pinned has moved, though the range stayed busy. */
Test(cma_alloc, other_pages_of_a_busy_range_have_moved)
{
	borrow(2050, 0);
	borrow(2052, 0);
	pinned[nr_pinned++] = 2050;
	IS(take(8, 3), 2056);
	IS(got.migrated_pages, 1);
	IS(move_from[0], 2052);
	IS(got.last.migrated_pages, 0);
}

/*
 * A pinned page of the page cache is collected with its batch, of 32, and fails each time: the rest
 * of the batch moves, nothing behind it, and the range is busy by that page. Kernel:
 * mm/page_alloc.c:9222 __alloc_contig_migrate_range(): ++tries == 5 [6.1.192]
 */
Test(cma_alloc, a_pinned_page_of_a_file_ends_the_migration)
{
	for (uint64_t nr = 2048; nr < 2048 + 40; nr++)
		borrow(nr, 0);
	pinned[nr_pinned++] = 2050;
	IS(range(2048, 2112, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.failed_at, CONTIG_TEST);
	IS(report.busy.nr, 2050);
	IS(report.migrated_pages, 39); /* anonymous: passed by */
	again(&kernel_v6_12, 9, 0);
	for (uint64_t nr = 2048; nr < 2048 + 40; nr++)
		borrow(nr, 0);
	pinned[nr_pinned++] = file = 2050;
	IS(range(2048, 2112, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.failed_at, CONTIG_TEST);
	IS(report.busy.nr, 2050);
	IS(report.migrated_pages, 31);
	types_are(KM_CMA);
}

/* Kernel: mm/cma.c:cma_alloc(): past the last range the answer is that of the last try: -EBUSY */
Test(cma_alloc, every_range_busy)
{
	borrow(2500, 0);
	borrow(3500, 0);
	pinned[nr_pinned++] = 2500;
	pinned[nr_pinned++] = 3500;
	IS(take(1024, 10), -1);
	IS(got.tries, 2);
	IS(got.result, CONTIG_BUSY);
	IS(got.tried.nr, 3072);
	IS(got.busy.nr, 3500);
	IS(got.last.failed_at, CONTIG_TEST);
	IS(cma_used_pages(&area), 0);
	IS(r.zone[0].nr_free_cma, 2046);
	types_are(KM_CMA);
	IS(take(4096, 0), -1);
	IS(got.tries, 0);
	IS(got.result, CONTIG_NOMEM);
	IS(got.tried.nr, KM_NO_PFN);
}

/* Kernel: mm/page_alloc.c:9241: -ENOMEM of a migration ends it; mm/cma.c:479: and no other try */
Test(cma_alloc, nowhere_to_move_to)
{
	for (uint64_t nr = 4096; nr < 8192; nr += 1024) {
		IS(buddy_take(&r.buddy[0], pfn(nr), 10), KM_MOVABLE);
		rig_used(&r, nr, 10, KM_UNMOVABLE);
	}
	for (uint64_t nr = 2048; nr < 4096; nr += 512)
		borrow(nr, 9);
	IS(take(512, 9), -1); /* not for the huge page, nor for the pages it is split into */
	IS(got.tries, 1);
	IS(got.result, CONTIG_NOMEM);
	IS(got.busy.nr, KM_NO_PFN);
	IS(got.last.busy.nr, 2559);
	IS(got.last.failed_at, CONTIG_MIGRATE);
	IS(cma_used_pages(&area), 0);
	types_are(KM_CMA);
}

/*
 * Only single pages are free elsewhere. Kernel: mm/migrate.c:1679: the huge page is split
 * [6.1.192]; mm/huge_memory.c:__split_huge_page(): its last page comes first, its head at the end
 */
Test(cma_alloc, huge_page_is_split_where_none_is_free)
{
	for (uint64_t nr = 4096; nr < 8192; nr += 1024) {
		IS(buddy_take(&r.buddy[0], pfn(nr), 10), KM_MOVABLE);
		if (nr > 4096)
			rig_used(&r, nr, 10, KM_UNMOVABLE);
	}
	for (uint64_t nr = 4096; nr < 5120; nr += 2) {
		rig_used(&r, nr, 0, KM_UNMOVABLE);
		rig_free(&r, nr + 1, 0, KM_MOVABLE);
	}
	borrow(3072, 10);
	borrow(2560, 5);
	borrow(2555, 0);
	IS(take(1024, 10), 2048);
	IS(got.migrated_pages, 33);
	IS(nr_moves, 33);
	IS(move_from[0], 2555); /* the huge page, collected last, is split first */
	IS(move_from[1], 2591);
	IS(move_from[32], 2560);
	for (unsigned int i = 0; i < nr_moves; i++)
		IS(move_to[i] % 2, 1);
}

/* Kernel: mm/migrate.c:alloc_migration_target(): a huge page moves as one. */
Test(cma_alloc, huge_page_moves_whole)
{
	borrow(2560, 9);
	IS(take(1024, 9), 2048);
	IS(got.migrated_pages, 512);
	IS(nr_moves, 1);
	IS(move_to[0], 4096);
	IS(frame_at(&r.frames, pfn(4096), 9)->order, 9);
}

/* Kernel: mm/compaction.c:1000 get_page_unless_zero() of a tail page fails: the range is busy */
Test(cma_alloc, huge_page_that_began_before_stays)
{
	borrow(2048, 9);
	IS(range(2100, 2110, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.busy.nr, 2100);
	IS(report.failed_at, CONTIG_TEST);
	IS(report.migrated_pages, 0);
	types_are(KM_CMA);
}

/* Kernel: mm/vmscan.c:reclaim_clean_pages_from_list(): freed, not migrated [6.1.192] */
Test(cma_alloc, clean_cache_is_dropped)
{
	borrow(2050, 0);
	borrow(2051, 0);
	clean = 2051;
	IS(take(4, 0), 2048);
	IS(got.migrated_pages, 1);
	IS(got.reclaimed_pages, 1);
	IS(move_from[0], 2050);
}

/* A page nobody saw come was lent: only movable requests are given pages of an area. */
Test(cma_alloc, unknown_pages_move)
{
	IS(buddy_take(&r.buddy[0], pfn(2049), 0), KM_CMA);
	*frame_at(&r.frames, pfn(2049), 0) = (struct frame){ 0 };
	IS(take(4, 0), 2048);
	IS(move_from[0], 2049);
}

/* Kernel: mm/cma.c:76 cma_bitmap_pages_to_bits(), :556 cma_clear_bitmap() [6.1.192] */
Test(cma_alloc, bits_of_four_pages)
{
	again(&kernel_v6_1, 9, 2);
	IS(take(5, 0), 2048);
	IS(cma_used_pages(&area), 8);
	IS(take(1, 0), 2056);
	IS(take(3, 4), 2064);
	IS(give(2048, 5), true);
	IS(cma_used_pages(&area), 8);
	IS(take(8, 0), 2048);
}

/* Kernel: mm/cma.c:550 free_contig_range(), then the bits; any part of what was got [6.1.192] */
Test(cma_alloc, part_by_part)
{
	IS(take(100, 0), 2048);
	IS(give(2048, 101), false);
	IS(give(2060, 10), true);
	IS(cma_used_pages(&area), 90);
	IS(give(2060, 1), false);
	IS(give(2000, 1), false);
	IS(give(2147, 2), false);
	IS(take(10, 0), 2060);
	IS(give(2048, 1), true);
	IS(give(2049, 99), true);
	IS(cma_used_pages(&area), 0);
	pages_drain_zone(&r.pages, 0);
	IS(r.zone[0].nr_free_cma, 2048);
}

/* Each step fails once; nothing of it is left. Kernel: mm/page_alloc.c:9434 done: */
Test(cma_alloc, undone_at_every_step)
{
	static const struct {
		enum contig_step step;
		uint64_t at;
	} at[] = {
		{ CONTIG_ISOLATE, 2048 }, /* the first pageblock */
		{ CONTIG_ISOLATE, 3584 }, /* the last */
		{ CONTIG_ISOLATE, 3072 }, /* one between, the others isolated */
		{ CONTIG_MIGRATE, 2048 }, { CONTIG_TEST, 2048 }, { CONTIG_TAKE, 2048 },
	};

	for (unsigned int i = 0; i < 6; i++) {
		again(i % 2 ? &kernel_v6_12 : &kernel_v6_1, 9, 0);
		disturbed_step = at[i].step;
		disturbed_at = at[i].at;
		enum contig_result want = at[i].step == CONTIG_MIGRATE ? CONTIG_OK : CONTIG_BUSY;

		IS(range(2048, 4096, KM_CMA, KM_GFP_KERNEL), want);
		IS(report.failed_at, want == CONTIG_OK ? CONTIG_DONE : at[i].step);
		types_are(KM_CMA);
		IS(r.zone[0].nr_free, want == CONTIG_OK ? 4096 : 6144);
	}
}

/*
 * Kernel: mm/page_isolation.c:165: a pageblock that is isolated already; :38 has_unmovable_pages()
 */
Test(cma_alloc, what_cannot_be_isolated)
{
	IS(range(4096, 4100, KM_CMA, KM_GFP_KERNEL), CONTIG_OK); /* nothing but movable pages */
	IS(range(2048, 2050, KM_MOVABLE, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.busy.nr, 2048);
	IS(range(1024, 1025, KM_MOVABLE, KM_GFP_KERNEL), CONTIG_BUSY); /* reserved */
	IS(report.busy.nr, 1024);
	IS(buddy_take(&r.buddy[0], pfn(5200), 0), KM_MOVABLE);
	rig_used(&r, 5200, 0, KM_UNMOVABLE);
	IS(range(5120, 5130, KM_MOVABLE, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.busy.nr, 5200);
	IS(report.failed_at, CONTIG_ISOLATE);
	IS(rig_type_of(&r, 5120), KM_MOVABLE);
	IS(range(6144, 6200, KM_MOVABLE, KM_GFP_KERNEL), CONTIG_OK);
	rig_type(&r, 2048, KM_ISOLATE);
	pageblock_of(&r.frames, pfn(2048))->isolated_mt = KM_CMA;
	r.zone[0].nr_isolated++;
	buddy_move_block(&r.buddy[0], pfn(2048), KM_ISOLATE, NULL);
	IS(range(2100, 2101, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	types_are(KM_CMA); /* the way out undoes the other's isolation, too */
}

/* Kernel: mm/page_isolation.c:397 a block in use across the edge: migrated [6.1], refused [6.12] */
Test(cma_alloc, block_in_use_across_the_edge)
{
	again(&kernel_v6_1, 9, 0);
	borrow(2048, 10);
	IS(range(2560, 2570, KM_CMA, KM_GFP_KERNEL), CONTIG_OK);
	IS(report.migrated_pages, 1024);
	IS(move_to[0], 4096);
	BLOCKS(9, KM_CMA, "2048");
	types_are(KM_CMA);
	again(&kernel_v6_1, 9, 0);
	borrow(2048, 10);
	pinned[nr_pinned++] = 2048;
	IS(range(2048, 2050, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.busy.nr, 2048);
	types_are(KM_CMA);
	again(&kernel_v6_12, 9, 0);
	borrow(2048, 10);
	IS(range(2048, 2050, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.failed_at, CONTIG_ISOLATE);
	types_are(KM_CMA);
}

/*
 * Kernel: mm/page_alloc.c:move_freepages_block_isolate() cuts the block of order 10 into
 * pageblocks, find_large_buddy(), split_free_pages() [6.12.117]
 */
Test(cma_alloc, as_of_6_12)
{
	again(&kernel_v6_12, 9, 0);
	borrow(2050, 0);
	IS(take(8, 0), 2048);
	IS(move_from[0], 2050);
	IS(move_to[0], 4096);
	BLOCKS(3, KM_CMA, "2056");
	BLOCKS(9, KM_CMA, "2560");
	BLOCKS(10, KM_CMA, "3072");
	types_are(KM_CMA);
	IS(give(2048, 8), true);
	IS(cma_used_pages(&area), 0);
}

/* Kernel: mm/page_alloc.c:__alloc_contig_verify_gfp_mask() [6.12.117] */
Test(cma_alloc, flags_that_6_12_refuses)
{
	again(&kernel_v6_12, 9, 0);
	IS(range(2048, 2050, KM_CMA, KM_GFP_KERNEL | KM_GFP_NOFAIL), CONTIG_INVALID);
	IS(range(2048, 2050, KM_CMA, KM_GFP_KERNEL | KM_GFP_NORETRY), CONTIG_INVALID);
	IS(range(2048, 2050, KM_CMA, KM_GFP_HIGHUSER_MOVABLE | KM_GFP_NOWARN), CONTIG_OK);
	again(&kernel_v6_1, 9, 0);
	IS(range(2048, 2050, KM_CMA, KM_GFP_KERNEL | KM_GFP_NOFAIL), CONTIG_OK);
}

/* A page that is given back while others are moved needs no new place. */
Test(cma_alloc, page_gone_before_it_is_moved)
{
	borrow(2050, 0);
	borrow(2051, 0);
	leaves_at_move = 2050;
	IS(take(8, 0), 2048);
	IS(got.migrated_pages, 1);
	IS(move_from[0], 2051);
	types_are(KM_CMA);
}

Test(cma_alloc, no_kernel_before_3_5_has_it)
{
	cr_assert(!kernel_v2_6_34.cma.present);
	cr_assert(kernel_v3_5.cma.present && kernel_v6_1.cma.present && kernel_v6_12.cma.present);
}

/* Kernel: mm/cma.c:120 cma_activate_area(): pageblock by pageblock [6.1.192] */
Test(cma_alloc, activation)
{
	struct cma_area other;

	IS(cma_area_init(&other, "other", pfn(1024), 1024, 0), 0);
	IS(cma_activate(&other, &r.pages, &r.profile->cma, 0), true);
	IS(rig_type_of(&r, 1024), KM_CMA);
	IS(rig_type_of(&r, 1536), KM_CMA);
	IS(other.active, true);
	pages_drain_zone(&r.pages, 0);
	IS(r.zone[0].nr_free_cma, 3072);
	cma_area_release(&other);
	IS(cma_area_init(&other, "beyond", pfn(512), 8192, 0), 0);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){
			     .cma = true,
			     .zone = { { "DMA32", 0, 512, 4096 }, { "Normal", 1, 4096, 8704 } } });
	IS(cma_activate(&other, &r.pages, &r.profile->cma, 0), false);
	IS(other.pages, 0);
	pages_drain_all(&r.pages, 0);
	IS(r.zone[0].nr_free + r.zone[1].nr_free, 8192);
	IS(r.zone[0].nr_free_cma + r.zone[1].nr_free_cma, 0);
	cma_area_release(&other);
}
