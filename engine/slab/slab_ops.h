/* SPDX-License-Identifier: GPL-2.0-only */
/* How an allocator chooses objects and keeps its slabs. */
#ifndef KM_SLAB_OPS_H
#define KM_SLAB_OPS_H

#include "engine/slab/slab.h"

struct slab_ops {
	const char *name;
	/* What an allocation on @cpu would get now; nothing changes. */
	struct slab_choice (*choose)(const struct slab_room *s, unsigned int cache,
				     unsigned int cpu);
	/*
	 * Had @cpu nothing at @then, so that an allocation begun at that time goes on to a new slab
	 * whatever was freed since?
	 */
	bool (*exhausted)(const struct slab_room *s, unsigned int cache, unsigned int cpu,
			  uint64_t then);
	/* Serve it from @fresh, just made, without looking at the lists. */
	struct slab_choice (*alloc_fresh)(struct slab_room *s, unsigned int cpu, uint32_t fresh);
	/* Serve it. @fresh: the slab just made, where the choice is SLAB_FROM_NEW. */
	struct slab_choice (*alloc)(struct slab_room *s, unsigned int cache, unsigned int cpu,
				    uint32_t fresh);
	/* Put right: @index of @slab was handed out on @cpu, whatever the lists say. */
	void (*take)(struct slab_room *s, uint32_t slab, unsigned int index, unsigned int cpu);
	/* @index of @slab came back on @cpu; the slab may go back with it. */
	void (*free)(struct slab_room *s, uint32_t slab, unsigned int index, unsigned int cpu);
	/* Off every list; what a CPU held of it is lost. */
	void (*detach)(struct slab_room *s, uint32_t slab);
	void (*count)(const struct slab_room *s, unsigned int cache, struct slab_count *out);
	int (*check)(const struct slab_room *s, struct km_diag *d);
};

extern const struct slab_ops slab_slub;

/* sizes.c: a cache's limits, from @c or by rule. */
void slab_limits(const struct slab_profile *prof, const struct slab_cache_config *c,
		 struct slab_cache *to);

static inline struct slab *slab_of(const struct slab_room *s, uint32_t id)
{
	return &s->slabs[id];
}

#endif
