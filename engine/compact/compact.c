/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/compact/run.h"

typedef void found_fn(void *ctx, struct pfn head, unsigned int order);

static struct compact_found scan(const struct buddy *b, const struct compact_range *range,
				 found_fn *found, void *ctx)
{
	struct compact_found sum = { 0 };
	uint64_t step;

	for (struct pfn at = range->start; at.nr < range->end.nr; at = pfn_plus(at, step)) {
		const struct frame *fr = zone_has(b->zone, at) ? frames_begins(b->frames, at) :
								 NULL;
		unsigned int order = fr ? fr->order : 0;

		step = range->stride;
		sum.scanned++;
		if (!fr)
			continue;
		step += pages_of(order) - 1;
		if (fr->state != FRAME_FREE)
			continue;
		sum.scanned += pages_of(order) - 1;
		sum.taken += pages_of(order);
		if (found)
			found(ctx, at, order);
	}
	return sum;
}

struct compact_found compact_see_free(const struct buddy *b, const struct compact_range *range)
{
	return scan(b, range, NULL, NULL);
}

struct taking {
	struct buddy *b;
	void (*got)(void *ctx, struct pfn page);
	void *ctx;
};

/* Kernel: mm/page_alloc.c:__isolate_free_page() [6.1]; since 6.10 free blocks move along. */
static void set_movable(struct buddy *b, struct pfn at)
{
	if (b->prof->uniform)
		buddy_retype(b, at, KM_MOVABLE);
	else
		buddy_set_type(b, at, KM_MOVABLE);
}

void compact_retype(struct buddy *b, struct pfn head, unsigned int order)
{
	unsigned int pb = b->frames->pb_order;
	struct pfn end = pfn_plus(head, pages_of(order));

	for (struct pfn at = head; order + 1 >= pb && at.nr < end.nr;
	     at = pfn_plus(at, pages_of(pb)))
		if (pageblock_of(b->frames, at)->mt < KM_NR_PCP_TYPES)
			set_movable(b, at);
}

static void take(void *ctx, struct pfn head, unsigned int order)
{
	struct taking *t = ctx;

	KM_BUG_ON(buddy_take(t->b, head, order) < 0);
	*frame_at(t->b->frames, head, order) = (struct frame){ 0 };
	compact_retype(t->b, head, order);
	for (uint64_t i = 0; i < pages_of(order); i++)
		t->got(t->ctx, pfn_plus(head, i));
}

struct compact_found compact_isolate_free(struct buddy *b, const struct compact_range *range,
					  void (*got)(void *ctx, struct pfn page), void *ctx)
{
	struct taking t = { .b = b, .got = got, .ctx = ctx };

	return scan(b, range, take, &t);
}
