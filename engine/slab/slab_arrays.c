/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB: each CPU has an array of free objects, refilled and flushed in batches from a node's slabs,
 * which are on three lists: partly free, wholly free, and (here none) full.
 *
 * Kernel: mm/slab.c [6.1]
 * Differs: no cache is debugged; requests for another node are served like any; slabs the reaper
 * gives back are those whose pages the record frees.
 */
#include "engine/slab/slab_arrays.h"

#include <stdlib.h>

/* Kernel: mm/slab.c:BATCHREFILL_LIMIT */
enum { IDLE_BATCH = 16, ALIEN_LIMIT = 12, ALIEN_BATCH = 1 };

/* Kernel: mm/percpu.c:PCPU_MIN_UNIT_SIZE, include/linux/slab.h:KMALLOC_MAX_SIZE: what holds them */
enum { MAX_LIMIT = (32768 - 16) / 8, MAX_SHARED = ((1 << 22) - 16) / 8 };

/* ---- a cache ---- */

static int array_open(struct slab_array *a, unsigned int limit, unsigned int batchcount)
{
	*a = (struct slab_array){ .limit = limit, .batchcount = batchcount };
	if (!limit)
		return 0;
	a->entry = malloc(limit * sizeof(*a->entry));
	return a->entry ? 0 : -KM_ENOMEM;
}

/*
 * Kernel: mm/slab.c:alloc_alien_cache(), setup_kmem_cache_node() [6.1]: none where there is one
 * node only.
 */
static int aliens_open(const struct slab_room *s, const struct slab_cache *k, struct slab_node *n)
{
	int err = 0;

	if (s->topology.nr_nodes < 2)
		return 0;
	n->alien = calloc(s->topology.nr_nodes, sizeof(*n->alien));
	if (!n->alien)
		return -KM_ENOMEM;
	for (unsigned int i = 0; !err && i < s->topology.nr_nodes; i++)
		err = array_open(&n->alien[i], k->limit > 1 ? ALIEN_LIMIT : k->limit, ALIEN_BATCH);
	return err;
}

static unsigned int cpus_of_node(const struct slab_room *s, unsigned int node)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->nr_cpus; i++)
		n += arrays_cpu_node(s, i) == node;
	return n;
}

static void slab_arrays_close(const struct slab_room *s, struct slab_cache *k)
{
	struct slab_queues *q = k->queues;

	if (!q)
		return;
	for (unsigned int i = 0; q->cpu && i < s->nr_cpus; i++)
		free(q->cpu[i].entry);
	for (unsigned int i = 0; q->node && i < s->topology.nr_nodes; i++) {
		free(q->node[i].shared.entry);
		for (unsigned int j = 0; q->node[i].alien && j < s->topology.nr_nodes; j++)
			free(q->node[i].alien[j].entry);
		free(q->node[i].alien);
	}
	free(q->cpu);
	free(q->node);
	free(q);
	k->queues = NULL;
}

/* Kernel: mm/slab.c:enable_cpucache(), init_cache_node() [6.1] */
static int slab_arrays_open(const struct slab_room *s, struct slab_cache *k,
			    const struct slab_cache_config *c)
{
	unsigned int size = k->size, page = 1u << s->page_shift;
	int err = 0;

	k->limit = size > 131072 ? 1 : size > page ? 8 : size > 1024 ? 24 : size > 256 ? 54 : 120;
	k->batchcount = (k->limit + 1) / 2;
	k->sharedfactor = size <= page && s->nr_cpus > 1 ? 8 : 0;
	if (c->limit) {
		k->limit = c->limit;
		k->batchcount = c->batchcount;
		k->sharedfactor = c->sharedfactor;
	}
	if (k->limit > MAX_LIMIT || !k->batchcount || k->batchcount > k->limit ||
	    k->sharedfactor > MAX_SHARED / k->batchcount)
		return -KM_EINVAL;
	struct slab_queues *q = calloc(1, sizeof(*q));

	if (!q)
		return -KM_ENOMEM;
	k->queues = q;
	q->colour_off = s->prof->cache_line > c->align ? s->prof->cache_line : c->align;
	q->lead = slab_links_before(s, k, c->align);
	q->colour = (slab_left_over(s, k, false) - q->lead) / q->colour_off;
	q->on_slab_colour = slab_left_over(s, k, true) / q->colour_off;
	if (s->prof->descriptor)
		q->on_slab_colour = q->colour;
	else if (c->constructed || (k->objs + UINT64_C(1)) * k->size <= pages_of(k->order)
										<< s->page_shift)
		q->colour = q->on_slab_colour;
	q->cpu = calloc(s->nr_cpus, sizeof(*q->cpu));
	q->node = calloc(s->topology.nr_nodes, sizeof(*q->node));
	if (!q->cpu || !q->node)
		return -KM_ENOMEM;
	for (unsigned int i = 0; !err && i < s->nr_cpus; i++)
		err = array_open(&q->cpu[i], k->limit, k->batchcount);
	for (unsigned int i = 0; !err && i < s->topology.nr_nodes; i++) {
		if (s->prof->colour_from_0 && q->colour)
			q->node[i].colour_next = q->colour - 1;
		q->node[i].free_limit = (1 + cpus_of_node(s, i)) * k->batchcount + k->objs;
		err = array_open(&q->node[i].shared, k->sharedfactor * k->batchcount,
				 k->batchcount);
		if (!err)
			err = aliens_open(s, k, &q->node[i]);
	}
	return err;
}

/* Kernel: mm/slab.c:cache_flusharray() [6.1] */
static void flush(struct slab_room *s, struct slab_node *n, struct slab_array *a)
{
	struct slab_array *shared = &n->shared;
	unsigned int room = shared->limit - shared->avail,
		     nr = arrays_least(a->batchcount, a->avail);

	if (!room) {
		arrays_drain(s, n, a, nr);
		return;
	}
	nr = arrays_least(nr, room);
	for (unsigned int i = 0; i < nr; i++)
		shared->entry[shared->avail++] = a->entry[i];
	arrays_cut_oldest(a, nr);
}

static unsigned int batch_of(const struct slab_array *a)
{
	return !a->touched && a->batchcount > IDLE_BATCH ? IDLE_BATCH : a->batchcount;
}

/* ---- allocation ---- */

static unsigned int index_after(const struct slab *b, unsigned int nr)
{
	unsigned int index = b->freelist;

	while (--nr)
		index = b->next[index];
	return index;
}

/* What is handed out first of @batch objects from @l, or (then @batch is left as it is) nothing. */
static struct slab_choice last_of(const struct slab_room *s, const struct slab_chain *l,
				  unsigned int *batch, struct slab_choice got)
{
	for (uint32_t id = l->head; id && *batch; id = slab_of(s, id)->after) {
		unsigned int nr = arrays_least(*batch, slab_of(s, id)->nr_free);

		*batch -= nr;
		got = (struct slab_choice){ .from = SLAB_FROM_PARTIAL,
					    .slab = id,
					    .index = index_after(slab_of(s, id), nr) };
	}
	return got;
}

static struct slab_choice choose_new(const struct slab_room *s, unsigned int cache,
				     unsigned int cpu)
{
	const struct slab_cache *k = &s->caches[cache];
	const struct slab_queues *q = k->queues;
	unsigned int next = q->node[arrays_cpu_node(s, cpu)].colour_next + 1;

	return (struct slab_choice){ .from = SLAB_FROM_NEW,
				     .index = arrays_least(batch_of(&q->cpu[cpu]), k->objs) - 1,
				     .start = q->lead +
					      (next < q->colour ? next * q->colour_off : 0) };
}

/* Kernel: mm/slab.c:____cache_alloc(), cache_alloc_refill() [6.1] */
static struct slab_choice slab_choose(const struct slab_room *s, unsigned int cache,
				      unsigned int cpu)
{
	const struct slab_queues *q = arrays_queues(s, cache);
	const struct slab_node *n = &q->node[arrays_cpu_node(s, cpu)];
	const struct slab_array *a = &q->cpu[cpu], *from = a->avail ? a : &n->shared;
	unsigned int batch = batch_of(a);
	struct slab_choice got = choose_new(s, cache, cpu);

	if (from->avail)
		return (struct slab_choice){ .from = a->avail ? SLAB_FROM_CPU :
								SLAB_FROM_CPU_PARTIAL,
					     .slab = from->entry[from->avail - 1].slab,
					     .index = from->entry[from->avail - 1].index };
	got = last_of(s, &n->partial, &batch, got);
	return last_of(s, &n->free, &batch, got);
}

void arrays_refill(struct slab_room *s, unsigned int cache, unsigned int cpu)
{
	struct slab_queues *q = arrays_queues(s, cache);
	struct slab_node *n = &q->node[arrays_cpu_node(s, cpu)];
	struct slab_array *a = &q->cpu[cpu];
	unsigned int batch = batch_of(a);

	if (arrays_transfer(a, &n->shared, batch)) {
		n->shared.touched = true;
		return;
	}
	while (batch && (n->partial.head || n->free.head)) {
		n->free_touched |= !n->partial.head;
		batch -= arrays_take_block(s, n, a,
					   n->partial.head ? n->partial.head : n->free.head, batch);
	}
}

struct slab_choice arrays_hand_out(struct slab_room *s, struct slab_array *a, enum slab_source from)
{
	struct slab_entry e = a->entry[--a->avail];

	a->touched = true;
	slab_of(s, e.slab)->next[e.index] = SLAB_USED;
	return (struct slab_choice){ .from = from, .slab = e.slab, .index = e.index };
}

/* A slab of which nothing is taken yet waits behind the other free ones. */
void arrays_grow(struct slab_room *s, uint32_t fresh)
{
	struct slab *b = slab_of(s, fresh);
	struct slab_node *n = arrays_node_of(s, fresh);

	n->free_objects += b->nr_free;
	arrays_link(s, n, fresh, SLAB_NODE_FREE, true);
}

/* From a slab of another node: past the arrays. Kernel: mm/slab.c:____cache_alloc_node() [6.1] */
struct slab_choice arrays_take_one(struct slab_room *s, uint32_t id, unsigned int index,
				   enum slab_source from)
{
	arrays_take_out(s, id, index);
	return (struct slab_choice){ .from = from, .slab = id, .index = index };
}

static struct slab_choice slab_alloc(struct slab_room *s, unsigned int cache, unsigned int cpu,
				     uint32_t fresh)
{
	struct slab_array *a = &arrays_queues(s, cache)->cpu[cpu];
	struct slab_choice got = slab_choose(s, cache, cpu);

	s->done[got.from]++;
	if (got.from == SLAB_FROM_NEW) {
		arrays_grow(s, fresh);
		if (slab_node_of(s, fresh) != arrays_cpu_node(s, cpu))
			return arrays_take_one(s, fresh, slab_of(s, fresh)->freelist, got.from);
		arrays_take_block(s, arrays_node_of(s, fresh), a, fresh, batch_of(a));
	} else if (got.from != SLAB_FROM_CPU) {
		arrays_refill(s, cache, cpu);
	}
	return arrays_hand_out(s, a, got.from);
}

/* ---- free ---- */

static void was_taken(struct slab_room *s, uint32_t id, unsigned int index)
{
	struct slab *b = slab_of(s, id);
	unsigned int at;

	if (b->next[index] != SLAB_PARKED) {
		arrays_take_out(s, id, index);
		return;
	}
	struct slab_array *a = arrays_find_parked(s, id, index, &at);

	KM_BUG_ON(!a);
	arrays_cut_at(a, at);
	b->next[index] = SLAB_USED;
}

/* Kernel: mm/slab.c:__drain_alien_cache() [6.1] */
static void drain_alien(struct slab_room *s, struct slab_node *home, struct slab_array *a)
{
	arrays_transfer(&home->shared, a, a->limit);
	arrays_drain(s, home, a, a->avail);
}

/* Kernel: mm/slab.c:___cache_free(), __cache_free_alien() [6.1] */
static void slab_free(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	struct slab_queues *q = arrays_queues(s, slab_of(s, id)->cache);
	unsigned int here = arrays_cpu_node(s, cpu), home = slab_node_of(s, id);
	struct slab_array *a = &q->cpu[cpu];

	if (slab_of(s, id)->next[index] != SLAB_USED)
		was_taken(s, id, index);
	s->done[here == home && a->avail < a->limit ? SLAB_WORK_FREE : SLAB_WORK_FREE_SLOW]++;
	if (here != home) {
		a = &q->node[here].alien[home];
		if (a->avail == a->limit)
			drain_alien(s, &q->node[home], a);
	} else if (a->avail == a->limit) {
		flush(s, &q->node[here], a);
	}
	arrays_park(s, a, id, index);
}

/* ---- the reaper ---- */

/* Kernel: mm/slab.c:drain_array(), drain_array_locked() [6.1] */
static void reap_array(struct slab_room *s, struct slab_node *n, struct slab_array *a)
{
	unsigned int nr = (a->limit + 4) / 5;

	if (a->touched || !a->avail) {
		a->touched = a->touched && !a->avail;
		return;
	}
	arrays_drain(s, n, a, nr > a->avail ? (a->avail + 1) / 2 : nr);
}

/*
 * Every other time, the oldest of the free slabs, a fifth of as many as may stay.
 * Kernel: mm/slab.c:cache_reap(), drain_freelist() [6.1]
 */
static void reap_slabs(struct slab_room *s, const struct slab_cache *k, struct slab_node *n)
{
	uint64_t fifth = 5 * (uint64_t)k->objs, most = (n->free_limit + fifth - 1) / fifth;

	if (n->reaps++ % 2 == 0)
		return;
	while (!n->free_touched && most-- && n->free.tail)
		arrays_give_back(s, n->free.tail);
	n->free_touched = false;
}

static void slab_reap(struct slab_room *s, unsigned int cpu)
{
	unsigned int here = arrays_cpu_node(s, cpu);

	for (size_t i = 0; i < s->nr_caches; i++) {
		struct slab_queues *q = arrays_queues(s, (unsigned int)i);
		struct slab_node *n = &q->node[here];

		for (unsigned int j = 0; n->alien && j < s->topology.nr_nodes; j++)
			if (n->alien[j].avail)
				drain_alien(s, &q->node[j], &n->alien[j]);
		reap_array(s, n, &q->cpu[cpu]);
		reap_array(s, n, &n->shared);
		if (s->reaps_slabs)
			reap_slabs(s, &s->caches[i], n);
	}
}

/* Kernel: mm/slab.c:drain_cpu_caches() [6.1] */
static void slab_shrink(struct slab_room *s, unsigned int cache)
{
	struct slab_queues *q = arrays_queues(s, cache);
	unsigned int nodes = s->topology.nr_nodes;

	for (unsigned int i = 0; i < s->nr_cpus; i++)
		arrays_drain(s, &q->node[arrays_cpu_node(s, i)], &q->cpu[i], q->cpu[i].avail);
	for (unsigned int i = 0; i < nodes; i++)
		for (unsigned int j = 0; q->node[i].alien && j < nodes; j++)
			drain_alien(s, &q->node[j], &q->node[i].alien[j]);
	for (unsigned int i = 0; i < nodes; i++)
		arrays_drain(s, &q->node[i], &q->node[i].shared, q->node[i].shared.avail);
}

/* Kernel: mm/slab.c:setup_cpu_cache(), do_tune_cpucache() [6.1] */
static void slab_tune(struct slab_room *s, unsigned int cache, bool early)
{
	const struct slab_cache *k = &s->caches[cache];

	for (unsigned int i = 0; i < s->nr_cpus; i++) {
		struct slab_array *a = &k->queues->cpu[i];

		arrays_drain(s, &k->queues->node[arrays_cpu_node(s, i)], a, a->avail);
		a->limit = early ? 1 : k->limit;
		a->batchcount = early ? 1 : k->batchcount;
		a->touched = false;
	}
}

/* Kernel: mm/slab.c:get_slabinfo() [6.1] */
static void slab_numbers(const struct slab_room *s, unsigned int cache, struct slab_count *out)
{
	const struct slab_cache *k = &s->caches[cache];

	*out = (struct slab_count){ .active_objs = k->total_objects,
				    .num_objs = k->total_objects,
				    .active_slabs = k->nr_slabs,
				    .num_slabs = k->nr_slabs };
	for (unsigned int i = 0; i < s->topology.nr_nodes; i++) {
		const struct slab_node *n = &k->queues->node[i];

		out->active_objs -= n->free_objects;
		out->active_slabs -= n->free_slabs;
		out->sharedavail += n->shared.avail;
	}
}

const struct slab_ops slab_slab = {
	.name = "slab",
	.per_cpu_fixed = 16, /* struct array_cache */
	.per_cpu_entry = 8,
	.layout = slab_arrays_layout,
	.open = slab_arrays_open,
	.close = slab_arrays_close,
	.begin = arrays_begin,
	.found = arrays_found,
	.start_of = arrays_start_of,
	.choose = slab_choose,
	.alloc = slab_alloc,
	.alloc_fresh = arrays_alloc_fresh,
	.take = arrays_take,
	.free = slab_free,
	.detach = arrays_detach,
	.reap = slab_reap,
	.shrink = slab_shrink,
	.put_back = arrays_put_back,
	.tune = slab_tune,
	.count = slab_numbers,
	.check = slab_arrays_check,
};
