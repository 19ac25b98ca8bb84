/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. An allocation adds to a row of each sum that is wanted, and goes into the live set with the
 *    numbers of these rows.
 * 2. A free finds its allocation there and credits the same rows.
 * 3. A kmem_cache allocation does not name its cache, its free does. Until then it is kept in a
 *    row of its call site and size; the free moves it to its cache's row. What is left at the end
 *    goes to the one cache that all the frees of its call site and size have named, or stays by
 *    itself.
 * 4. For a cache's peak, what its call site and size have in that row counts with it from the first
 *    free on that names the cache.
 */
#include "engine/stat/stat.h"

#include <stdlib.h>

#include "engine/stat/rows.h"
#include "engine/stat/table.h"

/* Pointers up to here are no memory: NULL, and ZERO_SIZE_PTR (16). */
#define NO_MEMORY 16

/* stat_row.cache of a row by call site and size: frees named more than one. */
#define SEVERAL UINT32_MAX

#define FIRST_PAGE ((unsigned int)STAT_PAGE_KIND)

/* stat_row.guess is a row + 1. */

struct stat_sums {
	struct stat_config config;
	struct stat_table by[STAT_NR_BY];
	struct stat_table pending; /* by call site and size: cache not known yet */
	struct live objects, pages;
	struct stat_totals slab, page;
};

static bool wanted(const struct stat_sums *s, enum stat_by by)
{
	return s->config.by >> by & 1;
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
	stat_row_hit(&s->by[by].rows[row], o);
	stat_row_live(&s->by[by].rows[row], o);
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

/* The cache that @from's objects are thought to be of; NULL: none yet. */
static struct stat_row *guess_of(struct stat_sums *s, const struct stat_row *from)
{
	return from->guess ? &s->by[STAT_CACHE].rows[from->guess - 1] : NULL;
}

static void guessed_more(struct stat_sums *s, const struct stat_row *from, uint64_t bytes)
{
	struct stat_row *guess = guess_of(s, from);

	if (!guess)
		return;
	guess->guessed_bytes += bytes;
	stat_row_peak(guess);
}

static void guessed_less(struct stat_sums *s, const struct stat_row *from, uint64_t bytes)
{
	struct stat_row *guess = guess_of(s, from);

	if (guess)
		guess->guessed_bytes -= bytes;
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
	stat_row_hit(&s->pending.rows[row], o);
	stat_row_live(&s->pending.rows[row], o);
	o->row[STAT_CACHE] = (uint32_t)row;
	o->order |= STAT_IN_PENDING;
	guessed_more(s, &s->pending.rows[row], o->bytes_alloc);
	return 0;
}

/* The row that an ending object counts in; NULL: no memory. */
static struct stat_row *cache_end(struct stat_sums *s, const struct live_object *o, uint32_t cache)
{
	if (!(o->order & STAT_IN_PENDING))
		return &s->by[STAT_CACHE].rows[o->row[STAT_CACHE]];
	struct stat_row *from = &s->pending.rows[o->row[STAT_CACHE]];

	if (!cache) {
		guessed_less(s, from, o->bytes_alloc);
		return from;
	}
	int64_t row = stat_table_row(&s->by[STAT_CACHE], cache_key(STAT_CACHE_NAMED, cache), 0);

	if (row < 0)
		return NULL;
	if (!from->guess) {
		from->guess = (uint32_t)row + 1;
		guessed_more(s, from, from->live_bytes);
	}
	guessed_less(s, from, o->bytes_alloc);
	struct stat_row *to = &s->by[STAT_CACHE].rows[row];

	stat_row_move(from, to, o);
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
		struct stat_row *to = &s->by[STAT_CACHE].rows[row];

		stat_row_add(to, from);
		if (known)
			to->inferred += from->hits;
		else if (from->peak_bytes > to->peak_bytes)
			to->peak_bytes = from->peak_bytes;
	}
	stat_table_release(&s->pending);
	return 0;
}

/* ---- objects ---- */

static int object_end(struct stat_sums *s, const struct live_object *o, const struct stat_end *e)
{
	for (unsigned int by = STAT_SITE; by <= STAT_OBJECT; by++) {
		if (!wanted(s, by))
			continue;
		struct stat_row *r = by == STAT_CACHE ? cache_end(s, o, e->cache) :
							&s->by[by].rows[o->row[by]];

		if (!r)
			return -KM_ENOMEM;
		stat_row_end(r, o, e);
	}
	s->slab.live--;
	s->slab.live_bytes -= o->bytes_alloc;
	return 0;
}

static uint32_t site_of(const struct km_event *e)
{
	return e->stack ? e->stack : e->obj.call_site;
}

static int object_failed(struct stat_sums *s, const struct km_event *e)
{
	int err = add_failed(s, STAT_SITE, site_of(e));

	s->slab.failed++;
	if (!err)
		err = add_failed(s, STAT_TASK, e->comm);
	return err ? err : add_failed(s, STAT_GFP, e->obj.gfp);
}

/* Was it asked for on another node than that of its CPU? NUMA_NO_NODE (-1) asks for none. */
static bool crosses_nodes(const struct stat_sums *s, const struct km_event *e)
{
	int16_t own = e->cpu < s->config.nr_cpu_node ? s->config.cpu_node[e->cpu] : (int16_t)-1;

	return own >= 0 && e->obj.node >= 0 && e->obj.node != own;
}

static int object_alloc(struct stat_sums *s, const struct km_event *e)
{
	struct live_object old, o = {
		.object = true,
		.order = crosses_nodes(s, e) ? STAT_CROSS_NODE : 0,
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
	s->slab.cross_node += stat_is_cross_node(&o);
	if (live_take(&s->objects, o.key, &old)) {
		s->slab.unseen_frees++;
		err = object_end(s, &old, &(struct stat_end){ 0 });
	}
	if (!err)
		err = add_to(s, STAT_SITE, site_of(e), 0, &o, STAT_SITE);
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
	struct stat_end end = { .seen = true, .other_cpu = o.cpu != e->cpu, .cache = e->obj.cache };

	s->slab.matched_frees++;
	s->slab.bytes_freed += o.bytes_alloc;
	s->slab.pingpong += end.other_cpu;
	return object_end(s, &o, &end);
}

/* ---- pages ---- */

static void block_end(struct stat_sums *s, const struct live_object *o, const struct stat_end *e)
{
	for (unsigned int by = FIRST_PAGE; by < STAT_NR_BY; by++)
		if (wanted(s, by))
			stat_row_end(&s->by[by].rows[o->row[by - FIRST_PAGE]], o, e);
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
		struct stat_end end = { .seen = seen,
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
	if (!err)
		err = add_failed(s, STAT_PAGE_SITE, e->stack);
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
	if (!live_is_block(o.key, o.order))
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
	if (!err)
		err = add_to(s, STAT_PAGE_SITE, e->stack, 0, &o, STAT_PAGE_SITE - FIRST_PAGE);
	live_more(&s->page, &o);
	return err ? err : live_put(&s->pages, &o);
}

static int pages_free(struct stat_sums *s, const struct km_event *e)
{
	bool block = live_is_block(e->page.pfn, e->page.order);
	int64_t bytes = block ? pages_end(s, e, true) : 0;

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
			stat_row_add(&sum, &parts[p]->rows[i]);
	if (sum.bytes_alloc != t->bytes_alloc || sum.bytes_freed != t->bytes_freed ||
	    sum.live != t->live || sum.live_bytes != t->live_bytes || sum.pingpong != t->pingpong ||
	    sum.cross_node != t->cross_node)
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
