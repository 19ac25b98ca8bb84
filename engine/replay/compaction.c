/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded compaction. Its events tell where the free scanner went and how much it took, not which
 * blocks: those are the model's own free blocks there. Pages taken are in use from then on, as
 * targets of migration; what is left over comes back by an mm_page_free each, and so does every
 * page that was migrated away.
 */
#include "engine/compact/compact.h"
#include "engine/replay/state.h"

static void target(void *ctx, struct pfn page)
{
	struct replay *r = ctx;

	place_alloc(&r->m, page, 0, KM_MOVABLE);
}

/*
 * The scanner's stride is not recorded, but how many pages it looked at is: the first that fits,
 * else the one that comes nearest.
 */
static struct compact_range range_of(const struct buddy *b, const struct km_ev_range *ev)
{
	struct compact_range range = { pfn(ev->start), pfn(ev->end), 1 }, best = range;
	uint64_t least = UINT64_MAX;

	for (; range.stride <= COMPACT_CLUSTER_MAX; range.stride *= 2) {
		struct compact_found sum = compact_see_free(b, &range);
		uint64_t off = (sum.scanned > ev->a ? sum.scanned - ev->a : ev->a - sum.scanned) +
			       (sum.taken > ev->b ? sum.taken - ev->b : ev->b - sum.taken);

		if (off >= least)
			continue;
		least = off;
		best = range;
	}
	return best;
}

static void isolate_free(struct replay *r, const struct op *op)
{
	const struct km_ev_range *ev = &op->ev->range;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(ev->start));

	if (zone == r->m.pages.nr_zones || ev->end <= ev->start)
		return;
	struct buddy *b = &r->m.buddy[zone];
	struct compact_range range = range_of(b, ev);
	struct compact_found sum = compact_isolate_free(b, &range, target, r);

	if (sum.taken != ev->b)
		r->totals.put_right++;
}

void compaction_event(struct replay *r, const struct op *op)
{
	/* A contiguous allocation takes its free blocks itself (contig.c). */
	if (op->ev->kind == KM_EV_ISOLATE_FREE && !r->m.contig.busy)
		isolate_free(r, op);
}
