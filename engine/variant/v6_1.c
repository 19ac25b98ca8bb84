/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.1, as of 6.1.192. */
#include "engine/slab/slab_ops.h"
#include "engine/variant/variant.h"

const struct kernel_profile kernel_v6_1 = {
	.name = "6.1",
	.describe = "multi-order per-CPU lists, tail placement, stealing fallback",
	.validated = true,
	.archs = KM_ARCH_X86 | KM_ARCH_ARM64,
	.buddy = {
		.nr_orders = 11,
		.tail_by_aunt = true,
		.move_to_tail = true,
		.counts_bulk_late = true,
		/* Kernel: mm/page_alloc.c:fallbacks [6.1] */
		.fallbacks = {
			[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
			[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES },
			[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
		},
		.fallback_ops = &buddy_fallback_steal,
	},
	.pcp = {
		.max_order = 3,
		.huge_lists = true,
		.huge_is_pageblock = true,
		.batch_scale_max = 5,
		.ops = &pcp_fixed_high,
	},
	.pages = {
		.cma_skips_pcp = true,
		.costly_order = 3,
		.watermark = &pages_watermark_lists,
		.exact_to_tail = true,
		.nofragment = true,
		.highatomic = true,
		.alloc_cma = true,
		.raises_min_free = true,
		.min_free_kbytes_max = 262144,
		.bulk_chunk = 100,
		.bulk_call_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL },
	},
	.boot = { .to_tail = true, .core_percent = true, .movable_node = true },
	.slab = {
		.max_order = 3,
		.top_order = 10,
		.kmalloc_min_size = 8,
		.kmalloc_max_cache = 8192,
		.least_fraction = 4,
		.min_partial_shift = 1,
		.min_partial = 5,
		.max_partial = 10,
		.ops = &slab_slub,
	},
};
