/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gigantic page comes back in one piece, larger than any block of a free list; the free lists get
 * it in pieces they have.
 */
#include "engine/replay/state.h"

int gigantic_push(struct replay *r, const struct km_event *ev, uint64_t no, bool interrupted,
		  struct km_diag *d)
{
	unsigned int most = r->m.frames.top_order;
	int err = 0;

	if (ev->kind != KM_EV_PAGE_FREE || ev->page.order <= most ||
	    (!r->bind && pages_zone_of(&r->m.pages, pfn(ev->page.pfn)) == r->m.pages.nr_zones))
		return group_push(r->group, ev, no, interrupted, d);
	struct km_event part = *ev;

	part.page.order = (uint8_t)most;
	for (uint64_t at = 0; !err && at < pages_of(ev->page.order); at += pages_of(most)) {
		part.page.pfn = ev->page.pfn + at;
		err = group_push(r->group, &part, no, interrupted, d);
	}
	return err;
}
