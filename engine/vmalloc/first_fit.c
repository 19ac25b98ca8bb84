/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One tree and list of all areas, those that wait for the purge among them: what is free is what
 * lies between. A request walks the list until a hole is wide enough. Since 2.6.39 it begins where
 * the last one ended, as long as nothing was freed below, and the widest hole passed by is one
 * number: a smaller request begins anew.
 *
 * Kernel: mm/vmalloc.c [2.6.28 to 5.1]
 */
#include "engine/vmalloc/vmalloc_ops.h"

/* Where a search is. */
struct walk {
	struct vmap_fit_cache cache;
	uint64_t addr, steps;
	uint32_t at; /* the next area; 0: none */
};

static uint64_t align_up(uint64_t addr, uint64_t align)
{
	return (addr + align - 1) & ~(align - 1);
}

/* The lowest area that ends at @addr or behind; the way down is counted. */
static uint32_t lowest_from(const struct vmalloc *v, uint64_t addr, uint64_t *steps)
{
	const struct vmap_area *a = v->area;
	uint32_t best = 0;

	for (uint32_t n = v->node[0].busy.root; n; ++*steps) {
		if (a[n].end < addr) {
			n = a[n].right;
			continue;
		}
		best = n;
		if (a[n].start <= addr)
			break;
		n = a[n].left;
	}
	return best;
}

/* Kernel: mm/vmalloc.c:alloc_vmap_area() [3.5]: up to the label nocache, and the starting point */
static struct walk begin(const struct vmalloc *v, const struct vmalloc_request *rq)
{
	struct walk w = { .cache = v->fit };
	struct vmap_fit_cache *c = &w.cache;
	bool anew = !v->prof->caches_hole || !c->area || rq->size < c->hole ||
		    rq->start < c->vstart || rq->align < c->align;

	if (!anew) {
		w.at = c->area;
		w.addr = align_up(v->area[w.at].end, rq->align);
		anew = w.addr < rq->start;
	}
	if (anew) {
		c->hole = 0;
		c->area = 0;
		w.addr = align_up(rq->start, rq->align);
		w.at = lowest_from(v, w.addr, &w.steps);
	}
	c->vstart = rq->start;
	c->align = rq->align;
	return w;
}

static struct vmalloc_choice choose(struct vmalloc *v, const struct vmalloc_request *rq)
{
	uint64_t gap = (uint64_t)v->prof->gap_pages << v->page_shift;
	struct walk w = begin(v, rq);
	bool wraps = w.addr + rq->size < w.addr || w.addr < rq->start;

	while (!wraps && w.at && w.addr + rq->size > v->area[w.at].start &&
	       w.addr + rq->size <= rq->end) {
		const struct vmap_area *a = &v->area[w.at];

		w.steps++;
		if (v->prof->caches_hole && w.addr + w.cache.hole < a->start)
			w.cache.hole = a->start - w.addr;
		w.addr = align_up(a->end + gap, rq->align);
		wraps = w.addr + rq->size < w.addr || w.addr < a->end;
		w.at = a->next;
	}
	v->searches++;
	v->steps += w.steps;
	struct vmalloc_choice c = { .addr = rq->end, .cache = w.cache };

	if (!wraps && w.addr + rq->size <= rq->end) {
		c.fit = VMALLOC_FIT_HOLE;
		c.addr = w.addr;
	}
	return c;
}

static void commit(struct vmalloc *v, const struct vmalloc_request *rq,
		   const struct vmalloc_choice *c)
{
	(void)rq;
	v->fit = c->cache;
}

static void made(struct vmalloc *v, uint32_t area)
{
	if (v->prof->caches_hole)
		v->fit.area = area;
}

/* It stays where it is, and says what it is. */
static void put_lazy(struct vmalloc *v, uint32_t area)
{
	v->area[area].lazy = true;
	v->area[area].freed_before = v->newest_freed;
	v->newest_freed = area;
	v->nr_lazy_areas++;
}

/* Kernel: mm/vmalloc.c:__free_vmap_area() [3.5]; the size of the hole is not looked at again */
static void unlink_area(struct vmalloc *v, struct vmap_tree *t, uint32_t n)
{
	const struct vmap_area *a = &v->area[n];
	uint32_t cached = v->fit.area;

	if (cached && a->end < v->fit.vstart)
		v->fit.area = 0;
	else if (cached && a->start <= v->area[cached].start)
		v->fit.area = a->prev;
	vmap_tree_erase(v->area, t, n);
}

/* An area that was put right is not lazy any more: the others are. */
void vmap_lazy_forget(struct vmalloc *v, uint32_t area)
{
	for (uint32_t *n = &v->newest_freed; *n; n = &v->area[*n].freed_before)
		if (*n == area) {
			*n = v->area[area].freed_before;
			v->nr_lazy_areas--;
			return;
		}
}

static unsigned int purge_node(struct vmalloc *v, unsigned int node, uint32_t first, bool full)
{
	struct vmap_tree *all = &v->node[node].busy;

	(void)full, (void)first;
	if (v->prof->purges_newest_first) {
		for (uint32_t n = v->newest_freed, next; n; n = next) {
			next = v->area[n].freed_before;
			unlink_area(v, all, n);
			vmap_record_put(v, n);
		}
	} else {
		for (uint32_t n = v->nr_lazy_areas ? all->first : 0, next; n; n = next) {
			next = v->area[n].next;
			if (!v->area[n].lazy)
				continue;
			unlink_area(v, all, n);
			vmap_record_put(v, n);
		}
	}
	v->newest_freed = 0;
	v->nr_lazy_areas = 0;
	return 0;
}

static void decay(struct vmalloc *v, unsigned int node, bool full)
{
	(void)v, (void)node, (void)full;
}

const struct vmalloc_ops vmalloc_first_fit = {
	.name = "first_fit",
	.max_nodes = 1,
	.no_free_tree = true,
	.choose = choose,
	.commit = commit,
	.made = made,
	.put_lazy = put_lazy,
	.unlink = unlink_area,
	.purge_node = purge_node,
	.decay = decay,
};
