/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Every allocation goes to its site and into the live set; every free takes it out again.
 * 2. A site keeps its live bytes at moments (growth.h).
 * 3. At the end the slope of the least squares line through them is the site's growth.
 */
#include <stdlib.h>

#include "engine/leak/growth.h"
#include "engine/leak/leak.h"

enum { FIRST_SITES = 256 };

struct leak {
	struct leak_config config;
	struct live objects, pages;
	struct leak_totals totals;
	uint64_t now; /* live bytes */
	struct leak_site *sites;
	struct growth *growths; /* beside the sites */
	size_t nr_sites, room;
	uint32_t *slots; /* site + 1; 0: free */
	size_t nr_slots; /* a power of two */
};

/* Pointers up to here are no memory: NULL, and ZERO_SIZE_PTR (16). */
#define NO_MEMORY 16

/* ---- sites ---- */

static uint64_t site_hash(const struct leak_site *s)
{
	uint64_t h = s->call_site | (uint64_t)s->gfp << 32;

	h ^= (uint64_t)s->kind << 8 ^ (uint64_t)s->order << 16 ^ (uint64_t)s->mt << 24;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static bool same_site(const struct leak_site *a, const struct leak_site *b)
{
	return a->kind == b->kind && a->call_site == b->call_site && a->gfp == b->gfp &&
	       a->order == b->order && a->mt == b->mt;
}

static int grow_sites(struct leak *l)
{
	size_t room = l->room ? l->room * 2 : FIRST_SITES;
	struct leak_site *sites = realloc(l->sites, room * sizeof(*sites));

	if (!sites)
		return -KM_ENOMEM;
	l->sites = sites;
	struct growth *growths = realloc(l->growths, room * sizeof(*growths));

	if (!growths)
		return -KM_ENOMEM;
	l->growths = growths;
	uint32_t *slots = calloc(room * 2, sizeof(*slots));

	if (!slots)
		return -KM_ENOMEM;
	free(l->slots);
	l->slots = slots;
	l->nr_slots = room * 2;
	l->room = room;
	for (size_t i = 0; i < l->nr_sites; i++) {
		size_t at = site_hash(&sites[i]) & (l->nr_slots - 1);

		while (slots[at])
			at = (at + 1) & (l->nr_slots - 1);
		slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

/* The number of the site that @key describes, new or known. */
static int64_t site_of(struct leak *l, const struct leak_site *key)
{
	if (l->nr_sites == l->room && grow_sites(l))
		return -KM_ENOMEM;
	size_t at = site_hash(key) & (l->nr_slots - 1);

	while (l->slots[at]) {
		if (same_site(&l->sites[l->slots[at] - 1], key))
			return l->slots[at] - 1;
		at = (at + 1) & (l->nr_slots - 1);
	}
	l->sites[l->nr_sites] = *key;
	l->growths[l->nr_sites] = (struct growth){ 0 };
	l->slots[at] = (uint32_t)++l->nr_sites;
	return (int64_t)l->nr_sites - 1;
}

/* ---- events ---- */

static uint64_t since(const struct leak *l, uint64_t ts_ns)
{
	return ts_ns > l->totals.first_ts_ns ? ts_ns - l->totals.first_ts_ns : 0;
}

static void ended(struct leak *l, const struct live_object *o, uint64_t ts_ns)
{
	struct growth *g = &l->growths[o->row[0]];

	growth_pass(g, since(l, ts_ns));
	g->now -= o->bytes_alloc;
	l->now -= o->bytes_alloc;
}

static int began(struct leak *l, struct live *set, const struct leak_site *key,
		 struct live_object *o)
{
	int64_t site = site_of(l, key);

	if (site < 0)
		return (int)site;
	o->row[0] = (uint32_t)site;
	l->sites[site].allocs++;
	l->totals.allocs++;
	growth_pass(&l->growths[site], since(l, o->ts_ns));
	l->growths[site].now += o->bytes_alloc;
	if (l->growths[site].now > l->sites[site].peak_bytes)
		l->sites[site].peak_bytes = l->growths[site].now;
	l->now += o->bytes_alloc;
	if (l->now > l->totals.peak_bytes) {
		l->totals.peak_bytes = l->now;
		l->totals.peak_ns = o->ts_ns;
	}
	return live_put(set, o);
}

static int object_alloc(struct leak *l, const struct km_event *e)
{
	struct leak_site key = { .kind = LEAK_OBJECT,
				 .call_site = e->stack ? e->stack : e->obj.call_site };
	struct live_object o = {
		.object = true,
		.key = e->obj.ptr,
		.ts_ns = e->ts_ns,
		.bytes_req = e->obj.bytes_req,
		.bytes_alloc = e->obj.bytes_alloc,
	};
	struct live_object old;

	if (e->obj.ptr <= NO_MEMORY)
		return 0;
	if (live_take(&l->objects, o.key, &old)) {
		l->totals.unseen_frees++;
		ended(l, &old, e->ts_ns);
	}
	return began(l, &l->objects, &key, &o);
}

static void object_free(struct leak *l, const struct km_event *e)
{
	struct live_object o;

	if (e->obj.ptr <= NO_MEMORY)
		return;
	l->totals.frees++;
	if (live_take(&l->objects, e->obj.ptr, &o))
		ended(l, &o, e->ts_ns);
	else
		l->totals.unmatched_frees++;
}

/* End what lives in a range; returns whether anything did, or -KM_ENOMEM. */
static int pages_end(struct leak *l, const struct km_event *e)
{
	uint64_t end = e->page.pfn + pages_of(e->page.order);
	struct live_object o;
	int any = 0;

	for (uint64_t at = e->page.pfn; at < end;) {
		int more = live_carve(&l->pages, at, e->page.order, &o);

		if (more == -KM_ENOMEM)
			return more;
		if (more < 0) {
			at++;
			continue;
		}
		ended(l, &o, e->ts_ns);
		at = o.key + pages_of(o.order);
		any = 1;
	}
	return any;
}

static int pages_alloc(struct leak *l, const struct km_event *e)
{
	struct leak_site key = { .kind = LEAK_PAGES, .call_site = e->stack };
	struct live_object o = {
		.key = e->page.pfn,
		.ts_ns = e->ts_ns,
		.bytes_req = l->config.page_size << e->page.order,
		.bytes_alloc = l->config.page_size << e->page.order,
		.order = e->page.order,
	};

	if (!live_is_block(e->page.pfn, e->page.order))
		return 0;
	if (!key.call_site) {
		key.order = e->page.order;
		key.mt = e->page.mt;
		key.gfp = e->page.gfp;
	}
	int any = pages_end(l, e);

	if (any < 0)
		return any;
	l->totals.unseen_frees += (uint64_t)any;
	return began(l, &l->pages, &key, &o);
}

static int pages_free(struct leak *l, const struct km_event *e)
{
	int any = live_is_block(e->page.pfn, e->page.order) ? pages_end(l, e) : 0;

	if (any < 0)
		return any;
	l->totals.frees++;
	l->totals.unmatched_frees += !any;
	return 0;
}

static int feed_one(struct leak *l, const struct km_event *e)
{
	switch (e->kind) {
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return l->config.objects ? object_alloc(l, e) : 0;
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		if (l->config.objects)
			object_free(l, e);
		return 0;
	case KM_EV_PAGE_FREE_BATCHED:
		if (!l->config.batched_are_frees)
			return 0;
		return l->config.pages && e->page.order < KM_MAX_ORDERS ? pages_free(l, e) : 0;
	case KM_EV_PAGE_ALLOC:
		return l->config.pages && e->page.order < KM_MAX_ORDERS ? pages_alloc(l, e) : 0;
	case KM_EV_PAGE_FREE:
		return l->config.pages && e->page.order < KM_MAX_ORDERS ? pages_free(l, e) : 0;
	case KM_EV_LOST:
		l->totals.lost_events += e->num[0];
		return 0;
	default:
		return 0;
	}
}

int leak_feed(struct leak *l, const struct km_event *ev, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!l->totals.nr_events++)
			l->totals.first_ts_ns = ev[i].ts_ns;
		if (ev[i].ts_ns > l->totals.last_ts_ns)
			l->totals.last_ts_ns = ev[i].ts_ns;
		int err = feed_one(l, &ev[i]);

		if (err)
			return err;
	}
	return 0;
}

/* ---- the end ---- */

static void sum_up(struct leak *l, const struct live *set)
{
	size_t at = 0;

	for (const struct live_object *o; (o = live_next(set, &at));) {
		struct leak_site *s = &l->sites[o->row[0]];

		if (l->totals.last_ts_ns - o->ts_ns < l->config.min_age_ns)
			continue;
		if (!s->live || o->ts_ns < s->oldest_ns)
			s->oldest_ns = o->ts_ns;
		if (!s->live || o->ts_ns > s->newest_ns)
			s->newest_ns = o->ts_ns;
		s->live++;
		s->live_bytes += o->bytes_alloc;
		l->totals.live++;
		l->totals.live_bytes += o->bytes_alloc;
	}
}

void leak_finish(struct leak *l)
{
	for (size_t i = 0; i < l->nr_sites; i++) {
		growth_pass(&l->growths[i], since(l, l->totals.last_ts_ns));
		l->sites[i].bytes_per_second = growth_slope(&l->growths[i]);
	}
	sum_up(l, &l->objects);
	sum_up(l, &l->pages);
}

int leak_open(struct leak **out, const struct leak_config *c)
{
	struct leak *l = calloc(1, sizeof(*l));

	if (!l)
		return -KM_ENOMEM;
	KM_BUG_ON(!c->page_size);
	l->config = *c;
	*out = l;
	return 0;
}

void leak_close(struct leak *l)
{
	if (!l)
		return;
	live_release(&l->objects);
	live_release(&l->pages);
	free(l->sites);
	free(l->growths);
	free(l->slots);
	free(l);
}

void leak_totals(const struct leak *l, struct leak_totals *out)
{
	*out = l->totals;
}

size_t leak_nr_sites(const struct leak *l)
{
	return l->nr_sites;
}

const struct leak_site *leak_site(const struct leak *l, size_t i)
{
	return &l->sites[i];
}

/* Each site's live bytes are those of its objects, all of them. */
int leak_check(const struct leak *l, struct km_diag *d)
{
	const struct live *sets[] = { &l->objects, &l->pages };
	uint64_t bytes = 0, said = 0;
	int err = 0;

	for (size_t i = 0; !err && i < 2; i++) {
		size_t at = 0;

		err = live_check(sets[i], d);
		for (const struct live_object *o; (o = live_next(sets[i], &at));)
			bytes += o->bytes_alloc;
	}
	for (size_t i = 0; i < l->nr_sites; i++)
		said += l->growths[i].now;
	if (!err && bytes != said)
		err = km_fail(d, KM_EINVAL, "leak", "the sites' live bytes are not the live set's");
	return err;
}
