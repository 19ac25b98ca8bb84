/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When, in boot, each cache's arrays got their size: until then they hold one object. Each is an
 * area of every CPU's memory, which the record has; they are asked for newest cache first.
 *
 * Kernel: mm/slab.c:kmem_cache_init_late(), alloc_kmem_cache_cpus() [6.1]
 */
#ifndef KM_EARLY_ARRAYS_H
#define KM_EARLY_ARRAYS_H

#include "engine/event.h"
#include "engine/slab/slab.h"

struct early_arrays {
	uint32_t *limit; /* by area asked for, in the survey */
	size_t nr, room;
	size_t first, next, end; /* caches: those that were early, newest first */
};

void early_release(struct early_arrays *e);

/* An area asked for, in the survey. Return: 0, -KM_ENOMEM. */
int early_learn(struct early_arrays *e, const struct slab_room *s,
		const struct km_event *ev) KM_MUST_CHECK;

/* The survey is over: the arrays of the caches that were there before are small for now. */
void early_start(struct early_arrays *e, struct slab_room *s);

/* An area asked for: it may be the next cache's. */
void early_feed(struct early_arrays *e, struct slab_room *s, const struct km_event *ev);

#endif
