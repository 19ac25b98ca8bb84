/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/slab/slob.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256, FIRST_BLOCKS = 8 };

static unsigned int units_of(uint32_t bytes)
{
	return (bytes + SLOB_UNIT - 1) / SLOB_UNIT;
}

static unsigned int page_units(const struct slob *s)
{
	return (1u << s->page_shift) / SLOB_UNIT;
}

int slob_init(struct slob *s, const struct slab_profile *prof, uint64_t first_page,
	      uint64_t nr_pages, unsigned int page_shift)
{
	*s = (struct slob){ .prof = prof,
			    .page_shift = page_shift,
			    .first_page = first_page,
			    .nr_pages = nr_pages,
			    .nr_slots = 1 };
	s->of_page = calloc(nr_pages ? nr_pages : 1, sizeof(*s->of_page));
	s->pages = calloc(FIRST_SLOTS, sizeof(*s->pages));
	if (s->of_page && s->pages)
		return 0;
	slob_release(s);
	return -KM_ENOMEM;
}

void slob_release(struct slob *s)
{
	for (size_t i = 0; s->pages && i < s->nr_slots; i++)
		free(s->pages[i].block);
	free(s->pages);
	free(s->of_page);
	*s = (struct slob){ 0 };
}

uint32_t slob_at(const struct slob *s, uint64_t page)
{
	return page - s->first_page < s->nr_pages ? s->of_page[page - s->first_page] : SLOB_NONE;
}

/* ---- the lists ---- */

static unsigned int list_of(const struct slob *s, uint32_t size)
{
	unsigned int i = 0;

	while (i + 1 < SLOB_LISTS && size >= s->prof->breaks[i])
		i++;
	return i;
}

static void unlist(struct slob *s, uint32_t id)
{
	struct slob_page *p = &s->pages[id];

	if (p->list == SLOB_LISTS)
		return;
	s->pages[p->prev].next = p->next;
	s->pages[p->next].prev = p->prev;
	if (s->head[p->list] == id)
		s->head[p->list] = p->next == id ? SLOB_NONE : p->next;
	p->list = SLOB_LISTS;
}

/* At the front. */
static void enlist(struct slob *s, uint32_t id, unsigned int list)
{
	struct slob_page *p = &s->pages[id];
	uint32_t head = s->head[list];

	p->list = (uint8_t)list;
	p->next = head ? head : id;
	p->prev = head ? s->pages[head].prev : id;
	s->pages[p->prev].next = id;
	s->pages[p->next].prev = id;
	s->head[list] = id;
}

/* ---- blocks of a page ---- */

static int insert(struct slob_page *p, unsigned int i, struct slob_block b)
{
	if (p->nr == p->room) {
		uint16_t room = (uint16_t)(p->room ? p->room * 2 : FIRST_BLOCKS);
		struct slob_block *v = realloc(p->block, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		p->block = v;
		p->room = room;
	}
	memmove(&p->block[i + 1], &p->block[i], (p->nr - i) * sizeof(b));
	p->block[i] = b;
	p->nr++;
	return 0;
}

static void erase(struct slob_page *p, unsigned int i)
{
	p->nr--;
	memmove(&p->block[i], &p->block[i + 1], (p->nr - i) * sizeof(*p->block));
}

/* The first block that ends behind @at. */
static unsigned int find(const struct slob_page *p, unsigned int at)
{
	unsigned int low = 0, high = p->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (p->block[mid].at + (unsigned int)p->block[mid].units <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Nothing is known of [@at, @at + @units) any more; what of a free block lies around it stays free,
 * an object that lies in it in part is gone.
 */
static int clear_range(struct slob_page *p, unsigned int at, unsigned int units)
{
	unsigned int end = at + units, i = find(p, at);
	int err = 0;

	while (!err && i < p->nr && p->block[i].at < end) {
		struct slob_block b = p->block[i];
		unsigned int b_end = b.at + (unsigned int)b.units;

		if (b.used) {
			erase(p, i);
			continue;
		}
		struct slob_block head = { .at = b.at,
					   .units = (uint16_t)(b.at < at ? at - b.at : 0) };
		struct slob_block tail = { .at = (uint16_t)end,
					   .units = (uint16_t)(b_end > end ? b_end - end : 0) };

		p->units = (uint16_t)(p->units - b.units + head.units + tail.units);
		erase(p, i);
		if (head.units)
			err = insert(p, i++, head);
		if (!err && tail.units)
			err = insert(p, i++, tail);
	}
	return err;
}

/* ---- pages ---- */

static int take_slot(struct slob *s, uint32_t *id)
{
	size_t n = s->nr_slots;

	*id = s->free_slot;
	if (*id) {
		s->free_slot = s->pages[*id].next;
		return 0;
	}
	if (n >= FIRST_SLOTS && !(n & (n - 1))) {
		struct slob_page *v = realloc(s->pages, 2 * n * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		s->pages = v;
	}
	*id = (uint32_t)n;
	s->nr_slots++;
	return 0;
}

static void give_slot(struct slob *s, uint32_t id)
{
	free(s->pages[id].block);
	s->pages[id] = (struct slob_page){ .next = s->free_slot, .list = SLOB_LISTS };
	s->free_slot = id;
}

static void drop(struct slob *s, uint32_t id)
{
	const struct slob_page *p = &s->pages[id];

	unlist(s, id);
	for (uint64_t i = 0; i < pages_of(p->order); i++)
		s->of_page[p->page - s->first_page + i] = SLOB_NONE;
	s->nr_of_all -= pages_of(p->order);
	give_slot(s, id);
}

/* A slot for the block of @order at @page; who stood there is forgotten. */
static int occupy(struct slob *s, uint64_t page, unsigned int order, uint32_t *id)
{
	uint64_t at = page - s->first_page, n = pages_of(order);

	if (at >= s->nr_pages || n > s->nr_pages - at)
		return -KM_EINVAL;
	for (uint64_t i = 0; i < n; i++)
		if (s->of_page[at + i])
			drop(s, s->of_page[at + i]);
	if (take_slot(s, id))
		return -KM_ENOMEM;
	s->pages[*id] =
		(struct slob_page){ .page = page, .list = SLOB_LISTS, .order = (uint8_t)order };
	s->pages[*id].block = malloc(FIRST_BLOCKS * sizeof(struct slob_block));
	s->pages[*id].room = FIRST_BLOCKS;
	if (!s->pages[*id].block) {
		give_slot(s, *id);
		return -KM_ENOMEM;
	}
	for (uint64_t i = 0; i < n; i++)
		s->of_page[at + i] = *id;
	s->nr_of_all += n;
	return 0;
}

int slob_find(struct slob *s, uint64_t page, uint32_t *id)
{
	return occupy(s, page, 0, id);
}

int slob_make_whole(struct slob *s, uint64_t page, unsigned int order, uint32_t *id)
{
	int err = occupy(s, page, order, id);

	if (err)
		return err;
	s->pages[*id].whole = true;
	s->pages[*id].block[0] = (struct slob_block){ 0 };
	return 0;
}

int slob_make(struct slob *s, uint64_t page, const struct slob_request *rq, uint32_t *id)
{
	int err = slob_find(s, page, id);

	if (err)
		return err;
	struct slob_page *p = &s->pages[*id];

	p->units = (uint16_t)page_units(s);
	p->block[p->nr++] = (struct slob_block){ .units = p->units };
	enlist(s, *id, list_of(s, rq->size));
	return 0;
}

void slob_forget(struct slob *s, uint32_t id)
{
	const struct slob_page p = s->pages[id];

	drop(s, id);
	if (s->watch.gone)
		s->watch.gone(s->watch.ctx, p.page, p.order);
}

/* ---- allocation ---- */

/* Units from @at on to the next place that suits @rq. */
static unsigned int gap(const struct slob_request *rq, unsigned int at)
{
	uint32_t byte = at * SLOB_UNIT + rq->offset;

	return (rq->align - byte % rq->align) % rq->align / SLOB_UNIT;
}

static bool fits(const struct slob_page *p, const struct slob_request *rq, unsigned int *at)
{
	unsigned int units = units_of(rq->size);

	if (p->units < units)
		return false;
	for (unsigned int i = 0; i < p->nr; i++) {
		const struct slob_block *b = &p->block[i];

		if (b->used || b->units < units + gap(rq, b->at))
			continue;
		*at = b->at + gap(rq, b->at);
		return true;
	}
	return false;
}

uint32_t slob_choose(const struct slob *s, const struct slob_request *rq, unsigned int *at)
{
	uint32_t head = s->head[list_of(s, rq->size)], id = head;

	if (!head) {
		*at = gap(rq, 0);
		return SLOB_NONE;
	}
	do {
		if (fits(&s->pages[id], rq, at))
			return id;
		id = s->pages[id].next;
	} while (id != head);
	*at = gap(rq, 0);
	return SLOB_NONE;
}

int slob_take(struct slob *s, uint32_t id, unsigned int at, const struct slob_request *rq)
{
	struct slob_page *p = &s->pages[id];
	unsigned int units = units_of(rq->size), list = list_of(s, rq->size);

	if (at + units > page_units(s) || p->whole)
		return -KM_EINVAL;
	int err = clear_range(p, at, units);

	if (!err)
		err = insert(p, find(p, at),
			     (struct slob_block){ (uint16_t)at, (uint16_t)units, true,
						  rq->size % SLOB_UNIT });
	if (err)
		return err;
	if (!p->units && p->list == list && p->next != id && s->prof->goes_on_behind)
		s->head[list] = p->next;
	if (!p->units || p->list != list)
		unlist(s, id);
	if (p->units && p->list != list)
		enlist(s, id, list);
	else if (p->units)
		s->head[list] = id;
	return 0;
}

int slob_lose(struct slob *s, const struct slob_request *rq)
{
	unsigned int at, units = units_of(rq->size);
	uint32_t id;
	int err = 0;

	while (!err && (id = slob_choose(s, rq, &at))) {
		err = clear_range(&s->pages[id], at, units);
		if (!s->pages[id].units)
			unlist(s, id);
	}
	return err;
}

int slob_fill(struct slob *s, uint32_t id, unsigned int at)
{
	int err = clear_range(&s->pages[id], 0, at);

	if (!s->pages[id].units)
		unlist(s, id);
	return err;
}

bool slob_is_free(const struct slob *s, uint32_t id, unsigned int at, uint32_t size)
{
	const struct slob_page *p = &s->pages[id];
	unsigned int i = find(p, at);

	return i < p->nr && !p->block[i].used && p->block[i].at <= at &&
	       at + units_of(size) <= p->block[i].at + (unsigned int)p->block[i].units;
}

/* ---- free ---- */

/* Join block @i with the one behind it, where both are free and touch. */
static void join(struct slob_page *p, unsigned int i)
{
	if (i + 1 >= p->nr || p->block[i].used || p->block[i + 1].used ||
	    p->block[i].at + p->block[i].units != p->block[i + 1].at)
		return;
	p->block[i].units = (uint16_t)(p->block[i].units + p->block[i + 1].units);
	erase(p, i + 1);
}

int slob_free(struct slob *s, uint32_t id, unsigned int at, uint32_t size)
{
	struct slob_page *p = &s->pages[id];
	unsigned int units = units_of(size), i = find(p, at);
	bool listed = p->list != SLOB_LISTS;
	int err;

	for (unsigned int j = i; j < p->nr && p->block[j].at < at + units; j++)
		if (!p->block[j].used)
			return -KM_EINVAL;
	if (at + units > page_units(s) || p->whole)
		return -KM_EINVAL;
	if (p->units + units == page_units(s)) {
		s->released++;
		slob_forget(s, id);
		return 0;
	}
	err = clear_range(p, at, units);
	if (!err)
		err = insert(p, find(p, at),
			     (struct slob_block){ .at = (uint16_t)at, .units = (uint16_t)units });
	if (err)
		return err;
	p->units = (uint16_t)(p->units + units);
	i = find(p, at);
	join(p, i);
	if (i)
		join(p, i - 1);
	if (!listed)
		enlist(s, id, s->prof->full_goes_smallest ? 0 : list_of(s, size));
	return 0;
}

uint32_t slob_size(const struct slob *s, uint32_t id, unsigned int at)
{
	const struct slob_page *p = &s->pages[id];
	unsigned int i = find(p, at);

	return i < p->nr && p->block[i].at == at && p->block[i].used ?
		       (uint32_t)p->block[i].units * SLOB_UNIT - p->block[i].odd :
		       0;
}

/* ---- recounting ---- */

static int bad(struct km_diag *d, const struct slob_page *p, const char *what)
{
	return km_fail(d, KM_EINVAL, "slob", "page 0x%llx: %s", (unsigned long long)p->page, what);
}

static int check_page(const struct slob *s, const struct slob_page *p, struct km_diag *d)
{
	unsigned int end = 0, free_units = 0;
	bool free_before = false;

	for (unsigned int i = 0; i < p->nr; i++) {
		const struct slob_block *b = &p->block[i];

		if (!b->units || b->at < end || b->at + b->units > page_units(s))
			return bad(d, p, "its blocks overlap");
		if (!b->used && free_before && b->at == end)
			return bad(d, p, "two free blocks touch");
		end = b->at + (unsigned int)b->units;
		free_before = !b->used;
		free_units += b->used ? 0 : b->units;
	}
	if (free_units != p->units)
		return bad(d, p, "its free units are miscounted");
	if ((p->list == SLOB_LISTS) != !free_units || free_units > page_units(s))
		return bad(d, p, "it is on a list, or not, against its room");
	return 0;
}

static int check_list(const struct slob *s, unsigned int list, uint64_t *n, struct km_diag *d)
{
	uint32_t id = s->head[list];

	if (!id)
		return 0;
	do {
		const struct slob_page *p = &s->pages[id];

		if (p->list != list || s->pages[p->next].prev != id || ++*n > s->nr_slots)
			return bad(d, p, "its list is not whole");
		id = p->next;
	} while (id != s->head[list]);
	return 0;
}

int slob_check(const struct slob *s, struct km_diag *d)
{
	uint64_t held = 0, roomy = 0, listed = 0;
	int err = 0;

	for (uint32_t id = 1; !err && id < s->nr_slots; id++) {
		const struct slob_page *p = &s->pages[id];

		if (!p->block)
			continue;
		held += pages_of(p->order);
		roomy += p->list != SLOB_LISTS;
		err = check_page(s, p, d);
		if (!err && slob_at(s, p->page) != id)
			err = bad(d, p, "it is not found by its number");
	}
	for (unsigned int i = 0; !err && i < SLOB_LISTS; i++)
		err = check_list(s, i, &listed, d);
	if (!err && (held != s->nr_of_all || roomy != listed))
		err = km_fail(d, KM_EINVAL, "slob", "pages that are nowhere");
	return err;
}
