/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/object_caches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/object_rows.h"
#include "engine/slab/slab_ops.h"

enum { WORD = 8, BITS = 64, MOST_BYTES = (1 << 28) - 1 };

/* Kinds of calls, as keys: a kmalloc by its gfp flags, a kmem_cache_alloc by sizes or by cache. */
enum { KEY_KMALLOC = 1, KEY_SIZES = 8, KEY_CACHE = 9 };

static uint64_t key(unsigned int kind, uint32_t a, uint32_t b)
{
	a = a < MOST_BYTES ? a : MOST_BYTES;
	b = b < MOST_BYTES ? b : MOST_BYTES;
	return (uint64_t)kind << 56 | (uint64_t)a << 28 | b;
}

static uint32_t round_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

/* ---- what can be reclaimed ---- */

static int note_reclaims(struct object_caches *c, int cache)
{
	size_t at = (size_t)cache / BITS;

	if (at >= c->nr_reclaims) {
		uint64_t *v = realloc(c->reclaims, (at + 1) * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		memset(v + c->nr_reclaims, 0, (at + 1 - c->nr_reclaims) * sizeof(*v));
		c->reclaims = v;
		c->nr_reclaims = at + 1;
	}
	c->reclaims[at] |= UINT64_C(1) << cache % BITS;
	return 0;
}

bool object_caches_reclaims(const struct object_caches *c, int cache)
{
	size_t at = (size_t)cache / BITS;

	return at < c->nr_reclaims && c->reclaims[at] >> cache % BITS & 1;
}

/* ---- caches made as they are first asked for ---- */

static int make(struct object_caches *c, uint64_t as, const struct slab_cache_config *k, int *cache)
{
	*cache = slab_cache_init(c->room, k);
	if (*cache < 0)
		return *cache;
	struct bound b = { .ptr = as, .at = (uint32_t)*cache };
	int err = bound_set(&c->of_call, b);

	return err || !k->reclaim ? err : note_reclaims(c, *cache);
}

static bool find(const struct object_caches *c, uint64_t as, int *cache)
{
	const struct bound *b = bound_find(&c->of_call, as);

	if (b)
		*cache = (int)b->at;
	return b != NULL;
}

/* Kernel: mm/slob.c:__do_kmalloc_node() [6.1]: its header, and its alignment by size. */
static int of_kmalloc_by_place(struct object_caches *c, const struct km_ev_object *o, int *cache)
{
	const struct slab_profile *p = c->room->prof;
	uint64_t as = key(KEY_KMALLOC, o->bytes_req, 0);
	struct slab_cache_config k = { .name = "kmalloc",
				       .object_size = o->bytes_req,
				       .size = o->bytes_req + p->header,
				       .align = p->header,
				       .header = p->header };

	if (o->bytes_req >= (1u << c->room->page_shift) - p->header) {
		*cache = IDENTITY_PAGES;
		return 0;
	}
	if (p->natural_align && !(o->bytes_req & (o->bytes_req - 1)) && o->bytes_req > k.align)
		k.align = o->bytes_req;
	return find(c, as, cache) ? 0 : make(c, as, &k, cache);
}

/* Kernel: mm/slab_common.c:kmalloc_type(), create_kmalloc_caches() [6.1] */
static int of_kmalloc(struct object_caches *c, const struct km_ev_object *o, int *cache)
{
	const struct slab_profile *p = c->room->prof;
	uint32_t class = slab_kmalloc_size(p, o->bytes_req), line = p->cache_line;
	bool dma = o->gfp & KM_GFP_DMA, rcl = !dma && o->gfp & KM_GFP_RECLAIMABLE;
	uint64_t as = key(KEY_KMALLOC + (dma ? 1u : 0u) + (rcl ? 2u : 0u), class, 0);
	char name[KM_NAME_LEN];

	*cache = IDENTITY_PAGES;
	if (!class || find(c, as, cache))
		return 0;
	while (line && class <= line / 2)
		line /= 2;
	struct slab_cache_config k = { .name = name,
				       .object_size = class,
				       .size = line ? round_up(class, line) : class,
				       .align = line,
				       .reclaim = rcl };

	if (p->kmalloc_name)
		snprintf(name, sizeof(name), "%s%u%s", p->kmalloc_name, class, dma ? "(DMA)" : "");
	else
		snprintf(name, sizeof(name), "%skmalloc-%s%u%s", dma ? "dma-" : "",
			 rcl ? "rcl-" : "", class >= 1024 ? class / 1024 : class,
			 class >= 1024 ? "k" : "");
	return make(c, as, &k, cache);
}

/*
 * Kernel: mm/slab_common.c:calculate_alignment() [6.1], mm/slub.c:calculate_sizes(),
 * mm/slab.c:__kmem_cache_create(), mm/slob.c:__kmem_cache_create()
 */
static int of_sizes(struct object_caches *c, uint64_t as, struct slab_cache_config *k,
		    uint32_t captured, int *cache)
{
	const struct slab_profile *p = c->room->prof;
	const struct slab_profile *was = c->config.captured;
	uint32_t low = captured & -captured, line = 64;
	uint32_t object = k->object_size ? k->object_size : captured;

	if (!k->align)
		k->align = was && was->ops->by_place ? WORD : low < line ? low : line;
	k->align = k->align < WORD ? WORD : k->align;
	if (k->align & (k->align - 1))
		k->align = WORD;
	k->size = round_up(round_up(object, WORD), k->align);
	/* a word more: SLUB has its link behind what a constructor made, or RCU still reads */
	k->constructed = was && !was->ops->by_place && !was->has_tunables && captured > k->size &&
			 captured == round_up(round_up(object, WORD) + WORD, k->align);
	if (p->ops->by_place)
		k->size = round_up(object, SLOB_UNIT);
	else if (k->constructed && !p->has_tunables)
		k->size = captured;
	return make(c, as, k, cache);
}

static int of_cache(struct object_caches *c, const struct km_event *ev, int from, int *cache)
{
	const struct km_snapshot *seed = c->config.seed;
	const struct slab_cache *was = &c->named.caches[from];
	uint64_t as = key(KEY_CACHE, (uint32_t)from, 0);
	struct slab_cache_config k = { .name = was->name, .object_size = was->object_size };

	if (find(c, as, cache))
		return 0;
	if (!k.object_size)
		k.object_size = ev->obj.bytes_req;
	if ((size_t)from < seed->nr_caches && seed->caches[from].has_attrs) {
		k.align = seed->caches[from].align;
		k.reclaim = seed->caches[from].reclaim;
	}
	k.reclaim |= identity_reclaims(c->identity, from);
	return of_sizes(c, as, &k, was->size, cache);
}

static int of_call(struct object_caches *c, const struct km_event *ev, int *cache)
{
	const struct km_ev_object *o = &ev->obj;
	uint64_t as = key(KEY_SIZES, o->bytes_req, o->bytes_alloc);
	char name[KM_NAME_LEN];
	struct slab_cache_config k = { .name = name, .object_size = o->bytes_req };

	if (find(c, as, cache))
		return 0;
	snprintf(name, sizeof(name), "?:%u/%u", o->bytes_req, o->bytes_alloc);
	return of_sizes(c, as, &k, o->bytes_alloc, cache);
}

int object_caches_of_alloc(struct object_caches *c, const struct km_event *ev, int *cache)
{
	if (c->config.own) {
		*cache = identity_of_alloc(c->identity, ev);
		return *cache == IDENTITY_NONE ? -KM_EINVAL : 0;
	}
	if (ev->kind == KM_EV_KMALLOC)
		return c->room->prof->ops->by_place ? of_kmalloc_by_place(c, &ev->obj, cache) :
						      of_kmalloc(c, &ev->obj, cache);
	int from = c->identity ? identity_of_alloc(c->identity, ev) : IDENTITY_NONE;

	return from >= 0 ? of_cache(c, ev, from, cache) : of_call(c, ev, cache);
}

int object_caches_of_name(struct object_caches *c, uint32_t name)
{
	int from = c->identity ? identity_of_name(c->identity, name) : IDENTITY_NONE, cache;

	if (from < 0 || c->config.own)
		return from;
	return find(c, key(KEY_CACHE, (uint32_t)from, 0), &cache) ? cache : IDENTITY_NONE;
}

/* ---- open, learn, close ---- */

static int open_identity(struct object_caches *c)
{
	const struct object_caches_config *k = &c->config;
	struct slab_room *of = k->own ? c->room : &c->named;
	int err = 0;

	if (!k->captured || k->captured->ops->by_place)
		return 0;
	if (!k->own)
		err = slab_init(&c->named, k->captured, c->room->first_page, c->room->nr_pages,
				c->room->nr_cpus, c->room->page_shift);
	if (!err)
		err = object_rows_caches(of, k->seed, k->relaid);
	return err ? err : identity_open(&c->identity, of, k->strings);
}

int object_caches_open(struct object_caches *c, struct slab_room *room,
		       const struct object_caches_config *config)
{
	*c = (struct object_caches){ .room = room, .config = *config };
	int err = bound_init(&c->of_call);

	if (!err)
		err = open_identity(c);
	for (size_t i = 0; !err && config->own && i < config->seed->nr_caches; i++)
		if (config->seed->caches[i].reclaim)
			err = note_reclaims(c, (int)i);
	return err;
}

void object_caches_close(struct object_caches *c)
{
	identity_close(c->identity);
	if (c->named.prof)
		slab_release(&c->named);
	bound_release(&c->of_call);
	free(c->reclaims);
	*c = (struct object_caches){ 0 };
}

int object_caches_learn(struct object_caches *c, const struct km_event *ev)
{
	return c->identity ? identity_learn(c->identity, ev) : 0;
}

int object_caches_settle(struct object_caches *c)
{
	int err = c->identity ? identity_settle(c->identity) : 0;

	for (size_t i = 0; !err && c->config.own && i < c->room->nr_caches; i++)
		if (identity_reclaims(c->identity, (int)i))
			err = note_reclaims(c, (int)i);
	return err;
}
