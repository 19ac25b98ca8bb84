/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "engine/metrics/metrics.h"

void metrics_packing_init(struct metrics_packing *p, uint64_t *by_used, uint64_t pages)
{
	memset(by_used, 0, (pages + 1) * sizeof(*by_used));
	*p = (struct metrics_packing){ .pages = pages, .by_used = by_used };
}

void metrics_packing_add(struct metrics_packing *p, uint64_t free, uint64_t movable)
{
	if (free >= p->pages)
		return;
	p->room += free;
	if (free + movable >= p->pages)
		p->by_used[p->pages - free]++;
}

/*
 * A block that is emptied needs room for its pages in use, and its own free pages are room no more:
 * together one pageblock of room each, however full it was. So the room says how many can be
 * emptied, and those with the fewest pages in use are the cheapest.
 */
uint64_t metrics_packing_cost(const struct metrics_packing *p, uint64_t *gain)
{
	uint64_t left = p->room / p->pages, moved = 0;

	*gain = 0;
	for (uint64_t used = 1; left && used <= p->pages; used++) {
		uint64_t n = p->by_used[used] < left ? p->by_used[used] : left;

		moved += n * used;
		*gain += n;
		left -= n;
	}
	return moved;
}
