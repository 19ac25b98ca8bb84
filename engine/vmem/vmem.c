/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and frees. 1. An area: size, alignment and range by what is asked for; where addresses
 * have run out all that waits is purged, once. 2. What is behind it (pages.c). 3. The mapping
 * (tables.c). What fails gives back all of it, but page tables.
 */
#include <stdlib.h>

#include "engine/vmem/parts.h"

/* ---- making and ending ---- */

static uint64_t lowest(const struct vmem_config *c)
{
	const struct vmem_layout *l = c->layout;

	return l->above_lowmem ? c->lowmem_end + l->above_lowmem : l->start;
}

int vmem_init(struct vmem *m, const struct vmem_config *c)
{
	*m = (struct vmem){
		.c = *c, .layout = *c->layout, .start = lowest(c), .end = c->layout->end
	};
	m->c.layout = &m->layout;
	const struct vmalloc_config vc = { .prof = c->prof,
					   .page_shift = c->page_shift,
					   .nr_cpus = c->nr_cpus,
					   .pool_start = m->start,
					   .pool_end = m->end };

	m->lazy_max = c->lazy_max_pages >= 0 ? (uint64_t)c->lazy_max_pages :
					       vmalloc_lazy_max_pages(c->nr_cpus, c->page_shift);
	int err = vmalloc_init(&m->space, &vc);

	if (!err)
		err = vmem_blocks_init(m);
	if (err)
		vmem_release(m);
	return err;
}

void vmem_release(struct vmem *m)
{
	for (size_t i = 0; i < m->room_back; i++)
		free(m->back[i].page);
	free(m->back);
	vmem_tables_release(&m->tables);
	vmem_blocks_release(m);
	vmalloc_release(&m->space);
	*m = (struct vmem){ 0 };
}

const char *vmem_failure_name(enum vmem_failure why)
{
	static const char *const names[] = {
		[VMEM_GOT] = "served",	       [VMEM_NO_SIZE] = "more than memory",
		[VMEM_NO_SPACE] = "addresses", [VMEM_NO_ARRAY] = "page array",
		[VMEM_NO_PAGE] = "pages",      [VMEM_NO_TABLE] = "page tables",
	};

	return names[why];
}

/* ---- areas ---- */

/* For the area to come, and what a split leaves. */
static int room_for_more(struct vmem *m)
{
	size_t need = m->space.nr_areas + 4u, room = m->room_back ? m->room_back * 2 : 64;

	if (need <= m->room_back)
		return 0;
	struct vmem_back *v = realloc(m->back, (room > need ? room : need) * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	room = room > need ? room : need;
	for (size_t i = m->room_back; i < room; i++)
		v[i] = (struct vmem_back){ 0 };
	m->back = v;
	m->room_back = room;
	return 0;
}

int vmem_area(struct vmem *m, const struct vmalloc_request *rq, uint32_t *area)
{
	*area = 0;
	for (unsigned int try = 0; try < 2; try++) {
		if (room_for_more(m))
			return -KM_ENOMEM;
		struct vmalloc_choice c = vmalloc_choose(&m->space, rq);
		int err = vmalloc_commit(&m->space, rq, &c, area);

		if (err || *area)
			return err;
		if (!try) {
			vmem_blocks_retire(m, true);
			vmem_purge(m, true, (struct vmem_range){ UINT64_MAX, 0 });
		}
	}
	m->failure = VMEM_NO_SPACE;
	return 0;
}

void vmem_unmap(struct vmem *m, uint32_t area)
{
	vmalloc_free(&m->space, area);
	if (vmalloc_purge_is_due(&m->space, m->lazy_max))
		vmem_purge(m, false, (struct vmem_range){ UINT64_MAX, 0 });
}

/* Whole pages of @bytes, and a guard page where @guarded. */
static int area_for(struct vmem *m, const struct vmem_request *rq, uint64_t bytes, uint64_t align,
		    uint32_t *area)
{
	bool guarded = rq->kind != VMEM_RAM;
	bool module = rq->kind == VMEM_MODULE && m->c.layout->modules;
	uint64_t size = vmalloc_size_of(bytes, m->c.page_shift);
	struct vmalloc_request vr = { .size = guarded ? size : size - vmem_page(m),
				      .align = align > 1 ? align : 1,
				      .start = module ? m->c.layout->modules : m->start,
				      .end = module ? m->c.layout->modules_end : m->end,
				      .cpu = rq->cpu };

	*area = 0;
	if (!size) {
		m->failure = VMEM_NO_SIZE;
		return 0;
	}
	int err = vmem_area(m, &vr, area);

	if (!err && *area)
		m->space.area[*area].vm.no_guard = !guarded;
	return err;
}

static struct vmem_range inside(const struct vmem *m, uint32_t area, uint64_t bytes)
{
	uint64_t start = m->space.area[area].start;

	return (struct vmem_range){ start, start + bytes };
}

static uint64_t whole(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* ---- with pages ---- */

/*
 * The area goes, then what is behind it. Kernel: mm/vmalloc.c:__vunmap() [6.1]; the direct map's
 * own addresses of the pages are part of what is flushed, which are nobody's here
 */
static void drop(struct vmem *m, unsigned int cpu, uint32_t area)
{
	struct vmem_back b = m->back[area];

	m->back[area] = (struct vmem_back){ 0 };
	vmem_unmap(m, area);
	if (b.resets)
		vmem_unmap_aliases(m, (struct vmem_range){ UINT64_MAX, 0 }, b.nr_pages);
	vmem_unback(m, cpu, &b);
	if (b.array)
		drop(m, cpu, b.array);
}

/* One try, by blocks of 2^@shift bytes. */
static int make(struct vmem *m, const struct vmem_request *rq, unsigned int shift, uint32_t *area)
{
	uint64_t unit = UINT64_C(1) << shift, bytes = whole(rq->bytes, unit);
	uint64_t align = rq->align > unit || shift == m->c.page_shift ? rq->align : unit;
	bool done = false;
	int err = area_for(m, rq, bytes, align, area);

	if (err || !*area)
		return err;
	m->back[*area].resets = rq->kind == VMEM_MODULE && m->c.prof->resets_permissions;
	err = vmem_back(m, *area, rq, bytes >> m->c.page_shift, shift - m->c.page_shift);
	if (!err && m->failure == VMEM_GOT) {
		err = vmem_tables_map(m, rq, inside(m, *area, bytes), shift > m->c.page_shift,
				      &done);
		m->failure = done ? VMEM_GOT : VMEM_NO_TABLE;
	}
	if (!err && m->failure == VMEM_GOT)
		return 0;
	drop(m, rq->cpu, *area);
	*area = 0;
	return err;
}

int vmem_make(struct vmem *m, const struct vmem_request *rq, uint32_t *area)
{
	const struct vmem_layout *l = m->c.layout;
	bool huge = rq->kind == VMEM_HUGE && l->huge_shift && m->c.prof->maps_huge &&
		    rq->bytes / (rq->node < 0 ? m->c.nr_nodes : 1) >> l->huge_shift;
	int err = 0;

	*area = 0;
	if (huge)
		err = make(m, rq, l->huge_shift, area);
	if (err || *area) {
		m->n.huge += !err;
		return err;
	}
	m->failure = VMEM_GOT;
	return make(m, rq, m->c.page_shift, area);
}

/* ---- without ---- */

/* Addresses for pages, or a device's registers, that are there already. */
static int map_others(struct vmem *m, const struct vmem_request *rq, uint32_t *area)
{
	uint64_t bytes = whole(rq->bytes, vmem_page(m)), align = rq->align;
	bool done = false;
	int err;

	if (rq->kind == VMEM_IOREMAP)
		align = vmalloc_ioremap_align(m->c.prof, rq->bytes, m->c.page_shift);
	err = area_for(m, rq, bytes, align, area);
	if (err || !*area)
		return err;
	err = vmem_tables_map(m, rq, inside(m, *area, bytes), false, &done);
	if (!err && done)
		return 0;
	m->failure = VMEM_NO_TABLE;
	drop(m, rq->cpu, *area);
	*area = 0;
	return err;
}

static int make_any(struct vmem *m, const struct vmem_request *rq, uint64_t pages, uint64_t *addr)
{
	bool backed = rq->kind <= VMEM_MODULE;
	uint32_t area = 0;
	int err;

	if (!pages || (rq->kind != VMEM_IOREMAP && pages > m->c.total_pages)) {
		m->failure = VMEM_NO_SIZE;
		return 0;
	}
	if (rq->kind == VMEM_RAM && pages <= vmem_block_most(m))
		return vmem_block_alloc(m, rq, pages, addr);
	err = backed ? vmem_make(m, rq, &area) : map_others(m, rq, &area);
	*addr = area ? m->space.area[area].start : 0;
	m->last_area = area;
	return err;
}

int vmem_alloc(struct vmem *m, const struct vmem_request *rq, uint64_t *addr)
{
	uint64_t page = vmem_page(m);

	*addr = 0;
	m->failure = VMEM_GOT;
	m->last_area = 0;
	int err = make_any(m, rq, rq->bytes / page + (rq->bytes % page != 0), addr);

	if (err)
		return err;
	m->n.allocs++;
	m->n.failures += !*addr;
	return 0;
}

int vmem_free(struct vmem *m, unsigned int cpu, uint64_t addr, uint64_t bytes)
{
	uint32_t block = vmem_block_at(m, addr), area;

	if (block) {
		vmem_block_free(m, block, addr, whole(bytes, vmem_page(m)) >> m->c.page_shift);
		m->n.frees++;
		return 0;
	}
	area = vmalloc_find(&m->space, addr);
	if (!area)
		return -KM_EINVAL;
	vmem_free_area(m, cpu, area);
	return 0;
}

void vmem_free_area(struct vmem *m, unsigned int cpu, uint32_t area)
{
	drop(m, cpu, area);
	m->n.frees++;
}
