/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who allocates objects, and whose the record's pages are. The former is fed at once; events wait
 * here for the latter until the delay line of the pages has come to them: then the model's own
 * steps, and states, are of the same moment.
 */
#include <stdlib.h>

#include "engine/replay/state.h"

/* Every how many of the evenly spaced samples the owners are recorded, as the objects are. */
enum { SAMPLES_APART = 10, FIRST_WAITING = 4096 };

static int host_failed(int err, struct km_diag *d)
{
	return err ? km_fail(d, KM_ENOMEM, "", "out of memory for the owners of pages") : 0;
}

int owner_feed_open(struct replay *r, struct km_diag *d)
{
	const struct vmalloc_profile *v = r->m.profile->vmalloc;
	const struct attribution_config c = { .first_page = r->m.frames.base,
					      .nr_pages = r->m.frames.nr_frames,
					      .page_shift = r->m.page_shift,
					      .nr_cpus = r->m.pages.nr_cpus,
					      .stack_pages = v ? v->stack_pages : 0 };

	int err = 0;

	if (r->config.synthetic)
		return 0;
	if (!r->config.no_owners) {
		err = attribution_open(&r->owners, &c);
		if (!err)
			err = call_sites_open(&r->call_sites, r->strings);
	}
	if (!err)
		err = percpu_feed_open(&r->percpu, r->m.profile->percpu, &r->config.seed->percpu,
				       r->m.page_shift,
				       r->config.mode == REPLAY_PREDICT && !r->config.forced);
	return host_failed(err, d);
}

int owner_feed_start(struct replay *r, struct km_diag *d)
{
	for (unsigned int kind = 0; kind < KM_NR_EVENT_KINDS; kind++)
		r->owner_kind[kind] = (r->owners.page && attribution_heeds(kind)) ||
				      ((r->owners.page || r->percpu.on) && percpu_feed_heeds(kind));
	return r->owners.page ? host_failed(attribution_start(&r->owners, r->objects), d) : 0;
}

static int feed_call_sites(struct replay *r, const struct km_event *ev)
{
	bool alloc = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC;
	unsigned int order;
	int cache = alloc && r->objects ? objects_cache_of(r->objects, ev, KM_NO_PFN, &order) :
					  OBJECTS_NO_CACHE;

	return call_sites_feed(&r->call_sites, ev, cache,
			       cache < 0 ? NULL : objects_room(r->objects)->caches[cache].name);
}

/* ---- the events that wait: a ring ---- */

static int wider(struct waiting_events *w)
{
	size_t room = w->room ? w->room * 2 : FIRST_WAITING;
	struct waiting_event *v = malloc(room * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	for (size_t i = 0; i < w->n; i++)
		v[i] = w->v[(w->at + i) & (w->room - 1)];
	free(w->v);
	*w = (struct waiting_events){ v, 0, w->n, room, w->tasks };
	return 0;
}

/* What the owners are told again need not wait, but for the first sign that tasks run. */
static bool is_nothing(struct replay *r, const struct km_event *ev, uint32_t bulk)
{
	struct waiting_events *w = &r->waiting;
	bool first = ev->pid > 1 && !w->tasks;
	bool repeats = r->owners.page && attribution_repeats(&r->owners, ev);

	w->tasks |= first;
	return repeats && !first && !bulk;
}

static int wait_for_pages(struct replay *r, const struct km_event *ev)
{
	struct waiting_events *w = &r->waiting;
	uint32_t bulk = ev->kind == KM_EV_KMALLOC ? bulk_pages(r, ev) : 0;

	if (is_nothing(r, ev, bulk))
		return 0;
	if (w->n == w->room && wider(w))
		return -KM_ENOMEM;
	w->v[(w->at + w->n++) & (w->room - 1)] = (struct waiting_event){
		.ev = *ev,
		.no = r->totals.events,
		.bulk = bulk,
		.stack = bulk && bulk == r->owners.stack_pages && r->vmaps &&
			 vmaps_makes_stack(r->vmaps, ev->pid),
	};
	return 0;
}

void owner_feed_upto(struct replay *r, uint64_t no)
{
	struct waiting_events *w = &r->waiting;

	for (; w->n && w->v[w->at].no <= no; w->n--) {
		const struct waiting_event *e = &w->v[w->at];

		if (r->owners.cache)
			attribution_feed(&r->owners, &e->ev, e->no, e->bulk, e->stack);
		if (percpu_feed_event(&r->percpu, &e->ev))
			r->host_error = -KM_ENOMEM;
		w->at = (w->at + 1) & (w->room - 1);
	}
}

static int checked(const struct replay *r, struct km_diag *d)
{
	int err = r->owners.page ? census_check(r->call_sites.census, d) : 0;

	return err || !r->percpu.on ? err : percpu_check(&r->percpu.room, d);
}

int owner_feed(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	int err = r->owners.page ? feed_call_sites(r, ev) : 0;

	if (!err)
		err = wait_for_pages(r, ev);
	if (err)
		return host_failed(err, d);
	return r->config.paranoid ? checked(r, d) : 0;
}

void owner_feed_release(struct replay *r)
{
	free(r->waiting.v);
	attribution_release(&r->owners);
	call_sites_release(&r->call_sites);
	percpu_feed_release(&r->percpu);
}

/* ---- rows ---- */

void owner_feed_row(struct replay *r, struct km_sample *row)
{
	uint64_t apart = r->sample_step * SAMPLES_APART;

	if (row->source)
		return;
	owner_feed_upto(r, row->event_no);
	if (row->label || row->event_no == r->totals.events ||
	    (apart && row->event_no % apart == 0)) {
		if (r->owners.cache)
			row->owners = attribution_rows(&r->owners, &row->nr_owners);
		row->percpu = percpu_feed_row(&r->percpu);
	}
}

/* How full the caches' slabs are at the end. */
static int report_use(struct replay *r)
{
	const struct slab_room *room = r->objects ? objects_room(r->objects) : NULL;
	struct slab_use *use = room ? calloc(room->nr_caches + 1, sizeof(*use)) : NULL;
	int err = room && !use ? -KM_ENOMEM : 0;

	if (use)
		slab_use(room, use);
	for (size_t i = 0; use && !err && i < room->nr_caches; i++) {
		const struct km_slab_use_row row = { .cache = room->caches[i].name,
						     .slabs = use[i].slabs,
						     .used_objs = use[i].used_objs,
						     .single_slabs = use[i].single_slabs,
						     .sparse_slabs = use[i].sparse_slabs };

		if (row.slabs)
			err = r->sink.ops->slab_use(r->sink.ctx, &row);
	}
	free(use);
	return err;
}

int owner_feed_report(struct replay *r)
{
	owner_feed_upto(r, UINT64_MAX);
	int err = percpu_feed_report(&r->percpu, &r->sink);

	if (err || !r->owners.page)
		return err;
	err = attribution_report(&r->owners, &r->sink);
	if (!err)
		err = report_use(r);
	return err ? err : call_sites_report(&r->call_sites, r->totals.last_ts_ns, &r->sink);
}
