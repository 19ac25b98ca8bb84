/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux 3.5. No capture of it was held against this profile. Up to 3.5.4 the head/tail rule looked
 * beside the aunt of a block that is its parent's upper half ("fix the page address of higher
 * page's buddy calculation").
 */
#include "engine/variant/variant.h"
#include "engine/vmalloc/vmalloc_ops.h"

/* Kernel: mm/page_alloc.c:fallbacks [3.5]; MIGRATE_RESERVE comes last */
#define BUDDY_3_5 \
	.nr_orders = 11, .tail_by_aunt = true, .rest_follows_request = true,                      \
	.merges_all_types = true, .counts_bulk_late = true,                                       \
	.fallbacks = {                                                                            \
		[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },              \
		[KM_MOVABLE] = { KM_CMA, KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES },      \
		[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },              \
	},                                                                                        \
	.fallback_ops = &buddy_fallback_remove

#define PCP_3_5                                                                       \
	{                                                                             \
		.expire_ticks = 3, .ticks_always = true, .caches_request_type = true, \
		.hot_and_cold = true, .last_list_at_once = true, .ops = &pcp_batches, \
	}

#define PAGES_3_5                                                                                  \
	{                                                                                          \
		.old_direct_map = true, .may_order_by_zone = true, .node_load_descends = true,     \
		.raises_min_free = true, .raises_for_all_zones = true,                             \
		.highmem_reserve_ratio = 32, .reserve_ratio_min = 1,                               \
		.high_is_half_above_min = true, .min_free_kbytes_max = 65536, .reserve_blocks = 2, \
		.costly_order = 3, .watermark = &pages_watermark_orders,                           \
	}

/* drivers/base/dma-contiguous.c, mm/page_alloc.c:alloc_contig_range() [3.5] */
#define CMA_3_5                                                                                 \
	{                                                                                       \
		.present = true, .align_max = 8, .aligns_bits = true, .isolates_largest = true, \
		.trusts_types = true, .drains_each = true, .drains_late = true,                 \
		.stops_at_busy = true, .reclaims_first = true, .outer_start_any = true,         \
		.places_plainly = true, .activates_by_blocks = true,                            \
	}

/* What came later. */
#define LACKS_3_5                                                                                \
	(KERNEL_MOVABLE_NODE | KERNEL_DEFERRED_INIT | KERNEL_WATERMARK_SCALE |                   \
	 KERNEL_CORE_PERCENT | KERNEL_WATERMARK_BOOST | KERNEL_NOFRAGMENT | KERNEL_FIVE_LEVELS | \
	 KERNEL_PROACTIVENESS | KERNEL_VMAP_STACK)

/* Kernel: mm/vmalloc.c [3.5]; IOREMAP_MAX_ORDER is vmalloc.h's: 7 + PAGE_SHIFT */
static const struct vmalloc_profile vmalloc_3_5 = {
	.stack_pages = 2,
	.ioremap_max_order = 19,
	.ioremap_above = true,
	.flushes_all = true,
	.blocks_by_map = true,
	.caches_hole = true,
	.ops = &vmalloc_first_fit,
};

const struct kernel_profile kernel_v3_5 = {
	.name = "3.5",
	.series = "3.5",
	.first = 5,
	.last = KM_LATEST,
	.near_from = "2.6.35",
	.describe =
		"as 2.6.34, with tail placement, CMA as the first fallback, huge pages' reserve",
	.archs = KM_ARCH_X86,
	.lacks = LACKS_3_5,
	.buddy = { BUDDY_3_5 },
	.pcp = PCP_3_5,
	.pages = PAGES_3_5,
	.boot = { .by_words = true },
	.cma = CMA_3_5,
	.vmalloc = &vmalloc_3_5,
	.kmap = { KMAP_CPU_STACK, 20 },
};

const struct kernel_profile kernel_v3_5_points[NR_V3_5_POINTS] = {
	{
		.name = "3.5.0",
		.series = "3.5",
		.last = 4,
		.describe = "as 3.5.5; upper halves never go to the tail",
		.archs = KM_ARCH_X86,
		.lacks = LACKS_3_5,
		.buddy = { BUDDY_3_5, .misses_upper_aunt = true },
		.pcp = PCP_3_5,
		.pages = PAGES_3_5,
		.boot = { .by_words = true },
		.cma = CMA_3_5,
		.vmalloc = &vmalloc_3_5,
		.kmap = { KMAP_CPU_STACK, 20 },
	},
};
