/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the vmalloc address space differs between kernels, as numbers. */
#ifndef KM_VMALLOC_PROFILE_H
#define KM_VMALLOC_PROFILE_H

#include "engine/core/types.h"

struct vmalloc_ops;

struct vmalloc_profile {
	const struct vmalloc_ops *ops;
	/* Call sites of what every area is made of, by the beginnings of their names. */
	const char *area_sites[4];  /* kmalloc of the vm_struct */
	const char *array_sites[4]; /* kmalloc of the page array */
	const char *purge_sites[4]; /* kmem_cache_free of what a purge merged */
};

#endif
