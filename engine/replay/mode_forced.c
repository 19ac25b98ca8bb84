/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Predict, forced: each choice of the model is named and scored before the record is looked at,
 * then the lists are made to follow the record, refills, drains and fallbacks included. Predictions
 * are previews: they change nothing, so a wrong one leaves no trace.
 */
#include "engine/replay/state.h"

enum { MOST_REFILL = 2048 };

static bool keeps_list(const struct replay *r, unsigned int zone, const struct op *op)
{
	return pcp_keeps(pages_pcp(&r->m.pages, zone, op->cpu), op->ev->page.order);
}

static void add_removal(struct replay *r, unsigned int zone, struct pfn p, unsigned int order,
			unsigned int mt)
{
	steps_add(r, &(struct step){ .kind = STEP_ZONE_LOCKED,
				     .zone = zone,
				     .pfn = p,
				     .order = order,
				     .mt = mt });
}

/*
 * Blocks of @from in the pageblock of @head, ascending, as far as @n goes; returns what is left of
 * @n.
 */
static unsigned int preview_pageblock(struct replay *r, unsigned int zone,
				      const struct buddy_plan *plan, unsigned int from,
				      unsigned int order, unsigned int mt, unsigned int n)
{
	const struct frames *f = &r->m.frames;
	struct pfn at = plan->whole ? pfn_align_down(plan->head, f->pb_order) : plan->head;
	struct pfn end = pfn_plus(at, plan->whole ? pages_of(f->pb_order) : 1);

	while (n && at.nr < end.nr) {
		const struct frame *fr = frames_begins(f, at);
		unsigned int size = fr ? fr->order : 0;

		if (fr && fr->state == FRAME_FREE && size == from)
			for (uint64_t i = 0; i < pages_of(size - order) && n; i++, n--)
				add_removal(r, zone, pfn_plus(at, i << order), order, mt);
		at = pfn_plus(at, pages_of(size));
	}
	return n;
}

static struct step fallback_step(const struct buddy *b, const struct buddy_plan *plan,
				 unsigned int order, unsigned int mt)
{
	bool same = pageblock_of(b->frames, plan->head)->mt == mt;

	return (struct step){ .kind = STEP_FALLBACK,
			      .zone = b->zone->id,
			      .pfn = plan->head,
			      .order = order,
			      .order2 = plan->order,
			      .mt = mt,
			      .mt2 = plan->type,
			      .change_ownership = plan->claims || same,
			      .removes = plan->removes };
}

/*
 * A fallback that itself takes its page, and what the next requests get of the block: of a claimed
 * one as of their own lists, of any other by fallbacks to what is left of it. Returns what is left
 * of @n.
 */
static unsigned int preview_taken(struct replay *r, const struct buddy *b,
				  const struct buddy_plan *plan, unsigned int order,
				  unsigned int mt, unsigned int n)
{
	struct step fell = fallback_step(b, plan, order, mt);

	for (uint64_t i = 0; i < pages_of(plan->order - order) && n; i++, n--) {
		struct pfn at = pfn_plus(plan->head, i << order);

		if (i && plan->claims) {
			add_removal(r, b->zone->id, at, order, mt);
			continue;
		}
		fell.pfn = at;
		fell.order2 = i ? order + (unsigned int)__builtin_ctzll(i) : plan->order;
		steps_add(r, &fell);
	}
	return n;
}

/*
 * A fallback that brings blocks within reach of the request's own lists, and what they give,
 * smallest first.
 */
static unsigned int preview_brought(struct replay *r, const struct buddy *b,
				    struct buddy_plan *plan, unsigned int order, unsigned int mt,
				    unsigned int n)
{
	struct step_queue *q = &r->cpu[r->acting].removed;
	struct step fell = fallback_step(b, plan, order, mt);
	size_t at = q->n;

	steps_add(r, &fell);
	plan->whole &= plan->order < b->frames->pb_order;
	for (unsigned int from = plan->whole ? order : plan->order; n && from < buddy_nr_orders(b);
	     from++)
		n = preview_pageblock(r, b->zone->id, plan, from, order, mt, n);
	if (b->prof->fallback_ops->names_page && at + 1 < q->n) {
		fell.pfn = q->v[at + 1].pfn;
		q->v[at] = q->v[at + 1];
		q->v[at + 1] = fell;
	}
	return n;
}

/* Own lists end here: the fallbacks that would follow, and what they would bring. */
static void preview_fallbacks(struct replay *r, unsigned int zone, unsigned int order,
			      unsigned int mt, unsigned int n)
{
	const struct buddy *b = &r->m.buddy[zone];
	struct buddy_plan plan;

	if (mt >= KM_NR_PCP_TYPES)
		return;
	for (unsigned int before = 0;
	     n && b->prof->fallback_ops->plan(b, order, mt, false, before, &plan); before++)
		n = plan.removes ? preview_taken(r, b, &plan, order, mt, n) :
				   preview_brought(r, b, &plan, order, mt, n);
}

/* What a refill of @n blocks would take: its steps are queued. Returns the first page. */
static struct pfn preview_removal(struct replay *r, unsigned int zone, unsigned int order,
				  unsigned int mt, unsigned int n)
{
	struct pfn out[MOST_REFILL];
	const struct buddy *b = &r->m.buddy[zone];
	const struct step_queue *q = &r->cpu[r->acting].removed;
	bool cma = mt == KM_MOVABLE && r->m.pages.has_cma;
	const unsigned int lists[] = { cma && b->zone->nr_free_cma > b->zone->nr_free / 2 ? KM_CMA :
											    mt,
				       cma ? KM_CMA : KM_NR_MIGRATETYPES };
	unsigned int left = n < MOST_REFILL ? n : MOST_REFILL;

	for (unsigned int k = 0; k < 2 && left && lists[k] < KM_NR_MIGRATETYPES; k++) {
		unsigned int got = k && lists[0] == lists[1] ?
					   0 :
					   buddy_preview(b, order, lists[k], out, left);

		for (unsigned int i = 0; i < got; i++)
			add_removal(r, zone, out[i], order, lists[k]);
		left -= got;
	}
	if (left)
		preview_fallbacks(r, zone, order, mt, left);
	for (size_t i = q->at; i < q->n; i++)
		if (q->v[i].kind == STEP_ZONE_LOCKED || q->v[i].removes)
			return q->v[i].pfn;
	return pfn(KM_NO_PFN);
}

static struct pfn predict_page(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pages_request rq = { .gfp = a->gfp, .order = a->order, .cpu = op->cpu };

	rq.node = (int)node_of_cpu(r, op->cpu);
	unsigned int zone = pages_first_zone(&r->m.pages, &rq), n = 1;

	if (zone == r->m.pages.nr_zones)
		return pfn(KM_NO_PFN);
	struct pcp *p = pages_pcp(&r->m.pages, zone, op->cpu);
	unsigned int mt = pages_migratetype(a->gfp);

	if (keeps_list(r, zone, op)) {
		struct pfn head = pcp_peek(p, &r->m.frames, a->order, mt);

		p->prof->ops->on_alloc(p);
		if (head.nr != KM_NO_PFN)
			return head;
		n = p->prof->ops->refill_blocks(p, &r->m.zone[zone], a->order);
	}
	return preview_removal(r, zone, a->order, mt, n);
}

static enum miss_cause cause_of(const struct replay *r, const struct op *op, enum place was,
				const struct frame *at)
{
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(op->ev->page.pfn));

	if (was == PLACE_UNKNOWN || was == PLACE_OUTSIDE)
		return CAUSE_FIRST_TOUCH;
	if (was == PLACE_FREE)
		return !op->nr_rec && r->survey.from_boot && r->m.stage < STAGE_FINAL ?
			       CAUSE_BLIND_WINDOW :
			       CAUSE_ORDERING;
	if (was != PLACE_PCP)
		return CAUSE_UNKNOWN;
	if (at->cpu != op->cpu)
		return CAUSE_ORDERING;
	if (at->pindex !=
	    pcp_index(pages_pcp(&r->m.pages, zone, op->cpu), at->order, op->ev->page.mt))
		return CAUSE_ORDERING;
	uint32_t head = pages_pcp(&r->m.pages, zone, op->cpu)->list[at->pindex].head;

	if (head && r->m.frames.node[head - 1].irq)
		return CAUSE_ORDERING;
	return r->survey.from_boot && r->m.stage < STAGE_FINAL ? CAUSE_BLIND_WINDOW :
								 CAUSE_UNTRACED_BULK;
}

static int forced_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct pfn recorded = pfn(op->ev->page.pfn), predicted;
	struct frame at = { 0 };
	enum place was = place_of(&r->m, recorded, &at);
	struct verdict v = { .order = op->ev->page.order, .mt = op->ev->page.mt };

	(void)d;
	timeline_removals(r, op);
	r->acting = op->cpu;
	steps_clear(&r->cpu[op->cpu].removed);
	predicted = predict_page(r, op);
	v.hit = predicted.nr == recorded.nr;
	v.known = was > PLACE_UNKNOWN && !gap_doubts(r, recorded);
	v.cause = v.hit ? CAUSE_UNKNOWN :
			  gap_cause(r, predicted, recorded, cause_of(r, op, was, &at));
	match_removals(r, op->cpu, op);
	score_count(&r->score, METRIC_PFN, &v);
	if (!v.hit)
		note_miss(r, METRIC_PFN, op, &v, predicted, recorded);
	obey_alloc(r, op);
	return 0;
}

/* Refills that nobody traced asked for: the lists' sizing goes on as if the model had made them. */
static void follow_refills(struct replay *r, const struct op *op, unsigned int zone,
			   unsigned int order)
{
	struct pcp *p = pages_pcp(&r->m.pages, zone, op->cpu);
	size_t n = count_removals(op), blocks = 0, more = 1;

	while (pcp_keeps(p, order) && blocks < n && more) {
		more = p->prof->ops->refill_blocks(p, &r->m.zone[zone], order);
		blocks += more;
	}
}

static int forced_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_event *ev = op->ev;
	bool fell = ev->kind == KM_EV_EXTFRAG;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(fell ? ev->extfrag.pfn : ev->page.pfn));
	unsigned int order = fell ? ev->extfrag.alloc_order : ev->page.order;
	unsigned int mt = fell			? ev->extfrag.alloc_mt :
			  ev->page.mt == KM_CMA ? KM_MOVABLE :
						  ev->page.mt;

	(void)d;
	timeline_removals(r, op);
	r->acting = op->cpu;
	steps_clear(&r->cpu[op->cpu].removed);
	if (zone < r->m.pages.nr_zones)
		follow_refills(r, op, zone, order);
	if (zone < r->m.pages.nr_zones)
		preview_removal(r, zone, order, mt, (unsigned int)count_removals(op));
	match_removals(r, op->cpu, op);
	obey_run(r, op);
	return 0;
}

struct see_drain {
	struct replay *r;
	unsigned int zone;
};

static void see_drain(void *ctx, struct pfn head, const struct frame *fr)
{
	const struct see_drain *s = ctx;
	unsigned int mt = fr ? fr->mt : 0;

	if (fr && (s->r->m.profile->pcp.drains_by_pageblock || s->r->m.zone[s->zone].nr_isolated))
		mt = pageblock_of(&s->r->m.frames, head)->mt;
	steps_add(s->r, &(struct step){ .kind = STEP_PCPU_DRAIN,
					.zone = s->zone,
					.pfn = head,
					.order = fr ? fr->order : 0,
					.mt = mt });
}

static int forced_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *f = &op->ev->page;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(f->pfn));
	struct pcp *p = pages_pcp(&r->m.pages, zone, op->cpu);
	unsigned int mt = pageblock_of(&r->m.frames, pfn(f->pfn))->mt;
	struct op without = *op;

	without.nr_rec = 0;
	timeline_free(r, op, pfn(f->pfn));
	int err = mode_observe.free(r, &without, d);

	if (err)
		return err;
	r->acting = op->cpu;
	steps_clear(&r->cpu[op->cpu].drained);
	if (mt != KM_ISOLATE && pcp_keeps(p, f->order) && !op->free_flags) {
		uint32_t pages = p->prof->ops->drain_pages(p, &r->m.zone[zone], f->order);
		struct pcp_preview v;
		struct see_drain see = { .r = r, .zone = zone };

		pcp_preview_init(&v, p);
		if (pages)
			pcp_preview_drain(&v, &r->m.frames, pages, pcp_index(p, f->order, mt),
					  see_drain, &see);
	}
	match_drains(r, op->cpu, op);
	obey_drains(r, op);
	return 0;
}

/* What a tick of the statistics that gives @pages back would name; the limit follows. */
static void preview_tick(struct replay *r, struct pcp *p, unsigned int zone, uint32_t pages)
{
	struct see_drain see = { .r = r, .zone = zone };
	struct pcp_preview v;
	int64_t left = pages;

	pcp_preview_init(&v, p);
	for (; left > 0; left -= p->batch)
		pcp_preview_drain(&v, &r->m.frames, left < p->batch ? (uint32_t)left : p->batch, 0,
				  see_drain, &see);
	if (pages < p->count)
		p->high = p->count - pages;
}

static int forced_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct step_queue *q = &r->cpu[op->cpu].drained;
	uint32_t pages;
	struct pcp *pcp = q->at == q->n ? timeline_tick(r, op, &pages) : NULL;

	(void)d;
	r->acting = op->cpu;
	if (pcp)
		preview_tick(r, pcp, pages_zone_of(&r->m.pages, pfn(op->ev->page.pfn)), pages);
	match_drains(r, op->cpu, op);
	obey_drains(r, op);
	return 0;
}

static int forced_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone,
			     struct km_diag *d)
{
	(void)d;
	r->acting = cpu;
	steps_clear(&r->cpu[cpu].drained);
	for (unsigned int owner = 0; owner < r->m.pages.nr_cpus; owner++) {
		struct pcp *p = pages_pcp(&r->m.pages, zone, owner);
		struct see_drain see = { .r = r, .zone = zone };
		struct pcp_preview v;

		for (pcp_preview_init(&v, p); v.left || v.hidden;)
			pcp_preview_drain(&v, &r->m.frames, pcp_portion(p), 0, see_drain, &see);
	}
	return 0;
}

const struct mode_ops mode_forced = {
	.pfn_metric = "page.pfn_forced",
	.scores = { [METRIC_PFN] = true,
		    [METRIC_REFILL] = true,
		    [METRIC_DRAIN] = true,
		    [METRIC_FALLBACK] = true,
		    [METRIC_CMA_PFN] = true,
		    [METRIC_CMA_RESULT] = true },
	.alloc = forced_alloc,
	.run = forced_run,
	.free = forced_free,
	.drain = forced_drain,
	.bulk = observe_bulk,
	.drain_zone = forced_drain_zone,
};
