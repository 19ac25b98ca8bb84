/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which entry makes room for another one, a table for each way to choose it.
 */
#include "engine/tlb/array.h"

/* ---- stamps: lru, fifo ---- */

static void stamp(struct tlb_array *a, uint32_t first, uint32_t way)
{
	a->state[first + way] = ++a->clock;
}

static void nothing(struct tlb_array *a, uint32_t first, uint32_t way)
{
	(void)a;
	(void)first;
	(void)way;
}

/* The first with the least state. */
static uint32_t least(struct tlb_array *a, uint32_t first)
{
	const uint64_t *state = a->state + first;
	uint64_t smallest = state[0];
	uint32_t best = 0;

	for (uint32_t way = 1; way < a->ways; way++) {
		bool less = state[way] < smallest;

		smallest = less ? state[way] : smallest;
		best = less ? way : best;
	}
	return best;
}

/* No two entries have the same stamp, and none is from the future. */
static bool stamps_differ(const struct tlb_array *a, uint32_t first)
{
	for (uint32_t i = first; i < first + a->ways; i++) {
		if (!a->state[i] || a->state[i] > a->clock)
			return false;
		for (uint32_t j = first; j < i; j++)
			if (a->state[i] == a->state[j])
				return false;
	}
	return true;
}

/* ---- counts: lfu ---- */

static void count_use(struct tlb_array *a, uint32_t first, uint32_t way)
{
	a->state[first + way]++;
}

static void count_first(struct tlb_array *a, uint32_t first, uint32_t way)
{
	a->state[first + way] = 1;
}

static bool counts_positive(const struct tlb_array *a, uint32_t first)
{
	for (uint32_t i = first; i < first + a->ways; i++)
		if (!a->state[i])
			return false;
	return true;
}

/* ---- chance: random ---- */

static uint32_t any(struct tlb_array *a, uint32_t first)
{
	(void)first;
	return (uint32_t)rng_below(&a->rng, a->ways);
}

static bool always(const struct tlb_array *a, uint32_t first)
{
	(void)a;
	(void)first;
	return true;
}

/* ---- a tree of bits: nodes 1 … ways - 1, leaves ways … 2 ways - 1; a set bit leads right ---- */

static void lead_away(struct tlb_array *a, uint32_t first, uint32_t way)
{
	uint64_t *bits = &a->state[first / a->ways];

	for (uint32_t node = way + a->ways; node > 1; node >>= 1) {
		uint64_t bit = UINT64_C(1) << (node >> 1);

		*bits = node & 1 ? *bits & ~bit : *bits | bit;
	}
}

static uint32_t follow(struct tlb_array *a, uint32_t first)
{
	uint64_t bits = a->state[first / a->ways];
	uint32_t node = 1;

	while (node < a->ways)
		node = node << 1 | (bits >> node & 1);
	return node - a->ways;
}

static bool tree_bits(const struct tlb_array *a, uint32_t first)
{
	uint64_t bits = a->state[first / a->ways];

	return !(bits & 1) && (a->ways == 64 || !(bits >> a->ways));
}

/* ---- a bit for each way ---- */

static uint64_t all_ways(const struct tlb_array *a)
{
	return a->ways == 64 ? UINT64_MAX : (UINT64_C(1) << a->ways) - 1;
}

static void mark(struct tlb_array *a, uint32_t first, uint32_t way)
{
	uint64_t *bits = &a->state[first / a->ways];

	*bits |= UINT64_C(1) << way;
	if (*bits == all_ways(a))
		*bits = UINT64_C(1) << way;
}

/* The first without a mark; the only way there is has one. */
static uint32_t unmarked(struct tlb_array *a, uint32_t first)
{
	return a->ways == 1 ? 0 : (uint32_t)__builtin_ctzll(~a->state[first / a->ways]);
}

static bool some_unmarked(const struct tlb_array *a, uint32_t first)
{
	uint64_t bits = a->state[first / a->ways];

	return bits && !(bits & ~all_ways(a)) && (a->ways == 1 || bits != all_ways(a));
}

static const struct tlb_policy_ops policies[TLB_NR_POLICIES] = {
	[TLB_LRU] = { .name = "lru",
		      .max_ways = TLB_MAX_ENTRIES,
		      .hit = stamp,
		      .fill = stamp,
		      .victim = least,
		      .possible = stamps_differ },
	[TLB_TREE_PLRU] = { .name = "tree-plru",
			    .by_set = true,
			    .binary = true,
			    .max_ways = 64,
			    .hit = lead_away,
			    .fill = lead_away,
			    .victim = follow,
			    .possible = tree_bits },
	[TLB_BIT_PLRU] = { .name = "bit-plru",
			   .by_set = true,
			   .max_ways = 64,
			   .hit = mark,
			   .fill = mark,
			   .victim = unmarked,
			   .possible = some_unmarked },
	[TLB_FIFO] = { .name = "fifo",
		       .max_ways = TLB_MAX_ENTRIES,
		       .hit = nothing,
		       .fill = stamp,
		       .victim = least,
		       .possible = stamps_differ },
	[TLB_RANDOM] = { .name = "random",
			 .max_ways = TLB_MAX_ENTRIES,
			 .hit = nothing,
			 .fill = nothing,
			 .victim = any,
			 .possible = always },
	[TLB_LFU] = { .name = "lfu",
		      .max_ways = TLB_MAX_ENTRIES,
		      .hit = count_use,
		      .fill = count_first,
		      .victim = least,
		      .possible = counts_positive },
};

const struct tlb_policy_ops *tlb_policy(enum tlb_policy policy)
{
	return &policies[policy];
}
