/* SPDX-License-Identifier: GPL-2.0-only */
/* What every generation of vmalloc keeps to, over one body each. */
#include <criterion/criterion.h>

#include "engine/vmalloc/vmalloc_ops.h"

enum { PAGE = 4096, SHIFT = 12 };

/* A range of 32 bits, as i386 has it behind 896 MiB of direct map: 128 MiB to the last page. */
#define BASE UINT64_C(0xf8000000)
#define END UINT64_C(0xffffe000)
#define NR_PAGES ((END - BASE) / PAGE)

struct generation {
	struct vmalloc_profile prof;
	unsigned int nr_cpus;
};

static const struct generation generations[] = {
	{ { .ops = &vmalloc_first_fit, .gap_pages = 1 }, 1 },	   /* 2.6.34 */
	{ { .ops = &vmalloc_first_fit, .caches_hole = true }, 1 }, /* 3.5 */
	{ { .ops = &vmalloc_first_fit, .caches_hole = true, .purges_newest_first = true }, 1 },
	{ { .ops = &vmalloc_merged }, 2 },
	{ { .ops = &vmalloc_nodes }, 1 },
	{ { .ops = &vmalloc_nodes }, 4 },
};

static struct vmalloc v;

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmalloc_check(&v, &d), 0, "%s", d.what);
}

static void open_space(const struct generation *g)
{
	const struct vmalloc_config c = { .prof = &g->prof,
					  .page_shift = SHIFT,
					  .nr_cpus = g->nr_cpus,
					  .pool_start = BASE,
					  .pool_end = END };

	cr_assert_eq(vmalloc_init(&v, &c), 0);
	sound();
}

static uint32_t get(uint64_t pages, uint64_t align)
{
	const struct vmalloc_request rq = {
		.size = pages * PAGE, .align = align, .start = BASE, .end = END
	};
	uint32_t n;

	cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
	return n;
}

/* Areas of 2 pages until there is none; then one is given back, and then all of them. */
static void exhaust(const struct generation *g)
{
	uint64_t step = 2 + g->prof.gap_pages, most = (NR_PAGES - 2) / step + 1, nr = 0;
	uint32_t n, some = 0;

	open_space(g);
	while ((n = get(2, 1))) {
		cr_assert_geq(v.area[n].start, BASE);
		cr_assert_leq(v.area[n].end, END);
		some = nr++ == most / 2 ? n : some;
	}
	cr_assert_eq(nr, most, "%lu of %lu", nr, most);
	sound();
	cr_assert_eq(vmalloc_nr_busy(&v), most, "who got nothing changed nothing");
	cr_assert_eq(get(2, 1), 0);
	cr_assert_eq(vmalloc_nr_busy(&v), most);
	uint64_t at = v.area[some].start;

	vmalloc_free(&v, some);
	cr_assert_eq(vmalloc_find(&v, at), 0);
	cr_assert_eq(v.lazy_pages, 2);
	n = get(2, 1);
	cr_assert_neq(n, 0, "a purge rescues it");
	cr_assert_eq(v.area[n].start, at);
	cr_assert_eq(v.lazy_pages, 0);
	sound();
	while ((n = vmalloc_next_busy(&v, 0)))
		vmalloc_free(&v, n);
	cr_assert_eq(vmalloc_nr_busy(&v), 0);
	cr_assert_eq(v.lazy_pages, 2 * most);
	n = get(NR_PAGES, 1);
	cr_assert_neq(n, 0, "the range is whole again");
	cr_assert_eq(v.area[n].start, BASE);
	sound();
	vmalloc_release(&v);
}

/* More than there is; aligned beyond the range; at the end of all addresses. */
static void ask_too_much(const struct generation *g)
{
	struct vmalloc_request rq = {
		.size = 4 * PAGE, .align = 1, .start = -UINT64_C(8) * PAGE, .end = UINT64_MAX
	};
	uint32_t n;

	open_space(g);
	cr_assert_eq(get(NR_PAGES + 1, 1), 0);
	cr_assert_eq(get(1, UINT64_C(1) << 33), 0);
	cr_assert_eq(get(UINT64_C(1) << 51, 1), 0);
	cr_assert_eq(vmalloc_nr_busy(&v), 0);
	cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
	cr_assert_eq(v.area[n].start, rq.start);
	rq.align = 1 << 16;
	cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
	cr_assert_eq(n, 0, "aligned, that wraps");
	sound();
	vmalloc_release(&v);
}

enum { NR_GENERATIONS = sizeof(generations) / sizeof(*generations) };

Test(vmalloc_contract, an_exhausted_range)
{
	for (unsigned int i = 0; i < NR_GENERATIONS; i++)
		exhaust(&generations[i]);
}

Test(vmalloc_contract, what_cannot_be)
{
	for (unsigned int i = 0; i < NR_GENERATIONS; i++)
		ask_too_much(&generations[i]);
}
