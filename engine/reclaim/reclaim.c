/* SPDX-License-Identifier: GPL-2.0-only */
/* The lists of reclaimable pages, and taking pages off them. */
#include "engine/reclaim/reclaim.h"

#include <stdlib.h>

#include "engine/reclaim/shrink.h"

int reclaim_init(struct reclaim *r, struct pages *pages)
{
	*r = (struct reclaim){ .pages = pages, .ops = &reclaim_tells_nobody };
	r->lru = calloc(pages->nr_zones, sizeof(*r->lru));
	r->lru_pages = calloc(pages->nr_zones, sizeof(*r->lru_pages));
	r->node = calloc(pages->nr_nodes, sizeof(*r->node));
	if (!r->lru || !r->lru_pages || !r->node) {
		reclaim_release(r);
		return -KM_ENOMEM;
	}
	for (unsigned int i = 0; i < pages->nr_nodes; i++)
		r->node[i].kswapd_class = KM_MAX_ZONE_CLASSES;
	return 0;
}

void reclaim_release(struct reclaim *r)
{
	free(r->lru);
	free(r->lru_pages);
	free(r->node);
	*r = (struct reclaim){ 0 };
}

bool reclaim_add(struct reclaim *r, struct pfn head, unsigned int order)
{
	struct frames *f = r->pages->frames;
	unsigned int zone = pages_zone_of(r->pages, head);

	if (zone == r->pages->nr_zones || order > f->top_order)
		return false;
	struct frame *fr = frame_at(f, head, order);

	if (fr->state != FRAME_ALLOC || fr->order != order || fr->lru)
		return false;
	fr->lru = 1;
	flist_push_head(&r->lru[zone], f, node_of(f, head, order));
	r->lru_pages[zone] += pages_of(order);
	return true;
}

void reclaim_forget(struct reclaim *r, struct pfn head, struct frame *fr)
{
	if (!fr->lru)
		return;
	struct frames *f = r->pages->frames;
	unsigned int zone = pages_zone_of(r->pages, head);

	flist_del(&r->lru[zone], f, node_of(f, head, fr->order));
	r->lru_pages[zone] -= pages_of(fr->order);
	fr->lru = 0;
}

/* The oldest block of @zone goes back to the free lists. Return: its pages. */
static uint64_t take_oldest(struct reclaim *r, unsigned int zone)
{
	struct frames *f = r->pages->frames;
	uint32_t node = r->lru[zone].tail - 1;
	struct frame *fr = &f->node[node];
	struct pfn head = node_pfn(f, node);
	unsigned int order = fr->order;

	reclaim_forget(r, head, fr);
	frames_count_used(f, head, order, fr->mt, -1);
	*fr = (struct frame){ 0 };
	KM_BUG_ON(pages_free(r->pages, r->cpu, head, order, 0));
	r->ops->gone(r->ctx, head, order);
	return pages_of(order);
}

static bool shrinks(const struct reclaim *r, unsigned int zone, unsigned int node,
		    unsigned int zone_class)
{
	const struct zone *z = &r->pages->zone[zone];

	return z->node == (int)node && z->index <= zone_class && z->managed;
}

/*
 * One look at the lists: of each zone the share that the priority gives, in batches, until the goal
 * is reached. Kernel: mm/vmscan.c:shrink_lruvec(), get_scan_count() [6.1]
 */
static uint64_t shrink_lists(struct reclaim *r, unsigned int node, struct shrink *s)
{
	uint64_t got = 0;

	for (unsigned int zone = 0; zone < r->pages->nr_zones; zone++) {
		if (!shrinks(r, zone, node, s->zone_class))
			continue;
		uint64_t share = r->lru_pages[zone] >> s->priority;

		while (share && r->lru[zone].tail && (s->all || got < s->goal)) {
			uint64_t batch = share < SWAP_CLUSTER_MAX ? share : SWAP_CLUSTER_MAX;

			share -= batch;
			for (uint64_t pages = 0; pages < batch && r->lru[zone].tail;) {
				uint64_t n = take_oldest(r, zone);

				pages += n;
				got += n;
			}
		}
	}
	return got;
}

static uint64_t listed(const struct reclaim *r, unsigned int node, unsigned int zone_class)
{
	uint64_t pages = 0;

	for (unsigned int zone = 0; zone < r->pages->nr_zones; zone++)
		if (shrinks(r, zone, node, zone_class))
			pages += r->lru_pages[zone];
	return pages;
}

/* Kernel: mm/vmscan.c:should_continue_reclaim(), in_reclaim_compaction() [6.1] */
static bool goes_on(const struct reclaim *r, unsigned int node, const struct shrink *s,
		    uint64_t got)
{
	if (!s->order || !got || !s->may_compact ||
	    (s->order <= r->pages->prof->costly_order && s->priority + 2 >= DEF_PRIORITY))
		return false;
	for (unsigned int zone = 0; zone < r->pages->nr_zones; zone++)
		if (shrinks(r, zone, node, s->zone_class) &&
		    r->ops->compact_suitable(r->ctx, zone, s->order, s->zone_class) !=
			    COMPACT_SKIPPED)
			return false;
	return listed(r, node, s->zone_class) > pages_of(s->order) * 2;
}

void shrink_node(struct reclaim *r, unsigned int node, struct shrink *s)
{
	uint64_t got;

	do {
		got = shrink_lists(r, node, s);
		s->reclaimed += got;
		s->scanned += got;
		if (got)
			r->node[node].kswapd_failures = 0;
	} while (goes_on(r, node, s, got));
}

/* Kernel: mm/vmscan.c:compaction_ready() [6.1] */
static bool compaction_ready(const struct reclaim *r, unsigned int zone, const struct shrink *s)
{
	const struct zone *z = &r->pages->zone[zone];

	if (!s->may_compact || s->order <= r->pages->prof->costly_order)
		return false;
	switch (r->ops->compact_suitable(r->ctx, zone, s->order, s->zone_class)) {
	case COMPACT_SUCCESS:
		return true;
	case COMPACT_SKIPPED:
		return false;
	default:
		return pages_watermark_ok(r->pages, zone, 0,
					  z->wmark[KM_WMARK_HIGH] + z->boost +
						  pages_of(s->order) * 2,
					  s->zone_class, 0, zone_free_pages_safe(z));
	}
}

/* Kernel: mm/vmscan.c:shrink_zones() [6.1]. True: a zone is ready for compaction. */
static bool shrink_zones(struct reclaim *r, const struct pages_request *rq, struct shrink *s)
{
	unsigned int step = 0, zone;
	bool ready = false;
	int last = -1;

	while ((zone = pages_next_zone(r->pages, rq, &step)) < r->pages->nr_zones) {
		if (compaction_ready(r, zone, s)) {
			ready = true;
			continue;
		}
		if (r->pages->zone[zone].node == last)
			continue;
		last = r->pages->zone[zone].node;
		shrink_node(r, (unsigned int)last, s);
	}
	return ready;
}

uint64_t reclaim_direct(struct reclaim *r, const struct pages_request *rq, unsigned int zone_class)
{
	struct reclaim_counts *c = &r->node[rq->node].counts;
	struct shrink s = { .order = rq->order,
			    .zone_class = zone_class,
			    .goal = SWAP_CLUSTER_MAX,
			    .may_compact = rq->gfp & KM_GFP_IO };
	bool ready = false;

	r->cpu = rq->cpu;
	c->direct_reclaim++;
	for (int priority = DEF_PRIORITY; priority >= 0 && !ready && s.reclaimed < s.goal;
	     priority--) {
		s.priority = (unsigned int)priority;
		s.all = priority == DEF_PRIORITY;
		ready = shrink_zones(r, rq, &s);
	}
	c->direct_pages += s.reclaimed;
	return s.reclaimed ? s.reclaimed : ready;
}

int reclaim_check(const struct reclaim *r, struct km_diag *d)
{
	const struct frames *f = r->pages->frames;

	for (unsigned int zone = 0; zone < r->pages->nr_zones; zone++) {
		uint64_t pages = 0;
		uint32_t seen = 0;

		for (uint32_t at = r->lru[zone].head; at && seen <= r->lru[zone].count;
		     at = f->node[at - 1].next, seen++) {
			const struct frame *fr = &f->node[at - 1];

			if (fr->state != FRAME_ALLOC || !fr->lru)
				return km_fail(d, KM_EINVAL, "reclaim",
					       "zone %s: a frame on the list says otherwise",
					       r->pages->zone[zone].name);
			pages += pages_of(fr->order);
		}
		if (seen != r->lru[zone].count || pages != r->lru_pages[zone])
			return km_fail(d, KM_EINVAL, "reclaim",
				       "zone %s: the list of reclaimable pages is miscounted",
				       r->pages->zone[zone].name);
	}
	return 0;
}

static void not_told(void *ctx, struct pfn head, unsigned int order)
{
	(void)ctx, (void)head, (void)order;
}

static void not_woken(void *ctx, unsigned int node, unsigned int order, unsigned int zone_class)
{
	(void)ctx, (void)node, (void)order, (void)zone_class;
}

static void not_asked(void *ctx, unsigned int node)
{
	(void)ctx, (void)node;
}

static enum compact_result not_suitable(void *ctx, unsigned int zone, unsigned int order,
					unsigned int zone_class)
{
	(void)ctx, (void)zone, (void)order, (void)zone_class;
	return COMPACT_SKIPPED;
}

const struct reclaim_ops reclaim_tells_nobody = {
	.gone = not_told,
	.wake_kcompactd = not_woken,
	.going_to_sleep = not_asked,
	.compact_suitable = not_suitable,
};
