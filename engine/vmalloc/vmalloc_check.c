/* SPDX-License-Identifier: GPL-2.0-only */
/* Every tree is sound, and all areas together, end to end, are the space. */
#include <inttypes.h>
#include <stdlib.h>

#include "engine/vmalloc/vmalloc_ops.h"

struct extent {
	uint64_t start, end;
};

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static void add_list(const struct vmalloc *v, uint32_t first, struct extent *e, size_t *n)
{
	for (uint32_t i = first; i; i = v->area[i].next)
		e[(*n)++] = (struct extent){ v->area[i].start, v->area[i].end };
}

static int check_node(const struct vmalloc *v, unsigned int i, struct km_diag *d)
{
	const struct vmap_node *node = &v->node[i];

	if (!vmap_tree_check(v->area, &node->busy) || !vmap_tree_check(v->area, &node->lazy))
		return km_fail(d, KM_EINVAL, "vmalloc", "a tree of node %u is not sound", i);
	for (uint32_t n = node->busy.first; n; n = v->area[n].next)
		if (vmap_node_of(v, v->area[n].start) != i)
			return km_fail(d, KM_EINVAL, "vmalloc", "0x%" PRIx64 " is not of node %u",
				       v->area[n].start, i);
	for (unsigned int p = 0; node->pool && p < VMALLOC_POOLS; p++) {
		size_t nr = 0;

		for (uint32_t n = node->pool[p].first; n; n = v->area[n].next, nr++)
			if (vmap_size(&v->area[n]) >> v->page_shift != p + 1)
				return km_fail(d, KM_EINVAL, "vmalloc",
					       "an area is in the wrong pool");
		if (nr != node->pool[p].nr)
			return km_fail(d, KM_EINVAL, "vmalloc", "a pool is miscounted");
	}
	return 0;
}

/* @holes: what is free is no extent of its own. */
static int check_extents(struct extent *e, size_t n, bool holes, struct km_diag *d)
{
	uint64_t at = VMALLOC_SPACE_START;

	qsort(e, n, sizeof(*e), by_start);
	for (size_t i = 0; i < n; i++) {
		if (holes ? e[i].start < at : e[i].start != at)
			return km_fail(d, KM_EINVAL, "vmalloc",
				       "0x%" PRIx64 " is of two areas, or of none", e[i].start);
		at = e[i].end;
	}
	return holes || at == VMALLOC_SPACE_END ?
		       0 :
		       km_fail(d, KM_EINVAL, "vmalloc", "0x%" PRIx64 " is of no area", at);
}

/* First fit: areas that wait are flagged, and in the list of those freed. */
static int check_flagged(const struct vmalloc *v, uint64_t *lazy_pages, struct km_diag *d)
{
	size_t flagged = 0, listed = 0;

	for (unsigned int i = 0; i < v->nr_nodes; i++)
		for (uint32_t n = v->node[i].busy.first; n; n = v->area[n].next) {
			flagged += v->area[n].lazy;
			if (v->area[n].lazy)
				*lazy_pages += vmap_size(&v->area[n]) >> v->page_shift;
		}
	for (uint32_t n = v->newest_freed; n && listed <= flagged; n = v->area[n].freed_before)
		listed += v->area[n].lazy;
	return flagged == v->nr_lazy_areas && listed == flagged ?
		       0 :
		       km_fail(d, KM_EINVAL, "vmalloc", "lazy areas are miscounted");
}

int vmalloc_check(const struct vmalloc *v, struct km_diag *d)
{
	struct extent *e = malloc(v->nr_areas * sizeof(*e));
	uint64_t lazy_pages = 0;
	size_t n = 0;
	int err = check_flagged(v, &lazy_pages, d);

	if (!e)
		return km_fail(d, KM_ENOMEM, "vmalloc", "out of memory");
	if (!err && !vmap_tree_check(v->area, &v->free))
		err = km_fail(d, KM_EINVAL, "vmalloc", "the free tree is not sound");
	for (unsigned int i = 0; !err && i < v->nr_nodes; i++)
		err = check_node(v, i, d);
	if (!err)
		add_list(v, v->free.first, e, &n);
	for (unsigned int i = 0; !err && i < v->nr_nodes; i++) {
		const struct vmap_node *node = &v->node[i];

		add_list(v, node->busy.first, e, &n);
		add_list(v, node->lazy.first, e, &n);
		for (uint32_t a = node->lazy.first; a; a = v->area[a].next)
			lazy_pages += vmap_size(&v->area[a]) >> v->page_shift;
		for (unsigned int p = 0; node->pool && p < VMALLOC_POOLS; p++)
			add_list(v, node->pool[p].first, e, &n);
	}
	if (!err && (lazy_pages != v->lazy_pages || n + v->nr_spare + 1 != v->nr_areas))
		err = km_fail(d, KM_EINVAL, "vmalloc", "lazy pages or records are miscounted");
	if (!err)
		err = check_extents(e, n, v->prof->ops->no_free_tree, d);
	free(e);
	return err;
}
