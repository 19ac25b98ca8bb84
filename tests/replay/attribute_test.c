/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose pages they are: each thing that tells, one by one; any events; and a whole capture. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/attribute.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/property/random.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

enum { FIRST = 512, PAGES = 1024, TASK = 7 };

#define MAP UINT64_C(0xff11000000000000)

static struct attribution a;

static void check(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(attribution_check(&a, &d), 0, "%s", d.what);
}

static void feed(struct km_event ev)
{
	ev.pid = ev.pid ? ev.pid : TASK;
	attribution_feed(&a, &ev, 1, 0, false);
	check();
}

static struct km_event pages(unsigned int kind, uint64_t pfn_nr, unsigned int order, uint32_t gfp)
{
	return (struct km_event){ .kind = (uint8_t)kind,
				  .page = { .pfn = pfn_nr, .order = (uint8_t)order, .gfp = gfp } };
}

static void alloc(uint64_t pfn_nr, unsigned int order, uint32_t gfp)
{
	feed(pages(KM_EV_PAGE_ALLOC, pfn_nr, order, gfp));
}

static void give_back(uint64_t pfn_nr, unsigned int order)
{
	feed(pages(KM_EV_PAGE_FREE, pfn_nr, order, 0));
}

static struct km_event object(unsigned int kind, uint64_t pfn_nr, uint32_t bytes)
{
	return (struct km_event){
		.kind = (uint8_t)kind,
		.obj = { .ptr = MAP + (pfn_nr << 12), .bytes_req = bytes, .bytes_alloc = bytes }
	};
}

static void start_one(struct attribution *one)
{
	const struct attribution_config c = { .first_page = FIRST,
					      .nr_pages = PAGES,
					      .page_shift = 12,
					      .nr_cpus = 1,
					      .stack_pages = 4 };

	cr_assert_eq(attribution_open(one, &c), 0);
	for (unsigned int i = 0; i < 20; i++) { /* where memory is mapped */
		struct km_event block = pages(KM_EV_PAGE_ALLOC, FIRST + i, 0, 0);
		struct km_event in_it = object(KM_EV_KMALLOC, FIRST + i, 64);

		attribution_learn(one, &block);
		attribution_learn(one, &in_it);
	}
	cr_assert_eq(attribution_start(one, NULL), 0);
}

static void start(void)
{
	start_one(&a);
}

static void end(void)
{
	attribution_release(&a);
}

TestSuite(attribute, .init = start, .fini = end);

/* All rows of owners, as text: "owner certainty pages events; …". */
static char rows[1024];

static int on_owner(void *ctx, const struct km_owner_row *row)
{
	size_t n = strlen(rows);

	(void)ctx;
	snprintf(rows + n, sizeof(rows) - n, "%s%s %s %lu %lu", n ? "; " : "", row->owner,
		 row->certainty, (unsigned long)row->pages, (unsigned long)row->events);
	return 0;
}

static const char *told(void)
{
	static struct km_sink_ops ops;

	ops = quiet_sink_ops;
	ops.owner = on_owner;
	rows[0] = '\0';
	cr_assert_eq(attribution_report(&a, &(struct km_sink){ NULL, &ops }), 0);
	return rows;
}

/* include/asm-generic/pgalloc.h, fs/pipe.c, mm/memory.c: each with its own flags. */
Test(attribute, flags)
{
	alloc(600, 0, KM_GFP_KERNEL | KM_GFP_ACCOUNT | KM_GFP_ZERO);  /* GFP_PGTABLE_USER */
	alloc(601, 0, KM_GFP_USER | KM_GFP_HIGHMEM | KM_GFP_ACCOUNT); /* pipe_write() */
	alloc(602, 0, KM_GFP_HIGHUSER_MOVABLE | KM_GFP_ZERO);	      /* clear_user_highpage() */
	alloc(603, 0, KM_GFP_HIGHUSER_MOVABLE);
	alloc(604, 2, KM_GFP_KERNEL | KM_GFP_COMP);
	give_back(603, 0);
	cr_expect_str_eq(told(),
			 "kernel none 4 1; anonymous flags 1 1; user flags 2 2; pipe flags 1 1; "
			 "page table flags 1 1");
}

/* The trace tells of the page cache: what is not in it is anonymous. */
Test(attribute, page_cache)
{
	const struct km_event cached = pages(KM_EV_FILEMAP_ADD, 600, 0, 0);

	attribution_learn(&a, &cached);
	alloc(600, 0, KM_GFP_HIGHUSER_MOVABLE);
	alloc(601, 0, KM_GFP_HIGHUSER_MOVABLE);
	feed(cached);
	cr_expect_str_eq(told(), "page cache event 1 1; anonymous flags 1 1");
}

/* One object shows whose all four pages are, before and after it. */
Test(attribute, slab)
{
	alloc(600, 2, KM_GFP_KERNEL | KM_GFP_COMP);
	feed(object(KM_EV_CACHE_ALLOC, 602, 256));
	cr_expect_eq(a.live[OWNER_SLAB], 4);
	give_back(600, 2);
	cr_expect_eq(a.live[OWNER_SLAB], 0);
	cr_expect_str_eq(told(), "slab event 8 2");
}

/* Its pages lived before the trace: a free by name tells, kfree of a page nobody knows nothing. */
Test(attribute, slab_from_before)
{
	feed(object(KM_EV_CACHE_FREE, 700, 0));
	feed(object(KM_EV_KFREE, 701, 0));
	give_back(700, 0);
	give_back(701, 0);
	cr_expect_str_eq(told(), "slab event 1 1; unknown none 1 1");
}

Test(attribute, large_kmalloc)
{
	alloc(608, 3, KM_GFP_KERNEL | KM_GFP_COMP);
	feed(object(KM_EV_KMALLOC, 608, 8 * 4096));
	give_back(608, 3);
	cr_expect_str_eq(told(), "large kmalloc event 16 2");
}

/* alloc_pages_exact() gives the upper pages back one by one; a batched free repeats another. */
Test(attribute, pieces)
{
	alloc(608, 2, KM_GFP_KERNEL);
	give_back(611, 0);
	feed(pages(KM_EV_PAGE_FREE_BATCHED, 611, 0, 0));
	cr_expect_eq(a.live[OWNER_KERNEL], 3);
	feed(object(KM_EV_CACHE_ALLOC, 609, 64));
	cr_expect_eq(a.live[OWNER_SLAB], 1, "the pages are no block any more");
	feed(pages(KM_EV_PAGE_FREE_BATCHED, 610, 0, 0)); /* before 3.3 it is the only event */
	cr_expect_str_eq(told(), "slab event 1 0; kernel none 5 3");
}

/* The array of a vmalloc area's pages is followed by them; four by a fork are a stack. */
Test(attribute, areas)
{
	struct km_event array = object(KM_EV_KMALLOC, 600, 64);

	array.pid = TASK;
	attribution_feed(&a, &array, 10, 3, false);
	alloc(610, 0, KM_GFP_KERNEL | KM_GFP_HIGHMEM | KM_GFP_NOWARN);
	attribution_bulk(&a, 611, 10);
	attribution_bulk(&a, 612, 10);
	attribution_bulk(&a, 610, 10); /* it has an owner */
	attribution_bulk(&a, 613, 9);  /* nobody announced that */
	array.pid = 8;
	attribution_feed(&a, &array, 11, 4, true);
	attribution_bulk(&a, 620, 11);
	check();
	for (unsigned int i = 0; i < 4; i++)
		give_back(610 + i, 0);
	give_back(620, 0);
	cr_expect_str_eq(told(), "unknown none 1 1; vmalloc event 2 2; bulk model 2 2; "
				 "stack model 1 1");
}

Test(attribute, percpu)
{
	alloc(610, 0, KM_GFP_KERNEL | KM_GFP_HIGHMEM);
	alloc(611, 0, KM_GFP_KERNEL | KM_GFP_HIGHMEM | KM_GFP_NORETRY | KM_GFP_NOWARN);
	feed((struct km_event){ .kind = KM_EV_PERCPU_ALLOC, .pid = 8 });
	cr_expect_eq(a.live[OWNER_VMALLOC], 1, "another task's");
	feed((struct km_event){ .kind = KM_EV_PERCPU_ALLOC });
	cr_expect_str_eq(told(), "percpu event 2 2");
}

/* The range of cma_alloc() has no events of its own; what is given back of it is CMA's. */
Test(attribute, cma)
{
	struct km_event got = { .kind = KM_EV_CMA_FINISH };

	got.cma = (struct km_ev_cma){ .pfn = 1000, .count = 8 };
	feed(got);
	got.cma.pfn = KM_NO_PFN;
	feed(got);
	cr_expect_eq(a.live[OWNER_CMA], 8);
	for (unsigned int i = 0; i < 8; i++)
		give_back(1000 + i, 0);
	cr_expect_str_eq(told(), "cma event 8 8");
}

/* An event, possible or not, of blocks of up to 2^3 pages; their order. */
static unsigned int any_event(struct random *rng, struct km_event *ev)
{
	static const uint8_t kinds[] = { KM_EV_PAGE_ALLOC,  KM_EV_PAGE_ALLOC,	KM_EV_PAGE_FREE,
					 KM_EV_PAGE_FREE,   KM_EV_KMALLOC,	KM_EV_CACHE_FREE,
					 KM_EV_FILEMAP_ADD, KM_EV_PERCPU_ALLOC, KM_EV_CMA_FINISH };
	static const uint32_t gfps[] = { KM_GFP_KERNEL, KM_GFP_HIGHUSER_MOVABLE,
					 KM_GFP_KERNEL | KM_GFP_HIGHMEM,
					 KM_GFP_KERNEL | KM_GFP_ACCOUNT | KM_GFP_ZERO };

	*ev = (struct km_event){ .kind = kinds[random_below(rng, sizeof(kinds))] };
	unsigned int order = random_below(rng, 4);
	uint64_t at = FIRST + (random_below(rng, PAGES / 8) << order);

	ev->pid = (int32_t)random_below(rng, 3);
	if (ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_FREE)
		ev->obj = object(ev->kind, at, 64u << random_below(rng, 10)).obj;
	else if (ev->kind == KM_EV_CMA_FINISH)
		ev->cma = (struct km_ev_cma){ .pfn = at, .count = order * 9 };
	else if (ev->kind != KM_EV_PERCPU_ALLOC)
		ev->page = pages(ev->kind, at, order, gfps[random_below(rng, 4)]).page;
	return order;
}

/* Any events: what lives is what is counted, and each event is counted once. */
Test(attribute, any_events)
{
	struct random rng = { 5 };
	uint64_t events = 0, moved = 0, told_events = 0, told_pages = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		struct km_event ev;
		unsigned int order = any_event(&rng, &ev);

		if (ev.kind == KM_EV_PAGE_ALLOC || ev.kind == KM_EV_PAGE_FREE) {
			events++;
			moved += pages_of(order);
		}
		attribution_feed(&a, &ev, i, random_below(&rng, 20) ? 0 : 4, order == 0);
		if (!random_below(&rng, 20))
			attribution_bulk(&a, FIRST + random_below(&rng, PAGES), i);
		if (i % 97 == 0)
			check();
	}
	attribution_bulk(&a, KM_NO_PFN, 0);
	feed(pages(KM_EV_PAGE_ALLOC, KM_NO_PFN, 0, 0));
	feed(pages(KM_EV_PAGE_FREE, FIRST + PAGES, 200, 0));
	told();
	for (unsigned int i = 0; i < NR_OWNERS; i++)
		for (unsigned int k = 0; k < NR_CERTAINTIES; k++) {
			told_events += a.count[i][k].events;
			told_pages += a.count[i][k].pages;
		}
	cr_expect_eq(told_events, events);
	cr_expect_eq(told_pages, moved);
}

/* Events that wait to be fed: those that repeat another change nothing. Objects come in bursts. */
Test(attribute, repeated_events)
{
	enum { WAIT = 64, EVENTS = 40000 };
	static struct km_event line[WAIT];
	static bool repeats[WAIT];
	static struct attribution b;
	struct random rng = { 6 };
	unsigned int nr_repeats = 0;

	start_one(&b);
	for (unsigned int i = 0; i < EVENTS; i++) {
		struct km_event *ev = &line[i % WAIT];

		if (i >= WAIT) {
			attribution_feed(&a, ev, i, 0, false);
			if (!repeats[i % WAIT])
				attribution_feed(&b, ev, i, 0, false);
			cr_assert_arr_eq(a.live, b.live, sizeof(a.live));
			cr_assert_arr_eq(a.count, b.count, sizeof(a.count));
		}
		do
			any_event(&rng, ev);
		while (ev->kind != KM_EV_KMALLOC && ev->kind != KM_EV_CACHE_FREE &&
		       random_below(&rng, 100));
		repeats[i % WAIT] = attribution_repeats(&b, ev);
		nr_repeats += repeats[i % WAIT];
	}
	cr_expect_gt(nr_repeats, EVENTS / 8);
	attribution_release(&b);
}

/* ---- a capture ---- */

struct sums {
	uint64_t pages, events, certain, live;
	uint64_t owner_pages, owner_events, nameless;
	uint64_t last_live;
};

static int on_attribution(void *ctx, const struct km_attribution_row *row)
{
	struct sums *s = ctx;

	s->pages += row->pages;
	s->events += row->events;
	s->certain += row->certain_events;
	s->live += row->live_pages;
	return 0;
}

static int on_one_owner(void *ctx, const struct km_owner_row *row)
{
	struct sums *s = ctx;

	s->owner_pages += row->pages;
	s->owner_events += row->events;
	s->nameless += !strcmp(row->owner, "slab") && !row->cache ? row->events : 0;
	return 0;
}

static int on_sample(void *ctx, const struct km_sample *row)
{
	struct sums *s = ctx;

	for (size_t i = 0; i < row->nr_owners; i++)
		s->last_live = (i ? s->last_live : 0) + row->owners[i].pages;
	return 0;
}

/* Of every mm_page_alloc with a page and every mm_page_free: how many, and of how many pages. */
static void count(struct trace *t, uint64_t *events, uint64_t *moved)
{
	enum { BATCH = 1024 };
	static struct km_event ev[BATCH];
	struct km_diag d = { 0 };
	int64_t n;

	cr_assert_eq(trace_rewind(t, &d), 0);
	while ((n = trace_read(t, ev, BATCH, &d)) > 0)
		for (int64_t i = 0; i < n; i++) {
			if (ev[i].kind != KM_EV_PAGE_ALLOC && ev[i].kind != KM_EV_PAGE_FREE)
				continue;
			if (ev[i].page.pfn == KM_NO_PFN)
				continue;
			*events += 1;
			*moved += pages_of(ev[i].page.order);
		}
}

static void replayed(struct sums *s, struct trace *t)
{
	struct replay_config c = { .mode = REPLAY_OBSERVE };
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { s, &ops };
	struct km_snapshot label;
	struct km_diag d = { 0 };
	struct replay *r;

	ops.attribution = on_attribution;
	ops.owner = on_one_owner;
	ops.sample = on_sample;
	cr_assert_eq(trace_snapshot(t, trace_label(t, 0), &label, &d), 0, "%s", d.what);
	c.nr_cpus = trace_info(t)->nr_cpus;
	c.has_cma = trace_info(t)->has_cma;
	c.profile = kernel_profile_find(trace_info(t)->kernel);
	c.seed = &label;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(t), &sink, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	trace_snapshot_release(&label);
}

/* Every event of a page is somebody's, once. */
Test(attribution, of_a_capture)
{
	struct sums s = { 0 };
	struct km_diag d = { 0 };
	uint64_t events = 0, moved = 0;
	struct trace *t;

	cr_assert_eq(trace_open(&t, "traces/samples/files-6.1-debian-1cpu.kmt", &d), 0, "%s",
		     d.what);
	replayed(&s, t);
	count(t, &events, &moved);
	cr_assert_gt(events, 10000);
	cr_expect_eq(s.events, events);
	cr_expect_eq(s.pages, moved);
	cr_expect_eq(s.owner_events, events);
	cr_expect_eq(s.owner_pages, moved);
	cr_expect_gt(s.certain, 0);
	cr_expect_eq(s.last_live, s.live);
	cr_expect_eq(s.nameless, 0);
	trace_close(t);
}
