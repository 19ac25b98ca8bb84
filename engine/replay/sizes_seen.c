/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/sizes_seen.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256, RECENT_BITS = 16, ENOUGH = 16, LEAST_ALIGN = 8, LINE = 64, PAGE = 4096 };

static size_t hash(uint64_t key, unsigned int bits)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

int sizes_init(struct sizes_seen *s, uint32_t rcu_footer)
{
	*s = (struct sizes_seen){ .nr_slots = FIRST_SLOTS, .rcu_footer = rcu_footer };
	s->seen = calloc(FIRST_SLOTS, sizeof(*s->seen));
	s->recent = calloc((size_t)1 << RECENT_BITS, sizeof(*s->recent));
	return s->seen && s->recent ? 0 : -KM_ENOMEM;
}

void sizes_release(struct sizes_seen *s)
{
	free(s->seen);
	free(s->recent);
	free(s->of_name);
}

static size_t slot_of(const struct sizes_seen *s, uint32_t req, uint32_t alloc)
{
	size_t i = hash((uint64_t)req << 32 | alloc, 32) & (s->nr_slots - 1);

	while (s->seen[i].count && (s->seen[i].req != req || s->seen[i].alloc != alloc))
		i = (i + 1) & (s->nr_slots - 1);
	return i;
}

static int widen(struct sizes_seen *s)
{
	struct size_seen *old = s->seen, *v = calloc(2 * s->nr_slots, sizeof(*v));
	size_t was = s->nr_slots;

	if (!v)
		return -KM_ENOMEM;
	s->seen = v;
	s->nr_slots = 2 * was;
	for (size_t i = 0; i < was; i++)
		if (old[i].count)
			v[slot_of(s, old[i].req, old[i].alloc)] = old[i];
	free(old);
	return 0;
}

const struct size_seen *sizes_of(const struct sizes_seen *s, uint32_t req, uint32_t alloc)
{
	const struct size_seen *k = &s->seen[slot_of(s, req, alloc)];

	return k->count ? k : NULL;
}

int sizes_alloc(struct sizes_seen *s, const struct km_event *ev)
{
	const struct km_ev_object *o = &ev->obj;

	if (s->nr * 4 >= s->nr_slots * 3 && widen(s))
		return -KM_ENOMEM;
	struct size_seen *k = &s->seen[slot_of(s, o->bytes_req, o->bytes_alloc)];

	if (!k->count) {
		*k = (struct size_seen){ .req = o->bytes_req, .alloc = o->bytes_alloc };
		s->nr++;
	}
	k->count += k->count < UINT32_MAX;
	k->bits |= o->ptr;
	s->recent[hash(o->ptr, RECENT_BITS)] =
		(struct size_recent){ o->ptr, o->bytes_req, o->bytes_alloc };
	return 0;
}

static int name_size(struct sizes_seen *s, uint32_t name, uint32_t req, uint32_t alloc)
{
	if (name >= s->nr_names) {
		size_t n = (size_t)name + 256;
		struct size_name *v = realloc(s->of_name, n * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		memset(v + s->nr_names, 0, (n - s->nr_names) * sizeof(*v));
		s->of_name = v;
		s->nr_names = n;
	}
	s->of_name[name] = (struct size_name){ alloc, req && alloc >= req + s->rcu_footer };
	return 0;
}

int sizes_free(struct sizes_seen *s, const struct km_event *ev)
{
	const struct size_recent *r = &s->recent[hash(ev->obj.ptr, RECENT_BITS)];

	if (r->ptr != ev->obj.ptr || !ev->obj.cache)
		return 0;
	struct size_seen *k = &s->seen[slot_of(s, r->req, r->alloc)];

	if (!k->count)
		return 0;
	if (k->name && k->name != ev->obj.cache)
		k->many = true;
	k->name = ev->obj.cache;
	k->told += k->told < 2;
	return name_size(s, ev->obj.cache, r->req, r->alloc);
}

uint32_t sizes_of_name(const struct sizes_seen *s, uint32_t name)
{
	return name < s->nr_names ? s->of_name[name].bytes : 0;
}

bool sizes_delayed(const struct sizes_seen *s, uint32_t name)
{
	return name < s->nr_names && s->of_name[name].delayed;
}

uint32_t sizes_align(const struct size_seen *k)
{
	uint64_t low = k->bits & -k->bits;
	uint32_t align = !low || low > PAGE ? PAGE : (uint32_t)low;

	if (k->count < ENOUGH)
		align = align < LINE ? LEAST_ALIGN : LINE;
	return align < LEAST_ALIGN ? LEAST_ALIGN : align;
}
