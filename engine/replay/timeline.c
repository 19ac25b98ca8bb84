/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the per-CPU limits of a booting kernel changed, as recorded refills and drains betray it:
 * only when, never which page.
 */
#include "engine/replay/state.h"

size_t count_removals(const struct op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < op->nr_rec; i++)
		n += op->rec[i].removes;
	return n;
}

/* The first refill longer than one page: the real pagesets exist. */
void timeline_removals(struct replay *r, const struct op *op)
{
	if (r->m.stage == STAGE_BOOT && count_removals(op) > 1)
		machine_set_stage(&r->m, STAGE_PAGESETS);
}

/* A drain that the model would do and the kernel did not: the limits had been raised. */
static void raise_stage(struct replay *r, const struct pcp *pcp, unsigned int zone,
			unsigned int order)
{
	if (r->m.stage == STAGE_BOOT)
		return;
	while (r->m.stage < STAGE_FINAL && pcp_would_drain(pcp, &r->m.zone[zone], order))
		machine_set_stage(&r->m, r->m.stage + 1);
}

void timeline_free(struct replay *r, const struct op *op, struct pfn p)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p), order = op->ev->page.order;

	if (zone == r->m.pages.nr_zones)
		return;
	struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);

	if (!pcp_keeps(pcp, order) || op->free_flags ||
	    pageblock_of(&r->m.frames, p)->mt == KM_ISOLATE)
		return;
	if (!op->nr_rec)
		raise_stage(r, pcp, zone, order);
	if (r->m.stage != STAGE_BOOT && pcp->prof->ops->learn && r->mode != &mode_simulate)
		pcp->prof->ops->learn(pcp, &r->m.zone[zone], order, op->nr_rec != 0);
}

/*
 * Drains that no free caused: a tick of the statistics, where ticks drain. Returns the lists it was
 * on, with how many pages went; NULL: it was none.
 */
struct pcp *timeline_tick(struct replay *r, const struct op *op, uint32_t *pages)
{
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(op->ev->page.pfn));
	struct frame at;

	*pages = 0;
	if (zone == r->m.pages.nr_zones)
		return NULL;
	bool listed = place_of(&r->m, pfn(op->ev->page.pfn), &at) == PLACE_PCP;
	struct pcp *pcp = pages_pcp(&r->m.pages, zone, listed ? at.cpu : op->cpu);

	for (size_t i = 0; i < op->nr_rec; i++)
		if (pages_zone_of(&r->m.pages, pfn(op->rec[i].ev.page.pfn)) == zone)
			*pages += (uint32_t)pages_of(op->rec[i].ev.page.order);
	return pcp->prof->ops->tick ? pcp : NULL;
}

/*
 * In a free run the statistics tick every second, in step with the first tick that the trace shows.
 * What is recorded shows its ticks itself.
 */
void timeline_clock(struct replay *r, uint64_t ts_ns)
{
	enum { STAT_INTERVAL_NS = 1000000000 };
	uint64_t phase = r->survey.tick_ns % STAT_INTERVAL_NS;
	uint64_t now = (ts_ns + STAT_INTERVAL_NS - phase) / STAT_INTERVAL_NS;

	if (!r->mode->ticks || now <= r->ticked) {
		r->ticked = now;
		return;
	}
	while (r->ticked < now && pages_tick(&r->m.pages))
		r->ticked++;
	r->ticked = now;
}
