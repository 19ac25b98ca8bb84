/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/tlb/synth.h"

int kernel_map_add(struct kernel_map *m, uint64_t start, uint64_t end)
{
	uint64_t last = m->nr_ram ? m->ram[m->nr_ram - 1].end : 0;

	if (start >= end)
		return 0;
	if (start < last)
		return -KM_EINVAL;
	if (m->nr_ram && start == last) {
		m->ram[m->nr_ram - 1].end = end;
		return 0;
	}
	if (m->nr_ram == KERNEL_MAP_RAM)
		return -KM_EINVAL;
	m->ram[m->nr_ram].start = start;
	m->ram[m->nr_ram++].end = end;
	return 0;
}

/* Does the aligned block of 1 << @shift bytes around @pfn lie in range @i whole? */
static bool fits(const struct kernel_map *m, unsigned int i, uint64_t pfn, unsigned int shift)
{
	unsigned int order = shift - m->page_shift;
	uint64_t start = pfn >> order << order;

	return start >= m->ram[i].start && start + (UINT64_C(1) << order) <= m->ram[i].end;
}

static uint64_t block_start(const struct kernel_map *m, uint64_t pfn, unsigned int shift)
{
	unsigned int order = shift - m->page_shift;

	return pfn >> order << order;
}

unsigned int kernel_map_shift(const struct kernel_map *m, uint64_t pfn)
{
	unsigned int i = 0;

	while (i < m->nr_ram && pfn >= m->ram[i].end)
		i++;
	if (i == m->nr_ram || pfn < m->ram[i].start)
		return m->page_shift;
	if (m->giant_shift && fits(m, i, pfn, m->giant_shift) &&
	    block_start(m, pfn, m->giant_shift) >= m->split_end)
		return m->giant_shift;
	if (m->large_shift && fits(m, i, pfn, m->large_shift) &&
	    block_start(m, pfn, m->large_shift) >= m->split_end)
		return m->large_shift;
	return m->page_shift;
}

/* First page after the mapping of @pfn, or after the stretch of single pages that it is in. */
static uint64_t mapping_end(const struct kernel_map *m, uint64_t pfn, unsigned int shift,
			    uint64_t most)
{
	/* single pages go on to the next block that may be large */
	unsigned int step = shift == m->page_shift && m->large_shift ? m->large_shift : shift;
	uint64_t end = step == m->page_shift ?
			       most :
			       block_start(m, pfn, step) + (UINT64_C(1) << (step - m->page_shift));

	return end < most ? end : most;
}

uint64_t kernel_map_kib(const struct kernel_map *m, unsigned int shift)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < m->nr_ram; i++)
		for (uint64_t p = m->ram[i].start, end; p < m->ram[i].end; p = end) {
			unsigned int as = kernel_map_shift(m, p);

			end = mapping_end(m, p, as, m->ram[i].end);
			pages += as == shift ? end - p : 0;
		}
	return pages << (m->page_shift - 10);
}

void kernel_map_split(struct kernel_map *m, uint64_t kib)
{
	uint64_t have = m->large_shift ? kernel_map_kib(m, m->page_shift) : kib;
	uint64_t block_kib = m->large_shift ? UINT64_C(1) << (m->large_shift - 10) : 0;

	for (unsigned int i = 0; i < m->nr_ram && have + block_kib / 2 < kib; i++)
		for (uint64_t p = m->ram[i].start, end; p < m->ram[i].end; p = end) {
			end = mapping_end(m, p, m->large_shift, m->ram[i].end);
			if (have + block_kib / 2 >= kib)
				return;
			if (!fits(m, i, p, m->large_shift))
				continue;
			m->split_end = end;
			have += block_kib;
		}
}
