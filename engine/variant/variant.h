/* SPDX-License-Identifier: GPL-2.0-only */
/* The slices of a kernel profile, for the machine that hands them to its rooms. */
#ifndef KM_VARIANT_H
#define KM_VARIANT_H

#include <limits.h>

#include "engine/buddy/buddy_profile.h"
#include "engine/cma/cma_profile.h"
#include "engine/kmap/kmap.h"
#include "engine/pages/pages_profile.h"
#include "engine/pcp/pcp_profile.h"
#include "engine/percpu/percpu_profile.h"
#include "engine/slab/slab_profile.h"
#include "engine/variant/profile.h"
#include "engine/vmalloc/vmalloc_profile.h"

enum km_arch {
	KM_ARCH_X86 = 1u << 0,	 /* 32 and 64 bits */
	KM_ARCH_ARM64 = 1u << 1, /* since 3.7 */
};

/* How memory that was never allocated reaches the free lists. */
struct boot_profile {
	bool to_tail;  /* FPI_TO_TAIL: past the per-CPU lists, to the tails */
	bool by_words; /* BITS_PER_LONG pages at a time and single pages, as any free */
};

struct kernel_profile {
	/* "6.1" where it is the newest of its series, else the first it stands for: "6.1.57" */
	const char *name;
	const char *series;	  /* "6.1" */
	unsigned int first, last; /* its point releases; KM_LATEST: no end is known */
	/* the first release that it is nearer to than the series before it; NULL: never taken so */
	const char *near_from;
	const char *describe;
	bool validated;	    /* held against captures */
	unsigned int archs; /* enum km_arch bits: what this release runs on, of what is modelled */
	unsigned int lacks; /* enum kernel_feature bits: what came after it */
	struct buddy_profile buddy;
	struct pcp_profile pcp;
	struct pages_profile pages;
	struct boot_profile boot;
	struct cma_profile cma;
	struct slab_profile slabs[SLAB_ALLOCATORS]; /* by .ops; NULL: there is no more */
	const struct vmalloc_profile *vmalloc;	    /* NULL: not modelled */
	const struct percpu_profile *percpu;	    /* likewise */
	struct kmap_profile kmap;
};

/* The newest of each series, and its earlier point releases, the oldest first. */
enum { KM_LATEST = INT_MAX, NR_V3_5_POINTS = 1, NR_V6_1_POINTS = 6, NR_V6_12_POINTS = 3 };

extern const struct kernel_profile kernel_v2_6_34, kernel_v3_5;
extern const struct kernel_profile kernel_v6_1, kernel_v6_12;
extern const struct kernel_profile kernel_v3_5_points[NR_V3_5_POINTS];
extern const struct kernel_profile kernel_v6_1_points[NR_V6_1_POINTS];
extern const struct kernel_profile kernel_v6_12_points[NR_V6_12_POINTS];

#endif
