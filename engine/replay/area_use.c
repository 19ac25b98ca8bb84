/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/area_use.h"

#include <stdlib.h>
#include <string.h>

static int init_one(struct area_use *u, const struct machine *m, const struct cma_area *a)
{
	uint64_t step = pages_of(a->order_per_bit);

	if (!a->pages || !frames_has(&m->frames, a->base) || a->pages > m->frames.end - a->base.nr)
		return 0;
	while (step * AREA_STRETCHES < a->pages)
		step *= 2;
	u->stretch_pages = step;
	u->nr = (size_t)((a->pages + step - 1) / step);
	u->now = calloc(u->nr, sizeof(*u->now));
	u->told = calloc(u->nr, sizeof(*u->told));
	u->out = calloc(u->nr, sizeof(*u->out));
	if (!u->now || !u->told || !u->out)
		return -KM_ENOMEM;
	for (size_t i = 0; i < u->nr; i++) {
		uint64_t left = a->pages - i * step;

		u->now[i].pfn = a->base.nr + i * step;
		u->now[i].pages = left < step ? left : step;
	}
	return 0;
}

int area_uses_init(struct area_uses *u, const struct machine *m)
{
	int err = 0;

	*u = (struct area_uses){ 0 };
	for (unsigned int i = 0; i < m->nr_cma && !err; i++)
		err = init_one(&u->of[i], m, &m->cma[i]);
	if (err)
		area_uses_release(u);
	return err;
}

void area_uses_release(struct area_uses *u)
{
	for (unsigned int i = 0; i < MACHINE_MAX_CMA; i++) {
		free(u->of[i].now);
		free(u->of[i].told);
		free(u->of[i].out);
	}
	*u = (struct area_uses){ 0 };
}

/*
 * What pages on no bit of the area are; the counter to add them to. Where a part of what a bit
 * stands for was released, the rest is still who had it's: an area lends no such pages.
 */
static uint64_t *counter_of(struct km_cma_stretch *t, const struct frame *fr, bool isolated)
{
	if (isolated || (fr && fr->state == FRAME_PRIVATE))
		return &t->busy_pages;
	if (fr && (fr->state == FRAME_FREE || fr->state == FRAME_PCP))
		return &t->free_pages;
	if (fr && fr->state == FRAME_ALLOC && fr->mt == KM_UNMOVABLE && !fr->lru)
		return &t->used_pages;
	return &t->lent_pages;
}

/* Count [@at, @end), which is all of one kind but for the bitmap. */
static void count(struct area_use *u, const struct cma_area *a, uint64_t at, uint64_t end,
		  const struct frame *fr, bool isolated)
{
	while (at < end) {
		uint64_t off = at - a->base.nr, step = pages_of(a->order_per_bit);
		struct km_cma_stretch *t = &u->now[off / u->stretch_pages];
		uint64_t to = t->pfn + t->pages < end ? t->pfn + t->pages : end, bit;

		if (!u->used_pages) {
			*counter_of(t, fr, isolated) += to - at;
			at = to;
			continue;
		}
		bit = off >> a->order_per_bit;
		to = a->base.nr + (bit + 1) * step < to ? a->base.nr + (bit + 1) * step : to;
		if (bit / 32 < a->nr_words && (a->bitmap[bit / 32] >> (bit % 32) & 1))
			t->used_pages += to - at;
		else
			*counter_of(t, fr, isolated) += to - at;
		at = to;
	}
}

/* Count the pages of [@from, @to), whole stretches, afresh. */
static void look(struct area_use *u, const struct machine *m, const struct cma_area *a,
		 uint64_t from, uint64_t to)
{
	for (size_t i = (size_t)((from - a->base.nr) / u->stretch_pages);
	     i < u->nr && u->now[i].pfn < to; i++)
		u->now[i] =
			(struct km_cma_stretch){ .pfn = u->now[i].pfn, .pages = u->now[i].pages };
	while (from < to) {
		struct pfn head;
		const struct frame *fr = frames_head(&m->frames, pfn(from), &head);
		uint64_t end = fr ? head.nr + pages_of(fr->order) : from + 1;
		/* a block larger than a pageblock is of as many types */
		uint64_t edge = pfn_align_down(pfn(from), m->frames.pb_order).nr +
				pages_of(m->frames.pb_order);

		end = end < edge ? end : edge;
		end = end < to ? end : to;
		count(u, a, from, end, fr, pageblock_of(&m->frames, pfn(from))->mt == KM_ISOLATE);
		from = end;
	}
}

/*
 * Look at the pageblocks that changed; at all of them where bits did, or where the area shares one.
 */
static void refresh(struct area_use *u, struct machine *m, const struct cma_area *a, uint64_t used)
{
	uint64_t block = pages_of(m->frames.pb_order), end = a->base.nr + a->pages;
	uint64_t unit = block > u->stretch_pages ? block : u->stretch_pages;
	bool all = !u->looked || used != u->used_pages || (a->base.nr & (block - 1));

	u->used_pages = used;
	u->looked = true;
	for (uint64_t at = a->base.nr; at < end; at += unit) {
		uint64_t to = at + unit < end ? at + unit : end;
		bool changed = all;

		for (uint64_t p = at; p < to; p += block) {
			struct pageblock *pb = pageblock_of(&m->frames, pfn(p));

			changed |= pb->dirty & PAGEBLOCK_AREA;
			pb->dirty &= (uint8_t)~PAGEBLOCK_AREA;
		}
		if (changed)
			look(u, m, a, at, to);
	}
}

static void report(struct area_use *u, struct km_cma_state *out)
{
	out->has_use = true;
	out->changed = u->out;
	for (size_t i = 0; i < u->nr; i++) {
		const struct km_cma_stretch *t = &u->now[i];

		out->free_pages += t->free_pages;
		out->lent_pages += t->lent_pages;
		out->busy_pages += t->busy_pages;
		if (!memcmp(t, &u->told[i], sizeof(*t)))
			continue;
		u->told[i] = *t;
		u->out[out->nr_changed++] = *t;
	}
}

/* A boot hands over a pageblock at a time. */
static bool is_whole(struct area_use *u, const struct machine *m, const struct cma_area *a)
{
	uint64_t block = pages_of(m->frames.pb_order);

	if (u->whole)
		return true;
	for (uint64_t at = 0; at < a->pages; at += block)
		if (!pageblock_of(&m->frames, pfn_plus(a->base, at))->seen)
			return false;
	u->whole = true;
	return true;
}

void area_use_take(struct area_uses *u, struct machine *m, unsigned int i, struct km_cma_state *out)
{
	const struct cma_area *a = &m->cma[i];

	/* one that is active at the first sample was so before the trace began */
	u->of[i].whole |= !u->of[i].asked && a->active;
	u->of[i].asked = true;
	*out = (struct km_cma_state){ .name = a->name,
				      .base_pfn = a->base.nr,
				      .pages = a->pages,
				      .used_pages = cma_used_pages(a),
				      .maxchunk_pages = cma_maxchunk_pages(a),
				      .order_per_bit = a->order_per_bit,
				      .bitmap = a->bitmap,
				      .nr_words = a->nr_words };
	if (!u->of[i].nr || !a->active || !a->pages || !is_whole(&u->of[i], m, a))
		return;
	refresh(&u->of[i], m, a, out->used_pages);
	report(&u->of[i], out);
}
