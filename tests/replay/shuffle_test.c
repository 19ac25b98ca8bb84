/* SPDX-License-Identifier: GPL-2.0-only */
/* Random freelists: the order of a cache from its slabs, each a rotation of it. */
#include <criterion/criterion.h>

#include "engine/replay/shuffle.h"
#include "engine/slab/slab_ops.h"
#include "engine/variant/profile.h"
#include "engine/variant/variant.h"

enum { FIRST_PAGE = 64, NR_PAGES = 512, OBJS = 8, SLABS = 40 };

static struct slab_room room;
static struct shuffles s;
static uint64_t next_page;

static void begin(void)
{
	const struct slab_cache_config c = { .name = "c", .size = 512 };

	cr_assert_eq(slab_init(&room, &kernel_profile_find("6.1")->slabs[0], FIRST_PAGE, NR_PAGES,
			       1, 12),
		     0);
	cr_assert_eq(slab_cache_init(&room, &c), 0);
	cr_assert_eq(room.caches[0].objs, OBJS);
	cr_assert_eq(shuffles_open(&s, 1), 0);
	next_page = FIRST_PAGE;
}

static void end(void)
{
	shuffles_close(&s);
	slab_release(&room);
}

TestSuite(shuffle, .init = begin, .fini = end);

/* A new slab whose objects are handed out as @order says, from its @at-th on. */
static uint32_t hand_out(const uint16_t order[OBJS], unsigned int at)
{
	uint32_t id;

	cr_assert_eq(slab_make(&room, 0, next_page++, &id), 0);
	room.prof->ops->begin(&room, id, 0);
	cr_assert_eq(shuffles_begin(&s, &room, id, order[at % OBJS]), 0);
	for (unsigned int i = 1; i < OBJS; i++)
		shuffles_note(&s, &room, id, order[(at + i) % OBJS]);
	return id;
}

static void check_list(uint32_t id, const uint16_t order[OBJS], unsigned int at)
{
	unsigned int index = room.slabs[id].freelist;

	for (unsigned int i = 0; i < OBJS; i++) {
		cr_expect_eq(index, order[(at + i) % OBJS], "place %u: %u", i, index);
		index = room.slabs[id].next[index];
	}
	cr_expect_eq(index, SLAB_END);
	cr_expect_eq(room.slabs[id].nr_free, OBJS);
}

/* Kernel: mm/slub.c:shuffle_freelist() [6.1]: one order, begun anywhere, gone around. */
Test(shuffle, a_rotation_of_one_order)
{
	static const uint16_t order[OBJS] = { 5, 2, 7, 0, 3, 6, 1, 4 };
	static const uint16_t straight[OBJS] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	cr_expect_not(shuffles_random(&s));
	check_list(hand_out(order, 0), straight, 0);
	for (unsigned int i = 1; i < SLABS; i++)
		hand_out(order, i * 3);
	cr_assert(shuffles_random(&s));
	for (unsigned int at = 0; at < OBJS; at++)
		check_list(hand_out(order, at), order, at);
}

/* One that a bulk call took unseen is missing in its slab; the others outvote that. */
Test(shuffle, what_is_said_most_often)
{
	static const uint16_t order[OBJS] = { 5, 2, 7, 0, 3, 6, 1, 4 };
	static const uint16_t odd[OBJS] = { 5, 7, 2, 0, 6, 3, 4, 1 };

	for (unsigned int i = 0; i < SLABS; i++)
		hand_out(i % 5 ? order : odd, i);
	check_list(hand_out(order, 3), order, 3);
}

Test(shuffle, straight_lists_stay)
{
	static const uint16_t straight[OBJS] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	for (unsigned int i = 0; i < SLABS; i++)
		hand_out(straight, 0);
	cr_expect_not(shuffles_random(&s));
}

Test(shuffle, first_uses)
{
	static const uint16_t straight[OBJS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	uint32_t id;

	cr_assert_eq(slab_make(&room, 0, next_page++, &id), 0);
	cr_expect_not(shuffles_untouched(&s, &room, id, 1), "nobody knows when it was new");
	room.prof->ops->begin(&room, id, 0);
	cr_assert_eq(shuffles_begin(&s, &room, id, 0), 0);
	cr_expect(shuffles_untouched(&s, &room, id, 1));
	shuffles_note(&s, &room, id, 1);
	cr_expect_not(shuffles_untouched(&s, &room, id, 1));
	id = hand_out(straight, 0);
	cr_expect_not(shuffles_untouched(&s, &room, id, OBJS - 1));
}
