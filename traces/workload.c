/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/workload.h"

#include <stdlib.h>

uint64_t workload_number(const struct workload_numbers *n, struct rng *r)
{
	uint64_t all = 0, at, i = 0;

	if (n->shape == WORKLOAD_EXPONENTIAL)
		return rng_exponential(r, n->range[0].low);
	for (i = 0; i < n->nr; i++)
		all += n->range[i].weight;
	/* one number that is always the same takes nothing from the sequence */
	at = n->nr > 1 ? rng_below(r, all) : 0;
	for (i = 0; at >= n->range[i].weight; i++)
		at -= n->range[i].weight;
	if (n->range[i].low == n->range[i].high)
		return n->range[i].low;
	return n->range[i].low + rng_below(r, n->range[i].high - n->range[i].low + 1);
}

uint64_t workload_most_bytes(const struct workload_kind *k)
{
	bool range = k->has_door && (km_door_maps(k->door) || k->door == KM_DOOR_CMA);

	return range ? WORKLOAD_MAX_RANGE : WORKLOAD_MAX_BLOCK;
}

unsigned int workload_nr_threads(const struct workload *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->nr_groups; i++)
		n += w->group[i].threads;
	return n;
}

uint64_t workload_share(const struct workload *w, uint64_t pages)
{
	unsigned int threads = workload_nr_threads(w);

	if (!threads || pages / threads < w->spare_pages)
		return 0;
	return (pages - threads * w->spare_pages) / threads;
}

static void release_steps(struct workload_step *steps, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		release_steps(steps[i].steps, steps[i].nr_steps);
	free(steps);
}

void workload_release(struct workload *w)
{
	for (unsigned int i = 0; i < w->nr_groups; i++)
		release_steps(w->group[i].steps, w->group[i].nr_steps);
	*w = (struct workload){ 0 };
}
