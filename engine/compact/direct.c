/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether to compact, how often, and doing so for a request. */
#include <stdlib.h>

#include "engine/compact/run.h"

enum { COMPACT_MAX_DEFER_SHIFT = 6, EXTFRAG_THRESHOLD = 500, PROACTIVENESS = 20 };

int compact_init(struct compact *c, struct pages *pages)
{
	*c = (struct compact){ .pages = pages,
			       .proactiveness = PROACTIVENESS,
			       .extfrag_threshold = EXTFRAG_THRESHOLD };
	c->zone = calloc(pages->nr_zones, sizeof(*c->zone));
	c->node = calloc(pages->nr_nodes, sizeof(*c->node));
	if (!c->zone || !c->node) {
		compact_release(c);
		return -KM_ENOMEM;
	}
	for (unsigned int i = 0; i < pages->nr_zones; i++)
		compact_reset_positions(c, i);
	for (unsigned int i = 0; i < pages->nr_nodes; i++)
		c->node[i].kcompactd_class = KM_MAX_ZONE_CLASSES - 1;
	return 0;
}

void compact_release(struct compact *c)
{
	free(c->zone);
	free(c->node);
	*c = (struct compact){ 0 };
}

/* In thousandths: towards 0 there is too little memory, towards 1000 it is in too small pieces.
 * Kernel: mm/vmstat.c:__fragmentation_index() [6.1] */
static int64_t fragmentation_index(const struct buddy *b, unsigned int order)
{
	uint64_t blocks = 0, pages = 0, wanted = pages_of(order);

	for (unsigned int at = 0; at < buddy_nr_orders(b); at++) {
		if (at >= order && b->nr_free[at])
			return -1000;
		blocks += b->nr_free[at];
		pages += b->nr_free[at] << at;
	}
	return blocks ? 1000 - (int64_t)((1000 + pages * 1000 / wanted) / blocks) : 0;
}

/* Kernel: mm/compaction.c:__compaction_suitable() [6.1] */
static enum compact_result suitable(const struct compact *c, unsigned int zone, unsigned int order,
				    unsigned int flags, unsigned int zone_class, uint64_t free)
{
	const struct zone *z = &c->pages->zone[zone];
	unsigned int least = order > c->pages->prof->costly_order ? KM_WMARK_LOW : KM_WMARK_MIN;

	if (pages_watermark_ok(c->pages, zone, order, z->wmark[KM_WMARK_MIN] + z->boost, zone_class,
			       flags, zone_free_pages(z)))
		return COMPACT_SUCCESS;
	if (!pages_watermark_ok(c->pages, zone, 0, z->wmark[least] + z->boost + 2 * pages_of(order),
				zone_class, PAGES_CMA, (int64_t)free))
		return COMPACT_SKIPPED;
	return COMPACT_CONTINUE;
}

enum compact_result compact_suitable(const struct compact *c, unsigned int zone, unsigned int order,
				     unsigned int flags, unsigned int zone_class)
{
	if (c->pages->prof->no_compaction)
		return COMPACT_SKIPPED;
	enum compact_result ret = suitable(c, zone, order, flags, zone_class,
					   (uint64_t)zone_free_pages(&c->pages->zone[zone]));

	if (ret != COMPACT_CONTINUE || order <= c->pages->prof->costly_order)
		return ret;
	int64_t index = fragmentation_index(&c->pages->buddy[zone], order);

	return index >= 0 && (uint64_t)index <= c->extfrag_threshold ? COMPACT_SKIPPED :
								       COMPACT_CONTINUE;
}

bool compact_zonelist_suitable(const struct compact *c, const struct pages_request *rq,
			       unsigned int zone_class, unsigned int flags)
{
	unsigned int step = 0, zone;

	while ((zone = pages_next_zone(c->pages, rq, &step)) < c->pages->nr_zones) {
		uint64_t more = rq->order ? c->ops->reclaimable_pages(c->ctx, zone) / rq->order : 0;

		if (suitable(c, zone, rq->order, flags, zone_class,
			     c->pages->zone[zone].nr_free + more) == COMPACT_CONTINUE)
			return true;
	}
	return false;
}

void compact_defer(struct compact_zone *cz, unsigned int order)
{
	cz->considered = 0;
	if (cz->defer_shift < COMPACT_MAX_DEFER_SHIFT)
		cz->defer_shift++;
	if (order < cz->order_failed)
		cz->order_failed = order;
}

bool compact_deferred(struct compact_zone *cz, unsigned int order)
{
	unsigned int limit = 1u << cz->defer_shift;

	if (order < cz->order_failed)
		return false;
	if (++cz->considered < limit)
		return true;
	cz->considered = limit;
	return false;
}

void compact_defer_reset(struct compact_zone *cz, unsigned int order, bool got)
{
	if (got)
		cz->considered = cz->defer_shift = 0;
	if (order >= cz->order_failed)
		cz->order_failed = order + 1;
}

bool compact_restarting(const struct compact_zone *cz, unsigned int order)
{
	return order >= cz->order_failed && cz->defer_shift == COMPACT_MAX_DEFER_SHIFT &&
	       cz->considered >= 1u << cz->defer_shift;
}

/* Kernel: mm/compaction.c:compact_zone_order() [6.1] */
static enum compact_result for_request(struct compact *c, unsigned int zone,
				       const struct pages_request *rq, unsigned int zone_class,
				       unsigned int flags, enum compact_priority prio,
				       struct pfn *captured)
{
	bool hardest = prio == COMPACT_PRIO_SYNC_FULL;
	struct buddy *b = &c->pages->buddy[zone];
	struct buddy_capture capture = { .order = rq->order, .got = pfn(KM_NO_PFN) };

	struct compact_run run = {
		.c = c,
		.zone = zone,
		.order = (int)rq->order,
		.mt = b->no_mobility ? KM_UNMOVABLE : pages_migratetype(rq->gfp),
		.zone_class = zone_class,
		.flags = flags,
		.mode = prio == COMPACT_PRIO_ASYNC ? COMPACT_ASYNC : COMPACT_SYNC_LIGHT,
		.direct = true,
		.whole_zone = hardest,
		.ignore_skip = hardest,
		.ignore_block_suitable = hardest,
		.cpu = rq->cpu,
	};

	capture.movable = b->prof->captures_movable && run.mt == KM_MOVABLE;
	b->capture = &capture;
	enum compact_result ret = compact_run(&run);

	b->capture = NULL;
	*captured = capture.got;
	return captured->nr == KM_NO_PFN ? ret : COMPACT_SUCCESS;
}

enum compact_result compact_direct(struct compact *c, const struct pages_request *rq,
				   unsigned int zone_class, unsigned int flags,
				   enum compact_priority prio, struct pfn *captured)
{
	enum compact_result best = COMPACT_SKIPPED;
	unsigned int step = 0, zone;

	if (!(rq->gfp & KM_GFP_IO) || c->pages->prof->no_compaction)
		return best;
	c->node[rq->node].counts.direct++;
	while ((zone = pages_next_zone(c->pages, rq, &step)) < c->pages->nr_zones) {
		struct compact_zone *cz = &c->zone[zone];

		if (prio > COMPACT_PRIO_SYNC_FULL && compact_deferred(cz, rq->order)) {
			c->node[rq->node].counts.deferred++;
			best = best > COMPACT_DEFERRED ? best : COMPACT_DEFERRED;
			continue;
		}
		enum compact_result ret =
			for_request(c, zone, rq, zone_class, flags, prio, captured);

		best = best > ret ? best : ret;
		if (ret == COMPACT_SUCCESS) {
			compact_defer_reset(cz, rq->order, false);
			break;
		}
		if (prio != COMPACT_PRIO_ASYNC &&
		    (ret == COMPACT_COMPLETE || ret == COMPACT_PARTIAL_SKIPPED))
			compact_defer(cz, rq->order);
	}
	return best;
}
