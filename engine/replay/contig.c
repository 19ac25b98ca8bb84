/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMA events as the machine's own contiguous allocation: cma_alloc_start isolates the range the
 * bitmap offers and drains the zone's per-CPU lists, the isolation scan takes the free blocks,
 * cma_alloc_finish gives the pageblocks back.
 */
#include "engine/replay/state.h"

static void activate(struct replay *r, struct cma_area *a)
{
	uint64_t step = pages_of(r->m.frames.pb_order);

	for (uint64_t at = 0; at < a->pages; at += step)
		pageblock_of(&r->m.frames, pfn_plus(a->base, at))->mt = KM_CMA;
	a->active = true;
}

static void judge(struct replay *r, const struct op *op, bool hit, struct pfn predicted,
		  struct pfn recorded)
{
	struct verdict v = { .hit = hit, .known = true, .order = KM_MAX_ORDERS, .mt = KM_CMA };

	v.cause = CAUSE_COMPACTION;
	score_count(&r->score, METRIC_CMA_PFN, &v);
	if (!hit)
		note_miss(r, METRIC_CMA_PFN, op, &v, predicted, recorded);
}

/* A request the model refused: the kernel did too unless cma_alloc_finish tells of a range. */
void contig_settle(struct replay *r, const struct op *op, struct pfn recorded)
{
	if (r->contig_refused)
		judge(r, op, recorded.nr == KM_NO_PFN, pfn(KM_NO_PFN), recorded);
	r->contig_refused = false;
}

/* Isolate the range at @bit of the area and drain its zone's per-CPU lists. */
static int isolate(struct replay *r, const struct op *op, const struct cma_area *a, uint64_t bit,
		   struct km_diag *d)
{
	struct pfn start = pfn_plus(a->base, bit << a->order_per_bit);
	const struct contig_env env = machine_contig(&r->m);
	const struct contig_request range = { .start = start,
					      .end = pfn_plus(start, op->ev->cma.count),
					      .mt = KM_CMA,
					      .gfp = KM_GFP_KERNEL,
					      .cpu = op->cpu };

	if (!contig_begin(&r->m.contig, &env, &range))
		return 0; /* the record says what became of it */
	return r->mode->drain_zone(r, op->cpu, pages_zone_of(&r->m.pages, start), d);
}

static int begin(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *c = &op->ev->cma;
	struct cma_area *a = machine_cma_by_name(&r->m, strtab_get(r->strings, c->name));

	int err = contig_log_start(r, op, a);

	contig_settle(r, op, pfn(KM_NO_PFN));
	if (err || !a || !c->count || r->m.contig.busy)
		return err;
	uint64_t bit = cma_find(a, c->count, c->align, 0);

	r->contig_refused = bit == UINT64_MAX;
	if (r->contig_refused)
		return c->count > a->pages ? contig_log_too_large(r, op) : 0;
	r->contig_area = a;
	contig_log_predicted(r, op, pfn_plus(a->base, bit << a->order_per_bit));
	return isolate(r, op, a, bit, d);
}

static void hand_over(struct replay *r)
{
	struct contig *c = &r->m.contig;

	for (struct pfn at = c->start; at.nr < c->end.nr; at = pfn_plus(at, 1)) {
		place_take(&r->m, at, 0);
		place_alloc(&r->m, at, 0, KM_MOVABLE);
	}
	cma_mark(r->contig_area, c->start, c->end.nr - c->start.nr, true);
}

static int finish(struct replay *r, const struct op *op)
{
	struct contig *c = &r->m.contig;
	const struct km_ev_cma *ev = &op->ev->cma;
	int err = contig_log_finish(r, op);

	contig_settle(r, op, pfn(ev->pfn));
	if (!c->busy)
		return err;
	judge(r, op, ev->pfn == c->start.nr, c->start, pfn(ev->pfn));
	if (cma_has(r->contig_area, pfn(ev->pfn)) &&
	    cma_has(r->contig_area, pfn(ev->pfn + c->end.nr - c->start.nr - 1))) {
		uint64_t pages = c->end.nr - c->start.nr;

		c->start = pfn(ev->pfn);
		c->end = pfn(ev->pfn + pages);
		hand_over(r);
	}
	contig_end(c, &r->m.pages);
	return err;
}

/* The range was busy: it is given back, and the next one the bitmap offers is tried. */
static int retry(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *c = &op->ev->cma;

	contig_log_busy(r, op);
	if (!r->m.contig.busy)
		return 0;
	struct cma_area *a = r->contig_area;
	uint64_t tried = (r->m.contig.start.nr - a->base.nr) >> a->order_per_bit;
	uint64_t mask = c->align <= a->order_per_bit ?
				0 :
				(UINT64_C(1) << (c->align - a->order_per_bit)) - 1;

	contig_end(&r->m.contig, &r->m.pages);
	uint64_t bit = cma_find(a, c->count, c->align, tried + mask + 1);

	contig_log_predicted(r, op,
			     bit == UINT64_MAX ? pfn(KM_NO_PFN) :
						 pfn_plus(a->base, bit << a->order_per_bit));
	return bit == UINT64_MAX ? 0 : isolate(r, op, a, bit, d);
}

static void release(struct replay *r, const struct op *op)
{
	const struct km_ev_cma *c = &op->ev->cma;
	struct cma_area *a = machine_cma_by_name(&r->m, strtab_get(r->strings, c->name));

	if (a && c->count && cma_has(a, pfn(c->pfn)) && cma_has(a, pfn(c->pfn + c->count - 1)))
		cma_mark(a, pfn(c->pfn), c->count, false);
}

int contig_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	if (r->contig_log.nr_open)
		contig_log_note(r, op);
	if (r->bind && !r->m.contig.busy && op->kind == OP_EVENT)
		return contig_own_event(r, op, d);
	switch (op->ev->kind) {
	case KM_EV_CMA_START:
		return begin(r, op, d);
	case KM_EV_CMA_FINISH:
		return finish(r, op);
	case KM_EV_CMA_BUSY:
		return retry(r, op, d);
	case KM_EV_CMA_RELEASE:
		release(r, op);
		return 0;
	case KM_EV_ISOLATE_FREE:
		if (r->m.contig.busy && !r->m.contig.taken)
			contig_take(&r->m.contig, &r->m.pages);
		return 0;
	case KM_EV_PAGE_FREE: { /* of a whole pageblock of an area: it is activated */
		struct cma_area *a = machine_cma_at(&r->m, pfn(op->ev->page.pfn));

		if (a && !a->active && op->ev->page.order == r->m.frames.pb_order)
			activate(r, a);
		return 0;
	}
	default:
		return 0;
	}
}
