/* SPDX-License-Identifier: GPL-2.0-only */
/* SLAB's own part of a cache: what slab_arrays.c keeps, and slab_arrays_check.c recounts. */
#ifndef KM_SLAB_ARRAYS_H
#define KM_SLAB_ARRAYS_H

#include "engine/slab/slab_ops.h"

struct slab_entry {
	uint32_t slab;
	uint16_t index;
};

/* Kernel: mm/slab.c:struct array_cache */
struct slab_array {
	struct slab_entry *entry; /* the last one goes first */
	unsigned int avail, limit, batchcount;
	bool touched;
};

struct slab_chain {
	uint32_t head, tail;
};

/* Kernel: mm/slab.h:struct kmem_cache_node; slabs that are full are on no list here. */
struct slab_node {
	struct slab_chain partial, free;
	uint64_t free_objects; /* in slabs, not in arrays */
	uint64_t free_slabs;
	uint64_t free_limit;
	unsigned int colour_next;
	bool free_touched; /* a wholly free slab was taken from since the reaper came */
	uint64_t reaps;
	struct slab_array shared;
	struct slab_array *alien; /* by the node its objects are of; NULL on a single node */
};

struct slab_queues {
	struct slab_array *cpu;
	struct slab_node *node;
	/*
	 * Slabs begin in so many places, from 0 on, so many bytes apart; in on_slab_colour ones
	 * where the links lie behind the objects, which only the record can tell.
	 */
	unsigned int colour, on_slab_colour, colour_off;
	uint32_t lead; /* bytes of links before the objects */
};

/* ---- shared by the files of SLAB ---- */

static inline struct slab_queues *arrays_queues(const struct slab_room *s, unsigned int cache)
{
	return s->caches[cache].queues;
}

static inline unsigned int arrays_least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int arrays_cpu_node(const struct slab_room *s, unsigned int cpu);
struct slab_node *arrays_node_of(const struct slab_room *s, uint32_t id);

/* slab_arrays_lists.c */
void arrays_unlink(struct slab_room *s, struct slab_node *n, uint32_t id);
void arrays_link(struct slab_room *s, struct slab_node *n, uint32_t id, enum slab_place place,
		 bool tail);
unsigned int arrays_pop(struct slab *b);
void arrays_give_back(struct slab_room *s, uint32_t id);
void arrays_park(struct slab_room *s, struct slab_array *a, uint32_t id, unsigned int index);
void arrays_cut_oldest(struct slab_array *a, unsigned int nr);
void arrays_cut_at(struct slab_array *a, unsigned int at);
unsigned int arrays_transfer(struct slab_array *to, struct slab_array *from, unsigned int most);
void arrays_drain(struct slab_room *s, struct slab_node *n, struct slab_array *a, unsigned int nr);
unsigned int arrays_take_block(struct slab_room *s, struct slab_node *n, struct slab_array *a,
			       uint32_t id, unsigned int most);
void arrays_take_out(struct slab_room *s, uint32_t id, unsigned int index);
struct slab_array *arrays_find_parked(const struct slab_room *s, uint32_t id, unsigned int index,
				      unsigned int *at);

/* slab_arrays.c */
void arrays_refill(struct slab_room *s, unsigned int cache, unsigned int cpu);
struct slab_choice arrays_hand_out(struct slab_room *s, struct slab_array *a,
				   enum slab_source from);
void arrays_grow(struct slab_room *s, uint32_t fresh);
struct slab_choice arrays_take_one(struct slab_room *s, uint32_t id, unsigned int index,
				   enum slab_source from);

/* slab_arrays_right.c: of slab_ops */
void arrays_detach(struct slab_room *s, uint32_t id);
struct slab_choice arrays_alloc_fresh(struct slab_room *s, unsigned int cpu, uint32_t fresh,
				      unsigned int index);
void arrays_take(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu);
void arrays_begin(struct slab_room *s, uint32_t id, uint32_t start);
void arrays_found(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu,
		  bool from_boot);
uint32_t arrays_start_of(const struct slab_room *s, unsigned int cache, uint64_t offset);
void arrays_put_back(struct slab_room *s, unsigned int cache, uint64_t nr);

/* slab_arrays_check.c */
unsigned int slab_node_of(const struct slab_room *s, uint32_t id);
int slab_arrays_check(const struct slab_room *s, struct km_diag *d);

#endif
