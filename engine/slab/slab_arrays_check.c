/* SPDX-License-Identifier: GPL-2.0-only */
/* SLAB's lists and arrays recounted. */
#include "engine/slab/slab_arrays.h"

static int bad(struct km_diag *d, const struct slab_room *s, uint32_t id, const char *what)
{
	const struct slab *b = slab_of(s, id);

	return km_fail(d, KM_EINVAL, "slab", "cache %s, slab at page 0x%llx: %s",
		       s->caches[b->cache].name, (unsigned long long)b->page, what);
}

static int check_slab(const struct slab_room *s, uint32_t id, struct km_diag *d)
{
	const struct slab *b = slab_of(s, id);
	unsigned int inside = 0, held = 0;

	for (unsigned int at = b->freelist; at != SLAB_END; at = b->next[at])
		if (at >= b->objects || ++inside > b->objects)
			return bad(d, s, id, "its free objects have no end");
	for (unsigned int i = 0; i < b->objects; i++)
		held += b->next[i] == SLAB_USED || b->next[i] == SLAB_PARKED;
	if (inside != b->nr_free || inside + held != b->objects)
		return bad(d, s, id, "an object is neither free nor in use");
	if (b->place != (!inside	      ? SLAB_FULL :
			 inside == b->objects ? SLAB_NODE_FREE :
						SLAB_NODE_PARTIAL))
		return bad(d, s, id, "it is on a list where it cannot be");
	return 0;
}

struct sums {
	uint64_t objects, slabs;
};

static int check_chain(const struct slab_room *s, const struct slab_cache *k, unsigned int node,
		       const struct slab_chain *l, enum slab_place place, struct sums *sum,
		       struct km_diag *d)
{
	uint32_t last = SLAB_NONE;
	uint64_t n = 0;

	for (uint32_t id = l->head; id; last = id, id = slab_of(s, id)->after, n++) {
		const struct slab *b = slab_of(s, id);

		if (b->place != place || b->prev != last || &s->caches[b->cache] != k ||
		    slab_node_of(s, id) != node || n > k->nr_slabs)
			return bad(d, s, id, "it is not on its node's list");
		sum->objects += b->nr_free;
	}
	sum->slabs += n;
	return last == l->tail ? 0 :
				 km_fail(d, KM_EINVAL, "slab", "cache %s: a list's end", k->name);
}

/* Every entry is parked, of the node the array serves, and in the array once. */
static int check_array(const struct slab_room *s, const struct slab_array *a, unsigned int node,
		       uint64_t *parked, struct km_diag *d)
{
	if (a->avail > a->limit)
		return km_fail(d, KM_EINVAL, "slab", "an array holds more than its limit");
	for (unsigned int i = 0; i < a->avail; i++) {
		const struct slab_entry *e = &a->entry[i];

		if (!slab_of(s, e->slab)->next ||
		    slab_of(s, e->slab)->next[e->index] != SLAB_PARKED ||
		    slab_node_of(s, e->slab) != node)
			return km_fail(d, KM_EINVAL, "slab", "an array holds what is not its");
		for (unsigned int j = 0; j < i; j++)
			if (a->entry[j].slab == e->slab && a->entry[j].index == e->index)
				return bad(d, s, e->slab, "an object is in an array twice");
	}
	*parked += a->avail;
	return 0;
}

static int check_arrays(const struct slab_room *s, const struct slab_cache *k, uint64_t *parked,
			struct km_diag *d)
{
	const struct slab_queues *q = k->queues;
	unsigned int nodes = s->topology.nr_nodes;
	int err = 0;

	for (unsigned int i = 0; !err && i < s->nr_cpus; i++)
		err = check_array(s, &q->cpu[i],
				  nodes > 1 ? s->topology.cpu_node(s->topology.ctx, i) : 0, parked,
				  d);
	for (unsigned int i = 0; !err && i < nodes; i++) {
		err = check_array(s, &q->node[i].shared, i, parked, d);
		for (unsigned int j = 0; !err && q->node[i].alien && j < nodes; j++)
			err = check_array(s, &q->node[i].alien[j], j, parked, d);
	}
	return err;
}

static int check_cache(const struct slab_room *s, const struct slab_cache *k, uint64_t inside,
		       uint64_t parked, struct km_diag *d)
{
	uint64_t counted = 0, listed = 0;
	int err = check_arrays(s, k, &counted, d);

	for (unsigned int i = 0; !err && i < s->topology.nr_nodes; i++) {
		const struct slab_node *n = &k->queues->node[i];
		struct sums part = { 0 }, free = { 0 };

		err = check_chain(s, k, i, &n->partial, SLAB_NODE_PARTIAL, &part, d);
		if (!err)
			err = check_chain(s, k, i, &n->free, SLAB_NODE_FREE, &free, d);
		if (!err &&
		    (part.objects + free.objects != n->free_objects || free.slabs != n->free_slabs))
			err = km_fail(d, KM_EINVAL, "slab", "cache %s: free ones miscounted",
				      k->name);
		listed += n->free_objects;
	}
	if (!err && (parked != counted || inside != listed))
		err = km_fail(d, KM_EINVAL, "slab", "cache %s: objects that are nowhere", k->name);
	return err;
}

int slab_arrays_check(const struct slab_room *s, struct km_diag *d)
{
	int err = 0;

	for (uint32_t id = 1; !err && id < s->nr_slots; id++)
		if (slab_of(s, id)->next)
			err = check_slab(s, id, d);
	for (size_t i = 0; !err && i < s->nr_caches; i++) {
		uint64_t inside = 0, parked = 0;

		for (uint32_t id = 1; id < s->nr_slots; id++) {
			const struct slab *b = slab_of(s, id);

			if (!b->next || b->cache != i)
				continue;
			inside += b->nr_free;
			for (unsigned int at = 0; at < b->objects; at++)
				parked += b->next[at] == SLAB_PARKED;
		}
		err = check_cache(s, &s->caches[i], inside, parked, d);
	}
	return err;
}
