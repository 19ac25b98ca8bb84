/* SPDX-License-Identifier: GPL-2.0-only */
/* Making the lists follow the record, page by page. */
#include "engine/replay/state.h"

static unsigned int zone_of(const struct replay *r, uint64_t nr)
{
	return pages_zone_of(&r->m.pages, pfn(nr));
}

static void obey_fallback(struct replay *r, const struct op_rec *rec)
{
	const struct km_ev_extfrag *x = &rec->ev.extfrag;
	unsigned int zone = zone_of(r, x->pfn), order = x->fallback_order;
	const struct buddy_fell fell = { .pfn = pfn(x->pfn),
					 .order = x->alloc_order,
					 .mt = x->alloc_mt,
					 .from_order = order,
					 .from_type = x->fallback_mt,
					 .change_ownership = x->change_ownership,
					 .removes = rec->removes };

	if (zone == r->m.pages.nr_zones || order > r->m.frames.top_order)
		return;
	struct buddy *b = &r->m.buddy[zone];
	unsigned int old = pageblock_of(&r->m.frames, fell.pfn)->mt;

	if (b->prof->fallback_ops->follow(b, &fell))
		return;
	place_take(&r->m, fell.pfn, order);
	if (order < r->m.frames.pb_order || x->change_ownership)
		buddy_set_type(b, fell.pfn, x->change_ownership ? fell.mt : old);
	KM_BUG_ON(buddy_free(b, fell.pfn, order, fell.mt, BUDDY_TO_TAIL));
	r->totals.put_right++;
}

/*
 * The kernel refills a list only when it is empty: what the model still has on it was taken without
 * a trace.
 */
static void empty_list(struct replay *r, struct pcp *p, unsigned int order, unsigned int mt)
{
	struct pfn head;

	while ((head = pcp_peek(p, &r->m.frames, order, mt)).nr != KM_NO_PFN) {
		pcp_remove(p, &r->m.frames, head, order);
		place_alloc(&r->m, head, order, mt);
	}
	p->emptied |= 1u << pcp_index(p, order, mt);
}

/* Where lists are uniform, the list a page left or came to tells its pageblock's type. */
static void learn_type(struct replay *r, unsigned int zone, struct pfn p, unsigned int mt)
{
	struct buddy *b = &r->m.buddy[zone];
	unsigned int was = pageblock_of(&r->m.frames, p)->mt;

	if (b->prof->uniform && was != mt && was < KM_NR_PCP_TYPES && mt < KM_NR_PCP_TYPES)
		buddy_retype(b, p, mt);
}

static void obey_removal(struct replay *r, const struct km_ev_page *z, unsigned int cpu,
			 unsigned int mt)
{
	unsigned int zone = zone_of(r, z->pfn);

	if (zone == r->m.pages.nr_zones || z->order > r->m.frames.top_order)
		return;
	struct pcp *p = pages_pcp(&r->m.pages, zone, cpu);

	refine_removal(r, pfn(z->pfn), z->order, z->mt);
	learn_type(r, zone, pfn(z->pfn), z->mt);
	if (place_take(&r->m, pfn(z->pfn), z->order) != PLACE_FREE)
		r->totals.put_right++;
	if (!pcp_keeps(p, z->order))
		return;
	pcp_push(p, &r->m.frames, pfn(z->pfn), z->order, mt, true);
	struct frame *fr = frame_at(&r->m.frames, pfn(z->pfn), z->order);

	fr->mt = (unsigned int)z->mt & 7u;
}

void obey_take(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pfn p = pfn(a->pfn);

	if (place_take(&r->m, p, a->order) == PLACE_UNKNOWN)
		pcp_reveal(pages_pcp(&r->m.pages, zone_of(r, a->pfn), op->cpu),
			   (uint32_t)pages_of(a->order));
	place_alloc(&r->m, p, a->order, pages_migratetype(a->gfp));
}

void obey_removals(struct replay *r, const struct op *op, unsigned int mt)
{
	bool names_page = r->config.recorded->buddy.fallback_ops->names_page;
	size_t removals = count_removals(op);
	bool emptied = false;

	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct op_rec *rec = &op->rec[i];
		bool fell = rec->ev.kind == KM_EV_EXTFRAG;

		/* the page that a claim got left the lists after the claim, whatever tells first */
		if (names_page && !fell && i + 1 < op->nr_rec && !rec[1].removes)
			obey_fallback(r, rec + 1);
		else if (fell && (rec->removes || !names_page))
			obey_fallback(r, rec);
		if (!rec->removes)
			continue;
		const struct km_ev_page taken = rec_taken(rec);
		unsigned int zone = zone_of(r, taken.pfn);

		if (!emptied && removals > 1 && zone < r->m.pages.nr_zones) {
			struct pcp *p = pages_pcp(&r->m.pages, zone, op->cpu);

			if (pcp_keeps(p, taken.order))
				empty_list(r, p, taken.order, mt);
			emptied = true;
		}
		obey_removal(r, &taken, op->cpu, mt);
	}
}

void obey_drains(struct replay *r, const struct op *op)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_ev_page *p = &op->rec[i].ev.page;
		unsigned int zone = zone_of(r, p->pfn);

		if (zone == r->m.pages.nr_zones || p->order > r->m.frames.top_order)
			continue;
		enum place was = place_take(&r->m, pfn(p->pfn), p->order);

		if (was == PLACE_UNKNOWN)
			pcp_reveal(pages_pcp(&r->m.pages, zone, op->cpu),
				   (uint32_t)pages_of(p->order));
		else if (was != PLACE_PCP)
			r->totals.put_right++;
		learn_type(r, zone, pfn(p->pfn), p->mt);
		KM_BUG_ON(buddy_free(&r->m.buddy[zone], pfn(p->pfn), p->order, p->mt, 0));
	}
}

void obey_interrupt(struct replay *r, const struct op *op)
{
	const struct km_ev_page *f = &op->ev->page;
	struct frame *fr = frames_begins(&r->m.frames, pfn(f->pfn));

	if (fr && fr->state == FRAME_PCP)
		fr->irq = km_in_interrupt(op->ev) && !(op->ev->ctx & KM_CTX_UNKNOWN);
}

/*
 * Pages above the recorded one are not on the list, unless the line shows them still to come. One
 * that came back in an interrupt found the list's lock taken and went to the free lists; any other
 * was handed out without a trace.
 */
bool obey_those_above(struct replay *r, const struct op *op, const struct frame *at, struct pfn p)
{
	struct frames *f = &r->m.frames;
	struct pcp *pcp = pages_pcp(&r->m.pages, pages_zone_of(&r->m.pages, p), at->cpu);
	uint32_t node = pcp->list[at->pindex].head;
	bool interrupted = false;

	while (node && node_pfn(f, node - 1).nr != p.nr) {
		struct pfn head = node_pfn(f, node - 1);
		unsigned int order = f->node[node - 1].order;

		bool irq = f->node[node - 1].irq;

		interrupted |= irq;
		node = f->node[node - 1].next;
		if (group_next_of(r->group, head) == KM_EV_PAGE_ALLOC)
			continue;
		unsigned int zone = pages_zone_of(&r->m.pages, head);

		pcp_remove(pcp, f, head, order);
		if (irq)
			KM_BUG_ON(buddy_free(&r->m.buddy[zone], head, order,
					     pageblock_of(f, head)->mt, 0));
		else
			place_alloc(&r->m, head, order, op->ev->page.mt);
	}
	return interrupted;
}

/*
 * How many pages requests of this type would take before @p, from where it is; UINT64_MAX: never.
 */
static uint64_t pages_ahead(const struct replay *r, const struct buddy *b, struct pfn p,
			    unsigned int order, unsigned int mt)
{
	const struct frames *f = &r->m.frames;
	struct pfn head;
	const struct frame *fr = frames_head(f, p, &head);
	uint64_t ahead = 0;

	if (fr->mt != mt || fr->order < order)
		return UINT64_MAX;
	for (unsigned int at = order; at < fr->order; at++)
		ahead += (uint64_t)b->list[at][mt].count << at;
	for (uint32_t at = b->list[fr->order][mt].head; at && node_pfn(f, at - 1).nr != head.nr;
	     at = f->node[at - 1].next)
		ahead += pages_of(fr->order);
	return ahead + (p.nr - head.nr);
}

unsigned int obey_untraced_refill(struct replay *r, const struct op *op, struct pfn p)
{
	enum { MOST_REFILLS = 4 };
	const struct km_ev_page *a = &op->ev->page;
	unsigned int zone = pages_zone_of(&r->m.pages, p), got = 0;
	struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);
	struct buddy *b = &r->m.buddy[zone];
	uint64_t most = (uint64_t)MOST_REFILLS * pcp->batch;

	if (!pcp_keeps(pcp, a->order) || pages_ahead(r, b, p, a->order, a->mt) > most)
		return 0;
	r->listening = r->refining = false;
	empty_list(r, pcp, a->order, a->mt);
	for (unsigned int i = 0; i < MOST_REFILLS && place_of(&r->m, p, NULL) == PLACE_FREE; i++) {
		empty_list(r, pcp, a->order, a->mt);
		got += pcp_refill(pcp, b, a->order, a->mt,
				  a->mt == KM_MOVABLE && r->m.pages.has_cma ? BUDDY_CMA : 0);
	}
	r->listening = true;
	return got;
}
