/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping pages that the direct map does not hold, on 32 bits: the table of permanent mappings
 * (kmap), the slots of a CPU for short ones (kmap_atomic, by type or as a stack), a task's stack of
 * them (kmap_local), and the hash that finds the address of a page.
 *
 * Pages are named by number; those below .lowmem_end are in the direct map and need none of this.
 */
#ifndef KM_KMAP_H
#define KM_KMAP_H

#include "engine/core/diag.h"
#include "engine/core/types.h"

enum { KMAP_HASH_BUCKETS = 128, KMAP_LOCAL_SLOTS = 16, KMAP_MAX_COLOURS = 8 };

/* How short mappings are kept. */
enum kmap_short {
	KMAP_BY_TYPE,	 /* up to 2.6.36: a slot of the CPU for each type of use */
	KMAP_CPU_STACK,	 /* 2.6.37 to 5.10: the CPU's next one */
	KMAP_TASK_STACK, /* since 5.11: the task's next one, on whatever CPU it runs */
};

struct kmap_profile {
	enum kmap_short short_ones;
	unsigned int types; /* KM_TYPE_NR; of a task: KM_MAX_IDX */
};

struct kmap_config {
	const struct kmap_profile *prof;
	unsigned int slots;   /* LAST_PKMAP: a power of 2 */
	unsigned int colours; /* of the cache's aliases; 0 and 1: none */
	unsigned int nr_cpus, page_shift;
	uint64_t base;	     /* where the table's addresses begin */
	uint64_t fixmap;     /* … and those of short mappings */
	uint64_t direct_map; /* where the direct map has page 0 */
	uint64_t lowmem_end; /* page number */
};

struct kmap_counts {
	uint64_t maps, found;	 /* kmap() of high pages; of these mapped already */
	uint64_t flushes, waits; /* of the whole table; requests that found it full */
	uint64_t short_maps, local_flushes;
};

/* A task's short mappings. Kernel: include/linux/sched.h:struct kmap_ctrl [6.1] */
struct kmap_task {
	unsigned int depth;
	uint64_t page[KMAP_LOCAL_SLOTS];
};

struct kmap {
	struct kmap_config c;
	/* by slot: 0 usable, 1 in nobody's use but maybe in a TLB, n: n - 1 users */
	uint32_t *count;
	uint64_t *page;			    /* by slot, where count is not 0 */
	uint32_t *chain;		    /* by slot + 1: the next of its bucket; 0: none */
	uint32_t bucket[KMAP_HASH_BUCKETS]; /* slot + 1 */
	uint32_t last[KMAP_MAX_COLOURS];    /* the slot handed out last */
	uint64_t waiting[KMAP_MAX_COLOURS];
	uint64_t *short_page; /* by CPU and slot: page + 1; 0: none */
	unsigned int *depth;  /* by CPU: of its stack */
	struct kmap_counts n;
};

/* Return: 0; -KM_ENOMEM; -KM_EINVAL for slots or colours that cannot be. */
int kmap_init(struct kmap *k, const struct kmap_config *c) KM_MUST_CHECK;
void kmap_release(struct kmap *k);

/**
 * kmap_map() - an address for a page, until its last user gives it back. Slots are taken in turn;
 * when the turn begins anew those without users are freed, all at once, by one flush.
 *
 * Kernel: mm/highmem.c:kmap_high(), map_new_virtual(), flush_all_zero_pkmaps() [2.6.34 6.1]
 *
 * Return: the address; 0: all slots have users, the task sleeps until kmap_unmap() says so, and
 * asks again.
 */
uint64_t kmap_map(struct kmap *k, uint64_t page);

/**
 * kmap_unmap() - one user less.
 *
 * Kernel: mm/highmem.c:kunmap_high() [6.1]
 *
 * Return: how many who sleep are to be woken: all of that colour, where a slot has lost its last
 * user.
 */
uint64_t kmap_unmap(struct kmap *k, uint64_t page);

/* Where a page is; 0: nowhere. Kernel: mm/highmem.c:page_address() [6.1] */
uint64_t kmap_address(const struct kmap *k, uint64_t page);

/**
 * kmap_short() - a mapping that ends before the CPU does something else: of @type, or the next one
 * of the CPU's stack or of @task's.
 *
 * Kernel: arch/x86/mm/highmem_32.c:kmap_atomic() [2.6.34], mm/highmem.c:__kmap_local_page_prot()
 * [6.1]
 *
 * Return: the address. A slot that is in use, or a stack that is full, is a bug of the caller.
 */
uint64_t kmap_short(struct kmap *k, unsigned int cpu, unsigned int type, struct kmap_task *task,
		    uint64_t page);

/* The last such mapping, or @type's, ends. Kernel: mm/highmem.c:kunmap_local_indexed() [6.1] */
void kmap_short_end(struct kmap *k, unsigned int cpu, unsigned int type, struct kmap_task *task,
		    uint64_t page);

/*
 * @cpu runs @next instead of @prev: the one's mappings are taken down, the other's put up again.
 * Kernel: mm/highmem.c:__kmap_local_sched_out(), __kmap_local_sched_in() [6.1]
 */
void kmap_switch(struct kmap *k, unsigned int cpu, const struct kmap_task *prev,
		 const struct kmap_task *next);

/* Recount: slots with a page are in the hash once, those without are not. */
int kmap_check(const struct kmap *k, struct km_diag *d) KM_MUST_CHECK;

#endif
