/* SPDX-License-Identifier: GPL-2.0-only */
/* Which zone a request is asked of, and what is passed by, worked out by hand. */
#include "tests/support/two_zones.h"

TestSuite(zone_walk, .init = open_two, .fini = end);

/* Kernel: mm/page_alloc.c:build_zonerefs_node(): populated_zone() [6.1.192] */
Test(zone_walk, zones_without_pages_are_not_asked)
{
	rig_free(&r, 1024, 0, KM_UNMOVABLE);
	r.zone[1].managed = 0;
	IS(alloc(KM_GFP_KERNEL, 0), 1024);
	rig_used(&r, 1024, 0, KM_UNMOVABLE);
}

/* Kernel: mm/page_alloc.c:4217 zone->zone_pgdat: the zone below is another node's [6.1.192] */
Test(zone_walk, a_dma32_of_another_node_is_none_beside_it)
{
	reopen(&(struct rig_shape){
		.nr_nodes = 2, .zone = { { "DMA32", 0, 1, 4096 }, { "Normal", 1, 4096, 8192 } } });
	IS(r.zone[0].node, 0);
	IS(r.zone[1].node, 1);
	IS(pages_fast_flags(&r.pages, &(struct pages_request){ .node = 1 }), 0);
}

/* Kernel: mm/vmscan.c:wakeup_kswapd(): where nobody reclaims, the flag is all there is [6.1.192] */
Test(zone_walk, a_boost_nobody_hears_of)
{
	r.zone[1].boosted = true;
	rig_free(&r, 4096, 0, KM_UNMOVABLE);
	IS(alloc(KM_GFP_KERNEL, 0), 4096);
	IS(r.zone[1].boosted, 0);
	rig_used(&r, 4096, 0, KM_UNMOVABLE);
}

/* Kernel: mm/page_alloc.c:rmqueue() "(alloc_flags & ALLOC_KSWAPD) &&" [6.12.117] */
Test(zone_walk, only_who_may_wake_kswapd_clears_the_boost_since_6_12)
{
	reopen(&(struct rig_shape){ .profile = &kernel_v6_12,
				    .zone = { { "DMA32", 0, 1, 4096 } } });
	r.zone[0].boosted = true;
	rig_free(&r, 1024, 1, KM_MOVABLE);
	IS(alloc(KM_GFP_MOVABLE, 0), 1024);
	IS(r.zone[0].boosted, 1);
	IS(alloc(KM_GFP_MOVABLE | KM_GFP_KSWAPD_RECLAIM, 0), 1025);
	IS(r.zone[0].boosted, 0);
	rig_used(&r, 1024, 0, KM_MOVABLE);
	rig_used(&r, 1025, 0, KM_MOVABLE);
}

/*
 * Kernel: mm/page_alloc.c:3899: "migratetype == MIGRATE_MOVABLE && !(alloc_flags & ALLOC_CMA)":
 * past the per-CPU lists, which hold CMA's pages as movable ones [6.1.192]; [6.12] has no such test
 */
Test(zone_walk, movable_without_cma_passes_the_lists)
{
	const struct pages_request rq = { .gfp = KM_GFP_HIGHUSER_MOVABLE };

	r.pages.has_cma = true;
	rig_free(&r, 4096, 3, KM_MOVABLE);
	IS(pages_from_freelist(&r.pages, &rq, 0).nr, 4096);
	IS(pages_pcp(&r.pages, 1, 0)->count, 0);
	SAYS(rig_steps(&r, STEP_ZONE_LOCKED), "4096");
	rig_used(&r, 4096, 0, KM_MOVABLE);
}

/*
 * Where no zone is above a mark, the first there is; the last of a zone cannot be larger than it.
 */
Test(zone_walk, first_zone_and_last_block)
{
	const struct pages_request rq = { .gfp = KM_GFP_KERNEL };

	r.zone[0].wmark[KM_WMARK_LOW] = r.zone[1].wmark[KM_WMARK_LOW] = 100;
	r.zone[0].wmark[KM_WMARK_MIN] = r.zone[1].wmark[KM_WMARK_MIN] = 50;
	IS(pages_first_zone(&r.pages, &rq), 1);
	rig_free(&r, 1024, 6, KM_UNMOVABLE); /* 64: above MIN */
	IS(pages_first_zone(&r.pages, &rq), 0);
	IS(pages_free(&r.pages, 0, pfn(8191), 1, 0), -KM_EINVAL);
	rig_close(&r);
	rig_open(&r, &(struct rig_shape){ .zone = { { "DMA32", 0, 1, 4095 } } });
	IS(pages_free(&r.pages, 0, pfn(4094), 1, 0), -KM_EINVAL); /* ends at 4095 */
	IS(pages_free(&r.pages, 0, pfn(4094), 0, PAGES_FREE_KNOWN), 0);
}
