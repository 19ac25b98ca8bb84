/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KM_FUZZ_SMALL_TLB_H
#define KM_FUZZ_SMALL_TLB_H

#include "engine/tlb/tlb_profile.h"

/* A small TLB for each CPU, where the kernel's pages are not global. */
static const struct tlb_profile small_tlb = {
	.name = "fuzz",
	.page_shift = 12,
	.table_bits = 9,
	.nr_tables = 4,
	.nr_arrays = 2,
	.array = { { "L1", { 8, 2, TLB_TREE_PLRU, TLB_XOR }, 1, 7, 1 << 12, true, 0 },
		   { "L2", { 24, 3, TLB_RANDOM, TLB_LINEAR }, 2, 7, 1 << 12 | 1 << 21, false, 3 } },
	.walk_cache = { [2] = { 4, 4, TLB_LFU, TLB_LINEAR } },
	.spaces = TLB_SPACES_SLOTS,
	.nr_spaces = 2,
	.pti = true,
	.flush_ceiling_pages = 3,
};

#endif
