/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front door: from a request (gfp, order, CPU) to a zone that may serve it, and back.
 *
 * Kernel: mm/page_alloc.c:get_page_from_freelist(), __alloc_pages_slowpath() [6.1]
 */
#ifndef KM_PAGES_H
#define KM_PAGES_H

#include "engine/buddy/buddy.h"
#include "engine/core/gfp.h"
#include "engine/pages/pages_ops.h"
#include "engine/pages/pages_profile.h"
#include "engine/pages/seen.h"
#include "engine/pcp/pcp.h"

/* Why a request got no page. */
enum pages_failure {
	PAGES_GOT, /* it got one */
	PAGES_NO_BLOCK,
	PAGES_MAY_NOT_WAIT,	  /* no __GFP_DIRECT_RECLAIM, and every zone is below its mark */
	PAGES_TOO_SMALL,	  /* … a zone is above it, but has no, or too few, such blocks */
	PAGES_RECLAIMS_ITSELF,	  /* PF_MEMALLOC */
	PAGES_NO_ROOM_TO_COMPACT, /* costly, __GFP_NORETRY: COMPACT_SKIPPED */
	PAGES_DEFERRED,		  /* … COMPACT_DEFERRED */
	PAGES_THIS_NODE,	  /* … __GFP_THISNODE */
	PAGES_NO_RETRY,		  /* __GFP_NORETRY */
	PAGES_COSTLY,		  /* costly, without __GFP_RETRY_MAYFAIL */
	PAGES_OUT_OF_MEMORY,	  /* nothing is left to reclaim or to try */
};

/* Zones (index in the machine) in the order a node's requests look at them. */
struct pages_zonelist {
	uint8_t zone[KM_MAX_ZONES];
	unsigned int nr;
};

struct pages {
	const struct pages_profile *prof;
	struct frames *frames;
	struct zone *zone;   /* nr_zones, by node then kernel zone number */
	struct buddy *buddy; /* one per zone */
	struct pcp *pcp;     /* nr_cpus per zone: pcp[zone * nr_cpus + cpu] */
	unsigned int nr_zones, nr_cpus, nr_nodes;
	int16_t *cpu_diff;	 /* pages_count_by_cpu(): nr_cpus per zone, as pcp; else NULL */
	const uint8_t *cpu_node; /* by CPU; NULL: nodes have equal shares of them */
	struct pages_zonelist list[KM_MAX_NODES];
	unsigned int page_shift; /* log2 of the page size */
	unsigned int pmd_order;	 /* HPAGE_PMD_ORDER: of a PMD-sized block */
	/* Where page @direct_from is in the kernel's own map of memory; 0: not known. */
	uint64_t direct_map;
	struct pfn direct_from;
	bool has_cma;
	bool no_nofragment; /* what if: nobody tries another zone before mixing pageblocks */
	/* NULL: what was reclaimed and compacted for a request is on record, see pages_alloc(). */
	const struct pages_slow_ops *slow;
	void *slow_ctx;
	enum pages_failure failure;	       /* of the last request */
	const struct pages_listener *listener; /* hears what requests meet; NULL: nobody does */
	/* The kernel's zone numbers by name; -1: this kernel has no such zone. */
	int dma, dma32, normal, highmem, movable;
};

/* Kernel: include/linux/topology.h:cpu_to_node() [6.1] */
static inline unsigned int pages_node_of_cpu(const struct pages *p, unsigned int cpu)
{
	return p->cpu_node ? p->cpu_node[cpu] : cpu * p->nr_nodes / p->nr_cpus;
}

static inline void pages_tell(const struct pages *p, const struct pages_seen *s)
{
	if (p->listener)
		p->listener->seen(p->listener->ctx, s);
}

/* Work that is none of a zone's. Kernel: none */
static inline void pages_count(const struct pages *p, enum work work, uint64_t n)
{
	if (p->nr_zones)
		p->buddy[0].probe->done[work] += n;
}

/**
 * pages_build_zonelists() - lay down the order of zones for each node.
 * @distance: from node to node; NULL: 10 to itself, 20 to any other
 *
 * Kernel: mm/page_alloc.c:build_all_zonelists(), build_zonelists_in_node_order() [6.1]
 */
void pages_build_zonelists(struct pages *p, const uint8_t (*distance)[KM_MAX_NODES]);

/*
 * CPUs that share the per-CPU pages of a node's zones; all of them where the node has none.
 * Kernel: mm/page_alloc.c:zone_highsize() [6.1]
 */
unsigned int pages_cpus_of_node(const struct pages *p, int node);

/* Reserves a request may use (Kernel: mm/internal.h:ALLOC_… [6.1]). */
enum pages_flags {
	PAGES_WMARK_MIN = 1u << 0, /* check MIN instead of LOW */
	PAGES_MIN_RESERVE = 1u << 1,
	PAGES_NON_BLOCK = 1u << 2,
	PAGES_HIGHATOMIC = 1u << 3,
	PAGES_OOM = 1u << 4,
	PAGES_CMA = 1u << 5,
	PAGES_NOFRAGMENT = 1u << 6,
	PAGES_KSWAPD = 1u << 7,
	PAGES_NO_WATERMARKS = 1u << 8,
	PAGES_WMARK_HIGH = 1u << 9, /* check HIGH instead of LOW */
};

struct pages_request {
	uint32_t gfp; /* KM_GFP_… */
	unsigned int order;
	unsigned int cpu; /* whose lists serve it */
	int node;	  /* where the search begins */
	bool pf_memalloc; /* the task itself reclaims or compacts */
};

/*
 * Migratetype of a request. Kernel: include/linux/gfp.h:gfp_migratetype() [6.1]
 * Differs: a request that says movable and reclaimable, which the kernel warns of, is movable.
 */
unsigned int pages_migratetype(uint32_t gfp);

/* Highest zone number a request may use. Kernel: include/linux/gfp.h:gfp_zone() [6.1] */
unsigned int pages_zone_class(const struct pages *p, uint32_t gfp);

/* Kernel: mm/page_alloc.c:alloc_flags_nofragment(), gfp_to_alloc_flags_cma() [6.1] */
unsigned int pages_fast_flags(const struct pages *p, const struct pages_request *rq);

/* Kernel: mm/page_alloc.c:gfp_to_alloc_flags() [6.1]. Differs: no real-time tasks, no cpusets. */
unsigned int pages_slow_flags(const struct pages *p, const struct pages_request *rq);

/**
 * pages_watermark_ok() - may @order pages be taken from @zone without going below @mark?
 * @free: NR_FREE_PAGES to judge by
 *
 * Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1]
 */
bool pages_watermark_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
			unsigned int zone_class, unsigned int flags, int64_t free);

/* Kernel: mm/page_alloc.c:zone_watermark_fast() [6.1] */
bool pages_watermark_fast(const struct pages *p, unsigned int zone, unsigned int order,
			  unsigned int zone_class, unsigned int flags, uint32_t gfp);

/*
 * The same, with the numbers it came from. Kernel: mm/page_alloc.c:zone_watermark_fast() [6.1]
 */
bool pages_watermark_facts(const struct pages *p, unsigned int zone, unsigned int order,
			   unsigned int zone_class, unsigned int flags, uint32_t gfp,
			   struct pages_mark_facts *out);

/*
 * The @step-th zone a request may try and the steps behind it, or nr_zones; @step begins at 0.
 * Nodes follow in ascending order after the request's own.
 * Kernel: include/linux/mmzone.h:for_each_zone_zonelist_nodemask() [6.1]
 */
unsigned int pages_next_zone(const struct pages *p, const struct pages_request *rq,
			     unsigned int *step);

/* Kernel: mm/page_alloc.c:get_page_from_freelist() [6.1]. Return: the page, or KM_NO_PFN. */
struct pfn pages_from_freelist(struct pages *p, const struct pages_request *rq, unsigned int flags);

/**
 * pages_alloc() - serve one request: above LOW, else as pages_slowpath() does. Where there is
 * nobody to ask (p->slow is NULL), what reclaim and compaction did is on record: a request that
 * may reclaim, or use every reserve, then takes any block there is, and others fail. An order
 * beyond the largest block's fails at once.
 *
 * Kernel: mm/page_alloc.c:__alloc_pages() [6.1]
 *
 * Return: the page, or KM_NO_PFN with the reason in p->failure.
 */
struct pfn pages_alloc(struct pages *p, const struct pages_request *rq);

/**
 * pages_slowpath() - wake kswapd, try above MIN with the reserves the request may use, compact,
 * reclaim, and again as long as that may help.
 *
 * Kernel: mm/page_alloc.c:__alloc_pages_slowpath() [6.1]
 * Differs: no cpusets; nobody is killed by the OOM killer unless p->slow says so; a request that
 * cannot fail takes any block there is where the kernel would wait for somebody to free one.
 */
struct pfn pages_slowpath(struct pages *p, const struct pages_request *rq);

/* May another reclaim help? Kernel: mm/page_alloc.c:should_reclaim_retry() [6.1]
 * Differs: giving back the highatomic reserve is the caller's. */
bool pages_should_reclaim_retry(struct pages *p, const struct pages_request *rq, unsigned int flags,
				bool progress, unsigned int *no_progress);

struct pages_compact_retry {
	enum compact_priority prio;
	unsigned int retries;
};

/* May another compaction help? @suitable: compaction_zonelist_suitable().
 * Kernel: mm/page_alloc.c:should_compact_retry() [6.1] */
bool pages_should_compact_retry(const struct pages *p, unsigned int order,
				enum compact_result result, bool suitable,
				struct pages_compact_retry *c);

/*
 * Why a request that may not wait got nothing by @flags: PAGES_MAY_NOT_WAIT where each zone it may
 * use is below its mark, PAGES_TOO_SMALL where one is not, or marks do not count.
 * Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1], zone_watermark_ok() [2.6.34]
 */
enum pages_failure pages_refusal(const struct pages *p, const struct pages_request *rq,
				 unsigned int flags);

/* In words. Kernel: none */
const char *pages_failure_name(enum pages_failure why);

/*
 * Which zone pages_alloc() would ask first, by watermarks alone; nr_zones: none. Zones found below
 * their high watermark are marked as pages_alloc() marks them.
 * Kernel: mm/page_alloc.c:get_page_from_freelist() [6.1]
 */
unsigned int pages_first_zone(const struct pages *p, const struct pages_request *rq);

enum pages_free_flags {
	PAGES_FREE_TO_TAIL =
		1u << 0, /* straight to the free lists' tails: the surplus of alloc_pages_exact() */
	PAGES_FREE_KNOWN = 1u << 2, /* the caller knows that no page of it is listed */
	PAGES_FREE_COLD = 1u << 3,  /* to the per-CPU list's tail, where a kernel has cold pages */
	PAGES_FREE_TO_BUDDY = 1u << 1, /* straight to the free lists: the per-CPU lock was taken */
};

/*
 * The list of a block that bypasses the per-CPU lists, of a pageblock of type @mt; @flags: enum
 * pages_free_flags. Kernel: mm/page_alloc.c:free_unref_page() [6.1]
 */
unsigned int pages_free_type(const struct pages *p, unsigned int mt, unsigned int flags);

/**
 * pages_free() - take a block back, on @cpu.
 *
 * Kernel: mm/page_alloc.c:free_unref_page(), __free_pages_ok() [6.1]
 *
 * Return: 0; -KM_EINVAL outside every zone or misaligned; -KM_EDOUBLE if a page of it is listed.
 * On error nothing changes.
 */
int pages_free(struct pages *p, unsigned int cpu, struct pfn head, unsigned int order,
	       unsigned int flags) KM_MUST_CHECK;

/**
 * pages_bulk() - order-0 pages straight from this CPU's list, without a traced event each.
 * @out: receives at most @n pages
 *
 * Kernel: mm/page_alloc.c:__alloc_pages_bulk() [6.1]
 *
 * Return: how many came from the list; the caller asks pages_alloc() for one more where it got
 * none.
 */
unsigned int pages_bulk(struct pages *p, const struct pages_request *rq, struct pfn *out,
			unsigned int n);

/*
 * Drain every CPU's lists of @zone, CPUs ascending. Kernel: mm/page_alloc.c:__drain_all_pages()
 * [6.1]
 */
void pages_drain_zone(struct pages *p, unsigned int zone);

/*
 * Drain every CPU's lists of every zone, on @cpu.
 * Kernel: mm/page_alloc.c:drain_all_pages() [6.1]
 */
void pages_drain_all(struct pages *p, unsigned int cpu);

/**
 * pages_tick() - a second has passed: the statistics tick on every CPU they are due on.
 *
 * Kernel: mm/vmstat.c:refresh_cpu_vm_stats(), vmstat_shepherd() [6.1]
 * Differs: all CPUs tick at once; of the counters only NR_FREE_PAGES keeps a tick going.
 *
 * Return: whether anything changed; if not, nothing will until something else does.
 */
bool pages_tick(struct pages *p);

/*
 * Changes of NR_FREE_PAGES that a CPU keeps to itself before it adds them to the zone's counter.
 * Kernel: mm/vmstat.c:calculate_normal_threshold(), calculate_pressure_threshold() [6.1]
 */
unsigned int pages_normal_threshold(const struct pages *p, const struct zone *z);
unsigned int pages_pressure_threshold(const struct pages *p, const struct zone *z);

/**
 * pages_count_by_cpu() - from now on CPUs keep such changes, and watermarks are held against what
 * the zones' counters then say.
 * @first: the watermarks by zone as the kernel first sets them while booting: the drift marks
 *	   follow these, and are not computed again
 *
 * Kernel: mm/vmstat.c:refresh_zone_stat_thresholds() [6.1]
 *
 * Return: 0, or -KM_ENOMEM. p->cpu_diff is for free().
 */
int pages_count_by_cpu(struct pages *p, const uint64_t (*first)[KM_NR_WMARKS]) KM_MUST_CHECK;

/*
 * What all CPUs keep is added: a tick of the statistics on each. Kernel: mm/vmstat.c:
 * refresh_cpu_vm_stats() [6.1]. Differs: all CPUs tick at once, and none because it is idle.
 */
void pages_fold_counters(struct pages *p);

/* kswapd of @node runs, or sleeps. Kernel: mm/vmstat.c:set_pgdat_percpu_threshold() [6.1] */
void pages_set_pressure(struct pages *p, unsigned int node, bool pressure);

/* Index of the zone that holds @at; nr_zones: none. Kernel: include/linux/mm.h:page_zone() [6.1] */
static inline unsigned int pages_zone_of(const struct pages *p, struct pfn at)
{
	unsigned int i = 0;

	while (i < p->nr_zones && !zone_has(&p->zone[i], at))
		i++;
	return i;
}

/* The lists of @cpu in @zone. Kernel: include/linux/mmzone.h:per_cpu_pageset [6.1] */
static inline struct pcp *pages_pcp(const struct pages *p, unsigned int zone, unsigned int cpu)
{
	return &p->pcp[(size_t)zone * p->nr_cpus + cpu];
}

struct pages_tunables {
	uint64_t min_free_kbytes;
	uint64_t watermark_scale_factor; /* 1/10000 of managed pages */
	uint64_t high_fraction; /* percpu_pagelist_high_fraction; 0: from the low watermark */
};

/* MIN, LOW and HIGH that pages_set_watermarks() would give zone @z. Kernel: none */
void pages_watermarks_of(const struct pages *p, const struct zone *z,
			 const struct pages_tunables *t, uint64_t out[KM_NR_WMARKS]);

/**
 * pages_set_watermarks() - MIN, LOW and HIGH of every zone, and the per-CPU limits that follow.
 *
 * Kernel: mm/page_alloc.c:__setup_per_zone_wmarks(), zone_highsize() [6.1]
 */
void pages_set_watermarks(struct pages *p, const struct pages_tunables *t);

/* Kernel: mm/page_alloc.c:calculate_min_free_kbytes() [6.1] */
uint64_t pages_min_free_kbytes(const struct pages *p, unsigned int page_shift);

/*
 * What khugepaged raises it to, by the high watermarks of p->zone.
 * Kernel: mm/khugepaged.c:set_recommended_min_free_kbytes() [6.1]
 * Differs: a configured machine's watermarks are still 0 then.
 */
uint64_t pages_recommended_kbytes(const struct pages *p, unsigned int page_shift);

/* Is MIN of the zone a small figure, whatever min_free_kbytes is?
 * Kernel: mm/page_alloc.c:__setup_per_zone_wmarks() [6.1] */
bool pages_small_wmark(const struct pages *p, const struct zone *z);

/*
 * What of the zones above each zone keeps off requests that may use these; @ratio: by zone number,
 * negative: as it is.
 * Kernel: mm/page_alloc.c:setup_per_zone_lowmem_reserve() [6.1]
 */
void pages_reserve_lowmem(struct pages *p, const int64_t ratio[8]);

/* The ratio where nobody set one. Kernel: mm/page_alloc.c:sysctl_lowmem_reserve_ratio [6.1] */
int64_t pages_reserve_ratio(const struct pages *p, const struct zone *z);

/* Kernel: mm/page_alloc.c:zone_highsize() [6.1] */
uint32_t pages_pcp_high(const struct zone *z, uint32_t batch, uint64_t high_fraction,
			unsigned int cpus);

/* What zone @z gives the lists of each CPU of its node.
 * Kernel: mm/page_alloc.c:zone_set_pageset_high_and_batch() [6.1] */
struct pcp_limits pages_pcp_limits(const struct pages *p, const struct zone *z,
				   uint64_t high_fraction);

/* Recount every zone and list. Return: 0, or -KM_EINVAL with the first difference in @d.
 * Kernel: none */
int pages_check(const struct pages *p, struct km_diag *d);

#include "engine/pages/entry.h" /* the other doors */

#endif
