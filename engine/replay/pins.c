/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/pins.h"

#include <stdlib.h>

#include "engine/replay/state.h"

enum { PER_MILLE = 1000 };

static int make_room(struct replay *r)
{
	size_t words = (size_t)(r->m.frames.nr_frames + 63) / 64;

	if (!r->pinned_cache)
		r->pinned_cache = calloc(words, sizeof(*r->pinned_cache));
	if (r->pinned_cache && !r->pinned)
		r->pinned = calloc(words, sizeof(*r->pinned));
	return r->pinned ? 0 : -KM_ENOMEM;
}

int pins_open(struct replay *r)
{
	return r->config.tunables.cma_pinned > 0 || r->contig_own.nr_busy ? make_room(r) : 0;
}

void pins_close(struct replay *r)
{
	free(r->pinned);
	free(r->pinned_cache);
}

static uint64_t mixed(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void pins_set(struct replay *r, struct pfn head)
{
	uint64_t i = head.nr - r->m.frames.base;
	struct frame *fr = frames_begins(&r->m.frames, head);

	if (!r->pinned || i >= r->m.frames.nr_frames)
		return;
	if (fr && fr->lru)
		r->pinned_cache[i / 64] |= UINT64_C(1) << i % 64;
	if (fr)
		reclaim_forget(&r->m.reclaim, head, fr);
	r->pinned[i / 64] |= UINT64_C(1) << i % 64;
}

int pins_learn(struct replay *r, struct pfn p)
{
	struct pfn head;

	if (!frames_has(&r->m.frames, p))
		return 0;
	if (make_room(r))
		return -KM_ENOMEM;
	pins_set(r, frames_head(&r->m.frames, p, &head) ? head : p);
	return 0;
}

void pins_alloc(struct replay *r, const struct op *op, struct pfn head)
{
	int64_t seed = r->config.tunables.cma_pinned_seed, share = r->config.tunables.cma_pinned;

	if (share <= 0 || pages_migratetype(op->ev->page.gfp) != KM_MOVABLE)
		return;
	if (mixed(mixed(seed > 0 ? (uint64_t)seed : 0) ^ op->no) % PER_MILLE < (uint64_t)share)
		pins_set(r, head);
}

bool pins_has(const struct replay *r, struct pfn head)
{
	uint64_t i = head.nr - r->m.frames.base;

	return r->pinned && i < r->m.frames.nr_frames && r->pinned[i / 64] >> i % 64 & 1;
}

void pins_cache(struct replay *r, struct pfn head, bool is)
{
	uint64_t i = head.nr - r->m.frames.base, bit = UINT64_C(1) << i % 64;

	if (!pins_has(r, head))
		return;
	if (is)
		r->pinned_cache[i / 64] |= bit;
	else
		r->pinned_cache[i / 64] &= ~bit;
}

bool pins_is_cache(const struct replay *r, struct pfn head)
{
	uint64_t i = head.nr - r->m.frames.base;

	return pins_has(r, head) && r->pinned_cache[i / 64] >> i % 64 & 1;
}

void pins_free(struct replay *r, struct pfn head)
{
	uint64_t i = head.nr - r->m.frames.base;

	pins_cache(r, head, false);
	if (r->pinned && i < r->m.frames.nr_frames)
		r->pinned[i / 64] &= ~(UINT64_C(1) << i % 64);
}

void pins_moved(struct replay *r, struct pfn from, struct pfn to)
{
	bool cache = pins_is_cache(r, from);

	if (!pins_has(r, from))
		return;
	pins_free(r, from);
	pins_set(r, to);
	pins_cache(r, to, cache);
}
