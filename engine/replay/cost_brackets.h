/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths that two recorded events bracket: how long each took there, by the record's own clock, and
 * by the model's costs for the same steps. What they show is an order: where the record comes from
 * an emulator, or tracing takes most of the time, sizes mean nothing.
 */
#ifndef KM_COST_BRACKETS_H
#define KM_COST_BRACKETS_H

#include "engine/core/types.h"
#include "engine/cost/cost.h"

enum bracket_kind {
	BRACKET_REFILL,	     /* first zone_locked of a refill → mm_page_alloc; of: order */
	BRACKET_REFILL_ZERO, /* … of a request that is zeroed */
	BRACKET_TAKE,	     /* the only zone_locked of a request → mm_page_alloc; of: order */
	BRACKET_TAKE_ZERO,   /* … of one that is zeroed */
	BRACKET_DRAIN,	  /* mm_page_free → last mm_page_pcpu_drain of it; of: log2 of blocks */
	BRACKET_NEW_SLAB, /* mm_page_alloc → the object that needed it; of: objects of the slab */
	BRACKET_CMA,	  /* cma_alloc_start → cma_alloc_finish; of: log2 of pages */
	BRACKET_NR,
};

enum { BRACKET_CLASSES = 128 };

struct bracket {
	enum bracket_kind kind;
	unsigned int of;
	struct hist recorded_ns, model_ps;
};

struct cost_brackets {
	struct bracket class[BRACKET_CLASSES];
	unsigned int nr;
	/* The last page request of each CPU: what a new slab may be made of. */
	struct bracket_page {
		uint64_t ts_ns, event_no;
		int32_t pid;
	} * page; /* by CPU */
};

/* Count one. Return: 0; -KM_ENOMEM. Beyond BRACKET_CLASSES classes nothing is counted. */
int bracket_add(struct cost_brackets *b, enum bracket_kind kind, unsigned int of,
		uint64_t recorded_ns, uint64_t model_ps) KM_MUST_CHECK;
void brackets_release(struct cost_brackets *b);

/* "refill order=0", "new slab of 21" … */
enum { BRACKET_NAME_LEN = 40 };
void bracket_name(char out[BRACKET_NAME_LEN], const struct bracket *b);

#endif
