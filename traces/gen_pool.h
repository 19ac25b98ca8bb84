/* SPDX-License-Identifier: GPL-2.0-only */
/* What one thread of a workload holds: live objects by kind, and those that end by themselves. */
#ifndef TRACES_GEN_POOL_H
#define TRACES_GEN_POOL_H

#include "engine/core/diag.h"
#include "engine/event.h"

/* A live object in 8 bytes: its name (km_synthetic) and its order, which is smaller than the
 * name's where it is a piece of a block. */
struct gen_object {
	uint64_t name : 48, order : 8, kind : 8;
};

/* Objects, the oldest first. */
struct gen_pool {
	struct gen_object *v;
	size_t first, end, room;
};

static inline size_t gen_pool_size(const struct gen_pool *p)
{
	return p->end - p->first;
}

int gen_pool_add(struct gen_pool *p, struct gen_object o) KM_MUST_CHECK;
void gen_pool_release(struct gen_pool *p);

/* Of a pool that is not empty. */
struct gen_object gen_pool_take_oldest(struct gen_pool *p);
struct gen_object gen_pool_take_newest(struct gen_pool *p);
/* The @i-th from the oldest; the newest takes its place. */
struct gen_object gen_pool_take_at(struct gen_pool *p, size_t i);

/* Put the one with the lowest name last, the highest first. */
void gen_pool_sort(struct gen_pool *p);

/* Objects with a time to go. */
struct gen_ends {
	struct gen_end {
		uint64_t due, no; /* @no: which came first where @due is the same */
		struct gen_object object;
	} * v; /* a heap: the next one first */
	size_t nr, room;
	uint64_t added;
};

int gen_ends_add(struct gen_ends *e, uint64_t due, struct gen_object o) KM_MUST_CHECK;
/* The next one that is due by @now; false: none is. */
bool gen_ends_take(struct gen_ends *e, uint64_t now, struct gen_object *o);
void gen_ends_release(struct gen_ends *e);

#endif
