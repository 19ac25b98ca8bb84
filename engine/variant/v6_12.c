/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.12, as of 6.12.117. */
#include "engine/variant/variant.h"

const struct kernel_profile kernel_v6_12 = {
	.name = "6.12",
	.describe = "self-tuned per-CPU lists, lists of uniform type, claiming fallback",
	.validated = true,
	.archs = KM_ARCH_X86 | KM_ARCH_ARM64,
	.buddy = {
		.nr_orders = 11,
		.tail_by_aunt = true,
		.move_to_tail = true,
		.uniform = true,
		.captures_movable = true,
		.highatomic_rounds = true,
		/* Kernel: mm/page_alloc.c:fallbacks [6.12] */
		.fallbacks = {
			[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
			[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES },
			[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
		},
		.fallback_ops = &buddy_fallback_claim,
	},
	.pcp = {
		.max_order = 3,
		.huge_lists = true,
		.batch_scale_max = 5,
		.drains_by_pageblock = true,
		.ops = &pcp_tuned_high,
	},
	.pages = {
		.marks_below_high = true,
		.boost_waits_for_kswapd = true,
		.reserve_ignores_boost = true,
		.counts_free_highatomic = true,
		.movable_wmark_fixed = true,
		.exact_to_tail = true,
		.frag_never_waits = true,
		.nofragment = true,
		.highatomic = true,
		.alloc_cma = true,
		.raises_min_free = true,
		.min_free_kbytes_max = 262144,
		.costly_order = 3,
		.watermark = &pages_watermark_lists,
		.bulk_chunk = 100,
		.bulk_call_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL },
	},
	.boot = { .to_tail = true, .core_percent = true, .movable_node = true },
};
