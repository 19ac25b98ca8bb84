/* SPDX-License-Identifier: GPL-2.0-only */
/* Areas from before the first event: what the survey learns of them, and where they go. */
#include <stdlib.h>

#include "engine/replay/vmalloc_state.h"
#include "engine/vmalloc/vmalloc_ops.h"

int vmaps_add_early(struct vmaps *m, const struct early_vmap *e)
{
	if (m->nr_early == m->room_early) {
		size_t room = m->room_early ? m->room_early * 2 : 64;
		struct early_vmap *v = realloc(m->early, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		m->early = v;
		m->room_early = room;
	}
	m->early[m->nr_early++] = *e;
	return 0;
}

bool vmaps_row_is_sound(const struct vmaps *m, size_t row)
{
	const struct km_snap_vmap *r = &m->config.seed->vmaps[row];
	uint64_t in_page = (UINT64_C(1) << m->config.page_shift) - 1;

	return r->start && r->start < r->end && !((r->start | r->end) & in_page);
}

bool vmaps_row_is_busy(const struct vmaps *m, size_t row)
{
	return vmaps_row_is_sound(m, row) && m->config.seed->vmaps[row].kind != KM_VMAP_LAZY;
}

/* Has no event made anything of what is there? */
static bool is_untouched(const struct vmalloc *v, const struct km_snap_vmap *row)
{
	uint32_t n = vmap_tree_holder(v->area, &v->free, row->start);

	return n && row->end <= v->area[n].end;
}

int vmaps_learn_label(struct vmaps *m)
{
	const struct km_snapshot *s = m->config.seed;
	int err = 0;

	for (size_t i = 0; !m->past_label && !err && i < s->nr_vmaps; i++) {
		const struct km_snap_vmap *row = &s->vmaps[i];
		const struct early_vmap e = { row->start, row->end, row->pages, row->kind };

		if (vmaps_row_is_sound(m, i) && is_untouched(&m->space, row))
			err = vmaps_add_early(m, &e);
	}
	m->past_label = true;
	return err;
}

int vmaps_place_early(struct vmaps *m)
{
	for (size_t i = 0; i < m->nr_early; i++) {
		const struct early_vmap *e = &m->early[i];
		uint32_t n;
		int err = vmalloc_take(&m->space, e->start, e->end, &n);

		if (err == -KM_ENOMEM)
			return err;
		if (err)
			continue;
		vmalloc_area(&m->space, n)->vm =
			(struct vm_note){ .pages = e->pages, .kind = e->kind, .seeded = true };
		if (e->kind == KM_VMAP_LAZY)
			vmalloc_free(&m->space, n);
	}
	return 0;
}

/*
 * The lowest place that fits is taken: what was made last lies highest, as long as nothing is
 * purged.
 */
static bool forget_highest(struct vmaps *m, const struct vmalloc_range *in, uint64_t size)
{
	size_t best = m->nr_early;

	for (size_t i = 0; i < m->nr_early; i++) {
		const struct early_vmap *e = &m->early[i];

		if (e->end - e->start == size && e->start >= in->start && e->end <= in->end &&
		    (best == m->nr_early || e->start > m->early[best].start))
			best = i;
	}
	if (best == m->nr_early)
		return false;
	m->early[best] = m->early[--m->nr_early];
	return true;
}

void vmaps_forget_made(struct vmaps *m)
{
	const struct vmalloc_range in = vmalloc_ranges_main(&m->ranges);

	for (unsigned int i = 0; i < MOST_SIZES; i++) {
		uint64_t bytes = (uint64_t)m->made[i].pages << m->config.page_shift;
		uint64_t size = vmalloc_size_of(bytes, m->config.page_shift);

		for (uint32_t n = 0; size && n < m->made[i].n; n++)
			if (!forget_highest(m, &in, size))
				break;
	}
}
