/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/place.h"

static const enum place of_state[] = {
	[FRAME_INSIDE] = PLACE_UNKNOWN, [FRAME_FREE] = PLACE_FREE,	 [FRAME_PCP] = PLACE_PCP,
	[FRAME_ALLOC] = PLACE_ALLOC,	[FRAME_PRIVATE] = PLACE_PRIVATE,
};

static bool is_outside(const struct machine *m, struct pfn p)
{
	return !frames_has(&m->frames, p) || pages_zone_of(&m->pages, p) == m->pages.nr_zones;
}

enum place place_of(const struct machine *m, struct pfn p, struct frame *out)
{
	struct pfn head;

	if (is_outside(m, p))
		return PLACE_OUTSIDE;
	const struct frame *fr = frames_begins(&m->frames, p);

	if (!fr)
		fr = frames_head(&m->frames, p, &head);
	if (fr && out)
		*out = *fr;
	return fr ? of_state[fr->state] : PLACE_UNKNOWN;
}

static void forget(struct machine *m, struct pfn head, struct frame *fr)
{
	reclaim_forget(&m->reclaim, head, fr);
	if (fr->state == FRAME_ALLOC)
		frames_count_used(&m->frames, head, fr->order, fr->mt, -1);
	*fr = (struct frame){ 0 };
}

/* Take the piece [@p, 2^@order) out of the block @head that covers it. */
static void take_covered(struct machine *m, struct pfn p, unsigned int order, struct frame *fr,
			 struct pfn head)
{
	unsigned int zone = pages_zone_of(&m->pages, p);

	switch (fr->state) {
	case FRAME_FREE:
		KM_BUG_ON(buddy_take(&m->buddy[zone], p, order) < 0);
		*frame_at(&m->frames, p, order) = (struct frame){ 0 };
		return;
	case FRAME_PCP:
		pcp_remove(pages_pcp(&m->pages, zone, fr->cpu), &m->frames, head, fr->order);
		fr->state = FRAME_PRIVATE;
		break;
	default:
		reclaim_forget(&m->reclaim, head, fr);
		break;
	}
	forget(m, p, frames_split(&m->frames, p, order));
}

enum place place_take(struct machine *m, struct pfn p, unsigned int order)
{
	struct pfn head, end = pfn_plus(p, pages_of(order));

	if (is_outside(m, p))
		return PLACE_OUTSIDE;
	struct frame *fr = frames_head(&m->frames, p, &head);
	enum place was = fr ? of_state[fr->state] : PLACE_UNKNOWN;

	if (fr && fr->order >= order) {
		take_covered(m, p, order, fr, head);
		return was;
	}
	for (struct pfn at = p; at.nr < end.nr;) {
		unsigned int piece = 0;

		fr = frames_begins(&m->frames, at);
		if (fr) {
			piece = fr->order;
			take_covered(m, at, piece, fr, at);
		}
		at = pfn_plus(at, pages_of(piece));
	}
	return was;
}

void place_alloc(struct machine *m, struct pfn p, unsigned int order, unsigned int mt)
{
	if (!is_outside(m, p))
		place_handed_out(m, p, order, mt);
}

void place_handed_out(struct machine *m, struct pfn p, unsigned int order, unsigned int mt)
{
	struct frame *fr = frame_at(&m->frames, p, order);

	*fr = (struct frame){ .state = FRAME_ALLOC, .order = order & 31, .mt = mt & 7 };
	frames_count_used(&m->frames, p, order, mt, 1);
}

bool place_release(struct machine *m, struct pfn p, unsigned int order, enum place *was)
{
	struct frame *fr = frames_has(&m->frames, p) ? frame_at(&m->frames, p, order) : NULL;

	if (fr && fr->state == FRAME_ALLOC && fr->order == order) {
		forget(m, p, fr);
		*was = PLACE_ALLOC;
		return true;
	}
	*was = place_take(m, p, order);
	return *was == PLACE_ALLOC;
}
