/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU page lists against vectors worked out by hand from the kernel's source. One zone of 4095
 * pages at pfn 1.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/says.h"

static struct rig r;

static void open_one(void)
{
	rig_open(&r, NULL);
	r.pcp[0].batch = 63;
	r.pcp[0].high = 478;
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(pcp, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define KEPT(index, want) SAYS(rig_kept(&r, 0, 0, index), want)
#define DRAINED(want) SAYS(rig_steps(&r, STEP_PCPU_DRAIN), want)

static void reopen(const struct rig_shape *shape, uint32_t batch, uint32_t high)
{
	rig_close(&r);
	rig_open(&r, shape);
	r.pcp[0].batch = batch;
	r.pcp[0].high = high;
}

static void push(uint64_t nr, unsigned int order, unsigned int mt)
{
	pcp_free(&r.pcp[0], &r.buddy[0], pfn(nr), order, mt);
}

/*
 * Free single pages from @from on until @n drains happened; say how long each was and the count
 * before it.
 */
static const char *drains_of(uint64_t from, unsigned int n)
{
	static char text[256];
	int used = 0;

	text[0] = '\0';
	while (n) {
		size_t before = r.nr_steps;
		uint32_t count = r.pcp[0].count;

		push(from++, 0, KM_MOVABLE);
		if (r.nr_steps == before)
			continue;
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%u:%zu",
				 used ? " " : "", count + 1, r.nr_steps - before);
		n--;
	}
	return text;
}

/* Kernel: mm/page_alloc.c:3422 nr_pcp_free(), :3490 free_unref_page_commit() [6.1.192] */
Test(pcp, drains_double_while_nothing_is_allocated)
{
	SAYS(drains_of(1, 5), "478:63 478:126 478:252 478:415 478:415");
	IS(r.pcp[0].free_factor, 3); /* 63 << 3 is not below 478 - 63 */
}

/* Kernel: mm/page_alloc.c:3855 rmqueue_pcplist(): free_factor >>= 1 [6.1.192] */
Test(pcp, allocation_halves_the_factor)
{
	SAYS(drains_of(1, 2), "478:63 478:126");
	IS(r.pcp[0].free_factor, 2);
	r.pcp[0].prof->ops->on_alloc(&r.pcp[0]);
	IS(r.pcp[0].free_factor, 1);
	SAYS(drains_of(1000, 1), "478:126");
}

/* Kernel: mm/page_alloc.c:3444: CONFIG_PCP_BATCH_SCALE_MAX of 5 [6.1.192] */
Test(pcp, factor_stops_at_five)
{
	reopen(NULL, 1, 2000);
	SAYS(drains_of(1, 7), "2000:1 2000:2 2000:4 2000:8 2000:16 2000:32 2000:32");
	IS(r.pcp[0].free_factor, 5);
}

/*
 * Kernel: mm/page_alloc.c:3466 nr_pcp_high(): min(batch << 2, high) while kswapd works on the zone
 * [6.1.192]
 */
Test(pcp, reclaim_lowers_the_limit)
{
	r.zone[0].reclaim_active = true;
	SAYS(drains_of(1, 4), "252:63 252:126 252:189 252:189");
	reopen(NULL, 63, 100);
	r.zone[0].reclaim_active = true;
	SAYS(drains_of(1, 2), "100:37 100:37");
	IS(r.pcp[0].free_factor, 0); /* 63 is not below 100 - 63 */
}

/* Kernel: mm/page_alloc.c:3432: high < batch: boot pagesets and disabled ones [6.1.192] */
Test(pcp, boot_pagesets_keep_nothing)
{
	reopen(NULL, 1, 0);
	push(1024, 0, KM_MOVABLE);
	IS(r.pcp[0].count, 0);
	push(1032, 3, KM_UNMOVABLE);
	IS(r.pcp[0].count, 0);
	DRAINED("1024 1032");
	BLOCKS(3, KM_UNMOVABLE, "1032");
}

Test(pcp, high_below_batch_drains_one_block_at_a_time)
{
	reopen(NULL, 63, 3);
	push(1024, 0, KM_MOVABLE);
	push(1026, 0, KM_MOVABLE);
	DRAINED("");
	push(1028, 0, KM_MOVABLE);
	push(1030, 0, KM_MOVABLE);
	DRAINED("1024 1026");
	KEPT(1, "1030 1028");
}

/* Kernel: mm/page_alloc.c:3488: free_high of orders 1 to 3 once the factor is set [6.1.192] */
Test(pcp, high_order_free_after_drains_empties_everything)
{
	push(1024, 0, KM_MOVABLE);
	push(1026, 0, KM_UNMOVABLE);
	push(1032, 1, KM_MOVABLE);
	IS(r.pcp[0].count, 4);
	r.pcp[0].free_factor = 1;
	push(1040, 2, KM_UNMOVABLE);
	/* order 2 UNMOVABLE is list 6; then around: 0 UNMOVABLE, 1 MOVABLE, order 1 MOVABLE */
	DRAINED("1040 1026 1024 1032");
	IS(r.pcp[0].count, 0);
	IS(r.pcp[0].free_factor, 1);
}

Test(pcp, single_pages_and_huge_pages_are_no_high_order_frees)
{
	r.pcp[0].free_factor = 1;
	r.pcp[0].high = 1024;
	push(1026, 0, KM_UNMOVABLE);
	push(2048, 9, KM_MOVABLE);
	DRAINED("");
	push(2560, 3, KM_MOVABLE);
	DRAINED("2560 2048 1026");
}

/*
 * Kernel: mm/page_alloc.c:3813 __rmqueue_pcplist(): max(batch >> order, 2) where batch > 1
 * [6.1.192]
 */
Test(pcp, refill_is_scaled_by_the_order)
{
	static const unsigned int want[][5] = {
		/* batch, orders 0 to 3 */
		{ 63, 63, 31, 15, 7 }, { 31, 31, 15, 7, 3 }, { 7, 7, 3, 2, 2 },
		{ 3, 3, 2, 2, 2 },     { 1, 1, 1, 1, 1 },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		r.pcp[0].batch = want[i][0];
		for (unsigned int order = 0; order <= 3; order++)
			IS(r.pcp[0].prof->ops->refill_blocks(&r.pcp[0], &r.zone[0], order),
			   want[i][order + 1]);
		IS(r.pcp[0].prof->ops->refill_blocks(&r.pcp[0], &r.zone[0], 9),
		   want[i][0] > 1 ? 2 : 1);
	}
}

/*
 * Kernel: mm/page_alloc.c:3152 rmqueue_bulk(): list_add_tail(); :3824: list_first_entry()
 * [6.1.192]
 */
Test(pcp, refill_is_handed_out_in_the_order_it_came)
{
	r.pcp[0].batch = 3;
	rig_free(&r, 8, 3, KM_UNMOVABLE);
	IS(pcp_pop(&r.pcp[0], &r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 8);
	SAYS(rig_steps(&r, STEP_ZONE_LOCKED), "8 9 10");
	KEPT(0, "9 10");
	BLOCKS(0, KM_UNMOVABLE, "11");
	BLOCKS(2, KM_UNMOVABLE, "12");
	IS(r.pcp[0].count, 2);
	push(8, 0, KM_UNMOVABLE);
	KEPT(0, "8 9 10");
	IS(pcp_pop(&r.pcp[0], &r.buddy[0], 0, KM_UNMOVABLE, 0).nr, 8);
}

Test(pcp, refill_of_pairs_and_huge_pages)
{
	rig_free(&r, 1024, 10, KM_MOVABLE);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	r.pcp[0].batch = 7;
	IS(pcp_refill(&r.pcp[0], &r.buddy[0], 9, KM_MOVABLE, 0), 2);
	KEPT(13, "2048 1024");
	IS(pcp_refill(&r.pcp[0], &r.buddy[0], 1, KM_MOVABLE, 0), 3);
	KEPT(4, "1536 1538 1540");
	IS(r.pcp[0].count, 1024 + 6);
}

/* Kernel: mm/page_alloc.c:3163: it ends where __rmqueue() fails [6.1.192] */
Test(pcp, refill_ends_with_the_pages)
{
	rig_free(&r, 1024, 2, KM_MOVABLE);
	IS(pcp_refill(&r.pcp[0], &r.buddy[0], 0, KM_MOVABLE, 0), 4);
	KEPT(1, "1024 1025 1026 1027");
	cr_assert_eq(pcp_pop(&r.pcp[0], &r.buddy[0], 0, KM_UNMOVABLE, 0).nr, KM_NO_PFN);
	IS(r.pcp[0].count, 4);
}

/*
 * Kernel: mm/page_alloc.c:3181, :3192 rmqueue_bulk(): NR_FREE_PAGES is told once, at the end
 * [6.1.192]
 */
Test(pcp, cma_balance_inside_a_refill_sees_the_free_pages_at_its_start)
{
	char want[512] = "";
	int used = 0;

	rig_free(&r, 1024, 5, KM_CMA);
	rig_free(&r, 1088, 4, KM_CMA);
	rig_free(&r, 1120, 3, KM_CMA);
	rig_free(&r, 1136, 2, KM_CMA);
	rig_free(&r, 2048, 5, KM_MOVABLE);
	rig_free(&r, 2112, 3, KM_MOVABLE);
	/* 60 of 100 are CMA: ten of them while more than 50 are left, then the others' turn */
	IS(pcp_refill(&r.pcp[0], &r.buddy[0], 0, KM_MOVABLE, BUDDY_CMA), 63);
	for (int i = 0; i < 63; i++) {
		static const int cma[23] = { 1136, 1137, 1138, 1139, 1120, 1121, 1122, 1123,
					     1124, 1125, 1126, 1127, 1088, 1089, 1090, 1091,
					     1092, 1093, 1094, 1095, 1096, 1097, 1098 };
		int nr = i < 10 ? cma[i] :
			 i < 18 ? 2112 + i - 10 :
			 i < 50 ? 2048 + i - 18 :
				  cma[i - 40];

		used += snprintf(want + used, sizeof(want) - (size_t)used, "%s%d", i ? " " : "",
				 nr);
	}
	KEPT(1, want);
}

/* Kernel: mm/page_alloc.c:733 order_to_pindex(), :767 pcp_allowed_order() [6.1.192] */
Test(pcp, lists_by_order_and_type)
{
	static const unsigned int huge[KM_NR_MIGRATETYPES] = { 12, 13, 12, 13, 13, 13 };

	for (unsigned int pb = 9; pb <= 10; pb++) {
		reopen(&(struct rig_shape){ .pb_order = pb }, 63, 478);
		for (unsigned int order = 0; order <= 3; order++)
			for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
				IS(pcp_index(&r.pcp[0], order, mt), 3 * order + mt);
		IS(pcp_index(&r.pcp[0], 2, KM_HIGHATOMIC), 7);
		IS(pcp_index(&r.pcp[0], 0, KM_CMA), 1);
		for (unsigned int mt = 0; mt < KM_ISOLATE; mt++)
			IS(pcp_index(&r.pcp[0], pb, mt), huge[mt]);
		for (unsigned int order = 0; order <= 10; order++)
			IS(pcp_keeps(&r.pcp[0], order), order <= 3 || order == pb);
	}
}

static void three_lists(void)
{
	reopen(NULL, 63, 478);
	/* heads last: 0: {102 104}, 1: {202 204 206}, 2: {302} */
	push(104, 0, KM_UNMOVABLE);
	push(102, 0, KM_UNMOVABLE);
	push(206, 0, KM_MOVABLE);
	push(204, 0, KM_MOVABLE);
	push(202, 0, KM_MOVABLE);
	push(302, 0, KM_RECLAIMABLE);
}

/* Kernel: mm/page_alloc.c:1574 free_pcppages_bulk() [6.1.192] */
Test(pcp, drain_empties_one_list_after_the_other_from_the_tails)
{
	three_lists();
	pcp_drain(&r.pcp[0], &r.buddy[0], 4, 1);
	DRAINED("206 204 202 302");
	three_lists();
	pcp_drain(&r.pcp[0], &r.buddy[0], 4, 0);
	DRAINED("104 102 206 204");
	three_lists();
	pcp_drain(&r.pcp[0], &r.buddy[0], 4, 13);
	DRAINED("104 102 206 204");
	three_lists();
	pcp_drain(&r.pcp[0], &r.buddy[0], 100, 2);
	DRAINED("302 104 102 206 204 202");
	IS(r.pcp[0].count, 0);
}

/* Kernel: mm/page_alloc.c:1617: count -= nr_pages may go below zero on a larger block [6.1.192] */
Test(pcp, drain_gives_whole_blocks)
{
	push(1024, 3, KM_UNMOVABLE);
	push(1040, 3, KM_UNMOVABLE);
	push(1056, 0, KM_UNMOVABLE);
	pcp_drain(&r.pcp[0], &r.buddy[0], 2, 0);
	DRAINED("1056 1024");
	IS(r.pcp[0].count, 8);
}

/* Kernel: mm/page_alloc.c:3494: a free's drain begins with the freed page's own list [6.1.192] */
Test(pcp, drain_of_a_free_begins_with_its_list)
{
	reopen(NULL, 2, 4);
	push(1024, 0, KM_UNMOVABLE);
	push(1026, 0, KM_MOVABLE);
	push(1028, 0, KM_MOVABLE);
	DRAINED("");
	push(1030, 0, KM_RECLAIMABLE);
	DRAINED("1030 1024");
}

/*
 * Kernel: mm/page_alloc.c:3519 free_unref_page(): CMA and HIGHATOMIC count as movable, to their
 * own lists later
 */
Test(pcp, special_pages_lie_on_the_movable_list_and_drain_to_their_own)
{
	rig_type(&r, 1024, KM_CMA);
	rig_type(&r, 2048, KM_HIGHATOMIC);
	IS(pages_free(&r.pages, 0, pfn(1024), 0, 0), 0);
	IS(pages_free(&r.pages, 0, pfn(2048), 0, 0), 0);
	IS(pages_free(&r.pages, 0, pfn(2050), 0, 0), 0);
	IS(pages_free(&r.pages, 0, pfn(512), 0, 0), 0);
	KEPT(1, "512 2050 2048 1024");
	IS(pcp_pop(&r.pcp[0], &r.buddy[0], 0, KM_MOVABLE, 0).nr, 512);
	IS(pcp_pop(&r.pcp[0], &r.buddy[0], 0, KM_MOVABLE, 0).nr, 2050);
	pcp_drain_all(&r.pcp[0], &r.buddy[0]);
	DRAINED("1024 2048");
	BLOCKS(0, KM_CMA, "1024");
	BLOCKS(0, KM_HIGHATOMIC, "2048");
	IS(r.step[0].mt, KM_CMA);
	IS(r.step[1].mt, KM_HIGHATOMIC);
}

/* Kernel: mm/page_alloc.c:3520: an isolated page is never kept [6.1.192] */
Test(pcp, isolated_page_goes_straight_back)
{
	rig_type(&r, 1024, KM_ISOLATE);
	IS(pages_free(&r.pages, 0, pfn(1024), 0, 0), 0);
	IS(r.pcp[0].count, 0);
	BLOCKS(0, KM_ISOLATE, "1024");
	IS(r.zone[0].nr_free, 0);
	IS(r.nr_steps, 0);
}

/*
 * Kernel: mm/page_alloc.c:2604 set_pcppage_migratetype(): never-used pages go back to the list
 * they left
 */
Test(pcp, refilled_page_remembers_the_list_it_left)
{
	r.pcp[0].batch = 4;
	rig_type(&r, 1024, KM_CMA);
	rig_free(&r, 1024, 1, KM_CMA);
	rig_free(&r, 2048, 1, KM_MOVABLE);
	IS(pcp_refill(&r.pcp[0], &r.buddy[0], 0, KM_MOVABLE, BUDDY_CMA), 4);
	KEPT(1, "2048 2049 1024 1025"); /* 2 > 4 / 2: no */
	pcp_drain_all(&r.pcp[0], &r.buddy[0]);
	BLOCKS(1, KM_CMA, "1024");
	BLOCKS(1, KM_MOVABLE, "2048");
}

/*
 * Kernel: mm/page_alloc.c:1612, :1629: the cached type, read anew only while pageblocks are
 * isolated [6.1.192]
 */
Test(pcp, stale_type_is_kept_unless_pageblocks_are_isolated)
{
	push(1024, 0, KM_MOVABLE);
	push(1026, 0, KM_MOVABLE);
	rig_type(&r, 1024, KM_UNMOVABLE);
	pcp_drain(&r.pcp[0], &r.buddy[0], 1, 0);
	BLOCKS(0, KM_MOVABLE, "1024");
	IS(r.step[0].mt, KM_MOVABLE);
	r.zone[0].nr_isolated = 1;
	pcp_drain(&r.pcp[0], &r.buddy[0], 1, 0);
	BLOCKS(0, KM_UNMOVABLE, "1026");
	IS(r.step[1].mt, KM_UNMOVABLE);
}

/*
 * Kernel: mm/page_alloc.c:3221 drain_pages_zone(): portions of batch << 5, each from list 0
 * [6.1.192]
 */
Test(pcp, full_drain_goes_list_by_list)
{
	reopen(NULL, 1, 4000);
	for (uint64_t nr = 2; nr <= 80; nr += 2)
		push(nr, 0, KM_MOVABLE);
	push(104, 3, KM_UNMOVABLE);
	push(128, 0, KM_UNMOVABLE);
	push(1024, 9, KM_MOVABLE);
	push(130, 1, KM_RECLAIMABLE);
	pcp_drain_all(&r.pcp[0], &r.buddy[0]);
	DRAINED("128 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48 50 52 54 56 58 60"
		" 62 64 66 68 70 72 74 76 78 80 130 104 1024");
	IS(r.pcp[0].count, 0);
}

/*
 * Kernel: mm/page_alloc.c:1637, :1638: the block itself is reported, whatever it merged into
 * [6.1.192]
 */
Test(pcp, drain_reports_the_block_not_what_it_merged_into)
{
	rig_free(&r, 1025, 0, KM_MOVABLE);
	push(1024, 0, KM_MOVABLE);
	pcp_drain_all(&r.pcp[0], &r.buddy[0]);
	IS(r.nr_steps, 1);
	IS(r.step[0].pfn.nr, 1024);
	IS(r.step[0].order, 0);
	BLOCKS(1, KM_MOVABLE, "1024");
}

/*
 * Pages known only by number lie at the tails: they count towards the limit and leave first,
 * unnamed.
 */
Test(pcp, pages_from_before_the_trace_leave_first)
{
	r.pcp[0].count = r.pcp[0].unknown = 477;
	push(1024, 0, KM_MOVABLE);
	DRAINED("");
	IS(r.pcp[0].count, 478 - 63);
	IS(r.pcp[0].unknown, 477 - 63);
	KEPT(1, "1024");
	pcp_drain_all(&r.pcp[0], &r.buddy[0]);
	DRAINED("1024");
	IS(r.pcp[0].count, 0);
	IS(r.pcp[0].unknown, 0);
}

/* Kernel: mm/page_alloc.c:7048 zone_batchsize(), :7209 [6.1.192] */
Test(pcp, batch_by_the_zones_size)
{
	static const uint64_t want[][2] = {
		{ 0, 1 },	{ 3840, 1 },	{ 8192, 1 },	{ 12287, 1 },	{ 12288, 3 },
		{ 16384, 3 },	{ 24575, 3 },	{ 24576, 7 },	{ 45055, 7 },	{ 45056, 15 },
		{ 65536, 15 },	{ 90111, 15 },	{ 90112, 31 },	{ 131072, 31 }, { 176127, 31 },
		{ 176128, 63 }, { 253438, 63 }, { 262144, 63 }, { 503000, 63 }, { 1u << 30, 63 },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		IS(pcp_batch(want[i][0], 12), want[i][1]);
}

Test(pcp, would_drain_says_what_a_free_does)
{
	for (uint64_t nr = 2; nr < 3000; nr += 2) {
		bool would = pcp_would_drain(&r.pcp[0], &r.zone[0], 0);
		size_t before = r.nr_steps;

		push(nr, 0, KM_MOVABLE);
		IS(r.nr_steps > before, would);
	}
}

/* Lists of two CPUs in one zone do not touch each other. */
Test(pcp, lists_of_two_cpus_stay_apart)
{
	reopen(&(struct rig_shape){ .nr_cpus = 2 }, 63, 478);
	push(1024, 0, KM_MOVABLE);
	pcp_free(&r.pcp[1], &r.buddy[0], pfn(1026), 0, KM_MOVABLE);
	KEPT(1, "1024");
	SAYS(rig_kept(&r, 0, 1, 1), "");
	DRAINED("1026"); /* CPU 1 still has the boot pageset */
}
