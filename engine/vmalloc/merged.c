/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One node for all; areas that wait for the purge merge with their neighbours, and go back in the
 * order of their addresses.
 *
 * Kernel: mm/vmalloc.c [5.2 to 6.8]
 */
#include "engine/vmalloc/vmalloc_ops.h"

static struct vmalloc_choice choose(struct vmalloc *v, const struct vmalloc_request *rq)
{
	(void)v, (void)rq;
	return (struct vmalloc_choice){ .fit = VMALLOC_FIT_NONE };
}

static void commit(struct vmalloc *v, const struct vmalloc_request *rq,
		   const struct vmalloc_choice *c)
{
	(void)v, (void)rq, (void)c;
}

static void put_lazy(struct vmalloc *v, uint32_t area)
{
	vmap_tree_erase(v->area, &v->node[0].busy, area);
	vmap_merge_or_add(v, &v->node[0].lazy, area);
}

static unsigned int purge_node(struct vmalloc *v, unsigned int node, uint32_t first, bool full)
{
	unsigned int saved = 0;

	(void)node, (void)full;
	for (uint32_t n = first, next; n; n = next) {
		next = v->area[n].next;
		saved += vmap_space_add(v, n);
	}
	return saved;
}

static void decay(struct vmalloc *v, unsigned int node, bool full)
{
	(void)v, (void)node, (void)full;
}

const struct vmalloc_ops vmalloc_merged = {
	.name = "merged",
	.max_nodes = 1,
	.choose = choose,
	.commit = commit,
	.put_lazy = put_lazy,
	.purge_node = purge_node,
	.decay = decay,
};
