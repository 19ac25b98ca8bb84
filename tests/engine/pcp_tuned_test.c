/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU lists that tune their limit, against vectors worked out by hand from the kernel's source.
 * One zone of 65535 pages at pfn 1; batch 63, high_min 478, high_max 15718.
 */
#include <stdio.h>

#include "tests/support/says.h"

static struct rig r;
static struct pcp *p;

static const struct rig_shape shape = {
	.profile = &kernel_v6_12,
	.cma = true,
	.zone = { { "DMA32", 0, 1, 65536 } },
};

static void limits(uint32_t high_min, uint32_t high_max, uint32_t batch)
{
	const struct pcp_limits l = { .high = high_min, .high_max = high_max, .batch = batch };

	p->prof->ops->set_limits(p, &l);
}

static void open_one(void)
{
	rig_open(&r, &shape);
	p = &r.pcp[0];
	limits(478, 15718, 63);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(pcp_tuned, .init = open_one, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)
#define KEPT(index, want) SAYS(rig_kept(&r, 0, 0, index), want)
#define DRAINED(want) SAYS(rig_steps(&r, STEP_PCPU_DRAIN), want)

/* Free a block; how many blocks that drained. */
static size_t push(uint64_t nr, unsigned int order, unsigned int mt)
{
	size_t before = r.nr_steps;

	pcp_free(p, &r.buddy[0], pfn(nr), order, mt);
	return r.nr_steps - before;
}

/* Pages of order 0 freed one after another from @from on, until @n of them drained: how much. */
static const char *drains_of(uint64_t from, unsigned int n)
{
	static char text[256];
	int used = 0;

	while (n) {
		size_t drained = push(from++, 0, KM_MOVABLE);

		if (drained)
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%zu@%u",
					 used ? " " : "", drained, p->high);
		n -= drained != 0;
	}
	return text;
}

/* Kernel: mm/page_alloc.c:2600 nr_pcp_free(), :2625 nr_pcp_high() [6.12.117] */
Test(pcp_tuned, drains_grow_with_what_was_freed_in_a_row)
{
	SAYS(drains_of(1, 6), "415@541 478@1019 956@1975 1912@2079 2016@2079 2016@2079");
	IS(p->free_count, 2016);
}

/* Kernel: mm/page_alloc.c:3018 nr_pcp_alloc() [6.12.117] */
Test(pcp_tuned, refills_double_while_nothing_is_freed)
{
	static const struct {
		unsigned int pages, high;
	} want[] = { { 63, 541 },     { 126, 667 },    { 252, 919 },	{ 504, 1423 },
		     { 1008, 2431 },  { 2016, 4447 },  { 2016, 6463 },	{ 2016, 8479 },
		     { 2016, 10495 }, { 2016, 12511 }, { 2016, 14527 }, { 2016, 15718 },
		     { 2016, 15718 } };

	rig_boot(&r);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		IS(pcp_refill(p, &r.buddy[0], 0, KM_MOVABLE, 0), want[i].pages);
		IS(p->high, want[i].high);
		rig_forget_steps(&r);
		while (p->count)
			pcp_pop(p, &r.buddy[0], 0, KM_MOVABLE, 0);
	}
}

/*
 * Kernel: mm/page_alloc.c:2625 nr_pcp_high(): pcp->high is raised to free_count + batch, the drain
 * is judged by the old value; mm/mm_init.c:init_cma_reserved_pageblock() [6.12.117]
 */
Test(pcp_tuned, activated_areas_drain_in_growing_groups)
{
	static const unsigned int at[] = { 1, 2, 4, 8, 12, 16, 20, 24, 28, 32 };
	static const unsigned int blocks[] = { 1, 1, 2, 4, 4, 4, 4, 4, 4, 4 };
	size_t group = 0;

	limits(252, 15718, 63);
	for (uint64_t nr = 1; nr <= 63; nr++)
		push(nr, 0, KM_UNMOVABLE);
	p->free_count = 0;
	for (unsigned int i = 1; i <= 32; i++) {
		uint64_t nr = 8192 + (i - 1) * 512;

		rig_type(&r, nr, KM_CMA);
		IS(push(nr, 9, KM_CMA), group < 10 && at[group] == i ? blocks[group] : 0);
		group += group < 10 && at[group] == i;
		IS(p->high, i == 1 ? 575 : i < 4 ? 1087 : 2111);
	}
	IS(p->count, 63);
	IS(r.zone[0].nr_free_cma, 32 * 512);
	cr_assert_eq(r.step[0].pfn.nr, 8192);
	cr_assert_eq(r.step[31].pfn.nr, 8192 + 31 * 512);
}

/* Kernel: mm/page_alloc.c:3018 nr_pcp_alloc(): max(batch >> order, 2), order 0 alone doubles */
Test(pcp_tuned, refills_of_larger_blocks_do_not_grow)
{
	static const unsigned int want[] = { 63, 31, 15, 7 };

	for (unsigned int order = 1; order < 4; order++)
		for (unsigned int again = 0; again < 3; again++)
			IS(p->prof->ops->refill_blocks(p, &r.zone[0], order), want[order]);
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 9), 2);
	IS(p->alloc_factor, 0);
	IS(p->high, 478 + 10 * 63);
	for (unsigned int order = 0; order < 4; order++)
		IS(p->prof->ops->refill_unit(p, order), want[order]);
}

/* Kernel: mm/page_alloc.c:3050: min(batch, max(high - count - batch, batch)) [6.12.117] */
Test(pcp_tuned, refills_leave_room_for_a_batch)
{
	limits(478, 800, 63);
	p->alloc_factor = 5;
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 0), 800 - 63);
	for (uint64_t nr = 1; nr <= 700; nr++)
		pcp_push(p, &r.frames, pfn(nr), 0, KM_MOVABLE, true);
	p->alloc_factor = 5;
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 0), 63); /* 800 - 700 - 63 is less */
	IS(p->alloc_factor, 5);
}

/* Kernel: mm/page_alloc.c:2683: alloc_factor >>= 1 with each free; :3123 free_count >>= 1 */
Test(pcp_tuned, each_side_halves_what_the_other_built_up)
{
	p->alloc_factor = 5;
	push(1, 0, KM_MOVABLE);
	IS(p->alloc_factor, 2);
	p->free_count = 101;
	p->prof->ops->on_alloc(p);
	IS(p->free_count, 50);
}

/* Kernel: mm/page_alloc.c:5719 per_cpu_pages_init(): high 0, batch 1 [6.12.117] */
Test(pcp_tuned, boot_pagesets_keep_nothing)
{
	limits(0, 0, 1);
	IS(push(7, 0, KM_MOVABLE), 1);
	IS(p->count, 0);
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 0), 1);
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 3), 1);
	IS(p->high, 0);
}

/* Kernel: mm/page_alloc.c:2650: high_min == high_max: the sysctl's value, untuned [6.12.117] */
Test(pcp_tuned, equal_bounds_turn_tuning_off)
{
	limits(478, 478, 63);
	SAYS(drains_of(1, 3), "415@478 415@478 415@478");
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 0), 63);
	IS(p->high, 478);
}

/*
 * Kernel: mm/page_alloc.c:2696 free_unref_page_commit(): free_high asks for batch pages freed and
 * for a high-order free before this one; :2600 nr_pcp_free(): min(count, batch << 5) [6.12.117]
 */
Test(pcp_tuned, runs_of_small_blocks_empty_the_lists)
{
	p->high = 5000;
	for (uint64_t nr = 1; nr <= 100; nr++)
		push(nr, 0, KM_MOVABLE);
	IS(push(200, 1, KM_UNMOVABLE), 0); /* the first of its kind */
	IS(p->prev_free_high, 1);
	push(101, 0, KM_MOVABLE);
	IS(p->prev_free_high, 0);
	IS(push(202, 1, KM_UNMOVABLE), 0);
	IS(push(204, 1, KM_UNMOVABLE), 101 + 3);
	IS(p->count, 0);
	IS(p->high, 5000 - 2016);
	IS(r.step[0].pfn.nr, 200); /* begins with its own list, from the tail */
	IS(r.step[3].pfn.nr, 1);
}

Test(pcp_tuned, huge_blocks_are_no_small_ones)
{
	p->high = 15000;
	p->free_count = 2000;
	p->prev_free_high = true;
	IS(push(8192, 9, KM_MOVABLE), 0);
	IS(p->prev_free_high, 0);
}

Test(pcp_tuned, with_little_kept_a_run_of_small_blocks_waits)
{
	p->free_count = 100;
	p->prev_free_high = true;
	IS(push(200, 1, KM_UNMOVABLE), 0); /* 2 pages are less than a batch */
	p->free_high_batch = false;	   /* small caches: nothing is worth keeping */
	IS(push(202, 1, KM_UNMOVABLE), 2);
}

/* Kernel: mm/page_alloc.c:2643: ZONE_RECLAIM_ACTIVE: min(batch << 2, pcp->high) [6.12.117] */
Test(pcp_tuned, reclaim_lowers_limit_and_bound)
{
	p->high = 5000;
	r.zone[0].reclaim_active = true;
	for (uint64_t nr = 1; nr < 252; nr++)
		IS(push(nr, 0, KM_MOVABLE), 0);
	IS(p->high, 478); /* each free took at least a batch off */
	p->high = 5000;
	IS(push(252, 0, KM_MOVABLE), 189); /* free_count 252, at most 252 - 63 */
	IS(p->high, 5000 - 252);
}

/*
 * Kernel: mm/page_alloc.c:2653: ZONE_BELOW_HIGH: the limit is what is there, to high_min; :2719
 * cleared when the zone is above its high watermark again [6.12.117]
 */
Test(pcp_tuned, a_zone_below_its_high_watermark_shrinks_its_lists)
{
	p->high = 5000;
	r.zone[0].below_high = true;
	r.zone[0].wmark[KM_WMARK_HIGH] = 500;
	for (uint64_t nr = 1; nr < 478; nr++)
		IS(push(nr, 0, KM_MOVABLE), 0);
	IS(push(600, 0, KM_MOVABLE), 415);
	IS(r.zone[0].below_high, 1); /* 415 pages are free now */
	while (r.zone[0].nr_free == 415)
		push(700 + r.nr_steps + p->count, 0, KM_MOVABLE);
	cr_assert_gt(r.zone[0].nr_free, 500);
	IS(r.zone[0].below_high, 0);
	p->high = 1000;
	r.zone[0].below_high = true;
	p->count = 0;
	IS(p->prof->ops->refill_blocks(p, &r.zone[0], 1), 31);
	IS(p->high, 1000); /* refills raise nothing meanwhile */
	p->count = (uint32_t)(p->list[1].count);
}

/* Kernel: mm/page_alloc.c:2409 decay_pcp_high() [6.12.117] */
Test(pcp_tuned, ticks_lower_the_limit_by_an_eighth_or_to_what_is_there)
{
	p->high = 10000;
	IS(p->prof->ops->tick(p), 0);
	IS(p->high, 8750);
	p->high = 500;
	IS(p->prof->ops->tick(p), 0);
	IS(p->high, 478);
	IS(p->prof->ops->tick(p), 0);
	IS(p->high, 478);
	for (uint64_t nr = 1; nr <= 5000; nr++)
		pcp_push(p, &r.frames, pfn(nr), 0, KM_MOVABLE, true);
	p->high = 5100;
	IS(p->prof->ops->tick(p), 5000 - 4463); /* 5100 - 637 */
	IS(p->high, 4463);
	p->high = 3000;
	IS(p->prof->ops->tick(p), 2016);
	IS(p->high, 2984);
}

/* Kernel: mm/page_alloc.c:2432: pieces of a batch, each from the first list on [6.12.117] */
Test(pcp_tuned, ticks_drain_from_the_first_list)
{
	for (uint64_t nr = 1; nr <= 70; nr++)
		pcp_push(p, &r.frames, pfn(nr), 0, KM_RECLAIMABLE, true);
	pcp_push(p, &r.frames, pfn(200), 0, KM_UNMOVABLE, true);
	pcp_decay(p, &r.buddy[0], 66);
	IS(p->count, 5);
	IS(p->high, 5);
	IS(r.step[0].pfn.nr, 200);
	IS(r.step[1].pfn.nr, 70);
	KEPT(2, "1 2 3 4 5");
	pcp_decay(p, &r.buddy[0], 0);
	IS(p->high, 5);
}

Test(pcp_tuned, a_recorded_drain_says_where_the_limit_was)
{
	p->high = 5000;
	for (uint64_t nr = 1; nr <= 999; nr++)
		push(nr, 0, KM_MOVABLE);
	p->prof->ops->learn(p, &r.zone[0], 0, false);
	IS(p->high, 5000);
	p->prof->ops->learn(p, &r.zone[0], 0, true);
	IS(p->high, 1000);
	p->prof->ops->learn(p, &r.zone[0], 0, false);
	IS(p->high, 1001);
	IS(push(1000, 0, KM_MOVABLE), 0);
}

/* Kernel: mm/page_alloc.c:1241: the pageblock's type of that moment [6.12.117] */
Test(pcp_tuned, drained_blocks_go_where_their_pageblock_belongs_now)
{
	push(1024, 0, KM_MOVABLE);
	rig_type(&r, 1024, KM_RECLAIMABLE);
	pcp_drain(p, &r.buddy[0], 1, 0);
	BLOCKS(0, KM_RECLAIMABLE, "1024");
	IS(r.step[0].mt, KM_RECLAIMABLE);
}

Test(pcp_tuned, printed_limits_are_where_it_was)
{
	struct pcp_limits l = { .high = 478, .high_max = 15718, .batch = 63 };

	p->prof->ops->adopt(p, &l, 9098, 31);
	IS(p->high, 9098);
	IS(l.high, 478);
	IS(l.batch, 31);
	p->prof->ops->adopt(p, NULL, 900, 31);
	IS(p->high, 900);
}
