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
#include "engine/event.h"

enum bracket_kind {
	/* the first zone_locked of a refill → mm_page_alloc; zeroed or not; of: order */
	BRACKET_REFILL,
	BRACKET_REFILL_ZERO,
	/* the only zone_locked of a request → mm_page_alloc */
	BRACKET_TAKE,
	BRACKET_TAKE_ZERO,
	/* mm_page_free → the last mm_page_pcpu_drain that it causes; of: log2 of blocks */
	BRACKET_DRAIN,
	/* the first mm_page_free of a list → the last mm_page_free_batched; of: log2 of pages */
	BRACKET_LIST,
	/* mm_page_alloc → the object that it was for, the first of a new slab; of: its order */
	BRACKET_NEW_SLAB,
	BRACKET_NEW_CONSTRUCTED, /* … whose objects have a constructor */
	/* cma_alloc_start → cma_alloc_finish; of: log2 of pages */
	BRACKET_CMA,
	BRACKET_NR,
};

enum { BRACKET_CLASSES = 128 };

struct bracket_key {
	enum bracket_kind kind;
	unsigned int of;
};

struct bracket {
	struct bracket_key key;
	struct hist recorded_ns, model_ps;
};

struct cost_brackets {
	struct bracket class[BRACKET_CLASSES];
	unsigned int nr;
	struct bracket_cpu *cpu;
};

/* What the last events of a CPU were, with no other event between. */
struct bracket_cpu {
	int32_t pid;
	uint64_t ts_ns;		 /* the first of them */
	uint32_t freed, batched; /* pages of a list */
	bool page;		 /* one mm_page_alloc */
	uint8_t order;
};

/* Count one. Return: 0; -KM_ENOMEM. Beyond BRACKET_CLASSES classes nothing is counted. */
int bracket_add(struct cost_brackets *b, const struct bracket_key *key, uint64_t recorded_ns,
		uint64_t model_ps) KM_MUST_CHECK;

/* One more event of the record; steps take @ps, by enum cost_item. Return: 0; -KM_ENOMEM. */
int brackets_event(struct cost_brackets *b, const struct km_event *ev,
		   const uint64_t *ps) KM_MUST_CHECK;
void brackets_release(struct cost_brackets *b);

/* "refill order=0", "new slab order=1" … */
enum { BRACKET_NAME_LEN = 40 };
void bracket_name(char out[BRACKET_NAME_LEN], const struct bracket *b);

#endif
