/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux 6.12 as of 6.12.117, and before it what its point releases were until one of them changed
 * something. Only 6.12.117 itself was read and held against captures; of the others holds what
 * v6_1.c says.
 */
#include "engine/slab/slab_ops.h"
#include "engine/variant/variant.h"
#include "engine/vmalloc/vmalloc_ops.h"

/* With .fallback_ops to follow. Kernel: mm/page_alloc.c:fallbacks [6.12] */
#define BUDDY_6_12                                                                    \
	.nr_orders = 11, .tail_by_aunt = true, .move_to_tail = true, .uniform = true, \
	.captures_movable = true, .keeps_target_blocks = true, .goes_on_below = true, \
	.spares_wanted = true, .highatomic_rounds = true,                             \
	.fallbacks = {                                                                \
		[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },  \
		[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES },  \
		[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES },  \
	}

#define PCP_6_12                                                                             \
	.expire_ticks = 3, .expiry_keeps_ticking = true, .max_order = 3, .nr_huge_lists = 2, \
	.batch_scale_max = 5, .drains_by_pageblock = true, .ops = &pcp_tuned_high

#define PAGES_6_12                                                                                 \
	.marks_below_high = true, .boost_waits_for_kswapd = true, .reserve_ignores_boost = true,   \
	.counts_free_highatomic = true, .movable_wmark_fixed = true, .exact_to_tail = true,        \
	.frag_never_waits = true, .nofragment = true, .highatomic = true, .highatomic_last = true, \
	.alloc_cma = true, .raises_min_free = true, .min_free_kbytes_max = 262144,                 \
	.costly_order = 3, .watermark = &pages_watermark_lists, .bulk_chunk = 100,                 \
	.bulk_call_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL }

#define CMA_6_12                                                                     \
	{                                                                            \
		.present = true, .ends_first = true, .moves_huge = true,             \
		.drops_clean_cache = true, .targets_near = true, .checks_gfp = true, \
		.places_above_first = true,                                          \
	}

/*
 * Kernel: fs/proc/generic.c:__proc_create(), fs/namespace.c:alloc_vfsmnt(), fs/locks.c:
 * locks_get_lock_context(), kernel/trace/trace_events.c:__trace_define_field(),
 * fs/jbd2/revoke.c:jbd2_journal_init_revoke_table(), block/blk-ioc.c:alloc_io_context() and
 * set_task_ioprio(), which holds it inlined, fs/ext4/mballoc.c:ext4_mb_add_groupinfo() [6.12]
 */
static const struct slab_site slab_sites[] = {
	{ "__proc_create", "proc_dir_entry" },
	{ "alloc_vfsmnt", "mnt_cache" },
	{ "locks_get_lock_context", "file_lock_ctx" },
	{ "__trace_define_field", "ftrace_event_field" },
	{ "jbd2_journal_init_revoke_table", "jbd2_revoke_table_s" },
	{ "alloc_io_context", "blkdev_ioc" },
	{ "set_task_ioprio", "blkdev_ioc" },
	{ "ext4_mb_add_groupinfo", "ext4_groupinfo_" },
	{ NULL, NULL },
};

/* SLUB alone is left. Kernel: mm/slub.c:calculate_order(), get_partial_node() [6.12] */
#define SLABS_6_12                                 \
	{                                          \
		{                                  \
			.max_order = 3,            \
			.top_order = 10,           \
			.kmalloc_min_size = 8,     \
			.kmalloc_max_cache = 8192, \
			.least_fraction = 2,       \
			.min_partial_shift = 1,    \
			.min_partial = 5,          \
			.max_partial = 10,         \
			.objs_stay = true,         \
			.stack_of_limit = true,    \
			.sites = slab_sites,       \
			.ops = &slab_slub,         \
		},                                 \
	}

/* Kernel: mm/percpu.c, include/linux/percpu.h [6.12] */
static const struct percpu_profile percpu_6_12 = {
	.min_alloc_bytes = 4,
	.most_bytes = 32 << 10,
	.slot_base_shift = 5,
	.fail_threshold = 3,
	.empty_low = 2,
	.empty_high = 4,
};

static const struct vmalloc_profile vmalloc_6_12 = {
	.area_sites = { "__get_vm_area_node", NULL },
	.record_sites = { "alloc_vmap_area", NULL },
	.array_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL },
	.purge_sites = { "reclaim_list_global", NULL },
	.exec_sites = { "alloc_bprm", NULL },
	.task_sites = { "copy_process", "dup_task_struct", NULL },
	.stack_pages = 4,
	.cached_stacks = 2,
	.ioremap_max_order = 30,
	.maps_huge = true,
	.resets_permissions = true,
	.keeps_open_blocks = true,
	.ops = &vmalloc_nodes,
};

/* What all point releases have in common. */
#define KERNEL_6_12                                                                          \
	.series = "6.12", .archs = KM_ARCH_X86 | KM_ARCH_ARM64, .boot = { .to_tail = true }, \
	.cma = CMA_6_12, .slabs = SLABS_6_12, .vmalloc = &vmalloc_6_12,                      \
	.kmap = { KMAP_TASK_STACK, 16 }, .percpu = &percpu_6_12

const struct kernel_profile kernel_v6_12 = {
	.name = "6.12",
	KERNEL_6_12,
	.first = 67,
	.last = KM_LATEST,
	.near_from = "6.7",
	.describe = "self-tuned per-CPU lists, lists of uniform type, claiming fallback",
	.validated = true,
	.buddy = { BUDDY_6_12, .fallback_ops = &buddy_fallback_claim },
	.pcp = { PCP_6_12, .decays_by_batch = true },
	.pages = { PAGES_6_12 },
};

const struct kernel_profile kernel_v6_12_points[NR_V6_12_POINTS] = {
	{
		.name = "6.12.0",
		KERNEL_6_12,
		.last = 28,
		.describe = "as 6.12.29; what cannot be claimed is cut from the largest block, and "
			    "each page of a refill begins anew",
		.buddy = { BUDDY_6_12, .fallback_ops = &buddy_fallback_split },
		.pcp = { PCP_6_12 },
		.pages = { PAGES_6_12, .highatomic_any = true },
	},
	{
		.name = "6.12.29",
		KERNEL_6_12,
		.first = 29,
		.last = 53,
		.describe = "as 6.12.54; HighAtomic reserves for all who may not wait, not only "
			    "__GFP_HIGH's",
		.buddy = { BUDDY_6_12, .fallback_ops = &buddy_fallback_claim },
		.pcp = { PCP_6_12 },
		.pages = { PAGES_6_12, .highatomic_any = true },
	},
	{
		.name = "6.12.54",
		KERNEL_6_12,
		.first = 54,
		.last = 66,
		.describe = "as 6.12.67; a tick gives per-CPU pages back at once, not by batches",
		.buddy = { BUDDY_6_12, .fallback_ops = &buddy_fallback_claim },
		.pcp = { PCP_6_12 },
		.pages = { PAGES_6_12 },
	},
};
