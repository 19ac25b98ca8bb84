/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lazy purging of vmalloc areas (Nick Piggin, 2008): map, touch and unmap 4 pages on 8 CPUs, by 1,
 * 2, 4 or 8 of them in turn. What can be counted exactly: flushes, interrupts, walks.
 */
#include <criterion/criterion.h>

#include "engine/machine/machine.h"
#include "engine/tlb/tlb.h"
#include "engine/variant/profile.h"
#include "engine/vmalloc/vmalloc.h"

enum { CPUS = 8, PAGE = 4096, PAGES = 4, ROUNDS = 30000 };

#define BASE UINT64_C(0xffffc90000000000)
#define END UINT64_C(0xffffe8ffffffffff)

struct counts {
	uint64_t flushes, ipis, walks;
};

static struct tlb *open_tlb(void)
{
	const struct tlb_profile p = {
		.name = "test",
		.page_shift = 12,
		.table_bits = 9,
		.nr_tables = 4,
		.nr_arrays = 1,
		.array = { { "L1D", { 64, 4, TLB_LRU, TLB_LINEAR }, 1, 7, PAGE, false, 0 } },
		.flush_ceiling_pages = 33,
	};
	struct tlb *t;

	cr_assert(!tlb_open(&t, &p, CPUS, 0, NULL));
	return t;
}

static void purge(struct vmalloc *v, struct tlb *t, unsigned int cpu, struct counts *c)
{
	struct vmalloc_purge done;

	vmalloc_purge(v, false, &done);
	struct tlb_flush f = tlb_flush_kernel(t, cpu, done.start, done.end);

	c->flushes++;
	c->ipis += f.ipis;
}

static struct counts run(unsigned int threads, bool lazy)
{
	const struct vmalloc_config vc = { .prof = kernel_profile_find("6.1")->vmalloc,
					   .page_shift = 12,
					   .nr_cpus = CPUS,
					   .pool_start = BASE,
					   .pool_end = END };
	uint64_t most = vmalloc_lazy_max_pages(CPUS, 12);
	struct tlb *t = open_tlb();
	struct counts c = { 0 };
	struct vmalloc v;

	cr_assert(!vmalloc_init(&v, &vc));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int cpu = i % threads;
		const struct vmalloc_request rq = { (PAGES + 1) * PAGE, PAGE, BASE, END, cpu };
		uint32_t area = 0;

		cr_assert(!vmalloc_alloc(&v, &rq, &area) && area);
		const struct tlb_access a = { .vaddr = v.area[area].start,
					      .use = TLB_STORE,
					      .page_shift = 12,
					      .kernel = true };

		tlb_touch(t, cpu, &a, PAGES * PAGE);
		vmalloc_free(&v, area);
		if (!lazy || vmalloc_purge_is_due(&v, most))
			purge(&v, t, cpu, &c);
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		c.walks += tlb_totals(t, cpu).walks;
	vmalloc_release(&v);
	tlb_close(t);
	return c;
}

/*
 * Kernel: mm/vmalloc.c:lazy_max_pages() [6.1]: 8 CPUs, fls(8) = 4 times 32 MiB: 32768 pages. Five
 * pages an area, its guard page with it: the 6554th free is the first to exceed that.
 *
 * The addresses of a purge span far more than 33 pages: the whole TLB is flushed. One area's five
 * pages are flushed singly. Either way a page is walked for once each time it is mapped: what is
 * saved are flushes.
 */
Test(lazy_purge, flushes_and_interrupts)
{
	for (unsigned int threads = 1; threads <= CPUS; threads *= 2) {
		struct counts each = run(threads, false), lazy = run(threads, true);

		cr_expect_eq(each.flushes, ROUNDS, "%u threads", threads);
		cr_expect_eq(each.ipis, ROUNDS * (CPUS - 1));
		cr_expect_eq(lazy.flushes, ROUNDS / 6554, "%u threads", threads);
		cr_expect_eq(lazy.ipis, ROUNDS / 6554 * (CPUS - 1));
		cr_expect_eq(each.walks, ROUNDS * PAGES);
		cr_expect_eq(lazy.walks, ROUNDS * PAGES);
	}
}
