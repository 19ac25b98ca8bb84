/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests, zones and reserves against vectors worked out by hand from the kernel's source. */
#include "tests/support/two_zones.h"

TestSuite(pages, .init = open_two, .fini = end);

#define BLOCKS(zone, order, mt, want) SAYS(rig_blocks(&r, zone, order, mt), want)

/* Kernel: include/linux/gfp.h:gfp_migratetype() [6.1.192] */
Test(pages, type_of_a_request)
{
	IS(pages_migratetype(0), KM_UNMOVABLE);
	IS(pages_migratetype(KM_GFP_KERNEL), KM_UNMOVABLE);
	IS(pages_migratetype(KM_GFP_KERNEL | KM_GFP_RECLAIMABLE), KM_RECLAIMABLE);
	IS(pages_migratetype(KM_GFP_HIGHUSER_MOVABLE), KM_MOVABLE);
	IS(pages_migratetype(KM_GFP_MOVABLE | KM_GFP_DMA), KM_MOVABLE);
	IS(pages_migratetype(KM_GFP_MOVABLE | KM_GFP_RECLAIMABLE), KM_MOVABLE);
}

/* Kernel: include/linux/gfp.h:101 GFP_ZONE_TABLE [6.1.192] */
Test(pages, highest_zone_of_a_request)
{
	const uint32_t dma = KM_GFP_DMA, high = KM_GFP_HIGHMEM, dma32 = KM_GFP_DMA32,
		       mov = KM_GFP_MOVABLE;
	const struct {
		uint32_t gfp;
		unsigned int with, without;
	} table[] = {
		{ 0, 2, 1 },
		{ dma, 0, 1 },
		{ high, 2, 1 },
		{ dma32, 1, 0 },
		{ mov, 2, 1 },
		{ mov | dma, 0, 1 },
		{ mov | high, 3, 2 },
		{ mov | dma32, 1, 0 },
		{ KM_GFP_KERNEL, 2, 1 },
		{ KM_GFP_HIGHUSER_MOVABLE, 3, 2 },
	};
	static const struct rig_shape dma_too = {
		.zone_dma = true,
		.zone = { { "DMA", 0, 1, 4096 },
			  { "DMA32", 1, 4096, 8192 },
			  { "Normal", 2, 8192, 12288 } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		IS(pages_zone_class(&r.pages, table[i].gfp), table[i].without);
	reopen(&dma_too);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		IS(pages_zone_class(&r.pages, table[i].gfp), table[i].with);
}

static unsigned int fast_flags(uint32_t gfp)
{
	return pages_fast_flags(&r.pages, &(struct pages_request){ .gfp = gfp });
}

static unsigned int slow_flags(uint32_t gfp, unsigned int order)
{
	return pages_slow_flags(&r.pages, &(struct pages_request){ .gfp = gfp, .order = order });
}

/*
 * Kernel: mm/page_alloc.c:4193 alloc_flags_nofragment(), :4226 gfp_to_alloc_flags_cma() [6.1.192]
 */
Test(pages, flags_of_the_fast_path)
{
	IS(fast_flags(0), PAGES_NOFRAGMENT);
	IS(fast_flags(KM_GFP_KERNEL), PAGES_NOFRAGMENT | PAGES_KSWAPD);
	IS(fast_flags(KM_GFP_KERNEL | KM_GFP_DMA32), PAGES_KSWAPD);
	IS(fast_flags(KM_GFP_HIGHUSER_MOVABLE), PAGES_NOFRAGMENT | PAGES_KSWAPD);
	r.pages.has_cma = true;
	IS(fast_flags(KM_GFP_HIGHUSER_MOVABLE), PAGES_NOFRAGMENT | PAGES_KSWAPD | PAGES_CMA);
	IS(fast_flags(KM_GFP_KERNEL), PAGES_NOFRAGMENT | PAGES_KSWAPD);
	r.pages.dma32 = -1;
	IS(fast_flags(KM_GFP_KERNEL), PAGES_KSWAPD);
	reopen(NULL); /* the top zone is DMA32 */
	IS(fast_flags(KM_GFP_KERNEL), PAGES_KSWAPD);
}

/*
 * Kernel: mm/page_alloc.c:4217: on two nodes only where DMA32 of that node is populated [6.1.192]
 */
Test(pages, nofragment_on_two_nodes_needs_a_dma32_beside_it)
{
	reopen(&(struct rig_shape){
		.nr_nodes = 2,
		.zone = { { "Normal", 1, 4096, 8192 }, { "Normal", 1, 8192, 12288 } } });
	IS(fast_flags(0), 0);
	reopen(&(struct rig_shape){ .nr_nodes = 2,
				    .zone = { { "DMA32", 0, 1, 4096 },
					      { "Normal", 1, 4096, 8192 },
					      { "Normal", 1, 8192, 12288 } } });
	IS(r.zone[1].node, 0);
	IS(r.zone[2].node, 1);
	IS(fast_flags(0), PAGES_NOFRAGMENT);
	IS(pages_fast_flags(&r.pages, &(struct pages_request){ .node = 1 }), 0);
}

/* Kernel: include/linux/gfp.h:gfp_migratetype(): UNMOVABLE while grouping is disabled [6.1.192] */
Test(pages, without_grouping_no_request_may_use_cma)
{
	r.pages.has_cma = true;
	for (unsigned int zone = 0; zone < 2; zone++)
		r.buddy[zone].no_mobility = true;
	IS(fast_flags(KM_GFP_HIGHUSER_MOVABLE), PAGES_NOFRAGMENT | PAGES_KSWAPD);
	IS(slow_flags(KM_GFP_HIGHUSER_MOVABLE, 0), PAGES_WMARK_MIN | PAGES_KSWAPD);
}

/* Kernel: mm/page_alloc.c:4891 gfp_to_alloc_flags() [6.1.192] */
Test(pages, flags_of_the_slow_path)
{
	const uint32_t atomic = KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM;
	const unsigned int min = PAGES_WMARK_MIN;

	IS(slow_flags(KM_GFP_KERNEL, 0), min | PAGES_KSWAPD);
	IS(slow_flags(KM_GFP_KERNEL, 3), min | PAGES_KSWAPD);
	IS(slow_flags(KM_GFP_KERNEL | KM_GFP_HIGH, 3), min | PAGES_KSWAPD | PAGES_MIN_RESERVE);
	IS(slow_flags(atomic, 0), min | PAGES_KSWAPD | PAGES_MIN_RESERVE | PAGES_NON_BLOCK);
	IS(slow_flags(atomic, 1),
	   min | PAGES_KSWAPD | PAGES_MIN_RESERVE | PAGES_NON_BLOCK | PAGES_HIGHATOMIC);
	IS(slow_flags(KM_GFP_KSWAPD_RECLAIM, 1), min | PAGES_KSWAPD | PAGES_NON_BLOCK);
	IS(slow_flags(0, 1), min | PAGES_NON_BLOCK);
	IS(slow_flags(atomic | KM_GFP_NOMEMALLOC, 1), min | PAGES_KSWAPD | PAGES_MIN_RESERVE);
	r.pages.has_cma = true;
	IS(slow_flags(KM_GFP_HIGHUSER_MOVABLE, 0), min | PAGES_KSWAPD | PAGES_CMA);
}

/* The smallest NR_FREE_PAGES that passes must be @edge. */
static void passes_from(unsigned int order, uint64_t mark, unsigned int class, unsigned int flags,
			int64_t edge)
{
	cr_assert(!pages_watermark_ok(&r.pages, 0, order, mark, class, flags, edge - 1),
		  "order %u, flags %#x: %lld pages pass", order, flags, (long long)edge - 1);
	cr_assert(pages_watermark_ok(&r.pages, 0, order, mark, class, flags, edge),
		  "order %u, flags %#x: %lld pages do not pass", order, flags, (long long)edge);
}

/* Kernel: mm/page_alloc.c:4029 __zone_watermark_ok() [6.1.192] */
Test(pages, watermark_is_to_be_exceeded)
{
	passes_from(0, 100, 0, 0, 101);
	passes_from(0, 0, 0, 0, 1);
	r.zone[0].lowmem_reserve[2] = 40;
	passes_from(0, 100, 2, 0, 141);
	passes_from(0, 100, 1, 0, 101);
	rig_free(&r, 1024, 3, KM_MOVABLE);
	passes_from(1, 100, 0, 0, 102);
	passes_from(3, 100, 0, 0, 108);
	passes_from(3, 100, 2, 0, 148);
}

Test(pages, reserves_lower_the_watermark)
{
	passes_from(0, 100, 0, PAGES_MIN_RESERVE, 51);
	passes_from(0, 101, 0, PAGES_MIN_RESERVE, 52);
	passes_from(0, 100, 0, PAGES_NON_BLOCK, 101);
	passes_from(0, 100, 0, PAGES_MIN_RESERVE | PAGES_NON_BLOCK, 39);
	passes_from(0, 103, 0, PAGES_MIN_RESERVE | PAGES_NON_BLOCK,
		    40); /* 103 - 51 = 52, - 13 = 39 */
	passes_from(0, 100, 0, PAGES_OOM, 51);
	passes_from(0, 100, 0, PAGES_MIN_RESERVE | PAGES_NON_BLOCK | PAGES_OOM, 20);
	passes_from(0, 100, 0, PAGES_HIGHATOMIC, 101);
	r.zone[0].lowmem_reserve[1] = 7;
	passes_from(0, 100, 1, PAGES_MIN_RESERVE, 58);
}

/* Kernel: mm/page_alloc.c:4001 __zone_watermark_unusable_free() [6.1.192] */
Test(pages, reserved_and_cma_pages_are_not_counted)
{
	r.zone[0].nr_reserved_highatomic = 512;
	passes_from(0, 100, 0, 0, 613);
	passes_from(0, 100, 0, PAGES_CMA | PAGES_NOFRAGMENT | PAGES_KSWAPD, 613);
	passes_from(0, 100, 0, PAGES_NON_BLOCK, 101);
	passes_from(0, 100, 0, PAGES_HIGHATOMIC, 101);
	passes_from(0, 100, 0, PAGES_OOM, 51);
	r.zone[0].nr_reserved_highatomic = 0;
	rig_free(&r, 1024, 5, KM_CMA);
	passes_from(0, 100, 0, 0, 101); /* no CMA in this kernel */
	r.pages.has_cma = true;
	passes_from(0, 100, 0, 0, 133);
	passes_from(0, 100, 0, PAGES_CMA, 101);
	passes_from(0, 100, 0, PAGES_MIN_RESERVE, 83);
}

static bool has(unsigned int order, unsigned int flags)
{
	return pages_watermark_ok(&r.pages, 0, order, 0, 0, flags, 100000);
}

/* Kernel: mm/page_alloc.c:4081: a suitable block must be there [6.1.192] */
Test(pages, large_request_needs_a_block_it_may_use)
{
	r.pages.has_cma = true;
	cr_assert(has(0, 0));
	cr_assert(!has(1, 0));
	rig_free(&r, 512, 4, KM_ISOLATE);
	rig_free(&r, 1024, 4, KM_HIGHATOMIC);
	cr_assert(!has(4, 0));
	cr_assert(!has(4, PAGES_NON_BLOCK | PAGES_MIN_RESERVE | PAGES_CMA));
	cr_assert(has(4, PAGES_HIGHATOMIC));
	cr_assert(has(4, PAGES_OOM));
	rig_free(&r, 2048, 5, KM_CMA);
	cr_assert(!has(5, PAGES_HIGHATOMIC));
	cr_assert(has(5, PAGES_CMA));
	rig_free(&r, 3072, 6, KM_RECLAIMABLE);
	cr_assert(has(6, 0));
	cr_assert(has(1, 0));
	cr_assert(!has(7, PAGES_CMA | PAGES_HIGHATOMIC));
}

/* Kernel: mm/page_alloc.c:4114 zone_watermark_fast() [6.1.192] */
Test(pages, atomic_page_may_ignore_the_boost)
{
	struct zone *z = &r.zone[0];
	const unsigned int min = PAGES_WMARK_MIN;

	z->wmark[KM_WMARK_MIN] = z->wmark[KM_WMARK_LOW] = 16;
	z->boost = 1000;
	rig_free(&r, 1024, 4, KM_MOVABLE);
	rig_free(&r, 2048, 0, KM_MOVABLE);
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, min, 0));
	cr_assert(pages_watermark_fast(&r.pages, 0, 0, 0, min, KM_GFP_ATOMIC));
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, 0, KM_GFP_ATOMIC));
	cr_assert(!pages_watermark_fast(&r.pages, 0, 1, 0, min, KM_GFP_ATOMIC));
	buddy_pop(&r.buddy[0], 0, KM_MOVABLE);
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, min, KM_GFP_ATOMIC));
	z->boost = 0;
	rig_free(&r, 2048, 0, KM_MOVABLE);
	cr_assert(pages_watermark_fast(&r.pages, 0, 0, 0, min, 0));
}

Test(pages, fast_path_asks_for_low_and_the_slow_one_for_min)
{
	struct zone *z = &r.zone[1];

	rig_free(&r, 4096, 4, KM_UNMOVABLE);
	rig_free(&r, 1024, 4, KM_UNMOVABLE);
	z->wmark[KM_WMARK_LOW] = 15;
	IS(alloc(KM_GFP_KERNEL, 0), 4096); /* 16 > 15 */
	IS(alloc(KM_GFP_KERNEL, 0), 1024); /* 15 > 15 is not */
	r.zone[0].wmark[KM_WMARK_LOW] = 15;
	IS(alloc(KM_GFP_KERNEL, 0), 4097); /* slow: above MIN, which is 0 */
}

/* Kernel: mm/page_alloc.c:3048, :4383 get_page_from_freelist() [6.1.192] */
Test(pages, request_spills_into_dma32_before_it_breaks_a_pageblock)
{
	rig_free(&r, 4096, 3, KM_MOVABLE);
	rig_free(&r, 1024, 0, KM_UNMOVABLE);
	IS(alloc(KM_GFP_KERNEL, 0), 1024);
	IS(r.nr_steps, 1);
	BLOCKS(1, 3, KM_MOVABLE, "4096");
	IS(alloc(KM_GFP_KERNEL, 0), 4096);
	BLOCKS(1, 3, KM_MOVABLE, "");
}

Test(pages, whole_pageblock_of_the_top_zone_comes_before_a_spill)
{
	rig_free(&r, 4096, 9, KM_MOVABLE);
	rig_free(&r, 1024, 0, KM_UNMOVABLE);
	IS(alloc(KM_GFP_KERNEL, 0), 4096);
	IS(rig_type_of(&r, 4096), KM_UNMOVABLE);
}

Test(pages, lowmem_reserve_keeps_a_spill_out)
{
	rig_free(&r, 4096, 3, KM_MOVABLE);
	rig_free(&r, 1024, 4, KM_UNMOVABLE);
	r.zone[0].lowmem_reserve[1] = 16;
	IS(alloc(KM_GFP_KERNEL, 0), 4096);
	IS(alloc(KM_GFP_KERNEL | KM_GFP_DMA32, 0), 1024);
}

/*
 * Kernel: mm/page_alloc.c:4297: not into another node's zones before breaking one's own [6.1.192]
 */
Test(pages, own_node_is_broken_before_another_is_asked)
{
	reopen(&(struct rig_shape){ .nr_nodes = 2,
				    .zone = { { "DMA32", 0, 1, 4096 },
					      { "Normal", 1, 4096, 8192 },
					      { "Normal", 1, 8192, 12288 } } });
	rig_free(&r, 4096, 3, KM_MOVABLE);
	rig_free(&r, 8192, 3, KM_UNMOVABLE);
	IS(alloc(KM_GFP_KERNEL, 0), 4096);
	IS(pages_alloc(&r.pages, &(struct pages_request){ .gfp = KM_GFP_KERNEL, .node = 1 }).nr,
	   8192);
}

/* Kernel: mm/page_alloc.c:3893 rmqueue() [6.1.192] */
Test(pages, small_orders_come_from_the_cpus_lists_and_others_do_not)
{
	rig_free(&r, 4096, 9, KM_UNMOVABLE);
	r.pcp[1].batch = 8;
	r.pcp[1].high = 100;
	r.pcp[1].free_factor = 4;
	IS(alloc(KM_GFP_KERNEL, 2), 4096);
	IS(r.nr_steps, 2);
	IS(r.pcp[1].free_factor, 2);
	IS(alloc(KM_GFP_KERNEL, 4), 4096 + 16);
	IS(r.nr_steps, 3);
	IS(r.pcp[1].free_factor, 2);
	IS(alloc(KM_GFP_KERNEL, 2), 4100);
	IS(r.nr_steps, 3);
	IS(r.pcp[1].free_factor, 1);
}

/*
 * Kernel: mm/page_alloc.c:3911 rmqueue(): the flag is cleared by whoever comes by, page or no page
 * [6.1.192]
 */
Test(pages, boosted_zone_wakes_kswapd_once)
{
	rig_free(&r, 4096, 0, KM_UNMOVABLE);
	r.zone[1].boosted = true;
	alloc(KM_GFP_KERNEL, 0);
	IS(r.zone[1].boosted, 0);
}

static unsigned int bulk(uint32_t gfp, unsigned int n, struct pfn *out)
{
	return pages_bulk(&r.pages, &(struct pages_request){ .gfp = gfp }, out, n);
}

/* Kernel: mm/page_alloc.c:5542 __alloc_pages_bulk(): low + nr_pages [6.1.192] */
Test(pages, bulk_needs_its_pages_above_the_watermark)
{
	struct pfn out[16];

	reopen(NULL);
	rig_free(&r, 1024, 6, KM_UNMOVABLE);
	r.zone[0].wmark[KM_WMARK_LOW] = 40;
	r.zone[0].boost = 14;
	IS(bulk(KM_GFP_KERNEL, 10, out), 0); /* 64 > 40 + 14 + 10 is not */
	IS(r.nr_steps, 0);
	IS(bulk(KM_GFP_KERNEL, 9, out), 9);
	for (unsigned int i = 0; i < 9; i++)
		IS(out[i].nr, 1024 + i);
}

/*
 * Kernel: mm/page_alloc.c:5544: judged by the preferred zone's number, not by the highest allowed
 * [6.1.192]
 */
Test(pages, bulk_is_judged_by_the_preferred_zones_reserve)
{
	struct pfn out[4];

	rig_free(&r, 4096, 2, KM_MOVABLE);
	rig_free(&r, 1024, 4, KM_MOVABLE);
	r.zone[0].lowmem_reserve[1] = 11;
	r.zone[0].lowmem_reserve[2] = 5000;
	IS(bulk(KM_GFP_HIGHUSER_MOVABLE, 4, out), 4); /* NORMAL: 4 > 4 is not; DMA32: 16 > 4 + 11 */
	IS(out[0].nr, 1024);
	rig_free(&r, 1024, 2, KM_MOVABLE);
	r.zone[0].lowmem_reserve[1] = 12;
	IS(bulk(KM_GFP_HIGHUSER_MOVABLE, 4, out), 0);
}

/*
 * Kernel: mm/page_alloc.c:5573: __rmqueue_pcplist(), refills as needed; the factor is left alone
 * [6.1.192]
 */
Test(pages, bulk_refills_on_its_way)
{
	struct pfn out[8];

	reopen(NULL);
	rig_free(&r, 1024, 5, KM_UNMOVABLE);
	r.pcp[0].batch = 4;
	r.pcp[0].high = 100;
	r.pcp[0].free_factor = 5;
	IS(bulk(KM_GFP_KERNEL, 6, out), 6);
	SAYS(rig_steps(&r, STEP_ZONE_LOCKED), "1024 1025 1026 1027 1028 1029 1030 1031");
	SAYS(rig_kept(&r, 0, 0, 0), "1030 1031");
	IS(out[5].nr, 1029);
	IS(r.pcp[0].free_factor, 5);
}

Test(pages, bulk_ends_with_the_pages)
{
	struct pfn out[8];

	reopen(NULL);
	rig_free(&r, 1024, 1, KM_UNMOVABLE);
	rig_free(&r, 2048, 6,
		 KM_CMA); /* counted as free: this kernel's watermark check knows no CMA */
	IS(bulk(KM_GFP_KERNEL, 8, out), 2);
}

/*
 * Kernel: mm/page_alloc.c:5480: ALLOC_WMARK_LOW and CMA only, neither NOFRAGMENT nor KSWAPD
 * [6.1.192]
 */
Test(pages, bulk_steals_without_waking_kswapd)
{
	struct pfn out[4];

	rig_free(&r, 4096, 5, KM_MOVABLE);
	r.zone[1].wmark[KM_WMARK_HIGH] = 1000;
	IS(bulk(KM_GFP_KERNEL, 2, out), 2);
	IS(out[0].nr, 4096);
	IS(r.zone[1].boost, 512);
	IS(r.zone[1].boosted, 0);
}

/* Kernel: mm/page_alloc.c:5537: never from another node [6.1.192] */
Test(pages, bulk_stays_on_its_node)
{
	struct pfn out[4];

	reopen(&(struct rig_shape){
		.nr_nodes = 2, .zone = { { "Normal", 1, 1, 4096 }, { "Normal", 1, 4096, 8192 } } });
	rig_free(&r, 4096, 6, KM_UNMOVABLE);
	IS(bulk(KM_GFP_KERNEL, 4, out), 0);
	IS(r.nr_steps, 0);
}

/* Kernel: include/linux/gfp.h:gfp_migratetype() [6.1.192] */
Test(pages, bulk_without_grouping_takes_the_one_list)
{
	struct pfn out[4];

	reopen(NULL);
	r.buddy[0].no_mobility = true;
	rig_free(&r, 1024, 3, KM_UNMOVABLE);
	rig_free(&r, 2048, 3, KM_MOVABLE);
	IS(bulk(KM_GFP_HIGHUSER_MOVABLE, 4, out), 4);
	IS(out[0].nr, 1024);
}

/*
 * Kernel: mm/page_alloc.c:3898: a movable request without ALLOC_CMA passes the per-CPU lists by
 * [6.1.192]
 */
Test(pages, movable_request_that_may_not_use_cma_skips_the_lists)
{
	reopen(&(struct rig_shape){ .cma = true });
	r.pcp[0].batch = 4;
	r.pcp[0].high = 100;
	rig_free(&r, 1024, 4, KM_MOVABLE);
	IS(alloc(KM_GFP_HIGHUSER_MOVABLE, 0), 1024);
	IS(r.pcp[0].count, 3);
}

/*
 * Kernel: mm/page_alloc.c:5890 make_alloc_exact(): __free_pages_ok() with FPI_TO_TAIL, ascending
 * [6.1.192]
 */
Test(pages, surplus_of_an_exact_request_goes_to_the_tails)
{
	reopen(NULL);
	r.pcp[0].batch = 63;
	r.pcp[0].high = 478;
	rig_free(&r, 2048, 0, KM_MOVABLE);
	rig_free(&r, 2052, 1, KM_MOVABLE);
	for (uint64_t nr = 1029; nr < 1032; nr++)
		IS(pages_free(&r.pages, 0, pfn(nr), 0, PAGES_FREE_TO_TAIL), 0);
	BLOCKS(0, 0, KM_MOVABLE, "2048 1029");
	BLOCKS(0, 1, KM_MOVABLE, "2052 1030");
	IS(r.pcp[0].count, 0);
}

/* Kernel: mm/page_alloc.c:3535 free_unref_page(): the per-CPU lock is taken [6.1.192] */
Test(pages, free_that_found_the_lists_locked_goes_straight_back)
{
	reopen(NULL);
	r.pcp[0].batch = 63;
	r.pcp[0].high = 478;
	rig_free(&r, 2048, 0, KM_MOVABLE);
	IS(pages_free(&r.pages, 0, pfn(1024), 0, PAGES_FREE_TO_BUDDY), 0);
	BLOCKS(0, 0, KM_MOVABLE, "1024 2048");
}

/* Kernel: mm/page_alloc.c:5741 __free_pages(): orders the lists do not keep [6.1.192] */
Test(pages, large_frees_bypass_the_lists)
{
	reopen(NULL);
	r.pcp[0].batch = 63;
	r.pcp[0].high = 4000;
	for (unsigned int order = 0; order <= 10; order++) {
		uint32_t before = r.pcp[0].count;
		bool kept = order <= 3 || order == 9;

		IS(pages_free(&r.pages, 0, pfn(order < 10 ? pages_of(order) : 2048), order, 0), 0);
		IS(r.pcp[0].count - before, kept ? pages_of(order) : 0);
	}
}

Test(pages, bad_frees_are_refused_unchanged)
{
	rig_free(&r, 1024, 3, KM_MOVABLE);
	r.pcp[0].high = 100;
	r.pcp[0].batch = 8;
	IS(pages_free(&r.pages, 0, pfn(1040), 0, 0), 0);
	IS(pages_free(&r.pages, 0, pfn(0), 0, 0), -KM_EINVAL);
	IS(pages_free(&r.pages, 0, pfn(8192), 0, 0), -KM_EINVAL);
	IS(pages_free(&r.pages, 0, pfn(1027), 0, 0), -KM_EDOUBLE);
	IS(pages_free(&r.pages, 0, pfn(1040), 0, 0), -KM_EDOUBLE);
	IS(pages_free(&r.pages, 0, pfn(1040), 2, 0), -KM_EDOUBLE);
	IS(pages_free(&r.pages, 0, pfn(1024), 4, 0), -KM_EDOUBLE);
	IS(pages_free(&r.pages, 0, pfn(1041), 1, 0), -KM_EINVAL);
	IS(pages_free(&r.pages, 0, pfn(1041), 4, 0), -KM_EINVAL);
	IS(pages_free(&r.pages, 0, pfn(4094), 2, 0), -KM_EINVAL);
	IS(pages_free(&r.pages, 0, pfn(0), 2, 0), -KM_EINVAL);
	IS(r.pcp[0].count, 1);
	IS(r.zone[0].nr_free, 8);
}

/* Kernel: mm/page_alloc.c:3276 __drain_all_pages(): CPUs ascending [6.1.192] */
Test(pages, full_drain_visits_cpus_ascending)
{
	reopen(&(struct rig_shape){ .nr_cpus = 3 });
	for (unsigned int cpu = 3; cpu-- > 0;) {
		r.pcp[cpu].batch = 8;
		r.pcp[cpu].high = 100;
		IS(pages_free(&r.pages, cpu, pfn(1024 + 4 * cpu), 0, 0), 0);
	}
	pages_drain_zone(&r.pages, 0);
	SAYS(rig_steps(&r, STEP_PCPU_DRAIN), "1024 1028 1032");
}
