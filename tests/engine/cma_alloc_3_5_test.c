/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous allocations as 3.5 made them, against vectors worked out by hand from its
 * drivers/base/dma-contiguous.c and mm/page_alloc.c.
 */
#include "tests/support/cma_rig.h"

TestSuite(cma_alloc_3_5, .init = begin, .fini = end);

/* Kernel: mm/compaction.c:isolate_migratepages_range() [3.5] passes huge pages by */
Test(cma_alloc_3_5, huge_page_stays_3_5)
{
	again(&kernel_v3_5, 9, 0);
	borrow(2048, 9);
	IS(take(512, 8), 2560);
	IS(got.migrated_pages, 0);
	IS(got.busy.nr, 2304); /* of the second range */
}

/*
 * Worked out by hand from 3.5's mm/page_alloc.c:alloc_contig_range(): isolation reaches to the
 * largest blocks, so both pageblocks of the block of order 10 are isolated, it is taken whole, and
 * the rest comes back to the heads, merging across pageblocks.
 */
Test(cma_alloc_3_5, as_of_3_5)
{
	again(&kernel_v3_5, 9, 0);
	borrow(2050, 0);
	IS(take(8, 0), 2048);
	IS(nr_reclaimed, 8);
	IS(got.migrated_pages, 1);
	BLOCKS(3, KM_CMA, "2056");
	BLOCKS(9, KM_CMA, "2560");
	BLOCKS(10, KM_CMA, "3072");
	types_are(KM_CMA);
}

/* drivers/base/dma-contiguous.c:dma_alloc_from_contiguous() [3.5]: CONFIG_CMA_ALIGNMENT is 8 */
Test(cma_alloc_3_5, alignment_of_3_5_ends_at_256_pages)
{
	again(&kernel_v3_5, 9, 0);
	IS(take(1, 0), 2048);
	IS(take(1, 10), 2304);
	again(&kernel_v6_1, 9, 0);
	IS(take(1, 0), 2048);
	IS(take(1, 10), 3072);
}

/* …and is counted from the area's first page. */
Test(cma_alloc_3_5, alignment_of_3_5_is_the_areas)
{
	again(&kernel_v3_5, 9, 0);
	cma_area_release(&area);
	IS(cma_area_init(&area, "odd", pfn(2050), 64, 0), 0);
	area.aligns_bits = true;
	IS(take(1, 4), 2050);
	area.aligns_bits = false;
	IS(take(1, 4), 2064);
}

/* 3.5 stops at the page that does not move: what follows it is not migrated. */
Test(cma_alloc_3_5, busy_page_ends_the_migration_of_3_5)
{
	again(&kernel_v3_5, 9, 0);
	borrow(2050, 0);
	pinned[nr_pinned++] = 2050;
	IS(range(2048, 2100, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.failed_at, CONTIG_MIGRATE);
	IS(report.busy.nr, 2050);
	types_are(KM_CMA);
}

/*
 * What is reclaimed before the pages are taken merges with them: the block at the range's beginning
 * is none any more, and isolate_freepages_range() isolates nothing.
 * Kernel: mm/page_alloc.c:alloc_contig_range() [3.5]
 */
Test(cma_alloc_3_5, reclaim_of_3_5_merges_what_it_was_to_take)
{
	again(&kernel_v3_5, 9, 0);
	borrow(2056, 0);
	leaves_at_reclaim = 2056;
	IS(range(2064, 2072, KM_CMA, KM_GFP_KERNEL), CONTIG_BUSY);
	IS(report.failed_at, CONTIG_TAKE);
	IS(report.busy.nr, 2064);
	BLOCKS(10, KM_CMA, "2048 3072");
	types_are(KM_CMA);
}

/*
 * cma_activate_area() [3.5] leaves at the first pageblock that is not all of the first zone; those
 * before it are CMA's, and the others nobody's for ever.
 */
Test(cma_alloc_3_5, activation_ends_at_the_boundary)
{
	struct cma_area other;

	rig_close(&r);
	rig_open(&r, &(struct rig_shape){
			     .cma = true,
			     .profile = &kernel_v3_5,
			     .zone = { { "DMA32", 0, 512, 4096 }, { "Normal", 1, 4096, 8704 } } });
	IS(cma_area_init(&other, "beyond", pfn(3072), 4096, 0), 0);
	IS(cma_activate(&other, &r.pages, &r.profile->cma, 0), false);
	IS(other.pages, 0);
	pages_drain_all(&r.pages, 0);
	IS(r.zone[0].nr_free_cma, 1024);
	IS(r.zone[0].nr_free + r.zone[1].nr_free, 1024);
	cma_area_release(&other);
}
