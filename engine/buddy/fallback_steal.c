/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fallback by stealing: blocks of another type are moved to the request's own lists, and the
 * request looks again.
 *
 * 1. From the largest order down, the first order at which a fallback type has a block decides.
 * 2. A movable request that may not take the whole pageblock looks for the smallest such block
 * instead.
 * 3. The block (and, for a whole steal, the other free blocks of its pageblock) moves to the
 * request's lists; the
 *    pageblock changes type when at least half of it is then free or alike.
 */
#include "engine/buddy/buddy.h"

void buddy_steal(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt, bool whole,
		 bool kswapd)
{
	unsigned int old = pageblock_of(b->frames, head)->mt;
	uint64_t moved = 0, movable;

	if (old != KM_HIGHATOMIC && order >= b->frames->pb_order) {
		for (uint64_t at = 0; at < pages_of(order); at += pages_of(b->frames->pb_order))
			buddy_set_type(b, pfn_plus(head, at), mt);
	} else if (old != KM_HIGHATOMIC) {
		if (buddy_boost(b) && kswapd)
			b->zone->boosted = true;
		if (whole)
			moved = buddy_move_block(b, head, mt, &movable);
		if (moved && buddy_claims(b, mt, old, moved, movable))
			buddy_set_type(b, head, mt);
	}
	if (!moved)
		buddy_move_one(b, head, order, mt);
}

static void plan_block(const struct buddy *b, unsigned int found, unsigned int mt,
		       unsigned int type, struct buddy_plan *out)
{
	struct pfn head = node_pfn(b->frames, b->list[found][type].head - 1);
	const struct pageblock *pb = pageblock_of(b->frames, head);
	bool whole = buddy_can_steal(b, found, mt), large = found >= b->frames->pb_order;

	*out = (struct buddy_plan){ .head = head, .order = found, .type = type, .whole = whole };
	if (pb->mt == KM_HIGHATOMIC)
		out->whole = false;
	else if (large)
		out->claims = true;
	else
		out->claims = whole &&
			      buddy_claims(b, mt, pb->mt, pb->free_pages, pb->used[KM_MOVABLE]);
}

/* Kernel: mm/page_alloc.c:__rmqueue_fallback() [6.1] */
static bool steal_plan(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
		       unsigned int before, struct buddy_plan *out)
{
	if (before)
		return false;
	unsigned int least = order < b->frames->pb_order && nofragment ? b->frames->pb_order :
									 order;
	unsigned int at = buddy_nr_orders(b), type = KM_NR_MIGRATETYPES;

	while (type == KM_NR_MIGRATETYPES) {
		if (at-- == least)
			return false;
		type = buddy_fallback_type(b, at, mt);
	}
	if (!buddy_can_steal(b, at, mt) && mt == KM_MOVABLE && at > order)
		for (at = order; (type = buddy_fallback_type(b, at, mt)) == KM_NR_MIGRATETYPES;
		     at++)
			;
	plan_block(b, at, mt, type, out);
	return true;
}

static bool steal_fallback(struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
			   bool kswapd)
{
	struct buddy_plan plan;

	if (!steal_plan(b, order, mt, nofragment, 0, &plan))
		return false;
	bool pieces = buddy_has_pieces(b, order, mt);

	buddy_steal(b, plan.head, plan.order, mt, plan.whole, kswapd);
	probe_emit(b->probe,
		   &(struct step){ .kind = STEP_FALLBACK,
				   .zone = b->zone->id,
				   .cpu = b->cpu,
				   .pfn = plan.head,
				   .order = order,
				   .order2 = plan.order,
				   .mt = mt,
				   .mt2 = plan.type,
				   .pieces = pieces,
				   .change_ownership = pageblock_of(b->frames, plan.head)->mt ==
						       mt });
	return true;
}

/* Kernel: mm/page_alloc.c:__rmqueue() [6.1] */
static struct pfn steal_serve(struct buddy *b, unsigned int order, unsigned int mt,
			      unsigned int flags, struct buddy_bulk *bulk)
{
	(void)bulk;
	for (;;) {
		struct pfn got = buddy_pop(b, order, mt);

		if (got.nr == KM_NO_PFN && (flags & BUDDY_CMA))
			got = buddy_pop(b, order, KM_CMA);
		if (got.nr != KM_NO_PFN || mt >= KM_NR_PCP_TYPES)
			return got;
		if (!steal_fallback(b, order, mt, flags & BUDDY_NOFRAGMENT, flags & BUDDY_KSWAPD))
			return got;
	}
}

static bool steal_follow(struct buddy *b, const struct buddy_fell *f)
{
	const struct frame *fr = frame_at(b->frames, f->pfn, f->from_order);
	unsigned int old = pageblock_of(b->frames, f->pfn)->mt;

	if (fr->state != FRAME_FREE || fr->order != f->from_order)
		return false;
	buddy_steal(b, f->pfn, f->from_order, f->mt, buddy_can_steal(b, f->from_order, f->mt),
		    false);
	if (f->from_order < b->frames->pb_order || f->change_ownership)
		buddy_set_type(b, f->pfn, f->change_ownership ? f->mt : old);
	return true;
}

const struct buddy_fallback_ops buddy_fallback_steal = {
	.name = "steal",
	.plan = steal_plan,
	.serve = steal_serve,
	.follow = steal_follow,
};
