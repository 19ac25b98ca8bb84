/* SPDX-License-Identifier: GPL-2.0-only */
/* Free lists against vectors worked out by hand from the kernel's source. */
#include <stdio.h>

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

TestSuite(buddy, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)

/* Kernel: mm/page_alloc.c:1082 buddy_merge_likely() [6.1.192] */
Test(buddy, block_whose_aunt_is_free_goes_to_the_tail)
{
	rig_free(&r, 100, 1, KM_UNMOVABLE);
	rig_free(&r, 12, 2, KM_UNMOVABLE);
	rig_free(&r, 8, 0, KM_UNMOVABLE);
	rig_free(&r, 10, 0, KM_UNMOVABLE);
	BLOCKS(0, KM_UNMOVABLE, "10 8");
	rig_free(&r, 9, 0, KM_UNMOVABLE);
	BLOCKS(0, KM_UNMOVABLE, "10");
	BLOCKS(1, KM_UNMOVABLE, "100 8");
	rig_free(&r, 11, 0, KM_UNMOVABLE);
	BLOCKS(0, KM_UNMOVABLE, "");
	BLOCKS(1, KM_UNMOVABLE, "100");
	BLOCKS(2, KM_UNMOVABLE, "");
	BLOCKS(3, KM_UNMOVABLE, "8");
}

/* Kernel: mm/page_alloc.c:1094 buddy_merge_likely(): PageBuddy of exactly order + 1 [6.1.192] */
Test(buddy, aunt_of_another_size_does_not_count)
{
	rig_free(&r, 100, 1, KM_UNMOVABLE);
	rig_free(&r, 12, 1, KM_UNMOVABLE);
	rig_free(&r, 8, 1, KM_UNMOVABLE);
	BLOCKS(1, KM_UNMOVABLE, "8 12 100");
}

/* Kernel: mm/page_alloc.c:1088 buddy_merge_likely(): order >= MAX_ORDER - 2 is false [6.1.192] */
Test(buddy, aunt_counts_up_to_order_eight)
{
	rig_free(&r, 3072, 8, KM_MOVABLE);
	rig_free(&r, 1536, 9, KM_MOVABLE);
	rig_free(&r, 1024, 8, KM_MOVABLE);
	BLOCKS(8, KM_MOVABLE, "3072 1024");
}

Test(buddy, aunt_does_not_count_from_order_nine_up)
{
	rig_free(&r, 3072, 10, KM_MOVABLE);
	rig_free(&r, 512, 9, KM_MOVABLE);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	BLOCKS(9, KM_MOVABLE, "2048 512");
}

/* Kernel: mm/page_alloc.c:1186 __free_one_page(): FPI_TO_TAIL comes first [6.1.192] */
Test(buddy, to_tail_wins_over_the_head)
{
	for (uint64_t nr = 64; nr <= 96; nr += 16)
		cr_assert_eq(buddy_free(&r.buddy[0], pfn(nr), 1, KM_MOVABLE, BUDDY_TO_TAIL), 0);
	BLOCKS(1, KM_MOVABLE, "64 80 96");
	rig_free(&r, 512, 9, KM_MOVABLE);
	cr_assert_eq(buddy_free(&r.buddy[0], pfn(1536), 9, KM_MOVABLE, BUDDY_TO_TAIL), 0);
	BLOCKS(9, KM_MOVABLE, "512 1536");
}

/* Kernel: mm/page_alloc.c:2375 expand(), :2589 __rmqueue_smallest() [6.1.192] */
Test(buddy, split_keeps_the_low_half_and_lists_the_upper_ones)
{
	rig_free(&r, 16, 3, KM_UNMOVABLE);
	rig_free(&r, 21 * 32, 0, KM_MOVABLE);
	IS(buddy_pop(&r.buddy[0], 0, KM_UNMOVABLE).nr, 16);
	BLOCKS(0, KM_UNMOVABLE, "17");
	BLOCKS(1, KM_UNMOVABLE, "18");
	BLOCKS(2, KM_UNMOVABLE, "20");
	BLOCKS(3, KM_UNMOVABLE, "");
	BLOCKS(0, KM_MOVABLE, "672");
	IS(r.buddy[0].nr_free[0], 2);
	IS(r.zone[0].nr_free, 8);
}

Test(buddy, smallest_sufficient_order_and_its_head_first)
{
	rig_free(&r, 32, 1, KM_UNMOVABLE);
	rig_free(&r, 64, 1, KM_UNMOVABLE);
	rig_free(&r, 128, 4, KM_UNMOVABLE);
	rig_free(&r, 256, 0, KM_UNMOVABLE);
	IS(buddy_pop(&r.buddy[0], 1, KM_UNMOVABLE).nr, 64);
	IS(buddy_pop(&r.buddy[0], 1, KM_UNMOVABLE).nr, 32);
	IS(buddy_pop(&r.buddy[0], 1, KM_UNMOVABLE).nr, 128);
	BLOCKS(0, KM_UNMOVABLE, "256");
	BLOCKS(1, KM_UNMOVABLE, "130");
	BLOCKS(2, KM_UNMOVABLE, "132");
	BLOCKS(3, KM_UNMOVABLE, "136");
	cr_assert_eq(buddy_pop(&r.buddy[0], 4, KM_UNMOVABLE).nr, KM_NO_PFN);
	cr_assert_eq(buddy_pop(&r.buddy[0], 0, KM_MOVABLE).nr, KM_NO_PFN);
}

/*
 * Kernel: mm/page_alloc.c:2605: trace_mm_page_alloc_zone_locked() names the list it came from
 * [6.1.192]
 */
Test(buddy, pop_reports_page_order_and_list)
{
	rig_free(&r, 16, 3, KM_RECLAIMABLE);
	buddy_pop(&r.buddy[0], 2, KM_RECLAIMABLE);
	IS(r.nr_steps, 1);
	IS(r.step[0].kind, STEP_ZONE_LOCKED);
	IS(r.step[0].pfn.nr, 16);
	IS(r.step[0].order, 2);
	IS(r.step[0].mt, KM_RECLAIMABLE);
}

/* Kernel: mm/page_alloc.c:1143 __free_one_page(): while (order < MAX_ORDER - 1) [6.1.192] */
Test(buddy, mates_merge_at_every_order)
{
	for (unsigned int order = 0; order < 10; order++) {
		rig_close(&r);
		rig_open(&r, NULL);
		rig_free(&r, 1024 + pages_of(order), order, KM_MOVABLE);
		rig_free(&r, 1024, order, KM_MOVABLE);
		BLOCKS(order, KM_MOVABLE, "");
		BLOCKS(order + 1, KM_MOVABLE, "1024");
		IS(r.zone[0].nr_free, 2 << order);
		SOUND(&r);
	}
}

Test(buddy, largest_blocks_never_merge)
{
	rig_free(&r, 2048, 10, KM_MOVABLE);
	rig_free(&r, 3072, 10, KM_MOVABLE);
	BLOCKS(10, KM_MOVABLE, "3072 2048");
}

Test(buddy, last_page_of_a_block_merges_all_the_way_up)
{
	for (unsigned int order = 0; order < 10; order++)
		rig_free(&r, 1024 + pages_of(order), order, KM_MOVABLE);
	rig_free(&r, 1024, 0, KM_MOVABLE);
	BLOCKS(10, KM_MOVABLE, "1024");
	IS(r.zone[0].nr_free, 1024);
	for (unsigned int order = 0; order < 10; order++)
		IS(r.buddy[0].nr_free[order], 0);
}

static void mates_of_types(unsigned int type, unsigned int mate_type)
{
	rig_close(&r);
	rig_open(&r, NULL);
	rig_type(&r, 1024, mate_type);
	rig_type(&r, 1536, type);
	rig_free(&r, 1024, 9, mate_type);
	rig_free(&r, 1536, 9, type);
}

/*
 * Kernel: mm/page_alloc.c:1154 __free_one_page(): migratetype_is_mergeable() at pageblock order
 * [6.1.192]
 */
Test(buddy, special_pageblocks_merge_with_their_own_type_only)
{
	for (unsigned int special = KM_HIGHATOMIC; special <= KM_ISOLATE; special++) {
		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++) {
			if (mt == special)
				continue;
			mates_of_types(mt, special);
			BLOCKS(9, special, "1024");
			BLOCKS(9, mt, "1536");
			mates_of_types(special, mt);
			BLOCKS(9, mt, "1024");
			BLOCKS(9, special, "1536");
			SOUND(&r);
		}
		mates_of_types(special, special);
		BLOCKS(10, special, "1024");
		SOUND(&r);
	}
}

Test(buddy, ordinary_pageblocks_merge_and_keep_their_types)
{
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++) {
		for (unsigned int mate = 0; mate < KM_NR_PCP_TYPES; mate++) {
			mates_of_types(mt, mate);
			BLOCKS(10, mt, "1024");
			IS(rig_type_of(&r, 1024), mate);
			IS(rig_type_of(&r, 1536), mt);
		}
	}
}

/* Kernel: mm/page_alloc.c:1161: the mate's pageblock decides, not the list it is on [6.1.192] */
Test(buddy, type_of_the_mates_pageblock_decides)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 1536, 9, KM_MOVABLE);
	BLOCKS(9, KM_MOVABLE, "1536 1024");
}

/* Kernel: mm/page_alloc.c:1154: below the pageblock order types are not looked at [6.1.192] */
Test(buddy, inside_a_pageblock_any_lists_merge)
{
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 8, KM_MOVABLE);
	rig_free(&r, 1280, 8, KM_HIGHATOMIC);
	BLOCKS(8, KM_MOVABLE, "");
	BLOCKS(9, KM_HIGHATOMIC, "1024");
}

Test(buddy, with_pageblocks_of_order_ten_types_are_never_looked_at)
{
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){ .pb_order = 10 });
	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 1536, 9, KM_CMA);
	BLOCKS(10, KM_CMA, "1024");
	IS(r.zone[0].nr_free_cma, 1024);
}

/*
 * Kernel: include/linux/mmzone.h zone_spans_pfn(); mm/internal.h page_is_buddy(): same zone
 * [6.1.192]
 */
Test(buddy, zone_of_pfn_one_begins_without_a_mate)
{
	rig_free(&r, 1, 0, KM_UNMOVABLE);
	rig_free(&r, 2, 1, KM_UNMOVABLE);
	rig_free(&r, 4, 2, KM_UNMOVABLE);
	BLOCKS(0, KM_UNMOVABLE, "1");
	BLOCKS(1, KM_UNMOVABLE, "2");
	BLOCKS(2, KM_UNMOVABLE, "4");
}

static const struct rig_shape odd_edges = {
	.zone = { { "DMA32", 0, 1, 1001 }, { "Normal", 1, 1001, 4095 } },
};

Test(buddy, mates_in_two_zones_stay_apart)
{
	rig_close(&r);
	rig_open(&r, &odd_edges);
	rig_free(&r, 1000, 0, KM_MOVABLE);
	rig_free(&r, 1001, 0, KM_MOVABLE);
	BLOCKS(0, KM_MOVABLE, "1000");
	SAYS(rig_blocks(&r, 1, 0, KM_MOVABLE), "1001");
	rig_free(&r, 4094, 0, KM_MOVABLE);
	SAYS(rig_blocks(&r, 1, 0, KM_MOVABLE), "4094 1001");
}

Test(buddy, aunt_in_another_zone_does_not_count)
{
	static const struct rig_shape edge = {
		.zone = { { "DMA32", 0, 1, 1006 }, { "Normal", 1, 1006, 4096 } },
	};

	rig_close(&r);
	rig_open(&r, &edge);
	rig_free(&r, 1004, 1, KM_MOVABLE);
	rig_free(&r, 2000, 0, KM_MOVABLE);
	rig_free(&r, 1006, 0, KM_MOVABLE);
	SAYS(rig_blocks(&r, 1, 0, KM_MOVABLE), "1006 2000");
}

static void refused(uint64_t nr, unsigned int order, int why)
{
	uint64_t before = r.zone[0].nr_free;
	int err = buddy_free(&r.buddy[0], pfn(nr), order, KM_MOVABLE, 0);

	cr_assert_eq(err, why, "freeing %llu at order %u: %d", (unsigned long long)nr, order, err);
	IS(r.zone[0].nr_free, before);
	SOUND(&r);
}

Test(buddy, what_is_no_block_of_the_zone_is_refused)
{
	refused(0, 0, -KM_EINVAL);
	refused(4096, 0, -KM_EINVAL);
	refused(9, 1, -KM_EINVAL);
	refused(1024, 11, -KM_EINVAL);
	refused(0, 3, -KM_EINVAL);
	rig_close(&r);
	rig_open(&r, &odd_edges);
	refused(1000, 1, -KM_EINVAL);
	refused(1000, 3, -KM_EINVAL);
}

Test(buddy, free_pages_are_not_freed_again)
{
	rig_free(&r, 1024, 10, KM_MOVABLE);
	rig_free(&r, 19, 0, KM_MOVABLE);
	rig_free(&r, 2048 + 511, 0, KM_MOVABLE);
	refused(1024, 10, -KM_EDOUBLE);
	refused(1024, 0, -KM_EDOUBLE);
	refused(2047, 0, -KM_EDOUBLE);
	refused(1536, 9, -KM_EDOUBLE);
	refused(19, 0, -KM_EDOUBLE);
	refused(18, 1, -KM_EDOUBLE);
	refused(16, 3, -KM_EDOUBLE);
	refused(2048, 9, -KM_EDOUBLE);
	refused(2048, 10, -KM_EDOUBLE);
	pcp_push(&r.pcp[0], &r.frames, pfn(35), 0, KM_MOVABLE, false);
	refused(35, 0, -KM_EDOUBLE);
	refused(32, 2, -KM_EDOUBLE);
}

/*
 * What is left of a block is one mate at each order between, as expand() and
 * break_down_buddy_pages() leave it.
 */
static void take_and_give_back(unsigned int whole, unsigned int order, uint64_t at)
{
	uint64_t head = 1024, want = head + at;

	IS(buddy_take(&r.buddy[0], pfn(want), order), KM_RECLAIMABLE);
	for (unsigned int o = 0; o < whole; o++) {
		char mate[32] = "";

		if (o >= order)
			snprintf(mate, sizeof(mate), "%llu",
				 (unsigned long long)((want >> o ^ 1) << o));
		BLOCKS(o, KM_RECLAIMABLE, mate);
	}
	IS(r.zone[0].nr_free, pages_of(whole) - pages_of(order));
	SOUND(&r);
	rig_free(&r, want, order, KM_RECLAIMABLE);
	BLOCKS(whole, KM_RECLAIMABLE, "1024");
}

/* Kernel: mm/page_alloc.c:9624 break_down_buddy_pages() [6.1.192] */
Test(buddy, any_part_of_a_block_can_be_taken)
{
	rig_free(&r, 1024, 5, KM_RECLAIMABLE);
	for (unsigned int order = 0; order <= 5; order++)
		for (uint64_t at = 0; at < 32; at += pages_of(order))
			take_and_give_back(5, order, at);
}

Test(buddy, parts_of_the_largest_block_can_be_taken)
{
	rig_free(&r, 1024, 10, KM_RECLAIMABLE);
	for (uint64_t at = 0; at < 1024; at += 93)
		take_and_give_back(10, 0, at);
	take_and_give_back(10, 9, 512);
	take_and_give_back(10, 10, 0);
}

Test(buddy, what_is_not_free_cannot_be_taken)
{
	rig_free(&r, 16, 3, KM_MOVABLE);
	IS(buddy_take(&r.buddy[0], pfn(24), 0), -KM_ENOENT);
	IS(buddy_take(&r.buddy[0], pfn(16), 4), -KM_ENOENT);
	IS(buddy_take(&r.buddy[0], pfn(0), 0), -KM_ENOENT);
	IS(buddy_take(&r.buddy[0], pfn(5000), 0), -KM_ENOENT);
	BLOCKS(3, KM_MOVABLE, "16");
}

/* Kernel: mm/page_alloc.c:3126 __rmqueue(): NR_FREE_CMA_PAGES > NR_FREE_PAGES / 2 [6.1.192] */
Test(buddy, cma_serves_while_more_than_half_is_there)
{
	rig_free(&r, 1024, 2, KM_CMA);
	rig_free(&r, 2048, 2, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, BUDDY_CMA).nr, 2048); /* 4 > 8 / 2: no */
	IS(buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, BUDDY_CMA).nr, 1024); /* 4 > 7 / 2: yes */
	IS(buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, BUDDY_CMA).nr, 2049); /* 3 > 6 / 2: no */
	IS(buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, 0).nr, 2050);
	IS(r.zone[0].nr_free_cma, 3);
}

/* Kernel: mm/page_alloc.c:3137 __rmqueue(): CMA before any fallback [6.1.192] */
Test(buddy, cma_serves_before_a_fallback)
{
	rig_free(&r, 1024, 2, KM_CMA);
	rig_free(&r, 2048, 4, KM_RECLAIMABLE);
	IS(buddy_alloc(&r.buddy[0], 2, KM_MOVABLE, BUDDY_CMA).nr, 1024);
	IS(buddy_alloc(&r.buddy[0], 2, KM_MOVABLE, BUDDY_CMA).nr, 2048);
	BLOCKS(3, KM_MOVABLE, "2056");
}

Test(buddy, without_leave_cma_is_never_touched)
{
	rig_free(&r, 1024, 2, KM_CMA);
	cr_assert_eq(buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, 0).nr, KM_NO_PFN);
	cr_assert_eq(buddy_alloc(&r.buddy[0], 0, KM_UNMOVABLE, 0).nr, KM_NO_PFN);
}

/*
 * Kernel: mm/page_alloc.c:2643 move_freepages(), :1052 move_to_free_list(): ascending, to the
 * tails [6.1.192]
 */
Test(buddy, free_blocks_of_a_pageblock_move_ascending_to_the_tails)
{
	uint64_t movable;

	rig_free(&r, 2048, 1, KM_UNMOVABLE);
	rig_free(&r, 1024 + 40, 1, KM_MOVABLE);
	rig_free(&r, 1024 + 16, 1, KM_RECLAIMABLE);
	rig_free(&r, 1024 + 8, 3, KM_UNMOVABLE);
	rig_free(&r, 1536, 1, KM_MOVABLE);
	rig_used(&r, 1024 + 64, 4, KM_MOVABLE);
	rig_used(&r, 1024 + 80, 4, KM_UNMOVABLE);
	IS(buddy_move_block(&r.buddy[0], pfn(1024 + 100), KM_UNMOVABLE, &movable), 12);
	IS(movable, 16);
	BLOCKS(1, KM_UNMOVABLE, "2048 1040 1064");
	BLOCKS(3, KM_UNMOVABLE, "1032");
	BLOCKS(1, KM_MOVABLE, "1536");
}
