/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtually contiguous memory: areas of the address space (vmalloc.h) with what stands behind them.
 * Pages come from the owner one by one or in bulk; page tables are charged when they are first
 * needed and never go back; a request that fails gives back what it took.
 *
 * The modelled kernel's failures are an address of 0 with .failure; only a failing host is an
 * error.
 */
#ifndef KM_VMEM_H
#define KM_VMEM_H

#include "engine/pages/pages.h"
#include "engine/vmalloc/vmalloc.h"

enum { VMEM_MAX_LEVELS = 4 };

/* Where an architecture has its virtual addresses, and how it maps them. */
struct vmem_layout {
	uint64_t start, end;   /* VMALLOC_START and VMALLOC_END, as the kernel says them */
	uint64_t above_lowmem; /* not 0: it starts so far above the direct map's end */
	uint64_t modules,
		modules_end; /* MODULES_VADDR and …_END; 0: modules have vmalloc's range */
	/* log2 of what one page table covers, the largest first; 0 ends the list. Tables above
	 * these are there from boot. */
	uint8_t table_shift[VMEM_MAX_LEVELS + 1];
	uint8_t huge_shift; /* of what an entry of the second lowest maps by itself; 0: nothing */
	bool broadcasts;    /* a flush reaches other CPUs without an interrupt */
	unsigned int flush_ceiling; /* pages: a wider flush empties the TLB */
	unsigned int config_cpus;   /* CONFIG_NR_CPUS, as Debian sets it */
};

struct vmem_ops {
	/* A block; KM_NO_PFN: there is none. Its pages are freed one by one. */
	struct pfn (*get)(void *ctx, const struct pages_request *rq);
	/* Single pages from the CPU's list; how many came. */
	unsigned int (*bulk)(void *ctx, const struct pages_request *rq, struct pfn *out,
			     unsigned int n);
	void (*put)(void *ctx, unsigned int cpu, struct pfn p);
};

struct vmem_config {
	const struct vmalloc_profile *prof;
	const struct vmem_layout *layout;
	unsigned int page_shift, bits_per_long;
	unsigned int nr_cpus, nr_nodes;
	unsigned int bulk_chunk; /* pages asked for in bulk at once; 0: they come one by one */
	uint64_t total_pages;	 /* totalram_pages() */
	uint64_t lowmem_end;	 /* of the direct map, where .above_lowmem says so */
	int64_t lazy_max_pages;	 /* -1: the kernel's own */
	const struct vmem_ops *ops;
	void *ctx;
};

enum vmem_kind {
	VMEM_VMALLOC,
	VMEM_HUGE,    /* vmalloc() with VM_ALLOW_HUGE_VMAP */
	VMEM_MODULE,  /* of the modules' range, with VM_FLUSH_RESET_PERMS */
	VMEM_VMAP,    /* pages that are somebody's */
	VMEM_IOREMAP, /* no pages: a device */
	VMEM_RAM,     /* vm_map_ram(): small ones share a block */
	VMEM_NR_KINDS,
};

enum vmem_failure {
	VMEM_GOT,
	VMEM_NO_SIZE,  /* nothing, or more than there is memory */
	VMEM_NO_SPACE, /* no addresses, after a purge too */
	VMEM_NO_ARRAY, /* for the pointers to its pages */
	VMEM_NO_PAGE,
	VMEM_NO_TABLE, /* a page of page tables */
};

struct vmem_request {
	uint64_t bytes, align; /* align: a power of 2; 0 and 1: none */
	uint32_t gfp;
	int node; /* -1: the CPU's own */
	unsigned int cpu;
	enum vmem_kind kind;
};

/* What happened since vmem_init(). */
struct vmem_counts {
	uint64_t allocs, frees, failures;
	uint64_t flushes, full_flushes, ipis; /* full: all of the TLB, of every CPU */
	uint64_t tables;		      /* pages of page tables, now */
	uint64_t arrays; /* arrays of page pointers that were areas themselves */
	uint64_t huge;	 /* requests backed by huge blocks */
	uint64_t pages;	 /* behind areas, now, arrays among them */
	uint64_t blocks; /* of vm_map_ram(), now */
};

/* What is behind an area, by its number. */
struct vmem_back {
	struct pfn *page; /* nr_pages of them; a single one is @one */
	struct pfn one;
	uint32_t nr_pages;
	uint32_t array; /* the area that its page pointers are in; 0: none */
	uint32_t block; /* vm_map_ram(): the block it is, from 1 on */
	bool resets;	/* VM_FLUSH_RESET_PERMS */
};

struct vmem_tables {
	struct vmem_table {
		uint64_t key;	 /* level and index; 0: free */
		struct pfn page; /* KM_NO_PFN: it gave way to a huge mapping */
	} * slot;
	size_t nr, room;
	uint64_t last[VMEM_MAX_LEVELS]; /* keys seen last: they are there */
};

/* A block of vm_map_ram(); room for 1024 pages at most. */
struct vmem_block {
	uint32_t area;	     /* 0: the slot is unused */
	uint32_t prev, next; /* on its CPU's list; an unused slot: the next one */
	uint16_t cpu;
	bool listed;
	uint32_t free, dirty, dirty_min, dirty_max; /* pages */
	uint64_t given[16]; /* up to 4.17: a bit for each page ever handed out */
};

struct vmem {
	struct vmalloc space;
	struct vmem_layout layout;
	struct vmem_config c; /* .layout is the one above */
	uint64_t start, end;  /* of vmalloc */
	uint64_t lazy_max;
	struct vmem_back *back;
	size_t room_back;
	struct vmem_tables tables;
	struct vmem_block *block; /* from 1 on */
	uint32_t nr_blocks, room_blocks, unused_block;
	uint32_t *first_block, *last_block; /* by CPU */
	uint32_t block_pages;
	enum vmem_failure failure; /* of the last request */
	uint32_t last_area;	   /* … what it got; 0: nothing, or a part of a block */
	struct vmem_counts n;
};

/* Return: 0; -KM_ENOMEM. */
int vmem_init(struct vmem *m, const struct vmem_config *c) KM_MUST_CHECK;
/* Nothing is given back to the owner. */
void vmem_release(struct vmem *m);

/**
 * vmem_alloc() - memory at an address.
 *
 * Kernel: mm/vmalloc.c:__vmalloc_node_range(), __vmalloc_area_node(), vm_area_alloc_pages(),
 *	vmap(), vm_map_ram(), arch/x86/mm/ioremap.c:__ioremap_caller() [6.1]
 * Differs: records and arrays of at most a page come from slab, and cost nothing here; nobody
 * is killed meanwhile; modules begin at no random place; a purge that is due happens at once,
 * where a worker does it [6.1 6.12].
 *
 * Return: 0 with the address in @addr, 0 for none, and why in m->failure; -KM_ENOMEM, after which
 * @m is as after a failed request.
 */
int vmem_alloc(struct vmem *m, const struct vmem_request *rq, uint64_t *addr) KM_MUST_CHECK;

/**
 * vmem_free() - give back what vmem_alloc() gave; @bytes as asked for.
 *
 * Kernel: mm/vmalloc.c:vfree(), vunmap(), vm_unmap_ram() [6.1 6.12]
 *
 * Return: 0; -KM_EINVAL where there is no such area.
 */
int vmem_free(struct vmem *m, unsigned int cpu, uint64_t addr, uint64_t bytes) KM_MUST_CHECK;

/* The same of an area, as m->last_area was: it is not looked for. */
void vmem_free_area(struct vmem *m, unsigned int cpu, uint32_t area);

/* In words. Kernel: none */
const char *vmem_failure_name(enum vmem_failure why);

/* Recount: the space, pages behind areas, blocks and tables. Kernel: none */
int vmem_check(const struct vmem *m, struct km_diag *d) KM_MUST_CHECK;

#endif
