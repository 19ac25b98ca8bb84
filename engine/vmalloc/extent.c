/* SPDX-License-Identifier: GPL-2.0-only */
/* Where addresses are: used, guards, waiting, kept in pools, holes between areas. */
#include "engine/vmalloc/vmalloc_ops.h"

struct bounds {
	uint64_t start, end;
	uint64_t *reach; /* how many areas end within so many bits of the start */
};

static bool in(const struct bounds *b, const struct vmap_area *a)
{
	return a->start >= b->start && a->end - 1 <= b->end;
}

static unsigned int bits_of(uint64_t n)
{
	unsigned int bits = 0;

	for (; n; n >>= 1)
		bits++;
	return bits;
}

/* The areas of a list that lie inside; their pages go to @pages. */
static void add_list(const struct vmalloc *v, const struct bounds *b, uint32_t first,
		     uint64_t *pages, struct vmalloc_extent *out)
{
	for (uint32_t n = first; n; n = v->area[n].next) {
		const struct vmap_area *a = &v->area[n];
		bool lazy = a->lazy || pages;

		if (!in(b, a))
			continue;
		out->top = a->end > out->top ? a->end : out->top;
		b->reach[bits_of(a->end - 1 - b->start)]++;
		if (lazy) {
			*(pages ? pages : &out->lazy_pages) += vmap_size(a) >> v->page_shift;
			continue;
		}
		out->areas++;
		out->guard_pages += !a->vm.no_guard;
		out->used_pages += (vmap_size(a) >> v->page_shift) - !a->vm.no_guard;
	}
}

static void note_hole(struct vmalloc_extent *out, uint64_t pages)
{
	out->largest_hole_pages = pages > out->largest_hole_pages ? pages : out->largest_hole_pages;
}

/* Free blocks below the top; without a free tree, what lies between areas. */
static void find_holes(const struct vmalloc *v, const struct bounds *b, struct vmalloc_extent *out)
{
	uint64_t at = b->start;

	for (uint32_t n = v->free.first; n && v->area[n].start < out->top; n = v->area[n].next) {
		uint64_t s = v->area[n].start > at ? v->area[n].start : at, e = v->area[n].end;

		if (e > at && e <= out->top)
			note_hole(out, (e - s) >> v->page_shift);
	}
	if (!v->prof->ops->no_free_tree)
		return;
	for (uint32_t n = v->node[0].busy.first; n; n = v->area[n].next) {
		if (!in(b, &v->area[n]))
			continue;
		note_hole(out, (v->area[n].start - at) >> v->page_shift);
		at = v->area[n].end;
	}
}

static uint64_t most_top(const struct bounds *b, uint64_t top)
{
	uint64_t all = 0, below = 0;
	unsigned int bits = 0;

	for (unsigned int i = 0; i <= 64; i++)
		all += b->reach[i];
	for (; bits < 64; bits++) {
		below += b->reach[bits];
		if (below * 20 >= all * 19)
			break;
	}
	return bits < 64 && top - b->start > UINT64_C(1) << bits ?
		       b->start + (UINT64_C(1) << bits) :
		       top;
}

void vmalloc_extent(const struct vmalloc *v, uint64_t start, uint64_t end,
		    struct vmalloc_extent *out)
{
	uint64_t reach[65] = { 0 };
	const struct bounds b = { start, end, reach };

	*out = (struct vmalloc_extent){ .top = start };
	for (unsigned int i = 0; i < v->nr_nodes; i++) {
		const struct vmap_node *node = &v->node[i];

		add_list(v, &b, node->busy.first, NULL, out);
		add_list(v, &b, node->lazy.first, &out->lazy_pages, out);
		for (unsigned int p = 0; node->pool && p < VMALLOC_POOLS; p++)
			add_list(v, &b, node->pool[p].first, &out->pooled_pages, out);
	}
	out->hole_pages = ((out->top - start) >> v->page_shift) - out->used_pages -
			  out->guard_pages - out->lazy_pages - out->pooled_pages;
	find_holes(v, &b, out);
	out->most_top = most_top(&b, out->top);
}

/* Where a list's addresses are spread over. */
struct spread {
	uint64_t from, nr;
	unsigned int shift, page_shift;
	struct vmalloc_cell *cell;
};

static uint64_t *used_of(struct vmalloc_cell *c)
{
	return &c->used_pages;
}

static uint64_t *guard_of(struct vmalloc_cell *c)
{
	return &c->guard_pages;
}

static uint64_t *lazy_of(struct vmalloc_cell *c)
{
	return &c->lazy_pages;
}

static uint64_t *pooled_of(struct vmalloc_cell *c)
{
	return &c->pooled_pages;
}

static void spread(const struct spread *s, uint64_t start, uint64_t end,
		   uint64_t *(*part)(struct vmalloc_cell *))
{
	uint64_t last = s->from + (s->nr << s->shift);

	start = start > s->from ? start : s->from;
	end = end < last ? end : last;
	for (uint64_t at = start, next; at < end; at = next) {
		uint64_t i = (at - s->from) >> s->shift;

		next = s->from + ((i + 1) << s->shift);
		next = next < end ? next : end;
		*part(&s->cell[i]) += (next - at) >> s->page_shift;
	}
}

static void spread_list(const struct vmalloc *v, const struct spread *s, uint32_t first,
			uint64_t *(*part)(struct vmalloc_cell *))
{
	for (uint32_t n = first; n; n = v->area[n].next) {
		const struct vmap_area *a = &v->area[n];
		bool guarded = part == used_of && !a->lazy && !a->vm.no_guard;
		uint64_t guard = guarded ? UINT64_C(1) << v->page_shift : 0;

		spread(s, a->start, a->end - guard, a->lazy ? lazy_of : part);
		spread(s, a->end - guard, a->end, guard_of);
	}
}

void vmalloc_cells(const struct vmalloc *v, uint64_t start, unsigned int shift, size_t nr,
		   struct vmalloc_cell *cell)
{
	const struct spread s = { start, nr, shift, v->page_shift, cell };

	for (size_t i = 0; i < nr; i++)
		cell[i] = (struct vmalloc_cell){ 0 };
	for (unsigned int i = 0; i < v->nr_nodes; i++) {
		const struct vmap_node *node = &v->node[i];

		spread_list(v, &s, node->busy.first, used_of);
		spread_list(v, &s, node->lazy.first, lazy_of);
		for (unsigned int p = 0; node->pool && p < VMALLOC_POOLS; p++)
			spread_list(v, &s, node->pool[p].first, pooled_of);
	}
}
