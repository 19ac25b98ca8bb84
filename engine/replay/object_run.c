/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/object_run.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/bind.h"
#include "engine/replay/object_run_state.h"
#include "engine/replay/state.h"
#include "engine/slab/slab_ops.h"

/* Kernel: mm/slab.c:REAPTIMEOUT_AC [6.1] */
#define REAP_NS UINT64_C(2000000000)

enum { ZERO_SIZE_PTR = 16, MOST_WAITING = 1 << 20 };

/* ---- pages ---- */

static void count_pages(struct object_run *o)
{
	o->odd.pages = slab_pages(&o->room) + o->block_pages;
	if (o->odd.pages > o->odd.most_pages)
		o->odd.most_pages = o->odd.pages;
}

static void count_recorded(struct object_run *o, int64_t more)
{
	o->odd.recorded_pages += (uint64_t)more;
	if (o->odd.recorded_pages > o->odd.most_recorded_pages)
		o->odd.most_recorded_pages = o->odd.recorded_pages;
}

void object_run_slab_gone(void *ctx, uint64_t page, unsigned int order)
{
	struct replay *r = ctx;

	if (r->bind)
		simulate_give_back(r, r->run->cpu, pfn(page), order);
}

/* Kernel: mm/slab.h:GFP_RECLAIM_MASK, GFP_CONSTRAINT_MASK [6.1]: what of a caller's flags holds */
static uint32_t slab_gfp(const struct object_run *o, int cache, uint32_t gfp, unsigned int order)
{
	uint32_t flags = gfp &
			 (KM_GFP_RECLAIM | KM_GFP_HIGH | KM_GFP_IO | KM_GFP_FS | KM_GFP_NOWARN |
			  KM_GFP_RETRY_MAYFAIL | KM_GFP_NOFAIL | KM_GFP_NORETRY | KM_GFP_MEMALLOC |
			  KM_GFP_NOMEMALLOC | KM_GFP_ATOMIC | KM_GFP_HARDWALL | KM_GFP_THISNODE |
			  KM_GFP_DMA | KM_GFP_DMA32);

	if (object_caches_reclaims(&o->caches, cache))
		flags |= KM_GFP_RECLAIMABLE;
	return flags | (order ? KM_GFP_COMP : 0);
}

static int ask(struct replay *r, const struct waiting *w, uint32_t gfp, unsigned int order,
	       struct pfn *got)
{
	struct km_event ev = w->ev;
	const struct op op = { .kind = OP_ALLOC, .cpu = ev.cpu, .no = w->no, .ev = &ev };

	ev.kind = KM_EV_PAGE_ALLOC;
	ev.page = (struct km_ev_page){ .pfn = KM_NO_PFN, .order = (uint8_t)order, .gfp = gfp };
	ev.page.mt = (uint8_t)pages_migratetype(gfp);
	int err = simulate_pages(r, &op, got);

	if (err || got->nr != KM_NO_PFN)
		return err;
	r->run->odd.pages_failed++;
	return simulate_failed(r, &op);
}

/*
 * The pages of a slab: of the order wanted, tried lightly where a lesser one would do, then of
 * that.
 * Kernel: mm/slub.c:allocate_slab() [6.1]
 */
static int ask_slab(struct replay *r, const struct waiting *w, int cache, struct pfn *got,
		    unsigned int *order)
{
	struct object_run *o = r->run;
	unsigned int least = slab_least_order(&o->room, (unsigned int)cache);

	*order = o->room.caches[cache].order;
	uint32_t gfp = slab_gfp(o, cache, w->ev.obj.gfp, *order), first = gfp;

	if (o->prof.ops->falls_back)
		first = (gfp | KM_GFP_NOWARN | KM_GFP_NORETRY) & ~(uint32_t)KM_GFP_NOFAIL;
	if (*order > least && gfp & KM_GFP_DIRECT_RECLAIM)
		first = (first | KM_GFP_NOMEMALLOC) & ~(uint32_t)KM_GFP_RECLAIM;
	int err = ask(r, w, first, *order, got);

	if (err || got->nr != KM_NO_PFN || !o->prof.ops->falls_back)
		return err;
	*order = least;
	return ask(r, w, slab_gfp(o, cache, w->ev.obj.gfp, least), least, got);
}

/* ---- what came back ---- */

static void give(struct replay *r, const struct bound *b)
{
	struct object_run *o = r->run;

	if (b->order == BOUND_OBJECT && slab_has_object(&o->room, b->at, b->index)) {
		if (!o->prof.ops->by_place)
			o->object_bytes = o->room.caches[o->room.slabs[b->at].cache].size;
		o->prof.ops->free(&o->room, b->at, b->index, o->cpu);
		return;
	}
	/* its page was another's in the end, one that only a number had been known of */
	o->odd.lost_objects += b->order == BOUND_OBJECT;
	if (b->order == BOUND_OBJECT)
		return;
	o->block_pages -= pages_of(b->order);
	simulate_give_back(r, o->cpu, pfn(o->room.first_page + b->at), b->order);
}

/* ---- allocations ---- */

/* More than any cache has: whole pages. Kernel: mm/slab_common.c:__kmalloc_large_node() [6.1] */
static int alloc_block(struct replay *r, const struct waiting *w)
{
	struct object_run *o = r->run;
	unsigned int order = 0;
	struct pfn got;

	while (order < KM_MAX_ORDERS - 1 &&
	       pages_of(order) << o->room.page_shift < w->ev.obj.bytes_req)
		order++;
	int err = ask(r, w, w->ev.obj.gfp | KM_GFP_COMP, order, &got);

	if (err || got.nr == KM_NO_PFN)
		return err;
	o->block_pages += pages_of(order);
	return bound_set(&o->bound, (struct bound){ .ptr = w->ev.obj.ptr,
						    .at = (uint32_t)(got.nr - o->room.first_page),
						    .order = (uint16_t)order });
}

static int alloc_object(struct replay *r, const struct waiting *w, int cache, struct bound *b)
{
	struct object_run *o = r->run;
	struct slab_choice c = o->prof.ops->choose(&o->room, (unsigned int)cache, o->cpu);
	uint32_t fresh = SLAB_NONE;
	unsigned int order;
	struct pfn page;

	*b = (struct bound){ .order = BOUND_OBJECT };
	if (c.from == SLAB_FROM_NEW) {
		int err = ask_slab(r, w, cache, &page, &order);

		if (err || page.nr == KM_NO_PFN)
			return err;
		err = slab_make_of_order(&o->room, (unsigned int)cache, page.nr, order, &fresh);
		if (err)
			return err;
		o->prof.ops->begin(&o->room, fresh, c.start);
	}
	o->object_bytes = o->room.caches[cache].size;
	c = o->prof.ops->alloc(&o->room, (unsigned int)cache, o->cpu, fresh);
	b->at = c.slab;
	b->index = (uint16_t)c.index;
	return o->room.host_error;
}

/* ---- slabs from before the free run ---- */

/*
 * The slab that a recorded object lies in, if it is one from before, where the record's slabs are
 * the model's; it is known from now on. SLAB_NONE: it is not.
 */
static int adopt(struct replay *r, int cache, uint64_t page, uint32_t *id)
{
	struct object_run *o = r->run;
	const struct slab_cache *k = &o->room.caches[cache];
	uint64_t head = pfn_align_down(pfn(page), k->order).nr, n = pages_of(k->order);
	uint8_t *was = &o->page[head - o->room.first_page];

	*id = SLAB_NONE;
	if (head < o->room.first_page || head + n > o->room.first_page + o->room.nr_pages)
		return 0;
	uint64_t at = bind_of(r->bind, pfn(head)).nr;

	for (uint64_t i = 0; i < n; i++) {
		enum place now = place_of(&r->m, pfn(at + i), NULL);

		if (was[i] || bind_of(r->bind, pfn(head + i)).nr != at + i ||
		    slab_at(&o->room, at + i) || (now != PLACE_ALLOC && now != PLACE_UNKNOWN))
			return 0;
	}
	int err = slab_adopt(&o->room, (unsigned int)cache, at, id);

	if (err)
		return err == -KM_EINVAL ? 0 : err;
	memset(was, PAGE_ADOPTED, n);
	count_recorded(o, (int64_t)n);
	return 0;
}

static unsigned int byte_of(const struct object_run *o, uint64_t ptr)
{
	return (unsigned int)(ptr & ((UINT64_C(1) << o->room.page_shift) - 1));
}

/* What is in use in a slab just taken over: the record's pointers mean the objects there. */
static int bind_all(struct object_run *o, uint32_t id, uint64_t to_record)
{
	const struct slab *b = &o->room.slabs[id];
	int err = 0;

	for (unsigned int i = 0; !err && i < b->objects; i++) {
		struct bound to = { .ptr = slab_object_offset(&o->room, id, i) + to_record,
				    .at = id,
				    .index = (uint16_t)i,
				    .order = BOUND_OBJECT };

		if (slab_is_used(&o->room, id, i) && !bound_find(&o->bound, to.ptr))
			err = bound_set(&o->bound, to);
	}
	return err;
}

/*
 * An object in a slab from before that nobody has looked at yet is where the record has it; nothing
 * is known to be free there. Return: 1 where that is so, 0, -KM_ENOMEM.
 */
static int find_object(struct replay *r, const struct waiting *w, int cache)
{
	struct object_run *o = r->run;
	uint64_t ptr = w->ev.obj.ptr, page = slab_marks_page(&o->marks, ptr), at;
	uint32_t id;

	if (!o->same || page == KM_NO_PFN || cache < 0 || o->page[page - o->room.first_page])
		return 0;
	int err = adopt(r, cache, page, &id);

	if (err || !id)
		return err;
	at = bind_of(r->bind, pfn(page)).nr;
	slab_place(&o->room, id, at, byte_of(o, ptr));
	err = bind_all(o, id, o->marks.map.base + ((page - at) << o->room.page_shift));
	return err ? err : bound_find(&o->bound, ptr) != NULL;
}

static int allocated(struct replay *r, const struct waiting *w)
{
	struct object_run *o = r->run;
	struct bound b = { 0 };
	int cache;

	o->odd.allocs++;
	if (!w->ev.obj.ptr) {
		o->odd.failed_allocs++;
		return 0;
	}
	if (bound_take(&o->bound, w->ev.obj.ptr, &b)) {
		o->odd.reallocs++;
		give(r, &b);
	}
	int err = object_caches_of_alloc(&o->caches, &w->ev, &cache);

	if (err) {
		o->odd.unserved += err == -KM_EINVAL;
		return err == -KM_EINVAL ? 0 : err;
	}
	if (cache == IDENTITY_PAGES)
		return alloc_block(r, w);
	err = find_object(r, w, cache);
	if (err)
		return err < 0 ? err : 0;
	err = alloc_object(r, w, cache, &b);
	if (err || !b.at)
		return err;
	b.ptr = w->ev.obj.ptr;
	return bound_set(&o->bound, b);
}

/* ---- frees ---- */

/* The cache that a free tells of; IDENTITY_NONE: it does not. */
static int cache_of_free(struct object_run *o, const struct km_event *ev, uint64_t page)
{
	if (ev->kind == KM_EV_CACHE_FREE)
		return object_caches_of_name(&o->caches, ev->obj.cache);
	return o->same ? identity_of_page(o->caches.identity, page) : IDENTITY_NONE;
}

/* Of an object that nobody saw being taken: it is taken now, and comes back. */
static int free_unseen(struct replay *r, const struct waiting *w, int cache)
{
	struct bound b;

	r->run->odd.double_frees++;
	if (cache < 0)
		return 0;
	int err = alloc_object(r, w, cache, &b);

	if (!err && b.at)
		give(r, &b);
	return err;
}

static int freed(struct replay *r, const struct waiting *w)
{
	struct object_run *o = r->run;
	uint64_t page = slab_marks_page(&o->marks, w->ev.obj.ptr);
	struct bound b;

	o->odd.frees++;
	if (w->ev.obj.ptr <= ZERO_SIZE_PTR) {
		o->odd.null_frees++;
		return 0;
	}
	if (page == KM_NO_PFN && !bound_find(&o->bound, w->ev.obj.ptr)) {
		o->odd.outside++;
		return 0;
	}
	int cache = page == KM_NO_PFN ? IDENTITY_NONE : cache_of_free(o, &w->ev, page);

	if (!bound_find(&o->bound, w->ev.obj.ptr)) {
		int err = find_object(r, w, cache);

		if (err < 0)
			return err;
	}
	if (bound_take(&o->bound, w->ev.obj.ptr, &b)) {
		give(r, &b);
		return o->room.host_error;
	}
	if (o->page[page - o->room.first_page])
		return free_unseen(r, w, cache);
	o->odd.unknown_frees++;
	return 0;
}

/* ---- events ---- */

static void reap(struct object_run *o, uint64_t ts_ns)
{
	if (!o->prof.ops->reap)
		return;
	if (!o->next_reap)
		o->next_reap = ts_ns + REAP_NS;
	for (; o->next_reap <= ts_ns; o->next_reap += REAP_NS)
		for (o->cpu = 0; o->cpu < o->room.nr_cpus; o->cpu++)
			o->prof.ops->reap(&o->room, o->cpu);
}

static int serve(struct replay *r, const struct waiting *w)
{
	struct object_run *o = r->run;
	int err = 0;

	o->room.now = w->no;
	reap(o, w->ev.ts_ns);
	o->cpu = w->ev.cpu;
	if (r->cost.c)
		cost_feed_run_before(r, &w->ev);
	if (w->ev.kind == KM_EV_KMALLOC || w->ev.kind == KM_EV_CACHE_ALLOC)
		err = allocated(r, w);
	else
		err = freed(r, w);
	if (r->cost.c && !err)
		cost_feed_run(r, &w->ev, w->no);
	count_pages(o);
	return err;
}

static int serve_first(struct replay *r)
{
	struct object_run *o = r->run;
	const struct waiting w = o->wait[o->first];

	o->first = (o->first + 1) % o->room_waiting;
	o->nr--;
	return r->bind ? serve(r, &w) : 0;
}

static int widen(struct object_run *o)
{
	size_t room = o->room_waiting ? 2 * o->room_waiting : 1024;
	struct waiting *v = malloc(room * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	for (size_t i = 0; i < o->nr; i++)
		v[i] = o->wait[(o->first + i) % o->room_waiting];
	free(o->wait);
	o->wait = v;
	o->room_waiting = room;
	o->first = 0;
	return 0;
}

int object_run_push(struct replay *r, const struct km_event *ev, uint64_t no)
{
	struct object_run *o = r->run;
	bool object = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC ||
		      ev->kind == KM_EV_KFREE || ev->kind == KM_EV_CACHE_FREE;
	int err = 0;

	if (ev->cpu >= o->room.nr_cpus)
		o->odd.no_cpu += object;
	if (!object || ev->cpu >= o->room.nr_cpus)
		return 0;
	if (o->nr == MOST_WAITING)
		err = serve_first(r);
	if (!err && o->nr == o->room_waiting)
		err = widen(o);
	if (err)
		return err;
	o->wait[(o->first + o->nr++) % o->room_waiting] = (struct waiting){ *ev, no };
	return 0;
}

int object_run_until(struct replay *r, uint64_t no)
{
	struct object_run *o = r->run;
	int err = 0;

	while (!err && o->nr && o->wait[o->first].no < no)
		err = serve_first(r);
	return err;
}

/* ---- the record's own slabs ---- */

static void set_pages(struct object_run *o, const struct km_ev_page *p, uint8_t to)
{
	int64_t more = 0;

	for (uint64_t i = 0; i < pages_of(p->order); i++) {
		uint64_t at = p->pfn + i - o->room.first_page;

		if (at >= o->room.nr_pages)
			continue;
		more += (to != 0) - (o->page[at] != 0);
		o->page[at] = to;
	}
	count_recorded(o, more);
}

bool object_run_owns(struct replay *r, const struct op *op)
{
	struct object_run *o = r->run;
	const struct km_ev_page *p = &op->ev->page;
	uint64_t at = p->pfn - o->room.first_page;

	if (!r->bind || at >= o->room.nr_pages)
		return false;
	if (op->kind == OP_ALLOC) {
		bool mine = slab_marks_has(&o->marks, op->no);

		set_pages(o, p, mine ? PAGE_SLAB : 0);
		return mine;
	}
	bool mine = o->page[at];

	set_pages(o, p, 0);
	return mine;
}
