/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request met on its way, told while it happens: each zone it looked at with the numbers it
 * was judged by, and what was done for it. The listener explains; the rooms never know.
 */
#ifndef KM_PAGES_SEEN_H
#define KM_PAGES_SEEN_H

#include "engine/pages/pages_ops.h"

/*
 * Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1]
 *
 * How a zone was held against a watermark, in pages. It is above where free - unusable > least,
 * and, for more than one page, a block is there.
 */
struct pages_mark_facts {
	unsigned int wmark; /* KM_WMARK_… looked at */
	uint64_t mark;	    /* of the zone, with its boost */
	uint64_t boost;
	uint64_t reserve; /* lowmem_reserve against requests of this class */
	int64_t free;	  /* NR_FREE_PAGES as the kernel counts it */
	int64_t unusable; /* 2^order - 1, highatomic reserves and CMA pages it may not have */
	int64_t least;	  /* what has to be left: the mark less what may be used of it, and the
				reserve */
	bool above;	  /* by these numbers */
	bool block;	  /* and there is a block; order 0 needs none */
	bool by_orders;	  /* judged order by order: at @failed_order too little was left */
	unsigned int failed_order;
};

enum pages_seen_kind {
	PAGES_SEEN_ZONE,    /* a zone: asked, or passed by */
	PAGES_SEEN_WAKE,    /* kswapd of @zone's node was woken */
	PAGES_SEEN_RECLAIM, /* the request reclaimed @pages for itself */
	PAGES_SEEN_COMPACT, /* … or compacted: @result with @prio */
	PAGES_SEEN_OOM,	    /* somebody was killed (@pages 1) or not (0) */
};

struct pages_seen {
	enum pages_seen_kind kind;
	unsigned int zone, flags; /* index in the machine; enum pages_flags */
	struct pages_mark_facts mark;
	bool unchecked; /* PAGES_NO_WATERMARKS */
	bool asked;	/* it was above: its lists were asked */
	struct pfn got; /* KM_NO_PFN: nothing */
	uint64_t pages;
	enum compact_result result;
	enum compact_priority prio;
};

struct pages_listener {
	void (*seen)(void *ctx, const struct pages_seen *s);
	void *ctx;
};

#endif
