/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/pcp/pcp.h"

#include "engine/core/memory.h"

void pcp_init(struct pcp *p, const struct pcp_profile *prof, unsigned int cpu,
	      unsigned int pb_order, unsigned int pmd_order)
{
	*p = (struct pcp){ .prof = prof, .cpu = cpu, .batch = 1, .free_high_batch = true };
	if (prof->nr_huge_lists)
		p->huge_order = prof->huge_is_pageblock ? pb_order : pmd_order;
}

static unsigned int index_order(const struct pcp *p, unsigned int index)
{
	unsigned int order = index / KM_NR_PCP_TYPES;

	return order > p->prof->max_order ? p->huge_order : order;
}

static unsigned int nr_lists(const struct pcp *p)
{
	return (p->prof->max_order + 1) * KM_NR_PCP_TYPES + p->prof->nr_huge_lists;
}

struct pfn pcp_peek(const struct pcp *p, const struct frames *f, unsigned int order,
		    unsigned int mt)
{
	const struct flist *l = &p->list[pcp_index(p, order, mt)];

	return flist_empty(l) ? pfn(KM_NO_PFN) : node_pfn(f, l->head - 1);
}

void pcp_push(struct pcp *p, struct frames *f, struct pfn head, unsigned int order, unsigned int mt,
	      bool tail)
{
	uint32_t node = node_of(f, head, order);
	struct frame *fr = &f->node[node];
	unsigned int index = pcp_index(p, order, mt);

	KM_BUG_ON(!pcp_keeps(p, order));
	fr->facts = FRAME_FACT(state, FRAME_PCP) | FRAME_FACT(order, order) | FRAME_FACT(mt, mt) |
		    FRAME_FACT(pindex, index) | FRAME_FACT(cpu, p->cpu);
	pageblock_of(f, head)->seen = 1;
	pageblock_of(f, head)->pcp_pages += (uint32_t)pages_of(order);
	if (tail)
		flist_push_tail(&p->list[index], f, node);
	else
		flist_push_head(&p->list[index], f, node);
	p->count += (uint32_t)pages_of(order);
}

void pcp_remove(struct pcp *p, struct frames *f, struct pfn head, unsigned int order)
{
	uint32_t node = node_of(f, head, order);
	struct frame *fr = &f->node[node];

	KM_BUG_ON(fr->state != FRAME_PCP || fr->cpu != p->cpu);
	flist_del(&p->list[fr->pindex], f, node);
	fr->facts &= ~FRAME_FACT(state, 7);
	pageblock_of(f, head)->pcp_pages -= (uint32_t)pages_of(order);
	p->count -= (uint32_t)pages_of(order);
}

void pcp_reveal(struct pcp *p, uint32_t pages)
{
	pages = p->unknown < pages ? p->unknown : pages;
	p->unknown -= pages;
	p->count -= pages;
}

/*
 * A list's blocks lie all over memory, and each tells only where the next one is: going a few
 * ahead of who takes them, what their taking will touch is asked for early. @at is a node + 1, 0
 * for none.
 */
enum { AHEAD = 4 };

static uint32_t bring(const struct frames *f, uint32_t at, unsigned int order)
{
	struct pfn head;

	if (!at)
		return 0;
	head = node_pfn(f, at - 1);
	km_prefetch(pageblock_of(f, head));
	if (order < f->top_order)
		km_prefetch(frame_at(f, pfn(head.nr ^ pages_of(order)), order));
	return at;
}

static uint32_t look_ahead(const struct frames *f, uint32_t at, bool up, unsigned int steps,
			   unsigned int order)
{
	for (; at && steps; steps--)
		at = bring(f, up ? f->node[at - 1].prev : f->node[at - 1].next, order);
	return at;
}

unsigned int pcp_refill(struct pcp *p, struct buddy *b, unsigned int order, unsigned int mt,
			unsigned int flags)
{
	unsigned int blocks = p->prof->ops->refill_blocks(p, b->zone, order), i = 0;
	struct buddy_bulk bulk = { .mode = BUDDY_OWN };

	uint32_t ahead = look_ahead(b->frames, b->list[order][mt].head, false, AHEAD, order);

	b->probe->done[WORK_REFILL]++;
	p->emptied |= 1u << pcp_index(p, order, mt);
	for (; i < blocks; i++) {
		ahead = look_ahead(b->frames, ahead, false, 1, order);
		struct pfn got = buddy_alloc_bulk(b, order, mt, flags, &bulk);

		if (got.nr == KM_NO_PFN)
			break;
		/* listed under the request's type; the block's own list is kept for the drain */
		unsigned int from = frame_at(b->frames, got, order)->mt;
		struct frame *fr;

		if (p->prof->caches_request_type && from < KM_CMA)
			from = mt;
		/* cold requests take the tail: what is pushed at the head first is taken first */
		pcp_push(p, b->frames, got, order, mt, !(flags & BUDDY_COLD));
		fr = frame_at(b->frames, got, order);
		if (fr->mt != from)
			fr->mt = from & 7;
	}
	zone_count(b->zone, b->cpu);
	return i;
}

struct pfn pcp_pop(struct pcp *p, struct buddy *b, unsigned int order, unsigned int mt,
		   unsigned int flags)
{
	KM_BUG_ON(!pcp_keeps(p, order));
	if (flist_empty(&p->list[pcp_index(p, order, mt)]))
		pcp_refill(p, b, order, mt, flags);
	const struct flist *l = &p->list[pcp_index(p, order, mt)];

	if (flist_empty(l))
		return pfn(KM_NO_PFN);
	struct pfn got = node_pfn(b->frames, (flags & BUDDY_COLD ? l->tail : l->head) - 1);

	pcp_remove(p, b->frames, got, order);
	return got;
}

static void free_to(struct pcp *p, struct buddy *b, struct pfn head, unsigned int order,
		    unsigned int mt, bool cold)
{
	pcp_push(p, b->frames, head, order, mt, cold);
	uint32_t pages = p->prof->ops->drain_pages(p, b->zone, order);

	if (pages)
		pcp_drain(p, b, pages, pcp_index(p, order, mt));
	if (pages)
		zone_relax(b->zone);
}

void pcp_free(struct pcp *p, struct buddy *b, struct pfn head, unsigned int order, unsigned int mt)
{
	free_to(p, b, head, order, mt, false);
}

void pcp_free_cold(struct pcp *p, struct buddy *b, struct pfn head, unsigned int order,
		   unsigned int mt)
{
	free_to(p, b, head, order, mt, true);
}

bool pcp_would_drain(const struct pcp *p, const struct zone *z, unsigned int order)
{
	struct pcp copy = *p;

	copy.count += (uint32_t)pages_of(order);
	return copy.prof->ops->drain_pages(&copy, z, order) != 0;
}

static void drain_one(struct pcp *p, struct buddy *b, uint32_t node, unsigned int order)
{
	struct pfn head = node_pfn(b->frames, node);
	unsigned int mt = b->frames->node[node].mt;

	pcp_remove(p, b->frames, head, order);
	if (p->prof->drains_by_pageblock || b->zone->nr_isolated)
		mt = pageblock_of(b->frames, head)->mt;
	KM_BUG_ON(buddy_free(b, head, order, mt, BUDDY_KNOWN));
	probe_emit(b->probe, &(struct step){ .kind = STEP_PCPU_DRAIN,
					     .zone = b->zone->id,
					     .cpu = b->cpu,
					     .pfn = head,
					     .order = order,
					     .mt = mt });
}

/* The list a drain goes on with. */
static void next_turn(const struct pcp *p, struct pcp_turn *t, const uint32_t *tail, int64_t left)
{
	unsigned int lists = nr_lists(p);

	if (p->prof->ops->turn) {
		p->prof->ops->turn(p, t, tail, left);
		return;
	}
	t->quota = UINT32_MAX;
	while (!tail[t->index])
		t->index = (t->index + 1) % lists;
}

void pcp_drain(struct pcp *p, struct buddy *b, uint32_t pages, unsigned int index)
{
	uint32_t hidden = pages < p->unknown ? pages : p->unknown;
	int64_t left = (pages < p->count ? pages : p->count) - hidden;
	struct pcp_turn t = { .index = p->prof->ops->turn ? 0 : index };
	uint32_t tail[KM_MAX_PCP_LISTS];

	b->probe->done[WORK_DRAIN]++;
	pcp_reveal(p, hidden);
	while (left > 0) {
		for (unsigned int i = 0; i < KM_MAX_PCP_LISTS; i++)
			tail[i] = p->list[i].tail;
		next_turn(p, &t, tail, left);
		struct flist *l = &p->list[t.index];
		unsigned int order = index_order(p, t.index);

		uint32_t ahead = look_ahead(b->frames, l->tail, true, AHEAD, order);

		for (bool more = true; left > 0 && more; more = t.quota && !flist_empty(l)) {
			ahead = look_ahead(b->frames, ahead, true, 1, order);
			drain_one(p, b, l->tail - 1, order);
			left -= (int64_t)pages_of(order);
			t.quota--;
		}
	}
}

void pcp_preview_init(struct pcp_preview *v, const struct pcp *p)
{
	v->pcp = p;
	v->hidden = p->unknown;
	v->left = p->count - p->unknown;
	for (unsigned int i = 0; i < KM_MAX_PCP_LISTS; i++)
		v->tail[i] = p->list[i].tail;
}

void pcp_preview_drain(struct pcp_preview *v, const struct frames *f, uint32_t pages,
		       unsigned int index,
		       void (*see)(void *ctx, struct pfn head, const struct frame *fr), void *ctx)
{
	struct pcp_turn t = { .index = v->pcp->prof->ops->turn ? 0 : index };
	uint32_t hidden = pages < v->hidden ? pages : v->hidden;
	int64_t left = pages - hidden < v->left ? pages - hidden : v->left;

	v->hidden -= hidden;
	for (; hidden; hidden--)
		see(ctx, pfn(KM_NO_PFN), NULL);
	while (left > 0) {
		next_turn(v->pcp, &t, v->tail, left);
		for (bool more = true; left > 0 && more; more = t.quota && v->tail[t.index]) {
			uint32_t node = v->tail[t.index] - 1;
			uint32_t size = (uint32_t)pages_of(f->node[node].order);

			see(ctx, node_pfn(f, node), &f->node[node]);
			v->tail[t.index] = f->node[node].prev;
			v->left -= size;
			left -= size;
			t.quota--;
		}
	}
}

void pcp_drain_all(struct pcp *p, struct buddy *b)
{
	while (p->count)
		pcp_drain(p, b, pcp_portion(p), 0);
}

void pcp_decay(struct pcp *p, struct buddy *b, uint32_t pages)
{
	int64_t left = pages < p->count ? pages : p->count;

	if (left && left < p->count)
		p->high = p->count - (uint32_t)left;
	int64_t portion = p->prof->decays_by_batch ? p->batch : left;

	for (; left > 0; left -= portion)
		pcp_drain(p, b, (uint32_t)(left < portion ? left : portion), 0);
}

bool pcp_expire(struct pcp *p, struct buddy *b, bool told, bool remote)
{
	if (told)
		p->expire = p->prof->expire_ticks;
	if (!p->expire || !p->count)
		return false;
	p->expire = remote ? p->expire - 1 : 0;
	if (!remote || p->expire)
		return remote && p->prof->expiry_keeps_ticking;
	pcp_drain(p, b, p->count < p->batch ? p->count : p->batch, 0);
	return true;
}

uint32_t pcp_batch(uint64_t managed_pages, unsigned int page_shift)
{
	uint64_t most = (UINT64_C(1) << 20) >> page_shift, b = managed_pages >> 10;
	uint32_t power = 1;

	b = (b < most ? b : most) / 4;
	if (b < 1)
		b = 1;
	b += b / 2;
	while (power * 2 <= b)
		power *= 2;
	return power > 1 ? power - 1 : 1;
}

int pcp_check(const struct pcp *p, const struct frames *f, struct km_diag *d)
{
	uint32_t pages = p->unknown;

	for (unsigned int i = 0; i < KM_MAX_PCP_LISTS; i++) {
		uint32_t seen = 0;

		for (uint32_t at = p->list[i].head; at; at = f->node[at - 1].next, seen++) {
			const struct frame *fr = &f->node[at - 1];

			if (fr->state != FRAME_PCP || fr->pindex != i || fr->cpu != p->cpu ||
			    seen > p->list[i].count)
				return km_fail(d, KM_EINVAL, "pcp",
					       "cpu %u list %u: a frame on it says otherwise",
					       p->cpu, i);
			pages += (uint32_t)pages_of(fr->order);
		}
		if (seen != p->list[i].count)
			return km_fail(d, KM_EINVAL, "pcp", "cpu %u list %u: its length is wrong",
				       p->cpu, i);
	}
	if (pages != p->count)
		return km_fail(d, KM_EINVAL, "pcp",
			       "cpu %u: count says %u pages, the lists hold %u", p->cpu, p->count,
			       pages);
	return 0;
}
