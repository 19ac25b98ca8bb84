/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that nobody recorded: a trace of allocations has no loads and stores, so what the TLB
 * sees is made up by synthesizers, of what an allocation or a free must touch (forced by the
 * kernel's algorithm) or may be thought to touch (assumed). Each counts its own.
 *
 * And how the kernel maps its memory: directly, by pages as large as fit, struct page by 2 MiB.
 */
#ifndef ENGINE_TLB_SYNTH_H
#define ENGINE_TLB_SYNTH_H

#include "engine/tlb/tlb.h"

/* ---- the kernel's mappings ---- */

enum { KERNEL_MAP_RAM = 64 };

struct kernel_map {
	unsigned int page_shift, large_shift, giant_shift; /* giant 0: there are no such pages */
	unsigned int nr_ram;
	struct {
		uint64_t start, end; /* pages */
	} ram[KERNEL_MAP_RAM];	     /* by address, apart from one another */
	uint64_t split_end;	     /* the large pages below this page are split */
	uint64_t direct;	     /* where page 0 is mapped */
	uint64_t vmemmap;	     /* where its struct page is */
};

/* Add memory [@start, @end), in pages, above what there is; what adjoins is one. -KM_EINVAL where
 * it is not above, or there is too much of it. */
int kernel_map_add(struct kernel_map *m, uint64_t start, uint64_t end) KM_MUST_CHECK;

/**
 * kernel_map_split() - split the lowest large pages, so many that as near to @kib KiB as whole ones
 * come are mapped by single pages.
 *
 * Kernel: arch/x86/mm/pat/set_memory.c:split_large_page() [6.1 6.12]
 * Differs: which pages are split nobody records; the lowest are.
 */
void kernel_map_split(struct kernel_map *m, uint64_t kib);

/**
 * kernel_map_shift() - log2 of the page that maps page @pfn directly.
 *
 * Kernel: arch/x86/mm/init.c:split_mem_range() [6.1 6.12]
 */
unsigned int kernel_map_shift(const struct kernel_map *m, uint64_t pfn);

/* KiB mapped by pages of 1 << @shift bytes. */
uint64_t kernel_map_kib(const struct kernel_map *m, unsigned int shift);

/* ---- synthesizers ---- */

enum synth_kind {
	SYNTH_METADATA, /* S1: struct page; the link in a free object that is handed out */
	SYNTH_ZERO,	/* S2: zeroing, once in each page of the mapping */
	SYNTH_FIRST,	/* S3: one write to the first line */
	SYNTH_ALL,	/* S4: each line of 64 bytes once, in order */
	SYNTH_FREE,	/* S5: the link written into an object that is freed */
	SYNTH_NR,
};

/* "S1"; NULL beyond the last. */
const char *synth_name(unsigned int kind);
/* Does it follow from the kernel's algorithm? */
bool synth_forced(enum synth_kind kind);

struct synth {
	struct tlb *tlb;
	unsigned int on;    /* bit per enum synth_kind */
	bool init_on_alloc; /* everything is zeroed, asked for or not */
	bool links_inside;  /* free objects hold the links to one another: SLUB, SLOB */
	struct kernel_map map;
	uint64_t count[SYNTH_NR]; /* look-ups made */
};

/* Pages [@pfn, @pfn + 1 << @order) were handed out on @cpu (@zeroed: __GFP_ZERO), or come back. */
void synth_pages(struct synth *s, unsigned int cpu, uint64_t pfn, unsigned int order, bool zeroed);
void synth_pages_free(struct synth *s, unsigned int cpu, uint64_t pfn);

/* An object of page @pfn, directly mapped: @offset bytes into it; @bytes long. */
void synth_object(struct synth *s, unsigned int cpu, uint64_t pfn, uint64_t offset, uint64_t bytes,
		  bool zeroed);
void synth_object_free(struct synth *s, unsigned int cpu, uint64_t pfn, uint64_t offset);

/* A vmalloc area of @bytes at @vaddr, mapped by single pages. Its pages are zeroed when they are
 * allocated, through the direct map. */
void synth_area(struct synth *s, unsigned int cpu, uint64_t vaddr, uint64_t bytes);

#endif
