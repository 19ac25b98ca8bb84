/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtually contiguous memory by hand: where kernels differ, and what the specification counts. */
#include <criterion/criterion.h>

#include "engine/variant/variant.h"
#include "engine/vmalloc/vmalloc_ops.h"
#include "tests/support/page_owner.h"

enum { PAGE = 4096, SHIFT = 12, MIB = 1 << 20 };

#define BASE UINT64_C(0xffffc90000000000)

static const struct vmem_layout x86_64 = { .start = BASE,
					   .end = UINT64_C(0xffffe8ffffffffff),
					   .modules = UINT64_C(0xffffffffa0000000),
					   .modules_end = UINT64_C(0xffffffffff000000),
					   .table_shift = { 30, 21 },
					   .huge_shift = 21,
					   .flush_ceiling = 33,
					   .config_cpus = 8192 };
static struct vmem m;
static struct page_owner owner;

static void open_memory(const struct kernel_profile *k, unsigned int nr_cpus, int64_t lazy_max)
{
	const struct vmem_config c = { .prof = k->vmalloc,
				       .layout = &x86_64,
				       .page_shift = SHIFT,
				       .bits_per_long = 64,
				       .nr_cpus = nr_cpus,
				       .nr_nodes = 1,
				       .bulk_chunk = k->pages.bulk_chunk,
				       .total_pages = OWNER_PAGES,
				       .lazy_max_pages = lazy_max,
				       .ops = &page_owner_ops,
				       .ctx = &owner };

	page_owner_init(&owner);
	cr_assert_eq(vmem_init(&m, &c), 0);
}

static void end(void)
{
	if (m.back)
		vmem_release(&m);
}

TestSuite(vmem, .fini = end);

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmem_check(&m, &d), 0, "%s", d.what);
	cr_assert_eq(owner.nr_out, m.n.pages + m.n.tables);
}

static uint64_t get(enum vmem_kind kind, uint64_t bytes, uint64_t align)
{
	const struct vmem_request rq = {
		.bytes = bytes, .align = align, .gfp = KM_GFP_KERNEL, .node = -1, .kind = kind
	};
	uint64_t addr;

	cr_assert_eq(vmem_alloc(&m, &rq, &addr), 0);
	return addr;
}

static void put(uint64_t addr, uint64_t bytes)
{
	cr_assert_eq(vmem_free(&m, 0, addr, bytes), 0);
}

/*
 * specification 1.3 B.8, B.9: one page is asked for singly, others in hundreds; a hundred and one
 * are a hundred and a single one. A bulk call that gives less than asked for is the last.
 */
Test(vmem, pages_come_in_bulk_since_5_14)
{
	open_memory(&kernel_v6_1, 1, -1);
	get(VMEM_VMALLOC, PAGE, 0);
	cr_assert_eq(owner.singles, 1 + 2, "and two page tables");
	cr_assert_eq(owner.bulks, 0);
	get(VMEM_VMALLOC, 50 * PAGE, 0);
	cr_assert_eq(owner.bulks, 50);
	cr_assert_eq(owner.singles, 3);
	get(VMEM_VMALLOC, 101 * PAGE, 0);
	cr_assert_eq(owner.bulks, 150);
	cr_assert_eq(owner.singles, 4);
	owner.bulk_most = 30;
	get(VMEM_VMALLOC, 80 * PAGE, 0);
	cr_assert_eq(owner.bulks, 180);
	cr_assert_eq(owner.singles, 54, "and the rest singly");
	sound();
	vmem_release(&m);
	open_memory(&kernel_v3_5, 1, -1);
	get(VMEM_VMALLOC, 50 * PAGE, 0);
	cr_assert_eq(owner.bulks, 0);
	cr_assert_eq(owner.singles, 52);
}

/* specification 1.9, vector 6: 2.5 MiB are two blocks of order 9, and 1024 pointers an area */
Test(vmem, a_huge_request_is_rounded_up)
{
	open_memory(&kernel_v6_1, 1, -1);
	uint64_t a = get(VMEM_HUGE, 5 * MIB / 2, 0);
	uint32_t n = vmalloc_find(&m.space, a);

	cr_assert_eq(a % (2 * MIB), 0);
	cr_assert_eq(vmap_size(&m.space.area[n]), 4 * MIB + PAGE);
	cr_assert_eq(owner.blocks, 2);
	cr_assert_eq(m.n.arrays, 1);
	cr_assert_eq(vmap_size(&m.space.area[m.back[n].array]), 3 * PAGE);
	cr_assert_eq(m.n.huge, 1);
	cr_assert_eq(m.n.tables, 2, "a PMD page, and a PTE page for the array alone");
	sound();
	put(a, 5 * MIB / 2);
	cr_assert_eq(m.n.pages, 0);
	/* without a block of order 9: the whole again, page by page */
	owner.no_blocks = true;
	a = get(VMEM_HUGE, 5 * MIB / 2, 0);
	n = vmalloc_find(&m.space, a);
	cr_assert_eq(vmap_size(&m.space.area[n]), 5 * MIB / 2 + PAGE);
	cr_assert_eq(m.n.huge, 1);
	sound();
	/* less than 2 MiB, or a kernel without: pages */
	owner.no_blocks = false;
	get(VMEM_HUGE, 2 * MIB - 1, 0);
	cr_assert_eq(owner.blocks, 2);
	vmem_release(&m);
	open_memory(&kernel_v3_5, 1, -1);
	get(VMEM_HUGE, 4 * MIB, 0);
	cr_assert_eq(owner.blocks, 0);
}

/* pmd_free_pte_page(): only a huge entry in its place ends a page of page tables */
Test(vmem, a_table_gives_way_to_a_huge_entry)
{
	open_memory(&kernel_v6_1, 1, 0);
	uint64_t a = get(VMEM_VMALLOC, 2 * MIB, 0);

	cr_assert_eq(a, BASE);
	cr_assert_eq(m.n.tables, 2);
	put(a, 2 * MIB);
	cr_assert_eq(m.n.tables, 2);
	cr_assert_eq(m.n.flushes, 1);
	a = get(VMEM_HUGE, 2 * MIB, 0);
	cr_assert_eq(a, BASE);
	cr_assert_eq(m.n.tables, 1);
	cr_assert_eq(m.n.flushes, 2);
	sound();
}

/* specification 1.9, vectors 1 and 7: 8 CPUs purge above 32768 pages */
Test(vmem, a_purge_is_one_flush_of_every_cpu)
{
	open_memory(&kernel_v6_1, 8, -1);
	for (uint64_t k = 0; k < 16385; k++) {
		uint64_t a = get(VMEM_VMALLOC, PAGE, 0);

		cr_assert_eq(a, BASE + k * 2 * PAGE);
		cr_assert_eq(m.space.purges, 0);
		put(a, PAGE);
	}
	cr_assert_eq(m.space.purges, 1);
	cr_assert_eq(m.space.purged_pages, 32770);
	cr_assert_eq(m.n.flushes, 1);
	cr_assert_eq(m.n.full_flushes, 1);
	cr_assert_eq(m.n.ipis, 7);
	cr_assert_eq(get(VMEM_VMALLOC, PAGE, 0), BASE);
	cr_assert_eq(m.n.tables, 1 + 65, "32770 pages lie in 65 times 512");
	sound();
}

/* flush_tlb_kernel_range(): 33 pages one by one, 34 all of it; flush_tlb_all() of old */
Test(vmem, a_wide_flush_is_a_full_one)
{
	open_memory(&kernel_v6_1, 4, 0);
	put(get(VMEM_VMALLOC, 32 * PAGE, 0), 32 * PAGE);
	cr_assert_eq(m.n.flushes, 1);
	cr_assert_eq(m.n.full_flushes, 0);
	put(get(VMEM_VMALLOC, 33 * PAGE, 0), 33 * PAGE);
	cr_assert_eq(m.n.flushes, 2);
	cr_assert_eq(m.n.full_flushes, 1);
	cr_assert_eq(m.n.ipis, 6);
	vmem_release(&m);
	open_memory(&kernel_v2_6_34, 4, 0);
	put(get(VMEM_VMALLOC, PAGE, 0), PAGE);
	cr_assert_eq(m.n.full_flushes, 1);
}

/* VM_FLUSH_RESET_PERMS: the end of a module purges all that waits, and flushes blocks' holes */
Test(vmem, a_module_goes_at_once)
{
	open_memory(&kernel_v6_12, 1, -1);
	uint64_t a = get(VMEM_VMALLOC, PAGE, 0), mod = get(VMEM_MODULE, 10 * PAGE, PAGE);
	uint64_t ram = get(VMEM_RAM, PAGE, 0), other = get(VMEM_RAM, PAGE, 0);

	cr_assert_eq(mod, x86_64.modules);
	put(a, PAGE);
	put(ram, PAGE);
	cr_assert_eq(m.n.flushes, 0);
	put(mod, 10 * PAGE);
	cr_assert_eq(m.n.flushes, 1);
	cr_assert_eq(m.space.purged_areas, 2);
	cr_assert_eq(m.space.lazy_pages, 0);
	cr_assert_eq(m.n.blocks, 1, "it is in use");
	put(other, PAGE);
	put(get(VMEM_MODULE, PAGE, PAGE), PAGE);
	cr_assert_eq(m.n.blocks, 1, "6.12 keeps one with more than a quarter left");
	sound();
	vmem_release(&m);
	open_memory(&kernel_v6_1, 1, -1);
	put(get(VMEM_RAM, PAGE, 0), PAGE);
	cr_assert_eq(m.n.blocks, 1);
	put(get(VMEM_MODULE, PAGE, PAGE), PAGE);
	cr_assert_eq(m.n.blocks, 0, "6.1 does not");
	cr_assert_eq(m.space.lazy_pages, 0);
	sound();
	vmem_release(&m);
	open_memory(&kernel_v3_5, 1, -1);
	put(get(VMEM_MODULE, PAGE, PAGE), PAGE);
	cr_assert_eq(m.n.flushes, 0);
	cr_assert_eq(m.space.lazy_pages, 2);
}

/* __get_vm_area_node(): a device's registers are aligned to their size; no memory is asked for */
Test(vmem, a_device_has_no_pages)
{
	open_memory(&kernel_v6_1, 1, -1);
	get(VMEM_VMAP, PAGE, 0);
	uint64_t a = get(VMEM_IOREMAP, 64 << 10, 0);

	cr_assert_eq(a, BASE + (64 << 10));
	cr_assert_eq(m.n.pages, 0);
	cr_assert_eq(m.n.tables, 2);
	put(a, 64 << 10);
	cr_assert_eq(m.space.lazy_pages, 17);
	cr_assert_eq(vmem_free(&m, 0, a, 64 << 10), -KM_EINVAL);
	sound();
}

/* 40 areas of 2 pages lie within 2^19 bytes, and one, aligned to 2^40, far behind: one of 41 */
Test(vmem, a_picture_reaches_as_far_as_most_areas)
{
	struct vmalloc_extent e;

	open_memory(&kernel_v6_1, 1, -1);
	for (unsigned int i = 0; i < 40; i++)
		get(VMEM_VMALLOC, PAGE, 0);
	get(VMEM_VMALLOC, PAGE, UINT64_C(1) << 40);
	vmalloc_extent(&m.space, m.start, m.end, &e);
	cr_assert_eq(e.areas, 41);
	cr_assert_gt(e.top - m.start, UINT64_C(1) << 39);
	cr_assert_eq(e.most_top, m.start + (UINT64_C(1) << 19));
	vmem_release(&m);
}

/* Where the addresses are: 3 areas, a hole, what waits. */
Test(vmem, addresses_are_accounted_for)
{
	struct vmalloc_extent e;

	for (unsigned int i = 0; i < 2; i++) {
		open_memory(i ? &kernel_v6_1 : &kernel_v3_5, 1, -1);
		uint64_t a = get(VMEM_VMALLOC, 3 * PAGE, 0), b = get(VMEM_VMALLOC, 5 * PAGE, 0);

		get(VMEM_VMALLOC, PAGE, 0);
		put(a, 3 * PAGE);
		vmalloc_extent(&m.space, m.start, m.end, &e);
		cr_assert_eq(e.areas, 2);
		cr_assert_eq(e.used_pages, 6);
		cr_assert_eq(e.guard_pages, 2);
		cr_assert_eq(e.lazy_pages, 4);
		cr_assert_eq(e.hole_pages, 0);
		cr_assert_eq(e.top, BASE + 12 * PAGE);
		cr_assert_eq(e.most_top, e.top);
		m.lazy_max = 0;
		put(b, 5 * PAGE);
		vmalloc_extent(&m.space, m.start, m.end, &e);
		cr_assert_eq(e.areas, 1);
		cr_assert_eq(e.lazy_pages, 0);
		cr_assert_eq(e.hole_pages, 10);
		cr_assert_eq(e.largest_hole_pages, 10);
		vmem_release(&m);
	}
}
