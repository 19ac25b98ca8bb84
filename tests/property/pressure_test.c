/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random requests on a machine that is short of memory and reclaims and compacts by itself. Every
 * page handed over at the beginning is in one place, and only there, after every step.
 */
#include <string.h>

#include "engine/replay/place.h"
#include "tests/property/random.h"
#include "tests/support/rig_seed.h"
#include "tests/support/says.h"

enum { OPERATIONS = 20000, SEEDS = 3, PAGES = 12288, LIVE = 16384 };

struct block {
	uint64_t nr;
	unsigned int order;
};

static struct machine m;
static struct random x;
static struct block live[LIVE];
static size_t nr_live;
static uint32_t at[PAGES]; /* by a block's first page: its place in live + 1 */
static uint64_t total, now_ns, nr_gone, nr_moved, nr_failed;

static void own(uint64_t nr, unsigned int order)
{
	cr_assert(!at[nr], "pfn %llu is handed out twice", (unsigned long long)nr);
	cr_assert_lt(nr_live, LIVE);
	live[nr_live++] = (struct block){ nr, order };
	at[nr] = (uint32_t)nr_live;
}

static struct block disown(uint64_t nr)
{
	cr_assert(at[nr], "pfn %llu is nobody's", (unsigned long long)nr);
	struct block b = live[at[nr] - 1];

	live[at[nr] - 1] = live[--nr_live];
	at[live[at[nr] - 1].nr] = at[nr];
	at[nr] = 0;
	return b;
}

static void gone(void *ctx, struct pfn head, unsigned int order)
{
	(void)ctx;
	nr_gone += pages_of(order);
	IS(disown(head.nr).order, order);
}

static void moved(void *ctx, struct pfn from, struct pfn to)
{
	(void)ctx;
	nr_moved++;
	IS(disown(from.nr).order, 0);
	own(to.nr, 0);
}

static const struct machine_ops ops = { .gone = gone, .moved = moved };

static void ask(void)
{
	static const uint32_t gfps[] = {
		KM_GFP_KERNEL,
		KM_GFP_HIGHUSER_MOVABLE,
		KM_GFP_HIGHUSER_MOVABLE,
		KM_GFP_HIGHUSER_MOVABLE | KM_GFP_NORETRY,
		KM_GFP_KERNEL | KM_GFP_RECLAIMABLE,
		KM_GFP_KERNEL | KM_GFP_RETRY_MAYFAIL,
		KM_GFP_KERNEL | KM_GFP_NOFAIL,
		KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM,
		KM_GFP_KSWAPD_RECLAIM,
		KM_GFP_KERNEL | KM_GFP_MEMALLOC,
	};
	struct pages_request rq = {
		.gfp = gfps[random_below(&x, 10)],
		.order = random_below(&x, 8) ? 0 : random_below(&x, 11),
		.cpu = random_below(&x, 2),
	};
	struct pfn got = pages_alloc(&m.pages, &rq);

	if (got.nr == KM_NO_PFN) {
		nr_failed++;
		cr_assert_neq(m.pages.failure, PAGES_GOT);
		return;
	}
	IS(got.nr & (pages_of(rq.order) - 1), 0);
	place_alloc(&m, got, rq.order, pages_migratetype(rq.gfp));
	own(got.nr, rq.order);
	if (pages_migratetype(rq.gfp) == KM_MOVABLE && random_below(&x, 4))
		reclaim_add(&m.reclaim, got, rq.order);
}

static void give_back(void)
{
	enum place was;

	if (!nr_live)
		return;
	struct block b = disown(live[random_below(&x, nr_live)].nr);

	cr_assert(place_release(&m, pfn(b.nr), b.order, &was));
	IS(pages_free(&m.pages, random_below(&x, 2), pfn(b.nr), b.order, 0), 0);
}

static void nothing_is_lost(void)
{
	uint64_t pages = 0;
	struct km_diag d;

	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
	for (unsigned int i = 0; i < m.pages.nr_zones; i++) {
		pages += m.zone[i].nr_free;
		for (unsigned int cpu = 0; cpu < m.pages.nr_cpus; cpu++)
			pages += pages_pcp(&m.pages, i, cpu)->count;
	}
	for (size_t i = 0; i < nr_live; i++)
		pages += pages_of(live[i].order);
	IS(pages, total);
}

static void open_machine(uint64_t seed)
{
	struct machine_config c = rig_config();
	struct km_diag d;

	memset(at, 0, sizeof(at));
	nr_live = 0;
	total = now_ns = 0;
	x.state = seed * UINT64_C(0x9e3779b97f4a7c15);
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	for (unsigned int i = 0; i < m.pages.nr_zones; i++) {
		struct pfn p = pfn_align_up(m.zone[i].start, 9);

		for (; p.nr + 512 <= m.zone[i].end.nr; p = pfn_plus(p, 512))
			IS(buddy_free(&m.buddy[i], p, 9, KM_MOVABLE, BUDDY_TO_TAIL), 0);
		total += m.zone[i].nr_free;
	}
	machine_serve_itself(&m, &ops, NULL);
}

static void one_operation(void)
{
	unsigned int what = random_below(&x, 1000);

	if (what < 2)
		compact_whole_zone(&m.compact, random_below(&x, m.pages.nr_zones), 0);
	else if (what < 20)
		machine_tick(&m, now_ns += 60 * 1000 * 1000);
	else if (what < 620)
		ask();
	else
		give_back();
}

Test(pressure, pages_are_neither_lost_nor_doubled)
{
	nr_gone = nr_moved = nr_failed = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		open_machine(seed);
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			one_operation();
			if (i < 1000 || i % 16 == 0)
				nothing_is_lost();
		}
		machine_release(&m);
	}
	/* all of it was exercised */
	cr_assert_gt(nr_gone, 1000);
	cr_assert_gt(nr_moved, 1000);
	cr_assert_gt(nr_failed, 100);
}
