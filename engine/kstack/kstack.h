/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks: a block of pages of the direct map, or pages mapped together by vmalloc, of which
 * each CPU keeps two of dead tasks.
 */
#ifndef KM_KSTACK_H
#define KM_KSTACK_H

#include "engine/vmem/vmem.h"

enum { KSTACK_MOST_CACHED = 2 };

struct kstack_ops {
	/* A block; KM_NO_PFN: there is none. It comes back as it was. */
	struct pfn (*get)(void *ctx, const struct pages_request *rq);
	void (*put)(void *ctx, unsigned int cpu, struct pfn p, unsigned int order);
};

struct kstack_config {
	uint64_t bytes;	     /* THREAD_SIZE: a power of 2 pages */
	bool mapped;	     /* VMAP_STACK */
	uint64_t align;	     /* THREAD_ALIGN, of mapped ones */
	unsigned int cached; /* of dead tasks, a CPU keeps at most */
	unsigned int nr_cpus, page_shift;
	struct vmem *vmem; /* where they are mapped */
	const struct kstack_ops *ops;
	void *ctx;
};

struct kstack {
	struct pfn head; /* KM_NO_PFN: it is mapped */
	uint64_t addr;
	uint32_t area;
};

struct kstack_counts {
	uint64_t made, reused, failed, freed;
};

struct kstacks {
	struct kstack_config c;
	struct kstack_cached {
		struct kstack stack[KSTACK_MOST_CACHED];
		bool is[KSTACK_MOST_CACHED];
	} * cpu;
	struct kstack_counts n;
};

/* Return: 0; -KM_ENOMEM; -KM_EINVAL for a size that no stack has. */
int kstack_init(struct kstacks *s, const struct kstack_config *c) KM_MUST_CHECK;
/* Nothing is given back. */
void kstack_release(struct kstacks *s);

/**
 * kstack_alloc() - a stack for a new task: one this CPU has kept, the lowest slot first, or a new
 * one.
 *
 * Kernel: kernel/fork.c:alloc_thread_stack_node() [2.6.34 6.1]
 * Differs: nothing is charged to a memory cgroup.
 *
 * Return: 0; @served tells whether there was memory; -KM_ENOMEM.
 */
int kstack_alloc(struct kstacks *s, unsigned int cpu, struct kstack *out,
		 bool *served) KM_MUST_CHECK;

/**
 * kstack_free() - its task is dead, and was switched away from on @cpu.
 *
 * Kernel: kernel/fork.c:free_thread_stack(), try_release_thread_stack_to_cache() [6.1]
 * Differs: there is no grace period before it goes, so the cache is not asked again behind one.
 */
void kstack_free(struct kstacks *s, unsigned int cpu, const struct kstack *stack);

/* How many a CPU keeps. Kernel: none */
unsigned int kstack_kept(const struct kstacks *s, unsigned int cpu);

#endif
