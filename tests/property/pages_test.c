/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random operations on whole machines. After each of the first ones, and then after each
 * sixteenth, everything is
 * counted anew from the raw frames, and every page must be in exactly one place.
 */
#include <string.h>

#include "tests/property/random.h"
#include "tests/support/says.h"

enum { OPERATIONS = 12000, CLOSELY = 1500, SEEDS = 1, LIVE = 16384, PAGES = 16384 };

struct block {
	uint64_t nr;
	unsigned int order;
};

struct run {
	struct random x;
	struct block live[LIVE];
	size_t nr_live;
	uint8_t owned[PAGES]; /* by pfn: handed out */
	uint64_t total;	      /* pages handed over at boot */
	bool special;	      /* pageblocks of special types came and went */
};

static struct rig r;
static struct run run;

static const uint32_t gfps[] = {
	KM_GFP_KERNEL,
	KM_GFP_HIGHUSER_MOVABLE,
	KM_GFP_HIGHUSER_MOVABLE,
	KM_GFP_KERNEL | KM_GFP_RECLAIMABLE,
	KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM,
	KM_GFP_KSWAPD_RECLAIM,
	KM_GFP_KERNEL | KM_GFP_DMA32,
};

static unsigned int some(uint64_t n)
{
	return random_below(&run.x, n);
}

static unsigned int some_order(void)
{
	unsigned int top = r.profile->buddy.nr_orders - 1;

	return some(4) ? some(4) : some(top + 1);
}

static void own(uint64_t nr, unsigned int order, unsigned int mt)
{
	for (uint64_t at = nr; at < nr + pages_of(order); at++) {
		cr_assert(!run.owned[at], "pfn %llu is handed out twice", (unsigned long long)at);
		run.owned[at] = 1;
	}
	cr_assert_lt(run.nr_live, LIVE);
	run.live[run.nr_live++] = (struct block){ nr, order };
	rig_used(&r, nr, order, mt);
}

static struct block disown(size_t i)
{
	struct block b = run.live[i];
	struct frame *fr = frame_at(&r.frames, pfn(b.nr), b.order);

	run.live[i] = run.live[--run.nr_live];
	frames_count_used(&r.frames, pfn(b.nr), b.order, fr->mt, -1);
	*fr = (struct frame){ 0 };
	memset(&run.owned[b.nr], 0, pages_of(b.order));
	return b;
}

static void do_alloc(void)
{
	struct pages_request rq = { .gfp = gfps[some(7)],
				    .order = some_order(),
				    .cpu = some(r.pages.nr_cpus) };
	struct pfn got = pages_alloc(&r.pages, &rq);

	if (got.nr == KM_NO_PFN)
		return;
	IS(got.nr & (pages_of(rq.order) - 1), 0);
	own(got.nr, rq.order, pages_migratetype(rq.gfp));
}

static void do_free(void)
{
	if (!run.nr_live)
		return;
	struct block b = disown(some(run.nr_live));
	unsigned int piece = some(8) ? b.order : some(b.order + 1), cpu = some(r.pages.nr_cpus);
	unsigned int flags = some(20) ? 0 : some(2) ? PAGES_FREE_TO_TAIL : PAGES_FREE_TO_BUDDY;

	for (uint64_t nr = b.nr; nr < b.nr + pages_of(b.order); nr += pages_of(piece))
		IS(pages_free(&r.pages, cpu, pfn(nr), piece, flags), 0);
}

static void do_bulk(void)
{
	struct pages_request rq = { .gfp = gfps[some(7)], .cpu = some(r.pages.nr_cpus) };
	struct pfn out[100];
	unsigned int got = pages_bulk(&r.pages, &rq, out, 1 + some(100));

	for (unsigned int i = 0; i < got; i++)
		own(out[i].nr, 0, pages_migratetype(rq.gfp));
}

static void do_tune(void)
{
	struct pages_tunables t = { .min_free_kbytes = some(400),
				    .watermark_scale_factor = some(2) * 10 };
	unsigned int zone = some(r.pages.nr_zones);

	if (some(2))
		pages_set_watermarks(&r.pages, &t);
	r.zone[zone].reclaim_active = some(4) == 0;
	r.zone[zone].lowmem_reserve[some(4)] = some(100);
	for (unsigned int cpu = 0; cpu < r.pages.nr_cpus; cpu++) {
		struct pcp *p = pages_pcp(&r.pages, zone, cpu);

		p->batch = some(4) ? 1 + some(63) : 1;
		p->high = some(4) ? p->batch * 4 + some(300) : 0;
	}
}

static void do_reserve(void)
{
	unsigned int zone = some(r.pages.nr_zones);
	struct zone *z = &r.zone[zone];

	run.special = true;
	if (some(2))
		buddy_reserve_highatomic(&r.buddy[zone],
					 pfn(z->start.nr + some(z->end.nr - z->start.nr)), 0);
	else
		buddy_unreserve_highatomic(&r.buddy[zone], some(3), some(2));
}

/* What a CPU gave back last it gets first, unless that was drained. */
static void do_last_in_first_out(void)
{
	unsigned int zone = some(r.pages.nr_zones), order = some(r.profile->pcp.max_order + 1),
		     mt = some(3);
	struct pcp *p = pages_pcp(&r.pages, zone, some(r.pages.nr_cpus));
	struct pfn got = pcp_pop(p, &r.buddy[zone], order, mt, 0);

	if (got.nr == KM_NO_PFN)
		return;
	rig_forget_steps(&r);
	pcp_free(p, &r.buddy[zone], got, order, mt);
	if (r.nr_steps)
		return;
	IS(pcp_pop(p, &r.buddy[zone], order, mt, 0).nr, got.nr);
	own(got.nr, order, mt);
}

static bool range_is_free(const struct contig *c)
{
	for (uint64_t nr = c->start.nr; nr < c->end.nr; nr++)
		if (run.owned[nr])
			return false;
	return true;
}

/* Pages outside the request come back one by one, those inside are handed out as single pages. */
static void settle(const struct contig *c)
{
	for (uint64_t nr = c->first.nr & ~UINT64_C(1023); nr < c->last.nr; nr++) {
		struct pfn head;
		const struct frame *fr = frames_head(&r.frames, pfn(nr), &head);

		if (!fr || fr->state != FRAME_PRIVATE)
			continue;
		*frames_split(&r.frames, pfn(nr), 0) = (struct frame){ 0 };
		if (nr >= c->start.nr && nr < c->end.nr)
			own(nr, 0, KM_MOVABLE);
		else
			IS(pages_free(&r.pages, 0, pfn(nr), 0, 0), 0);
	}
}

static void do_contig(void)
{
	unsigned int zone = some(r.pages.nr_zones);
	uint64_t pb = pages_of(r.frames.pb_order);
	uint64_t first = pfn_align_up(r.zone[zone].start, r.frames.pb_order).nr;
	uint64_t last = pfn_align_down(r.zone[zone].end, r.frames.pb_order).nr;
	uint8_t types[64];
	struct contig c;

	/* 2.6.34 takes no ranges */
	if (!r.profile->cma.present || first >= last)
		return;
	uint64_t start = first + some(last - first), end = start + 1 + some(pb);

	end = end < last ? end : last;
	for (uint64_t nr = first; nr < last; nr += pb)
		types[nr / pb] = pageblock_of(&r.frames, pfn(nr))->mt;
	run.special = true;
	bool isolated = rig_isolate(&r, &c, start, end);

	SOUND(&r);
	if (isolated && some(2))
		do_alloc();
	pages_drain_zone(&r.pages, zone);
	if (isolated && range_is_free(&c)) {
		contig_take(&c, &r.pages);
		settle(&c);
	}
	contig_end(&c, &r.pages);
	IS(r.zone[zone].nr_isolated, 0);
	for (uint64_t nr = first; nr < last; nr += pb)
		if (nr < c.first.nr || nr >= c.last.nr)
			continue;
		else
			IS(pageblock_of(&r.frames, pfn(nr))->mt, types[nr / pb]);
}

static void one_operation(void)
{
	unsigned int what = some(1000), zone = some(r.pages.nr_zones);

	if (what < 2)
		pages_drain_zone(&r.pages, zone);
	else if (what < 3)
		pages_tick(&r.pages);
	else if (what < 6)
		do_tune();
	else if (what < 10)
		do_reserve();
	else if (what < 16)
		do_contig();
	else if (what < 30)
		do_bulk();
	else if (what < 60)
		do_last_in_first_out();
	else if (what < 560)
		do_alloc();
	else
		do_free();
	rig_forget_steps(&r);
}

/* Every page handed over at boot is in one block of a known state, and no other. */
static void nothing_is_lost(void)
{
	uint64_t free = 0, kept = 0, owned = 0;

	SOUND(&r);
	for (unsigned int i = 0; i < r.pages.nr_zones; i++) {
		for (unsigned int order = 0; order < r.profile->buddy.nr_orders; order++)
			free += r.buddy[i].nr_free[order] << order;
		for (unsigned int cpu = 0; cpu < r.pages.nr_cpus; cpu++)
			kept += pages_pcp(&r.pages, i, cpu)->count;
	}
	for (size_t nr = 0; nr < PAGES; nr++)
		owned += run.owned[nr];
	IS(free + kept + owned, run.total);
}

static void give_everything_back(void)
{
	while (run.nr_live)
		do_free();
	for (unsigned int zone = 0; zone < r.pages.nr_zones; zone++)
		pages_drain_zone(&r.pages, zone);
	uint64_t free = 0;

	for (unsigned int zone = 0; zone < r.pages.nr_zones; zone++)
		free += r.zone[zone].nr_free;
	IS(free, run.total);
	nothing_is_lost();
}

static void open_run(const struct rig_shape *shape, uint64_t seed)
{
	memset(&run, 0, sizeof(run));
	run.x.state = seed * UINT64_C(0x9e3779b97f4a7c15);
	rig_open(&r, shape);
	if (shape->cma)
		for (uint64_t nr = 6144; nr < 8192; nr += pages_of(r.frames.pb_order))
			rig_type(&r, nr, KM_CMA);
	rig_boot(&r);
	for (unsigned int i = 0; i < r.pages.nr_zones; i++) {
		run.total += r.zone[i].nr_free;
		r.zone[i].wmark[KM_WMARK_HIGH] = 300;
		for (unsigned int cpu = 0; cpu < r.pages.nr_cpus; cpu++) {
			struct pcp *p = pages_pcp(&r.pages, i, cpu);
			const struct pcp_limits l = { .high = 200, .high_max = 900, .batch = 31 };

			p->prof->ops->set_limits(p, &l);
		}
	}
}

static void operations_of(const struct rig_shape *shape)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		open_run(shape, seed);
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			one_operation();
			if (i < CLOSELY || i % 16 == 0)
				nothing_is_lost();
		}
		give_everything_back();
		rig_close(&r);
	}
}

/* Of every kernel. */
static void many_operations(const struct rig_shape *shape)
{
	struct rig_shape of = *shape;

	for (size_t k = 0; k < kernel_profile_count(); k++) {
		of.profile = kernel_profile_at(k);
		operations_of(&of);
	}
}

Test(random, one_zone_one_cpu)
{
	many_operations(&(struct rig_shape){ .zone = { { "DMA32", 0, 1, 8191 } } });
}

Test(random, order_ten_pageblocks_two_cpus)
{
	many_operations(&(struct rig_shape){
		.pb_order = 10,
		.nr_cpus = 2,
		.cma = true,
		.zone = { { "DMA32", 0, 1, 12288 + 77 } },
	});
}

Test(random, three_zones_four_cpus)
{
	many_operations(&(struct rig_shape){
		.nr_cpus = 4,
		.cma = true,
		.zone_dma = true,
		.zone = { { "DMA", 0, 1, 4096 },
			  { "DMA32", 1, 4096, 9001 },
			  { "Normal", 2, 9001, 14003 } },
	});
}

Test(random, two_zones_order_ten_three_cpus)
{
	many_operations(&(struct rig_shape){
		.pb_order = 10,
		.nr_cpus = 3,
		.zone = { { "DMA32", 0, 1, 5001 }, { "Normal", 1, 5001, 14336 } },
	});
}

Test(random, no_grouping_by_mobility)
{
	const struct rig_shape tiny = { .nr_cpus = 2, .zone = { { "DMA32", 0, 1, 2500 } } };

	open_run(&tiny, 5);
	r.buddy[0].no_mobility = true;
	for (unsigned int i = 0; i < OPERATIONS; i++) {
		one_operation();
		if (i < CLOSELY || i % 16 == 0)
			nothing_is_lost();
	}
	give_everything_back();
	rig_close(&r);
}
