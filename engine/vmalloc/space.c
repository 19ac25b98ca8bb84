/* SPDX-License-Identifier: GPL-2.0-only */
/* The free address space: the walk that finds a block, cutting it, and giving back. */
#include "engine/vmalloc/vmalloc_ops.h"

/* 0 where that is beyond the last address. */
static uint64_t align_up(uint64_t addr, uint64_t align)
{
	return (addr + align - 1) & ~(align - 1);
}

uint64_t vmap_space_place(const struct vmalloc *v, uint32_t block, const struct vmalloc_request *rq)
{
	uint64_t start = v->area[block].start;

	return align_up(start > rq->start ? start : rq->start, rq->align);
}

static bool fits(const struct vmalloc *v, uint32_t block, const struct vmalloc_request *rq)
{
	uint64_t at = vmap_space_place(v, block, rq);

	return at >= rq->start && at + rq->size >= at && at + rq->size <= v->area[block].end;
}

/*
 * Subtrees are entered by the size that always suffices, blocks judged by what they really have:
 * which shorter ones are met depends on the way.
 */
uint32_t vmap_space_find(struct vmalloc *v, const struct vmalloc_request *request)
{
	const struct vmap_area *a = v->area;
	struct vmalloc_request rq = *request;
	bool padded = rq.align > UINT64_C(1) << v->page_shift && rq.end - rq.start != rq.size;
	uint64_t enough = padded ? rq.size + rq.align - 1 : rq.size;
	uint32_t n = v->free.root;

	v->searches++;
	while (n) {
		uint32_t left = a[n].left, right = a[n].right;

		v->steps++;
		if ((left ? a[left].subtree_max : 0) >= enough && rq.start < a[n].start) {
			n = left;
			continue;
		}
		if (fits(v, n, &rq))
			return n;
		if ((right ? a[right].subtree_max : 0) >= enough) {
			n = right;
			continue;
		}
		while ((n = a[n].parent)) {
			v->steps++;
			if (fits(v, n, &rq))
				return n;
			right = a[n].right;
			if ((right ? a[right].subtree_max : 0) < enough || rq.start > a[n].start)
				continue;
			rq.start = a[n].start + 1; /* what lies before was seen */
			n = right;
			break;
		}
	}
	return 0;
}

enum vmalloc_fit vmap_space_fit(const struct vmalloc *v, uint32_t block, uint64_t addr,
				uint64_t size)
{
	const struct vmap_area *b = &v->area[block];

	if (addr < b->start || addr + size < addr || addr + size > b->end)
		return VMALLOC_FIT_NONE;
	if (addr == b->start)
		return addr + size == b->end ? VMALLOC_FIT_FULL : VMALLOC_FIT_LEFT;
	return addr + size == b->end ? VMALLOC_FIT_RIGHT : VMALLOC_FIT_SPLIT;
}

void vmap_space_clip(struct vmalloc *v, uint32_t block, uint64_t addr, uint64_t size)
{
	enum vmalloc_fit fit = vmap_space_fit(v, block, addr, size);
	uint32_t below = fit == VMALLOC_FIT_SPLIT ? vmap_record_get(v) : 0;
	struct vmap_area *b = &v->area[block];

	KM_BUG_ON(fit == VMALLOC_FIT_NONE);
	if (fit == VMALLOC_FIT_FULL) {
		vmap_tree_erase(v->area, &v->free, block);
		vmap_record_put(v, block);
		return;
	}
	if (below) {
		v->area[below].start = b->start;
		v->area[below].end = addr;
	}
	if (fit == VMALLOC_FIT_RIGHT)
		b->end = addr;
	else
		b->start = addr + size;
	vmap_tree_resized(v->area, &v->free, block);
	if (below)
		vmap_tree_insert(v->area, &v->free, below);
}

unsigned int vmap_merge_or_add(struct vmalloc *v, struct vmap_tree *t, uint32_t n)
{
	struct vmap_area *a = v->area;
	uint32_t next = vmap_tree_from(a, t, a[n].start);
	uint32_t prev = next ? a[next].prev : t->last;
	unsigned int saved = 0;

	KM_BUG_ON(next && a[next].start < a[n].end);
	if (next && a[next].start == a[n].end) {
		a[next].start = a[n].start;
		vmap_record_put(v, n);
		n = next;
		saved++;
	}
	if (prev && a[prev].end == a[n].start) {
		uint64_t end = a[n].end;

		if (saved)
			vmap_tree_erase(a, t, n);
		vmap_record_put(v, n);
		a[prev].end = end;
		n = prev;
		saved++;
	}
	if (saved)
		vmap_tree_resized(a, t, n);
	else
		vmap_tree_insert_between(a, t, n, prev, next);
	return saved;
}
