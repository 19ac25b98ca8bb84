/* SPDX-License-Identifier: GPL-2.0-only */
/* Records, requests, and what all generations do alike. */
#include "engine/vmalloc/vmalloc.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vmalloc/vmalloc_ops.h"

/* An area and what a split leaves of its block: the most one step needs. */
enum { MOST_RECORDS = 2, FIRST_ROOM = 64, NODE_ZONE_PAGES = 16 };

/* ---- records ---- */

static int reserve(struct vmalloc *v)
{
	uint32_t room = v->room_areas ? v->room_areas * 2 : FIRST_ROOM;

	if (v->nr_spare >= MOST_RECORDS || v->nr_areas + MOST_RECORDS <= v->room_areas)
		return 0;
	size_t line = sizeof(*v->area);
	char *memory = room > v->room_areas ? malloc((room + 1) * line) : NULL;

	if (!memory)
		return -KM_ENOMEM;
	/* an area lies in one cache line */
	void *a = memory + (line - (uintptr_t)memory % line) % line;

	if (v->room_areas)
		memcpy(a, v->area, v->nr_areas * line);
	free(v->area_memory);
	v->area_memory = memory;
	v->area = a;
	v->room_areas = room;
	return 0;
}

uint32_t vmap_record_get(struct vmalloc *v)
{
	uint32_t n = v->spare;

	if (n) {
		v->spare = v->area[n].next;
		v->nr_spare--;
	} else {
		KM_BUG_ON(v->nr_areas == v->room_areas);
		n = v->nr_areas++;
	}
	v->area[n] = (struct vmap_area){ 0 };
	return n;
}

void vmap_record_put(struct vmalloc *v, uint32_t n)
{
	v->area[n] = (struct vmap_area){ .next = v->spare };
	v->spare = n;
	v->nr_spare++;
}

unsigned int vmap_node_of(const struct vmalloc *v, uint64_t addr)
{
	return (unsigned int)((addr >> v->page_shift) / NODE_ZONE_PAGES % v->nr_nodes);
}

/* ---- making and ending ---- */

int vmalloc_init(struct vmalloc *v, const struct vmalloc_config *c)
{
	unsigned int most = c->prof->ops->max_nodes, cpus = c->nr_cpus ? c->nr_cpus : 1;

	*v = (struct vmalloc){ .prof = c->prof,
			       .page_shift = c->page_shift,
			       .nr_cpus = cpus,
			       .pool_start = c->pool_start,
			       .pool_end = c->pool_end,
			       .nr_areas = 1,
			       .nr_nodes = cpus < most ? cpus : most };
	v->free.sized = true;
	v->node = calloc(v->nr_nodes, sizeof(*v->node));
	v->preloaded = calloc(cpus, sizeof(*v->preloaded));
	bool failed = !v->node || !v->preloaded || reserve(v);

	for (unsigned int i = 0; !failed && v->nr_nodes > 1 && i < v->nr_nodes; i++) {
		v->node[i].pool = calloc(VMALLOC_POOLS, sizeof(*v->node[i].pool));
		failed = !v->node[i].pool;
	}
	if (failed) {
		vmalloc_release(v);
		return -KM_ENOMEM;
	}
	if (c->prof->ops->no_free_tree)
		return 0;
	uint32_t all = vmap_record_get(v);

	v->area[all].start = VMALLOC_SPACE_START;
	v->area[all].end = VMALLOC_SPACE_END;
	vmap_tree_insert(v->area, &v->free, all);
	return 0;
}

void vmalloc_release(struct vmalloc *v)
{
	for (unsigned int i = 0; v->node && i < v->nr_nodes; i++)
		free(v->node[i].pool);
	free(v->node);
	free(v->preloaded);
	free(v->area_memory);
	*v = (struct vmalloc){ 0 };
}

/* ---- requests ---- */

uint64_t vmalloc_size_of(uint64_t bytes, unsigned int page_shift)
{
	uint64_t page = UINT64_C(1) << page_shift, size = (bytes + page - 1) & ~(page - 1);

	return size && size + page > size ? size + page : 0;
}

uint64_t vmalloc_ioremap_align(const struct vmalloc_profile *prof, uint64_t bytes,
			       unsigned int page_shift)
{
	unsigned int order = page_shift;

	while (order < prof->ioremap_max_order &&
	       UINT64_C(1) << order < bytes + prof->ioremap_above)
		order++;
	return UINT64_C(1) << order;
}

struct vmalloc_choice vmalloc_choose(struct vmalloc *v, const struct vmalloc_request *rq)
{
	struct vmalloc_choice c = v->prof->ops->choose(v, rq);

	if (c.fit == VMALLOC_FIT_POOL || v->prof->ops->no_free_tree)
		return c;
	c.addr = rq->end;
	c.block = vmap_space_find(v, rq);
	if (!c.block)
		return c;
	uint64_t at = vmap_space_place(v, c.block, rq);

	if (at + rq->size > rq->end)
		return c;
	c.addr = at;
	c.fit = vmap_space_fit(v, c.block, at, rq->size);
	return c;
}

struct vmalloc_choice vmalloc_foresee(struct vmalloc *v, const struct vmalloc_request *rq)
{
	uint64_t searches = v->searches, steps = v->steps;
	struct vmalloc_choice c = vmalloc_choose(v, rq);

	v->searches = searches;
	v->steps = steps;
	return c;
}

static void become_busy(struct vmalloc *v, uint32_t n, uint64_t start, uint64_t end)
{
	struct vmap_area *a = &v->area[n];

	a->start = start;
	a->end = end;
	a->vm = (struct vm_note){ 0 };
	vmap_tree_insert(v->area, &v->node[vmap_node_of(v, start)].busy, n);
}

int vmalloc_commit(struct vmalloc *v, const struct vmalloc_request *rq,
		   const struct vmalloc_choice *c, uint32_t *area)
{
	bool of_tree = c->fit != VMALLOC_FIT_POOL && c->fit != VMALLOC_FIT_HOLE;
	uint32_t n = c->block;

	*area = 0;
	if (reserve(v))
		return -KM_ENOMEM;
	v->prof->ops->commit(v, rq, c);
	if (of_tree && !v->prof->ops->no_free_tree)
		v->preloaded[rq->cpu] = c->fit != VMALLOC_FIT_SPLIT;
	if (c->fit == VMALLOC_FIT_NONE)
		return 0;
	if (of_tree)
		vmap_space_clip(v, c->block, c->addr, rq->size);
	if (c->fit != VMALLOC_FIT_POOL)
		n = vmap_record_get(v);
	become_busy(v, n, c->addr, c->addr + rq->size);
	v->area[n].node = c->node;
	if (v->prof->ops->made)
		v->prof->ops->made(v, n);
	*area = n;
	return 0;
}

int vmalloc_alloc(struct vmalloc *v, const struct vmalloc_request *rq, uint32_t *area)
{
	struct vmalloc_choice c = vmalloc_choose(v, rq);
	struct vmalloc_purge gone;
	int err = vmalloc_commit(v, rq, &c, area);

	if (err || *area)
		return err;
	vmalloc_purge(v, true, &gone);
	c = vmalloc_choose(v, rq);
	return vmalloc_commit(v, rq, &c, area);
}

/* ---- frees and purges ---- */

static uint64_t pages_in(const struct vmalloc *v, uint32_t n)
{
	return vmap_size(&v->area[n]) >> v->page_shift;
}

uint32_t vmalloc_find(const struct vmalloc *v, uint64_t start)
{
	uint32_t n = vmap_tree_from(v->area, &v->node[vmap_node_of(v, start)].busy, start);

	return n && v->area[n].start == start && !v->area[n].lazy ? n : 0;
}

void vmalloc_free(struct vmalloc *v, uint32_t area)
{
	v->lazy_pages += pages_in(v, area);
	v->prof->ops->put_lazy(v, area);
}

bool vmalloc_purge_is_due(const struct vmalloc *v, uint64_t lazy_max_pages)
{
	return v->lazy_pages > lazy_max_pages;
}

uint64_t vmalloc_lazy_max_pages(unsigned int online_cpus, unsigned int page_shift)
{
	uint64_t log = 0;

	for (; online_cpus; online_cpus >>= 1)
		log++;
	return log * (UINT64_C(32) << 20 >> page_shift);
}

static void widen(const struct vmalloc *v, struct vmalloc_purge *out, uint32_t low, uint32_t high)
{
	if (v->area[low].start < out->start)
		out->start = v->area[low].start;
	if (v->area[high].end > out->end)
		out->end = v->area[high].end;
}

void vmalloc_pending(const struct vmalloc *v, struct vmalloc_purge *out)
{
	*out = (struct vmalloc_purge){ .start = UINT64_MAX,
				       .pages = v->lazy_pages,
				       .areas = v->nr_lazy_areas };
	for (uint32_t n = v->newest_freed; n; n = v->area[n].freed_before)
		widen(v, out, n, n);
	for (unsigned int i = 0; i < v->nr_nodes; i++) {
		const struct vmap_tree *lazy = &v->node[i].lazy;

		if (lazy->nr)
			widen(v, out, lazy->first, lazy->last);
		out->areas += lazy->nr;
	}
}

void vmalloc_purge(struct vmalloc *v, bool full, struct vmalloc_purge *out)
{
	uint32_t first[VMALLOC_MAX_NODES] = { 0 };

	vmalloc_pending(v, out);
	for (unsigned int i = 0; i < v->nr_nodes; i++) {
		v->prof->ops->decay(v, i, full);
		first[i] = v->node[i].lazy.first;
		v->node[i].lazy = (struct vmap_tree){ 0 };
	}
	for (unsigned int i = 0; i < v->nr_nodes; i++)
		out->merged += v->prof->ops->purge_node(v, i, first[i], full);
	v->lazy_pages = 0;
	v->purges += out->areas != 0;
	v->purged_areas += out->areas;
	v->purged_pages += out->pages;
}

/* ---- putting right ---- */

/* The areas of @t that overlap [@start, @end) are free; @lazy: all of @t waited for a purge. */
static void drop(struct vmalloc *v, struct vmap_tree *t, uint64_t start, uint64_t end, bool lazy)
{
	uint32_t n;

	while ((n = vmap_tree_from(v->area, t, start)) && v->area[n].start < end) {
		if (lazy || v->area[n].lazy)
			v->lazy_pages -= pages_in(v, n);
		if (v->area[n].lazy)
			vmap_lazy_forget(v, n);
		if (v->prof->ops->unlink)
			v->prof->ops->unlink(v, t, n);
		else
			vmap_tree_erase(v->area, t, n);
		vmap_space_add(v, n);
	}
}

static void drop_pooled(struct vmalloc *v, struct vmap_pool *p, uint64_t start, uint64_t end)
{
	for (uint32_t n = p->first, next; n; n = next) {
		next = v->area[n].next;
		if (v->area[n].end <= start || v->area[n].start >= end)
			continue;
		vmap_pool_remove(v, p, n);
		vmap_space_add(v, n);
	}
}

int vmalloc_take(struct vmalloc *v, uint64_t start, uint64_t end, uint32_t *area)
{
	if (start < VMALLOC_SPACE_START || start >= end || end > VMALLOC_SPACE_END)
		return -KM_EINVAL;
	if (reserve(v))
		return -KM_ENOMEM;
	for (unsigned int i = 0; i < v->nr_nodes; i++) {
		drop(v, &v->node[i].busy, start, end, false);
		drop(v, &v->node[i].lazy, start, end, true);
		for (unsigned int p = 0; v->node[i].pool && p < VMALLOC_POOLS; p++)
			drop_pooled(v, &v->node[i].pool[p], start, end);
	}
	if (!v->prof->ops->no_free_tree)
		vmap_space_clip(v, vmap_tree_holder(v->area, &v->free, start), start, end - start);
	*area = vmap_record_get(v);
	become_busy(v, *area, start, end);
	return 0;
}

/* ---- looking ---- */

uint32_t vmalloc_next_busy(const struct vmalloc *v, uint32_t area)
{
	unsigned int i = area ? vmap_node_of(v, v->area[area].start) + 1 : 0;
	uint32_t n = area ? v->area[area].next : 0;

	for (; !n && i < v->nr_nodes; i++)
		n = v->node[i].busy.first;
	while (n && v->area[n].lazy)
		n = v->area[n].next; /* first fit has one node */
	return n;
}

size_t vmalloc_nr_busy(const struct vmalloc *v)
{
	size_t nr = 0;

	for (unsigned int i = 0; i < v->nr_nodes; i++)
		nr += v->node[i].busy.nr;
	return nr - v->nr_lazy_areas;
}
