/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps a room reports as it works. The listener holds the model's steps against the record; a room
 * never knows. A step is reported after the lists changed, where the kernel's own tracepoint would
 * fire. Work that matters for what it costs alone is counted beside them.
 */
#ifndef KM_CORE_PROBE_H
#define KM_CORE_PROBE_H

#include "engine/core/types.h"

enum step_kind {
	STEP_ZONE_LOCKED, /* a block left a free list: pfn, order, mt = the list it left */
	STEP_PCPU_DRAIN,  /* a block left a per-CPU list for a free list: pfn, order, mt */
	STEP_FALLBACK,	  /* blocks changed lists: pfn; order, mt: asked for; order2, mt2: found */
};

struct step {
	enum step_kind kind;
	unsigned int zone; /* index in the machine */
	unsigned int cpu;
	struct pfn pfn;
	unsigned int order, order2;
	unsigned int mt, mt2;
	bool change_ownership;
	bool pieces;  /* STEP_FALLBACK: of mt there were smaller blocks; else none at all */
	bool removes; /* STEP_FALLBACK: pfn left a free list, and no STEP_ZONE_LOCKED says so */
};

/* What is done to the free lists, counted as it is done. */
enum work {
	WORK_TAKE,    /* a block left them */
	WORK_SPLIT,   /* … one halving of it */
	WORK_GIVE,    /* a block came back */
	WORK_MERGE,   /* … one joining with its mate */
	WORK_MOVE,    /* a free block changed lists */
	WORK_STEAL,   /* a request was served by another type's block */
	WORK_REFILL,  /* a per-CPU list was filled under the zone's lock */
	WORK_DRAIN,   /* … or drained */
	WORK_SLOW,    /* a request took the slow path */
	WORK_RECLAIM, /* it reclaimed for itself; and so many pages of it */
	WORK_RECLAIMED,
	WORK_COMPACT, /* somebody compacted; and so many pages were moved */
	WORK_MIGRATED,
	WORK_NR,
};

struct probe {
	void (*emit)(void *ctx, const struct step *step);
	void *ctx;
	uint64_t done[WORK_NR]; /* nobody sets it back: who asks looks at differences */
};

static inline void probe_emit(struct probe *p, const struct step *step)
{
	p->done[WORK_STEAL] += step->kind == STEP_FALLBACK;
	if (p->emit)
		p->emit(p->ctx, step);
}

#endif
