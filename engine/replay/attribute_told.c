/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most events of objects tell what an earlier one has told of the same page. Whoever keeps events
 * back until they can be fed asks here first, and need not keep those.
 *
 * For each page a byte: what objects have told of it, in which round; 0: nothing since its block
 * was given or taken. What may change pages that cannot be named yet begins a new round.
 */
#include <string.h>

#include "engine/replay/attribute.h"

/* What is told: a slab; and of which cache, or that it is none, which nothing takes back. */
enum { TOLD_SLAB = 1, TOLD_ALL, TOLD_LEVELS = TOLD_ALL };

enum { ROUNDS = UINT8_MAX / TOLD_LEVELS };

static void begin_round(struct attribution *a)
{
	if (++a->told_round < ROUNDS)
		return;
	memset(a->told, 0, a->nr_pages);
	a->told_round = 0;
}

static void forget(struct attribution *a, uint64_t pfn_nr, uint64_t n)
{
	uint64_t at = pfn_nr - a->first_page;

	if (at < a->nr_pages)
		memset(&a->told[at], 0, n < a->nr_pages - at ? n : a->nr_pages - at);
}

/* Its block is told of, which may be any that covers it. */
static void forget_around(struct attribution *a, uint64_t pfn_nr)
{
	uint64_t from = pfn_align_down(pfn(pfn_nr), a->told_order).nr;
	uint64_t n = pages_of(a->told_order);

	if (from < a->first_page) {
		n = from + n > a->first_page ? from + n - a->first_page : 0;
		from = a->first_page;
	}
	forget(a, from, n);
}

static void block_event(struct attribution *a, const struct km_event *ev)
{
	if (ev->page.order >= KM_MAX_ORDERS)
		return;
	if (ev->page.order > a->told_order)
		a->told_order = ev->page.order;
	forget(a, ev->page.pfn, pages_of(ev->page.order));
}

static bool object_repeats(struct attribution *a, const struct km_event *ev)
{
	uint64_t page = (ev->obj.ptr - a->map.base) >> a->page_shift, at = page - a->first_page;
	unsigned int before = a->told_round * TOLD_LEVELS, order = 0;

	if (!a->map.sure || ev->obj.ptr < a->map.base || at >= a->nr_pages)
		return true;
	unsigned int level = a->told[at] - before;

	if (level == TOLD_ALL)
		return true;
	int cache = a->objects ? objects_cache_of(a->objects, ev, page, &order) : OBJECTS_NO_CACHE;
	bool all = cache >= 0 || cache == OBJECTS_PAGES;

	if (!all && ev->kind == KM_EV_KFREE)
		return true;
	if (!all && ev->kind == KM_EV_KMALLOC && ev->obj.bytes_alloc >> a->page_shift > 1)
		return false; /* perhaps of pages of its own */
	if (!all && level == TOLD_SLAB)
		return true;
	if (pfn_align_down(pfn(page), order).nr >= a->first_page)
		a->told[at] = (uint8_t)(before + (all ? TOLD_ALL : TOLD_SLAB));
	return false;
}

bool attribution_repeats(struct attribution *a, const struct km_event *ev)
{
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
		block_event(a, ev);
		return false;
	case KM_EV_CMA_FINISH:
		forget(a, ev->cma.pfn, ev->cma.count);
		return false;
	case KM_EV_FILEMAP_ADD:
		forget_around(a, ev->page.pfn);
		return false;
	case KM_EV_PERCPU_ALLOC:
		begin_round(a);
		return false;
	case KM_EV_KMALLOC:
	case KM_EV_KFREE:
	case KM_EV_CACHE_ALLOC:
	case KM_EV_CACHE_FREE:
		return object_repeats(a, ev);
	default:
		return false;
	}
}
