/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. An allocation asks the door that its event names, and notes the pages handed out. 2. A free
 * gives them back the way that door's users do. 3. A fragment only holds its block; the block goes
 * when it has left its CPU's cache and nobody holds it.
 */
#include "engine/replay/doors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/contig_asked.h"
#include "engine/replay/state.h"

/* Pages of one request; __alloc_pages_bulk() is asked for no more at once than vmalloc asks. */
enum { MOST_PAGES = 1 << 20, CHUNK = 128 };

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory for the names of live objects");
}

static int not_ours(const struct op *op, const char *what, struct km_diag *d)
{
	return km_fail(d, KM_EFORMAT, "", "event %" PRIu64 " %s: not made by kmemlab gen", op->no,
		       what);
}

/* KM_NR_DOORS: none is called so. */
static unsigned int door_of(struct replay *r, uint32_t site)
{
	unsigned int door = r->doors.last;

	if (r->doors.site[door] == site + 1)
		return door;
	door = 0;
	while (door < KM_NR_DOORS && r->doors.site[door] != site + 1)
		door++;
	if (door < KM_NR_DOORS)
		r->doors.last = door;
	if (door < KM_NR_DOORS || site >= strtab_count(r->strings))
		return door;
	for (door = 0; door < KM_NR_DOORS; door++)
		if (!strcmp(strtab_get(r->strings, site), km_door_name(door))) {
			r->doors.site[door] = site + 1;
			break;
		}
	return door;
}

static void hand_out(struct replay *r, struct pfn head, uint64_t pages, uint32_t gfp)
{
	for (uint64_t i = 0; i < pages; i++)
		place_handed_out(&r->m, pfn_plus(head, i), 0, pages_migratetype(gfp));
}

static void take_back(struct replay *r, struct pfn head, unsigned int order)
{
	enum place was;

	KM_BUG_ON(!place_release(&r->m, head, order, &was));
}

static void free_page(struct replay *r, const struct op *op, struct pfn p)
{
	take_back(r, p, 0);
	KM_BUG_ON(pages_free(&r->m.pages, op->cpu, p, 0, 0));
}

/* ---- fragments ---- */

static int make_room(struct replay *r)
{
	struct doors *t = &r->doors;

	if (!t->cache)
		t->cache = calloc(r->m.pages.nr_cpus, sizeof(*t->cache));
	if (!t->cache)
		return -KM_ENOMEM;
	if (t->nr_blocks < t->room_blocks)
		return 0;
	size_t room = t->room_blocks ? t->room_blocks * 2 : 64;
	struct door_block *block = realloc(t->block, room * sizeof(*block));

	t->block = block ? block : t->block;
	uint32_t *unused = block ? realloc(t->unused, room * sizeof(*unused)) : NULL;

	t->unused = unused ? unused : t->unused;
	t->room_blocks = unused ? room : t->room_blocks;
	return unused ? 0 : -KM_ENOMEM;
}

static bool frag_alloc(struct replay *r, const struct op *op, struct door_object *o,
		       const struct pages_request *rq)
{
	struct doors *t = &r->doors;
	struct door_cache *c = &t->cache[op->cpu];
	struct pages_frag old;
	uint64_t at;
	int got = pages_frag_alloc(&r->m.pages, &c->frag, rq, o->bytes, &at, &old);

	if (old.head.nr != KM_NO_PFN) {
		t->block[c->block].cached = false;
		t->block[c->block].users = old.users;
		c->has_block = false;
	}
	if (c->frag.has_page && !c->has_block) {
		c->has_block = true;
		c->block = t->nr_unused ? t->unused[--t->nr_unused] : (uint32_t)t->nr_blocks++;
		t->block[c->block] = (struct door_block){
			.head = c->frag.head, .order = c->frag.order, .cached = true, .cpu = op->cpu
		};
		place_handed_out(&r->m, c->frag.head, c->frag.order, pages_migratetype(rq->gfp));
	}
	o->block = c->block;
	return got != PAGES_FRAG_NONE;
}

static void frag_free(struct replay *r, const struct op *op, const struct door_object *o)
{
	struct doors *t = &r->doors;
	struct door_block *b = &t->block[o->block];

	if (b->cached) {
		pages_frag_free(&t->cache[b->cpu].frag);
	} else if (!--b->users) {
		take_back(r, b->head, b->order);
		KM_BUG_ON(pages_free(&r->m.pages, op->cpu, b->head, b->order, 0));
		t->unused[t->nr_unused++] = o->block;
	}
}

/* ---- bulk ---- */

/* Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1]: what bulk does not give is asked for singly. */
static bool bulk_alloc(struct replay *r, struct door_object *o, const struct pages_request *rq)
{
	unsigned int most = r->config.profile->pages.bulk_chunk;
	uint32_t got = 0;

	most = most < CHUNK ? most : CHUNK;
	while (got < o->pages) {
		uint32_t left = o->pages - got;
		unsigned int n = left > 1 && most ? pages_bulk(&r->m.pages, rq, o->page + got,
							       left < most ? left : most) :
						    0;

		if (!n) {
			o->page[got] = pages_alloc(&r->m.pages, rq);
			n = o->page[got].nr != KM_NO_PFN;
		}
		if (!n)
			break;
		for (unsigned int i = 0; i < n; i++)
			hand_out(r, o->page[got + i], 1, rq->gfp);
		got += n;
	}
	if (got == o->pages)
		return true;
	while (got-- > 0) {
		take_back(r, o->page[got], 0);
		KM_BUG_ON(pages_free(&r->m.pages, rq->cpu, o->page[got], 0, 0));
	}
	return false;
}

/* ---- all of them ---- */

static bool serve(struct replay *r, const struct op *op, struct door_object *o, uint32_t gfp)
{
	struct pages *p = &r->m.pages;
	struct pages_request rq = { .gfp = gfp, .order = o->order, .cpu = op->cpu };

	rq.node = (int)node_of_cpu(r, op->cpu);
	switch (o->door) {
	case KM_DOOR_FRAG:
		return frag_alloc(r, op, o, &rq);
	case KM_DOOR_BULK:
		rq.order = 0;
		return bulk_alloc(r, o, &rq);
	case KM_DOOR_EXACT:
		o->head = pages_alloc_exact(p, &rq, o->bytes);
		break;
	default:
		o->head = pages_alloc(p, &rq);
		break;
	}
	if (o->head.nr == KM_NO_PFN)
		return false;
	if (o->door == KM_DOOR_SHARED)
		place_handed_out(&r->m, o->head, o->order, pages_migratetype(gfp));
	else
		hand_out(r, o->head, o->door == KM_DOOR_EXACT ? o->pages : pages_of(o->order), gfp);
	return true;
}

static int failed(struct replay *r, const struct op *op, const struct door_object *o)
{
	struct km_event ev = *op->ev;
	struct op asked = *op;

	ev.page = (struct km_ev_page){ .gfp = op->ev->obj.gfp,
				       .order = o->door == KM_DOOR_BULK ? 0 : o->order,
				       .mt = (uint8_t)pages_migratetype(op->ev->obj.gfp) };
	asked.ev = &ev;
	return simulate_failed(r, &asked);
}

/* The name must be one that was free, or the next. */
static int new_object(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct doors *t = &r->doors;
	uint64_t name = km_door_slot(op->ev->obj.ptr);

	if (name > t->nr_objects || (name < t->nr_objects && t->object[name].lives))
		return not_ours(op, "names a slot out of turn", d);
	if (name == t->room_objects) {
		size_t room = t->room_objects ? t->room_objects * 2 : 256;
		struct door_object *v = realloc(t->object, room * sizeof(*v));

		if (!v)
			return no_memory(d);
		t->object = v;
		t->room_objects = room;
	}
	t->nr_objects += name == t->nr_objects;
	t->object[name] = (struct door_object){ .head = pfn(KM_NO_PFN) };
	return 0;
}

static int alloc(struct replay *r, const struct op *op, unsigned int door, struct km_diag *d)
{
	const struct km_ev_object *a = &op->ev->obj;
	uint64_t pages = (a->bytes_req + (UINT64_C(1) << r->m.page_shift) - 1) >> r->m.page_shift;
	int err = make_room(r) ? no_memory(d) : 0;

	if (!err && (!a->bytes_req || pages > MOST_PAGES))
		err = not_ours(op, "asks for no size that can be", d);
	if (!err && a->gfp & KM_GFP_MOVABLE)
		err = not_ours(op, "asks a door of the kernel's own for movable memory", d);
	if (!err)
		err = new_object(r, op, d);
	if (err)
		return err;
	struct door_object *o = &r->doors.object[km_door_slot(a->ptr)];

	o->door = (uint8_t)door;
	o->bytes = a->bytes_req;
	o->pages = (uint32_t)pages;
	o->order = (uint8_t)pages_order_of(&r->m.pages, a->bytes_req);
	if (door == KM_DOOR_BULK)
		o->page = malloc(pages * sizeof(*o->page));
	if (door == KM_DOOR_BULK && !o->page)
		return no_memory(d);
	r->totals.allocs++;
	if (door == KM_DOOR_CMA) {
		err = contig_asked_alloc(r, op, pages, &o->head, d);
		o->lives = o->head.nr != KM_NO_PFN;
		return err;
	}
	if (km_door_maps(door)) {
		err = doors_map(r, op, o, &o->lives, d);
		return err || o->lives ? err : doors_map_failed(r, op, o);
	}
	if (door > KM_DOOR_MAP_RAM) {
		err = doors_task(r, op, o, &o->lives, d);
		return err || o->lives ? err : doors_task_failed(r, op, o);
	}
	o->lives = serve(r, op, o, a->gfp);
	if (o->lives)
		return 0;
	free(o->page);
	o->page = NULL;
	return failed(r, op, o);
}

static void give_back(struct replay *r, const struct op *op, struct door_object *o)
{
	struct pages *p = &r->m.pages;

	switch (o->door) {
	case KM_DOOR_FRAG:
		frag_free(r, op, o);
		break;
	case KM_DOOR_CMA:
		contig_asked_free(r, op, o->head, o->pages);
		break;
	case KM_DOOR_BULK:
		for (uint32_t i = 0; i < o->pages; i++)
			free_page(r, op, o->page[i]);
		break;
	case KM_DOOR_EXACT:
		for (uint32_t i = 0; i < o->pages; i++)
			take_back(r, pfn_plus(o->head, i), 0);
		KM_BUG_ON(pages_free_exact(p, op->cpu, o->head, o->bytes));
		break;
	case KM_DOOR_VMALLOC:
	case KM_DOOR_VMALLOC_HUGE:
	case KM_DOOR_MODULE:
	case KM_DOOR_VMAP:
	case KM_DOOR_IOREMAP:
	case KM_DOOR_MAP_RAM:
		doors_unmap(r, op, o);
		break;
	case KM_DOOR_STACK:
	case KM_DOOR_KMAP:
	case KM_DOOR_KMAP_LOCAL:
		doors_task_end(r, op, o);
		break;
	case KM_DOOR_SHARED:
		take_back(r, o->head, o->order);
		KM_BUG_ON(pages_free_shared(p, op->cpu, o->head, o->order));
		KM_BUG_ON(pages_free(p, op->cpu, o->head, 0, 0));
		break;
	default:
		for (uint64_t i = 0; i < pages_of(o->order); i++)
			free_page(r, op, pfn_plus(o->head, i));
		break;
	}
}

int doors_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct doors *t = &r->doors;
	const struct km_ev_object *ev = &op->ev->obj;
	unsigned int door = door_of(r, ev->call_site);

	if (door == KM_NR_DOORS)
		return not_ours(op, "names no door to the page allocator", d);
	if (op->ev->kind == KM_EV_KMALLOC)
		return alloc(r, op, door, d);
	uint64_t slot = km_door_slot(ev->ptr);

	if (slot >= t->nr_objects)
		return not_ours(op, "frees what never was", d);
	struct door_object *o = &t->object[slot];

	r->totals.frees++;
	if (o->lives)
		give_back(r, op, o);
	o->lives = false;
	free(o->page);
	o->page = NULL;
	return 0;
}

void doors_release(struct doors *t)
{
	for (size_t i = 0; i < t->nr_objects; i++)
		free(t->object[i].page);
	free(t->object);
	free(t->block);
	free(t->unused);
	free(t->cache);
	doors_tasks_release(t);
	if (t->vmem)
		vmem_release(t->vmem);
	free(t->vmem);
	*t = (struct doors){ 0 };
}
