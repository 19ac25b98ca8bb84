/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Predict: the model chooses first; the choice is scored against the record; then the record is obeyed.
 *
 * Calls only: the model sees allocations, frees, bulk hints and CMA events. Recorded refills and drains are compared,
 * never followed; they only tell when the boot timeline moved on. After a miss the recorded page is taken, with what
 * its place proves.
 * Forced: after each prediction the lists are also made to follow recorded refills, drains and fallbacks.
 */
#include "engine/replay/state.h"

static struct pages_request request_of(const struct replay *r, const struct op *op)
{
	return (struct pages_request){ .gfp = op->ev->page.gfp,
				       .order = op->ev->page.order,
				       .cpu = op->cpu,
				       .node = (int)node_of_cpu(r, op->cpu) };
}

/* What the model took without need goes back to the head of its list, or to the free lists. */
static void give_back(struct replay *r, const struct op *op, struct pfn p)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p), order = op->ev->page.order;

	if (p.nr == KM_NO_PFN)
		return;
	struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);
	unsigned int mt = pageblock_of(&r->m.frames, p)->mt;

	if (!pcp_keeps(pcp, order)) {
		KM_BUG_ON(buddy_free(&r->m.buddy[zone], p, order, mt, 0));
		return;
	}
	pcp_push(pcp, &r->m.frames, p, order, pages_migratetype(op->ev->page.gfp), false);
	struct frame *fr = frame_at(&r->m.frames, p, order);

	fr->mt = mt & 7u;
}

/* Pages above the recorded one were taken without a trace, unless the line shows them still to come. */
static void take_those_above(struct replay *r, const struct op *op, const struct frame *at, struct pfn p)
{
	struct frames *f = &r->m.frames;
	struct pcp *pcp = pages_pcp(&r->m.pages, pages_zone_of(&r->m.pages, p), at->cpu);
	uint32_t node = pcp->list[at->pindex].head;

	while (node && node_pfn(f, node - 1).nr != p.nr) {
		struct pfn head = node_pfn(f, node - 1);
		unsigned int order = f->node[node - 1].order;

		node = f->node[node - 1].next;
		if (group_next_of(r->group, head) == KM_EV_PAGE_ALLOC)
			continue;
		pcp_remove(pcp, f, head, order);
		place_alloc(&r->m, head, order, op->ev->page.mt);
	}
}

/* The page was on the list of another type: its pageblock's type was not what the model thought. */
static void mend_type(struct replay *r, const struct op *op, struct pfn p)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p), mt = op->ev->page.mt;

	if (mt >= KM_NR_PCP_TYPES || pageblock_of(&r->m.frames, p)->mt >= KM_NR_PCP_TYPES)
		return;
	buddy_set_type(&r->m.buddy[zone], p, mt);
	buddy_move_block(&r->m.buddy[zone], p, mt, NULL);
}

/* After a miss: bring the recorded page within reach, with what its place proves. */
static enum miss_cause put_right(struct replay *r, const struct op *op, struct pfn p, enum place was,
				 const struct frame *at)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p);

	r->totals.put_right++;
	if (was == PLACE_UNKNOWN || was == PLACE_OUTSIDE)
		return CAUSE_FIRST_TOUCH;
	if (was == PLACE_FREE) {
		unsigned int got = op->nr_rec ? 0 : obey_untraced_refill(r, op, p);

		if (got && place_of(&r->m, p, (struct frame *)(uintptr_t)at) == PLACE_PCP)
			take_those_above(r, op, at, p);
		return got && r->survey.from_boot && r->m.stage < STAGE_FINAL ? CAUSE_BLIND_WINDOW : CAUSE_ORDERING;
	}
	if (was == PLACE_PCP) {
		struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);

		if (at->cpu != op->cpu || at->order != op->ev->page.order)
			return CAUSE_ORDERING;
		if (at->pindex != pcp_index(pcp, at->order, op->ev->page.mt)) {
			mend_type(r, op, p);
			return CAUSE_UNKNOWN;
		}
		take_those_above(r, op, at, p);
		return CAUSE_UNTRACED_BULK;
	}
	return CAUSE_UNKNOWN;
}

/* Did the record's removals come out exactly as the model's? */
static bool removals_agree(const struct replay *r, const struct op *op, size_t from)
{
	const struct step_queue *q = &r->cpu[op->cpu].removed;
	size_t steps = 0;

	for (size_t i = from; i < q->n; i++)
		steps += q->v[i].kind == STEP_ZONE_LOCKED;
	if (steps != count_removals(op))
		return false;
	for (size_t i = from, k = 0; i < q->n; i++) {
		if (q->v[i].kind != STEP_ZONE_LOCKED)
			continue;
		while (op->rec[k].ev.kind != KM_EV_ZONE_LOCKED)
			k++;
		if (op->rec[k].ev.page.pfn != q->v[i].pfn.nr || op->rec[k].ev.page.mt != q->v[i].mt)
			return false;
		k++;
	}
	return true;
}

/* Return pages the model fetched and the kernel did not, last first, so that splits close again. */
static void undo_removals(struct replay *r, unsigned int cpu, size_t from)
{
	const struct step_queue *q = &r->cpu[cpu].removed;

	for (size_t i = q->n; i-- > from;) {
		struct frame fr;

		if (q->v[i].kind != STEP_ZONE_LOCKED || place_of(&r->m, q->v[i].pfn, &fr) != PLACE_PCP)
			continue;
		place_take(&r->m, q->v[i].pfn, q->v[i].order);
		KM_BUG_ON(buddy_free(&r->m.buddy[q->v[i].zone], q->v[i].pfn, q->v[i].order, q->v[i].mt, 0));
	}
}

static void take_recorded(struct replay *r, const struct op *op, struct pfn p)
{
	const struct km_ev_page *a = &op->ev->page;

	if (place_take(&r->m, p, a->order) == PLACE_UNKNOWN) {
		struct pcp *pcp = pages_pcp(&r->m.pages, pages_zone_of(&r->m.pages, p), op->cpu);
		uint32_t pages = pcp->unknown < pages_of(a->order) ? pcp->unknown : (uint32_t)pages_of(a->order);

		pcp->unknown -= pages;
		pcp->count -= pages;
	}
	place_alloc(&r->m, p, a->order, pages_migratetype(a->gfp));
}

static void judge_page(struct replay *r, const struct op *op, struct pfn predicted, struct verdict *v)
{
	v->order = op->ev->page.order;
	v->mt = op->ev->page.mt;
	score_count(&r->score, METRIC_PFN, v);
	if (!v->hit)
		note_miss(r, METRIC_PFN, op, v, predicted, pfn(op->ev->page.pfn));
}

static int predict_alloc_as(struct replay *r, const struct op *op, bool forced)
{
	struct pages_request rq = request_of(r, op);
	struct step_queue *q = &r->cpu[op->cpu].removed;
	struct pfn recorded = pfn(op->ev->page.pfn);
	struct frame at = { 0 };
	struct verdict v = { .hit = false };

	timeline_removals(r, op);
	enum place was = place_of(&r->m, recorded, &at);

	if (op->nr_rec)
		steps_clear(q);
	size_t from = q->n;

	steps_listen(r, op->cpu);
	struct pfn predicted = pages_alloc(&r->m.pages, &rq);
	bool same = removals_agree(r, op, from);

	v.hit = predicted.nr == recorded.nr;
	v.known = was > PLACE_UNKNOWN;
	if (op->nr_rec || q->n > from)
		match_removals(r, op->cpu, op);
	if (!v.hit)
		give_back(r, op, predicted);
	if (forced && !same) {
		if (v.hit)
			give_back(r, op, predicted);
		undo_removals(r, op->cpu, from);
		obey_removals(r, op, op->ev->page.mt);
	}
	if (q->n > from)
		steps_clear(q);
	if (!v.hit && was != PLACE_UNKNOWN)
		was = place_of(&r->m, recorded, &at);
	if (!v.hit)
		v.cause = put_right(r, op, recorded, was, &at);
	judge_page(r, op, predicted, &v);
	if (v.hit && !(forced && !same))
		place_alloc(&r->m, recorded, rq.order, pages_migratetype(rq.gfp));
	else
		take_recorded(r, op, recorded);
	return 0;
}

static int predict_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	return predict_alloc_as(r, op, false);
}

static int forced_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	return predict_alloc_as(r, op, true);
}

static int predict_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	timeline_removals(r, op);
	match_removals(r, op->cpu, op);
	return 0;
}

static int forced_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	bool same = removals_agree(r, op, r->cpu[op->cpu].removed.at);
	const struct km_event *ev = op->ev;
	unsigned int mt = ev->kind == KM_EV_EXTFRAG ? ev->extfrag.alloc_mt : ev->page.mt;

	predict_run(r, op, d);
	if (!same)
		obey_removals(r, op, mt < KM_NR_PCP_TYPES ? mt : KM_MOVABLE);
	return 0;
}

static bool drains_agree(const struct replay *r, const struct op *op, size_t from)
{
	const struct step_queue *q = &r->cpu[op->cpu].drained;

	if (q->n - from != op->nr_rec)
		return false;
	for (size_t i = 0; i < op->nr_rec; i++)
		if (q->v[from + i].pfn.nr != op->rec[i].ev.page.pfn || q->v[from + i].mt != op->rec[i].ev.page.mt)
			return false;
	return true;
}

static bool recorded_drain(const struct op *op, struct pfn p)
{
	for (size_t i = 0; i < op->nr_rec; i++)
		if (op->rec[i].ev.page.pfn == p.nr)
			return true;
	return false;
}

/* What the model drained and the kernel did not goes back to the tails it came from, first drained last. */
static void undo_drains(struct replay *r, const struct op *op, size_t from)
{
	const struct step_queue *q = &r->cpu[op->cpu].drained;

	for (size_t i = q->n; i-- > from;) {
		const struct step *s = &q->v[i];

		if (recorded_drain(op, s->pfn) || buddy_take(&r->m.buddy[s->zone], s->pfn, s->order) < 0)
			continue;
		pcp_push(pages_pcp(&r->m.pages, s->zone, op->cpu), &r->m.frames, s->pfn, s->order, s->mt, true);
	}
}

static void obey_undrained(struct replay *r, const struct op *op)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		struct op one = *op;

		one.rec = &op->rec[i];
		one.nr_rec = 1;
		if (place_of(&r->m, pfn(op->rec[i].ev.page.pfn), NULL) != PLACE_FREE)
			obey_drains(r, &one);
	}
}

static int predict_free_as(struct replay *r, const struct op *op, bool forced, struct km_diag *d)
{
	const struct km_ev_page *f = &op->ev->page;
	struct step_queue *q = &r->cpu[op->cpu].drained;
	struct pfn p = pfn(f->pfn);
	enum place was;

	if (pages_zone_of(&r->m.pages, p) == r->m.pages.nr_zones)
		return 0;
	if (!place_release(&r->m, p, f->order, &was) && (was == PLACE_FREE || was == PLACE_PCP))
		r->totals.unknown_frees++;
	timeline_free(r, op, pfn(op->ev->page.pfn));
	steps_clear(q);
	steps_listen(r, op->cpu);
	int err = pages_free(&r->m.pages, op->cpu, p, f->order, op->exact_tail ? PAGES_FREE_TO_TAIL : 0);

	if (err)
		return km_fail(d, KM_EFORMAT, "", "event %llu frees a block that cannot be one", (unsigned long long)op->no);
	if (forced && !drains_agree(r, op, 0)) {
		undo_drains(r, op, 0);
		obey_undrained(r, op);
		r->totals.put_right++;
	}
	match_drains(r, op->cpu, op);
	return 0;
}

static int predict_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	return predict_free_as(r, op, false, d);
}

static int forced_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	return predict_free_as(r, op, true, d);
}

static int predict_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	match_drains(r, op->cpu, op);
	return 0;
}

static int forced_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	match_drains(r, op->cpu, op);
	obey_undrained(r, op);
	return 0;
}

/*
 * vmalloc asks for its pages in chunks; a last single page comes through the front door, traced.
 * Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1]
 */
static int predict_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d)
{
	enum { CHUNK = 128 };
	struct pfn got[CHUNK];
	unsigned int chunk = r->config.profile->pages.bulk_chunk;
	struct pages_request rq = { .gfp = KM_GFP_KERNEL | KM_GFP_HIGHMEM, .cpu = op->cpu };

	(void)d;
	KM_BUG_ON(chunk > CHUNK);
	rq.node = (int)node_of_cpu(r, op->cpu);
	steps_clear(&r->cpu[op->cpu].removed);
	steps_listen(r, op->cpu);
	while (n > 1) {
		unsigned int want = n < chunk ? n : chunk;
		unsigned int have = pages_bulk(&r->m.pages, &rq, got, want);

		for (unsigned int i = 0; i < have; i++)
			place_alloc(&r->m, got[i], 0, pages_migratetype(rq.gfp));
		if (have < want)
			return 0;
		n -= want;
	}
	return 0;
}

static int predict_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone, struct km_diag *d)
{
	(void)d;
	steps_clear(&r->cpu[cpu].drained);
	steps_listen(r, cpu);
	pages_drain_zone(&r->m.pages, zone);
	return 0;
}

#define JUDGES { [METRIC_PFN] = true, [METRIC_REFILL] = true, [METRIC_DRAIN] = true, [METRIC_FALLBACK] = true }

const struct mode_ops mode_predict = {
	.pfn_metric = "page.pfn",
	.scores = JUDGES,
	.alloc = predict_alloc,
	.run = predict_run,
	.free = predict_free,
	.drain = predict_drain,
	.bulk = predict_bulk,
	.drain_zone = predict_drain_zone,
};

const struct mode_ops mode_forced = {
	.pfn_metric = "page.pfn_forced",
	.scores = JUDGES,
	.alloc = forced_alloc,
	.run = forced_run,
	.free = forced_free,
	.drain = forced_drain,
	.bulk = predict_bulk,
	.drain_zone = predict_drain_zone,
};
