/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the vmalloc address space differs between kernels, as numbers. */
#ifndef KM_VMALLOC_PROFILE_H
#define KM_VMALLOC_PROFILE_H

#include "engine/core/types.h"

struct vmalloc_ops;

struct vmalloc_profile {
	const struct vmalloc_ops *ops;
	/* Call sites of what every area is made of, by the beginnings of their names. */
	const char *area_sites[4];    /* kmalloc of the vm_struct */
	const char *record_sites[4];  /* kmem_cache_alloc and …_free of its records */
	const char *array_sites[4];   /* kmalloc of the page array */
	const char *purge_sites[4];   /* kmem_cache_free of what a purge merged */
	const char *exec_sites[4];    /* kmalloc of a program's start; init's comes after a purge */
	const char *task_sites[4];    /* kmem_cache_alloc of the task_struct, among smaller ones */
	const char *worker_sites[4];  /* kfree of a vm_struct, for those who may not */
	const char *hidden_sites[4];  /* kmem_cache_alloc whose caller SLOB does not tell */
	unsigned int stack_pages;     /* of a kernel stack, aligned to its size */
	unsigned int cached_stacks;   /* dead tasks' stacks that a CPU keeps; 0: none is mapped */
	bool irq_stacks_beside_small; /* 32 bits: only where a stack is one page */
	unsigned int ioremap_max_order;
	bool ioremap_above;	 /* by fls(): what is a power of two is aligned to twice that */
	bool maps_huge;		 /* VM_ALLOW_HUGE_VMAP */
	bool resets_permissions; /* VM_FLUSH_RESET_PERMS: a module's end purges at once */
	bool flushes_all;	 /* flush_tlb_kernel_range() of x86 is flush_tlb_all() */
	/* vm_map_ram(): */
	bool blocks_by_map;	/* by a map of what was given, new blocks first; else upwards */
	bool keeps_open_blocks; /* those with a quarter left outlive vm_unmap_aliases() */
	/* vmalloc_first_fit: */
	unsigned int gap_pages;	  /* between neighbours, beside the guard page */
	bool caches_hole;	  /* a search begins where the last one ended */
	bool purges_newest_first; /* else by address */
};

#endif
