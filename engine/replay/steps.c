/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's own steps, queued per CPU, and held against what the trace recorded. */
#include <stdlib.h>

#include "engine/replay/state.h"

static int push(struct step_queue *q, const struct step *s)
{
	if (q->at == q->n)
		q->at = q->n = 0;
	if (q->n == q->room) {
		size_t room = q->room ? q->room * 2 : 64;
		struct step *v = realloc(q->v, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		q->v = v;
		q->room = room;
	}
	q->v[q->n++] = *s;
	return 0;
}

void steps_clear(struct step_queue *q)
{
	q->at = q->n = 0;
}

void steps_add(struct replay *r, const struct step *s)
{
	struct cpu_state *c = &r->cpu[r->acting];
	int err = push(s->kind == STEP_PCPU_DRAIN ? &c->drained : &c->removed, s);

	if (err)
		r->host_error = err;
}

static void hear(void *ctx, const struct step *s)
{
	struct replay *r = ctx;

	if (r->listening)
		steps_add(r, s);
}

void steps_listen(struct replay *r, unsigned int cpu)
{
	r->acting = cpu;
	r->m.probe.emit = hear;
	r->m.probe.ctx = r;
}

void cpu_state_release(struct cpu_state *c)
{
	free(c->removed.v);
	free(c->drained.v);
}

static bool same_removal(const struct step *s, const struct km_event *ev)
{
	if (ev->kind == KM_EV_EXTFRAG)
		return s->kind == STEP_FALLBACK && s->pfn.nr == ev->extfrag.pfn &&
		       s->order == ev->extfrag.alloc_order &&
		       s->order2 == ev->extfrag.fallback_order && s->mt == ev->extfrag.alloc_mt &&
		       s->mt2 == ev->extfrag.fallback_mt &&
		       s->change_ownership == ev->extfrag.change_ownership;
	return s->kind == STEP_ZONE_LOCKED && s->pfn.nr == ev->page.pfn &&
	       s->order == ev->page.order && s->mt == ev->page.mt;
}

static void judge(struct replay *r, enum metric metric, const struct op *op,
		  const struct km_event *ev, bool hit, struct pfn predicted)
{
	struct verdict v = { .hit = hit };
	struct pfn recorded = pfn(ev->kind == KM_EV_EXTFRAG ? ev->extfrag.pfn : ev->page.pfn);

	v.order = ev->kind == KM_EV_EXTFRAG ? ev->extfrag.alloc_order : ev->page.order;
	v.mt = ev->kind == KM_EV_EXTFRAG ? ev->extfrag.alloc_mt : ev->page.mt;
	bool met = place_of(&r->m, recorded, NULL) > PLACE_UNKNOWN;

	v.known = met && !gap_doubts(r, recorded);
	v.cause = gap_cause(r, predicted, recorded, met ? CAUSE_ORDERING : CAUSE_FIRST_TOUCH);
	score_count(&r->score, metric, &v);
	if (!hit)
		note_miss(r, metric, op, &v, predicted, recorded);
}

static bool takes_page(const struct step *s)
{
	return s->kind == STEP_ZONE_LOCKED || s->removes;
}

/*
 * The model's step that answers @rec. A fallback only one side made does not shift the pages behind
 * it.
 */
static const struct step *next_removal(struct step_queue *q, const struct op_rec *rec)
{
	while (rec->removes && q->at < q->n && !takes_page(&q->v[q->at]))
		q->at++;
	if (q->at == q->n || takes_page(&q->v[q->at]) != rec->removes)
		return NULL;
	return &q->v[q->at++];
}

void match_removals(struct replay *r, unsigned int cpu, const struct op *op)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_event *ev = &op->rec[i].ev;
		bool is_fallback = ev->kind == KM_EV_EXTFRAG;
		const struct step *s = next_removal(&r->cpu[cpu].removed, &op->rec[i]);

		judge(r, is_fallback ? METRIC_FALLBACK : METRIC_REFILL, op, ev,
		      s && same_removal(s, ev), s ? s->pfn : pfn(KM_NO_PFN));
	}
}

void match_drains(struct replay *r, unsigned int cpu, const struct op *op)
{
	struct step_queue *q = &r->cpu[cpu].drained;

	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_event *ev = &op->rec[i].ev;
		const struct step *s = q->at < q->n ? &q->v[q->at++] : NULL;
		bool hit = s && s->pfn.nr == ev->page.pfn && s->order == ev->page.order &&
			   s->mt == ev->page.mt;

		judge(r, METRIC_DRAIN, op, ev, hit, s ? s->pfn : pfn(KM_NO_PFN));
	}
}
