/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kcompactd, worked out by hand from mm/compaction.c [6.1.192]. One zone of 4095 pages at pfn 1,
 * pageblocks of 512.
 */
#include "tests/support/compact_rig.h"

TestSuite(kcompactd, .init = begin, .fini = end);

#define ZONE (c.zone[0])

/* @n single free pages that cannot merge, from @nr on */
static void scatter(uint64_t nr, unsigned int n, unsigned int mt)
{
	for (; n; n--, nr += 2)
		rig_free(&r, nr, 0, mt);
}

static void movable(uint64_t nr, unsigned int n)
{
	for (; n; n--, nr += 2)
		rig_used(&r, nr, 0, KM_MOVABLE);
}

/* :2850 a block came of it: the zone is tried at once next time, :192 compaction_defer_reset() */
Test(kcompactd, kcompactd_that_succeeds_is_not_deferred)
{
	movable(512, 1);
	rig_free(&r, 513, 0, KM_MOVABLE);
	scatter(3584, 8, KM_MOVABLE);
	ZONE.order_failed = 1;
	compact_wake(&c, 0, 1, 1);
	IS(c.node[0].counts.runs, 1);
	IS(ZONE.order_failed, 2);
	IS(ZONE.defer_shift, 0);
	SAYS(rig_blocks(&r, 0, 1, KM_MOVABLE), "512");
}

/* :2887 wakeup_kcompactd(): the largest order and the lowest class that was ever asked for */
Test(kcompactd, wakers_add_up)
{
	compact_wake(&c, 0, 3, 1);
	compact_wake(&c, 0, 2, 2);
	IS(c.node[0].kcompactd_order, 3);
	IS(c.node[0].kcompactd_class, 1);
	compact_wake(&c, 0, 4, 0);
	IS(c.node[0].kcompactd_order, 4);
	IS(c.node[0].kcompactd_class, 0);
	scatter(3584, 100, KM_MOVABLE); /* the zone's number is 1: above that class */
	compact_wake(&c, 0, 4, 0);
	IS(c.node[0].counts.kcompactd_wake, 0);
}

/* :2829 zones above the class it was woken for are left alone */
Test(kcompactd, kcompactd_keeps_to_its_zones)
{
	compact_release(&c);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){
			     .zone_dma = true,
			     .zone = { { "DMA32", 1, 1, 2048 }, { "Normal", 2, 2048, 4096 } } });
	KM_BUG_ON(compact_init(&c, &r.pages));
	c.ops = &ops;
	memset(&moves, 0, sizeof(moves));
	scatter(1024, 40, KM_MOVABLE);
	scatter(3072, 40, KM_MOVABLE);
	compact_wake(&c, 0, 1, 1);
	IS(c.node[0].counts.runs, 1);
	IS(c.zone[0].defer_shift, 1);
	IS(c.zone[1].defer_shift, 0);
	compact_wake(&c, 0, 1, 2);
	IS(c.node[0].counts.deferred, 1);
	IS(c.zone[1].defer_shift, 1);
}

/*
 * :2036 fragmentation_score_wmark(): low max(100 - 20, 5) = 80, high 90. 512 of 513 pages in one
 * block after the moves: score 100 - 99; it ends there (:2097), and the next look is in half a
 * second.
 */
Test(kcompactd, unasked_compaction_ends_at_the_low_mark)
{
	for (uint64_t nr = 1024; nr < 1536; nr += 2) {
		rig_used(&r, nr, 0, KM_MOVABLE);
		rig_free(&r, nr + 1, 0, KM_MOVABLE);
	}
	scatter(3584, 256, KM_MOVABLE);
	movable(2048, 3);
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.runs, 1);
	IS(moves.n, 256); /* 2048 on is not reached */
	IS(r.buddy[0].nr_free[9], 1);
	IS(c.node[0].next_look_ns, 1000001000);
	compact_tick(&c, 1000001000);
	IS(c.node[0].counts.runs, 1); /* the score is low */
}

/* proactiveness 100: low 5; 5: high min(95 + 10, 100) = 100, which no score is above; 0: never */
Test(kcompactd, proactiveness_bounds)
{
	scatter(3584, 8, KM_MOVABLE);
	c.proactiveness = 100;
	IS(compact_score_low(&c), 5);
	c.proactiveness = 95;
	IS(compact_score_low(&c), 5);
	c.proactiveness = 5;
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	c.proactiveness = 0;
	compact_tick(&c, 1000001000);
	IS(c.node[0].counts.runs, 0);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){ .zone = { { "Normal", 1, 1, 4096 } } });
	IS(compact_score_zone(&c, 0), 0); /* nothing is free */
}

/*
 * COMPACTION_HPAGE_ORDER is HPAGE_PMD_ORDER, 11 with pages of 16 KiB: of 2 * 512 pages in blocks of
 * order 9, none lies in a block that large, and with pages of 4 KiB all do.
 */
Test(kcompactd, what_is_large_is_the_machines_huge_page)
{
	rig_free(&r, 1024, 9, KM_MOVABLE);
	rig_free(&r, 2048, 9, KM_MOVABLE);
	IS(compact_score_zone(&c, 0), 0);
	r.pages.pmd_order = 11;
	IS(compact_score_zone(&c, 0), 100);
}

/* :2829, cpumask_of_node(): zones of other nodes are not its own; without a CPU, any will do */
Test(kcompactd, each_node_has_a_kcompactd)
{
	static const uint8_t cpu_node[] = { 0, 0 };

	compact_release(&c);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){
			     .nr_nodes = 2,
			     .nr_cpus = 2,
			     .zone = { { "Normal", 1, 1, 2048 }, { "Normal", 1, 2048, 4096 } } });
	r.pages.cpu_node = cpu_node;
	KM_BUG_ON(compact_init(&c, &r.pages));
	c.ops = &ops;
	memset(&moves, 0, sizeof(moves));
	scatter(1024, 40, KM_MOVABLE);
	scatter(3072, 40, KM_MOVABLE);
	compact_wake(&c, 1, 1, 1);
	IS(c.node[0].counts.runs, 0);
	IS(c.node[1].counts.runs, 1);
	IS(c.zone[0].defer_shift, 0);
	IS(c.zone[1].defer_shift, 1);
	c.zone[0].blockskip_flush = c.zone[1].blockskip_flush = true;
	compact_kswapd_sleeps(&c, 1);
	IS(c.zone[0].blockskip_flush, 1);
	IS(c.zone[1].blockskip_flush, 0);
	/*
	 * unasked, only the node whose score is high: 80 of 80 pages in small blocks, each its own
	 */
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.runs, 1);
	IS(c.node[1].counts.runs, 2);
}

/* mm/compaction.c came with 2.6.35 */
Test(kcompactd, before_2_6_35_nobody_compacts)
{
	struct pfn got = pfn(KM_NO_PFN);

	compact_release(&c);
	rig_close(&r);
	open_as(&kernel_v2_6_34);
	movable(512, 1);
	scatter(3584, 40, KM_MOVABLE);
	IS(compact_suitable(&c, 0, 1, PAGES_WMARK_MIN, 1), COMPACT_SKIPPED);
	IS(compact_direct(&c, &(struct pages_request){ .gfp = KM_GFP_KERNEL, .order = 1 }, 1, 0,
			  COMPACT_PRIO_SYNC_FULL, &got),
	   COMPACT_SKIPPED);
	compact_wake(&c, 0, 1, 1);
	compact_tick(&c, 1000);
	compact_tick(&c, 500001000);
	IS(c.node[0].counts.runs + c.node[0].counts.direct + c.node[0].counts.kcompactd_wake, 0);
	IS(moves.n, 0);
}
