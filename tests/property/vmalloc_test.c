/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random requests, frees, purges and takings: after each, areas do not overlap, and free, busy,
 * lazy and pooled ones are the space; the search agrees with one that looks at every block.
 */
#include <criterion/criterion.h>

#include "engine/vmalloc/vmalloc_ops.h"
#include "tests/property/random.h"

#define BASE UINT64_C(0xffffc90000000000)

enum { PAGE = 4096, SHIFT = 12, PAGES = 600, STEPS = 6000 };

static void sound(const struct vmalloc *v)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmalloc_check(v, &d), 0, "%s", d.what);
}

/* Without an alignment the lowest block that fits is the kernel's too. */
static uint64_t lowest(const struct vmalloc *v, const struct vmalloc_request *rq)
{
	for (uint32_t n = v->free.first; n; n = v->area[n].next) {
		uint64_t at = v->area[n].start > rq->start ? v->area[n].start : rq->start;

		if (at + rq->size <= v->area[n].end)
			return at + rq->size <= rq->end ? at : rq->end;
	}
	return rq->end;
}

static uint32_t any_busy(const struct vmalloc *v, struct random *x)
{
	size_t nr = vmalloc_nr_busy(v);
	uint32_t n = 0;

	for (unsigned int i = nr ? random_below(x, nr) + 1 : 0; i; i--)
		n = vmalloc_next_busy(v, n);
	return n;
}

static void ask(struct vmalloc *v, struct random *x, unsigned int nr_cpus)
{
	struct vmalloc_request rq = { .size = (1 + random_below(x, 20)) * (uint64_t)PAGE,
				      .align = UINT64_C(1) << random_below(x, 17),
				      .start = BASE,
				      .end = BASE + PAGES * (uint64_t)PAGE - 1,
				      .cpu = random_below(x, nr_cpus) };
	uint64_t steps = v->steps, free_blocks = v->free.nr;
	struct vmalloc_choice c = vmalloc_choose(v, &rq);
	size_t busy = vmalloc_nr_busy(v);
	uint32_t n;

	cr_assert_leq(v->steps - steps, 4 * free_blocks + 4, "a walk goes nowhere twice");
	if (c.fit != VMALLOC_FIT_POOL && rq.align <= PAGE)
		cr_assert_eq(c.addr, lowest(v, &rq));
	cr_assert_eq(vmalloc_commit(v, &rq, &c, &n), 0);
	cr_assert_eq(vmalloc_nr_busy(v), busy + (n != 0));
	if (!n)
		return;
	cr_assert_eq(v->area[n].start & (rq.align - 1), 0);
	cr_assert_geq(v->area[n].start, rq.start);
	cr_assert_leq(v->area[n].end, rq.end);
	cr_assert_eq(vmalloc_find(v, v->area[n].start), n);
}

static void put_right(struct vmalloc *v, struct random *x)
{
	uint64_t from = random_below(x, PAGES), pages = 1 + random_below(x, 30);
	uint32_t n;

	cr_assert_eq(vmalloc_take(v, BASE + from * PAGE, BASE + (from + pages) * PAGE, &n), 0);
	cr_assert_eq(vmalloc_find(v, BASE + from * PAGE), n);
}

static void purge(struct vmalloc *v, bool full)
{
	struct vmalloc_purge before, gone;

	vmalloc_pending(v, &before);
	vmalloc_purge(v, full, &gone);
	cr_assert_eq(gone.areas, before.areas);
	cr_assert_eq(gone.start, before.start);
	cr_assert_eq(gone.end, before.end);
	vmalloc_pending(v, &before);
	cr_assert_eq(before.areas, 0);
	cr_assert_eq(v->lazy_pages, 0);
}

static void sequence(const struct vmalloc_ops *ops, unsigned int nr_cpus, uint64_t seed)
{
	const struct vmalloc_profile prof = { .ops = ops };
	const struct vmalloc_config c = { .prof = &prof,
					  .page_shift = SHIFT,
					  .nr_cpus = nr_cpus,
					  .pool_start = BASE,
					  .pool_end = BASE + PAGES * (uint64_t)PAGE - 1 };
	struct random x = { seed };
	struct vmalloc v;

	cr_assert_eq(vmalloc_init(&v, &c), 0);
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int what = random_below(&x, 100);
		uint32_t n = what >= 50 && what < 94 ? any_busy(&v, &x) : 0;

		if (what < 50)
			ask(&v, &x, nr_cpus);
		else if (n)
			vmalloc_free(&v, n);
		else if (what >= 98)
			put_right(&v, &x);
		else if (what >= 94)
			purge(&v, what == 97);
		sound(&v);
	}
	for (uint32_t n; (n = vmalloc_next_busy(&v, 0));)
		vmalloc_free(&v, n);
	purge(&v, true);
	cr_assert_eq(v.free.nr, 1, "all of it is one free block again");
	sound(&v);
	vmalloc_release(&v);
}

Test(vmalloc_property, merged)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		sequence(&vmalloc_merged, 2, seed);
}

Test(vmalloc_property, one_node)
{
	sequence(&vmalloc_nodes, 1, 11);
}

Test(vmalloc_property, nodes)
{
	for (uint64_t seed = 21; seed <= 23; seed++)
		sequence(&vmalloc_nodes, 4, seed);
}
