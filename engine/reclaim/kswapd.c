/* SPDX-License-Identifier: GPL-2.0-only */
/* One background reclaimer per node: what wakes it, what it does, when it sleeps. */
#include "engine/reclaim/reclaim.h"
#include "engine/reclaim/shrink.h"

enum { MAX_RECLAIM_RETRIES = 16, NAP_NS = 100 * 1000 * 1000 }; /* HZ/10 */

static bool of_node(const struct reclaim *r, unsigned int zone, unsigned int node,
		    unsigned int zone_class)
{
	const struct zone *z = &r->pages->zone[zone];

	return z->node == (int)node && z->index <= zone_class && z->managed;
}

bool reclaim_balanced(const struct reclaim *r, unsigned int node, unsigned int order,
		      unsigned int zone_class)
{
	bool any = false;

	for (unsigned int i = 0; i < r->pages->nr_zones; i++) {
		const struct zone *z = &r->pages->zone[i];

		if (!of_node(r, i, node, zone_class))
			continue;
		any = true;
		if (pages_watermark_ok(r->pages, i, order, z->wmark[KM_WMARK_HIGH] + z->boost,
				       zone_class, 0, zone_free_pages_safe(z)))
			return true;
	}
	return !any;
}

/* Kernel: mm/vmscan.c:pgdat_watermark_boosted() [6.1] */
static bool boosted(const struct reclaim *r, unsigned int node, unsigned int zone_class)
{
	for (unsigned int i = 0; i < r->pages->nr_zones; i++)
		if (of_node(r, i, node, zone_class) && r->pages->zone[i].boost)
			return true;
	return false;
}

/* Kernel: mm/vmscan.c:update_reclaim_active() [6.1] */
static void set_active(struct reclaim *r, unsigned int node, unsigned int zone_class, bool active)
{
	for (unsigned int i = 0; i < r->pages->nr_zones; i++)
		if (of_node(r, i, node, zone_class))
			r->pages->zone[i].reclaim_active = active;
}

/* Kernel: mm/vmscan.c:kswapd_shrink_node() [6.1]. True: enough was looked at. */
static bool shrink_once(struct reclaim *r, unsigned int node, struct shrink *s)
{
	s->goal = 0;
	for (unsigned int i = 0; i < r->pages->nr_zones; i++) {
		const struct zone *z = &r->pages->zone[i];
		uint64_t high = z->wmark[KM_WMARK_HIGH] + z->boost;

		if (of_node(r, i, node, s->zone_class))
			s->goal += high > SWAP_CLUSTER_MAX ? high : SWAP_CLUSTER_MAX;
	}
	s->scanned = 0;
	shrink_node(r, node, s);
	if (s->order && s->reclaimed >= pages_of(s->order) * 2)
		s->order = 0;
	return s->scanned >= s->goal;
}

/*
 * Rounds of falling priority, until balanced and what the boosts ask for is reclaimed. @boost: that
 * many pages. True: balanced; false: it gave up.
 */
static bool rounds(struct reclaim *r, unsigned int node, struct shrink *s, uint64_t boost)
{
	for (s->priority = DEF_PRIORITY; s->priority >= 1;) {
		bool balanced = reclaim_balanced(r, node, s->order, s->zone_class), raise = true;
		uint64_t before = s->reclaimed;

		if (!balanced && boost) {
			/* first the watermarks themselves, from the beginning */
			boost = 0;
			s->priority = DEF_PRIORITY;
			continue;
		}
		if (!boost && balanced)
			return true;
		if (boost && s->priority == DEF_PRIORITY - 2)
			raise = false;
		if (shrink_once(r, node, s))
			raise = false;
		uint64_t got = s->reclaimed - before;

		boost -= boost < got ? boost : got;
		if (boost && !got)
			return false;
		if (raise || !got)
			s->priority--;
	}
	return false;
}

/* Kernel: mm/vmscan.c:balance_pgdat() [6.1]. Return: the order it stopped at. */
static unsigned int balance(struct reclaim *r, unsigned int node, unsigned int order,
			    unsigned int zone_class)
{
	struct reclaim_node *n = &r->node[node];
	struct shrink s = { .order = order, .zone_class = zone_class, .may_compact = true };
	uint64_t boosts[KM_MAX_ZONES] = { 0 }, boost = 0;

	for (unsigned int i = 0; i < r->pages->nr_zones; i++)
		if (of_node(r, i, node, zone_class))
			boost += boosts[i] = r->pages->zone[i].boost;
	set_active(r, node, zone_class, true);
	if (!rounds(r, node, &s, boost) && !s.reclaimed)
		n->kswapd_failures++;
	set_active(r, node, zone_class, false);
	n->counts.kswapd_pages += s.reclaimed;
	for (unsigned int i = 0; boost && i < r->pages->nr_zones; i++) {
		uint64_t *now = &r->pages->zone[i].boost;

		*now -= *now < boosts[i] ? *now : boosts[i];
	}
	if (boost)
		r->ops->wake_kcompactd(r->ctx, node, r->pages->frames->pb_order, zone_class);
	return s.order;
}

/* Kernel: mm/vmscan.c:prepare_kswapd_sleep() [6.1] */
static bool may_sleep(const struct reclaim *r, unsigned int node)
{
	const struct reclaim_node *n = &r->node[node];

	return n->kswapd_failures >= MAX_RECLAIM_RETRIES ||
	       reclaim_balanced(r, node, n->reclaim_order, n->last_class);
}

/* Passes until it may lie down. Kernel: mm/vmscan.c:kswapd() [6.1] */
static void run(struct reclaim *r, unsigned int node)
{
	struct reclaim_node *n = &r->node[node];

	n->state = KSWAPD_RUNS;
	pages_set_pressure(r->pages, node, true);
	do {
		n->alloc_order = n->kswapd_order;
		if (n->kswapd_class < KM_MAX_ZONE_CLASSES)
			n->last_class = n->kswapd_class;
		n->kswapd_order = 0;
		n->kswapd_class = KM_MAX_ZONE_CLASSES;
		n->counts.kswapd_wake++;
		n->reclaim_order = balance(r, node, n->alloc_order, n->last_class);
		if (n->reclaim_order >= n->alloc_order)
			n->alloc_order = n->reclaim_order = n->kswapd_order;
	} while (!may_sleep(r, node));
	r->ops->going_to_sleep(r->ctx, node);
	r->ops->wake_kcompactd(r->ctx, node, n->alloc_order, n->last_class);
	n->state = KSWAPD_NAPS;
	n->nap_ends_ns = r->now_ns + NAP_NS;
}

void reclaim_wake(struct reclaim *r, unsigned int zone, const struct pages_request *rq,
		  unsigned int zone_class)
{
	unsigned int node = (unsigned int)r->pages->zone[zone].node;
	struct reclaim_node *n = &r->node[node];

	if (n->kswapd_class == KM_MAX_ZONE_CLASSES || n->kswapd_class < zone_class)
		n->kswapd_class = zone_class;
	if (n->kswapd_order < rq->order)
		n->kswapd_order = rq->order;
	if (n->state == KSWAPD_RUNS)
		return;
	r->cpu = rq->cpu;
	if (n->kswapd_failures >= MAX_RECLAIM_RETRIES ||
	    (reclaim_balanced(r, node, rq->order, zone_class) && !boosted(r, node, zone_class))) {
		if (!(rq->gfp & KM_GFP_DIRECT_RECLAIM))
			r->ops->wake_kcompactd(r->ctx, node, rq->order, zone_class);
		return;
	}
	n->counts.wakeup_kswapd++;
	/* woken from a nap: what it reclaimed for before still counts */
	if (n->state == KSWAPD_NAPS && n->kswapd_order < n->reclaim_order)
		n->kswapd_order = n->reclaim_order;
	run(r, node);
}

void reclaim_tick(struct reclaim *r, uint64_t now_ns)
{
	r->now_ns = now_ns;
	for (unsigned int node = 0; node < r->pages->nr_nodes; node++) {
		struct reclaim_node *n = &r->node[node];

		if (n->state != KSWAPD_NAPS || now_ns < n->nap_ends_ns)
			continue;
		if (may_sleep(r, node)) {
			n->state = KSWAPD_SLEEPS;
			pages_set_pressure(r->pages, node, false);
			n->counts.kswapd_sleep++;
		} else {
			run(r, node);
		}
	}
}
