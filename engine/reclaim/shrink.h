/* SPDX-License-Identifier: GPL-2.0-only */
/* One reclaim at work, shared by kswapd and direct reclaim. */
#ifndef KM_RECLAIM_SHRINK_H
#define KM_RECLAIM_SHRINK_H

#include "engine/reclaim/reclaim.h"

/* Kernel: include/linux/swap.h:SWAP_CLUSTER_MAX, include/linux/mmzone.h:DEF_PRIORITY [6.1] */
enum { SWAP_CLUSTER_MAX = 32, DEF_PRIORITY = 12 };

/* Kernel: mm/vmscan.c:scan_control [6.1] */
struct shrink {
	unsigned int order, zone_class, priority;
	uint64_t goal; /* stop at so many pages */
	bool all;      /* … but not before the share of the priority is done */
	bool may_compact;
	uint64_t reclaimed, scanned;
};

/*
 * Take pages of a node's zones up to the class back.
 * Kernel: mm/vmscan.c:shrink_node() [6.1]
 * Differs: every page that is looked at can be taken: no references, no writeback, no slabs.
 */
void shrink_node(struct reclaim *r, unsigned int node, struct shrink *s);

#endif
