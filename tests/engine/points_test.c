/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What point releases changed, each side worked out by hand: the later one from the sources of
 * 6.1.192 and 6.12.117, the earlier one from what the commit named replaced. 3.5: from the commit
 * alone.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/says.h"

static struct rig r;
static struct pcp *p;

static void open_as(const char *release)
{
	struct rig_shape s = { .profile = kernel_profile_find(release),
			       .cma = true,
			       .zone = { { "DMA32", 0, 1, 65536 } } };

	cr_assert_not_null(s.profile);
	if (r.profile)
		rig_close(&r);
	rig_open(&r, &s);
	p = &r.pcp[0];
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(points, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define KEPT(index, want) SAYS(rig_kept(&r, 0, 0, index), want)
#define LOCKED(want) SAYS(rig_steps(&r, STEP_ZONE_LOCKED), want)

static void limits(uint32_t high, uint32_t high_max, uint32_t batch)
{
	const struct pcp_limits l = { .high = high, .high_max = high_max, .batch = batch };

	p->prof->ops->set_limits(p, &l);
}

/* ---- 6.1.57: "fix CMA and HIGHATOMIC landing on the wrong buddy list" ---- */

/* mm/page_alloc.c:free_unref_page(): pcp_trylock_prepare() failed */
static const char *freed_past_a_lock(const char *release, unsigned int mt)
{
	static const unsigned int all[] = { KM_UNMOVABLE, KM_MOVABLE, KM_HIGHATOMIC, KM_CMA };
	static char text[32];

	open_as(release);
	rig_type(&r, 1024, mt);
	IS(pages_free(&r.pages, 0, pfn(1024), 0, PAGES_FREE_TO_BUDDY), 0);
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (*rig_blocks(&r, 0, 0, all[i]))
			snprintf(text, sizeof(text), "%u", all[i]);
	return text;
}

Test(points, pages_freed_past_a_lock_go_to_their_own_list_since_6_1_57)
{
	SAYS(freed_past_a_lock("6.1.56", KM_CMA), "1"); /* KM_MOVABLE */
	SAYS(freed_past_a_lock("6.1.56", KM_HIGHATOMIC), "1");
	SAYS(freed_past_a_lock("6.1.56", KM_UNMOVABLE), "0");
	SAYS(freed_past_a_lock("6.1.57", KM_CMA), "4");
	SAYS(freed_past_a_lock("6.1.57", KM_HIGHATOMIC), "3");
}

/* Only the lock's failure is mistaken: order 5 never was on a per-CPU list. Not isolated ones. */
Test(points, other_frees_past_the_lists_were_right)
{
	open_as("6.1.0");
	rig_type(&r, 1024, KM_CMA);
	IS(pages_free(&r.pages, 0, pfn(1024), 5, 0), 0);
	BLOCKS(5, KM_CMA, "1024");
	rig_type(&r, 2048, KM_ISOLATE);
	IS(pages_free(&r.pages, 0, pfn(2048), 0, PAGES_FREE_TO_BUDDY), 0);
	BLOCKS(0, KM_ISOLATE, "2048");
}

/* ---- 6.1.97: "Separate THP PCP into movable and non-movable categories" ---- */

static void keep_two_huge(const char *release)
{
	open_as(release);
	limits(4000, 0, 63);
	pcp_free(p, &r.buddy[0], pfn(1024), 9, KM_MOVABLE);
	pcp_free(p, &r.buddy[0], pfn(2048), 9, KM_UNMOVABLE);
}

/* mm/page_alloc.c:order_to_pindex(): NR_LOWORDER_PCP_LISTS, plus one for MOVABLE since 6.1.97 */
Test(points, huge_blocks_of_all_types_share_a_list_before_6_1_97)
{
	keep_two_huge("6.1.96");
	KEPT(12, "2048 1024");
	KEPT(13, "");
	IS(pcp_pop(p, &r.buddy[0], 9, KM_MOVABLE, 0).nr, 2048); /* which was unmovable */
	pcp_drain_all(p, &r.buddy[0]);
	BLOCKS(9, KM_MOVABLE, "1024");
	rig_used(&r, 2048, 9, KM_MOVABLE);
	keep_two_huge("6.1.97");
	KEPT(12, "2048");
	KEPT(13, "1024");
	IS(pcp_pop(p, &r.buddy[0], 9, KM_MOVABLE, 0).nr, 1024);
	rig_used(&r, 1024, 9, KM_MOVABLE);
}

/* ---- 6.1.104: "restrict the pcp batch scale factor", "control latency … PCP draining" ---- */

/* Pages freed one after another until @n drains: how many each gave back. */
static const char *drains_of(unsigned int n)
{
	static char text[128];
	int used = 0;

	for (uint64_t nr = 1; n; nr++) {
		size_t before = r.nr_steps;

		pcp_free(p, &r.buddy[0], pfn(nr), 0, KM_MOVABLE);
		if (r.nr_steps == before)
			continue;
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%zu", used ? " " : "",
				 r.nr_steps - before);
		rig_forget_steps(&r);
		n--;
	}
	return text;
}

/*
 * mm/page_alloc.c:nr_pcp_free(): 63 << free_factor, which grows while that is below high - batch =
 * 9000 - 63 = 8937, since 6.1.104 to 5 at most: 63 << 5 = 2016. Without that: 63 << 7 = 8064, and
 * 63 << 8 = 16128 is cut to 8937.
 */
Test(points, drains_double_without_a_limit_before_6_1_104)
{
	open_as("6.1.103");
	limits(9000, 0, 63);
	SAYS(drains_of(10), "63 126 252 504 1008 2016 4032 8064 8937 8937");
	open_as("6.1.104");
	limits(9000, 0, 63);
	SAYS(drains_of(8), "63 126 252 504 1008 2016 2016 2016");
}

/* mm/page_alloc.c:drain_pages_zone(): pcp->count at once; batch << 5 = 8 << 5 = 256 since then */
Test(points, a_full_drain_holds_the_lock_for_all_before_6_1_104)
{
	open_as("6.1.103");
	limits(9000, 0, 8);
	for (uint64_t nr = 1; nr <= 600; nr++)
		pcp_push(p, &r.frames, pfn(nr), 0, KM_MOVABLE, true);
	IS(pcp_portion(p), 600);
	pcp_drain_all(p, &r.buddy[0]);
	IS(r.nr_steps, 600);
	open_as("6.1.104");
	limits(9000, 0, 8);
	pcp_push(p, &r.frames, pfn(1), 0, KM_MOVABLE, true);
	IS(pcp_portion(p), 256);
	pcp_drain_all(p, &r.buddy[0]);
	IS(r.nr_steps, 1);
}

/* ---- 6.1.116: "explicitly define what alloc flags deplete min reserves" and its fellows ---- */

/* One zone with @free pages free in single ones, MIN 100, @reserved of them out of reach. */
static bool above_min(uint32_t gfp, uint64_t free, uint64_t reserved)
{
	const struct pages_request rq = { .gfp = gfp };
	unsigned int flags = pages_slow_flags(&r.pages, &rq);

	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	r.zone[0].nr_reserved_highatomic = reserved;
	return pages_watermark_ok(&r.pages, 0, 0, 100, 0, flags, (int64_t)free);
}

/* The smallest number of free pages that are enough. */
static uint64_t enough(const char *release, uint32_t gfp, uint64_t reserved)
{
	uint64_t free = 0;

	open_as(release);
	while (!above_min(gfp, free, reserved))
		free++;
	return free;
}

#define NOWAIT KM_GFP_KSWAPD_RECLAIM
#define ATOMIC (KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM)

/*
 * mm/page_alloc.c:__zone_watermark_ok(), gfp_to_alloc_flags(). Up to 6.1.115: ALLOC_HIGH 100 - 50,
 * ALLOC_HARDER a quarter of what is left, each for itself; ALLOC_HARDER is __GFP_ATOMIC's. Since
 * then: __GFP_HIGH 100 - 50, and a quarter of that for who may not wait; else nothing.
 */
Test(points, reserves_of_the_watermark)
{
	static const struct {
		uint32_t gfp;
		uint64_t before, since;
	} want[] = {
		{ KM_GFP_KERNEL, 101, 101 },
		{ KM_GFP_KERNEL | KM_GFP_HIGH, 51, 51 },
		{ NOWAIT, 101, 101 },
		{ NOWAIT | KM_GFP_HIGH, 51, 39 }, /* 50 - 12 */
		{ ATOMIC, 39, 39 },
		{ NOWAIT | KM_GFP_ATOMIC, 76, 101 }, /* 100 - 25 */
		{ KM_GFP_KERNEL | KM_GFP_ATOMIC, 76, 101 },
		{ ATOMIC | KM_GFP_NOMEMALLOC, 51, 51 },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		IS(enough("6.1.115", want[i].gfp, 0), want[i].before);
		IS(enough("6.1.116", want[i].gfp, 0), want[i].since);
	}
}

/*
 * mm/page_alloc.c:__zone_watermark_unusable_free(): 512 pages of the HighAtomic reserve are free to
 * ALLOC_HARDER alone up to 6.1.115, since then to each of ALLOC_RESERVES.
 */
Test(points, who_reaches_the_highatomic_reserve)
{
	IS(enough("6.1.115", KM_GFP_KERNEL, 512), 613);
	IS(enough("6.1.115", KM_GFP_KERNEL | KM_GFP_HIGH, 512), 563);
	IS(enough("6.1.115", NOWAIT, 512), 613);
	IS(enough("6.1.115", ATOMIC, 512), 39);
	IS(enough("6.1.116", KM_GFP_KERNEL, 512), 613);
	IS(enough("6.1.116", KM_GFP_KERNEL | KM_GFP_HIGH, 512), 51);
	IS(enough("6.1.116", NOWAIT, 512), 101);
	IS(enough("6.1.116", ATOMIC, 512), 39);
}

/* ALLOC_OOM: half of what the others left, in either; before, in ALLOC_HARDER's place */
Test(points, an_oom_victims_share)
{
	open_as("6.1.115");
	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0, PAGES_OOM | PAGES_NON_BLOCK, 51), 1);
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0, PAGES_OOM | PAGES_NON_BLOCK, 50), 0);
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0, PAGES_OOM | PAGES_MIN_RESERVE, 26), 1);
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0, PAGES_OOM | PAGES_MIN_RESERVE, 25), 0);
	open_as("6.1.116");
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0, PAGES_OOM | PAGES_NON_BLOCK, 51), 1);
	/* (100 - 50 - 12) / 2 = 19 */
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0,
			      PAGES_OOM | PAGES_MIN_RESERVE | PAGES_NON_BLOCK, 20),
	   1);
	IS(pages_watermark_ok(&r.pages, 0, 0, 100, 0,
			      PAGES_OOM | PAGES_MIN_RESERVE | PAGES_NON_BLOCK, 19),
	   0);
}

/* A zone whose only free block is a reserved one, @order at 1024. */
static uint64_t ask_reserved(const char *release, uint32_t gfp, unsigned int order)
{
	open_as(release);
	rig_type(&r, 1024, KM_HIGHATOMIC);
	rig_free(&r, 1024, 3, KM_HIGHATOMIC);
	uint64_t got =
		pages_alloc(&r.pages, &(struct pages_request){ .gfp = gfp, .order = order }).nr;

	if (got != KM_NO_PFN)
		rig_used(&r, got, order, KM_UNMOVABLE);
	return got;
}

/*
 * mm/page_alloc.c:rmqueue_buddy(): "let GFP_ATOMIC order-0 allocs access highatomic reserves"
 * [6.1.116]; gfp_to_alloc_flags(): "only set ALLOC_HIGHATOMIC for __GPF_HIGH allocations"
 * [6.1.157 6.12.54]. Who only may not wait and asks for order 1 still gets it as a last resort.
 */
Test(points, who_is_served_from_reserved_pageblocks)
{
	cr_assert_eq(ask_reserved("6.1.115", ATOMIC, 0), KM_NO_PFN);
	IS(ask_reserved("6.1.115", ATOMIC, 1), 1024);
	cr_assert_eq(ask_reserved("6.1.115", NOWAIT, 1), KM_NO_PFN);
	cr_assert_eq(ask_reserved("6.1.115", NOWAIT | KM_GFP_HIGH, 1), KM_NO_PFN);
	IS(ask_reserved("6.1.116", ATOMIC, 0), 1024);
	IS(ask_reserved("6.1.116", ATOMIC, 1), 1024);
	IS(ask_reserved("6.1.116", NOWAIT, 1), 1024);
	IS(ask_reserved("6.1.157", ATOMIC, 0), 1024);
	/* no ALLOC_HIGHATOMIC: __zone_watermark_ok() finds no block of order 1 it may take */
	cr_assert_eq(ask_reserved("6.1.157", NOWAIT, 1), KM_NO_PFN);
	IS(ask_reserved("6.12.53", NOWAIT, 1), 1024);
	cr_assert_eq(ask_reserved("6.12.54", NOWAIT, 1), KM_NO_PFN);
	IS(ask_reserved("6.12.54", NOWAIT | KM_GFP_HIGH, 1), 1024);
}

/* Is a pageblock reserved for who may not wait, but is not __GFP_HIGH? */
static bool reserves_for(const char *release, uint32_t gfp)
{
	open_as(release);
	r.zone[0].wmark[KM_WMARK_LOW] = 20;
	r.zone[0].wmark[KM_WMARK_HIGH] = 30;
	rig_free(&r, 1024, 4, KM_UNMOVABLE);
	uint64_t got = pages_alloc(&r.pages, &(struct pages_request){ .gfp = gfp, .order = 1 }).nr;

	IS(got, 1024);
	rig_used(&r, got, 1, KM_UNMOVABLE);
	bool reserved = rig_type_of(&r, 1024) == KM_HIGHATOMIC;

	IS(r.zone[0].nr_reserved_highatomic, reserved ? 512 : 0);
	pcp_drain_all(p, &r.buddy[0]);
	return reserved;
}

/* mm/page_alloc.c:get_page_from_freelist(): reserve_highatomic_pageblock() */
Test(points, who_has_a_pageblock_reserved)
{
	IS(reserves_for("6.1.115", NOWAIT), 0);
	IS(reserves_for("6.1.115", NOWAIT | KM_GFP_ATOMIC), 1);
	IS(reserves_for("6.1.156", NOWAIT), 1);
	IS(reserves_for("6.1.157", NOWAIT), 0);
	IS(reserves_for("6.1.157", NOWAIT | KM_GFP_HIGH), 1);
	IS(reserves_for("6.12.53", NOWAIT), 1);
	IS(reserves_for("6.12.54", NOWAIT), 0);
}

/* ---- 6.12.67: "batch page freeing in decay_pcp_high" ---- */

/*
 * mm/page_alloc.c:decay_pcp_high(), 126 pages to drain, two blocks of order 9 on the last list. At
 * once, the first block is more than enough. By batches of 63, each takes a block.
 */
Test(points, ticks_give_back_by_batches_since_6_12_67)
{
	static const struct {
		const char *release;
		uint32_t left;
	} want[] = { { "6.12.66", 512 }, { "6.12.67", 0 } };

	for (unsigned int i = 0; i < 2; i++) {
		open_as(want[i].release);
		limits(100, 9000, 63);
		pcp_push(p, &r.frames, pfn(1024), 9, KM_MOVABLE, true);
		pcp_push(p, &r.frames, pfn(2048), 9, KM_MOVABLE, true);
		pcp_decay(p, &r.buddy[0], 126);
		IS(p->count, want[i].left);
	}
}

/* ---- 3.5.5: "fix the page address of higher page's buddy calculation" ---- */

/*
 * mm/page_alloc.c:__free_one_page(): spec 3.8.5's lists, order 1 {100}, order 2 {12}. 8 and 9 are
 * the lower half of 8 to 11: 12 is looked at, in each. 10 and 11 are the upper: higher_buddy was
 * page + (buddy_idx - combined_idx) = 10 + 4 = 14, not 12, and no block of order 2 begins there.
 */
Test(points, upper_halves_never_go_to_the_tail_before_3_5_5)
{
	static const struct {
		const char *release;
		uint64_t from;
		const char *want;
	} cases[] = {
		{ "3.5.4", 8, "100 8" },
		{ "3.5.4", 10, "10 100" },
		{ "3.5.5", 8, "100 8" },
		{ "3.5.5", 10, "100 10" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_as(cases[i].release);
		rig_list(&r, 100, 1, KM_MOVABLE);
		rig_list(&r, 12, 2, KM_MOVABLE);
		rig_free(&r, cases[i].from, 0, KM_MOVABLE);
		rig_free(&r, cases[i].from + 1, 0, KM_MOVABLE);
		BLOCKS(1, KM_MOVABLE, cases[i].want);
	}
}
