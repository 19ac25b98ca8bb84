/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/call_keys.h"
#include "engine/replay/direct_map.h"
#include "engine/replay/site_cache.h"

enum {
	BORN = 1u << 31, /* the block was allocated in the trace */
	ORDER_SHIFT = 26,
	RECLAIMS = 1u << 25, /* … as __GFP_RECLAIMABLE */
	KNOT_MASK = RECLAIMS - 1,
};

/* One in a set of calls that share a cache; the first of a set speaks for it. */
struct knot {
	uint32_t parent;
	uint32_t name; /* string id; 0: nobody named it */
	int32_t cache; /* IDENTITY_NONE until it is settled, but for kmalloc's */
	uint32_t req, alloc;
	uint32_t told; /* frees that named it, up to two */
	bool reclaims; /* its slabs' pages are __GFP_RECLAIMABLE */
};

struct identity {
	struct slab_room *room;
	const struct strtab *strings;
	struct knot *knots; /* 0 is nobody */
	size_t nr_knots;
	struct call_keys calls; /* their knots */
	uint32_t *of_name;	/* by string id: knot */
	size_t nr_names;
	uint32_t *of_cache; /* by cache: knot */
	size_t nr_of_cache;
	uint64_t *had;	 /* by cache: slabs at the seed's label; NULL: nobody said */
	uint32_t *slabs; /* by knot, then: those in the record */
	size_t nr_had, nr_slabs;
	/* Survey, by page: knot, order of the block, BORN; old: at the beginning. */
	uint32_t *now, *old;
	uint16_t *began_as; /* then: the cache whose slab it was at the beginning, + 1; 0: none */
	struct direct_map map;
};

/* ---- sets ---- */

static uint32_t new_knot(struct identity *id, uint32_t req, uint32_t alloc)
{
	size_t n = id->nr_knots;

	if (!(n & (n - 1))) {
		struct knot *v = realloc(id->knots, (n ? 2 * n : 1) * sizeof(*v));

		if (!v)
			return 0;
		id->knots = v;
	}
	if (n == KNOT_MASK)
		return 0;
	id->knots[n] = (struct knot){
		.parent = (uint32_t)n, .cache = IDENTITY_NONE, .req = req, .alloc = alloc
	};
	id->nr_knots++;
	return (uint32_t)n;
}

static uint32_t first_of(struct identity *id, uint32_t k)
{
	while (id->knots[k].parent != k) {
		id->knots[k].parent = id->knots[id->knots[k].parent].parent;
		k = id->knots[k].parent;
	}
	return k;
}

static bool differ(const struct knot *a, const struct knot *b)
{
	return (a->name && b->name && a->name != b->name) ||
	       (a->cache >= 0 && b->cache >= 0 && a->cache != b->cache) ||
	       (a->alloc && b->alloc && a->alloc != b->alloc);
}

/* What is known to be of two caches is never one. */
static void unite(struct identity *id, uint32_t x, uint32_t y)
{
	x = first_of(id, x);
	y = first_of(id, y);
	struct knot *a = &id->knots[x], *b = &id->knots[y];

	if (x == y || differ(a, b))
		return;
	b->parent = x;
	a->name = a->name ? a->name : b->name;
	a->cache = a->cache >= 0 ? a->cache : b->cache;
	a->req = a->req ? a->req : b->req;
	a->alloc = a->alloc ? a->alloc : b->alloc;
	a->told += b->told;
	a->told = a->told > 2 ? 2 : a->told;
	a->reclaims |= b->reclaims;
}

/* ---- calls ---- */

/* The knot of a kmem_cache_alloc; 0: no memory. */
static uint32_t knot_of_call(struct identity *id, const struct km_ev_object *o)
{
	struct call_key *k = call_keys_find(&id->calls, o);

	if (!k || k->number)
		return k ? k->number : 0;
	uint32_t knot = new_knot(id, o->bytes_req, o->bytes_alloc);

	if (knot) {
		id->knots[knot].cache = site_cache(id->room, id->strings, o);
		id->knots[knot].told = id->knots[knot].cache >= 0 ? 2 : 0;
		call_keys_set(&id->calls, k, o, knot);
	}
	return knot;
}

static uint32_t knot_of_cache(struct identity *id, int cache)
{
	if (!id->of_cache[cache]) {
		uint32_t k = new_knot(id, 0, id->room->caches[cache].size);

		if (k)
			id->knots[k].cache = cache;
		id->of_cache[cache] = k;
	}
	return id->of_cache[cache];
}

static int cache_by_name(const struct identity *id, const char *name)
{
	for (size_t i = 0; i < id->room->nr_caches; i++)
		if (!strcmp(id->room->caches[i].name, name))
			return (int)i;
	return IDENTITY_NONE;
}

static uint32_t knot_of_name(struct identity *id, uint32_t name)
{
	if (name >= id->nr_names) {
		size_t n = strtab_count(id->strings) + 256;
		uint32_t *v = name < n ? realloc(id->of_name, n * sizeof(*v)) : NULL;

		if (!v)
			return 0;
		memset(v + id->nr_names, 0, (n - id->nr_names) * sizeof(*v));
		id->of_name = v;
		id->nr_names = n;
	}
	if (!id->of_name[name]) {
		int cache = cache_by_name(id, strtab_get(id->strings, name));
		uint32_t k = cache < 0 ? new_knot(id, 0, 0) : knot_of_cache(id, cache);

		if (k)
			id->knots[first_of(id, k)].name = name;
		id->of_name[name] = k;
	}
	return id->of_name[name];
}

/* ---- kmalloc ---- */

static int kmalloc_cache(const struct identity *id, uint32_t size, uint32_t gfp)
{
	static const char *const plain = "";
	const char *kind = gfp & KM_GFP_DMA	    ? "dma-" :
			   gfp & KM_GFP_RECLAIMABLE ? "rcl-" :
			   gfp & KM_GFP_ACCOUNT	    ? "cg-" :
						      plain;
	char name[KM_NAME_LEN];
	bool kilo = size >= 1024;
	int cache;

	if (id->room->prof->kmalloc_name) {
		snprintf(name, sizeof(name), "%s%u%s", id->room->prof->kmalloc_name, size,
			 gfp & KM_GFP_DMA ? "(DMA)" : "");
		return cache_by_name(id, name);
	}
	for (;; kind = plain) {
		bool dma = *kind == 'd';

		snprintf(name, sizeof(name), "%skmalloc-%s%u%s", dma ? kind : "", dma ? "" : kind,
			 kilo ? size / 1024 : size, kilo ? "k" : "");
		cache = cache_by_name(id, name);
		/* without accounting there are no caches of that kind: the plain ones serve */
		if (cache >= 0 || *kind != 'c')
			return cache;
	}
}

static int find_kmalloc(struct identity *id, const struct km_ev_object *o)
{
	uint32_t size = slab_kmalloc_size(id->room->prof, o->bytes_req);
	uint32_t kinds = o->gfp & (KM_GFP_DMA | KM_GFP_RECLAIMABLE | KM_GFP_ACCOUNT);

	if (!size)
		return IDENTITY_PAGES;
	int cache = kmalloc_cache(id, size, kinds);

	if (cache >= 0 && id->room->caches[cache].size == o->bytes_alloc)
		return cache;
	/* a size of another kernel's classes: what was got says more than the rule */
	return kmalloc_cache(id, o->bytes_alloc, kinds);
}

static int of_kmalloc(struct identity *id, const struct km_ev_object *o)
{
	struct km_ev_object as = { .call_site = UINT32_MAX,
				   .bytes_req = slab_kmalloc_size(id->room->prof, o->bytes_req),
				   .bytes_alloc = o->bytes_alloc };

	as.call_site -= o->gfp & KM_GFP_DMA	    ? 3 :
			o->gfp & KM_GFP_RECLAIMABLE ? 2 :
			o->gfp & KM_GFP_ACCOUNT	    ? 1 :
						      0;
	if (!as.bytes_req)
		return IDENTITY_PAGES;
	uint32_t k = knot_of_call(id, &as);

	if (!k)
		return IDENTITY_NONE;
	if (!id->knots[k].told) {
		id->knots[k].told = 1;
		id->knots[k].cache = find_kmalloc(id, o);
	}
	return id->knots[k].cache;
}

/* ---- pages ---- */

uint64_t identity_page(const struct identity *id, uint64_t ptr)
{
	uint64_t base = id->map.base, page = (ptr - base) >> id->room->page_shift;

	return id->map.sure && ptr >= base && page - id->room->first_page < id->room->nr_pages ?
		       page :
		       KM_NO_PFN;
}

static void block_allocated(struct identity *id, const struct km_event *ev)
{
	uint64_t at = ev->page.pfn - id->room->first_page;

	if (ev->page.pfn == KM_NO_PFN || at >= id->room->nr_pages)
		return;
	direct_map_block(&id->map, ev);
	for (uint64_t i = at; i < at + pages_of(ev->page.order) && i < id->room->nr_pages; i++) {
		if (!(id->now[i] & BORN))
			id->old[i] = id->now[i] & KNOT_MASK;
		id->now[i] = BORN | (uint32_t)ev->page.order << ORDER_SHIFT |
			     (ev->page.gfp & KM_GFP_RECLAIMABLE ? RECLAIMS : 0);
	}
}

static void block_freed(struct identity *id, const struct km_event *ev)
{
	uint64_t at = ev->page.pfn - id->room->first_page;

	if (ev->page.pfn == KM_NO_PFN || at >= id->room->nr_pages)
		return;
	for (uint64_t i = at; i < at + pages_of(ev->page.order) && i < id->room->nr_pages; i++) {
		if (!(id->now[i] & BORN))
			id->old[i] = id->now[i] & KNOT_MASK;
		id->now[i] = BORN;
	}
}

/* An object of @knot's cache lies at @ptr. */
static void lies_at(struct identity *id, uint64_t ptr, uint32_t knot)
{
	uint64_t page = identity_page(id, ptr);

	if (page == KM_NO_PFN)
		return;
	uint32_t *now = &id->now[page - id->room->first_page];
	unsigned int order = (*now & ~(uint32_t)BORN) >> ORDER_SHIFT;
	uint64_t head = pfn_align_down(pfn(page), order).nr;

	if (head >= id->room->first_page)
		now = &id->now[head - id->room->first_page];
	if (*now & KNOT_MASK && id->knots[*now & KNOT_MASK].parent == id->knots[knot].parent)
		return; /* it is known to, and what its pages are */
	id->knots[first_of(id, knot)].reclaims |= (*now & RECLAIMS) != 0;
	if (*now & KNOT_MASK)
		unite(id, *now & KNOT_MASK, knot);
	else
		*now |= knot;
}

bool identity_has_objects(const struct identity *id, uint64_t page)
{
	uint64_t at = page - id->room->first_page;

	return at < id->room->nr_pages && id->now[at] & KNOT_MASK;
}

/* ---- the survey ---- */

static int learn_alloc(struct identity *id, const struct km_event *ev)
{
	uint32_t knot;

	if (ev->kind == KM_EV_KMALLOC) {
		int cache = of_kmalloc(id, &ev->obj);

		if (cache < 0)
			return 0;
		knot = knot_of_cache(id, cache);
	} else {
		knot = knot_of_call(id, &ev->obj);
	}
	if (!knot)
		return -KM_ENOMEM;
	direct_map_object(&id->map, ev);
	lies_at(id, ev->obj.ptr, knot);
	return 0;
}

int identity_learn(struct identity *id, const struct km_event *ev)
{
	uint32_t knot;

	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		if (ev->cpu < id->room->nr_cpus)
			block_allocated(id, ev);
		return 0;
	case KM_EV_PAGE_FREE:
		block_freed(id, ev);
		return 0;
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return ev->obj.ptr && ev->cpu < id->room->nr_cpus ? learn_alloc(id, ev) : 0;
	case KM_EV_CACHE_FREE:
		if (!ev->obj.cache)
			return 0;
		knot = knot_of_name(id, ev->obj.cache);
		if (!knot)
			return -KM_ENOMEM;
		lies_at(id, ev->obj.ptr, knot);
		knot = first_of(id, knot);
		id->knots[knot].told += id->knots[knot].told < 2;
		return 0;
	default:
		return 0;
	}
}

/* The only cache with such sizes; IDENTITY_NONE: there are none, or more than one. */
static int cache_by_size(const struct identity *id, uint32_t req, uint32_t alloc)
{
	int found = IDENTITY_NONE;

	for (size_t i = 0; i < id->room->nr_caches; i++) {
		const struct slab_cache *c = &id->room->caches[i];

		if (c->size != alloc || (c->object_size && c->object_size != req) ||
		    !strncmp(c->name, "kmalloc-", 8) || !strncmp(c->name, "dma-kmalloc-", 12))
			continue;
		if (found != IDENTITY_NONE)
			return IDENTITY_NONE;
		found = (int)i;
	}
	return found;
}

/* Of a cache that somebody claims nothing else is said. */
static void drop_claimed(struct identity *id)
{
	for (size_t i = 1; i < id->nr_knots; i++) {
		const struct knot *k = &id->knots[i];

		if (k->cache >= 0 && (size_t)k->cache < id->nr_had && (k->name || k->told))
			id->had[k->cache] = 0;
	}
}

/*
 * Of the caches of such sizes that nobody claims and that had slabs: the only one, or the only one
 * with as many as the record has of @k. IDENTITY_NONE: none, or that is not enough.
 */
static int cache_by_slabs(struct identity *id, const struct knot *k)
{
	uint64_t mine = 0;
	int some = IDENTITY_NONE, same = IDENTITY_NONE;
	unsigned int nr_some = 0, nr_same = 0;

	for (size_t i = 1; i < id->nr_slabs; i++)
		if (&id->knots[first_of(id, (uint32_t)i)] == k)
			mine += id->slabs[i];
	for (size_t i = 0; i < id->nr_had; i++) {
		const struct slab_cache *c = &id->room->caches[i];

		if (c->size != k->alloc || (c->object_size && c->object_size != k->req) ||
		    !id->had[i] || mine > id->had[i])
			continue;
		some = (int)i;
		nr_some++;
		if (mine == id->had[i]) {
			same = (int)i;
			nr_same++;
		}
	}
	return nr_some == 1 ? some : mine && nr_same == 1 ? same : IDENTITY_NONE;
}

static int settle(struct identity *id, struct knot *k)
{
	struct slab_cache_config c = { .object_size = k->req, .size = k->alloc };
	char name[KM_NAME_LEN];

	if (k->cache >= 0 || !k->alloc)
		return 0;
	if (!k->name)
		k->cache = cache_by_size(id, k->req, k->alloc);
	if (!k->name && k->cache < 0)
		k->cache = cache_by_slabs(id, k);
	if (k->cache >= 0)
		return 0;
	snprintf(name, sizeof(name), "?:%u/%u", k->req, k->alloc);
	c.name = k->name ? strtab_get(id->strings, k->name) : name;
	k->cache = cache_by_name(id, c.name);
	if (k->cache < 0)
		k->cache = slab_cache_init(id->room, &c);
	return k->cache == -KM_ENOMEM ? -KM_ENOMEM : 0;
}

int identity_mark(struct identity *id, const uint64_t *slabs, size_t nr)
{
	uint64_t *had = malloc((nr + 1) * sizeof(*had));
	uint32_t *mine = calloc(id->nr_knots + 1, sizeof(*mine));

	free(id->had);
	free(id->slabs);
	id->had = had;
	id->slabs = mine;
	id->nr_had = id->nr_slabs = 0;
	if (!had || !mine)
		return -KM_ENOMEM;
	for (size_t i = 0; i < nr; i++)
		had[i] = slabs[i];
	for (uint64_t i = 0; i < id->room->nr_pages; i++)
		mine[id->now[i] & KNOT_MASK]++;
	id->nr_had = nr;
	id->nr_slabs = id->nr_knots;
	return 0;
}

int identity_settle(struct identity *id)
{
	int err = 0;

	id->began_as = calloc(id->room->nr_pages + 1, sizeof(*id->began_as));
	for (size_t i = 1; !err && i < id->nr_knots; i++)
		if (first_of(id, (uint32_t)i) == i && id->knots[i].name)
			err = settle(id, &id->knots[i]);
	drop_claimed(id);
	for (size_t i = 1; !err && i < id->nr_knots; i++)
		if (first_of(id, (uint32_t)i) == i)
			err = settle(id, &id->knots[i]);
	for (uint64_t i = 0; id->began_as && i < id->room->nr_pages; i++) {
		uint32_t k = id->now[i] & BORN ? id->old[i] : id->now[i] & KNOT_MASK;
		int cache = k ? id->knots[first_of(id, k)].cache : IDENTITY_NONE;

		if (cache >= 0) /* most are not: their memory is not touched */
			id->began_as[i] = (uint16_t)(cache + 1);
	}
	free(id->now);
	free(id->old);
	id->now = id->old = NULL;
	return id->began_as ? err : -KM_ENOMEM;
}

/* ---- answers ---- */

int identity_of_alloc(struct identity *id, const struct km_event *ev)
{
	if (ev->kind == KM_EV_KMALLOC)
		return of_kmalloc(id, &ev->obj);
	uint32_t k = knot_of_call(id, &ev->obj);

	return k ? id->knots[first_of(id, k)].cache : IDENTITY_NONE;
}

int identity_of_name(struct identity *id, uint32_t name)
{
	if (!name || name >= id->nr_names || !id->of_name[name])
		return IDENTITY_NONE;
	return id->knots[first_of(id, id->of_name[name])].cache;
}

int identity_of_page(const struct identity *id, uint64_t page)
{
	return (int)id->began_as[page - id->room->first_page] - 1;
}

uint64_t identity_pointer(const struct identity *id, uint64_t byte)
{
	return id->map.base + byte;
}

bool identity_reclaims(const struct identity *id, int cache)
{
	for (size_t i = 1; i < id->nr_knots; i++)
		if (id->knots[i].parent == i && id->knots[i].cache == cache &&
		    id->knots[i].reclaims)
			return true;
	return false;
}

bool identity_is_sure(struct identity *id, const struct km_event *ev)
{
	if (ev->kind == KM_EV_KMALLOC)
		return true;
	uint32_t k = knot_of_call(id, &ev->obj);

	if (!k)
		return false;
	const struct knot *v = &id->knots[first_of(id, k)];

	return v->cache >= 0 && (v->name ? v->told > 1 : id->room->caches[v->cache].name[0] != '?');
}

int identity_open(struct identity **out, struct slab_room *room, const struct strtab *strings)
{
	struct identity *id = calloc(1, sizeof(*id));
	size_t pages = room->nr_pages ? room->nr_pages : 1;

	if (!id)
		return -KM_ENOMEM;
	id->room = room;
	id->strings = strings;
	id->nr_of_cache = room->nr_caches + 1;
	id->of_cache = calloc(id->nr_of_cache, sizeof(*id->of_cache));
	id->now = calloc(pages, sizeof(*id->now));
	id->old = calloc(pages, sizeof(*id->old));
	if (!id->of_cache || !id->now || !id->old ||
	    direct_map_init(&id->map, room->nr_cpus, room->page_shift) ||
	    call_keys_open(&id->calls) || new_knot(id, 0, 0) || !id->knots) {
		identity_close(id);
		return -KM_ENOMEM;
	}
	*out = id;
	return 0;
}

void identity_close(struct identity *id)
{
	if (!id)
		return;
	free(id->knots);
	call_keys_close(&id->calls);
	free(id->of_name);
	free(id->of_cache);
	free(id->now);
	free(id->old);
	free(id->began_as);
	direct_map_release(&id->map);
	free(id->had);
	free(id->slabs);
	free(id);
}
