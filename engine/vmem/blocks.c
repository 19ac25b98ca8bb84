/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of vm_map_ram(): an area of a fixed size, aligned to it, from which a CPU hands out runs
 * of pages. What was handed out once is not handed out again; a block that has only such is given
 * back.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/vmem/parts.h"

enum { MOST_PAGES = 1024, BLOCKS_OF_A_CPU = 16, CPU_SHIFT_64 = 37, CPU_SHIFT_32 = 27 };

/* Kernel: mm/vmalloc.c:VMAP_BBMAP_BITS [6.1] */
static uint32_t size_of_block(const struct vmem *m)
{
	uint64_t all = UINT64_C(1) << (m->c.bits_per_long == 64 ? CPU_SHIFT_64 : CPU_SHIFT_32);
	uint64_t cpus = 1, pages;

	while (cpus < m->c.layout->config_cpus)
		cpus *= 2;
	pages = (all >> m->c.page_shift) / cpus / BLOCKS_OF_A_CPU;
	if (pages < 2 * m->c.bits_per_long)
		pages = 2 * m->c.bits_per_long;
	return (uint32_t)(pages < MOST_PAGES ? pages : MOST_PAGES);
}

int vmem_blocks_init(struct vmem *m)
{
	m->first_block = calloc(m->c.nr_cpus, sizeof(*m->first_block));
	m->last_block = calloc(m->c.nr_cpus, sizeof(*m->last_block));
	m->nr_blocks = 1;
	m->block_pages = size_of_block(m);
	return m->first_block && m->last_block ? 0 : -KM_ENOMEM;
}

void vmem_blocks_release(struct vmem *m)
{
	free(m->first_block);
	free(m->last_block);
	free(m->block);
}

static int new_slot(struct vmem *m, uint32_t *id)
{
	*id = m->unused_block ? m->unused_block : m->nr_blocks;
	if (m->unused_block || m->nr_blocks < m->room_blocks)
		return 0;
	uint32_t room = m->room_blocks ? m->room_blocks * 2 : 16;
	struct vmem_block *v = realloc(m->block, room * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	m->block = v;
	m->room_blocks = room;
	return 0;
}

static void take_slot(struct vmem *m, uint32_t id)
{
	if (id == m->unused_block)
		m->unused_block = m->block[id].next;
	else
		m->nr_blocks++;
}

static void list_add(struct vmem *m, uint32_t id, bool head)
{
	struct vmem_block *b = &m->block[id];
	uint32_t *first = &m->first_block[b->cpu], *last = &m->last_block[b->cpu];

	b->prev = head ? 0 : *last;
	b->next = head ? *first : 0;
	*(b->prev ? &m->block[b->prev].next : first) = id;
	*(b->next ? &m->block[b->next].prev : last) = id;
	b->listed = true;
}

static void list_remove(struct vmem *m, uint32_t id)
{
	struct vmem_block *b = &m->block[id];

	if (!b->listed)
		return;
	*(b->prev ? &m->block[b->prev].next : &m->first_block[b->cpu]) = b->next;
	*(b->next ? &m->block[b->next].prev : &m->last_block[b->cpu]) = b->prev;
	b->prev = b->next = 0;
	b->listed = false;
}

/* Where @pages fit in; block_pages: nowhere. */
static uint32_t room_in(const struct vmem *m, const struct vmem_block *b, uint32_t pages)
{
	if (b->free < pages)
		return m->block_pages;
	if (!m->c.prof->blocks_by_map)
		return m->block_pages - b->free;
	/* Kernel: lib/bitmap.c:bitmap_find_free_region() [3.5]: aligned to its own size */
	for (uint32_t at = 0; at < m->block_pages; at += pages) {
		bool taken = false;

		for (uint32_t i = at; i < at + pages; i++)
			taken |= b->given[i / 64] >> i % 64 & 1;
		if (!taken)
			return at;
	}
	return m->block_pages;
}

static uint64_t give(struct vmem *m, uint32_t id, uint32_t at, uint32_t pages)
{
	struct vmem_block *b = &m->block[id];

	for (uint32_t i = at; i < at + pages; i++)
		b->given[i / 64] |= UINT64_C(1) << i % 64;
	b->free -= pages;
	if (!b->free)
		list_remove(m, id);
	return m->space.area[b->area].start + ((uint64_t)at << m->c.page_shift);
}

/* Kernel: mm/vmalloc.c:new_vmap_block() [6.1] */
static int new_block(struct vmem *m, const struct vmem_request *rq, uint32_t *id)
{
	uint64_t bytes = (uint64_t)m->block_pages << m->c.page_shift;
	const struct vmalloc_request vr = {
		.size = bytes, .align = bytes, .start = m->start, .end = m->end, .cpu = rq->cpu
	};
	uint32_t area;
	int err = new_slot(m, id);

	if (!err)
		err = vmem_area(m, &vr, &area);
	if (err || !area) {
		*id = 0;
		return err;
	}
	take_slot(m, *id);
	m->block[*id] = (struct vmem_block){ .area = area,
					     .cpu = (uint16_t)rq->cpu,
					     .free = m->block_pages,
					     .dirty_min = m->block_pages };
	m->space.area[area].vm.no_guard = true;
	m->back[area].block = *id;
	list_add(m, *id, m->c.prof->blocks_by_map);
	m->n.blocks++;
	return 0;
}

static uint32_t power_of_2(uint64_t pages)
{
	uint32_t n = 1;

	while (n < pages)
		n *= 2;
	return n;
}

int vmem_block_alloc(struct vmem *m, const struct vmem_request *rq, uint64_t pages, uint64_t *addr)
{
	uint32_t n = power_of_2(pages), id = m->first_block[rq->cpu];
	bool done = false;
	int err = 0;

	while (id && room_in(m, &m->block[id], n) == m->block_pages)
		id = m->block[id].next;
	if (!id)
		err = new_block(m, rq, &id);
	if (err || !id)
		return err;
	*addr = give(m, id, room_in(m, &m->block[id], n), n);
	err = vmem_tables_map(m, rq,
			      (struct vmem_range){ *addr, *addr + (pages << m->c.page_shift) },
			      false, &done);
	if (!err && done)
		return 0;
	m->failure = VMEM_NO_TABLE;
	vmem_block_free(m, id, *addr, pages);
	*addr = 0;
	return err;
}

/* Kernel: mm/vmalloc.c:free_vmap_block() [6.1] */
static void end_block(struct vmem *m, uint32_t id)
{
	uint32_t area = m->block[id].area;

	list_remove(m, id);
	m->block[id] = (struct vmem_block){ .next = m->unused_block };
	m->unused_block = id;
	m->back[area] = (struct vmem_back){ 0 };
	m->n.blocks--;
	vmem_unmap(m, area);
}

uint32_t vmem_block_at(const struct vmem *m, uint64_t addr)
{
	uint64_t bytes = (uint64_t)m->block_pages << m->c.page_shift;
	uint32_t area = m->n.blocks ? vmalloc_find(&m->space, addr & ~(bytes - 1)) : 0;

	return area ? m->back[area].block : 0;
}

void vmem_block_free(struct vmem *m, uint32_t id, uint64_t addr, uint64_t pages)
{
	struct vmem_block *b = &m->block[id];
	uint32_t n = power_of_2(pages);
	uint32_t at = (uint32_t)((addr - m->space.area[b->area].start) >> m->c.page_shift);

	b->dirty_min = at < b->dirty_min ? at : b->dirty_min;
	b->dirty_max = at + n > b->dirty_max ? at + n : b->dirty_max;
	b->dirty += n;
	if (b->dirty == m->block_pages)
		end_block(m, id);
}

/* Kernel: mm/vmalloc.c:purge_fragmented_blocks() [6.1], purge_fragmented_block() [6.12] */
void vmem_blocks_retire(struct vmem *m, bool full)
{
	bool all = full || !m->c.prof->keeps_open_blocks;

	for (unsigned int cpu = 0; cpu < m->c.nr_cpus; cpu++)
		for (uint32_t id = m->first_block[cpu], next; id; id = next) {
			const struct vmem_block *b = &m->block[id];

			next = b->next;
			if (b->free + b->dirty == m->block_pages &&
			    (all || b->free < m->block_pages / 4))
				end_block(m, id);
		}
}

bool vmem_blocks_dirty(struct vmem *m, struct vmem_range *range)
{
	bool any = false;

	for (uint32_t id = 1; id < m->nr_blocks; id++) {
		struct vmem_block *b = &m->block[id];

		if (!b->area || !b->dirty || (!b->listed && !m->c.prof->keeps_open_blocks))
			continue;
		if (m->c.prof->keeps_open_blocks && !b->dirty_max)
			continue; /* flushed before */
		uint64_t base = m->space.area[b->area].start;
		uint64_t s = base + ((uint64_t)b->dirty_min << m->c.page_shift);
		uint64_t e = base + ((uint64_t)b->dirty_max << m->c.page_shift);

		range->start = s < range->start ? s : range->start;
		range->end = e > range->end ? e : range->end;
		if (m->c.prof->keeps_open_blocks) {
			b->dirty_min = m->block_pages;
			b->dirty_max = 0;
		}
		any = true;
	}
	return any;
}

int vmem_blocks_check(const struct vmem *m, struct km_diag *d)
{
	uint64_t nr = 0;

	for (uint32_t id = 1; id < m->nr_blocks; id++) {
		const struct vmem_block *b = &m->block[id];
		uint32_t given = 0;

		if (!b->area)
			continue;
		nr++;
		for (unsigned int i = 0; i < sizeof(b->given) / sizeof(*b->given); i++)
			given += (uint32_t)__builtin_popcountll(b->given[i]);
		if (given + b->free != m->block_pages || b->dirty > given ||
		    b->listed != (b->free != 0) || m->back[b->area].block != id)
			return km_fail(d, KM_EINVAL, "vmalloc", "a block is miscounted");
	}
	return nr == m->n.blocks ? 0 : km_fail(d, KM_EINVAL, "vmalloc", "blocks are miscounted");
}
