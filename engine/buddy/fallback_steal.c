/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fallback by stealing: blocks of another type are moved to the request's own lists, and the request looks again.
 *
 * 1. From the largest order down, the first order at which a fallback type has a block decides.
 * 2. A movable request that may not take the whole pageblock looks for the smallest such block instead.
 * 3. The block (and, for a whole steal, the other free blocks of its pageblock) moves to the request's lists; the
 *    pageblock changes type when at least half of it is then free or alike.
 */
#include "engine/buddy/buddy.h"

bool buddy_can_steal(const struct buddy *b, unsigned int order, unsigned int mt)
{
	return order >= b->frames->pb_order / 2 || mt == KM_RECLAIMABLE || mt == KM_UNMOVABLE || b->no_mobility;
}

/* Kernel: mm/page_alloc.c:find_suitable_fallback() [6.1]. KM_NR_MIGRATETYPES where there is none. */
static unsigned int fallback_type(const struct buddy *b, unsigned int order, unsigned int mt)
{
	for (unsigned int i = 0; i < KM_NR_PCP_TYPES; i++) {
		unsigned int other = b->prof->fallbacks[mt][i];

		if (other == KM_NR_MIGRATETYPES)
			break;
		if (!flist_empty(&b->list[order][other]))
			return other;
	}
	return KM_NR_MIGRATETYPES;
}

/* Steal the pageblock of @head; false: nothing of it could be moved. */
static bool steal_pageblock(struct buddy *b, struct pfn head, unsigned int mt, unsigned int old)
{
	uint64_t pages = pages_of(b->frames->pb_order), movable, alike = 0;
	uint64_t moved = buddy_move_block(b, head, mt, &movable);

	if (!moved)
		return false;
	if (mt == KM_MOVABLE)
		alike = movable;
	else if (old == KM_MOVABLE)
		alike = pages - (moved + movable);
	if (moved + alike >= pages / 2 || b->no_mobility)
		buddy_set_type(b, head, mt);
	return true;
}

void buddy_steal(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt, bool whole, bool kswapd)
{
	unsigned int old = pageblock_of(b->frames, head)->mt;

	if (old != KM_HIGHATOMIC && order >= b->frames->pb_order) {
		for (uint64_t at = 0; at < pages_of(order); at += pages_of(b->frames->pb_order))
			buddy_set_type(b, pfn_plus(head, at), mt);
	} else if (old != KM_HIGHATOMIC) {
		if (buddy_boost(b) && kswapd)
			b->zone->boosted = true;
		if (whole && steal_pageblock(b, head, mt, old))
			return;
	}
	buddy_move_one(b, head, order, mt);
}

static bool take_over(struct buddy *b, unsigned int order, unsigned int found, unsigned int mt, unsigned int other,
		      bool kswapd)
{
	struct pfn head = node_pfn(b->frames, b->list[found][other].head - 1);

	buddy_steal(b, head, found, mt, buddy_can_steal(b, found, mt), kswapd);
	probe_emit(b->probe, &(struct step){ .kind = STEP_FALLBACK,
					     .zone = b->zone->id,
					     .cpu = b->cpu,
					     .pfn = head,
					     .order = order,
					     .order2 = found,
					     .mt = mt,
					     .mt2 = other,
					     .change_ownership = pageblock_of(b->frames, head)->mt == mt });
	return true;
}

/* Kernel: mm/page_alloc.c:__rmqueue_fallback() [6.1] */
static bool steal_fallback(struct buddy *b, unsigned int order, unsigned int mt, bool nofragment, bool kswapd)
{
	unsigned int least = order < b->frames->pb_order && nofragment ? b->frames->pb_order : order;

	for (unsigned int at = b->prof->nr_orders; at-- > least;) {
		unsigned int other = fallback_type(b, at, mt);

		if (other == KM_NR_MIGRATETYPES)
			continue;
		if (buddy_can_steal(b, at, mt) || mt != KM_MOVABLE || at <= order)
			return take_over(b, order, at, mt, other, kswapd);
		for (at = order; at < b->prof->nr_orders; at++) {
			other = fallback_type(b, at, mt);
			if (other != KM_NR_MIGRATETYPES)
				return take_over(b, order, at, mt, other, kswapd);
		}
		KM_BUG_ON(at == b->prof->nr_orders);
	}
	return false;
}

const struct buddy_fallback_ops buddy_fallback_steal = {
	.name = "steal",
	.fallback = steal_fallback,
};
