/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What operations take, step by step, by a table of costs (cost_profile.h). An operation begins on
 * a CPU at a moment, steps move its clock on, a lock that another CPU holds makes it wait, and its
 * end counts how long it took, by path and class, and in which parts.
 *
 *	cost_begin → (cost_add | cost_lock | cost_unlock | cost_flush)* → cost_end
 *
 * Each lock is held until a virtual moment: who comes before that waits for the rest. The order in
 * which operations begin is their caller's.
 *
 * Times are integer picoseconds. No step of this room models the kernel: the costs stand for it.
 */
#ifndef KM_COST_H
#define KM_COST_H

#include "engine/core/types.h"
#include "engine/cost/cost_profile.h"
#include "engine/cost/hist.h"

enum cost_path {
	COST_ALLOC_PAGES,
	COST_FREE_PAGES,
	COST_UNTRACED, /* removals and drains that no traced request asked for */
	COST_BULK,
	COST_SLAB_PATH_ALLOC,
	COST_SLAB_PATH_FREE,
	COST_VMALLOC,
	COST_VFREE,
	COST_PURGE,
	COST_CMA_ALLOC,
	COST_NR_PATHS,
};

/* How a request was served. Of pages with their order, see cost_class(). */
enum cost_how {
	COST_HOW_PCP,	   /* by the CPU's own list, or array */
	COST_HOW_REFILL,   /* … which was filled for it; or drained */
	COST_HOW_ZONE,	   /* by the zone's free lists, or the slab's own */
	COST_HOW_FALLBACK, /* by another type's block; or the CPU's stack of slabs */
	COST_HOW_SLOW,	   /* after the slow path; or by the node's lists */
	COST_HOW_NEW,	   /* by a new slab; or with a purge */
	COST_HOW_FAILED,
	COST_HOW_PAGES, /* an object that is whole pages */
	COST_NR_HOWS = 8,
};

enum { COST_NR_CLASSES = 16 * COST_NR_HOWS, COST_NR_SLOWEST = 10, COST_CLASS_LEN = 32 };

/* The class of a request for blocks of @order; 0 where there is no order. Kernel: none */
static inline unsigned int cost_class(unsigned int order, enum cost_how how)
{
	return (order < 16 ? order : 15) * COST_NR_HOWS + (unsigned int)how;
}

struct cost_config {
	const struct cost_table *table;
	unsigned int nr_cpus, nr_locks;
	/* A CPU begins its next operation when its last one has ended, whatever @ts says. */
	bool closed_loop;
};

/* One of those that took longest. */
struct cost_event {
	uint64_t event_no, ts_ns, took_ps;
	unsigned int cpu, path, class;
	uint64_t part[COST_NR_PARTS];
};

struct cost_cpu {
	uint64_t clock;			      /* where its last operation ended */
	uint64_t stolen;		      /* by answering others' interrupts */
	uint64_t flushes, full_flushes, ipis; /* that it asked for */
	bool worked;
};

struct cost_lock {
	uint64_t until;
	unsigned int cpu; /* who held it last */
};

struct cost {
	const struct cost_table *table;
	uint64_t ps[COST_NR_ITEMS];
	uint8_t part_of[COST_NR_ITEMS];
	uint64_t steps[COST_NR_ITEMS]; /* how many of each were counted */
	unsigned int nr_cpus, nr_locks;
	bool closed_loop, failed; /* failed: the host had no memory */
	struct cost_cpu *cpu;
	struct cost_lock *lock;
	uint64_t latest; /* where the latest operation began */
	struct {
		uint64_t start, now;
		unsigned int cpu;
		uint64_t part[COST_NR_PARTS];
		uint64_t event_no, ts_ns, waited;
	} op;
	struct hist latency[COST_NR_PATHS][COST_NR_CLASSES];
	struct hist window[COST_NR_PATHS];
	uint64_t part[COST_NR_PATHS][COST_NR_PARTS];
	uint64_t waited[COST_NR_PATHS];		    /* for locks that others held */
	struct cost_event slowest[COST_NR_SLOWEST]; /* the longest first */
	unsigned int nr_slowest;
};

/* Return: 0; -KM_ENOMEM. The table must live as long. Kernel: none */
int cost_open(struct cost **out, const struct cost_config *config, struct km_diag *d) KM_MUST_CHECK;
void cost_close(struct cost *c);

/*
 * An operation begins on @cpu at @ts_ns. In a closed loop: where the CPU's last one ended; a CPU
 * that has been idle begins where the others are. Kernel: none
 */
void cost_begin(struct cost *c, unsigned int cpu, uint64_t ts_ns, uint64_t event_no);

/* It makes @n of these steps. Kernel: none */
static inline void cost_add(struct cost *c, enum cost_item item, uint64_t n)
{
	uint64_t ps;

	c->steps[item] += n;
	if (__builtin_mul_overflow(n, c->ps[item], &ps) || ps > COST_MOST_PS)
		ps = COST_MOST_PS;
	c->op.now += ps;
	c->op.part[c->part_of[item]] += ps;
}

/* It waits for @lock, and has it until cost_unlock(). Kernel: none */
void cost_take_lock(struct cost *c, unsigned int lock);
void cost_unlock(struct cost *c, unsigned int lock);

/*
 * It flushes @pages of the kernel's addresses, or (@full) all, on every CPU; @broadcast: without
 * interrupts. Of the targets, those that did nothing of late count as idle.
 * Kernel: arch/x86/mm/tlb.c:flush_tlb_kernel_range() [6.1]
 */
void cost_flush(struct cost *c, uint64_t pages, bool full, bool broadcast);

/* It ends. Return: how long it took. Kernel: none */
uint64_t cost_end(struct cost *c, enum cost_path path, unsigned int class);

/* The stretch of time that c->window counts ends. Kernel: none */
void cost_window_clear(struct cost *c);

/* "alloc_pages"; "order=0 refill". NULL beyond the last. Kernel: none */
const char *cost_path_name(unsigned int path);
void cost_class_name(char out[COST_CLASS_LEN], enum cost_path path, unsigned int class);

/* The path that two parts of @e took most of its time: the larger first; COST_NR_PARTS: none. */
void cost_main_parts(const struct cost_event *e, unsigned int out[2]);

#endif
