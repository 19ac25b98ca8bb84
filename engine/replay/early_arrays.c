/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/early_arrays.h"

#include <stdlib.h>

#include "engine/slab/slab_ops.h"

/* Kernel: mm/slab.c:struct array_cache [6.1]: before its entries, and each of them */
enum { HEADER = 16, ENTRY = 8 };

/* No more caches than this are there before. */
enum { MAX_EARLY = 4096 };

void early_release(struct early_arrays *e)
{
	free(e->limit);
}

/* The limit of the arrays that @ev asks an area for; 0: it is for something else. */
static uint32_t limit_of(const struct slab_room *s, const struct km_event *ev)
{
	uint64_t bytes = ev->num[0], limit = (bytes - HEADER) / ENTRY;

	if (bytes < HEADER + ENTRY || bytes % ENTRY || ev->num[2] != ENTRY)
		return 0;
	for (size_t i = 0; i < s->nr_caches; i++)
		if (s->caches[i].limit == limit)
			return (uint32_t)limit;
	return 0;
}

int early_learn(struct early_arrays *e, const struct slab_room *s, const struct km_event *ev)
{
	uint32_t limit = limit_of(s, ev);

	if (!limit || e->nr == MAX_EARLY)
		return 0;
	if (e->nr == e->room) {
		size_t room = e->room ? e->room * 2 : 64;
		uint32_t *v = realloc(e->limit, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		e->limit = v;
		e->room = room;
	}
	e->limit[e->nr++] = limit;
	return 0;
}

/* Were the areas asked for those of the caches from @first on? */
static bool fits(const struct early_arrays *e, const struct slab_room *s, size_t first)
{
	for (size_t i = first; i < s->nr_caches; i++)
		if (i - first >= e->nr || e->limit[i - first] != s->caches[i].limit)
			return false;
	return true;
}

void early_start(struct early_arrays *e, struct slab_room *s)
{
	e->first = 0;
	e->end = s->nr_caches;
	while (e->first < e->end && !fits(e, s, e->first))
		e->first++;
	e->next = e->first;
	for (size_t i = e->first; i < e->end; i++)
		s->prof->ops->tune(s, (unsigned int)i, true);
}

void early_feed(struct early_arrays *e, struct slab_room *s, const struct km_event *ev)
{
	if (e->next < e->end && limit_of(s, ev))
		s->prof->ops->tune(s, (unsigned int)e->next++, false);
}
