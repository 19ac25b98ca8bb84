/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded contiguous allocations, predicted: what the bitmap offers, on the record of tasks that
 * interleave, ranges that are busy, requests that fail. The record is made by hand; an area of 8
 * MiB is all that matters of the machine.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "engine/machine/layout.h"
#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/support/quiet_sink.h"

enum { MIB = 1 << 20, EVENTS = 4096, ROWS = 32 };
enum { ONE = 100, TWO = 200, NOTHING = -1 };

static struct km_event ev[EVENTS];
static size_t nr_ev;
static struct strtab *names;
static uint32_t area_name;
static struct machine_layout l;
static struct km_snapshot seed;
static struct km_diag d;
static uint64_t base;

static struct {
	struct km_cma_alloc_row row[ROWS];
	unsigned int n;
	uint64_t hits, total, used;
	uint64_t ends, ends_total; /* cma.result */
	uint64_t isolated;	   /* pageblocks at the end */
} got;

static int on_cma(void *ctx, const struct km_cma_alloc_row *r)
{
	(void)ctx;
	got.row[got.n++ % ROWS] = *r;
	return 0;
}

static int on_fidelity(void *ctx, const struct km_fidelity_row *r)
{
	(void)ctx;
	if (!strcmp(r->metric, "cma.pfn") && !strcmp(r->scope, "all")) {
		got.hits = r->hits;
		got.total = r->total;
	}
	if (!strcmp(r->metric, "cma.result") && !strcmp(r->scope, "all")) {
		got.ends = r->hits;
		got.ends_total = r->total;
	}
	return 0;
}

static int on_sample(void *ctx, const struct km_sample *s)
{
	(void)ctx;
	got.used = s->cma[0].used_pages;
	got.isolated = 0;
	for (unsigned int z = 0; z < s->nr_zones; z++)
		got.isolated += s->zones[z].type_blocks[KM_ISOLATE];
	return 0;
}

static void open_area(void)
{
	cr_assert_eq(strtab_open(&names), 0);
	area_name = (uint32_t)strtab_intern(names, "reserved", 8);
	l = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
				     .page_shift = 12,
				     .nr_cpus = 2,
				     .nr_nodes = 1,
				     .nr_cma = 1 };
	l.cma[0] = (struct layout_cma){ .name = "reserved", .bytes = 8 * MIB };
	cr_assert_eq(layout_add_memory(&l, 0, 64 * MIB, "", &d), 0);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	base = seed.cma[0].base_pfn;
	memset(&got, 0, sizeof(got));
	nr_ev = 0;
}

static void close_area(void)
{
	layout_release_snapshot(&seed);
	strtab_close(names);
}

TestSuite(contig_events, .init = open_area, .fini = close_area);

/* @at: from the area's beginning */
static void cma(unsigned int kind, int pid, long at, unsigned int count, unsigned int align)
{
	struct km_event *e = &ev[nr_ev++];

	*e = (struct km_event){
		.kind = (uint8_t)kind, .pid = pid, .cpu = pid == TWO, .ts_ns = nr_ev * 1000
	};
	e->cma = (struct km_ev_cma){ .pfn = at == NOTHING ? KM_NO_PFN : base + (uint64_t)at,
				     .tried = KM_NO_PFN,
				     .name = area_name,
				     .count = count,
				     .align = align };
}

static void start(int pid, unsigned int count, unsigned int align)
{
	cma(KM_EV_CMA_START, pid, 0, count, align);
}

static void finish(int pid, long at, unsigned int count, unsigned int align, int err)
{
	cma(KM_EV_CMA_FINISH, pid, at, count, align);
	ev[nr_ev - 1].cma.err = err;
}

static void busy(int pid, long at, unsigned int count, unsigned int align)
{
	cma(KM_EV_CMA_BUSY, pid, at, count, align);
}

/* A movable page of the area, handed out or given back. */
static void page(unsigned int kind, int pid, uint64_t at)
{
	struct km_event *e = &ev[nr_ev++];

	*e = (struct km_event){
		.kind = (uint8_t)kind, .pid = pid, .cpu = pid == TWO, .ts_ns = nr_ev * 1000
	};
	e->page.pfn = base + at;
	e->page.gfp = KM_GFP_HIGHUSER_MOVABLE;
	e->page.mt = KM_MOVABLE;
}

/* The test of @count pages from @at on stops at @page. */
static void stops_at(int pid, uint64_t at, uint64_t count, uint64_t page)
{
	struct km_event *e = &ev[nr_ev++];

	*e = (struct km_event){ .kind = KM_EV_TEST_ISOLATED, .pid = pid, .ts_ns = nr_ev * 1000 };
	e->range = (struct km_ev_range){ .start = base + at,
					 .end = base + at + count,
					 .third = base + page };
}

static bool captured; /* the machine is the capture's own, not configured */

static void predict(void)
{
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { .ops = &ops };
	struct replay *r;
	struct replay_config c = { .mode = REPLAY_PREDICT,
				   .no_objects = true,
				   .paranoid = true,
				   .nr_cpus = 2,
				   .has_cma = true,
				   .layout = captured ? NULL : &l,
				   .page_shift = l.page_shift,
				   .profile = kernel_profile_find("6.1"),
				   .seed = &seed };

	ops.cma_alloc = on_cma;
	ops.fidelity = on_fidelity;
	ops.sample = on_sample;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, names, &sink, &d), 0, "%s", d.what);
	cr_assert_eq(replay_survey(r, ev, nr_ev, &d), 0, "%s", d.what);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	cr_assert_eq(replay_feed(r, ev, nr_ev, &d), 0, "%s", d.what);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
}

static void all_of(unsigned int total)
{
	predict();
	cr_expect_eq(got.total, total, "%lu requests", (unsigned long)got.total);
	cr_expect_eq(got.hits, total, "%lu of them", (unsigned long)got.hits);
}

/* Kernel: mm/cma.c:467: the bitmap is marked before cma_mutex is taken [6.1.192] */
Test(contig_events, two_tasks_interleave)
{
	start(ONE, 512, 9);
	start(TWO, 512, 9);
	finish(ONE, 0, 512, 9, 0);
	start(ONE, 4, 0);
	finish(TWO, 512, 512, 9, 0);
	finish(ONE, 1024, 4, 0, 0);
	all_of(3);
	cr_expect_eq(got.used, 1028);
}

/* However many are on their way. */
Test(contig_events, any_number_interleaves)
{
	enum { MANY = 80 };

	for (int pid = 1; pid <= MANY; pid++)
		start(pid, 2, 0);
	for (int pid = 1; pid <= MANY; pid++)
		finish(pid, 2L * (pid - 1), 2, 0, 0);
	all_of(MANY);
	cr_expect_eq(got.used, 2 * MANY);
	cr_expect_eq(got.n, MANY);
}

/* Kernel: mm/cma.c:487: start = bitmap_no + mask + 1 [6.1.192] */
Test(contig_events, busy_ranges_are_passed_by)
{
	start(ONE, 100, 4);
	busy(ONE, 0, 100, 4);
	busy(ONE, 16, 100, 4);
	finish(ONE, 32, 100, 4, 0);
	start(ONE, 8, 0);
	finish(ONE, 0, 8, 0, 0);
	start(ONE, 16, 3);
	busy(ONE, 8, 16, 3);
	start(TWO, 4, 0); /* what is given up is free for all */
	finish(ONE, 16, 16, 3, 0);
	finish(TWO, 8, 4, 0, 0);
	all_of(4);
	cr_expect_eq(got.used, 128);
	cr_expect_eq(got.row[0].tries, 3);
}

/*
 * 6.1 tells no error, but the range it tried last: that one was busy as told, or another try failed
 * otherwise. Kernel: mm/cma.c:cma_alloc(): pfn is what was tried last [6.1.192]
 */
Test(contig_events, the_range_tried_last)
{
	start(ONE, 1024, 10);
	busy(ONE, 0, 1024, 10);
	busy(ONE, 1024, 1024, 10);
	finish(ONE, NOTHING, 1024, 10, -1);
	ev[nr_ev - 1].cma.tried = base + 1024;
	start(ONE, 1024, 10);
	busy(ONE, 0, 1024, 10);
	finish(ONE, NOTHING, 1024, 10, -1);
	ev[nr_ev - 1].cma.tried = base + 1024;
	start(ONE, 16, 0);
	finish(ONE, NOTHING, 16, 0, -1);
	ev[nr_ev - 1].cma.tried = base;
	start(ONE, 16, 0);
	finish(ONE, NOTHING, 16, 0, -1);
	predict();
	cr_expect_eq(got.row[0].tries, 2);
	cr_expect_str_eq(got.row[0].result, "busy");
	cr_expect_eq(got.row[1].tries, 2, "%u", got.row[1].tries);
	cr_expect_str_eq(got.row[1].result, "failed");
	cr_expect_eq(got.row[2].tries, 1);
	cr_expect_str_eq(got.row[2].result, "failed");
	cr_expect_eq(got.row[3].tries, 0);
	cr_expect_str_eq(got.row[3].result, "nomem", "no range was tried");
}

/* Past the last range there is no page, and the answer is -EBUSY. */
Test(contig_events, every_range_is_busy)
{
	start(ONE, 1024, 10);
	busy(ONE, 0, 1024, 10);
	busy(ONE, 1024, 1024, 10);
	finish(ONE, NOTHING, 1024, 10, -16);
	start(TWO, 2048, 0);
	finish(TWO, 0, 2048, 0, 0);
	all_of(2);
	cr_expect_str_eq(got.row[0].result, "busy");
}

/*
 * A failure other than -EBUSY ends it at the first range; its bits are free again. What the model
 * does not see coming is a miss.
 */
Test(contig_events, no_page_to_migrate_to)
{
	start(ONE, 1024, 0);
	finish(ONE, NOTHING, 1024, 0, -12);
	start(ONE, 1024, 0);
	finish(ONE, 0, 1024, 0, 0);
	predict();
	cr_expect_eq(got.hits, 1);
	cr_expect_eq(got.total, 2);
	cr_expect_eq(got.used, 1024);
	cr_expect_str_eq(got.row[0].result, "nomem");
}

/* Kernel: mm/cma.c:455: larger than the area: no other event; :463: no room: pfn is all ones */
Test(contig_events, no_room)
{
	start(ONE, 4096, 0);
	start(ONE, 2000, 0);
	finish(ONE, 0, 2000, 0, 0);
	start(TWO, 64, 0);
	finish(TWO, NOTHING, 64, 0, -12);
	start(TWO, 48, 0);
	finish(TWO, 2000, 48, 0, 0);
	start(TWO, 4096, 0);
	all_of(5);
	cr_expect_eq(got.used, 2048);
}

/* Requests without an end, of however many tasks, keep no others from theirs: 0 pages, too */
Test(contig_events, requests_without_an_end)
{
	for (int pid = 1000; pid < 1100; pid++) {
		start(pid, 4096, 0);
		start(pid, 0, 0);
	}
	area_name = (uint32_t)strtab_intern(names, "(null)", 6);
	for (int pid = 1100; pid < 1200; pid++)
		start(pid, 1, 0);
	area_name = (uint32_t)strtab_intern(names, "reserved", 8);
	start(ONE, 2000, 0);
	finish(ONE, 0, 2000, 0, 0);
	all_of(201);
	cr_expect_eq(got.ends, 201);
}

/* Kernel: mm/cma.c:cma_release(): any part of what was got */
Test(contig_events, parts_come_back)
{
	start(ONE, 1024, 0);
	finish(ONE, 0, 1024, 0, 0);
	cma(KM_EV_CMA_RELEASE, ONE, 512, 256, 0);
	start(ONE, 200, 0);
	finish(ONE, 512, 200, 0, 0);
	start(ONE, 57, 0);
	finish(ONE, 1024, 57, 0, 0);
	start(ONE, 56, 0);
	finish(ONE, 712, 56, 0, 0);
	all_of(4);
	cr_expect_eq(got.used, 1081);
}

/* A request whose end is missing does not keep the others from their turns. */
Test(contig_events, a_lost_end)
{
	start(ONE, 512, 0);
	start(TWO, 512, 0);
	finish(TWO, 512, 512, 0, 0);
	start(TWO, 1024, 0);
	finish(TWO, 1024, 1024, 0, 0);
	start(ONE, 512, 0);
	finish(ONE, 0, 512, 0, 0);
	all_of(3);
	cr_expect_eq(got.used, 2048);
}

static void lost(unsigned int cpu)
{
	ev[nr_ev] = (struct km_event){
		.kind = KM_EV_LOST, .cpu = (uint16_t)cpu, .ts_ns = nr_ev * 1000, .num = { 9 }
	};
	nr_ev++;
}

/*
 * Where events were lost, a request on its way there may have ended: its range is isolated no more,
 * and whoever waited goes on. What it comes to is not foreseen: a miss.
 */
Test(contig_events, an_end_among_the_lost)
{
	for (unsigned int on = 0; on < 2; on++) {
		nr_ev = 0;
		start(ONE, 512, 0); /* on CPU 0 */
		lost(on);
		predict();
		cr_expect_eq(got.isolated, on, "%lu pageblocks isolated, lost on CPU %u",
			     (unsigned long)got.isolated, on);
	}
	nr_ev = 0;
	start(ONE, 512, 0);
	start(TWO, 512, 0);
	lost(0);
	predict();
	cr_expect_eq(got.isolated, 1, "it is the second one's turn");
	got.hits = got.total = 0;
	finish(TWO, 512, 512, 0, 0);
	finish(ONE, 0, 512, 0, 0);
	predict();
	cr_expect_eq(got.isolated, 0);
	cr_expect_eq(got.total, 2);
	cr_expect_eq(got.hits, 1);
	cr_expect_eq(got.used, 1024);
}

/*
 * cma.result: a page that kept a range busy does so again until it is freed; the first time it
 * surprises, as do a free range that is said to be busy and a failure with room left.
 */
Test(contig_events, what_stayed_stays)
{
	page(KM_EV_PAGE_ALLOC, TWO, 5);
	start(ONE, 8, 3);
	stops_at(ONE, 0, 8, 5);
	busy(ONE, 0, 8, 3);
	finish(ONE, 8, 8, 3, 0); /* not foreseen */
	start(ONE, 8, 2);
	stops_at(ONE, 0, 8, 5);
	busy(ONE, 0, 8, 2);
	finish(ONE, 16, 8, 2, 0);
	start(TWO, 2048, 0); /* two buffers are in its way, that is all: no event but this */
	finish(TWO, NOTHING, 2048, 0, -12);
	page(KM_EV_PAGE_FREE, TWO, 5);
	start(ONE, 8, 3);
	finish(ONE, 0, 8, 3, 0);
	start(ONE, 8, 3);
	busy(ONE, 24, 8, 3); /* of a free range */
	finish(ONE, 32, 8, 3, 0);
	start(ONE, 8, 3);
	finish(ONE, NOTHING, 8, 3, -4); /* a signal */
	start(ONE, 4096, 0);
	predict();
	cr_expect_eq(got.ends_total, 7);
	cr_expect_eq(got.ends, 4, "%lu", (unsigned long)got.ends);
	cr_expect_eq(got.total, 7);
	cr_expect_eq(got.hits, 6);
}

/*
 * A running system: the first label's bitmap has pages 0 to 31 and 64 to 95, a buffer of its first
 * words was taken and another given back since the trace began. Before: 0 to 15 and 32 to 95.
 */
Test(contig_events, what_was_handed_out_before)
{
	static const char begins[] = "kmemlab snapshot begin start";
	static uint32_t words[64] = { UINT32_MAX, 0, UINT32_MAX };

	snprintf(seed.label, sizeof(seed.label), "start");
	seed.cma[0].bitmap = words;
	seed.cma[0].nr_words = 64;
	start(ONE, 16, 0);
	finish(ONE, 16, 16, 0, 0);
	cma(KM_EV_CMA_RELEASE, ONE, 32, 32, 0);
	ev[nr_ev] = (struct km_event){ .kind = KM_EV_MARKER, .ts_ns = nr_ev * 1000 };
	ev[nr_ev++].text = (uint32_t)strtab_intern(names, begins, strlen(begins));
	start(TWO, 32, 0);
	finish(TWO, 32, 32, 0, 0);
	cma(KM_EV_CMA_RELEASE, TWO, 0, 8, 0);
	start(TWO, 16, 0);
	finish(TWO, 96, 16, 0, 0);
	all_of(3);
	cr_expect_eq(got.used, 96 - 8 + 16);
	seed.cma[0].bitmap = NULL;
}

/* One whose start was lost is no prediction, but its pages are taken. */
Test(contig_events, a_lost_start)
{
	finish(ONE, 0, 64, 0, 0);
	start(ONE, 64, 0);
	finish(ONE, 64, 64, 0, 0);
	all_of(1);
	cr_expect_eq(got.used, 128);
}

/* Kernel: mm/cma.c:cma_alloc() [6.1]: who is ready first need not tell of it first. */
Test(contig_events, ends_in_the_other_order)
{
	start(ONE, 64, 0);
	start(TWO, 64, 0);
	finish(TWO, 64, 64, 0, 0);
	finish(ONE, 0, 64, 0, 0);
	start(TWO, 64, 0);
	finish(TWO, 128, 64, 0, 0);
	all_of(3);
	cr_expect_eq(got.used, 192);
	cr_expect_eq(got.isolated, 0);
}

/* dmesg tells where an area is, not its name: the one in whose ranges it lies. */
Test(contig_events, an_area_known_by_its_place)
{
	captured = true;
	area_name = (uint32_t)strtab_intern(names, "linux,cma", 9);
	start(ONE, 4096, 0);
	start(ONE, 64, 6);
	finish(ONE, 0, 64, 6, 0);
	start(ONE, 64, 6);
	finish(ONE, 64, 64, 6, 0);
	cma(KM_EV_CMA_RELEASE, ONE, 0, 64, 0);
	all_of(3);
	captured = false;
	cr_expect_eq(got.used, 64);
	cr_expect_eq(got.row[1].maxchunk_pages, 2048);
}

/* Nothing is foreseen of an area that the machine does not have: it counts as missed. */
Test(contig_events, an_area_nobody_knows)
{
	area_name = (uint32_t)strtab_intern(names, "linux,cma", 9);
	start(ONE, 64, 0);
	finish(ONE, 64, 64, 0, 0);
	start(ONE, 9999, 0);
	predict();
	cr_expect_eq(got.total, 1);
	cr_expect_eq(got.hits, 0);
	cr_expect_eq(got.ends_total, 1);
	cr_expect_eq(got.ends, 0);
	cr_expect_eq(got.used, 0);
}

/* ---- other machines ---- */

static const struct {
	const char *arch;
	unsigned int page_shift, nodes;
	uint64_t node_bytes, area_bytes;
} machines[] = {
	{ "arm64", 12, 1, UINT64_C(6144) * MIB, 32 * MIB },
	{ "arm64", 14, 2, UINT64_C(2048) * MIB, 64 * MIB },
	{ "arm64", 16, 1, UINT64_C(4096) * MIB, 512 * MIB }, /* pageblocks of 512 MiB */
	{ "i386", 12, 1, UINT64_C(2048) * MIB, 16 * MIB },   /* one in low memory, one in highmem */
	{ "x86-64", 12, 2, UINT64_C(3072) * MIB, 128 * MIB },
};

/* Events from here on are of area @i. */
static void of_area(unsigned int i)
{
	base = seed.cma[i].base_pfn;
	area_name = (uint32_t)strtab_intern(names, seed.cma[i].name, strlen(seed.cma[i].name));
}

/*
 * The default area and a driver's own, twice as large; two drivers are bound, ask, and one goes.
 * First fit by hand: mm/cma.c:cma_alloc() [6.1.192].
 */
static void two_drivers(uint64_t pages)
{
	unsigned int n = (unsigned int)pages;

	of_area(0);
	start(ONE, n / 2, 0);
	of_area(1);
	start(TWO, n, 4);
	of_area(0);
	finish(ONE, 0, n / 2, 0, 0);
	of_area(1);
	finish(TWO, 0, n, 4, 0);
	start(TWO, n / 2, 4);
	of_area(0);
	start(ONE, n / 4, 3);
	busy(ONE, n / 2, n / 4, 3);
	finish(ONE, n / 2 + 8, n / 4, 3, 0);
	of_area(1);
	finish(TWO, n, n / 2, 4, 0);
	cma(KM_EV_CMA_RELEASE, TWO, 0, n, 0);
	cma(KM_EV_CMA_RELEASE, TWO, n, n / 2, 0);
	of_area(0);
	cma(KM_EV_CMA_RELEASE, ONE, 0, n / 4, 0);
	start(TWO, n / 8, 0);
	finish(TWO, 0, n / 8, 0, 0);
	start(TWO, n, 0);
	finish(TWO, NOTHING, n, 0, -12);
}

Test(contig_events, machines_of_other_kinds)
{
	for (size_t i = 0; i < 2 * sizeof(machines) / sizeof(machines[0]); i++) {
		const uint64_t bytes = machines[i / 2].area_bytes;

		layout_release_snapshot(&seed);
		l = (struct machine_layout){ .arch = machine_arch_find(machines[i / 2].arch),
					     .page_shift = machines[i / 2].page_shift,
					     .nr_cpus = 2,
					     .nr_nodes = machines[i / 2].nodes,
					     .nr_cma = 2 };
		l.cma[0] = (struct layout_cma){ .name = "reserved", .bytes = bytes };
		l.cma[1] = (struct layout_cma){ .name = "camera", .bytes = 2 * bytes };
		l.cma[1].on_node = true;
		l.cma[1].node = l.nr_nodes - 1;
		for (unsigned int node = 0; node < l.nr_nodes; node++)
			cr_assert_eq(
				layout_add_memory(&l, node, machines[i / 2].node_bytes, "", &d), 0);
		cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
		memset(&got, 0, sizeof(got));
		nr_ev = 0;
		captured = i % 2;
		const uint64_t n = seed.cma[0].count;

		cr_assert_eq(n, bytes >> l.page_shift);
		two_drivers(n);
		all_of(6);
		cr_expect_eq(got.used, n / 2 + n / 8, "%s", l.arch->name);
	}
	captured = false;
}
