/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction under a generated trace: pages move as their gfp flags let them, and a name goes on
 * meaning what lies where it was moved to.
 *
 * The machine has 64 MiB: DMA with 3,998 pages and DMA32 with the 12,288 from page 4096 on. Its
 * free memory ascends (mm/memblock.c:memblock_free_all() [6.1]), so the n-th single page of DMA32
 * asked for is page 4096 + n. All but 64 of them are taken and every other one is given back: no
 * two free pages are mates. A block of order 9 then needs the 256 pages that stay in the first
 * pageblock to move (mm/compaction.c:compact_zone()), as the migrate scanner begins there.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "engine/compact/compact.h"
#include "engine/core/gfp.h"
#include "engine/machine/layout.h"
#include "engine/replay/names.h"
#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/property/random.h"
#include "tests/support/quiet_sink.h"

enum { DMA_PAGES = 3900, PAGES = 12224, MOST = 131072, SECOND = 1000000000 };

static struct km_event *ev;
static size_t n;
static uint64_t ts;
static struct machine_layout layout;
static struct km_snapshot seed;
static struct replay_totals totals;
static uint64_t free_pages, runs, migrated;
static uint64_t slots[KM_MAX_ORDERS];

static int on_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx;
	free_pages = 0;
	for (unsigned int i = 0; i < row->nr_zones; i++)
		free_pages += row->zones[i].free_pages;
	return 0;
}

static int on_pressure(void *ctx, const struct km_pressure_row *row)
{
	(void)ctx;
	runs = strcmp(row->what, "compaction_runs") ? runs : row->model;
	migrated = strcmp(row->what, "migrated_pages") ? migrated : row->model;
	return 0;
}

static void begin(void)
{
	struct km_diag d;

	ev = calloc(MOST, sizeof(*ev));
	layout = (struct machine_layout){
		.arch = machine_arch_find("x86-64"), .page_shift = 12, .nr_cpus = 1, .nr_nodes = 1
	};
	cr_assert(ev && !layout_add_memory(&layout, 0, UINT64_C(64) << 20, "", &d));
	cr_assert_eq(layout_describe(&layout, &seed, &d), 0);
	n = 0;
	ts = 0;
	memset(slots, 0, sizeof(slots));
}

static void end(void)
{
	layout_release_snapshot(&seed);
	free(ev);
}

TestSuite(generated, .init = begin, .fini = end);

static uint64_t page(unsigned int kind, uint64_t name, unsigned int order, uint32_t gfp)
{
	cr_assert_lt(n, MOST);
	ev[n] = (struct km_event){ .kind = (uint8_t)kind, .ts_ns = ts += 1000 };
	ev[n++].page = (struct km_ev_page){ .pfn = name, .gfp = gfp, .order = (uint8_t)order };
	return name;
}

static uint64_t allocs(unsigned int order, uint32_t gfp)
{
	return page(KM_EV_PAGE_ALLOC, km_synthetic(order, slots[order]++), order, gfp);
}

static void frees(uint64_t name, unsigned int order)
{
	page(KM_EV_PAGE_FREE, name, order, 0);
}

/* 0, or that the events cannot be a generated trace's */
static int replay(bool paranoid)
{
	struct km_sink_ops ops = quiet_sink_ops;
	const struct km_sink sink = { NULL, &ops };
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .synthetic = true,
				   .paranoid = paranoid,
				   .nr_cpus = 1,
				   .nr_events = n,
				   .profile = &kernel_v6_1,
				   .layout = &layout,
				   .seed = &seed };
	struct strtab *strings;
	struct replay *r;
	struct km_diag d = { 0 };

	ops.sample = on_sample;
	ops.pressure = on_pressure;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	c.tunables.min_free_kbytes = 128;
	cr_assert_eq(strtab_open(&strings), 0);
	cr_assert_eq(replay_open(&r, &c, strings, &sink, &d), 0, "%s", d.what);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	int err = replay_feed(r, ev, n, &d);

	cr_assert(!err || err == -KM_EFORMAT, "%s", d.what);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_totals(r, &totals);
	replay_close(r);
	strtab_close(strings);
	return err;
}

/* DMA is full; of DMA32 every other page is free. */
static void fragment(unsigned int pages)
{
	for (unsigned int i = 0; i < DMA_PAGES; i++)
		allocs(0, KM_GFP_KERNEL | KM_GFP_DMA);
	for (unsigned int i = 0; i < pages; i++)
		allocs(0, KM_GFP_HIGHUSER_MOVABLE);
	for (unsigned int i = 0; i < pages; i += 2)
		frees(km_synthetic(0, DMA_PAGES + i), 0);
}

/* Whatever was moved, its name frees it: in the end nothing is in use. */
static void free_the_rest(unsigned int pages)
{
	for (unsigned int i = 0; i < DMA_PAGES; i++)
		frees(km_synthetic(0, i), 0);
	for (unsigned int i = 1; i < pages; i += 2)
		frees(km_synthetic(0, DMA_PAGES + i), 0);
}

static void all_is_free_but(uint64_t kept)
{
	cr_expect_eq(totals.unknown_frees, 0);
	/* but for what one CPU's lists keep: less than the low watermarks (zone_highsize()) */
	cr_expect(free_pages + kept > 3998 + 12288 - 60, "%llu", (unsigned long long)free_pages);
}

Test(generated, a_request_compacts_and_names_follow)
{
	fragment(PAGES);
	uint64_t huge = allocs(9, KM_GFP_HIGHUSER_MOVABLE & ~KM_GFP_KSWAPD_RECLAIM);

	free_the_rest(PAGES);
	frees(huge, 9);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(totals.failures, 0);
	cr_expect_eq(runs, 1);
	cr_expect_eq(migrated, 256, "%llu", (unsigned long long)migrated);
	all_is_free_but(0);
}

/* kswapd, woken for the block, has nothing to reclaim and hands the work on */
Test(generated, kcompactd_compacts_and_names_follow)
{
	fragment(PAGES);
	uint64_t huge = allocs(9, KM_GFP_HIGHUSER_MOVABLE);

	free_the_rest(PAGES);
	frees(huge, 9);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(totals.failures, 0);
	cr_expect_eq(migrated, 256, "%llu", (unsigned long long)migrated);
	all_is_free_but(0);
}

/*
 * mm/compaction.c:should_proactive_compact_node(): DMA32's free pages are all single, DMA's few no
 * less scattered, so the node's score is above 90 when kcompactd looks after half a second. It goes
 * on till no more than 80 % of DMA32's free pages are outside huge blocks
 * (fragmentation_score_wmark()): of about 6,160 that takes three blocks of 512, for each of which
 * 256 pages move; and a batch of 32 more, which pushes the last of theirs off the CPU's list
 * (nr_pcp_free() always leaves some there).
 */
Test(generated, proactive_compaction_follows_the_clock)
{
	fragment(PAGES);
	ts += SECOND;
	allocs(0, KM_GFP_HIGHUSER_MOVABLE);
	frees(km_synthetic(0, slots[0] - 1), 0);
	free_the_rest(PAGES);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(migrated, 3 * 256 + COMPACT_CLUSTER_MAX, "%llu", (unsigned long long)migrated);
	all_is_free_but(0);
}

/*
 * A block of two pages among the first 512, and another on the CPU's list: an asynchronous
 * compaction gives their chunk up (isolate_migratepages_block()) and moves the 256 pages of the
 * next one.
 */
Test(generated, what_is_no_single_page_stays)
{
	uint64_t two = allocs(1, KM_GFP_HIGHUSER_MOVABLE);

	fragment(PAGES - 4);
	uint64_t huge = allocs(9, KM_GFP_HIGHUSER_MOVABLE & ~KM_GFP_KSWAPD_RECLAIM);

	free_the_rest(PAGES - 4);
	frees(huge, 9);
	frees(two, 1);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(totals.failures, 0);
	cr_expect_eq(migrated, 256, "%llu", (unsigned long long)migrated);
	all_is_free_but(0);
}

/* Files' pages move too, and are known where they went to when memory is short. */
Test(generated, a_file_s_pages_move_and_are_reclaimed)
{
	uint32_t gfp = KM_GFP_HIGHUSER_MOVABLE & ~KM_GFP_KSWAPD_RECLAIM;

	for (unsigned int i = 0; i < DMA_PAGES; i++)
		allocs(0, KM_GFP_KERNEL | KM_GFP_DMA);
	for (unsigned int i = 0; i < PAGES; i++)
		page(KM_EV_FILEMAP_ADD, allocs(0, gfp), 0, 0);
	for (unsigned int i = 0; i < PAGES; i += 2) {
		page(KM_EV_FILEMAP_DEL, km_synthetic(0, DMA_PAGES + i), 0, 0);
		frees(km_synthetic(0, DMA_PAGES + i), 0);
	}
	uint64_t huge = allocs(9, gfp);

	/* more than is free: the files' pages are taken back, the moved ones among them */
	for (unsigned int i = 0; i < PAGES; i++)
		allocs(0, gfp);
	free_the_rest(PAGES);
	for (uint64_t i = DMA_PAGES + PAGES; i < slots[0]; i++)
		frees(km_synthetic(0, i), 0);
	frees(huge, 9);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(migrated, 256, "%llu", (unsigned long long)migrated);
	cr_expect_gt(totals.pressure.model.reclaimed_pages, 5000);
	all_is_free_but(0);
}

/* The same with the pages of broken blocks: each piece is found where it went. */
Test(generated, pieces_of_a_block_move_one_by_one)
{
	enum { BLOCKS = 22 }; /* the CPU's list takes two at a time */
	uint32_t gfp = KM_GFP_HIGHUSER_MOVABLE & ~KM_GFP_KSWAPD_RECLAIM;

	for (unsigned int i = 0; i < DMA_PAGES; i++)
		allocs(0, KM_GFP_KERNEL | KM_GFP_DMA);
	for (unsigned int i = 0; i < BLOCKS; i++)
		allocs(9, gfp);
	for (unsigned int i = 0; i < PAGES - BLOCKS * 512; i++)
		allocs(0, gfp);
	for (unsigned int i = 0; i < BLOCKS * 512; i += 2)
		frees(km_synthetic(9, 0) + i, 0);
	uint64_t huge = allocs(9, gfp);

	for (unsigned int i = 1; i < BLOCKS * 512; i += 2)
		frees(km_synthetic(9, 0) + i, 0);
	for (uint64_t i = 0; i < slots[0]; i++)
		frees(km_synthetic(0, i), 0);
	frees(huge, 9);
	/* a slot is used again, whole this time */
	slots[9] = 0;
	frees(allocs(9, gfp), 9);
	cr_assert_eq(replay(false), 0);
	cr_expect_eq(totals.failures, 0);
	cr_expect_eq(migrated, 256, "%llu", (unsigned long long)migrated);
	all_is_free_but(512); /* the second of the two of the last refill */
}

/* A name that gen could have given, or nearly. */
static uint64_t any_name(struct random *rnd, unsigned int *order)
{
	static const unsigned int orders[] = { 0, 0, 0, 0, 1, 3, 5, 9, 10, 15 };
	unsigned int of = orders[random_below(rnd, 10)];
	uint64_t slot = random_below(rnd, slots[of] + 1 + !random_below(rnd, 50));

	*order = random_below(rnd, 3) ? of : (unsigned int)random_below(rnd, of + 1);
	return km_synthetic(of, slot) + (random_below(rnd, pages_of(of)) & ~(pages_of(*order) - 1));
}

/* Any events are replayed or refused, and every room recounts after each. */
Test(generated, any_events)
{
	struct random rnd = { 7 };
	unsigned int refused = 0, moves = 0;

	for (unsigned int round = 0; round < 60; round++) {
		n = 0;
		memset(slots, 0, sizeof(slots));
		for (unsigned int i = 0; i < 1500; i++) {
			static const uint8_t kinds[] = { KM_EV_PAGE_ALLOC,  KM_EV_PAGE_ALLOC,
							 KM_EV_PAGE_FREE,   KM_EV_PAGE_FREE,
							 KM_EV_FILEMAP_ADD, KM_EV_FILEMAP_DEL };
			unsigned int kind = kinds[random_below(&rnd, 6)], order;
			uint64_t name = any_name(&rnd, &order);

			if (kind == KM_EV_PAGE_ALLOC) {
				order = km_synthetic_order(name);
				name = random_below(&rnd, 500) ? km_synthetic(order, slots[order]) :
								 name;
			}
			ts += random_below(&rnd, 20) ? 0 : SECOND / 2;
			slots[order] += kind == KM_EV_PAGE_ALLOC &&
					name == km_synthetic(order, slots[order]);
			page(kind, name, order,
			     random_below(&rnd, 4) ? KM_GFP_HIGHUSER_MOVABLE : KM_GFP_KERNEL);
		}
		refused += replay(true) != 0;
		moves += migrated != 0;
	}
	cr_expect(refused && refused < 60, "%u", refused);
	cr_expect(moves, "nothing was moved");
}

/* Twice moved, freed in pieces of several pages, and named anew. */
Test(names, pieces)
{
	struct names names;
	uint64_t block = km_synthetic(2, 0);

	cr_assert_eq(names_init(&names, pfn(1024), 64), 0);
	cr_assert_eq(names_set(&names, block, pfn(1028)), 0);
	cr_expect_eq(names_get(&names, block + 3).nr, 1031);
	cr_assert_eq(names_break(&names, block + 1), 0);
	names_end(&names, block + 1);
	cr_expect_eq(names_get(&names, block + 1).nr, KM_NO_PFN);
	names_moved(&names, pfn(1028), pfn(1040));
	names_moved(&names, pfn(1031), pfn(1028)); /* to where the first one was */
	names_moved(&names, pfn(1040), pfn(1041));
	cr_expect_eq(names_get(&names, block).nr, 1041);
	cr_expect_eq(names_get(&names, block + 2).nr, 1030);
	cr_expect_eq(names_get(&names, block + 3).nr, 1028);
	cr_assert_eq(names_break(&names, block), 0); /* broken already */
	cr_expect_eq(names_get(&names, block).nr, 1041);
	cr_expect_eq(names_set(&names, block, pfn(1044)), -KM_EINVAL); /* it lives */
	for (unsigned int i = 0; i < 4; i++)
		names_end(&names, block + i);
	cr_assert_eq(names_set(&names, block, pfn(1044)), 0);
	cr_expect_eq(names_get(&names, block + 1).nr, 1045);
	cr_expect_eq(names_set(&names, km_synthetic(2, 2), pfn(1048)), -KM_EINVAL);
	names_release(&names);
}
