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
	(void)ctx, (void)rq, (void)zone_class, (void)flags, (void)prio, (void)captured;
	return COMPACT_SKIPPED;
}

static void compact_got(void *ctx, unsigned int zone, unsigned int order)
{
	(void)ctx, (void)zone, (void)order;
}

static bool compact_suitable(void *ctx, const struct pages_request *rq, unsigned int zone_class,
			     unsigned int flags)
{
	(void)ctx, (void)rq, (void)zone_class, (void)flags;
	return false;
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
	.compact_suitable = compact_suitable,
	.reclaimable_pages = reclaimable_pages,
	.out_of_memory = out_of_memory,
};

void machine_serve_itself(struct machine *m)
{
	m->pages.slow = &machine_slow_ops;
	m->pages.slow_ctx = m;
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
}
