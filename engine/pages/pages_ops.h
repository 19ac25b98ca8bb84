/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the front door calls upwards: waking kswapd, reclaiming, compacting. The rooms that do so
 * lie above this one; the machine hands their functions in.
 */
#ifndef KM_PAGES_OPS_H
#define KM_PAGES_OPS_H

#include "engine/core/types.h"

struct pages_request;

/* How a compaction ended. Kernel: include/linux/compaction.h:compact_result [6.1] */
enum compact_result {
	COMPACT_SKIPPED,	 /* too few free pages, or no need */
	COMPACT_DEFERRED,	 /* it failed lately at this order */
	COMPACT_CONTINUE,	 /* not ended yet; suitable */
	COMPACT_COMPLETE,	 /* the whole zone was scanned in vain */
	COMPACT_PARTIAL_SKIPPED, /* the scanners met without having seen the whole zone */
	COMPACT_CONTENDED,	 /* it stopped early */
	COMPACT_SUCCESS,	 /* a block should be there now */
};

/* How hard to try; smaller is harder. Kernel: include/linux/compaction.h:compact_priority [6.1] */
enum compact_priority { COMPACT_PRIO_SYNC_FULL, COMPACT_PRIO_SYNC_LIGHT, COMPACT_PRIO_ASYNC };

struct pages_slow_ops {
	const char *name;
	/* Kernel: mm/vmscan.c:wakeup_kswapd() [6.1]; @zone: index in the machine. */
	void (*wake_kswapd)(void *ctx, unsigned int zone, const struct pages_request *rq,
			    unsigned int zone_class);
	/* Pages reclaimed. Kernel: mm/page_alloc.c:__perform_reclaim() [6.1] */
	uint64_t (*direct_reclaim)(void *ctx, const struct pages_request *rq,
				   unsigned int zone_class);
	/*
	 * @captured: a page kept for the request, on no list, or KM_NO_PFN.
	 * Kernel: mm/compaction.c:try_to_compact_pages() [6.1]
	 */
	enum compact_result (*direct_compact)(void *ctx, const struct pages_request *rq,
					      unsigned int zone_class, unsigned int flags,
					      enum compact_priority prio, struct pfn *captured);
	/*
	 * A page of @zone was got after compacting.
	 * Kernel: mm/compaction.c:compaction_defer_reset() [6.1]
	 */
	void (*compact_got)(void *ctx, unsigned int zone, unsigned int order);
	/*
	 * Might compaction do more once pages are reclaimed?
	 * Kernel: mm/compaction.c:compaction_zonelist_suitable() [6.1]
	 */
	bool (*compact_suitable)(void *ctx, const struct pages_request *rq, unsigned int zone_class,
				 unsigned int flags);
	/* Kernel: mm/vmscan.c:zone_reclaimable_pages() [6.1] */
	uint64_t (*reclaimable_pages)(void *ctx, unsigned int zone);
	/* True: somebody was killed. Kernel: mm/oom_kill.c:out_of_memory() [6.1] */
	bool (*out_of_memory)(void *ctx, const struct pages_request *rq);
};

/* Nothing to wake, to reclaim, to compact or to kill. */
extern const struct pages_slow_ops pages_slow_refuses;

#endif
