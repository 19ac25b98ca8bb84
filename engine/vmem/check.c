/* SPDX-License-Identifier: GPL-2.0-only */
/* Recounting, and where addresses are. */
#include "engine/vmem/parts.h"

int vmem_check(const struct vmem *m, struct km_diag *d)
{
	uint64_t pages = 0;
	int err = vmalloc_check(&m->space, d);

	if (!err)
		err = vmem_blocks_check(m, d);
	if (!err)
		err = vmem_tables_check(m, d);
	if (err)
		return err;
	for (uint32_t n = vmalloc_next_busy(&m->space, 0); n; n = vmalloc_next_busy(&m->space, n)) {
		const struct vmap_area *a = vmalloc_area(&m->space, n);
		const struct vmem_back *b = &m->back[n];

		pages += b->nr_pages;
		if ((uint64_t)b->nr_pages << m->c.page_shift > vmap_size(a))
			return km_fail(d, KM_EINVAL, "vmalloc", "an area has too many pages");
		if (b->array && !m->back[b->array].nr_pages)
			return km_fail(d, KM_EINVAL, "vmalloc", "an array of pages has none");
	}
	return pages == m->n.pages ?
		       0 :
		       km_fail(d, KM_EINVAL, "vmalloc", "pages behind areas are miscounted");
}
