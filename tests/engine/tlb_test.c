/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB against the specification's unit vectors (spec 5.5a) and against sequences worked
 * out by hand.
 */
#include "tests/support/tlb_rig.h"

/* Pages 0 … @n - 1 in order; how many missed array @array. */
static uint64_t pass(struct tlb *t, unsigned int n, unsigned int array)
{
	uint64_t before = tlb_count(t, 0, array, 12).misses;

	for (unsigned int i = 0; i < n; i++)
		load(t, 0, i * K4, 12);
	sound(t);
	return tlb_count(t, 0, array, 12).misses - before;
}

/* ---- spec 5.5a ---- */

static void loops(uint32_t ways, enum tlb_policy how, unsigned int pages, uint64_t first,
		  uint64_t later)
{
	const struct tlb_profile p = one(64, ways, K4, how);
	struct tlb *t = open_tlb(&p, 1);

	cr_expect_eq(pass(t, pages, 0), first);
	for (unsigned int i = 0; i < 5; i++)
		cr_expect_eq(pass(t, pages, 0), later, "%u ways, policy %d", ways, how);
	tlb_close(t);
}

Test(tlb, vector_1_a_page_more_than_entries)
{
	loops(4, TLB_LRU, 65, 65, 5);
	loops(4, TLB_FIFO, 65, 65, 5);
	loops(64, TLB_LRU, 65, 65, 65);
	loops(64, TLB_FIFO, 65, 65, 65);
}

Test(tlb, vector_2_as_many_pages_as_entries)
{
	for (unsigned int how = 0; how < TLB_NR_POLICIES; how++) {
		loops(4, (enum tlb_policy)how, 64, 64, 0);
		loops(64, (enum tlb_policy)how, 64, 64, 0);
	}
}

Test(tlb, vector_3_two_levels)
{
	struct tlb_profile p = one(32, 32, K4, TLB_LRU);

	p.nr_arrays = 2;
	p.array[1] = array_of("LL", 2, 1024, 4, K4, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);

	for (unsigned int i = 0; i < 4; i++) {
		uint64_t below = tlb_count(t, 0, 1, 12).misses;

		cr_expect_eq(pass(t, 33, 0), 33);
		cr_expect_eq(tlb_count(t, 0, 1, 12).misses - below, i ? 0 : 33);
	}
	cr_expect_eq(tlb_count(t, 0, 1, 12).accesses, 4 * 33, "level 2 sees what level 1 missed");
	tlb_close(t);
}

static uint64_t walks_over_4g(unsigned int shift)
{
	const struct tlb_profile p = one(64, 4, K4 | M2, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);

	for (uint64_t at = 0; at < 4 * G1; at += K4)
		load(t, 0, at, shift);
	uint64_t walks = tlb_totals(t, 0).walks;

	tlb_close(t);
	return walks;
}

Test(tlb, vector_4_four_gigabytes_in_order)
{
	cr_expect_eq(walks_over_4g(21), 2048);
	cr_expect_eq(walks_over_4g(12), 1048576);
}

/* Pages far apart of the range that is flushed: what of them is still held on both CPUs? */
static void flush_range(const struct tlb_profile *p, uint64_t pages, bool full, unsigned int ipis)
{
	struct tlb *t = open_tlb(p, 2);

	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		load(t, cpu, 1000 * K4, 12);
		kernel_load(t, cpu, 2000 * K4);
		kernel_load(t, cpu, 5 * K4);
	}
	struct tlb_flush f = tlb_flush_kernel(t, 0, 0, pages * K4);

	cr_expect_eq(f.full, full);
	cr_expect_eq(f.pages, full ? 0 : pages);
	cr_expect_eq(f.cpus, 2);
	cr_expect_eq(f.ipis, ipis);
	sound(t);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		cr_expect_eq(tlb_held(t, cpu, 0), full ? 0 : 2);
		cr_expect_eq(kernel_load(t, cpu, 5 * K4), 0, "it was in the range");
		cr_expect_eq(load(t, cpu, 1000 * K4, 12), !full);
		cr_expect_eq(kernel_load(t, cpu, 2000 * K4), !full, "a global entry");
		cr_expect_eq(tlb_totals(t, cpu).full_flushes, full);
		cr_expect_eq(tlb_totals(t, cpu).page_flushes, full ? 0 : pages);
	}
	tlb_close(t);
}

Test(tlb, vector_5_a_range_of_the_kernel)
{
	struct tlb_profile p = one(4096, 4, K4, TLB_LRU);

	flush_range(&p, 33, false, 1);
	flush_range(&p, 34, true, 1);
	/* arm64: PTRS_PER_PTE, and no interrupts */
	p.flush_ceiling_pages = 512;
	p.broadcast = true;
	flush_range(&p, 512, false, 0);
	flush_range(&p, 513, true, 0);
}

Test(tlb, vector_5_a_part_of_a_page_more)
{
	const struct tlb_profile p = one(64, 4, K4, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);

	cr_expect_eq(tlb_flush_kernel(t, 0, 0, 32 * K4 + 1).pages, 33);
	cr_expect(tlb_flush_kernel(t, 0, 0, 33 * K4 + 1).full);
	cr_expect(tlb_flush_kernel(t, 0, 0, TLB_ALL).full);
	cr_expect_eq(tlb_flush_kernel(t, 0, 4096, 4096).pages, 0);
	tlb_close(t);
}

Test(tlb, vector_6_an_access_across_pages)
{
	const struct tlb_profile p = one(64, 4, K4 | M2, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);
	struct tlb_access a = { .vaddr = 4092, .use = TLB_STORE, .page_shift = 12 };

	tlb_touch(t, 0, &a, 8);
	cr_expect_eq(tlb_count(t, 0, 0, 12).accesses, 2);
	cr_expect_eq(tlb_totals(t, 0).walks, 2);
	tlb_touch(t, 0, &a, 4);
	cr_expect_eq(tlb_count(t, 0, 0, 12).accesses, 3);
	tlb_touch(t, 0, &a, 0);
	cr_expect_eq(tlb_count(t, 0, 0, 12).accesses, 4);
	a.page_shift = 21;
	tlb_touch(t, 0, &a, 8);
	cr_expect_eq(tlb_count(t, 0, 0, 21).accesses, 1, "one page of 2 MiB");
	a.vaddr = UINT64_MAX - 3;
	tlb_touch(t, 0, &a, 8);
	cr_expect_eq(tlb_count(t, 0, 0, 21).accesses, 2, "the address space does not wrap");
	tlb_close(t);
}

/* ---- who makes room, by hand, in one set of four ---- */

static void sequence(enum tlb_policy how, const char *pages, const char *hits)
{
	const struct tlb_profile p = one(4, 4, K4, how);
	struct tlb *t = open_tlb(&p, 1);

	for (unsigned int i = 0; pages[i]; i++) {
		unsigned int level = load(t, 0, (uint64_t)pages[i] * K4, 12);

		cr_expect_eq(level, hits[i] == 'h', "%s, access %u to %c", tlb_policy_name(how),
			     i + 1, pages[i]);
		sound(t);
	}
	tlb_close(t);
}

Test(tlb, least_recently_used)
{
	/* a was used again, so b goes, then c */
	sequence(TLB_LRU, "abcdaebac", "mmmmhmmhm");
}

Test(tlb, first_in)
{
	/* a goes although it was used again; then b */
	sequence(TLB_FIFO, "abcdaeab", "mmmmhmmm");
}

Test(tlb, tree_of_bits)
{
	/*
	 * Ways 0-3 hold abcd. After d the root leads left, the left node left (b came after a): a
	 * is first to go; using a turns the root right, where c is next: e takes c's place. The
	 * root then leads left, where a was used after b: f takes b's.
	 */
	sequence(TLB_TREE_PLRU, "abcdaefadcb", "mmmmhmmhhmm");
}

Test(tlb, bit_for_each_way)
{
	/*
	 * d sets the last bit, so only d's is left: e takes way 0, of a; c's bit is set by its use;
	 * the first without one is b's, which f takes. All four set: f's alone is left, and g
	 * takes way 0 from e.
	 */
	sequence(TLB_BIT_PLRU, "abcdecfdga", "mmmmmhmhmm");
}

Test(tlb, least_frequently_used)
{
	/* uses: a 3, b 2, c 1, d 2: e takes c's place with 1 use, and is the next to go */
	sequence(TLB_LFU, "aaabbcddecabd", "mhhmhmmhmmhhh");
}

Test(tlb, chance_is_the_seed)
{
	const struct tlb_profile p = one(64, 8, K4, TLB_RANDOM);
	struct km_diag d;
	struct tlb *t[3];
	uint64_t misses[3];

	for (unsigned int i = 0; i < 3; i++) {
		cr_assert(!tlb_open(&t[i], &p, 1, i / 2, &d));
		for (unsigned int round = 0; round < 10; round++)
			pass(t[i], 100, 0);
		misses[i] = tlb_count(t[i], 0, 0, 12).misses;
		tlb_close(t[i]);
	}
	cr_expect_eq(misses[0], misses[1]);
	cr_expect_neq(misses[0], misses[2]);
}

/* Set = (vpn ^ vpn >> 4) & 15: pages 0, 0x10 and 0x110 lie in sets 0, 1 and 0. */
Test(tlb, sets_by_xor)
{
	struct tlb_profile p = one(16, 1, K4, TLB_LRU);

	p.array[0].geometry.index = TLB_XOR;
	struct tlb *t = open_tlb(&p, 1);

	load(t, 0, 0, 12);
	load(t, 0, 0x10 * K4, 12);
	cr_expect_eq(load(t, 0, 0, 12), 1, "0x10 is elsewhere");
	load(t, 0, 0x110 * K4, 12); /* 0x110 ^ 0x11 = 0x101: set 1 */
	cr_expect_eq(load(t, 0, 0x10 * K4, 12), 0, "0x110 took its place");
	cr_expect_eq(load(t, 0, 0, 12), 1);
	sound(t);
	tlb_close(t);
}

/* ---- sizes and levels ---- */

Test(tlb, each_size_has_its_arrays)
{
	const struct tlb_profile p = skylake_data();
	struct tlb *t = open_tlb(&p, 1);
	struct tlb_access a = { .use = TLB_LOAD, .page_shift = 21 };

	load(t, 0, 0, 12);
	load(t, 0, G1, 21);
	load(t, 0, 2 * G1, 30);
	cr_expect_eq(tlb_held(t, 0, 0), 1);
	cr_expect_eq(tlb_held(t, 0, 1), 1);
	cr_expect_eq(tlb_held(t, 0, 2), 1);
	cr_expect_eq(tlb_held(t, 0, 3), 2, "1 GiB pages are in no second level");
	for (unsigned int i = 1; i < 33; i++)
		load(t, 0, G1 + i * M2, 21);
	a.vaddr = G1;
	struct tlb_outcome out = tlb_access(t, 0, &a);

	cr_expect_eq(out.level, 2, "33 pages of 2 MiB: the first set of 8 has five");
	cr_expect_eq(out.cycles, 9);
	cr_expect_eq(tlb_count(t, 0, 1, 21).evictions, 2);
	sound(t);
	tlb_close(t);
}

Test(tlb, large_pages_in_fragments)
{
	struct tlb_profile p = one(64, 64, K4 | M2, TLB_LRU);

	cr_assert(p.nr_arrays == 1);
	p.array[0].fragments = true;
	struct tlb *t = open_tlb(&p, 1);

	load(t, 0, 0, 30);
	cr_expect_eq(load(t, 0, M2 - 1, 30), 1);
	cr_expect_eq(load(t, 0, M2, 30), 0, "the next 2 MiB of the same page");
	cr_expect_eq(tlb_count(t, 0, 0, 30).accesses, 3, "counted by what maps them");
	tlb_close(t);
	p.array[0].fragments = false;
	t = open_tlb(&p, 1);
	load(t, 0, 0, 30);
	cr_expect_eq(load(t, 0, 0, 30), 0, "held nowhere: walked each time");
	cr_expect_eq(tlb_totals(t, 0).walks, 2);
	tlb_close(t);
}

Test(tlb, uses_have_their_arrays)
{
	struct tlb_profile p = bare();
	struct tlb_access a = { .use = TLB_FETCH, .page_shift = 12 };

	p.nr_arrays = 3;
	p.array[0] = array_of("L1I", 1, 8, 8, K4, TLB_LRU);
	p.array[0].uses = 1 << TLB_FETCH;
	p.array[1] = array_of("L1 loads", 1, 8, 8, K4, TLB_LRU);
	p.array[1].uses = 1 << TLB_LOAD;
	p.array[2] = array_of("L1 stores", 1, 8, 8, K4, TLB_LRU);
	p.array[2].uses = 1 << TLB_STORE;
	struct tlb *t = open_tlb(&p, 1);

	for (unsigned int use = 0; use < TLB_NR_USES; use++) {
		a.use = (enum tlb_use)use;
		a.forced = use == TLB_STORE;
		cr_expect_eq(tlb_access(t, 0, &a).level, 0);
		cr_expect_eq(tlb_access(t, 0, &a).level, 1);
		cr_expect_eq(tlb_count(t, 0, use, 12).forced, use == TLB_STORE ? 2 : 0);
	}
	tlb_close(t);
}
