/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open addressing with linear probing; what is taken away is closed up by moving its followers
 * back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R), so there are no tombstones.
 */
#include <stdlib.h>

#include "engine/leak/leak.h"

enum { FIRST_SLOTS = 1024 };

static size_t home_of(const struct live *l, uint64_t key)
{
	uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32 ^ h >> 8) & (l->nr_slots - 1);
}

/* Where @key is, or the free slot where it would go. */
static size_t slot_of(const struct live *l, uint64_t key)
{
	size_t i = home_of(l, key);

	while (l->slots[i].used && l->slots[i].key != key)
		i = (i + 1) & (l->nr_slots - 1);
	return i;
}

/* Room for @more objects at no more than three quarters full. */
static int make_room(struct live *l, size_t more)
{
	size_t n = l->nr_slots ? l->nr_slots : FIRST_SLOTS;

	while ((l->count + more) * 4 > n * 3)
		n *= 2;
	if (n == l->nr_slots)
		return 0;
	struct live wider = { .nr_slots = n, .count = l->count, .orders = l->orders };

	wider.slots = calloc(n, sizeof(*wider.slots));
	if (!wider.slots)
		return -KM_ENOMEM;
	for (size_t i = 0; i < l->nr_slots; i++)
		if (l->slots[i].used)
			wider.slots[slot_of(&wider, l->slots[i].key)] = l->slots[i];
	free(l->slots);
	*l = wider;
	return 0;
}

void live_release(struct live *l)
{
	free(l->slots);
	*l = (struct live){ 0 };
}

const struct live_object *live_find(const struct live *l, uint64_t key)
{
	if (!l->nr_slots)
		return NULL;
	const struct live_object *o = &l->slots[slot_of(l, key)];

	return o->used ? o : NULL;
}

int live_put(struct live *l, const struct live_object *o)
{
	int err = make_room(l, 1);

	if (err)
		return err;
	struct live_object *slot = &l->slots[slot_of(l, o->key)];

	KM_BUG_ON(slot->used);
	*slot = *o;
	slot->used = 1;
	l->count++;
	l->orders |= UINT32_C(1) << o->order;
	return 0;
}

static void close_up(struct live *l, size_t hole)
{
	size_t mask = l->nr_slots - 1;

	for (size_t i = (hole + 1) & mask; l->slots[i].used; i = (i + 1) & mask) {
		size_t home = home_of(l, l->slots[i].key);

		/* It may move back only as far as its home. */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		l->slots[hole] = l->slots[i];
		hole = i;
	}
	l->slots[hole].used = 0;
}

bool live_take(struct live *l, uint64_t key, struct live_object *out)
{
	if (!l->nr_slots)
		return false;
	size_t i = slot_of(l, key);

	if (!l->slots[i].used)
		return false;
	*out = l->slots[i];
	close_up(l, i);
	l->count--;
	return true;
}

/* The block that covers @pfn. */
static const struct live_object *cover(const struct live *l, uint64_t pfn)
{
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++) {
		if (!(l->orders >> order & 1))
			continue;
		const struct live_object *o = live_find(l, pfn >> order << order);

		if (o && pfn - o->key < pages_of(o->order))
			return o;
	}
	return NULL;
}

static void put_part(struct live *l, const struct live_object *whole, uint64_t pfn,
		     unsigned int order)
{
	struct live_object part = *whole;
	unsigned int down = whole->order - order;

	part.key = pfn;
	part.order = (uint8_t)order;
	part.bytes_req >>= down;
	part.bytes_alloc >>= down;
	KM_BUG_ON(live_put(l, &part)); /* room was made before */
}

int live_carve(struct live *l, uint64_t pfn, unsigned int order, struct live_object *out)
{
	const struct live_object *found = cover(l, pfn);

	if (!found)
		return -KM_ENOENT;
	struct live_object whole = *found;
	int more = 0;

	if (make_room(l, KM_MAX_ORDERS))
		return -KM_ENOMEM;
	live_take(l, whole.key, out);
	for (unsigned int o = whole.order; o-- > order; more++) {
		uint64_t upper = out->key + pages_of(o);

		put_part(l, &whole, pfn < upper ? upper : out->key, o);
		out->key = pfn < upper ? out->key : upper;
		out->order = (uint8_t)o;
		out->bytes_req /= 2;
		out->bytes_alloc /= 2;
	}
	return more;
}

const struct live_object *live_next(const struct live *l, size_t *at)
{
	while (*at < l->nr_slots) {
		const struct live_object *o = &l->slots[(*at)++];

		if (o->used)
			return o;
	}
	return NULL;
}

int live_check(const struct live *l, struct km_diag *d)
{
	size_t at = 0, n = 0;

	for (const struct live_object *o; (o = live_next(l, &at)); n++)
		if (live_find(l, o->key) != o)
			return km_fail(d, KM_EINVAL, "leak",
				       "the live object at 0x%llx is not found",
				       (unsigned long long)o->key);
	if (n != l->count)
		return km_fail(d, KM_EINVAL, "leak", "%zu objects are live, not %zu", n, l->count);
	return 0;
}
