/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtually contiguous memory of every kernel, over one body each: what a request costs in pages
 * and page tables, what a failure at each of its steps gives back, what stays.
 */
#include <criterion/criterion.h>

#include "engine/variant/variant.h"
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
/* 128 MiB of addresses, 4 MiB for each table of 1024 entries, as i386 without PAE has it */
static const struct vmem_layout i386 = { .start = UINT64_C(0xf8000000),
					 .end = UINT64_C(0xffffe000),
					 .table_shift = { 22 },
					 .flush_ceiling = 33,
					 .config_cpus = 32 };

static const struct kernel_profile *const kernels[] = { &kernel_v2_6_34, &kernel_v3_5, &kernel_v6_1,
							&kernel_v6_12 };

enum { NR_KERNELS = sizeof(kernels) / sizeof(*kernels) };

static struct vmem m;
static struct page_owner owner;

static void open_memory(const struct kernel_profile *k, const struct vmem_layout *layout,
			unsigned int nr_cpus)
{
	const struct vmem_config c = { .prof = k->vmalloc,
				       .layout = layout,
				       .page_shift = SHIFT,
				       .bits_per_long = layout == &i386 ? 32 : 64,
				       .nr_cpus = nr_cpus,
				       .nr_nodes = 1,
				       .bulk_chunk = k->pages.bulk_chunk,
				       .total_pages = OWNER_PAGES,
				       .lazy_max_pages = -1,
				       .ops = &page_owner_ops,
				       .ctx = &owner };

	page_owner_init(&owner);
	cr_assert_eq(vmem_init(&m, &c), 0);
}

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmem_check(&m, &d), 0, "%s", d.what);
	cr_assert_eq(owner.nr_out, m.n.pages + m.n.tables);
}

static uint64_t get(enum vmem_kind kind, uint64_t bytes)
{
	const struct vmem_request rq = {
		.bytes = bytes, .gfp = KM_GFP_KERNEL, .node = -1, .kind = kind
	};
	uint64_t addr;

	cr_assert_eq(vmem_alloc(&m, &rq, &addr), 0);
	cr_assert_eq(addr == 0, m.failure != VMEM_GOT);
	sound();
	return addr;
}

static void put(uint64_t addr, uint64_t bytes)
{
	cr_assert_eq(vmem_free(&m, 0, addr, bytes), 0);
	sound();
}

/*
 * specification 1.7: the first page in a GiB takes a PMD page, in 2 MiB a PTE page; neither goes
 * back. __vmalloc_area_node(): 512 pointers of 8 bytes are a page, 513 an area of two pages.
 */
static void pages_and_tables(const struct kernel_profile *k)
{
	open_memory(k, &x86_64, 1);
	uint64_t a = get(VMEM_VMALLOC, 1), b = get(VMEM_VMALLOC, 512 * PAGE);

	cr_assert_eq(a, BASE);
	cr_assert_eq(m.n.pages, 513);
	cr_assert_eq(m.n.tables, 3, "513 pages on lie in a second table");
	put(b, 512 * PAGE);
	cr_assert_eq(m.n.pages, 1);
	cr_assert_eq(m.n.tables, 3);
	b = get(VMEM_VMALLOC, 513 * PAGE);
	cr_assert_eq(m.n.arrays, 1);
	cr_assert_eq(m.n.pages, 1 + 513 + 2);
	cr_assert_eq(vmalloc_nr_busy(&m.space), 3);
	put(b, 513 * PAGE);
	cr_assert_eq(m.n.pages, 1);
	cr_assert_eq(vmalloc_nr_busy(&m.space), 1);
	put(a, 1);
	cr_assert_eq(owner.nr_out, m.n.tables);
	cr_assert_eq(get(VMEM_VMALLOC, 0), 0);
	cr_assert_eq(m.failure, VMEM_NO_SIZE);
	cr_assert_eq(get(VMEM_VMALLOC, (OWNER_PAGES + UINT64_C(1)) * PAGE), 0);
	cr_assert_eq(m.failure, VMEM_NO_SIZE, "more than all of memory");
	vmem_release(&m);
}

Test(vmem_contract, pages_and_page_tables)
{
	for (unsigned int i = 0; i < NR_KERNELS; i++)
		pages_and_tables(kernels[i]);
}

/* Every call for a page fails once: nothing is held afterwards but page tables. */
static void fail_at_each(const struct kernel_profile *k, enum vmem_kind kind, uint64_t bytes,
			 const struct vmem_layout *layout)
{
	bool served = false;

	for (int64_t at = 0; !served; at++) {
		struct vmalloc_extent e;

		open_memory(k, layout, 2);
		uint64_t before = get(VMEM_VMALLOC, PAGE), pages = m.n.pages;

		owner.fail_at = (int64_t)owner.calls + at;
		uint64_t addr = get(kind, bytes);

		served = (int64_t)owner.calls <= owner.fail_at;
		cr_assert(!served || addr);
		cr_assert_lt(at, 3000);
		if (!addr) {
			cr_assert(m.failure >= VMEM_NO_ARRAY);
			cr_assert_eq(m.n.pages, pages);
			vmalloc_extent(&m.space, m.start, m.end, &e);
			cr_assert_eq(e.areas, 1 + m.n.blocks, "only what was there is in use");
		} else {
			put(addr, bytes);
		}
		put(before, PAGE);
		cr_assert_eq(owner.nr_out, m.n.tables);
		vmem_release(&m);
	}
}

Test(vmem_contract, a_failure_at_any_step_gives_back)
{
	for (unsigned int i = 0; i < NR_KERNELS; i++) {
		fail_at_each(kernels[i], VMEM_VMALLOC, 3 * PAGE, &x86_64);
		fail_at_each(kernels[i], VMEM_VMALLOC, 700 * PAGE, &x86_64);
		fail_at_each(kernels[i], VMEM_HUGE, 5 * MIB, &x86_64);
		fail_at_each(kernels[i], VMEM_MODULE, 40 * PAGE, &x86_64);
		fail_at_each(kernels[i], VMEM_VMAP, 4 * MIB, &x86_64);
		fail_at_each(kernels[i], VMEM_IOREMAP, 3 * MIB, &x86_64);
		fail_at_each(kernels[i], VMEM_RAM, 5 * PAGE, &x86_64);
		fail_at_each(kernels[i], VMEM_RAM, 70 * PAGE, &x86_64);
		fail_at_each(kernels[i], VMEM_VMALLOC, 1500 * PAGE, &i386);
	}
}

/* Addresses of 32 bits run out before memory does; what was freed comes back by a purge. */
static void out_of_addresses(const struct kernel_profile *k)
{
	uint64_t addr[40], nr = 0;

	open_memory(k, &i386, 1);
	while ((addr[nr] = get(VMEM_VMALLOC, 6 * MIB)))
		cr_assert_lt(++nr, 40);
	cr_assert_eq(m.failure, VMEM_NO_SPACE);
	/* 1536 pages and a guard, and 2 pages and a guard for 6144 bytes of pointers */
	cr_assert_eq(nr, 32766 / (1537 + 3 + 2 * k->vmalloc->gap_pages));
	cr_assert_eq(m.n.failures, 1);
	for (uint64_t i = 0; i < nr; i += 2)
		put(addr[i], 6 * MIB);
	uint64_t again = get(VMEM_VMALLOC, 6 * MIB);

	cr_assert_eq(again, addr[0]);
	cr_assert(m.space.purges);
	put(again, 6 * MIB);
	for (uint64_t i = 1; i < nr; i += 2)
		put(addr[i], 6 * MIB);
	cr_assert_eq(owner.nr_out, m.n.tables);
	vmem_release(&m);
}

Test(vmem_contract, addresses_run_out)
{
	for (unsigned int i = 0; i < NR_KERNELS; i++)
		out_of_addresses(kernels[i]);
}

/* vb_alloc(): upwards, by powers of two; what was given once is not given again */
static void blocks_of_map_ram(const struct kernel_profile *k)
{
	bool by_map = k->vmalloc->blocks_by_map;

	open_memory(k, &x86_64, 1);
	uint64_t a = get(VMEM_RAM, PAGE), b = get(VMEM_RAM, 3 * PAGE), c = get(VMEM_RAM, PAGE);

	/* VMAP_BBMAP_BITS: 2^25 pages of 128 GiB, 8192 CPUs, 16 of each */
	cr_assert_eq(m.block_pages, 256);
	cr_assert_eq(m.n.blocks, 1);
	cr_assert_eq(a, BASE);
	/* bitmap_find_free_region(): aligned to its own size; else behind the last */
	cr_assert_eq(b, BASE + (by_map ? 4u : 1u) * PAGE);
	cr_assert_eq(c, BASE + (by_map ? 1u : 5u) * PAGE);
	cr_assert_eq(m.n.pages, 0, "the pages are somebody's");
	put(b, 3 * PAGE);
	cr_assert_eq(get(VMEM_RAM, 4 * PAGE), BASE + (by_map ? 8u : 6u) * PAGE, "not given again");
	uint64_t large = get(VMEM_RAM, 65 * PAGE);

	cr_assert_geq(large, BASE + 256 * PAGE, "more than 64 pages are an area");
	cr_assert_eq(vmalloc_find(&m.space, large) != 0, 1);
	put(large, 65 * PAGE);
	cr_assert_eq(m.space.lazy_pages, 65, "without a guard page");
	vmem_release(&m);
}

Test(vmem_contract, blocks_of_vm_map_ram)
{
	for (unsigned int i = 0; i < NR_KERNELS; i++)
		blocks_of_map_ram(kernels[i]);
}

/* A block whose pages were all given and freed goes; until then it stays. */
Test(vmem_contract, a_used_up_block_goes)
{
	for (unsigned int i = 0; i < NR_KERNELS; i++) {
		uint64_t addr[4];

		open_memory(kernels[i], &x86_64, 1);
		for (unsigned int n = 0; n < 4; n++)
			addr[n] = get(VMEM_RAM, 64 * PAGE);
		cr_assert_eq(m.n.blocks, 1);
		for (unsigned int n = 0; n < 4; n++)
			put(addr[n], 64 * PAGE);
		cr_assert_eq(m.n.blocks, 0);
		cr_assert_eq(m.space.lazy_pages, 256);
		vmem_release(&m);
	}
}
