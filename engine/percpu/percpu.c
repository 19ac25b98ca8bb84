/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chunks, their lists, and the way of an allocation: list by list from the smallest that may do,
 * chunk by chunk, the hints first, then the map; where none has room a new chunk.
 *
 * Numbers of the array below nr_slots are the heads of the lists, so 0 is no chunk's.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/percpu/percpu_map.h"

enum { SLACK = 1 }; /* the bound map has a bit behind the last */

/* ---- lists ---- */

/* Kernel: mm/percpu.c:__pcpu_size_to_slot() [6.1 6.12] */
static int slot_by_size(const struct percpu_profile *prof, int64_t bytes)
{
	int top = 0;

	while (bytes >> top)
		top++;
	int slot = top - (int)prof->slot_base_shift + 2;

	return slot > 1 ? slot : 1;
}

int slot_of(const struct percpu *p, int64_t bytes)
{
	return bytes == p->unit_bytes ? p->free_slot : slot_by_size(p->prof, bytes);
}

int chunk_slot(const struct percpu *p, const struct percpu_chunk *c)
{
	if (c->free_bytes < p->prof->min_alloc_bytes || !c->md.contig_hint)
		return 0;
	return slot_of(p, (int64_t)c->md.contig_hint * p->prof->min_alloc_bytes);
}

void list_take(struct percpu *p, int32_t n)
{
	p->chunk[p->chunk[n].prev].next = p->chunk[n].next;
	p->chunk[p->chunk[n].next].prev = p->chunk[n].prev;
	p->chunk[n].next = p->chunk[n].prev = n;
}

void list_add(struct percpu *p, int32_t n, int slot, bool front)
{
	int32_t before = front ? slot : p->chunk[slot].prev;
	int32_t after = p->chunk[before].next;

	p->chunk[n].prev = before;
	p->chunk[n].next = after;
	p->chunk[before].next = p->chunk[after].prev = n;
}

static void move(struct percpu *p, int32_t n, int slot, bool front)
{
	if (p->chunk[n].reserved)
		return;
	list_take(p, n);
	list_add(p, n, slot, front);
}

void relocate(struct percpu *p, int32_t n, int old_slot)
{
	int slot = chunk_slot(p, &p->chunk[n]);

	if (!p->chunk[n].isolated && slot != old_slot)
		move(p, n, slot, old_slot < slot);
}

void reintegrate(struct percpu *p, int32_t n)
{
	struct percpu_chunk *c = &p->chunk[n];

	if (!c->isolated)
		return;
	c->isolated = false;
	p->empty_pop_pages += c->nr_empty_pop_pages;
	relocate(p, n, -1);
}

/* ---- chunks ---- */

static void release_chunk(struct percpu_chunk *c)
{
	free(c->blocks);
	free(c->alloc_map);
	free(c->bound_map);
	free(c->populated);
}

static size_t map_words(int bits)
{
	return ((size_t)bits + SLACK + 63) / 64;
}

/* Room for its maps, all free, nothing populated. */
static int fill_chunk(const struct percpu *p, struct percpu_chunk *c, uint64_t base, int nr_pages)
{
	int bits = nr_pages * p->block_bits;

	*c = (struct percpu_chunk){ .in_use = true, .base = base, .nr_pages = nr_pages };
	c->blocks = malloc((size_t)nr_pages * sizeof(*c->blocks));
	c->alloc_map = calloc(map_words(bits), sizeof(*c->alloc_map));
	c->bound_map = calloc(map_words(bits), sizeof(*c->bound_map));
	c->populated = calloc(map_words(nr_pages), sizeof(*c->populated));
	if (!c->blocks || !c->alloc_map || !c->bound_map || !c->populated) {
		release_chunk(c);
		*c = (struct percpu_chunk){ 0 };
		return -KM_ENOMEM;
	}
	for (int i = 0; i < nr_pages; i++)
		md_init(&c->blocks[i], p->block_bits);
	md_init(&c->md, bits);
	c->free_bytes = (int64_t)nr_pages << p->page_shift;
	return 0;
}

/* A place in the array; -KM_ENOMEM. */
static int32_t free_number(struct percpu *p)
{
	for (int32_t i = p->nr_slots; i < p->room; i++)
		if (!p->chunk[i].in_use)
			return i;
	int32_t room = p->room + p->room / 2 + 4;
	struct percpu_chunk *wider = realloc(p->chunk, (size_t)room * sizeof(*wider));

	if (!wider)
		return -KM_ENOMEM;
	memset(wider + p->room, 0, (size_t)(room - p->room) * sizeof(*wider));
	p->chunk = wider;
	int32_t n = p->room;

	p->room = room;
	return n;
}

int32_t percpu_find(const struct percpu *p, uint64_t base)
{
	for (int32_t i = p->nr_slots; i < p->room; i++)
		if (p->chunk[i].in_use && p->chunk[i].base == base && !p->chunk[i].reserved)
			return i;
	return 0;
}

int32_t percpu_create(struct percpu *p, uint64_t base)
{
	int32_t n = percpu_find(p, base);

	if (n)
		return n;
	n = free_number(p);
	if (n < 0 || fill_chunk(p, &p->chunk[n], base, p->unit_pages))
		return -KM_ENOMEM;
	p->chunk[n].next = p->chunk[n].prev = n;
	/* no page of it is populated yet, so none is empty */
	relocate(p, n, -1);
	p->wants_chunk = false;
	return n;
}

void percpu_destroy(struct percpu *p, int32_t n)
{
	struct percpu_chunk *c = &p->chunk[n];

	if (!n || c->immutable)
		return;
	set_populated(p, c, 0, c->nr_pages, false);
	if (!c->isolated)
		p->empty_pop_pages -= c->nr_empty_pop_pages;
	list_take(p, n);
	release_chunk(c);
	*c = (struct percpu_chunk){ 0 };
}

/*
 * Pages [@from, @to) of all units come, or go. Only what is empty of them counts as such.
 * Kernel: mm/percpu.c:pcpu_chunk_populated(), pcpu_chunk_depopulated() [6.1 6.12]
 */
void set_populated(struct percpu *p, struct percpu_chunk *c, int from, int to, bool on)
{
	int changed = 0;

	for (int i = from; i < to; i++) {
		changed += map_has(c->populated, i) != on;
		map_put(c->populated, i, on);
	}
	c->nr_populated += on ? changed : -changed;
	p->populated += on ? changed : -changed;
	update_empty_pages(p, c, on ? changed : -changed);
}

/* ---- the first chunk ---- */

/* A part of the first chunk's units, at @start bytes from their beginning; its ends are not its. */
static int32_t first_part(struct percpu *p, uint64_t start, uint64_t bytes, bool reserved)
{
	uint64_t page = UINT64_C(1) << p->page_shift, base = start & ~(page - 1);
	int nr_pages = (int)((start + bytes - base + page - 1) >> p->page_shift);
	uint32_t unit = p->prof->min_alloc_bytes;
	int32_t n = free_number(p);

	if (n < 0 || fill_chunk(p, &p->chunk[n], base, nr_pages))
		return -KM_ENOMEM;
	struct percpu_chunk *c = &p->chunk[n];

	c->next = c->prev = n;
	c->reserved = reserved;
	c->immutable = true;
	c->start_offset = (int)(start - base);
	c->end_offset = (int)(((uint64_t)nr_pages << p->page_shift) - bytes) - c->start_offset;
	c->nr_populated = nr_pages;
	c->nr_empty_pop_pages = 0;
	map_fill(c->populated, 0, nr_pages, true);
	update_empty_pages(p, c, nr_pages);
	c->free_bytes = (int64_t)bytes;
	int head = c->start_offset / (int)unit, bits = chunk_bits(p, c);
	int tail = c->end_offset / (int)unit;

	map_put(c->bound_map, 0, true);
	map_put(c->bound_map, bits, true);
	if (head) {
		map_fill(c->alloc_map, 0, head, true);
		map_put(c->bound_map, head, true);
		c->md.first_free = head;
		hints_alloc(p, c, 0, head);
	}
	if (tail) {
		map_fill(c->alloc_map, bits - tail, bits, true);
		map_put(c->bound_map, bits - tail, true);
		hints_alloc(p, c, bits - tail, tail);
	}
	relocate(p, n, -1);
	return n;
}

static bool is_sound(const struct percpu_profile *prof, const struct percpu_geometry *g,
		     uint64_t page)
{
	uint64_t unit = prof->min_alloc_bytes, most = UINT64_C(1) << 30;

	return g->nr_units && g->nr_units <= KM_MAX_CPUS && g->unit_bytes && g->dyn_bytes &&
	       g->unit_bytes <= most && !(g->unit_bytes % page) && g->static_bytes <= most &&
	       g->reserved_bytes <= most && g->dyn_bytes <= most && !(g->static_bytes % unit) &&
	       !(g->reserved_bytes % unit) && !(g->dyn_bytes % unit) &&
	       g->static_bytes + g->reserved_bytes + g->dyn_bytes <= g->unit_bytes;
}

static int first_chunks(struct percpu *p, const struct percpu_geometry *g)
{
	if (g->reserved_bytes)
		p->reserved = first_part(p, g->static_bytes, g->reserved_bytes, true);
	if (p->reserved >= 0)
		p->first = first_part(p, g->static_bytes + g->reserved_bytes, g->dyn_bytes, false);
	return p->reserved < 0 || p->first < 0 ? -KM_ENOMEM : 0;
}

int percpu_init(struct percpu *p, const struct percpu_profile *prof,
		const struct percpu_geometry *g, unsigned int page_shift)
{
	uint64_t page = UINT64_C(1) << page_shift;

	*p = (struct percpu){ .prof = prof, .page_shift = page_shift, .nr_units = g->nr_units };
	if (!prof->min_alloc_bytes || !is_sound(prof, g, page))
		return -KM_EINVAL;
	p->unit_bytes = (int64_t)g->unit_bytes;
	p->unit_pages = (int)(g->unit_bytes >> page_shift);
	p->block_bits = (int)(page / prof->min_alloc_bytes);
	p->sidelined_slot = slot_by_size(prof, p->unit_bytes) + 1;
	p->free_slot = p->sidelined_slot + 1;
	p->to_depopulate_slot = p->free_slot + 1;
	p->nr_slots = p->to_depopulate_slot + 1;
	p->room = p->nr_slots + 4;
	p->next_base = UINT64_C(1) << 20;
	p->chunk = calloc((size_t)p->room, sizeof(*p->chunk));
	if (!p->chunk)
		return -KM_ENOMEM;
	for (int32_t i = 0; i < p->nr_slots; i++)
		p->chunk[i].next = p->chunk[i].prev = i;
	if (first_chunks(p, g)) {
		percpu_release(p);
		return -KM_ENOMEM;
	}
	p->populated = (int64_t)((g->static_bytes + g->reserved_bytes + g->dyn_bytes + page - 1) >>
				 page_shift);
	return 0;
}

void percpu_release(struct percpu *p)
{
	for (int32_t i = p->nr_slots; p->chunk && i < p->room; i++)
		release_chunk(&p->chunk[i]);
	free(p->chunk);
	*p = (struct percpu){ 0 };
}

/* ---- allocating ---- */

/* A request in bits; false: the kernel refuses it. */
static bool in_bits(const struct percpu *p, const struct percpu_request *rq, int *bits, int *align)
{
	uint64_t unit = p->prof->min_alloc_bytes, page = UINT64_C(1) << p->page_shift;
	uint64_t by = rq->align < unit ? unit : rq->align, size;

	if (rq->size > p->prof->most_bytes || by > page || (by & (by - 1)))
		return false;
	size = (rq->size + unit - 1) / unit * unit;
	*bits = (int)(size / unit);
	*align = (int)(by / unit);
	return size != 0 && size <= p->prof->most_bytes;
}

/* A free run on the way that was too short: the largest, of equal ones the better aligned. */
struct too_short {
	int at, bits;
};

static void remember(struct too_short *s, int at, int bits)
{
	bool better = s->at &&
		      (!at || __builtin_ctz((unsigned int)at) > __builtin_ctz((unsigned int)s->at));

	if (bits > s->bits || (bits == s->bits && better))
		*s = (struct too_short){ at, bits };
}

/* The first aligned run of @bits in [@from, @end); -1: none. */
static int zero_area(const struct percpu_chunk *c, int end, int from, int bits, int align,
		     struct too_short *s)
{
	for (;;) {
		int at = round_up_to(map_next(c->alloc_map, end, from, false), align);

		if (at + bits > end)
			return -1;
		int used = map_next(c->alloc_map, at + bits, at, true);

		if (used == at + bits)
			return at;
		remember(s, at, used - at);
		from = used + 1;
	}
}

enum { NO_FIT = -1, NO_AREA = -2 };

/* Where in chunk @c; NO_FIT by its hints, NO_AREA by its map. */
static int area_in(const struct percpu *p, const struct percpu_chunk *c, int bits, int align,
		   bool atomic, struct too_short *s)
{
	int from = find_block_fit(p, c, bits, align, atomic), end;

	*s = (struct too_short){ 0, 0 };
	if (from < 0)
		return NO_FIT;
	end = from + bits + p->block_bits;
	end = end < chunk_bits(p, c) ? end : chunk_bits(p, c);
	from = zero_area(c, end, from, bits, align, s);
	return from < 0 ? NO_AREA : from;
}

/* The hole that was too short is a hint for its page. */
static void learn_hole(const struct percpu *p, struct percpu_chunk *c, const struct too_short *s)
{
	int index = s->at / p->block_bits, base = index * p->block_bits;
	int end = s->at - base + s->bits;

	if (!s->bits || end > p->block_bits)
		return;
	int used = map_last(c->alloc_map, base, s->at);

	md_update(&c->blocks[index], used < 0 ? 0 : used + 1 - base, end);
}

void occupy(struct percpu *p, int32_t n, int at, int bits)
{
	struct percpu_chunk *c = &p->chunk[n];
	int old_slot = chunk_slot(p, c);

	map_fill(c->alloc_map, at, at + bits, true);
	map_put(c->bound_map, at, true);
	map_fill(c->bound_map, at + 1, at + bits, false);
	map_put(c->bound_map, at + bits, true);
	c->free_bytes -= (int64_t)bits * p->prof->min_alloc_bytes;
	if (at == c->md.first_free)
		c->md.first_free = map_next(c->alloc_map, chunk_bits(p, c), at + bits, false);
	hints_alloc(p, c, at, bits);
	relocate(p, n, old_slot);
}

/* The pages of an area that are not there yet come. */
void populate(struct percpu *p, int32_t n, int at, int bits)
{
	struct percpu_chunk *c = &p->chunk[n];

	if (!c->immutable)
		set_populated(p, c, at / p->block_bits,
			      (at + bits + p->block_bits - 1) / p->block_bits, true);
}

struct search {
	int32_t chunk; /* 0: none */
	int at;
	struct too_short hole;
};

/*
 * @acts: chunks of the smallest lists that have no room are put aside, as the kernel does on its
 * way; otherwise nothing changes.
 */
static struct search search(struct percpu *p, const struct percpu_request *rq, int bits, int align,
			    bool acts)
{
	struct search s = { 0 };
	int32_t next;

	if (rq->reserved && p->reserved) {
		s.at = area_in(p, &p->chunk[p->reserved], bits, align, rq->atomic, &s.hole);
		s.chunk = s.at < 0 ? 0 : p->reserved;
		return s;
	}
	for (int slot = slot_of(p, (int64_t)bits * p->prof->min_alloc_bytes); slot <= p->free_slot;
	     slot++)
		for (int32_t n = p->chunk[slot].next; n != slot; n = next) {
			next = p->chunk[n].next;
			s.at = area_in(p, &p->chunk[n], bits, align, rq->atomic, &s.hole);
			if (s.at >= 0) {
				s.chunk = n;
				return s;
			}
			if (acts && s.at == NO_FIT && slot < (int)p->prof->fail_threshold)
				move(p, n, 0, true);
		}
	return s;
}

int64_t bytes_of(const struct percpu *p, int bits)
{
	return (int64_t)bits * p->prof->min_alloc_bytes;
}

struct percpu_place percpu_choose(struct percpu *p, const struct percpu_request *rq)
{
	int bits, align;

	if (!in_bits(p, rq, &bits, &align))
		return (struct percpu_place){ 0, 0 };
	struct search s = search(p, rq, bits, align, false);

	return (struct percpu_place){ s.chunk, s.chunk ? bytes_of(p, s.at) : 0 };
}

int percpu_alloc(struct percpu *p, const struct percpu_request *rq, struct percpu_place *out)
{
	int bits, align;

	*out = (struct percpu_place){ 0, 0 };
	if (!in_bits(p, rq, &bits, &align))
		return 0;
	struct search s = search(p, rq, bits, align, true);

	if (!s.chunk && rq->atomic && !(rq->reserved && p->reserved))
		p->atomic_failed = true;
	if (!s.chunk && (rq->atomic || (rq->reserved && p->reserved)))
		return 0;
	if (!s.chunk && p->follows) {
		p->wants_chunk = true;
		return 0;
	}
	if (!s.chunk) {
		if (p->chunk[p->free_slot].next == p->free_slot &&
		    percpu_create(p, p->next_base++ << 30) < 0)
			return -KM_ENOMEM;
		s = search(p, rq, bits, align, true);
		if (!s.chunk) /* larger than a unit: in_bits() and is_sound() allow it */
			return 0;
	}
	learn_hole(p, &p->chunk[s.chunk], &s.hole);
	occupy(p, s.chunk, s.at, bits);
	reintegrate(p, s.chunk);
	if (!rq->atomic)
		populate(p, s.chunk, s.at, bits);
	*out = (struct percpu_place){ s.chunk, bytes_of(p, s.at) };
	return 0;
}

bool percpu_is_short(const struct percpu *p)
{
	return p->empty_pop_pages < (int64_t)p->prof->empty_low;
}

/* ---- freeing ---- */

static void isolate(struct percpu *p, int32_t n)
{
	struct percpu_chunk *c = &p->chunk[n];

	if (!c->isolated) {
		c->isolated = true;
		p->empty_pop_pages -= c->nr_empty_pop_pages;
	}
	move(p, n, p->to_depopulate_slot, true);
}

/* Enough of its pages are empty to give them back. */
static bool should_reclaim(const struct percpu *p, int32_t n)
{
	const struct percpu_chunk *c = &p->chunk[n];

	if (n == p->first || n == p->reserved)
		return false;
	return (c->isolated && c->nr_empty_pop_pages) ||
	       (p->empty_pop_pages > (int64_t)p->prof->empty_high + c->nr_empty_pop_pages &&
		c->nr_empty_pop_pages >= c->nr_pages / 4);
}

/* A wholly free chunk beside another; or pages enough to be given back. */
static bool needs_balance(struct percpu *p, int32_t n)
{
	const struct percpu_chunk *c = &p->chunk[n];

	if (!c->isolated && c->free_bytes == p->unit_bytes) {
		for (int32_t i = p->chunk[p->free_slot].next; i != p->free_slot;
		     i = p->chunk[i].next)
			if (i != n)
				return true;
		return false;
	}
	if (!should_reclaim(p, n))
		return false;
	isolate(p, n);
	return true;
}

int64_t percpu_free(struct percpu *p, struct percpu_place at, bool *balance)
{
	int bit, bits;

	*balance = false;
	if (!bits_at(p, at, 1, &bit, &bits))
		return 0;
	struct percpu_chunk *c = &p->chunk[at.chunk];
	int old_slot = chunk_slot(p, c);

	if (!map_has(c->alloc_map, bit) || !map_has(c->bound_map, bit))
		return 0;
	bits = map_next(c->bound_map, chunk_bits(p, c), bit + 1, true) - bit;
	map_fill(c->alloc_map, bit, bit + bits, false);
	c->free_bytes += bytes_of(p, bits);
	c->md.first_free = c->md.first_free < bit ? c->md.first_free : bit;
	hints_free(p, c, bit, bits);
	relocate(p, at.chunk, old_slot);
	*balance = needs_balance(p, at.chunk);
	return bytes_of(p, bits);
}

void percpu_count(const struct percpu *p, struct percpu_count *out)
{
	*out = (struct percpu_count){ .populated_pages = (uint64_t)p->populated * p->nr_units };
	for (int32_t i = p->nr_slots; i < p->room; i++) {
		const struct percpu_chunk *c = &p->chunk[i];

		if (!c->in_use)
			continue;
		int64_t own =
			((int64_t)c->nr_pages << p->page_shift) - c->start_offset - c->end_offset;

		out->chunks += !c->reserved;
		out->free_bytes += (uint64_t)c->free_bytes;
		out->used_bytes += (uint64_t)(own - c->free_bytes);
	}
}
