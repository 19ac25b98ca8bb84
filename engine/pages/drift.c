/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NR_FREE_PAGES as the kernel reads it. Each CPU keeps what it has yet to add, up to a threshold
 * that grows with CPUs and memory; a watermark that is held against the sum alone may be missed by
 * as much. Where that could matter a zone has a mark below which kswapd adds up what all CPUs hold,
 * and while kswapd runs the threshold is smaller.
 */
#include <stdlib.h>

#include "engine/pages/pages.h"

enum { MOST = 125 };

/* Position of the highest bit, from 1; 0 for 0. Kernel: include/asm-generic/bitops/fls.h */
static unsigned int fls(uint64_t n)
{
	return n ? 64u - (unsigned int)__builtin_clzll(n) : 0;
}

unsigned int pages_normal_threshold(const struct pages *p, const struct zone *z)
{
	uint64_t blocks = z->managed >> (27 - p->page_shift); /* of 128 MiB */
	unsigned int threshold = 2 * fls(p->nr_cpus) * (1 + fls(blocks));

	return threshold < MOST ? threshold : MOST;
}

unsigned int pages_pressure_threshold(const struct pages *p, const struct zone *z)
{
	uint64_t gap = (z->wmark[KM_WMARK_LOW] - z->wmark[KM_WMARK_MIN]) / p->nr_cpus;

	return gap > MOST ? MOST : gap ? (unsigned int)gap : 1;
}

int pages_count_by_cpu(struct pages *p, const uint64_t (*first)[KM_NR_WMARKS])
{
	if (!p->cpu_diff)
		p->cpu_diff = calloc((size_t)p->nr_zones * p->nr_cpus, sizeof(*p->cpu_diff));
	if (!p->cpu_diff)
		return -KM_ENOMEM;
	for (unsigned int i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zone[i];
		uint64_t most = (uint64_t)p->nr_cpus * pages_normal_threshold(p, z);

		z->cpu_diff = &p->cpu_diff[(size_t)i * p->nr_cpus];
		z->stat_threshold = pages_normal_threshold(p, z);
		z->drift_mark = 0;
		if (!p->prof->no_drift_mark &&
		    most > first[i][KM_WMARK_LOW] - first[i][KM_WMARK_MIN])
			z->drift_mark = first[i][KM_WMARK_HIGH] + most;
	}
	pages_fold_counters(p);
	return 0;
}

void pages_fold_counters(struct pages *p)
{
	for (unsigned int i = 0; p->cpu_diff && i < p->nr_zones; i++) {
		struct zone *z = &p->zone[i];

		z->counted = z->nr_free;
		z->stat_free = (int64_t)z->nr_free;
		for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
			z->cpu_diff[cpu] = 0;
	}
}

void pages_set_pressure(struct pages *p, unsigned int node, bool pressure)
{
	for (unsigned int i = 0; p->cpu_diff && i < p->nr_zones; i++) {
		struct zone *z = &p->zone[i];

		if (z->node == (int)node && z->drift_mark)
			z->stat_threshold = pressure ? pages_pressure_threshold(p, z) :
						       pages_normal_threshold(p, z);
	}
}
