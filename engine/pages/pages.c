/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zone walk: the zones of the node's list, up to the highest allowed one.
 */
#include "engine/pages/pages.h"

unsigned int pages_migratetype(uint32_t gfp)
{
	if (gfp & KM_GFP_MOVABLE)
		return KM_MOVABLE;
	return gfp & KM_GFP_RECLAIMABLE ? KM_RECLAIMABLE : KM_UNMOVABLE;
}

/* As gfp_migratetype(): one type for all while grouping by mobility is disabled. */
static unsigned int type_of(const struct pages *p, uint32_t gfp)
{
	return p->nr_zones && p->buddy[0].no_mobility ? KM_UNMOVABLE : pages_migratetype(gfp);
}

static unsigned int zone_or(int index, int other)
{
	return (unsigned int)(index >= 0 ? index : other);
}

unsigned int pages_zone_class(const struct pages *p, uint32_t gfp)
{
	if ((gfp & KM_GFP_HIGHMEM) && (gfp & KM_GFP_MOVABLE))
		return zone_or(p->movable, p->normal);
	if (gfp & KM_GFP_DMA)
		return zone_or(p->dma, p->normal);
	if (gfp & KM_GFP_DMA32)
		return zone_or(p->dma32, p->normal);
	if (gfp & KM_GFP_HIGHMEM)
		return zone_or(p->highmem, p->normal);
	return (unsigned int)p->normal;
}

unsigned int pages_next_zone(const struct pages *p, const struct pages_request *rq,
			     unsigned int *step)
{
	const struct pages_zonelist *l = &p->list[rq->node];
	unsigned int zone_class = pages_zone_class(p, rq->gfp);

	while (*step < l->nr) {
		unsigned int i = l->zone[(*step)++];

		if (p->zone[i].index > zone_class || !p->zone[i].managed)
			continue;
		if (!(rq->gfp & KM_GFP_THISNODE) || p->zone[i].node == rq->node)
			return i;
	}
	return p->nr_zones;
}

static unsigned int preferred_zone(const struct pages *p, const struct pages_request *rq)
{
	unsigned int step = 0;

	return pages_next_zone(p, rq, &step);
}

unsigned int pages_fast_flags(const struct pages *p, const struct pages_request *rq)
{
	unsigned int zone = preferred_zone(p, rq);
	unsigned int flags = rq->gfp & KM_GFP_KSWAPD_RECLAIM ? PAGES_KSWAPD : 0;

	if (p->has_cma && p->prof->alloc_cma && type_of(p, rq->gfp) == KM_MOVABLE)
		flags |= PAGES_CMA;
	if (!p->prof->nofragment || p->no_nofragment || p->dma32 < 0 || zone == p->nr_zones ||
	    (int)p->zone[zone].index != p->normal)
		return flags;
	if (p->nr_nodes > 1 && (!zone || (int)p->zone[zone - 1].index != p->dma32 ||
				p->zone[zone - 1].node != p->zone[zone].node))
		return flags;
	return flags | PAGES_NOFRAGMENT;
}

unsigned int pages_slow_flags(const struct pages *p, const struct pages_request *rq)
{
	unsigned int flags = PAGES_WMARK_MIN |
			     (pages_fast_flags(p, rq) & (PAGES_CMA | PAGES_KSWAPD));
	bool harder = p->prof->harder_by_flag ? rq->gfp & KM_GFP_ATOMIC :
						!(rq->gfp & KM_GFP_DIRECT_RECLAIM);

	if (rq->gfp & KM_GFP_HIGH)
		flags |= PAGES_MIN_RESERVE;
	if (!harder || (rq->gfp & KM_GFP_NOMEMALLOC))
		return flags;
	flags |= PAGES_NON_BLOCK;
	if (rq->order && p->prof->highatomic &&
	    (p->prof->highatomic_any || (flags & PAGES_MIN_RESERVE)))
		flags |= PAGES_HIGHATOMIC;
	return flags;
}

static unsigned int buddy_flags_of(unsigned int flags)
{
	return (flags & PAGES_CMA ? BUDDY_CMA : 0) |
	       (flags & PAGES_NOFRAGMENT ? BUDDY_NOFRAGMENT : 0) |
	       (flags & PAGES_KSWAPD ? BUDDY_KSWAPD : 0);
}

/* Kernel: mm/page_alloc.c:rmqueue_buddy() [6.1] */
static struct pfn from_buddy(struct buddy *b, const struct pages_request *rq, unsigned int mt,
			     unsigned int flags, bool last_resort)
{
	struct pfn got = pfn(KM_NO_PFN);

	if (flags & PAGES_HIGHATOMIC)
		got = buddy_pop(b, rq->order, KM_HIGHATOMIC);
	if (got.nr == KM_NO_PFN)
		got = buddy_alloc(b, rq->order, mt, buddy_flags_of(flags));
	if (got.nr == KM_NO_PFN && last_resort && (flags & (PAGES_OOM | PAGES_NON_BLOCK)))
		got = buddy_pop(b, rq->order, KM_HIGHATOMIC);
	zone_count(b->zone, b->cpu);
	return got;
}

/* Whoever comes by a zone whose watermarks were raised wakes kswapd, page or no page. */
static void unboost(struct pages *p, unsigned int zone, const struct pages_request *rq)
{
	const struct pages_request nobody = { .cpu = rq->cpu, .node = p->zone[zone].node };

	p->zone[zone].boosted = false;
	if (p->slow)
		p->slow->wake_kswapd(p->slow_ctx, zone, &nobody, p->zone[zone].index);
}

/* Kernel: mm/page_alloc.c:rmqueue() [6.1] */
static struct pfn from_zone(struct pages *p, unsigned int zone, const struct pages_request *rq,
			    unsigned int flags)
{
	struct buddy *b = &p->buddy[zone];
	struct pcp *pcp = pages_pcp(p, zone, rq->cpu);
	unsigned int mt = type_of(p, rq->gfp);
	bool skip = p->has_cma && p->prof->cma_skips_pcp && mt == KM_MOVABLE &&
		    !(flags & PAGES_CMA);
	bool cold = pcp->prof->hot_and_cold && (rq->gfp & KM_GFP_COLD);
	struct pfn got = pfn(KM_NO_PFN);

	b->cpu = rq->cpu;
	if (pcp_keeps(pcp, rq->order) && !skip) {
		pcp->prof->ops->on_alloc(pcp);
		got = pcp_pop(pcp, b, rq->order, mt,
			      buddy_flags_of(flags) | (cold ? BUDDY_COLD : 0));
	}
	if (got.nr == KM_NO_PFN)
		got = from_buddy(b, rq, mt, flags, p->prof->highatomic_last);
	if (b->zone->boosted && (!p->prof->boost_waits_for_kswapd || (flags & PAGES_KSWAPD)))
		unboost(p, zone, rq);
	if (got.nr != KM_NO_PFN && (flags & PAGES_HIGHATOMIC))
		buddy_reserve_highatomic(b, got, rq->order);
	return got;
}

/*
 * Is the zone to be asked? Where the kernel looks, a zone found below its high watermark is marked:
 * its per-CPU lists shrink until it is above it again.
 */
static bool zone_serves(const struct pages *p, unsigned int zone, const struct pages_request *rq,
			unsigned int zone_class, unsigned int flags)
{
	struct zone *z = &p->zone[zone];

	if (p->prof->marks_below_high && !z->below_high) {
		if (pages_watermark_fast(p, zone, rq->order, zone_class, flags | PAGES_WMARK_HIGH,
					 rq->gfp))
			return true;
		z->below_high = true;
	}
	return (flags & PAGES_NO_WATERMARKS) ||
	       pages_watermark_fast(p, zone, rq->order, zone_class, flags, rq->gfp);
}

/* Ask a zone, and tell whoever listens what it was found to be before that. */
static struct pfn ask(struct pages *p, unsigned int zone, const struct pages_request *rq,
		      unsigned int zone_class, unsigned int flags)
{
	bool serves = zone_serves(p, zone, rq, zone_class, flags);
	struct pfn none = pfn(KM_NO_PFN);

	if (!p->listener)
		return serves ? from_zone(p, zone, rq, flags) : none;
	struct pages_seen s = { .kind = PAGES_SEEN_ZONE,
				.zone = zone,
				.flags = flags,
				.unchecked = flags & PAGES_NO_WATERMARKS,
				.asked = serves };

	pages_watermark_facts(p, zone, rq->order, zone_class, flags, rq->gfp, &s.mark);
	s.got = serves ? from_zone(p, zone, rq, flags) : none;
	pages_tell(p, &s);
	return s.got;
}

struct pfn pages_from_freelist(struct pages *p, const struct pages_request *rq, unsigned int flags)
{
	unsigned int zone_class = pages_zone_class(p, rq->gfp), first = preferred_zone(p, rq);

	for (;;) {
		unsigned int step = 0, zone;
		bool again = flags & PAGES_NOFRAGMENT;

		while ((zone = pages_next_zone(p, rq, &step)) < p->nr_zones) {
			if ((flags & PAGES_NOFRAGMENT) && p->zone[zone].node != p->zone[first].node)
				break;
			struct pfn got = ask(p, zone, rq, zone_class, flags);

			if (got.nr != KM_NO_PFN)
				return got;
		}
		if (!again)
			return pfn(KM_NO_PFN);
		flags &= ~(unsigned int)PAGES_NOFRAGMENT;
	}
}

enum pages_failure pages_refusal(const struct pages *p, const struct pages_request *rq,
				 unsigned int flags)
{
	unsigned int zone_class = pages_zone_class(p, rq->gfp), step = 0, zone;

	while ((zone = pages_next_zone(p, rq, &step)) < p->nr_zones) {
		struct pages_mark_facts facts;

		pages_watermark_facts(p, zone, rq->order, zone_class, flags, rq->gfp, &facts);
		if (facts.above || (flags & PAGES_NO_WATERMARKS))
			return PAGES_TOO_SMALL;
	}
	return PAGES_MAY_NOT_WAIT;
}

static struct pfn as_recorded(struct pages *p, const struct pages_request *rq)
{
	unsigned int flags = pages_slow_flags(p, rq);
	struct pfn got = pages_from_freelist(p, rq, flags);

	p->failure = PAGES_GOT;
	if (got.nr != KM_NO_PFN)
		return got;
	if (!(rq->gfp & (KM_GFP_DIRECT_RECLAIM | KM_GFP_MEMALLOC))) {
		p->failure = pages_refusal(p, rq, flags);
		return got;
	}
	got = pages_from_freelist(p, rq, flags | PAGES_NO_WATERMARKS);
	p->failure = got.nr == KM_NO_PFN ? PAGES_NO_BLOCK : PAGES_GOT;
	return got;
}

struct pfn pages_alloc(struct pages *p, const struct pages_request *rq)
{
	p->failure = PAGES_NO_BLOCK;
	if (rq->order > p->frames->top_order)
		return pfn(KM_NO_PFN);
	struct pfn got = pages_from_freelist(p, rq, pages_fast_flags(p, rq));

	p->failure = PAGES_GOT;
	if (got.nr != KM_NO_PFN)
		return got;
	return p->slow ? pages_slowpath(p, rq) : as_recorded(p, rq);
}

unsigned int pages_first_zone(const struct pages *p, const struct pages_request *rq)
{
	const unsigned int tries[] = { pages_fast_flags(p, rq), pages_slow_flags(p, rq) };
	unsigned int zone_class = pages_zone_class(p, rq->gfp);

	for (unsigned int t = 0; t < 2; t++) {
		unsigned int step = 0, zone;

		while ((zone = pages_next_zone(p, rq, &step)) < p->nr_zones)
			if (zone_serves(p, zone, rq, zone_class, tries[t]))
				return zone;
	}
	return preferred_zone(p, rq);
}

unsigned int pages_free_type(const struct pages *p, unsigned int mt, unsigned int flags)
{
	bool mistaken = p->prof->locked_is_movable && (flags & PAGES_FREE_TO_BUDDY);

	return mistaken && mt >= KM_NR_PCP_TYPES && mt != KM_ISOLATE ? KM_MOVABLE : mt;
}

int pages_free(struct pages *p, unsigned int cpu, struct pfn head, unsigned int order,
	       unsigned int flags)
{
	unsigned int zone = pages_zone_of(p, head);

	if (zone == p->nr_zones)
		return -KM_EINVAL;
	struct buddy *b = &p->buddy[zone];
	struct pcp *pcp = pages_pcp(p, zone, cpu);
	unsigned int mt = pageblock_of(p->frames, head)->mt;
	bool direct = mt == KM_ISOLATE || !pcp_keeps(pcp, order) ||
		      (flags & (PAGES_FREE_TO_TAIL | PAGES_FREE_TO_BUDDY));

	b->cpu = cpu;
	if (direct)
		return buddy_free(b, head, order, pages_free_type(p, mt, flags),
				  (flags & PAGES_FREE_TO_TAIL ? BUDDY_TO_TAIL : 0) |
					  (flags & PAGES_FREE_KNOWN ? BUDDY_KNOWN : 0));
	if ((head.nr & (pages_of(order) - 1)) ||
	    !zone_has(b->zone, pfn_plus(head, pages_of(order) - 1)))
		return -KM_EINVAL;
	if (!(flags & PAGES_FREE_KNOWN) && frames_listed(p->frames, head, order))
		return -KM_EDOUBLE;
	if (pcp->prof->hot_and_cold && (flags & PAGES_FREE_COLD))
		pcp_free_cold(pcp, b, head, order, mt);
	else
		pcp_free(pcp, b, head, order, mt);
	return 0;
}

unsigned int pages_bulk(struct pages *p, const struct pages_request *rq, struct pfn *out,
			unsigned int n)
{
	unsigned int step = 0, zone, got = 0;
	unsigned int flags = pages_fast_flags(p, rq) & PAGES_CMA;
	unsigned int first = preferred_zone(p, rq),
		     judged = first < p->nr_zones ? p->zone[first].index : 0;

	while ((zone = pages_next_zone(p, rq, &step)) < p->nr_zones) {
		const struct zone *z = &p->zone[zone];
		int64_t free = zone_free_pages(z);

		if (z->node != p->zone[first].node)
			return 0;
		if (pages_watermark_ok(p, zone, 0, z->wmark[KM_WMARK_LOW] + z->boost + n, judged,
				       flags, free))
			break;
	}
	if (zone == p->nr_zones)
		return 0;
	struct pcp *pcp = pages_pcp(p, zone, rq->cpu);

	p->buddy[zone].cpu = rq->cpu;
	for (; got < n; got++) {
		out[got] = pcp_pop(pcp, &p->buddy[zone], 0, type_of(p, rq->gfp),
				   buddy_flags_of(flags));
		if (out[got].nr == KM_NO_PFN)
			break;
	}
	return got;
}

void pages_drain_zone(struct pages *p, unsigned int zone)
{
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		pcp_drain_all(pages_pcp(p, zone, cpu), &p->buddy[zone]);
}

void pages_drain_all(struct pages *p, unsigned int by)
{
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		for (unsigned int zone = 0; zone < p->nr_zones; zone++) {
			p->buddy[zone].cpu = by;
			pcp_drain_all(pages_pcp(p, zone, cpu), &p->buddy[zone]);
		}
}

int pages_check(const struct pages *p, struct km_diag *d)
{
	for (unsigned int zone = 0; zone < p->nr_zones; zone++) {
		int err = buddy_check(&p->buddy[zone], d);

		for (unsigned int cpu = 0; !err && cpu < p->nr_cpus; cpu++)
			err = pcp_check(pages_pcp(p, zone, cpu), p->frames, d);
		if (err)
			return err;
	}
	return 0;
}
