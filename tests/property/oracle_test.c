/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random operations on one zone, each outcome and every final list held against
 * tests/oracle/buddy_oracle.py, which was
 * written from the kernel's source and not from this program.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/property/random.h"
#include "tests/support/says.h"

#define ORACLE "tests/oracle/buddy_oracle.py"

enum { OPERATIONS = 6000, LIVE = 4096 };

struct live {
	uint64_t nr;
	unsigned int order;
};

static struct rig r;
static struct live live[LIVE];
static size_t nr_live;
static FILE *told;

static uint64_t alloc(unsigned int cpu, unsigned int order, unsigned int mt)
{
	struct pcp *p = pages_pcp(&r.pages, 0, cpu);
	struct pfn got = pfn(KM_NO_PFN);

	if (pcp_keeps(p, order)) {
		p->prof->ops->on_alloc(p);
		got = pcp_pop(p, &r.buddy[0], order, mt, 0);
	}
	if (got.nr == KM_NO_PFN)
		got = buddy_alloc(&r.buddy[0], order, mt, 0);
	return got.nr;
}

static void do_alloc(struct random *x)
{
	static const unsigned int orders[] = { 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 7, 9, 10 };
	unsigned int cpu = random_below(x, r.pages.nr_cpus), order = orders[random_below(x, 13)];
	unsigned int mt = random_below(x, KM_NR_PCP_TYPES);

	if (nr_live == LIVE)
		return;
	uint64_t nr = alloc(cpu, order, mt);

	fprintf(told, "alloc %u %u %u %lld\n", cpu, order, mt, (long long)nr);
	if (nr == KM_NO_PFN)
		return;
	rig_used(&r, nr, order, mt);
	live[nr_live++] = (struct live){ nr, order };
}

static void do_free(struct random *x)
{
	if (!nr_live)
		return;
	size_t i = random_below(x, nr_live);
	struct live l = live[i];
	unsigned int cpu = random_below(x, r.pages.nr_cpus);
	struct frame *fr = frame_at(&r.frames, pfn(l.nr), l.order);

	live[i] = live[--nr_live];
	frames_count_used(&r.frames, pfn(l.nr), l.order, fr->mt, -1);
	*fr = (struct frame){ 0 };
	cr_assert_eq(pages_free(&r.pages, cpu, pfn(l.nr), l.order, 0), 0);
	fprintf(told, "free %u %llu %u\n", cpu, (unsigned long long)l.nr, l.order);
}

static void do_rare(struct random *x)
{
	uint64_t span = r.zone[0].end.nr - r.zone[0].start.nr;
	uint64_t nr = r.zone[0].start.nr + random_below(x, span);
	unsigned int mt = random_below(x, KM_NR_PCP_TYPES), cpu = random_below(x, r.pages.nr_cpus);

	switch (random_below(x, 4)) {
	case 0:
		fprintf(told, "drain %u\n", cpu);
		pcp_drain_all(pages_pcp(&r.pages, 0, cpu), &r.buddy[0]);
		break;
	case 1:
		fprintf(told, "reserve %llu\n", (unsigned long long)nr);
		buddy_reserve_highatomic(&r.buddy[0], pfn(nr), 0);
		break;
	default:
		fprintf(told, "unreserve %u %u\n", mt, cpu & 1);
		buddy_unreserve_highatomic(&r.buddy[0], mt, cpu & 1);
		break;
	}
}

static void tell_lists(void)
{
	for (unsigned int order = 0; order < 11; order++)
		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
			fprintf(told, "list %u %u %s\n", order, mt, rig_blocks(&r, 0, order, mt));
	for (unsigned int cpu = 0; cpu < r.pages.nr_cpus; cpu++)
		for (unsigned int i = 0; i < 14; i++)
			fprintf(told, "kept %u %u %s\n", cpu, i, rig_kept(&r, 0, cpu, i));
}

/*
 * Phases that mostly allocate and phases that mostly free, so that lists run empty and drains
 * repeat.
 */
static void work(struct random *x)
{
	for (unsigned int i = 0; i < OPERATIONS; i++) {
		unsigned int what = random_below(x, 100), frees = i / 500 % 2 ? 65 : 30;

		if (what < 2)
			do_rare(x);
		else if (what < frees)
			do_free(x);
		else
			do_alloc(x);
		rig_forget_steps(&r);
		if (i % 1000 == 999)
			tell_lists();
	}
}

static void need_oracle(void)
{
	if (access(ORACLE, R_OK) || system("command -v python3 >/dev/null 2>&1"))
		cr_skip_test("needs python3 and " ORACLE);
}

static void hold(const struct rig_shape *shape, uint32_t batch, uint32_t high, uint64_t seed)
{
	struct random x = { seed };

	rig_open(&r, shape);
	r.buddy[0].watermark_boost_factor = 0;
	nr_live = 0;
	told = popen("python3 " ORACLE, "w");
	cr_assert_not_null(told);
	fprintf(told, "zone %llu %llu %u %u %u %u\nboot\n", (unsigned long long)r.zone[0].start.nr,
		(unsigned long long)r.zone[0].end.nr, r.frames.pb_order, r.pages.nr_cpus, batch,
		high);
	for (unsigned int cpu = 0; cpu < r.pages.nr_cpus; cpu++) {
		pages_pcp(&r.pages, 0, cpu)->batch = batch;
		pages_pcp(&r.pages, 0, cpu)->high = high;
	}
	rig_boot(&r);
	tell_lists();
	work(&x);
	tell_lists();
	cr_assert_eq(pclose(told), 0, "seed %llu: the oracle disagrees", (unsigned long long)seed);
	SOUND(&r);
	rig_close(&r);
}

TestSuite(oracle, .init = need_oracle);

Test(oracle, pageblocks_of_order_nine)
{
	const struct rig_shape s = { .nr_cpus = 2, .zone = { { "DMA32", 0, 1, 6143 } } };

	for (uint64_t seed = 1; seed <= 3; seed++)
		hold(&s, 7, 60, seed * 7919);
}

Test(oracle, pageblocks_of_order_ten)
{
	const struct rig_shape s = { .pb_order = 10,
				     .nr_cpus = 1,
				     .zone = { { "DMA32", 0, 1, 9001 } } };

	for (uint64_t seed = 1; seed <= 3; seed++)
		hold(&s, 15, 300, seed * 104729);
}

Test(oracle, boot_pagesets_and_tiny_limits)
{
	const struct rig_shape s = { .nr_cpus = 3, .zone = { { "DMA32", 0, 1000, 5000 } } };

	hold(&s, 1, 0, 17);
	hold(&s, 1, 4, 18);
	hold(&s, 31, 20, 19);
}
