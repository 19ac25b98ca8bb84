/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of this room. */
#ifndef ENGINE_TLB_STATE_H
#define ENGINE_TLB_STATE_H

#include "engine/tlb/array.h"
#include "engine/tlb/tlb.h"

/* Which arrays are asked for a page of one size, in the order of their levels. */
struct tlb_route {
	uint8_t nr;
	uint8_t array[TLB_MAX_DEPTH], shift[TLB_MAX_DEPTH]; /* shift: as the array holds it */
};

/* What tells address spaces apart: shifted by a bit it is never TLB_GLOBAL. */
#define TLB_MM_MASK ((UINT32_C(1) << 30) - 1)

/* An address space that a CPU keeps entries of. */
struct tlb_slot {
	uint32_t mm;
	bool used, stale; /* stale: its entries go when it is next switched to */
};

struct tlb_cpu {
	struct tlb_array array[TLB_MAX_ARRAYS], walk[TLB_MAX_TABLES], lines[TLB_MAX_LINES];
	struct tlb_count (*count)[64]; /* of each array, by the page's shift */
	struct tlb_walks walks[64];    /* by the page's shift */
	struct tlb_totals totals;
	uint32_t mm;
	uint32_t space;	    /* that entries of mm are marked with: a slot, or mm, or 0 */
	uint32_t next_slot; /* that is given away next */
	bool switched;	    /* mm means something */
	struct tlb_slot slot[TLB_MAX_SLOTS];
};

struct tlb {
	struct tlb_profile prof;
	uint64_t sizes;
	uint32_t epoch; /* TLB_SPACES_TAGS: how often the numbers ran out */
	unsigned int nr_cpus;
	struct tlb_route route[TLB_NR_USES][64];
	struct tlb_cpu *cpu;
};

/*
 * Whose the entries of an address are: with pti, the user's addresses have tables of their own. The
 * walk caches know nothing of global entries.
 */
static inline uint32_t tlb_walk_space(const struct tlb *t, const struct tlb_cpu *c, bool kernel)
{
	return c->space << 1 | (t->prof.pti && !kernel);
}

static inline uint32_t tlb_entry_space(const struct tlb *t, const struct tlb_cpu *c, bool kernel)
{
	return kernel && !t->prof.pti ? TLB_GLOBAL : tlb_walk_space(t, c, kernel);
}

/* log2 of the bytes that one entry of a table of level @n covers. */
static inline unsigned int tlb_span(const struct tlb_profile *p, unsigned int n)
{
	return p->page_shift + p->table_bits * (n - 1);
}

/* walk.c: read the tables for @a, and keep what the walk saw. */
void tlb_walk(struct tlb *t, struct tlb_cpu *c, const struct tlb_access *a,
	      struct tlb_outcome *out);

/* flush.c: what @space holds on @c, of user and kernel. */
void tlb_flush_space(struct tlb *t, struct tlb_cpu *c, uint32_t space);
/* Everything but global entries. */
void tlb_flush_local(struct tlb *t, struct tlb_cpu *c);

#endif
