/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NR_FREE_PAGES with what CPUs keep to themselves, by hand from mm/vmstat.c [6.1].
 */
#include <stdlib.h>

#include "tests/support/says.h"

static struct rig r;

static void open_rig(const char *kernel, unsigned int cpus)
{
	struct rig_shape s = { .profile = kernel_profile_find(kernel),
			       .nr_cpus = cpus,
			       .zone = { { "DMA32", 0, 0, 8192 } } };

	rig_open(&r, &s);
}

/* CPUs keep changes from now on; the first watermarks are 100, 100 + @gap, 100 + 2 * @gap */
static void count(uint64_t gap)
{
	const uint64_t first[1][KM_NR_WMARKS] = { { 100, 100 + gap, 100 + 2 * gap } };

	IS(pages_count_by_cpu(&r.pages, first), 0);
}

static void end(void)
{
	free(r.pages.cpu_diff);
	rig_close(&r);
}

TestSuite(drift, .fini = end);

/*
 * The table in the comment of mm/vmstat.c:calculate_normal_threshold(): processors, and its columns
 * fls(mem)+1 and Threshold. (Of 512 processors it says fls 9; that is so up to 511.)
 */
Test(drift, thresholds_as_the_kernel_documents_them)
{
	static const struct {
		unsigned int cpus, column, threshold;
	} rows[] = {
		{ 1, 4, 8 },	  { 2, 4, 16 },	    { 2, 5, 20 },  { 2, 6, 24 },  { 2, 7, 28 },
		{ 2, 8, 32 },	  { 2, 1, 4 },	    { 4, 5, 30 },  { 4, 8, 48 },  { 8, 4, 32 },
		{ 16, 1, 10 },	  { 16, 4, 40 },    { 64, 5, 70 }, { 64, 6, 84 }, { 511, 6, 108 },
		{ 1023, 8, 125 }, { 1023, 9, 125 },
	};

	open_rig("6.1", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r.pages.nr_cpus = rows[i].cpus;
		r.zone[0].managed = rows[i].column > 1 ? UINT64_C(1) << (15 + rows[i].column - 2) :
							 32767;
		IS(pages_normal_threshold(&r.pages, &r.zone[0]), rows[i].threshold);
	}
	r.pages.nr_cpus = 1;
	/* spec 9.3, as zoneinfo of these machines prints it; 4 KiB pages, then 64 */
	r.zone[0].managed = 253438;
	IS(pages_normal_threshold(&r.pages, &r.zone[0]), 8);
	r.pages.page_shift = 16;
	r.zone[0].managed = 253438 / 16;
	IS(pages_normal_threshold(&r.pages, &r.zone[0]), 8);
}

/* calculate_pressure_threshold(): (low - min) / CPUs, from 1 to 125 */
Test(drift, thresholds_under_pressure)
{
	open_rig("6.1", 4);
	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	r.zone[0].wmark[KM_WMARK_LOW] = 125;
	IS(pages_pressure_threshold(&r.pages, &r.zone[0]), 6);
	r.zone[0].wmark[KM_WMARK_LOW] = 103;
	IS(pages_pressure_threshold(&r.pages, &r.zone[0]), 1);
	r.zone[0].wmark[KM_WMARK_LOW] = 1100;
	IS(pages_pressure_threshold(&r.pages, &r.zone[0]), 125);
}

/* 2 CPUs, less than 128 MiB: each keeps up to 4, and the fifth makes it add them all. */
Test(drift, a_cpu_adds_what_is_more_than_its_threshold)
{
	open_rig("6.1", 2);
	count(50);
	IS(r.zone[0].stat_threshold, 4);
	for (uint64_t i = 0; i < 4; i++)
		rig_free(&r, 2 * i, 0, KM_MOVABLE);
	IS(zone_free_pages(&r.zone[0]), 0);
	r.buddy[0].cpu = 1;
	rig_free(&r, 16, 2, KM_MOVABLE);
	IS(zone_free_pages(&r.zone[0]), 0);
	IS(r.zone[0].nr_free, 8);
	r.buddy[0].cpu = 0;
	rig_free(&r, 8, 0, KM_MOVABLE);
	IS(zone_free_pages(&r.zone[0]), 5);
	rig_free(&r, 32, 3, KM_MOVABLE); /* 8 at once */
	IS(zone_free_pages(&r.zone[0]), 13);
	/* 4 stay with the CPU; 2 more are added with them. The rest of a split block counts not */
	IS(buddy_alloc(&r.buddy[0], 2, KM_MOVABLE, 0).nr, 16);
	IS(zone_free_pages(&r.zone[0]), 13);
	IS(buddy_alloc(&r.buddy[0], 1, KM_MOVABLE, 0).nr, 32);
	IS(zone_free_pages(&r.zone[0]), 7);
	IS(r.zone[0].nr_free, 11);
	pages_fold_counters(&r.pages);
	IS(zone_free_pages(&r.zone[0]), 11);
}

/* zone_page_state(): never below 0, though the sum without CPU 0's share is */
Test(drift, a_negative_sum_reads_as_nothing)
{
	open_rig("6.1", 2);
	count(50);
	for (uint64_t i = 0; i < 4; i++)
		rig_free(&r, 2 * i, 0, KM_MOVABLE);
	r.buddy[0].cpu = 1;
	rig_free(&r, 16, 0, KM_MOVABLE);
	for (int i = 0; i < 5; i++)
		buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, 0);
	IS(r.zone[0].nr_free, 0);
	IS(r.zone[0].stat_free, 0);
	rig_free(&r, 16, 0, KM_MOVABLE);
	r.buddy[0].cpu = 0;
	buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, 0);
	/* CPU 1: +1 - 5 + 1 = -3; CPU 0: +4 - 1 = 3 */
	IS(r.zone[0].cpu_diff[1], -3);
	IS(r.zone[0].cpu_diff[0], 3);
	r.buddy[0].cpu = 1;
	for (uint64_t i = 0; i < 4; i++)
		rig_free(&r, 32 + 2 * i, 0, KM_MOVABLE);
	r.buddy[0].cpu = 0;
	for (int i = 0; i < 4; i++)
		buddy_alloc(&r.buddy[0], 0, KM_MOVABLE, 0);
	IS(r.zone[0].cpu_diff[0], -1);
	buddy_list_add(&r.buddy[0], pfn(64), 3, KM_MOVABLE, true);
	zone_count(&r.zone[0], 1); /* +1 + 8: added, 9 */
	IS(r.zone[0].stat_free, 9);
	buddy_list_del(&r.buddy[0], pfn(64), 3);
	zone_count(&r.zone[0], 0); /* -1 - 8: added, 0 */
	IS(zone_free_pages(&r.zone[0]), 0);
	r.zone[0].stat_free = -3;
	IS(zone_free_pages(&r.zone[0]), 0);
}

/*
 * rmqueue_bulk(): 6.1 tells the counter of a refill once, at its end: 7 pages are more than 4 and
 * are added. 6.12 tells it of each page: the fifth adds five, two stay with the CPU.
 */
static void refilled(const char *kernel, int64_t left)
{
	open_rig(kernel, 2);
	rig_free(&r, 0, 9, KM_MOVABLE);
	count(50);
	pages_pcp(&r.pages, 0, 0)->batch = 7;
	pages_pcp(&r.pages, 0, 0)->high = 100;
	struct buddy_bulk bulk = { .mode = BUDDY_OWN };

	for (int i = 0; i < 7; i++)
		IS(buddy_alloc_bulk(&r.buddy[0], 0, KM_MOVABLE, 0, &bulk).nr, (uint64_t)i);
	zone_count(&r.zone[0], 0);
	IS(r.zone[0].nr_free, 505);
	IS(zone_free_pages(&r.zone[0]), left);
}

Test(drift, a_refill_of_6_1_counts_at_its_end)
{
	refilled("6.1", 505);
}

Test(drift, a_refill_of_6_12_counts_page_by_page)
{
	refilled("6.12", 507);
}

/*
 * refresh_zone_stat_thresholds(): 2 CPUs with 4 each may be off by 8. Where low - min is 8 that
 * cannot breach min: no mark. Where it is 7: high + 8 = 122.
 */
Test(drift, the_mark_below_which_kswapd_adds_up)
{
	open_rig("6.1", 2);
	count(8);
	IS(r.zone[0].drift_mark, 0);
	count(7);
	IS(r.zone[0].drift_mark, 122);
	rig_free(&r, 0, 6, KM_MOVABLE);
	rig_free(&r, 128, 0, KM_MOVABLE);
	IS(zone_free_pages(&r.zone[0]), 64);
	IS(zone_free_pages_safe(&r.zone[0]), 65);
	rig_free(&r, 256, 6, KM_MOVABLE);
	rig_free(&r, 130, 0, KM_MOVABLE);
	/* 65 + 64 were added together; above the mark the counter is believed */
	IS(zone_free_pages(&r.zone[0]), 129);
	IS(zone_free_pages_safe(&r.zone[0]), 129);
	IS(r.zone[0].nr_free, 130);
	/* set_pgdat_percpu_threshold(): only zones with a mark */
	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	r.zone[0].wmark[KM_WMARK_LOW] = 107;
	pages_set_pressure(&r.pages, 0, true);
	IS(r.zone[0].stat_threshold, 3);
	pages_set_pressure(&r.pages, 0, false);
	IS(r.zone[0].stat_threshold, 4);
	count(8);
	pages_set_pressure(&r.pages, 0, true);
	IS(r.zone[0].stat_threshold, 4);
}

/* before 2.6.37 there is no such mark */
Test(drift, an_old_kernel_believes_its_counter)
{
	open_rig("2.6.34", 2);
	count(1);
	IS(r.zone[0].drift_mark, 0);
}

/*
 * zone_watermark_fast(): 100 pages are free and LOW is 99, but of four only CPU 0 knows: the
 * zone is not above LOW until they are told.
 */
Test(drift, a_watermark_is_held_against_the_counter)
{
	open_rig("6.1", 2);
	count(50);
	rig_free(&r, 512, 6, KM_MOVABLE);
	rig_free(&r, 1024, 5, KM_MOVABLE);
	rig_free(&r, 2048, 2, KM_MOVABLE);
	r.zone[0].wmark[KM_WMARK_LOW] = 99;
	IS(zone_free_pages(&r.zone[0]), 96);
	IS(r.zone[0].nr_free, 100);
	cr_assert(!pages_watermark_fast(&r.pages, 0, 0, 0, 0, KM_GFP_KERNEL));
	pages_fold_counters(&r.pages);
	cr_assert(pages_watermark_fast(&r.pages, 0, 0, 0, 0, KM_GFP_KERNEL));
}
