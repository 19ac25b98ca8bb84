/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 10,000 random short traces, over every kernel and many layouts. After each event every room is
 * recounted, and every zone must have every page it had at boot: free, on a per-CPU list, or handed
 * out.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/machine/machine.h"
#include "engine/replay/place.h"
#include "tests/property/random.h"
#include "tests/support/says.h"

#define MIB (UINT64_C(1) << 20)

enum { TRACES = 10000, EVENTS = 24, LIVE = 4096 };

struct shape {
	const char *arch;
	unsigned int page_shift, pb_order, nr_cpus, nr_nodes;
	struct {
		unsigned int node;
		uint64_t start, end; /* MiB */
	} memory[6];
	struct {
		const char *name;
		uint64_t end; /* MiB; 0: the rest */
	} zone[5];
	uint64_t movable; /* MiB of the last node */
	uint64_t cma;	  /* MiB */
	bool deferred;
	uint64_t kernelcore; /* MiB */
};

static const struct shape shapes[] = {
	{ "x86-64", 12, 0, 1, 1, { { 0, 0, 48 } }, { { 0 } }, 0, 0, false, 0 },
	{ "x86-64",
	  12,
	  10,
	  4,
	  2,
	  { { 0, 0, 24 }, { 1, 24, 64 } },
	  { { "DMA", 4 }, { "DMA32", 16 }, { "Normal", 0 }, { "Movable", 0 } },
	  8,
	  8,
	  true,
	  0 },
	/* nodes among one another, a hole, borders inside a pageblock */
	{ "x86-64",
	  12,
	  0,
	  3,
	  2,
	  { { 0, 1, 15 }, { 1, 15, 21 }, { 0, 21, 30 }, { 1, 31, 47 }, { 0, 49, 50 } },
	  { { "DMA", 5 }, { "DMA32", 32 }, { "Normal", 0 } },
	  0,
	  0,
	  false,
	  0 },
	{ "i386",
	  12,
	  0,
	  2,
	  1,
	  { { 0, 0, 64 } },
	  { { "DMA", 4 }, { "Normal", 23 }, { "HighMem", 0 }, { "Movable", 0 } },
	  12,
	  0,
	  false,
	  0 },
	/* the kernel's own share of nodes of different sizes */
	{ "x86-64",
	  12,
	  0,
	  2,
	  2,
	  { { 0, 0, 40 }, { 1, 40, 60 }, { 1, 62, 128 } },
	  { { "DMA", 4 }, { "Normal", 0 }, { "Movable", 0 } },
	  0,
	  0,
	  false,
	  57 },
	{ "arm64", 14, 0, 2, 1, { { 0, 1024, 1216 } }, { { 0 } }, 0, 32, false, 0 },
	{ "arm64",
	  16,
	  0,
	  8,
	  4,
	  { { 0, 1024, 1600 }, { 1, 2048, 2560 }, { 2, 2560, 3072 } },
	  { { 0 } },
	  0,
	  0,
	  false,
	  0 },
};

struct block {
	struct pfn head;
	unsigned int order;
};

static struct machine_layout l;
static struct km_snapshot seed;
static struct machine m;
static struct km_diag d;
static struct random x;
static struct block live[LIVE];
static size_t nr_live;
static uint64_t owned[KM_MAX_ZONES], total[KM_MAX_ZONES];

static unsigned int some(uint64_t n)
{
	return random_below(&x, n);
}

static void lay_out(const struct shape *s)
{
	memset(&l, 0, sizeof(l));
	l.arch = machine_arch_find(s->arch);
	l.page_shift = s->page_shift;
	l.pageblock_order = s->pb_order;
	l.nr_cpus = s->nr_cpus;
	l.nr_nodes = s->nr_nodes;
	l.deferred_init = s->deferred;
	for (unsigned int i = 0; i < 6 && s->memory[i].end; i++)
		l.memory[l.nr_memory++] = (struct layout_range){ .start = s->memory[i].start * MIB,
								 .end = s->memory[i].end * MIB,
								 .node = s->memory[i].node };
	for (; l.nr_zones < 5 && s->zone[l.nr_zones].name; l.nr_zones++) {
		uint64_t end = s->zone[l.nr_zones].end;

		strcpy(l.zone[l.nr_zones].name, s->zone[l.nr_zones].name);
		l.zone[l.nr_zones].end = end ? end * MIB : UINT64_MAX;
	}
	l.node[s->nr_nodes - 1].movable_bytes = s->movable * MIB;
	l.kernelcore.bytes = s->kernelcore * MIB;
	if (s->cma) {
		l.nr_cma = 1;
		l.cma[0] = (struct layout_cma){ .name = "c", .bytes = s->cma * MIB };
	}
}

/* False: this kernel has no such machine. */
static bool boot(const struct kernel_profile *kernel, const struct shape *s)
{
	struct machine_config c = { .profile = kernel,
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = s->nr_cpus,
				    .page_shift = s->page_shift,
				    .has_cma = s->cma != 0,
				    .min_free_kbytes = -1,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	lay_out(s);
	if (!(kernel->archs & l.arch->kind) || (s->cma && !kernel->cma.present))
		return false;
	l.deferred_init &= kernel_profile_has(kernel, KERNEL_DEFERRED_INIT);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	cr_assert_eq(machine_boot(&m, &d), 0, "%s", d.what);
	nr_live = 0;
	for (unsigned int i = 0; i < m.pages.nr_zones; i++) {
		owned[i] = 0;
		total[i] = m.zone[i].managed;
	}
	return true;
}

static void nothing_is_lost(void)
{
	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
	for (unsigned int i = 0; i < m.pages.nr_zones; i++) {
		uint64_t pages = owned[i] + m.zone[i].nr_free;

		for (unsigned int cpu = 0; cpu < m.pages.nr_cpus; cpu++)
			pages += pages_pcp(&m.pages, i, cpu)->count;
		cr_assert_eq(pages, total[i], "node %d zone %s has %llu pages, not %llu",
			     m.zone[i].node, m.zone[i].name, (unsigned long long)pages,
			     (unsigned long long)total[i]);
	}
}

static void do_alloc(void)
{
	static const uint32_t gfps[] = { KM_GFP_KERNEL,
					 KM_GFP_HIGHUSER_MOVABLE,
					 KM_GFP_KERNEL | KM_GFP_RECLAIMABLE,
					 KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM,
					 KM_GFP_KERNEL | KM_GFP_DMA,
					 KM_GFP_KERNEL | KM_GFP_DMA32,
					 KM_GFP_KERNEL | KM_GFP_THISNODE,
					 KM_GFP_USER | KM_GFP_HIGHMEM | KM_GFP_COLD };
	struct pages_request rq = { .gfp = gfps[some(8)],
				    .order = some(3) ? some(4) : some(m.frames.top_order + 1),
				    .cpu = some(m.pages.nr_cpus) };

	rq.node = (int)pages_node_of_cpu(&m.pages, rq.cpu);
	struct pfn got = pages_alloc(&m.pages, &rq);

	if (got.nr == KM_NO_PFN || nr_live == LIVE)
		return;
	unsigned int zone = pages_zone_of(&m.pages, got);

	cr_assert_lt(zone, m.pages.nr_zones);
	cr_assert_leq(m.zone[zone].index, pages_zone_class(&m.pages, rq.gfp));
	cr_assert(!(rq.gfp & KM_GFP_THISNODE) || m.zone[zone].node == rq.node);
	place_alloc(&m, got, rq.order, pages_migratetype(rq.gfp));
	owned[zone] += pages_of(rq.order);
	live[nr_live++] = (struct block){ got, rq.order };
}

static void do_free(void)
{
	enum place was;

	if (!nr_live)
		return;
	size_t i = some(nr_live);
	struct block b = live[i];
	unsigned int piece = some(6) ? b.order : some(b.order + 1);

	live[i] = live[--nr_live];
	cr_assert(place_release(&m, b.head, b.order, &was));
	owned[pages_zone_of(&m.pages, b.head)] -= pages_of(b.order);
	for (uint64_t at = 0; at < pages_of(b.order); at += pages_of(piece))
		IS(pages_free(&m.pages, some(m.pages.nr_cpus), pfn_plus(b.head, at), piece,
			      some(9) ? 0 : PAGES_FREE_COLD),
		   0);
}

static void short_trace(void)
{
	for (unsigned int i = 0; i < EVENTS; i++) {
		if (some(40) == 0)
			pages_drain_zone(&m.pages, some(m.pages.nr_zones));
		else if (some(5) < 3)
			do_alloc();
		else
			do_free();
		nothing_is_lost();
	}
	while (nr_live)
		do_free();
	nothing_is_lost();
}

Test(layouts, zones_never_lose_a_page)
{
	const size_t nr_shapes = sizeof(shapes) / sizeof(shapes[0]);
	unsigned int traces = 0;

	x.state = UINT64_C(0x9e3779b97f4a7c15);
	for (unsigned int i = 0; traces < TRACES; i++) {
		const struct kernel_profile *kernel = kernel_profile_at(i % kernel_profile_count());

		if (!boot(kernel, &shapes[i / kernel_profile_count() % nr_shapes]))
			continue;
		nothing_is_lost();
		short_trace();
		machine_release(&m);
		layout_release_snapshot(&seed);
		traces++;
	}
}

/* A kernel without the asked architecture says so, and leaves nothing behind. */
Test(layouts, a_kernel_refuses_what_it_does_not_run_on)
{
	struct machine_config c = { .profile = kernel_profile_find("3.5"),
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = 2,
				    .page_shift = 14 };

	lay_out(&shapes[5]);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	cr_assert_eq(machine_init(&m, &c, &d), -KM_EUSAGE);
	cr_assert_str_eq(d.what, "kernel 3.5 does not run on an arm64");
	cr_assert_null(m.zone);
	layout_release_snapshot(&seed);
}
