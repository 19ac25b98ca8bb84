/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 2.6.34. No capture of it was held against this profile. */
#include "engine/slab/slab_ops.h"
#include "engine/variant/variant.h"
#include "engine/vmalloc/vmalloc_ops.h"

/* Kernel: mm/vmalloc.c [2.6.34]; IOREMAP_MAX_ORDER is asm-generic's: 7 + PAGE_SHIFT */
static const struct vmalloc_profile vmalloc_2_6_34 = {
	.stack_pages = 2,
	.irq_stacks_beside_small = true,
	.ioremap_max_order = 19,
	.ioremap_above = true,
	.flushes_all = true,
	.blocks_by_map = true,
	.gap_pages = 1,
	.ops = &vmalloc_first_fit,
};

const struct kernel_profile kernel_v2_6_34 = {
	.name = "2.6.34",
	.series = "2.6.34",
	.last = KM_LATEST,
	.near_from = "2.6.24",
	.describe = "single-page hot and cold lists, head placement, fallback by removal, reserved pageblocks",
	.archs = KM_ARCH_X86,
	.lacks = KERNEL_MOVABLE_NODE | KERNEL_DEFERRED_INIT | KERNEL_WATERMARK_SCALE |
		 KERNEL_CORE_PERCENT | KERNEL_WATERMARK_BOOST | KERNEL_NOFRAGMENT |
		 KERNEL_FIVE_LEVELS | KERNEL_COMPACTION | KERNEL_PROACTIVENESS |
		 KERNEL_VMAP_STACK,
	.buddy = {
		.nr_orders = 11,
		.merges_all_types = true,
		.counts_bulk_late = true,
		/* Kernel: mm/page_alloc.c:fallbacks [2.6.34]; MIGRATE_RESERVE comes last */
		.fallbacks = {
			[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
			[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES },
			[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },
		},
		.fallback_ops = &buddy_fallback_remove,
	},
	.pcp = {
		.expire_ticks = 3, .ticks_always = true,  .caches_request_type = true,
		.hot_and_cold = true,
		.ops = &pcp_batches,
	},
	.pages = {
		.no_compaction = true,
		.no_drift_mark = true,
		.drains_first = true,
		.may_order_by_zone = true,
		.node_load_descends = true,
		.high_is_half_above_min = true,
		.min_free_kbytes_max = 65536,
		.highmem_reserve_ratio = 32,
		.reserve_ratio_min = 1,
		.reserve_blocks = 2,
		.costly_order = 3,
		.watermark = &pages_watermark_orders,
		.old_direct_map = true,
	},
	.boot = { .by_words = true },
	.vmalloc = &vmalloc_2_6_34,
	.kmap = { KMAP_BY_TYPE, 20 },
	/* Kernel: mm/slub.c:slab_alloc(), __slab_free(), unfreeze_slab() [2.6.34] */
	.slabs = {
		{
			.max_order = 3,
			.top_order = 10,
			.kmalloc_min_size = 8,
			.kmalloc_max_cache = 8192,
			.least_fraction = 4,
			.min_partial = 5,
			.max_partial = 10,
			.no_stack = true,
			.empties_go = true,
			.ops = &slab_slub,
		},
		{
			.max_order = 1,
			.top_order = 10,
			.kmalloc_min_size = 32,
			.kmalloc_max_cache = 4 << 20,
			.cache_line = 64,
			.has_tunables = true,
			.descriptor = 48,
			.link = 4,
			.off_slab_size = 512,
			.colour_from_0 = true,
			.frees_that_slab = true,
			.no_class_96 = true,
			.kmalloc_name = "size-",
			.ops = &slab_slab,
		},
		{
			.kmalloc_min_size = 8,
			.header = 8,
			.breaks = { 256, 1024 },
			.rcu_footer = 24,
			.goes_on_behind = true,
			.full_goes_smallest = true,
			.ops = &slab_slob,
		},
	},
};
