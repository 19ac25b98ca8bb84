/* SPDX-License-Identifier: GPL-2.0-only */
/* Small cores, and accesses to them. */
#ifndef KM_TEST_TLB_RIG_H
#define KM_TEST_TLB_RIG_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/tlb/tlb.h"

#define K4 (UINT64_C(1) << 12)
#define M2 (UINT64_C(1) << 21)
#define G1 (UINT64_C(1) << 30)

enum { ALL_USES = (1 << TLB_NR_USES) - 1 };

static inline struct tlb_array_profile array_of(const char *name, unsigned int level,
						uint32_t entries, uint32_t ways, uint64_t sizes,
						enum tlb_policy policy)
{
	struct tlb_array_profile a = { .level = level,
				       .uses = ALL_USES,
				       .sizes = sizes,
				       .geometry = { entries, ways, policy, TLB_LINEAR } };

	snprintf(a.name, sizeof(a.name), "%s", name);
	return a;
}

/* x86-64 with four levels of tables and nothing around the walk. */
static inline struct tlb_profile bare(void)
{
	return (struct tlb_profile){ .name = "test",
				     .page_shift = 12,
				     .table_bits = 9,
				     .nr_tables = 4,
				     .memory_cycles = 100,
				     .flush_ceiling_pages = 33 };
}

static inline struct tlb_profile one(uint32_t entries, uint32_t ways, uint64_t sizes,
				     enum tlb_policy how)
{
	struct tlb_profile p = bare();

	p.nr_arrays = 1;
	p.array[0] = array_of("L1D", 1, entries, ways, sizes, how);
	return p;
}

static inline struct tlb *open_tlb(const struct tlb_profile *p, unsigned int cpus)
{
	struct km_diag d = { 0 };
	struct tlb *t = NULL;

	cr_assert(!tlb_open(&t, p, cpus, 1, &d), "%s: %s", d.where, d.what);
	return t;
}

static inline void sound(const struct tlb *t)
{
	struct km_diag d = { 0 };

	cr_expect(!tlb_check(t, &d), "%s: %s", d.where, d.what);
}

static inline unsigned int load(struct tlb *t, unsigned int cpu, uint64_t vaddr, unsigned int shift)
{
	const struct tlb_access a = { .vaddr = vaddr,
				      .use = TLB_LOAD,
				      .page_shift = (uint8_t)shift };

	return tlb_access(t, cpu, &a).level;
}

static inline unsigned int kernel_load(struct tlb *t, unsigned int cpu, uint64_t vaddr)
{
	const struct tlb_access a = {
		.vaddr = vaddr, .use = TLB_LOAD, .page_shift = 12, .kernel = true
	};

	return tlb_access(t, cpu, &a).level;
}

static inline struct tlb_profile skylake_data(void)
{
	struct tlb_profile p = bare();

	p.nr_arrays = 4;
	p.array[0] = array_of("L1D 4K", 1, 64, 4, K4, TLB_LRU);
	p.array[1] = array_of("L1D 2M", 1, 32, 4, M2, TLB_LRU);
	p.array[2] = array_of("L1D 1G", 1, 4, 4, G1, TLB_LRU);
	p.array[3] = array_of("L2", 2, 1536, 12, K4 | M2, TLB_LRU);
	p.array[3].hit_cycles = 9;
	return p;
}

#endif
