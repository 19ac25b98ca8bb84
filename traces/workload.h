/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload as data: what kinds of blocks there are, and what each thread does in which order.
 * cli/workload_yaml.c makes one from a document, gen.h carries it out.
 */
#ifndef TRACES_WORKLOAD_H
#define TRACES_WORKLOAD_H

#include "engine/core/rng.h"
#include "engine/event.h"

enum {
	WORKLOAD_MAX_KINDS = 32,
	WORKLOAD_MAX_GROUPS = 64,
	WORKLOAD_MAX_RANGES = 32,
	WORKLOAD_MAX_DEPTH = 8,
	WORKLOAD_MAX_THREADS = KM_MAX_CPUS,
	WORKLOAD_NAME_LEN = 16,	 /* as TASK_COMM_LEN, its NUL included */
	WORKLOAD_MAX_ORDER = 13, /* of any machine; its own may be less */
	WORKLOAD_GFP_LEN = 256,
};

/* Bytes of a block asked for by size; and of what is no block: addresses, contiguous areas. */
#define WORKLOAD_MAX_BLOCK (UINT64_C(4) << 20)
#define WORKLOAD_MAX_RANGE (UINT64_C(2) << 30)

enum workload_shape {
	WORKLOAD_RANGES,      /* a range by weight, then uniformly inside it */
	WORKLOAD_EXPONENTIAL, /* range[0].low: the mean */
};

/* A distribution of whole numbers. */
struct workload_numbers {
	enum workload_shape shape;
	unsigned int nr;
	struct {
		uint64_t low, high, weight; /* both included */
	} range[WORKLOAD_MAX_RANGES];
};

uint64_t workload_number(const struct workload_numbers *n, struct rng *r);

/* A kind of block that threads ask for. */
struct workload_kind {
	char name[WORKLOAD_NAME_LEN];
	bool by_size; /* @size is in bytes: the order is the smallest that holds it */
	struct workload_numbers size; /* orders, or bytes */
	uint32_t gfp;		      /* KM_GFP_…, as the kernel it is made for has them */
	char gfp_text[WORKLOAD_GFP_LEN];
	unsigned int line, column; /* where the document has it */
	bool has_lifetime;
	struct workload_numbers lifetime; /* further allocations of its thread */
	bool has_door;			  /* asked for at @door, else by alloc_pages() */
	enum km_door door;
	char area[KM_NAME_LEN]; /* KM_DOOR_CMA: the contiguous area's name, "" for the default one */
	unsigned int area_line, area_column;
	bool has_align; /* the door's, in bytes; taken up to a power of 2 */
	struct workload_numbers align;
	bool file; /* in the page cache: mm_filemap_add_to_page_cache follows */
};

/* How many. */
struct workload_amount {
	enum {
		AMOUNT_COUNT, /* objects */
		AMOUNT_SHARE, /* 1/10000: of the thread's share of memory, or of what it has */
		AMOUNT_FREED, /* as many as this thread's last free step freed */
	} unit;
	uint64_t n;
};

enum workload_action {
	WORKLOAD_ALLOC,
	WORKLOAD_FREE,
	WORKLOAD_BARRIER,
	WORKLOAD_SHUFFLE, /* a barrier where all threads' objects change hands at random */
	WORKLOAD_MARK,	  /* a barrier with a marker: the state there is recorded */
	WORKLOAD_REPEAT,
};

enum workload_pick { PICK_RANDOM, PICK_OLDEST, PICK_NEWEST, PICK_ADDRESS };

struct workload_step {
	enum workload_action action;
	unsigned int line, column; /* of the document */
	struct workload_amount amount;
	uint32_t weight[WORKLOAD_MAX_KINDS]; /* ALLOC: how often each kind; FREE: not 0: this one */
	enum workload_pick pick;
	unsigned int part, of;	     /* FREE: @part of every @of pages of a block; 0: the whole */
	char label[48];		     /* MARK: "%" stands for the innermost repeat's round */
	uint64_t times;		     /* REPEAT */
	struct workload_step *steps; /* REPEAT: nr_steps of them */
	size_t nr_steps;
};

/* Threads that do the same. */
struct workload_group {
	char name[WORKLOAD_NAME_LEN];
	unsigned int threads, first_cpu;
	struct workload_step *steps;
	size_t nr_steps;
};

struct workload {
	char path[256];
	uint64_t seed;
	uint64_t step_ns;     /* from one event to the next */
	unsigned int burst;   /* operations of one thread before the next one's turn */
	uint64_t spare_pages; /* of each thread: not counted into its share of memory */
	bool of_memory;	      /* shares are of all memory, not of the largest zone */
	struct workload_kind kind[WORKLOAD_MAX_KINDS];
	unsigned int nr_kinds;
	struct workload_group group[WORKLOAD_MAX_GROUPS];
	unsigned int nr_groups;
	char curve[256]; /* the published curve's file, "" for none */
};

/*
 * What a thread's share of @pages of memory is: an equal part of what is left when each thread has
 * left its spare pages alone. 0 where nothing is left.
 */
uint64_t workload_share(const struct workload *w, uint64_t pages);

/* Bytes that an object of @k may have where it is asked for by size. */
uint64_t workload_most_bytes(const struct workload_kind *k);

unsigned int workload_nr_threads(const struct workload *w);

void workload_release(struct workload *w);

#endif
