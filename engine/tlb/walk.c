/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking the page tables. The lowest table whose upper entry a walk cache holds is where it
 * begins; each entry read after that lies in a line of 64 bytes, which a cache holds or memory has.
 */
#include "engine/tlb/state.h"

enum { ENTRIES_OF_A_LINE_BITS = 3, APART = 37 };

/* Level of the table that has the entry of a page: the largest one a page of it fills. */
static unsigned int leaf_of(const struct tlb_profile *p, unsigned int shift)
{
	unsigned int n = 1;

	while (n < p->nr_tables && tlb_span(p, n + 1) <= shift)
		n++;
	return n;
}

/* What reading the entry of @vaddr in its table of level @n takes. */
static uint64_t read_entry(struct tlb *t, struct tlb_cpu *c, const struct tlb_access *a,
			   unsigned int n)
{
	/* tables lie anywhere: those of one address begin in different sets */
	uint64_t line = (a->vaddr >> (tlb_span(&t->prof, n) + ENTRIES_OF_A_LINE_BITS)) + n * APART;
	/* the kernel's tables are everybody's; caches know no numbers of address spaces */
	const struct tlb_key k = tlb_key(line, 0, n, a->kernel ? TLB_GLOBAL : c->mm);
	uint64_t cycles = t->prof.memory_cycles;
	unsigned int held = 0;

	while (held < t->prof.nr_lines && !tlb_array_hit(&c->lines[held], &k))
		held++;
	if (held < t->prof.nr_lines)
		cycles = t->prof.lines[held].cycles;
	while (held--)
		tlb_array_fill(&c->lines[held], &k);
	return cycles;
}

void tlb_walk(struct tlb *t, struct tlb_cpu *c, const struct tlb_access *a, struct tlb_outcome *out)
{
	uint32_t space = tlb_walk_space(t, c, a->kernel);
	unsigned int leaf = leaf_of(&t->prof, a->page_shift), top = leaf + 1;
	struct tlb_key k;

	for (; top <= t->prof.nr_tables; top++) {
		k = tlb_key(a->vaddr, tlb_span(&t->prof, top), top, space);
		if (tlb_array_hit(&c->walk[top], &k))
			break;
	}
	for (unsigned int n = top; n-- > leaf;) {
		out->cycles += read_entry(t, c, a, n);
		k = tlb_key(a->vaddr, tlb_span(&t->prof, n), n, space);
		if (n > leaf)
			tlb_array_fill(&c->walk[n], &k);
	}
	out->table_reads += top - leaf;
}
