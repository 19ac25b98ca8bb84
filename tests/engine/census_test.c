/* SPDX-License-Identifier: GPL-2.0-only */
/* Who allocates and what of it lives, on lists short enough to count by hand; then long ones. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "engine/leak/leak.h"
#include "tests/property/random.h"

/* A moment of the growth of a group. */
#define MS(n) ((uint64_t)(n) << 20)

static struct census_object object(uint64_t key, uint64_t ts_ns, uint32_t site, uint32_t cache,
				   uint32_t bytes)
{
	return (struct census_object){ .key = key,
				       .ts_ns = ts_ns,
				       .site = site,
				       .cache = cache,
				       .bytes_req = bytes - 1,
				       .bytes_alloc = bytes,
				       .kind = CENSUS_CACHE };
}

static void add(struct census *c, uint64_t key, uint64_t ts_ns, uint32_t site, uint32_t cache,
		uint32_t bytes)
{
	struct census_object o = object(key, ts_ns, site, cache, bytes);

	cr_assert_eq(census_alloc(c, &o), 0);
}

static struct census *opened(void)
{
	struct census *c;

	cr_assert_eq(census_open(&c), 0);
	return c;
}

static void sound(const struct census *c)
{
	struct km_diag d = { 0 };

	cr_assert_eq(census_check(c, &d), 0, "%s", d.what);
}

/* One site allocates from two caches: one caller, two groups. 0x30 is freed after 700 ns. */
Test(census, by_site_and_cache)
{
	struct census *c = opened();

	add(c, 0x10, 100, 7, 1, 64);
	add(c, 0x20, 200, 7, 2, 32);
	add(c, 0x30, 300, 7, 2, 32);
	add(c, 0x40, 400, 9, 1, 64);
	cr_expect(census_free(c, 0x30, 1000));
	cr_expect(!census_free(c, 0x30, 1000), "twice");
	cr_expect(!census_free(c, 0x50, 1000), "from before");
	sound(c);
	cr_assert_eq(census_finish(c, 5000, 4800), 0);
	cr_assert(census_nr_callers(c) == 2 && census_nr_groups(c) == 3);
	const struct census_caller *k = census_caller(c, 0);

	cr_expect(k->site == 7 && k->kind == CENSUS_CACHE && k->allocs == 3 && k->frees == 1);
	cr_expect(k->bytes_alloc == 128 && k->bytes_req == 125);
	cr_expect(k->live_bytes == 96 && k->peak_bytes == 128);
	const struct census_group *g = census_group(c, 1);

	cr_expect(g->caller == 0 && g->cache == 2 && g->allocs == 2 && g->frees == 1);
	cr_expect(g->live == 1 && g->live_bytes == 32 && g->oldest_ns == 200);
	cr_expect_eq(g->lifetime_p99_ns, 1023, "700 has ten digits in base two");
	cr_expect_eq(g->excluded, CENSUS_BALANCED, "4800 old, and no moment has passed");
	cr_expect_eq(census_group(c, 2)->excluded, CENSUS_YOUNG, "4600 old");
	census_close(c);
}

/* The second at one place took the first's: nobody saw it go. */
Test(census, allocated_again)
{
	struct census *c = opened();

	add(c, 0x10, 100, 7, 1, 64);
	add(c, 0x10, 200, 9, 1, 96);
	sound(c);
	cr_assert_eq(census_finish(c, 300, 50), 0);
	cr_expect(census_live(c) == 1 && census_group(c, 0)->unseen_frees == 1);
	cr_expect(census_group(c, 0)->live == 0 && census_group(c, 1)->live_bytes == 96);
	census_close(c);
}

/*
 * Each moment 1000 bytes more, 40 of them; the trace ends at moment 60. At moment 30, the middle,
 * 30 lived, at the end 40: it grows. The median is the 21st, of moment 20. What site 2 has is as it
 * was from the middle on; site 3's is given back and had anew, so it has no age.
 */
Test(census, candidates)
{
	struct census *c = opened();

	for (unsigned int i = 0; i < 40; i++) {
		add(c, 0x100000 + i, MS(i), 1, 1, 1000);
		if (i < 20)
			add(c, 0x200000 + i, MS(i), 2, 1, 1000);
		if (i >= 8)
			census_free(c, 0x300000 + i - 8, MS(i));
		add(c, 0x300000 + i, MS(i), 3, 1, 1000);
	}
	sound(c);
	cr_assert_eq(census_finish(c, MS(60), MS(5)), 0);
	const struct census_group *g = census_group(c, 0);

	cr_expect(g->excluded == CENSUS_CANDIDATE && g->live == 40 && g->median_ns == MS(20));
	cr_expect(g->bytes_per_second > 0 && !g->lifetime_p99_ns);
	cr_expect(census_group(c, 1)->excluded == CENSUS_BALANCED &&
		  census_group(c, 1)->live == 20);
	g = census_group(c, 2);
	cr_expect(g->live == 8 && g->excluded == CENSUS_BALANCED);
	cr_expect_eq(g->lifetime_p99_ns, MS(16) - 1, "all lived for 8 moments");
	census_close(c);
}

/* It grows, but what is freed lives for 40 moments: what lives now, half for 10, may go yet. */
Test(census, short_lived)
{
	struct census *c = opened();

	for (unsigned int i = 0; i < 60; i++) {
		if (i >= 40)
			census_free(c, 0x1000 + i - 40, MS(i));
		for (unsigned int n = 0; n < (i >= 45 ? 8 : 1); n++)
			add(c, 0x1000 + i + 0x100 * n, MS(i), 1, 1, 100);
	}
	cr_assert_eq(census_finish(c, MS(60), MS(5)), 0);
	cr_expect_eq(census_group(c, 0)->excluded, CENSUS_SHORT_LIVED);
	census_close(c);
}

/* Against a plain array of what lives. */
Test(census, random_sequence)
{
	enum { KEYS = 3000, STEPS = 60000 };
	uint32_t *bytes = calloc(KEYS, sizeof(*bytes));
	struct census *c = opened();
	struct random r = { 7 };
	uint64_t live = 0, sum = 0;

	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int key = random_below(&r, KEYS);

		if (random_below(&r, 100) < (i / 10000 % 2 ? 30 : 70)) {
			uint32_t size = 8 + random_below(&r, 500);

			add(c, key + 1, i, random_below(&r, 700), random_below(&r, 3), size);
			live += !bytes[key];
			sum += (uint64_t)size - bytes[key];
			bytes[key] = size;
		} else {
			cr_assert_eq(census_free(c, key + 1, i), bytes[key] != 0);
			live -= bytes[key] != 0;
			sum -= bytes[key];
			bytes[key] = 0;
		}
		cr_assert_eq(census_live(c), live);
		if (i % 1000 == 0)
			sound(c);
	}
	cr_expect_leq(census_bytes(c), KEYS * 48);
	cr_assert_eq(census_finish(c, STEPS, 0), 0);
	for (size_t i = 0; i < census_nr_groups(c); i++)
		sum -= census_group(c, i)->live_bytes;
	cr_expect_eq(sum, 0);
	census_close(c);
	free(bytes);
}

/* Times from the end of the world and back. */
Test(census, hostile_times)
{
	struct census *c = opened();

	add(c, 1, UINT64_MAX - 1, 1, 1, UINT32_MAX);
	add(c, 2, 0, 1, 1, 8);
	census_free(c, 1, 5);
	add(c, 3, UINT64_MAX, 1, 1, 8);
	sound(c);
	cr_assert_eq(census_finish(c, 0, UINT64_MAX), 0);
	cr_expect(census_group(c, 0)->live == 2 && census_group(c, 0)->excluded == CENSUS_YOUNG);
	census_close(c);
}
