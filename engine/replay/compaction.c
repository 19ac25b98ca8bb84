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

static struct compaction *of_task(struct replay *r, int32_t pid)
{
	for (size_t i = 0; i < sizeof(r->compaction) / sizeof(r->compaction[0]); i++)
		if (r->compaction[i].active && r->compaction[i].pid == pid)
			return &r->compaction[i];
	return NULL;
}

static void begin(struct replay *r, int32_t pid)
{
	struct compaction *c = of_task(r, pid);

	for (size_t i = 0; !c && i < sizeof(r->compaction) / sizeof(r->compaction[0]); i++)
		if (!r->compaction[i].active)
			c = &r->compaction[i];
	if (c)
		*c = (struct compaction){ .active = true, .pid = pid };
}

/*
 * Every page that is migrated is freed, and so is every target left over: what a compaction freed
 * is what it had taken. The rest left the free lists without an event, by a search of the lists.
 *
 * Kernel: mm/compaction.c:fast_isolate_freepages() [6.1]
 */
static int end(struct replay *r, int32_t pid)
{
	struct compaction *c = of_task(r, pid);

	if (!c)
		return 0;
	uint64_t unseen = c->freed_pages > c->taken_pages ? c->freed_pages - c->taken_pages :
							    c->taken_pages - c->freed_pages;

	c->active = false;
	return unseen ? gap_unseen(r, unseen, CAUSE_COMPACTION) : 0;
}

static void isolate_free(struct replay *r, const struct op *op)
{
	const struct km_ev_range *ev = &op->ev->range;
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(ev->start));
	struct compaction *c = of_task(r, op->ev->pid);

	if (zone == r->m.pages.nr_zones || ev->end <= ev->start)
		return;
	struct buddy *b = &r->m.buddy[zone];
	struct compact_range range = range_of(b, ev);
	struct compact_found sum = compact_isolate_free(b, &range, target, r);

	if (c)
		c->taken_pages += sum.taken;
	if (sum.taken != ev->b)
		r->totals.put_right++;
}

void compaction_free(struct replay *r, const struct op *op)
{
	struct compaction *c = of_task(r, op->ev->pid);

	if (c && !km_in_interrupt(op->ev))
		c->freed_pages += pages_of(op->ev->page.order);
}

int compaction_event(struct replay *r, const struct op *op)
{
	switch (op->ev->kind) {
	case KM_EV_COMPACT_BEGIN:
		begin(r, op->ev->pid);
		return 0;
	case KM_EV_COMPACT_END:
		return end(r, op->ev->pid);
	case KM_EV_ISOLATE_FREE:
		/* A contiguous allocation takes its free blocks itself (contig.c). */
		if (!contig_isolates(r, op->ev->pid))
			isolate_free(r, op);
		return 0;
	default:
		return 0;
	}
}
