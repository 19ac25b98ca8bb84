/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table by recorded page says what it means, one by the model's page which recorded page meant it
 * last. The second may be out of date: both must agree.
 */
#include "engine/replay/bind.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/page_slots.h"

/* What a recorded page means that is not bound to a page of the model's: frame + 1. */
enum {
	UNBOUND = 0,	       /* itself, or nothing where the record is foreign */
	SEEN = UINT32_MAX - 1, /* the same; it had been free in the record */
	NOTHING = UINT32_MAX,
};

/* Pages of the model's that no recorded page stands for, oldest first; some do meanwhile. */
struct waiting {
	uint64_t *v;
	size_t at, n, room;
};

/* Which of them a foreign record's free takes. */
enum { BULK, MIGRATED, NR_WAITING };

struct bind_map {
	struct page_slots slots;
	uint32_t *to;	  /* by recorded page's slot */
	size_t nr_to;	  /* what is beyond, PAGE_SLOT_NONE included, has no place in it */
	uint32_t *from;	  /* by model frame: the last slot it stood for + 1; NOTHING */
	uint8_t *unbound; /* by model frame: which queue it waits in + 1 */
	struct waiting waiting[NR_WAITING];
	uint64_t base, nr_frames;
	bool foreign;
	bool migrated; /* some recorded pages are not where they were allocated */
	bool failed;   /* out of memory */
};

int bind_open(struct bind_map **out, const struct frames *f, bool foreign)
{
	struct bind_map *b = calloc(1, sizeof(*b));

	if (!b)
		return -KM_ENOMEM;
	b->base = f->base;
	b->nr_frames = f->nr_frames;
	b->foreign = foreign;
	b->from = calloc(b->nr_frames, sizeof(*b->from));
	b->unbound = calloc(b->nr_frames, 1);
	if (!b->from || !b->unbound) {
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
	page_slots_release(&b->slots);
	free(b->to);
	free(b->from);
	free(b->unbound);
	for (unsigned int i = 0; i < NR_WAITING; i++)
		free(b->waiting[i].v);
	free(b);
}

int bind_error(const struct bind_map *b)
{
	return b->failed ? -KM_ENOMEM : 0;
}

/* ---- both tables ---- */

static bool is_frame(uint32_t to)
{
	return to != UNBOUND && to != SEEN && to != NOTHING;
}

static uint32_t meaning(const struct bind_map *b, struct pfn recorded)
{
	uint32_t slot = page_slot(&b->slots, recorded);

	return slot < b->nr_to ? b->to[slot] : UNBOUND;
}

static bool make_room(struct bind_map *b)
{
	size_t room = (size_t)b->slots.room * PAGE_SLOTS_CHUNK;

	if (room <= b->nr_to)
		return true;
	uint32_t *to = realloc(b->to, room * sizeof(*to));

	if (!to)
		return false;
	memset(to + b->nr_to, 0, (room - b->nr_to) * sizeof(*to));
	b->to = to;
	b->nr_to = room;
	return true;
}

/* The page's slot, with a place in the table; PAGE_SLOT_NONE: no memory. */
static uint32_t slot_for(struct bind_map *b, struct pfn recorded)
{
	uint32_t slot = page_slot_made(&b->slots, recorded);

	if (slot != PAGE_SLOT_NONE && make_room(b))
		return slot;
	b->failed = true;
	return PAGE_SLOT_NONE;
}

static void mean(struct bind_map *b, struct pfn recorded, uint32_t what)
{
	uint32_t slot = what == UNBOUND ? page_slot(&b->slots, recorded) : slot_for(b, recorded);

	if (slot < b->nr_to)
		b->to[slot] = what;
}

static bool has_frame(const struct bind_map *b, struct pfn p)
{
	return p.nr - b->base < b->nr_frames;
}

/* Does the recorded page mean itself, as far as what it is bound to says? */
static bool is_itself(const struct bind_map *b, struct pfn recorded)
{
	return !b->foreign && meaning(b, recorded) == UNBOUND;
}

/* The recorded page that means the model's page @i now, by slot; PAGE_SLOT_NONE: none. */
static uint32_t owner_of(struct bind_map *b, uint64_t i)
{
	uint32_t from = b->from[i];

	if (!from)
		return is_itself(b, pfn(b->base + i)) ? slot_for(b, pfn(b->base + i)) :
							PAGE_SLOT_NONE;
	return from != NOTHING && b->to[from - 1] == i + 1 ? from - 1 : PAGE_SLOT_NONE;
}

void bind_set(struct bind_map *b, struct pfn recorded, struct pfn model, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++) {
		uint32_t slot = slot_for(b, pfn_plus(recorded, k));
		uint64_t i = model.nr + k - b->base;

		if (slot == PAGE_SLOT_NONE)
			return;
		b->to[slot] = (uint32_t)(i + 1);
		b->from[i] = slot + 1;
	}
}

struct pfn bind_of(const struct bind_map *b, struct pfn recorded)
{
	uint32_t to = meaning(b, recorded);

	if (is_frame(to))
		return pfn(b->base + to - 1);
	if (to != UNBOUND || b->foreign)
		return pfn(KM_NO_PFN);
	return b->migrated && has_frame(b, recorded) && b->from[recorded.nr - b->base] ?
		       pfn(KM_NO_PFN) :
		       recorded;
}

bool bind_has(const struct bind_map *b, struct pfn recorded)
{
	uint32_t to = meaning(b, recorded);

	return to != UNBOUND && to != SEEN;
}

void bind_nothing(struct bind_map *b, struct pfn recorded, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++)
		mean(b, pfn_plus(recorded, k), NOTHING);
}

void bind_seen(struct bind_map *b, struct pfn recorded)
{
	if (b->foreign && meaning(b, recorded) == UNBOUND)
		mean(b, recorded, SEEN);
}

/* ---- pages that wait ---- */

static int enqueue(struct waiting *w, uint64_t nr)
{
	if (w->n == w->room && w->at > w->room / 2) {
		w->n -= w->at;
		memmove(w->v, w->v + w->at, w->n * sizeof(*w->v));
		w->at = 0;
	}
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 256;
		uint64_t *v = realloc(w->v, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		w->v = v;
		w->room = room;
	}
	w->v[w->n++] = nr;
	return 0;
}

/* Where the record is of the model's machine, age alone decides. */
static int wait_for_free(struct bind_map *b, struct pfn model, unsigned int which)
{
	unsigned int queue = b->foreign ? which : BULK;

	if (enqueue(&b->waiting[queue], model.nr))
		return -KM_ENOMEM;
	b->unbound[model.nr - b->base] = (uint8_t)(queue + 1);
	b->from[model.nr - b->base] = NOTHING;
	return 0;
}

static struct pfn oldest(struct bind_map *b, unsigned int queue)
{
	struct waiting *w = &b->waiting[queue];

	while (w->at < w->n) {
		uint64_t nr = w->v[w->at++];

		if (b->unbound[nr - b->base] != queue + 1)
			continue;
		b->unbound[nr - b->base] = 0;
		return pfn(nr);
	}
	return pfn(KM_NO_PFN);
}

int bind_untraced(struct bind_map *b, struct pfn model)
{
	return wait_for_free(b, model, BULK);
}

struct pfn bind_unwait(struct bind_map *b)
{
	struct waiting *w = &b->waiting[BULK];

	while (w->n > w->at) {
		uint64_t nr = w->v[--w->n];

		if (b->unbound[nr - b->base] != BULK + 1)
			continue;
		b->unbound[nr - b->base] = 0;
		return pfn(nr);
	}
	return pfn(KM_NO_PFN);
}

/* ---- what moves ---- */

void bind_gone(struct bind_map *b, struct pfn model, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++) {
		uint64_t i = model.nr + k - b->base;
		uint32_t owner = owner_of(b, i);

		if (owner != PAGE_SLOT_NONE)
			b->to[owner] = NOTHING;
		b->unbound[i] = 0;
	}
}

void bind_orphan(struct bind_map *b, struct pfn model, unsigned int order)
{
	for (uint64_t k = 0; k < pages_of(order); k++)
		b->from[model.nr + k - b->base] = NOTHING;
}

int bind_moved(struct bind_map *b, struct pfn from, struct pfn to)
{
	uint64_t old = from.nr - b->base, new = to.nr - b->base;
	uint32_t owner = owner_of(b, old);
	unsigned int queue = b->unbound[old];

	if (owner != PAGE_SLOT_NONE)
		b->to[owner] = (uint32_t)(new + 1);
	b->from[new] = owner == PAGE_SLOT_NONE ? NOTHING : owner + 1;
	b->from[old] = NOTHING;
	b->unbound[old] = 0;
	return queue ? wait_for_free(b, to, queue - 1) : 0;
}

void bind_renamed(struct bind_map *b, struct pfn from, struct pfn to, bool in_use)
{
	struct pfn model = bind_of(b, from);

	if (!bind_has(b, from) && !in_use)
		model = pfn(KM_NO_PFN);
	mean(b, from, UNBOUND);
	b->migrated = true;
	if (model.nr == KM_NO_PFN)
		bind_nothing(b, to, 0);
	else
		bind_set(b, to, model, 0);
}

int bind_migrated(struct bind_map *b, struct pfn recorded, bool in_use)
{
	struct pfn model = bind_of(b, recorded);

	b->migrated = true;
	mean(b, recorded, b->foreign ? SEEN : UNBOUND);
	return in_use && model.nr != KM_NO_PFN ? wait_for_free(b, model, MIGRATED) : 0;
}

/* ---- frees ---- */

bool bind_whole(const struct bind_map *b, struct pfn recorded, unsigned int order)
{
	uint32_t first = meaning(b, recorded);

	if (is_frame(first) && ((b->base + first - 1) & (pages_of(order) - 1)))
		return false;
	for (uint64_t k = 1; k < pages_of(order); k++) {
		uint32_t to = meaning(b, pfn_plus(recorded, k));
		bool same = !b->foreign ? to == first : !is_frame(to);

		if (is_frame(first) ? to != first + k : !same)
			return false;
	}
	return true;
}

/*
 * A single page of another machine's record that means nothing by itself. One that was free before
 * has gone to a bulk request, or something was moved there; one never met, to neither but the last.
 */
static struct pfn foreign_page(struct bind_map *b, uint32_t to)
{
	struct pfn p = to == SEEN ? oldest(b, BULK) : pfn(KM_NO_PFN);

	return p.nr == KM_NO_PFN ? oldest(b, MIGRATED) : p;
}

/* A block of the record of this machine that is not bound: itself, as long as that is in use. */
static struct pfn own_block(struct bind_map *b, struct pfn recorded, unsigned int order,
			    bool in_use)
{
	if (!has_frame(b, recorded))
		return recorded;
	uint64_t i = recorded.nr - b->base;
	bool waits = b->unbound[i];

	for (uint64_t k = 0; k < pages_of(order) && i + k < b->nr_frames; k++)
		b->unbound[i + k] = 0;
	/* a page that stands for another is not itself */
	if (waits || order || (in_use && !b->from[i]))
		return recorded;
	struct pfn p = oldest(b, BULK);

	return p.nr == KM_NO_PFN ? recorded : p;
}

struct pfn bind_free(struct bind_map *b, struct pfn recorded, unsigned int order, bool in_use)
{
	uint32_t to = meaning(b, recorded);

	/* bulk requests are served from lists of single pages */
	for (uint64_t k = 0; k < pages_of(order); k++)
		mean(b, pfn_plus(recorded, k), b->foreign && !order ? SEEN : UNBOUND);
	if (is_frame(to))
		return pfn(b->base + to - 1);
	if (to == NOTHING)
		return pfn(KM_NO_PFN);
	if (!b->foreign)
		return own_block(b, recorded, order, in_use);
	return order ? pfn(KM_NO_PFN) : foreign_page(b, to);
}
