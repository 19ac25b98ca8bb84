/* SPDX-License-Identifier: GPL-2.0-only */
/* What carrying out a workload holds: shared by gen.c and gen_barrier.c, and nobody else. */
#ifndef TRACES_GEN_STATE_H
#define TRACES_GEN_STATE_H

#include "traces/gen.h"
#include "traces/gen_pool.h"
#include "traces/gen_slots.h"

enum { BATCH_EVENTS = 4096, FIRST_PID = 1000 };

/* Where in its steps a thread is. */
struct place {
	const struct workload_step *steps;
	size_t nr, at;
	uint64_t round, times;
};

struct thread {
	const struct workload_group *group;
	uint16_t cpu;
	int32_t pid;
	uint32_t comm;
	struct place place[WORKLOAD_MAX_DEPTH + 1];
	unsigned int depth;		  /* the innermost place */
	const struct workload_step *busy; /* ALLOC, FREE: under way */
	const struct workload_step *waits;
	uint64_t left; /* objects, or pages where @in_pages */
	bool in_pages, done;
	uint64_t allocated, freed; /* objects: ever; by the last free step */
	bool has_freed;
	struct gen_pool pool[WORKLOAD_MAX_KINDS];
	struct gen_pool aside; /* pieces of blocks that this step broke: not to be freed by it */
	struct gen_ends ends;
};

struct gen {
	const struct workload *w;
	const struct gen_machine *m;
	struct strtab *strings;
	const struct gen_sink *sink;
	struct gen_totals *totals;
	struct km_diag *d;
	struct rng rng;
	uint64_t ts_ns;
	struct thread *thread;
	unsigned int nr_threads;
	struct gen_slots slots[KM_MAX_ORDERS];
	uint32_t *left[KM_MAX_ORDERS]; /* by slot: pages of a broken block that live */
	size_t room_left[KM_MAX_ORDERS];
	struct gen_slots door_slots; /* names of what came through other doors */
	uint32_t *door_pages;	     /* of each: pages */
	size_t room_door_pages;
	uint32_t door_site[KM_NR_DOORS]; /* string ids; 0: none yet */
	struct km_event ev[BATCH_EVENTS];
	size_t nr_ev;
};

/* Each returns 0 or a negative -KM_E… with g->d filled. */
int gen_no_memory(const struct gen *g);

/* One event of @t, at the next moment. */
int gen_emit(struct gen *g, const struct thread *t, struct km_event ev) KM_MUST_CHECK;

/* gen_doors.c: an object of @k at its door; its name and its pages */
int gen_door_alloc(struct gen *g, const struct thread *t, const struct workload_kind *k,
		   uint64_t bytes, uint32_t *slot, uint32_t *pages) KM_MUST_CHECK;
int gen_door_free(struct gen *g, const struct thread *t, const struct workload_kind *k,
		  uint32_t slot, uint32_t *pages) KM_MUST_CHECK;

/*
 * gen_barrier.c: every thread that has not ended waits; what they wait for happens, once, and they
 * go on.
 */
int gen_release_barrier(struct gen *g) KM_MUST_CHECK;

#endif
