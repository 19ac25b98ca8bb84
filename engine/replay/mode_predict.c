/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Predict from calls only: the model chooses first, the choice is scored against the record. The
 * model sees allocations, frees, bulk hints and CMA events; recorded refills and drains are
 * compared, never followed: they only tell when the boot timeline moved on. After a miss the
 * recorded page is taken, with what its place proves.
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
	struct frame *fr = frame_at(&r->m.frames, p, order);
	unsigned int irq = fr->irq;

	pcp_push(pcp, &r->m.frames, p, order, pages_migratetype(op->ev->page.gfp), false);
	fr->mt = mt & 7u;
	fr->irq = irq & 1u;
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
static enum miss_cause put_right(struct replay *r, const struct op *op, struct pfn p,
				 enum place was, struct frame *at)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p);

	r->totals.put_right++;
	if (was == PLACE_UNKNOWN || was == PLACE_OUTSIDE)
		return CAUSE_FIRST_TOUCH;
	if (was == PLACE_FREE) {
		unsigned int got = obey_untraced_refill(r, op, p);

		if (got && place_of(&r->m, p, at) == PLACE_PCP)
			obey_those_above(r, op, at, p);
		return got && r->survey.from_boot && r->m.stage < STAGE_FINAL ? CAUSE_BLIND_WINDOW :
										CAUSE_ORDERING;
	}
	if (was == PLACE_PCP) {
		struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);

		if (at->cpu != op->cpu || at->order != op->ev->page.order)
			return CAUSE_ORDERING;
		if (at->pindex != pcp_index(pcp, at->order, op->ev->page.mt)) {
			mend_type(r, op, p);
			return CAUSE_ORDERING;
		}
		bool interrupted = obey_those_above(r, op, at, p);

		if (interrupted)
			return CAUSE_ORDERING;
		return r->survey.from_boot && r->m.stage < STAGE_FINAL ? CAUSE_BLIND_WINDOW :
									 CAUSE_UNTRACED_BULK;
	}
	/*
	 * on a running system the lists' order is assumed: a page thought gone was merely further
	 * back
	 */
	return r->survey.from_boot ? CAUSE_UNKNOWN : CAUSE_ORDERING;
}

/*
 * An empty list under which pages from before the trace may lie: whether it was refilled is not
 * known, so the refill's first page is named without being fetched. True: that was it, or there is
 * no such doubt, and the request is served.
 */
static bool certain_of(struct replay *r, const struct op *op, const struct pages_request *rq,
		       struct pfn *named)
{
	unsigned int zone = pages_first_zone(&r->m.pages, rq), mt = pages_migratetype(rq->gfp);

	if (zone == r->m.pages.nr_zones)
		return true;
	struct pcp *p = pages_pcp(&r->m.pages, zone, rq->cpu);
	unsigned int index = pcp_index(p, rq->order, mt);

	if (!pcp_keeps(p, rq->order) || !flist_empty(&p->list[index]) || !pcp_may_hide(p, index))
		return true;
	if (!buddy_preview(&r->m.buddy[zone], rq->order, mt, named, 1))
		*named = pfn(KM_NO_PFN);
	if (named->nr == op->ev->page.pfn)
		return true;
	p->prof->ops->on_alloc(p);
	return false;
}

static void judge_page(struct replay *r, const struct op *op, struct pfn predicted,
		       struct verdict *v)
{
	v->order = op->ev->page.order;
	v->mt = op->ev->page.mt;
	score_count(&r->score, METRIC_PFN, v);
	if (!v->hit)
		note_miss(r, METRIC_PFN, op, v, predicted, pfn(op->ev->page.pfn));
}

static int predict_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct pages_request rq = request_of(r, op);
	struct step_queue *q = &r->cpu[op->cpu].removed;
	struct pfn recorded = pfn(op->ev->page.pfn);
	struct frame at = { 0 };
	struct verdict v = { .hit = false };

	(void)d;
	timeline_removals(r, op);
	enum place was = place_of(&r->m, recorded, &at);

	if (op->nr_rec)
		steps_clear(q);
	size_t from = q->n;

	steps_listen(r, op->cpu);
	struct pfn predicted;
	bool served = certain_of(r, op, &rq, &predicted);

	if (served)
		predicted = pages_alloc(&r->m.pages, &rq);

	v.hit = predicted.nr == recorded.nr;
	v.uncertain = was > PLACE_UNKNOWN && gap_doubts(r, recorded);
	v.known = was > PLACE_UNKNOWN && !v.uncertain;
	if (op->nr_rec || q->n > from)
		match_removals(r, op->cpu, op);
	if (!v.hit && served)
		give_back(r, op, predicted);
	if (q->n > from)
		steps_clear(q);
	if (!v.hit && was != PLACE_UNKNOWN)
		was = place_of(&r->m, recorded, &at);
	if (!v.hit)
		v.cause = gap_cause(r, predicted, recorded, put_right(r, op, recorded, was, &at));
	judge_page(r, op, predicted, &v);
	if (v.hit)
		place_alloc(&r->m, recorded, rq.order, pages_migratetype(rq.gfp));
	else
		obey_take(r, op);
	return 0;
}

static int predict_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	timeline_removals(r, op);
	match_removals(r, op->cpu, op);
	return 0;
}

static int predict_free(struct replay *r, const struct op *op, struct km_diag *d)
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
	int err = pages_free(&r->m.pages, op->cpu, p, f->order, op->free_flags);

	if (err)
		return km_fail(d, KM_EFORMAT, "", "event %llu frees a block that cannot be one",
			       (unsigned long long)op->no);
	match_drains(r, op->cpu, op);
	obey_interrupt(r, op);
	return 0;
}

static int predict_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct step_queue *q = &r->cpu[op->cpu].drained;
	uint32_t pages;
	struct pcp *pcp = q->at == q->n ? timeline_tick(r, op, &pages) : NULL;

	(void)d;
	if (pcp) {
		steps_listen(r, op->cpu);
		pcp_decay(pcp, &r->m.buddy[pages_zone_of(&r->m.pages, pfn(op->ev->page.pfn))],
			  pages);
	}
	match_drains(r, op->cpu, op);
	return 0;
}

static int predict_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d)
{
	steps_clear(&r->cpu[op->cpu].removed);
	steps_listen(r, op->cpu);
	return bulk_request(r, op, &n, NULL, d);
}

static int predict_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone,
			      struct km_diag *d)
{
	(void)d;
	steps_clear(&r->cpu[cpu].drained);
	steps_listen(r, cpu);
	pages_drain_zone(&r->m.pages, zone);
	return 0;
}

const struct mode_ops mode_predict = {
	.pfn_metric = "page.pfn",
	.scores = { [METRIC_PFN] = true,
		    [METRIC_REFILL] = true,
		    [METRIC_DRAIN] = true,
		    [METRIC_FALLBACK] = true,
		    [METRIC_CMA_PFN] = true,
		    [METRIC_CMA_RESULT] = true },
	.alloc = predict_alloc,
	.run = predict_run,
	.free = predict_free,
	.drain = predict_drain,
	.bulk = predict_bulk,
	.drain_zone = predict_drain_zone,
};
