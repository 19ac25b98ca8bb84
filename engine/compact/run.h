/* SPDX-License-Identifier: GPL-2.0-only */
/* One compaction of one zone, shared by whoever compacts. */
#ifndef KM_COMPACT_RUN_H
#define KM_COMPACT_RUN_H

#include "engine/compact/compact.h"

/* Kernel: include/linux/migrate_mode.h:migrate_mode [6.1] */
enum compact_mode { COMPACT_ASYNC, COMPACT_SYNC_LIGHT, COMPACT_SYNC };

/* Kernel: mm/internal.h:compact_control [6.1] */
struct compact_run {
	struct compact *c;
	unsigned int zone;
	int order; /* -1: all of the zone */
	unsigned int mt, zone_class, flags;
	enum compact_mode mode;
	bool direct, whole_zone, proactive, ignore_skip, ignore_block_suitable;
	unsigned int cpu;
	uint64_t migrate_pfn, free_pfn;	  /* where the scanners are */
	uint64_t from;			  /* what is collected lies in [from, migrate_pfn) */
	uint64_t nr_migrate;		  /* pages collected and not moved yet */
	struct flist free[KM_MAX_ORDERS]; /* blocks taken as targets */
	uint64_t nr_free;		  /* their pages */
	bool rescan;
	uint64_t migrated;
};

/**
 * compact_run() - compact @run's zone, if that is suitable.
 *
 * Kernel: mm/compaction.c:compact_zone() [6.1]
 * Differs: no fast searches of the free lists: both scanners are linear; every page that can move
 * does; nothing interrupts.
 */
enum compact_result compact_run(struct compact_run *run);

/* Kernel: mm/compaction.c:reset_cached_positions() [6.1] */
void compact_reset_positions(struct compact *c, unsigned int zone);

/* Kernel: mm/compaction.c:__reset_isolation_suitable() [6.1]
 * Differs: the scanners begin at the zone's ends again, not at its first pageblock with pages. */
void compact_forget_skips(struct compact *c, unsigned int zone);

/* Kernel: mm/compaction.c:compaction_restarting() [6.1] */
bool compact_restarting(const struct compact_zone *cz, unsigned int order);

/* A free block of half a pageblock or more makes its mergeable pageblocks Movable.
 * Kernel: mm/page_alloc.c:__isolate_free_page() [6.1] */
void compact_retype(struct buddy *b, struct pfn head, unsigned int order);

/* Kernel: mm/compaction.c:fragmentation_score_zone(), fragmentation_score_wmark() [6.1] */
unsigned int compact_score_zone(const struct compact *c, unsigned int zone);
unsigned int compact_score_low(const struct compact *c);

#endif
