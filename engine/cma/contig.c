/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a range of pages away from everyone.
 *
 * 1. Its pageblocks become ISOLATE and their free blocks move to the ISOLATE lists: nobody is
 * served from them.
 * 2. Every per-CPU list of the zone is drained.
 * 3. Pages in use are migrated away.
 * 4. The range is tested, and its free blocks are taken off the lists; what lies outside the
 * request is freed again, page by page.
 * 5. The pageblocks get their types back.
 */
#include "engine/cma/contig_parts.h"

enum contig_result contig_fails(struct contig *c, enum contig_result why, enum contig_step step,
				struct pfn at)
{
	c->report.result = why;
	c->report.failed_at = step;
	c->report.busy = at;
	return why;
}

/* Taken off a list: on its way to whoever asked for it. */
static bool take_block(struct pages *p, struct pfn at, unsigned int order)
{
	if (buddy_take(&p->buddy[pages_zone_of(p, at)], at, order) < 0)
		return false;
	struct frame *taken = frame_at(p->frames, at, order);

	taken->state = FRAME_PRIVATE;
	taken->order = order & 31;
	return true;
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
			if (fr->state == FRAME_FREE)
				take_block(p, at, order);
		}
		at = pfn_plus(at, pages_of(order));
	}
	c->taken = true;
}

/* Where the free block that covers the first page begins.
 * Kernel: mm/page_alloc.c:alloc_contig_range() [6.1], find_large_buddy() [6.12] */
static struct pfn outer_start(const struct contig *c, const struct contig_env *env, bool *found)
{
	const struct frames *f = env->pages->frames;
	struct pfn at = c->start, head;
	const struct frame *fr = frames_head(f, at, &head);

	*found = fr && fr->state == FRAME_FREE;
	if (*found || !env->prof->outer_start_any)
		return *found ? head : at;
	for (unsigned int order = 1; order <= f->top_order; order++) {
		at = pfn_align_down(at, order);
		fr = at.nr >= f->base ? frames_begins(f, at) : NULL;
		if (fr && fr->state == FRAME_FREE) {
			*found = true;
			return at;
		}
	}
	return c->start;
}

/* The first page of [@at, @end) that is not free; KM_NO_PFN: all are, and *@outer is where the last
 * of their blocks ends. Kernel: mm/page_isolation.c:test_pages_isolated() [6.1] */
static struct pfn not_free(const struct pages *p, struct pfn at, struct pfn end, struct pfn *outer)
{
	while (at.nr < end.nr) {
		const struct frame *fr = frames_begins(p->frames, at);

		if (!fr || fr->state != FRAME_FREE)
			return at;
		at = pfn_plus(at, pages_of(fr->order));
	}
	*outer = at;
	return pfn(KM_NO_PFN);
}

/* Blocks taken become single pages: the request's are handed out, the others freed again.
 * Kernel: mm/page_alloc.c:alloc_contig_range(), free_contig_range() [6.1] */
static void hand_over(const struct contig *c, struct pages *p, unsigned int cpu, struct pfn from,
		      struct pfn to)
{
	for (struct pfn at = from; at.nr < to.nr;) {
		struct frame *fr = frames_begins(p->frames, at);
		struct pfn next = pfn_plus(at, pages_of(fr->order));

		*fr = (struct frame){ 0 };
		at = next;
	}
	for (struct pfn at = from; at.nr < c->start.nr; at = pfn_plus(at, 1))
		KM_BUG_ON(pages_free(p, cpu, at, 0, 0));
	for (struct pfn at = c->end; at.nr < to.nr; at = pfn_plus(at, 1))
		KM_BUG_ON(pages_free(p, cpu, at, 0, 0));
	for (struct pfn at = c->start; at.nr < c->end.nr; at = pfn_plus(at, 1))
		cma_hand_out(p, at);
}

static enum contig_result test_and_take(struct contig *c, const struct contig_env *env,
					const struct contig_request *rq)
{
	struct pages *p = env->pages;
	bool found;
	struct pfn from = outer_start(c, env, &found), to = c->end;
	struct pfn stays = not_free(p, from, c->end, &to);

	if (stays.nr == KM_NO_PFN && contig_disturbed(env, CONTIG_TEST, from))
		stays = from;
	if (stays.nr != KM_NO_PFN)
		return contig_fails(c, CONTIG_BUSY, CONTIG_TEST, stays);
	if (env->prof->outer_start_any && !found)
		return contig_fails(c, CONTIG_BUSY, CONTIG_TEST, c->start);
	if (env->prof->reclaims_first && env->ops && env->ops->reclaim)
		env->ops->reclaim(env->ctx, rq->cpu, pages_zone_of(p, c->start),
				  c->end.nr - c->start.nr);
	/* what was reclaimed in the range went together with its neighbours */
	stays = not_free(p, from, c->end, &to);
	if (stays.nr == KM_NO_PFN && contig_disturbed(env, CONTIG_TAKE, from))
		stays = from;
	if (stays.nr != KM_NO_PFN)
		return contig_fails(c, CONTIG_BUSY, CONTIG_TAKE, stays);
	contig_take(c, p);
	hand_over(c, p, rq->cpu, from, to);
	return CONTIG_OK;
}

/* Kernel: mm/page_alloc.c:__alloc_contig_verify_gfp_mask() [6.12] */
static bool gfp_is_fine(uint32_t gfp)
{
	const uint32_t ignored = KM_GFP_DMA | KM_GFP_DMA32 | KM_GFP_HIGHMEM | KM_GFP_MOVABLE |
				 KM_GFP_RECLAIMABLE | KM_GFP_WRITE | KM_GFP_HARDWALL |
				 KM_GFP_THISNODE;
	const uint32_t reclaim = KM_GFP_IO | KM_GFP_FS | KM_GFP_RECLAIM;
	const uint32_t action = KM_GFP_COMP | KM_GFP_RETRY_MAYFAIL | KM_GFP_NOWARN | KM_GFP_ZERO |
				KM_GFP_ZEROTAGS | KM_GFP_SKIP_ZERO | KM_GFP_SKIP_KASAN;

	return !(gfp & ~(ignored | reclaim | action));
}

/* The steps between isolation and its undoing. */
static enum contig_result take_over(struct contig *c, const struct contig_env *env,
				    const struct contig_request *rq)
{
	unsigned int zone = pages_zone_of(env->pages, rq->start);
	enum contig_result result;

	if (!env->prof->drains_late)
		pages_drain_zone(env->pages, zone);
	result = contig_migrate(c, env, rq, rq->start, rq->end);
	if (result == CONTIG_NOMEM || (result != CONTIG_OK && env->prof->stops_at_busy))
		return result;
	if (env->prof->drains_late)
		pages_drain_all(env->pages, rq->cpu);
	return test_and_take(c, env, rq);
}

enum contig_result contig_range(const struct contig_env *env, const struct contig_request *rq,
				struct contig_report *report)
{
	struct contig c;
	enum contig_result result = CONTIG_INVALID;

	*report = (struct contig_report){ .result = result, .busy = pfn(KM_NO_PFN) };
	if (env->prof->checks_gfp && !gfp_is_fine(rq->gfp))
		return result;
	result = contig_begin(&c, env, rq) ? take_over(&c, env, rq) : c.report.result;
	c.report.result = result;
	if (result == CONTIG_OK) {
		c.report.failed_at = CONTIG_DONE;
		c.report.busy = pfn(KM_NO_PFN);
	}
	contig_end(&c, env->pages);
	*report = c.report;
	return result;
}
