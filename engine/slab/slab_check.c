/* SPDX-License-Identifier: GPL-2.0-only */
/* What holds of every allocator: each slab's pages are its own, and the caches add up. */
#include "engine/slab/slab_ops.h"

static int check_pages(const struct slab_room *s, struct km_diag *d)
{
	for (uint64_t i = 0; i < s->nr_pages; i++) {
		uint32_t id = s->of_page[i];
		const struct slab *b;

		if (!id)
			continue;
		b = id < s->nr_slots ? slab_of(s, id) : NULL;
		if (!b || !b->next || s->first_page + i - b->page >= pages_of(b->order))
			return km_fail(d, KM_EINVAL, "slab", "page 0x%llx is of no slab",
				       (unsigned long long)(s->first_page + i));
	}
	return 0;
}

static int check_sums(const struct slab_room *s, size_t cache, struct km_diag *d)
{
	const struct slab_cache *c = &s->caches[cache];
	uint64_t slabs = 0, objs = 0;

	for (uint32_t id = 1; id < s->nr_slots; id++)
		if (slab_of(s, id)->next && slab_of(s, id)->cache == cache) {
			slabs++;
			objs += slab_of(s, id)->objects;
		}
	if (slabs == c->nr_slabs && objs == c->total_objects)
		return 0;
	return km_fail(d, KM_EINVAL, "slab", "cache %s: slabs or objects miscounted", c->name);
}

int slab_check(const struct slab_room *s, struct km_diag *d)
{
	if (s->prof->ops->by_place)
		return s->prof->ops->check(s, d);
	int err = check_pages(s, d);

	for (size_t i = 0; !err && i < s->nr_caches; i++)
		err = check_sums(s, i, d);
	return err ? err : s->prof->ops->check(s, d);
}
