/* SPDX-License-Identifier: GPL-2.0-only */
/* SLAB's lists made to follow the record: what was handed out, made and found against them. */
#include "engine/slab/slab_arrays.h"

/* ---- put right ---- */

static void forget_entries(struct slab_array *a, uint32_t id)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < a->avail; i++)
		if (a->entry[i].slab != id)
			a->entry[kept++] = a->entry[i];
	a->avail = kept;
}

static bool has_parked(const struct slab *b)
{
	for (unsigned int i = 0; i < b->objects; i++)
		if (b->next[i] == SLAB_PARKED)
			return true;
	return false;
}

void arrays_detach(struct slab_room *s, uint32_t id)
{
	const struct slab *b = slab_of(s, id);
	struct slab_queues *q = arrays_queues(s, b->cache);
	struct slab_node *n = arrays_node_of(s, id);
	unsigned int nodes = s->topology.nr_nodes;

	if (b->place != SLAB_FULL)
		n->free_objects -= b->nr_free;
	arrays_unlink(s, n, id);
	if (!has_parked(b))
		return;
	for (unsigned int i = 0; i < s->nr_cpus; i++)
		forget_entries(&q->cpu[i], id);
	for (unsigned int i = 0; i < nodes; i++) {
		forget_entries(&q->node[i].shared, id);
		for (unsigned int j = 0; q->node[i].alien && j < nodes; j++)
			forget_entries(&q->node[i].alien[j], id);
	}
}

/* Its newest entries down to @left had been taken by somebody unseen. */
static void lose(struct slab_room *s, struct slab_array *a, unsigned int left)
{
	while (a->avail > left) {
		struct slab_entry e = a->entry[--a->avail];

		slab_of(s, e.slab)->next[e.index] = SLAB_USED;
	}
}

/* A slab that was made although there were free objects: there were none. */
static void lose_lists(struct slab_room *s, struct slab_node *n)
{
	uint32_t id;

	lose(s, &n->shared, 0);
	while ((id = n->partial.head ? n->partial.head : n->free.head)) {
		struct slab *b = slab_of(s, id);

		n->free_objects -= b->nr_free;
		arrays_unlink(s, n, id);
		while (b->nr_free)
			arrays_pop(b);
	}
}

/* The array was refilled from @id, and @index was the last it got. */
static void refill_up_to(struct slab_room *s, struct slab_array *a, uint32_t id, unsigned int index)
{
	struct slab *b = slab_of(s, id);
	struct slab_node *n = arrays_node_of(s, id);
	unsigned int nr = 1;

	for (unsigned int at = b->freelist; at != index; at = b->next[at])
		nr++;
	for (; nr > a->limit; nr--)
		arrays_take_out(s, id, b->freelist);
	arrays_take_block(s, n, a, id, nr);
}

struct slab_choice arrays_alloc_fresh(struct slab_room *s, unsigned int cpu, uint32_t fresh,
				      unsigned int index)
{
	struct slab *b = slab_of(s, fresh);
	struct slab_array *a = &arrays_queues(s, b->cache)->cpu[cpu];

	s->done[SLAB_FROM_NEW]++;
	lose(s, a, 0);
	lose_lists(s, arrays_node_of(s, fresh));
	arrays_grow(s, fresh);
	index = index < b->objects ? index : b->objects - 1u;
	if (slab_node_of(s, fresh) != arrays_cpu_node(s, cpu))
		return arrays_take_one(s, fresh, index, SLAB_FROM_NEW);
	refill_up_to(s, a, fresh, index);
	return arrays_hand_out(s, a, SLAB_FROM_NEW);
}

/* From an array; what had come to it later was taken unseen. */
static void take_parked(struct slab_room *s, uint32_t id, unsigned int index,
			struct slab_array *mine)
{
	unsigned int at;
	struct slab_array *in = arrays_find_parked(s, id, index, &at);

	KM_BUG_ON(!in);
	if (in == mine)
		lose(s, in, at + 1);
	arrays_cut_at(in, at);
	slab_of(s, id)->next[index] = SLAB_USED;
	in->touched = true;
}

static bool would_give(const struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	struct slab_choice c = slab_slab.choose(s, slab_of(s, id)->cache, cpu);

	return c.slab == id && c.index == index;
}

/*
 * From a slab's list, although the array had entries: they were taken unseen, or had been put back.
 * The first if that explains what was handed out.
 */
static void take_listed(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	unsigned int cache = slab_of(s, id)->cache;
	struct slab_node *n = arrays_node_of(s, id);
	struct slab_array *a = &arrays_queues(s, cache)->cpu[cpu];
	unsigned int avail = a->avail;
	uint64_t limit = n->free_limit;

	a->avail = 0;
	bool lost = would_give(s, id, index, cpu);

	a->avail = avail;
	if (lost) {
		lose(s, a, 0);
	} else {
		n->free_limit = UINT64_MAX;
		arrays_drain(s, n, a, avail);
		n->free_limit = limit;
	}
	if (would_give(s, id, index, cpu))
		arrays_refill(s, cache, cpu);
	else
		refill_up_to(s, a, id, index);
	arrays_hand_out(s, a, SLAB_FROM_PARTIAL);
}

void arrays_take(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	const struct slab *b = slab_of(s, id);

	if (b->next[index] == SLAB_USED)
		return;
	if (b->next[index] == SLAB_PARKED)
		take_parked(s, id, index, &arrays_queues(s, b->cache)->cpu[cpu]);
	else if (slab_node_of(s, id) != arrays_cpu_node(s, cpu))
		arrays_take_out(s, id, index);
	else
		take_listed(s, id, index, cpu);
}

/* ---- new and found slabs ---- */

/* Kernel: mm/slab.c:cache_grow_begin() [6.1] */
void arrays_begin(struct slab_room *s, uint32_t id, uint32_t start)
{
	struct slab_queues *q = arrays_queues(s, slab_of(s, id)->cache);
	struct slab_node *n = arrays_node_of(s, id);
	unsigned int colour = (start > q->lead ? start - q->lead : 0) / q->colour_off;

	slab_of(s, id)->start = start;
	slab_free_from(s, id, 0);
	if (colour >= q->colour)
		q->colour = colour + 1;
	else if (!colour && n->colour_next + 1 == q->on_slab_colour)
		q->colour = q->on_slab_colour;
	n->colour_next = colour;
}

/* In early boot one object is taken at a time: those behind @index are free. */
static void free_behind(struct slab_room *s, uint32_t id, unsigned int index)
{
	struct slab *b = slab_of(s, id);
	struct slab_node *n = arrays_node_of(s, id);

	slab_free_from(s, id, index + 1);
	n->free_objects += b->nr_free;
	arrays_link(s, n, id, b->nr_free ? SLAB_NODE_PARTIAL : SLAB_FULL, false);
}

/*
 * A slab from before the trace, first seen when @index was handed out: what the refill took before
 * it is still in the array.
 */
void arrays_found(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu,
		  bool from_boot)
{
	struct slab_array *a = &arrays_queues(s, slab_of(s, id)->cache)->cpu[cpu];

	if (!from_boot || slab_node_of(s, id) != arrays_cpu_node(s, cpu))
		return;
	lose(s, a, 0);
	if (a->limit == 1) {
		free_behind(s, id, index);
		return;
	}
	for (unsigned int i = index > a->limit ? index - a->limit : 0; i < index; i++)
		arrays_park(s, a, id, i);
	a->touched = true;
}

/* The bytes before the first object: a colour, since what is left over is less than an object. */
uint32_t arrays_start_of(const struct slab_room *s, unsigned int cache, uint64_t offset)
{
	const struct slab_cache *k = &s->caches[cache];
	uint32_t lead = k->queues->lead, colour;

	if (offset < lead)
		return lead;
	colour = (uint32_t)((offset - lead) % k->size);
	if (colour % k->queues->colour_off ||
	    lead + colour + (uint64_t)k->objs * k->size > pages_of(k->order) << s->page_shift)
		return lead;
	return lead + colour;
}

void arrays_put_back(struct slab_room *s, unsigned int cache, uint64_t nr)
{
	struct slab_queues *q = arrays_queues(s, cache);

	for (unsigned int i = 0; nr && i < s->nr_cpus; i++) {
		struct slab_array *a = &q->cpu[i];
		unsigned int some = nr < a->avail ? (unsigned int)nr : a->avail;

		arrays_drain(s, &q->node[arrays_cpu_node(s, i)], a, some);
		nr -= some;
	}
}
