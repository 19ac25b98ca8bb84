/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Observe: the record is obeyed, the model takes exactly the pages the kernel took. Only what no
 * event shows is the model's own: the pages of bulk requests, and refills in windows without
 * events, as later events prove them.
 */
#include "engine/replay/state.h"

void obey_alloc(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pfn p = pfn(a->pfn);
	struct frame at;

	timeline_removals(r, op);
	if (r->cpu[op->cpu].bulk_pid == op->ev->pid)
		r->cpu[op->cpu].bulk_owed = 0;
	obey_removals(r, op, a->mt);
	enum place is = place_of(&r->m, p, &at);

	if (!op->nr_rec && is == PLACE_FREE) {
		obey_untraced_refill(r, op, p);
		is = place_of(&r->m, p, &at);
	}
	if (is == PLACE_PCP && at.cpu == op->cpu && at.order == a->order &&
	    at.pindex == pcp_index(&r->m.pcp[0], a->order, a->mt))
		obey_those_above(r, op, &at, p);
	obey_take(r, op);
}

static int observe_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	obey_alloc(r, op);
	return 0;
}

/*
 * Pages of a bulk request that the list has; the rest comes with the refill that follows at once.
 */
static void take_bulk(struct replay *r, unsigned int cpu, unsigned int zone)
{
	struct cpu_state *c = &r->cpu[cpu];
	struct pcp *p = pages_pcp(&r->m.pages, zone, cpu);
	unsigned int mt = pages_migratetype(BULK_GFP);

	while (c->bulk_owed) {
		struct pfn head = pcp_peek(p, &r->m.frames, 0, mt);

		if (head.nr == KM_NO_PFN)
			return;
		pcp_remove(p, &r->m.frames, head, 0);
		place_alloc(&r->m, head, 0, mt);
		attribution_bulk(&r->owners, head.nr, c->bulk_no);
		c->bulk_owed--;
	}
}

void obey_run(struct replay *r, const struct op *op)
{
	const struct km_event *ev = op->ev;
	unsigned int mt = ev->kind == KM_EV_EXTFRAG ? ev->extfrag.alloc_mt : ev->page.mt;
	uint64_t at = ev->kind == KM_EV_EXTFRAG ? ev->extfrag.pfn : ev->page.pfn;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(at));

	timeline_removals(r, op);
	obey_removals(r, op, mt < KM_NR_PCP_TYPES ? mt : KM_MOVABLE);
	if (zone < r->m.pages.nr_zones && r->cpu[op->cpu].bulk_pid == ev->pid)
		take_bulk(r, op->cpu, zone);
}

static int observe_run(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	obey_run(r, op);
	return 0;
}

static int observe_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *f = &op->ev->page;
	struct pfn p = pfn(f->pfn);
	unsigned int zone = pages_zone_of(&r->m.pages, p);
	enum place was;

	if (zone == r->m.pages.nr_zones)
		return 0;
	if (!place_release(&r->m, p, f->order, &was) && (was == PLACE_FREE || was == PLACE_PCP))
		r->totals.unknown_frees++;
	struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);
	unsigned int mt = pageblock_of(&r->m.frames, p)->mt;

	if (mt == KM_ISOLATE || !pcp_keeps(pcp, f->order) || op->free_flags) {
		int err = buddy_free(&r->m.buddy[zone], p, f->order,
				     pages_free_type(&r->m.pages, mt, op->free_flags),
				     op->free_flags & PAGES_FREE_TO_TAIL ? BUDDY_TO_TAIL : 0);

		if (err)
			return km_fail(d, KM_EFORMAT, "",
				       "event %llu frees a block that cannot be one",
				       (unsigned long long)op->no);
	} else {
		pcp_push(pcp, &r->m.frames, p, f->order, mt, false);
		obey_interrupt(r, op);
	}
	obey_drains(r, op);
	return 0;
}

static int observe_drain(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)d;
	obey_drains(r, op);
	return 0;
}

int observe_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d)
{
	struct cpu_state *c = &r->cpu[op->cpu];

	(void)d;
	c->bulk_owed = n;
	c->bulk_pid = op->ev->pid;
	c->bulk_no = op->no;
	take_bulk(r, op->cpu, bulk_zone(&r->m, op->cpu));
	return 0;
}

static int observe_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone,
			      struct km_diag *d)
{
	(void)r, (void)cpu, (void)zone, (void)d;
	return 0;
}

const struct mode_ops mode_observe = {
	.pfn_metric = "page.pfn",
	.alloc = observe_alloc,
	.run = observe_run,
	.free = observe_free,
	.drain = observe_drain,
	.bulk = observe_bulk,
	.drain_zone = observe_drain_zone,
};
