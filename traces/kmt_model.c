/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address belongs to a key: its cache, or size class, or (order, migratetype), on one CPU. Per
 * key there is a stack of what was freed last. Per address there is a node that remembers what
 * was allocated before and after it, freed after it, and the next free object in its slab. A slab
 * is taken to be eight objects, at least a page.
 */
#include "traces/kmt_model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

enum {
	KEY_BITS = 11,
	NODE_BITS = 16,
	SLAB_BITS = 14,
	SHAPE_BITS = 12,
	STACK = 64,
	NR_KINDS = 256,
};

struct node {
	uint64_t addr;
	uint64_t after, before; /* allocated next to it, of the same key */
	uint64_t freed_after;	/* freed next, by the same shape */
	uint64_t next_free;	/* in its slab, or taken from the buddy lists after it */
	uint32_t key;
	uint32_t shape; /* that allocated it, + 1 */
};

struct key {
	uint64_t last, stride;
	uint32_t slab_shift;
	uint32_t top; /* of the stack, counted modulo STACK */
	uint64_t stack[STACK];
};

struct kmt_model {
	struct node nodes[1 << NODE_BITS];
	struct key keys[1 << KEY_BITS];
	uint64_t slab_head[1 << SLAB_BITS];
	uint64_t last_freed[1 << SHAPE_BITS]; /* by shape */
	uint32_t cache_of[1 << SHAPE_BITS];   /* of a shape that allocates */
	uint64_t last_of[NR_KINDS];	      /* by kind */
	uint64_t last_page_alloc, last_object_alloc, last_page_free, last_page;
	uint64_t run_first; /* first page of the refill that is going on */
	bool in_run;
};

int kmt_model_open(struct kmt_model **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -KM_ENOMEM;
}

void kmt_model_close(struct kmt_model *m)
{
	free(m);
}

void kmt_model_reset(struct kmt_model *m)
{
	memset(m, 0, sizeof(*m));
}

static uint32_t hash(uint64_t v, unsigned int bits)
{
	return (uint32_t)((v * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - bits));
}

static struct node *node_of(struct kmt_model *m, uint64_t addr)
{
	return &m->nodes[hash(addr, NODE_BITS)];
}

/* The node of @addr, emptied if another address had it. */
static struct node *take_node(struct kmt_model *m, uint64_t addr)
{
	struct node *n = node_of(m, addr);

	if (n->addr != addr) {
		memset(n, 0, sizeof(*n));
		n->addr = addr;
	}
	return n;
}

static bool is_page(unsigned int kind)
{
	return kind != KM_EV_KMALLOC && kind != KM_EV_KFREE && kind != KM_EV_CACHE_ALLOC &&
	       kind != KM_EV_CACHE_FREE;
}

static bool is_alloc(unsigned int kind)
{
	return kind == KM_EV_PAGE_ALLOC || kind == KM_EV_KMALLOC || kind == KM_EV_CACHE_ALLOC;
}

static uint32_t cache_key(uint32_t cache, unsigned int cpu)
{
	return hash((uint64_t)cache << 32 | 1u << 16 | cpu, KEY_BITS);
}

static uint32_t key_of_alloc(const struct kmt_model *m, const struct kmt_subject *s)
{
	uint32_t cache = m->cache_of[s->shape & ((1 << SHAPE_BITS) - 1)];

	if (s->kind == KM_EV_PAGE_ALLOC)
		return hash((uint64_t)s->order << 40 | (uint64_t)s->mt << 32 | 2u << 16 | s->cpu,
			    KEY_BITS);
	if (s->kind == KM_EV_CACHE_ALLOC && cache)
		return cache_key(cache, s->cpu);
	return hash((uint64_t)s->bytes_alloc << 32 | (3u + s->kind) << 16 | s->cpu, KEY_BITS);
}

static uint64_t *slab_head(struct kmt_model *m, const struct key *k, uint32_t key, uint64_t addr)
{
	unsigned int shift = k->slab_shift ? k->slab_shift : 12;

	return &m->slab_head[hash((addr >> shift) * (1 << KEY_BITS) + key, SLAB_BITS)];
}

static void guess_alloc(struct kmt_model *m, const struct kmt_subject *s, uint64_t *guess)
{
	uint32_t key = key_of_alloc(m, s);
	struct key *k = &m->keys[key];
	const struct node *last = node_of(m, k->last);
	bool known = last->addr == k->last;

	guess[0] = k->stack[(k->top + STACK - 1) % STACK];
	guess[1] = m->in_run && s->kind == KM_EV_PAGE_ALLOC ? m->run_first :
							      *slab_head(m, k, key, k->last);
	guess[2] = known ? last->next_free : 0;
	guess[3] = k->last + k->stride;
	guess[4] = known ? last->after : 0;
	guess[5] = s->kind == KM_EV_PAGE_ALLOC ? m->last_page : k->last + s->bytes_alloc;
}

static void guess_free(struct kmt_model *m, const struct kmt_subject *s, uint64_t *guess)
{
	uint64_t mine = m->last_freed[s->shape & ((1 << SHAPE_BITS) - 1)];
	const struct node *n = node_of(m, mine);
	bool known = mine && n->addr == mine;
	bool page = s->kind == KM_EV_PAGE_FREE;

	guess[0] = page ? m->last_page_alloc : m->last_object_alloc;
	guess[1] = known ? n->after : 0;
	guess[2] = known ? n->before : 0;
	guess[3] = known ? n->freed_after : 0;
	guess[4] = mine + 1;
	guess[5] = page ? mine - 1 : m->last_of[KM_EV_KMALLOC];
}

static void guess_page(struct kmt_model *m, const struct kmt_subject *s, uint64_t *guess)
{
	uint64_t last = m->last_of[s->kind];
	const struct node *n = node_of(m, last);
	bool known = n->addr == last;
	uint64_t pages = s->kind == KM_EV_ZONE_LOCKED && s->order < 32 ? UINT64_C(1) << s->order :
									 1;

	guess[0] = known ? n->freed_after : 0;
	guess[1] = m->last_page_free;
	guess[2] = last + pages;
	guess[3] = last - pages;
	guess[4] = m->last_page;
	guess[5] = known ? n->after : 0;
}

void kmt_model_guess(struct kmt_model *m, const struct kmt_subject *s, uint64_t *guess)
{
	if (is_alloc(s->kind))
		guess_alloc(m, s, guess);
	else if (s->kind == KM_EV_PAGE_FREE || s->kind == KM_EV_KFREE ||
		 s->kind == KM_EV_CACHE_FREE)
		guess_free(m, s, guess);
	else
		guess_page(m, s, guess);
}

uint64_t kmt_model_base(const struct kmt_model *m, const struct kmt_subject *s)
{
	return m->last_of[s->kind];
}

static unsigned int slab_shift(uint32_t bytes)
{
	unsigned int shift = 12;

	while (shift < 15 && 8 * (uint64_t)bytes > UINT64_C(1) << shift)
		shift++;
	return shift;
}

static void learn_alloc(struct kmt_model *m, const struct kmt_subject *s, uint64_t addr)
{
	uint32_t key = key_of_alloc(m, s);
	struct key *k = &m->keys[key];
	struct node *n = take_node(m, addr);
	struct node *last = node_of(m, k->last);

	if (k->stack[(k->top + STACK - 1) % STACK] == addr) {
		k->top = (k->top + STACK - 1) % STACK;
		k->stack[k->top] = 0;
	}
	if (last->addr == k->last)
		last->after = addr;
	n->before = k->last;
	n->key = key;
	n->shape = s->shape + 1;
	if (s->kind != KM_EV_PAGE_ALLOC) {
		uint64_t *head = slab_head(m, k, key, addr);

		k->slab_shift = slab_shift(s->bytes_alloc);
		if (*head == addr)
			*head = n->next_free;
		m->last_object_alloc = addr;
	} else {
		m->last_page_alloc = addr;
	}
	k->stride = addr - k->last;
	k->last = addr;
}

static void learn_free(struct kmt_model *m, const struct kmt_subject *s, uint64_t addr)
{
	uint64_t *mine = &m->last_freed[s->shape & ((1 << SHAPE_BITS) - 1)];
	struct node *n = take_node(m, addr);
	struct node *last = node_of(m, *mine);
	uint32_t key = n->key;

	if (s->kind == KM_EV_CACHE_FREE) {
		key = cache_key(s->cache, s->cpu);
		if (n->shape)
			m->cache_of[(n->shape - 1) & ((1 << SHAPE_BITS) - 1)] = s->cache;
	}
	struct key *k = &m->keys[key];

	k->stack[k->top] = addr;
	k->top = (k->top + 1) % STACK;
	if (s->kind != KM_EV_PAGE_FREE) {
		uint64_t *head = slab_head(m, k, key, addr);

		n->next_free = *head;
		*head = addr;
	} else {
		m->last_page_free = addr;
	}
	if (last->addr == *mine)
		last->freed_after = addr;
	*mine = addr;
}

static void learn_locked(struct kmt_model *m, uint64_t addr)
{
	struct node *last = node_of(m, m->last_of[KM_EV_ZONE_LOCKED]);

	if (!m->in_run)
		m->run_first = addr;
	else if (last->addr == m->last_of[KM_EV_ZONE_LOCKED])
		last->next_free = addr;
	take_node(m, addr);
	m->in_run = true;
}

void kmt_model_learn(struct kmt_model *m, const struct kmt_subject *s, uint64_t addr)
{
	if (is_alloc(s->kind))
		learn_alloc(m, s, addr);
	else if (s->kind == KM_EV_PAGE_FREE || s->kind == KM_EV_KFREE ||
		 s->kind == KM_EV_CACHE_FREE)
		learn_free(m, s, addr);
	else if (s->kind == KM_EV_ZONE_LOCKED)
		learn_locked(m, addr);
	if (is_page(s->kind)) {
		m->in_run = s->kind == KM_EV_ZONE_LOCKED;
		m->last_page = addr;
	}
	m->last_of[s->kind] = addr;
}
