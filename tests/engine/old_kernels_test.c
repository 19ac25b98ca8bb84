/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of 2.6.34 and 3.5, worked out by hand from the kernel functions named. No capture of
 * them is at hand: these vectors are all that holds them.
 */
#include <signal.h>
#include <string.h>

#include "tests/support/says.h"

static struct rig r;

static void open_rig(const char *kernel, const struct rig_zone *zone)
{
	struct rig_shape s = { .profile = kernel_profile_find(kernel), .nr_cpus = 2 };

	s.zone[0] = zone ? *zone : (struct rig_zone){ "DMA32", 0, 0, 8192 };
	cr_assert_not_null(s.profile);
	cr_assert(!s.profile->validated);
	rig_open(&r, &s);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

static struct pcp *lists(uint32_t high, uint32_t batch)
{
	struct pcp *p = pages_pcp(&r.pages, 0, 0);

	p->high = high;
	p->batch = batch;
	return p;
}

TestSuite(old_kernels, .fini = end);

/* mm/page_alloc.c:__free_one_page() [2.6.34]: list_add(), always; spec 3.8.5 has 3.5's tail */
Test(old_kernels, a_merged_block_goes_to_the_head)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 100, 1, KM_MOVABLE);
	rig_list(&r, 12, 2, KM_MOVABLE);
	rig_free(&r, 8, 0, KM_MOVABLE);
	rig_free(&r, 9, 0, KM_MOVABLE);
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_MOVABLE), "8 100");
}

/* mm/page_alloc.c:__free_one_page() [3.5]: spec 2.3 rule 3 */
Test(old_kernels, since_3_5_it_goes_to_the_tail_where_its_aunt_is_free)
{
	open_rig("3.5", NULL);
	rig_list(&r, 100, 1, KM_MOVABLE);
	rig_list(&r, 12, 2, KM_MOVABLE);
	rig_free(&r, 8, 0, KM_MOVABLE);
	rig_free(&r, 9, 0, KM_MOVABLE);
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_MOVABLE), "100 8");
}

/* mm/page_alloc.c:rmqueue_bulk() [2.6.34]: batch pages, the first is handed out */
Test(old_kernels, a_refill_is_one_batch)
{
	open_rig("2.6.34", NULL);
	struct pcp *p = lists(186, 31);

	rig_list(&r, 64, 6, KM_UNMOVABLE);
	IS(pcp_pop(p, &r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 64);
	IS(p->count, 30);
	IS(pcp_pop(p, &r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 65);
	rig_used(&r, 64, 0, KM_UNMOVABLE);
	rig_used(&r, 65, 0, KM_UNMOVABLE);
}

/* the same for __GFP_COLD: a cold request takes what a hot one would take last */
Test(old_kernels, cold_requests_take_the_tail)
{
	open_rig("2.6.34", NULL);
	struct pcp *p = lists(186, 4);

	rig_list(&r, 64, 2, KM_MOVABLE);
	IS(pcp_pop(p, &r.buddy[0], 0, KM_MOVABLE, BUDDY_COLD).nr, 64);
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "67 66 65");
	IS(pcp_pop(p, &r.buddy[0], 0, KM_MOVABLE, 0).nr, 67);
	rig_used(&r, 64, 0, KM_MOVABLE);
	rig_used(&r, 67, 0, KM_MOVABLE);
}

Test(old_kernels, cold_frees_go_to_the_tail)
{
	open_rig("3.5", NULL);
	lists(186, 31);
	for (uint64_t nr = 512; nr < 515; nr++)
		IS(pages_free(&r.pages, 0, pfn(nr), 0, nr == 513 ? PAGES_FREE_COLD : 0), 0);
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "514 512 513");
}

/* Pages 8 apart do not merge: 0: Unmovable, 512: Movable, 1024: Reclaimable. */
static void keep(unsigned int unmovable, unsigned int movable, unsigned int reclaimable)
{
	struct pcp *p = lists(1000, 31);
	const unsigned int n[] = { unmovable, movable, reclaimable };

	for (unsigned int mt = 0; mt < 3; mt++)
		for (unsigned int i = 0; i < n[mt]; i++)
			pcp_push(p, &r.frames, pfn(mt * 512 + i * 8), 0, mt, false);
}

/*
 * mm/page_alloc.c:free_pcppages_bulk() [2.6.34]: from Unmovable on to Reclaimable, Movable (types
 * 1 and 2 there), one of each; an empty list lets the next give one more.
 */
Test(old_kernels, a_drain_goes_around_the_lists)
{
	open_rig("2.6.34", NULL);
	keep(2, 3, 2);
	pcp_drain(pages_pcp(&r.pages, 0, 0), &r.buddy[0], 6, 0);
	cr_assert_str_eq(rig_steps(&r, STEP_PCPU_DRAIN), "1024 512 0 1032 520 8");
	IS(pages_pcp(&r.pages, 0, 0)->count, 1);
}

/*
 * Only Movable has pages. Visit 1: Reclaimable empty (batch_free 1), Movable: 2 pages. Then
 * Unmovable, Reclaimable empty, Movable: batch_free 3, 3 pages; 6 in all here.
 */
Test(old_kernels, empty_lists_raise_what_the_next_gives)
{
	open_rig("2.6.34", NULL);
	keep(1, 6, 0);
	pcp_drain(pages_pcp(&r.pages, 0, 0), &r.buddy[0], 6, 0);
	/* Movable 2 (batch_free 2), Unmovable 1, then Reclaimable empty: Movable 2, … */
	cr_assert_str_eq(rig_steps(&r, STEP_PCPU_DRAIN), "512 520 0 528 536 544");
}

/* mm/page_alloc.c:free_pcppages_bulk() [3.5]: "This is the only non-empty list. Free them all." */
Test(old_kernels, since_3_5_the_only_list_gives_all)
{
	open_rig("3.5", NULL);
	keep(0, 5, 0);
	pcp_drain(pages_pcp(&r.pages, 0, 0), &r.buddy[0], 5, 0);
	cr_assert_str_eq(rig_steps(&r, STEP_PCPU_DRAIN), "512 520 528 536 544");
	IS(pages_pcp(&r.pages, 0, 0)->count, 0);
}

/* mm/page_alloc.c:free_hot_cold_page() [2.6.34]: count >= high drains one batch */
Test(old_kernels, a_full_list_gives_one_batch)
{
	open_rig("2.6.34", NULL);
	struct pcp *p = lists(6, 4);

	for (uint64_t i = 0; i < 6; i++)
		IS(pages_free(&r.pages, 0, pfn(512 + i * 8), 0, 0), 0);
	IS(p->count, 2);
	cr_assert_str_eq(rig_steps(&r, STEP_PCPU_DRAIN), "512 520 528 536");
	/* order 1 is no business of the lists */
	IS(pages_free(&r.pages, 0, pfn(1024), 1, 0), 0);
	IS(p->count, 2);
}

/*
 * mm/page_alloc.c:zone_batchsize(), setup_pageset() [2.6.34]: min(present / 1024, 512 KiB) / 4,
 * rounded as 2^n - 1; high = 6 * batch. Present 3840: 3 / 4 = 0, so 1: power 1, batch 0, taken as
 * 1, high 0; 40960: 40 / 4 = 10, 15: 8 - 1; 1 GiB: 128 / 4 = 32, 48: 32 - 1 = 31, high 186.
 */
Test(old_kernels, limits_are_six_batches)
{
	const struct {
		uint64_t pages;
		uint32_t batch, high;
	} want[] = { { 3840, 1, 0 }, { 40960, 7, 42 }, { 262144, 31, 186 } };

	open_rig("2.6.34", NULL);
	for (unsigned int i = 0; i < 3; i++) {
		r.zone[0].managed = want[i].pages;
		struct pcp_limits l = pages_pcp_limits(&r.pages, &r.zone[0], 0);

		IS(l.batch, want[i].batch);
		IS(l.high, want[i].high);
	}
	/* percpu_pagelist_fraction 8: high is an eighth, batch a quarter of it, 8 * PAGE_SHIFT at
	 * most */
	IS(pages_pcp_limits(&r.pages, &r.zone[0], 8).high, 32768);
	IS(pages_pcp_limits(&r.pages, &r.zone[0], 8).batch, 96);
}

/*
 * spec 4.3.5; mm/page_alloc.c:zone_watermark_ok() [2.6.34]. Free: 10 of order 0, 5 of order 1, 3
 * of order 2: 32 pages. order 2, mark 8: 32 - 3 = 29 > 8; order 0: 19 > 4; order 1: 9 > 2: yes.
 * Mark 38: 29 <= 38: no. Mark 24: 29 > 24, 19 > 12, 9 > 6: yes. Mark 36 with ALLOC_HIGH: as 18:
 * 29 > 18, 19 > 9, 9 > 4: yes; with ALLOC_HARDER: 27: 29 > 27, 19 > 13, 9 > 6: yes.
 */
Test(old_kernels, watermarks_go_order_by_order)
{
	open_rig("2.6.34", NULL);
	for (uint64_t i = 0; i < 10; i++)
		rig_list(&r, i * 2, 0, KM_MOVABLE);
	for (uint64_t i = 0; i < 5; i++)
		rig_list(&r, 512 + i * 4, 1, KM_MOVABLE);
	for (uint64_t i = 0; i < 3; i++)
		rig_list(&r, 1024 + i * 8, 2, KM_MOVABLE);
	IS(r.zone[0].nr_free, 32);
	cr_assert(pages_watermark_ok(&r.pages, 0, 2, 8, 0, 0, 32));
	cr_assert(!pages_watermark_ok(&r.pages, 0, 2, 38, 0, 0, 32));
	cr_assert(pages_watermark_ok(&r.pages, 0, 2, 24, 0, 0, 32));
	cr_assert(!pages_watermark_ok(&r.pages, 0, 2, 36, 0, 0, 32));
	cr_assert(pages_watermark_ok(&r.pages, 0, 2, 36, 0, PAGES_MIN_RESERVE, 32));
	cr_assert(pages_watermark_ok(&r.pages, 0, 2, 36, 0, PAGES_NON_BLOCK, 32));
	/* order 3: 25 > 8, 15 > 4, 5 > 2, 5 - 12 < 0 */
	cr_assert(!pages_watermark_ok(&r.pages, 0, 3, 8, 0, 0, 32));
}

/*
 * mm/page_alloc.c:__rmqueue_fallback() [2.6.34]: below half the pageblock order only the block is
 * taken, and what is left stays with its own type; the event precedes the removal.
 */
Test(old_kernels, a_small_fallback_leaves_the_rest_to_its_type)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	rig_list(&r, 1024, 1, KM_RECLAIMABLE);
	IS(buddy_alloc(&r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 512);
	cr_assert_str_eq(rig_blocks(&r, 0, 0, KM_MOVABLE), "513");
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_MOVABLE), "514");
	IS(r.step[0].kind, STEP_FALLBACK);
	IS(r.step[0].order2, 2);
	IS(r.step[1].kind, STEP_ZONE_LOCKED);
	IS(r.step[1].mt, KM_UNMOVABLE);
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	rig_used(&r, 512, 0, KM_UNMOVABLE);
}

/* [3.5]: expand() with start_migratetype */
Test(old_kernels, since_3_5_the_rest_goes_to_the_request)
{
	open_rig("3.5", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 512);
	cr_assert_str_eq(rig_blocks(&r, 0, 0, KM_UNMOVABLE), "513");
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_UNMOVABLE), "514");
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	rig_used(&r, 512, 0, KM_UNMOVABLE);
}

/*
 * A reclaimable request moves the pageblock's free blocks: 4 + 256 pages are half of 512, so the
 * pageblock is claimed. move_freepages() puts each at the head: 512, 768: 768 comes first.
 */
Test(old_kernels, half_a_pageblock_is_claimed)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	rig_list(&r, 768, 8, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 2, KM_RECLAIMABLE, 0).nr, 768);
	IS(rig_type_of(&r, 512), KM_RECLAIMABLE);
	cr_assert_str_eq(rig_blocks(&r, 0, 2, KM_RECLAIMABLE), "772 512");
	cr_assert_str_eq(rig_blocks(&r, 0, 7, KM_RECLAIMABLE), "896");
	rig_used(&r, 768, 2, KM_RECLAIMABLE);
}

/* fallbacks[MIGRATE_MOVABLE] = { CMA, … } [3.5]; CMA's rest stays CMA, its pageblock too */
Test(old_kernels, since_3_5_movable_falls_back_to_cma_first)
{
	open_rig("3.5", NULL);
	rig_type(&r, 1024, KM_CMA);
	rig_list(&r, 1024, 9, KM_CMA);
	rig_list(&r, 512, 9, KM_RECLAIMABLE);
	IS(buddy_alloc(&r.buddy[0], 8, KM_MOVABLE, 0).nr, 1024);
	cr_assert_str_eq(rig_blocks(&r, 0, 8, KM_CMA), "1280");
	IS(rig_type_of(&r, 1024), KM_CMA);
	IS(buddy_alloc(&r.buddy[0], 9, KM_UNMOVABLE, 0).nr, 512);
	rig_used(&r, 1024, 8, KM_MOVABLE);
	rig_used(&r, 512, 9, KM_UNMOVABLE);
}

/* mm/page_alloc.c:__rmqueue(): MIGRATE_RESERVE when nothing else is left [2.6.34] */
Test(old_kernels, the_reserve_comes_last)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 9, KM_MOVABLE);
	rig_list(&r, 1024, 9, KM_MOVABLE);
	buddy_keep_reserve(&r.buddy[0], 1);
	IS(rig_type_of(&r, 512), KM_HIGHATOMIC);
	IS(rig_type_of(&r, 1024), KM_MOVABLE);
	cr_assert_str_eq(rig_blocks(&r, 0, 9, KM_HIGHATOMIC), "512");
	IS(buddy_alloc(&r.buddy[0], 9, KM_UNMOVABLE, 0).nr, 1024);
	IS(buddy_alloc(&r.buddy[0], 8, KM_UNMOVABLE, 0).nr, 512);
	IS(r.step[r.nr_steps - 1].mt, KM_HIGHATOMIC);
	IS(buddy_alloc(&r.buddy[0], 9, KM_MOVABLE, 0).nr, KM_NO_PFN);
	rig_used(&r, 512, 8, KM_UNMOVABLE);
	rig_used(&r, 1024, 9, KM_UNMOVABLE);
	buddy_keep_reserve(&r.buddy[0], 0);
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	cr_assert_str_eq(rig_blocks(&r, 0, 8, KM_MOVABLE), "768");
}

/* mm/page_alloc.c:gfp_to_alloc_flags() [2.6.34]: no NOFRAGMENT, no pageblocks for atomic orders */
Test(old_kernels, flags_that_are_not_there_yet)
{
	open_rig("3.5", &(struct rig_zone){ "Normal", 1, 0, 8192 });
	r.pages.has_cma = true;
	const struct pages_request atomic = { .gfp = KM_GFP_HIGH, .order = 2 };
	const struct pages_request movable = { .gfp = KM_GFP_HIGHUSER_MOVABLE };

	IS(pages_fast_flags(&r.pages, &movable) & (PAGES_CMA | PAGES_NOFRAGMENT), 0);
	IS(pages_slow_flags(&r.pages, &atomic) & PAGES_HIGHATOMIC, 0);
	IS(pages_slow_flags(&r.pages, &atomic) & (PAGES_MIN_RESERVE | PAGES_NON_BLOCK),
	   PAGES_MIN_RESERVE | PAGES_NON_BLOCK);
}

/*
 * mm/page_alloc.c:setup_per_zone_wmarks() [2.6.34]: 8192 pages, min_free_kbytes 4 * 102: min 102,
 * low 102 + 25, high 102 + 51.
 */
Test(old_kernels, watermarks_have_no_scale_factor)
{
	const struct pages_tunables t = { .min_free_kbytes = 408, .watermark_scale_factor = 10 };

	open_rig("2.6.34", NULL);
	pages_set_watermarks(&r.pages, &t);
	IS(r.zone[0].wmark[KM_WMARK_MIN], 102);
	IS(r.zone[0].wmark[KM_WMARK_LOW], 127);
	IS(r.zone[0].wmark[KM_WMARK_HIGH], 153);
}

/*
 * mm/page_alloc.c:__rmqueue_fallback() [2.6.34]: page_group_by_mobility_disabled: the pageblock's
 * free blocks move, and it is claimed, however few there are.
 */
Test(old_kernels, without_grouping_everything_is_claimed)
{
	open_rig("2.6.34", NULL);
	r.buddy[0].no_mobility = true;
	rig_list(&r, 512, 1, KM_MOVABLE);
	rig_list(&r, 520, 0, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 1, KM_UNMOVABLE, 0).nr, 512);
	cr_assert_str_eq(rig_blocks(&r, 0, 0, KM_UNMOVABLE), "520");
	IS(rig_type_of(&r, 512), KM_UNMOVABLE);
	rig_used(&r, 512, 1, KM_UNMOVABLE);
}

/* MIGRATE_RESERVE, CMA and ISOLATE have no row in fallbacks[]: their lists, then the reserve's */
Test(old_kernels, special_requests_do_not_fall_back)
{
	open_rig("3.5", NULL);
	rig_list(&r, 512, 3, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 0, KM_CMA, 0).nr, KM_NO_PFN);
	cr_assert_str_eq(rig_blocks(&r, 0, 3, KM_MOVABLE), "512");
}

static bool follow(uint64_t nr, unsigned int from, unsigned int mt)
{
	const struct buddy_fell f = { .pfn = pfn(nr), .mt = mt, .from_order = from };

	return r.profile->buddy.fallback_ops->follow(&r.buddy[0], &f);
}

/*
 * What a recorded fallback leaves before the removal: 2.6.34 nothing for a small block, whose rest
 * stays; 3.5 the block on the request's lists; either, the whole pageblock's from order 4 on.
 */
Test(old_kernels, recorded_fallbacks_are_followed)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	cr_assert(!follow(512, 3, KM_UNMOVABLE));
	cr_assert(!follow(1024, 2, KM_UNMOVABLE));
	cr_assert(follow(512, 2, KM_UNMOVABLE));
	cr_assert_str_eq(rig_blocks(&r, 0, 2, KM_MOVABLE), "512");
	rig_list(&r, 1024, 8, KM_MOVABLE);
	cr_assert(follow(1024, 8, KM_UNMOVABLE));
	cr_assert_str_eq(rig_blocks(&r, 0, 8, KM_UNMOVABLE), "1024");
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
	rig_close(&r);
	open_rig("3.5", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	cr_assert(follow(512, 2, KM_UNMOVABLE));
	cr_assert_str_eq(rig_blocks(&r, 0, 2, KM_UNMOVABLE), "512");
	rig_type(&r, 1024, KM_CMA);
	rig_list(&r, 1024, 5, KM_CMA);
	cr_assert(follow(1024, 5, KM_MOVABLE)); /* CMA's rest stays */
	cr_assert_str_eq(rig_blocks(&r, 0, 5, KM_CMA), "1024");
	IS(rig_type_of(&r, 1024), KM_CMA);
}

/* Of one refill only the next fallback is foreseen; half a pageblock, 256 of 512, is claimed. */
Test(old_kernels, plans_of_the_next_fallback)
{
	struct buddy_plan plan;

	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 8, KM_MOVABLE);
	const struct buddy_fallback_ops *ops = r.profile->buddy.fallback_ops;

	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.head.nr, 512);
	IS(plan.whole, 1);
	IS(plan.claims, 1);
	cr_assert(!ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 1, &plan));
	cr_assert(!ops->plan(&r.buddy[0], 9, KM_UNMOVABLE, false, 0, &plan));
	rig_list(&r, 1024, 7, KM_RECLAIMABLE);
	IS(buddy_alloc(&r.buddy[0], 8, KM_UNMOVABLE, 0).nr, 512);
	cr_assert(ops->plan(&r.buddy[0], 0, KM_UNMOVABLE, false, 0, &plan));
	IS(plan.whole, 1);
	IS(plan.claims, 0); /* 128 of 512 */
	rig_used(&r, 512, 8, KM_UNMOVABLE);
}

/* mm/page_alloc.c:zone_watermark_ok() [2.6.34]: LOW in the fast path, MIN in the slow, HIGH */
Test(old_kernels, which_watermark)
{
	open_rig("2.6.34", NULL);
	r.zone[0].wmark[KM_WMARK_MIN] = 10;
	r.zone[0].wmark[KM_WMARK_LOW] = 20;
	r.zone[0].wmark[KM_WMARK_HIGH] = 30;
	r.zone[0].nr_free = 25;
	cr_assert(pages_watermark_fast(&r.pages, 0, 0, 0, 0, 0));
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, PAGES_WMARK_HIGH, 0));
	r.zone[0].nr_free = 15;
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, 0, 0));
	cr_assert(pages_watermark_fast(&r.pages, 0, 0, 0, PAGES_WMARK_MIN, 0));
	r.zone[0].nr_free = 0;
}

/* percpu_pagelist_fraction of a zone too small for it: a batch of one [3.5] */
Test(old_kernels, tiny_zones_have_a_batch_of_one)
{
	open_rig("3.5", NULL);
	r.zone[0].managed = 24;
	IS(pages_pcp_limits(&r.pages, &r.zone[0], 8).high, 3);
	IS(pages_pcp_limits(&r.pages, &r.zone[0], 8).batch, 1);
}

/* Lists of single pages: an order that they do not keep would send a drain around them for ever. */
Test(old_kernels, larger_blocks_are_no_business_of_the_lists, .signal = SIGABRT)
{
	open_rig("2.6.34", NULL);
	lists(0, 1);
	pcp_free(pages_pcp(&r.pages, 0, 0), &r.buddy[0], pfn(512), 1, KM_MOVABLE);
}

Test(old_kernels, larger_blocks_are_not_asked_of_the_lists, .signal = SIGABRT)
{
	open_rig("3.5", NULL);
	rig_list(&r, 512, 3, KM_MOVABLE);
	pcp_pop(lists(186, 31), &r.buddy[0], 1, KM_MOVABLE, 0);
}

/*
 * A reclaimable request moves the pageblock's free blocks whatever the order found: 4 + 1 of 512
 * are not half, so the pageblock keeps its type, and what is left of the block goes where it moved
 * to.
 */
Test(old_kernels, reclaimable_requests_move_small_blocks_too)
{
	open_rig("2.6.34", NULL);
	rig_list(&r, 512, 2, KM_MOVABLE);
	rig_list(&r, 520, 0, KM_MOVABLE);
	IS(buddy_alloc(&r.buddy[0], 1, KM_RECLAIMABLE, 0).nr, 512);
	cr_assert_str_eq(rig_blocks(&r, 0, 0, KM_RECLAIMABLE), "520");
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_RECLAIMABLE), "514");
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	IS(r.step[0].change_ownership, 1); /* printed: alloc and fallback type are one by then */
	rig_used(&r, 512, 1, KM_RECLAIMABLE);
}

/*
 * setup_zone_migrate_reserve(): page_zone(page) of another zone that lies in between is passed over
 */
Test(old_kernels, another_zones_pageblock_is_not_kept)
{
	static const struct zone_part parts[] = { { { 0 }, { 512 } }, { { 1024 }, { 8192 } } };

	open_rig("2.6.34", NULL);
	for (uint64_t nr = 512; nr < 2048; nr += 512)
		rig_list(&r, nr, 9, KM_MOVABLE);
	r.zone[0].part = parts;
	r.zone[0].nr_parts = 2;
	buddy_keep_reserve(&r.buddy[0], 1);
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	r.zone[0].nr_parts = 0;
}
