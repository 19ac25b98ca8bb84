/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/objects_state.h"
#include "engine/slab/slab_ops.h"

/* ---- what an allocation was answered with ---- */

struct answer {
	int cache;
	uint64_t page; /* KM_NO_PFN: none */
	unsigned int byte;
	struct pending *block; /* the one it was cut from just now; NULL: none */
	uint64_t head;	       /* … and its first page */
};

/* Its pages were handed out in the trace, or not. */
static void mark(struct objects *o, const struct km_event *ev, bool fresh)
{
	uint64_t at = ev->page.pfn - o->room.first_page;

	for (uint64_t i = at; i - at < pages_of(ev->page.order) && i < o->room.nr_pages; i++) {
		uint64_t bit = UINT64_C(1) << i % 64;

		o->fresh[i / 64] = fresh ? o->fresh[i / 64] | bit : o->fresh[i / 64] & ~bit;
	}
}

static bool is_fresh(const struct objects *o, uint64_t page)
{
	uint64_t at = page - o->room.first_page;

	return at < o->room.nr_pages && o->fresh[at / 64] >> at % 64 & 1;
}

void objects_block_allocated(struct objects *o, const struct km_event *ev, uint64_t no)
{
	if (ev->page.pfn == KM_NO_PFN)
		return;
	uint32_t id = slab_at(&o->room, ev->page.pfn);

	if (id)
		slab_forget(&o->room, id);
	mark(o, ev, true);
	pending_add(&o->pending, ev, no);
}

void objects_block_freed(struct objects *o, const struct km_event *ev, bool alone)
{
	const struct slab_ops *ops = o->room.prof->ops;
	uint32_t id = slab_at(&o->room, ev->page.pfn);

	if (ev->page.pfn != KM_NO_PFN)
		mark(o, ev, false);
	if (!id || o->room.slabs[id].page != ev->page.pfn)
		return;
	unsigned int cache = o->room.slabs[id].cache;

	if (alone && ops->shrink && !reaper_runs(&o->reaper, ev))
		ops->shrink(&o->room, cache);
	id = slab_at(&o->room, ev->page.pfn);
	if (id)
		slab_forget(&o->room, id);
}

/* ---- allocations ---- */

/* What is handed out next, less what is known to have been taken unseen: that is gone then. */
static struct slab_choice first_free(struct objects *o, unsigned int cache, unsigned int cpu)
{
	const struct slab_ops *ops = o->room.prof->ops;
	struct slab_choice c = ops->choose(&o->room, cache, cpu);

	while (c.from != SLAB_FROM_NEW &&
	       unseen_taken(&o->unseen,
			    identity_pointer(o->identity,
					     slab_object_offset(&o->room, c.slab, c.index)))) {
		o->unseen.takers[cache] = true;
		o->odd.double_frees++;
		ops->alloc(&o->room, cache, cpu, SLAB_NONE);
		c = ops->choose(&o->room, cache, cpu);
	}
	return c;
}

/*
 * What the model would do, before it looks at the answer. Where it began a slab of its own, the
 * slab is the block its task has just been given.
 */
static struct slab_choice predict(struct objects *o, const struct km_event *ev, int cache,
				  struct pending **block)
{
	const struct slab_ops *ops = o->room.prof->ops;
	struct slab_choice c = first_free(o, (unsigned int)cache, ev->cpu);
	struct pending *p = pending_find(&o->pending, ev, o->room.caches[cache].order, 0);

	*block = NULL;
	if (c.from != SLAB_FROM_NEW &&
	    !(p && ops->exhausted && ops->exhausted(&o->room, (unsigned int)cache, ev->cpu, p->no)))
		return c;
	*block = p;
	return c.from == SLAB_FROM_NEW ? c : (struct slab_choice){ .from = SLAB_FROM_NEW };
}

/* A new slab of the block that @a lies in; somebody on the event's CPU has its first object. */
static int begin_slab(struct objects *o, const struct km_event *ev, const struct answer *a)
{
	const struct slab_ops *ops = o->room.prof->ops;
	uint32_t id;
	int err = slab_make(&o->room, (unsigned int)a->cache, a->head, &id);

	if (err) {
		o->odd.unplaced += err == -KM_EINVAL;
		return err == -KM_EINVAL ? 0 : err;
	}
	uint64_t offset = ((a->page - a->head) << o->room.page_shift) + a->byte;

	if (a->block)
		a->block->open = false;
	ops->begin(&o->room, id, ops->start_of(&o->room, (unsigned int)a->cache, offset));
	int index = slab_index_of(&o->room, id, a->page, a->byte);

	if (index >= 0 && ops->exhausted &&
	    shuffles_begin(&o->shuffles, &o->room, id, (unsigned int)index))
		return -KM_ENOMEM;
	struct slab_choice got =
		ops->alloc_fresh(&o->room, ev->cpu, id, index < 0 ? 0 : (unsigned int)index);

	if (index >= 0 && (unsigned int)index != got.index)
		ops->take(&o->room, id, (unsigned int)index, ev->cpu);
	return 0;
}

/* A slab from before the trace. */
static int adopt_slab(struct objects *o, const struct km_event *ev, const struct answer *a)
{
	const struct slab_cache *c = &o->room.caches[a->cache];
	uint32_t id;
	bool fresh = is_fresh(o, a->page);
	uint64_t head = pfn_align_down(pfn(a->page), c->order).nr;
	int err = fresh ? slab_make(&o->room, (unsigned int)a->cache, head, &id) :
			  slab_adopt(&o->room, (unsigned int)a->cache, head, &id);

	if (err) {
		o->odd.unplaced += err == -KM_EINVAL;
		return err == -KM_EINVAL ? 0 : err;
	}
	slab_place(&o->room, id, a->page, a->byte);
	int index = slab_index_of(&o->room, id, a->page, a->byte);

	if (index < 0) {
		o->odd.unplaced++;
		slab_forget(&o->room, id);
		return 0;
	}
	o->room.prof->ops->found(&o->room, id, (unsigned int)index, ev->cpu, o->from_boot || fresh);
	return 0;
}

/* Objects of one cache that come back without an event, on one CPU. */
struct returning {
	struct objects *o;
	int cache;
	unsigned int cpu;
};

static bool came_back(void *ctx, uint64_t ptr)
{
	const struct returning *r = ctx;
	struct slab_room *room = &r->o->room;
	uint64_t page = identity_page(r->o->identity, ptr);
	uint32_t id = page == KM_NO_PFN ? SLAB_NONE : slab_at(room, page);
	uint64_t in_page = ptr & ((UINT64_C(1) << room->page_shift) - 1);

	if (!id || room->slabs[id].cache != r->cache)
		return false;
	int index = slab_index_of(room, id, page, (unsigned int)in_page);

	if (index < 0 || room->slabs[id].next[index] != SLAB_USED)
		return false;
	room->prof->ops->free(room, id, (unsigned int)index, r->cpu);
	return true;
}

static int put_right(struct objects *o, const struct km_event *ev, const struct answer *a,
		     enum object_cause *cause)
{
	uint32_t id = slab_at(&o->room, a->page);

	*cause = OBJECT_UNKNOWN;
	if (id && (o->room.slabs[id].cache != a->cache || a->block)) {
		slab_forget(&o->room, id);
		id = SLAB_NONE;
	}
	if (a->block) {
		*cause = OBJECT_ORDERING;
		return begin_slab(o, ev, a);
	}
	if (!id) {
		*cause = OBJECT_FIRST_TOUCH;
		return adopt_slab(o, ev, a);
	}
	int index = slab_index_of(&o->room, id, a->page, a->byte);

	if (index < 0) {
		o->odd.unplaced++;
		return 0;
	}
	if (o->room.slabs[id].next[index] == SLAB_USED) {
		struct returning r = { o, a->cache, ev->cpu };

		o->odd.reallocs++;
		*cause = OBJECT_UNTRACED;
		unseen_back(&o->unseen, ev->obj.ptr, came_back, &r);
		id = slab_at(&o->room, a->page);
		if (!id)
			return adopt_slab(o, ev, a);
	}
	o->room.keeps_above = o->unseen.takers[a->cache] ||
			      (shuffles_random(&o->shuffles) &&
			       shuffles_untouched(&o->shuffles, &o->room, id, (unsigned int)index));
	o->room.prof->ops->take(&o->room, id, (unsigned int)index, ev->cpu);
	o->room.keeps_above = false;
	return 0;
}

static int from_cache(struct objects *o, const struct km_event *ev, struct answer *a,
		      struct object_verdict *v)
{
	const struct slab_ops *ops = o->room.prof->ops;
	struct pending *block;
	struct slab_choice c = predict(o, ev, a->cache, &block);
	uint32_t id = slab_at(&o->room, a->page);
	uint64_t mine = (a->page << o->room.page_shift) + a->byte;

	if (c.from != SLAB_FROM_NEW && c.slab == id &&
	    slab_object_offset(&o->room, c.slab, c.index) == mine) {
		v->known = v->slab = v->ptr = true;
		ops->alloc(&o->room, (unsigned int)a->cache, ev->cpu, SLAB_NONE);
		return 0;
	}
	a->block = pending_find(&o->pending, ev, -1, a->page);
	a->head = a->block ? a->block->pfn :
			     pfn_align_down(pfn(a->page), o->room.caches[a->cache].order).nr;
	v->known = id || a->block;
	v->model = c.slab ? identity_pointer(o->identity,
					     slab_object_offset(&o->room, c.slab, c.index)) :
			    0;
	v->slab = c.from == SLAB_FROM_NEW ? block && block == a->block : c.slab == id;
	if (c.from != SLAB_FROM_NEW || !v->slab)
		return put_right(o, ev, a, &v->cause);
	uint64_t first = (block->pfn << o->room.page_shift) + c.start;

	v->ptr = first + (uint64_t)c.index * o->room.caches[a->cache].size == mine;
	v->page_no = block->no;
	if (v->ptr)
		return begin_slab(o, ev, a);
	int err = put_right(o, ev, a, &v->cause);

	if (shuffles_random(&o->shuffles))
		v->cause = OBJECT_RANDOM;
	return err;
}

/* What was handed out for the first time tells its slab's order. */
static void note_order(struct objects *o, const struct answer *a)
{
	uint32_t id = o->room.prof->ops->exhausted ? slab_at(&o->room, a->page) : SLAB_NONE;
	int index = id ? slab_index_of(&o->room, id, a->page, a->byte) : -1;

	if (index >= 0)
		shuffles_note(&o->shuffles, &o->room, id, (unsigned int)index);
}

/* More than any cache has: whole pages. */
static void from_pages(struct objects *o, const struct km_event *ev, struct answer *a,
		       struct object_verdict *v)
{
	unsigned int order = 0;

	while (pages_of(order) << o->room.page_shift < ev->obj.bytes_req)
		order++;
	struct pending *p = pending_find(&o->pending, ev, (int)order, 0);

	v->bytes = pages_of(order) << o->room.page_shift == ev->obj.bytes_alloc;
	v->slab = v->ptr = p && p->pfn == a->page && !a->byte;
	v->known = v->ptr;
	v->page_no = v->ptr ? p->no : 0;
	v->cause = OBJECT_UNKNOWN;
	if (p)
		p->open = false;
}

/* The first miss of each metric, for those who ask where model and record part. */
static void note_first(struct objects *o, const struct km_event *ev, const struct object_verdict *v)
{
	const char *cache = v->cache >= 0	       ? o->room.caches[v->cache].name :
			    v->cache == IDENTITY_PAGES ? "(pages)" :
							 "(unknown)";
	struct replay_miss miss = { .event_no = o->room.now,
				    .ts_ns = ev->ts_ns,
				    .cpu = ev->cpu,
				    .migratetype = KM_NR_MIGRATETYPES,
				    .predicted_pfn = KM_NO_PFN,
				    .recorded_pfn = KM_NO_PFN,
				    .cache = cache,
				    .predicted_ptr = v->model,
				    .recorded_ptr = ev->obj.ptr,
				    .lists = "" };

	object_score_note(&o->score, v, &miss);
}

int objects_allocated(struct objects *o, const struct km_event *ev)
{
	struct answer a = { .cache = identity_of_alloc(o->identity, ev),
			    .page = identity_page(o->identity, ev->obj.ptr),
			    .byte = (unsigned int)(ev->obj.ptr &
						   ((UINT64_C(1) << o->room.page_shift) - 1)) };
	struct object_verdict v = { .cache = a.cache };
	int err = 0;

	o->odd.allocs++;
	if (!ev->obj.ptr) {
		o->odd.failed_allocs++;
		return 0;
	}
	v.named = o->scored && (a.cache == IDENTITY_PAGES || identity_is_sure(o->identity, ev));
	if (a.page == KM_NO_PFN)
		o->odd.outside++;
	else if (a.cache == IDENTITY_PAGES)
		from_pages(o, ev, &a, &v);
	else if (a.cache >= 0)
		err = from_cache(o, ev, &a, &v);
	else
		o->odd.unknown_allocs++;
	if (!err && a.page != KM_NO_PFN && a.cache >= 0)
		note_order(o, &a);
	if (a.cache >= 0)
		v.bytes = o->room.caches[a.cache].size == ev->obj.bytes_alloc;
	if (err || !o->scored)
		return err;
	if (object_score_misses(&o->score, &v))
		note_first(o, ev, &v);
	return object_score_count(&o->score, &v);
}

/* ---- frees ---- */

enum { ZERO_SIZE_PTR = 16 };

/*
 * An object of a slab nobody saw comes back. Where its pages are from before the trace, all of it
 * is in use; where not, what was taken of it so far was taken unseen. There a kfree() says nothing
 * of its cache.
 */
static int first_seen_free(struct objects *o, const struct km_event *ev, uint64_t page,
			   unsigned int byte)
{
	bool fresh = is_fresh(o, page);
	int cache = ev->kind == KM_EV_CACHE_FREE ? identity_of_name(o->identity, ev->obj.cache) :
		    fresh			 ? IDENTITY_NONE :
						   identity_of_page(o->identity, page);
	struct answer a = { .cache = cache, .page = page, .byte = byte };
	uint32_t id;

	if (cache < 0) {
		o->odd.unknown_frees++;
		return 0;
	}
	a.head = pfn_align_down(pfn(page), o->room.caches[cache].order).nr;
	if (fresh)
		return begin_slab(o, ev, &a);
	int err = slab_adopt(&o->room, (unsigned int)cache, a.head, &id);

	if (err) {
		o->odd.unplaced += err == -KM_EINVAL;
		return err == -KM_EINVAL ? 0 : err;
	}
	slab_place(&o->room, id, page, byte);
	return 0;
}

int objects_freed(struct objects *o, const struct km_event *ev)
{
	uint64_t page = identity_page(o->identity, ev->obj.ptr);
	unsigned int byte = (unsigned int)(ev->obj.ptr & ((UINT64_C(1) << o->room.page_shift) - 1));
	int index, err = 0;

	o->odd.frees++;
	if (ev->obj.ptr <= ZERO_SIZE_PTR) {
		o->odd.null_frees++;
		return 0;
	}
	if (page == KM_NO_PFN) {
		o->odd.outside++;
		return 0;
	}
	if (!slab_at(&o->room, page))
		err = first_seen_free(o, ev, page, byte);
	uint32_t id = slab_at(&o->room, page);

	if (err || !id)
		return err;
	index = slab_index_of(&o->room, id, page, byte);
	if (index < 0) {
		o->odd.inside_frees++;
		return 0;
	}
	o->odd.double_frees += o->room.slabs[id].next[index] != SLAB_USED;
	o->room.prof->ops->free(&o->room, id, (unsigned int)index, ev->cpu);
	return 0;
}
