/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB of every CPU of a machine: arrays in levels, walk caches, lines of page tables,
 * address spaces, flushes. It holds no translations, only which pages have one: who asks says how
 * large the page is that maps an address.
 *
 * Differs: entries are filled at all levels on a walk and leave each for themselves; no speculative
 * fills, no prefetch, no sharing between hardware threads; walks take cycles and are counted, they
 * do not overlap; arrays that also hold walk entries (Cortex-A76) hold none of them here
 * (MODEL.md, "tlb").
 */
#ifndef ENGINE_TLB_H
#define ENGINE_TLB_H

#include "engine/core/diag.h"
#include "engine/tlb/tlb_profile.h"

struct tlb;

#define TLB_ALL UINT64_MAX

/* The name as documents write it ("tree-plru"); NULL beyond the last. */
const char *tlb_policy_name(unsigned int policy);
const char *tlb_index_name(unsigned int index);
const char *tlb_spaces_name(unsigned int spaces);

/**
 * tlb_profile_check() - can there be such a core?
 *
 * Entries must be a multiple of ways, sets a power of two, names and levels in order, at most one
 * array of a level for each use and page size, tree-plru over a power of two of at most 64 ways.
 * Kernel: none.
 *
 * Return: 0, or -KM_EINVAL with @d: where = the part's name ("L1D 4K"), what = why not.
 */
int tlb_profile_check(const struct tlb_profile *p, struct km_diag *d) KM_MUST_CHECK;

/**
 * tlb_open() - @nr_cpus empty TLBs of the kind @p, which is copied.
 * @seed: of TLB_RANDOM; each array of each CPU has a sequence of its own
 *
 * Return: 0; -KM_EINVAL for a profile that cannot be (@d says why), no CPUs or more than
 * KM_MAX_CPUS; -KM_ENOMEM.
 */
int tlb_open(struct tlb **out, const struct tlb_profile *p, unsigned int nr_cpus, uint64_t seed,
	     struct km_diag *d) KM_MUST_CHECK;
void tlb_close(struct tlb *t);

unsigned int tlb_nr_cpus(const struct tlb *t);
const struct tlb_profile *tlb_profile(const struct tlb *t);

/* ---- accesses ---- */

struct tlb_access {
	uint64_t vaddr;
	enum tlb_use use;
	uint8_t page_shift; /* of the page that maps it: 12 … 47 */
	bool kernel;	    /* the kernel's address: global, except with pti */
	bool forced;	    /* it follows from an algorithm, nothing was assumed */
};

/* Page sizes that some array holds, as bits; an access says one of them, or a larger one that an
 * array keeps in fragments, or one that none holds: it is walked each time. */
uint64_t tlb_sizes(const struct tlb *t);

/* What an access met: the level that had the page (0: none, it was walked), and what that took. */
struct tlb_outcome {
	unsigned int level;
	unsigned int table_reads;
	uint64_t cycles; /* beyond a hit at level 1 */
};

/* One access within one page. @cpu is below tlb_nr_cpus(). Kernel: none. */
struct tlb_outcome tlb_access(struct tlb *t, unsigned int cpu, const struct tlb_access *a);

/*
 * @bytes from @a->vaddr on, once for each page they lie in (0 bytes count as one; the address space
 * does not wrap). Cycles and reads are sums, level is the worst. Kernel: none.
 */
struct tlb_outcome tlb_touch(struct tlb *t, unsigned int cpu, const struct tlb_access *a,
			     uint64_t bytes);

/* ---- address spaces ---- */

/**
 * tlb_switch() - @cpu runs in address space @mm, a number below 2^30, from now on.
 *
 * Kernel: arch/x86/mm/tlb.c:switch_mm_irqs_off(), choose_new_asid() [6.1 6.12];
 *         arch/arm64/mm/context.c:check_and_switch_context() [6.1 6.12]
 * Differs: an address space's generation changes with tlb_flush_mm() alone; lazy TLB mode is not
 * modelled; arm64's numbers are given in the order of @mm and run out all at once.
 */
void tlb_switch(struct tlb *t, unsigned int cpu, uint32_t mm);

/* ---- flushes ---- */

/* Everything of @cpu, global entries and walk caches too. Kernel: none. */
void tlb_flush_cpu(struct tlb *t, unsigned int cpu);

/* The page that holds @vaddr, of whatever size: of the current address space, and global ones;
 * with it the walk caches of the current address space (INVLPG). Kernel: none. */
void tlb_flush_page(struct tlb *t, unsigned int cpu, uint64_t vaddr);

/* What a flush of the kernel's addresses came to. */
struct tlb_flush {
	bool full;	   /* everything went */
	uint64_t pages;	   /* one by one, on each CPU; 0 if full */
	unsigned int cpus; /* that flushed */
	unsigned int ipis; /* CPUs that were interrupted for it */
};

/**
 * tlb_flush_kernel() - the kernel's addresses [@start, @end), on every CPU; @end TLB_ALL: all.
 * @cpu: who asks
 *
 * More pages than the profile's ceiling empty every CPU's TLB, global entries included.
 *
 * Kernel: arch/x86/mm/tlb.c:flush_tlb_kernel_range() [6.1 6.12];
 *         arch/arm64/include/asm/tlbflush.h:flush_tlb_kernel_range() [6.1 6.12]
 */
struct tlb_flush tlb_flush_kernel(struct tlb *t, unsigned int cpu, uint64_t start, uint64_t end);

/**
 * tlb_flush_mm() - all of address space @mm: on CPUs that run in it, and where it has entries left.
 *
 * Kernel: arch/x86/mm/tlb.c:flush_tlb_mm_range() [6.1 6.12]
 * Differs: of the whole address space only; CPUs that do not run in it flush at their next switch
 * to it (a generation), as the kernel's do.
 */
struct tlb_flush tlb_flush_mm(struct tlb *t, unsigned int cpu, uint32_t mm);

/* ---- what was counted ---- */

struct tlb_count {
	uint64_t accesses, misses;
	uint64_t forced;    /* of the accesses */
	uint64_t evictions; /* entries that made room for another one */
};

/* Of array @array (index in the profile) on @cpu, for pages of 1 << @shift bytes as mapped. */
struct tlb_count tlb_count(const struct tlb *t, unsigned int cpu, unsigned int array,
			   unsigned int shift);

struct tlb_totals {
	uint64_t accesses;     /* tlb_access() */
	uint64_t walks;	       /* no array had the page */
	uint64_t table_reads;  /* entries of page tables read by walks */
	uint64_t walk_cycles;  /* what these took */
	uint64_t hit_cycles;   /* of hits below level 1 */
	uint64_t full_flushes; /* of the whole TLB */
	uint64_t page_flushes; /* single pages */
	uint64_t space_flushes;
};

struct tlb_totals tlb_totals(const struct tlb *t, unsigned int cpu);

/* Walks for pages of 1 << @shift bytes on @cpu. */
struct tlb_walks {
	uint64_t walks, table_reads, cycles;
	uint64_t forced; /* of the walks */
};

struct tlb_walks tlb_walks(const struct tlb *t, unsigned int cpu, unsigned int shift);

/* Entries that @array holds on @cpu now. */
uint64_t tlb_held(const struct tlb *t, unsigned int cpu, unsigned int array);

/* Recount every array from its entries: each in its set, none twice, of a size it may hold; the
 * policy's state possible. 0 or -KM_EINVAL with @d = the first difference. Kernel: none. */
int tlb_check(const struct tlb *t, struct km_diag *d) KM_MUST_CHECK;

#endif
