/* SPDX-License-Identifier: GPL-2.0-only */
/* What a generation of vmalloc does in its own way, and what all of them share. */
#ifndef KM_VMALLOC_OPS_H
#define KM_VMALLOC_OPS_H

#include "engine/vmalloc/vmalloc.h"

struct vmalloc_ops {
	const char *name;
	unsigned int max_nodes; /* as many as CPUs, at most these */
	bool no_free_tree;	/* what is free is what lies between areas */
	/* A place; fit NONE: ask the free tree, where there is one. */
	struct vmalloc_choice (*choose)(struct vmalloc *v, const struct vmalloc_request *rq);
	/* What a choice changes beside the areas. */
	void (*commit)(struct vmalloc *v, const struct vmalloc_request *rq,
		       const struct vmalloc_choice *c);
	/* The request's area is there; NULL: nothing follows from that. */
	void (*made)(struct vmalloc *v, uint32_t area);
	/* A busy area, still in its tree, goes among the lazy ones. */
	void (*put_lazy)(struct vmalloc *v, uint32_t area);
	/* Out of a tree of areas; NULL: as vmap_tree_erase() does. */
	void (*unlink)(struct vmalloc *v, struct vmap_tree *t, uint32_t n);
	/*
	 * Purge @node's lazy areas, whose list begins at @first; they are in no tree any more.
	 * Returns how many records that saved.
	 */
	unsigned int (*purge_node)(struct vmalloc *v, unsigned int node, uint32_t first, bool full);
	/* Before that: its pools shrink. */
	void (*decay)(struct vmalloc *v, unsigned int node, bool full);
};

extern const struct vmalloc_ops vmalloc_first_fit; /* 2.6.28 to 5.1: one list, no free tree */
extern const struct vmalloc_ops vmalloc_merged;	   /* 5.2 to 6.8: one node, lazy areas merge */
extern const struct vmalloc_ops vmalloc_nodes;	   /* since 6.9: nodes with pools */

/* ---- tree.c: areas by address; where it is asked for the largest of each subtree is known ---- */

/* Kernel: none, of all these; the shape is lib/rbtree.c's */
void vmap_tree_insert(struct vmap_area *a, struct vmap_tree *t, uint32_t n);
/* The same where both neighbours are known; 0: there is none. */
void vmap_tree_insert_between(struct vmap_area *a, struct vmap_tree *t, uint32_t n, uint32_t prev,
			      uint32_t next);
void vmap_tree_erase(struct vmap_area *a, struct vmap_tree *t, uint32_t n);
/* Its size changed in place. Kernel: mm/vmalloc.c:augment_tree_propagate_from() [6.1 6.12] */
void vmap_tree_resized(struct vmap_area *a, const struct vmap_tree *t, uint32_t n);
/* The area that holds @addr; 0: none. Kernel: mm/vmalloc.c:__find_vmap_area() [6.1 6.12] */
uint32_t vmap_tree_holder(const struct vmap_area *a, const struct vmap_tree *t, uint64_t addr);
/* The first that ends behind @addr; 0: none. Kernel: mm/vmalloc.c:find_vmap_area_exceed_addr() */
uint32_t vmap_tree_from(const struct vmap_area *a, const struct vmap_tree *t, uint64_t addr);
/* Order, balance, colours, sizes and list are sound. */
bool vmap_tree_check(const struct vmap_area *a, const struct vmap_tree *t);

/* ---- space.c: the free tree ---- */

/*
 * The lowest block that fits, by the kernel's walk; 0: none.
 * Kernel: mm/vmalloc.c:find_vmap_lowest_match() [6.1 6.12]
 */
uint32_t vmap_space_find(struct vmalloc *v, const struct vmalloc_request *rq);
/* Where in the block. Kernel: mm/vmalloc.c:va_alloc() [6.12] */
uint64_t vmap_space_place(const struct vmalloc *v, uint32_t block,
			  const struct vmalloc_request *rq);
/* Kernel: mm/vmalloc.c:classify_va_fit_type() [6.1 6.12] */
enum vmalloc_fit vmap_space_fit(const struct vmalloc *v, uint32_t block, uint64_t addr,
				uint64_t size);
/* Cut [@addr, @addr + @size) out of @block. Kernel: mm/vmalloc.c:va_clip() [6.12] */
void vmap_space_clip(struct vmalloc *v, uint32_t block, uint64_t addr, uint64_t size);
/*
 * @n joins its neighbours in @t, or is added to it; how many records that saves.
 * Kernel: mm/vmalloc.c:__merge_or_add_vmap_area() [6.1 6.12]
 */
unsigned int vmap_merge_or_add(struct vmalloc *v, struct vmap_tree *t, uint32_t n);

/* ---- vmalloc.c: records ---- */

/* A record; vmalloc_reserve() saw to it that there is one. Kernel: none */
uint32_t vmap_record_get(struct vmalloc *v);
void vmap_record_put(struct vmalloc *v, uint32_t n);

/* The node an address is of, from 0. Kernel: mm/vmalloc.c:addr_to_node_id() [6.12] */
unsigned int vmap_node_of(const struct vmalloc *v, uint64_t addr);

/* @n, of no tree, is free again. Kernel: mm/vmalloc.c:reclaim_list_global() [6.12] */
static inline unsigned int vmap_space_add(struct vmalloc *v, uint32_t n)
{
	if (!v->prof->ops->no_free_tree)
		return vmap_merge_or_add(v, &v->free, n);
	vmap_record_put(v, n);
	return 0;
}

/* ---- first_fit.c ---- */

/* @area waits for no purge any more, wherever among those it was. Kernel: none */
void vmap_lazy_forget(struct vmalloc *v, uint32_t area);

/* ---- nodes.c: pools ---- */

/* The pool for that size; NULL: too large. Kernel: mm/vmalloc.c:size_to_va_pool() [6.12] */
struct vmap_pool *vmap_pool_for(const struct vmalloc *v, unsigned int node, uint64_t size);
/* Kernel: none */
void vmap_pool_remove(struct vmalloc *v, struct vmap_pool *p, uint32_t n);

static inline uint64_t vmap_size(const struct vmap_area *a)
{
	return a->end - a->start;
}

#endif
