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

/* The first hole between areas, those that wait for a purge among them. */
static uint64_t lowest_hole(const struct vmalloc *v, const struct vmalloc_request *rq)
{
	uint64_t at = rq->start, gap = v->prof->gap_pages * (uint64_t)PAGE;

	for (uint32_t n = v->node[0].busy.first; n; n = v->area[n].next) {
		const struct vmap_area *a = &v->area[n];

		/* what ends where it would begin is too near already, where there are gaps */
		if (a->start < at + rq->size && a->end + (gap != 0) > at)
			at = a->end + gap;
	}
	return at + rq->size <= rq->end ? at : rq->end;
}

/* Without an alignment the lowest block that fits is the kernel's too. */
static uint64_t lowest(const struct vmalloc *v, const struct vmalloc_request *rq)
{
	if (v->prof->ops->no_free_tree)
		return lowest_hole(v, rq);
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
	uint64_t steps = v->steps, blocks = v->free.nr;
	struct vmalloc_choice c = vmalloc_choose(v, &rq);
	size_t busy = vmalloc_nr_busy(v);
	uint32_t n;

	if (v->prof->ops->no_free_tree)
		blocks = v->node[0].busy.nr;
	cr_assert_leq(v->steps - steps, 4 * blocks + 4, "a walk goes nowhere twice");
	if (c.fit != VMALLOC_FIT_POOL && rq.align <= PAGE && !v->prof->caches_hole)
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

static void sequence(const struct vmalloc_profile *prof, unsigned int nr_cpus, uint64_t seed)
{
	const struct vmalloc_config c = { .prof = prof,
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
	cr_assert_eq(v.free.nr, !prof->ops->no_free_tree, "all of it is one free block again");
	cr_assert_eq(v.node[0].busy.nr, 0);
	sound(&v);
	vmalloc_release(&v);
}

Test(vmalloc_property, merged)
{
	const struct vmalloc_profile prof = { .ops = &vmalloc_merged };

	for (uint64_t seed = 1; seed <= 3; seed++)
		sequence(&prof, 2, seed);
}

Test(vmalloc_property, one_node)
{
	const struct vmalloc_profile prof = { .ops = &vmalloc_nodes };

	sequence(&prof, 1, 11);
}

Test(vmalloc_property, nodes)
{
	const struct vmalloc_profile prof = { .ops = &vmalloc_nodes };

	for (uint64_t seed = 21; seed <= 23; seed++)
		sequence(&prof, 4, seed);
}

Test(vmalloc_property, first_fit)
{
	for (unsigned int i = 0; i < 6; i++) {
		const struct vmalloc_profile prof = { .ops = &vmalloc_first_fit,
						      .gap_pages = i < 2,
						      .caches_hole = i >= 3,
						      .purges_newest_first = i >= 5 };

		sequence(&prof, 1, 31 + i);
	}
}
