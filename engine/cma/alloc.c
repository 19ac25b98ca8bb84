/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of an area: handed out, and given back. */
#include "engine/cma/cma.h"

static uint32_t gfp_of(const struct cma_request *rq)
{
	return (rq->gfp ? rq->gfp : KM_GFP_KERNEL) | (rq->no_warn ? KM_GFP_NOWARN : 0);
}

/* Take the range at bit @at of the area. */
static enum contig_result try_at(struct cma_area *a, const struct contig_env *env,
				 const struct cma_request *rq, uint64_t at, struct cma_result *out)
{
	struct contig_request range = {
		.start = pfn_plus(a->base, at << a->order_per_bit),
		.mt = KM_CMA,
		.gfp = gfp_of(rq),
		.cpu = rq->cpu,
	};

	range.end = pfn_plus(range.start, rq->pages);
	out->tried = range.start;
	out->tries++;
	cma_mark(a, range.start, rq->pages, true);
	out->result = contig_range(env, &range, &out->last);
	out->migrated_pages += out->last.migrated_pages;
	out->reclaimed_pages += out->last.reclaimed_pages;
	if (env->ops && env->ops->tried)
		env->ops->tried(env->ctx, range.start, &out->last);
	if (out->result != CONTIG_OK)
		cma_mark(a, range.start, rq->pages, false);
	return out->result;
}

struct pfn cma_alloc(struct cma_area *a, const struct contig_env *env, const struct cma_request *rq,
		     struct cma_result *out)
{
	unsigned int most = env->prof->align_max;
	unsigned int align = most && rq->align > most ? most : rq->align;
	uint64_t from = 0, at;

	*out = (struct cma_result){ .result = CONTIG_NOMEM,
				    .got = pfn(KM_NO_PFN),
				    .tried = pfn(KM_NO_PFN),
				    .busy = pfn(KM_NO_PFN) };
	while ((at = cma_find(a, rq->pages, align, from)) != UINT64_MAX) {
		enum contig_result result = try_at(a, env, rq, at, out);

		if (result == CONTIG_BUSY)
			out->busy = out->last.busy;
		if (result == CONTIG_OK)
			out->got = out->tried;
		if (result != CONTIG_BUSY)
			break;
		from = cma_next(a, align, at);
	}
	return out->got;
}

/* Is @at a single page that was handed out? */
static bool is_out(const struct frames *f, struct pfn at)
{
	const struct frame *fr = frames_begins(f, at);

	return fr && fr->state == FRAME_ALLOC && !fr->order && fr->mt == KM_UNMOVABLE && !fr->lru;
}

static void free_page(const struct contig_env *env, unsigned int cpu, struct pfn at)
{
	struct frames *f = env->pages->frames;

	frames_count_used(f, at, 0, KM_UNMOVABLE, -1);
	*frame_at(f, at, 0) = (struct frame){ 0 };
	KM_BUG_ON(pages_free(env->pages, cpu, at, 0, 0));
}

static bool is_within(const struct cma_area *a, struct pfn at, uint64_t pages)
{
	return pages && pages <= a->pages && at.nr >= a->base.nr &&
	       at.nr - a->base.nr <= a->pages - pages;
}

bool cma_release(struct cma_area *a, const struct contig_env *env, unsigned int cpu, struct pfn at,
		 uint64_t pages)
{
	if (!is_within(a, at, pages) || !cma_marked(a, at, pages))
		return false;
	for (uint64_t i = 0; i < pages; i++)
		if (!is_out(env->pages->frames, pfn_plus(at, i)))
			return false;
	for (uint64_t i = 0; i < pages; i++)
		free_page(env, cpu, pfn_plus(at, i));
	cma_mark(a, at, pages, false);
	return true;
}

uint64_t cma_release_rest(struct cma_area *a, const struct contig_env *env, unsigned int cpu,
			  struct pfn at, uint64_t pages)
{
	uint64_t freed = 0;

	if (!is_within(a, at, pages))
		return 0;
	for (uint64_t i = 0; i < pages; i++) {
		if (!cma_marked(a, pfn_plus(at, i), 1) ||
		    !is_out(env->pages->frames, pfn_plus(at, i)))
			continue;
		free_page(env, cpu, pfn_plus(at, i));
		freed++;
	}
	cma_mark(a, at, pages, false);
	return freed;
}

/* Where the zone of the area's first page ends within it; its end: it has all of it. */
static uint64_t end_of_zone(const struct cma_area *a, const struct pages *p)
{
	unsigned int zone = pages_zone_of(p, a->base);
	uint64_t at = 0;

	while (at < a->pages && zone < p->nr_zones &&
	       pages_zone_of(p, pfn_plus(a->base, at)) == zone)
		at++;
	return at;
}

/* The area's pages from the beginning on, as far as @pages have whole pageblocks. */
static void give_blocks(const struct cma_area *a, struct pages *p, unsigned int cpu, uint64_t pages)
{
	unsigned int order = p->frames->pb_order;

	for (uint64_t at = 0; at + pages_of(order) <= pages; at += pages_of(order)) {
		struct pfn head = pfn_plus(a->base, at);

		pageblock_of(p->frames, head)->mt = KM_CMA;
		KM_BUG_ON(pages_free(p, cpu, head, order, 0));
	}
}

bool cma_activate(struct cma_area *a, struct pages *p, const struct cma_profile *prof,
		  unsigned int cpu)
{
	uint64_t end = end_of_zone(a, p);

	a->active = end == a->pages;
	if (a->active || prof->activates_by_blocks)
		give_blocks(a, p, cpu, end);
	for (uint64_t i = 0; !a->active && !prof->activates_by_blocks && i < a->pages; i++)
		if (pages_zone_of(p, pfn_plus(a->base, i)) < p->nr_zones)
			KM_BUG_ON(pages_free(p, cpu, pfn_plus(a->base, i), 0, 0));
	a->pages = a->active ? a->pages : 0;
	return a->active;
}
