/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulate: the model's choice stands; a recorded address only binds later frees to the model's own
 * object.
 *
 * A recorded page that was never bound means itself: it was handed out before the free run began.
 * Pages of bulk requests have no recorded address; a recorded free that fits none of the bound
 * pages takes the one of the same number if a bulk request got it, else the oldest unbound one.
 */
#include <stdlib.h>

#include "engine/replay/bind.h"
#include "engine/replay/state.h"

enum { NOTHING = UINT32_MAX };

struct bind_map {
	uint32_t *to;	  /* by recorded frame: the model's frame + 1; 0: itself; NOTHING */
	uint32_t *from;	  /* by model frame: the last recorded frame it stood for + 1; NOTHING */
	uint8_t *unbound; /* by model frame: got by a bulk request, not bound yet */
	uint64_t *queue;  /* unbound pages, oldest first, some bound meanwhile */
	size_t at, n, room;
	uint64_t base, nr_frames;
	bool foreign;  /* an unbound page is another machine's: it means nothing here */
	bool migrated; /* some recorded pages are not where they were allocated */
};

void bind_foreign(struct bind_map *b)
{
	b->foreign = true;
}

int bind_open(struct bind_map **out, const struct frames *f)
{
	struct bind_map *b = calloc(1, sizeof(*b));

	if (!b)
		return -KM_ENOMEM;
	b->base = f->base;
	b->nr_frames = f->nr_frames;
	b->to = calloc(b->nr_frames, sizeof(*b->to));
	b->from = calloc(b->nr_frames, sizeof(*b->from));
	b->unbound = calloc(b->nr_frames, 1);
	if (!b->to || !b->from || !b->unbound) {
		bind_close(b);
		return -KM_ENOMEM;
	}
	*out = b;
	return 0;
}

void bind_close(struct bind_map *b)
{
	if (!b)
		return;
	free(b->to);
	free(b->from);
	free(b->unbound);
	free(b->queue);
	free(b);
}

void bind_set(struct bind_map *b, struct pfn recorded, struct pfn model, unsigned int order)
{
	for (uint64_t i = 0; i < pages_of(order); i++) {
		uint64_t rec = recorded.nr + i - b->base, mod = model.nr + i - b->base;

		if (rec < b->nr_frames)
			b->to[rec] = (uint32_t)(mod + 1);
		if (mod < b->nr_frames)
			b->from[mod] = rec < b->nr_frames ? (uint32_t)(rec + 1) : NOTHING;
	}
}

/* The recorded frame that means the model's page @i now; NOTHING: none. */
static uint32_t owner_of(const struct bind_map *b, uint64_t i)
{
	uint32_t from = b->from[i];

	if (!from)
		return b->to[i] ? NOTHING : (uint32_t)i;
	return from != NOTHING && b->to[from - 1] == i + 1 ? from - 1 : NOTHING;
}

struct pfn bind_of(const struct bind_map *b, struct pfn recorded)
{
	uint64_t i = recorded.nr - b->base;

	if (i >= b->nr_frames)
		return recorded;
	if (!b->to[i])
		return b->migrated && b->from[i] ? pfn(KM_NO_PFN) : recorded;
	return b->to[i] == NOTHING ? pfn(KM_NO_PFN) : pfn(b->base + b->to[i] - 1);
}

void bind_gone(struct bind_map *b, struct pfn model, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++) {
		uint64_t i = model.nr + k - b->base;
		uint32_t owner = i < b->nr_frames ? owner_of(b, i) : NOTHING;

		if (owner != NOTHING)
			b->to[owner] = NOTHING;
		if (i < b->nr_frames)
			b->unbound[i] = 0;
	}
}

void bind_orphan(struct bind_map *b, struct pfn model, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++)
		if (model.nr + k - b->base < b->nr_frames)
			b->from[model.nr + k - b->base] = NOTHING;
}

void bind_nothing(struct bind_map *b, struct pfn recorded, unsigned int order)
{
	for (uint64_t i = 0; i < pages_of(order); i++)
		if (recorded.nr + i - b->base < b->nr_frames)
			b->to[recorded.nr + i - b->base] = NOTHING;
}

int bind_untraced(struct bind_map *b, struct pfn model)
{
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 256;
		uint64_t *queue = realloc(b->queue, room * sizeof(*queue));

		if (!queue)
			return -KM_ENOMEM;
		b->queue = queue;
		b->room = room;
	}
	b->queue[b->n++] = model.nr;
	b->unbound[model.nr - b->base] = 1;
	b->from[model.nr - b->base] = NOTHING;
	return 0;
}

int bind_moved(struct bind_map *b, struct pfn from, struct pfn to)
{
	uint64_t old = from.nr - b->base, new = to.nr - b->base;

	if (old >= b->nr_frames || new >= b->nr_frames)
		return 0;
	uint32_t owner = owner_of(b, old);

	if (owner != NOTHING)
		b->to[owner] = (uint32_t)(new + 1);
	b->from[new] = owner == NOTHING ? NOTHING : owner + 1;
	b->from[old] = NOTHING;
	if (!b->unbound[old])
		return 0;
	b->unbound[old] = 0;
	return bind_untraced(b, to);
}

bool bind_has(const struct bind_map *b, struct pfn recorded)
{
	uint64_t i = recorded.nr - b->base;

	return i < b->nr_frames && b->to[i];
}

void bind_renamed(struct bind_map *b, struct pfn from, struct pfn to, bool in_use)
{
	struct pfn model = bind_of(b, from);
	uint64_t i = from.nr - b->base;

	if (!bind_has(b, from) && (!in_use || b->foreign))
		model = pfn(KM_NO_PFN);
	if (i < b->nr_frames)
		b->to[i] = 0;
	b->migrated = true;
	if (model.nr == KM_NO_PFN)
		bind_nothing(b, to, 0);
	else
		bind_set(b, to, model, 0);
}

int bind_migrated(struct bind_map *b, struct pfn recorded, bool in_use)
{
	struct pfn model = bind_of(b, recorded);
	uint64_t i = recorded.nr - b->base;

	b->migrated = true;
	if (i < b->nr_frames)
		b->to[i] = 0;
	return in_use && model.nr != KM_NO_PFN ? bind_untraced(b, model) : 0;
}

static struct pfn oldest_unbound(struct bind_map *b, struct pfn otherwise)
{
	while (b->at < b->n) {
		uint64_t nr = b->queue[b->at++];

		if (!b->unbound[nr - b->base])
			continue;
		b->unbound[nr - b->base] = 0;
		return pfn(nr);
	}
	return otherwise;
}

struct pfn bind_free(struct bind_map *b, struct pfn recorded, unsigned int order, bool in_use)
{
	uint64_t i = recorded.nr - b->base;

	if (i >= b->nr_frames)
		return recorded;
	uint32_t to = b->to[i];

	for (uint64_t k = 0; k < pages_of(order) && i + k < b->nr_frames; k++)
		b->to[i + k] = 0;
	if (to == NOTHING)
		return pfn(KM_NO_PFN);
	if (to)
		return pfn(b->base + to - 1);
	if (b->unbound[i] && !b->foreign) {
		b->unbound[i] = 0;
		return recorded;
	}
	if (b->foreign)
		return order ? pfn(KM_NO_PFN) : oldest_unbound(b, pfn(KM_NO_PFN));
	/* a page that stands for another is not itself */
	in_use &= !b->from[i];
	return in_use || order ? recorded : oldest_unbound(b, recorded);
}
