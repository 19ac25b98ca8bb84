/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizing by self-tuning: `high` moves between high_min (from the watermarks) and high_max (a share
 * of the zone). Refills raise it and double while nothing is freed; long runs of frees raise it to
 * what they need at once; a zone below its high watermark, kswapd, runs of high-order frees and
 * every tick of the statistics lower it.
 */
#include "engine/pcp/pcp.h"

static int64_t between(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most_of(const struct pcp *p)
{
	return (int64_t)p->batch << p->prof->batch_scale_max;
}

static void lower_by(struct pcp *p, int64_t pages)
{
	p->high = (uint32_t)larger(p->high - pages, p->high_min);
}

static unsigned int refill_unit(const struct pcp *p, unsigned int order)
{
	unsigned int blocks = p->batch >> order;

	if (p->batch <= 1)
		return 1;
	return blocks > 2 ? blocks : 2;
}

/*
 * How many pages of order 0, given @batch and room up to @high; what was fetched in vain once is
 * fetched in twice the number next.
 */
static int64_t growing(struct pcp *p, int64_t batch, int64_t high)
{
	int64_t most = larger(high - p->count - p->batch, p->batch);

	if (batch <= most && p->alloc_factor < p->prof->batch_scale_max)
		p->alloc_factor++;
	return smaller(batch, most);
}

/* Kernel: mm/page_alloc.c:nr_pcp_alloc() [6.12] */
static unsigned int refill_blocks(struct pcp *p, const struct zone *z, unsigned int order)
{
	int64_t batch = order ? p->batch : (int64_t)p->batch << p->alloc_factor;

	p->high = (uint32_t)between(p->high, p->high_min, p->high_max);
	if (p->high < p->batch)
		return 1;
	if (p->high_min != p->high_max && !z->below_high)
		p->high = (uint32_t)smaller(p->high + batch, p->high_max);
	if (!order)
		batch = growing(p, batch, p->high);
	return (unsigned int)(batch > 1 ? larger(batch >> order, 2) : batch);
}

/* Kernel: mm/page_alloc.c:rmqueue_pcplist() [6.12] */
static void on_alloc(struct pcp *p)
{
	p->free_count >>= 1;
}

/* Is this one of a run of frees of small blocks that nobody takes back? */
static bool frees_high(struct pcp *p, unsigned int order)
{
	bool small = order && order <= p->prof->max_order;
	bool is = small && p->free_count >= p->batch && p->prev_free_high &&
		  (!p->free_high_batch || p->count >= p->batch);

	p->prev_free_high = small;
	return is;
}

/* Kernel: mm/page_alloc.c:nr_pcp_high() [6.12] */
static int64_t limit_of(struct pcp *p, const struct zone *z, bool free_high)
{
	int64_t high = between(p->high, p->high_min, p->high_max);

	p->high = (uint32_t)high;
	if (!high)
		return 0;
	if (free_high) {
		lower_by(p, most_of(p));
		return 0;
	}
	if (z->reclaim_active) {
		lower_by(p, larger(p->free_count, p->batch));
		return smaller((int64_t)p->batch << 2, p->high);
	}
	if (p->high_min == p->high_max)
		return high;
	if (z->below_high) {
		lower_by(p, larger(p->free_count, p->batch));
		return larger(p->count, p->high_min);
	}
	int64_t need = (int64_t)p->free_count + p->batch;

	if (p->count >= high && p->high < need)
		p->high = (uint32_t)between(need, p->high_min, p->high_max);
	return high;
}

/* Kernel: mm/page_alloc.c:nr_pcp_free() [6.12] */
static int64_t portion_of(const struct pcp *p, int64_t high, bool free_high)
{
	if (free_high)
		return smaller(p->count, most_of(p));
	if (high < p->batch)
		return 1;
	return between(p->free_count, p->batch, high - p->batch);
}

/* Kernel: mm/page_alloc.c:free_unref_page_commit() [6.12] */
static uint32_t drain_pages(struct pcp *p, const struct zone *z, unsigned int order)
{
	p->alloc_factor >>= 1;
	bool free_high = frees_high(p, order);

	if (p->free_count < most_of(p))
		p->free_count += (uint32_t)pages_of(order);
	int64_t high = limit_of(p, z, free_high);

	return p->count >= high ? (uint32_t)portion_of(p, high, free_high) : 0;
}

static void set_limits(struct pcp *p, const struct pcp_limits *l)
{
	p->high_min = l->high;
	p->high_max = l->high_max;
	p->batch = l->batch;
}

/* What is printed is where `high` was, not where its bounds are. */
static void adopt(struct pcp *p, struct pcp_limits *l, uint32_t high, uint32_t batch)
{
	p->high = high;
	if (l)
		l->batch = batch;
}

/* Kernel: mm/page_alloc.c:decay_pcp_high() [6.12] */
static uint32_t tick(struct pcp *p)
{
	int64_t high = p->high;

	if (p->high > p->high_min) {
		high = larger((int64_t)p->count - most_of(p), high - (high >> 3));
		p->high = (uint32_t)larger(high, p->high_min);
	}
	return p->count > p->high ? p->count - p->high : 0;
}

/* Ticks lowered `high` unseen, or it began higher than was known. */
static void learn(struct pcp *p, const struct zone *z, unsigned int order, bool drained)
{
	struct pcp would = *p;

	would.count += (uint32_t)pages_of(order);
	uint32_t count = would.count;

	if ((drain_pages(&would, z, order) != 0) == drained || (drained && count < p->high_min))
		return;
	p->high = drained ? count : count + 1;
}

const struct pcp_ops pcp_tuned_high = {
	.name = "self-tuned high",
	.refill_blocks = refill_blocks,
	.refill_unit = refill_unit,
	.on_alloc = on_alloc,
	.drain_pages = drain_pages,
	.set_limits = set_limits,
	.adopt = adopt,
	.tick = tick,
	.learn = learn,
};
