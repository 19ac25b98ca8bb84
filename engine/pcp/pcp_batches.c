/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single pages, a batch at a time: every refill and every drain is `batch` pages, and `high` is six
 * batches, whatever the watermarks are. A drain goes around the lists and takes more from each the
 * more empty ones it met.
 */
#include "engine/pcp/pcp.h"

/* Kernel: mm/page_alloc.c:buffered_rmqueue() [2.6.34 3.5] */
static unsigned int refill_unit(const struct pcp *p, unsigned int order)
{
	(void)order;
	return p->batch;
}

static unsigned int refill_blocks(struct pcp *p, const struct zone *z, unsigned int order)
{
	(void)z;
	return refill_unit(p, order);
}

static void on_alloc(struct pcp *p)
{
	(void)p;
}

/* Kernel: mm/page_alloc.c:free_hot_cold_page() [2.6.34 3.5] */
static uint32_t drain_pages(struct pcp *p, const struct zone *z, unsigned int order)
{
	(void)z, (void)order;
	return p->count >= p->high ? p->batch : 0;
}

static void set_limits(struct pcp *p, const struct pcp_limits *l)
{
	p->high = l->high;
	p->batch = l->batch;
}

static void adopt(struct pcp *p, struct pcp_limits *l, uint32_t high, uint32_t batch)
{
	(void)p;
	if (!l)
		return;
	l->high = high;
	l->batch = batch;
}

/*
 * Kernel: mm/page_alloc.c:zone_batchsize(), setup_pageset(), setup_pagelist_highmark()
 * [2.6.34 3.5]
 */
static struct pcp_limits limits(uint64_t managed, uint64_t fraction, unsigned int page_shift)
{
	uint64_t most = (UINT64_C(512) << 10) >> page_shift, batch = managed >> 10, power = 1;

	if (fraction) {
		uint64_t high = managed / fraction, quarter = high / 4;

		quarter = quarter > page_shift * 8 ? page_shift * 8 : quarter;
		return (struct pcp_limits){ .high = (uint32_t)high,
					    .batch = quarter ? (uint32_t)quarter : 1 };
	}
	batch = (batch < most ? batch : most) / 4;
	batch = batch < 1 ? 1 : batch;
	while (power * 2 <= batch + batch / 2)
		power *= 2;
	return (struct pcp_limits){ .high = (uint32_t)(power - 1) * 6,
				    .batch = power > 1 ? (uint32_t)power - 1 : 1 };
}

/*
 * Around the lists, in the order of the kernel's own numbers: from Unmovable to Reclaimable,
 * Movable, Unmovable. Kernel: mm/page_alloc.c:free_pcppages_bulk() [2.6.34 3.5]
 */
static void turn(const struct pcp *p, struct pcp_turn *t, const uint32_t *tail, int64_t left)
{
	do {
		t->quota++;
		t->index = (t->index + KM_NR_PCP_TYPES - 1) % KM_NR_PCP_TYPES;
	} while (!tail[t->index]);
	if (p->prof->last_list_at_once && t->quota == KM_NR_PCP_TYPES)
		t->quota = (uint32_t)left;
}

const struct pcp_ops pcp_batches = {
	.name = "batches",
	.refill_blocks = refill_blocks,
	.refill_unit = refill_unit,
	.on_alloc = on_alloc,
	.drain_pages = drain_pages,
	.set_limits = set_limits,
	.adopt = adopt,
	.limits = limits,
	.turn = turn,
};
