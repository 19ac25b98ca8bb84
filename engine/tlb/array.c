/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/tlb/array.h"

#include <stdlib.h>
#include <string.h>

int tlb_array_init(struct tlb_array *a, const struct tlb_geometry *g, uint64_t seed)
{
	*a = (struct tlb_array){ .policy = tlb_policy(g->policy), .ways = g->ways };
	if (!g->entries)
		return 0;
	a->sets = g->entries / g->ways;
	a->set_bits = (uint32_t)__builtin_ctz(a->sets);
	a->hashed = g->index == TLB_XOR;
	a->rng = rng_seeded(seed);
	a->tag = calloc(g->entries, sizeof(*a->tag));
	a->space = calloc(g->entries, sizeof(*a->space));
	a->state = calloc(a->policy->by_set ? a->sets : g->entries, sizeof(*a->state));
	return a->tag && a->space && a->state ? 0 : -KM_ENOMEM;
}

void tlb_array_release(struct tlb_array *a)
{
	free(a->tag);
	free(a->space);
	free(a->state);
}

/* The entry of @k in the set at @first; UINT32_MAX: none. */
static uint32_t find(const struct tlb_array *a, uint32_t first, const struct tlb_key *k)
{
	const uint64_t *tag = a->tag + first, wanted = k->tag;

	for (uint32_t way = 0, ways = a->ways; way < ways; way++)
		if (tag[way] == wanted && tlb_array_is(a, first + way, k))
			return first + way;
	return UINT32_MAX;
}

bool tlb_array_hit(struct tlb_array *a, const struct tlb_key *k)
{
	if (!a->sets)
		return false;
	/* equal tags are of equal sets, so the last hit needs no set to be found again */
	uint32_t first = tlb_array_set(a, k->vpn) * a->ways;
	uint32_t entry = tlb_array_is(a, a->hint, k) ? a->hint : find(a, first, k);

	if (entry == UINT32_MAX)
		return false;
	a->hint = entry;
	a->policy->hit(a, first, entry - first);
	return true;
}

bool tlb_array_fill(struct tlb_array *a, const struct tlb_key *k)
{
	if (!a->sets)
		return false;
	uint32_t first = tlb_array_set(a, k->vpn) * a->ways;
	uint32_t way = a->held == a->sets * a->ways ? a->ways : 0;

	while (way < a->ways && a->tag[first + way])
		way++;
	bool full = way == a->ways;

	if (full)
		way = a->policy->victim(a, first);
	a->tag[first + way] = k->tag;
	a->space[first + way] = k->space;
	a->hint = first + way;
	a->held += !full;
	a->policy->fill(a, first, way);
	return full;
}

static void drop(struct tlb_array *a, uint32_t entry)
{
	a->tag[entry] = 0;
	a->held--;
}

void tlb_array_drop(struct tlb_array *a, const struct tlb_key *k)
{
	uint32_t first = a->held ? tlb_array_set(a, k->vpn) * a->ways : 0;

	for (uint32_t i = first; a->held && i < first + a->ways; i++)
		if (tlb_array_is(a, i, k))
			drop(a, i);
}

void tlb_array_clear(struct tlb_array *a)
{
	if (a->held)
		memset(a->tag, 0, (size_t)a->sets * a->ways * sizeof(*a->tag));
	a->held = 0;
}

void tlb_array_clear_space(struct tlb_array *a, uint32_t space, bool others)
{
	for (uint32_t i = 0; a->held && i < a->sets * a->ways; i++)
		if (a->tag[i] && (others ? a->space[i] != TLB_GLOBAL : a->space[i] == space))
			drop(a, i);
}

/* ---- recounting ---- */

static const char *check_set(const struct tlb_array *a, uint32_t set, uint64_t sizes,
			     uint32_t *held)
{
	uint32_t first = set * a->ways, here = 0;

	for (uint32_t i = first; i < first + a->ways; i++) {
		if (!a->tag[i])
			continue;
		const struct tlb_key k = { .vpn = tlb_tag_vpn(a->tag[i]),
					   .tag = a->tag[i],
					   .space = a->space[i] };

		here++;
		if (tlb_array_set(a, k.vpn) != set)
			return "an entry lies in another set than its page's";
		if (!(sizes >> tlb_tag_size(k.tag) & 1))
			return "an entry is of a size it may not hold";
		for (uint32_t j = first; j < i; j++)
			if (a->tag[j] == k.tag && a->space[j] == k.space)
				return "a page is held twice";
	}
	*held += here;
	return here < a->ways || a->policy->possible(a, first) ?
		       NULL :
		       "the policy's state cannot come about";
}

const char *tlb_array_check(const struct tlb_array *a, uint64_t sizes)
{
	const char *wrong = NULL;
	uint32_t held = 0;

	for (uint32_t set = 0; !wrong && set < a->sets; set++)
		wrong = check_set(a, set, sizes, &held);
	return wrong || held == a->held ? wrong : "it holds another number of entries than counted";
}
