/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel: arch/x86/include/asm/pgtable_64_types.h, arch/x86/mm/kaslr.c:kernel_randomize_memory()
 * [6.1 6.12]
 */
#include "engine/replay/vmalloc_ranges.h"

#define GiB (UINT64_C(1) << 30)
#define TiB (UINT64_C(1) << 40)

static const struct {
	uint64_t first, last; /* it lies in between */
	uint64_t unit;	      /* and begins at a multiple of this */
	uint64_t bytes;	      /* 0: up to @last */
	bool shifted;	      /* or some pages behind that */
} places[NR_VMALLOC_RANGES] = {
	[RANGE_MODULES] = { 0xffffffff80000000, 0xffffffffff000000, GiB / 2, 0, true },
	[RANGE_VMALLOC_5] = { 0xff11000000000000, 0xffd4000000000000, GiB, 12800 * TiB, false },
	[RANGE_VMALLOC_4] = { 0xffff800000000000, 0xffffea0000000000, GiB, 32 * TiB, false },
};

void vmalloc_ranges_note(struct vmalloc_ranges *r, uint64_t addr, bool exact)
{
	for (unsigned int i = 0; i < NR_VMALLOC_RANGES; i++) {
		struct vmalloc_range *at = &r->of[i];

		if (addr < places[i].first || addr >= places[i].last ||
		    (at->start && addr >= at->start))
			continue;
		at->start = exact && places[i].shifted ? addr : addr & ~(places[i].unit - 1);
		at->end = places[i].bytes ? at->start + places[i].bytes - 1 : places[i].last;
	}
}

struct vmalloc_range vmalloc_ranges_find(const struct vmalloc_ranges *r, uint64_t addr, bool as_end)
{
	for (unsigned int i = 0; i < NR_VMALLOC_RANGES; i++) {
		const struct vmalloc_range *at = &r->of[i];

		if (at->start && (as_end ? addr == at->end : addr >= at->start && addr < at->end))
			return *at;
	}
	return (struct vmalloc_range){ 1, UINT64_MAX };
}

struct vmalloc_range vmalloc_ranges_main(const struct vmalloc_ranges *r)
{
	return r->of[RANGE_VMALLOC_5].start ? r->of[RANGE_VMALLOC_5] : r->of[RANGE_VMALLOC_4];
}
