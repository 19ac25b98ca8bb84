/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine from a capture's description, and records put into it page by page. */
#include <stdio.h>
#include <string.h>

#include "engine/replay/place.h"
#include "tests/support/rig_seed.h"
#include "tests/support/says.h"

static struct machine m;
static struct km_diag d;

static void open_machine(void)
{
	struct machine_config c = rig_config();

	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
}

static void end(void)
{
	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
	machine_release(&m);
}

TestSuite(machine, .init = open_machine, .fini = end);

/*
 * Kernel: mm/page_alloc.c:6855 memmap_init_range(): pageblocks whose first page there is [6.1.192]
 */
Test(machine, pageblock_of_pfn_zero_stays_unmovable)
{
	IS(m.pages.nr_zones, 2);
	IS(pageblock_of(&m.frames, pfn(1))->mt, KM_UNMOVABLE);
	for (uint64_t nr = 512; nr < 12288; nr += 512)
		IS(pageblock_of(&m.frames, pfn(nr))->mt, KM_MOVABLE);
}

Test(machine, zone_numbers_and_limits_are_the_captures)
{
	IS(m.pages.dma, 0);
	IS(m.pages.dma32, 1);
	IS(m.pages.normal, 2);
	IS(m.zone[1].wmark[KM_WMARK_LOW], 150);
	IS(m.zone[0].lowmem_reserve[1], 31);
	IS(pages_pcp(&m.pages, 1, 1)->high, 252);
	IS(pages_pcp(&m.pages, 1, 1)->batch, 7);
	IS(pages_pcp(&m.pages, 0, 0)->high, 26);
	IS(m.zone[1].nr_free, 0);
}

/*
 * Kernel: mm/page_alloc.c:boot_pageset, setup_per_cpu_pageset(), init_per_zone_wmark_min()
 * [6.1.192]
 */
Test(machine, limits_follow_the_stages_of_boot)
{
	machine_set_stage(&m, STAGE_BOOT);
	IS(pages_pcp(&m.pages, 1, 0)->high, 0);
	IS(pages_pcp(&m.pages, 1, 0)->batch, 1);
	machine_set_stage(&m, STAGE_PAGESETS);
	IS(m.zone[1].wmark[KM_WMARK_LOW], 0);
	IS(pages_pcp(&m.pages, 1, 0)->high, 4); /* 4 * batch, which is 1 for 8000 pages */
	machine_set_stage(&m, STAGE_WATERMARKS);
	/* root of 16 * 4 * 11840: 870 kB, 217 pages; DMA32: 217 * 8000 / 11840 = 146, + 146 / 4 */
	IS(m.zone[1].wmark[KM_WMARK_MIN], 146);
	IS(m.zone[1].wmark[KM_WMARK_LOW], 182);
	IS(pages_pcp(&m.pages, 1, 0)->high, 91);
	machine_set_stage(&m, STAGE_FINAL);
	IS(m.zone[1].wmark[KM_WMARK_LOW], 150);
	IS(pages_pcp(&m.pages, 1, 0)->high, 252);
}

/* Kernel: mm/page_alloc.c:8690 setup_per_zone_lowmem_reserve() [6.1.192] */
Test(machine, lowmem_reserve_by_ratio)
{
	struct machine_config c = rig_config();

	machine_release(&m);
	c.lowmem_reserve_ratio[0] = 256;
	c.lowmem_reserve_ratio[1] = 32;
	cr_assert_eq(machine_init(&m, &c, &d), 0);
	IS(m.zone[0].lowmem_reserve[0], 0);
	IS(m.zone[0].lowmem_reserve[1], 31); /* 8000 / 256 */
	IS(m.zone[0].lowmem_reserve[2], 31);
	IS(m.zone[0].lowmem_reserve[3], 31);
	IS(m.zone[1].lowmem_reserve[2], 0);
	machine_release(&m);
	c.lowmem_reserve_ratio[0] = 0;
	cr_assert_eq(machine_init(&m, &c, &d), 0);
	IS(m.zone[0].lowmem_reserve[1], 0);
}

Test(machine, areas_by_name_and_page)
{
	IS(m.nr_cma, 1);
	cr_assert_eq(machine_cma_by_name(&m, "cma"), &m.cma[0]);
	cr_assert_null(machine_cma_by_name(&m, "other"));
	cr_assert_eq(machine_cma_at(&m, pfn(8192)), &m.cma[0]);
	cr_assert_eq(machine_cma_at(&m, pfn(9215)), &m.cma[0]);
	cr_assert_null(machine_cma_at(&m, pfn(9216)));
}

static void refused(const struct machine_config *c, int err)
{
	struct machine other;

	d.what[0] = '\0';
	cr_assert_eq(machine_init(&other, c, &d), err);
	cr_assert(d.what[0]);
}

Test(machine, descriptions_that_cannot_be_are_refused)
{
	struct machine_config c = rig_config();
	struct km_snapshot none = { .label = "none" }, wide = *c.seed;

	c.seed = &none;
	refused(&c, -KM_EINVAL);
	wide.pageblock_order = 11;
	c.seed = &wide;
	refused(&c, -KM_EFORMAT);
}

Test(machine, two_machines_live_side_by_side)
{
	struct machine_config c = rig_config();
	struct machine other;

	cr_assert_eq(machine_init(&other, &c, &d), 0);
	IS(buddy_free(&m.buddy[1], pfn(5000), 0, KM_MOVABLE, 0), 0);
	IS(other.zone[1].nr_free, 0);
	machine_release(&other);
	IS(m.zone[1].nr_free, 1);
}

static enum place place(uint64_t nr)
{
	return place_of(&m, pfn(nr), NULL);
}

Test(machine, places_of_pages)
{
	IS(place(0), PLACE_OUTSIDE);
	IS(place(12288), PLACE_OUTSIDE);
	IS(place(5000), PLACE_UNKNOWN);
	place_alloc(&m, pfn(5000), 3, KM_MOVABLE);
	IS(place(5007), PLACE_ALLOC);
	IS(place(5008), PLACE_UNKNOWN);
	IS(buddy_free(&m.buddy[1], pfn(6144), 9, KM_MOVABLE, 0), 0);
	IS(place(6655), PLACE_FREE);
	pcp_push(pages_pcp(&m.pages, 1, 1), &m.frames, pfn(7000), 2, KM_MOVABLE, false);
	IS(place(7003), PLACE_PCP);
}

/* Kernel: mm/page_alloc.c:5741 __free_pages(): pieces of a block, and the whole again [6.1.192] */
Test(machine, pieces_of_a_block_come_back_and_merge)
{
	enum place was;

	IS(buddy_free(&m.buddy[1], pfn(5000), 3, KM_MOVABLE, 0), 0);
	IS(place_take(&m, pfn(5000), 3), PLACE_FREE);
	place_alloc(&m, pfn(5000), 3, KM_MOVABLE);
	IS(pageblock_of(&m.frames, pfn(5000))->used[KM_MOVABLE], 8);
	static const struct {
		uint64_t nr;
		unsigned int order;
	} piece[] = { { 5004, 2 }, { 5002, 1 }, { 5001, 0 }, { 5000, 0 } };

	for (unsigned int i = 0; i < 4; i++) {
		bool whole = place_release(&m, pfn(piece[i].nr), piece[i].order, &was);

		IS(was, PLACE_ALLOC);
		cr_assert(whole);
		IS(pages_free(&m.pages, 0, pfn(piece[i].nr), piece[i].order, PAGES_FREE_TO_BUDDY),
		   0);
	}
	IS(m.buddy[1].nr_free[3], 1);
	IS(m.zone[1].nr_free, 8);
	IS(pageblock_of(&m.frames, pfn(5000))->used[KM_MOVABLE], 0);
	IS(pageblock_of(&m.frames, pfn(5000))->free_pages, 8);
}

Test(machine, record_takes_a_page_from_wherever_it_is)
{
	IS(buddy_free(&m.buddy[1], pfn(6144), 4, KM_MOVABLE, 0), 0);
	IS(place_take(&m, pfn(6150), 1), PLACE_FREE);
	IS(place(6150), PLACE_UNKNOWN);
	IS(place(6152), PLACE_FREE);
	IS(m.zone[1].nr_free, 14);
	pcp_push(pages_pcp(&m.pages, 1, 1), &m.frames, pfn(7000), 2, KM_MOVABLE, false);
	IS(place_take(&m, pfn(7001), 0), PLACE_PCP);
	IS(pages_pcp(&m.pages, 1, 1)->count, 0);
	IS(place(7000), PLACE_PRIVATE);
	IS(place(7001), PLACE_UNKNOWN);
	IS(place_take(&m, pfn(5000), 0), PLACE_UNKNOWN);
	IS(place_take(&m, pfn(0), 0), PLACE_OUTSIDE);
}

/* A block that holds pages of several kinds is taken in pieces. */
Test(machine, record_takes_a_block_out_of_many)
{
	IS(buddy_free(&m.buddy[1], pfn(6144), 1, KM_MOVABLE, 0), 0);
	pcp_push(pages_pcp(&m.pages, 1, 0), &m.frames, pfn(6147), 0, KM_MOVABLE, false);
	place_alloc(&m, pfn(6148), 2, KM_UNMOVABLE);
	IS(place_take(&m, pfn(6144), 3), PLACE_FREE);
	for (uint64_t nr = 6144; nr < 6152; nr++)
		IS(place(nr), PLACE_UNKNOWN);
	IS(m.zone[1].nr_free, 0);
	IS(pages_pcp(&m.pages, 1, 0)->count, 0);
	IS(pageblock_of(&m.frames, pfn(6144))->used[KM_UNMOVABLE], 0);
	place_alloc(&m, pfn(6144), 3, KM_MOVABLE);
	IS(place(6151), PLACE_ALLOC);
}

/* ---- under another kernel than recorded it ---- */

static struct km_snap_zone own_zone[4];
static struct km_snapshot own_seed;
static struct machine_recorded rec;
static struct machine_limits limits;

static void zone(unsigned int at, const char *name, uint64_t start, uint64_t managed)
{
	struct km_snap_zone *z = &own_zone[at];

	memset(z, 0, sizeof(*z));
	snprintf(z->name, sizeof(z->name), "%s", name);
	z->index = at;
	z->populated = true;
	z->start_pfn = start;
	z->spanned = z->present = z->managed = managed;
	own_seed.zones = own_zone;
	own_seed.nr_zones = at + 1;
}

/* On @kernel, with @min_free_kbytes recorded by 6.1 (or @by); -1: no sysctl says it. */
static void under(const char *kernel, const char *by, int64_t min_free_kbytes)
{
	struct machine_config c = rig_config();

	machine_release(&m);
	own_seed.nr_orders = 11;
	c.seed = &own_seed;
	c.profile = kernel_profile_find(kernel);
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	rec.profile = kernel_profile_find(by);
	rec.min_free_kbytes = min_free_kbytes;
	machine_take_limits(&m, &rec, &limits);
	machine_retune(&m, &c);
}

/*
 * mix-6.1-x86-2cpu: one zone of 221640 pages of which 4746 came after khugepaged, pageblocks of 4
 * MiB. 6.1 computes: sqrt(16 * 4 * 216894) = 3725 kB, 931 pages, HIGH 931 + 2 * 232 = 1395;
 * khugepaged wants 11 * 1024 pages, and gets a twentieth of 216894 - 1395: 10774, 43096 kB, as
 * recorded.
 */
static void as_mix(void)
{
	static struct km_snap_pageset pagesets[] = { { .cpu = 0, .high = 6733, .batch = 63 },
						     { .cpu = 1, .high = 6733, .batch = 63 } };

	memset(&own_seed, 0, sizeof(own_seed));
	zone(0, "DMA32", 1, 221640);
	own_zone[0].min = 10774;
	own_zone[0].low = 13467;
	own_zone[0].high = 16160;
	own_zone[0].nr_pagesets = 2;
	own_zone[0].pagesets = pagesets;
	own_seed.pageblock_order = 10;
	rec.late_pages = 4746;
	rec.watermark_scale_factor = 10;
	memset(rec.lowmem_reserve_ratio, 0xff, sizeof(rec.lowmem_reserve_ratio));
}

#define MARKS(at, min, low, high)                          \
	do {                                               \
		IS(m.zone[at].wmark[KM_WMARK_MIN], min);   \
		IS(m.zone[at].wmark[KM_WMARK_LOW], low);   \
		IS(m.zone[at].wmark[KM_WMARK_HIGH], high); \
	} while (0)

/* mm/page_alloc.c:setup_per_zone_wmarks(), zone_batchsize(), setup_pageset() [2.6.34 3.5] */
Test(machine, another_kernel_computes_its_own_limits)
{
	as_mix();
	under("6.1", "6.1", 43096);
	MARKS(0, 10774, 13467, 16160);
	IS(pages_pcp(&m.pages, 0, 1)->high, 6733);
	cr_expect(!limits.marks && !limits.lists && !limits.reserves && !limits.kept[0]);

	/* its khugepaged knows the machine, too; HIGH is MIN + (MIN >> 1) */
	under("3.5", "6.1", 43096);
	cr_expect(limits.marks && limits.lists && !limits.kept[LIMIT_MIN_FREE]);
	IS(limits.min_free_kbytes, 43096);
	MARKS(0, 10774, 13467, 16161);
	/* 221640 >> 10 is 216, more than 512 kB: 128 / 4, and 32 + 16 rounded down, less one */
	IS(pages_pcp(&m.pages, 0, 1)->batch, 31);
	IS(pages_pcp(&m.pages, 0, 1)->high, 186);

	/* nobody raises it: 3725 kB */
	under("2.6.34", "6.1", 43096);
	IS(limits.min_free_kbytes, 3725);
	IS(limits.recorded_min_free_kbytes, 43096);
	MARKS(0, 931, 931 + 232, 931 + 465);

	/* zone_highsize() [6.12]: from LOW 6733 to 221640 / 8 / 2; the same watermarks */
	under("6.12", "6.1", 43096);
	cr_expect(!limits.marks && limits.lists);
	IS(pages_pcp(&m.pages, 0, 0)->high, 6733);
	IS(pages_pcp(&m.pages, 0, 0)->high_min, 6733);
	IS(pages_pcp(&m.pages, 0, 0)->high_max, 13852);
	IS(pages_pcp(&m.pages, 0, 0)->batch, 63);
	rec.late_pages = 0;
}

/* What somebody had set is kept: 67584 kB are 16896 pages. */
Test(machine, another_kernel_keeps_what_was_set)
{
	as_mix();
	own_zone[0].min = 16896;
	own_zone[0].low = 16896 + 4224;
	own_zone[0].high = 16896 + 8448;
	under("2.6.34", "6.1", 67584);
	cr_expect(limits.kept[LIMIT_MIN_FREE]);
	IS(limits.min_free_kbytes, 67584);
	MARKS(0, 16896, 16896 + 4224, 16896 + 8448);
	IS(pages_pcp(&m.pages, 0, 1)->high, 186);

	/* without khugepaged, too: 3725 kB were the recorded kernel's own */
	own_zone[0].min = 931;
	own_zone[0].low = 931 + 232;
	own_zone[0].high = 931 + 464;
	under("3.5", "6.1", 3725);
	cr_expect_not(limits.kept[LIMIT_MIN_FREE]);
	MARKS(0, 931, 931 + 232, 931 + 465);

	/* no sysctl: the zones' MIN tell */
	as_mix();
	under("2.6.34", "6.1", -1);
	cr_expect_not(limits.kept[LIMIT_MIN_FREE]);
	IS(limits.min_free_kbytes, 3725);
	own_zone[0].min = 5000;
	under("2.6.34", "6.1", -1);
	cr_expect(limits.kept[LIMIT_MIN_FREE]);
	IS(limits.min_free_kbytes, 20000);
	rec.late_pages = 0;
}

/*
 * HighMem and Movable. Lowmem is 229000 pages: 3828 kB first, 957 pages. 6.1 wants 11 * 512 pages
 * for DMA and Normal each: 45056 kB. 3.5 counts all four zones, and is held to a twentieth of
 * 229000 - 24 - 1410: 11378 pages. Kernel: mm/huge_memory.c:set_recommended_min_free_kbytes() [3.5]
 */
Test(machine, another_kernel_of_32_bits)
{
	as_mix();
	rec.late_pages = 0;
	zone(0, "DMA", 16, 4000);
	zone(1, "Normal", 4096, 225000);
	zone(2, "HighMem", 229376, 40000);
	zone(3, "Movable", 270336, 8192);
	own_seed.pageblock_order = 9;
	under("3.5", "6.1", 45056);
	IS(limits.min_free_kbytes, 45512);
	MARKS(1, 11179, 11179 + 2794, 11179 + 5589);
	MARKS(2, 39, 39 + 496, 39 + 993); /* 40000 / 1024; 11378 * 40000 / 229000 is 1987 */
	/* sysctl_lowmem_reserve_ratio: 32 for HighMem [3.5], 0 [6.1] */
	cr_expect(limits.reserves);
	IS(m.zone[1].lowmem_reserve[2], 0); /* as the capture has it */
	IS(m.zone[2].lowmem_reserve[3], 256);
	under("6.1", "3.5", 45512);
	IS(limits.min_free_kbytes, 45056);
	MARKS(1, 11067, 11067 + 2766, 11067 + 2 * 2766);
	MARKS(2, 39, 39 + 491, 39 + 2 * 491);
	IS(m.zone[2].lowmem_reserve[3], 0);
}
