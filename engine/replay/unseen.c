/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/unseen.h"

#include <stdlib.h>

#include "engine/core/types.h"

/* The lowest bit of .last: that event was a free. */
enum { FREED = 1, NO_OBJECT = 16, FIRST_SLOTS = 1024, FIRST_TIMES = 256 };
enum { LAST_EVENT = UINT32_MAX / 2, MOST_AT_ONCE = 4096 };

int unseen_init(struct unseen *u, uint64_t first_page, uint64_t nr_pages)
{
	*u = (struct unseen){ .first_page = first_page, .nr_pages = nr_pages, .nr_times = 1 };
	u->born = calloc(nr_pages ? nr_pages : 1, sizeof(*u->born));
	u->touched = calloc(nr_pages ? nr_pages : 1, sizeof(*u->touched));
	return u->born && u->touched ? 0 : -KM_ENOMEM;
}

void unseen_release(struct unseen *u)
{
	free(u->address);
	free(u->times);
	free(u->returns);
	free(u->born);
	free(u->touched);
	free(u->takers);
	*u = (struct unseen){ 0 };
}

/* ---- the table ---- */

static struct unseen_address *slot_of(const struct unseen *u, uint64_t ptr)
{
	uint64_t h = ptr * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(h >> 32) & (u->nr_slots - 1);

	while (u->address[i].ptr && u->address[i].ptr != ptr)
		i = (i + 1) & (u->nr_slots - 1);
	return &u->address[i];
}

/* Into a table of @slots; only those with times where @timed. */
static int move(struct unseen *u, size_t slots, bool timed)
{
	struct unseen_address *old = u->address;
	size_t was = u->nr_slots;

	u->address = calloc(slots, sizeof(*u->address));
	if (!u->address) {
		u->address = old;
		return -KM_ENOMEM;
	}
	u->nr_slots = slots;
	u->nr = 0;
	for (size_t i = 0; i < was; i++)
		if (old[i].ptr && (old[i].time || !timed)) {
			*slot_of(u, old[i].ptr) = old[i];
			u->nr++;
		}
	free(old);
	return 0;
}

static int add_time(struct unseen *u, struct unseen_address *a, uint32_t from)
{
	if (u->nr_times >= u->times_room) {
		size_t room = u->times_room ? u->times_room * 2 : FIRST_TIMES;
		struct unseen_time *v = realloc(u->times, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		u->times = v;
		u->times_room = room;
	}
	uint32_t mine = (uint32_t)u->nr_times++;

	u->times[mine] = (struct unseen_time){ from, u->now, mine };
	if (a->time) {
		u->times[mine].next = u->times[a->time].next;
		u->times[a->time].next = mine;
	}
	a->time = mine;
	return 0;
}

static int add_return(struct unseen *u, uint64_t ptr, uint32_t from)
{
	if (u->nr_returns == u->returns_room) {
		size_t room = u->returns_room ? u->returns_room * 2 : FIRST_TIMES;
		struct unseen_return *v = realloc(u->returns, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		u->returns = v;
		u->returns_room = room;
	}
	u->returns[u->nr_returns++] = (struct unseen_return){ ptr, from, u->now };
	return 0;
}

/* ---- the survey ---- */

bool unseen_is_object(const struct km_event *ev)
{
	return (ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC ||
		ev->kind == KM_EV_KFREE || ev->kind == KM_EV_CACHE_FREE) &&
	       ev->obj.ptr > NO_OBJECT;
}

void unseen_learn_block(struct unseen *u, const struct km_event *ev)
{
	uint64_t at = ev->page.pfn - u->first_page;

	if (ev->page.pfn == KM_NO_PFN || at >= u->nr_pages)
		return;
	for (uint64_t i = at; i < at + pages_of(ev->page.order) && i < u->nr_pages; i++)
		u->born[i] = u->now;
}

/* Pages among addresses, which are all even. */
static uint64_t key_of_page(uint64_t page)
{
	return page << 1 | 1;
}

/* The place of @key, made where there is none; NULL: no memory. */
static struct unseen_address *place_of(struct unseen *u, uint64_t key)
{
	if (u->nr * 4 >= u->nr_slots * 3 &&
	    move(u, u->nr_slots ? u->nr_slots * 2 : FIRST_SLOTS, false))
		return NULL;
	struct unseen_address *a = slot_of(u, key);

	u->nr += !a->ptr;
	a->ptr = key;
	return a;
}

int unseen_learn_block_freed(struct unseen *u, const struct km_event *ev)
{
	uint64_t at = ev->page.pfn - u->first_page;
	uint32_t last = 0;

	if (ev->page.pfn == KM_NO_PFN || at >= u->nr_pages)
		return 0;
	for (uint64_t i = at; i - at < pages_of(ev->page.order) && i < u->nr_pages; i++) {
		last = u->touched[i] > last ? u->touched[i] : last;
		u->touched[i] = 0;
	}
	if (!last)
		return 0;
	struct unseen_address *a = place_of(u, key_of_page(ev->page.pfn));

	return a ? add_time(u, a, last) : -KM_ENOMEM;
}

int unseen_learn(struct unseen *u, const struct km_event *ev, uint64_t page)
{
	bool freed = ev->kind == KM_EV_KFREE || ev->kind == KM_EV_CACHE_FREE;
	bool known = page - u->first_page < u->nr_pages;
	uint32_t from = known ? u->born[page - u->first_page] : 0;
	int err = 0;

	if (!unseen_is_object(ev) || u->now == LAST_EVENT)
		return 0;
	u->now++;
	if (known)
		u->touched[page - u->first_page] = u->now;
	struct unseen_address *a = place_of(u, ev->obj.ptr & ~UINT64_C(1));

	if (!a)
		return -KM_ENOMEM;
	uint32_t last = a->last / 2;

	if (freed && (last <= from || a->last & FREED))
		err = add_time(u, a, last > from ? last : from);
	else if (!freed && last > from && !(a->last & FREED))
		err = add_return(u, ev->obj.ptr, last);
	a->last = u->now * 2 + (freed ? FREED : 0);
	return err;
}

/* An event hands out one object: .from is a number of its own. */
static int earlier(const void *a, const void *b)
{
	uint32_t x = ((const struct unseen_return *)a)->from;
	uint32_t y = ((const struct unseen_return *)b)->from;

	return (x > y) - (x < y);
}

int unseen_start(struct unseen *u, size_t nr_caches)
{
	size_t nr = 0, slots = FIRST_SLOTS;

	u->takers = calloc(nr_caches + 1, sizeof(*u->takers));
	if (!u->takers)
		return -KM_ENOMEM;
	for (size_t i = 0; i < u->nr_slots; i++)
		nr += u->address[i].time != 0;
	while (nr * 4 >= slots * 3)
		slots *= 2;
	if (u->nr_slots && move(u, slots, true))
		return -KM_ENOMEM;
	/* from here on .time is the one to look at next: the first */
	for (size_t i = 0; i < u->nr_slots; i++)
		if (u->address[i].time)
			u->address[i].time = u->times[u->address[i].time].next;
	free(u->born);
	free(u->touched);
	u->born = u->touched = NULL;
	u->now = 0;
	if (u->nr_returns)
		qsort(u->returns, u->nr_returns, sizeof(*u->returns), earlier);
	return 0;
}

/* ---- the replay ---- */

void unseen_feed(struct unseen *u, const struct km_event *ev)
{
	u->now += unseen_is_object(ev) && u->now < LAST_EVENT;
}

/* The time of @key that is not over yet, or the last one; NULL: it has none. */
static const struct unseen_time *time_of(struct unseen *u, uint64_t key)
{
	struct unseen_address *a = u->nr ? slot_of(u, key) : NULL;

	if (!a || !a->ptr)
		return NULL;
	const struct unseen_time *t = &u->times[a->time];

	while (t->to < u->now && u->times[t->next].to > t->to) {
		a->time = t->next;
		t = &u->times[a->time];
	}
	return t;
}

bool unseen_taken(struct unseen *u, uint64_t ptr)
{
	const struct unseen_time *t = time_of(u, ptr & ~UINT64_C(1));

	/* the event that ends one time may be in the next */
	if (t && t->to == u->now)
		t = &u->times[t->next];
	return t && t->from < u->now && u->now < t->to;
}

bool unseen_goes(struct unseen *u, uint64_t page)
{
	const struct unseen_time *t = time_of(u, key_of_page(page));

	return t && t->from <= u->now && u->now <= t->to;
}

void unseen_back(struct unseen *u, uint64_t ptr, bool (*back)(void *ctx, uint64_t ptr), void *ctx)
{
	struct unseen_return *r = u->returns;
	size_t mine, i;

	while (u->first_return < u->nr_returns && r[u->first_return].to < u->now)
		u->first_return++;
	for (mine = u->first_return; mine < u->nr_returns && r[mine].from < u->now; mine++)
		if (r[mine].ptr == ptr && r[mine].to == u->now)
			break;
	if (mine == u->nr_returns || r[mine].from >= u->now)
		return;
	i = mine - u->first_return > MOST_AT_ONCE ? mine - MOST_AT_ONCE : u->first_return;
	for (; i <= mine; i++)
		if (r[i].to >= u->now && back(ctx, r[i].ptr))
			r[i].to = 0;
}
