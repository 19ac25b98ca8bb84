/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node for each CPU. Areas that a CPU had asked for go, when purged, to a pool of its node by
 * their size, where its next request of that size finds them. With one node there are no pools.
 *
 * Kernel: mm/vmalloc.c:node_alloc(), purge_vmap_node(), decay_va_pool_node() [6.12]
 */
#include "engine/vmalloc/vmalloc_ops.h"

/* ---- pools ---- */

struct vmap_pool *vmap_pool_for(const struct vmalloc *v, unsigned int node, uint64_t size)
{
	uint64_t pages = size >> v->page_shift;

	if (!v->node[node].pool || !pages || pages > VMALLOC_POOLS)
		return NULL;
	return &v->node[node].pool[pages - 1];
}

void vmap_pool_remove(struct vmalloc *v, struct vmap_pool *p, uint32_t n)
{
	struct vmap_area *a = v->area;

	*(a[n].prev ? &a[a[n].prev].next : &p->first) = a[n].next;
	*(a[n].next ? &a[a[n].next].prev : &p->last) = a[n].prev;
	a[n].prev = a[n].next = 0;
	p->nr--;
}

static void pool_add(struct vmalloc *v, struct vmap_pool *p, uint32_t n, bool tail)
{
	struct vmap_area *a = v->area;

	a[n].prev = tail ? p->last : 0;
	a[n].next = tail ? 0 : p->first;
	*(a[n].prev ? &a[a[n].prev].next : &p->first) = n;
	*(a[n].next ? &a[a[n].next].prev : &p->last) = n;
	p->nr++;
}

/* ---- requests ---- */

static struct vmalloc_choice choose(struct vmalloc *v, const struct vmalloc_request *rq)
{
	struct vmalloc_choice c = { .fit = VMALLOC_FIT_NONE };
	unsigned int node = rq->cpu % v->nr_nodes;
	const struct vmap_pool *p;

	if (v->nr_nodes == 1 || rq->start != v->pool_start || rq->end != v->pool_end)
		return c;
	c.node = (uint8_t)(node + 1);
	p = vmap_pool_for(v, node, rq->size);
	if (!p || !p->nr)
		return c;
	const struct vmap_area *a = &v->area[p->first];

	if (a->start & (rq->align - 1)) {
		c.turned = true;
	} else if (a->start >= rq->start && a->end <= rq->end) {
		c.fit = VMALLOC_FIT_POOL;
		c.addr = a->start;
		c.block = p->first;
	}
	return c;
}

static void commit(struct vmalloc *v, const struct vmalloc_request *rq,
		   const struct vmalloc_choice *c)
{
	struct vmap_pool *p = c->node ? vmap_pool_for(v, c->node - 1u, rq->size) : NULL;

	if (c->fit == VMALLOC_FIT_POOL) {
		vmap_pool_remove(v, p, c->block);
	} else if (c->turned) {
		uint32_t first = p->first;

		vmap_pool_remove(v, p, first);
		pool_add(v, p, first, true);
	}
}

/* ---- frees and purges ---- */

static void put_lazy(struct vmalloc *v, uint32_t area)
{
	const struct vmap_area *a = &v->area[area];
	unsigned int of = vmap_node_of(v, a->start), node = a->node ? a->node - 1u : of;

	vmap_tree_erase(v->area, &v->node[of].busy, area);
	vmap_tree_insert(v->area, &v->node[node].lazy, area);
}

static unsigned int purge_node(struct vmalloc *v, unsigned int node, uint32_t first, bool full)
{
	uint32_t back = 0; /* to the free tree: the highest address first */
	unsigned int saved = 0;

	for (uint32_t n = first, next; n; n = next) {
		struct vmap_area *a = &v->area[n];
		struct vmap_pool *p = vmap_pool_for(v, node, vmap_size(a));

		next = a->next;
		if (a->node && !full && p) {
			pool_add(v, p, n, false);
			continue;
		}
		a->next = back;
		back = n;
	}
	for (uint32_t n = back, next; n; n = next) {
		next = v->area[n].next;
		saved += vmap_space_add(v, n);
	}
	return saved;
}

/*
 * A quarter goes, from the head. Of less than four that is none, the count of which wraps: all go.
 */
static void decay(struct vmalloc *v, unsigned int node, bool full)
{
	struct vmap_tree gone = { 0 };

	for (unsigned int i = 0; v->node[node].pool && i < VMALLOC_POOLS; i++) {
		struct vmap_pool *p = &v->node[node].pool[i];
		size_t keep = full || p->nr < 4 ? 0 : p->nr - (p->nr >> 2);

		while (p->nr > keep) {
			uint32_t n = p->first;

			vmap_pool_remove(v, p, n);
			vmap_merge_or_add(v, &gone, n);
		}
	}
	for (uint32_t n = gone.first, next; n; n = next) {
		next = v->area[n].next;
		vmap_space_add(v, n);
	}
}

const struct vmalloc_ops vmalloc_nodes = {
	.name = "nodes",
	.max_nodes = VMALLOC_MAX_NODES,
	.choose = choose,
	.commit = commit,
	.put_lazy = put_lazy,
	.purge_node = purge_node,
	.decay = decay,
};
