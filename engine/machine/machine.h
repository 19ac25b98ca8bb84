/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine: owns every room, hands each its slice of the kernel's profile and its sizes.
 */
#ifndef KM_MACHINE_H
#define KM_MACHINE_H

#include "engine/cma/cma.h"
#include "engine/compact/compact.h"
#include "engine/core/snapshot.h"
#include "engine/machine/layout.h"
#include "engine/pages/pages.h"
#include "engine/reclaim/reclaim.h"
#include "engine/variant/variant.h"

enum { MACHINE_MAX_CMA = 32 };

/* Stages of the per-CPU limits and watermarks while a kernel boots. */
enum machine_stage {
	STAGE_BOOT,	  /* boot pagesets: nothing is kept */
	STAGE_PAGESETS,	  /* real pagesets; watermarks are still 0 */
	STAGE_WATERMARKS, /* init_per_zone_wmark_min */
	STAGE_FINAL,	  /* as zoneinfo shows: khugepaged, sysctl */
};

struct machine_config {
	const struct kernel_profile *profile;
	const struct km_snapshot
		*seed; /* zones and their numbers; must name at least one populated zone */
	/*
	 * The machine is configured, not captured: @seed is layout_describe()'s, its numbers are
	 * those a kernel computes while booting, and machine_boot() hands its memory over. NULL:
	 * captured. Must outlive the machine.
	 */
	const struct machine_layout *layout;
	unsigned int nr_cpus;
	unsigned int page_shift;
	bool has_cma;
	int64_t min_free_kbytes, watermark_scale_factor, watermark_boost_factor,
		high_fraction;	    /* -1: as the seed */
	uint64_t recorded_fraction; /* the percpu_pagelist_high_fraction that the seed was under */
	bool no_nofragment;	    /* what if: there is no ALLOC_NOFRAGMENT */
	int64_t lowmem_reserve_ratio[8]; /* -1: as the seed */
};

/* What a machine that serves itself tells its owner. */
struct machine_ops {
	/* A block in use was reclaimed. */
	void (*gone)(void *ctx, struct pfn head, unsigned int order);
	/* A page in use was moved. NULL: nobody could follow, so nothing is compacted. */
	void (*moved)(void *ctx, struct pfn from, struct pfn to);
	/* A block in use is pinned: it can be neither moved nor reclaimed. NULL: none is. */
	bool (*stays)(void *ctx, struct pfn head);
	bool (*fails)(void *ctx, struct pfn head); /* as struct contig_ops has it */
	/* A huge page became single pages, in use as before. NULL: nobody asks. */
	void (*split)(void *ctx, struct pfn head, unsigned int order);
	/* A contiguous allocation is done with the range at @at. NULL: nobody asks. */
	void (*tried)(void *ctx, struct pfn at, const struct contig_report *report);
};

struct machine {
	const struct kernel_profile *profile;
	struct frames frames;
	struct zone *zone;
	struct buddy *buddy;
	struct pcp *pcp;
	struct pages pages;
	struct reclaim reclaim;
	uint64_t now_ns;	  /* as of machine_tick() */
	uint64_t kswapd_delay_ns; /* from its waking to its run; 0: at once */
	struct {
		bool is; /* woken, and yet to run */
		uint64_t due_ns;
		unsigned int zone, zone_class;
		struct pages_request rq;
	} kswapd_woken;
	struct compact compact;
	const struct machine_ops *ops; /* NULL until machine_serve_itself() */
	void *ops_ctx;
	uint64_t nr_oom[KM_MAX_ZONES]; /* by node: times the OOM killer would have been called */
	struct probe probe;	       /* set by the owner after machine_init() */
	struct cma_area cma[MACHINE_MAX_CMA];
	unsigned int nr_cma;
	struct contig contig;
	const struct machine_layout *layout; /* NULL: the machine is a capture's */
	unsigned int page_shift;
	enum machine_stage stage;
	struct zone_part *parts; /* of the zones; NULL where no two interleave */
	struct zone *final;	 /* the zones' numbers at STAGE_FINAL */
	struct pcp_limits *final_pcp;
	uint64_t high_fraction;
	uint8_t cpu_node[KM_MAX_CPUS]; /* of a captured machine that says whose its CPUs are */
};

/**
 * machine_init() - lay out a machine whose memory is all unknown: nothing is free, nothing is known
 * allocated. Pageblocks get the types the kernel gives them at boot.
 *
 * Whose a captured machine's CPUs are, and how far its nodes, is as the seed says; where it does
 * not, nodes have equal shares of CPUs and lie at 20 from one another.
 *
 * Kernel: mm/page_alloc.c:memmap_init_range() [6.1] (pageblock types)
 *
 * Return: 0; -KM_EINVAL for a seed without zones; -KM_EFORMAT for one that cannot be, -KM_ENOTSUP
 * for one beyond the limits; -KM_EUSAGE for a layout that cannot be, or not with this kernel;
 * -KM_ENOMEM; @d is filled and @m empty.
 */
int machine_init(struct machine *m, const struct machine_config *c,
		 struct km_diag *d) KM_MUST_CHECK;
void machine_release(struct machine *m);

/* Self-tuned limits of the per-CPU lists are where @s shows them. Kernel: none */
void machine_adopt_pcp(struct machine *m, const struct km_snapshot *s);

/* Take over the tunables of @c that are not -1, as writing the sysctls would. */
void machine_retune(struct machine *m, const struct machine_config *c);

/**
 * machine_boot() - hand the memory of a configured machine over to the free lists, as its kernel
 * does when it boots; then activate the CMA areas, and let the tunables take effect.
 *
 * Kernel: mm/memblock.c:memblock_free_all(), mm/page_alloc.c:__free_pages_core(),
 * deferred_init_memmap(), mm/cma.c:cma_activate_area() [6.1]
 * Differs: what the kernel itself takes before that, and what it gives back after, is only what
 * the configuration reserves; deferred memory is handed over by one thread per node.
 *
 * Return: 0; -KM_ENOMEM with @d filled.
 */
int machine_boot(struct machine *m, struct km_diag *d) KM_MUST_CHECK;

/* Enter a stage of the boot timeline: per-CPU limits and watermarks take that stage's values. */
void machine_set_stage(struct machine *m, enum machine_stage stage);

/*
 * Requests below the watermarks wake, reclaim and compact by themselves from now on; before that,
 * what was done for them is taken to be on record.
 */
void machine_serve_itself(struct machine *m, const struct machine_ops *ops, void *ctx);

/*
 * From now on each CPU keeps changes of NR_FREE_PAGES for a while, as the kernel's do.
 * Return: 0, or -KM_ENOMEM.
 */
int machine_count_by_cpu(struct machine *m) KM_MUST_CHECK;

/* Time passes for kswapd and kcompactd, and for what CPUs have counted. */
void machine_tick(struct machine *m, uint64_t now_ns);

/* What a contiguous allocation of this machine works on. */
struct contig_env machine_contig(struct machine *m);

/* The area named or holding; NULL: none. */
struct cma_area *machine_cma_by_name(struct machine *m, const char *name);
/*
 * The area that serves requests for @name: a device whose own area there is not has the default
 * one, "reserved", or the first. NULL: there is no area.
 * Kernel: include/linux/dma-map-ops.h:dev_get_cma_area(), kernel/dma/contiguous.c [6.1]
 */
struct cma_area *machine_cma_for(struct machine *m, const char *name);
struct cma_area *machine_cma_at(struct machine *m, struct pfn p);

/* The pageblocks that old kernels keep back (MIGRATE_RESERVE), chosen from what is there now. */
void machine_keep_reserves(struct machine *m);

int machine_check(const struct machine *m, struct km_diag *d);

#include "engine/machine/limits.h" /* under another kernel than recorded it */

#endif
