/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps a room reports as it works. The listener counts costs, or holds the model's steps against
 * the record; a room never knows. A step is reported after the lists changed, where the kernel's
 * own tracepoint would fire.
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
	bool removes; /* STEP_FALLBACK: pfn left a free list, and no STEP_ZONE_LOCKED says so */
};

struct probe {
	void (*emit)(void *ctx, const struct step *step);
	void *ctx;
};

static inline void probe_emit(const struct probe *p, const struct step *step)
{
	if (p->emit)
		p->emit(p->ctx, step);
}

#endif
