/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a range of pages away from everyone.
 *
 * 1. Its pageblocks become ISOLATE and their free blocks move to the ISOLATE lists: nobody is
 * served from them.
 * 2. Every per-CPU list of the zone is drained (pages_drain_zone(), by the caller).
 * 3. Pages in use are migrated away: the trace has those allocations and frees.
 * 4. The free blocks are taken off the lists; what lies outside the request is freed again, page by
 * page.
 * 5. The pageblocks get their types back.
 */
#include "engine/cma/cma.h"

static void isolate_block(struct pages *p, struct pfn at)
{
	unsigned int zone = pages_zone_of(p, at);

	if (zone == p->nr_zones || pageblock_of(p->frames, at)->mt == KM_ISOLATE)
		return;
	struct buddy *b = &p->buddy[zone];
	struct pageblock *pb = pageblock_of(p->frames, at);

	uint8_t was = pb->mt;

	if (!buddy_retype(b, at, KM_ISOLATE))
		return;
	pb->isolated_mt = was;
	b->zone->nr_isolated++;
}

/*
 * Does a whole free block begin at @at whose mate is free, too, and not isolated? Isolation kept
 * them apart.
 */
static bool has_free_mate(const struct buddy *b, struct pfn at, unsigned int *order)
{
	const struct frame *fr = frames_begins(b->frames, at);

	if (!fr || fr->state != FRAME_FREE || fr->order < b->frames->pb_order ||
	    fr->order + 1u >= buddy_nr_orders(b))
		return false;
	struct pfn mate = pfn(at.nr ^ pages_of(fr->order));
	const struct frame *other = zone_has(b->zone, mate) ? frame_at(b->frames, mate, fr->order) :
							      NULL;

	*order = fr->order;
	return other && other->state == FRAME_FREE && other->order == *order &&
	       pageblock_of(b->frames, mate)->mt != KM_ISOLATE;
}

/* Kernel: mm/page_isolation.c:unset_migratetype_isolate() [6.1] */
static void restore_block(struct pages *p, struct pfn at)
{
	unsigned int zone = pages_zone_of(p, at);

	if (zone == p->nr_zones || pageblock_of(p->frames, at)->mt != KM_ISOLATE)
		return;
	struct buddy *b = &p->buddy[zone];
	unsigned int mt = pageblock_of(p->frames, at)->isolated_mt, order;
	bool apart = has_free_mate(b, at, &order);

	b->zone->nr_isolated--;
	if (!apart) {
		KM_BUG_ON(!buddy_retype(b, at, mt));
		return;
	}
	KM_BUG_ON(buddy_take(b, at, order) < 0);
	buddy_set_type(b, at, mt);
	KM_BUG_ON(buddy_free(b, at, order, mt, BUDDY_TO_TAIL));
}

/*
 * Kernel: mm/page_alloc.c:split_free_page() [6.1]: a free block across @at is cut there, pieces
 * freed ascending.
 */
static void cut_at(struct pages *p, struct pfn at)
{
	unsigned int zone = pages_zone_of(p, at);
	struct pfn head;
	const struct frame *fr = zone < p->nr_zones ? frames_head(p->frames, at, &head) : NULL;

	if (!fr || fr->state != FRAME_FREE || head.nr == at.nr)
		return;
	struct buddy *b = &p->buddy[zone];
	unsigned int order = fr->order;
	struct pfn end = pfn_plus(head, pages_of(order));

	if (buddy_take(b, head, order) < 0)
		return;
	while (head.nr < end.nr) {
		unsigned int piece = 0;

		while (piece < order && !(head.nr & pages_of(piece)) &&
		       (head.nr >= at.nr || head.nr + pages_of(piece + 1) <= at.nr))
			piece++;
		KM_BUG_ON(buddy_free(b, head, piece, pageblock_of(p->frames, head)->mt, 0));
		head = pfn_plus(head, pages_of(piece));
	}
}

void contig_begin(struct contig *c, struct pages *p, struct pfn start, struct pfn end)
{
	unsigned int pb = p->frames->pb_order;
	struct pfn first = pfn_align_down(start, pb), last = pfn_align_up(end, pb);

	*c = (struct contig){
		.busy = true, .start = start, .end = end, .first = first, .last = last
	};
	isolate_block(p, first);
	cut_at(p, first);
	isolate_block(p, pfn(last.nr - pages_of(pb)));
	cut_at(p, last);
	for (struct pfn at = first; at.nr < last.nr; at = pfn_plus(at, pages_of(pb)))
		isolate_block(p, at);
}

void contig_take(struct contig *c, struct pages *p)
{
	struct pfn head, at = c->start;
	const struct frame *fr = frames_head(p->frames, at, &head);

	if (fr && fr->state == FRAME_FREE)
		at = head;
	while (at.nr < c->end.nr) {
		unsigned int order = 0;

		fr = frames_begins(p->frames, at);
		if (fr) {
			order = fr->order;
			if (fr->state == FRAME_FREE &&
			    buddy_take(&p->buddy[pages_zone_of(p, at)], at, order) >= 0) {
				struct frame *taken = frame_at(p->frames, at, order);

				taken->state = FRAME_PRIVATE;
				taken->order = order & 31;
			}
		}
		at = pfn_plus(at, pages_of(order));
	}
	c->taken = true;
}

void contig_end(struct contig *c, struct pages *p)
{
	for (struct pfn at = c->first; at.nr < c->last.nr;
	     at = pfn_plus(at, pages_of(p->frames->pb_order)))
		restore_block(p, at);
	*c = (struct contig){ 0 };
}
