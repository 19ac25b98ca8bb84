/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages known to be reclaimable, and who takes them back: kswapd in the background, a request
 * itself where it may wait.
 *
 * A zone's list holds blocks in use, linked through their own frames, the oldest at the tail.
 *
 * Kernel: mm/vmscan.c [6.1]
 */
#ifndef KM_RECLAIM_H
#define KM_RECLAIM_H

#include "engine/pages/pages.h"

/* What the room tells its owner. */
struct reclaim_ops {
	/* A block was taken back, it is on the free lists. */
	void (*gone)(void *ctx, struct pfn head, unsigned int order);
	/* Kernel: mm/compaction.c:wakeup_kcompactd() [6.1] */
	void (*wake_kcompactd)(void *ctx, unsigned int node, unsigned int order,
			       unsigned int zone_class);
	/* Kernel: mm/compaction.c:reset_isolation_suitable() [6.1] */
	void (*going_to_sleep)(void *ctx, unsigned int node);
	/* Kernel: mm/compaction.c:compaction_suitable() [6.1] */
	enum compact_result (*compact_suitable)(void *ctx, unsigned int zone, unsigned int order,
						unsigned int zone_class);
};

enum kswapd_state {
	KSWAPD_SLEEPS,
	KSWAPD_NAPS, /* balanced a moment ago: looks again after a tenth of a second */
	KSWAPD_RUNS,
};

struct reclaim_counts {
	uint64_t wakeup_kswapd, kswapd_wake, kswapd_sleep; /* as the tracepoints of these names */
	uint64_t direct_reclaim;			   /* calls */
	uint64_t kswapd_pages, direct_pages;		   /* reclaimed */
};

/* Kernel: include/linux/mmzone.h:pglist_data [6.1] */
struct reclaim_node {
	enum kswapd_state state;
	unsigned int kswapd_order;
	unsigned int kswapd_class; /* KM_MAX_ZONE_CLASSES: nobody asked */
	unsigned int last_class;   /* of the pass before */
	unsigned int alloc_order, reclaim_order;
	unsigned int kswapd_failures;
	uint64_t nap_ends_ns;
	struct reclaim_counts counts;
};

struct reclaim {
	struct pages *pages;
	struct flist *lru;	   /* by zone; blocks */
	uint64_t *lru_pages;	   /* by zone */
	struct reclaim_node *node; /* pages->nr_nodes */
	const struct reclaim_ops *ops;
	void *ctx;
	uint64_t now_ns;
	unsigned int cpu; /* on whose lists kswapd's pages are freed: its waker's */
};

/* Nobody is told. */
extern const struct reclaim_ops reclaim_tells_nobody;

/* -KM_ENOMEM. @pages must be laid out. */
int reclaim_init(struct reclaim *r, struct pages *pages) KM_MUST_CHECK;
void reclaim_release(struct reclaim *r);

/**
 * reclaim_add() - a block in use became reclaimable; it is the youngest.
 *
 * Kernel: mm/swap.c:folio_add_lru() [6.1]
 * Differs: one list per zone for what the kernel keeps in inactive and active ones by node and
 * memcg; anonymous pages have no swap and are on none.
 *
 * False: no block in use begins there, or it is listed already.
 */
bool reclaim_add(struct reclaim *r, struct pfn head, unsigned int order);

/*
 * The block at @fr is going: off its list, if it is on one.
 * Kernel: mm/swap.c:__page_cache_release() [6.1]
 */
void reclaim_forget(struct reclaim *r, struct pfn head, struct frame *fr);

/**
 * reclaim_wake() - wake a node's kswapd if its zones need it.
 *
 * Kernel: mm/vmscan.c:wakeup_kswapd() [6.1]
 * Differs: kswapd runs to the end of its pass at once, on its waker's CPU; the kernel's runs beside
 * it.
 */
void reclaim_wake(struct reclaim *r, unsigned int zone, const struct pages_request *rq,
		  unsigned int zone_class);

/**
 * reclaim_tick() - time passes; a nap that is over ends in another pass or in sleep.
 * Kernel: mm/vmscan.c:kswapd_try_to_sleep() [6.1]
 */
void reclaim_tick(struct reclaim *r, uint64_t now_ns);

/**
 * reclaim_direct() - take back at least 32 pages for a request. Return: pages.
 * Kernel: mm/vmscan.c:try_to_free_pages() [6.1]
 * Differs: nobody is throttled.
 */
uint64_t reclaim_direct(struct reclaim *r, const struct pages_request *rq, unsigned int zone_class);

/* Kernel: mm/vmscan.c:pgdat_balanced() [6.1] */
bool reclaim_balanced(const struct reclaim *r, unsigned int node, unsigned int order,
		      unsigned int zone_class);

/* Recount. Return: 0, or -KM_EINVAL with the first difference in @d. */
int reclaim_check(const struct reclaim *r, struct km_diag *d);

#endif
