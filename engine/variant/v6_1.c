/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux 6.1 as of 6.1.192, and before it what its point releases were until one of them changed
 * something. Only 6.1.192 itself was read and held against captures: which release brought which
 * change is what the lists of commits say that came with the releases, and the code before it what
 * those commits replaced.
 */
#include "engine/slab/slab_ops.h"
#include "engine/variant/variant.h"
#include "engine/vmalloc/vmalloc_ops.h"

/* Kernel: mm/page_alloc.c:fallbacks [6.1] */
#define BUDDY_6_1                                                                              \
	{                                                                                      \
		.nr_orders = 11, .tail_by_aunt = true, .move_to_tail = true,                 \
		.counts_bulk_late = true,                                                    \
		.fallbacks = {                                                               \
			[KM_UNMOVABLE] = { KM_RECLAIMABLE, KM_MOVABLE, KM_NR_MIGRATETYPES }, \
			[KM_MOVABLE] = { KM_RECLAIMABLE, KM_UNMOVABLE, KM_NR_MIGRATETYPES }, \
			[KM_RECLAIMABLE] = { KM_UNMOVABLE, KM_MOVABLE, KM_NR_MIGRATETYPES }, \
		},                                                                           \
		.fallback_ops = &buddy_fallback_steal, \
	}

/* With nr_huge_lists and batch_scale_max to follow. */
#define PCP_6_1 .expire_ticks = 3, .max_order = 3, .huge_is_pageblock = true, .ops = &pcp_fixed_high

/* With .watermark and what else differs to follow. */
#define PAGES_6_1                                                                            \
	.cma_skips_pcp = true, .costly_order = 3, .exact_to_tail = true, .nofragment = true, \
	.highatomic = true, .alloc_cma = true, .raises_min_free = true,                      \
	.min_free_kbytes_max = 262144, .bulk_chunk = 100,                                    \
	.bulk_call_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL }

/* ALLOC_HARDER is __GFP_ATOMIC's, and opens the highatomic reserves to every order but 0. */
#define HARDER_6_1 \
	.watermark = &pages_watermark_harder, .harder_by_flag = true, .highatomic_any = true

/*
 * Kernel: fs/proc/generic.c:__proc_create(), fs/namespace.c:alloc_vfsmnt(), fs/locks.c:
 * locks_get_lock_context(), kernel/trace/trace_events.c:__trace_define_field(),
 * fs/jbd2/revoke.c:jbd2_journal_init_revoke_table(), block/blk-ioc.c:alloc_io_context() and
 * set_task_ioprio(), which holds it inlined, fs/ext4/mballoc.c:ext4_mb_add_groupinfo() [6.1]
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

/* SLUB, SLAB, SLOB. */
#define SLABS_6_1                                          \
	{                                                  \
		{                                          \
			.max_order = 3,                    \
			.top_order = 10,                   \
			.kmalloc_min_size = 8,             \
			.kmalloc_max_cache = 8192,         \
			.least_fraction = 4,               \
			.min_partial_shift = 1,            \
			.min_partial = 5,                  \
			.max_partial = 10,                 \
			.sites = slab_sites,               \
			.ops = &slab_slub,                 \
		},                                         \
			{                                  \
				.max_order = 1,            \
				.top_order = 10,           \
				.kmalloc_min_size = 32,    \
				.kmalloc_max_cache = 8192, \
				.cache_line = 64,          \
				.has_tunables = true,      \
				.sites = slab_sites,       \
				.ops = &slab_slab,         \
			},                                 \
			{                                  \
				.kmalloc_min_size = 8,     \
				.header = 8,               \
				.breaks = { 256, 1024 },   \
				.rcu_footer = 24,          \
				.natural_align = true,     \
				.ops = &slab_slob,         \
			},                                 \
	}

#define CMA_6_1                                                                                \
	{                                                                                      \
		.present = true, .ends_first = true, .moves_huge = true, .moves_across = true, \
		.drops_clean_cache = true, .targets_near = true,                               \
	}

/* Kernel: mm/percpu.c, include/linux/percpu.h [6.1] */
static const struct percpu_profile percpu_6_1 = {
	.min_alloc_bytes = 4,
	.most_bytes = 32 << 10,
	.slot_base_shift = 5,
	.fail_threshold = 3,
	.empty_low = 2,
	.empty_high = 4,
};

static const struct vmalloc_profile vmalloc_6_1 = {
	.area_sites = { "__get_vm_area_node", NULL },
	.record_sites = { "alloc_vmap_area", NULL },
	.array_sites = { "__vmalloc_node_range", "__vmalloc_area_node", NULL },
	.purge_sites = { "__purge_vmap_area_lazy", NULL },
	.exec_sites = { "alloc_bprm", NULL },
	.worker_sites = { "free_work", NULL },
	.hidden_sites = { "kmem_cache_alloc", NULL },
	.task_sites = { "copy_process", "dup_task_struct", NULL },
	.stack_pages = 4,
	.cached_stacks = 2,
	.ioremap_max_order = 30,
	.maps_huge = true,
	.resets_permissions = true,
	.ops = &vmalloc_merged,
};

/* What all point releases have in common. */
#define KERNEL_6_1                                                                               \
	.series = "6.1", .archs = KM_ARCH_X86 | KM_ARCH_ARM64, .boot = { .to_tail = true },      \
	.cma = CMA_6_1, .buddy = BUDDY_6_1, .slabs = SLABS_6_1, .kmap = { KMAP_TASK_STACK, 16 }, \
	.vmalloc = &vmalloc_6_1, .percpu = &percpu_6_1

const struct kernel_profile kernel_v6_1 = {
	.name = "6.1",
	KERNEL_6_1,
	.first = 157,
	.last = KM_LATEST,
	.near_from = "4.4",
	.describe = "multi-order per-CPU lists, tail placement, stealing fallback",
	.validated = true,
	.pcp = { PCP_6_1, .nr_huge_lists = 2, .batch_scale_max = 5 },
	.pages = { PAGES_6_1, .watermark = &pages_watermark_lists, .highatomic_last = true },
};

const struct kernel_profile kernel_v6_1_points[NR_V6_1_POINTS] = {
	{
		.name = "6.1.0",
		KERNEL_6_1,
		.last = 56,
		.describe = "as 6.1.57; who finds the per-CPU lock taken frees CMA and HighAtomic "
			    "pages as Movable",
		.pcp = { PCP_6_1, .nr_huge_lists = 1 },
		.pages = { PAGES_6_1, HARDER_6_1, .unreserves_late = true,
			   .locked_is_movable = true },
	},
	{
		.name = "6.1.57",
		KERNEL_6_1,
		.first = 57,
		.last = 75,
		.describe = "as 6.1.76; the HighAtomic reserve is given up after 16 tries in vain, "
			    "not before",
		.pcp = { PCP_6_1, .nr_huge_lists = 1 },
		.pages = { PAGES_6_1, HARDER_6_1, .unreserves_late = true },
	},
	{
		.name = "6.1.76",
		KERNEL_6_1,
		.first = 76,
		.last = 96,
		.describe = "as 6.1.97; one per-CPU list for huge blocks of all types",
		.pcp = { PCP_6_1, .nr_huge_lists = 1 },
		.pages = { PAGES_6_1, HARDER_6_1 },
	},
	{
		.name = "6.1.97",
		KERNEL_6_1,
		.first = 97,
		.last = 103,
		.describe =
			"as 6.1.104; drains double without a limit, and empty the lists at once",
		.pcp = { PCP_6_1, .nr_huge_lists = 2 },
		.pages = { PAGES_6_1, HARDER_6_1 },
	},
	{
		.name = "6.1.104",
		KERNEL_6_1,
		.first = 104,
		.last = 115,
		.describe = "as 6.1.116; reserves by __GFP_HIGH and __GFP_ATOMIC, each for itself",
		.pcp = { PCP_6_1, .nr_huge_lists = 2, .batch_scale_max = 5 },
		.pages = { PAGES_6_1, HARDER_6_1 },
	},
	{
		.name = "6.1.116",
		KERNEL_6_1,
		.first = 116,
		.last = 156,
		.describe = "as 6.1.157; HighAtomic reserves for all who may not wait, not only "
			    "__GFP_HIGH's",
		.pcp = { PCP_6_1, .nr_huge_lists = 2, .batch_scale_max = 5 },
		.pages = { PAGES_6_1, .watermark = &pages_watermark_lists, .highatomic_any = true,
			   .highatomic_last = true },
	},
};
