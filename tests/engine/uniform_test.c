/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free lists that always hold blocks of their own type, against vectors worked out by hand from the
 * kernel's source. One zone of 65535 pages at pfn 1; pageblocks of 512 pages.
 */
#include "tests/support/says.h"

static struct rig r;

static const struct rig_shape shape = {
	.profile = &kernel_v6_12,
	.cma = true,
	.zone = { { "DMA32", 0, 1, 65536 } },
};

static void open_one(void)
{
	rig_open(&r, &shape);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(uniform, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define RESERVED r.zone[0].nr_reserved_highatomic

/* Kernel: mm/page_alloc.c:875: set_pageblock_migratetype(buddy, migratetype) [6.12.117] */
Test(uniform, merging_pageblocks_makes_them_one_type)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 9, KM_UNMOVABLE);
	rig_free(&r, 1536, 9, KM_MOVABLE);
	BLOCKS(10, KM_MOVABLE, "1024");
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
}

Test(uniform, special_pageblocks_stay_apart)
{
	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 9, KM_CMA);
	rig_free(&r, 1536, 9, KM_MOVABLE);
	BLOCKS(9, KM_CMA, "1024");
	BLOCKS(9, KM_MOVABLE, "1536");
	IS(r.zone[0].nr_free_cma, 512);
}

/* Kernel: mm/page_alloc.c:1272 split_large_buddy() [6.12.117] */
Test(uniform, large_blocks_are_freed_by_pageblocks)
{
	rig_type(&r, 1024, KM_CMA);
	cr_assert_eq(buddy_free(&r.buddy[0], pfn(1024), 10, KM_MOVABLE, 0), 0);
	BLOCKS(9, KM_CMA, "1024");
	BLOCKS(9, KM_MOVABLE, "1536");
	cr_assert_eq(buddy_free(&r.buddy[0], pfn(2048), 10, KM_UNMOVABLE, 0), 0);
	BLOCKS(10, KM_MOVABLE, "2048"); /* the pageblocks say, not the caller */
	IS(r.zone[0].nr_free, 2048);
}

/* Kernel: mm/page_alloc.c:1824 move_freepages_block_isolate() [6.12.117] */
Test(uniform, a_pageblock_is_cut_out_of_a_larger_block)
{
	rig_free(&r, 1024, 10, KM_MOVABLE);
	IS(buddy_retype(&r.buddy[0], pfn(1600), KM_ISOLATE), 1);
	BLOCKS(9, KM_MOVABLE, "1024");
	BLOCKS(9, KM_ISOLATE, "1536");
	IS(r.zone[0].nr_free, 512);
	IS(buddy_retype(&r.buddy[0], pfn(1024), KM_ISOLATE), 1);
	BLOCKS(9, KM_ISOLATE, "1536 1024");
	IS(r.zone[0].nr_free, 0);
	rig_free(&r, 2048, 10, KM_MOVABLE);
	IS(buddy_retype(&r.buddy[0], pfn(2048), KM_CMA), 1); /* the first of two */
	BLOCKS(9, KM_CMA, "2048");
	BLOCKS(9, KM_MOVABLE, "2560");
}

Test(uniform, small_blocks_go_along_ascending_to_the_tails)
{
	rig_type(&r, 2048, KM_RECLAIMABLE);
	rig_free(&r, 2048, 0, KM_RECLAIMABLE);
	rig_free(&r, 1030, 0, KM_MOVABLE);
	rig_free(&r, 1025, 0, KM_MOVABLE);
	IS(buddy_retype(&r.buddy[0], pfn(1200), KM_RECLAIMABLE), 1);
	BLOCKS(0, KM_RECLAIMABLE, "2048 1025 1030");
	IS(rig_type_of(&r, 1024), KM_RECLAIMABLE);
	IS(buddy_retype(&r.buddy[0], pfn(3), KM_MOVABLE), 0); /* begins before the zone */
	IS(rig_type_of(&r, 3), KM_UNMOVABLE);
}

/*
 * Kernel: mm/page_isolation.c:146 set_migratetype_isolate(), :205 unset_migratetype_isolate():
 * the second of two freed pageblocks is pulled and put back at the tail [6.12.117]
 */
Test(uniform, isolation_and_undo_restore_the_block)
{
	struct contig c = { 0 };

	rig_free(&r, 1024, 10, KM_MOVABLE);
	rig_free(&r, 4096, 10, KM_MOVABLE);
	BLOCKS(10, KM_MOVABLE, "4096 1024");
	IS(rig_isolate(&r, &c, 1030, 1031), true);
	BLOCKS(9, KM_ISOLATE, "1024");
	BLOCKS(9, KM_MOVABLE, "1536");
	IS(r.zone[0].nr_isolated, 1);
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_MOVABLE, "4096 1024");
	IS(r.zone[0].nr_isolated, 0);
	IS(rig_isolate(&r, &c, 1024, 2048), true);
	BLOCKS(9, KM_ISOLATE, "1024 1536"); /* lists change, nothing merges */
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_MOVABLE, "4096 1024");
	IS(r.zone[0].nr_free, 2048);
}

/* Kernel: mm/page_alloc.c:2066 reserve_highatomic_pageblock() [6.12.117] */
Test(uniform, reserves_are_whole_pageblocks)
{
	r.zone[0].managed = 51199;
	buddy_reserve_highatomic(&r.buddy[0], pfn(1024), 1);
	IS(RESERVED, 0); /* 511 pages are less than a pageblock */
	r.zone[0].managed = 51300;
	for (uint64_t nr = 1024; nr < 4096; nr += 512)
		buddy_reserve_highatomic(&r.buddy[0], pfn(nr), 1);
	IS(RESERVED, 1024); /* 513 rounded up */
	IS(rig_type_of(&r, 1536), KM_HIGHATOMIC);
	IS(rig_type_of(&r, 2048), KM_MOVABLE);
	RESERVED = 0;
	buddy_reserve_highatomic(&r.buddy[0], pfn(3), 1);
	IS(RESERVED, 0); /* its pageblock begins before the zone */
}

Test(uniform, a_large_atomic_block_reserves_all_it_covers)
{
	r.zone[0].managed = 200000;
	buddy_reserve_highatomic(&r.buddy[0], pfn(2048), 10);
	IS(RESERVED, 1024);
	IS(rig_type_of(&r, 2560), KM_HIGHATOMIC);
}

/* Kernel: mm/page_alloc.c:3190: nr_free_highatomic [6.12.117] */
Test(uniform, only_free_reserved_pages_are_out_of_reach)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 3, KM_HIGHATOMIC);
	rig_free(&r, 2048, 4, KM_MOVABLE);
	RESERVED = 512;
	IS(r.zone[0].nr_free_highatomic, 8);
	IS(pages_watermark_ok(&r.pages, 0, 0, 15, 0, 0, 24), 1);
	IS(pages_watermark_ok(&r.pages, 0, 0, 16, 0, 0, 24), 0);
	IS(pages_watermark_ok(&r.pages, 0, 0, 23, 0, PAGES_HIGHATOMIC, 24), 1);
	IS(buddy_pop(&r.buddy[0], 0, KM_HIGHATOMIC).nr, 1024);
	IS(r.zone[0].nr_free_highatomic, 7);
}

/* Kernel: mm/page_alloc.c:2118 unreserve_highatomic_pageblock() [6.12.117] */
Test(uniform, reserves_are_given_back)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_type(&r, 1536, KM_HIGHATOMIC);
	rig_free(&r, 1024, 10, KM_HIGHATOMIC);
	RESERVED = 1024 + 512;
	rig_type(&r, 4096, KM_HIGHATOMIC);
	rig_free(&r, 4100, 2, KM_HIGHATOMIC);
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_RECLAIMABLE, false), 4);
	IS(RESERVED, 1024);
	IS(rig_type_of(&r, 4096), KM_RECLAIMABLE);
	BLOCKS(2, KM_RECLAIMABLE, "4100");
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, false), 1024);
	IS(RESERVED, 0);
	BLOCKS(10, KM_MOVABLE, "1024");
	IS(rig_type_of(&r, 1536), KM_MOVABLE);
	IS(r.zone[0].nr_free_highatomic, 0);
}

/* Kernel: mm/page_alloc.c:3486: ZONE_BELOW_HIGH [6.12.117] */
Test(uniform, a_zone_found_below_high_is_marked)
{
	const struct pages_request rq = { .gfp = KM_GFP_KERNEL };

	r.pages.normal = 0;
	r.pages.dma32 = -1;
	rig_free(&r, 1024, 6, KM_UNMOVABLE);
	r.zone[0].wmark[KM_WMARK_HIGH] = 63;
	IS(pages_first_zone(&r.pages, &rq), 0);
	IS(r.zone[0].below_high, 0);
	r.zone[0].wmark[KM_WMARK_HIGH] = 64;
	IS(pages_first_zone(&r.pages, &rq), 0);
	IS(r.zone[0].below_high, 1);
}

/*
 * … but for order 0 of a __GFP_HIGH request at its own watermark, MIN, of a boosted zone: :3324
 * asks the caller's flags, and with MIN unboosted, half of 40, 64 pages do. HIGH is 80 + 30.
 */
Test(uniform, the_reserves_order_0_of_a_boosted_zone_does_not_mark_it)
{
	r.pages.normal = 0;
	r.pages.dma32 = -1;
	rig_free(&r, 1024, 6, KM_UNMOVABLE);
	r.zone[0].wmark[KM_WMARK_MIN] = 40;
	r.zone[0].wmark[KM_WMARK_HIGH] = 80;
	r.zone[0].boost = 30;
	const struct pages_request rq = { .gfp = KM_GFP_KERNEL | KM_GFP_HIGH };
	struct pfn got = pages_from_freelist(&r.pages, &rq, PAGES_WMARK_MIN | PAGES_MIN_RESERVE);

	IS(got.nr != KM_NO_PFN, 1);
	IS(r.zone[0].below_high, 0);
	IS(pages_free(&r.pages, 0, got, 0, 0), 0);
	got = pages_from_freelist(&r.pages, &rq, PAGES_WMARK_HIGH); /* not there: 80 + 30 */
	IS(got.nr, KM_NO_PFN);
	IS(r.zone[0].below_high, 1);
}
