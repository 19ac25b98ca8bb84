/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fallback by claiming, else by splitting the very block that was to be claimed.
 *
 * 1. From the largest order down, the first block of a fallback type is taken with its pageblock
 *    where that can be claimed, as in fallback_claim.c.
 * 2. Where it cannot, what is asked for is cut from that block, however large it is; the rest stays
 *    with its type.
 * 3. Only a movable request that may not have the pageblock at all looks for the smallest block
 *    instead.
 * 4. Every request of a refill begins anew.
 */
#include "engine/buddy/fallback_claim.h"

static unsigned int smallest_order(const struct buddy *b, unsigned int order, unsigned int mt)
{
	while (buddy_fallback_type(b, order, mt) == KM_NR_MIGRATETYPES)
		order++;
	return order;
}

/* The order below @top whose first block is looked at; the number of orders where there is none. */
static unsigned int order_found(const struct buddy *b, unsigned int order, unsigned int top,
				unsigned int mt, bool nofragment)
{
	unsigned int least = claim_least_order(b, order, nofragment);

	for (unsigned int at = top; at-- > least;) {
		if (buddy_fallback_type(b, at, mt) == KM_NR_MIGRATETYPES)
			continue;
		if (mt == KM_MOVABLE && at > order && !buddy_can_steal(b, at, mt))
			return smallest_order(b, order, mt);
		return at;
	}
	return buddy_nr_orders(b);
}

/* Kernel: mm/page_alloc.c:__rmqueue_fallback(), steal_suitable_fallback() [6.12.0] */
static bool plan_found(const struct buddy *b, unsigned int order, unsigned int top, unsigned int mt,
		       bool nofragment, struct buddy_plan *out)
{
	unsigned int at = order_found(b, order, top, mt, nofragment);

	if (at == buddy_nr_orders(b))
		return false;
	unsigned int type = buddy_fallback_type(b, at, mt);
	struct pfn head = claim_first(b, at, type);

	if (!buddy_can_steal(b, at, mt) || !claim_plan_block(b, head, at, mt, out))
		*out = (struct buddy_plan){
			.head = head, .order = at, .type = type, .removes = true
		};
	return true;
}

static bool split_plan(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
		       unsigned int before, struct buddy_plan *out)
{
	if (claim_nth_large(b, order, mt, &before, out))
		return true;
	/* larger blocks would have been claimed by then */
	return !before && plan_found(b, order, b->frames->pb_order, mt, nofragment, out);
}

static struct pfn fall_back(struct buddy *b, unsigned int order, unsigned int mt,
			    unsigned int flags)
{
	struct buddy_plan plan;

	if (!plan_found(b, order, buddy_nr_orders(b), mt, flags & BUDDY_NOFRAGMENT, &plan))
		return pfn(KM_NO_PFN);
	claim_boost(b, plan.head, plan.order, flags);
	if (plan.claims)
		return claim_take(b, &plan, order, mt);
	claim_split_off(b, &plan, order, mt);
	return plan.head;
}

/* Kernel: mm/page_alloc.c:__rmqueue() [6.12.0] */
static struct pfn split_serve(struct buddy *b, unsigned int order, unsigned int mt,
			      unsigned int flags, struct buddy_bulk *bulk)
{
	struct pfn got = buddy_pop(b, order, mt);

	(void)bulk;
	if (got.nr == KM_NO_PFN && (flags & BUDDY_CMA))
		got = buddy_pop(b, order, KM_CMA);
	if (got.nr == KM_NO_PFN && mt < KM_NR_PCP_TYPES)
		got = fall_back(b, order, mt, flags);
	return got;
}

static bool split_follow(struct buddy *b, const struct buddy_fell *f)
{
	if (f->removes && f->from_order < b->frames->pb_order)
		buddy_boost(b);
	return claim_follow(b, f);
}

const struct buddy_fallback_ops buddy_fallback_split = {
	.name = "claim, else split",
	.names_page = true,
	.plan = split_plan,
	.serve = split_serve,
	.follow = split_follow,
};
