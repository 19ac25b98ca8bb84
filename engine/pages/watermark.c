/* SPDX-License-Identifier: GPL-2.0-only */
/* Watermarks: what they are set to, and whether a request stays above them. */
#include "engine/pages/pages.h"

/* How flags open the reserves. */
struct reserve_rule {
	unsigned int reach; /* who has one of these counts the highatomic reserve as free */
	int64_t (*least)(int64_t min, unsigned int flags); /* what has to be left of a watermark */
};

/* Kernel: mm/page_alloc.c:__zone_watermark_unusable_free() [6.1] */
static int64_t unusable_free(const struct pages *p, const struct zone *z, unsigned int order,
			     unsigned int flags, const struct reserve_rule *rule)
{
	uint64_t pages = pages_of(order) - 1;

	if (!(flags & rule->reach))
		pages += p->prof->counts_free_highatomic ? z->nr_free_highatomic :
							   z->nr_reserved_highatomic;
	if (p->has_cma && !(flags & PAGES_CMA))
		pages += z->nr_free_cma;
	return (int64_t)pages;
}

static bool has_block(const struct buddy *b, unsigned int order, unsigned int flags)
{
	for (unsigned int at = order; at < buddy_nr_orders(b); at++) {
		if (!b->nr_free[at])
			continue;
		for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
			if (!flist_empty(&b->list[at][mt]))
				return true;
		if ((flags & PAGES_CMA) && !flist_empty(&b->list[at][KM_CMA]))
			return true;
		if ((flags & (PAGES_HIGHATOMIC | PAGES_OOM)) &&
		    !flist_empty(&b->list[at][KM_HIGHATOMIC]))
			return true;
	}
	return false;
}

static bool stays_above(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
			unsigned int zone_class, unsigned int flags, int64_t free,
			const struct reserve_rule *rule, struct pages_mark_facts *facts)
{
	const struct zone *z = &p->zone[zone];
	int64_t least = rule->least((int64_t)mark, flags) + (int64_t)z->lowmem_reserve[zone_class];
	int64_t unusable = unusable_free(p, z, order, flags, rule);
	bool above = free - unusable > least;
	bool block = above && (!order || has_block(&p->buddy[zone], order, flags));

	if (facts) {
		facts->mark = mark;
		facts->free = free;
		facts->unusable = unusable;
		facts->least = least;
		facts->above = above;
		facts->block = above ? block : !order || has_block(&p->buddy[zone], order, flags);
	}
	return block;
}

static bool stays_above_now(const struct pages *p, unsigned int zone, unsigned int order,
			    unsigned int zone_class, unsigned int flags, uint32_t gfp,
			    const struct reserve_rule *rule, struct pages_mark_facts *facts)
{
	const struct zone *z = &p->zone[zone];
	unsigned int which = flags & PAGES_WMARK_HIGH ? KM_WMARK_HIGH :
			     flags & PAGES_WMARK_MIN  ? KM_WMARK_MIN :
							KM_WMARK_LOW;
	bool reserve = p->prof->reserve_ignores_boost ? flags & PAGES_MIN_RESERVE :
							gfp & KM_GFP_ATOMIC;
	uint64_t mark = z->wmark[which] + z->boost;
	int64_t free = zone_free_pages(z);

	if (facts)
		*facts = (struct pages_mark_facts){ .wmark = which,
						    .boost = z->boost,
						    .reserve = z->lowmem_reserve[zone_class] };
	if (!order && !facts) {
		int64_t reserved = unusable_free(p, z, 0, flags, rule);
		int64_t usable = free - (reserved < free ? reserved : free);

		if (usable > (int64_t)(mark + z->lowmem_reserve[zone_class]))
			return true;
	}
	if (stays_above(p, zone, order, mark, zone_class, flags, free, rule, facts))
		return true;
	if (order || !reserve || !z->boost || !(flags & PAGES_WMARK_MIN))
		return false;
	return stays_above(p, zone, order, z->wmark[KM_WMARK_MIN], zone_class, flags, free, rule,
			   facts);
}

/* ---- reserves that add up: half, and a quarter of the rest for who may not wait ---- */

/* Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1] */
static int64_t least_of_both(int64_t min, unsigned int flags)
{
	if (flags & PAGES_MIN_RESERVE) {
		min -= min / 2;
		if (flags & PAGES_NON_BLOCK)
			min -= min / 4;
	}
	return flags & PAGES_OOM ? min - min / 2 : min;
}

static const struct reserve_rule both = {
	.reach = PAGES_NON_BLOCK | PAGES_MIN_RESERVE | PAGES_HIGHATOMIC | PAGES_OOM,
	.least = least_of_both,
};

static bool lists_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		     unsigned int zone_class, unsigned int flags, int64_t free)
{
	return stays_above(p, zone, order, mark, zone_class, flags, free, &both, NULL);
}

static bool lists_fast(const struct pages *p, unsigned int zone, unsigned int order,
		       unsigned int zone_class, unsigned int flags, uint32_t gfp,
		       struct pages_mark_facts *facts)
{
	return stays_above_now(p, zone, order, zone_class, flags, gfp, &both, facts);
}

const struct pages_watermark_ops pages_watermark_lists = {
	.name = "a block of the size",
	.ok = lists_ok,
	.fast = lists_fast,
};

/* ---- reserves of ALLOC_HIGH and ALLOC_HARDER, each for itself ---- */

/* Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1.0] */
static int64_t least_of_each(int64_t min, unsigned int flags)
{
	if (flags & PAGES_MIN_RESERVE)
		min -= min / 2;
	if (flags & PAGES_OOM)
		return min - min / 2;
	return flags & PAGES_NON_BLOCK ? min - min / 4 : min;
}

static const struct reserve_rule each = {
	.reach = PAGES_NON_BLOCK | PAGES_OOM,
	.least = least_of_each,
};

static bool harder_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
		      unsigned int zone_class, unsigned int flags, int64_t free)
{
	return stays_above(p, zone, order, mark, zone_class, flags, free, &each, NULL);
}

static bool harder_fast(const struct pages *p, unsigned int zone, unsigned int order,
			unsigned int zone_class, unsigned int flags, uint32_t gfp,
			struct pages_mark_facts *facts)
{
	return stays_above_now(p, zone, order, zone_class, flags, gfp, &each, facts);
}

const struct pages_watermark_ops pages_watermark_harder = {
	.name = "a block of the size, reserves by ALLOC_HARDER",
	.ok = harder_ok,
	.fast = harder_fast,
};

bool pages_watermark_ok(const struct pages *p, unsigned int zone, unsigned int order, uint64_t mark,
			unsigned int zone_class, unsigned int flags, int64_t free)
{
	return p->prof->watermark->ok(p, zone, order, mark, zone_class, flags, free);
}

bool pages_watermark_fast(const struct pages *p, unsigned int zone, unsigned int order,
			  unsigned int zone_class, unsigned int flags, uint32_t gfp)
{
	return p->prof->watermark->fast(p, zone, order, zone_class, flags, gfp, NULL);
}

bool pages_watermark_facts(const struct pages *p, unsigned int zone, unsigned int order,
			   unsigned int zone_class, unsigned int flags, uint32_t gfp,
			   struct pages_mark_facts *out)
{
	return p->prof->watermark->fast(p, zone, order, zone_class, flags, gfp, out);
}

/* n / 10000 of x without overflow. Kernel: include/linux/math.h:mult_frac() [6.1] */
static uint64_t ten_thousandths(uint64_t x, uint64_t n)
{
	return x / 10000 * n + x % 10000 * n / 10000;
}

/* Movable pages are highmem then. Kernel: mm/page_alloc.c:find_usable_zone_for_movable() [6.1] */
static bool has_highmem(const struct pages *p)
{
	for (unsigned int i = 0; i < p->nr_zones; i++)
		if ((int)p->zone[i].index == p->highmem)
			return true;
	return false;
}

/* Zones whose pages kernel allocations cannot use keep only a small reserve. */
bool pages_small_wmark(const struct pages *p, const struct zone *z)
{
	bool is_movable = p->movable >= 0 && (int)z->index == p->movable;

	if (p->highmem >= 0 && (int)z->index == p->highmem)
		return true;
	return is_movable && (p->prof->movable_wmark_fixed || has_highmem(p));
}

unsigned int pages_cpus_of_node(const struct pages *p, int node)
{
	unsigned int n = 0;

	if (!p->cpu_node)
		return p->nr_cpus / p->nr_nodes ? p->nr_cpus / p->nr_nodes : p->nr_cpus;
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		n += p->cpu_node[cpu] == node;
	return n ? n : p->nr_cpus;
}

uint32_t pages_pcp_high(const struct zone *z, uint32_t batch, uint64_t high_fraction,
			unsigned int cpus)
{
	uint64_t pages = high_fraction ? z->managed / high_fraction :
					 z->wmark[KM_WMARK_LOW] + z->boost;

	pages /= cpus ? cpus : 1;
	return (uint32_t)(pages > (uint64_t)batch * 4 ? pages : (uint64_t)batch * 4);
}

struct pcp_limits pages_pcp_limits(const struct pages *p, const struct zone *z,
				   uint64_t high_fraction)
{
	enum { MIN_HIGH_FRACTION = 8 };
	const struct pcp_ops *ops = p->pcp[0].prof->ops;
	unsigned int cpus = pages_cpus_of_node(p, z->node);
	uint32_t batch = pcp_batch(z->managed, p->page_shift);

	if (ops->limits)
		return ops->limits(z->managed, high_fraction, p->page_shift);
	return (struct pcp_limits){
		.batch = batch,
		.high = pages_pcp_high(z, batch, high_fraction, cpus),
		.high_max = pages_pcp_high(z, batch,
					   high_fraction ? high_fraction : MIN_HIGH_FRACTION, cpus),
	};
}

void pages_watermarks_of(const struct pages *p, const struct zone *z,
			 const struct pages_tunables *t, uint64_t out[KM_NR_WMARKS])
{
	uint64_t pages_min = t->min_free_kbytes >> (p->page_shift - 10), lowmem = 0;

	for (unsigned int i = 0; i < p->nr_zones; i++)
		lowmem += pages_small_wmark(p, &p->zone[i]) ? 0 : p->zone[i].managed;
	uint64_t share = lowmem ? pages_min * z->managed / lowmem : 0;
	uint64_t gap = share >> 2, least = ten_thousandths(z->managed, t->watermark_scale_factor);
	uint64_t highmem = z->managed / 1024;

	highmem = highmem < 32 ? 32 : highmem > 128 ? 128 : highmem;
	gap = gap > least ? gap : least;
	out[KM_WMARK_MIN] = pages_small_wmark(p, z) ? highmem : share;
	out[KM_WMARK_LOW] = out[KM_WMARK_MIN] + gap;
	out[KM_WMARK_HIGH] = out[KM_WMARK_LOW] + gap;
	if (p->prof->high_is_half_above_min) {
		out[KM_WMARK_LOW] = out[KM_WMARK_MIN] + (share >> 2);
		out[KM_WMARK_HIGH] = out[KM_WMARK_MIN] + (share >> 1);
	}
}

void pages_set_watermarks(struct pages *p, const struct pages_tunables *t)
{
	for (unsigned int i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zone[i];

		pages_watermarks_of(p, z, t, z->wmark);
		z->boost = 0;
		for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++) {
			struct pcp *pcp = pages_pcp(p, i, cpu);
			struct pcp_limits l = pages_pcp_limits(p, z, t->high_fraction);

			pcp->prof->ops->set_limits(pcp, &l);
		}
	}
}

uint64_t pages_min_free_kbytes(const struct pages *p, unsigned int page_shift)
{
	uint64_t kbytes = 0, root = 0;

	for (unsigned int i = 0; i < p->nr_zones; i++)
		if ((int)p->zone[i].index <= p->normal)
			kbytes += p->zone[i].managed << (page_shift - 10);
	while ((root + 1) * (root + 1) <= kbytes * 16)
		root++;
	if (root > p->prof->min_free_kbytes_max)
		return p->prof->min_free_kbytes_max;
	return root < 128 ? 128 : root;
}

uint64_t pages_recommended_kbytes(const struct pages *p, unsigned int page_shift)
{
	uint64_t zones = 0, lowmem = 0, pages;

	for (unsigned int i = 0; i < p->nr_zones; i++) {
		const struct zone *z = &p->zone[i];
		bool low = (int)z->index <= p->normal;

		zones += z->managed && (low || p->prof->raises_for_all_zones);
		if (low && z->managed > z->wmark[KM_WMARK_HIGH])
			lowmem += z->managed - z->wmark[KM_WMARK_HIGH];
	}
	pages = pages_of(p->frames->pb_order) * zones * (2 + KM_NR_PCP_TYPES * KM_NR_PCP_TYPES);
	pages = pages < lowmem / 20 ? pages : lowmem / 20;
	return pages << (page_shift - 10);
}
