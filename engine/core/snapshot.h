/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel printed about itself at one label of a capture, as plain numbers.
 *
 * Readers (traces/snapshot.c) fill it; the engine seeds a machine from the first one and may read
 * nothing of any later one. Counts that a file did not give are absent (`has_…` is false).
 */
#ifndef KM_CORE_SNAPSHOT_H
#define KM_CORE_SNAPSHOT_H

#include "engine/core/types.h"

struct km_snap_pageset {
	uint32_t cpu;
	uint32_t count, high, batch; /* pages */
};

/* One zone of /proc/zoneinfo, /proc/buddyinfo and /proc/pagetypeinfo; sizes in pages. */
struct km_snap_zone {
	int node;
	unsigned int index;	/* the kernel's zone number: its place in the node's zoneinfo */
	char name[KM_NAME_LEN]; /* DMA, DMA32, Normal, HighMem, Movable */
	bool populated;		/* present pages > 0 */
	uint64_t start_pfn, spanned, present, managed, cma;
	uint64_t free, boost, min, low, high;
	uint64_t protection[8]; /* lowmem_reserve by zone index; boost is not added */
	unsigned int nr_protection;
	struct km_snap_pageset *pagesets; /* nr_pagesets of them, by cpu */
	unsigned int nr_pagesets;
	bool has_buddyinfo, has_pagetypeinfo;
	uint64_t nr_free[KM_MAX_ORDERS];
	uint64_t type_free[KM_NR_MIGRATETYPES][KM_MAX_ORDERS];
	bool type_capped[KM_NR_MIGRATETYPES][KM_MAX_ORDERS]; /* printed as ">100000" */
	uint64_t type_blocks[KM_NR_MIGRATETYPES];
};

struct km_snap_cma {
	char name[KM_NAME_LEN];
	uint64_t base_pfn, count; /* pages; 0: it was given up when it was to be activated */
	bool has_count;
	unsigned int order_per_bit;
	uint64_t used;	  /* pages, as printed */
	uint32_t *bitmap; /* nr_words 32-bit words, bit 0 first; NULL where not printed */
	size_t nr_words;
};

/*
 * Bits of /proc/kpageflags that seeding looks at (Kernel: include/uapi/linux/kernel-page-flags.h
 * [6.1 6.12]).
 */
enum {
	KM_KPF_LRU = 5,
	KM_KPF_SLAB = 7,
	KM_KPF_BUDDY = 10,
	KM_KPF_MMAP = 11,
	KM_KPF_ANON = 12,
	KM_KPF_COMPOUND_HEAD = 15,
	KM_KPF_COMPOUND_TAIL = 16,
	KM_KPF_NOPAGE = 20,
	KM_KPF_THP = 22,
	KM_KPF_OFFLINE = 23,
	KM_KPF_PGTABLE = 26,
	KM_KPF_RESERVED = 32,
};

/*
 * A cache of objects: its row of /proc/slabinfo, and what the capture's meta/slab_attrs says of it
 * (/sys/kernel/slab), under the name it has in slabinfo.
 */
struct km_snap_cache {
	char name[KM_NAME_LEN];
	uint64_t active_objs, num_objs, active_slabs, num_slabs;
	uint32_t objsize, objperslab, pagesperslab;
	uint32_t limit, batchcount, sharedfactor, sharedavail;
	bool has_attrs;
	uint32_t object_size, align, cpu_partial, min_partial, reclaim;
};

/* Another name of a cache that was merged into it (Kernel: mm/slub.c:__kmem_cache_alias() [6.1]) */
struct km_snap_alias {
	char name[KM_NAME_LEN];
	uint32_t cache; /* its place among the caches */
};

/*
 * Which node each CPU is of, and how far nodes are from one another, where the capture says it
 * (/sys/devices/system/node, dmesg). Zeroed: nothing is told.
 */
struct km_numa {
	bool has_cpus, has_distances;
	int16_t cpu_node[KM_MAX_CPUS];		      /* -1: not told; only with has_cpus */
	uint8_t distance[KM_MAX_NODES][KM_MAX_NODES]; /* 0: not told; 10 to itself */
};

/*
 * Per-CPU memory's first chunk as dmesg has it: static, for modules, dynamic, all of a unit; a unit
 * for each possible CPU. Zeroed: nothing is told.
 */
struct km_snap_percpu {
	uint64_t static_bytes, reserved_bytes, dyn_bytes, unit_bytes;
	unsigned int nr_units;
};

/* What /proc/vmallocinfo says an area is for (Kernel: mm/vmalloc.c:s_show() [6.1]). */
enum km_vmap_kind {
	KM_VMAP_UNKNOWN,
	KM_VMAP_VMALLOC,
	KM_VMAP_IOREMAP,
	KM_VMAP_VMAP,
	KM_VMAP_RAM,  /* vm_map_ram; in 6.1 any area without a vm_struct */
	KM_VMAP_LAZY, /* freed, to be purged: "unpurged" */
	KM_NR_VMAP_KINDS,
};

/* As v_vmallocinfo has it; NULL beyond the table. */
const char *km_vmap_kind_name(unsigned int kind);

/* A row of /proc/vmallocinfo; in bytes, the guard page included. */
struct km_snap_vmap {
	uint64_t start, end;
	uint32_t pages; /* pages=; 0: it has no array of them */
	uint8_t kind;	/* enum km_vmap_kind */
};

struct km_snapshot {
	char label[KM_NAME_LEN];
	unsigned int nr_orders;	      /* columns of buddyinfo; 0 where there is no buddyinfo */
	unsigned int pageblock_order; /* pagetypeinfo's "Page block order"; 0 where unknown */
	unsigned int type_columns;    /* bit mask of enum km_migratetype that pagetypeinfo prints */
	struct km_snap_zone *zones;   /* every zone zoneinfo prints, populated or not */
	unsigned int nr_zones;
	struct km_snap_cma *cma;
	unsigned int nr_cma;
	uint64_t *kpageflags; /* one word per pfn from 0; NULL where there is none */
	uint64_t nr_kpageflags;
	struct km_snap_cache *caches; /* as slabinfo prints them: newest first */
	size_t nr_caches;
	struct km_snap_alias *aliases;
	size_t nr_aliases;
	struct km_snap_vmap *vmaps; /* as vmallocinfo prints; none if addresses are hidden */
	size_t nr_vmaps;
	struct km_numa numa;
	struct km_snap_percpu percpu;
	/* what the boot gave back after its watermarks were computed, as dmesg says; 0: nothing */
	uint64_t late_kib;
};

#endif
