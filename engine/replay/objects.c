/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/objects.h"

#include <stdlib.h>

#include "engine/replay/object_rows.h"
#include "engine/replay/objects_state.h"
#include "engine/slab/slab_ops.h"

/* The rows of one state, until its sample is taken. */
struct noted {
	uint64_t no;
	size_t n;
	struct km_slab_state *rows;
	struct noted *next;
};

/* ---- events ---- */

int objects_learn(struct objects *o, const struct km_event *ev)
{
	if (o->blocks)
		return blocks_learn(o->blocks, ev);
	if (ev->kind == KM_EV_PERCPU_ALLOC && o->room.prof->ops->tune)
		return early_learn(&o->early, &o->room, ev);
	if (ev->kind == KM_EV_PAGE_ALLOC && ev->cpu < o->room.nr_cpus)
		unseen_learn_block(&o->unseen, ev);
	if (ev->kind == KM_EV_PAGE_FREE && ev->cpu < o->room.nr_cpus &&
	    unseen_learn_block_freed(&o->unseen, ev))
		return -KM_ENOMEM;
	if (ev->cpu < o->room.nr_cpus && o->room.prof->ops->reap && reaper_hear(&o->reaper, ev) &&
	    identity_has_objects(o->identity, ev->page.pfn) && reaper_learn(&o->reaper, ev))
		return -KM_ENOMEM;
	if (ev->cpu < o->room.nr_cpus && unseen_is_object(ev) &&
	    unseen_learn(&o->unseen, ev, identity_page(o->identity, ev->obj.ptr)))
		return -KM_ENOMEM;
	return identity_learn(o->identity, ev);
}

int objects_learn_label(struct objects *o)
{
	if (o->blocks)
		return 0;
	uint64_t *slabs = malloc((o->seed->nr_caches + 1) * sizeof(*slabs));
	int err = -KM_ENOMEM;

	for (size_t i = 0; slabs && i < o->seed->nr_caches; i++)
		slabs[i] = o->seed->caches[i].num_slabs;
	if (slabs)
		err = identity_mark(o->identity, slabs, o->seed->nr_caches);
	free(slabs);
	return err;
}

int objects_start(struct objects *o, bool from_boot)
{
	if (o->blocks)
		return blocks_start(o->blocks, from_boot);
	o->from_boot = from_boot;
	if (from_boot && o->room.prof->ops->tune)
		early_start(&o->early, &o->room);
	int err = identity_settle(o->identity);

	if (!err)
		err = shuffles_open(&o->shuffles, o->room.nr_caches);
	if (!err)
		err = reaper_start(&o->reaper, from_boot);
	o->learnt = true;
	if (!err)
		err = unseen_start(&o->unseen, o->room.nr_caches);
	return err ? err : object_score_open(&o->score, o->room.nr_caches);
}

int objects_feed(struct objects *o, const struct km_event *ev, uint64_t no)
{
	if (o->blocks)
		return blocks_feed(o->blocks, ev, no);
	o->room.now = no;
	if (ev->cpu >= o->room.nr_cpus) {
		o->odd.no_cpu += unseen_is_object(ev);
		return 0;
	}
	bool alone = o->room.prof->ops->reap && reaper_hear(&o->reaper, ev);
	unsigned int cpu;

	unseen_feed(&o->unseen, ev);
	while (reaper_ran(&o->reaper, ev->ts_ns, &cpu))
		o->room.prof->ops->reap(&o->room, cpu);
	switch (ev->kind) {
	case KM_EV_PERCPU_ALLOC:
		early_feed(&o->early, &o->room, ev);
		return 0;
	case KM_EV_PAGE_ALLOC:
		objects_block_allocated(o, ev, no);
		return 0;
	case KM_EV_PAGE_FREE:
		objects_block_freed(o, ev, alone);
		return 0;
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return objects_allocated(o, ev);
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		return objects_freed(o, ev);
	default:
		return 0;
	}
}

int objects_cache_of(struct objects *o, const struct km_event *ev, uint64_t page,
		     unsigned int *order)
{
	int cache = IDENTITY_NONE;

	_Static_assert((int)OBJECTS_NO_CACHE == (int)IDENTITY_NONE &&
			       (int)OBJECTS_PAGES == (int)IDENTITY_PAGES,
		       "one number for each");
	if (o->blocks)
		return OBJECTS_NO_CACHE;
	if (ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC)
		cache = identity_of_alloc(o->identity, ev);
	else if (ev->kind == KM_EV_CACHE_FREE)
		cache = identity_of_name(o->identity, ev->obj.cache);
	else if (page != KM_NO_PFN)
		cache = identity_of_page(o->identity, page);
	if (cache >= 0)
		*order = o->room.caches[cache].order;
	return cache;
}

const struct slab_room *objects_room(const struct objects *o)
{
	return o->blocks ? NULL : &o->room;
}

void objects_page_missed(struct objects *o, uint64_t no)
{
	if (o && o->blocks)
		blocks_page_missed(o->blocks, no);
	else if (o && o->scored)
		object_score_missed(&o->score, no);
}

/* ---- rows of slabinfo ---- */

int objects_note(struct objects *o, uint64_t no)
{
	struct noted *k = calloc(1, sizeof(*k));

	if (!k)
		return -KM_ENOMEM;
	k->no = no;
	k->rows = calloc(o->room.nr_caches + 1, sizeof(*k->rows));
	if (!k->rows) {
		free(k);
		return -KM_ENOMEM;
	}
	k->n = object_rows_fill(&o->room, k->rows);
	*o->last = k;
	o->last = &k->next;
	return 0;
}

static void noted_free(struct noted *k)
{
	if (k)
		free(k->rows);
	free(k);
}

const struct km_slab_state *objects_rows(struct objects *o, uint64_t no, size_t *n)
{
	*n = 0;
	while (o->first && o->first->no <= no) {
		noted_free(o->given);
		o->given = o->first;
		o->first = o->first->next;
	}
	if (!o->first)
		o->last = &o->first;
	if (!o->given || o->given->no != no)
		return NULL;
	*n = o->given->n;
	return o->given->rows;
}

void objects_anchor(struct objects *o)
{
	object_rows_anchor(&o->room, o->seed);
}

/* ---- open, close, report ---- */

/* Nobody in the record has anything of the slab whose first page is @page until it goes back. */
static bool may_go(void *ctx, uint64_t page)
{
	struct objects *o = ctx;

	return !o->learnt || unseen_goes(&o->unseen, page);
}

/* What an allocator with caches needs. */
static int open_caches(struct objects *o, const struct objects_config *c)
{
	int err = pending_init(&o->pending, c->nr_cpus);

	if (!err)
		err = unseen_init(&o->unseen, c->first_page, c->nr_pages);
	if (!err)
		err = slab_init(&o->room, c->prof, c->first_page, c->nr_pages, c->nr_cpus,
				c->page_shift);
	if (!err) {
		o->fresh = calloc(c->nr_pages / 64 + 1, sizeof(*o->fresh));
		err = o->fresh ? 0 : -KM_ENOMEM;
	}
	o->room.release = (struct slab_release){ may_go, o };
	if (!err && c->topology.nr_nodes)
		o->room.topology = c->topology;
	if (!err)
		err = reaper_init(&o->reaper, c->strings, c->nr_cpus);
	if (!err)
		err = object_rows_caches(&o->room, o->seed, false);
	if (!err && c->late)
		err = object_rows_late(&o->room, c->late);
	return err ? err : identity_open(&o->identity, &o->room, c->strings);
}

int objects_open(struct objects **out, const struct objects_config *c, struct km_diag *d)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (!o)
		return km_fail(d, KM_ENOMEM, "", "out of memory for the objects");
	o->seed = c->seed;
	o->scored = c->scored;
	o->last = &o->first;
	int err = c->prof->ops->by_place ? blocks_open(&o->blocks, c) : open_caches(o, c);

	if (err) {
		objects_close(o);
		return km_fail(d, (enum km_errno) - err, "",
			       err == -KM_EINVAL ? "slabinfo names a cache that cannot be" :
						   "out of memory for the objects");
	}
	*out = o;
	return 0;
}

void objects_close(struct objects *o)
{
	if (!o)
		return;
	noted_free(o->given);
	for (struct noted *k = o->first; k; k = o->first) {
		o->first = k->next;
		noted_free(k);
	}
	blocks_close(o->blocks);
	identity_close(o->identity);
	if (o->room.prof)
		slab_release(&o->room);
	object_score_release(&o->score);
	reaper_release(&o->reaper);
	early_release(&o->early);
	shuffles_close(&o->shuffles);
	unseen_release(&o->unseen);
	free(o->fresh);
	pending_release(&o->pending);
	free(o);
}

const struct replay_miss *objects_first_miss(const struct objects *o, const char *metric)
{
	return o && !o->blocks && o->scored ? object_score_first(&o->score, metric) : NULL;
}

void objects_totals(const struct objects *o, struct replay_objects *out)
{
	if (o->blocks) {
		blocks_totals(o->blocks, out);
		return;
	}
	*out = o->odd;
	out->allocator = o->room.prof->ops->name;
}

int objects_report(const struct objects *o, const struct km_sink *sink)
{
	if (o->blocks)
		return blocks_report(o->blocks, sink);
	return o->scored ? object_score_report(&o->score, &o->room, sink) : 0;
}

int objects_check(const struct objects *o, struct km_diag *d)
{
	if (o->blocks)
		return blocks_check(o->blocks, d);
	return slab_check(&o->room, d);
}
