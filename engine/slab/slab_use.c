/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "engine/slab/slab.h"

static void count_slab(const struct slab_room *s, uint32_t id, struct slab_use *u)
{
	unsigned int objects = s->slabs[id].objects, used = 0;

	for (unsigned int i = 0; i < objects; i++)
		used += slab_is_used(s, id, i);
	u->slabs++;
	u->used_objs += used;
	u->single_slabs += used == 1 && objects > 1;
	u->sparse_slabs += used * 4 <= objects && objects > 1;
}

void slab_use(const struct slab_room *s, struct slab_use *by_cache)
{
	memset(by_cache, 0, s->nr_caches * sizeof(*by_cache));
	for (uint64_t i = 0; s->of_page && i < s->nr_pages; i++) {
		uint32_t id = s->of_page[i];

		if (id && s->slabs[id].page == s->first_page + i)
			count_slab(s, id, &by_cache[s->slabs[id].cache]);
	}
}
