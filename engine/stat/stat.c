/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. An allocation adds to a row of each sum that is wanted, and goes into the live set with the
 *    numbers of these rows.
 * 2. A free finds its allocation there and credits the same rows.
 * 3. A kmem_cache allocation does not name its cache, its free does. Until then it is kept in a
 *    row of its call site and size; the free moves it to its cache's row. What is left at the end
 *    goes to the one cache that all the frees of its call site and size have named, or stays by
 *    itself.
 */
#include "engine/stat/stat.h"

#include <stdlib.h>

#include "engine/leak/leak.h"
#include "engine/stat/table.h"

/* Pointers up to here are no memory: NULL, and ZERO_SIZE_PTR (16). */
#define NO_MEMORY 16

/* stat_row.cache of a row by call site and size: frees named more than one. */
#define SEVERAL UINT32_MAX

#define FIRST_PAGE ((unsigned int)STAT_PAGE_KIND)

/* live_object.order of an object: which table row[STAT_CACHE] is a row of. */
enum { IN_CACHE, IN_PENDING };

struct stat_sums {
	struct stat_config config;
	struct stat_table by[STAT_NR_BY];
	struct stat_table pending; /* by call site and size: cache not known yet */
	struct live objects, pages;
	struct stat_totals slab, page;
	uint64_t nr_events;
};

static bool wanted(const struct stat_sums *s, enum stat_by by)
{
	return s->config.by >> by & 1;
}

/* ---- rows ---- */

static void row_hit(struct stat_row *r, const struct live_object *o)
{
	r->hits++;
	r->bytes_req += o->bytes_req;
	r->bytes_alloc += o->bytes_alloc;
}

static void row_live(struct stat_row *r, const struct live_object *o)
{
	r->live++;
	r->live_bytes += o->bytes_alloc;
}

static void row_unlive(struct stat_row *r, const struct live_object *o, unsigned int more)
{
	r->live += more;
	r->live--;
	r->live_bytes -= o->bytes_alloc;
}

/* How an object ends. */
struct end {
	bool seen;	/* by a free; otherwise by its next allocation */
	bool other_cpu; /* than the one that allocated it */
	uint32_t more;	/* blocks that stay in place of one that was cut */
	uint32_t cache; /* that the free names */
};

static void row_end(struct stat_row *r, const struct live_object *o, const struct end *e)
{
	row_unlive(r, o, e->more);
	if (!e->seen) {
		r->unseen_frees++;
		return;
	}
	r->frees++;
	r->bytes_freed += o->bytes_alloc;
	r->pingpong += e->other_cpu;
}

/* Move one object from @from to @to: its cache is known now. */
static void row_move(struct stat_row *from, struct stat_row *to, const struct live_object *o)
{
	from->hits--;
	from->bytes_req -= o->bytes_req;
	from->bytes_alloc -= o->bytes_alloc;
	row_unlive(from, o, 0);
	row_hit(to, o);
	row_live(to, o);
}

static void row_add(struct stat_row *to, const struct stat_row *from)
{
	to->hits += from->hits;
	to->failed += from->failed;
	to->bytes_req += from->bytes_req;
	to->bytes_alloc += from->bytes_alloc;
	to->frees += from->frees;
	to->bytes_freed += from->bytes_freed;
	to->pingpong += from->pingpong;
	to->live += from->live;
	to->live_bytes += from->live_bytes;
	to->unseen_frees += from->unseen_frees;
}

/* ---- one of the sums ---- */

static int add_to(struct stat_sums *s, enum stat_by by, uint64_t key, uint32_t sub,
		  struct live_object *o, unsigned int slot)
{
	if (!wanted(s, by))
		return 0;
	int64_t row = stat_table_row(&s->by[by], key, sub);

	if (row < 0)
		return (int)row;
	row_hit(&s->by[by].rows[row], o);
	row_live(&s->by[by].rows[row], o);
	o->row[slot] = (uint32_t)row;
	return 0;
}

static int add_failed(struct stat_sums *s, enum stat_by by, uint64_t key)
{
	if (!wanted(s, by))
		return 0;
	int64_t row = stat_table_row(&s->by[by], key, 0);

	if (row < 0)
		return (int)row;
	s->by[by].rows[row].failed++;
	return 0;
}

static void live_more(struct stat_totals *t, const struct live_object *o)
{
	t->live++;
	t->live_bytes += o->bytes_alloc;
	if (t->live_bytes > t->peak_bytes) {
		t->peak_bytes = t->live_bytes;
		t->peak_ns = o->ts_ns;
	}
}

/* ---- caches ---- */

static uint64_t cache_key(enum stat_cache kind, uint32_t what)
{
	return (uint64_t)kind << 32 | what;
}

static int cache_alloc(struct stat_sums *s, const struct km_event *e, struct live_object *o)
{
	const struct km_ev_object *obj = &e->obj;

	if (!wanted(s, STAT_CACHE))
		return 0;
	if (obj->cache)
		return add_to(s, STAT_CACHE, cache_key(STAT_CACHE_NAMED, obj->cache), 0, o,
			      STAT_CACHE);
	if (e->kind == KM_EV_KMALLOC)
		return add_to(s, STAT_CACHE, cache_key(STAT_CACHE_KMALLOC, obj->bytes_alloc), 0, o,
			      STAT_CACHE);
	uint64_t sizes = (uint64_t)obj->bytes_req << 32 | obj->bytes_alloc;
	int64_t row = stat_table_row(&s->pending, sizes, obj->call_site);

	if (row < 0)
		return (int)row;
	row_hit(&s->pending.rows[row], o);
	row_live(&s->pending.rows[row], o);
	o->row[STAT_CACHE] = (uint32_t)row;
	o->order = IN_PENDING;
	return 0;
}

/* The row that an ending object counts in; NULL: no memory. */
static struct stat_row *cache_end(struct stat_sums *s, const struct live_object *o, uint32_t cache)
{
	if (o->order == IN_CACHE)
		return &s->by[STAT_CACHE].rows[o->row[STAT_CACHE]];
	struct stat_row *from = &s->pending.rows[o->row[STAT_CACHE]];

	if (!cache)
		return from;
	int64_t row = stat_table_row(&s->by[STAT_CACHE], cache_key(STAT_CACHE_NAMED, cache), 0);

	if (row < 0)
		return NULL;
	struct stat_row *to = &s->by[STAT_CACHE].rows[row];

	row_move(from, to, o);
	from->cache = !from->cache || from->cache == cache ? cache : SEVERAL;
	return to;
}

int stat_finish(struct stat_sums *s)
{
	for (size_t i = 0; i < s->pending.count; i++) {
		struct stat_row *from = &s->pending.rows[i];
		bool known = from->cache && from->cache != SEVERAL;

		if (!from->hits)
			continue;
		int64_t row =
			stat_table_row(&s->by[STAT_CACHE],
				       known ? cache_key(STAT_CACHE_NAMED, from->cache) :
					       cache_key(STAT_CACHE_UNKNOWN, (uint32_t)from->key),
				       known ? 0 : from->sub);

		if (row < 0)
			return (int)row;
		row_add(&s->by[STAT_CACHE].rows[row], from);
		if (known)
			s->by[STAT_CACHE].rows[row].inferred += from->hits;
	}
	stat_table_release(&s->pending);
	return 0;
}

/* ---- objects ---- */

static int object_end(struct stat_sums *s, const struct live_object *o, const struct end *e)
{
	for (unsigned int by = STAT_SITE; by <= STAT_OBJECT; by++) {
		if (!wanted(s, by))
			continue;
		struct stat_row *r = by == STAT_CACHE ? cache_end(s, o, e->cache) :
							&s->by[by].rows[o->row[by]];

		if (!r)
			return -KM_ENOMEM;
		row_end(r, o, e);
	}
	s->slab.live--;
	s->slab.live_bytes -= o->bytes_alloc;
	return 0;
}

static int object_failed(struct stat_sums *s, const struct km_event *e)
{
	int err = add_failed(s, STAT_SITE, e->obj.call_site);

	s->slab.failed++;
	if (!err)
		err = add_failed(s, STAT_TASK, e->comm);
	return err ? err : add_failed(s, STAT_GFP, e->obj.gfp);
}

static int object_alloc(struct stat_sums *s, const struct km_event *e)
{
	struct live_object old, o = {
		.key = e->obj.ptr,
		.ts_ns = e->ts_ns,
		.bytes_req = e->obj.bytes_req,
		.bytes_alloc = e->obj.bytes_alloc,
		.cpu = e->cpu,
	};
	int err = 0;

	s->slab.allocs++;
	if (e->kind == KM_EV_KMALLOC)
		s->slab.kmallocs++;
	else
		s->slab.cache_allocs++;
	if (!o.key)
		return object_failed(s, e);
	if (o.key <= NO_MEMORY)
		return 0;
	s->slab.bytes_req += o.bytes_req;
	s->slab.bytes_alloc += o.bytes_alloc;
	if (live_take(&s->objects, o.key, &old)) {
		s->slab.unseen_frees++;
		err = object_end(s, &old, &(struct end){ 0 });
	}
	if (!err)
		err = add_to(s, STAT_SITE, e->obj.call_site, 0, &o, STAT_SITE);
	if (!err)
		err = cache_alloc(s, e, &o);
	if (!err)
		err = add_to(s, STAT_TASK, e->comm, 0, &o, STAT_TASK);
	if (!err)
		err = add_to(s, STAT_GFP, e->obj.gfp, 0, &o, STAT_GFP);
	if (!err)
		err = add_to(s, STAT_OBJECT, o.key, 0, &o, STAT_OBJECT);
	live_more(&s->slab, &o);
	return err ? err : live_put(&s->objects, &o);
}

static int object_free(struct stat_sums *s, const struct km_event *e)
{
	struct live_object o;

	if (e->kind == KM_EV_KFREE)
		s->slab.kfrees++;
	else
		s->slab.cache_frees++;
	s->slab.frees++;
	if (e->obj.ptr <= NO_MEMORY) {
		s->slab.null_frees++;
		return 0;
	}
	if (!live_take(&s->objects, e->obj.ptr, &o)) {
		s->slab.unmatched_frees++;
		return 0;
	}
	struct end end = { .seen = true, .other_cpu = o.cpu != e->cpu, .cache = e->obj.cache };

	s->slab.matched_frees++;
	s->slab.bytes_freed += o.bytes_alloc;
	s->slab.pingpong += end.other_cpu;
	return object_end(s, &o, &end);
}

/* ---- pages ---- */

static void block_end(struct stat_sums *s, const struct live_object *o, const struct end *e)
{
	for (unsigned int by = FIRST_PAGE; by < STAT_NR_BY; by++)
		if (wanted(s, by))
			row_end(&s->by[by].rows[o->row[by - FIRST_PAGE]], o, e);
	s->page.live += e->more;
	s->page.live--;
	s->page.live_bytes -= o->bytes_alloc;
}

/* End what lives in the event's range; returns how many bytes that was, or -KM_ENOMEM. */
static int64_t pages_end(struct stat_sums *s, const struct km_event *e, bool seen)
{
	uint64_t end_pfn = e->page.pfn + pages_of(e->page.order);
	struct live_object o;
	int64_t bytes = 0;

	for (uint64_t at = e->page.pfn; at < end_pfn;) {
		int more = live_carve(&s->pages, at, e->page.order, &o);

		if (more == -KM_ENOMEM)
			return more;
		if (more < 0) {
			at++;
			continue;
		}
		struct end end = { .seen = seen,
				   .other_cpu = o.cpu != e->cpu,
				   .more = (uint32_t)more };

		s->page.pingpong += seen && end.other_cpu;
		block_end(s, &o, &end);
		bytes += o.bytes_alloc;
		at = o.key + pages_of(o.order);
	}
	return bytes;
}

static int pages_failed(struct stat_sums *s, const struct km_event *e)
{
	int err = add_failed(s, STAT_PAGE_KIND,
			     stat_page_key(e->page.order, e->page.mt, e->page.gfp));

	s->page.failed++;
	if (!err)
		err = add_failed(s, STAT_PAGE_TASK, e->comm);
	return err ? err : add_failed(s, STAT_PAGE_GFP, e->page.gfp);
}

static int pages_alloc(struct stat_sums *s, const struct km_event *e)
{
	uint32_t bytes = s->config.page_size << e->page.order;
	struct live_object o = {
		.key = e->page.pfn,
		.ts_ns = e->ts_ns,
		.bytes_req = bytes,
		.bytes_alloc = bytes,
		.cpu = e->cpu,
		.order = e->page.order,
	};

	s->page.allocs++;
	if (o.key == KM_NO_PFN)
		return pages_failed(s, e);
	/* The buddy system gives aligned blocks: anything else is no allocation of this kernel. */
	if (o.key & (pages_of(o.order) - 1))
		return 0;
	s->page.bytes_req += bytes;
	s->page.bytes_alloc += bytes;
	int64_t unseen = pages_end(s, e, false);

	if (unseen < 0)
		return (int)unseen;
	s->page.unseen_frees += unseen > 0;
	int err = add_to(s, STAT_PAGE_KIND, stat_page_key(o.order, e->page.mt, e->page.gfp), 0, &o,
			 STAT_PAGE_KIND - FIRST_PAGE);

	if (!err)
		err = add_to(s, STAT_PAGE_TASK, e->comm, 0, &o, STAT_PAGE_TASK - FIRST_PAGE);
	if (!err)
		err = add_to(s, STAT_PAGE_GFP, e->page.gfp, 0, &o, STAT_PAGE_GFP - FIRST_PAGE);
	if (!err)
		err = add_to(s, STAT_PAGE_FRAME, o.key, o.order, &o, STAT_PAGE_FRAME - FIRST_PAGE);
	live_more(&s->page, &o);
	return err ? err : live_put(&s->pages, &o);
}

static int pages_free(struct stat_sums *s, const struct km_event *e)
{
	int64_t bytes = pages_end(s, e, true);

	if (bytes < 0)
		return (int)bytes;
	s->page.frees++;
	s->page.bytes_freed += (uint64_t)bytes;
	s->page.unmatched_bytes +=
		((uint64_t)s->config.page_size << e->page.order) - (uint64_t)bytes;
	if (bytes)
		s->page.matched_frees++;
	else
		s->page.unmatched_frees++;
	return 0;
}

/* ---- the whole ---- */

static int feed_page(struct stat_sums *s, const struct km_event *e)
{
	if (!s->config.page || e->page.order >= KM_MAX_ORDERS)
		return 0;
	if (e->kind == KM_EV_PAGE_ALLOC)
		return pages_alloc(s, e);
	return e->kind == KM_EV_PAGE_FREE || s->config.batched_are_frees ? pages_free(s, e) : 0;
}

static int feed_one(struct stat_sums *s, const struct km_event *e)
{
	switch (e->kind) {
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return s->config.slab ? object_alloc(s, e) : 0;
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		return s->config.slab ? object_free(s, e) : 0;
	case KM_EV_PAGE_ALLOC:
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
		return feed_page(s, e);
	default:
		return 0;
	}
}

int stat_feed(struct stat_sums *s, const struct km_event *ev, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ev[i].ts_ns < s->config.from_ns || ev[i].ts_ns > s->config.to_ns)
			continue;
		s->nr_events++;
		int err = feed_one(s, &ev[i]);

		if (err)
			return err;
	}
	return 0;
}

int stat_open(struct stat_sums **out, const struct stat_config *c)
{
	struct stat_sums *s = calloc(1, sizeof(*s));

	if (!s)
		return -KM_ENOMEM;
	KM_BUG_ON(!c->page_size);
	s->config = *c;
	*out = s;
	return 0;
}

void stat_close(struct stat_sums *s)
{
	if (!s)
		return;
	for (unsigned int by = 0; by < STAT_NR_BY; by++)
		stat_table_release(&s->by[by]);
	stat_table_release(&s->pending);
	live_release(&s->objects);
	live_release(&s->pages);
	free(s);
}

void stat_slab_totals(const struct stat_sums *s, struct stat_totals *out)
{
	*out = s->slab;
}

void stat_page_totals(const struct stat_sums *s, struct stat_totals *out)
{
	*out = s->page;
}

uint64_t stat_nr_events(const struct stat_sums *s)
{
	return s->nr_events;
}

size_t stat_nr_rows(const struct stat_sums *s, enum stat_by by)
{
	return s->by[by].count;
}

const struct stat_row *stat_row(const struct stat_sums *s, enum stat_by by, size_t i)
{
	return &s->by[by].rows[i];
}

static int check_sum(const struct stat_sums *s, enum stat_by by, struct km_diag *d)
{
	const struct stat_totals *t = by < FIRST_PAGE ? &s->slab : &s->page;
	const struct stat_table *parts[] = { &s->by[by], by == STAT_CACHE ? &s->pending : NULL };
	struct stat_row sum = { 0 };

	for (size_t p = 0; p < 2 && parts[p]; p++)
		for (size_t i = 0; i < parts[p]->count; i++)
			row_add(&sum, &parts[p]->rows[i]);
	if (sum.bytes_alloc != t->bytes_alloc || sum.bytes_freed != t->bytes_freed ||
	    sum.live != t->live || sum.live_bytes != t->live_bytes || sum.pingpong != t->pingpong)
		return km_fail(d, KM_EINVAL, "stat", "the rows of sum %u are not the total", by);
	return 0;
}

int stat_check(const struct stat_sums *s, struct km_diag *d)
{
	int err = live_check(&s->objects, d);

	if (!err)
		err = live_check(&s->pages, d);
	for (unsigned int by = 0; !err && by < STAT_NR_BY; by++)
		if (wanted(s, by))
			err = check_sum(s, by, d);
	if (!err && (s->slab.live != s->objects.count || s->page.live != s->pages.count))
		err = km_fail(d, KM_EINVAL, "stat", "the totals' live count is not the live set's");
	return err;
}
