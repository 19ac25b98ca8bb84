/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB: a slab per CPU to allocate from, a stack of partly free slabs per CPU, and a list of them
 * for the node.
 *
 * Kernel: mm/slub.c [6.1] [6.12] [2.6.34]
 * Differs: one node; no cache is debugged; the page allocator never fails a slab of the wanted
 * order.
 */
#include "engine/slab/slub_list.h"

#include <stdlib.h>

static struct slab_cpu *cpu_of(const struct slab_room *s, unsigned int cache, unsigned int cpu)
{
	return &s->caches[cache].cpu[cpu];
}

/* ---- a cache ---- */

static unsigned int slub_layout(const struct slab_room *s, const struct slab_cache_config *c,
				unsigned int *order)
{
	*order = slab_order_for(s->prof, c->size, s->nr_cpus, s->page_shift);
	return *order < KM_MAX_ORDERS ?
		       (unsigned int)((pages_of(*order) << s->page_shift) / c->size) :
		       0;
}

static int slub_open(const struct slab_room *s, struct slab_cache *k,
		     const struct slab_cache_config *c)
{
	slab_limits(s->prof, c, k);
	k->cpu = calloc(s->nr_cpus, sizeof(*k->cpu));
	if (!k->cpu)
		return -KM_ENOMEM;
	for (unsigned int i = 0; i < s->nr_cpus; i++)
		k->cpu[i].freelist = SLAB_END;
	return 0;
}

static void slub_close(const struct slab_room *s, struct slab_cache *k)
{
	(void)s;
	free(k->cpu);
	k->cpu = NULL;
}

static void slub_begin(struct slab_room *s, uint32_t id, uint32_t start)
{
	(void)start;
	s->done[SLAB_WORK_OBJECT] += slab_of(s, id)->objects;
	slab_free_from(s, id, 0);
}

/* Slabs have no colours. */
static uint32_t slub_start_of(const struct slab_room *s, unsigned int cache, uint64_t offset)
{
	(void)s, (void)cache, (void)offset;
	return 0;
}

/* ---- the CPU's stack ---- */

/* Kernel: mm/slub.c:__unfreeze_partials() [6.1]: from the top, each to the list's tail. */
static void unfreeze_stack(struct slab_room *s, uint32_t id)
{
	while (id) {
		uint32_t below = slab_of(s, id)->after;

		slab_of(s, id)->after = SLAB_NONE;
		slab_of(s, id)->place = SLAB_FULL;
		slub_settle(s, id, true);
		id = below;
	}
}

/* Kernel: mm/slub.c:put_cpu_partial() [6.1] */
static void put_cpu_partial(struct slab_room *s, uint32_t id, unsigned int cpu, bool drain)
{
	struct slab *b = slab_of(s, id);
	struct slab_cpu *c = cpu_of(s, b->cache, cpu);
	uint32_t old = c->partial, flush = SLAB_NONE;
	unsigned int depth = old ? slab_of(s, old)->depth : 0;

	if (drain && old && depth >= s->caches[b->cache].cpu_partial_slabs) {
		flush = old;
		old = SLAB_NONE;
		depth = 0;
	}
	if (!old)
		c->stack_since = s->now;
	b->depth = (uint16_t)(depth + 1);
	b->after = old;
	b->cpu = (uint16_t)cpu;
	b->place = SLAB_CPU_PARTIAL;
	c->partial = id;
	unfreeze_stack(s, flush);
}

/* A full slab, on no list, got an object back. Kernel: mm/slub.c:__slab_free() [6.1] [2.6.34] */
static void becomes_partial(struct slab_room *s, uint32_t id, unsigned int cpu)
{
	const struct slab *b = slab_of(s, id);

	if (!s->prof->no_stack)
		put_cpu_partial(s, id, cpu, true);
	else if (b->nr_free == b->objects && s->prof->empties_go && slub_may_go(s, id))
		slub_give_back(s, id);
	else
		slub_settle(s, id, true);
}

static void stack_remove(struct slab_room *s, uint32_t id)
{
	struct slab *b = slab_of(s, id);
	struct slab_cpu *c = cpu_of(s, b->cache, b->cpu);
	uint32_t *link = &c->partial;

	while (*link != id)
		link = &slab_of(s, *link)->after;
	*link = b->after;
	b->after = SLAB_NONE;
	b->place = SLAB_FULL;
}

/* ---- the CPU's slab ---- */

/* A slab on no list becomes the CPU's; it takes the whole of its free objects. */
static void load(struct slab_room *s, uint32_t id, unsigned int cpu)
{
	struct slab *b = slab_of(s, id);
	struct slab_cpu *c = cpu_of(s, b->cache, cpu);

	c->slab = id;
	c->freelist = b->freelist;
	c->nr_free = b->nr_free;
	b->freelist = SLAB_END;
	b->nr_free = 0;
	b->place = SLAB_ON_CPU;
	b->cpu = (uint16_t)cpu;
}

/* What others freed to the CPU's slab becomes the CPU's list. */
static void reload(struct slab_room *s, struct slab_cpu *c)
{
	struct slab *b = slab_of(s, c->slab);

	c->freelist = b->freelist;
	c->nr_free = b->nr_free;
	b->freelist = SLAB_END;
	b->nr_free = 0;
}

static unsigned int pop(struct slab_room *s, struct slab_cpu *c)
{
	struct slab *b = slab_of(s, c->slab);
	unsigned int index = c->freelist;

	c->freelist = b->next[index];
	c->nr_free--;
	b->next[index] = SLAB_USED;
	return index;
}

/* The CPU's slab has nothing left: it is full, and nobody's. */
static void let_go(struct slab_room *s, struct slab_cpu *c)
{
	if (c->slab)
		slab_of(s, c->slab)->place = SLAB_FULL;
	c->slab = SLAB_NONE;
	c->freelist = SLAB_END;
	c->nr_free = 0;
}

/* Kernel: mm/slub.c:deactivate_slab() [6.1]: the CPU's list goes before the slab's own. */
static void deactivate_list(struct slab_room *s, struct slab_cpu *c)
{
	struct slab *b = slab_of(s, c->slab);
	unsigned int last = c->freelist;

	if (last == SLAB_END)
		return;
	while (b->next[last] != SLAB_END)
		last = b->next[last];
	b->next[last] = b->freelist;
	b->freelist = c->freelist;
	b->nr_free = (uint16_t)(b->nr_free + c->nr_free);
}

/* ---- allocation ---- */

static struct slab_choice slub_choose(const struct slab_room *s, unsigned int cache,
				      unsigned int cpu)
{
	const struct slab_cache *k = &s->caches[cache];
	const struct slab_cpu *c = cpu_of(s, cache, cpu);
	struct slab_choice got = { .slab = c->slab };

	if (c->slab && c->freelist != SLAB_END) {
		got.from = SLAB_FROM_CPU;
		got.index = c->freelist;
		return got;
	}
	if (c->slab && slab_of(s, c->slab)->freelist != SLAB_END) {
		got.from = SLAB_FROM_SLAB;
	} else if (c->partial) {
		got.from = SLAB_FROM_CPU_PARTIAL;
		got.slab = c->partial;
	} else if (k->head) {
		got.from = SLAB_FROM_PARTIAL;
		got.slab = k->head;
	} else {
		return (struct slab_choice){ .from = SLAB_FROM_NEW };
	}
	got.index = slab_of(s, got.slab)->freelist;
	return got;
}

/*
 * Kernel: mm/slub.c:get_partial_node() [6.1]: the first slab is allocated from, more go onto the
 * stack until it is half full. None where the stack holds nothing [6.12], or there is none
 * [2.6.34].
 */
static void get_partial(struct slab_room *s, unsigned int cache, unsigned int cpu)
{
	struct slab_cache *k = &s->caches[cache];
	uint32_t id = k->head;
	unsigned int moved = 0;

	slub_list_remove(s, id);
	load(s, id, cpu);
	if (s->prof->no_stack || (s->prof->stack_of_limit && !k->cpu_partial_slabs))
		return;
	while (k->head && moved <= k->cpu_partial_slabs / 2) {
		id = k->head;
		slub_list_remove(s, id);
		put_cpu_partial(s, id, cpu, false);
		moved++;
	}
}

static struct slab_choice slub_alloc(struct slab_room *s, unsigned int cache, unsigned int cpu,
				     uint32_t fresh)
{
	struct slab_choice got = slub_choose(s, cache, cpu);
	struct slab_cpu *c = cpu_of(s, cache, cpu);

	s->done[got.from]++;
	if (got.from > SLAB_FROM_SLAB)
		let_go(s, c);
	switch (got.from) {
	case SLAB_FROM_CPU:
		break;
	case SLAB_FROM_SLAB:
		reload(s, c);
		break;
	case SLAB_FROM_CPU_PARTIAL:
		stack_remove(s, got.slab);
		load(s, got.slab, cpu);
		break;
	case SLAB_FROM_PARTIAL:
		get_partial(s, cache, cpu);
		break;
	case SLAB_FROM_NEW:
		load(s, fresh, cpu);
		got.slab = fresh;
		break;
	}
	got.index = pop(s, c);
	return got;
}

static bool slub_exhausted(const struct slab_room *s, unsigned int cache, unsigned int cpu,
			   uint64_t then)
{
	const struct slab_cache *k = &s->caches[cache];
	const struct slab_cpu *c = cpu_of(s, cache, cpu);
	bool has = c->slab && (c->nr_free || slab_of(s, c->slab)->nr_free);

	return !(has && c->slab_since <= then) && !(c->partial && c->stack_since <= then) &&
	       !(k->head && k->list_since <= then);
}

/* The CPU has another slab now: what its old one still holds makes that one partly free. */
static void leave(struct slab_room *s, struct slab_cpu *c, unsigned int cpu)
{
	uint32_t old = c->slab;

	if (!old)
		return;
	deactivate_list(s, c);
	let_go(s, c);
	if (slab_of(s, old)->nr_free)
		becomes_partial(s, old, cpu);
}

/*
 * The slab that was the CPU's when the new one was asked for had been let go: what came back to it
 * since made it partly free, and put it on the stack.
 * Kernel: mm/slub.c:___slab_alloc() [6.1], from new_objects on
 */
static struct slab_choice slub_alloc_fresh(struct slab_room *s, unsigned int cpu, uint32_t fresh,
					   unsigned int index)
{
	(void)index;
	struct slab_cpu *c = cpu_of(s, slab_of(s, fresh)->cache, cpu);

	s->done[SLAB_FROM_NEW]++;
	leave(s, c, cpu);
	load(s, fresh, cpu);
	return (struct slab_choice){ .from = SLAB_FROM_NEW, .slab = fresh, .index = pop(s, c) };
}

/* ---- free ---- */

/* An object that is free already, by the model: somebody unseen had taken it. */
static bool unlink_object(struct slab *b, uint16_t *list, uint16_t *nr, unsigned int index)
{
	for (uint16_t *at = list; *at != SLAB_END; at = &b->next[*at])
		if (*at == index) {
			*at = b->next[index];
			b->next[index] = SLAB_USED;
			(*nr)--;
			return true;
		}
	return false;
}

static void was_taken(struct slab_room *s, uint32_t id, unsigned int index)
{
	struct slab *b = slab_of(s, id);
	struct slab_cpu *c = cpu_of(s, b->cache, b->cpu);

	if (b->place == SLAB_ON_CPU && unlink_object(b, &c->freelist, &c->nr_free, index))
		return;
	KM_BUG_ON(!unlink_object(b, &b->freelist, &b->nr_free, index));
	if (b->nr_free || b->place == SLAB_ON_CPU)
		return;
	if (b->place == SLAB_NODE_PARTIAL)
		slub_list_remove(s, id);
	else if (b->place == SLAB_CPU_PARTIAL)
		stack_remove(s, id);
}

/* Kernel: mm/slub.c:do_slab_free(), __slab_free() [6.1] */
static void slub_free(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	struct slab *b = slab_of(s, id);
	struct slab_cache *k = &s->caches[b->cache];
	struct slab_cpu *c = cpu_of(s, b->cache, cpu);

	if (b->next[index] != SLAB_USED)
		was_taken(s, id, index);
	if (c->slab == id) {
		if (!c->nr_free && !b->nr_free)
			c->slab_since = s->now;
		b->next[index] = c->freelist;
		c->freelist = (uint16_t)index;
		c->nr_free++;
		s->done[SLAB_WORK_FREE]++;
		return;
	}
	s->done[SLAB_WORK_FREE_SLOW]++;
	if (b->place == SLAB_ON_CPU && !b->nr_free && !cpu_of(s, b->cache, b->cpu)->nr_free)
		cpu_of(s, b->cache, b->cpu)->slab_since = s->now;
	b->next[index] = b->freelist;
	b->freelist = (uint16_t)index;
	b->nr_free++;
	if (b->place == SLAB_FULL) {
		becomes_partial(s, id, cpu);
	} else if (b->place == SLAB_NODE_PARTIAL && b->nr_free == b->objects &&
		   (s->prof->empties_go || k->nr_partial >= k->min_partial) && slub_may_go(s, id)) {
		slub_list_remove(s, id);
		slub_give_back(s, id);
	}
}

/* ---- put right ---- */

static void slub_detach(struct slab_room *s, uint32_t id)
{
	const struct slab *b = slab_of(s, id);

	if (b->place == SLAB_NODE_PARTIAL)
		slub_list_remove(s, id);
	else if (b->place == SLAB_CPU_PARTIAL)
		stack_remove(s, id);
	else if (b->place == SLAB_ON_CPU)
		let_go(s, cpu_of(s, b->cache, b->cpu));
}

/* Whatever the CPU's list still held had been taken by somebody unseen. */
static void drop_list(struct slab_room *s, struct slab_cpu *c)
{
	while (c->freelist != SLAB_END)
		pop(s, c);
}

/* The CPU left its slab, which it does only when there is nothing more to have of it. */
static void displace(struct slab_room *s, struct slab_cpu *c)
{
	if (!c->slab)
		return;
	drop_list(s, c);
	reload(s, c);
	drop_list(s, c);
	let_go(s, c);
}

static bool on_list(const struct slab *b, unsigned int list, unsigned int index)
{
	while (list != SLAB_END && list != index)
		list = b->next[list];
	return list == index;
}

static void slub_take(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	struct slab *b = slab_of(s, id);

	if (b->place == SLAB_ON_CPU || b->place == SLAB_CPU_PARTIAL)
		cpu = b->cpu;
	struct slab_cpu *c = cpu_of(s, b->cache, cpu);

	s->done[c->slab == id		      ? SLAB_FROM_CPU :
		b->place == SLAB_NODE_PARTIAL ? SLAB_FROM_PARTIAL :
						SLAB_FROM_CPU_PARTIAL]++;
	if (c->slab != id) {
		slub_detach(s, id);
		if (s->keeps_above)
			leave(s, c, cpu);
		else
			displace(s, c);
		load(s, id, cpu);
	}
	if (b->next[index] == SLAB_USED)
		return;
	if (s->keeps_above && (unlink_object(b, &c->freelist, &c->nr_free, index) ||
			       unlink_object(b, &b->freelist, &b->nr_free, index)))
		return;
	if (!on_list(b, c->freelist, index)) {
		drop_list(s, c);
		reload(s, c);
	}
	while (pop(s, c) != index)
		;
}

static void slub_found(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu,
		       bool from_boot)
{
	if (from_boot)
		slab_free_from(s, id, index + 1);
	slub_take(s, id, index, cpu);
}

static void slub_count(const struct slab_room *s, unsigned int cache, struct slab_count *out)
{
	const struct slab_cache *k = &s->caches[cache];
	uint64_t nr_free = 0;

	for (uint32_t id = k->head; id; id = slab_of(s, id)->after)
		nr_free += slab_of(s, id)->nr_free;
	*out = (struct slab_count){ .active_objs = k->total_objects - nr_free,
				    .num_objs = k->total_objects,
				    .active_slabs = k->nr_slabs,
				    .num_slabs = k->nr_slabs };
}

/* ---- recounting ---- */

static int bad(struct km_diag *d, const struct slab_room *s, uint32_t id, const char *what)
{
	const struct slab *b = slab_of(s, id);

	return km_fail(d, KM_EINVAL, "slab", "cache %s, slab at page 0x%llx: %s",
		       s->caches[b->cache].name, (unsigned long long)b->page, what);
}

/* Length of a list of objects; -1 where it does not end or names what is in use. */
static int length(const struct slab *b, unsigned int list)
{
	int n = 0;

	for (; list != SLAB_END; list = b->next[list], n++)
		if (list >= b->objects || n > b->objects)
			return -1;
	return n;
}

static int check_slab(const struct slab_room *s, uint32_t id, struct km_diag *d)
{
	const struct slab *b = slab_of(s, id);
	const struct slab_cpu *c = cpu_of(s, b->cache, b->cpu);
	int held = 0, used = 0;

	if (length(b, b->freelist) != b->nr_free)
		return bad(d, s, id, "its free objects are not as many as it says");
	if (b->place == SLAB_ON_CPU) {
		held = length(b, c->freelist);
		if (c->slab != id || held != c->nr_free)
			return bad(d, s, id, "its CPU does not hold it so");
	}
	for (unsigned int i = 0; i < b->objects; i++)
		used += b->next[i] == SLAB_USED;
	if (used + held + b->nr_free != b->objects)
		return bad(d, s, id, "an object is neither free nor in use");
	if (b->place == SLAB_FULL ? b->nr_free : b->place != SLAB_ON_CPU && !b->nr_free)
		return bad(d, s, id, "it is on a list where it cannot be");
	return 0;
}

static int check_lists(const struct slab_room *s, const struct slab_cache *k, uint64_t *partial,
		       struct km_diag *d)
{
	uint64_t n = 0;

	for (uint32_t id = k->head; id; id = slab_of(s, id)->after, n++)
		if (slab_of(s, id)->place != SLAB_NODE_PARTIAL || n > k->nr_partial)
			return bad(d, s, id, "it is not on its node's list");
	if (n != k->nr_partial)
		return km_fail(d, KM_EINVAL, "slab", "cache %s: %llu slabs on the list, not %llu",
			       k->name, (unsigned long long)n, (unsigned long long)k->nr_partial);
	*partial = 0;
	for (unsigned int cpu = 0; cpu < s->nr_cpus; cpu++)
		for (uint32_t id = k->cpu[cpu].partial; id; id = slab_of(s, id)->after) {
			if (slab_of(s, id)->place != SLAB_CPU_PARTIAL || slab_of(s, id)->cpu != cpu)
				return bad(d, s, id, "it is not on its CPU's stack");
			if (++*partial > k->nr_slabs)
				return bad(d, s, id, "the stack has no end");
		}
	return 0;
}

static int slub_check(const struct slab_room *s, struct km_diag *d)
{
	int err = 0;

	for (uint32_t id = 1; !err && id < s->nr_slots; id++)
		if (slab_of(s, id)->next)
			err = check_slab(s, id, d);
	for (size_t i = 0; !err && i < s->nr_caches; i++) {
		uint64_t stacked = 0, counted = 0;

		err = check_lists(s, &s->caches[i], &stacked, d);
		for (uint32_t id = 1; !err && id < s->nr_slots; id++)
			counted += slab_of(s, id)->next && slab_of(s, id)->cache == i &&
				   slab_of(s, id)->place == SLAB_CPU_PARTIAL;
		if (!err && counted != stacked)
			err = km_fail(d, KM_EINVAL, "slab",
				      "cache %s: %llu slabs stacked, not %llu", s->caches[i].name,
				      (unsigned long long)stacked, (unsigned long long)counted);
	}
	return err;
}

const struct slab_ops slab_slub = {
	.name = "slub",
	.falls_back = true,
	.per_cpu_fixed = 32, /* struct kmem_cache_cpu */
	.layout = slub_layout,
	.open = slub_open,
	.close = slub_close,
	.begin = slub_begin,
	.found = slub_found,
	.start_of = slub_start_of,
	.choose = slub_choose,
	.exhausted = slub_exhausted,
	.alloc = slub_alloc,
	.alloc_fresh = slub_alloc_fresh,
	.take = slub_take,
	.free = slub_free,
	.detach = slub_detach,
	.count = slub_count,
	.check = slub_check,
};
