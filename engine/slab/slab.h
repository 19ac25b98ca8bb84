/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects: caches, their slabs, and where each slab stands. Which object is handed out next, and
 * what a free does to the lists, is a mechanism behind slab_ops.h.
 *
 * A slab is one block of pages cut into objects; an object is named by its slab and its index. The
 * room knows pages by their number and never asks for one: whoever owns it says which block became
 * a slab, and when the block went back. A slab that existed before anybody looked is adopted when
 * it is first seen, with every object in use.
 *
 * Per object 2 bytes (the link of the free list it is on), per slab 48.
 */
#ifndef KM_SLAB_H
#define KM_SLAB_H

#include "engine/core/diag.h"
#include "engine/slab/slab_profile.h"
#include "engine/slab/slob.h"

/* SLAB_PARKED: free, and in an array of free objects. */
enum { SLAB_END = 0xffff, SLAB_USED = 0xfffe, SLAB_PARKED = 0xfffd, SLAB_MAX_OBJS = 32767 };

#define SLAB_NONE 0u /* no slab; ids begin at 1 */

enum slab_place {
	SLAB_FULL, /* on no list */
	SLAB_ON_CPU,
	SLAB_CPU_PARTIAL,
	SLAB_NODE_PARTIAL,
	SLAB_NODE_FREE,
	SLAB_NR_PLACES,
};

struct slab {
	uint64_t page;	/* the first of 2^order */
	uint16_t *next; /* by index: the next free object, SLAB_END, SLAB_USED or SLAB_PARKED */
	uint32_t after, prev; /* on its list; a free slot of the room: the next one */
	uint32_t start;	      /* byte of the first object: the slab's colour */
	uint16_t cache, cpu;
	uint16_t objects;
	uint16_t freelist, nr_free; /* its own; what a CPU took away is not among them */
	uint16_t depth; /* of the per-CPU stack below and with it, when it was put there */
	uint8_t order, place;
};

struct slab_cpu {
	uint32_t slab; /* the one this CPU allocates from */
	uint16_t freelist, nr_free;
	uint32_t partial; /* top of its stack */
	/* When (slab_room.now) its slab had an object again, and its stack a slab. */
	uint64_t slab_since, stack_since;
};

struct slab_cache {
	char name[KM_NAME_LEN];
	uint32_t object_size, size; /* object_size 0: not known */
	uint32_t align, header;	    /* of objects that lie anywhere */
	bool whole;		    /* each of which is a block of pages */
	bool late;		    /* made after the first label, and without a slab so far */
	uint16_t objs;
	uint8_t order;
	uint32_t limit, batchcount, sharedfactor; /* of arrays; 0 where there are none */
	struct slab_queues *queues;		  /* … and they themselves */
	uint32_t cpu_partial_slabs, min_partial;
	struct slab_cpu *cpu;
	uint32_t head, tail; /* the node's partial list */
	uint64_t nr_partial, nr_slabs, nr_pages, total_objects;
	uint64_t list_since; /* when its list had a slab again */
	/*
	 * Those never seen, by the seed's word: slabs, their objects, and how many of these count
	 * as active. Less than none where the model holds what the kernel had given back.
	 */
	int64_t unseen_slabs, unseen_objs, unseen_active, unseen_active_slabs;
};

/* Where an object comes from. */
enum slab_source {
	SLAB_FROM_CPU,	       /* the CPU's own list */
	SLAB_FROM_SLAB,	       /* what others freed to the CPU's slab */
	SLAB_FROM_CPU_PARTIAL, /* the top of the CPU's stack, or of the node's shared array */
	SLAB_FROM_PARTIAL,     /* the node's lists */
	SLAB_FROM_NEW,	       /* a slab yet to be made */
};

/* What is done for objects, counted as it is done; allocations by their enum slab_source before. */
enum slab_work {
	SLAB_WORK_FREE = SLAB_FROM_NEW + 1, /* to the CPU's own slab or array */
	SLAB_WORK_FREE_SLOW,		    /* … to another slab */
	SLAB_WORK_OBJECT,		    /* an object of a new slab */
	SLAB_WORK_TRANSFER,		    /* one that moved between an array and its slab */
	SLAB_WORK_DISCARD,		    /* a slab went back */
	SLAB_NR_WORK,
};

struct slab_choice {
	enum slab_source from;
	uint32_t slab; /* SLAB_NONE where it is to be made */
	unsigned int index;
	uint32_t start; /* where it is to be made: byte of its first object */
};

/* Which node is whose. On a single node nothing is asked. */
struct slab_topology {
	unsigned int nr_nodes;
	unsigned int (*cpu_node)(const void *ctx, unsigned int cpu);
	unsigned int (*page_node)(const void *ctx, uint64_t page);
	const void *ctx;
};

/* May the slab whose first page is @page go back? Where nobody is asked, it may. */
struct slab_release {
	bool (*may_go)(void *ctx, uint64_t page);
	void *ctx;
};

struct slab_room {
	const struct slab_profile *prof;
	struct slab_cache *caches;
	size_t nr_caches;
	struct slab *slabs; /* slot 0 is nobody's */
	size_t nr_slots;
	uint32_t free_slot;
	uint32_t *of_page; /* by page from first_page: the slab's id, or SLAB_NONE */
	uint64_t first_page, nr_pages;
	unsigned int nr_cpus, page_shift;
	struct slab_topology topology;
	struct slob slob; /* of an allocator whose objects lie anywhere; then there are no slabs */
	struct slab_watch watch;
	struct slab_release release;
	bool keeps_above;  /* take() takes one object: those before it on its list stay free */
	bool reaps_slabs;  /* no record says which slabs the reaper gives back: it decides */
	uint64_t now;	   /* the caller's count of events; only compared */
	uint64_t released; /* slabs the model gave back by itself */
	uint64_t done[SLAB_NR_WORK];
	int host_error; /* noted where nothing can be returned: the room is of no use any more */
};

/* Numbers of /proc/slabinfo. */
struct slab_count {
	uint64_t active_objs, num_objs, active_slabs, num_slabs, sharedavail;
};

/* What a cache is made from. 0 where the kernel's own rule is to say. */
struct slab_cache_config {
	const char *name;
	uint32_t object_size, size;
	unsigned int order, objs;
	unsigned int cpu_partial, min_partial;	  /* objects; slabs */
	bool has_limits;			  /* the last two are known, 0 too */
	uint32_t limit, batchcount, sharedfactor; /* of arrays */
	uint32_t align;
	uint32_t header; /* bytes of its size that lie before what is aligned */
	/* Its flags: SLAB_RECLAIM_ACCOUNT; a constructor or SLAB_TYPESAFE_BY_RCU. */
	bool reclaim, constructed;
};

/**
 * slab_init() - a room for the pages [@first_page, @first_page + @nr_pages), without caches.
 *
 * It is of one node; where there are more, .topology is to be set before the first cache.
 *
 * Return: 0, -KM_ENOMEM.
 */
int slab_init(struct slab_room *s, const struct slab_profile *prof, uint64_t first_page,
	      uint64_t nr_pages, unsigned int nr_cpus, unsigned int page_shift) KM_MUST_CHECK;
void slab_release(struct slab_room *s);

/**
 * slab_cache_init() - add a cache.
 *
 * Kernel: mm/slub.c:calculate_sizes(), set_cpu_partial() [6.1];
 * mm/slab.c:__kmem_cache_create(), enable_cpucache() [6.1]
 * Differs: the size is given, not computed from flags and constructor.
 *
 * Return: its number; -KM_ENOMEM, -KM_EINVAL for one that cannot be.
 */
int slab_cache_init(struct slab_room *s, const struct slab_cache_config *c) KM_MUST_CHECK;

/**
 * slab_order_for() - pages of a slab, as an order, for objects of @size bytes.
 *
 * Kernel: mm/slub.c:calculate_order(), calc_slab_order() [6.1]
 *
 * Return: the order; beyond profile's top_order where no slab can hold one.
 */
unsigned int slab_order_for(const struct slab_profile *prof, uint32_t size, unsigned int nr_cpus,
			    unsigned int page_shift);

/**
 * slab_kmalloc_size() - bytes of the kmalloc cache that serves @bytes; 0: none, pages do.
 * Kernel: mm/slab_common.c:kmalloc_slab() [6.1]
 */
uint32_t slab_kmalloc_size(const struct slab_profile *prof, uint32_t bytes);

/* The slab that holds @page; SLAB_NONE: none known. */
uint32_t slab_at(const struct slab_room *s, uint64_t page);

/*
 * The page and the byte in it where an object begins (its header is the object's); and which object
 * covers that place.
 */
uint64_t slab_object_offset(const struct slab_room *s, uint32_t slab, unsigned int index);
int slab_index_of(const struct slab_room *s, uint32_t slab, uint64_t page, unsigned int byte);

/* Is there such a slab, and in it such an object, and has somebody it? */
bool slab_has_object(const struct slab_room *s, uint32_t slab, unsigned int index);

/* Has somebody this object, which there is? */
bool slab_is_used(const struct slab_room *s, uint32_t slab, unsigned int index);

/* Pages of all its slabs. */
uint64_t slab_pages(const struct slab_room *s);

/**
 * slab_per_cpu_bytes() - what the allocator keeps for each CPU, over all caches.
 * Kernel: mm/slub.c:alloc_kmem_cache_cpus() [6.1]; mm/slab.c:alloc_kmem_cache_cpus() [6.1]
 */
uint64_t slab_per_cpu_bytes(const struct slab_room *s);

/**
 * slab_make() - the block at @page becomes a slab of @cache: in use entirely, on no list.
 *
 * Where other slabs stood there, their pages went back unseen: they are forgotten.
 * Kernel: mm/slub.c:allocate_slab() [6.1]; mm/slab.c:kmem_getpages() [6.1]
 *
 * Return: 0 and its id; -KM_ENOMEM; -KM_EINVAL where the block lies outside.
 */
int slab_make(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id) KM_MUST_CHECK;

/*
 * As slab_make(), of a block of another order than the cache's own, which the page allocator could
 * not give. Kernel: mm/slub.c:allocate_slab() [6.1]
 */
int slab_make_of_order(struct slab_room *s, unsigned int cache, uint64_t page, unsigned int order,
		       uint32_t *id) KM_MUST_CHECK;

/* The least order of a slab of @cache, where the allocator takes one. */
unsigned int slab_least_order(const struct slab_room *s, unsigned int cache);

/* From now on @w hears of each block that goes back. */
void slab_watched_by(struct slab_room *s, struct slab_watch w);

/* A slab that was there before: as slab_make(), and one fewer is unseen. */
int slab_adopt(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id) KM_MUST_CHECK;

/* Byte @byte of @page is an object's beginning: so the slab's first object is known too. */
void slab_place(struct slab_room *s, uint32_t slab, uint64_t page, unsigned int byte);

/* Its objects 0, 1, 2, … from @first on are free, in that order. */
void slab_free_from(struct slab_room *s, uint32_t slab, unsigned int first);

/* Its pages went back: it leaves its list, and is no more. */
void slab_forget(struct slab_room *s, uint32_t slab);

/* Its numbers in /proc/slabinfo; all 0 where the allocator has no such file. */
void slab_count(const struct slab_room *s, unsigned int cache, struct slab_count *out);

/* How full the slabs are that the model knows. */
struct slab_use {
	uint64_t slabs, used_objs;
	uint64_t single_slabs; /* one object is in use, of several */
	uint64_t sparse_slabs; /* a quarter of the objects at most, or none */
};
/* @by_cache has a place for each cache. */
void slab_use(const struct slab_room *s, struct slab_use *by_cache);

/* Recount every slab and list. */
int slab_check(const struct slab_room *s, struct km_diag *d);

#endif
