/* SPDX-License-Identifier: GPL-2.0-only */
/* Any requests and frees: nobody gets another's bytes, and the maps and hints agree. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "engine/percpu/percpu.h"
#include "engine/variant/variant.h"
#include "tests/property/random.h"

enum { MOST = 600, STEPS = 12000, UNIT = 64 << 10 };

struct area {
	struct percpu_place at;
	int64_t bytes;
};

static struct percpu p;
static struct area area[MOST];
static unsigned int nr;

static void check(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(percpu_check(&p, &d), 0, "%s", d.what);
}

static void get(struct random *rng)
{
	const struct percpu_request rq = {
		.size = 1 + random_below(rng, random_below(rng, 4) ? 200 : 9000),
		.align = UINT64_C(1) << random_below(rng, 10),
		.atomic = !random_below(rng, 5),
		.reserved = !random_below(rng, 30),
	};
	struct area a = { .bytes = ((int64_t)rq.size + 3) / 4 * 4 };

	cr_assert_eq(percpu_alloc(&p, &rq, &a.at), 0);
	if (!a.at.chunk)
		return;
	cr_assert_eq(a.at.off % (int64_t)rq.align, 0);
	for (unsigned int i = 0; i < nr; i++)
		cr_assert(area[i].at.chunk != a.at.chunk ||
			  area[i].at.off + area[i].bytes <= a.at.off ||
			  a.at.off + a.bytes <= area[i].at.off);
	area[nr++] = a;
	if (percpu_is_short(&p))
		cr_assert_eq(percpu_balance(&p), 0);
}

static void put(unsigned int i)
{
	bool balance;

	cr_assert_eq(percpu_free(&p, area[i].at, &balance), area[i].bytes);
	area[i] = area[--nr];
	if (balance)
		cr_assert_eq(percpu_balance(&p), 0);
}

Test(percpu_property, any_requests)
{
	const struct percpu_geometry g = { 8192, 4096, 20480, UNIT, 2 };
	struct random rng = { 11 };
	struct percpu_count c;
	uint64_t most = 0;

	cr_assert_eq(percpu_init(&p, kernel_v6_1.percpu, &g, 12), 0);
	for (unsigned int i = 0; i < STEPS; i++) {
		bool grows = i / 2000 % 2 == 0;

		if (nr < MOST && random_below(&rng, 100) < (grows ? 65u : 35u))
			get(&rng);
		else if (nr)
			put(random_below(&rng, nr));
		if (i % 16 == 0)
			check();
		percpu_count(&p, &c);
		most = c.chunks > most ? c.chunks : most;
	}
	cr_expect_geq(most, 4, "several chunks are wanted for this to mean anything");
	while (nr)
		put(nr - 1);
	cr_assert_eq(percpu_balance(&p), 0);
	check();
	percpu_count(&p, &c);
	cr_expect_eq(c.used_bytes, 0);
	cr_expect_leq(c.chunks, 3);
	percpu_release(&p);
}

/* What a damaged record may say: places and sizes that cannot be. */
Test(percpu_property, forced_anywhere)
{
	const struct percpu_geometry g = { 8192, 4096, 20480, UNIT, 2 };
	struct random rng = { 3 };

	cr_assert_eq(percpu_init(&p, kernel_v6_12.percpu, &g, 12), 0);
	p.follows = true;
	for (unsigned int i = 0; i < 6000; i++) {
		const struct percpu_place at = { (int32_t)random_below(&rng, 40) - 2,
						 (int64_t)random_below(&rng, UNIT + 9000) * 2 -
							 5000 };
		const struct percpu_request rq = { .size = random_below(&rng, 4000), .align = 8 };
		struct percpu_place got;
		bool balance = false;

		switch (random_below(&rng, 6)) {
		case 0:
			(void)!percpu_take(&p, at, random_below(&rng, 40000));
			break;
		case 1:
			percpu_free(&p, at, &balance);
			break;
		case 2:
			cr_assert_geq(percpu_create(&p, random_below(&rng, 6) << 20), 0);
			break;
		case 3:
			percpu_destroy(&p, percpu_find(&p, random_below(&rng, 6) << 20));
			break;
		case 4:
			cr_assert_eq(percpu_balance(&p), 0);
			break;
		default:
			cr_assert_eq(percpu_alloc(&p, &rq, &got), 0);
		}
		if (i % 8 == 0)
			check();
	}
	percpu_release(&p);
}
