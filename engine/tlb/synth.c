/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/tlb/synth.h"

/* sizeof(struct page), and the pages that map them (Kernel: mm/sparse-vmemmap.c [6.1 6.12]) */
enum { STRUCT_PAGE = 64, VMEMMAP_SHIFT = 21, LINE = 64, WORD = 8 };

static const struct {
	const char *name;
	bool forced;
	enum tlb_use use;
} kinds[SYNTH_NR] = {
	[SYNTH_METADATA] = { "S1", true, TLB_LOAD }, [SYNTH_ZERO] = { "S2", true, TLB_STORE },
	[SYNTH_FIRST] = { "S3", false, TLB_STORE },  [SYNTH_ALL] = { "S4", false, TLB_LOAD },
	[SYNTH_FREE] = { "S5", true, TLB_STORE },
};

const char *synth_name(unsigned int kind)
{
	return kind < SYNTH_NR ? kinds[kind].name : NULL;
}

bool synth_forced(enum synth_kind kind)
{
	return kinds[kind].forced;
}

/* Where something lies, and what maps it. */
struct mapped {
	uint64_t vaddr;
	unsigned int shift;
};

static void touch(struct synth *s, unsigned int cpu, enum synth_kind kind, struct mapped at,
		  uint64_t bytes)
{
	const struct tlb_access a = { .vaddr = at.vaddr,
				      .use = kinds[kind].use,
				      .page_shift = (uint8_t)at.shift,
				      .kernel = true,
				      .forced = kinds[kind].forced };

	s->count[kind] +=
		((at.vaddr + (bytes ? bytes - 1 : 0)) >> at.shift) - (at.vaddr >> at.shift) + 1;
	tlb_touch(s->tlb, cpu, &a, bytes);
}

static bool is_on(const struct synth *s, enum synth_kind kind)
{
	return s->on >> kind & 1;
}

static struct mapped directly(const struct synth *s, uint64_t pfn, uint64_t offset)
{
	return (struct mapped){ s->map.direct + (pfn << s->map.page_shift) + offset,
				kernel_map_shift(&s->map, pfn) };
}

static void touch_struct_page(struct synth *s, unsigned int cpu, uint64_t pfn)
{
	if (is_on(s, SYNTH_METADATA))
		touch(s, cpu, SYNTH_METADATA,
		      (struct mapped){ s->map.vmemmap + pfn * STRUCT_PAGE, VMEMMAP_SHIFT },
		      STRUCT_PAGE);
}

/* What its new owner does with it. */
static void use(struct synth *s, unsigned int cpu, struct mapped at, uint64_t bytes)
{
	if (is_on(s, SYNTH_FIRST))
		touch(s, cpu, SYNTH_FIRST, at, WORD < bytes ? WORD : bytes);
	for (uint64_t i = 0; is_on(s, SYNTH_ALL) && i < bytes; i += LINE)
		touch(s, cpu, SYNTH_ALL, (struct mapped){ at.vaddr + i, at.shift }, 1);
}

static bool zeroes(const struct synth *s, bool zeroed)
{
	return is_on(s, SYNTH_ZERO) && (zeroed || s->init_on_alloc);
}

void synth_pages(struct synth *s, unsigned int cpu, uint64_t pfn, unsigned int order, bool zeroed)
{
	uint64_t bytes = UINT64_C(1) << (order + s->map.page_shift);
	struct mapped at = directly(s, pfn, 0);

	touch_struct_page(s, cpu, pfn);
	if (zeroes(s, zeroed))
		touch(s, cpu, SYNTH_ZERO, at, bytes);
	use(s, cpu, at, bytes);
}

void synth_pages_free(struct synth *s, unsigned int cpu, uint64_t pfn)
{
	touch_struct_page(s, cpu, pfn);
}

void synth_object(struct synth *s, unsigned int cpu, uint64_t pfn, uint64_t offset, uint64_t bytes,
		  bool zeroed)
{
	struct mapped at = directly(s, pfn, offset);

	if (s->links_inside && is_on(s, SYNTH_METADATA))
		touch(s, cpu, SYNTH_METADATA, at, WORD);
	if (zeroes(s, zeroed))
		touch(s, cpu, SYNTH_ZERO, at, bytes);
	use(s, cpu, at, bytes);
}

void synth_object_free(struct synth *s, unsigned int cpu, uint64_t pfn, uint64_t offset)
{
	touch_struct_page(s, cpu, pfn);
	if (s->links_inside && is_on(s, SYNTH_FREE))
		touch(s, cpu, SYNTH_FREE, directly(s, pfn, offset), WORD);
}

void synth_area(struct synth *s, unsigned int cpu, uint64_t vaddr, uint64_t bytes)
{
	use(s, cpu, (struct mapped){ vaddr, s->map.page_shift }, bytes);
}
