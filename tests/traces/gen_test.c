/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers against published ones, distributions against their definitions, and random
 * workloads against a ledger: no two live objects share a page's name, every free is of something
 * alive, and what the totals say is what came out.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "tests/property/random.h"
#include "traces/gen.h"
#include "traces/gen_pool.h"
#include "traces/gen_slots.h"

/* ---- chance ---- */

Test(rng, published_sequence)
{
	/* SplitMix64 of seed 1234567, as every implementation of it prints */
	const uint64_t want[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
				  UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
				  UINT64_C(16408922859458223821) };
	struct rng r = rng_seeded(1234567);

	for (size_t i = 0; i < 5; i++)
		cr_expect_eq(rng_next(&r), want[i]);
}

Test(rng, below_is_even)
{
	struct rng r = rng_seeded(1);
	unsigned int n[7] = { 0 };

	for (unsigned int i = 0; i < 70000; i++)
		n[rng_below(&r, 7)]++;
	/* 10,000 each; five standard deviations are 463 */
	for (unsigned int i = 0; i < 7; i++)
		cr_expect(n[i] > 9537 && n[i] < 10463, "%u: %u", i, n[i]);
}

Test(rng, exponential_has_its_mean_and_tail)
{
	struct rng r = rng_seeded(1);
	uint64_t sum = 0, beyond = 0;

	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t x = rng_exponential(&r, 1000);

		sum += x;
		beyond += x >= 2000;
	}
	/* mean 1000 - 1/2 for the cut, deviation 1000: five standard errors are 15.8 */
	cr_expect(sum > 98400000 && sum < 101600000, "%llu", (unsigned long long)sum);
	/* e^-2 of them: 13,534, five deviations are 541 */
	cr_expect(beyond > 12993 && beyond < 14075, "%llu", (unsigned long long)beyond);
}

Test(numbers, weights_and_ranges)
{
	struct workload_numbers n = { .nr = 2,
				      .range = { { .low = 3, .high = 3, .weight = 3 },
						 { .low = 10, .high = 19, .weight = 1 } } };
	struct rng r = rng_seeded(7);
	unsigned int threes = 0, tens[10] = { 0 };

	for (unsigned int i = 0; i < 40000; i++) {
		uint64_t x = workload_number(&n, &r);

		cr_assert(x == 3 || (x >= 10 && x <= 19));
		threes += x == 3;
		if (x != 3)
			tens[x - 10]++;
	}
	cr_expect(threes > 29567 && threes < 30433, "%u", threes); /* 30,000, five deviations */
	for (unsigned int i = 0; i < 10; i++)
		cr_expect(tens[i] > 844 && tens[i] < 1156, "%u: %u", i, tens[i]);
}

Test(numbers, one_number_takes_nothing_from_the_sequence)
{
	struct workload_numbers n = { .nr = 1, .range = { { .low = 9, .high = 9, .weight = 1 } } };
	struct rng a = rng_seeded(7), b = a;

	cr_expect_eq(workload_number(&n, &a), 9);
	cr_expect_eq(rng_next(&a), rng_next(&b));
}

/* ---- slots, pools ---- */

Test(slots, the_lowest_free_one_against_a_plain_search)
{
	enum { N = 5000 };
	static bool used[N];
	struct gen_slots s = { 0 };
	struct random x = { 5 };

	for (unsigned int step = 0; step < 200000; step++) {
		uint32_t got, want = 0;
		unsigned int at = random_below(&x, N);

		if (random_below(&x, 100) < 55) {
			while (want < N && used[want])
				want++;
			int err = gen_slots_take(&s, N, &got);

			cr_assert_eq(err, want == N ? -KM_EINVAL : 0);
			if (!err) {
				cr_assert_eq(got, want);
				used[got] = true;
			}
		} else if (used[at]) {
			cr_assert_eq(gen_slots_put(&s, at), 0);
			used[at] = false;
		}
	}
	gen_slots_release(&s);
}

Test(ends, come_in_the_order_of_their_time)
{
	struct gen_ends e = { 0 };
	struct gen_object o = { 0 };
	struct random x = { 3 };
	uint64_t last = 0, n = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t due = random_below(&x, 100);

		o.name = (due << 16 | i) & 0xffffff;
		cr_assert_eq(gen_ends_add(&e, due, o), 0);
	}
	cr_expect(!gen_ends_take(&e, 0, &o) || o.name >> 16 == 0);
	for (uint64_t now = 0; now < 100; now++)
		while (gen_ends_take(&e, now, &o)) {
			uint64_t key = o.name;

			cr_assert_eq(key >> 16, now);
			cr_assert(key >= last, "the first that came first among equals");
			last = key;
			n++;
		}
	cr_expect(n >= 999);
	gen_ends_release(&e);
}

/* ---- whole workloads ---- */

#define MAX_PAGES (UINT64_C(1) << 22)

/* What is alive, page by page of each order's names. */
struct ledger {
	uint8_t *live[KM_MAX_ORDERS];
	uint64_t allocs, frees, marks, events, pages, last_ts;
	uint64_t hash;
};

static void see_page(struct ledger *l, const struct km_event *ev)
{
	unsigned int order = km_synthetic_order(ev->page.pfn);
	uint64_t first = ev->page.pfn & UINT32_MAX;
	bool alloc = ev->kind == KM_EV_PAGE_ALLOC;

	cr_assert(order <= 10 && ev->page.order <= order);
	cr_assert(!alloc || ev->page.order == order);
	cr_assert(first + pages_of(ev->page.order) <= MAX_PAGES);
	for (uint64_t i = 0; i < pages_of(ev->page.order); i++) {
		cr_assert_eq(l->live[order][first + i], !alloc, "event %llu",
			     (unsigned long long)l->events);
		l->live[order][first + i] = alloc;
	}
	l->allocs += alloc;
	l->frees += !alloc;
	l->pages += alloc ? pages_of(ev->page.order) : -pages_of(ev->page.order);
}

static int see(void *ctx, const struct km_event *ev, size_t n, struct km_diag *d)
{
	struct ledger *l = ctx;

	(void)d;
	for (size_t i = 0; i < n; i++) {
		l->events++;
		cr_assert(ev[i].ts_ns > l->last_ts);
		l->last_ts = ev[i].ts_ns;
		l->hash = (l->hash ^ ev[i].page.pfn ^ ev[i].kind ^ (uint64_t)ev[i].cpu << 40) *
			  UINT64_C(0x9E3779B97F4A7C15);
		if (ev[i].kind == KM_EV_PAGE_ALLOC || ev[i].kind == KM_EV_PAGE_FREE)
			see_page(l, &ev[i]);
		l->marks += ev[i].kind == KM_EV_MARKER;
	}
	return 0;
}

static void run(const struct workload *w, struct ledger *l, struct gen_totals *t)
{
	const struct gen_sink sink = { .events = see, .ctx = l };
	struct strtab *strings;
	struct km_diag d = { 0 };

	*l = (struct ledger){ 0 };
	for (unsigned int order = 0; order <= 10; order++)
		l->live[order] = calloc(MAX_PAGES, 1);
	cr_assert_eq(strtab_open(&strings), 0);
	cr_assert_eq(gen_run(w, &(struct gen_machine){ 1000, 1000, 12 }, strings, &sink, t, &d), 0,
		     "%s: %s", d.where, d.what);
	strtab_close(strings);
	for (unsigned int order = 0; order <= 10; order++)
		free(l->live[order]);
	cr_expect_eq(l->allocs, t->allocs);
	cr_expect_eq(l->frees, t->frees);
	cr_expect_eq(l->events, t->events);
	cr_expect_eq(l->marks, t->marks);
	cr_expect_eq(l->pages, t->live_pages);
}

static struct workload_kind kind_of(struct random *x)
{
	struct workload_kind k = { .gfp = random_below(x, 2) ? KM_GFP_KERNEL :
							       KM_GFP_HIGHUSER_MOVABLE };

	k.size.nr = 1;
	k.size.range[0].low = random_below(x, 4);
	k.size.range[0].high = k.size.range[0].low + random_below(x, 7);
	k.size.range[0].weight = 1;
	k.has_lifetime = !random_below(x, 3);
	k.lifetime.shape = WORKLOAD_EXPONENTIAL;
	k.lifetime.nr = 1;
	k.lifetime.range[0].low = 1 + random_below(x, 50);
	k.file = !random_below(x, 4);
	return k;
}

static struct workload_step step_of(const struct workload *w, struct random *x, unsigned int depth)
{
	struct workload_step s = { .line = 1 };
	unsigned int kind = random_below(x, w->nr_kinds);

	s.action = (enum workload_action)random_below(x, depth < 2 ? 6 : 5);
	s.amount.unit = random_below(x, 2) ? AMOUNT_SHARE : AMOUNT_COUNT;
	s.amount.n = s.amount.unit == AMOUNT_SHARE ? random_below(x, 10001) : random_below(x, 60);
	s.weight[kind] = 1 + random_below(x, 3);
	s.weight[random_below(x, w->nr_kinds)] = 2;
	s.pick = (enum workload_pick)random_below(x, 4);
	strcpy(s.label, "m%x");
	if (s.action == WORKLOAD_FREE) {
		s.amount.unit = AMOUNT_SHARE;
		s.amount.n = random_below(x, 10001);
		if (!random_below(x, 4)) {
			s.of = 2 + random_below(x, 5);
			s.part = 1 + random_below(x, s.of);
		}
	} else if (s.action == WORKLOAD_ALLOC && !random_below(x, 5)) {
		s.amount.unit = AMOUNT_FREED;
	}
	return s;
}

static void fill_steps(const struct workload *w, struct random *x, unsigned int depth,
		       struct workload_step **steps, size_t *nr)
{
	*nr = 1 + random_below(x, 6);
	*steps = calloc(*nr, sizeof(**steps));
	for (size_t i = 0; i < *nr; i++) {
		struct workload_step *s = &(*steps)[i];

		*s = step_of(w, x, depth);
		/* "freed" means something from here on */
		if (!depth && !i) {
			s->action = WORKLOAD_FREE;
			s->amount = (struct workload_amount){ AMOUNT_SHARE, 10000 };
		}
		if (s->action == WORKLOAD_REPEAT) {
			s->times = 1 + random_below(x, 4);
			fill_steps(w, x, depth + 1, &s->steps, &s->nr_steps);
		}
	}
}

static void random_workload(struct workload *w, uint64_t seed)
{
	struct random x = { seed };

	*w = (struct workload){ .path = "w", .seed = seed, .step_ns = 10 };
	w->burst = 1 + random_below(&x, 3);
	w->nr_kinds = 1 + random_below(&x, 4);
	for (unsigned int i = 0; i < w->nr_kinds; i++)
		w->kind[i] = kind_of(&x);
	w->nr_groups = 1 + random_below(&x, 3);
	for (unsigned int i = 0; i < w->nr_groups; i++) {
		struct workload_group *g = &w->group[i];

		snprintf(g->name, sizeof(g->name), "g%u", i);
		g->threads = 1 + random_below(&x, 4);
		fill_steps(w, &x, 0, &g->steps, &g->nr_steps);
	}
}

Test(workload, frees_only_what_it_allocated)
{
	uint64_t events = 0;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct workload w;
		struct gen_totals t, again;
		struct ledger l, same;

		random_workload(&w, seed);
		run(&w, &l, &t);
		run(&w, &same, &again);
		cr_expect_eq(l.hash, same.hash, "the same seed, the same events");
		cr_expect_eq(memcmp(&t, &again, sizeof(t)), 0);
		events += t.events;
		workload_release(&w);
	}
	cr_expect(events > 200000, "%llu", (unsigned long long)events);
}

/* One thread: [alloc 100 of order 2], then @free. */
static int two_steps(const struct workload_step *after, struct ledger *l, struct gen_totals *t,
		     struct km_diag *d)
{
	struct workload w = {
		.path = "w.yaml", .step_ns = 1, .burst = 1, .nr_kinds = 1, .nr_groups = 1
	};
	const struct gen_sink sink = { .events = see, .ctx = l };
	struct strtab *strings;

	w.kind[0] = (struct workload_kind){ .gfp = KM_GFP_KERNEL };
	w.kind[0].size = (struct workload_numbers){ .nr = 1, .range = { { 2, 2, 1 } } };
	w.group[0].threads = 1;
	strcpy(w.group[0].name, "t");
	w.group[0].nr_steps = 2;
	w.group[0].steps = calloc(2, sizeof(*w.group[0].steps));
	w.group[0].steps[0] = (struct workload_step){ .action = WORKLOAD_ALLOC, .line = 7 };
	w.group[0].steps[0].amount.n = 100;
	w.group[0].steps[0].weight[0] = 1;
	w.group[0].steps[1] = *after;
	*l = (struct ledger){ 0 };
	l->live[2] = calloc(MAX_PAGES, 1);
	cr_assert_eq(strtab_open(&strings), 0);
	int err = gen_run(&w, &(struct gen_machine){ 1000, 0, 12 }, strings, &sink, t, d);

	strtab_close(strings);
	free(l->live[2]);
	workload_release(&w);
	return err;
}

Test(workload, a_part_of_every_block)
{
	struct workload_step s = {
		.action = WORKLOAD_FREE, .line = 8, .part = 3, .of = 4, .weight = { 1 }
	};
	struct gen_totals t;
	struct km_diag d = { 0 };
	struct ledger l;

	s.amount.n = 40;
	cr_assert_eq(two_steps(&s, &l, &t, &d), 0, "%s", d.what);
	cr_expect_eq(t.frees, 120, "three of the four pages of 40 blocks");
	cr_expect_eq(t.live_pages, 280);
	cr_expect_eq(t.live, 100, "60 blocks and 40 pages");
}

Test(workload, more_than_it_holds_is_refused_with_its_place)
{
	struct workload_step s = {
		.action = WORKLOAD_FREE, .line = 8, .column = 5, .weight = { 1 }
	};
	struct gen_totals t;
	struct km_diag d = { 0 };
	struct ledger l;

	s.amount.n = 101;
	cr_expect_eq(two_steps(&s, &l, &t, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.where, "w.yaml:8:5");
	cr_expect_not_null(strstr(d.what, "would free 101 objects here and holds 100"), "%s",
			   d.what);
}

Test(workload, nothing_freed_is_nothing_to_take_back)
{
	struct workload_step s = { .action = WORKLOAD_ALLOC,
				   .line = 8,
				   .column = 5,
				   .weight = { 1 },
				   .amount = { .unit = AMOUNT_FREED } };
	struct gen_totals t;
	struct km_diag d = { 0 };
	struct ledger l;

	cr_expect_eq(two_steps(&s, &l, &t, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.where, "w.yaml:8:5");
}

/* Ten times the machine's 1,000 pages is as far as a share goes, too. */
Test(workload, more_than_a_machine_could_hold)
{
	struct workload_step s = {
		.action = WORKLOAD_ALLOC, .line = 8, .column = 5, .weight = { 1 }
	};
	struct gen_totals t;
	struct km_diag d = { 0 };
	struct ledger l;

	s.amount.n = 10000;
	cr_expect_eq(two_steps(&s, &l, &t, &d), 0, "%s", d.what);
	cr_expect_eq(t.allocs, 10100);
	s.amount.n = 10001;
	cr_expect_eq(two_steps(&s, &l, &t, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.where, "w.yaml:8:5");
}

/* Sizes are of the machine's pages, and none is above the largest block. */
Test(workload, a_size_is_the_smallest_block_that_holds_it)
{
	struct workload w = {
		.path = "w.yaml", .step_ns = 1, .burst = 1, .nr_kinds = 1, .nr_groups = 1
	};
	static const struct {
		uint64_t bytes;
		unsigned int shift, order;
	} want[] = { { 1, 12, 0 },	  { 4096, 12, 0 },     { 4097, 12, 1 },
		     { 65536, 12, 4 },	  { 65536, 16, 0 },    { 65537, 16, 1 },
		     { 4194304, 12, 10 }, { 4194305, 12, 10 }, { 1000000000, 12, 10 } };
	static struct workload_step alloc = { .action = WORKLOAD_ALLOC, .weight = { 1 } };

	alloc.amount.n = 1;
	w.group[0] = (struct workload_group){ .name = "t", .threads = 1, .nr_steps = 1 };
	w.group[0].steps = &alloc;
	w.kind[0] = (struct workload_kind){ .gfp = KM_GFP_KERNEL, .by_size = true };
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct ledger *l = calloc(1, sizeof(*l));
		const struct gen_sink sink = { .events = see, .ctx = l };
		const struct gen_machine m = { 1000, 1000, want[i].shift };
		struct strtab *strings;
		struct gen_totals t;
		struct km_diag d = { 0 };

		for (unsigned int order = 0; order <= 10; order++)
			l->live[order] = calloc(MAX_PAGES, 1);
		w.kind[0].size = (struct workload_numbers){
			.nr = 1, .range = { { want[i].bytes, want[i].bytes, 1 } }
		};
		cr_assert_eq(strtab_open(&strings), 0);
		cr_assert_eq(gen_run(&w, &m, strings, &sink, &t, &d), 0, "%s", d.what);
		cr_expect_eq(t.live_pages, UINT64_C(1) << want[i].order, "%zu", i);
		strtab_close(strings);
		for (unsigned int order = 0; order <= 10; order++)
			free(l->live[order]);
		free(l);
	}
}
