/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cores there can be.
 */
#include <stdio.h>
#include <string.h>

#include "engine/tlb/array.h"
#include "engine/tlb/tlb.h"

/* log2 of what an entry of the highest table covers; lines hold eight of them. */
enum { MAX_SPAN = 60 };

const char *tlb_policy_name(unsigned int policy)
{
	return policy < TLB_NR_POLICIES ? tlb_policy((enum tlb_policy)policy)->name : NULL;
}

const char *tlb_index_name(unsigned int index)
{
	static const char *const names[TLB_NR_INDEXES] = { "linear", "xor" };

	return index < TLB_NR_INDEXES ? names[index] : NULL;
}

const char *tlb_spaces_name(unsigned int spaces)
{
	static const char *const names[TLB_NR_SPACES] = { "none", "slots", "tags" };

	return spaces < TLB_NR_SPACES ? names[spaces] : NULL;
}

static int check_policy(const struct tlb_geometry *g, const char *name, struct km_diag *d)
{
	if (g->policy >= TLB_NR_POLICIES || g->index >= TLB_NR_INDEXES)
		return km_fail(d, KM_EINVAL, name, "there is no such replacement or index");
	const struct tlb_policy_ops *ops = tlb_policy(g->policy);

	if (g->ways > ops->max_ways)
		return km_fail(d, KM_EINVAL, name, "%s chooses among at most %u ways, not %u",
			       ops->name, ops->max_ways, g->ways);
	if (ops->binary && g->ways & (g->ways - 1))
		return km_fail(d, KM_EINVAL, name, "%s needs ways that are a power of two, not %u",
			       ops->name, g->ways);
	return 0;
}

static int check_geometry(const struct tlb_geometry *g, const char *name, struct km_diag *d)
{
	if (!g->entries || !g->ways || g->entries > TLB_MAX_ENTRIES)
		return km_fail(d, KM_EINVAL, name,
			       "it needs ways, and entries from 1 to %d: not %u entries, %u ways",
			       TLB_MAX_ENTRIES, g->entries, g->ways);
	if (g->entries % g->ways)
		return km_fail(d, KM_EINVAL, name, "%u entries are no multiple of %u ways",
			       g->entries, g->ways);
	uint32_t sets = g->entries / g->ways;

	if (sets & (sets - 1))
		return km_fail(d, KM_EINVAL, name,
			       "%u entries in %u ways make %u sets, which is no power of two",
			       g->entries, g->ways, sets);
	return check_policy(g, name, d);
}

/* A page size is of 1 << 12 … 1 << 47 bytes. */
static bool sizes_possible(uint64_t sizes)
{
	return sizes && !(sizes & (UINT64_C(0xfff) | ~((UINT64_C(1) << 48) - 1))) &&
	       __builtin_popcountll(sizes) <= TLB_MAX_SIZES;
}

static int check_array(const struct tlb_profile *p, unsigned int i, struct km_diag *d)
{
	const struct tlb_array_profile *a = &p->array[i];

	if (!memchr(a->name, 0, sizeof(a->name)) || !*a->name)
		return km_fail(d, KM_EINVAL, p->name, "array %u has no name", i + 1);
	if (!a->level || a->level > TLB_MAX_DEPTH)
		return km_fail(d, KM_EINVAL, a->name, "its level is from 1 to %d", TLB_MAX_DEPTH);
	if (!a->uses || a->uses >> TLB_NR_USES)
		return km_fail(d, KM_EINVAL, a->name, "it is for fetch, load or store");
	if (!sizes_possible(a->sizes))
		return km_fail(d, KM_EINVAL, a->name,
			       "it holds 1 to %d page sizes, each of at least 4 KiB",
			       TLB_MAX_SIZES);
	if (a->hit_cycles > TLB_MAX_CYCLES)
		return km_fail(d, KM_EINVAL, a->name, "its hits take too long");
	for (unsigned int j = 0; j < i; j++) {
		const struct tlb_array_profile *b = &p->array[j];

		if (!strcmp(a->name, b->name))
			return km_fail(d, KM_EINVAL, a->name, "two arrays have this name");
		if (a->level == b->level && a->uses & b->uses && a->sizes & b->sizes)
			return km_fail(d, KM_EINVAL, a->name,
				       "%s of the same level holds the same pages already",
				       b->name);
	}
	return check_geometry(&a->geometry, a->name, d);
}

static int check_walk(const struct tlb_profile *p, struct km_diag *d)
{
	char name[40];
	int err = 0;

	if (p->page_shift < 12 || p->page_shift > 16)
		return km_fail(d, KM_EINVAL, p->name, "its base page is of 4 KiB to 64 KiB");
	if (!p->nr_tables || p->nr_tables >= TLB_MAX_TABLES)
		return km_fail(d, KM_EINVAL, p->name, "it has 1 to %d levels of page tables",
			       TLB_MAX_TABLES - 1);
	if (p->table_bits < 9 || p->table_bits > 13)
		return km_fail(d, KM_EINVAL, p->name, "a page table has 512 to 8192 entries");
	if (p->page_shift + p->table_bits * (p->nr_tables - 1) > MAX_SPAN)
		return km_fail(d, KM_EINVAL, p->name,
			       "%u levels of page tables cover more than an address", p->nr_tables);
	for (unsigned int n = 0; !err && n < TLB_MAX_TABLES; n++) {
		snprintf(name, sizeof(name), "walk cache of level %u", n);
		if (p->walk_cache[n].entries && (n < 2 || n > p->nr_tables))
			err = km_fail(d, KM_EINVAL, name, "there is no such level to cache");
		else if (p->walk_cache[n].entries)
			err = check_geometry(&p->walk_cache[n], name, d);
	}
	if (p->nr_lines > TLB_MAX_LINES)
		return km_fail(d, KM_EINVAL, p->name, "at most %d caches hold page tables",
			       TLB_MAX_LINES);
	for (unsigned int n = 0; !err && n < p->nr_lines; n++) {
		snprintf(name, sizeof(name), "page table cache %u", n + 1);
		err = p->lines[n].cycles > TLB_MAX_CYCLES ?
			      km_fail(d, KM_EINVAL, name, "it takes too long") :
			      check_geometry(&p->lines[n].geometry, name, d);
	}
	if (!err && p->memory_cycles > TLB_MAX_CYCLES)
		err = km_fail(d, KM_EINVAL, p->name, "memory takes too long");
	return err;
}

int tlb_profile_check(const struct tlb_profile *p, struct km_diag *d)
{
	int err = 0;

	if (!memchr(p->name, 0, sizeof(p->name)))
		return km_fail(d, KM_EINVAL, "", "its name is too long");
	if (!p->nr_arrays || p->nr_arrays > TLB_MAX_ARRAYS)
		return km_fail(d, KM_EINVAL, p->name, "a TLB has 1 to %d arrays", TLB_MAX_ARRAYS);
	for (unsigned int i = 0; !err && i < p->nr_arrays; i++)
		err = check_array(p, i, d);
	if (!err)
		err = check_walk(p, d);
	if (!err &&
	    (p->spaces >= TLB_NR_SPACES || (p->spaces != TLB_SPACES_NONE && !p->nr_spaces) ||
	     (p->spaces == TLB_SPACES_SLOTS && p->nr_spaces > TLB_MAX_SLOTS)))
		err = km_fail(d, KM_EINVAL, p->name,
			      "address spaces: none, slots (1 to %d) or tags (at least 1)",
			      TLB_MAX_SLOTS);
	return err;
}
