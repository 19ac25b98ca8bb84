/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine as a configuration describes it: memory by node, zones, what the kernel keeps for
 * itself, distances between nodes, whose node each CPU is. Addresses are physical, in bytes.
 *
 * What a capture says of a machine is a km_snapshot; layout_describe() turns a layout into one.
 */
#ifndef KM_MACHINE_LAYOUT_H
#define KM_MACHINE_LAYOUT_H

#include "engine/cma/cma_profile.h"
#include "engine/core/diag.h"
#include "engine/core/snapshot.h"
#include "engine/machine/arch.h"

enum {
	LAYOUT_MAX_RANGES = 64,
	LAYOUT_MAX_CMA = 20, /* CONFIG_CMA_AREAS with NUMA, and the default one */
	LAYOUT_PLACE_LEN = 128,
};

/* [start, end) and where the configuration says so ("FILE:LINE:COLUMN"). */
struct layout_range {
	uint64_t start, end;
	unsigned int node; /* of memory */
	char place[LAYOUT_PLACE_LEN];
};

struct layout_cma {
	char name[KM_NAME_LEN];
	uint64_t base, bytes; /* base 0: wherever memblock finds room */
	uint64_t alignment;   /* of base and size; at least a pageblock */
	uint64_t limit;	      /* it ends there at most; 0, or less than the alignment: anywhere */
	unsigned int order_per_bit;
	bool on_node; /* on @node, else on any */
	unsigned int node;
	char place[LAYOUT_PLACE_LEN];
};

/* An amount of memory, or a share of all there is; both 0: not said. */
struct layout_core {
	uint64_t bytes;
	unsigned int percent;
};

struct machine_layout {
	const struct machine_arch *arch;
	const struct cma_profile *cma_rules; /* where areas are placed; NULL: as 6.1 does */
	unsigned int page_shift;	     /* log2 of the page size */
	unsigned int pageblock_order;	     /* 0: that of a PMD-sized page */
	bool deferred_init;		     /* CONFIG_DEFERRED_STRUCT_PAGE_INIT */
	unsigned int nr_cpus, nr_nodes;
	struct layout_range memory[LAYOUT_MAX_RANGES];
	struct layout_range reserved[LAYOUT_MAX_RANGES]; /* never handed over */
	struct layout_cma cma[LAYOUT_MAX_CMA];
	unsigned int nr_memory, nr_reserved, nr_cma;
	/* Zones instead of the architecture's; nr_zones 0: the architecture's. */
	struct {
		char name[16];
		uint64_t end; /* UINT64_MAX: the rest */
		char place[LAYOUT_PLACE_LEN];
	} zone[ARCH_MAX_ZONES];
	unsigned int nr_zones;
	struct {
		uint64_t movable_bytes; /* the top of the node that is ZONE_MOVABLE */
		bool hotpluggable;	/* firmware says that its memory can be unplugged */
		uint64_t movable_at; /* layout_describe(): where ZONE_MOVABLE begins; 0: nowhere */
		uint8_t distance[KM_MAX_NODES]; /* all 0: 10 to itself, 20 to any other */
		char place[LAYOUT_PLACE_LEN];
	} node[KM_MAX_NODES];
	/* The boot parameters of these names; movable_node makes the other two of no effect. */
	struct layout_core kernelcore, movablecore;
	bool movable_node;
	bool cpus_placed; /* cpu_node says where CPUs are; else in equal shares */
	uint8_t cpu_node[KM_MAX_CPUS];
};

/*
 * Lay @bytes of memory for @node behind all memory there is, where this architecture has it: past
 * its holes. @place is for errors. -KM_EINVAL where there is no room; @l is then unchanged.
 */
int layout_add_memory(struct machine_layout *l, unsigned int node, uint64_t bytes,
		      const char *place, struct km_diag *d) KM_MUST_CHECK;

/**
 * layout_describe() - check a layout, finish what it leaves open (distances, places of CMA areas,
 * nodes of CPUs), and say what the kernel's own files would say of its zones.
 * @out: zones, CMA areas, orders; released by layout_release_snapshot()
 *
 * Kernel: mm/page_alloc.c:free_area_init(), zone_spanned_pages_in_node(),
 * find_zone_movable_pfns_for_nodes(), adjust_zone_range_for_zone_movable(),
 * mm/cma.c:cma_declare_contiguous_nid() [6.1 6.12],
 * drivers/base/dma-contiguous.c:dma_declare_contiguous() [3.5]
 * Differs: a configuration may also say for each node how much of its top is ZONE_MOVABLE; there is
 * no kernelcore=mirror; all of a node's memory can be unplugged, or none.
 *
 * Return: 0; -KM_EUSAGE with @d naming the place in the configuration: empty, unaligned or
 * overlapping memory, zones that cannot be, CPUs of no node; -KM_ENOMEM. Nothing is left in @out.
 */
int layout_describe(struct machine_layout *l, struct km_snapshot *out,
		    struct km_diag *d) KM_MUST_CHECK;
void layout_release_snapshot(struct km_snapshot *s);

/* Pages [start, end) of one zone. */
struct layout_span {
	uint64_t start, end; /* pfns */
	unsigned int zone;   /* the kernel's number of it */
	int node;
};

/*
 * Memory as the zones have it, ascending: all of it, or only what is handed over at boot (without
 * reserved ranges and CMA areas). Whole pages only. *out is for free(). -KM_ENOMEM.
 */
int layout_memory(const struct machine_layout *l, bool handed_over, struct layout_span **out,
		  size_t *nr) KM_MUST_CHECK;

#endif
