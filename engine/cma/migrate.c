/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Migration out of a range: pages in use are collected by batches, and each finds a new place by
 * the ordinary way of a request. The pages they leave are in isolated pageblocks, so they go
 * straight to the free lists.
 */
#include "engine/cma/contig_parts.h"

/* Kernel: include/linux/swap.h:COMPACT_CLUSTER_MAX [6.1] */
enum { BATCH = 32 };

/* Blocks collected, in the order in which the scan met them. */
struct batch {
	struct pfn head[BATCH];
	unsigned int order[BATCH];
	unsigned int nr;
	uint64_t pages;
	struct pfn stays; /* the first that ends the migration; KM_NO_PFN: none */
};

/* Nobody saw this page come: only a movable request can have been given a page of an area. */
static bool is_borrowed(const struct pages *p, struct pfn at)
{
	const struct pageblock *pb = pageblock_of(p->frames, at);
	struct pfn head;

	return (pb->mt == KM_ISOLATE ? pb->isolated_mt : pb->mt) == KM_CMA &&
	       !frames_head(p->frames, at, &head);
}

static bool is_movable(const struct contig_env *env, struct pfn head, const struct frame *fr)
{
	if (!fr)
		return is_borrowed(env->pages, head);
	return fr->state == FRAME_ALLOC && (fr->mt == KM_MOVABLE || fr->lru) &&
	       (!fr->order || env->prof->moves_huge);
}

static bool stays(const struct contig_env *env, struct pfn head)
{
	return env->ops && env->ops->stays && env->ops->stays(env->ctx, head);
}

/* Does a page that stays end the migration after its batch? */
static bool ends_it(const struct contig_env *env, struct pfn head)
{
	return env->prof->stops_at_busy || (env->ops->fails && env->ops->fails(env->ctx, head));
}

bool contig_can_move(const struct contig_env *env, struct pfn head, const struct frame *fr)
{
	return is_movable(env, head, fr) && !stays(env, head);
}

/*
 * Collect from *@at on until the batch is full. A block that began before is passed over: a tail
 * page cannot be held. Kernel: mm/compaction.c:isolate_migratepages_range() [6.1]
 */
static void collect(const struct contig_env *env, struct batch *b, struct pfn *at, struct pfn end)
{
	const struct frames *f = env->pages->frames;
	struct pfn head;

	*b = (struct batch){ .stays = pfn(KM_NO_PFN) };
	while (at->nr < end.nr && b->pages < BATCH) {
		const struct frame *fr = frames_head(f, *at, &head);
		uint64_t pages = fr ? head.nr + pages_of(fr->order) - at->nr : 1;

		if ((!fr || head.nr == at->nr) && is_movable(env, *at, fr)) {
			if (!stays(env, *at)) {
				b->order[b->nr] = fr ? fr->order : 0;
				b->head[b->nr++] = *at;
				b->pages += pages;
			} else if (ends_it(env, *at)) { /* it has its place in the batch */
				b->stays = b->stays.nr == KM_NO_PFN ? *at : b->stays;
				b->pages += pages;
			}
		}
		*at = pfn_plus(*at, pages);
	}
}

/* A block leaves its place: it is in use no more, and nowhere yet. */
static void vacate(struct pages *p, unsigned int cpu, struct pfn head, unsigned int order)
{
	struct frame *fr = frames_begins(p->frames, head);

	if (fr) {
		frames_count_used(p->frames, head, order, fr->mt, -1);
		*fr = (struct frame){ 0 };
	}
	KM_BUG_ON(pages_free(p, cpu, head, order, 0));
}

/* Kernel: mm/vmscan.c:reclaim_clean_pages_from_list() [6.1] */
static void drop_clean(struct contig *c, const struct contig_env *env, struct batch *b,
		       unsigned int cpu)
{
	unsigned int kept = 0;

	if (!env->prof->drops_clean_cache || !env->ops || !env->ops->dropped)
		return;
	for (unsigned int i = 0; i < b->nr; i++) {
		unsigned int order = b->order[i];

		if (!env->ops->dropped(env->ctx, b->head[i])) {
			b->order[kept] = order;
			b->head[kept++] = b->head[i];
			continue;
		}
		vacate(env->pages, cpu, b->head[i], order);
		c->report.reclaimed_pages += pages_of(order);
	}
	b->nr = kept;
}

/*
 * The flags a migration target is asked for with.
 * Kernel: mm/migrate.c:alloc_migration_target() [6.1],
 * mm/page_alloc.c:__alloc_contig_migrate_range() [6.1], __alloc_contig_verify_gfp_mask() [6.12],
 * __alloc_contig_migrate_alloc() [3.5]
 */
static uint32_t target_gfp(const struct contig_env *env, const struct contig_request *rq,
			   struct pfn head, unsigned int order)
{
	const struct pages *p = env->pages;
	int index = (int)p->zone[pages_zone_of(p, head)].index;
	uint32_t gfp = KM_GFP_USER | KM_GFP_MOVABLE;

	if (env->prof->targets_near)
		gfp |= KM_GFP_RETRY_MAYFAIL;
	if (env->prof->checks_gfp) {
		gfp &= ~(uint32_t)KM_GFP_KERNEL;
		gfp |= rq->gfp & (KM_GFP_KERNEL | KM_GFP_RETRY_MAYFAIL | KM_GFP_NOWARN);
	}
	if (order) /* GFP_TRANSHUGE */
		gfp = (gfp & ~(uint32_t)KM_GFP_RECLAIM) | KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP |
		      KM_GFP_NOMEMALLOC | KM_GFP_NOWARN;
	if (order)
		gfp &= ~(uint32_t)KM_GFP_KSWAPD_RECLAIM;
	if (index == p->highmem || index == p->movable)
		gfp |= KM_GFP_HIGHMEM;
	return gfp;
}

static struct pfn find_target(const struct contig_env *env, const struct contig_request *rq,
			      struct pfn head, unsigned int order)
{
	struct pages *p = env->pages;
	struct pages_request target = {
		.gfp = target_gfp(env, rq, head, order),
		.order = order,
		.cpu = rq->cpu,
		.node = env->prof->targets_near ? p->zone[pages_zone_of(p, head)].node :
						  (int)pages_node_of_cpu(p, rq->cpu),
	};

	return pages_alloc(p, &target);
}

/*
 * What looks for a place may reclaim, also what was collected: it needs none.
 * Differs: pages collected are on no list that is reclaimed from.
 */
static bool still_there(const struct contig_env *env, struct pfn head, unsigned int order)
{
	struct pfn at;
	const struct frame *fr = frames_head(env->pages->frames, head, &at);

	return (!fr || at.nr == head.nr) && contig_can_move(env, head, fr) &&
	       (fr ? fr->order : 0) == order;
}

/* Move one block. What came to nothing meanwhile needs no place. */
static void move(struct contig *c, const struct contig_env *env, unsigned int cpu, struct pfn from,
		 struct pfn to, unsigned int order)
{
	struct pages *p = env->pages;
	const struct frame *fr = frames_begins(p->frames, from);
	unsigned int mt = fr ? fr->mt : KM_MOVABLE;

	if (!still_there(env, from, order)) {
		KM_BUG_ON(pages_free(p, cpu, to, order, 0));
		return;
	}
	*frame_at(p->frames, to, order) =
		(struct frame){ .state = FRAME_ALLOC, .order = order & 31, .mt = mt & 7 };
	frames_count_used(p->frames, to, order, mt, 1);
	if (env->ops && env->ops->moved)
		env->ops->moved(env->ctx, from, to, order);
	vacate(p, cpu, from, order);
	c->report.migrated_pages += pages_of(order);
}

/* A huge page is none any more. Kernel: mm/huge_memory.c:split_huge_page_to_list() [6.1] */
static void split(const struct contig_env *env, struct pfn head, unsigned int order)
{
	if (env->ops && env->ops->split)
		env->ops->split(env->ctx, head, order);
	else
		frames_split_pages(env->pages->frames, head, order);
}

/*
 * Its pages, the last first, as the split put them on the list.
 * Kernel: mm/huge_memory.c:__split_huge_page() [6.1 6.12]
 */
static enum contig_result migrate_pieces(struct contig *c, const struct contig_env *env,
					 const struct contig_request *rq, struct pfn head,
					 unsigned int order)
{
	for (uint64_t i = pages_of(order); i-- > 0;) {
		struct pfn from = pfn_plus(head, i), to;

		if (!still_there(env, from, 0))
			continue;
		to = find_target(env, rq, from, 0);
		if (to.nr == KM_NO_PFN)
			return contig_fails(c, CONTIG_NOMEM, CONTIG_MIGRATE, from);
		move(c, env, rq->cpu, from, to, 0);
	}
	return CONTIG_OK;
}

/*
 * A new place for each of the batch, the last collected first; huge pages that find none are split,
 * and their pages moved after the others. 6.12 finds all the places before it frees the first page;
 * as isolated pages serve nobody, that makes no difference.
 * Kernel: mm/migrate.c:migrate_pages(), migrate_pages_batch() [6.1 6.12]
 */
static enum contig_result migrate_batch(struct contig *c, const struct contig_env *env,
					const struct contig_request *rq, const struct batch *b)
{
	enum contig_result result = CONTIG_OK;
	unsigned int order_of[BATCH] = { 0 };

	for (unsigned int i = b->nr; i-- > 0;) {
		unsigned int order = b->order[i];
		struct pfn to;

		if (!still_there(env, b->head[i], order))
			continue;
		to = find_target(env, rq, b->head[i], order);
		if (to.nr != KM_NO_PFN) {
			move(c, env, rq->cpu, b->head[i], to, order);
			continue;
		}
		if (!still_there(env, b->head[i], order))
			continue;
		if (!order)
			return contig_fails(c, CONTIG_NOMEM, CONTIG_MIGRATE, b->head[i]);
		split(env, b->head[i], order);
		order_of[i] = order;
	}
	for (unsigned int i = b->nr; i-- > 0 && result == CONTIG_OK;)
		if (order_of[i])
			result = migrate_pieces(c, env, rq, b->head[i], order_of[i]);
	return result;
}

enum contig_result contig_migrate(struct contig *c, const struct contig_env *env,
				  const struct contig_request *rq, struct pfn from, struct pfn to)
{
	enum contig_result result = CONTIG_OK;
	struct batch b;

	while (from.nr < to.nr && result == CONTIG_OK) {
		if (contig_disturbed(env, CONTIG_MIGRATE, from))
			return contig_fails(c, CONTIG_BUSY, CONTIG_MIGRATE, from);
		collect(env, &b, &from, to);
		drop_clean(c, env, &b, rq->cpu);
		result = migrate_batch(c, env, rq, &b);
		if (result == CONTIG_OK && b.stays.nr != KM_NO_PFN)
			result = contig_fails(c, CONTIG_BUSY, CONTIG_MIGRATE, b.stays);
	}
	return result;
}
