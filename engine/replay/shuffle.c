/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/shuffle.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64, MOST_VOTES = 8, SEEN_ENOUGH = 32 };

int shuffles_open(struct shuffles *s, size_t nr_caches)
{
	*s = (struct shuffles){ .nr_caches = nr_caches };
	s->cache = calloc(nr_caches + 1, sizeof(*s->cache));
	return s->cache ? 0 : -KM_ENOMEM;
}

void shuffles_close(struct shuffles *s)
{
	for (size_t i = 0; i < s->nr_caches; i++) {
		free(s->cache[i].after);
		free(s->cache[i].votes);
	}
	for (size_t i = 0; i < s->nr_slabs; i++)
		free(s->slab[i].touched);
	free(s->cache);
	free(s->slab);
	*s = (struct shuffles){ 0 };
}

bool shuffles_random(const struct shuffles *s)
{
	return s->turned > SEEN_ENOUGH && s->turned > s->straight;
}

/* ---- an order ---- */

static int open_order(struct shuffle_cache *c, unsigned int objs)
{
	if (c->after)
		return 0;
	c->after = malloc(objs * sizeof(*c->after));
	c->votes = calloc(objs, sizeof(*c->votes));
	if (!c->after || !c->votes)
		return -KM_ENOMEM;
	for (unsigned int i = 0; i < objs; i++)
		c->after[i] = SLAB_END;
	return 0;
}

/* What is said most often stays (Boyer and Moore, "MJRTY", 1981). */
static void learn(struct shuffles *s, struct shuffle_cache *c, unsigned int objs, unsigned int from,
		  unsigned int to)
{
	if (to == (from + 1) % objs)
		s->straight++;
	else
		s->turned++;
	if (c->after[from] == to)
		c->votes[from] = (uint8_t)(c->votes[from] + (c->votes[from] < MOST_VOTES));
	else if (c->votes[from])
		c->votes[from]--;
	else
		c->after[from] = (uint16_t)to;
}

/* The objects of @b from @first on, as far as it is known; then those left over. */
static void relink(struct slab *b, const struct shuffle_cache *c, unsigned int first)
{
	unsigned int at = first, nr = 1;

	for (unsigned int i = 0; i < b->objects; i++)
		b->next[i] = SLAB_USED;
	b->freelist = (uint16_t)first;
	b->next[first] = SLAB_END;
	while (c->after[at] != SLAB_END && c->after[at] < b->objects &&
	       b->next[c->after[at]] == SLAB_USED) {
		b->next[at] = c->after[at];
		at = c->after[at];
		b->next[at] = SLAB_END;
		nr++;
	}
	for (unsigned int i = 0; i < b->objects && nr < b->objects; i++) {
		unsigned int next = (first + i) % b->objects;

		if (b->next[next] != SLAB_USED)
			continue;
		b->next[at] = (uint16_t)next;
		at = next;
		b->next[at] = SLAB_END;
		nr++;
	}
}

/* ---- slabs ---- */

static struct shuffle_slab *slab_at_id(const struct shuffles *s, const struct slab_room *room,
				       uint32_t slab)
{
	struct shuffle_slab *v = slab < s->nr_slabs ? &s->slab[slab] : NULL;

	return v && v->touched && v->page == room->slabs[slab].page ? v : NULL;
}

static int grow(struct shuffles *s, size_t room)
{
	struct shuffle_slab *v = realloc(s->slab, room * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	memset(v + s->nr_slabs, 0, (room - s->nr_slabs) * sizeof(*v));
	s->slab = v;
	s->nr_slabs = room;
	return 0;
}

static bool test_and_set(struct shuffle_slab *v, unsigned int index)
{
	uint64_t bit = UINT64_C(1) << index % WORD;
	bool was = v->touched[index / WORD] & bit;

	v->touched[index / WORD] |= bit;
	return was;
}

int shuffles_begin(struct shuffles *s, struct slab_room *room, uint32_t slab, unsigned int index)
{
	struct slab *b = &room->slabs[slab];
	unsigned int words = (b->objects + WORD - 1u) / WORD;

	if (slab >= s->nr_slabs && grow(s, room->nr_slots * 2))
		return -KM_ENOMEM;
	struct shuffle_slab *v = &s->slab[slab];

	if (v->nr_words < words) {
		free(v->touched);
		v->touched = malloc(words * sizeof(*v->touched));
		v->nr_words = (uint16_t)(v->touched ? words : 0);
	}
	if (!v->touched || open_order(&s->cache[b->cache], room->caches[b->cache].objs))
		return -KM_ENOMEM;
	memset(v->touched, 0, v->nr_words * sizeof(*v->touched));
	v->page = b->page;
	v->last = (uint16_t)index;
	test_and_set(v, index);
	if (shuffles_random(s))
		relink(b, &s->cache[b->cache], index);
	return 0;
}

void shuffles_note(struct shuffles *s, const struct slab_room *room, uint32_t slab,
		   unsigned int index)
{
	struct shuffle_slab *v = slab_at_id(s, room, slab);
	const struct slab *b = &room->slabs[slab];

	if (!v || index >= b->objects || test_and_set(v, index))
		return;
	if (b->objects == room->caches[b->cache].objs && b->objects > 2)
		learn(s, &s->cache[b->cache], b->objects, v->last, index);
	v->last = (uint16_t)index;
}

bool shuffles_untouched(const struct shuffles *s, const struct slab_room *room, uint32_t slab,
			unsigned int index)
{
	const struct shuffle_slab *v = slab_at_id(s, room, slab);

	return v && !(v->touched[index / WORD] >> index % WORD & 1);
}
