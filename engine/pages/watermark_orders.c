/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a request stays above a watermark, judged order by order: at each order below the
 * request's, blocks of that order no longer count, and half as much need be free.
 */
#include "engine/pages/pages.h"

/* Kernel: mm/page_alloc.c:zone_watermark_ok() [2.6.34], __zone_watermark_ok() [3.5] */
static bool judge(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		  unsigned int zone_class, unsigned int flags, int64_t free,
		  struct pages_mark_facts *facts)
{
	const struct buddy *b = &p->buddy[zone];
	int64_t reserve = (int64_t)p->zone[zone].lowmem_reserve[zone_class];
	int64_t min = (int64_t)mark, left = free - ((int64_t)pages_of(order) - 1);

	if (flags & PAGES_MIN_RESERVE)
		min -= min / 2;
	if (flags & PAGES_NON_BLOCK)
		min -= min / 4;
	if (facts)
		*facts = (struct pages_mark_facts){ .mark = mark,
						    .reserve = (uint64_t)reserve,
						    .free = free,
						    .unusable = free - left,
						    .least = min + reserve,
						    .above = left > min + reserve,
						    .block = true,
						    .by_orders = true,
						    .failed_order = order };
	if (left <= min + reserve)
		return false;
	for (unsigned int at = 0; at < order; at++) {
		left -= (int64_t)(b->nr_free[at] << at);
		min >>= 1;
		if (left > min)
			continue;
		if (facts) {
			facts->block = false;
			facts->failed_order = at;
		}
		return false;
	}
	return true;
}

static bool orders_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		      unsigned int zone_class, unsigned int flags, int64_t free)
{
	return judge(p, zone, order, mark, zone_class, flags, free, NULL);
}

static bool orders_fast(const struct pages *p, unsigned int zone, unsigned int order,
			unsigned int zone_class, unsigned int flags, uint32_t gfp,
			struct pages_mark_facts *facts)
{
	const struct zone *z = &p->zone[zone];
	unsigned int which = flags & PAGES_WMARK_HIGH ? KM_WMARK_HIGH :
			     flags & PAGES_WMARK_MIN  ? KM_WMARK_MIN :
							KM_WMARK_LOW;
	bool ok = judge(p, zone, order, z->wmark[which], zone_class, flags, zone_free_pages(z),
			facts);

	(void)gfp;
	if (facts)
		facts->wmark = which;
	return ok;
}

const struct pages_watermark_ops pages_watermark_orders = {
	.name = "order by order",
	.ok = orders_ok,
	.fast = orders_fast,
};
