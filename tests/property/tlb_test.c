/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random accesses, switches and flushes on random cores. What LRU arrays hold is kept a second time
 * here, as plain lists, and every access must meet the same; everything is recounted as it goes.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/tlb/tlb.h"
#include "tests/property/random.h"

enum { STEPS = 4000, MOST = 64, ROUNDS = 40 };

#define K4 (UINT64_C(1) << 12)
#define M2 (UINT64_C(1) << 21)

static struct tlb_profile random_core(struct random *x)
{
	static const uint32_t ways[] = { 1, 2, 3, 4, 8, 12 };
	struct tlb_profile p = { .name = "random",
				 .page_shift = 12,
				 .table_bits = 9,
				 .nr_tables = 4 + random_below(x, 2),
				 .nr_arrays = 1 + random_below(x, 3),
				 .memory_cycles = 200,
				 .spaces = (enum tlb_spaces)random_below(x, TLB_NR_SPACES),
				 .nr_spaces = 1 + random_below(x, 6),
				 .pti = random_below(x, 2),
				 .broadcast = random_below(x, 2),
				 .flush_ceiling_pages = random_below(x, 50),
				 .nr_lines = random_below(x, 2) };

	for (unsigned int i = 0; i < p.nr_arrays; i++) {
		struct tlb_array_profile *a = &p.array[i];
		enum tlb_policy how = (enum tlb_policy)random_below(x, TLB_NR_POLICIES);
		uint32_t w = ways[random_below(x, how == TLB_TREE_PLRU ? 2 : 6)];

		*a = (struct tlb_array_profile){
			.level = i + 1,
			.uses = 7,
			.sizes = random_below(x, 2) ? K4 | M2 : K4,
			.fragments = random_below(x, 2),
			.geometry = { w << random_below(x, 4), w, how,
				      (enum tlb_index)random_below(x, TLB_NR_INDEXES) },
		};
		snprintf(a->name, sizeof(a->name), "L%u", i + 1);
	}
	for (unsigned int n = 2; n <= p.nr_tables; n++)
		if (random_below(x, 2))
			p.walk_cache[n] = (struct tlb_geometry){ 8, 4, TLB_LRU, TLB_LINEAR };
	p.lines[0] = (struct tlb_lines_profile){ { 16, 2, TLB_LRU, TLB_XOR }, 5 };
	return p;
}

static struct tlb_access random_access(struct random *x)
{
	return (struct tlb_access){
		.vaddr = random_below(x, 8) * M2 + random_below(x, 20) * K4 + random_below(x, K4),
		.use = (enum tlb_use)random_below(x, TLB_NR_USES),
		.page_shift = random_below(x, 4) ? 12 :
			      random_below(x, 2) ? 21 :
						   30,
		.kernel = random_below(x, 2),
	};
}

static void any_step(struct tlb *t, struct random *x)
{
	unsigned int cpu = random_below(x, tlb_nr_cpus(t));
	const struct tlb_access a = random_access(x);

	switch (random_below(x, 40)) {
	case 0:
		tlb_switch(t, cpu, random_below(x, 12));
		break;
	case 1:
		tlb_flush_page(t, cpu, a.vaddr);
		break;
	case 2:
		tlb_flush_kernel(t, cpu, a.vaddr, a.vaddr + random_below(x, 60) * K4);
		break;
	case 3:
		tlb_flush_mm(t, cpu, random_below(x, 12));
		break;
	case 4:
		tlb_touch(t, cpu, &a, random_below(x, 3 * K4));
		break;
	default:
		tlb_access(t, cpu, &a);
		/* what was just brought in is there, if any array holds such pages */
		cr_assert(tlb_access(t, cpu, &a).level <= 3);
	}
}

Test(tlb, random_cores)
{
	struct random x = { 20 };
	struct km_diag d = { 0 };

	for (unsigned int round = 0; round < ROUNDS; round++) {
		const struct tlb_profile p = random_core(&x);
		struct tlb *t;

		cr_assert(!tlb_open(&t, &p, 1 + random_below(&x, 3), round, &d), "%s: %s", d.where,
			  d.what);
		for (unsigned int i = 0; i < STEPS; i++) {
			any_step(t, &x);
			cr_assert(i % 16 || !tlb_check(t, &d), "round %u, step %u: %s: %s", round,
				  i, d.where, d.what);
		}
		tlb_close(t);
	}
}

/* ---- LRU, kept as lists ---- */

struct list {
	uint64_t page[MOST]; /* the one used last is first */
	unsigned int nr;
};

/* Was @page there? It is first now; at most @most stay. */
static bool use(struct list *l, uint64_t page, unsigned int most)
{
	unsigned int at = 0;

	while (at < l->nr && l->page[at] != page)
		at++;
	bool hit = at < l->nr;

	if (!hit && l->nr < most)
		l->nr++;
	if (!hit)
		at = l->nr - 1;
	memmove(l->page + 1, l->page, at * sizeof(*l->page));
	l->page[0] = page;
	return hit;
}

static void against_lists(struct random *x, unsigned int sets1, unsigned int ways1,
			  unsigned int sets2, unsigned int ways2)
{
	struct tlb_profile p = {
		.name = "lists", .page_shift = 12, .table_bits = 9, .nr_tables = 4, .nr_arrays = 2
	};
	struct list one[MOST] = { 0 }, two[MOST] = { 0 };
	struct tlb *t;

	p.array[0] = (struct tlb_array_profile){
		"L1", { sets1 * ways1, ways1, TLB_LRU, TLB_LINEAR }, 1, 7, K4, false, 0
	};
	p.array[1] = (struct tlb_array_profile){
		"L2", { sets2 * ways2, ways2, TLB_LRU, TLB_LINEAR }, 2, 7, K4, false, 0
	};
	cr_assert(!tlb_open(&t, &p, 1, 0, NULL));
	for (unsigned int i = 0; i < 5 * STEPS; i++) {
		uint64_t page = random_below(x, 1 + random_below(x, 3 * sets2 * ways2));
		const struct tlb_access a = { .vaddr = page * K4, .page_shift = 12 };
		unsigned int want = use(&one[page % sets1], page, ways1) ? 1 : 0;

		if (!want && use(&two[page % sets2], page, ways2))
			want = 2;
		cr_assert_eq(tlb_access(t, 0, &a).level, want, "access %u, page %u", i,
			     (unsigned int)page);
	}
	tlb_close(t);
}

Test(tlb, least_recently_used_as_lists)
{
	struct random x = { 7 };

	against_lists(&x, 1, 32, 16, 4);
	against_lists(&x, 4, 4, 8, 12);
	against_lists(&x, 16, 1, 64, 3);
	against_lists(&x, 2, 5, 32, 5);
}
