/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free runs on another machine than the recorded one: smaller, with its memory elsewhere, or of
 * another kernel. Every
 * request of the record is asked, what was served comes back when the record frees it, and nothing
 * else does. What must be in use at the end is counted here, from the events and the model's
 * failures alone.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "engine/replay/state.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"

enum { MIB = 1 << 20, EVENTS = 4096, MOST_EVENTS = 1 << 21, RECORDED_PAGES = 1 << 20 };

static struct km_event ev[EVENTS];
static size_t nr_ev;
static struct strtab *names;
static struct km_diag d;

/* What a run came to. */
static struct {
	size_t nr_failed;
	struct replay_totals totals;
	uint64_t all, free, listed, used; /* pages at the end; all: free at the beginning */
} end;

static uint8_t failed[MOST_EVENTS]; /* by event number */

static int on_failure(void *ctx, const struct km_failure_row *row)
{
	(void)ctx;
	cr_assert_lt(row->event_no, MOST_EVENTS);
	cr_assert_not(failed[row->event_no]);
	failed[row->event_no] = 1;
	end.nr_failed++;
	return 0;
}

/* ---- a run ---- */

static struct machine_layout layout;
static struct km_snapshot seed;
static const char *model, *recorded; /* kernels */
static unsigned int pointer;	     /* bytes */

static struct replay *open_on(uint64_t from_mib, uint64_t mib, unsigned int cpus,
			      const struct strtab *strings)
{
	static struct km_sink_ops ops;
	static struct km_sink sink = { .ops = &ops };
	struct replay *r;

	ops = quiet_sink_ops;
	ops.failure = on_failure;
	memset(&end, 0, sizeof(end));
	memset(failed, 0, sizeof(failed));
	layout = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
					  .page_shift = 12,
					  .nr_cpus = cpus,
					  .nr_nodes = 1,
					  .nr_memory = 1 };
	layout.memory[0].start = from_mib * MIB;
	layout.memory[0].end = (from_mib + mib) * MIB;
	cr_assert_eq(layout_describe(&layout, &seed, &d), 0, "%s", d.what);
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .nr_cpus = cpus,
				   .layout = &layout,
				   .profile = kernel_profile_find(model),
				   .recorded = kernel_profile_find(recorded),
				   .seed = &seed };

	c.pointer_bytes = pointer;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, strings, &sink, &d), 0, "%s", d.what);
	return r;
}

static void close_run(struct replay *r)
{
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	cr_assert_eq(machine_check(&r->m, &d), 0, "%s", d.what);
	replay_totals(r, &end.totals);
	end.all = end.totals.seed.fresh_pages;
	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++) {
		end.free += r->m.zone[i].nr_free;
		for (unsigned int cpu = 0; cpu < r->m.pages.nr_cpus; cpu++)
			end.listed += pages_pcp(&r->m.pages, i, cpu)->count;
	}
	for (uint64_t i = 0; i < r->m.frames.nr_blocks; i++)
		for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
			end.used += r->m.frames.block[i].used[mt];
	cr_expect_eq(end.free + end.listed + end.used, end.all);
	cr_expect_eq(end.totals.failures, end.nr_failed);
	cr_expect_eq(end.totals.outside, 0);
	replay_close(r);
	layout_release_snapshot(&seed);
}

static void run_on(uint64_t from_mib, uint64_t mib)
{
	struct replay *r = open_on(from_mib, mib, 1, names);

	r->config.paranoid = true;
	cr_assert_eq(replay_survey(r, ev, nr_ev, &d), 0, "%s", d.what);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	cr_assert_eq(replay_feed(r, ev, nr_ev, &d), 0, "%s", d.what);
	close_run(r);
}

/* ---- records made by hand ---- */

static struct km_event *add(unsigned int kind)
{
	cr_assert_lt(nr_ev, EVENTS);
	struct km_event *e = &ev[nr_ev++];

	*e = (struct km_event){ .kind = (uint8_t)kind, .pid = 1, .ts_ns = nr_ev * 1000 };
	return e;
}

static void page(unsigned int kind, uint64_t nr, unsigned int order)
{
	struct km_event *e = add(kind);

	e->page = (struct km_ev_page){ .pfn = nr, .gfp = KM_GFP_KERNEL, .order = (uint8_t)order };
}

/* The array of page pointers that announces a vmalloc of so many pages. */
static void announce(unsigned int pages)
{
	struct km_event *e = add(KM_EV_KMALLOC);

	e->obj.bytes_req = pages * pointer;
	e->obj.call_site = (uint32_t)strtab_intern(names, "__vmalloc_node_range+0x1", 24);
}

static void begin(void)
{
	nr_ev = 0;
	model = recorded = "6.1";
	pointer = 8;
	cr_assert_eq(strtab_open(&names), 0);
}

static void done(void)
{
	strtab_close(names);
}

TestSuite(foreign, .init = begin, .fini = done);

/* Where the record's pages are: where the machine has some, where it has others, beyond it. */
static const uint64_t places[] = { 1 << 12, 1 << 20, UINT64_C(1) << 40 };
static const uint64_t machines[] = { 1, 4096, UINT64_C(1) << 20 };

enum { PLACES = 3 };

Test(foreign, blocks_of_all_orders_come_and_go)
{
	for (unsigned int i = 0; i < PLACES * PLACES; i++) {
		uint64_t at = places[i % PLACES];

		nr_ev = 0;
		for (unsigned int order = 0; order <= 10; order++)
			page(KM_EV_PAGE_ALLOC, at + pages_of(order), order);
		run_on(machines[i / PLACES], 64);
		cr_expect_eq(end.totals.allocs, 11);
		cr_expect_eq(end.totals.failures, 0);
		cr_expect_eq(end.used, 2047);
		for (unsigned int order = 0; order <= 10; order++)
			page(KM_EV_PAGE_FREE, at + pages_of(order), order);
		run_on(machines[i / PLACES], 64);
		cr_expect_eq(end.used, 0);
		cr_expect_eq(end.totals.void_frees, 0);
	}
}

/* A block that the record splits comes back page by page; so do its pages freed as one. */
Test(foreign, blocks_come_back_in_other_pieces)
{
	for (uint64_t i = 0; i < 8; i++) {
		page(KM_EV_PAGE_ALLOC, places[1] + (i ^ 5), 0);
		page(KM_EV_PAGE_ALLOC, places[2] + i * 2, 0);
	}
	page(KM_EV_PAGE_ALLOC, places[1] + 8, 3);
	page(KM_EV_PAGE_FREE, places[1], 3);
	for (uint64_t i = 0; i < 8; i += 2)
		page(KM_EV_PAGE_FREE, places[1] + 8 + i, 0);
	page(KM_EV_PAGE_FREE, places[1] + 9, 0);
	run_on(machines[1], 64);
	/* the eight of the second place, and three of the block */
	cr_expect_eq(end.used, 11);
	cr_expect_eq(end.totals.void_frees, 0);
	cr_expect_eq(end.totals.unknown_frees, 0);
}

/* Kernel: mm/page_alloc.c:__alloc_pages() [6.1]: an order beyond MAX_ORDER gets nothing. */
Test(foreign, an_order_this_machine_has_not_fails)
{
	page(KM_EV_PAGE_ALLOC, 1 << 13, 13);
	page(KM_EV_PAGE_ALLOC, 1 << 14, 0);
	page(KM_EV_PAGE_FREE, 1 << 13, 13);
	run_on(machines[0], 64);
	cr_expect_eq(end.totals.allocs, 2);
	cr_expect_eq(end.nr_failed, 1);
	cr_expect(failed[1]);
	cr_expect_eq(end.used, 1);
}

/* Where this machine's memory ends is nothing to a recorded block. */
Test(foreign, a_block_may_lie_across_the_end_of_this_machine)
{
	page(KM_EV_PAGE_ALLOC, 16384, 10);
	run_on(16, 50);
	cr_expect_eq(end.totals.allocs, 1);
	cr_expect_eq(end.used, 1024);
}

/* A page that the record never handed out is none of the model's, whatever its number. */
Test(foreign, what_was_handed_out_elsewhere_is_not_freed_here)
{
	for (uint64_t i = 0; i < 100; i++)
		page(KM_EV_PAGE_ALLOC, places[2] + i, 0);
	for (uint64_t nr = 0; nr < 1000; nr++)
		page(KM_EV_PAGE_FREE, nr, 0);
	run_on(machines[0], 64);
	cr_expect_eq(end.used, 100);
	cr_expect_eq(end.totals.void_frees, 1000);
}

/*
 * Pages of a vmalloc have no event of their own. They come back when pages do that had left the
 * free lists; not when others do.
 */
Test(foreign, bulk_pages_come_back)
{
	enum { PAGES = 60, OTHERS = 200 };

	announce(PAGES);
	for (uint64_t i = 0; i < PAGES; i++)
		page(KM_EV_ZONE_LOCKED, places[2] + i, 0);
	for (uint64_t i = 0; i < OTHERS; i++)
		page(KM_EV_PAGE_FREE, places[1] + i, 0);
	run_on(machines[1], 64);
	cr_expect_eq(end.used, PAGES);
	for (uint64_t i = 0; i < PAGES; i++)
		page(KM_EV_PAGE_FREE, places[2] + i, 0);
	run_on(machines[1], 64);
	cr_expect_eq(end.used, 0);
	cr_expect_eq(end.totals.void_frees, OTHERS);
}

/*
 * Whether a kmalloc announces pages without events is the recording kernel's to say; whether they
 * are asked for in bulk, the modelled one's. Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1], for
 * chunks of 100 pages; a last single one has an event, as all pages of __vmalloc_area_node() [3.5].
 */
Test(foreign, bulk_pages_are_those_of_the_recording_kernel)
{
	static const char *const kernels[] = { "2.6.34", "3.5", "6.1", "6.12" };

	for (unsigned int i = 0; i < 16; i++) {
		bool announced = i / 4 > 1;

		model = kernels[i % 4];
		recorded = kernels[i / 4];
		nr_ev = 0;
		announce(301);
		announce(1);
		announce(59);
		run_on(machines[1], 64);
		cr_expect_eq(end.totals.bulk_pages, announced ? 359 : 0);
		cr_expect_eq(end.used, announced ? 359 : 0, "%s on %s: %lu", recorded, model,
			     (unsigned long)end.used);
	}
}

/* mm/vmalloc.c:__vmalloc_area_node(): array_size = nr_small_pages * sizeof(struct page *) */
Test(foreign, bulk_pages_go_by_the_size_of_a_pointer)
{
	for (pointer = 4; pointer <= 8; pointer += 4) {
		nr_ev = 0;
		announce(60);
		run_on(machines[1], 64);
		cr_expect_eq(end.totals.bulk_pages, 60);
	}
}

/*
 * A gigantic page of hugetlb is one free of order 18, more than any free list's block; what it is
 * of is in the free lists again. Kernel: mm/page_alloc.c:split_large_buddy() [6.12]
 */
Test(foreign, gigantic_pages_come_back)
{
	enum { GIGANTIC = 18, LARGEST = 10 };

	model = recorded = "6.12";
	for (uint64_t i = 0; i < 4; i++)
		page(KM_EV_PAGE_ALLOC, i << LARGEST, LARGEST);
	page(KM_EV_PAGE_FREE, 0, GIGANTIC);
	page(KM_EV_PAGE_ALLOC, 7, 0);
	run_on(machines[1], 64);
	cr_expect_eq(end.used, 1);
	cr_expect_eq(end.totals.allocs, 5);
	cr_expect_eq(end.totals.frees, 1u << (GIGANTIC - LARGEST));
	cr_expect_eq(end.totals.void_frees, (1u << (GIGANTIC - LARGEST)) - 4);
}

/* Kernel: mm/vmalloc.c:__vmalloc_area_node() [6.1]: what it got goes back where that is not all. */
Test(foreign, a_vmalloc_that_fails_keeps_nothing)
{
	for (unsigned int i = 0; i < 2; i++) {
		model = i ? "2.6.34" : "6.1";
		nr_ev = 0;
		announce(10);
		announce(64 << 8);
		run_on(machines[1], 64);
		cr_expect_eq(end.nr_failed, 1);
		cr_expect(failed[2]);
		cr_expect_eq(end.used, 10);
	}
}

/* ---- a capture ---- */

static uint8_t *in_use; /* by recorded page */
static uint64_t events, asked, in_use_pages;

static void note(uint64_t nr, unsigned int order, bool used)
{
	for (uint64_t i = nr; i < nr + pages_of(order); i++) {
		cr_assert_lt(i, RECORDED_PAGES);
		in_use_pages += (uint64_t)(used && !in_use[i]) - (uint64_t)(!used && in_use[i]);
		in_use[i] = used;
	}
}

static int count(struct replay *r, const struct km_event *e, size_t n, struct km_diag *unused)
{
	(void)r, (void)unused;
	for (size_t i = 0; i < n; i++) {
		events++;
		if (e[i].kind == KM_EV_PAGE_ALLOC && e[i].page.pfn != KM_NO_PFN) {
			asked++;
			note(e[i].page.pfn, e[i].page.order, !failed[events]);
		}
		if (e[i].kind == KM_EV_PAGE_FREE)
			note(e[i].page.pfn, e[i].page.order, false);
	}
	return 0;
}

/* Nothing can be reclaimed or moved, and there is no vmalloc: what is in use is the record's. */
static struct km_event plain(struct km_event e)
{
	if (e.kind == KM_EV_PAGE_ALLOC) {
		e.page.gfp &= ~(uint32_t)(KM_GFP_MOVABLE | KM_GFP_HIGHMEM);
		e.page.mt = (uint8_t)pages_migratetype(e.page.gfp);
	}
	if (e.kind == KM_EV_KMALLOC)
		e.kind = KM_EV_KFREE;
	return e;
}

static int survey_plain(struct replay *r, const struct km_event *e, size_t n, struct km_diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		struct km_event one = plain(e[i]);

		err = replay_survey(r, &one, 1, diag);
	}
	return err;
}

static int feed_plain(struct replay *r, const struct km_event *e, size_t n, struct km_diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		struct km_event one = plain(e[i]);

		err = replay_feed(r, &one, 1, diag);
	}
	return err;
}

static void replay_sample(struct trace *t, uint64_t from_mib, uint64_t mib, bool as_it_is)
{
	struct replay *r = open_on(from_mib, mib, trace_info(t)->nr_cpus, trace_strings(t));

	trace_pass(t, r, as_it_is ? replay_survey : survey_plain);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(t, r, as_it_is ? replay_feed : feed_plain);
	close_run(r);
	events = asked = in_use_pages = 0;
	memset(in_use, 0, RECORDED_PAGES);
	trace_pass(t, NULL, count);
	cr_expect_eq(end.totals.allocs, asked);
}

static struct trace *open_sample(const char *name)
{
	struct trace *t;
	char path[128];

	snprintf(path, sizeof(path), "traces/samples/%s.kmt", name);
	cr_assert_eq(trace_open(&t, path, &d), 0, "%s", d.what);
	in_use = malloc(RECORDED_PAGES);
	cr_assert_not_null(in_use);
	return t;
}

static void close_sample(struct trace *t)
{
	trace_close(t);
	free(in_use);
}

/* The capture is of 1 GiB: the same, a half, a quarter and less than it needs. */
Test(foreign, a_capture_is_asked_for_in_full)
{
	static const uint64_t mib[] = { 1024, 512, 256, 20 };
	struct trace *t = open_sample("files-6.1-debian-1cpu");

	for (unsigned int i = 0; i < 4; i++) {
		replay_sample(t, machines[i % PLACES], mib[i], false);
		cr_expect_eq(end.used, in_use_pages, "%lu MiB: %lu pages in use, not %lu",
			     (unsigned long)mib[i], (unsigned long)end.used,
			     (unsigned long)in_use_pages);
		cr_expect_eq(!end.nr_failed, mib[i] > 20);
	}
	close_sample(t);
}

/* As it is, with its vmallocs, by kernels with and without bulk requests. */
Test(foreign, a_capture_asks_for_as_much_of_any_kernel)
{
	struct trace *t = open_sample("files-6.1-x86-1cpu");
	uint64_t bulk = 0, used = 0;

	for (unsigned int i = 0; i < 2; i++) {
		model = i ? "2.6.34" : "6.1";
		replay_sample(t, machines[1], 256, true);
		cr_expect_eq(end.nr_failed, 0);
		cr_expect_geq(end.used, in_use_pages);
		cr_expect_leq(end.used, in_use_pages + end.totals.bulk_pages);
		cr_expect_gt(end.totals.bulk_pages, 100);
		cr_expect(!i || (end.totals.bulk_pages == bulk && end.used == used));
		bulk = end.totals.bulk_pages;
		used = end.used;
	}
	close_sample(t);
}
