/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/object_rows.h"

#include "engine/slab/slab_ops.h"

int object_rows_caches(struct slab_room *room, const struct km_snapshot *seed, bool relaid)
{
	for (size_t i = 0; i < seed->nr_caches; i++) {
		const struct km_snap_cache *k = &seed->caches[i];
		struct slab_cache_config c = { .name = k->name,
					       .object_size = k->object_size,
					       .size = k->objsize,
					       .cpu_partial = k->cpu_partial,
					       .min_partial = k->min_partial,
					       .limit = k->limit,
					       .batchcount = k->batchcount,
					       .sharedfactor = k->sharedfactor,
					       .align = k->align,
					       .reclaim = k->reclaim,
					       .has_limits = k->has_attrs };

		c.objs = relaid ? 0 : k->objperslab;
		while (!relaid && pages_of(c.order) < k->pagesperslab)
			c.order++;
		int cache = slab_cache_init(room, &c);

		if (cache < 0)
			return cache;
	}
	return 0;
}

int object_rows_late(struct slab_room *room, const struct km_snapshot *late)
{
	for (size_t i = 0; i < late->nr_caches; i++) {
		const struct km_snap_cache *k = &late->caches[i];
		const struct slab_cache_config c = { .name = k->name,
						     .object_size = k->object_size,
						     .size = k->objsize };
		int cache = slab_cache_init(room, &c);

		if (cache == -KM_ENOMEM)
			return cache;
		if (cache >= 0)
			room->caches[cache].late = true;
	}
	return 0;
}

/* A cache made up for calls that nobody names is in no file of the kernel's. */
static bool is_made_up(const struct slab_cache *c)
{
	return c->name[0] == '?';
}

size_t object_rows_fill(const struct slab_room *room, struct km_slab_state *rows)
{
	size_t nr = 0;

	bool counted = room->prof && room->prof->ops->count;

	for (size_t i = 0; counted && i < room->nr_caches; i++) {
		const struct slab_cache *c = &room->caches[i];
		struct slab_count n;

		if (is_made_up(c) || c->late)
			continue;
		slab_count(room, (unsigned int)i, &n);
		rows[nr++] =
			(struct km_slab_state){ .cache = c->name,
						.active_objs = n.active_objs,
						.num_objs = n.num_objs,
						.objsize = c->size,
						.objperslab = c->objs,
						.pagesperslab = (unsigned int)pages_of(c->order),
						.limit = c->limit,
						.batchcount = c->batchcount,
						.sharedfactor = c->sharedfactor,
						.active_slabs = n.active_slabs,
						.num_slabs = n.num_slabs,
						.sharedavail = n.sharedavail };
	}
	return nr;
}

void object_rows_anchor(struct slab_room *room, const struct km_snapshot *seed)
{
	for (size_t i = 0; i < seed->nr_caches && i < room->nr_caches; i++) {
		const struct km_snap_cache *k = &seed->caches[i];
		struct slab_cache *c = &room->caches[i];
		struct slab_count n;

		c->unseen_active = c->unseen_objs = c->unseen_slabs = c->unseen_active_slabs = 0;
		slab_count(room, (unsigned int)i, &n);
		if (n.num_objs == k->num_objs && n.active_objs > k->active_objs &&
		    room->prof->ops->put_back) {
			room->prof->ops->put_back(room, (unsigned int)i,
						  n.active_objs - k->active_objs);
			slab_count(room, (unsigned int)i, &n);
		}
		c->unseen_active = (int64_t)(k->active_objs - n.active_objs);
		c->unseen_objs = (int64_t)(k->num_objs - n.num_objs);
		c->unseen_slabs = (int64_t)(k->num_slabs - n.num_slabs);
		c->unseen_active_slabs = (int64_t)(k->active_slabs - n.active_slabs);
	}
}
