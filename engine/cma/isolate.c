/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation: pageblocks become ISOLATE and their free blocks move to the ISOLATE lists, so that
 * nobody is served from them; and back.
 */
#include "engine/cma/contig_parts.h"

struct pfn contig_unmovable(const struct contig_env *env, struct pfn at, unsigned int mt)
{
	const struct pages *p = env->pages;
	unsigned int zone = pages_zone_of(p, at), own = pageblock_of(p->frames, at)->mt;
	struct pfn end = pfn_plus(at, pages_of(p->frames->pb_order)), head;

	if (own == KM_CMA)
		return mt == KM_CMA ? pfn(KM_NO_PFN) : at;
	if (env->prof->trusts_types && own == KM_MOVABLE)
		return pfn(KM_NO_PFN);
	while (at.nr < end.nr) {
		const struct frame *fr = frames_head(p->frames, at, &head);

		if (!fr)
			return at;
		if (fr->state == FRAME_PRIVATE)
			return at;
		if (fr->state == FRAME_ALLOC && (int)p->zone[zone].index != p->movable &&
		    fr->mt != KM_MOVABLE && !fr->lru)
			return at;
		at = pfn_plus(head, pages_of(fr->order));
	}
	return pfn(KM_NO_PFN);
}

/* Kernel: mm/page_isolation.c:set_migratetype_isolate() [3.5 6.1 6.12] */
static bool isolate_block(struct contig *c, const struct contig_env *env, struct pfn at,
			  unsigned int mt)
{
	struct pages *p = env->pages;
	unsigned int zone = pages_zone_of(p, at);

	if (zone == p->nr_zones)
		return true;
	struct pageblock *pb = pageblock_of(p->frames, at);
	struct pfn stays = pb->mt == KM_ISOLATE ? at : contig_unmovable(env, at, mt);
	uint8_t was = pb->mt;

	if (stays.nr == KM_NO_PFN && contig_disturbed(env, CONTIG_ISOLATE, at))
		stays = at;
	if (stays.nr != KM_NO_PFN || !buddy_retype(&p->buddy[zone], at, KM_ISOLATE)) {
		contig_fails(c, CONTIG_BUSY, CONTIG_ISOLATE, stays.nr == KM_NO_PFN ? at : stays);
		return false;
	}
	pb->isolated_mt = was;
	p->zone[zone].nr_isolated++;
	if (env->prof->drains_each)
		pages_drain_all(p, 0);
	return true;
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
	bool apart = !b->prof->merges_all_types && has_free_mate(b, at, &order);

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

/*
 * What lies across the edge at @at. A block in use moves away where the kernel tries that, and the
 * free block it leaves is cut; else the range is busy.
 *
 * Kernel: mm/page_isolation.c:isolate_single_pageblock() [6.1 6.12]
 */
static bool clear_edge(struct contig *c, const struct contig_env *env,
		       const struct contig_request *rq, struct pfn at)
{
	struct pages *p = env->pages;
	unsigned int zone = frames_has(p->frames, at) ? pages_zone_of(p, at) : p->nr_zones;
	struct pfn head;
	const struct frame *fr = zone < p->nr_zones ? frames_head(p->frames, at, &head) : NULL;

	if (!fr || head.nr == at.nr || fr->state == FRAME_PCP)
		return true;
	if (fr->state != FRAME_FREE && !env->ops)
		return true; /* the record says what became of it */
	if (fr->state != FRAME_FREE) {
		struct pfn end = pfn_plus(head, pages_of(fr->order));

		if (!env->prof->moves_across || !contig_can_move(env, head, fr) ||
		    contig_migrate(c, env, rq, head, end) != CONTIG_OK) {
			contig_fails(c, CONTIG_BUSY, CONTIG_ISOLATE, head);
			return false;
		}
	}
	cut_at(p, at);
	return true;
}

static bool isolate_ends_first(struct contig *c, const struct contig_env *env,
			       const struct contig_request *rq)
{
	uint64_t step = pages_of(env->pages->frames->pb_order);
	struct pfn last = pfn(c->last.nr - step);

	if (!isolate_block(c, env, c->first, rq->mt) || !clear_edge(c, env, rq, c->first))
		return false;
	if (last.nr != c->first.nr && !isolate_block(c, env, last, rq->mt))
		return false;
	if (!clear_edge(c, env, rq, c->last))
		return false;
	for (struct pfn at = pfn_plus(c->first, step); at.nr < last.nr; at = pfn_plus(at, step))
		if (!isolate_block(c, env, at, rq->mt))
			return false;
	return true;
}

void contig_widen(const struct contig_env *env, struct pfn start, struct pfn end, struct pfn *first,
		  struct pfn *last)
{
	const struct frames *f = env->pages->frames;
	unsigned int order = env->prof->isolates_largest && f->top_order > f->pb_order ?
				     f->top_order :
				     f->pb_order;

	*first = pfn_align_down(start, order);
	*last = pfn_align_up(end, order);
	if (first->nr < f->base)
		*first = pfn(f->base);
	if (last->nr > f->end)
		*last = pfn_align_up(pfn(f->end), f->pb_order);
}

bool contig_begin(struct contig *c, const struct contig_env *env, const struct contig_request *rq)
{
	uint64_t step = pages_of(env->pages->frames->pb_order);

	*c = (struct contig){ .busy = true, .start = rq->start, .end = rq->end };
	c->report = (struct contig_report){ .failed_at = CONTIG_DONE, .busy = pfn(KM_NO_PFN) };
	contig_widen(env, rq->start, rq->end, &c->first, &c->last);
	if (env->prof->ends_first)
		return isolate_ends_first(c, env, rq);
	for (struct pfn at = c->first; at.nr < c->last.nr; at = pfn_plus(at, step))
		if (!isolate_block(c, env, at, rq->mt))
			return false;
	return true;
}

void contig_end(struct contig *c, struct pages *p)
{
	for (struct pfn at = c->first; at.nr < c->last.nr;
	     at = pfn_plus(at, pages_of(p->frames->pb_order)))
		restore_block(p, at);
	c->busy = c->taken = false;
}
