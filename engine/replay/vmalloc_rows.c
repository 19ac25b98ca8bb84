/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/vmalloc_rows.h"

/* Stretches of a power of two, as small as it takes to reach nearly all areas with so many. */
static void fill_cells(struct vmalloc_rows *rows, const struct vmalloc *v, uint64_t start,
		       uint64_t top)
{
	struct vmalloc_cell cell[VMALLOC_MAX_CELLS];
	unsigned int shift = v->page_shift;

	while (shift < 57 && (top - start) >> shift >= VMALLOC_MAX_CELLS)
		shift++;
	vmalloc_cells(v, start, shift, VMALLOC_MAX_CELLS, cell);
	rows->state.nr_cells = 0;
	rows->state.cells = rows->cell;
	for (uint64_t i = 0; i < VMALLOC_MAX_CELLS; i++) {
		const struct vmalloc_cell *c = &cell[i];

		if (!c->used_pages && !c->guard_pages && !c->lazy_pages && !c->pooled_pages)
			continue;
		rows->cell[rows->state.nr_cells++] =
			(struct km_vmalloc_cell){ .start = start + (i << shift),
						  .bytes = UINT64_C(1) << shift,
						  .used_pages = c->used_pages,
						  .guard_pages = c->guard_pages,
						  .lazy_pages = c->lazy_pages,
						  .pooled_pages = c->pooled_pages };
	}
}

const struct km_vmalloc_state *vmalloc_rows_of_space(struct vmalloc_rows *rows,
						     const struct vmalloc *v, uint64_t start,
						     uint64_t end)
{
	struct vmalloc_extent e;

	vmalloc_extent(v, start, end, &e);
	rows->state = (struct km_vmalloc_state){
		.areas = e.areas,
		.used_pages = e.used_pages,
		.guard_pages = e.guard_pages,
		.lazy_pages = e.lazy_pages,
		.pooled_pages = e.pooled_pages,
		.hole_pages = e.hole_pages,
		.largest_hole_pages = e.largest_hole_pages,
		.searches = v->searches,
		.steps = v->steps,
		.purges = v->purges,
		.purged_areas = v->purged_areas,
		.purged_pages = v->purged_pages,
	};
	fill_cells(rows, v, start, e.most_top);
	return &rows->state;
}

const struct km_vmalloc_state *vmalloc_rows_of_memory(struct vmalloc_rows *rows,
						      const struct vmem *m)
{
	struct km_vmalloc_state *s = &rows->state;

	vmalloc_rows_of_space(rows, &m->space, m->start, m->end);
	s->serves = true;
	s->backed_pages = m->n.pages;
	s->table_pages = m->n.tables;
	s->flushes = m->n.flushes;
	s->full_flushes = m->n.full_flushes;
	s->ipis = m->n.ipis;
	s->requests = m->n.allocs;
	s->failures = m->n.failures;
	return s;
}
