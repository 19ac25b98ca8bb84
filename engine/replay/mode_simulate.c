/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulate: what would have happened. The model serves every request and takes every free by
 * itself; recorded refills, drains and fallbacks are not looked at. page.pfn_free counts how often
 * it chose what the kernel chose.
 */
#include <string.h>

#include "engine/replay/bind.h"
#include "engine/replay/state.h"

void simulate_tunables(struct machine_config *mc, const struct replay_tunables *t)
{
	mc->min_free_kbytes = t ? t->min_free_kbytes : -1;
	mc->watermark_scale_factor = t ? t->watermark_scale_factor : -1;
	mc->watermark_boost_factor = t ? t->watermark_boost_factor : -1;
	mc->no_nofragment = t && !t->nofragment;
	mc->high_fraction = t ? t->percpu_pagelist_high_fraction : -1;
	for (unsigned int i = 0; i < 8; i++)
		mc->lowmem_reserve_ratio[i] = t ? t->lowmem_reserve_ratio[i] : -1;
}

int simulate_begin(struct replay *r, struct km_diag *d)
{
	if (bind_open(&r->bind, &r->m.frames, false) || pressure_begin(r, &pressure_ops))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the bindings of a free run");
	r->mode = &mode_simulate;
	score_release(&r->score);
	r->score = (struct score){ .pfn_metric = mode_simulate.pfn_metric };
	memcpy(r->score.scored, mode_simulate.scores, sizeof(r->score.scored));
	limits_free_run(r);
	if (!r->totals.limits.lists && !strcmp(r->config.from_label, r->config.seed->label))
		machine_adopt_pcp(&r->m, r->config.seed);
	return 0;
}

int simulate_failed(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	struct km_failure_row row = {
		.event_no = op->no,
		.ts_ns = op->ev->ts_ns,
		.path = "alloc_pages",
		.ord = a->order,
		.gfp = a->gfp,
		.migratetype = a->mt,
		.reason = pages_failure_name(r->m.pages.failure),
		.caller = caller_of(r, op->ev),
	};

	r->totals.failures++;
	return r->sink.ops->failure(r->sink.ctx, &row);
}

void simulate_chose(struct replay *r, const struct op *op, struct pfn got)
{
	const struct km_ev_page *a = &op->ev->page;
	const struct replay_choice c = { .event_no = op->no,
					 .ts_ns = op->ev->ts_ns,
					 .pfn = got.nr,
					 .pages = pages_of(a->order),
					 .gfp = a->gfp,
					 .cpu = op->cpu,
					 .order = a->order,
					 .migratetype = a->mt };

	if (r->config.chosen)
		r->config.chosen(r->config.chosen_ctx, &c);
	explain_chose(r, got, pages_failure_name(r->m.pages.failure));
}

/* From here until own_fallbacks() the model's steps are queued. */
static void listen(struct replay *r, const struct op *op)
{
	steps_clear(&r->cpu[op->cpu].removed);
	steps_clear(&r->cpu[op->cpu].drained);
	steps_listen(r, op->cpu);
	r->listening = true;
}

int simulate_fallback(struct replay *r, const struct op *op, const struct step *s)
{
	const struct zone *z = &r->m.zone[s->zone];
	struct km_fallback_row row = { .event_no = op->no,
				       .ts_ns = op->ev->ts_ns,
				       .node = z->node,
				       .zone = z->name,
				       .alloc_ord = s->order,
				       .fallback_ord = s->order2,
				       .alloc_type = s->mt,
				       .fallback_type = s->mt2,
				       .change_ownership = s->change_ownership,
				       .reason = buddy_fallback_reason(s->pieces) };

	return r->sink.ops->fallback(r->sink.ctx, &row);
}

static int own_fallbacks(struct replay *r, const struct op *op)
{
	const struct step_queue *q = &r->cpu[op->cpu].removed;
	int err = 0;

	r->listening = false;
	for (size_t i = q->at; !err && i < q->n; i++)
		if (q->v[i].kind == STEP_FALLBACK)
			err = simulate_fallback(r, op, &q->v[i]);
	return err;
}

/* Single pages that left the free lists of another machine: a bulk request may have got them. */
static void note_seen(struct replay *r, const struct op *op)
{
	for (size_t i = 0; r->foreign && i < op->nr_rec; i++) {
		const struct km_ev_page p = rec_taken(&op->rec[i]);

		if (op->rec[i].removes && !p.order)
			bind_seen(r->bind, pfn(p.pfn));
	}
}

/* A request that no event of pages stands for. */
int simulate_pages(struct replay *r, const struct op *op, struct pfn *got)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pages_request rq = { .gfp = a->gfp, .order = a->order, .cpu = op->cpu };

	rq.node = (int)node_of_cpu(r, op->cpu);
	rq.pf_memalloc = pressure_reclaims(r, op);
	listen(r, op);
	r->cost.asked++;
	r->cost.direct += !pcp_keeps(&r->m.pcp[0], a->order);
	*got = pages_alloc(&r->m.pages, &rq);
	int err = own_fallbacks(r, op);

	if (err || got->nr == KM_NO_PFN)
		return err;
	place_take(&r->m, *got, a->order);
	place_alloc(&r->m, *got, a->order, pages_migratetype(a->gfp));
	bind_orphan(r->bind, *got, a->order);
	return 0;
}

void simulate_give_back(struct replay *r, unsigned int cpu, struct pfn p, unsigned int order)
{
	enum place at = place_of(&r->m, p, NULL), was;

	if (at == PLACE_OUTSIDE || at == PLACE_FREE || at == PLACE_PCP)
		return;
	place_release(&r->m, p, order, &was);
	r->cost.given++;
	r->cost.direct += !pcp_keeps(&r->m.pcp[0], order);
	KM_BUG_ON(pages_free(&r->m.pages, cpu, p, order, 0));
}

static int simulate_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pages_request rq = { .gfp = a->gfp, .order = a->order, .cpu = op->cpu };
	struct verdict v = { .known = true, .order = a->order, .mt = a->mt };

	(void)d;
	timeline_removals(r, op);
	note_seen(r, op);
	rq.node = (int)node_of_cpu(r, op->cpu);
	rq.pf_memalloc = pressure_reclaims(r, op);
	listen(r, op);
	struct pfn got = pages_alloc(&r->m.pages, &rq);

	simulate_chose(r, op, got);
	v.cause = CAUSE_UNKNOWN;
	v.hit = got.nr == a->pfn;
	score_count(&r->score, METRIC_PFN, &v);
	if (!v.hit)
		note_miss(r, METRIC_PFN, op, &v, got, pfn(a->pfn));
	int err = own_fallbacks(r, op);

	if (err)
		return err;
	if (got.nr == KM_NO_PFN) {
		bind_nothing(r->bind, pfn(a->pfn), a->order);
		return simulate_failed(r, op);
	}
	/* a page of the seed's unknown per-CPU stock may be standing where the model had no head */
	place_take(&r->m, got, a->order);
	place_alloc(&r->m, got, a->order, pages_migratetype(a->gfp));
	bind_set(r->bind, pfn(a->pfn), got, a->order);
	pins_alloc(r, op, got);
	return 0;
}

/* What the recorded block means was split: its pages are single. */
static bool is_split(const struct replay *r, const struct km_ev_page *f)
{
	struct pfn p = bind_of(r->bind, pfn(f->pfn));
	struct frame fr;

	return bind_has(r->bind, pfn(f->pfn)) && place_of(&r->m, p, &fr) == PLACE_ALLOC &&
	       !fr.order;
}

static int free_block(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *f = &op->ev->page;
	enum place at = place_of(&r->m, pfn(f->pfn), NULL), was;
	bool in_use = at == PLACE_ALLOC || at == PLACE_UNKNOWN;
	struct pfn p = bind_free(r->bind, pfn(f->pfn), f->order, in_use);

	if (p.nr == KM_NO_PFN) {
		r->totals.void_frees++;
		return 0;
	}
	if (pressure_owns_free(r, op, p))
		return 0;
	at = place_of(&r->m, p, NULL);
	if (at == PLACE_OUTSIDE) {
		r->totals.outside++;
		return 0;
	}
	if (at == PLACE_FREE || at == PLACE_PCP) {
		r->totals.unknown_frees++;
		return 0;
	}
	place_release(&r->m, p, f->order, &was);
	pins_free(r, p);
	timeline_free(r, op, p);
	int err = pages_free(&r->m.pages, op->cpu, p, f->order, op->free_flags);

	if (err)
		return km_fail(d, KM_EFORMAT, "", "event %llu frees a block that cannot be one",
			       (unsigned long long)op->no);
	return 0;
}

static int simulate_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct km_event ev = *op->ev;
	struct op page = *op;
	int err = 0;

	if (pressure_migrated(r, op))
		return 0;
	if (!ev.page.order ||
	    (bind_whole(r->bind, pfn(ev.page.pfn), ev.page.order) && !is_split(r, &ev.page)))
		return free_block(r, op, d);
	/* what the model has for its pages lies here and there */
	ev.page.order = 0;
	page.ev = &ev;
	for (uint64_t n = pages_of(op->ev->page.order); !err && n--; ev.page.pfn++)
		err = free_block(r, &page, d);
	return err;
}

static int note_untraced(struct replay *r, struct pfn p, struct km_diag *d)
{
	if (bind_untraced(r->bind, p))
		return km_fail(d, KM_ENOMEM, "", "out of memory for untraced pages");
	return 0;
}

/* vmalloc gives back what it has got, where that is not all. */
static int bulk_failed(struct replay *r, const struct op *op, unsigned int got)
{
	struct km_event ev = *op->ev;
	struct op asked = *op;
	enum place was;

	for (struct pfn p; got-- && (p = bind_unwait(r->bind)).nr != KM_NO_PFN;) {
		place_release(&r->m, p, 0, &was);
		KM_BUG_ON(pages_free(&r->m.pages, op->cpu, p, 0, 0));
	}
	ev.page =
		(struct km_ev_page){ .gfp = BULK_GFP, .mt = (uint8_t)pages_migratetype(BULK_GFP) };
	asked.ev = &ev;
	return simulate_failed(r, &asked);
}

static int simulate_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d)
{
	unsigned int left = n;

	listen(r, op);
	int err = bulk_request(r, op, &left, note_untraced, d);

	if (!err)
		err = own_fallbacks(r, op);
	return err || !left ? err : bulk_failed(r, op, n - left);
}

static int simulate_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	note_seen(r, op);
	return 0;
}

static int simulate_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)r, (void)op, (void)d;
	return 0;
}

static int simulate_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone,
			       struct km_diag *d)
{
	(void)cpu, (void)d;
	pages_drain_zone(&r->m.pages, zone);
	return 0;
}

const struct mode_ops mode_simulate = {
	.pfn_metric = "page.pfn_free",
	.ticks = true,
	.scores = { [METRIC_PFN] = true, [METRIC_CMA_RESULT] = true },
	.alloc = simulate_alloc,
	.run = simulate_run,
	.free = simulate_free,
	.drain = simulate_drain,
	.bulk = simulate_bulk,
	.drain_zone = simulate_drain_zone,
};
