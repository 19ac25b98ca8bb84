/* SPDX-License-Identifier: GPL-2.0-only */
/* SLUB by hand: sizes from mm/slub.c's formulas, and what its lists do in small scenes. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "engine/slab/slab_ops.h"
#include "tests/property/random.h"

static const struct slab_profile prof = {
	.max_order = 3,
	.top_order = 10,
	.kmalloc_min_size = 8,
	.kmalloc_max_cache = 8192,
	.least_fraction = 4,
	.min_partial_shift = 1,
	.min_partial = 5,
	.max_partial = 10,
	.ops = &slab_slub,
};

enum { FIRST_PAGE = 64, NR_PAGES = 1024, SHIFT = 12 };

static struct slab_room room;

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(slab_check(&room, &d), 0, "%s: %s", d.where, d.what);
}

static void open_room(unsigned int nr_cpus)
{
	cr_assert_eq(slab_init(&room, &prof, FIRST_PAGE, NR_PAGES, nr_cpus, SHIFT), 0);
}

static unsigned int add(const char *name, uint32_t size)
{
	const struct slab_cache_config c = { .name = name, .object_size = size, .size = size };
	int cache = slab_cache_init(&room, &c);

	cr_assert_geq(cache, 0);
	return (unsigned int)cache;
}

static void end(void)
{
	if (room.prof)
		slab_release(&room);
}

TestSuite(slab, .fini = end);

/* The model serves one allocation; a new slab gets the pages that follow the last one's. */
static uint64_t next_page = FIRST_PAGE;

static struct slab_choice get(unsigned int cache, unsigned int cpu)
{
	struct slab_choice want = prof.ops->choose(&room, cache, cpu), got;
	uint32_t fresh = SLAB_NONE;

	if (want.from == SLAB_FROM_NEW) {
		cr_assert_eq(slab_make(&room, cache, next_page, &fresh), 0);
		next_page += pages_of(room.caches[cache].order);
		slab_free_from(&room, fresh, 0);
	}
	got = prof.ops->alloc(&room, cache, cpu, fresh);
	if (want.from != SLAB_FROM_NEW) {
		cr_assert_eq(got.slab, want.slab);
		cr_assert_eq(got.index, want.index);
	}
	sound();
	return got;
}

static void put(uint32_t slab, unsigned int index, unsigned int cpu)
{
	prof.ops->free(&room, slab, index, cpu);
	sound();
}

static void counts(unsigned int cache, uint64_t active, uint64_t objs, uint64_t slabs)
{
	struct slab_count n;

	slab_count(&room, cache, &n);
	cr_assert_eq(n.active_objs, active, "active %llu, not %llu",
		     (unsigned long long)n.active_objs, (unsigned long long)active);
	cr_assert_eq(n.num_objs, objs);
	cr_assert_eq(n.num_slabs, slabs);
}

/*
 * Kernel: mm/slub.c:3972 calculate_order(), set_cpu_partial(), kmem_cache_open() [6.1.192], 4 CPUs:
 * worked out by hand. inode_cache 608: 16 objects wanted, get_order(9728) = 2, 16384 mod 608 = 576,
 * no more than 16384 / 16.
 */
Test(slab, sizes_follow_the_formulas)
{
	static const struct {
		uint32_t size;
		unsigned int order, objs, stack, least;
	} want[] = {
		{ 8, 0, 512, 1, 5 },	{ 32, 0, 128, 2, 5 },	{ 96, 0, 42, 6, 5 },
		{ 192, 0, 21, 12, 5 },	{ 256, 0, 16, 7, 5 },	{ 512, 1, 16, 7, 5 },
		{ 1024, 2, 16, 3, 5 },	{ 2048, 3, 16, 3, 5 },	{ 4096, 3, 8, 2, 6 },
		{ 8192, 3, 4, 3, 6 },	{ 608, 2, 26, 4, 5 },	{ 1176, 3, 27, 2, 5 },
		{ 9728, 3, 3, 4, 6 },	{ 2112, 3, 15, 4, 5 },	{ 832, 2, 19, 6, 5 },
		{ 11000, 2, 1, 12, 6 }, { 40000, 4, 1, 12, 7 },
	};

	open_room(4);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		unsigned int cache = add("c", want[i].size);
		const struct slab_cache *c = &room.caches[cache];

		cr_expect_eq(c->order, want[i].order, "size %u: order %u, not %u", want[i].size,
			     c->order, want[i].order);
		cr_expect_eq(c->objs, want[i].objs, "size %u: %u objects", want[i].size, c->objs);
		cr_expect_eq(c->cpu_partial_slabs, want[i].stack, "size %u: %u slabs", want[i].size,
			     c->cpu_partial_slabs);
		cr_expect_eq(c->min_partial, want[i].least, "size %u: min_partial %u", want[i].size,
			     c->min_partial);
	}
	/* One CPU: 8 objects wanted (calculate_order(): 4 * (fls(1) + 1)). */
	cr_expect_eq(slab_order_for(&prof, 512, 1, SHIFT), 0);
	cr_expect_eq(slab_order_for(&prof, 1024, 1, SHIFT), 1);
}

/* Kernel: mm/slab_common.c:kmalloc_slab(), size_index[] [6.1.192] */
Test(slab, kmalloc_classes)
{
	static const struct {
		uint32_t bytes, size;
	} want[] = {
		{ 1, 8 },     { 8, 8 },	    { 9, 16 },	   { 33, 64 },	   { 64, 64 },
		{ 65, 96 },   { 96, 96 },   { 97, 128 },   { 129, 192 },   { 192, 192 },
		{ 193, 256 }, { 257, 512 }, { 513, 1024 }, { 4097, 8192 }, { 8192, 8192 },
		{ 8193, 0 },  { 0, 0 },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		cr_expect_eq(slab_kmalloc_size(&prof, want[i].bytes), want[i].size, "%u bytes",
			     want[i].bytes);
}

/*
 * Size 1024, 4 CPUs: 16 objects, a stack of 3 slabs, min_partial 5; all on CPU 0. By hand from
 * mm/slub.c:___slab_alloc(), __slab_free(), put_cpu_partial(), get_partial_node() [6.1.192].
 */
Test(slab, a_small_trace)
{
	uint32_t s[5];

	open_room(4);
	unsigned int c = add("kmalloc-1k", 1024);

	for (unsigned int i = 0; i < 80; i++) {
		struct slab_choice got = get(c, 0);

		s[i / 16] = got.slab;
		cr_assert_eq(got.index, i % 16);
	}
	counts(c, 80, 80, 5);
	for (unsigned int i = 0; i < 3; i++)
		put(s[i], 0, 0);
	counts(c, 80, 80, 5);
	cr_assert_eq(room.caches[c].cpu[0].partial, s[2]);
	put(s[3], 0, 0);
	counts(c, 77, 80, 5);
	cr_assert_eq(room.caches[c].head, s[2]);
	cr_assert_eq(room.caches[c].tail, s[0]);
	put(s[4], 3, 0);
	counts(c, 77, 80, 5);
	for (unsigned int i = 1; i < 16; i++)
		put(s[0], i, 0);
	counts(c, 62, 80, 5);

	static const struct {
		unsigned int slab, index;
	} order[] = { { 4, 3 }, { 3, 0 }, { 2, 0 }, { 0, 15 }, { 0, 14 }, { 0, 13 } };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		struct slab_choice got = get(c, 0);

		cr_expect_eq(got.slab, s[order[i].slab], "step %zu", i);
		cr_expect_eq(got.index, order[i].index, "step %zu", i);
	}
	counts(c, 80, 80, 5);
}

/*
 * An empty slab on the list stays while fewer than min_partial are there, itself among them.
 * Kernel: mm/slub.c:__slab_free(), slab_empty: [6.1.192]. Size 4096: 8 objects, a stack of 2, 6.
 */
static unsigned int nine_partial(uint32_t s[10])
{
	open_room(1);
	unsigned int c = add("kmalloc-4k", 4096);

	for (unsigned int i = 0; i < 80; i++)
		s[i / 8] = get(c, 0).slab;
	for (unsigned int i = 0; i < 9; i++)
		put(s[i], 0, 0);
	return c;
}

Test(slab, an_empty_slab_goes_back)
{
	uint32_t s[10];
	unsigned int c = nine_partial(s);

	/* 0-1, 2-3, 4-5, 6-7 were flushed to the list in twos, 8 is on the stack, 9 the CPU's */
	cr_assert_eq(room.caches[c].nr_partial, 8);
	for (unsigned int i = 1; i < 8; i++)
		put(s[0], i, 0);
	counts(c, 80 - 8 - 7, 72, 9);
	cr_assert_eq(room.caches[c].nr_partial, 7);
	cr_assert_eq(room.released, 1);
	for (unsigned int i = 1; i < 8; i++)
		put(s[1], i, 0);
	cr_assert_eq(room.caches[c].nr_partial, 6);
	for (unsigned int i = 1; i < 8; i++)
		put(s[2], i, 0);
	cr_assert_eq(room.caches[c].nr_partial, 5);
	for (unsigned int i = 1; i < 8; i++)
		put(s[3], i, 0);
	cr_assert_eq(room.caches[c].nr_partial, 5);
	cr_assert_eq(room.released, 3);
}

/* Who follows a record knows which of them the kernel kept: that one stays where it is. */
static bool not_that(void *ctx, uint64_t page)
{
	return page != *(uint64_t *)ctx;
}

Test(slab, an_empty_slab_stays_where_the_record_has_it)
{
	uint32_t s[10];
	unsigned int c = nine_partial(s);
	uint64_t kept = room.slabs[s[0]].page;

	room.release = (struct slab_release){ not_that, &kept };
	for (unsigned int i = 1; i < 8; i++)
		put(s[0], i, 0);
	cr_expect_eq(room.released, 0);
	cr_expect_eq(slab_at(&room, kept), s[0]);
	counts(c, 80 - 8 - 7, 80, 10);
	for (unsigned int i = 1; i < 8; i++)
		put(s[1], i, 0);
	cr_expect_eq(room.released, 1);
	counts(c, 72 - 8 - 6, 72, 9);
}

/* What another CPU frees to a CPU's slab comes after that CPU's own list. */
Test(slab, frees_from_afar)
{
	open_room(2);
	unsigned int c = add("kmalloc-1k", 1024);
	struct slab_choice a = get(c, 0), b = get(c, 0);

	put(a.slab, a.index, 1);
	cr_assert_eq(get(c, 0).index, 2);
	for (unsigned int i = 3; i < room.caches[c].objs; i++)
		cr_assert_eq(get(c, 0).index, i);
	put(b.slab, b.index, 1);
	cr_assert_eq(get(c, 0).index, b.index);
	cr_assert_eq(get(c, 0).index, a.index);
	cr_assert_eq(prof.ops->choose(&room, c, 0).from, SLAB_FROM_NEW);
	cr_assert_eq(prof.ops->choose(&room, c, 1).from, SLAB_FROM_NEW);
}

/*
 * A new slab was asked for while there was nothing; what came back before it arrived had found its
 * slab let go, and went to the stack. Kernel: mm/slub.c:___slab_alloc() [6.1.192]
 */
Test(slab, a_free_while_the_pages_are_sought)
{
	uint32_t fresh;

	open_room(1);
	unsigned int c = add("kmalloc-4k", 4096);
	uint32_t old = get(c, 0).slab;

	for (unsigned int i = 1; i < 8; i++)
		get(c, 0);
	cr_assert(prof.ops->exhausted(&room, c, 0, 10));
	room.now = 11;
	put(old, 5, 0);
	cr_assert(prof.ops->exhausted(&room, c, 0, 10));
	cr_assert_not(prof.ops->exhausted(&room, c, 0, 11));
	cr_assert_eq(slab_make(&room, c, next_page, &fresh), 0);
	slab_free_from(&room, fresh, 0);
	cr_assert_eq(prof.ops->alloc_fresh(&room, 0, fresh, 0).index, 0);
	sound();
	cr_assert_eq(room.caches[c].cpu[0].slab, fresh);
	cr_assert_eq(room.caches[c].cpu[0].partial, old);
}

/* Taken unseen, freed unseen, in a place the lists do not say: the record is followed. */
Test(slab, put_right)
{
	uint32_t id;

	open_room(1);
	unsigned int c = add("kmalloc-1k", 1024);
	struct slab_choice a = get(c, 0);

	prof.ops->take(&room, a.slab, 3, 0);
	sound();
	cr_assert_eq(get(c, 0).index, 4);
	prof.ops->take(&room, a.slab, 1, 0);
	sound();
	put(a.slab, 6, 0);
	cr_assert_eq(get(c, 0).index, 6);
	cr_assert_eq(get(c, 0).index, 5);

	room.caches[c].unseen_slabs = 1;
	room.caches[c].unseen_objs = room.caches[c].unseen_active = 8;
	counts(c, 16, 16, 2);
	cr_assert_eq(slab_adopt(&room, c, 500, &id), 0);
	counts(c, 16, 16, 2);
	put(id, 2, 0);
	cr_assert_eq(room.caches[c].cpu[0].partial, id);
	prof.ops->take(&room, id, 2, 0);
	sound();
	cr_assert_eq(room.caches[c].cpu[0].slab, id);
	slab_forget(&room, id);
	sound();
	counts(c, 8, 8, 1);
	cr_assert_eq(slab_at(&room, 500), SLAB_NONE);
	cr_assert_eq(slab_adopt(&room, c, FIRST_PAGE + NR_PAGES, &id), -KM_EINVAL);
	cr_assert_eq(slab_adopt(&room, c, FIRST_PAGE + NR_PAGES - 1, &id), -KM_EINVAL);
}

/* An object is found by any page of its slab; what lies between objects is none. */
Test(slab, places)
{
	uint32_t id;

	open_room(1);
	unsigned int c = add("inode_cache", 608);

	cr_assert_eq(slab_make(&room, c, 100, &id), 0);
	cr_assert_eq(slab_at(&room, 100 + pages_of(room.caches[c].order) - 1), id);
	cr_assert_eq(slab_object_offset(&room, id, 7), (100u << SHIFT) + 4256);
	cr_assert_eq(slab_index_of(&room, id, 101, 160), 7);
	cr_assert_eq(slab_index_of(&room, id, 101, 161), -KM_EINVAL);
}

/* Whatever comes, the lists add up: right and wrong frees, right and wrong answers, lost pages. */
Test(slab, any_events_leave_it_sound)
{
	struct random rng = { 7 };

	next_page = FIRST_PAGE;
	open_room(3);
	unsigned int c[3] = { add("a", 1024), add("b", 4096), add("c", 600) };

	for (unsigned int step = 0; step < 6000; step++) {
		unsigned int cache = c[random_below(&rng, 3)], cpu = random_below(&rng, 3);
		uint32_t id = (uint32_t)random_below(&rng, (uint32_t)room.nr_slots);
		bool live = id && room.slabs[id].next;
		unsigned int what = random_below(&rng, 100);

		if (what < 45) {
			if (next_page + 8 > FIRST_PAGE + NR_PAGES)
				next_page = FIRST_PAGE;
			get(cache, cpu);
		} else if (live && what < 90) {
			put(id, random_below(&rng, room.slabs[id].objects), cpu);
		} else if (live && what < 99) {
			prof.ops->take(&room, id, random_below(&rng, room.slabs[id].objects), cpu);
		} else if (live) {
			slab_forget(&room, id);
		}
		sound();
	}
}
