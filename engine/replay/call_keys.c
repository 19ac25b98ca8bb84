/* SPDX-License-Identifier: GPL-2.0-only */
/* Open addressing with linear probing, at most three quarters full; nothing is taken away. */
#include "engine/replay/call_keys.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024 };

static size_t slot_of(const struct call_keys *c, uint32_t site, uint32_t req, uint32_t alloc)
{
	uint64_t h = ((uint64_t)site << 32 | req) * UINT64_C(0x9e3779b97f4a7c15) + alloc;
	size_t i = (size_t)(h >> 32 ^ h >> 11) & (c->nr_slots - 1);

	while (c->key[i].number &&
	       (c->key[i].site != site || c->key[i].req != req || c->key[i].alloc != alloc))
		i = (i + 1) & (c->nr_slots - 1);
	return i;
}

static int widen(struct call_keys *c, size_t nr_slots)
{
	struct call_keys wider = { .nr_slots = nr_slots, .n = c->n };

	wider.key = calloc(nr_slots, sizeof(*wider.key));
	if (!wider.key)
		return -KM_ENOMEM;
	for (size_t i = 0; i < c->nr_slots; i++) {
		const struct call_key *k = &c->key[i];

		if (k->number)
			wider.key[slot_of(&wider, k->site, k->req, k->alloc)] = *k;
	}
	free(c->key);
	*c = wider;
	return 0;
}

int call_keys_open(struct call_keys *c)
{
	*c = (struct call_keys){ 0 };
	return widen(c, FIRST_SLOTS);
}

void call_keys_close(struct call_keys *c)
{
	free(c->key);
	*c = (struct call_keys){ 0 };
}

struct call_key *call_keys_find(struct call_keys *c, const struct km_ev_object *o)
{
	struct call_key *k = &c->key[c->last];

	if (k->number && k->site == o->call_site && k->req == o->bytes_req &&
	    k->alloc == o->bytes_alloc)
		return k;
	if (c->n * 4 >= c->nr_slots * 3 && widen(c, c->nr_slots * 2))
		return NULL;
	c->last = slot_of(c, o->call_site, o->bytes_req, o->bytes_alloc);
	return &c->key[c->last];
}

void call_keys_set(struct call_keys *c, struct call_key *k, const struct km_ev_object *o,
		   uint32_t number)
{
	*k = (struct call_key){ o->call_site, o->bytes_req, o->bytes_alloc, number };
	c->n++;
}
