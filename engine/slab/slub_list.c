/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/slab/slub_list.h"

void slub_list_add(struct slab_room *s, uint32_t id, bool tail)
{
	struct slab *b = slab_of(s, id);
	struct slab_cache *c = &s->caches[b->cache];

	if (!c->head)
		c->list_since = s->now;
	b->place = SLAB_NODE_PARTIAL;
	b->after = tail ? SLAB_NONE : c->head;
	b->prev = tail ? c->tail : SLAB_NONE;
	if (b->prev)
		slab_of(s, b->prev)->after = id;
	else
		c->head = id;
	if (b->after)
		slab_of(s, b->after)->prev = id;
	else
		c->tail = id;
	c->nr_partial++;
}

void slub_list_remove(struct slab_room *s, uint32_t id)
{
	struct slab *b = slab_of(s, id);
	struct slab_cache *c = &s->caches[b->cache];

	if (b->prev)
		slab_of(s, b->prev)->after = b->after;
	else
		c->head = b->after;
	if (b->after)
		slab_of(s, b->after)->prev = b->prev;
	else
		c->tail = b->prev;
	b->after = b->prev = SLAB_NONE;
	b->place = SLAB_FULL;
	c->nr_partial--;
}

void slub_give_back(struct slab_room *s, uint32_t id)
{
	s->released++;
	s->done[SLAB_WORK_DISCARD]++;
	slab_forget(s, id);
}

bool slub_may_go(const struct slab_room *s, uint32_t id)
{
	return !s->release.may_go || s->release.may_go(s->release.ctx, slab_of(s, id)->page);
}

void slub_settle(struct slab_room *s, uint32_t id, bool tail)
{
	const struct slab *b = slab_of(s, id);
	const struct slab_cache *c = &s->caches[b->cache];

	if (b->nr_free == b->objects && c->nr_partial >= c->min_partial && slub_may_go(s, id))
		slub_give_back(s, id);
	else if (b->nr_free)
		slub_list_add(s, id, tail);
}
