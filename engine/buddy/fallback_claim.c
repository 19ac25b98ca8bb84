/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fallback by claiming, else by single blocks.
 *
 * 1. Claim: from the largest order down, a block of pageblock size or more is taken at once and its
 *    pageblocks become the request's; of a smaller one the pageblock is taken over, with all its
 *    free blocks, where at least half of it is free or alike. What cannot be claimed is passed
 *    over.
 * 2. Steal: from the request's order up, the first block of any fallback type; what is left of it
 *    stays with that type.
 * 3. The requests of one refill do not ask again for what failed before: after a steal they go on
 *    stealing, until the lock is given up.
 *
 * The event tells of it after the page was taken. Only a claim below pageblock size takes it off
 * the request's own lists, with an event of its own; in all other cases the fallback's event is the
 * only one.
 */
#include "engine/buddy/fallback_claim.h"

void claim_report(const struct buddy *b, const struct buddy_plan *plan, struct pfn got,
		  unsigned int order, unsigned int mt, bool pieces)
{
	probe_emit(b->probe,
		   &(struct step){ .kind = STEP_FALLBACK,
				   .zone = b->zone->id,
				   .cpu = b->cpu,
				   .pfn = got,
				   .order = order,
				   .order2 = plan->order,
				   .mt = mt,
				   .mt2 = plan->type,
				   .pieces = pieces,
				   .change_ownership = pageblock_of(b->frames, got)->mt == mt,
				   .removes = plan->removes });
}

/* Does the pageblock of @p lie in the zone as a whole? */
static bool whole_inside(const struct buddy *b, struct pfn p)
{
	struct pfn start = pfn_align_down(p, b->frames->pb_order);

	return zone_has(b->zone, start) &&
	       zone_has(b->zone, pfn_plus(start, pages_of(b->frames->pb_order) - 1));
}

/* The claim of the block @head of @order, if it can be made. */
bool claim_plan_block(const struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
		      struct buddy_plan *out)
{
	const struct pageblock *pb = pageblock_of(b->frames, head);
	bool large = order >= b->frames->pb_order;

	*out = (struct buddy_plan){ .head = head,
				    .order = order,
				    .type = frame_at(b->frames, head, order)->mt,
				    .whole = !large,
				    .claims = true,
				    .removes = large };
	if (pb->mt == KM_HIGHATOMIC)
		return false;
	return large || (whole_inside(b, head) &&
			 buddy_claims(b, mt, pb->mt, pb->free_pages, pb->used[KM_MOVABLE]));
}

struct pfn claim_first(const struct buddy *b, unsigned int order, unsigned int type)
{
	return node_pfn(b->frames, b->list[order][type].head - 1);
}

unsigned int claim_least_order(const struct buddy *b, unsigned int order, bool nofragment)
{
	return order < b->frames->pb_order && nofragment ? b->frames->pb_order : order;
}

/* Every attempt below pageblock size calls for reclaim, whatever comes of it. */
void claim_boost(struct buddy *b, struct pfn head, unsigned int order, unsigned int flags)
{
	if (order < b->frames->pb_order && pageblock_of(b->frames, head)->mt != KM_HIGHATOMIC &&
	    buddy_boost(b) && (flags & BUDDY_KSWAPD))
		b->zone->boosted = true;
}

/*
 * Take what @plan claims. Of a large block the pageblocks change at once; of a smaller one the free
 * blocks change lists, and the smallest that suffices is taken, which reports its own step.
 *
 * Kernel: mm/page_alloc.c:try_to_steal_block() [6.12]
 */
struct pfn claim_take(struct buddy *b, const struct buddy_plan *plan, unsigned int order,
		      unsigned int mt)
{
	bool pieces = buddy_has_pieces(b, order, mt);
	struct pfn got = plan->head;

	if (plan->removes) {
		buddy_list_del(b, plan->head, plan->order);
		buddy_set_types(b, plan->head, plan->order, mt);
		buddy_expand(b, plan->head, plan->order, order, mt);
	} else {
		buddy_retype(b, plan->head, mt);
		got = buddy_pop(b, order, mt);
	}
	if (got.nr != KM_NO_PFN)
		claim_report(b, plan, got, order, mt, pieces);
	return got;
}

/* Kernel: mm/page_alloc.c:__rmqueue_claim() [6.12] */
static struct pfn claim(struct buddy *b, unsigned int order, unsigned int mt, unsigned int flags)
{
	unsigned int least = claim_least_order(b, order, flags & BUDDY_NOFRAGMENT);

	for (unsigned int at = buddy_nr_orders(b); at-- > least;) {
		unsigned int type = buddy_fallback_type(b, at, mt);
		struct buddy_plan plan;

		if (type == KM_NR_MIGRATETYPES)
			continue;
		if (!buddy_can_steal(b, at, mt))
			break;
		struct pfn head = claim_first(b, at, type);

		claim_boost(b, head, at, flags);
		if (claim_plan_block(b, head, at, mt, &plan))
			return claim_take(b, &plan, order, mt);
	}
	return pfn(KM_NO_PFN);
}

void claim_split_off(struct buddy *b, const struct buddy_plan *plan, unsigned int order,
		     unsigned int mt)
{
	bool pieces = buddy_has_pieces(b, order, mt);

	buddy_list_del(b, plan->head, plan->order);
	buddy_expand(b, plan->head, plan->order, order, plan->type);
	claim_report(b, plan, plan->head, order, mt, pieces);
}

/* The smallest block below order @end of a type to fall back to. */
static bool plan_steal(const struct buddy *b, unsigned int order, unsigned int end, unsigned int mt,
		       struct buddy_plan *out)
{
	for (unsigned int at = order; at < end; at++) {
		unsigned int type = buddy_fallback_type(b, at, mt);

		if (type == KM_NR_MIGRATETYPES)
			continue;
		*out = (struct buddy_plan){
			.head = claim_first(b, at, type), .order = at, .type = type, .removes = true
		};
		return true;
	}
	return false;
}

/* Kernel: mm/page_alloc.c:__rmqueue_steal() [6.12] */
static struct pfn steal(struct buddy *b, unsigned int order, unsigned int mt)
{
	struct buddy_plan plan;

	if (!plan_steal(b, order, buddy_nr_orders(b), mt, &plan))
		return pfn(KM_NO_PFN);
	claim_split_off(b, &plan, order, mt);
	return plan.head;
}

/* Kernel: mm/page_alloc.c:__rmqueue() [6.12] */
static struct pfn claim_serve(struct buddy *b, unsigned int order, unsigned int mt,
			      unsigned int flags, struct buddy_bulk *bulk)
{
	struct pfn got = pfn(KM_NO_PFN);

	if (bulk->mode == BUDDY_OWN)
		got = buddy_pop(b, order, mt);
	if (got.nr == KM_NO_PFN && bulk->mode <= BUDDY_CMA_LISTS && (flags & BUDDY_CMA)) {
		got = buddy_pop(b, order, KM_CMA);
		if (got.nr != KM_NO_PFN)
			bulk->mode = BUDDY_CMA_LISTS;
	}
	if (got.nr != KM_NO_PFN || mt >= KM_NR_PCP_TYPES)
		return got;
	if (bulk->mode <= BUDDY_CLAIM) {
		got = claim(b, order, mt, flags);
		if (got.nr != KM_NO_PFN)
			bulk->mode = BUDDY_OWN;
	}
	if (got.nr == KM_NO_PFN && !(flags & BUDDY_NOFRAGMENT)) {
		got = steal(b, order, mt);
		if (got.nr != KM_NO_PFN)
			bulk->mode = BUDDY_STEAL;
	}
	return got;
}

/* The (@nth + 1)-th block that claims of @order at pageblock size and above would take. */
bool claim_nth_large(const struct buddy *b, unsigned int order, unsigned int mt, unsigned int *nth,
		     struct buddy_plan *out)
{
	unsigned int least = order > b->frames->pb_order ? order : b->frames->pb_order;

	for (unsigned int at = buddy_nr_orders(b); at-- > least;)
		for (unsigned int i = 0; b->prof->fallbacks[mt][i] != KM_NR_MIGRATETYPES; i++) {
			const struct flist *l = &b->list[at][b->prof->fallbacks[mt][i]];
			uint32_t node = l->head;

			for (; node && *nth; (*nth)--)
				node = b->frames->node[node - 1].next;
			if (node)
				return claim_plan_block(b, node_pfn(b->frames, node - 1), at, mt,
							out);
		}
	return false;
}

static bool claim_plan(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
		       unsigned int before, struct buddy_plan *out)
{
	unsigned int least = claim_least_order(b, order, nofragment);

	if (claim_nth_large(b, order, mt, &before, out))
		return true;
	if (before)
		return false;
	for (unsigned int at = b->frames->pb_order; at-- > least;) {
		unsigned int type = buddy_fallback_type(b, at, mt);

		if (type == KM_NR_MIGRATETYPES)
			continue;
		if (!buddy_can_steal(b, at, mt))
			break;
		if (claim_plan_block(b, claim_first(b, at, type), at, mt, out))
			return true;
	}
	/* larger blocks would have been claimed by then */
	return !nofragment && plan_steal(b, order, b->frames->pb_order, mt, out);
}

bool claim_follow(struct buddy *b, const struct buddy_fell *f)
{
	/* another kernel's record tells of steals before the removal, too */
	if (!f->removes && f->change_ownership) {
		buddy_boost(b);
		return buddy_retype(b, f->pfn, f->mt);
	}
	if (f->from_order < b->frames->pb_order)
		return true;
	const struct frame *fr = frame_at(b->frames, f->pfn, f->from_order);

	if (fr->state != FRAME_FREE || fr->order != f->from_order)
		return false;
	buddy_list_del(b, f->pfn, f->from_order);
	if (f->change_ownership)
		buddy_set_types(b, f->pfn, f->from_order, f->mt);
	buddy_list_add(b, f->pfn, f->from_order, pageblock_of(b->frames, f->pfn)->mt, false);
	return true;
}

const struct buddy_fallback_ops buddy_fallback_claim = {
	.name = "claim, else steal",
	.names_page = true,
	.plan = claim_plan,
	.serve = claim_serve,
	.follow = claim_follow,
};
