/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU chunks, by hand. mm/percpu.c counts in units of four bytes; a page has 1024 of them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/percpu/percpu.h"
#include "engine/variant/variant.h"

enum { PAGE = 4096, UNIT = 128 * PAGE };

static struct percpu p;

static void check(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(percpu_check(&p, &d), 0, "%s", d.what);
}

static void start(uint64_t s, uint64_t r, uint64_t dyn)
{
	const struct percpu_geometry g = { s, r, dyn, UNIT, 4 };

	cr_assert_eq(percpu_init(&p, kernel_v6_1.percpu, &g, 12), 0);
	check();
}

static void end(void)
{
	percpu_release(&p);
}

TestSuite(percpu, .fini = end);

static struct percpu_place get(uint64_t size, uint64_t align, bool atomic)
{
	const struct percpu_request rq = { .size = size, .align = align, .atomic = atomic };
	struct percpu_place said = percpu_choose(&p, &rq), got;

	cr_assert_eq(percpu_alloc(&p, &rq, &got), 0);
	if (said.chunk)
		cr_expect(said.chunk == got.chunk && said.off == got.off);
	check();
	return got;
}

static int64_t put(struct percpu_place at, bool *balance)
{
	int64_t bytes = percpu_free(&p, at, balance);

	check();
	return bytes;
}

/*
 * The specification's vector (5.4.6), verified there against the kernel's rules: holes in front of
 * aligned areas are filled by what fits, larger requests go behind.
 */
Test(percpu, offsets_in_a_fresh_chunk)
{
	static const struct {
		uint64_t size, align;
		int64_t off;
	} v[] = { { 16, 8, 0 },	    { 4, 4, 16 },   { 64, 64, 64 },	{ 8, 8, 24 },
		  { 4096, 4, 128 }, { 32, 32, 32 }, { 5000, 64, 4224 }, { 12, 4, 9224 } };

	start(0, 0, UNIT);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		cr_expect_eq(get(v[i].size, v[i].align, false).off, v[i].off, "request %zu", i);
}

/*
 * files-6.1-x86-1cpu's dmesg: static 171432, 8192 for modules, 29272 dynamic. The dynamic part
 * begins at 179624, 3496 bytes into its page, and ends with page 51: 204 KiB, which meminfo calls
 * Percpu. As recorded: two counters in the hole that 38 areas of 32 bytes, aligned to 16, had left.
 */
Test(percpu, first_chunk_of_a_capture)
{
	const struct percpu_geometry g = { 171432, 8192, 29272, 2097152, 1 };
	struct percpu_count c;

	cr_assert_eq(percpu_init(&p, kernel_v6_1.percpu, &g, 12), 0);
	for (int i = 0; i < 38; i++)
		cr_expect_eq(get(32, 16, false).off, 3504 + 32 * i);
	cr_expect_eq(get(4, 4, false).off, 3496);
	cr_expect_eq(get(4, 4, false).off, 3500);
	cr_expect_eq(get(4, 4, false).off, 4720);
	percpu_count(&p, &c);
	cr_expect(c.chunks == 1 && c.populated_pages * 4 == 204);
	cr_expect(c.used_bytes == 38 * 32 + 12 && c.free_bytes == 8192 + 29272 - c.used_bytes);
}

/*
 * 512 KiB: fls() 20, so slots 18, 19, 20 behind the seventeen by size. A chunk of which 4 bytes are
 * taken at the front has a hole of 524284, of the largest slot by size.
 */
Test(percpu, slots)
{
	start(0, 0, UNIT);
	cr_expect(p.sidelined_slot == 18 && p.free_slot == 19 && p.to_depopulate_slot == 20);
	cr_expect_eq(p.chunk[19].next, p.first);
	get(4, 4, false);
	cr_expect_eq(p.chunk[16].next, p.first, "fls(524284) is 19");
}

/* Impossible ones are refused as the kernel does, with nothing changed. */
Test(percpu, refused)
{
	start(0, 0, UNIT);
	cr_expect_eq(get(0, 4, false).chunk, 0);
	cr_expect_eq(get(32769, 4, false).chunk, 0);
	cr_expect_eq(get(4, 8192, false).chunk, 0);
	cr_expect_eq(get(4, 12, false).chunk, 0);
	cr_expect_eq(get(UINT64_MAX, 4, false).chunk, 0);
	cr_expect_eq(get(32768, 4096, false).off, 0);
	cr_expect_eq(get(1, 1, false).off, 32768, "aligned to 4 bytes at least");
	cr_expect_eq(get(1, 1, false).off, 32772);
}

/*
 * The first chunk has one page. The next request needs a chunk: none of its pages is populated but
 * the one needed. A request that may not wait finds no populated room for two pages, and fails.
 */
Test(percpu, chunks_and_population)
{
	struct percpu_count c;
	bool balance;

	start(0, 0, PAGE);
	get(4000, 4, false);
	struct percpu_place at = get(4000, 4, false);

	cr_expect(at.chunk != p.first && at.off == 0);
	percpu_count(&p, &c);
	cr_expect(c.chunks == 2 && c.populated_pages == 2 * 4);
	cr_expect_eq(get(4000, 4, true).chunk, 0);
	cr_expect(p.atomic_failed && percpu_is_short(&p));
	cr_assert_eq(percpu_balance(&p), 0);
	check();
	percpu_count(&p, &c);
	cr_expect_eq(c.populated_pages, (2 + 4) * 4, "four more");
	cr_expect_eq(get(4000, 4, true).off, 4000);
	cr_expect_eq(put(at, &balance), 4000);
	cr_expect(!balance);
}

/* A second chunk that is wholly free beside another goes; its pages are too many to keep. */
Test(percpu, free_chunks_go)
{
	struct percpu_place at[33];
	struct percpu_count c;
	bool balance = false, any = false;

	start(0, 0, PAGE);
	for (unsigned int i = 0; i < 33; i++)
		at[i] = get(32768, 4, false);
	percpu_count(&p, &c);
	cr_expect_eq(c.chunks, 4, "sixteen to a chunk, and the first");
	for (unsigned int i = 0; i < 33; i++) {
		cr_expect_eq(put(at[i], &balance), 32768);
		any |= balance;
		if (balance)
			cr_assert_eq(percpu_balance(&p), 0);
		check();
	}
	cr_expect(any);
	percpu_count(&p, &c);
	cr_expect_eq(c.chunks, 2, "the first, and one to spare");
	cr_expect_eq(c.used_bytes, 0);
}

/*
 * Bytes 0, 4096+64 … of pages 1 and 2 freed piece by piece: where no page becomes free the kernel
 * hands its chunk's hints the end of the run counted from its page (pcpu_block_update_hint_free()),
 * so behind page 0 the chunk does not learn of a hole that is larger than it knew.
 */
Test(percpu, chunk_hint_stays_low)
{
	struct percpu_place at[512];
	bool balance;

	start(0, 0, UNIT);
	for (unsigned int i = 0; i < 512; i++)
		at[i] = get(1024, 4, false);
	cr_expect_eq(get(4, 4, false).chunk == p.first, false, "full");
	put(at[4], &balance); /* the beginning of page 1: 256 units */
	cr_expect_eq(p.chunk[p.first].md.contig_hint, 0);
	cr_expect_eq(p.chunk[p.first].md.first_free, 1024);
	put(at[0], &balance);
	cr_expect_eq(p.chunk[p.first].md.contig_hint, 256);
}

/* Modules' own part; and what does not begin anywhere is not freed. */
Test(percpu, reserved_and_odd_frees)
{
	const struct percpu_request rq = { .size = 8192, .align = 64, .reserved = true };
	struct percpu_place got;
	bool balance;

	start(PAGE, 8192, 3 * PAGE);
	cr_assert_eq(percpu_alloc(&p, &rq, &got), 0);
	cr_expect(got.chunk == p.reserved && got.off == 0);
	cr_assert_eq(percpu_alloc(&p, &rq, &got), 0);
	cr_expect_eq(got.chunk, 0, "there is no other");
	cr_expect_eq(put((struct percpu_place){ p.reserved, 4 }, &balance), 0);
	cr_expect_eq(put((struct percpu_place){ p.first, 0 }, &balance), 0);
	cr_expect_eq(put((struct percpu_place){ 0, 0 }, &balance), 0);
	cr_expect_eq(put((struct percpu_place){ 1000000, 0 }, &balance), 0);
	cr_expect_eq(put((struct percpu_place){ p.first, -4 }, &balance), 0);
	cr_expect_eq(put((struct percpu_place){ p.reserved, 0 }, &balance), 8192);
}

/* Bytes are taken out of the middle of others: these are two pieces, or one and a half. */
Test(percpu, taken_by_force)
{
	bool balance;

	start(0, 0, UNIT);
	struct percpu_place a = get(1024, 4, false);

	cr_assert_eq(percpu_take(&p, (struct percpu_place){ a.chunk, 512 }, 128), 0);
	check();
	cr_expect_eq(put((struct percpu_place){ a.chunk, 512 }, &balance), 128);
	cr_expect_eq(percpu_run(&p, (struct percpu_place){ a.chunk, 512 }, 4096), 128);
	cr_expect_eq(put(a, &balance), 512);
	cr_assert_eq(percpu_take(&p, (struct percpu_place){ a.chunk, UNIT - 4 }, 8), -KM_EINVAL);
	cr_assert_eq(percpu_take(&p, (struct percpu_place){ 0, 0 }, 8), -KM_EINVAL);
	check();
}

/* What dmesg could say and no kernel lays out. */
Test(percpu, bad_geometry)
{
	static const struct percpu_geometry bad[] = {
		{ 0, 0, UNIT, UNIT, 0 },
		{ 0, 0, 0, UNIT, 1 },
		{ 0, 0, UNIT + PAGE, UNIT, 1 },
		{ 2, 0, PAGE, UNIT, 1 },
		{ 0, 0, PAGE, UNIT + 4, 1 },
		{ UINT64_MAX - 3, 8, PAGE, UNIT, 1 },
		{ 0, 0, PAGE, UINT64_MAX - PAGE + 1, 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct percpu q;

		cr_expect_eq(percpu_init(&q, kernel_v6_12.percpu, &bad[i], 12), -KM_EINVAL, "%zu",
			     i);
	}
	start(0, 0, UNIT);
}
