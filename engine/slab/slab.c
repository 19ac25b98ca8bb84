/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/slab/slab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slab/slab_ops.h"

enum { FIRST_SLOTS = 256 };

int slab_init(struct slab_room *s, const struct slab_profile *prof, uint64_t first_page,
	      uint64_t nr_pages, unsigned int nr_cpus, unsigned int page_shift)
{
	*s = (struct slab_room){ .prof = prof,
				 .first_page = first_page,
				 .nr_pages = nr_pages,
				 .nr_cpus = nr_cpus,
				 .page_shift = page_shift,
				 .topology = { .nr_nodes = 1 } };
	if (prof->ops->by_place)
		return prof->ops->enter(s);
	s->of_page = calloc(nr_pages ? nr_pages : 1, sizeof(*s->of_page));
	s->slabs = calloc(FIRST_SLOTS, sizeof(*s->slabs));
	if (!s->of_page || !s->slabs) {
		slab_release(s);
		return -KM_ENOMEM;
	}
	s->nr_slots = 1;
	return 0;
}

void slab_release(struct slab_room *s)
{
	for (size_t i = 0; i < s->nr_slots; i++)
		free(s->slabs[i].next);
	for (size_t i = 0; i < s->nr_caches; i++)
		s->prof->ops->close(s, &s->caches[i]);
	if (s->prof && s->prof->ops->by_place)
		s->prof->ops->leave(s);
	free(s->slabs);
	free(s->caches);
	free(s->of_page);
	*s = (struct slab_room){ 0 };
}

static int grow_caches(struct slab_room *s)
{
	if (s->nr_caches & (s->nr_caches - 1))
		return 0;
	size_t n = s->nr_caches ? s->nr_caches * 2 : 1;
	struct slab_cache *v = realloc(s->caches, n * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	s->caches = v;
	return 0;
}

int slab_cache_init(struct slab_room *s, const struct slab_cache_config *c)
{
	struct slab_cache k = { .object_size = c->object_size, .size = c->size };
	unsigned int order = c->order;
	int err;

	if (!c->size || s->nr_caches == UINT16_MAX)
		return -KM_EINVAL;
	uint64_t objs = c->objs ? c->objs : s->prof->ops->layout(s, c, &order);

	if (order >= KM_MAX_ORDERS || !objs || objs > SLAB_MAX_OBJS ||
	    objs * c->size > pages_of(order) << s->page_shift)
		return -KM_EINVAL;
	k.order = (uint8_t)order;
	k.objs = (uint16_t)objs;
	snprintf(k.name, sizeof(k.name), "%s", c->name);
	if (grow_caches(s))
		return -KM_ENOMEM;
	err = s->prof->ops->open(s, &k, c);
	if (err) {
		s->prof->ops->close(s, &k);
		return err;
	}
	s->caches[s->nr_caches] = k;
	return (int)s->nr_caches++;
}

uint32_t slab_at(const struct slab_room *s, uint64_t page)
{
	if (s->prof->ops->by_place)
		return s->prof->ops->at(s, page);
	return page - s->first_page < s->nr_pages ? s->of_page[page - s->first_page] : SLAB_NONE;
}

uint64_t slab_object_offset(const struct slab_room *s, uint32_t slab, unsigned int index)
{
	if (s->prof->ops->by_place)
		return s->prof->ops->offset(s, slab, index);
	const struct slab *b = slab_of(s, slab);

	return (b->page << s->page_shift) + b->start + (uint64_t)index * s->caches[b->cache].size;
}

int slab_index_of(const struct slab_room *s, uint32_t slab, uint64_t page, unsigned int byte)
{
	if (s->prof->ops->by_place)
		return s->prof->ops->index_of(s, slab, page, byte);
	const struct slab *b = slab_of(s, slab);
	uint64_t at = ((page - b->page) << s->page_shift) + byte;
	uint32_t size = s->caches[b->cache].size;

	if (at < b->start)
		return -KM_EINVAL;
	at -= b->start;
	return at % size || at / size >= b->objects ? -KM_EINVAL : (int)(at / size);
}

bool slab_is_used(const struct slab_room *s, uint32_t slab, unsigned int index)
{
	if (s->prof->ops->by_place)
		return s->prof->ops->used(s, slab, index);
	return slab_of(s, slab)->next[index] == SLAB_USED;
}

bool slab_has_object(const struct slab_room *s, uint32_t slab, unsigned int index)
{
	if (s->prof->ops->by_place)
		return slab < s->slob.nr_slots && s->slob.pages[slab].block &&
		       s->prof->ops->used(s, slab, index);
	return slab < s->nr_slots && slab_of(s, slab)->next && index < slab_of(s, slab)->objects &&
	       slab_is_used(s, slab, index);
}

uint64_t slab_pages(const struct slab_room *s)
{
	uint64_t n = s->slob.nr_of_all;

	for (size_t i = 0; i < s->nr_caches; i++)
		n += s->caches[i].nr_pages;
	return n;
}

uint64_t slab_per_cpu_bytes(const struct slab_room *s)
{
	const struct slab_ops *ops = s->prof->ops;
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->nr_caches; i++)
		bytes += ops->per_cpu_fixed + ops->per_cpu_entry * (uint64_t)s->caches[i].limit;
	return bytes * s->nr_cpus;
}

static int take_slot(struct slab_room *s, uint32_t *id)
{
	size_t n = s->nr_slots;

	*id = s->free_slot;
	if (*id) {
		s->free_slot = s->slabs[*id].after;
		return 0;
	}
	if (n >= FIRST_SLOTS && !(n & (n - 1))) {
		struct slab *v = realloc(s->slabs, 2 * n * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		s->slabs = v;
	}
	*id = (uint32_t)n;
	s->slabs[n] = (struct slab){ 0 };
	s->nr_slots++;
	return 0;
}

static void give_slot(struct slab_room *s, uint32_t id)
{
	free(s->slabs[id].next);
	s->slabs[id] = (struct slab){ .after = s->free_slot };
	s->free_slot = id;
}

/* It leaves its list, and is no more. */
static void drop(struct slab_room *s, uint32_t slab)
{
	struct slab *b = slab_of(s, slab);
	struct slab_cache *c = &s->caches[b->cache];

	s->prof->ops->detach(s, slab);
	for (uint64_t i = 0; i < pages_of(b->order); i++)
		s->of_page[b->page - s->first_page + i] = SLAB_NONE;
	c->nr_slabs--;
	c->nr_pages -= pages_of(b->order);
	c->total_objects -= b->objects;
	give_slot(s, slab);
}

int slab_make(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id)
{
	return slab_make_of_order(s, cache, page, s->caches[cache].order, id);
}

unsigned int slab_least_order(const struct slab_room *s, unsigned int cache)
{
	const struct slab_cache *c = &s->caches[cache];
	unsigned int order = 0;

	if (!s->prof->ops->falls_back)
		return c->order;
	while (order < c->order && pages_of(order) << s->page_shift < c->size)
		order++;
	return order;
}

void slab_watched_by(struct slab_room *s, struct slab_watch w)
{
	s->watch = s->slob.watch = w;
}

int slab_make_of_order(struct slab_room *s, unsigned int cache, uint64_t page, unsigned int order,
		       uint32_t *id)
{
	struct slab_cache *c = &s->caches[cache];
	uint64_t at = page - s->first_page, n = pages_of(order);
	unsigned int objs = c->objs;

	if (s->prof->ops->by_place)
		return s->prof->ops->make(s, cache, page, id);
	if (at >= s->nr_pages || n > s->nr_pages - at)
		return -KM_EINVAL;
	for (uint64_t i = 0; i < n; i++)
		if (s->of_page[at + i])
			drop(s, s->of_page[at + i]);
	if (take_slot(s, id))
		return -KM_ENOMEM;
	if (order != c->order)
		objs = (unsigned int)((n << s->page_shift) / c->size);
	uint16_t *next = malloc(objs * sizeof(*next));

	if (!next) {
		give_slot(s, *id);
		return -KM_ENOMEM;
	}
	for (unsigned int i = 0; i < objs; i++)
		next[i] = SLAB_USED;
	s->slabs[*id] = (struct slab){ .page = page,
				       .next = next,
				       .cache = (uint16_t)cache,
				       .objects = (uint16_t)objs,
				       .freelist = SLAB_END,
				       .order = (uint8_t)order };
	for (uint64_t i = 0; i < n; i++)
		s->of_page[at + i] = *id;
	c->late = false;
	c->nr_slabs++;
	c->nr_pages += n;
	c->total_objects += objs;
	return 0;
}

int slab_adopt(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id)
{
	struct slab_cache *c = &s->caches[cache];
	int err = slab_make(s, cache, page, id);

	if (err || c->unseen_slabs <= 0)
		return err;
	c->unseen_slabs--;
	c->unseen_active_slabs--;
	c->unseen_objs -= c->objs;
	c->unseen_active -= c->objs;
	return 0;
}

void slab_place(struct slab_room *s, uint32_t slab, uint64_t page, unsigned int byte)
{
	struct slab *b = slab_of(s, slab);

	b->start = s->prof->ops->start_of(s, b->cache, ((page - b->page) << s->page_shift) + byte);
}

void slab_free_from(struct slab_room *s, uint32_t slab, unsigned int first)
{
	struct slab *b = slab_of(s, slab);

	KM_BUG_ON(b->nr_free || b->place != SLAB_FULL);
	for (unsigned int i = b->objects; i-- > first;) {
		b->next[i] = b->freelist;
		b->freelist = (uint16_t)i;
		b->nr_free++;
	}
}

void slab_forget(struct slab_room *s, uint32_t slab)
{
	if (s->prof->ops->by_place) {
		s->prof->ops->forget(s, slab);
		return;
	}
	uint64_t page = slab_of(s, slab)->page;
	unsigned int order = slab_of(s, slab)->order;

	drop(s, slab);
	if (s->watch.gone)
		s->watch.gone(s->watch.ctx, page, order);
}

static uint64_t plus(uint64_t n, int64_t more)
{
	return more < 0 && (uint64_t)-more > n ? 0 : n + (uint64_t)more;
}

void slab_count(const struct slab_room *s, unsigned int cache, struct slab_count *out)
{
	const struct slab_cache *c = &s->caches[cache];

	*out = (struct slab_count){ 0 };
	if (s->prof->ops->by_place)
		return;
	s->prof->ops->count(s, cache, out);
	out->active_objs = plus(out->active_objs, c->unseen_active);
	out->num_objs = plus(out->num_objs, c->unseen_objs);
	out->num_slabs = plus(out->num_slabs, c->unseen_slabs);
	out->active_slabs = plus(out->active_slabs, c->unseen_active_slabs);
	if (out->active_objs > out->num_objs)
		out->active_objs = out->num_objs;
	if (out->active_slabs > out->num_slabs)
		out->active_slabs = out->num_slabs;
}
