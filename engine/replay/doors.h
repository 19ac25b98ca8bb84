/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of a generated trace that came through another door to the page allocator than
 * alloc_pages(): engine/event.h says how their events name them.
 */
#ifndef KM_DOORS_H
#define KM_DOORS_H

#include "engine/event.h"
#include "engine/kmap/kmap.h"
#include "engine/kstack/kstack.h"
#include "engine/pages/pages.h"

struct replay;
struct op;

struct door_object {
	bool lives;
	uint8_t door, order;
	uint32_t bytes, pages;
	uint32_t block;	     /* FRAG: the block it is cut from */
	struct pfn head;     /* the others but BULK */
	struct pfn *page;    /* BULK: each page */
	uint64_t addr;	     /* of those that map, */
	struct kstack stack; /* STACK */
	uint32_t area;	     /* and what it is of the space; 0: a part of a block */
};

/* A block that fragments were cut from. */
struct door_block {
	struct pfn head;
	unsigned int order;
	bool cached; /* in @cpu's cache, which counts its fragments */
	unsigned int cpu;
	uint64_t users; /* fragments out, where it is not */
};

struct door_cache {
	struct pages_frag frag;
	bool has_block;
	uint32_t block;
};

/* Zeroed is empty. */
struct doors {
	uint32_t site[KM_NR_DOORS]; /* string ids met so far + 1 */
	unsigned int last;	    /* the door met last */
	struct door_object *object; /* by name */
	size_t nr_objects, room_objects;
	struct door_block *block;
	uint32_t *unused; /* blocks that are no more */
	size_t nr_blocks, room_blocks, nr_unused;
	struct door_cache *cache; /* by CPU */
	struct vmem *vmem;	  /* NULL until somebody maps */
	struct kstacks *stacks;	  /* NULL until somebody makes a task */
	struct kmap *kmap;	  /* NULL until somebody maps a page */
};

/*
 * Carry out an allocation (KM_EV_KMALLOC) or a free (KM_EV_KFREE). 0; -KM_EFORMAT for what
 * `kmemlab gen` does not write, -KM_ENOMEM; what the sink returned; @d is filled.
 */
int doors_event(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;
void doors_release(struct doors *t);

/* doors_vmem.c: the doors that map; @served: it has an address now */
int doors_map(struct replay *r, const struct op *op, struct door_object *o, bool *served,
	      struct km_diag *d) KM_MUST_CHECK;
/* The address space of all the doors is there. */
int doors_open_vmem(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;
int doors_map_failed(struct replay *r, const struct op *op,
		     const struct door_object *o) KM_MUST_CHECK;
bool doors_have_mmu(const struct replay *r);
void doors_unmap(struct replay *r, const struct op *op, const struct door_object *o);

/* doors_tasks.c: stacks and short-lived mappings */
int doors_task(struct replay *r, const struct op *op, struct door_object *o, bool *served,
	       struct km_diag *d) KM_MUST_CHECK;
int doors_task_failed(struct replay *r, const struct op *op,
		      const struct door_object *o) KM_MUST_CHECK;
void doors_task_end(struct replay *r, const struct op *op, const struct door_object *o);
int doors_report(struct replay *r) KM_MUST_CHECK;
void doors_tasks_release(struct doors *t);

#endif
