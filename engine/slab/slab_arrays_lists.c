/* SPDX-License-Identifier: GPL-2.0-only */
/* What moves objects between SLAB's arrays and slabs, and slabs between a node's lists. */
#include "engine/slab/slab_arrays.h"

unsigned int arrays_cpu_node(const struct slab_room *s, unsigned int cpu)
{
	return s->topology.nr_nodes > 1 ? s->topology.cpu_node(s->topology.ctx, cpu) : 0;
}

unsigned int slab_node_of(const struct slab_room *s, uint32_t id)
{
	return s->topology.nr_nodes > 1 ?
		       s->topology.page_node(s->topology.ctx, slab_of(s, id)->page) :
		       0;
}

struct slab_node *arrays_node_of(const struct slab_room *s, uint32_t id)
{
	return &arrays_queues(s, slab_of(s, id)->cache)->node[slab_node_of(s, id)];
}

/* ---- the node's lists ---- */

static struct slab_chain *chain_of(struct slab_node *n, const struct slab *b)
{
	return b->place == SLAB_NODE_PARTIAL ? &n->partial :
	       b->place == SLAB_NODE_FREE    ? &n->free :
					       NULL;
}

void arrays_unlink(struct slab_room *s, struct slab_node *n, uint32_t id)
{
	struct slab *b = slab_of(s, id);
	struct slab_chain *l = chain_of(n, b);

	if (!l)
		return;
	*(b->prev ? &slab_of(s, b->prev)->after : &l->head) = b->after;
	*(b->after ? &slab_of(s, b->after)->prev : &l->tail) = b->prev;
	n->free_slabs -= b->place == SLAB_NODE_FREE;
	b->after = b->prev = SLAB_NONE;
	b->place = SLAB_FULL;
}

void arrays_link(struct slab_room *s, struct slab_node *n, uint32_t id, enum slab_place place,
		 bool tail)
{
	struct slab *b = slab_of(s, id);

	b->place = (uint8_t)place;
	struct slab_chain *l = chain_of(n, b);

	if (!l)
		return;
	b->after = tail ? SLAB_NONE : l->head;
	b->prev = tail ? l->tail : SLAB_NONE;
	*(b->prev ? &slab_of(s, b->prev)->after : &l->head) = id;
	*(b->after ? &slab_of(s, b->after)->prev : &l->tail) = id;
	n->free_slabs += place == SLAB_NODE_FREE;
}

/* Kernel: mm/slab.c:slab_get_obj() [6.1] */
unsigned int arrays_pop(struct slab *b)
{
	unsigned int index = b->freelist;

	b->freelist = b->next[index];
	b->nr_free--;
	b->next[index] = SLAB_USED;
	return index;
}

/* Kernel: mm/slab.c:slab_put_obj() [6.1] */
static void push_index(struct slab *b, unsigned int index)
{
	b->next[index] = b->freelist;
	b->freelist = (uint16_t)index;
	b->nr_free++;
}

void arrays_give_back(struct slab_room *s, uint32_t id)
{
	s->released++;
	s->done[SLAB_WORK_DISCARD]++;
	slab_forget(s, id);
}

/*
 * Kernel: mm/slab.c:free_block() [6.1 2.6.34]: a slab that is free now goes to the head of the free
 * ones, any other to the tail of the partly free; above the limit the oldest of the free go back.
 */
static void free_block(struct slab_room *s, struct slab_node *n, const struct slab_entry *e,
		       unsigned int nr)
{
	s->done[SLAB_WORK_TRANSFER] += nr;
	for (unsigned int i = 0; i < nr; i++) {
		struct slab *b = slab_of(s, e[i].slab);

		arrays_unlink(s, n, e[i].slab);
		push_index(b, e[i].index);
		n->free_objects++;
		if (b->nr_free < b->objects)
			arrays_link(s, n, e[i].slab, SLAB_NODE_PARTIAL, true);
		else
			arrays_link(s, n, e[i].slab, SLAB_NODE_FREE, false);
		if (s->prof->frees_that_slab && b->nr_free == b->objects &&
		    n->free_objects > n->free_limit)
			arrays_give_back(s, e[i].slab);
	}
	while (!s->prof->frees_that_slab && n->free_objects > n->free_limit && n->free.tail)
		arrays_give_back(s, n->free.tail);
}

/* ---- arrays ---- */

void arrays_park(struct slab_room *s, struct slab_array *a, uint32_t id, unsigned int index)
{
	slab_of(s, id)->next[index] = SLAB_PARKED;
	a->entry[a->avail++] = (struct slab_entry){ id, (uint16_t)index };
}

void arrays_cut_oldest(struct slab_array *a, unsigned int nr)
{
	a->avail -= nr;
	for (unsigned int i = 0; i < a->avail; i++)
		a->entry[i] = a->entry[i + nr];
}

void arrays_cut_at(struct slab_array *a, unsigned int at)
{
	a->avail--;
	for (unsigned int i = at; i < a->avail; i++)
		a->entry[i] = a->entry[i + 1];
}

/* Kernel: mm/slab.c:transfer_objects() [6.1]: the newest, in their order. */
unsigned int arrays_transfer(struct slab_array *to, struct slab_array *from, unsigned int most)
{
	unsigned int nr = arrays_least(arrays_least(from->avail, most), to->limit - to->avail);

	for (unsigned int i = 0; i < nr; i++)
		to->entry[to->avail++] = from->entry[from->avail - nr + i];
	from->avail -= nr;
	return nr;
}

/* Return its oldest @nr to the slabs of @node. */
void arrays_drain(struct slab_room *s, struct slab_node *n, struct slab_array *a, unsigned int nr)
{
	free_block(s, n, a->entry, nr);
	arrays_cut_oldest(a, nr);
}

/* Kernel: mm/slab.c:alloc_block(), fixup_slab_list() [6.1] */
unsigned int arrays_take_block(struct slab_room *s, struct slab_node *n, struct slab_array *a,
			       uint32_t id, unsigned int most)
{
	struct slab *b = slab_of(s, id);
	unsigned int nr = arrays_least(arrays_least(most, b->nr_free), a->limit - a->avail);

	s->done[SLAB_WORK_TRANSFER] += nr;
	arrays_unlink(s, n, id);
	for (unsigned int i = 0; i < nr; i++)
		arrays_park(s, a, id, arrays_pop(b));
	n->free_objects -= nr;
	arrays_link(s, n, id, b->nr_free ? SLAB_NODE_PARTIAL : SLAB_FULL, false);
	return nr;
}

/* An object inside its slab, free by the model: somebody unseen has it. */
void arrays_take_out(struct slab_room *s, uint32_t id, unsigned int index)
{
	struct slab *b = slab_of(s, id);
	struct slab_node *n = arrays_node_of(s, id);
	uint16_t *at = &b->freelist;

	while (*at != index)
		at = &b->next[*at];
	*at = b->next[index];
	b->next[index] = SLAB_USED;
	b->nr_free--;
	n->free_objects--;
	if (b->nr_free && b->place == SLAB_NODE_PARTIAL)
		return;
	arrays_unlink(s, n, id);
	arrays_link(s, n, id, b->nr_free ? SLAB_NODE_PARTIAL : SLAB_FULL, false);
}

/* Where @id's object @index is parked; NULL: nowhere. */
static struct slab_array *find_in(struct slab_array *a, uint32_t id, unsigned int index,
				  unsigned int *at)
{
	for (*at = 0; a && *at < a->avail; (*at)++)
		if (a->entry[*at].slab == id && a->entry[*at].index == index)
			return a;
	return NULL;
}

struct slab_array *arrays_find_parked(const struct slab_room *s, uint32_t id, unsigned int index,
				      unsigned int *at)
{
	struct slab_queues *q = arrays_queues(s, slab_of(s, id)->cache);
	unsigned int nodes = s->topology.nr_nodes;
	struct slab_array *a = NULL;

	for (unsigned int i = 0; !a && i < s->nr_cpus; i++)
		a = find_in(&q->cpu[i], id, index, at);
	for (unsigned int i = 0; !a && i < nodes; i++) {
		a = find_in(&q->node[i].shared, id, index, at);
		for (unsigned int j = 0; !a && q->node[i].alien && j < nodes; j++)
			a = find_in(&q->node[i].alien[j], id, index, at);
	}
	return a;
}
