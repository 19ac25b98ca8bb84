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
void timeline_free(struct replay *r, const struct op *op, struct pfn p)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p), order = op->ev->page.order;

	if (r->m.stage == STAGE_FINAL || r->m.stage == STAGE_BOOT || op->nr_rec ||
	    zone == r->m.pages.nr_zones)
		return;
	const struct pcp *pcp = pages_pcp(&r->m.pages, zone, op->cpu);

	while (r->m.stage < STAGE_FINAL && pcp_keeps(pcp, order) &&
	       pcp_would_drain(pcp, &r->m.zone[zone], order))
		machine_set_stage(&r->m, r->m.stage + 1);
}
