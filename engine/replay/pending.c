/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/pending.h"

#include <stdlib.h>

int pending_init(struct pending_blocks *p, unsigned int nr_cpus)
{
	p->ring = calloc(nr_cpus, sizeof(*p->ring));
	p->at = calloc(nr_cpus, sizeof(*p->at));
	return p->ring && p->at ? 0 : -KM_ENOMEM;
}

void pending_release(struct pending_blocks *p)
{
	free(p->ring);
	free(p->at);
}

void pending_add(struct pending_blocks *p, const struct km_event *ev, uint64_t no)
{
	unsigned int *at = &p->at[ev->cpu];

	p->ring[ev->cpu][*at] = (struct pending){ ev->page.pfn, no, ev->pid, ev->page.order, true };
	*at = (*at + 1) % PENDING;
}

static bool covers(const struct pending *p, uint64_t page)
{
	return p->open && page - p->pfn < pages_of(p->order);
}

struct pending *pending_find(struct pending_blocks *b, const struct km_event *ev, int order,
			     uint64_t page)
{
	for (unsigned int i = 1; i <= PENDING; i++) {
		struct pending *p = &b->ring[ev->cpu][(b->at[ev->cpu] + PENDING - i) % PENDING];

		if (p->open && p->pid == ev->pid &&
		    (order < 0 ? covers(p, page) : p->order == order))
			return p;
	}
	return NULL;
}
