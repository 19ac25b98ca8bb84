/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a kernel's object allocator differs from release to release. */
#ifndef KM_SLAB_PROFILE_H
#define KM_SLAB_PROFILE_H

#include "engine/core/types.h"

struct slab_ops;

enum { SLAB_ALLOCATORS = 2 };

/* An allocator without caches, for a kernel that has one. */
struct slob_profile {
	const char *name;	 /* NULL: there is none */
	unsigned int header;	 /* before what kmalloc returns: ARCH_KMALLOC_MINALIGN */
	unsigned int breaks[2];	 /* SLOB_BREAK1, SLOB_BREAK2 */
	unsigned int rcu_footer; /* sizeof(struct slob_rcu) */
};

struct slab_profile {
	unsigned int max_order;		/* slub_max_order, slab_max_order */
	unsigned int top_order;		/* the largest a slab may ever have */
	unsigned int kmalloc_min_size;	/* KMALLOC_MIN_SIZE */
	unsigned int kmalloc_max_cache; /* KMALLOC_MAX_CACHE_SIZE: more goes to the pages */
	unsigned int least_fraction;	/* of a slab that may be wasted: one in this many */
	unsigned int min_partial_shift; /* ilog2(size) >> this, within the bounds below */
	unsigned int min_partial, max_partial;
	unsigned int cache_line; /* bytes: what colours are apart */
	bool has_tunables;	 /* slabinfo prints limits of arrays */
	/*
	 * A slab's links follow a descriptor of so many bytes, before its objects, or (from
	 * off_slab_size on) elsewhere; 0: it has none.
	 */
	unsigned int descriptor, link, off_slab_size;
	bool colour_from_0;   /* the first slab begins where it can, not a line further */
	bool frees_that_slab; /* above the limit: the slab just freed goes, not the oldest */
	bool no_class_96;
	const char *kmalloc_name; /* of its caches, with the bytes in it; NULL: "kmalloc-8k" */
	const struct slab_ops *ops;
};

#endif
