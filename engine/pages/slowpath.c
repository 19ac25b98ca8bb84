/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request does that found nothing above the low watermark: wake kswapd, take the reserves it
 * may, compact, reclaim, and try again as long as that may help.
 */
#include "engine/pages/pages.h"

/* Kernel: mm/page_alloc.c:MAX_RECLAIM_RETRIES, MAX_COMPACT_RETRIES [6.1] */
enum { MAX_RECLAIM_RETRIES = 16, MAX_COMPACT_RETRIES = 16 };

/* One request on its way. */
struct slow {
	struct pages *p;
	const struct pages_request *rq;
	unsigned int zone_class, flags;
	bool can_reclaim, can_compact, costly;
	enum compact_priority prio;
	enum compact_result result;
	unsigned int compact_retries, no_progress;
	uint64_t progress; /* pages the last direct reclaim freed */
	struct pfn got;
};

static void wake_kswapds(const struct slow *s)
{
	struct pages *p = s->p;
	unsigned int step = 0, zone;
	int last = -1;

	if (!(s->flags & PAGES_KSWAPD))
		return;
	while ((zone = pages_next_zone(p, s->rq, &step)) < p->nr_zones) {
		if (p->zone[zone].node == last)
			continue;
		last = p->zone[zone].node;
		p->slow->wake_kswapd(p->slow_ctx, zone, s->rq, s->zone_class);
		pages_tell(p, &(struct pages_seen){ .kind = PAGES_SEEN_WAKE, .zone = zone });
	}
}

/* True: a page was got, or was there already. */
static bool try(struct slow *s, unsigned int flags)
{
	if (s->got.nr == KM_NO_PFN)
		s->got = pages_from_freelist(s->p, s->rq, flags);
	return s->got.nr != KM_NO_PFN;
}

/* Kernel: mm/page_alloc.c:__gfp_pfmemalloc_flags() [6.1]. Differs: no victims of the OOM killer. */
static unsigned int reserve_flags(const struct pages_request *rq)
{
	if (rq->gfp & KM_GFP_NOMEMALLOC)
		return 0;
	return rq->gfp & KM_GFP_MEMALLOC || rq->pf_memalloc ? PAGES_NO_WATERMARKS : 0;
}

/* Kernel: mm/page_alloc.c:unreserve_highatomic_pageblock() [6.1] */
static bool unreserve(const struct slow *s, bool force)
{
	struct pages *p = s->p;
	unsigned int step = 0, zone;

	if (!p->prof->highatomic)
		return false;
	while ((zone = pages_next_zone(p, s->rq, &step)) < p->nr_zones)
		if (buddy_unreserve_highatomic(&p->buddy[zone], pages_migratetype(s->rq->gfp),
					       force))
			return true;
	return false;
}

/* Kernel: mm/page_alloc.c:__alloc_pages_direct_reclaim() [6.1] */
static bool reclaim(struct slow *s)
{
	s->progress = s->p->slow->direct_reclaim(s->p->slow_ctx, s->rq, s->zone_class);
	pages_count(s->p, WORK_RECLAIM, 1);
	pages_count(s->p, WORK_RECLAIMED, s->progress);
	pages_tell(s->p, &(struct pages_seen){ .kind = PAGES_SEEN_RECLAIM, .pages = s->progress });
	if (s->p->prof->drains_first && s->rq->order)
		pages_drain_all(s->p, s->rq->cpu);
	if (!s->progress)
		return false;
	if (try(s, s->flags))
		return true;
	if (s->p->prof->drains_first)
		return false;
	unreserve(s, false);
	pages_drain_all(s->p, s->rq->cpu);
	return try(s, s->flags);
}

/* Kernel: mm/page_alloc.c:__alloc_pages_direct_compact() [6.1] */
static bool compact(struct slow *s)
{
	const struct pages_slow_ops *ops = s->p->slow;

	if (!s->rq->order)
		return false;
	s->result = ops->direct_compact(s->p->slow_ctx, s->rq, s->zone_class, s->flags, s->prio,
					&s->got);
	pages_tell(s->p, &(struct pages_seen){ .kind = PAGES_SEEN_COMPACT,
					       .result = s->result,
					       .prio = s->prio,
					       .got = s->got });
	if (s->result == COMPACT_SKIPPED || !try(s, s->flags))
		return false;
	ops->compact_got(s->p->slow_ctx, pages_zone_of(s->p, s->got), s->rq->order);
	return true;
}

bool pages_should_reclaim_retry(struct pages *p, const struct pages_request *rq, unsigned int flags,
				bool progress, unsigned int *no_progress)
{
	unsigned int step = 0, zone;

	if (progress && rq->order <= p->prof->costly_order)
		*no_progress = 0;
	else
		++*no_progress;
	if (*no_progress > MAX_RECLAIM_RETRIES)
		return false;
	while ((zone = pages_next_zone(p, rq, &step)) < p->nr_zones) {
		uint64_t available =
			p->slow->reclaimable_pages(p->slow_ctx, zone) + p->zone[zone].nr_free;

		if (pages_watermark_ok(p, zone, rq->order,
				       p->zone[zone].wmark[KM_WMARK_MIN] + p->zone[zone].boost,
				       pages_zone_class(p, rq->gfp), flags, (int64_t)available))
			return true;
	}
	return false;
}

static bool harder(struct pages_compact_retry *c, bool costly)
{
	enum compact_priority least = costly ? COMPACT_PRIO_SYNC_LIGHT : COMPACT_PRIO_SYNC_FULL;

	if (c->prio <= least)
		return false;
	c->prio--;
	c->retries = 0;
	return true;
}

bool pages_should_compact_retry(const struct pages *p, unsigned int order,
				enum compact_result result, bool suitable,
				struct pages_compact_retry *c)
{
	bool costly = order > p->prof->costly_order;
	unsigned int most = costly ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES;

	if (!order)
		return false;
	switch (result) {
	case COMPACT_SKIPPED:
		return suitable;
	case COMPACT_COMPLETE:
	case COMPACT_DEFERRED:
	case COMPACT_CONTENDED:
	case COMPACT_PARTIAL_SKIPPED:
		return harder(c, costly);
	case COMPACT_SUCCESS:
		c->retries++;
		break;
	default:
		break;
	}
	return c->retries <= most || harder(c, costly);
}

static bool compact_again(struct slow *s)
{
	struct pages_compact_retry c = { .prio = s->prio, .retries = s->compact_retries };
	const struct pages_slow_ops *ops = s->p->slow;
	bool again;

	if (!s->progress || !s->can_compact)
		return false;
	again = pages_should_compact_retry(
		s->p, s->rq->order, s->result,
		ops->compact_suitable(s->p->slow_ctx, s->rq, s->zone_class, s->flags), &c);
	s->prio = c.prio;
	s->compact_retries = c.retries;
	return again;
}

/*
 * Kernel: mm/page_alloc.c:__alloc_pages_may_oom() [6.1]. True: somebody was killed, or a page was
 * got.
 */
static bool may_oom(struct slow *s)
{
	struct pages *p = s->p;

	if (try(s, PAGES_WMARK_HIGH))
		return true;
	if (s->costly || s->rq->gfp & (KM_GFP_RETRY_MAYFAIL | KM_GFP_THISNODE) ||
	    (int)s->zone_class < p->normal)
		return false;
	bool killed = p->slow->out_of_memory(p->slow_ctx, s->rq);

	pages_tell(p, &(struct pages_seen){ .kind = PAGES_SEEN_OOM, .pages = killed });
	if (!killed)
		return false;
	if (s->rq->gfp & KM_GFP_NOFAIL)
		try(s, PAGES_NO_WATERMARKS);
	return true;
}

/* Before the first retry. PAGES_GOT: go on. */
static enum pages_failure costly_first(struct slow *s)
{
	bool large = s->costly || (s->rq->order && pages_migratetype(s->rq->gfp) != KM_MOVABLE);

	if (!s->can_reclaim || !s->can_compact || !large || reserve_flags(s->rq))
		return PAGES_GOT;
	s->prio = COMPACT_PRIO_ASYNC;
	if (compact(s))
		return PAGES_GOT;
	s->prio = COMPACT_PRIO_SYNC_LIGHT;
	if (!s->costly || !(s->rq->gfp & KM_GFP_NORETRY))
		return PAGES_GOT;
	if (s->result == COMPACT_SKIPPED)
		return PAGES_NO_ROOM_TO_COMPACT;
	if (s->result == COMPACT_DEFERRED)
		return PAGES_DEFERRED;
	if (s->rq->gfp & KM_GFP_THISNODE)
		return PAGES_THIS_NODE;
	s->prio = COMPACT_PRIO_ASYNC;
	return PAGES_GOT;
}

/* Before giving up: the last reserved pageblock goes, too.
 * Kernel: mm/page_alloc.c:should_reclaim_retry() [6.1] */
static bool last_reserve(const struct slow *s)
{
	if (s->p->prof->unreserves_late && s->no_progress <= MAX_RECLAIM_RETRIES)
		return false;
	return unreserve(s, true);
}

/* One round. PAGES_GOT: a page was got, or another round may get one. */
static enum pages_failure once(struct slow *s)
{
	unsigned int reserve = reserve_flags(s->rq);

	wake_kswapds(s);
	if (reserve)
		s->flags = reserve | (s->flags & (PAGES_KSWAPD | PAGES_CMA));
	if (try(s, s->flags))
		return PAGES_GOT;
	if (!s->can_reclaim)
		return pages_refusal(s->p, s->rq, s->flags);
	if (s->rq->pf_memalloc)
		return PAGES_RECLAIMS_ITSELF;
	if (reclaim(s) || compact(s))
		return PAGES_GOT;
	if (s->rq->gfp & KM_GFP_NORETRY)
		return PAGES_NO_RETRY;
	if (s->costly && (!s->can_compact || !(s->rq->gfp & KM_GFP_RETRY_MAYFAIL)))
		return PAGES_COSTLY;
	if (pages_should_reclaim_retry(s->p, s->rq, s->flags, s->progress > 0, &s->no_progress) ||
	    last_reserve(s) || compact_again(s))
		return PAGES_GOT;
	if (!may_oom(s))
		return PAGES_OUT_OF_MEMORY;
	s->no_progress = 0;
	return PAGES_GOT;
}

/* The kernel would wait until somebody else frees pages: here nobody does while a request waits. */
static void cannot_fail(struct slow *s)
{
	if (!(s->rq->gfp & KM_GFP_NOFAIL) || !s->can_reclaim)
		return;
	if (!try(s, PAGES_WMARK_MIN | PAGES_MIN_RESERVE))
		try(s, PAGES_NO_WATERMARKS);
}

struct pfn pages_slowpath(struct pages *p, const struct pages_request *rq)
{
	struct slow s = {
		.p = p,
		.rq = rq,
		.zone_class = pages_zone_class(p, rq->gfp),
		.flags = pages_slow_flags(p, rq),
		.can_reclaim = rq->gfp & KM_GFP_DIRECT_RECLAIM,
		.can_compact = rq->gfp & KM_GFP_IO,
		.costly = rq->order > p->prof->costly_order,
		.prio = COMPACT_PRIO_SYNC_LIGHT,
		.result = COMPACT_SKIPPED,
		.got = pfn(KM_NO_PFN),
	};
	enum pages_failure why = PAGES_GOT;
	unsigned int step = 0;

	pages_count(p, WORK_SLOW, 1);
	wake_kswapds(&s);
	if (pages_next_zone(p, rq, &step) == p->nr_zones)
		why = PAGES_NO_BLOCK;
	else if (!try(&s, s.flags))
		why = costly_first(&s);
	while (why == PAGES_GOT && s.got.nr == KM_NO_PFN)
		why = once(&s);
	if (why != PAGES_GOT)
		cannot_fail(&s);
	p->failure = s.got.nr == KM_NO_PFN ? why : PAGES_GOT;
	return s.got;
}

const char *pages_failure_name(enum pages_failure why)
{
	static const char *const names[] = {
		[PAGES_GOT] = "",
		[PAGES_NO_BLOCK] = "no block of this size in any zone the request may use",
		[PAGES_MAY_NOT_WAIT] = "below the watermark, and the request may not wait",
		[PAGES_TOO_SMALL] = ("above the watermark, but too little of it in blocks of this "
				     "size, and the request may not wait"),
		[PAGES_RECLAIMS_ITSELF] = "no page left for who reclaims",
		[PAGES_NO_ROOM_TO_COMPACT] = "too few free pages to compact",
		[PAGES_DEFERRED] = "compaction deferred",
		[PAGES_THIS_NODE] = "compaction of this node did not help",
		[PAGES_NO_RETRY] = "reclaim and compaction once did not help",
		[PAGES_COSTLY] = "reclaim and compaction did not help, and the order is costly",
		[PAGES_OUT_OF_MEMORY] = "out of memory",
	};

	return names[why];
}

static void wake_nobody(void *ctx, unsigned int zone, const struct pages_request *rq,
			unsigned int zone_class)
{
	(void)ctx, (void)zone, (void)rq, (void)zone_class;
}

static uint64_t reclaim_nothing(void *ctx, const struct pages_request *rq, unsigned int zone_class)
{
	(void)ctx, (void)rq, (void)zone_class;
	return 0;
}

static enum compact_result compact_nothing(void *ctx, const struct pages_request *rq,
					   unsigned int zone_class, unsigned int flags,
					   enum compact_priority prio, struct pfn *captured)
{
	(void)ctx, (void)rq, (void)zone_class, (void)flags, (void)prio, (void)captured;
	return COMPACT_SKIPPED;
}

static void got_nothing(void *ctx, unsigned int zone, unsigned int order)
{
	(void)ctx, (void)zone, (void)order;
}

static bool never_suitable(void *ctx, const struct pages_request *rq, unsigned int zone_class,
			   unsigned int flags)
{
	(void)ctx, (void)rq, (void)zone_class, (void)flags;
	return false;
}

static uint64_t nothing_reclaimable(void *ctx, unsigned int zone)
{
	(void)ctx, (void)zone;
	return 0;
}

static bool kill_nobody(void *ctx, const struct pages_request *rq)
{
	(void)ctx, (void)rq;
	return false;
}

const struct pages_slow_ops pages_slow_refuses = {
	.name = "refuses",
	.wake_kswapd = wake_nobody,
	.direct_reclaim = reclaim_nothing,
	.direct_compact = compact_nothing,
	.compact_got = got_nothing,
	.compact_suitable = never_suitable,
	.reclaimable_pages = nothing_reclaimable,
	.out_of_memory = kill_nobody,
};
