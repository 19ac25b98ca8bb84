/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel stacks by hand, as kernel/fork.c makes and ends them. */
#include <criterion/criterion.h>

#include "engine/kstack/kstack.h"
#include "engine/variant/variant.h"
#include "tests/support/page_owner.h"

enum { PAGE = 4096, SHIFT = 12 };

#define BASE UINT64_C(0xffffc90000000000)

static const struct vmem_layout x86_64 = { .start = BASE,
					   .end = UINT64_C(0xffffe8ffffffffff),
					   .table_shift = { 30, 21 },
					   .flush_ceiling = 33,
					   .config_cpus = 8192 };
static struct vmem m;
static struct kstacks s;
static struct page_owner owner;
static unsigned int blocks_out;

static struct pfn get(void *ctx, const struct pages_request *rq)
{
	blocks_out += !owner.no_blocks;
	cr_assert_eq(ctx, &owner);
	cr_assert_eq(rq->order, 1);
	return pfn(owner.no_blocks ? KM_NO_PFN : 2 * blocks_out);
}

static void put(void *ctx, unsigned int cpu, struct pfn p, unsigned int order)
{
	(void)ctx, (void)cpu, (void)p;
	cr_assert_eq(order, 1);
	blocks_out--;
}

static const struct kstack_ops ops = { .get = get, .put = put };

static void open_stacks(uint64_t bytes, bool mapped)
{
	const struct vmem_config vc = { .prof = kernel_v6_1.vmalloc,
					.layout = &x86_64,
					.page_shift = SHIFT,
					.bits_per_long = 64,
					.nr_cpus = 2,
					.nr_nodes = 1,
					.bulk_chunk = 100,
					.total_pages = OWNER_PAGES,
					.lazy_max_pages = -1,
					.ops = &page_owner_ops,
					.ctx = &owner };
	const struct kstack_config c = { .bytes = bytes,
					 .mapped = mapped,
					 .align = bytes,
					 .cached = mapped ? 2 : 0,
					 .nr_cpus = 2,
					 .page_shift = SHIFT,
					 .vmem = &m,
					 .ops = &ops,
					 .ctx = &owner };

	page_owner_init(&owner);
	cr_assert_eq(vmem_init(&m, &vc), 0);
	cr_assert_eq(kstack_init(&s, &c), 0);
}

static void end(void)
{
	if (!s.cpu)
		return;
	kstack_release(&s);
	vmem_release(&m);
}

TestSuite(kstack, .fini = end);

static struct kstack make(unsigned int cpu)
{
	struct kstack stack;
	bool served;

	cr_assert_eq(kstack_alloc(&s, cpu, &stack, &served), 0);
	cr_assert(served);
	return stack;
}

/* specification 1.9, vector 7: 20 KiB, aligned to 16: 32 KiB apart */
Test(kstack, mapped_ones_are_32_kib_apart)
{
	open_stacks(4 * PAGE, true);
	for (unsigned int i = 0; i < 4; i++)
		cr_assert_eq(make(0).addr, BASE + i * UINT64_C(32768));
	cr_assert_eq(m.n.pages, 16);
	cr_assert_eq(owner.bulks, 16, "they come in bulk, which no event tells");
}

/* try_release_thread_stack_to_cache(): two for each CPU, the lowest slot first */
Test(kstack, a_cpu_keeps_two)
{
	open_stacks(4 * PAGE, true);
	struct kstack a = make(0), b = make(0), c = make(0);

	kstack_free(&s, 0, &a);
	kstack_free(&s, 0, &b);
	cr_assert_eq(kstack_kept(&s, 0), 2);
	cr_assert_eq(kstack_kept(&s, 1), 0);
	kstack_free(&s, 0, &c);
	cr_assert_eq(s.n.freed, 1);
	cr_assert_eq(m.space.lazy_pages, 5);
	cr_assert_eq(make(1).addr, BASE + UINT64_C(3) * 32768, "another CPU makes its own");
	cr_assert_eq(make(0).addr, a.addr);
	cr_assert_eq(make(0).addr, b.addr);
	cr_assert_eq(s.n.reused, 2);
	cr_assert_eq(s.n.made, 4);
}

/* alloc_thread_info() [2.6.34]: a block of two pages, which goes at once, or fails */
Test(kstack, a_block_is_a_block)
{
	struct kstack a, b;
	bool served;

	open_stacks(2 * PAGE, false);
	a = make(0);
	cr_assert_eq(a.head.nr, 2);
	cr_assert_eq(a.area, 0);
	kstack_free(&s, 0, &a);
	cr_assert_eq(blocks_out, 0);
	cr_assert_eq(kstack_kept(&s, 0), 0);
	owner.no_blocks = true;
	cr_assert_eq(kstack_alloc(&s, 0, &b, &served), 0);
	cr_assert(!served);
	cr_assert_eq(s.n.failed, 1);
}

Test(kstack, what_cannot_be)
{
	struct kstack_config c = { .bytes = 3 * PAGE, .nr_cpus = 1, .page_shift = SHIFT };

	cr_assert_eq(kstack_init(&s, &c), -KM_EINVAL);
	c.bytes = PAGE / 2;
	cr_assert_eq(kstack_init(&s, &c), -KM_EINVAL);
}
