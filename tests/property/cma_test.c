/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random contiguous allocations among random requests, with pages that stay and with somebody who
 * comes between any two steps. After each: no bit is set without pages taken, no page is lost or
 * doubled, every pageblock of an area is CMA again; and a request that failed changed no bit.
 */
#include <string.h>

#include "engine/replay/place.h"
#include "tests/property/random.h"
#include "tests/support/says.h"

enum { MIB = 1 << 20, OPERATIONS = 20000, SEEDS = 2, LIVE = 65536, BUFFERS = 64, AREAS = 3 };

struct block {
	uint64_t nr;
	unsigned int order;
};

struct buffer {
	unsigned int area;
	uint64_t at, pages;
};

static struct machine_layout l;
static struct km_snapshot seed;
static struct machine m;
static struct km_diag d;
static struct random x;
static struct block live[LIVE];
static struct buffer buffer[BUFFERS];
static size_t nr_live, nr_buffers;
static uint32_t at[1 << 16]; /* by a block's first page: its place in live + 1 */
static uint8_t pinned[1 << 16];
static uint64_t total;
static unsigned int calm; /* somebody comes between once in so many times; 0: nobody */
static uint64_t nr_results[4], came_between[CONTIG_DONE], nr_moved, nr_dropped, nr_parts, nr_split;

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
	pinned[nr] = 0;
	return b;
}

static void gone(void *ctx, struct pfn head, unsigned int order)
{
	(void)ctx;
	nr_dropped += pages_of(order);
	IS(disown(head.nr).order, order);
}

/* Pages of a larger block come one by one: its head stands for them all. */
static void moved(void *ctx, struct pfn from, struct pfn to)
{
	(void)ctx;
	nr_moved++;
	if (at[from.nr])
		own(to.nr, disown(from.nr).order);
}

/* A huge page is so many single ones now. */
static void split(void *ctx, struct pfn head, unsigned int order)
{
	(void)ctx;
	IS(disown(head.nr).order, order);
	for (uint64_t i = 0; i < pages_of(order); i++)
		own(head.nr + i, 0);
	nr_split++;
}

static bool stays(void *ctx, struct pfn head)
{
	(void)ctx;
	return pinned[head.nr];
}

/* Every other one is a file's. */
static bool fails(void *ctx, struct pfn head)
{
	(void)ctx;
	return pinned[head.nr] && head.nr % 2;
}

static const struct machine_ops ops = {
	.gone = gone, .moved = moved, .stays = stays, .fails = fails, .split = split
};

static bool disturbs(void *ctx, enum contig_step step, struct pfn p)
{
	(void)ctx, (void)p;
	bool comes = calm && !random_below(&x, calm);

	came_between[step] += comes;
	return comes;
}

static void open_machine(const struct kernel_profile *kernel, unsigned int pb_order)
{
	struct machine_config c = { .profile = kernel,
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = 2,
				    .page_shift = 12,
				    .has_cma = true,
				    .min_free_kbytes = 1024,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	memset(at, 0, sizeof(at));
	memset(pinned, 0, sizeof(pinned));
	nr_live = nr_buffers = 0;
	l = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
				     .page_shift = 12,
				     .pageblock_order = pb_order,
				     .nr_cpus = 2,
				     .nr_nodes = 1,
				     .nr_cma = AREAS };
	l.cma[0] = (struct layout_cma){ .name = "reserved", .bytes = 32 * MIB };
	l.cma[1] = (struct layout_cma){ .name = "camera", .bytes = 8 * MIB, .order_per_bit = 2 };
	l.cma[2] = (struct layout_cma){ .name = "video", .bytes = 4 * MIB };
	IS(layout_add_memory(&l, 0, 128 * MIB, "", &d), 0);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	cr_assert_eq(machine_boot(&m, &d), 0, "%s", d.what);
	machine_serve_itself(&m, &ops, NULL);
	total = 0;
	for (unsigned int i = 0; i < m.pages.nr_zones; i++)
		total += m.zone[i].managed;
}

static void close_machine(void)
{
	machine_release(&m);
	layout_release_snapshot(&seed);
}

static void all_is_well(void)
{
	uint64_t pages = 0;

	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
	for (unsigned int i = 0; i < m.pages.nr_zones; i++) {
		IS(m.zone[i].nr_isolated, 0);
		pages += m.zone[i].nr_free;
		for (unsigned int cpu = 0; cpu < m.pages.nr_cpus; cpu++)
			pages += pages_pcp(&m.pages, i, cpu)->count;
	}
	for (size_t i = 0; i < nr_live; i++)
		pages += pages_of(live[i].order);
	for (size_t i = 0; i < nr_buffers; i++)
		pages += buffer[i].pages;
	IS(pages, total);
	for (unsigned int i = 0; i < m.nr_cma; i++) {
		const struct cma_area *a = &m.cma[i];

		cr_assert_eq(cma_check(a, &m.pages, &d), 0, "%s", d.what);
		for (uint64_t k = 0; k < a->pages; k += pages_of(m.frames.pb_order))
			IS(pageblock_of(&m.frames, pfn_plus(a->base, k))->mt, KM_CMA);
	}
}

static void ask(void)
{
	static const uint32_t gfps[] = { KM_GFP_HIGHUSER_MOVABLE, KM_GFP_HIGHUSER_MOVABLE,
					 KM_GFP_HIGHUSER_MOVABLE, KM_GFP_KERNEL };
	struct pages_request rq = { .gfp = gfps[random_below(&x, 4)],
				    .order = random_below(&x, 16) ? 0 : random_below(&x, 10),
				    .cpu = random_below(&x, 2) };
	struct pfn got = pages_alloc(&m.pages, &rq);

	if (got.nr == KM_NO_PFN)
		return;
	place_alloc(&m, got, rq.order, pages_migratetype(rq.gfp));
	own(got.nr, rq.order);
	if (pages_migratetype(rq.gfp) != KM_MOVABLE)
		return;
	pinned[got.nr] = !random_below(&x, 50);
	if (!pinned[got.nr] && !random_below(&x, 3))
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

/* ---- what is foreseen ---- */

static struct contig_report first_try;
static unsigned int nr_tries;
static uint64_t nr_foreseen[2];

static void tried(void *ctx, struct pfn p, const struct contig_report *report)
{
	(void)ctx, (void)p;
	if (!nr_tries++)
		first_try = *report;
}

/* What the area's first range would come to, before anything changes. */
static enum contig_result foresee(struct cma_area *a, const struct contig_env *env,
				  const struct cma_request *rq)
{
	unsigned int most = env->prof->align_max;
	unsigned int align = most && rq->align > most ? most : rq->align;
	uint64_t bit = cma_find(a, rq->pages, align, 0);
	struct contig_request range = { .mt = KM_CMA, .gfp = KM_GFP_KERNEL };
	struct pfn busy;

	nr_tries = 0;
	if (bit == UINT64_MAX)
		return CONTIG_NOMEM;
	range.start = pfn_plus(a->base, bit << a->order_per_bit);
	range.end = pfn_plus(range.start, rq->pages);
	enum contig_result is = contig_foresee(env, &range, &busy);

	cr_assert_eq(is == CONTIG_OK, busy.nr == KM_NO_PFN);
	return is;
}

/* A range that nobody comes between in is busy or not as foreseen; for want of memory only, not. */
static void came_as_foreseen(enum contig_result foreseen)
{
	if (foreseen == CONTIG_NOMEM) {
		IS(nr_tries, 0);
	} else if (!calm && first_try.result != CONTIG_NOMEM) {
		IS(first_try.result, foreseen);
		nr_foreseen[foreseen]++;
	}
}

static void take_buffer(void)
{
	unsigned int i = random_below(&x, AREAS);
	struct contig_env env = machine_contig(&m);
	struct contig_ops with = *env.ops;
	uint32_t before[256];
	struct cma_result got;
	struct cma_request rq = { .pages = 1 + random_below(&x, 1u << random_below(&x, 11)),
				  .align = random_below(&x, 8),
				  .cpu = random_below(&x, 2) };
	struct cma_area *a = &m.cma[i];

	if (nr_buffers == BUFFERS)
		return;
	with.disturbs = disturbs;
	with.tried = tried;
	env.ops = &with;
	cr_assert_leq(a->nr_words, 256);
	memcpy(before, a->bitmap, a->nr_words * sizeof(*before));
	enum contig_result foreseen = foresee(a, &env, &rq);

	cma_alloc(a, &env, &rq, &got);
	came_as_foreseen(foreseen);
	nr_results[got.result]++;
	if (got.got.nr == KM_NO_PFN) {
		cr_assert(!memcmp(before, a->bitmap, a->nr_words * sizeof(*before)));
		return;
	}
	cr_assert(cma_has(a, got.got) && cma_has(a, pfn_plus(got.got, rq.pages - 1)));
	if (!a->aligns_bits && rq.align >= a->order_per_bit)
		IS(got.got.nr & (pages_of(rq.align) - 1), 0);
	buffer[nr_buffers++] = (struct buffer){ i, got.got.nr, rq.pages };
}

/* All of it, its end, or its beginning; parts begin and end with a bit. */
static void release_buffer(void)
{
	if (!nr_buffers)
		return;
	unsigned int i = random_below(&x, nr_buffers);
	struct buffer b = buffer[i], part = b;
	struct contig_env env = machine_contig(&m);
	uint64_t unit = pages_of(m.cma[b.area].order_per_bit);

	if (b.pages > 2 * unit && b.pages % unit == 0 && random_below(&x, 2)) {
		part.pages = (1 + random_below(&x, b.pages / unit - 1)) * unit;
		part.at = random_below(&x, 2) ? b.at : b.at + b.pages - part.pages;
		buffer[i].at = part.at == b.at ? b.at + part.pages : b.at;
		buffer[i].pages = b.pages - part.pages;
		nr_parts++;
	} else {
		buffer[i] = buffer[--nr_buffers];
	}
	cr_assert(cma_release(&m.cma[b.area], &env, 1, pfn(part.at), part.pages));
	cr_assert(!cma_release(&m.cma[b.area], &env, 1, pfn(part.at), part.pages));
}

static void one_operation(void)
{
	unsigned int what = random_below(&x, 100);

	if (what < 60)
		ask();
	else if (what < 80)
		give_back();
	else if (what < 92)
		take_buffer();
	else
		release_buffer();
}

static void run(const struct kernel_profile *kernel, unsigned int pb_order)
{
	memset(nr_results, 0, sizeof(nr_results));
	memset(came_between, 0, sizeof(came_between));
	nr_moved = nr_dropped = nr_parts = nr_split = 0;
	memset(nr_foreseen, 0, sizeof(nr_foreseen));
	for (uint64_t n = 1; n <= SEEDS; n++) {
		x.state = n * UINT64_C(0x9e3779b97f4a7c15);
		open_machine(kernel, pb_order);
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			calm = i / 500 % 2 ? 8 : 0;
			one_operation();
			if (i < 500 || i % 8 == 0)
				all_is_well();
		}
		close_machine();
	}
	/* all of it was exercised */
	cr_assert_gt(nr_results[CONTIG_OK], 100);
	cr_assert_gt(nr_results[CONTIG_BUSY], 10);
	cr_assert_gt(nr_results[CONTIG_NOMEM], 10);
	for (unsigned int step = 0; step < CONTIG_DONE; step++)
		cr_assert_gt(came_between[step], 50);
	cr_assert_gt(nr_moved, 1000);
	cr_assert_gt(nr_parts, 50);
	cr_assert(nr_split || !kernel->cma.moves_huge);
	cr_assert_gt(nr_foreseen[CONTIG_OK], 50);
	cr_assert_gt(nr_foreseen[CONTIG_BUSY], 50);
}

Test(cma, whatever_fails_nothing_is_lost_6_1)
{
	run(&kernel_v6_1, 9);
	cr_assert_gt(nr_dropped, 1000);
}

Test(cma, whatever_fails_nothing_is_lost_6_1_pageblock_order_10)
{
	run(&kernel_v6_1, 10);
}

Test(cma, whatever_fails_nothing_is_lost_6_12)
{
	run(&kernel_v6_12, 9);
	cr_assert_gt(nr_dropped, 1000);
}

Test(cma, whatever_fails_nothing_is_lost_3_5)
{
	run(&kernel_v3_5, 9);
}
