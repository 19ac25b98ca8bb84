/* SPDX-License-Identifier: GPL-2.0-only */
/* When the reaper ran, and when the arrays of early boot got their size, by hand-written events. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/core/diag.h"
#include "engine/replay/early_arrays.h"
#include "engine/replay/reaper.h"
#include "engine/slab/slab_arrays.h"

#define MS UINT64_C(1000000)

static struct reaper reaper;
static struct strtab *strings;
static uint32_t worker, other;

static void begin(void)
{
	cr_assert_eq(strtab_open(&strings), 0);
	worker = (uint32_t)strtab_intern(strings, "kworker/0:1", 11);
	other = (uint32_t)strtab_intern(strings, "bash", 4);
	cr_assert_eq(reaper_init(&reaper, strings, 2), 0);
}

static void end(void)
{
	reaper_release(&reaper);
	strtab_close(strings);
}

TestSuite(reaper, .init = begin, .fini = end);

static struct km_event event(unsigned int kind, uint64_t ts_ns, uint32_t comm)
{
	return (struct km_event){ .kind = (uint8_t)kind, .ts_ns = ts_ns, .comm = comm, .pid = 7 };
}

/* The survey: a slab's pages come back from @comm. Return: does nothing explain it? */
static bool page_free(uint64_t ts_ns, uint32_t comm)
{
	struct km_event ev = event(KM_EV_PAGE_FREE, ts_ns, comm);
	bool alone = reaper_hear(&reaper, &ev);

	if (alone)
		cr_assert_eq(reaper_learn(&reaper, &ev), 0);
	return alone;
}

static void expect_pass(uint64_t ts_ns, unsigned int cpu)
{
	unsigned int got = 99;

	cr_expect_not(reaper_ran(&reaper, ts_ns - 1, &got), "not before %llu",
		      (unsigned long long)ts_ns);
	cr_expect(reaper_ran(&reaper, ts_ns, &got), "at %llu", (unsigned long long)ts_ns);
	cr_expect_eq(got, cpu);
}

/* The pages that a kfree gives back are its own; later ones of the same task are not. */
Test(reaper, what_a_free_explains)
{
	struct km_event ev = event(KM_EV_KFREE, 1000 * MS, worker);

	cr_expect_not(reaper_hear(&reaper, &ev));
	cr_expect_not(page_free(1000 * MS + 1000, worker));
	cr_expect_not(page_free(1000 * MS + 2000, worker));
	cr_expect(page_free(1001 * MS, worker));
	ev = event(KM_EV_PAGE_FREE, 1002 * MS, worker);
	ev.ctx = KM_CTX_SOFTIRQ;
	cr_expect_not(reaper_hear(&reaper, &ev), "what RCU gives back is no reaper's");
}

/*
 * Seen at 6.804 and 10.801 s: it ran at about 8.8 too, and two seconds before it was first seen;
 * and goes on to the end. A worker out of step and another task were not it.
 */
Test(reaper, runs_every_two_seconds)
{
	struct km_event last = event(KM_EV_KFREE, 14000 * MS, other);

	page_free(100 * MS, other);
	page_free(6804 * MS, worker);
	page_free(6805 * MS, worker);
	page_free(7300 * MS, worker);
	page_free(9800 * MS, other);
	page_free(10801 * MS, worker);
	reaper_hear(&reaper, &last);
	cr_assert_eq(reaper_start(&reaper, true), 0);
	expect_pass(4804 * MS, 0);
	cr_expect(reaper_ran(&reaper, 4804 * MS, &(unsigned int){ 0 }), "CPU 1 is like CPU 0");
	expect_pass(6804 * MS, 0);
	cr_expect(reaper_ran(&reaper, 6804 * MS, &(unsigned int){ 0 }));
	expect_pass(8804 * MS, 0);
	cr_expect(reaper_ran(&reaper, 8804 * MS, &(unsigned int){ 0 }));
	expect_pass(10801 * MS, 0);
	cr_expect(reaper_ran(&reaper, 10801 * MS, &(unsigned int){ 0 }));
	expect_pass(12801 * MS, 0);
	cr_expect(reaper_ran(&reaper, 14000 * MS, &(unsigned int){ 0 }));
	cr_expect_not(reaper_ran(&reaper, UINT64_MAX, &(unsigned int){ 0 }));
}

/* A running system's had always run. */
Test(reaper, on_a_running_system)
{
	page_free(500 * MS, other);
	page_free(6800 * MS, worker);
	cr_assert_eq(reaper_start(&reaper, false), 0);
	for (uint64_t at = 800; at < 6800; at += 2000)
		for (unsigned int cpu = 0; cpu < 2; cpu++) {
			unsigned int got = 99;

			cr_expect(reaper_ran(&reaper, at * MS, &got), "%llu",
				  (unsigned long long)at);
			cr_expect_eq(got, cpu);
		}
}

Test(reaper, never_seen)
{
	page_free(1000 * MS, other);
	cr_assert_eq(reaper_start(&reaper, true), 0);
	cr_expect_not(reaper_ran(&reaper, UINT64_MAX, &(unsigned int){ 0 }));
}

/* Time stamps that nobody can believe: no more passes than there is memory for. */
Test(reaper, an_age_between_two_events)
{
	page_free(1000 * MS, other);
	page_free(UINT64_MAX - 1000, worker);
	cr_assert_eq(reaper_start(&reaper, false), 0);
	cr_expect_leq(reaper.nr_passes, 1u << 21);
}

/* ---- early arrays ---- */

static struct slab_room room;

static const struct slab_profile prof = { .max_order = 1,
					  .top_order = 10,
					  .kmalloc_min_size = 32,
					  .kmalloc_max_cache = 8192,
					  .cache_line = 64,
					  .has_tunables = true,
					  .ops = &slab_slab };

static void area(struct early_arrays *e, bool survey, uint64_t bytes, uint64_t align)
{
	struct km_event ev = event(KM_EV_PERCPU_ALLOC, 0, other);

	ev.num[0] = bytes;
	ev.num[2] = align;
	if (survey)
		cr_assert_eq(early_learn(e, &room, &ev), 0);
	else
		early_feed(e, &room, &ev);
}

/*
 * Kernel: mm/slab.c:alloc_kmem_cache_cpus() [6.1]: 16 + 8 * limit bytes, aligned to 8. Newest first
 * there are caches of limit 120, 54, 120 and 24; the last two are older than the areas.
 */
Test(early_arrays, get_their_size_one_after_the_other)
{
	static const uint32_t sizes[] = { 64, 512, 128, 2048 };
	static const uint64_t bytes[] = { 976, 208, 448, 976 };
	struct early_arrays e = { 0 };

	cr_assert_eq(slab_init(&room, &prof, 0, 64, 1, 12), 0);
	for (unsigned int i = 0; i < 4; i++) {
		struct slab_cache_config c = { .name = "c", .size = sizes[i] };

		cr_assert_eq(slab_cache_init(&room, &c), (int)i);
	}
	area(&e, true, 4, 4);
	area(&e, true, 24, 8);
	for (unsigned int i = 0; i < 4; i++)
		area(&e, true, bytes[i], 8);
	early_start(&e, &room);
	cr_expect_eq(room.caches[0].queues->cpu[0].limit, 120);
	cr_expect_eq(room.caches[1].queues->cpu[0].limit, 54);
	cr_expect_eq(room.caches[2].queues->cpu[0].limit, 1);
	cr_expect_eq(room.caches[3].queues->cpu[0].limit, 1);
	area(&e, false, 976, 64);
	cr_expect_eq(room.caches[2].queues->cpu[0].limit, 1, "that is not how they are aligned");
	area(&e, false, 976, 8);
	cr_expect_eq(room.caches[2].queues->cpu[0].limit, 120);
	cr_expect_eq(room.caches[3].queues->cpu[0].limit, 1);
	area(&e, false, 208, 8);
	area(&e, false, 448, 8);
	cr_expect_eq(room.caches[3].queues->cpu[0].limit, 24);
	early_release(&e);
	slab_release(&room);
}
