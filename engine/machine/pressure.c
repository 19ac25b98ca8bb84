/* SPDX-License-Identifier: GPL-2.0-only */
/* Who reclaims and who compacts, put together for the front door. */
#include "engine/machine/machine.h"

static void wake_kswapd(void *ctx, unsigned int zone, const struct pages_request *rq,
			unsigned int zone_class)
{
	struct machine *m = ctx;

	if (!m->kswapd_delay_ns) {
		reclaim_wake(&m->reclaim, zone, rq, zone_class);
		return;
	}
	if (!m->kswapd_woken.is)
		m->kswapd_woken.due_ns = m->now_ns + m->kswapd_delay_ns;
	else if (rq->order <= m->kswapd_woken.rq.order)
		return;
	m->kswapd_woken.is = true;
	m->kswapd_woken.zone = zone;
	m->kswapd_woken.zone_class = zone_class;
	m->kswapd_woken.rq = *rq;
}

static uint64_t direct_reclaim(void *ctx, const struct pages_request *rq, unsigned int zone_class)
{
	struct machine *m = ctx;

	return reclaim_direct(&m->reclaim, rq, zone_class);
}

static enum compact_result direct_compact(void *ctx, const struct pages_request *rq,
					  unsigned int zone_class, unsigned int flags,
					  enum compact_priority prio, struct pfn *captured)
{
	struct machine *m = ctx;

	if (!m->ops->moved)
		return COMPACT_SKIPPED;
	return compact_direct(&m->compact, rq, zone_class, flags, prio, captured);
}

static void compact_got(void *ctx, unsigned int zone, unsigned int order)
{
	struct machine *m = ctx;

	m->compact.zone[zone].blockskip_flush = false;
	compact_defer_reset(&m->compact.zone[zone], order, true);
}

static bool zonelist_suitable(void *ctx, const struct pages_request *rq, unsigned int zone_class,
			      unsigned int flags)
{
	const struct machine *m = ctx;

	return m->ops->moved && compact_zonelist_suitable(&m->compact, rq, zone_class, flags);
}

static uint64_t reclaimable_pages(void *ctx, unsigned int zone)
{
	const struct machine *m = ctx;

	return m->reclaim.lru_pages[zone];
}

static bool out_of_memory(void *ctx, const struct pages_request *rq)
{
	struct machine *m = ctx;

	m->nr_oom[rq->node]++;
	return false;
}

static const struct pages_slow_ops machine_slow_ops = {
	.name = "machine",
	.wake_kswapd = wake_kswapd,
	.direct_reclaim = direct_reclaim,
	.direct_compact = direct_compact,
	.compact_got = compact_got,
	.compact_suitable = zonelist_suitable,
	.reclaimable_pages = reclaimable_pages,
	.out_of_memory = out_of_memory,
};

static void gone(void *ctx, struct pfn head, unsigned int order)
{
	const struct machine *m = ctx;

	m->ops->gone(m->ops_ctx, head, order);
}

static void wake_kcompactd(void *ctx, unsigned int node, unsigned int order,
			   unsigned int zone_class)
{
	struct machine *m = ctx;

	if (m->ops->moved)
		compact_wake(&m->compact, node, order, zone_class);
}

static void going_to_sleep(void *ctx, unsigned int node)
{
	struct machine *m = ctx;

	compact_kswapd_sleeps(&m->compact, node);
}

static enum compact_result zone_suitable(void *ctx, unsigned int zone, unsigned int order,
					 unsigned int zone_class)
{
	const struct machine *m = ctx;

	if (!m->ops->moved)
		return COMPACT_SKIPPED;
	return compact_suitable(&m->compact, zone, order, PAGES_WMARK_MIN, zone_class);
}

static const struct reclaim_ops reclaim_ops = {
	.gone = gone,
	.wake_kcompactd = wake_kcompactd,
	.going_to_sleep = going_to_sleep,
	.compact_suitable = zone_suitable,
};

/* A page that was on the list of reclaimable ones is so where it is now, as the youngest. */
static void moved(void *ctx, struct pfn from, struct pfn to)
{
	struct machine *m = ctx;
	struct frame *fr = frame_at(&m->frames, from, 0);

	if (fr->lru) {
		reclaim_forget(&m->reclaim, from, fr);
		reclaim_add(&m->reclaim, to, 0);
	}
	m->ops->moved(m->ops_ctx, from, to);
}

static bool stays(void *ctx, struct pfn head)
{
	const struct machine *m = ctx;

	return m->ops->stays && m->ops->stays(m->ops_ctx, head);
}

static bool fails(void *ctx, struct pfn head)
{
	const struct machine *m = ctx;

	return m->ops->fails && m->ops->fails(m->ops_ctx, head);
}

static void moved_block(void *ctx, struct pfn from, struct pfn to, unsigned int order)
{
	struct machine *m = ctx;
	struct frame *fr = frames_begins(&m->frames, from);

	if (fr && fr->lru) {
		reclaim_forget(&m->reclaim, from, fr);
		reclaim_add(&m->reclaim, to, order);
	}
	for (uint64_t i = 0; m->ops->moved && i < pages_of(order); i++)
		m->ops->moved(m->ops_ctx, pfn_plus(from, i), pfn_plus(to, i));
}

/* Its pages are as reclaimable as it was. */
static void split_block(void *ctx, struct pfn head, unsigned int order)
{
	struct machine *m = ctx;
	struct frame *fr = frames_begins(&m->frames, head);
	bool lru = fr->lru;

	reclaim_forget(&m->reclaim, head, fr);
	frames_split_pages(&m->frames, head, order);
	for (uint64_t i = 0; lru && i < pages_of(order); i++)
		reclaim_add(&m->reclaim, pfn_plus(head, i), 0);
	if (m->ops->split)
		m->ops->split(m->ops_ctx, head, order);
}

/* Differs: every page known as the page cache's is clean. */
static bool dropped(void *ctx, struct pfn head)
{
	struct machine *m = ctx;
	struct frame *fr = frames_begins(&m->frames, head);

	if (!fr || !fr->lru)
		return false;
	m->ops->gone(m->ops_ctx, head, fr->order);
	reclaim_forget(&m->reclaim, head, fr);
	return true;
}

/* The zone's watermarks stand higher by what is to be taken, until it is reclaimed. */
static void reclaim_for(void *ctx, unsigned int cpu, unsigned int zone, uint64_t pages)
{
	struct machine *m = ctx;
	const struct zone *z = &m->zone[zone];
	struct pages_request rq = {
		.gfp = KM_GFP_HIGHUSER_MOVABLE, .order = 1, .cpu = cpu, .node = z->node
	};
	unsigned int zone_class = pages_zone_class(&m->pages, rq.gfp);

	while (!pages_watermark_ok(&m->pages, zone, 0, z->wmark[KM_WMARK_LOW] + pages, 0, 0,
				   (int64_t)z->nr_free))
		if (!reclaim_direct(&m->reclaim, &rq, zone_class))
			break;
}

static void tried(void *ctx, struct pfn at, const struct contig_report *report)
{
	const struct machine *m = ctx;

	if (m->ops->tried)
		m->ops->tried(m->ops_ctx, at, report);
}

static const struct contig_ops contig_ops = {
	.stays = stays,
	.fails = fails,
	.moved = moved_block,
	.split = split_block,
	.dropped = dropped,
	.reclaim = reclaim_for,
	.tried = tried,
};

struct contig_env machine_contig(struct machine *m)
{
	return (struct contig_env){ .pages = &m->pages,
				    .prof = &m->profile->cma,
				    .ops = m->ops ? &contig_ops : NULL,
				    .ctx = m };
}

static const struct compact_ops compact_ops = {
	.moved = moved,
	.stays = stays,
	.reclaimable_pages = reclaimable_pages,
};

void machine_serve_itself(struct machine *m, const struct machine_ops *ops, void *ctx)
{
	m->ops = ops;
	m->ops_ctx = ctx;
	m->reclaim.ops = &reclaim_ops;
	m->reclaim.ctx = m;
	m->compact.ops = &compact_ops;
	m->compact.ctx = m;
	m->pages.slow = &machine_slow_ops;
	m->pages.slow_ctx = m;
}

int machine_count_by_cpu(struct machine *m)
{
	const struct pages_tunables t = {
		.min_free_kbytes = pages_min_free_kbytes(&m->pages, m->page_shift),
		.watermark_scale_factor = 10,
	};
	uint64_t first[KM_MAX_ZONES][KM_NR_WMARKS];

	for (unsigned int i = 0; i < m->pages.nr_zones; i++)
		pages_watermarks_of(&m->pages, &m->zone[i], &t, first[i]);
	return pages_count_by_cpu(&m->pages, first);
}

void machine_tick(struct machine *m, uint64_t now_ns)
{
	m->now_ns = now_ns;
	if (m->kswapd_woken.is && now_ns >= m->kswapd_woken.due_ns) {
		m->kswapd_woken.is = false;
		reclaim_wake(&m->reclaim, m->kswapd_woken.zone, &m->kswapd_woken.rq,
			     m->kswapd_woken.zone_class);
	}
	reclaim_tick(&m->reclaim, now_ns);
	if (m->ops->moved)
		compact_tick(&m->compact, now_ns);
}
