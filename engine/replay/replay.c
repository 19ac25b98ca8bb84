/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop.
 *
 * 1. Survey: every event passes the delay line once; the survey notes what the first uses of pages
 * prove.
 * 2. Start: the machine is seeded.
 * 3. Replay: every event passes the line again; each operation goes to the mode, markers and
 * sampling points take the
 *    machine's state.
 */
#include "engine/replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/bind.h"
#include "engine/replay/object_run.h"
#include "engine/replay/state.h"

/* Which kinds of events the page layer looks at. */
static void choose_kinds(struct replay *r)
{
	for (unsigned int kind = KM_EV_PAGE_ALLOC; kind <= KM_EV_EXTFRAG; kind++)
		r->page_kind[kind] = true;
	for (unsigned int kind = KM_EV_CMA_START; kind <= KM_EV_RECLAIM_END; kind++)
		r->page_kind[kind] = true;
	r->page_kind[KM_EV_MARKER] = r->page_kind[KM_EV_LOST] = true;
	r->page_kind[KM_EV_FILEMAP_ADD] = r->page_kind[KM_EV_FILEMAP_DEL] =
		r->page_kind[KM_EV_OOM] = r->config.mode == REPLAY_SIMULATE;
}

static bool concerns_pages(struct replay *r, const struct km_event *ev)
{
	return ev->kind == KM_EV_KMALLOC ? bulk_pages(r, ev) != 0 : r->page_kind[ev->kind];
}

static int take_sample(struct replay *r, uint64_t event_no, uint64_t ts_ns, const char *label,
		       const char *source)
{
	struct km_sample row = {
		.event_no = event_no, .ts_ns = ts_ns, .label = label, .source = source
	};

	row.lost_events = r->gap.lost_events;
	row.uncertain_pages = gap_uncertain(&r->gap);
	r->sampler.no_map = r->config.no_map;
	/*
	 * a state the machine was seeded from is its own label's only where tracing began on a
	 * running system
	 */
	if (label && !r->config.synthetic)
		row.seeded = reanchor_seeds(r, label) ||
			     (!r->survey.from_boot && !strcmp(label, r->config.seed->label));
	object_feed_sample(r, &row);
	vmalloc_feed_row(r, &row);
	owner_feed_row(r, &row);
	int err = sampler_take(&r->sampler, &r->m, &row, &r->sink);

	return err || !r->cost.c || source ? err : cost_feed_sample(r, label != NULL);
}

static int marker(struct replay *r, const struct op *op, struct km_diag *d)
{
	const char *text = strtab_get(r->strings, op->ev->text);
	char label[KM_NAME_LEN], file[256];
	int err = 0;

	if (sscanf(text, "kmemlab snapshot begin %63s", label) == 1) {
		if (r->config.mode == REPLAY_SIMULATE && r->config.from_label && !r->bind &&
		    !strcmp(label, r->config.from_label))
			err = simulate_begin(r, d);
		return err ? err : take_sample(r, op->no, op->ev->ts_ns, label, NULL);
	}
	if (sscanf(text, "kmemlab read %63s %255s", label, file) == 2) {
		const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;

		err = take_sample(r, op->no, op->ev->ts_ns, label, base);
		reanchor_marker(r, label, base);
	} else if (sscanf(text, "kmemlab snapshot end %63s", label) == 1) {
		reanchor_marker(r, label, NULL);
	}
	return err;
}

static int other_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	uint32_t pages;

	/* what a generated trace asks doors for, they serve */
	if (r->config.synthetic && op->ev->kind != KM_EV_MARKER)
		return 0;
	int err = pressure_event(r, op, d);

	if (err)
		return err;
	switch (op->ev->kind) {
	case KM_EV_MARKER:
		return marker(r, op, d);
	case KM_EV_LOST:
		return gap_event(r, op, d);
	case KM_EV_KMALLOC:
		pages = bulk_pages(r, op->ev);
		if (!pages)
			return 0;
		r->totals.bulk_pages += pages;
		if (r->cost.c)
			cost_feed_before(r, op->cpu);
		err = r->mode->bulk(r, op, pages, d);
		if (r->cost.c && !err)
			cost_feed_bulk(r, op, pages);
		return err;
	default:
		if (!r->bind && compaction_event(r, op))
			return km_fail(d, KM_ENOMEM, "", "out of memory for a gap");
		return contig_event(r, op, d);
	}
}

/* No zone of the machine has this page: nothing can be said of it, and it counts as missed. */
static int outside(struct replay *r, const struct op *op)
{
	const struct km_ev_page *p = &op->ev->page;
	struct verdict v = { .order = p->order, .mt = p->mt, .cause = CAUSE_UNKNOWN };

	r->totals.outside++;
	if (op->kind != OP_ALLOC || !r->score.scored[METRIC_PFN])
		return 0;
	score_count(&r->score, METRIC_PFN, &v);
	note_miss(r, METRIC_PFN, op, &v, pfn(KM_NO_PFN), pfn(p->pfn));
	return 0;
}

/* Where the model has what the event is of; KM_NO_PFN: nowhere. */
static struct pfn placed(const struct replay *r, const struct op *op)
{
	struct pfn p = pfn(op->ev->page.pfn);

	return r->config.synthetic ? names_get(&r->names, p.nr) : r->bind ? bind_of(r->bind, p) : p;
}

static int alloc_op(struct replay *r, const struct op *op, struct km_diag *d)
{
	int err = r->mode->alloc(r, op, d);
	struct pfn at = r->bind ? bind_of(r->bind, pfn(op->ev->page.pfn)) : pfn(op->ev->page.pfn);

	if (r->tlb.tlb && !err)
		tlb_feed_alloc(r, op, placed(r, op));
	if (!r->config.synthetic && origins_may_have(&r->origins, at.nr))
		origin_alloc(&r->origins, at, op->ev, op->no);
	if (r->contig_log.call.n)
		contig_log_alloc(r, op);
	if (!err && r->config.mode == REPLAY_SIMULATE && !r->config.synthetic)
		pressure_alloc(r, op);
	return err;
}

/* What was known of a page that comes back. */
static void forget_page(struct replay *r, const struct km_ev_page *p)
{
	if (origins_may_have(&r->origins, p->pfn))
		origin_free(&r->origins, pfn(p->pfn), p->order);
	if (r->pinned)
		pins_free(r, pfn(p->pfn));
}

static int page_op(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *p = &op->ev->page;
	bool own = !r->config.synthetic && (op->kind == OP_ALLOC || op->kind == OP_FREE);
	int err = 0;

	if (op->kind == OP_ALLOC && p->pfn == KM_NO_PFN)
		return recorded_failure(r, op);
	if (own && r->run && object_run_owns(r, op))
		return 0;
	if (own && r->contig_own.flight.n &&
	    (op->kind == OP_ALLOC ? contig_own_alloc(r, op) : contig_own_free(r, op)))
		return 0;
	if (own && !r->bind && pages_zone_of(&r->m.pages, pfn(p->pfn)) == r->m.pages.nr_zones)
		return outside(r, op);
	switch (op->kind) {
	case OP_ALLOC:
		r->totals.allocs++;
		return alloc_op(r, op, d);
	case OP_RUN:
		return r->mode->run(r, op, d);
	case OP_FREE:
		r->totals.frees++;
		if (r->tlb.tlb)
			tlb_feed_free(r, op, placed(r, op));
		compaction_free(r, op);
		if (!r->config.synthetic)
			err = contig_event(r, op, d);
		if (!r->bind && !r->config.synthetic)
			forget_page(r, p);
		return err ? err : r->mode->free(r, op, d);
	case OP_DRAIN:
		return r->mode->drain(r, op, d);
	default:
		return 0;
	}
}

int replay_op(struct replay *r, const struct op *op, struct km_diag *d)
{
	int err = 0;

	while (!err && r->sample_step && op->no >= r->next_sample) {
		err = take_sample(r, r->next_sample, op->ev->ts_ns, NULL, NULL);
		r->next_sample += r->sample_step;
	}
	if (r->bind)
		machine_tick(&r->m, op->ev->ts_ns);
	if (!err && op->nr_rec && r->mode != &mode_simulate)
		err = recorded_fallbacks(r, op);
	timeline_clock(r, op->ev->ts_ns);
	if (!err && r->run)
		err = object_run_until(r, op->no) ?
			      km_fail(d, KM_ENOMEM, "", "out of memory for the objects") :
			      0;
	owner_feed_upto(r, op->no);
	bool explains = !err && explain_wants(r, op);

	if (explains)
		explain_before(r, op);
	if (!err && op->kind == OP_EVENT) {
		err = other_event(r, op, d);
	} else if (!err) {
		gap_before(r, op);
		if (r->cost.c)
			cost_feed_before(r, op->cpu);
		err = page_op(r, op, d);
		if (r->cost.c && !err)
			cost_feed_page(r, op);
		gap_after(r, op);
	}
	if (r->bind && bind_error(r->bind))
		r->host_error = -KM_ENOMEM;
	if (explains)
		explain_after(r);
	if (!err && r->host_error)
		err = km_fail(d, KM_ENOMEM, "", "out of memory for the model's steps");
	if (!err && r->config.paranoid)
		err = machine_check(&r->m, d);
	if (!err && r->config.paranoid && r->tlb.tlb)
		err = tlb_check(r->tlb.tlb, d);
	if (!err && r->config.paranoid && r->run)
		err = object_run_check(r->run, d);
	return err;
}

static int on_op(void *ctx, const struct op *op, struct km_diag *d)
{
	struct replay *r = ctx;

	if (r->replaying)
		return replay_op(r, op, d);
	if (op->kind == OP_EVENT && op->ev->kind == KM_EV_MARKER &&
	    survey_marker(&r->survey, strtab_get(r->strings, op->ev->text), r->config.seed->label,
			  r->config.seed->kpageflags != NULL))
		r->host_error = -KM_ENOMEM;
	survey_op(&r->survey, &r->m, op, op->kind == OP_EVENT ? bulk_pages(r, op->ev) : 0);
	if (r->config.mode == REPLAY_SIMULATE && contig_own_survey(r, op))
		r->host_error = -KM_ENOMEM;
	if (contig_seed_survey(r, op))
		r->host_error = -KM_ENOMEM;
	return r->host_error ? km_fail(d, KM_ENOMEM, "", "out of memory for the survey") : 0;
}

/* Of the kernel that wrote the trace, as the machine is once it has booted. */
static unsigned int refill_of(void *ctx, const struct km_event *ev)
{
	struct replay *r = ctx;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(ev->page.pfn)), blocks;
	struct pcp p = r->survey.lists;

	if (zone == r->m.pages.nr_zones || ev->cpu >= r->m.pages.nr_cpus)
		return 1;
	p.batch = r->batch[(size_t)zone * r->m.pages.nr_cpus + ev->cpu];
	blocks = pcp_keeps(&p, ev->page.order) ? p.prof->ops->refill_unit(&p, ev->page.order) : 1;
	return blocks ? blocks : 1;
}

static unsigned int type_of(void *ctx, struct pfn p)
{
	struct replay *r = ctx;

	return r->replaying && !r->foreign && frames_has(&r->m.frames, p) ?
		       pageblock_of(&r->m.frames, p)->mt :
		       KM_NR_MIGRATETYPES;
}

static const struct mode_ops *mode_of(const struct replay_config *c)
{
	if (c->synthetic)
		return &mode_generated;
	if (c->mode == REPLAY_OBSERVE)
		return &mode_observe;
	if (c->mode == REPLAY_SIMULATE && !c->from_label)
		return &mode_simulate;
	return c->forced ? &mode_forced : &mode_predict;
}

static int open_group(struct replay *r)
{
	const struct group_sink gs = {
		.op = on_op,
		.refill = refill_of,
		.type = type_of,
		.fallback_names_page = r->config.recorded->buddy.fallback_ops->names_page,
		.ctx = r,
	};

	return group_open(&r->group, &gs);
}

static int open_rooms(struct replay *r, struct km_diag *d)
{
	unsigned int columns = 0x0f | 1u << KM_ISOLATE | (r->config.has_cma ? 1u << KM_CMA : 0);

	if (r->config.seed->type_columns)
		columns = r->config.seed->type_columns;
	r->cpu = calloc(r->m.pages.nr_cpus, sizeof(*r->cpu));
	if (!r->cpu || sampler_init(&r->sampler, &r->m, columns))
		return km_fail(d, KM_ENOMEM, "", "out of memory for a machine of %" PRIu64 " pages",
			       r->m.frames.nr_frames);
	if (r->config.explain ? origins_open_all(&r->origins, &r->m) :
				origins_open(&r->origins, &r->m))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the pages of CMA areas");
	if (r->config.synthetic)
		return 0;
	if (survey_init(&r->survey, &r->m, r->config.recorded) ||
	    haste_open(&r->haste, r->m.pages.nr_cpus) || open_group(r))
		return km_fail(d, KM_ENOMEM, "", "out of memory for a machine of %" PRIu64 " pages",
			       r->m.frames.nr_frames);
	if (r->mode == &mode_simulate &&
	    (bind_open(&r->bind, &r->m.frames, r->foreign) || pressure_begin(r, &pressure_ops)))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the bindings of a free run");
	return 0;
}

static bool is_whole(const struct km_sink_ops *o)
{
	return o->sample && o->fallback && o->failure && o->cma_alloc && o->fidelity && o->loss &&
	       o->attribution && o->pressure && o->call_site && o->leak && o->tlb && o->owner &&
	       o->slab_use && o->cost;
}

int replay_open(struct replay **out, const struct replay_config *config,
		const struct strtab *strings, const struct km_sink *sink, struct km_diag *d)
{
	KM_BUG_ON(config->synthetic && config->mode != REPLAY_SIMULATE);
	if (!config->seed || !config->profile)
		return km_fail(d, KM_EINVAL, "",
			       "the capture has no snapshot that describes the machine's zones");
	if (!is_whole(sink->ops))
		return km_fail(d, KM_EINVAL, "", "a sink must take every kind of row");
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	r->config = *config;
	if (!r->config.recorded)
		r->config.recorded = config->profile;
	r->strings = strings;
	r->sink = *sink;
	r->listening = true;
	r->mode = mode_of(config);
	r->foreign = config->layout && r->mode == &mode_simulate;
	choose_kinds(r);
	int err = limits_open(r, d);

	if (!err)
		err = open_rooms(r, d);
	if (!err)
		err = object_feed_open(r, d);
	if (!err && !config->synthetic)
		err = vmalloc_feed_open(r, d);
	if (!err)
		err = tlb_feed_open(r, d);
	if (!err)
		err = cost_feed_open(r, d);
	if (!err)
		err = owner_feed_open(r, d);
	if (err) {
		replay_close(r);
		return err;
	}
	r->score.pfn_metric = r->mode->pfn_metric;
	memcpy(r->score.scored, r->mode->scores, sizeof(r->score.scored));
	*out = r;
	return 0;
}

int replay_survey(struct replay *r, const struct km_event *ev, size_t n, struct km_diag *d)
{
	bool objects = r->objects || r->run;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		r->survey.nr_events++;
		haste_learn(&r->haste, &ev[i]);
		if (r->tlb.tlb)
			tlb_feed_survey(r, &ev[i]);
		if (objects)
			err = object_feed_survey(r, &ev[i], d);
		if (r->owners.page)
			attribution_learn(&r->owners, &ev[i]);
		if (!err && r->vmap_kind[ev[i].kind])
			err = vmalloc_feed_survey(r, &ev[i], d);
		if (err || !concerns_pages(r, &ev[i]))
			continue;
		r->survey.filemap |= ev[i].kind == KM_EV_FILEMAP_ADD;
		if (ev[i].kind == KM_EV_LOST)
			r->totals.lost_events += ev[i].num[0];
		gap_survey(&r->gap, &ev[i], !r->survey.stopped);
		err = refuse_event(r, &ev[i], r->survey.nr_events, d);
		if (!err && refine_keep(r, &ev[i]))
			err = km_fail(d, KM_ENOMEM, "", "out of memory for the first events");
		if (!err)
			err = gigantic_push(r, &ev[i], r->survey.nr_events, false, d);
	}
	return err;
}

/* What the survey found out becomes the machine's state before the first event. */
static int start_surveyed(struct replay *r, struct km_diag *d)
{
	int err = group_flush(r->group, d);

	group_close(r->group);
	r->group = NULL;
	if (!err && open_group(r))
		err = km_fail(d, KM_ENOMEM, "", "out of memory for the delay line");
	if (!err && (contig_own_surveyed(r) || pins_open(r)))
		err = km_fail(d, KM_ENOMEM, "", "out of memory for contiguous allocations");
	if (!err && r->foreign) {
		err = seed_cold(r, d);
	} else if (!err) {
		err = refine_seed(r, d);
		err = err ? err : seed_build(r, d);
	}
	if (!err)
		gap_start(r);
	survey_release(&r->survey);
	haste_settle(&r->haste);
	return err;
}

/* Who follows all events looks at every kind; a kmalloc may announce pages. */
static void choose_any_kind(struct replay *r)
{
	bool all = r->objects || r->run || r->cost.c || r->tlb.tlb;

	for (unsigned int kind = 0; kind < KM_NR_EVENT_KINDS; kind++)
		r->any_kind[kind] = all || r->page_kind[kind] || r->vmap_kind[kind] ||
				    r->owner_kind[kind] || kind == KM_EV_KMALLOC;
}

int replay_start(struct replay *r, struct km_diag *d)
{
	uint64_t nr_events = r->config.synthetic ? r->config.nr_events : r->survey.nr_events;
	int err = 0;

	if (r->config.synthetic) {
		frames_all_in_use(&r->m.frames);
		err = pins_open(r) ? km_fail(d, KM_ENOMEM, "", "out of memory for pinned pages") :
				     seed_cold(r, d);
	} else {
		err = start_surveyed(r, d);
	}
	if (r->config.nr_samples) {
		r->sample_step = nr_events / r->config.nr_samples;
		r->sample_step = r->sample_step ? r->sample_step : 1;
		r->next_sample = r->sample_step;
	}
	if (!err)
		err = object_feed_start(r, d);
	if (!err)
		err = vmalloc_feed_start(r, d);
	if (!err)
		err = owner_feed_start(r, d);
	choose_any_kind(r);
	if (!err && r->config.synthetic)
		err = generated_begin(r, d);
	r->replaying = true;
	return err;
}

/*
 * A label that no marker places: "start" is the state before the first event, "end" after the last.
 */
static const char *unmarked_start(const struct replay *r)
{
	return r->config.has_start_label && !r->survey.start_marked ? "start" : NULL;
}

static const char *unmarked_end(const struct replay *r)
{
	return r->config.has_end_label && !r->survey.end_marked ? "end" : NULL;
}

int replay_feed(struct replay *r, const struct km_event *ev, size_t n, struct km_diag *d)
{
	bool objects = r->objects || r->run;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		if (!r->totals.events++) {
			r->totals.first_ts_ns = ev[i].ts_ns;
			err = take_sample(r, 0, ev[i].ts_ns, unmarked_start(r), NULL);
		}
		r->totals.last_ts_ns = ev[i].ts_ns;
		if (r->config.synthetic) {
			generated_look_ahead(r, ev, n, i);
			r->totals.page_events += ev[i].kind >= KM_EV_PAGE_ALLOC &&
						 ev[i].kind <= KM_EV_EXTFRAG;
			err = err ? err : generated_feed(r, &ev[i], r->totals.events, d);
			continue;
		}
		bool interrupted = haste_interrupted(&r->haste, &ev[i]);

		if (!r->any_kind[ev[i].kind])
			continue;
		if (r->cost.c)
			cost_feed_event_before(r, &ev[i]);
		if (!err && objects)
			err = object_feed(r, &ev[i], d);
		if (r->cost.c && !err)
			cost_feed_event(r, &ev[i]);
		if (!err && r->owner_kind[ev[i].kind])
			err = owner_feed(r, &ev[i], d);
		if (!err && r->tlb.tlb)
			tlb_feed_event(r, &ev[i]);
		if (!err && r->vmap_kind[ev[i].kind])
			err = vmalloc_feed(r, &ev[i], d);
		if (r->cost.c && !err)
			cost_feed_area(r, &ev[i]);
		if (err || !concerns_pages(r, &ev[i]))
			continue;
		r->totals.page_events += ev[i].kind >= KM_EV_PAGE_ALLOC &&
					 ev[i].kind <= KM_EV_EXTFRAG;
		if (!err)
			err = refuse_event(r, &ev[i], r->totals.events, d);
		if (!err)
			err = gigantic_push(r, &ev[i], r->totals.events, interrupted, d);
	}
	return err;
}

int replay_finish(struct replay *r, struct km_diag *d)
{
	int err = r->group ? group_flush(r->group, d) : 0;

	contig_settle(r);
	if (!err)
		err = contig_log_end(r);
	if (!err)
		err = object_feed_finish(r, d);
	if (!err)
		err = vmalloc_feed_finish(r, d);
	if (!err)
		err = take_sample(r, r->totals.events, r->totals.last_ts_ns, unmarked_end(r), NULL);
	if (!err)
		err = pressure_report(r);
	if (!err)
		err = tlb_feed_report(r);
	if (!err && r->cost.c)
		err = cost_feed_report(r);
	if (!err)
		err = doors_report(r);
	if (!err)
		err = score_report(&r->score, &r->sink);
	if (!err && r->vmaps)
		err = vmaps_report(r->vmaps, &r->sink);
	if (!err)
		err = owner_feed_report(r);
	return err || !r->objects ? err : objects_report(r->objects, &r->sink);
}
