/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants a page allocator must keep, counted anew from the raw frames and links: every
 * page in exactly
 * one state, blocks aligned and within one zone, counters that match, no two free mates unmerged.
 */
#include <stdio.h>

#include "tests/support/rig.h"

struct count {
	uint64_t free[KM_MAX_ORDERS];  /* blocks whose frame says FREE */
	uint64_t kept[RIG_CPUS];       /* pages whose frame says PCP */
	uint64_t free_pages, free_cma; /* as NR_FREE_PAGES counts them */
	uint64_t known;
};

static const char *wrong(struct rig *r, uint64_t nr, const char *what)
{
	char *text = r->text[r->next_text++ % RIG_TEXTS];

	snprintf(text, RIG_TEXT, "pfn %llu: %s", (unsigned long long)nr, what);
	return text;
}

/*
 * The frame whose block begins at @nr, with its order taken from where the frame lies, not from
 * what it says.
 */
static const struct frame *begins(const struct rig *r, uint64_t nr)
{
	uint64_t at = nr - r->frames.base;
	const struct frame *small = &r->frames.node[at];

	if (small->state)
		return small;
	if (at & (pages_of(r->frames.top_order) - 1))
		return NULL;
	const struct frame *large =
		&r->frames.node[r->frames.nr_frames + (at >> r->frames.top_order)];

	return large->state ? large : NULL;
}

static const char *count_block(struct rig *r, const struct zone *z, const struct frame *fr,
			       uint64_t nr, struct count *c)
{
	uint64_t pages = pages_of(fr->order);

	if (nr & (pages - 1))
		return wrong(r, nr, "a block is not aligned to its size");
	if (nr + pages > z->end.nr)
		return wrong(r, nr, "a block crosses the zone's end");
	c->known += pages;
	if (fr->state == FRAME_PCP) {
		if (fr->cpu >= r->pages.nr_cpus)
			return wrong(r, nr, "kept by a CPU that is not there");
		c->kept[fr->cpu] += pages;
	}
	if (fr->state != FRAME_FREE)
		return NULL;
	c->free[fr->order]++;
	c->free_pages += fr->mt == KM_ISOLATE ? 0 : pages;
	c->free_cma += fr->mt == KM_CMA ? pages : 0;
	uint64_t mate = nr ^ pages;
	const struct frame *other = mate >= z->start.nr && mate < z->end.nr ? begins(r, mate) :
									      NULL;

	if (fr->order < r->frames.pb_order && other && other->state == FRAME_FREE &&
	    other->order == fr->order)
		return wrong(r, nr, "its mate is free too");
	return NULL;
}

/* Blocks follow each other without overlap: no frame inside one has a state of its own. */
static const char *count_zone(struct rig *r, const struct zone *z, struct count *c)
{
	uint64_t covered = z->start.nr;

	for (uint64_t nr = z->start.nr; nr < z->end.nr; nr++) {
		const struct frame *fr = begins(r, nr);

		if (!fr)
			continue;
		if (nr < covered)
			return wrong(r, nr, "two blocks hold it");
		const char *said = count_block(r, z, fr, nr, c);

		if (said)
			return said;
		covered = nr + pages_of(fr->order);
	}
	return NULL;
}

static uint64_t list_length(const struct rig *r, const struct flist *l)
{
	uint64_t n = 0;

	for (uint32_t at = l->head; at; at = r->frames.node[at - 1].next)
		n++;
	return n;
}

static const char *hold_lists(struct rig *r, unsigned int i, const struct count *c)
{
	const struct buddy *b = &r->buddy[i];

	for (unsigned int order = 0; order < b->prof->nr_orders; order++) {
		uint64_t listed = 0;

		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
			listed += list_length(r, &b->list[order][mt]);
		if (listed != c->free[order] || listed != b->nr_free[order])
			return wrong(r, order, "(an order) frames, lists and nr_free disagree");
	}
	if (c->free_pages != b->zone->nr_free || c->free_cma != b->zone->nr_free_cma)
		return wrong(r, b->zone->start.nr, "NR_FREE_PAGES or NR_FREE_CMA_PAGES is wrong");
	for (unsigned int cpu = 0; cpu < r->pages.nr_cpus; cpu++) {
		const struct pcp *p = pages_pcp(&r->pages, i, cpu);
		uint64_t pages = p->unknown;

		for (unsigned int k = 0; k < KM_MAX_PCP_LISTS; k++) {
			unsigned int order = k / KM_NR_PCP_TYPES <= p->prof->max_order ?
						     k / KM_NR_PCP_TYPES :
						     p->huge_order;

			pages += list_length(r, &p->list[k]) << order;
		}
		if (pages != p->count || pages - p->unknown != c->kept[cpu])
			return wrong(r, cpu,
				     "(a CPU) its count is not what its lists and frames hold");
	}
	return NULL;
}

const char *rig_recount(struct rig *r)
{
	struct km_diag d;

	for (unsigned int i = 0; i < r->pages.nr_zones; i++) {
		struct count c = { 0 };
		const char *said = count_zone(r, &r->zone[i], &c);

		if (!said)
			said = hold_lists(r, i, &c);
		if (said)
			return said;
	}
	if (pages_check(&r->pages, &d)) {
		char *text = r->text[r->next_text++ % RIG_TEXTS];

		snprintf(text, RIG_TEXT, "pages_check: %s", d.what);
		return text;
	}
	return NULL;
}
