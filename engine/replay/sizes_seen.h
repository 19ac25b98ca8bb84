/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the survey learns of an allocator without caches: of each pair of sizes, asked for and got,
 * how its objects are aligned and which cache's frees name them.
 */
#ifndef KM_SIZES_SEEN_H
#define KM_SIZES_SEEN_H

#include "engine/core/diag.h"
#include "engine/event.h"

struct size_seen {
	uint32_t req, alloc;
	uint32_t name;	/* string id of the cache that frees named; 0: none yet */
	uint32_t told;	/* by how many frees, up to two */
	uint64_t bits;	/* of their addresses, or-ed: the lowest one set is the alignment */
	uint32_t count; /* of objects, saturated */
	bool many;	/* more than one cache has these sizes */
};

struct sizes_seen {
	struct size_seen *seen; /* a table by (req, alloc); count 0: a free slot */
	size_t nr, nr_slots;
	struct size_recent {
		uint64_t ptr;
		uint32_t req, alloc;
	} * recent; /* by a hash of the address: who lay there last */
	struct size_name {
		uint32_t bytes; /* that cache's objects take; 0: not known */
		bool delayed;
	} * of_name; /* by string id */
	size_t nr_names;
	uint32_t rcu_footer;
};

int sizes_init(struct sizes_seen *s, uint32_t rcu_footer) KM_MUST_CHECK;
void sizes_release(struct sizes_seen *s);

/* A kmem_cache_alloc; a kmem_cache_free. Return: 0, -KM_ENOMEM. */
int sizes_alloc(struct sizes_seen *s, const struct km_event *ev) KM_MUST_CHECK;
int sizes_free(struct sizes_seen *s, const struct km_event *ev) KM_MUST_CHECK;

/* NULL: never seen. */
const struct size_seen *sizes_of(const struct sizes_seen *s, uint32_t req, uint32_t alloc);

/* Bytes of an object of the cache named @name; 0: not known. */
uint32_t sizes_of_name(const struct sizes_seen *s, uint32_t name);

/* Do they come back only after a grace period? Kernel: mm/slob.c:kmem_cache_free() [6.1] */
bool sizes_delayed(const struct sizes_seen *s, uint32_t name);

/**
 * sizes_align() - how the objects of @k are aligned.
 *
 * Few objects may all lie on a larger alignment than is asked of them: then no more than a cache
 * line's is believed.
 * Kernel: mm/slab_common.c:calculate_alignment() [6.1]
 */
uint32_t sizes_align(const struct size_seen *k);

#endif
