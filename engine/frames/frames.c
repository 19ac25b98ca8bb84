/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/frames/frames.h"

#include <stdlib.h>

#include "engine/core/memory.h"

int frames_init(struct frames *f, struct pfn base, struct pfn end, unsigned int top_order,
		unsigned int pb_order)
{
	struct frames tmp = { .top_order = top_order, .pb_order = pb_order };

	tmp.base = pfn_align_down(base, top_order).nr;
	tmp.end = end.nr;
	if (end.nr <= base.nr || pb_order > top_order)
		return -KM_EINVAL;
	tmp.nr_frames = ((end.nr - tmp.base + pages_of(top_order) - 1) >> top_order) << top_order;
	tmp.nr_blocks = tmp.nr_frames >> pb_order;
	uint64_t nodes = tmp.nr_frames + (tmp.nr_frames >> top_order);

	if (nodes >= UINT32_MAX)
		return -KM_EINVAL;
	tmp.node = calloc(nodes, sizeof(*tmp.node));
	tmp.block = calloc(tmp.nr_blocks, sizeof(*tmp.block));
	if (!tmp.node || !tmp.block) {
		frames_release(&tmp);
		return -KM_ENOMEM;
	}
	*f = tmp;
	return 0;
}

void frames_all_in_use(const struct frames *f)
{
	km_use_huge_pages(f->node, f->nr_frames * sizeof(*f->node));
	km_use_huge_pages(f->block, f->nr_blocks * sizeof(*f->block));
}

void frames_release(struct frames *f)
{
	free(f->node);
	free(f->block);
	*f = (struct frames){ 0 };
}

struct frame *frames_head(const struct frames *f, struct pfn p, struct pfn *head)
{
	for (unsigned int order = 0; order <= f->top_order; order++) {
		struct pfn at = pfn_align_down(p, order);
		struct frame *fr = frame_at(f, at, order);

		if (fr->state && fr->order >= order) {
			*head = at;
			return fr;
		}
	}
	return NULL;
}

static bool is_listed(const struct frame *fr)
{
	return fr && (fr->state == FRAME_FREE || fr->state == FRAME_PCP);
}

bool frames_listed(const struct frames *f, struct pfn p, unsigned int order)
{
	struct pfn head, end = pfn_plus(p, pages_of(order));

	if (is_listed(frames_head(f, p, &head)))
		return true;
	while (p.nr < end.nr) {
		if (order >= f->pb_order && !(p.nr & (pages_of(f->pb_order) - 1)) &&
		    !pageblock_of(f, p)->seen) {
			p = pfn_plus(p, pages_of(f->pb_order));
			continue;
		}
		const struct frame *fr = frames_begins(f, p);

		if (is_listed(fr))
			return true;
		p = pfn_plus(p, fr ? pages_of(fr->order) : 1);
	}
	return false;
}

struct frame *frames_split(struct frames *f, struct pfn p, unsigned int order)
{
	struct pfn head;
	struct frame *whole = frames_head(f, p, &head);

	KM_BUG_ON(!whole || whole->order < order || whole->state == FRAME_FREE ||
		  whole->state == FRAME_PCP);
	struct frame like = *whole;

	while (like.order > order) {
		struct pfn upper = pfn_plus(head, pages_of(like.order - 1u));

		*frame_at(f, head, like.order) = (struct frame){ 0 };
		like.order = (like.order - 1u) & 31;
		*frame_at(f, head, like.order) = like;
		*frame_at(f, upper, like.order) = like;
		if (p.nr >= upper.nr)
			head = upper;
	}
	return frame_at(f, p, order);
}

void frames_split_pages(struct frames *f, struct pfn head, unsigned int order)
{
	for (uint64_t i = 0; i < pages_of(order); i++)
		frames_split(f, pfn_plus(head, i), 0);
}

void frames_count_free(struct frames *f, struct pfn p, unsigned int order, int sign)
{
	unsigned int step = order < f->pb_order ? order : f->pb_order;
	uint32_t pages = (uint32_t)pages_of(step);

	for (uint64_t at = 0; at < pages_of(order); at += pages_of(step)) {
		struct pageblock *pb = pageblock_of(f, pfn_plus(p, at));

		pb->free_pages += sign > 0 ? pages : -pages;
		pb->dirty = PAGEBLOCK_DIRTY;
		pb->seen = 1;
	}
}

void frames_count_used(struct frames *f, struct pfn p, unsigned int order, unsigned int mt,
		       int sign)
{
	unsigned int step = order < f->pb_order ? order : f->pb_order;
	uint32_t pages = (uint32_t)pages_of(step);

	for (uint64_t at = 0; at < pages_of(order); at += pages_of(step)) {
		struct pageblock *pb = pageblock_of(f, pfn_plus(p, at));
		uint32_t *used = &pb->used[mt < KM_NR_PCP_TYPES ? mt : KM_MOVABLE];

		*used += sign > 0 ? pages : -pages;
		pb->dirty = PAGEBLOCK_DIRTY;
		pb->seen = 1;
	}
}

void flist_push_head(struct flist *l, struct frames *f, uint32_t node)
{
	struct frame *fr = &f->node[node];

	fr->prev = 0;
	fr->next = l->head;
	if (l->head)
		f->node[l->head - 1].prev = node + 1;
	else
		l->tail = node + 1;
	l->head = node + 1;
	l->count++;
}

void flist_push_tail(struct flist *l, struct frames *f, uint32_t node)
{
	struct frame *fr = &f->node[node];

	fr->next = 0;
	fr->prev = l->tail;
	if (l->tail)
		f->node[l->tail - 1].next = node + 1;
	else
		l->head = node + 1;
	l->tail = node + 1;
	l->count++;
}

void flist_del(struct flist *l, struct frames *f, uint32_t node)
{
	struct frame *fr = &f->node[node];

	if (fr->prev)
		f->node[fr->prev - 1].next = fr->next;
	else
		l->head = fr->next;
	if (fr->next)
		f->node[fr->next - 1].prev = fr->prev;
	else
		l->tail = fr->prev;
	fr->next = fr->prev = 0;
	KM_BUG_ON(!l->count);
	l->count--;
}
