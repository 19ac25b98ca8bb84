/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Live objects lie in one array, 24 bytes each; places that are given back are a list. They are
 *    found by a table of their numbers: open addressing with linear probing, closed up behind what
 *    is taken away.
 * 2. Callers (site, kind) and groups (caller, cache) are told apart in the same way, and stay.
 * 3. At the end the live ones are dealt to their groups, and each group's sorted by age.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/leak/growth.h"
#include "engine/leak/leak.h"

enum { FIRST_OBJECTS = 1024, FIRST_ROWS = 256, LIFETIMES = 64 };

struct tenant {
	uint64_t key;	/* 0: free */
	uint64_t ts_ns; /* free: the next free one's number + 1 */
	uint32_t group, bytes;
};

_Static_assert(sizeof(struct tenant) == 24, "24 bytes for each live object");

/* Numbers + 1 by hash; 0: free. */
struct table {
	uint32_t *slot;
	size_t nr; /* a power of two, or 0 */
};

/* What a group has beside its public numbers. */
struct history {
	struct growth growth;
	uint32_t lifetimes[LIFETIMES]; /* of those freed, by the length of the number of ns */
};

struct census {
	struct tenant *tenant;
	size_t nr_tenants, room_tenants, live, free; /* free: the first's number + 1 */
	struct table tenants;
	struct census_caller *caller;
	size_t nr_callers, room_callers;
	struct table callers;
	struct census_group *group;
	struct history *history; /* beside the groups */
	size_t nr_groups, room_groups;
	struct table groups;
	bool begun;
	uint64_t first_ns, last_ns;
};

const char *census_kind_name(unsigned int kind)
{
	static const char *const names[] = { "kmalloc", "kmem_cache_alloc" };

	return kind < CENSUS_NR_KINDS ? names[kind] : "?";
}

static size_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a + (b << 32 | b >> 32)) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32 ^ h >> 9);
}

/* ---- tables ---- */

static int table_widen(struct table *t, size_t entries)
{
	size_t nr = t->nr ? t->nr : FIRST_ROWS * 2;

	while (entries * 4 > nr * 3)
		nr *= 2;
	if (nr == t->nr)
		return 0;
	uint32_t *slot = calloc(nr, sizeof(*slot));

	if (!slot)
		return -KM_ENOMEM;
	free(t->slot);
	*t = (struct table){ slot, nr };
	return 1;
}

static void table_put(struct table *t, size_t home, size_t number)
{
	size_t at = home & (t->nr - 1);

	while (t->slot[at])
		at = (at + 1) & (t->nr - 1);
	t->slot[at] = (uint32_t)number + 1;
}

/* ---- callers and groups ---- */

/* Room for one more of @size bytes behind *@rows. */
static int more_rows(void **rows, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return 0;
	size_t wider = *room ? *room * 2 : FIRST_ROWS;
	void *p = realloc(*rows, wider * size);

	if (!p)
		return -KM_ENOMEM;
	*rows = p;
	*room = wider;
	return 0;
}

static size_t group_home(uint32_t site, unsigned int kind, uint32_t cache)
{
	return mix((uint64_t)cache << 8 | kind, site);
}

/* The caller of a group that is new. */
static int64_t caller_of(struct census *c, const struct census_object *o)
{
	int wider = table_widen(&c->callers, c->nr_callers + 1);

	if (wider < 0)
		return wider;
	for (size_t i = 0; wider && i < c->nr_callers; i++)
		table_put(&c->callers, mix(c->caller[i].site, c->caller[i].kind), i);
	size_t home = mix(o->site, o->kind);

	for (size_t at = home & (c->callers.nr - 1); c->callers.slot[at];
	     at = (at + 1) & (c->callers.nr - 1)) {
		const struct census_caller *k = &c->caller[c->callers.slot[at] - 1];

		if (k->site == o->site && k->kind == o->kind)
			return c->callers.slot[at] - 1;
	}
	if (more_rows((void **)&c->caller, c->nr_callers, &c->room_callers, sizeof(*c->caller)))
		return -KM_ENOMEM;
	c->caller[c->nr_callers] = (struct census_caller){ .site = o->site, .kind = o->kind };
	table_put(&c->callers, home, c->nr_callers);
	return (int64_t)c->nr_callers++;
}

static int64_t new_group(struct census *c, const struct census_object *o)
{
	int64_t caller = caller_of(c, o);
	size_t room = c->room_groups;

	if (caller < 0)
		return caller;
	int wider = table_widen(&c->groups, c->nr_groups + 1);

	if (wider < 0)
		return wider;
	for (size_t i = 0; wider && i < c->nr_groups; i++) {
		const struct census_caller *k = &c->caller[c->group[i].caller];

		table_put(&c->groups, group_home(k->site, k->kind, c->group[i].cache), i);
	}
	if (more_rows((void **)&c->history, c->nr_groups, &room, sizeof(*c->history)) ||
	    more_rows((void **)&c->group, c->nr_groups, &c->room_groups, sizeof(*c->group)))
		return -KM_ENOMEM;
	memset(&c->history[c->nr_groups], 0, sizeof(*c->history));
	c->group[c->nr_groups] =
		(struct census_group){ .caller = (uint32_t)caller, .cache = o->cache };
	table_put(&c->groups, group_home(o->site, o->kind, o->cache), c->nr_groups);
	return (int64_t)c->nr_groups++;
}

static int64_t group_of(struct census *c, const struct census_object *o)
{
	size_t mask = c->groups.nr - 1, at = group_home(o->site, o->kind, o->cache) & mask;

	for (; c->groups.nr && c->groups.slot[at]; at = (at + 1) & mask) {
		const struct census_group *g = &c->group[c->groups.slot[at] - 1];
		const struct census_caller *k = &c->caller[g->caller];

		if (g->cache == o->cache && k->site == o->site && k->kind == o->kind)
			return c->groups.slot[at] - 1;
	}
	return new_group(c, o);
}

/* ---- live objects ---- */

static size_t home_of(const struct census *c, uint64_t key)
{
	return mix(key, 0) & (c->tenants.nr - 1);
}

/* Where @key is in the table; else the free place where it would go. */
static size_t place_of(const struct census *c, uint64_t key)
{
	size_t at = home_of(c, key);

	while (c->tenants.slot[at] && c->tenant[c->tenants.slot[at] - 1].key != key)
		at = (at + 1) & (c->tenants.nr - 1);
	return at;
}

/* Where @key is in the table; SIZE_MAX: it does not live. */
static size_t slot_of(const struct census *c, uint64_t key)
{
	size_t at = c->tenants.nr ? place_of(c, key) : 0;

	return c->tenants.nr && c->tenants.slot[at] ? at : SIZE_MAX;
}

static void close_up(struct census *c, size_t hole)
{
	size_t mask = c->tenants.nr - 1;

	for (size_t i = (hole + 1) & mask; c->tenants.slot[i]; i = (i + 1) & mask) {
		size_t home = home_of(c, c->tenant[c->tenants.slot[i] - 1].key);

		/* It may move back only as far as its home. */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		c->tenants.slot[hole] = c->tenants.slot[i];
		hole = i;
	}
	c->tenants.slot[hole] = 0;
}

static int make_room(struct census *c)
{
	if (!c->free && c->nr_tenants == c->room_tenants) {
		size_t room = c->room_tenants ? c->room_tenants + c->room_tenants / 4 :
						FIRST_OBJECTS;
		struct tenant *t = realloc(c->tenant, room * sizeof(*t));

		if (!t)
			return -KM_ENOMEM;
		c->tenant = t;
		c->room_tenants = room;
	}
	if ((c->live + 1) * 4 <= c->tenants.nr * 3)
		return 0;
	int wider = table_widen(&c->tenants, c->live + 1);

	for (size_t i = 0; wider > 0 && i < c->nr_tenants; i++)
		if (c->tenant[i].key)
			table_put(&c->tenants, mix(c->tenant[i].key, 0), i);
	return wider < 0 ? wider : 0;
}

/* At @slot, where nobody is. */
static void move_in(struct census *c, const struct census_object *o, uint32_t group, size_t slot)
{
	size_t number = c->free ? c->free - 1 : c->nr_tenants++;

	if (c->free)
		c->free = (size_t)c->tenant[number].ts_ns;
	c->tenant[number] = (struct tenant){ o->key, c->last_ns, group, o->bytes_alloc };
	c->tenants.slot[slot] = (uint32_t)number + 1;
	c->live++;
}

static unsigned int length_of(uint64_t ns)
{
	return ns ? 63 - (unsigned int)__builtin_clzll(ns) : 0;
}

/* The object at @slot is gone, at the last event's time. */
static struct census_group *move_out(struct census *c, size_t slot)
{
	size_t number = c->tenants.slot[slot] - 1;
	struct tenant *t = &c->tenant[number];
	struct census_group *g = &c->group[t->group];
	struct history *h = &c->history[t->group];

	growth_pass(&h->growth, c->last_ns - c->first_ns);
	h->growth.now -= t->bytes;
	h->lifetimes[length_of(c->last_ns - t->ts_ns)]++;
	c->caller[g->caller].live_bytes -= t->bytes;
	close_up(c, slot);
	*t = (struct tenant){ .ts_ns = c->free };
	c->free = number + 1;
	c->live--;
	return g;
}

static void clock_to(struct census *c, uint64_t ts_ns)
{
	if (!c->begun)
		c->first_ns = c->last_ns = ts_ns;
	c->begun = true;
	if (ts_ns > c->last_ns)
		c->last_ns = ts_ns;
}

int census_alloc(struct census *c, const struct census_object *o)
{
	KM_BUG_ON(!o->key || o->kind >= CENSUS_NR_KINDS);
	int err = make_room(c);
	int64_t n = err ? err : group_of(c, o);

	if (n < 0)
		return (int)n;
	clock_to(c, o->ts_ns);
	size_t slot = place_of(c, o->key);

	if (c->tenants.slot[slot]) {
		move_out(c, slot)->unseen_frees++;
		slot = place_of(c, o->key);
	}
	struct census_group *g = &c->group[n];
	struct census_caller *k = &c->caller[g->caller];

	g->allocs++;
	k->allocs++;
	k->bytes_req += o->bytes_req;
	k->bytes_alloc += o->bytes_alloc;
	k->live_bytes += o->bytes_alloc;
	if (k->live_bytes > k->peak_bytes)
		k->peak_bytes = k->live_bytes;
	growth_pass(&c->history[n].growth, c->last_ns - c->first_ns);
	c->history[n].growth.now += o->bytes_alloc;
	move_in(c, o, (uint32_t)n, slot);
	return 0;
}

bool census_free(struct census *c, uint64_t key, uint64_t ts_ns)
{
	size_t slot = slot_of(c, key);

	clock_to(c, ts_ns);
	if (!key || slot == SIZE_MAX)
		return false;
	struct census_group *g = move_out(c, slot);

	g->frees++;
	c->caller[g->caller].frees++;
	return true;
}

/* ---- the end ---- */

/* Ninety-nine of a hundred lived no longer than this. */
static uint64_t lifetime_p99(const struct history *h)
{
	uint64_t all = 0, seen = 0;
	unsigned int i = 0;

	for (unsigned int k = 0; k < LIFETIMES; k++)
		all += h->lifetimes[k];
	if (!all)
		return 0;
	for (; i < LIFETIMES - 1; i++) {
		seen += h->lifetimes[i];
		if (seen * 100 >= all * 99)
			break;
	}
	return (UINT64_C(2) << i) - 1;
}

static uint8_t excluded(const struct census_group *g, const struct history *h, uint64_t end_ns,
			uint64_t min_age_ns)
{
	if (end_ns - g->oldest_ns < min_age_ns)
		return CENSUS_YOUNG;
	if (g->unseen_frees)
		return CENSUS_FREED_UNSEEN;
	if (g->bytes_per_second <= 0 || h->growth.now <= growth_half(&h->growth))
		return CENSUS_BALANCED;
	if (end_ns - g->median_ns <= g->lifetime_p99_ns)
		return CENSUS_SHORT_LIVED;
	return CENSUS_CANDIDATE;
}

static int by_time(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* @times has room for every live object, @from for the place where each group's begin. */
static void sum_up(struct census *c, uint64_t *times, size_t *from, uint64_t min_age_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr_tenants; i++)
		if (c->tenant[i].key) {
			c->group[c->tenant[i].group].live++;
			c->group[c->tenant[i].group].live_bytes += c->tenant[i].bytes;
		}
	for (size_t i = 0; i < c->nr_groups; i++) {
		from[i] = n;
		n += c->group[i].live;
	}
	for (size_t i = 0; i < c->nr_tenants; i++)
		if (c->tenant[i].key)
			times[from[c->tenant[i].group]++] = c->tenant[i].ts_ns;
	for (size_t i = 0; i < c->nr_groups; i++) {
		struct census_group *g = &c->group[i];
		uint64_t *mine = times + from[i] - g->live;

		growth_pass(&c->history[i].growth, c->last_ns - c->first_ns);
		g->bytes_per_second = growth_slope(&c->history[i].growth);
		g->lifetime_p99_ns = lifetime_p99(&c->history[i]);
		if (!g->live)
			continue;
		qsort(mine, g->live, sizeof(*mine), by_time);
		g->oldest_ns = mine[0];
		g->median_ns = mine[g->live / 2];
		g->excluded = excluded(g, &c->history[i], c->last_ns, min_age_ns);
	}
}

int census_finish(struct census *c, uint64_t end_ns, uint64_t min_age_ns)
{
	uint64_t *times = malloc((c->live + 1) * sizeof(*times));
	size_t *from = malloc((c->nr_groups + 1) * sizeof(*from));

	clock_to(c, end_ns);
	if (times && from)
		sum_up(c, times, from, min_age_ns);
	int err = times && from ? 0 : -KM_ENOMEM;

	free(times);
	free(from);
	return err;
}

int census_open(struct census **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -KM_ENOMEM;
}

void census_close(struct census *c)
{
	if (!c)
		return;
	free(c->tenant);
	free(c->tenants.slot);
	free(c->caller);
	free(c->callers.slot);
	free(c->group);
	free(c->history);
	free(c->groups.slot);
	free(c);
}

size_t census_nr_callers(const struct census *c)
{
	return c->nr_callers;
}

const struct census_caller *census_caller(const struct census *c, size_t i)
{
	return &c->caller[i];
}

size_t census_nr_groups(const struct census *c)
{
	return c->nr_groups;
}

const struct census_group *census_group(const struct census *c, size_t i)
{
	return &c->group[i];
}

size_t census_live(const struct census *c)
{
	return c->live;
}

size_t census_bytes(const struct census *c)
{
	return c->room_tenants * sizeof(*c->tenant) + c->tenants.nr * sizeof(*c->tenants.slot);
}

/* Every object is found; the bytes of a caller, and of its groups, are those of its objects. */
int census_check(const struct census *c, struct km_diag *d)
{
	uint64_t bytes = 0, callers = 0, groups = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->nr_tenants; i++) {
		const struct tenant *t = &c->tenant[i];

		if (!t->key)
			continue;
		size_t slot = slot_of(c, t->key);

		n++;
		bytes += t->bytes;
		if (slot == SIZE_MAX || c->tenants.slot[slot] != i + 1)
			return km_fail(d, KM_EINVAL, "leak", "the object at 0x%llx is not found",
				       (unsigned long long)t->key);
	}
	for (size_t i = 0; i < c->nr_callers; i++)
		callers += c->caller[i].live_bytes;
	for (size_t i = 0; i < c->nr_groups; i++)
		groups += c->history[i].growth.now;
	if (n != c->live || bytes != callers || bytes != groups)
		return km_fail(d, KM_EINVAL, "leak",
			       "%zu objects of %llu bytes live, not %zu of %llu (%llu by group)", n,
			       (unsigned long long)bytes, c->live, (unsigned long long)callers,
			       (unsigned long long)groups);
	return 0;
}
