/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/metrics/metrics.h"

struct fill {
	uint64_t free_pages, free_blocks, suitable;
};

/* Kernel: mm/vmstat.c:fill_contig_page_info() [6.1] */
static struct fill fill_of(const uint64_t *nr_free, unsigned int nr_orders, unsigned int order)
{
	struct fill f = { 0 };

	for (unsigned int at = 0; at < nr_orders; at++) {
		f.free_blocks += nr_free[at];
		f.free_pages += nr_free[at] << at;
		if (at >= order)
			f.suitable += nr_free[at] << (at - order);
	}
	return f;
}

int32_t metrics_unusable(const uint64_t *nr_free, unsigned int nr_orders, unsigned int order)
{
	struct fill f = fill_of(nr_free, nr_orders, order);

	if (!f.free_pages)
		return 1000;
	return (int32_t)((f.free_pages - (f.suitable << order)) * 1000 / f.free_pages);
}

int32_t metrics_extfrag(const uint64_t *nr_free, unsigned int nr_orders, unsigned int order)
{
	struct fill f = fill_of(nr_free, nr_orders, order);

	if (!f.free_blocks)
		return 0;
	if (f.suitable)
		return -1000;
	return (int32_t)(1000 -
			 (int64_t)((1000 + f.free_pages * 1000 / pages_of(order)) / f.free_blocks));
}

uint64_t metrics_huge_free(const uint64_t *nr_free, unsigned int nr_orders, unsigned int huge_order)
{
	return fill_of(nr_free, nr_orders, huge_order).suitable;
}

int32_t metrics_huge_score(const uint64_t *nr_free, unsigned int nr_orders, unsigned int huge_order)
{
	struct fill f = fill_of(nr_free, nr_orders, huge_order);

	return f.free_pages ? (int32_t)((f.suitable << huge_order) * 1000 / f.free_pages) : 1000;
}
