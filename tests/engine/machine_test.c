/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine from a capture's description, and records put into it page by page. */
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
