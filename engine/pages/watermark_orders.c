/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a request stays above a watermark, judged order by order: at each order below the
 * request's, blocks of that order no longer count, and half as much need be free.
 */
#include "engine/pages/pages.h"

/* Kernel: mm/page_alloc.c:zone_watermark_ok() [2.6.34], __zone_watermark_ok() [3.5] */
static bool orders_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		      unsigned int zone_class, unsigned int flags, int64_t free)
{
	const struct buddy *b = &p->buddy[zone];
	int64_t min = (int64_t)mark;

	free -= (int64_t)pages_of(order) - 1;
	if (flags & PAGES_MIN_RESERVE)
		min -= min / 2;
	if (flags & PAGES_NON_BLOCK)
		min -= min / 4;
	if (free <= min + (int64_t)p->zone[zone].lowmem_reserve[zone_class])
		return false;
	for (unsigned int at = 0; at < order; at++) {
		free -= (int64_t)(b->nr_free[at] << at);
		min >>= 1;
		if (free <= min)
			return false;
	}
	return true;
}

static bool orders_fast(const struct pages *p, unsigned int zone, unsigned int order,
			unsigned int zone_class, unsigned int flags, uint32_t gfp)
{
	const struct zone *z = &p->zone[zone];

	(void)gfp;
	return orders_ok(p, zone, order,
			 z->wmark[flags & PAGES_WMARK_HIGH ? KM_WMARK_HIGH :
				  flags & PAGES_WMARK_MIN  ? KM_WMARK_MIN :
							     KM_WMARK_LOW],
			 zone_class, flags, zone_free_pages(z));
}

const struct pages_watermark_ops pages_watermark_orders = {
	.name = "order by order",
	.ok = orders_ok,
	.fast = orders_fast,
};
