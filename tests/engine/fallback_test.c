/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests whose own lists are empty, against vectors worked out by hand from the kernel's source.
 * One zone of
 * 4095 pages at pfn 1; pageblocks of 512 pages, of which pfns 1024 to 1535 are the one mostly
 * looked at.
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

TestSuite(fallback, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)

static uint64_t alloc(unsigned int order, unsigned int mt)
{
	return buddy_alloc(&r.buddy[0], order, mt, BUDDY_KSWAPD).nr;
}

static const struct step *fallback_step(void)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < r.nr_steps; i++)
		if (r.step[i].kind == STEP_FALLBACK)
			found = &r.step[i];
	cr_assert(found, "no fallback was reported");
	return found;
}

static void reopen(const struct rig_shape *shape)
{
	rig_close(&r);
	rig_open(&r, shape);
}

/* Kernel: mm/page_alloc.c:2621 fallbacks[][] [6.1.192] */
Test(fallback, each_type_looks_at_the_others_in_its_own_order)
{
	static const unsigned int want[KM_NR_PCP_TYPES][2] = {
		[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE },
		[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE },
		[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE },
	};

	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++) {
		reopen(NULL);
		rig_free(&r, 1024, 9, want[mt][1]);
		rig_free(&r, 2048, 9, want[mt][0]);
		rig_type(&r, 1024, want[mt][1]);
		rig_type(&r, 2048, want[mt][0]);
		IS(alloc(9, mt), 2048);
		IS(fallback_step()->mt2, want[mt][0]);
		IS(alloc(9, mt), 1024);
		IS(fallback_step()->mt2, want[mt][1]);
		cr_assert_eq(alloc(0, mt), KM_NO_PFN);
	}
}

/*
 * page_alloc.c:2427 __rmqueue_smallest() [6.1.192] looks from the order upwards: smaller own blocks
 * are of no use to it. At order 0 there is none.
 */
Test(fallback, what_ended_the_own_lists)
{
	rig_free(&r, 1024, 1, KM_UNMOVABLE);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	IS(alloc(2, KM_UNMOVABLE), 2048);
	IS(fallback_step()->pieces, 1);
	rig_free(&r, 3072, 9, KM_MOVABLE);
	IS(alloc(2, KM_RECLAIMABLE), 3072);
	IS(fallback_step()->pieces, 0);
	IS(buddy_has_pieces(&r.buddy[0], 0, KM_UNMOVABLE), 0);
}

Test(fallback, special_types_neither_give_nor_take)
{
	rig_free(&r, 512, 9, KM_HIGHATOMIC);
	rig_free(&r, 1024, 9, KM_CMA);
	rig_free(&r, 2048, 9, KM_ISOLATE);
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		cr_assert_eq(alloc(0, mt), KM_NO_PFN);
	rig_free(&r, 3072, 9, KM_MOVABLE);
	cr_assert_eq(buddy_alloc(&r.buddy[0], 10, KM_HIGHATOMIC, 0).nr, KM_NO_PFN);
	BLOCKS(9, KM_MOVABLE, "3072");
	IS(r.nr_steps, 0);
}

/*
 * Kernel: mm/page_alloc.c:3056 __rmqueue_fallback(): the largest order decides before the type
 * [6.1.192]
 */
Test(fallback, largest_block_decides_before_the_type)
{
	rig_free(&r, 1024, 3, KM_MOVABLE);
	rig_free(&r, 2048, 2, KM_RECLAIMABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(fallback_step()->order2, 3);
	IS(fallback_step()->mt2, KM_MOVABLE);
}

/*
 * Kernel: mm/page_alloc.c:2702 change_pageblock_range(), :2808 steal_suitable_fallback() [6.1.192]
 */
Test(fallback, whole_pageblocks_change_hands)
{
	r.zone[0].wmark[KM_WMARK_HIGH] = 1000;
	rig_free(&r, 1024, 10, KM_MOVABLE);
	rig_free(&r, 2048, 3, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(rig_type_of(&r, 1536), KM_UNMOVABLE);
	IS(rig_type_of(&r, 2048), KM_MOVABLE);
	BLOCKS(9, KM_UNMOVABLE, "1536");
	BLOCKS(0, KM_UNMOVABLE, "1025");
	BLOCKS(3, KM_MOVABLE, "2048");
	IS(r.zone[0].boost, 0);
	const struct step *s = fallback_step();

	IS(s->pfn.nr, 1024);
	IS(s->order, 0);
	IS(s->order2, 10);
	IS(s->mt, KM_UNMOVABLE);
	IS(s->mt2, KM_MOVABLE);
	IS(s->change_ownership, 1);
	SAYS(rig_steps(&r, STEP_ZONE_LOCKED), "1024");
}

Test(fallback, fallback_is_reported_before_the_page_leaves)
{
	rig_free(&r, 1024, 9, KM_MOVABLE);
	alloc(0, KM_RECLAIMABLE);
	IS(r.nr_steps, 2);
	IS(r.step[0].kind, STEP_FALLBACK);
	IS(r.step[1].kind, STEP_ZONE_LOCKED);
}

/*
 * Kernel: mm/page_alloc.c:2825 steal_suitable_fallback(): ascending to the tails, then the
 * smallest is popped.
 */
Test(fallback, whole_steal_moves_all_and_the_smallest_lowest_is_popped)
{
	rig_free(&r, 1200, 0, KM_MOVABLE);
	rig_free(&r, 1104, 3, KM_MOVABLE);
	rig_free(&r, 1060, 0, KM_RECLAIMABLE);
	rig_free(&r, 1536, 2, KM_MOVABLE);
	rig_used(&r, 1280, 8, KM_MOVABLE);
	rig_used(&r, 1032, 3, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1060);
	IS(fallback_step()->pfn.nr, 1104);
	BLOCKS(0, KM_UNMOVABLE, "1200");
	BLOCKS(3, KM_UNMOVABLE, "1104");
	BLOCKS(2, KM_MOVABLE, "1536");
	/* 10 free, 264 movable in use: 10 + (512 - 274) = 248 < 256 */
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	IS(fallback_step()->change_ownership, 0);
}

struct claim {
	unsigned int mt, old;
	uint64_t free, movable;
	bool claimed;
};

/*
 * @pages of the pageblock at 1024, from its lower end or its upper: free as @mt, or in use as
 * movable.
 */
static void fill(uint64_t pages, bool top, unsigned int mt)
{
	uint64_t at = top ? 1536 - pages : 1024, end = at + pages;

	while (at < end) {
		unsigned int order = (unsigned int)__builtin_ctzll(at);

		while (order > 8 || at + pages_of(order) > end)
			order--;
		if (top)
			rig_used(&r, at, order, mt);
		else
			rig_free(&r, at, order, mt);
		at += pages_of(order);
	}
}

static void steal_and_look(const struct claim *c)
{
	reopen(NULL);
	rig_type(&r, 1024, c->old);
	fill(c->free, false, c->old);
	fill(c->movable, true, KM_MOVABLE);
	cr_assert(alloc(0, c->mt) != KM_NO_PFN);
	unsigned int want = c->claimed ? c->mt : c->old;

	cr_assert_eq(rig_type_of(&r, 1024), want, "%u from %u, %llu free, %llu movable: type %u",
		     c->mt, c->old, (unsigned long long)c->free, (unsigned long long)c->movable,
		     rig_type_of(&r, 1024));
	IS(fallback_step()->change_ownership, c->claimed);
	IS(r.buddy[0].list[0][c->old].count, 0);
	SOUND(&r);
}

/*
 * Kernel: mm/page_alloc.c:2832 steal_suitable_fallback(): free_pages + alike_pages >= 1 << (P - 1)
 * [6.1.192]
 */
Test(fallback, half_free_or_alike_claims_the_pageblock)
{
	static const struct claim cases[] = {
		/* from movable: alike = 512 - (free + movable), so 512 - movable decides */
		{ KM_UNMOVABLE, KM_MOVABLE, 8, 256, true },
		{ KM_UNMOVABLE, KM_MOVABLE, 8, 257, false },
		{ KM_RECLAIMABLE, KM_MOVABLE, 1, 256, true },
		{ KM_RECLAIMABLE, KM_MOVABLE, 255, 257, false },
		/* between unmovable and reclaimable nothing is alike */
		{ KM_UNMOVABLE, KM_RECLAIMABLE, 256, 0, true },
		{ KM_UNMOVABLE, KM_RECLAIMABLE, 255, 0, false },
		{ KM_UNMOVABLE, KM_RECLAIMABLE, 255, 200, false },
		{ KM_RECLAIMABLE, KM_UNMOVABLE, 256, 0, true },
		{ KM_RECLAIMABLE, KM_UNMOVABLE, 255, 100, false },
		/* for movable: movable pages in use */
		{ KM_MOVABLE, KM_UNMOVABLE, 16, 240, true },
		{ KM_MOVABLE, KM_UNMOVABLE, 16, 239, false },
		{ KM_MOVABLE, KM_RECLAIMABLE, 256, 0, true },
		{ KM_MOVABLE, KM_RECLAIMABLE, 255, 1, true },
		{ KM_MOVABLE, KM_RECLAIMABLE, 255, 0, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		steal_and_look(&cases[i]);
}

/* Kernel: mm/page_alloc.c:2737 can_steal_fallback(): pageblock_order / 2 [6.1.192] */
Test(fallback, movable_takes_whole_pageblocks_from_half_the_order_up)
{
	IS(buddy_can_steal(&r.buddy[0], 3, KM_MOVABLE), 0);
	IS(buddy_can_steal(&r.buddy[0], 4, KM_MOVABLE), 1);
	IS(buddy_can_steal(&r.buddy[0], 0, KM_UNMOVABLE), 1);
	IS(buddy_can_steal(&r.buddy[0], 0, KM_RECLAIMABLE), 1);
	reopen(&(struct rig_shape){ .pb_order = 10 });
	IS(buddy_can_steal(&r.buddy[0], 4, KM_MOVABLE), 0);
	IS(buddy_can_steal(&r.buddy[0], 5, KM_MOVABLE), 1);
	r.buddy[0].no_mobility = true;
	IS(buddy_can_steal(&r.buddy[0], 0, KM_MOVABLE), 1);
}

/* Kernel: mm/page_alloc.c:3081 find_smallest [6.1.192] */
Test(fallback, movable_breaks_the_smallest_block_instead_of_a_large_one)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_type(&r, 2048, KM_RECLAIMABLE);
	rig_free(&r, 1024, 3, KM_UNMOVABLE);
	rig_free(&r, 1040, 1, KM_UNMOVABLE);
	rig_free(&r, 2048, 2, KM_RECLAIMABLE);
	IS(alloc(0, KM_MOVABLE), 1040);
	IS(fallback_step()->order2, 1);
	IS(fallback_step()->mt2, KM_UNMOVABLE);
	BLOCKS(0, KM_MOVABLE, "1041");
	BLOCKS(3, KM_UNMOVABLE, "1024");
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 1041);
	IS(alloc(0, KM_MOVABLE), 2048);
	BLOCKS(1, KM_MOVABLE, "2050");
}

/* The smallest search looks at each order by type again: reclaimable before unmovable. */
Test(fallback, smallest_search_keeps_the_order_of_types)
{
	rig_free(&r, 1024, 2, KM_UNMOVABLE);
	rig_free(&r, 2048, 2, KM_RECLAIMABLE);
	rig_free(&r, 3072, 3, KM_UNMOVABLE);
	IS(alloc(1, KM_MOVABLE), 2048);
	IS(fallback_step()->order2, 2);
}

/* Kernel: mm/page_alloc.c:3073: current_order > order, else it is taken at once [6.1.192] */
Test(fallback, movable_takes_a_block_of_just_its_size_singly)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 3, KM_UNMOVABLE);
	rig_free(&r, 1040, 0, KM_UNMOVABLE);
	IS(alloc(3, KM_MOVABLE), 1024);
	IS(fallback_step()->order2, 3);
	BLOCKS(0, KM_UNMOVABLE, "1040");
}

/* A block of order P / 2 and above ends the search before the smallest is looked for. */
Test(fallback, movable_takes_the_pageblock_of_a_larger_block)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 4, KM_UNMOVABLE);
	rig_free(&r, 1056, 0, KM_UNMOVABLE);
	rig_free(&r, 2048, 0, KM_RECLAIMABLE);
	IS(alloc(0, KM_MOVABLE), 1056);
	BLOCKS(4, KM_MOVABLE, "1024");
	BLOCKS(0, KM_RECLAIMABLE, "2048");
}

Test(fallback, with_pageblocks_of_order_ten_the_limits_move)
{
	reopen(&(struct rig_shape){ .pb_order = 10 });
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 4, KM_UNMOVABLE);
	rig_free(&r, 1056, 0, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 1056);
	IS(fallback_step()->order2, 0);
	BLOCKS(4, KM_UNMOVABLE, "1024");
	rig_free(&r, 1536, 9, KM_UNMOVABLE);
	IS(alloc(0, KM_MOVABLE), 1024);
	/* 528 pages free, 512 are enough; the order-9 block is less than a pageblock */
	IS(fallback_step()->pfn.nr, 1536);
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	BLOCKS(9, KM_MOVABLE, "1536");
}

/*
 * Kernel: mm/page_alloc.c:2695 move_freepages_block(): a pageblock across the zone's end is not
 * moved [6.1.192]
 */
Test(fallback, pageblock_across_the_zones_end_is_taken_singly)
{
	reopen(&(struct rig_shape){ .zone = { { "DMA32", 0, 1, 4000 } } });
	rig_free(&r, 3600, 3, KM_MOVABLE);
	rig_free(&r, 3616, 0, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 3600);
	BLOCKS(0, KM_UNMOVABLE, "3601");
	BLOCKS(2, KM_UNMOVABLE, "3604");
	BLOCKS(0, KM_MOVABLE, "3616");
	IS(rig_type_of(&r, 3600), KM_MOVABLE);
	IS(fallback_step()->change_ownership, 0);
}

/*
 * Kernel: mm/page_alloc.c:2693: one across the zone's start is moved from the page itself on
 * [6.1.192]
 */
Test(fallback, pageblock_across_the_zones_start_is_moved_from_the_block_on)
{
	IS(rig_type_of(&r, 1), KM_UNMOVABLE);
	rig_free(&r, 4, 2, KM_UNMOVABLE);
	rig_free(&r, 16, 4, KM_UNMOVABLE);
	rig_free(&r, 40, 3, KM_UNMOVABLE);
	IS(alloc(0, KM_RECLAIMABLE), 40);
	IS(fallback_step()->pfn.nr, 16);
	BLOCKS(2, KM_UNMOVABLE, "4");
	BLOCKS(4, KM_RECLAIMABLE, "16");
	BLOCKS(2, KM_RECLAIMABLE, "44");
	IS(rig_type_of(&r, 1), KM_UNMOVABLE);
}

/* Kernel: mm/page_alloc.c:2804: a block listed elsewhere, in a HIGHATOMIC pageblock [6.1.192] */
Test(fallback, block_in_a_reserved_pageblock_is_taken_singly)
{
	r.zone[0].wmark[KM_WMARK_HIGH] = 1000;
	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 2048, 3, KM_MOVABLE);
	rig_free(&r, 2064, 0, KM_MOVABLE);
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_type(&r, 2048, KM_HIGHATOMIC);
	IS(alloc(9, KM_UNMOVABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	IS(alloc(3, KM_UNMOVABLE), 2048);
	BLOCKS(0, KM_MOVABLE, "2064");
	IS(r.zone[0].boost, 0);
	IS(fallback_step()->change_ownership, 0);
}

/*
 * Kernel: include/trace/events/kmem.h: change_ownership is the pageblock's type now, however it
 * got it [6.1.192]
 */
Test(fallback, ownership_counts_as_changed_where_the_type_was_right_already)
{
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 2, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(fallback_step()->change_ownership, 1);
}

/* Kernel: mm/page_alloc.c:3048 __rmqueue_fallback(): ALLOC_NOFRAGMENT [6.1.192] */
Test(fallback, nofragment_takes_whole_pageblocks_only)
{
	rig_free(&r, 1024, 8, KM_MOVABLE);
	cr_assert_eq(buddy_alloc(&r.buddy[0], 0, KM_UNMOVABLE, BUDDY_NOFRAGMENT).nr, KM_NO_PFN);
	BLOCKS(8, KM_MOVABLE, "1024");
	IS(r.nr_steps, 0);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 0, KM_UNMOVABLE, BUDDY_NOFRAGMENT).nr, 2048);
	rig_free(&r, 3072, 10, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 10, KM_UNMOVABLE, BUDDY_NOFRAGMENT).nr, 3072);
}

static void boost(uint64_t high, uint64_t factor, uint64_t managed, uint64_t first, uint64_t second)
{
	struct zone *z = &r.zone[0];

	z->wmark[KM_WMARK_HIGH] = high;
	z->managed = managed;
	z->boost = 0;
	r.buddy[0].watermark_boost_factor = factor;
	IS(buddy_boost(&r.buddy[0]), first > 0);
	IS(z->boost, first);
	buddy_boost(&r.buddy[0]);
	IS(z->boost, second);
}

/* Kernel: mm/page_alloc.c:2746 boost_watermark() [6.1.192] */
Test(fallback, boost_grows_by_a_pageblock_up_to_its_limit)
{
	boost(1000, 15000, 4095, 512, 1024);
	buddy_boost(&r.buddy[0]);
	IS(r.zone[0].boost, 1500); /* 1536 above 1000 * 15000 / 10000 */
	buddy_boost(&r.buddy[0]);
	IS(r.zone[0].boost, 1500);
	boost(100, 15000, 4095, 512, 512); /* 150: less than a pageblock */
	boost(700, 10000, 4095, 512, 700);
	boost(0, 15000, 4095, 0, 0);
	boost(1, 9999, 4095, 0, 0); /* 9999 / 10000: nothing */
	boost(1000, 0, 4095, 0, 0);
	boost(1000, 15000, 2047, 0, 0);
	boost(1000, 15000, 2048, 512, 1024);
	/* 12345: 1 * 15000 + 2345 * 15000 / 10000 = 18517 */
	r.zone[0].wmark[KM_WMARK_HIGH] = 12345;
	r.zone[0].boost = 18300;
	buddy_boost(&r.buddy[0]);
	IS(r.zone[0].boost, 18517);
}

Test(fallback, boost_unit_is_the_pageblock)
{
	reopen(&(struct rig_shape){ .pb_order = 10 });
	boost(1000, 15000, 4095, 0, 0);
	boost(1000, 15000, 4096, 1024, 1500);
}

/*
 * Kernel: mm/page_alloc.c:2818: on every steal below a pageblock, whole or not; kswapd if allowed
 * [6.1.192]
 */
Test(fallback, every_small_steal_boosts)
{
	r.zone[0].wmark[KM_WMARK_HIGH] = 1000;
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1024, 2, KM_UNMOVABLE);
	rig_free(&r, 2048, 2, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 1, KM_MOVABLE, 0).nr, 2048);
	IS(r.zone[0].boost, 0);
	IS(buddy_alloc(&r.buddy[0], 2, KM_MOVABLE, 0).nr, 1024);
	IS(r.zone[0].boost, 512);
	IS(r.zone[0].boosted, 0);
	IS(buddy_alloc(&r.buddy[0], 0, KM_RECLAIMABLE, BUDDY_KSWAPD).nr, 2050);
	IS(r.zone[0].boost, 1024);
	IS(r.zone[0].boosted, 1);
}

Test(fallback, boost_that_cannot_be_wakes_nobody)
{
	rig_free(&r, 2048, 2, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 2048);
	IS(r.zone[0].boosted, 0);
}

/*
 * Kernel: mm/page_alloc.c:2858: page_group_by_mobility_disabled; set_pageblock_migratetype()
 * stores UNMOVABLE
 */
Test(fallback, without_grouping_every_steal_claims)
{
	r.buddy[0].no_mobility = true;
	rig_free(&r, 1024, 0, KM_MOVABLE);
	rig_used(&r, 1280, 8, KM_MOVABLE);
	rig_used(&r, 1152, 7, KM_MOVABLE);
	IS(alloc(0, KM_UNMOVABLE), 1024);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	buddy_set_type(&r.buddy[0], pfn(2048), KM_RECLAIMABLE);
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
	buddy_set_type(&r.buddy[0], pfn(2048), KM_ISOLATE);
	IS(rig_type_of(&r, 2048), KM_ISOLATE);
}

/*
 * Kernel: mm/page_alloc.c:2864: move_to_free_list() is to the tail, so older blocks of that list
 * go first
 */
Test(fallback, single_block_goes_behind_what_is_there)
{
	rig_free(&r, 2048, 3, KM_MOVABLE);
	rig_free(&r, 1024, 3, KM_UNMOVABLE);
	buddy_steal(&r.buddy[0], pfn(1024), 3, KM_MOVABLE, false, false);
	BLOCKS(3, KM_MOVABLE, "2048 1024");
}

Test(fallback, request_larger_than_anything_free_fails_untouched)
{
	rig_free(&r, 1024, 8, KM_MOVABLE);
	cr_assert_eq(alloc(9, KM_UNMOVABLE), KM_NO_PFN);
	cr_assert_eq(alloc(10, KM_RECLAIMABLE), KM_NO_PFN);
	BLOCKS(8, KM_MOVABLE, "1024");
}

/* ---- recorded fallbacks ---- */

static bool follow(uint64_t nr, unsigned int from, unsigned int mt, bool owner)
{
	const struct buddy_fell f = {
		.pfn = pfn(nr), .mt = mt, .from_order = from, .change_ownership = owner
	};

	return r.profile->buddy.fallback_ops->follow(&r.buddy[0], &f);
}

/* Kernel: include/trace/events/kmem.h:mm_page_alloc_extfrag: the block's head [6.1.192] */
Test(fallback, a_recorded_steal_names_a_free_block)
{
	rig_free(&r, 1024, 3, KM_MOVABLE);
	cr_assert(!follow(1024, 2, KM_UNMOVABLE, false));
	cr_assert(!follow(2048, 3, KM_UNMOVABLE, false));
	BLOCKS(3, KM_MOVABLE, "1024");
	cr_assert(follow(1024, 3, KM_UNMOVABLE, false));
	BLOCKS(3, KM_UNMOVABLE, "1024");
}

/*
 * steal_suitable_fallback() judges by pages on the LRU, which no trace tells; change_ownership says
 * what came of it. The model alone would have claimed 1024 (8 free, 504 alike) and left 2048.
 */
Test(fallback, the_record_says_whether_a_pageblock_was_claimed)
{
	rig_free(&r, 1024, 3, KM_MOVABLE);
	cr_assert(follow(1024, 3, KM_UNMOVABLE, false));
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	rig_type(&r, 2048, KM_RECLAIMABLE);
	rig_free(&r, 2048, 3, KM_RECLAIMABLE);
	cr_assert(follow(2048, 3, KM_UNMOVABLE, true));
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
	rig_free(&r, 3072, 9, KM_MOVABLE);
	cr_assert(follow(3072, 9, KM_UNMOVABLE, false)); /* always claimed, whatever is said */
	IS(rig_type_of(&r, 3072), KM_UNMOVABLE);
	rig_free(&r, 512, 9, KM_MOVABLE);
	cr_assert(follow(512, 9, KM_RECLAIMABLE, true));
	IS(rig_type_of(&r, 512), KM_RECLAIMABLE);
}

/* The second of two fallbacks of one refill is not foreseen: the first moves what it finds. */
Test(fallback, only_the_next_steal_is_planned)
{
	struct buddy_plan plan;

	rig_free(&r, 1024, 3, KM_MOVABLE);
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;

	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.head.nr, 1024);
	IS(plan.whole, 1);
	cr_assert(!ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 1, &plan));
	/*
	 * Kernel: :3073 "current_order > order": a movable request of just that order looks no
	 * further
	 */
	rig_type(&r, 2048, KM_UNMOVABLE);
	rig_free(&r, 2048, 3, KM_UNMOVABLE);
	cr_assert(ops->plan(&r.buddy[0], 3, KM_MOVABLE, false, 0, &plan));
	IS(plan.head.nr, 2048);
	IS(plan.whole, 0);
}

/* A table of three, without an end before its last: fallbacks[MIGRATE_MOVABLE] of 3.5 */
Test(fallback, a_full_table_of_types_is_looked_through)
{
	reopen(&(struct rig_shape){ .profile = &kernel_v3_5 });
	IS(buddy_fallback_type(&r.buddy[0], 0, KM_MOVABLE), KM_NR_MIGRATETYPES);
	rig_list(&r, 1024, 0, KM_UNMOVABLE);
	IS(buddy_fallback_type(&r.buddy[0], 0, KM_MOVABLE), KM_UNMOVABLE);
}
