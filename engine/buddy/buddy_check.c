/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recount a zone's free lists from the links and frames up, and name the first thing that does not
 * add up.
 */
#include "engine/buddy/buddy.h"

#include <inttypes.h>

static int bad(struct km_diag *d, const struct buddy *b, struct pfn p, const char *what)
{
	return km_fail(d, KM_EINVAL, b->zone->name, "pfn %#" PRIx64 ": %s", p.nr, what);
}

/* Does every pageblock of a listed block have the list's type? */
static bool is_uniform(const struct buddy *b, struct pfn p, unsigned int order, unsigned int mt)
{
	for (uint64_t at = 0; at < pages_of(order); at += pages_of(b->frames->pb_order))
		if (pageblock_of(b->frames, pfn_plus(p, at))->mt != mt)
			return false;
	return true;
}

static int check_list(const struct buddy *b, unsigned int order, unsigned int mt, struct km_diag *d)
{
	const struct flist *l = &b->list[order][mt];
	uint32_t seen = 0, prev = 0;

	for (uint32_t at = l->head; at; prev = at, at = b->frames->node[at - 1].next, seen++) {
		const struct frame *fr = &b->frames->node[at - 1];
		struct pfn p = node_pfn(b->frames, at - 1);

		if (fr->state != FRAME_FREE || fr->order != order || fr->mt != mt)
			return bad(d, b, p, "listed, but its frame says otherwise");
		if (fr->prev != prev || seen > l->count)
			return bad(d, b, p, "its list is broken");
		if ((p.nr & (pages_of(order) - 1)) || !zone_has(b->zone, p) ||
		    !zone_has(b->zone, pfn_plus(p, pages_of(order) - 1)))
			return bad(d, b, p, "misaligned or outside the zone");
		if (b->prof->uniform && !is_uniform(b, p, order, mt))
			return bad(d, b, p, "its pageblock is of another type than its list");
		struct pfn mate = pfn(p.nr ^ pages_of(order));
		const struct frame *mf =
			zone_has(b->zone, mate) ? frame_at(b->frames, mate, order) : NULL;

		if (order < b->frames->pb_order && order + 1 < buddy_nr_orders(b) && mf &&
		    mf->state == FRAME_FREE && mf->order == order)
			return bad(d, b, p, "two free mates lie side by side unmerged");
	}
	if (seen != l->count || prev != l->tail)
		return bad(d, b, pfn(0), "a list's length or tail is wrong");
	return 0;
}

int buddy_check(const struct buddy *b, struct km_diag *d)
{
	uint64_t nr_free = 0, nr_cma = 0;

	for (unsigned int order = 0; order < buddy_nr_orders(b); order++) {
		uint64_t blocks = 0;

		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++) {
			int err = check_list(b, order, mt, d);

			if (err)
				return err;
			blocks += b->list[order][mt].count;
			nr_free += mt == KM_ISOLATE ? 0 :
						      (uint64_t)b->list[order][mt].count << order;
			nr_cma += mt == KM_CMA ? (uint64_t)b->list[order][mt].count << order : 0;
		}
		if (blocks != b->nr_free[order])
			return bad(d, b, pfn(0), "nr_free of an order is not the sum of its lists");
	}
	if (nr_free != b->zone->nr_free || nr_cma != b->zone->nr_free_cma)
		return bad(d, b, pfn(0),
			   "NR_FREE_PAGES or NR_FREE_CMA_PAGES does not match the lists");
	return 0;
}
