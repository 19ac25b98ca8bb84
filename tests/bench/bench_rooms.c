/* SPDX-License-Identifier: GPL-2.0-only */
/* Single rooms, without a replay. */
#include "cli/term.h"
#include "engine/cma/cma.h"
#include "engine/core/rng.h"
#include "engine/tlb/tlb.h"
#include "tests/bench/bench.h"

/* ---- searching an area ---- */
enum { AREA_PAGES = 1 << 18, AREA_ALLOCATIONS = 100000, AREA_SEARCHES = 100 };

/* The first bit at or after @from that is @set, a word of 64 at a time; @end: none. */
static uint64_t scan(const uint64_t *map, uint64_t from, uint64_t end, bool set)
{
	for (uint64_t at = from & ~UINT64_C(63); at < end; at += 64) {
		uint64_t word = set ? map[at / 64] : ~map[at / 64];

		word &= at < from ? UINT64_MAX << (from - at) : UINT64_MAX;
		if (word) {
			at += (unsigned int)__builtin_ctzll(word);
			return at < end ? at : end;
		}
	}
	return end;
}

/* First fit by such scans. Kernel: lib/bitmap.c:bitmap_find_next_zero_area_off() [6.1] */
static uint64_t scan_for(const uint64_t *map, uint64_t bits, uint64_t mask)
{
	for (uint64_t at = 0; at < AREA_PAGES;) {
		at = (scan(map, at, AREA_PAGES, false) + mask) & ~mask;
		if (at + bits > AREA_PAGES)
			break;
		uint64_t used = scan(map, at, at + bits, true);

		if (used == at + bits)
			return at;
		at = used + 1;
	}
	return UINT64_MAX;
}

/* An area of 1 GiB with 100,000 small allocations in it, a third of them given back. */
static int fragment(struct cma_area *a, uint64_t *map)
{
	uint64_t x = 88172645463325252, at = 0;

	if (cma_area_init(a, "area", pfn(UINT64_C(1) << 20), AREA_PAGES, 0))
		return -1;
	for (int i = 0; i < AREA_ALLOCATIONS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		uint64_t pages = 1 + x % 4;

		at = cma_find(a, pages, (unsigned int)(x >> 8) % 3, at);
		if (at == UINT64_MAX)
			break;
		cma_mark(a, pfn_plus(a->base, at), pages, (x >> 16) % 3 != 0);
		at += pages;
	}
	for (uint64_t bit = 0; bit < AREA_PAGES; bit++)
		map[bit / 64] |= (uint64_t)(a->bitmap[bit / 32] >> bit % 32 & 1) << bit % 64;
	return 0;
}

int bench_cma(void)
{
	static const uint64_t sizes[] = { 4, 8, 16, 64, 256, 2048, 65536 };
	static uint64_t map[AREA_PAGES / 64];
	uint64_t ours = 0, theirs = 0, wrong = 0, begin;
	struct cma_area a;

	if (fragment(&a, map))
		return EXIT_HOST;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned int align = 0; align < 9; align += 4) {
			uint64_t got = 0, want = 0;

			begin = now_ns();
			for (int n = 0; n < AREA_SEARCHES; n++)
				got += cma_find(&a, sizes[i], align, 0);
			ours += now_ns() - begin;
			begin = now_ns();
			for (int n = 0; n < AREA_SEARCHES; n++)
				want += scan_for(map, sizes[i], (UINT64_C(1) << align) - 1);
			theirs += now_ns() - begin;
			wrong += got != want;
		}
	cma_area_release(&a);
	printf("cma_ns %" PRIu64 "\nscan_ns %" PRIu64 "\ncma_wrong %" PRIu64 "\n", ours, theirs,
	       wrong);
	return wrong ? EXIT_HOST : EXIT_DONE;
}

/* ---- the virtual TLB ---- */

enum { TLB_LOOKUPS = 20000000 };

/* A core of two levels; accesses at random places of @spread bytes, @each to a place. */
int bench_tlb(uint32_t ways, uint64_t spread, uint64_t each)
{
	struct tlb_profile p = {
		.name = "bench",
		.page_shift = 12,
		.table_bits = 9,
		.nr_tables = 4,
		.nr_arrays = 2,
		.nr_lines = 1,
		.memory_cycles = 250,
		.array = { { "L1D", { 64, ways, TLB_LRU, TLB_LINEAR }, 1, 7, 1 << 12, false, 0 },
			   { "L2", { 1536, 12, TLB_LRU, TLB_LINEAR }, 2, 7, 1 << 12, false, 9 } },
		.walk_cache = { [2] = { 32, 4, TLB_LRU, TLB_LINEAR },
				[3] = { 4, 4, TLB_LRU, TLB_LINEAR } },
		.lines = { { { 256, 4, TLB_LRU, TLB_LINEAR }, 14 } },
	};
	struct tlb_access a = { .use = TLB_LOAD, .page_shift = 12 };
	struct rng x = rng_seeded(1);
	uint64_t begin, cycles = 0;
	struct km_diag d = { 0 };
	struct tlb *t;

	if (tlb_open(&t, &p, 1, 0, &d))
		return term_error(&d);
	begin = now_ns();
	for (unsigned int i = 0; i < TLB_LOOKUPS; i++) {
		if (i % each == 0)
			a.vaddr = rng_below(&x, spread);
		cycles += tlb_access(t, 0, &a).cycles;
	}
	printf("tlb_ns %" PRIu64 "\ntlb_lookups %d\ntlb_cycles %" PRIu64 "\n", now_ns() - begin,
	       TLB_LOOKUPS, cycles);
	tlb_close(t);
	return EXIT_DONE;
}
