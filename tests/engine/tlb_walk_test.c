/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks, address spaces, cores that cannot be, and a check that finds damage; by hand. */
#include "engine/tlb/state.h"
#include "tests/support/tlb_rig.h"

/* ---- walks ---- */

static struct tlb_outcome walk_at(struct tlb *t, uint64_t vaddr, unsigned int shift)
{
	const struct tlb_access a = { .vaddr = vaddr,
				      .use = TLB_LOAD,
				      .page_shift = (uint8_t)shift };

	return tlb_access(t, 0, &a);
}

/* Four tables; with the upper entries held, only those below are read. */
Test(tlb, walk_caches)
{
	struct tlb_profile p = one(4, 4, K4 | M2 | G1, TLB_LRU);

	p.walk_cache[2] = (struct tlb_geometry){ 32, 4, TLB_LRU, TLB_LINEAR };
	p.walk_cache[3] = (struct tlb_geometry){ 4, 4, TLB_LRU, TLB_LINEAR };
	p.walk_cache[4] = (struct tlb_geometry){ 4, 4, TLB_LRU, TLB_LINEAR };
	struct tlb *t = open_tlb(&p, 1);
	const uint64_t far = UINT64_C(1) << 39;

	cr_expect_eq(walk_at(t, 0, 12).table_reads, 4, "nothing is known");
	cr_expect_eq(walk_at(t, K4, 12).table_reads, 1, "the PDE is");
	cr_expect_eq(walk_at(t, M2, 12).table_reads, 2, "the PDPTE is");
	cr_expect_eq(walk_at(t, 2 * M2, 21).table_reads, 1, "a page of 2 MiB ends there");
	cr_expect_eq(walk_at(t, G1, 12).table_reads, 3, "the PML4E is");
	cr_expect_eq(walk_at(t, 2 * G1, 30).table_reads, 1);
	cr_expect_eq(walk_at(t, far, 30).table_reads, 2);
	struct tlb_totals sum = tlb_totals(t, 0);

	cr_expect_eq(sum.walks, 7);
	cr_expect_eq(sum.table_reads, 14);
	cr_expect_eq(sum.walk_cycles, 1400);
	tlb_flush_cpu(t, 0);
	cr_expect_eq(walk_at(t, K4, 12).table_reads, 4, "a flush forgets them");
	sound(t);
	tlb_close(t);
}

/* Pages next to one another have their entries in one line of 64 bytes. */
Test(tlb, lines_of_page_tables)
{
	struct tlb_profile p = one(4, 4, K4, TLB_LRU);

	p.walk_cache[2] = (struct tlb_geometry){ 32, 4, TLB_LRU, TLB_LINEAR };
	p.nr_lines = 2;
	p.lines[0] = (struct tlb_lines_profile){ { 2, 2, TLB_LRU, TLB_LINEAR }, 5 };
	p.lines[1] = (struct tlb_lines_profile){ { 64, 4, TLB_LRU, TLB_LINEAR }, 14 };
	struct tlb *t = open_tlb(&p, 1);

	cr_expect_eq(walk_at(t, 0, 12).cycles, 400, "four lines from memory");
	cr_expect_eq(walk_at(t, 7 * K4, 12).cycles, 5, "the same line, the last one read");
	cr_expect_eq(walk_at(t, 8 * K4, 12).cycles, 100, "the next one");
	cr_expect_eq(walk_at(t, 16 * K4, 12).cycles, 100);
	cr_expect_eq(walk_at(t, 3 * K4, 12).cycles, 14, "two others came since");
	tlb_flush_cpu(t, 0);
	/* the first cache has room for two: the upper tables' lines push out the last table's */
	cr_expect_eq(walk_at(t, 3 * K4, 12).cycles, 4 * 14, "caches keep lines in a flush");
	sound(t);
	tlb_close(t);
}

/* 64 KiB contiguous have their entries in the last table; 32 MiB in the one above. */
Test(tlb, contiguous_pages_are_walked_as_their_tables)
{
	const struct tlb_profile p = one(4, 4, K4 | UINT64_C(1) << 16 | UINT64_C(1) << 25, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);

	cr_expect_eq(walk_at(t, 0, 16).table_reads, 4);
	cr_expect_eq(load(t, 0, 0xffff, 16), 1, "one entry for 64 KiB");
	cr_expect_eq(walk_at(t, G1, 25).table_reads, 3);
	tlb_close(t);
}

/* ---- address spaces ---- */

Test(tlb, without_numbers_a_switch_flushes)
{
	const struct tlb_profile p = one(64, 64, K4, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);

	tlb_switch(t, 0, 1);
	load(t, 0, K4, 12);
	kernel_load(t, 0, 9 * K4);
	tlb_switch(t, 0, 1);
	cr_expect_eq(load(t, 0, K4, 12), 1, "no switch");
	tlb_switch(t, 0, 2);
	cr_expect_eq(tlb_held(t, 0, 0), 1, "the global entry");
	cr_expect_eq(load(t, 0, K4, 12), 0);
	cr_expect_eq(kernel_load(t, 0, 9 * K4), 1);
	tlb_close(t);
}

/* Kernel: arch/x86/mm/tlb.c TLB_NR_DYN_ASIDS [6.1 6.12]: six, given away in turn */
Test(tlb, six_slots_in_turn)
{
	struct tlb_profile p = one(64, 64, K4, TLB_LRU);

	p.spaces = TLB_SPACES_SLOTS;
	p.nr_spaces = 6;
	struct tlb *t = open_tlb(&p, 1);

	for (uint32_t mm = 1; mm <= 6; mm++) {
		tlb_switch(t, 0, mm);
		load(t, 0, K4, 12);
	}
	for (uint32_t mm = 1; mm <= 6; mm++) {
		tlb_switch(t, 0, mm);
		cr_expect_eq(load(t, 0, K4, 12), 1, "address space %u", mm);
	}
	tlb_switch(t, 0, 7); /* takes the slot of 1 */
	cr_expect_eq(load(t, 0, K4, 12), 0);
	tlb_switch(t, 0, 2);
	cr_expect_eq(load(t, 0, K4, 12), 1);
	tlb_switch(t, 0, 1); /* takes the slot of 2 */
	cr_expect_eq(load(t, 0, K4, 12), 0);
	tlb_switch(t, 0, 2);
	cr_expect_eq(load(t, 0, K4, 12), 0);
	sound(t);
	tlb_close(t);
}

Test(tlb, flush_of_an_address_space)
{
	struct tlb_profile p = one(64, 64, K4, TLB_LRU);

	p.spaces = TLB_SPACES_SLOTS;
	p.nr_spaces = 6;
	struct tlb *t = open_tlb(&p, 3);

	tlb_switch(t, 1, 7);
	load(t, 1, K4, 12);
	tlb_switch(t, 2, 7);
	load(t, 2, K4, 12);
	tlb_switch(t, 2, 8);
	struct tlb_flush f = tlb_flush_mm(t, 0, 7);

	cr_expect_eq(f.cpus, 1, "CPU 2 does not run in it now");
	cr_expect_eq(f.ipis, 1);
	cr_expect_eq(tlb_held(t, 1, 0), 0);
	cr_expect_eq(tlb_held(t, 2, 0), 1, "it goes at the next switch");
	tlb_switch(t, 2, 7);
	cr_expect_eq(load(t, 2, K4, 12), 0);
	tlb_close(t);
}

Test(tlb, tags_run_out)
{
	struct tlb_profile p = one(64, 64, K4, TLB_LRU);

	p.spaces = TLB_SPACES_TAGS;
	p.nr_spaces = 4;
	p.broadcast = true;
	struct tlb *t = open_tlb(&p, 2);

	for (uint32_t mm = 0; mm < 4; mm++) {
		tlb_switch(t, 0, mm);
		load(t, 0, K4, 12);
	}
	cr_expect_eq(tlb_held(t, 0, 0), 4);
	tlb_switch(t, 1, 4);
	cr_expect_eq(tlb_held(t, 0, 0), 0, "all numbers are given: everyone begins anew");
	cr_expect_eq(tlb_flush_mm(t, 0, 4).ipis, 0);
	tlb_close(t);
}

/* With page table isolation the kernel's pages belong to each address space. */
Test(tlb, isolated_tables)
{
	struct tlb_profile p = one(64, 64, K4, TLB_LRU);

	p.spaces = TLB_SPACES_SLOTS;
	p.nr_spaces = 6;
	p.pti = true;
	struct tlb *t = open_tlb(&p, 1);

	tlb_switch(t, 0, 1);
	kernel_load(t, 0, 9 * K4);
	tlb_switch(t, 0, 2);
	cr_expect_eq(kernel_load(t, 0, 9 * K4), 0, "another address space");
	tlb_switch(t, 0, 1);
	cr_expect_eq(kernel_load(t, 0, 9 * K4), 1);
	cr_expect_eq(load(t, 0, 9 * K4, 12), 0, "the user's tables are others");
	/* one page: gone here, and the other address space is flushed when its turn comes */
	tlb_flush_kernel(t, 0, 9 * K4, 10 * K4);
	cr_expect_eq(kernel_load(t, 0, 9 * K4), 0);
	tlb_switch(t, 0, 2);
	cr_expect_eq(kernel_load(t, 0, 9 * K4), 0);
	sound(t);
	tlb_close(t);
}

Test(tlb, one_page_of_whatever_size)
{
	struct tlb_profile p = skylake_data();

	p.walk_cache[2] = (struct tlb_geometry){ 32, 4, TLB_LRU, TLB_LINEAR };
	struct tlb *t = open_tlb(&p, 1);

	load(t, 0, 5 * M2, 21);
	load(t, 0, 9 * M2, 12);
	kernel_load(t, 0, 11 * M2);
	tlb_flush_page(t, 0, 5 * M2 + 77);
	cr_expect_eq(load(t, 0, 5 * M2, 21), 0);
	cr_expect_eq(load(t, 0, 9 * M2, 12), 1);
	tlb_flush_page(t, 0, 11 * M2);
	cr_expect_eq(kernel_load(t, 0, 11 * M2), 0, "global ones too");
	tlb_flush_page(t, 0, 0);
	cr_expect_eq(walk_at(t, 9 * M2 + K4, 12).table_reads, 4, "the walk caches went");
	sound(t);
	tlb_close(t);
}

/* ---- impossible cores ---- */

static void refused(const struct tlb_profile *p, const char *where, const char *what)
{
	struct km_diag d = { 0 };
	struct tlb *t = NULL;

	cr_expect_eq(tlb_open(&t, p, 1, 0, &d), -KM_EINVAL);
	cr_expect_str_eq(d.where, where);
	cr_expect(strstr(d.what, what), "\"%s\" does not say \"%s\"", d.what, what);
	cr_expect_null(t);
}

Test(tlb, impossible_geometry)
{
	struct tlb_profile p = one(64, 4, K4, TLB_LRU);

	p.array[0].geometry.ways = 5;
	refused(&p, "L1D", "no multiple");
	p.array[0].geometry = (struct tlb_geometry){ 2048, 12, TLB_LRU, TLB_LINEAR };
	refused(&p, "L1D", "no multiple");
	p.array[0].geometry = (struct tlb_geometry){ 96, 4, TLB_LRU, TLB_LINEAR };
	refused(&p, "L1D", "24 sets");
	p.array[0].geometry = (struct tlb_geometry){ 1536, 12, TLB_TREE_PLRU, TLB_LINEAR };
	refused(&p, "L1D", "power of two");
	p.array[0].geometry = (struct tlb_geometry){ 128, 128, TLB_BIT_PLRU, TLB_LINEAR };
	refused(&p, "L1D", "at most 64 ways");
	p.array[0].geometry = (struct tlb_geometry){ 0, 4, TLB_LRU, TLB_LINEAR };
	refused(&p, "L1D", "entries");
	p.array[0].geometry = (struct tlb_geometry){ 4, 0, TLB_LRU, TLB_LINEAR };
	refused(&p, "L1D", "ways");
}

/* spec 5.1: what is possible although it looks odd */
Test(tlb, odd_geometry)
{
	static const uint32_t odd[][2] = { { 1280, 5 }, { 1536, 12 }, { 3072, 24 },
					   { 96, 6 },	{ 10, 10 },   { 72, 72 } };
	struct km_diag d;

	for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const struct tlb_profile p = one(odd[i][0], odd[i][1], K4, TLB_LRU);

		cr_expect(!tlb_profile_check(&p, &d));
	}
}

Test(tlb, impossible_cores)
{
	struct tlb_profile p = skylake_data();

	p.array[1].sizes |= K4;
	refused(&p, "L1D 2M", "holds the same pages");
	p = skylake_data();
	memcpy(p.array[1].name, "L2", 3);
	refused(&p, "L2", "two arrays");
	p = skylake_data();
	p.array[0].sizes = 1 << 11;
	refused(&p, "L1D 4K", "page sizes");
	p = skylake_data();
	p.nr_tables = TLB_MAX_TABLES;
	refused(&p, "test", "levels of page tables");
	p = skylake_data();
	p.nr_tables = 5;
	p.table_bits = 13;
	refused(&p, "test", "more than an address");
	p = skylake_data();
	p.walk_cache[1] = (struct tlb_geometry){ 4, 4, TLB_LRU, TLB_LINEAR };
	refused(&p, "walk cache of level 1", "no such level");
	p = skylake_data();
	p.spaces = TLB_SPACES_SLOTS;
	refused(&p, "test", "address spaces");
	p = skylake_data();
	p.nr_arrays = 0;
	refused(&p, "test", "arrays");
}

/* ---- recounting finds what is wrong ---- */

Test(tlb, check_finds_damage)
{
	const struct tlb_profile p = one(16, 4, K4, TLB_LRU);
	struct tlb *t = open_tlb(&p, 1);
	struct tlb_array *a = &t->cpu[0].array[0];

	for (unsigned int i = 0; i < 16; i++)
		load(t, 0, i * K4, 12);
	sound(t);
	a->held--;
	cr_expect(tlb_check(t, NULL));
	a->held++;
	uint64_t kept = a->tag[0];

	a->tag[0] = tlb_tag(1, 12);
	cr_expect(tlb_check(t, NULL), "of another set");
	a->tag[0] = a->tag[1];
	cr_expect(tlb_check(t, NULL), "twice");
	a->tag[0] = tlb_tag(0, 21);
	cr_expect(tlb_check(t, NULL), "of another size");
	a->tag[0] = kept;
	kept = a->state[0];
	a->state[0] = a->state[1];
	cr_expect(tlb_check(t, NULL), "two stamps");
	a->state[0] = kept;
	t->cpu[0].count[0][12].evictions = 17;
	cr_expect(tlb_check(t, NULL), "more evictions than misses");
	t->cpu[0].count[0][12].evictions = 0;
	sound(t);
	tlb_close(t);
}
