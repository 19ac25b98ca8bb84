/* SPDX-License-Identifier: GPL-2.0-only */
/* What taking a range would come to, with nothing changed. */
#include "engine/cma/contig_parts.h"

/*
 * A page of a block that began before the range cannot be held, one that reaches beyond the last
 * pageblock not everywhere moved; any other must be movable. What nobody saw come into an area is:
 * it gives out its pages to nobody else.
 */
static bool is_in_the_way(const struct contig_env *env, const struct contig_request *rq,
			  struct pfn from, struct pfn last)
{
	struct pfn head;
	const struct frame *fr = frames_head(env->pages->frames, from, &head);

	if (fr && (fr->state == FRAME_FREE || fr->state == FRAME_PCP))
		return false;
	if (!fr)
		return rq->mt != KM_CMA && !contig_can_move(env, from, fr);
	if (head.nr < from.nr || !contig_can_move(env, head, fr))
		return true;
	return head.nr + pages_of(fr->order) > last.nr && !env->prof->moves_across;
}

/* The first page of the range in the way. KM_NO_PFN: there is none. */
static struct pfn not_movable(const struct contig_env *env, const struct contig_request *rq,
			      struct pfn last)
{
	struct pfn at = rq->start, head;

	while (at.nr < rq->end.nr) {
		const struct frame *fr = frames_head(env->pages->frames, at, &head);

		if (is_in_the_way(env, rq, at, last))
			return at;
		at = fr ? pfn_plus(head, pages_of(fr->order)) : pfn_plus(at, 1);
	}
	return pfn(KM_NO_PFN);
}

/* An area's own pageblocks are CMA's, whether anybody saw them become so or not. */
static bool is_of_area(const struct contig_env *env, const struct contig_request *rq, struct pfn at)
{
	return rq->mt == KM_CMA && at.nr < rq->end.nr &&
	       at.nr + pages_of(env->pages->frames->pb_order) > rq->start.nr;
}

/* What keeps one of the pageblocks from being isolated. KM_NO_PFN: nothing does. */
static struct pfn not_isolated(const struct contig_env *env, const struct contig_request *rq,
			       struct pfn first, struct pfn last)
{
	const struct pages *p = env->pages;
	struct pfn stays = pfn(KM_NO_PFN);

	for (struct pfn at = first; at.nr < last.nr && stays.nr == KM_NO_PFN;
	     at = pfn_plus(at, pages_of(p->frames->pb_order)))
		if (!is_of_area(env, rq, at) && pages_zone_of(p, at) < p->nr_zones &&
		    pageblock_of(p->frames, at)->mt != KM_ISOLATE)
			stays = contig_unmovable(env, at, rq->mt);
	return stays;
}

enum contig_result contig_foresee(const struct contig_env *env, const struct contig_request *rq,
				  struct pfn *busy)
{
	struct pfn first, last;

	contig_widen(env, rq->start, rq->end, &first, &last);
	*busy = not_isolated(env, rq, first, last);
	if (busy->nr == KM_NO_PFN)
		*busy = not_movable(env, rq, last);
	return busy->nr == KM_NO_PFN ? CONTIG_OK : CONTIG_BUSY;
}
