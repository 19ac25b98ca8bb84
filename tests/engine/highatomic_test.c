/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pageblocks kept for high-order atomic requests. One zone of 4095 pages: at most 4095 / 100 + 512
 * = 552 pages.
 */
#include "tests/support/says.h"

static struct rig r;

static void open_one(void)
{
	rig_open(&r, NULL);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(highatomic, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define RESERVED r.zone[0].nr_reserved_highatomic

/* Kernel: mm/page_alloc.c:2918 reserve_highatomic_pageblock() [6.1.192] */
Test(highatomic, reserves_up_to_a_hundredth_and_a_pageblock)
{
	buddy_reserve_highatomic(&r.buddy[0], pfn(1024), 0);
	IS(RESERVED, 512);
	buddy_reserve_highatomic(&r.buddy[0], pfn(2048), 0);
	IS(RESERVED, 1024); /* 512 was below 552 */
	buddy_reserve_highatomic(&r.buddy[0], pfn(3072), 0);
	IS(RESERVED, 1024);
	IS(rig_type_of(&r, 2048), KM_HIGHATOMIC);
	IS(rig_type_of(&r, 3072), KM_MOVABLE);
}

Test(highatomic, limit_is_met_exactly)
{
	RESERVED = 552;
	buddy_reserve_highatomic(&r.buddy[0], pfn(1024), 0);
	IS(RESERVED, 552);
	RESERVED = 551;
	buddy_reserve_highatomic(&r.buddy[0], pfn(1024), 0);
	IS(RESERVED, 1063);
}

/* Kernel: mm/page_alloc.c:2931: migratetype_is_mergeable() [6.1.192] */
Test(highatomic, only_ordinary_pageblocks_are_reserved)
{
	for (unsigned int mt = KM_HIGHATOMIC; mt <= KM_ISOLATE; mt++) {
		rig_type(&r, 1024, mt);
		buddy_reserve_highatomic(&r.buddy[0], pfn(1024), 0);
		IS(RESERVED, 0);
		IS(rig_type_of(&r, 1024), mt);
	}
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++) {
		RESERVED = 0;
		rig_type(&r, 1024, mt);
		buddy_reserve_highatomic(&r.buddy[0], pfn(1100), 0);
		IS(RESERVED, 512);
		IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	}
}

Test(highatomic, free_blocks_go_along)
{
	rig_free(&r, 512, 1, KM_HIGHATOMIC);
	rig_free(&r, 1040, 1, KM_MOVABLE);
	rig_free(&r, 1024, 1, KM_UNMOVABLE);
	rig_free(&r, 1536, 1, KM_MOVABLE);
	buddy_reserve_highatomic(&r.buddy[0], pfn(1100), 0);
	BLOCKS(1, KM_HIGHATOMIC, "512 1024 1040");
	BLOCKS(1, KM_MOVABLE, "1536");
	BLOCKS(1, KM_UNMOVABLE, "");
}

/* Kernel: mm/page_alloc.c:2967 unreserve_highatomic_pageblock() [6.1.192] */
Test(highatomic, last_pageblock_is_given_back_only_by_force)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 3, KM_HIGHATOMIC);
	RESERVED = 512;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, false), 0);
	BLOCKS(3, KM_HIGHATOMIC, "1024");
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, true), 8);
	BLOCKS(3, KM_MOVABLE, "1024");
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	IS(RESERVED, 0);
}

Test(highatomic, more_than_one_is_given_back_unforced)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 3, KM_HIGHATOMIC);
	RESERVED = 513;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_UNMOVABLE, false), 8);
	IS(RESERVED, 1);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
}

/* Kernel: mm/page_alloc.c:2972: orders ascending, each list's head [6.1.192] */
Test(highatomic, smallest_block_at_the_head_names_the_pageblock)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_type(&r, 2048, KM_HIGHATOMIC);
	rig_free(&r, 1024, 2, KM_HIGHATOMIC);
	rig_free(&r, 2048, 0, KM_HIGHATOMIC);
	rig_free(&r, 2304, 8, KM_HIGHATOMIC);
	RESERVED = 1024;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, false), 257);
	BLOCKS(2, KM_HIGHATOMIC, "1024");
	BLOCKS(0, KM_MOVABLE, "2048");
	IS(RESERVED, 512);
}

/*
 * Kernel: mm/page_alloc.c:2986: counted once, only where the pageblock still is reserved, never
 * below 0 [6.1.192]
 */
Test(highatomic, counter_follows_the_pageblock_and_stops_at_zero)
{
	rig_free(&r, 1024, 0, KM_HIGHATOMIC);
	RESERVED = 1024;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_UNMOVABLE, true), 1);
	IS(RESERVED, 1024);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	rig_type(&r, 2048, KM_HIGHATOMIC);
	rig_free(&r, 2048, 0, KM_HIGHATOMIC);
	RESERVED = 100;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, true), 1);
	IS(RESERVED, 0);
}

/* Kernel: mm/page_alloc.c:3011: nothing moved, on to the next order [6.1.192] */
Test(highatomic, pageblock_across_the_zones_end_does_not_end_the_search)
{
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){ .zone = { { "DMA32", 0, 1, 4000 } } });
	rig_type(&r, 3584, KM_HIGHATOMIC);
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 3600, 0, KM_HIGHATOMIC);
	rig_free(&r, 1024, 1, KM_HIGHATOMIC);
	RESERVED = 1536;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, true), 2);
	IS(RESERVED, 512);
	IS(rig_type_of(&r, 3584), KM_MOVABLE);
	BLOCKS(0, KM_HIGHATOMIC, "3600");
	BLOCKS(1, KM_MOVABLE, "1024");
}

Test(highatomic, nothing_free_in_reserve_gives_nothing)
{
	RESERVED = 1024;
	IS(buddy_unreserve_highatomic(&r.buddy[0], KM_MOVABLE, true), 0);
	IS(RESERVED, 1024);
}

static const struct pages_request atomic_pair = {
	.gfp = KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM,
	.order = 1,
};

/*
 * Kernel: mm/page_alloc.c:4364 get_page_from_freelist(): after any success with ALLOC_HIGHATOMIC
 * [6.1.192]
 */
Test(highatomic, atomic_pair_in_the_slow_path_reserves_its_pageblock)
{
	rig_free(&r, 1024, 6, KM_UNMOVABLE);
	r.zone[0].wmark[KM_WMARK_LOW] = 1000;
	IS(pages_alloc(&r.pages, &atomic_pair).nr, 1024);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	IS(RESERVED, 512);
	BLOCKS(5, KM_HIGHATOMIC, "1056");
}

Test(highatomic, fast_path_reserves_nothing)
{
	rig_free(&r, 1024, 6, KM_UNMOVABLE);
	IS(pages_alloc(&r.pages, &atomic_pair).nr, 1024);
	IS(RESERVED, 0);
}

/*
 * Kernel: mm/page_alloc.c:3761 rmqueue_buddy(): HIGHATOMIC first where the per-CPU lists do not
 * serve [6.1.192]
 */
Test(highatomic, atomic_request_of_a_large_order_takes_the_reserve_first)
{
	struct pages_request rq = atomic_pair;

	rq.order = 5;
	rig_type(&r, 2048, KM_HIGHATOMIC);
	rig_free(&r, 1024, 5, KM_UNMOVABLE);
	rig_free(&r, 2048, 5, KM_HIGHATOMIC);
	r.zone[0].wmark[KM_WMARK_LOW] = 1000;
	IS(pages_alloc(&r.pages, &rq).nr, 2048);
	IS(pages_alloc(&r.pages, &rq).nr, 1024);
}

/*
 * Kernel: mm/page_alloc.c:3772: NON_BLOCK falls back on the reserve, a blocking request does not
 * [6.1.192]
 */
Test(highatomic, page_for_who_cannot_wait_may_come_from_the_reserve)
{
	struct pages_request now = { .gfp = KM_GFP_KSWAPD_RECLAIM };
	struct pages_request wait = { .gfp = KM_GFP_KERNEL };

	rig_type(&r, 2048, KM_HIGHATOMIC);
	rig_free(&r, 2048, 1, KM_HIGHATOMIC);
	cr_assert_eq(pages_alloc(&r.pages, &wait).nr, KM_NO_PFN);
	IS(pages_alloc(&r.pages, &now).nr, 2048);
}
