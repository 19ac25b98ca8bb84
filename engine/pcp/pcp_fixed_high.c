/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizing by a fixed limit: `high` is set from outside (watermarks, sysctl), and how much one drain
 * gives back doubles while nothing is allocated in between.
 */
#include "engine/pcp/pcp.h"

/* Kernel: mm/page_alloc.c:__rmqueue_pcplist() [6.1] */
static unsigned int refill_unit(const struct pcp *p, unsigned int order)
{
	unsigned int blocks = p->batch >> order;

	if (p->batch <= 1)
		return p->batch;
	return blocks > 2 ? blocks : 2;
}

static unsigned int refill_blocks(struct pcp *p, const struct zone *z, unsigned int order)
{
	(void)z;
	return refill_unit(p, order);
}

/* Kernel: mm/page_alloc.c:rmqueue_pcplist() [6.1] */
static void on_alloc(struct pcp *p)
{
	p->free_factor >>= 1;
}

/* Kernel: mm/page_alloc.c:nr_pcp_high() [6.1] */
static uint32_t limit_of(const struct pcp *p, bool free_high, bool reclaim_active)
{
	if (!p->high || free_high)
		return 0;
	if (!reclaim_active)
		return p->high;
	return p->batch << 2 < p->high ? p->batch << 2 : p->high;
}

/* Kernel: mm/page_alloc.c:nr_pcp_free() [6.1] */
static uint32_t portion_of(struct pcp *p, uint32_t high, bool free_high)
{
	uint64_t pages = (uint64_t)p->batch << p->free_factor;
	unsigned int scale = p->prof->batch_scale_max;

	if (free_high)
		return p->count;
	if (high < p->batch)
		return 1;
	uint32_t most = high - p->batch;

	if (pages < most && (!scale || p->free_factor < scale))
		p->free_factor++;
	if (pages < p->batch)
		pages = p->batch;
	return pages < most ? (uint32_t)pages : most;
}

static uint32_t drain_pages(struct pcp *p, const struct zone *z, unsigned int order)
{
	bool free_high = p->free_factor && order && order <= p->prof->max_order;
	uint32_t high = limit_of(p, free_high, z->reclaim_active);

	return p->count >= high ? portion_of(p, high, free_high) : 0;
}

static void set_limits(struct pcp *p, const struct pcp_limits *l)
{
	p->high = l->high;
	p->batch = l->batch;
}

/* What is printed has a history that the watermarks of today need not give. */
static void adopt(struct pcp *p, struct pcp_limits *l, uint32_t high, uint32_t batch)
{
	(void)p;
	if (!l)
		return;
	l->high = high;
	l->batch = batch;
}

const struct pcp_ops pcp_fixed_high = {
	.name = "fixed high",
	.refill_blocks = refill_blocks,
	.refill_unit = refill_unit,
	.on_alloc = on_alloc,
	.drain_pages = drain_pages,
	.set_limits = set_limits,
	.adopt = adopt,
};
