/* SPDX-License-Identifier: GPL-2.0-only */
/* What cost_feed.c, cost_objects.c and cost_areas.c share: counters of the rooms become steps. */
#ifndef KM_COST_STEPS_H
#define KM_COST_STEPS_H

#include "engine/replay/state.h"

/* Locks: of each zone, of vmalloc's trees, of a purge, of each cache's lists on its node. */
enum {
	COST_LOCK_VMAP = KM_MAX_ZONES,
	COST_LOCK_PURGE,
	COST_LOCK_LISTS,
	COST_NR_LISTS = 256,
	COST_NR_LOCKS = COST_LOCK_LISTS + COST_NR_LISTS,
};

/* How much of @w was done since cost_feed_before(). */
static inline uint64_t cost_did(const struct replay *r, enum work w)
{
	return r->m.probe.done[w] - r->cost.work[w];
}

/* Cycles that @cpu's walks of page tables took so far. */
uint64_t cost_walks(const struct replay *r, unsigned int cpu);
struct cost_vmem cost_vmem_counts(const struct replay *r);

/* What was done to the free lists under the lock of @zone, @locked times at least. */
void cost_lists(struct replay *r, unsigned int zone, uint64_t locked);
/* … by a request that took the slow path; for @pages that are zeroed, if they are. */
void cost_pressure(struct replay *r);
void cost_zeroing(struct replay *r, uint64_t pages, uint32_t gfp);

/* The operation ends. Return: how long it took, in ps. */
uint64_t cost_done(struct replay *r, unsigned int cpu, enum cost_path path, unsigned int class);

/* @written: events on the way, the last one not among them. */
void cost_bracket(struct replay *r, const struct bracket_key *key, uint64_t from_ns, uint64_t to_ns,
		  uint64_t model_ps, uint64_t written);

static inline unsigned int cost_log2(uint64_t n)
{
	return n ? 63 - (unsigned int)__builtin_clzll(n) : 0;
}

#endif
