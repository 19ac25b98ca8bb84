/* SPDX-License-Identifier: GPL-2.0-only */
/* What objects take: those of the record, and a free run's own. */
#include <string.h>

#include "engine/replay/cost_steps.h"
#include "engine/replay/object_run_state.h"

static void touch(struct cost *c, uint32_t bytes)
{
	enum { LINE = 64 };

	cost_add(c, COST_SLAB_TOUCH, bytes < LINE ? bytes : LINE);
}

static bool is_object(const struct km_event *ev)
{
	return ev->kind >= KM_EV_KMALLOC && ev->kind <= KM_EV_CACHE_FREE;
}

void cost_feed_event_before(struct replay *r, const struct km_event *ev)
{
	const struct slab_room *room = r->objects ? objects_room(r->objects) : NULL;
	struct cost_feed *f = &r->cost;

	if (room && is_object(ev) && ev->cpu < f->c->nr_cpus) {
		memcpy(f->slab, room->done, sizeof(f->slab));
		f->walks = cost_walks(r, ev->cpu);
	}
}

/* What it took to serve, or take back, one object; how that was done. */
static enum cost_how add_slab(struct cost *c, const uint64_t n[SLAB_NR_WORK], unsigned int list)
{
	bool lists = n[SLAB_FROM_PARTIAL] || n[SLAB_WORK_TRANSFER] || n[SLAB_WORK_DISCARD];

	cost_add(c, COST_SLAB_RELOAD, n[SLAB_FROM_SLAB]);
	cost_add(c, COST_SLAB_STACK, n[SLAB_FROM_CPU_PARTIAL]);
	cost_add(c, COST_SLAB_NEW, n[SLAB_FROM_NEW]);
	cost_add(c, COST_SLAB_OBJECT, n[SLAB_WORK_OBJECT]);
	cost_add(c, COST_SLAB_SLOW, n[SLAB_WORK_FREE_SLOW]);
	if (lists) {
		cost_take_lock(c, COST_LOCK_LISTS + list % COST_NR_LISTS);
		cost_add(c, COST_LIST_LOCK, 1);
		cost_add(c, COST_SLAB_PARTIAL, n[SLAB_FROM_PARTIAL]);
		cost_add(c, COST_SLAB_TRANSFER, n[SLAB_WORK_TRANSFER]);
		cost_add(c, COST_SLAB_DISCARD, n[SLAB_WORK_DISCARD]);
		cost_unlock(c, COST_LOCK_LISTS + list % COST_NR_LISTS);
	}
	return n[SLAB_FROM_NEW]		? COST_HOW_NEW :
	       n[SLAB_FROM_PARTIAL]	? COST_HOW_SLOW :
	       n[SLAB_FROM_CPU_PARTIAL] ? COST_HOW_FALLBACK :
	       n[SLAB_FROM_SLAB]	? COST_HOW_ZONE :
	       n[SLAB_WORK_DISCARD]	? COST_HOW_NEW :
	       n[SLAB_WORK_FREE_SLOW]	? COST_HOW_ZONE :
	       n[SLAB_WORK_TRANSFER]	? COST_HOW_REFILL :
					  COST_HOW_PCP;
}

/*
 * The link to the next free object lies behind the object, and not because of its alignment.
 * Kernel: mm/slub.c:calculate_sizes() [6.1]: so it does where there is a constructor.
 * Differs: a cache whose alignment leaves room for the link anyway is taken to have none.
 */
static bool is_constructed(const struct slab_cache *k)
{
	enum { LINK = 8 };
	uint32_t align = k->align > LINK ? k->align : LINK;
	uint64_t inside = ((uint64_t)k->object_size + align - 1) / align * align;

	return k->object_size && k->size > inside;
}

static const struct slab_cache *cache_of(const struct replay *r, const struct slab_room *room,
					 const struct km_event *ev)
{
	unsigned int order;
	int cache = objects_cache_of(r->objects, ev, KM_NO_PFN, &order);

	return cache >= 0 ? &room->caches[cache] : NULL;
}

/* The object that the page right before it, by the same task, was asked for. */
static void bracket_slab(struct replay *r, const struct km_event *ev, const struct slab_cache *k,
			 uint64_t took)
{
	const struct bracket_cpu *p = &r->cost.brackets.cpu[ev->cpu];

	const struct bracket_key key = {
		is_constructed(k) ? BRACKET_NEW_CONSTRUCTED : BRACKET_NEW_SLAB,
		k->order,
	};

	if (p->page && p->pid == ev->pid && p->order == k->order)
		cost_bracket(r, &key, p->ts_ns, ev->ts_ns, took, 1);
}

static void object(struct replay *r, const struct slab_room *room, const struct km_event *ev)
{
	struct cost_feed *f = &r->cost;
	bool alloc = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC;
	uint64_t n[SLAB_NR_WORK], all = 0;

	for (unsigned int i = 0; i < SLAB_NR_WORK; i++)
		all |= n[i] = room->done[i] - f->slab[i];
	if (!all)
		return;
	const struct slab_cache *k = n[SLAB_FROM_NEW] ? cache_of(r, room, ev) : NULL;

	cost_begin(f->c, ev->cpu, ev->ts_ns, r->totals.events);
	cost_add(f->c, alloc ? COST_SLAB_ALLOC : COST_SLAB_FREE, 1);
	if (alloc)
		touch(f->c, ev->obj.bytes_alloc);
	if (alloc && ev->obj.gfp & KM_GFP_ZERO)
		cost_add(f->c, COST_ZERO_LINE, ((uint64_t)ev->obj.bytes_alloc + 63) / 64);
	if (k && is_constructed(k))
		cost_add(f->c, COST_SLAB_CONSTRUCT, n[SLAB_WORK_OBJECT]);
	enum cost_how how = add_slab(f->c, n, ev->obj.cache);
	uint64_t took =
		cost_done(r, ev->cpu, alloc ? COST_SLAB_PATH_ALLOC : COST_SLAB_PATH_FREE, how);

	if (alloc && k && n[SLAB_WORK_OBJECT])
		bracket_slab(r, ev, k, took);
}

void cost_feed_event(struct replay *r, const struct km_event *ev)
{
	const struct slab_room *room = r->objects ? objects_room(r->objects) : NULL;
	struct cost_feed *f = &r->cost;

	if (ev->cpu >= f->c->nr_cpus)
		return;
	if (room && is_object(ev))
		object(r, room, ev);
	if (brackets_event(&f->brackets, ev, f->c->ps))
		r->host_error = -KM_ENOMEM;
}

/* ---- a free run's own objects ---- */

void cost_feed_run_before(struct replay *r, const struct km_event *ev)
{
	struct cost_feed *f = &r->cost;

	cost_feed_before(r, ev->cpu);
	memcpy(f->slab, r->run->room.done, sizeof(f->slab));
	f->were_asked = f->asked;
	f->were_given = f->given;
	f->was_direct = f->direct;
}

/* Its pages are part of it: whoever asks for the object waits for them. */
void cost_feed_run(struct replay *r, const struct km_event *ev, uint64_t no)
{
	const struct slab_room *room = &r->run->room;
	struct cost_feed *f = &r->cost;
	bool alloc = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC;
	uint64_t n[SLAB_NR_WORK], objects = 0, asked = f->asked - f->were_asked;

	for (unsigned int i = 0; i < SLAB_NR_WORK; i++)
		objects |= n[i] = room->done[i] - f->slab[i];
	uint64_t given = f->given - f->were_given;

	if (!objects && !asked && !given)
		return;
	cost_begin(f->c, ev->cpu, ev->ts_ns, no);
	if (objects) {
		cost_add(f->c, alloc ? COST_SLAB_ALLOC : COST_SLAB_FREE, 1);
		touch(f->c, r->run->object_bytes);
	}
	if (alloc && ev->obj.gfp & KM_GFP_ZERO)
		cost_add(f->c, COST_ZERO_LINE, ((uint64_t)ev->obj.bytes_req + 63) / 64);
	cost_add(f->c, COST_PAGE_ALLOC, asked);
	cost_add(f->c, COST_PAGE_FREE, given);
	cost_pressure(r);
	cost_lists(r, 0,
		   f->direct - f->was_direct + cost_did(r, WORK_REFILL) + cost_did(r, WORK_DRAIN));
	enum cost_how how = add_slab(f->c, n, ev->obj.cache);

	cost_done(r, ev->cpu, alloc ? COST_SLAB_PATH_ALLOC : COST_SLAB_PATH_FREE,
		  objects ? how : COST_HOW_PAGES);
}
