/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Made-up accesses: how the kernel maps its memory, what each synthesizer touches, and vmalloc
 * against kmalloc on the same accesses, worked out by hand.
 */
#include "engine/tlb/synth.h"
#include "tests/support/tlb_rig.h"

enum { PAGES_2M = 512, PAGES_1G = 512 * 512 };

static struct synth synth_on(struct tlb *t, unsigned int on)
{
	struct synth s = { .tlb = t, .on = on, .links_inside = true };

	s.map = (struct kernel_map){ .page_shift = 12,
				     .large_shift = 21,
				     .giant_shift = 30,
				     .direct = UINT64_C(0xffff888000000000),
				     .vmemmap = UINT64_C(0xffffea0000000000) };
	return s;
}

static void add(struct kernel_map *m, uint64_t start, uint64_t end)
{
	cr_assert(!kernel_map_add(m, start, end));
}

/*
 * Kernel: arch/x86/mm/init.c:split_mem_range() [6.1]: single pages up to 2 MiB, pages of 2 MiB up
 * to 1 GiB, pages of 1 GiB, pages of 2 MiB, single pages.
 */
Test(kernel_map, head_body_and_tail)
{
	struct synth s = synth_on(NULL, 0);
	const uint64_t end = 4 * PAGES_1G + 3 * PAGES_2M + 7;

	add(&s.map, 1, 100);
	add(&s.map, 100, end);
	cr_expect_eq(s.map.nr_ram, 1, "what adjoins is one");
	cr_expect_eq(kernel_map_shift(&s.map, 1), 12);
	cr_expect_eq(kernel_map_shift(&s.map, PAGES_2M - 1), 12);
	cr_expect_eq(kernel_map_shift(&s.map, PAGES_2M), 21);
	cr_expect_eq(kernel_map_shift(&s.map, PAGES_1G - 1), 21);
	cr_expect_eq(kernel_map_shift(&s.map, PAGES_1G), 30);
	cr_expect_eq(kernel_map_shift(&s.map, 4 * PAGES_1G - 1), 30);
	cr_expect_eq(kernel_map_shift(&s.map, 4 * PAGES_1G), 21);
	cr_expect_eq(kernel_map_shift(&s.map, end - 7), 12);
	cr_expect_eq(kernel_map_shift(&s.map, end), 12, "no memory");
	cr_expect_eq(kernel_map_kib(&s.map, 12), (511 + 7) * 4);
	cr_expect_eq(kernel_map_kib(&s.map, 21), (511 + 3) * 2048);
	cr_expect_eq(kernel_map_kib(&s.map, 30), 3 * 1048576);
	cr_expect_eq(kernel_map_add(&s.map, 5, 10), -KM_EINVAL, "not above");
}

/*
 * /proc/meminfo of a machine of 1 GiB: DirectMap4k 18268 kB, DirectMap2M 1030144 kB, DirectMap1G 0.
 * Together they are pages 0 … 262102, the last 471 of which fill no large page: 1884 KiB. The
 * other 16384 KiB are eight large pages that were split.
 */
Test(kernel_map, splits_of_a_recorded_machine)
{
	struct synth s = synth_on(NULL, 0);

	s.map.giant_shift = 0;
	add(&s.map, 0, (18268 + 1030144) / 4);
	cr_expect_eq(kernel_map_kib(&s.map, 12), 1884);
	kernel_map_split(&s.map, 18268);
	cr_expect_eq(kernel_map_kib(&s.map, 12), 18268);
	cr_expect_eq(kernel_map_kib(&s.map, 21), 1030144);
	cr_expect_eq(kernel_map_shift(&s.map, 8 * PAGES_2M - 1), 12, "the lowest are split");
	cr_expect_eq(kernel_map_shift(&s.map, 8 * PAGES_2M), 21);
}

Test(kernel_map, a_split_breaks_the_giant_page)
{
	struct synth s = synth_on(NULL, 0);

	add(&s.map, 0, 2 * PAGES_1G);
	kernel_map_split(&s.map, 1000);
	cr_expect_eq(kernel_map_kib(&s.map, 12), 0, "not half a large page");
	kernel_map_split(&s.map, 3000);
	cr_expect_eq(kernel_map_kib(&s.map, 12), 2048);
	cr_expect_eq(kernel_map_kib(&s.map, 21), 511 * 2048);
	cr_expect_eq(kernel_map_kib(&s.map, 30), 1048576);
	s.map.large_shift = s.map.giant_shift = 0;
	kernel_map_split(&s.map, 1000);
	cr_expect_eq(kernel_map_kib(&s.map, 12), 2 * 1048576, "single pages everywhere");
}

/* ---- vmalloc against kmalloc ---- */

enum { BLOCK = 4 << 20, BLOCKS = 8 };

/*
 * Eight blocks of 4 MiB, each line of 64 bytes once, in order, with 64 entries for pages of 4 KiB
 * and 32 for pages of 2 MiB: whatever maps a byte is looked up 64 (32768) times in a row, and is
 * missed the first time. Through vmalloc 8 * 1024 pages of 4 KiB are walked, through the direct map
 * 8 * 2 of 2 MiB: 512 for each.
 */
static struct tlb_totals blocks(bool vmalloc)
{
	const struct tlb_profile p = skylake_data();
	struct tlb *t = open_tlb(&p, 1);
	struct synth s = synth_on(t, 1u << SYNTH_ALL);

	s.map.giant_shift = 0;
	add(&s.map, 0, PAGES_1G);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (vmalloc)
			synth_area(&s, 0, UINT64_C(0xffffc90000000000) + i * (BLOCK + K4), BLOCK);
		else
			synth_object(&s, 0, (uint64_t)i * BLOCK / K4, 0, BLOCK, false);
	}
	struct tlb_totals sum = tlb_totals(t, 0);

	cr_expect_eq(s.count[SYNTH_ALL], BLOCKS * BLOCK / 64);
	sound(t);
	tlb_close(t);
	return sum;
}

Test(synth, vmalloc_against_kmalloc)
{
	struct tlb_totals v = blocks(true), k = blocks(false);

	cr_expect_eq(v.accesses, BLOCKS * BLOCK / 64);
	cr_expect_eq(k.accesses, v.accesses);
	cr_expect_eq(v.walks, BLOCKS * BLOCK / K4);
	cr_expect_eq(k.walks, BLOCKS * BLOCK / M2);
	cr_expect_eq(v.walks, 512 * k.walks);
	/* without walk caches: four tables for a page of 4 KiB, three for one of 2 MiB */
	cr_expect_eq(v.table_reads, 4 * v.walks);
	cr_expect_eq(k.table_reads, 3 * k.walks);
}

/* ---- what each touches ---- */

static void counts(const struct synth *s, const uint64_t *want)
{
	for (unsigned int i = 0; i < SYNTH_NR; i++)
		cr_expect_eq(s->count[i], want[i], "%s: %u", synth_name(i),
			     (unsigned int)s->count[i]);
}

Test(synth, what_each_touches)
{
	const struct tlb_profile p = skylake_data();
	struct tlb *t = open_tlb(&p, 2);
	struct synth s = synth_on(t, (1u << SYNTH_NR) - 1);
	uint64_t forced = 0;

	add(&s.map, 0, PAGES_1G - 1); /* no page of 1 GiB */
	/* four zeroed pages, in one page of 2 MiB: struct page; one write; first line; 256 lines */
	synth_pages(&s, 0, 2 * PAGES_2M, 2, true);
	counts(&s, (uint64_t[]){ 1, 1, 1, 256, 0 });
	/* two pages of the tail, mapped singly, not zeroed */
	synth_pages(&s, 0, PAGES_1G - 3, 1, false);
	counts(&s, (uint64_t[]){ 2, 1, 2, 384, 0 });
	/* 64 bytes: the link, the first line, one line */
	synth_object(&s, 1, 5 * PAGES_2M, 128, 64, false);
	counts(&s, (uint64_t[]){ 3, 1, 3, 385, 0 });
	/* its free: struct page, the link */
	synth_object_free(&s, 1, 5 * PAGES_2M, 128);
	counts(&s, (uint64_t[]){ 4, 1, 3, 385, 1 });
	synth_pages_free(&s, 0, 2 * PAGES_2M);
	counts(&s, (uint64_t[]){ 5, 1, 3, 385, 1 });
	s.init_on_alloc = true;
	s.links_inside = false;
	synth_object(&s, 1, 5 * PAGES_2M, 128, 64, false);
	synth_object_free(&s, 1, 5 * PAGES_2M, 128);
	counts(&s, (uint64_t[]){ 6, 2, 4, 386, 1 });
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		for (unsigned int array = 0; array < 3; array++)
			for (unsigned int shift = 12; shift < 31; shift++)
				forced += tlb_count(t, cpu, array, shift).forced;
	cr_expect_eq(forced, 6 + 2 + 1, "S1, S2 and S5");
	sound(t);
	tlb_close(t);
}

Test(synth, names)
{
	cr_expect_str_eq(synth_name(SYNTH_METADATA), "S1");
	cr_expect_str_eq(synth_name(SYNTH_FREE), "S5");
	cr_expect_null(synth_name(SYNTH_NR));
	cr_expect(synth_forced(SYNTH_ZERO));
	cr_expect_not(synth_forced(SYNTH_ALL));
}
