/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A free run with an allocator of one's choice: which of its caches serves a recorded call. They
 * are those of the capture, made anew by the rules of that allocator; where it is the capture's
 * own, as the capture has them.
 */
#ifndef KM_OBJECT_CACHES_H
#define KM_OBJECT_CACHES_H

#include "engine/core/snapshot.h"
#include "engine/core/strtab.h"
#include "engine/replay/bound.h"
#include "engine/replay/identity.h"
#include "engine/slab/slab.h"

struct object_caches_config {
	const struct slab_profile *captured; /* NULL: nothing says which caches there were */
	const struct km_snapshot *seed;
	const struct strtab *strings;
	bool own;    /* the caches of the capture itself … */
	bool relaid; /* … but for the orders of their slabs */
};

struct object_caches {
	struct slab_room *room;	   /* the caches that serve */
	struct slab_room named;	   /* the capture's, where they are not the same */
	struct identity *identity; /* NULL: calls are told apart by their sizes */
	struct object_caches_config config;
	struct bound_map of_call; /* a kind of call → its cache */
	uint64_t *reclaims;	  /* by cache: what is in it can be reclaimed */
	size_t nr_reclaims;
};

int object_caches_open(struct object_caches *c, struct slab_room *room,
		       const struct object_caches_config *config) KM_MUST_CHECK;
void object_caches_close(struct object_caches *c);

/* The survey's events, and its end. Return: 0, -KM_ENOMEM. */
int object_caches_learn(struct object_caches *c, const struct km_event *ev) KM_MUST_CHECK;
int object_caches_settle(struct object_caches *c) KM_MUST_CHECK;

/*
 * The cache of an allocation: its number in the room, or IDENTITY_PAGES. Return: 0, -KM_ENOMEM,
 * -KM_EINVAL where no slab can hold such an object.
 */
int object_caches_of_alloc(struct object_caches *c, const struct km_event *ev,
			   int *cache) KM_MUST_CHECK;

/* The cache that a free names; IDENTITY_NONE: none, or none that has served yet. */
int object_caches_of_name(struct object_caches *c, uint32_t name);

bool object_caches_reclaims(const struct object_caches *c, int cache);

#endif
