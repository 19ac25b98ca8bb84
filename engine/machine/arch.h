/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Architectures as data: which zones there are and where they end, which page sizes, how large a
 * block and a pageblock get, where memory lies when nobody says.
 */
#ifndef KM_MACHINE_ARCH_H
#define KM_MACHINE_ARCH_H

#include "engine/variant/variant.h"
#include "engine/vmem/vmem.h"

enum { ARCH_MAX_ZONES = 5, ARCH_MAX_PAGE_SIZES = 3 };

/* One of the zones a kernel for this architecture has, lowest first. */
struct arch_zone {
	const char *name; /* as zoneinfo prints it; NULL ends the table */
	uint64_t end;	  /* bytes: its pages lie below; UINT64_MAX: the rest of memory */
};

struct arch_pages {
	unsigned int shift;	 /* log2 of the page size; 0 ends the table */
	unsigned int nr_orders;	 /* largest block order + 1 */
	unsigned int huge_order; /* of a PMD-sized page, and by default of a pageblock */
};

struct machine_arch {
	unsigned int kind;	    /* enum km_arch */
	const char *name;	    /* "x86-64" */
	const char *const *aliases; /* as uname -m says it; ended by NULL */
	unsigned int bits_per_long;
	uint64_t memory_at;	     /* bytes: where memory of a given size begins */
	uint64_t hole_from, hole_to; /* memory of a given size goes on above this hole; 0: none */
	uint64_t legacy_from, legacy_to; /* never RAM: the holes of the first megabyte; 0: none */
	uint64_t most;			 /* bytes: physical addresses end here */
	/* Where the kernel maps memory directly, and what its beginning is rounded to. */
	uint64_t direct_map, direct_map_old;
	uint64_t direct_align;
	struct vmem_layout vmem;     /* for its smallest pages; see machine_arch_vmem() */
	unsigned int vmem_levels;    /* page tables that are not there from boot */
	uint64_t vmem_5, vmem_5_end; /* vmalloc's range with five levels; 0: there are none */
	unsigned int thread_stack;   /* bytes; 0: as the kernel's release has them */
	unsigned int kmap_slots;     /* LAST_PKMAP; 0: all memory is in the direct map */
	uint64_t kmap_base, fixmap;
	/* The zone that the default contiguous area lies in or below; NULL: any. */
	const char *default_cma_in;
	bool dma_follows_memory; /* where all memory lies above a zone, it has all of it */
	struct arch_zone zone[ARCH_MAX_ZONES + 1];
	struct arch_pages pages[ARCH_MAX_PAGE_SIZES + 1];
};

/* The architectures; NULL beyond the last. */
const struct machine_arch *machine_arch_at(size_t i);

/* By its own name or an alias; NULL: there is none. */
const struct machine_arch *machine_arch_find(const char *name);

/*
 * Its virtual addresses with pages of 2^@shift bytes: a table has entries of 8 bytes.
 * Kernel: arch/x86/include/asm/pgtable_64_types.h, arch/x86/include/asm/pgtable_32_areas.h,
 *	arch/arm64/include/asm/pgtable.h, memory.h [6.1]
 */
struct vmem_layout machine_arch_vmem(const struct machine_arch *a, unsigned int shift);

/*
 * … with page tables of five levels, the upper two of which are there from boot. False: it has
 * none.
 * Kernel: arch/x86/include/asm/pgtable_64_types.h:VMALLOC_START,
 *	arch/x86/mm/init_64.c:preallocate_vmalloc_pages() [6.1]
 */
bool machine_arch_five_levels(const struct machine_arch *a, unsigned int shift,
			      struct vmem_layout *l);

/* Its line for pages of 2^@shift bytes; NULL: it has no such pages. */
const struct arch_pages *machine_arch_pages(const struct machine_arch *a, unsigned int shift);

#endif
