/* SPDX-License-Identifier: GPL-2.0-only */
/* SLAB by hand: what its arrays and lists do in small scenes. */
#include <criterion/criterion.h>

#include "engine/slab/slab_arrays.h"
#include "tests/property/random.h"

static const struct slab_profile prof = {
	.max_order = 1,
	.top_order = 10,
	.kmalloc_min_size = 32,
	.kmalloc_max_cache = 8192,
	.cache_line = 64,
	.has_tunables = true,
	.ops = &slab_slab,
};

static const struct slab_profile prof_described = { .max_order = 1,
						    .top_order = 10,
						    .kmalloc_min_size = 32,
						    .kmalloc_max_cache = 4 << 20,
						    .cache_line = 64,
						    .has_tunables = true,
						    .descriptor = 48,
						    .link = 4,
						    .off_slab_size = 512,
						    .colour_from_0 = true,
						    .frees_that_slab = true,
						    .no_class_96 = true,
						    .ops = &slab_slab };

enum { FIRST_PAGE = 64, NR_PAGES = 16384, MIDDLE = FIRST_PAGE + NR_PAGES / 2, SHIFT = 12 };

static struct slab_room room;
static uint64_t next_page, next_page_far; /* of the two nodes */

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(slab_check(&room, &d), 0, "%s: %s", d.where, d.what);
}

static unsigned int cpu_node(const void *ctx, unsigned int cpu)
{
	(void)ctx;
	return cpu & 1;
}

static unsigned int page_node(const void *ctx, uint64_t page)
{
	(void)ctx;
	return page >= MIDDLE;
}

static void open_room(unsigned int nr_cpus, unsigned int nr_nodes)
{
	cr_assert_eq(slab_init(&room, &prof, FIRST_PAGE, NR_PAGES, nr_cpus, SHIFT), 0);
	if (nr_nodes > 1)
		room.topology = (struct slab_topology){ nr_nodes, cpu_node, page_node, NULL };
	next_page = FIRST_PAGE;
	next_page_far = MIDDLE;
}

static void end(void)
{
	if (room.prof)
		slab_release(&room);
}

TestSuite(slab_arrays, .fini = end);

static unsigned int add(const char *name, uint32_t size)
{
	const struct slab_cache_config c = { .name = name, .object_size = size, .size = size };
	int cache = slab_cache_init(&room, &c);

	cr_assert_geq(cache, 0);
	return (unsigned int)cache;
}

/* The model serves one allocation; a new slab gets the pages that follow its node's last. */
static struct slab_choice get(unsigned int cache, unsigned int cpu)
{
	struct slab_choice want = slab_slab.choose(&room, cache, cpu), got;
	uint32_t fresh = SLAB_NONE;

	if (want.from == SLAB_FROM_NEW) {
		bool far = room.topology.nr_nodes > 1 && cpu_node(NULL, cpu);
		uint64_t *next = far ? &next_page_far : &next_page;

		cr_assert_eq(slab_make(&room, cache, *next, &fresh), 0);
		*next += pages_of(room.caches[cache].order);
		slab_slab.begin(&room, fresh, want.start);
		want.slab = fresh;
	}
	got = slab_slab.alloc(&room, cache, cpu, fresh);
	cr_assert_eq(got.slab, want.slab);
	cr_assert_eq(got.index, want.index);
	sound();
	return got;
}

static void put(uint32_t slab, unsigned int index, unsigned int cpu)
{
	slab_slab.free(&room, slab, index, cpu);
	sound();
}

static void counts(unsigned int cache, uint64_t active, uint64_t objs, uint64_t active_slabs,
		   uint64_t slabs)
{
	struct slab_count n;

	slab_count(&room, cache, &n);
	cr_expect_eq(n.active_objs, active, "active %llu, not %llu",
		     (unsigned long long)n.active_objs, (unsigned long long)active);
	cr_expect_eq(n.num_objs, objs, "of %llu, not %llu", (unsigned long long)n.num_objs,
		     (unsigned long long)objs);
	cr_expect_eq(n.active_slabs, active_slabs, "in %llu slabs, not %llu",
		     (unsigned long long)n.active_slabs, (unsigned long long)active_slabs);
	cr_expect_eq(n.num_slabs, slabs);
}

/* ---- allocation and free ---- */

/*
 * Kernel: mm/slab.c:cache_alloc_refill() [6.1.192]: an idle array is refilled by 16, a busy one by
 * its batch of 60; what was taken last goes first; no slab is made while there was anything.
 */
Test(slab_arrays, refills)
{
	open_room(4, 1);
	unsigned int c = add("kmalloc-64", 64);

	for (unsigned int i = 0; i < 16; i++) {
		cr_assert_eq(get(c, 0).index, 15 - i);
		counts(c, 16, 64, 1, 1);
	}
	cr_assert_eq(get(c, 0).index, 63);
	counts(c, 64, 64, 1, 1);
	for (unsigned int i = 1; i < 48; i++)
		cr_assert_eq(get(c, 0).index, 63 - i);
	struct slab_choice next = get(c, 0);

	cr_assert_eq(next.from, SLAB_FROM_NEW);
	cr_assert_eq(next.index, 59);
	counts(c, 124, 128, 2, 2);
}

/* Kernel: mm/slab.c:cache_grow_begin() [6.1]: the first slab has the second colour. */
Test(slab_arrays, colours)
{
	static const uint32_t start[] = { 64, 128, 192, 0, 64 };

	open_room(1, 1);
	unsigned int c = add("shmem_inode_cache", 760);

	for (unsigned int i = 0; i < 5; i++) {
		struct slab_choice got = get(c, 0);

		cr_expect_eq(room.slabs[got.slab].start, start[i]);
		cr_expect_eq(slab_object_offset(&room, got.slab, 2),
			     ((uint64_t)(FIRST_PAGE + i) << SHIFT) + start[i] + 1520);
		for (unsigned int j = 1; j < 5; j++)
			get(c, 0);
	}
	cr_expect_eq(slab_index_of(&room, 1, FIRST_PAGE, 64 + 760), 1);
	cr_expect_eq(slab_index_of(&room, 1, FIRST_PAGE, 0), -KM_EINVAL);
	cr_expect_eq(slab_slab.start_of(&room, c, 128 + 3 * 760), 128);
	cr_expect_eq(slab_slab.start_of(&room, c, 100), 0, "not a colour");
}

/* @nr objects of 2048 bytes, two in a slab, limit 24, batch 12; all freed in the slabs' order. */
static uint32_t twos(unsigned int c, unsigned int nr)
{
	uint32_t first = SLAB_NONE;

	for (unsigned int i = 0; i < nr; i++) {
		struct slab_choice got = get(c, 0);

		first = first ? first : got.slab;
		cr_assert_eq(got.slab, first + i / 2);
		cr_assert_eq(got.index, 1 - i % 2, "a new slab's two objects are the batch");
	}
	return first;
}

/*
 * Kernel: mm/slab.c:cache_flusharray(), free_block() [6.1.192]: of 24 the oldest 12 go back; a free
 * slab goes to the front of the free ones. The next refill takes from there: slab 11 down to 6,
 * each as it was freed last to first.
 */
Test(slab_arrays, flushes)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-2k", 2048);
	uint32_t first = twos(c, 40);

	for (unsigned int i = 0; i < 24; i++)
		put(first + i / 2, i % 2, 0);
	counts(c, 40, 40, 20, 20);
	put(first + 12, 0, 0);
	counts(c, 28, 40, 14, 20);
	for (unsigned int i = 25; i < 40; i++)
		put(first + i / 2, i % 2, 0);
	counts(c, 16, 40, 8, 20);
	for (unsigned int i = 40; i-- > 24;) {
		struct slab_choice got = get(c, 0);

		cr_assert_eq(got.slab, first + i / 2);
		cr_assert_eq(got.index, i % 2);
	}
	for (unsigned int i = 6; i < 12; i++)
		for (unsigned int j = 0; j < 2; j++) {
			struct slab_choice got = get(c, 0);

			cr_assert_eq(got.slab, first + i);
			cr_assert_eq(got.index, j);
		}
	cr_assert_eq(room.released, 0);
}

/*
 * Kernel: mm/slab.c:free_block() [6.1.192]: free_limit is 2 * 12 + 2; the third flush makes 36, and
 * the five oldest free slabs go back.
 */
Test(slab_arrays, free_slabs_go_back_above_the_limit)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-2k", 2048);
	uint32_t first = twos(c, 60);

	for (unsigned int i = 0; i < 48; i++)
		put(first + i / 2, i % 2, 0);
	cr_assert_eq(room.released, 0);
	put(first + 24, 0, 0);
	cr_assert_eq(room.released, 5);
	counts(c, 24, 50, 12, 25);
	for (unsigned int i = 0; i < 5; i++)
		cr_expect_eq(slab_at(&room, FIRST_PAGE + i), SLAB_NONE);
	cr_expect_neq(slab_at(&room, FIRST_PAGE + 5), SLAB_NONE);
}

/*
 * Kernel: mm/slab.c:cache_grow(), free_block() [2.6.34]: the first slab has the first colour; above
 * the limit the slab just freed goes, here 13 to 17 of 36 objects in flushes of 12 each.
 */
Test(slab_arrays, older_rules)
{
	static const uint32_t start[] = { 128, 192, 128 };

	cr_assert_eq(slab_init(&room, &prof_described, FIRST_PAGE, NR_PAGES, 1, SHIFT), 0);
	next_page = FIRST_PAGE;
	unsigned int c = add("size-192", 192), d = add("size-2048", 2048);

	for (unsigned int i = 0; i < 3; i++) {
		struct slab_choice got = get(c, 0);

		cr_expect_eq(room.slabs[got.slab].start, start[i]);
		cr_expect_eq(slab_slab.start_of(&room, c, start[i] + 5 * 192), start[i]);
		for (unsigned int j = 1; j < 20; j++)
			get(c, 0);
	}
	uint32_t first = twos(d, 60);

	for (unsigned int i = 0; i < 49; i++)
		put(first + i / 2, i % 2, 0);
	cr_assert_eq(room.released, 5);
	counts(d, 24, 50, 12, 25);
	cr_expect_neq(room.slabs[first].next, NULL, "the oldest stays");
	cr_expect_eq(room.slabs[first + 17].next, NULL);
}

/* Kernel: mm/slab.c:cache_reap(), drain_array() [6.1.192]: it looks away once, then drains. */
Test(slab_arrays, the_reaper)
{
	static const unsigned int left[] = { 13, 8, 3, 1, 0, 0 };

	open_room(1, 1);
	unsigned int c = add("kmalloc-2k", 2048);
	uint32_t first = twos(c, 14);

	for (unsigned int i = 0; i < 13; i++)
		put(first + i / 2, i % 2, 0);
	for (unsigned int i = 0; i < 6; i++) {
		slab_slab.reap(&room, 0);
		sound();
		cr_expect_eq(room.caches[c].queues->cpu[0].avail, left[i]);
	}
	counts(c, 1, 14, 1, 7);
	for (unsigned int i = 0; i < 3; i++)
		put(first + i / 2, i % 2, 0);
	slab_slab.shrink(&room, c);
	sound();
	counts(c, 1, 14, 1, 7);
}

/* Kernel: mm/slab.c:cache_flusharray(), transfer_objects() [6.1.192] */
Test(slab_arrays, what_is_shared)
{
	struct slab_count n;

	open_room(2, 1);
	unsigned int c = add("kmalloc-2k", 2048);
	uint32_t first = twos(c, 26);

	for (unsigned int i = 0; i < 25; i++)
		put(first + i / 2, i % 2, 0);
	slab_count(&room, c, &n);
	cr_expect_eq(n.sharedavail, 12);
	counts(c, 26, 26, 13, 13);
	struct slab_choice got = get(c, 1);

	cr_expect_eq(got.from, SLAB_FROM_CPU_PARTIAL);
	cr_expect_eq(got.slab, first + 5);
	cr_expect_eq(got.index, 1);
	cr_expect_eq(get(c, 1).index, 0);
}

/*
 * Kernel: mm/slab.c:__cache_free_alien(), __drain_alien_cache() [6.1.192]: twelve wait on the
 * freeing node; the next sends them home, to the shared array.
 */
Test(slab_arrays, another_nodes_objects)
{
	struct slab_count n;

	open_room(2, 2);
	unsigned int c = add("kmalloc-2k", 2048);
	uint32_t first = twos(c, 26);

	for (unsigned int i = 0; i < 12; i++)
		put(first + i / 2, i % 2, 1);
	slab_count(&room, c, &n);
	cr_expect_eq(n.sharedavail, 0);
	cr_expect_eq(room.caches[c].queues->node[1].alien[0].avail, 12);
	put(first + 6, 0, 1);
	slab_count(&room, c, &n);
	cr_expect_eq(n.sharedavail, 12);
	cr_expect_eq(room.caches[c].queues->node[1].alien[0].avail, 1);
	cr_expect_eq(slab_slab.choose(&room, c, 1).from, SLAB_FROM_NEW);
	cr_expect_eq(get(c, 0).slab, first + 5);
	slab_slab.reap(&room, 1);
	sound();
	cr_expect_eq(room.caches[c].queues->node[1].alien[0].avail, 0);
}

/* Kernel: mm/slab.c:setup_cpu_cache(), BOOT_CPUCACHE_ENTRIES [6.1]: one at a time, upwards. */
Test(slab_arrays, early_boot)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-64", 64);

	slab_slab.tune(&room, c, true);
	struct slab_choice a = get(c, 0);

	cr_expect_eq(a.index, 0);
	cr_expect_eq(get(c, 0).index, 1);
	counts(c, 2, 64, 1, 1);
	put(a.slab, 0, 0);
	put(a.slab, 1, 0);
	counts(c, 1, 64, 1, 1);
	slab_slab.tune(&room, c, false);
	sound();
	counts(c, 0, 64, 0, 1);
	cr_expect_eq(get(c, 0).index, 15, "1, 0, 2 … 15 are the batch");
	cr_expect_eq(get(c, 0).index, 14);
}

/* ---- put right ---- */

/* What lay above it in the array was taken unseen. */
Test(slab_arrays, taken_from_within_the_array)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-64", 64);
	uint32_t id = get(c, 0).slab;

	slab_slab.take(&room, id, 10, 0);
	sound();
	cr_expect_eq(get(c, 0).index, 9);
	slab_slab.take(&room, id, 12, 0);
	sound();
	cr_expect_eq(get(c, 0).index, 8, "12 had come back unseen");
}

/* A refill although the array had entries: they were taken, if that explains it. */
Test(slab_arrays, taken_from_the_slab)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-64", 64);
	uint32_t id = get(c, 0).slab;

	slab_slab.take(&room, id, 63, 0);
	sound();
	cr_expect_eq(room.caches[c].queues->cpu[0].avail, 47);
	cr_expect_eq(room.slabs[id].next[3], SLAB_USED);
	counts(c, 64, 64, 1, 1);
}

/* … else the reaper had put them back. */
Test(slab_arrays, put_back_unseen)
{
	open_room(1, 1);
	unsigned int c = add("kmalloc-64", 64);
	uint32_t id = get(c, 0).slab;

	slab_slab.take(&room, id, 20, 0);
	sound();
	cr_expect_eq(room.slabs[id].next[20], SLAB_USED);
	cr_expect_neq(room.slabs[id].next[3], SLAB_USED);
	cr_expect_eq(room.slabs[id].next[15], SLAB_USED);
	slab_slab.put_back(&room, c, 5);
	sound();
	put(id, 3, 0);
	put(id, 3, 0);
	put(id, 40, 0);
	cr_expect_eq(get(c, 0).index, 40);
}

/* A slab that was made proves that nothing was left. */
Test(slab_arrays, made_although_there_was_something)
{
	uint32_t fresh;

	open_room(1, 1);
	unsigned int c = add("kmalloc-64", 64);

	get(c, 0);
	cr_assert_eq(slab_make(&room, c, next_page, &fresh), 0);
	slab_slab.begin(&room, fresh, 0);
	cr_expect_eq(slab_slab.alloc_fresh(&room, 0, fresh, 30).index, 30);
	sound();
	counts(c, 64 + 31, 128, 2, 2);
	cr_expect_eq(get(c, 0).index, 29);
}

/* A slab from before: what the refill had taken below it is in the array. */
Test(slab_arrays, found)
{
	uint32_t id;

	open_room(1, 1);
	unsigned int c = add("shmem_inode_cache", 760);

	cr_assert_eq(slab_adopt(&room, c, 200, &id), 0);
	slab_place(&room, id, 200, 192 + 3 * 760);
	cr_expect_eq(room.slabs[id].start, 192);
	slab_slab.found(&room, id, 3, 0, true);
	sound();
	cr_expect_eq(get(c, 0).index, 2);
	slab_forget(&room, id);
	sound();
	cr_expect_eq(slab_slab.choose(&room, c, 0).from, SLAB_FROM_NEW);
}

/* ---- anything ---- */

static void any_event(struct random *rng, unsigned int cache, unsigned int cpu)
{
	uint32_t id = (uint32_t)random_below(rng, room.nr_slots);
	bool live = id && room.slabs[id].next;
	unsigned int what = random_below(rng, 100);
	uint32_t fresh;

	if (what < 45) {
		if (next_page + 8 > MIDDLE)
			next_page = FIRST_PAGE;
		if (next_page_far + 8 > FIRST_PAGE + NR_PAGES)
			next_page_far = MIDDLE;
		get(cache, cpu);
	} else if (live && what < 88) {
		put(id, random_below(rng, room.slabs[id].objects), cpu);
	} else if (live && what < 94) {
		slab_slab.take(&room, id, random_below(rng, room.slabs[id].objects), cpu);
	} else if (what < 95) {
		uint64_t at = random_below(rng, 2) ? MIDDLE : FIRST_PAGE;

		cr_assert_eq(slab_make(&room, cache, at + random_below(rng, 64) * 8, &fresh), 0);
		slab_slab.begin(&room, fresh, 0);
		slab_slab.alloc_fresh(&room, cpu, fresh, random_below(rng, 8));
	} else if (what < 97) {
		slab_slab.reap(&room, cpu);
	} else if (what < 98) {
		slab_slab.put_back(&room, cache, random_below(rng, 9));
	} else if (what < 99) {
		slab_slab.shrink(&room, cache);
	} else if (live) {
		slab_forget(&room, id);
	}
	sound();
}

static void any_events(unsigned int nr_cpus, unsigned int nr_nodes, unsigned int steps)
{
	struct random rng = { 11 };

	open_room(nr_cpus, nr_nodes);
	unsigned int c[3] = { add("a", 1024), add("b", 4096), add("c", 600) };

	for (unsigned int step = 0; step < steps; step++) {
		unsigned int cpu = random_below(&rng, nr_cpus);

		any_event(&rng, c[random_below(&rng, 3)], cpu);
	}
}

/* Whatever comes, the lists add up: right and wrong frees, right and wrong answers, lost pages. */
Test(slab_arrays, any_events_leave_it_sound)
{
	any_events(3, 1, 4000);
}

Test(slab_arrays, any_events_on_two_nodes)
{
	any_events(4, 2, 4000);
}
