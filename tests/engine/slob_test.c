/* SPDX-License-Identifier: GPL-2.0-only */
/* SLOB by hand: where mm/slob.c's first fit puts objects, and what comes of frees. */
#include <criterion/criterion.h>

#include "engine/slab/slob.h"
#include "tests/property/random.h"

enum { FIRST_PAGE = 32, NR_PAGES = 512, SHIFT = 12 };

static struct slab_profile prof = { .breaks = { 256, 1024 } };
static struct slob room;
static uint64_t next_page;

static void begin(void)
{
	cr_assert_eq(slob_init(&room, &prof, FIRST_PAGE, NR_PAGES, SHIFT), 0);
	next_page = FIRST_PAGE;
}

static void end(void)
{
	slob_release(&room);
}

TestSuite(slob, .init = begin, .fini = end);

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(slob_check(&room, &d), 0, "%s: %s", d.where, d.what);
}

static uint64_t get(const struct slob_request *rq)
{
	unsigned int at;
	uint32_t id = slob_choose(&room, rq, &at);

	if (!id)
		cr_assert_eq(slob_make(&room, next_page++, rq, &id), 0);
	uint64_t page = room.pages[id].page;

	cr_assert_eq(slob_take(&room, id, at, rq), 0);
	sound();
	return (page << SHIFT) + at * SLOB_UNIT;
}

/* Kernel: mm/slob.c:__do_kmalloc_node() [6.1]: what kmalloc returns, from the first page on. */
static uint64_t kmalloc(uint32_t bytes)
{
	struct slob_request rq = { bytes + 8, 8, 8 };

	if (!(bytes & (bytes - 1)) && bytes > 8)
		rq.align = bytes;
	return get(&rq) + 8 - ((uint64_t)FIRST_PAGE << SHIFT);
}

static void put(uint64_t at, uint32_t bytes)
{
	uint64_t byte = at + ((uint64_t)FIRST_PAGE << SHIFT);
	uint32_t id = slob_at(&room, byte >> SHIFT);

	cr_assert_neq(id, SLOB_NONE);
	cr_assert_eq(slob_free(&room, id, (unsigned int)(byte & 4095) / SLOB_UNIT, bytes), 0);
	sound();
}

static void kfree(uint64_t at, uint32_t bytes)
{
	put(at - 8, bytes + 8);
}

/* Kernel: mm/slob.c:slob_page_alloc() [6.1.192]: 108 bytes; what is 8 behind is aligned to 8. */
Test(slob, rows_of_objects)
{
	for (unsigned int i = 0; i < 36; i++)
		cr_assert_eq(kmalloc(100), 8 + 112 * i);
	cr_assert_eq(kmalloc(100), 4096 + 8, "the 37th does not fit");
}

/* Powers of two are aligned to their size; the gap before them stays free. */
Test(slob, natural_alignment)
{
	for (unsigned int i = 0; i < 4; i++)
		cr_assert_eq(kmalloc(64), 64 + 128 * i);
	cr_assert_eq(kmalloc(40), 8);
}

/*
 * Kernel: mm/slob.c:slob_alloc() [6.1.192]: lists by size with the header, below 256, below 1024,
 * and the rest; each search begins with the page that served last.
 */
Test(slob, three_lists)
{
	cr_expect_eq(kmalloc(2000), 8);
	cr_expect_eq(kmalloc(1500), 2016);
	cr_expect_eq(kmalloc(500), 4096 + 8);
	cr_expect_eq(kmalloc(3000), 2 * 4096 + 8);
	cr_expect_eq(kmalloc(200), 3 * 4096 + 8);
	cr_expect_eq(kmalloc(300), 4096 + 520);
	cr_expect_eq(room.nr_of_all, 4);
}

/* The page that served is the first of the next search; those before it come last. */
Test(slob, rotation)
{
	uint64_t a = kmalloc(2600), b = kmalloc(2600), c = kmalloc(2600);

	cr_expect_eq(c, 2 * 4096 + 8, "the newest page is first, then the second, then the first");
	cr_expect_eq(kmalloc(1200), 2 * 4096 + 2616, "2616 + 1208 end in it");
	cr_expect_eq(kmalloc(1200), 4096 + 2616, "272 bytes are left there: the next one");
	kfree(c, 2600);
	cr_expect_eq(kmalloc(1100), 4096 * 0 + 2616, "behind the second comes the first");
	cr_expect_eq(kmalloc(2500), 2 * 4096 + 8);
	(void)a, (void)b;
}

/*
 * Kernel: mm/slob.c:slob_free() [6.1.192]: neighbours merge; a page that was full goes to the front
 * of the list that the freed size belongs to; the last object takes its page along.
 */
Test(slob, frees)
{
	uint64_t at[4];

	for (unsigned int i = 0; i < 4; i++)
		at[i] = kmalloc(1016);
	cr_assert_eq(at[3], 3 * 1024 + 8);
	cr_assert_eq(room.pages[1].list, SLOB_LISTS, "it is full");
	kfree(at[2], 1016);
	cr_assert_eq(room.pages[1].list, 2);
	kfree(at[0], 1016);
	kfree(at[1], 1016);
	cr_assert_eq(room.pages[1].nr, 2, "one free block, one object");
	cr_assert_eq(room.pages[1].units, 1536);
	kfree(at[3], 1016);
	cr_assert_eq(room.nr_of_all, 0);
	cr_assert_eq(room.released, 1);

	struct slob_request small = { 96, 8, 0 }, rest = { 4000, 8, 0 };
	uint64_t big = get(&rest);

	cr_assert_eq(get(&small), big + 4096, "a small one does not look at that list");
	struct slob_request last = { 1024, 8, 0 };

	get(&last);
	cr_assert_eq(slob_size(&room, slob_at(&room, FIRST_PAGE + 1), 0), 4000);
	cr_assert_eq(slob_size(&room, slob_at(&room, FIRST_PAGE + 1), 1), 0);
}

/* The record disagrees: what is unknown, lost, or free twice. */
Test(slob, put_right)
{
	struct slob_request rq = { 512, 8, 0 };
	uint32_t id;
	unsigned int at;

	cr_assert_eq(slob_find(&room, FIRST_PAGE + 9, &id), 0);
	cr_assert_eq(slob_choose(&room, &rq, &at), SLOB_NONE, "nothing of it is known to be free");
	cr_assert_eq(slob_free(&room, id, 100, 512), 0);
	sound();
	cr_assert_eq(slob_free(&room, id, 200, 512), -KM_EINVAL, "some of it is free");
	cr_assert(slob_is_free(&room, id, 100, 512));
	cr_assert_not(slob_is_free(&room, id, 100, 514));
	cr_assert_eq(slob_take(&room, id, 1000, &rq), 0, "freed unseen, and the page is listed");
	sound();
	cr_assert_eq(slob_choose(&room, &rq, &at), id);
	cr_assert_eq(at, 100);
	cr_assert_eq(slob_lose(&room, &rq), 0);
	sound();
	cr_assert_eq(slob_choose(&room, &rq, &at), SLOB_NONE);
	cr_assert_eq(slob_take(&room, id, 2047, &rq), -KM_EINVAL);
	cr_assert_eq(slob_find(&room, FIRST_PAGE + NR_PAGES, &id), -KM_EINVAL);
	cr_assert_eq(slob_make(&room, FIRST_PAGE + 3, &rq, &id), 0);
	cr_assert_eq(slob_fill(&room, id, 2000), 0);
	sound();
	cr_assert_eq(room.pages[id].units, 48);
	slob_forget(&room, id);
	sound();
}

/* A live object overlaps no other, whatever comes and goes. */
Test(slob, any_events_leave_it_sound)
{
	static struct {
		uint64_t at;
		uint32_t bytes;
	} live[400];
	struct random rng = { 9 };
	unsigned int nr = 0;

	for (unsigned int step = 0; step < 20000; step++) {
		if (nr < 400 && random_below(&rng, 100) < 55) {
			uint32_t bytes = 1 + random_below(&rng, random_below(&rng, 5) ? 300 : 4000);

			if (next_page == FIRST_PAGE + NR_PAGES)
				break;
			live[nr].bytes = bytes;
			live[nr].at = kmalloc(bytes);
			for (unsigned int i = 0; i < nr; i++)
				cr_assert(live[i].at + live[i].bytes + 8 <= live[nr].at ||
					  live[nr].at + bytes + 8 <= live[i].at);
			nr++;
		} else if (nr) {
			unsigned int i = random_below(&rng, nr);

			kfree(live[i].at, live[i].bytes);
			live[i] = live[--nr];
		}
	}
	while (nr--)
		kfree(live[nr].at, live[nr].bytes);
	cr_expect_eq(room.nr_of_all, 0, "with the last object the last page went");
}
