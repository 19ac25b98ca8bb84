/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLBs that are shipped: each can be read, each number says where it is from, and they are what
 * the specification's table (5.1, 5.5) says.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/tlb_spec.h"

static struct tlb_spec *shipped(const char *name)
{
	struct tlb_spec *s = malloc(sizeof(*s));
	struct km_diag d = { 0 };

	cr_assert(s);
	cr_assert(!tlb_spec_find(s, name, &d), "%s: %s", d.where, d.what);
	return s;
}

Test(tlb_spec, every_number_says_where_it_is_from)
{
	cr_assert_geq(tlb_nr_shipped(), 15);
	for (size_t i = 0; i < tlb_nr_shipped(); i++) {
		struct tlb_spec *s = shipped(tlb_shipped_name(i));
		unsigned int numbers = 0;

		cr_expect_str_eq(s->profile.name, tlb_shipped_name(i));
		cr_expect(*s->describe);
		for (unsigned int k = 0; k < s->nr_marks; k++) {
			cr_expect(*s->mark[k].source, "%s: %s", s->profile.name, s->mark[k].of);
			cr_expect(s->mark[k].verified != TLB_UNSAID);
			numbers += strstr(s->mark[k].of, " entries") ||
				   strstr(s->mark[k].of, " ways");
		}
		unsigned int geometries = s->profile.nr_arrays + s->profile.nr_lines;

		for (unsigned int n = 0; n < TLB_MAX_TABLES; n++)
			geometries += !!s->profile.walk_cache[n].entries;
		cr_expect_eq(numbers, 2 * geometries, "%s: each geometry has both marked",
			     s->profile.name);
		free(s);
	}
}

struct row {
	const char *core, *array;
	uint32_t entries, ways;
	enum tlb_verified verified; /* of the entries */
};

/* spec 5.1 and 5.5 */
static const struct row table[] = {
	{ "haswell", "L1D 4K", 64, 4, TLB_SECONDARY },
	{ "haswell", "L1D 1G", 4, 4, TLB_SECONDARY },
	{ "haswell", "L1I 4K", 128, 4, TLB_UNVERIFIED },
	{ "haswell", "L2", 1024, 8, TLB_UNVERIFIED },
	{ "skylake", "L1D 2M", 32, 4, TLB_SECONDARY },
	{ "skylake", "L1I 4K", 128, 8, TLB_SECONDARY },
	{ "skylake", "L2", 1536, 12, TLB_SECONDARY },
	{ "skylake", "L2 1G", 16, 4, TLB_UNVERIFIED },
	{ "icelake", "L1D stores", 16, 16, TLB_UNVERIFIED },
	{ "icelake", "L2", 2048, 16, TLB_UNVERIFIED },
	{ "goldencove", "L1D loads 4K", 96, 6, TLB_UNVERIFIED },
	{ "goldencove", "L1I 4K", 256, 8, TLB_UNVERIFIED },
	{ "zen2", "L1D", 64, 64, TLB_SECONDARY },
	{ "zen2", "L2D", 2048, 16, TLB_SECONDARY },
	{ "zen2", "L2I", 512, 8, TLB_SECONDARY },
	{ "zen3", "L2D", 2048, 16, TLB_UNVERIFIED },
	{ "zen4", "L1D", 72, 72, TLB_UNVERIFIED },
	{ "zen4", "L2D", 3072, 24, TLB_UNVERIFIED },
	{ "cortex-a53", "micro D", 10, 10, TLB_SECONDARY },
	{ "cortex-a53", "L2", 512, 4, TLB_VERIFIED },
	{ "cortex-a72", "L1I", 48, 48, TLB_VERIFIED },
	{ "cortex-a72", "L2", 1024, 4, TLB_VERIFIED },
	{ "cortex-a76", "L1D", 48, 48, TLB_VERIFIED },
	{ "cortex-a76", "L2", 1280, 5, TLB_VERIFIED },
	{ "neoverse-n1", "L2", 1280, 5, TLB_UNVERIFIED },
	{ "m1", "L1D", 160, 160, TLB_UNVERIFIED },
	{ "m1", "L1I", 192, 192, TLB_UNVERIFIED },
	{ "m1", "L2", 3072, 12, TLB_UNVERIFIED },
	{ "champsim", "DTLB", 64, 4, TLB_VERIFIED },
	{ "champsim", "STLB", 1536, 12, TLB_VERIFIED },
	{ "dynamorio", "L1D", 32, 32, TLB_VERIFIED },
	{ "dynamorio-lru", "LL", 1024, 4, TLB_VERIFIED },
};

static void check_row(const struct row *row)
{
	struct tlb_spec *s = shipped(row->core);
	const struct tlb_array_profile *a = NULL;
	char of[64];

	for (unsigned int i = 0; i < s->profile.nr_arrays; i++)
		if (!strcmp(s->profile.array[i].name, row->array))
			a = &s->profile.array[i];
	cr_assert(a, "%s has no %s", row->core, row->array);
	cr_expect_eq(a->geometry.entries, row->entries, "%s %s", row->core, row->array);
	cr_expect_eq(a->geometry.ways, row->ways, "%s %s", row->core, row->array);
	snprintf(of, sizeof(of), "%s entries", row->array);
	for (unsigned int i = 0; i < s->nr_marks; i++)
		if (!strcmp(s->mark[i].of, of))
			cr_expect_eq(s->mark[i].verified, row->verified, "%s %s", row->core, of);
	free(s);
}

Test(tlb_spec, the_specification_table)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check_row(&table[i]);
}

Test(tlb_spec, flushes_of_the_architectures)
{
	struct tlb_spec *x86 = shipped("skylake"), *arm = shipped("cortex-a76");

	cr_expect_eq(x86->profile.flush_ceiling_pages, 33);
	cr_expect_not(x86->profile.broadcast);
	cr_expect_eq(x86->profile.spaces, TLB_SPACES_SLOTS);
	cr_expect_eq(x86->profile.nr_spaces, 6);
	cr_expect_eq(arm->profile.flush_ceiling_pages, 512);
	cr_expect(arm->profile.broadcast);
	free(x86);
	free(arm);
}

Test(tlb_spec, page_sizes)
{
	cr_expect_eq(tlb_size_shift("4KiB"), 12);
	cr_expect_eq(tlb_size_shift("512MiB"), 29);
	cr_expect_eq(tlb_size_shift("1GiB"), 30);
	cr_expect_eq(tlb_size_shift("1024KiB"), 20);
	cr_expect_eq(tlb_size_shift("3KiB"), 0);
	cr_expect_eq(tlb_size_shift("4KB"), 0);
	cr_expect_eq(tlb_size_shift("4"), 0);
	cr_expect_eq(tlb_size_shift(""), 0);
	cr_expect_eq(tlb_size_shift("-4KiB"), 0);
	cr_expect_eq(tlb_size_shift("4KiB "), 0);
	cr_expect_eq(tlb_size_shift("99999999999999999999KiB"), 0);
}
