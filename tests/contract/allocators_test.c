/* SPDX-License-Identifier: GPL-2.0-only */
/* What every kernel's object allocators must keep, whatever their mechanisms are. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slab/slab_ops.h"
#include "engine/variant/profile.h"
#include "engine/variant/variant.h"
#include "tests/property/random.h"

enum { FIRST_PAGE = 512, NR_PAGES = 8192, SHIFT = 12, CPUS = 2, OBJECTS = 3000 };

static const uint32_t sizes[] = { 32, 104, 192, 600, 1024, 2112, 4096, 9728 };

enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

static struct slab_room room;
static uint64_t next_page;

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(slab_check(&room, &d), 0, "%s: %s", d.where, d.what);
}

static void open_room(const struct slab_profile *prof)
{
	cr_assert_eq(slab_init(&room, prof, FIRST_PAGE, NR_PAGES, CPUS, SHIFT), 0);
	for (unsigned int i = 0; i < SIZES; i++) {
		struct slab_cache_config c = { .object_size = sizes[i], .size = sizes[i] };
		char name[16];

		snprintf(name, sizeof(name), "size-%u", sizes[i]);
		c.name = name;
		cr_assert_eq(slab_cache_init(&room, &c), (int)i);
	}
	next_page = FIRST_PAGE;
}

struct held {
	uint32_t slab;
	unsigned int index, cache;
};

static struct held get(unsigned int cache, unsigned int cpu)
{
	const struct slab_ops *ops = room.prof->ops;
	struct slab_choice want = ops->choose(&room, cache, cpu);
	uint32_t fresh = SLAB_NONE;

	if (want.from == SLAB_FROM_NEW) {
		cr_assert_eq(slab_make(&room, cache, next_page, &fresh), 0);
		next_page += pages_of(room.caches[cache].order);
		ops->begin(&room, fresh, want.start);
		want.slab = fresh;
	}
	cr_assert_not(slab_is_used(&room, want.slab, want.index), "it is somebody's");
	struct slab_choice got = ops->alloc(&room, cache, cpu, fresh);

	cr_assert_eq(got.slab, want.slab, "what was foretold is what comes");
	cr_assert_eq(got.index, want.index);
	cr_assert(slab_is_used(&room, got.slab, got.index));
	cr_assert_eq(room.host_error, 0);
	return (struct held){ got.slab, got.index, cache };
}

static void for_each_allocator(void (*test)(void))
{
	unsigned int n = 0;

	for (size_t i = 0; i < kernel_profile_count(); i++)
		for (unsigned int j = 0; j < SLAB_ALLOCATORS; j++) {
			const struct slab_profile *p = &kernel_profile_at(i)->slabs[j];

			if (!p->ops)
				continue;
			open_room(p);
			test();
			slab_release(&room);
			n++;
		}
	cr_assert_geq(n, 3 + 3 + 1, "of 2.6.34, 6.1 and 6.12");
}

/* An object lies inside its slab, at a place that names it again. */
static void places(void)
{
	for (unsigned int i = 0; i < SIZES; i++) {
		struct held h = get(i, 0);
		uint64_t at = slab_object_offset(&room, h.slab, h.index), end = at + sizes[i] - 1;
		uint64_t head = at >> SHIFT;
		int index = slab_index_of(&room, h.slab, head, at & 4095);

		cr_assert_eq(slab_at(&room, head), h.slab);
		cr_assert_eq(slab_at(&room, end >> SHIFT), h.slab);
		cr_assert_eq(index, (int)h.index);
	}
	sound();
}

Test(allocators, places)
{
	for_each_allocator(places);
}

/* What one CPU freed last it gets first. */
static void last_first(void)
{
	for (unsigned int i = 0; i < SIZES; i++) {
		get(i, 0);
		struct held h = get(i, 0);

		room.prof->ops->free(&room, h.slab, h.index, 0);
		struct held again = get(i, 0);

		cr_assert_eq(again.slab, h.slab);
		cr_assert_eq(again.index, h.index);
	}
	sound();
}

Test(allocators, freed_last_is_handed_out_first)
{
	for_each_allocator(last_first);
}

/* Live objects are among the active ones, and no row says more objects than its slabs hold. */
static void rows(const unsigned int *live)
{
	for (unsigned int i = 0; i < SIZES; i++) {
		struct slab_count n;

		slab_count(&room, i, &n);
		if (!room.prof->ops->count)
			continue;
		cr_assert_leq(live[i], n.active_objs);
		cr_assert_leq(n.active_objs, n.num_objs);
		cr_assert_leq(n.active_slabs, n.num_slabs);
		cr_assert_eq(n.num_objs, n.num_slabs * room.caches[i].objs);
	}
}

static void churn(void)
{
	static struct held held[OBJECTS];
	unsigned int nr = 0, live[SIZES] = { 0 };
	struct random rng = { 5 };

	for (unsigned int step = 0; step < 6000; step++) {
		unsigned int cpu = random_below(&rng, CPUS);

		if (nr < OBJECTS && random_below(&rng, 100) < 52) {
			held[nr] = get(random_below(&rng, SIZES), cpu);
			live[held[nr++].cache]++;
		} else if (nr) {
			unsigned int at = random_below(&rng, nr);
			struct held h = held[at];

			held[at] = held[--nr];
			live[h.cache]--;
			room.prof->ops->free(&room, h.slab, h.index, cpu);
		}
		if (step % 50 == 0)
			sound();
		rows(live);
	}
	while (nr--)
		room.prof->ops->free(&room, held[nr].slab, held[nr].index, 1);
	sound();
	for (uint64_t page = FIRST_PAGE; page < FIRST_PAGE + NR_PAGES; page++)
		if (slab_at(&room, page))
			slab_forget(&room, slab_at(&room, page));
	sound();
	cr_assert_eq(slab_pages(&room), 0);
}

Test(allocators, nothing_is_lost)
{
	for_each_allocator(churn);
}

/* The objects of two rooms of one process have nothing to do with one another. */
static void apart(void)
{
	const struct slab_room first = room;
	struct held h = get(2, 0);
	uint64_t held = slab_pages(&room), page = next_page;
	struct slab_room mine = room;

	open_room(first.prof);
	struct held other = get(2, 0);

	cr_expect_eq(other.slab, h.slab);
	cr_expect_eq(other.index, h.index, "it begins where the first one began");
	get(7, 1);
	cr_expect_eq(slab_pages(&mine), held);
	sound();
	slab_release(&room);
	room = mine;
	next_page = page;
	room.prof->ops->free(&room, h.slab, h.index, 0);
	sound();
}

Test(allocators, several_in_one_process)
{
	for_each_allocator(apart);
}

/* What was held is there again in the room: all that was handed out twice would show. */
static void no_two_overlap(void)
{
	static uint8_t owner[NR_PAGES][(1 << SHIFT) / 8];
	struct random rng = { 11 };

	memset(owner, 0, sizeof(owner));
	for (unsigned int i = 0; i < 2000; i++) {
		struct held h = get(random_below(&rng, SIZES), random_below(&rng, CPUS));
		uint64_t at = slab_object_offset(&room, h.slab, h.index);

		at -= (uint64_t)FIRST_PAGE << SHIFT;
		for (uint64_t byte = at; byte < at + sizes[h.cache]; byte += 8)
			cr_assert_not(owner[byte >> SHIFT][(byte & 4095) / 8]++);
	}
	sound();
}

Test(allocators, no_two_objects_overlap)
{
	for_each_allocator(no_two_overlap);
}

/* No slab can hold it, or its layout cannot be: refused, and nothing is changed. */
static void refusals(void)
{
	struct slab_cache_config c = { .name = "x", .size = 64, .objs = 65 };
	size_t was = room.nr_caches;

	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL);
	c = (struct slab_cache_config){ .name = "x" };
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL);
	c = (struct slab_cache_config){ .name = "x", .size = UINT32_MAX };
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL);
	cr_expect_eq(room.nr_caches, was);
	sound();
}

Test(allocators, refusals)
{
	for_each_allocator(refusals);
}
