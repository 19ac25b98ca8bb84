/* SPDX-License-Identifier: GPL-2.0-only */
/* How an allocator chooses objects and keeps its slabs. */
#ifndef KM_SLAB_OPS_H
#define KM_SLAB_OPS_H

#include "engine/slab/slab.h"

struct slab_ops {
	const char *name;
	/*
	 * Its objects lie wherever there is room for them: the index of one is its place, and a
	 * cache no more than a size. Such an allocator has .enter to .forget, and none of .found,
	 * .alloc_fresh, .take, .detach and .count: who follows a record says places (slob.h).
	 */
	bool by_place;
	bool falls_back; /* a slab is of the least order where it cannot be of the one wanted */
	int (*enter)(struct slab_room *s); /* Return: 0, -KM_ENOMEM; leave() undoes it. */
	void (*leave)(struct slab_room *s);
	int (*make)(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id);
	uint32_t (*at)(const struct slab_room *s, uint64_t page);
	uint64_t (*offset)(const struct slab_room *s, uint32_t slab, unsigned int index);
	int (*index_of)(const struct slab_room *s, uint32_t slab, uint64_t page, unsigned int byte);
	bool (*used)(const struct slab_room *s, uint32_t slab, unsigned int index);
	void (*forget)(struct slab_room *s, uint32_t slab);
	/* Bytes that a cache takes for each CPU, and for each object its array may hold. */
	unsigned int per_cpu_fixed, per_cpu_entry;
	/* Objects in a slab of @c, and (@order) its pages, where nobody says; 0: none can be. */
	unsigned int (*layout)(const struct slab_room *s, const struct slab_cache_config *c,
			       unsigned int *order);
	/* What @k has besides its layout. Return: 0, -KM_ENOMEM, -KM_EINVAL; close() undoes it. */
	int (*open)(const struct slab_room *s, struct slab_cache *k,
		    const struct slab_cache_config *c);
	void (*close)(const struct slab_room *s, struct slab_cache *k);
	/* A new slab: all of its objects, the first @start bytes after its beginning, are free. */
	void (*begin)(struct slab_room *s, uint32_t slab, uint32_t start);
	/*
	 * A slab from before, first seen when @index was handed out on @cpu. In boot slabs are
	 * filled from their beginning, and little came back yet; of a running system's nothing is
	 * known.
	 */
	void (*found)(struct slab_room *s, uint32_t slab, unsigned int index, unsigned int cpu,
		      bool from_boot);
	/* Byte of the first object in a slab that has one @offset bytes after its beginning. */
	uint32_t (*start_of)(const struct slab_room *s, unsigned int cache, uint64_t offset);
	/* What an allocation on @cpu would get now; nothing changes. */
	struct slab_choice (*choose)(const struct slab_room *s, unsigned int cache,
				     unsigned int cpu);
	/*
	 * Had @cpu nothing at @then, so that an allocation begun at that time goes on to a new slab
	 * whatever was freed since? NULL: frees in between are looked at.
	 */
	bool (*exhausted)(const struct slab_room *s, unsigned int cache, unsigned int cpu,
			  uint64_t then);
	/* Serve it from @fresh, just made, whatever the lists hold; the record says @index. */
	struct slab_choice (*alloc_fresh)(struct slab_room *s, unsigned int cpu, uint32_t fresh,
					  unsigned int index);
	/* Serve it. @fresh: the slab just made, where the choice is SLAB_FROM_NEW. */
	struct slab_choice (*alloc)(struct slab_room *s, unsigned int cache, unsigned int cpu,
				    uint32_t fresh);
	/* Put right: @index of @slab was handed out on @cpu, whatever the lists say. */
	void (*take)(struct slab_room *s, uint32_t slab, unsigned int index, unsigned int cpu);
	/* @index of @slab came back on @cpu; the slab may go back with it. */
	void (*free)(struct slab_room *s, uint32_t slab, unsigned int index, unsigned int cpu);
	/* Off every list; what a CPU held of it is lost. */
	void (*detach)(struct slab_room *s, uint32_t slab);
	/* The periodic reaper ran on @cpu; @cache gave back all it could. NULL: no such thing. */
	void (*reap)(struct slab_room *s, unsigned int cpu);
	void (*shrink)(struct slab_room *s, unsigned int cache);
	/* So many more objects of @cache wait in slabs than its arrays leave there. */
	void (*put_back)(struct slab_room *s, unsigned int cache, uint64_t nr);
	/* The arrays of @cache are early boot's, of one object (@early), or get their size. */
	void (*tune)(struct slab_room *s, unsigned int cache, bool early);
	void (*count)(const struct slab_room *s, unsigned int cache, struct slab_count *out);
	int (*check)(const struct slab_room *s, struct km_diag *d);
};

extern const struct slab_ops slab_slub, slab_slab, slab_slob;

/* sizes.c: a cache's limits, from @c or by rule. */
void slab_limits(const struct slab_profile *prof, const struct slab_cache_config *c,
		 struct slab_cache *to);

/*
 * slab_layout.c: objects in a slab by SLAB's rule; bytes a slab of @k leaves over, where its links
 * lie in one of its free objects, and (@on_slab) where they lie behind the objects; bytes of
 * descriptor and links before the first object.
 */
unsigned int slab_arrays_layout(const struct slab_room *s, const struct slab_cache_config *c,
				unsigned int *order);
uint32_t slab_links_before(const struct slab_room *s, const struct slab_cache *k, uint32_t align);
uint32_t slab_left_over(const struct slab_room *s, const struct slab_cache *k, bool on_slab);

static inline struct slab *slab_of(const struct slab_room *s, uint32_t id)
{
	return &s->slabs[id];
}

#endif
