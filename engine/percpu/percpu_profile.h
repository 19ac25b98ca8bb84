/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in the allocation of per-CPU memory: numbers only. */
#ifndef KM_PERCPU_PROFILE_H
#define KM_PERCPU_PROFILE_H

#include <stdint.h>

/* Kernel: mm/percpu.c, include/linux/percpu.h [6.1 6.12] */
struct percpu_profile {
	uint32_t min_alloc_bytes;	    /* PCPU_MIN_ALLOC_SIZE */
	uint32_t most_bytes;		    /* PCPU_MIN_UNIT_SIZE: no allocation is larger */
	unsigned int slot_base_shift;	    /* PCPU_SLOT_BASE_SHIFT */
	unsigned int fail_threshold;	    /* PCPU_SLOT_FAIL_THRESHOLD */
	unsigned int empty_low, empty_high; /* PCPU_EMPTY_POP_PAGES_LOW and _HIGH */
};

#endif
