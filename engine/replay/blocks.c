/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/blocks.h"

#include <stdlib.h>

#include "engine/replay/direct_map.h"
#include "engine/replay/object_score.h"
#include "engine/replay/pending.h"
#include "engine/replay/sizes_seen.h"
#include "engine/replay/unseen.h"
#include "engine/slab/slab_ops.h"

/* What call_rcu() is taken to wait, where nothing shows it. */
#define GRACE_NS UINT64_C(10000000)

enum { ZERO_SIZE_PTR = 16, CACHE_PAGES = -2, CACHE_NONE = -1 };

/* An object on its way back. */
struct delayed {
	uint64_t ts_ns, page;
	uint32_t size;
	uint16_t at;
};

struct blocks {
	struct slab_room room;
	struct direct_map map;
	struct sizes_seen sizes;
	struct pending_blocks pending;
	struct object_score score;
	struct replay_objects odd;
	struct delayed *late; /* a ring */
	size_t late_room, first_late, nr_late;
	uint64_t with_header, without; /* kmallocs of the survey */
	unsigned int nr_cpus;
	bool scored, from_boot, off;
};

/* Where an object's block lies; page KM_NO_PFN: in none that is mapped directly. */
struct place {
	uint64_t page;
	unsigned int at, byte; /* unit; byte of the page */
};

static struct place place_of(const struct blocks *b, uint64_t ptr)
{
	uint64_t page = (ptr - b->map.base) >> b->room.page_shift;
	unsigned int byte = (unsigned int)(ptr & ((UINT64_C(1) << b->room.page_shift) - 1));

	if (!b->map.sure || ptr < b->map.base || page - b->room.first_page >= b->room.nr_pages)
		page = KM_NO_PFN;
	return (struct place){ page, byte / SLOB_UNIT, byte };
}

/* ---- objects on their way back ---- */

static int give(struct blocks *b, uint64_t page, unsigned int at, uint32_t size)
{
	uint32_t id = slob_at(&b->room.slob, page);
	int err = id ? 0 : slob_find(&b->room.slob, page, &id);

	if (!err)
		err = slob_free(&b->room.slob, id, at, size);
	b->odd.double_frees += err == -KM_EINVAL;
	return err == -KM_ENOMEM ? err : 0;
}

static int oldest_arrives(struct blocks *b)
{
	struct delayed *x = &b->late[b->first_late];

	b->first_late = (b->first_late + 1) % b->late_room;
	b->nr_late--;
	return give(b, x->page, x->at, x->size);
}

static int delay(struct blocks *b, struct delayed x)
{
	if (b->nr_late == b->late_room) {
		size_t room = b->late_room ? 2 * b->late_room : 256;
		struct delayed *v = malloc(room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		for (size_t i = 0; i < b->nr_late; i++)
			v[i] = b->late[(b->first_late + i) % b->late_room];
		free(b->late);
		b->late = v;
		b->late_room = room;
		b->first_late = 0;
	}
	b->late[(b->first_late + b->nr_late++) % b->late_room] = x;
	return 0;
}

static int grace_ends(struct blocks *b, uint64_t ts_ns)
{
	int err = 0;

	while (!err && b->nr_late && b->late[b->first_late].ts_ns + GRACE_NS <= ts_ns)
		err = oldest_arrives(b);
	return err;
}

/* Something on @page was handed out: what waited to come back to it has come, and all before. */
static int arrived(struct blocks *b, uint64_t page)
{
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < b->nr_late; i++)
		if (b->late[(b->first_late + i) % b->late_room].page == page)
			n = i + 1;
	while (!err && n--)
		err = oldest_arrives(b);
	return err;
}

/* ---- allocations ---- */

static bool is_power_of_2(uint32_t n)
{
	return n && !(n & (n - 1));
}

/*
 * What an allocation asks for. Return: false where pages serve it.
 * Kernel: mm/slob.c:__do_kmalloc_node(), slob_alloc_node() [6.1]; __kmalloc_node() [2.6.34]
 */
static bool request(const struct blocks *b, const struct km_event *ev, struct slob_request *rq)
{
	uint32_t page = 1u << b->room.page_shift, header = b->room.prof->header;
	const struct km_ev_object *o = &ev->obj;

	if (ev->kind == KM_EV_KMALLOC) {
		*rq = (struct slob_request){ o->bytes_req + header, header, header };
		if (b->room.prof->natural_align && is_power_of_2(o->bytes_req) &&
		    o->bytes_req > header)
			rq->align = o->bytes_req;
		return o->bytes_req < page - header;
	}
	const struct size_seen *k = sizes_of(&b->sizes, o->bytes_req, o->bytes_alloc);

	*rq = (struct slob_request){ o->bytes_alloc, k ? sizes_align(k) : header, 0 };
	return o->bytes_alloc && o->bytes_alloc < page;
}

static unsigned int order_of(const struct blocks *b, uint32_t bytes)
{
	unsigned int order = 0;

	while (pages_of(order) << b->room.page_shift < bytes)
		order++;
	return order;
}

/*
 * The bytes got, foretold from those asked for; from the cache, where only one has such objects.
 * Kernel: mm/slob.c:__kmem_cache_create() [6.1]: whole units, and room for RCU's list
 */
static bool bytes_foretold(const struct blocks *b, const struct km_event *ev, bool whole_pages)
{
	const struct km_ev_object *o = &ev->obj;
	uint32_t round = (o->bytes_req + SLOB_UNIT - 1) / SLOB_UNIT * SLOB_UNIT;

	if (ev->kind == KM_EV_KMALLOC)
		return o->bytes_alloc ==
		       (whole_pages ? pages_of(order_of(b, o->bytes_req)) << b->room.page_shift :
				      o->bytes_req + b->room.prof->header);
	const struct size_seen *k = sizes_of(&b->sizes, o->bytes_req, o->bytes_alloc);

	if (k && k->name && !k->many)
		return sizes_of_name(&b->sizes, k->name) == o->bytes_alloc;
	/* the first cache of all has no object size; RCU's footer is aligned to a word */
	return !o->bytes_req || o->bytes_alloc == round ||
	       (o->bytes_alloc >= o->bytes_req + b->room.prof->rcu_footer &&
		o->bytes_alloc < o->bytes_req + b->room.prof->rcu_footer + 8);
}

static void from_pages(struct blocks *b, const struct km_event *ev, struct object_verdict *v)
{
	struct place at = place_of(b, ev->obj.ptr);
	uint32_t bytes = ev->kind == KM_EV_KMALLOC ? ev->obj.bytes_req : ev->obj.bytes_alloc;
	struct pending *p = pending_find(&b->pending, ev, (int)order_of(b, bytes), 0);

	v->cache = CACHE_PAGES;
	v->slab = v->ptr = v->known = p && p->pfn == at.page && !at.byte;
	v->page_no = v->ptr ? p->no : 0;
	v->cause = OBJECT_UNKNOWN;
	if (p)
		p->open = false;
}

/* A new page, the one that its task has just been given. */
static int from_new(struct blocks *b, const struct slob_request *rq, struct pending *p,
		    unsigned int at)
{
	uint32_t id;
	int err = slob_make(&b->room.slob, p->pfn, rq, &id);

	p->open = false;
	return err ? err : slob_take(&b->room.slob, id, at, rq);
}

/* The record says @at. */
static int put_right(struct blocks *b, const struct slob_request *rq, const struct place *at,
		     struct pending *p, enum object_cause *cause)
{
	uint32_t id = slob_at(&b->room.slob, at->page);
	int err = 0;

	if (p) {
		*cause = OBJECT_ORDERING;
		err = slob_lose(&b->room.slob, rq);
		return err ? err : from_new(b, rq, p, at->at);
	}
	if (!id) {
		/* in boot pages are filled from their beginning */
		*cause = OBJECT_FIRST_TOUCH;
		err = b->from_boot ? slob_make(&b->room.slob, at->page, rq, &id) :
				     slob_find(&b->room.slob, at->page, &id);
		if (!err && b->from_boot && at->at)
			err = slob_fill(&b->room.slob, id, at->at);
		return err ? err : slob_take(&b->room.slob, id, at->at, rq);
	}
	*cause = OBJECT_UNKNOWN;
	if (!slob_is_free(&b->room.slob, id, at->at, rq->size)) {
		*cause = OBJECT_UNTRACED;
		b->odd.reallocs++;
		err = arrived(b, at->page);
		id = slob_at(&b->room.slob, at->page);
		if (!err && !id)
			err = slob_find(&b->room.slob, at->page, &id);
	}
	return err ? err : slob_take(&b->room.slob, id, at->at, rq);
}

static int from_list(struct blocks *b, const struct km_event *ev, const struct slob_request *rq,
		     struct object_verdict *v)
{
	struct place at = place_of(b, ev->obj.ptr - rq->offset);
	unsigned int want;
	uint32_t id = slob_choose(&b->room.slob, rq, &want);
	struct pending *mine = pending_find(&b->pending, ev, 0, 0);
	struct pending *p = pending_find(&b->pending, ev, -1, at.page);
	int err;

	p = p && !p->order ? p : NULL;
	v->known = p || slob_at(&b->room.slob, at.page);
	v->slab = id ? slob_at(&b->room.slob, at.page) == id : p && p == mine;
	v->ptr = v->slab && want == at.at && !(at.byte % SLOB_UNIT);
	v->page_no = v->slab && !id ? p->no : 0;
	if (v->ptr)
		err = id ? slob_take(&b->room.slob, id, at.at, rq) : from_new(b, rq, p, at.at);
	else
		err = put_right(b, rq, &at, p, &v->cause);
	return err == -KM_EINVAL ? 0 : err;
}

static int allocated(struct blocks *b, const struct km_event *ev)
{
	struct object_verdict v = { .cache = CACHE_NONE, .cause = OBJECT_UNKNOWN };
	struct slob_request rq;
	int err = 0;

	b->odd.allocs++;
	if (!ev->obj.ptr) {
		b->odd.failed_allocs++;
		return 0;
	}
	const struct size_seen *k =
		ev->kind == KM_EV_CACHE_ALLOC ?
			sizes_of(&b->sizes, ev->obj.bytes_req, ev->obj.bytes_alloc) :
			NULL;
	bool listed = request(b, ev, &rq);

	v.named = ev->kind == KM_EV_KMALLOC || (k && k->name && !k->many && k->told > 1);
	v.bytes = bytes_foretold(b, ev, !listed);
	if (place_of(b, ev->obj.ptr).page == KM_NO_PFN)
		b->odd.outside++;
	else if (listed)
		err = from_list(b, ev, &rq, &v);
	else
		from_pages(b, ev, &v);
	return err || !b->scored ? err : object_score_count(&b->score, &v);
}

/* ---- frees ---- */

/* Bytes of the freed object: what was seen handed out there, or what its cache's objects take. */
static uint32_t size_of(const struct blocks *b, const struct km_event *ev, const struct place *at)
{
	uint32_t id = slob_at(&b->room.slob, at->page);
	uint32_t bytes = id ? slob_size(&b->room.slob, id, at->at) : 0;

	if (!bytes && ev->kind == KM_EV_CACHE_FREE)
		bytes = sizes_of_name(&b->sizes, ev->obj.cache);
	return bytes;
}

static int freed(struct blocks *b, const struct km_event *ev)
{
	bool header = ev->kind == KM_EV_KFREE;
	struct place at = place_of(b, ev->obj.ptr - (header ? b->room.prof->header : 0));

	b->odd.frees++;
	if (ev->obj.ptr <= ZERO_SIZE_PTR) {
		b->odd.null_frees++;
		return 0;
	}
	if (at.page == KM_NO_PFN) {
		b->odd.outside++;
		return 0;
	}
	uint32_t bytes = size_of(b, ev, &at), page = 1u << b->room.page_shift;

	/* whole pages come back by themselves */
	if (bytes >= page || (header && !(ev->obj.ptr & (page - 1))))
		return 0;
	if (!bytes) {
		b->odd.unknown_frees++;
		return 0;
	}
	if (header || !sizes_delayed(&b->sizes, ev->obj.cache))
		return give(b, at.page, at.at, bytes);
	return delay(b, (struct delayed){ ev->ts_ns, at.page, bytes, (uint16_t)at.at });
}

/* ---- events ---- */

int blocks_learn(struct blocks *b, const struct km_event *ev)
{
	const struct km_ev_object *o = &ev->obj;

	if (ev->cpu >= b->nr_cpus)
		return 0;
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		if (ev->page.pfn != KM_NO_PFN)
			direct_map_block(&b->map, ev);
		return 0;
	case KM_EV_KMALLOC:
		if (o->ptr && o->bytes_req < (1u << b->room.page_shift) - b->room.prof->header) {
			bool header = o->bytes_alloc == o->bytes_req + b->room.prof->header;

			b->with_header += header;
			b->without += !header;
		}
		if (o->ptr)
			direct_map_object(&b->map, ev);
		return 0;
	case KM_EV_CACHE_ALLOC:
		if (!o->ptr)
			return 0;
		direct_map_object(&b->map, ev);
		return sizes_alloc(&b->sizes, ev);
	case KM_EV_CACHE_FREE:
		return sizes_free(&b->sizes, ev);
	default:
		return 0;
	}
}

int blocks_start(struct blocks *b, bool from_boot)
{
	b->from_boot = from_boot;
	b->off = b->with_header <= b->without;
	return object_score_open(&b->score, 0);
}

/* Its pages are nobody's, or somebody else's. */
static void forget(struct blocks *b, const struct km_event *ev)
{
	if (ev->page.pfn == KM_NO_PFN)
		return;
	for (uint64_t i = 0; i < pages_of(ev->page.order); i++) {
		uint32_t id = slob_at(&b->room.slob, ev->page.pfn + i);

		if (id)
			slob_forget(&b->room.slob, id);
	}
}

int blocks_feed(struct blocks *b, const struct km_event *ev, uint64_t no)
{
	if (ev->cpu >= b->nr_cpus)
		b->odd.no_cpu += unseen_is_object(ev);
	if (b->off || ev->cpu >= b->nr_cpus)
		return 0;
	int err = grace_ends(b, ev->ts_ns);

	if (err)
		return err;
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		forget(b, ev);
		if (ev->page.pfn != KM_NO_PFN)
			pending_add(&b->pending, ev, no);
		return 0;
	case KM_EV_PAGE_FREE:
		forget(b, ev);
		return 0;
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return allocated(b, ev);
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		return freed(b, ev);
	default:
		return 0;
	}
}

void blocks_page_missed(struct blocks *b, uint64_t no)
{
	if (b->scored)
		object_score_missed(&b->score, no);
}

/* ---- open, close, report ---- */

int blocks_open(struct blocks **out, const struct objects_config *c)
{
	struct blocks *b = calloc(1, sizeof(*b));

	if (!b)
		return -KM_ENOMEM;
	b->nr_cpus = c->nr_cpus;
	b->scored = c->scored;
	int err =
		slab_init(&b->room, c->prof, c->first_page, c->nr_pages, c->nr_cpus, c->page_shift);

	if (!err)
		err = direct_map_init(&b->map, c->nr_cpus, c->page_shift);
	if (!err)
		err = sizes_init(&b->sizes, c->prof->rcu_footer);
	if (!err)
		err = pending_init(&b->pending, c->nr_cpus);
	if (err) {
		blocks_close(b);
		return err;
	}
	*out = b;
	return 0;
}

void blocks_close(struct blocks *b)
{
	if (!b)
		return;
	if (b->room.prof)
		slab_release(&b->room);
	direct_map_release(&b->map);
	sizes_release(&b->sizes);
	pending_release(&b->pending);
	object_score_release(&b->score);
	free(b->late);
	free(b);
}

void blocks_totals(const struct blocks *b, struct replay_objects *out)
{
	*out = b->odd;
	out->allocator = b->off ? NULL : b->room.prof->ops->name;
}

int blocks_report(const struct blocks *b, const struct km_sink *sink)
{
	return b->scored && !b->off ? object_score_report(&b->score, NULL, sink) : 0;
}

int blocks_check(const struct blocks *b, struct km_diag *d)
{
	return slab_check(&b->room, d);
}
