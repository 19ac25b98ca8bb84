/* SPDX-License-Identifier: GPL-2.0-only */
/* What no kernel can have recorded. */
#include <inttypes.h>

#include "engine/replay/state.h"

/*
 * May a block of @order begin at @nr? Pages of no zone may: nobody models them. Of another machine
 * than the model's neither zones nor the largest order are known.
 */
static bool block_can_be(const struct replay *r, unsigned int kind, uint64_t nr, unsigned int order)
{
	unsigned int most = r->foreign ? KM_MAX_ORDERS - 1 : r->m.frames.top_order;

	if (kind == KM_EV_PAGE_FREE)
		most = KM_MAX_FREED_ORDER;
	if (order > most || (nr & (pages_of(order) - 1)))
		return false;
	return r->foreign || !order ||
	       pages_zone_of(&r->m.pages, pfn(nr)) ==
		       pages_zone_of(&r->m.pages, pfn(nr + pages_of(order) - 1));
}

int refuse_cpu(const struct replay *r, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	if (ev->cpu < r->m.pages.nr_cpus)
		return 0;
	if (r->config.cpus_given)
		return km_fail(d, KM_EUSAGE, "machine.cpus",
			       "it says %u, and event %" PRIu64 " of the trace is of CPU %u",
			       r->m.pages.nr_cpus, no, ev->cpu);
	return km_fail(d, KM_EFORMAT, "",
		       "event %" PRIu64
		       " is of CPU %u, the machine has %u: say how many with --set "
		       "machine.cpus=N",
		       no, ev->cpu, r->m.pages.nr_cpus);
}

/* What no kernel can have recorded is refused before it reaches a room. */
int refuse_event(const struct replay *r, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	bool fell = ev->kind == KM_EV_EXTFRAG;
	uint64_t nr = fell ? ev->extfrag.pfn : ev->page.pfn;
	unsigned int order = fell ? ev->extfrag.fallback_order : ev->page.order;

	int err = refuse_cpu(r, ev, no, d);

	if (err)
		return err;
	if (!r->foreign && ev->kind == KM_EV_ISOLATE_FREE && ev->range.end > ev->range.start &&
	    ev->range.end - ev->range.start > pages_of(r->m.frames.top_order))
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64 " (%s): no scan is as long as %#" PRIx64 " pages",
			       no, km_event_name(ev->kind), ev->range.end - ev->range.start);
	if (ev->kind < KM_EV_PAGE_ALLOC || ev->kind > KM_EV_EXTFRAG)
		return 0;
	if (!(ev->kind == KM_EV_PAGE_ALLOC && nr == KM_NO_PFN) &&
	    !block_can_be(r, ev->kind, nr, order))
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64
			       " (%s): no block of order %u begins at pfn %#" PRIx64,
			       no, km_event_name(ev->kind), order, nr);
	if (fell ? ev->extfrag.alloc_order > order || ev->extfrag.alloc_mt >= KM_NR_PCP_TYPES ||
			    ev->extfrag.fallback_mt >= KM_NR_MIGRATETYPES :
		   ev->page.mt >= KM_NR_MIGRATETYPES)
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64 " (%s): no kernel has such an order or migratetype",
			       no, km_event_name(ev->kind));
	return 0;
}
