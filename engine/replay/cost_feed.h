/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The costs of a replay: what the rooms count while they carry an operation out
 * (engine/core/probe.h, engine/slab/slab.h, engine/vmem/vmem.h) becomes steps of a table
 * (engine/cost). Nothing is asked of the rooms but differences of their counters, and nothing at
 * all without a table.
 *
 * Differs: a slab's pages are a request of their own, not part of the object's; where the record is
 * obeyed, reclaim and compaction took what the record says, and are not costed.
 */
#ifndef KM_COST_FEED_H
#define KM_COST_FEED_H

#include "engine/core/probe.h"
#include "engine/cost/cost.h"
#include "engine/replay/cost_brackets.h"
#include "engine/slab/slab.h"

/* What vmalloc had counted. */
struct cost_vmem {
	uint64_t steps, purges, purged_areas, purged_pages;
	uint64_t flushes, full_flushes, tables, pages;
};

struct cost_feed {
	struct cost *c; /* NULL: there is no table */
	uint64_t work[WORK_NR], slab[SLAB_NR_WORK], walks,
		requests; /* before the operation under way */
	struct cost_vmem vmem;
	uint64_t asked, given; /* blocks of pages for objects of a free run; … before */
	uint64_t were_asked, were_given;
	uint64_t direct, was_direct; /* of those, past the per-CPU lists */
	unsigned int samples;	     /* taken */
	uint64_t steps;		     /* of searches for recorded areas, so far */
	struct cost_brackets brackets;
};

#endif
