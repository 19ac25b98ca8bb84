/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a kernel's object allocator differs from release to release. */
#ifndef KM_SLAB_PROFILE_H
#define KM_SLAB_PROFILE_H

#include "engine/core/types.h"

struct slab_ops;

/* SLUB, SLAB and SLOB, of those that a kernel can be built with. */
enum { SLAB_ALLOCATORS = 3 };

/* Who allocates from a cache: a function, and the name, or its beginning up to a '_'. */
struct slab_site {
	const char *function, *cache;
};

struct slab_profile {
	unsigned int max_order;		/* slub_max_order, slab_max_order */
	unsigned int min_order;		/* slub_min_order */
	unsigned int min_objects;	/* slub_min_objects; 0: by the number of CPUs */
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
	/* SLUB, as it was and as it became */
	bool no_stack;	 /* a CPU keeps its slab and no others */
	bool empties_go; /* a listed slab that a free empties goes back, however few there are */
	bool objs_stay;	 /* a slab is never made for fewer objects than its CPUs ask for */
	bool stack_of_limit; /* a stack that may hold nothing gets nothing from the node's list */
	/*
	 * SLOB: what kmalloc puts before its object (ARCH_KMALLOC_MINALIGN); SLOB_BREAK1 and
	 * SLOB_BREAK2; sizeof(struct slob_rcu).
	 */
	unsigned int header, breaks[2], rcu_footer;
	bool natural_align;	 /* kmalloc aligns a power of two to its size */
	bool goes_on_behind;	 /* the next search begins behind a page that became full */
	bool full_goes_smallest; /* a full page comes back to the list of the smallest requests */
	const struct slab_site
		*sites; /* of caches whose objects hardly come back; NULL: none known */
	const struct slab_ops *ops;
};

#endif
