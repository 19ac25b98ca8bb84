/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fallback by removal: the block found is taken at once, split for the request, and its event comes
 * before that of the removal.
 *
 * 1. From the largest order down, the first order at which a fallback type has a block decides.
 * 2. From half the pageblock order on, or for a reclaimable request, the pageblock's free blocks
 * move to the request's lists; if that is half of it, it changes type. CMA's never move.
 * 3. What is left of the block goes to the lists of the type that the profile says.
 * 4. The reserved pageblocks (MIGRATE_RESERVE, here the type in HighAtomic's place) come last.
 */
#include "engine/buddy/buddy.h"

enum { RESERVE = KM_HIGHATOMIC };

static bool moves_block(const struct buddy *b, unsigned int order, unsigned int mt,
			unsigned int type)
{
	if (type == KM_CMA)
		return false;
	return order >= b->frames->pb_order / 2 || mt == KM_RECLAIMABLE || b->no_mobility;
}

/* Kernel: mm/page_alloc.c:__rmqueue_fallback() [2.6.34 3.5] */
static bool remove_plan(const struct buddy *b, unsigned int order, unsigned int mt, bool nofragment,
			unsigned int before, struct buddy_plan *out)
{
	const uint8_t *types = b->prof->fallbacks[mt];

	(void)nofragment;
	for (unsigned int at = buddy_nr_orders(b); !before && at-- > order;)
		for (unsigned int i = 0; types[i] != KM_NR_MIGRATETYPES; i++) {
			const struct flist *l = &b->list[at][types[i]];

			if (flist_empty(l))
				continue;
			*out = (struct buddy_plan){ .head = node_pfn(b->frames, l->head - 1),
						    .order = at,
						    .type = types[i] };
			out->whole = moves_block(b, at, mt, types[i]);
			uint64_t free = pageblock_of(b->frames, out->head)->free_pages;

			out->claims = types[i] != KM_CMA &&
				      (at >= b->frames->pb_order ||
				       (out->whole && free >= pages_of(b->frames->pb_order) / 2));
			return true;
		}
	return false;
}

/* The free blocks of the pageblock move, and it may change type. Returns the block's list then. */
static unsigned int move_block(struct buddy *b, const struct buddy_plan *plan, unsigned int mt)
{
	if (!plan->whole)
		return plan->type;
	uint64_t moved = buddy_move_block(b, plan->head, mt, NULL);

	if (moved >= pages_of(b->frames->pb_order) / 2 || b->no_mobility)
		buddy_set_type(b, plan->head, mt);
	return mt;
}

static void take_ownership(struct buddy *b, const struct buddy_plan *plan, unsigned int mt)
{
	if (plan->order < b->frames->pb_order || plan->type == KM_CMA)
		return;
	for (uint64_t at = 0; at < pages_of(plan->order); at += pages_of(b->frames->pb_order))
		buddy_set_type(b, pfn_plus(plan->head, at), mt);
}

static void emit_removal(const struct buddy *b, struct pfn head, unsigned int order,
			 unsigned int mt)
{
	probe_emit(b->probe, &(struct step){ .kind = STEP_ZONE_LOCKED,
					     .zone = b->zone->id,
					     .cpu = b->cpu,
					     .pfn = head,
					     .order = order,
					     .mt = mt });
}

static struct pfn fall_back(struct buddy *b, unsigned int order, unsigned int mt)
{
	struct buddy_plan plan;

	if (!remove_plan(b, order, mt, false, 0, &plan))
		return pfn(KM_NO_PFN);
	bool pieces = buddy_has_pieces(b, order, mt);
	unsigned int type = move_block(b, &plan, mt);
	unsigned int rest = b->prof->rest_follows_request && plan.type != KM_CMA ? mt : type;

	buddy_list_del(b, plan.head, plan.order);
	take_ownership(b, &plan, mt);
	buddy_expand(b, plan.head, plan.order, order, rest);
	probe_emit(b->probe, &(struct step){ .kind = STEP_FALLBACK,
					     .zone = b->zone->id,
					     .cpu = b->cpu,
					     .pfn = plan.head,
					     .order = order,
					     .order2 = plan.order,
					     .mt = mt,
					     .mt2 = type,
					     .pieces = pieces,
					     .change_ownership = type == mt });
	emit_removal(b, plan.head, order, mt);
	return plan.head;
}

/* Kernel: mm/page_alloc.c:__rmqueue() [2.6.34 3.5] */
static struct pfn remove_serve(struct buddy *b, unsigned int order, unsigned int mt,
			       unsigned int flags, struct buddy_bulk *bulk)
{
	struct pfn got = buddy_pop(b, order, mt);

	(void)flags, (void)bulk;
	if (got.nr == KM_NO_PFN && mt < KM_NR_PCP_TYPES)
		got = fall_back(b, order, mt);
	return got.nr == KM_NO_PFN ? buddy_pop(b, order, RESERVE) : got;
}

/* What a recorded fallback did before its page was removed. */
static bool remove_follow(struct buddy *b, const struct buddy_fell *f)
{
	const struct frame *fr = frame_at(b->frames, f->pfn, f->from_order);
	struct buddy_plan plan = { .head = f->pfn, .order = f->from_order };

	if (fr->state != FRAME_FREE || fr->order != f->from_order)
		return false;
	plan.type = fr->mt;
	plan.whole = moves_block(b, f->from_order, f->mt, plan.type);
	unsigned int type = move_block(b, &plan, f->mt);

	if (type != f->mt && b->prof->rest_follows_request && plan.type != KM_CMA)
		buddy_move_one(b, f->pfn, f->from_order, f->mt);
	take_ownership(b, &plan, f->mt);
	return true;
}

const struct buddy_fallback_ops buddy_fallback_remove = {
	.name = "removal",
	.plan = remove_plan,
	.serve = remove_serve,
	.follow = remove_follow,
};
