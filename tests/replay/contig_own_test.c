/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous allocations of a free run: a record made by hand, on machines of 256 MiB with areas of
 * several sizes and pinned shares. The recorded page numbers are the record's own: the machines
 * put the pages elsewhere.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "engine/machine/layout.h"
#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/support/quiet_sink.h"

enum { MIB = 1 << 20, EVENTS = 400000, ROWS = 256, TASK = 100, OTHER = 7 };

/* The record's pages: what is asked for page by page, and its area. */
enum { FIRST = 1024, FILLED = 52000, AREA = 57344, BUFFER = 512 };

static struct km_event ev[EVENTS];
static size_t nr_ev;
static struct strtab *names;
static uint32_t area_name;
static struct km_diag d;
static unsigned int order_per_bit;

static struct {
	struct km_cma_alloc_row row[ROWS];
	unsigned int n, ok;
	uint64_t tries, moved, busy_pfn;
	uint64_t first_free, last_free, used_pages, samples;
} got;

/* Each range it tried is told of: only the last may be the one it got. */
static void tries_add_up(const struct km_cma_alloc_row *r)
{
	uint64_t moved = 0;

	cr_assert_eq(r->nr_tried, r->tries);
	for (size_t i = 0; i < r->nr_tried; i++) {
		const struct km_cma_try *t = &r->tried[i];
		bool ok = !strcmp(t->result, "ok");

		moved += t->migrated_pages;
		cr_assert_eq(ok, !strcmp(r->result, "ok") && i + 1 == r->nr_tried);
		cr_assert(ok ? t->pfn == r->pfn : t->busy.pfn != KM_NO_PFN);
		cr_assert(i == 0 || t->pfn > r->tried[i - 1].pfn);
	}
	cr_assert_eq(moved, r->migrated_pages);
}

static int on_cma(void *ctx, const struct km_cma_alloc_row *r)
{
	(void)ctx;
	cr_assert_lt(got.n, ROWS);
	got.row[got.n++] = *r;
	got.ok += !strcmp(r->result, "ok");
	got.tries += r->tries;
	got.moved += r->migrated_pages;
	tries_add_up(r);
	return 0;
}

static int on_failure(void *ctx, const struct km_failure_row *r)
{
	(void)ctx;
	if (!strcmp(r->path, "cma_alloc"))
		got.busy_pfn = r->busy ? r->busy->pfn : KM_NO_PFN;
	return 0;
}

static int on_sample(void *ctx, const struct km_sample *s)
{
	(void)ctx;
	got.last_free = got.used_pages = 0;
	for (unsigned int z = 0; z < s->nr_zones; z++)
		got.last_free += s->zones[z].free_pages;
	for (unsigned int i = 0; i < s->nr_cma; i++)
		got.used_pages += s->cma[i].used_pages;
	if (!got.samples)
		got.first_free = got.last_free;
	got.samples++;
	return 0;
}

/* ---- the record ---- */

static struct km_event *add(unsigned int kind, int pid)
{
	cr_assert_lt(nr_ev, EVENTS);
	struct km_event *e = &ev[nr_ev++];

	*e = (struct km_event){ .kind = (uint8_t)kind, .pid = pid, .ts_ns = nr_ev * 1000 };
	return e;
}

static void page(unsigned int kind, uint64_t nr, int pid)
{
	struct km_event *e = add(kind, pid);

	e->page.pfn = nr;
	e->page.gfp = KM_GFP_HIGHUSER_MOVABLE | KM_GFP_ZERO;
	e->page.mt = KM_MOVABLE;
}

static void cma(unsigned int kind, uint64_t nr, unsigned int count, int err)
{
	struct km_event *e = add(kind, TASK);

	e->cma = (struct km_ev_cma){ .pfn = nr, .name = area_name, .count = count, .err = err };
}

static void range(unsigned int kind, uint64_t start, uint64_t end, uint64_t third)
{
	struct km_event *e = add(kind, TASK);

	e->range = (struct km_ev_range){ .start = start, .end = end, .third = third };
	e->range.a = third >= end;
}

/* What movable requests hold: pages all over, a third of them given back. */
static void fill(void)
{
	nr_ev = 0;
	for (uint64_t nr = FIRST; nr < FILLED; nr++)
		page(KM_EV_PAGE_ALLOC, nr, OTHER);
	for (uint64_t nr = FIRST; nr < FILLED; nr += 3)
		page(KM_EV_PAGE_FREE, nr, OTHER);
}

static void give_back_the_rest(void)
{
	for (uint64_t nr = FIRST; nr < FILLED; nr++)
		if ((nr - FIRST) % 3)
			page(KM_EV_PAGE_FREE, nr, OTHER);
}

static void take_buffers(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		cma(KM_EV_CMA_START, 0, BUFFER, 0);
		cma(KM_EV_CMA_FINISH, AREA + (uint64_t)i * BUFFER, BUFFER, 0);
	}
}

static void release_buffer(uint64_t nr, unsigned int pages)
{
	for (uint64_t i = 0; i < pages; i++)
		page(KM_EV_PAGE_FREE, nr + i, TASK);
	cma(KM_EV_CMA_RELEASE, nr, pages, 0);
}

/* ---- a run ---- */

static void run(unsigned int cma_mib, int64_t pinned)
{
	static struct machine_layout l;
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { .ops = &ops };
	struct km_snapshot seed;
	struct replay *r;

	ops.cma_alloc = on_cma;
	ops.failure = on_failure;
	ops.sample = on_sample;
	memset(&got, 0, sizeof(got));
	l = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
				     .page_shift = 12,
				     .nr_cpus = 1,
				     .nr_nodes = 1,
				     .nr_cma = 1 };
	l.cma[0] = (struct layout_cma){ .name = "reserved",
					.bytes = (uint64_t)cma_mib * MIB,
					.order_per_bit = order_per_bit };
	cr_assert_eq(layout_add_memory(&l, 0, UINT64_C(256) * MIB, "", &d), 0);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .no_objects = true,
				   .nr_cpus = 1,
				   .has_cma = true,
				   .layout = &l,
				   .profile = kernel_profile_find("6.1"),
				   .seed = &seed };

	memset(&c.tunables, 0xff, sizeof(c.tunables));
	c.tunables.cma_pinned = pinned;
	cr_assert_eq(replay_open(&r, &c, names, &sink, &d), 0, "%s", d.what);
	cr_assert_eq(replay_survey(r, ev, nr_ev, &d), 0, "%s", d.what);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	cr_assert_eq(replay_feed(r, ev, nr_ev, &d), 0, "%s", d.what);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	layout_release_snapshot(&seed);
}

static void open_names(void)
{
	cr_assert_eq(strtab_open(&names), 0);
	area_name = (uint32_t)strtab_intern(names, "reserved", 8);
}

static void close_names(void)
{
	strtab_close(names);
}

TestSuite(contig_own, .init = open_names, .fini = close_names);

/*
 * A request that the record refused: the model serves it, and gives it back. Its isolation drains
 * the CPUs, so that but for its own page all that is free stands on the free lists.
 */
static void drain(void)
{
	cma(KM_EV_CMA_START, 0, 1, 0);
	cma(KM_EV_CMA_FINISH, KM_NO_PFN, 1, -12);
}

Test(contig_own, pages_move_and_are_freed_where_they_are)
{
	fill();
	take_buffers(16);
	give_back_the_rest();
	release_buffer(AREA, 16 * BUFFER);
	drain();
	run(32, 0);
	cr_expect_eq(got.n, 17);
	cr_expect_eq(got.ok, 17);
	cr_expect_eq(got.tries, 17);
	cr_expect_gt(got.moved, 1000);
	cr_expect_eq(got.used_pages, 0);
	cr_expect_eq(got.last_free + 1, got.first_free);
}

Test(contig_own, a_buffer_is_given_back_in_parts)
{
	fill();
	take_buffers(2);
	release_buffer(AREA + 100, 300);
	release_buffer(AREA, 100);
	run(32, 0);
	cr_expect_eq(got.used_pages, 2 * BUFFER - 400);
	release_buffer(AREA + 400, 112);
	release_buffer(AREA + 512, 512);
	give_back_the_rest();
	drain();
	run(32, 0);
	cr_expect_eq(got.used_pages, 0);
	cr_expect_eq(got.last_free + 1, got.first_free);
}

/* Frees that the record lost, in whole or in part: the release tells of them all. */
Test(contig_own, a_release_without_frees)
{
	fill();
	take_buffers(3);
	cma(KM_EV_CMA_RELEASE, AREA, 2 * BUFFER, 0);
	for (uint64_t i = 0; i < 100; i++)
		page(KM_EV_PAGE_FREE, AREA + 2 * BUFFER + i, TASK);
	cma(KM_EV_CMA_RELEASE, AREA + 2 * BUFFER, BUFFER, 0);
	give_back_the_rest();
	drain();
	run(32, 0);
	cr_expect_eq(got.used_pages, 0);
	cr_expect_eq(got.last_free + 1, got.first_free);
	order_per_bit = 2; /* what the record refused comes back, all pages of each bit */
	run(32, 0);
	order_per_bit = 0;
	cr_expect_eq(got.used_pages, 0);
	cr_expect_eq(got.last_free + 1, got.first_free);
}

/*
 * The record's own migration: targets of the task, pages it moved from, a range too large given
 * back. None of it is the model's; the recorded page that the content is in now is freed later.
 */
Test(contig_own, what_the_record_moved_keeps_its_page)
{
	const uint64_t start = 2000, end = start + BUFFER;
	uint64_t target = AREA + 2000;

	fill();
	cma(KM_EV_CMA_START, 0, BUFFER, 0);
	range(KM_EV_ISOLATE_MIGRATE, start, end, 0);
	for (uint64_t nr = end; nr-- > start;)
		if ((nr - FIRST) % 3) {
			page(KM_EV_PAGE_ALLOC, target++, TASK);
			page(KM_EV_PAGE_ALLOC, nr + 60000, OTHER); /* somebody else's */
			page(KM_EV_PAGE_FREE, nr, TASK);
		}
	range(KM_EV_TEST_ISOLATED, start, end, end + 48);
	for (uint64_t nr = end; nr < end + 48; nr++)
		page(KM_EV_PAGE_FREE, nr, TASK); /* taken too much: nobody had them */
	cma(KM_EV_CMA_FINISH, start, BUFFER, 0);
	for (uint64_t nr = FIRST; nr < FILLED; nr++) {
		bool moved = nr >= start && nr < end;

		if ((nr - FIRST) % 3 && !moved)
			page(KM_EV_PAGE_FREE, nr, OTHER);
		if ((nr - FIRST) % 3 && moved)
			page(KM_EV_PAGE_FREE, nr + 60000, OTHER);
	}
	while (target-- > AREA + 2000)
		page(KM_EV_PAGE_FREE, target, OTHER);
	release_buffer(start, BUFFER);
	drain();
	run(32, 0);
	cr_expect_eq(got.n, 2);
	cr_expect_eq(got.used_pages, 0);
	cr_expect_eq(got.last_free + 1, got.first_free);
}

/*
 * More of them at once than any table of a fixed size would hold, and before them as many whose
 * ends the record lost: those are given back, each of the others is the record's.
 */
Test(contig_own, any_number_at_once)
{
	enum { MANY = 100 };

	nr_ev = 0;
	for (int pid = 1000; pid < 1000 + 2 * MANY; pid++) {
		cma(KM_EV_CMA_START, 0, 4, 0);
		ev[nr_ev - 1].pid = pid;
	}
	for (int i = 0; i < MANY; i++) {
		cma(KM_EV_CMA_FINISH, AREA + 4 * (uint64_t)i, 4, 0);
		ev[nr_ev - 1].pid = 1000 + MANY + i;
	}
	run(32, 0);
	cr_expect_eq(got.used_pages, 4 * MANY);
	cr_expect_eq(got.n, 2 * MANY);
	release_buffer(AREA, 4 * MANY);
	run(32, 0);
	cr_expect_eq(got.used_pages, 0);
}

/* What the record shows to have stayed does in the model; the range is busy there, too. */
Test(contig_own, busy_pages_are_learnt_from_the_record)
{
	fill();
	for (uint64_t nr = FIRST; nr < FILLED - 100; nr++)
		if ((nr - FIRST) % 3)
			page(KM_EV_PAGE_FREE, nr, OTHER);
	size_t before = nr_ev;

	take_buffers(16); /* all of the area */
	run(32, 0);
	cr_expect_eq(got.ok, 16);
	cr_expect_eq(got.tries, 16);
	uint64_t lent = got.moved;

	cr_expect_gt(lent, 10);
	nr_ev = before;
	cma(KM_EV_CMA_START, 0, BUFFER, 0);
	for (uint64_t nr = FILLED - 100; nr < FILLED; nr++)
		if ((nr - FIRST) % 3) {
			range(KM_EV_TEST_ISOLATED, AREA, AREA + BUFFER, nr);
			cma(KM_EV_CMA_BUSY, AREA, BUFFER, 0);
		}
	cma(KM_EV_CMA_FINISH, KM_NO_PFN, BUFFER, -16);
	take_buffers(16);
	run(32, 0);
	cr_expect_lt(got.ok, 17);
	cr_expect_gt(got.tries, 17);
	cr_expect_lt(got.moved, lent);
}

/* The same record on areas of three sizes, with three shares of pinned pages. */
Test(contig_own, larger_areas_and_fewer_pins_serve_more)
{
	static const unsigned int mib[] = { 32, 64, 128 };
	static const int64_t share[] = { 0, 10, 50 };
	unsigned int ok[3][3];
	uint64_t tries[3][3], moved[3][3];

	fill();
	take_buffers(16);
	for (unsigned int i = 0; i < 3; i++)
		for (unsigned int k = 0; k < 3; k++) {
			run(mib[i], share[k]);
			cr_assert_eq(got.n, 16);
			ok[i][k] = got.ok;
			tries[i][k] = got.tries;
			moved[i][k] = got.moved;
		}
	for (unsigned int i = 0; i < 3; i++) {
		cr_expect_eq(ok[i][0], 16);
		cr_expect_eq(tries[i][0], 16);
		for (unsigned int k = 1; k < 3; k++) {
			cr_expect_leq(ok[i][k], ok[i][k - 1]);
			cr_expect_geq(tries[i][k], tries[i][k - 1]);
		}
	}
	for (unsigned int i = 1; i < 3; i++)
		for (unsigned int k = 0; k < 3; k++) {
			cr_expect_geq(ok[i][k], ok[i - 1][k]);
			/* it lends more, so more has to move; 0: the first ranges do */
			cr_expect_geq(moved[i][k], moved[i - 1][k]);
		}
}
