/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's virtual address space for vmalloc, ioremap, vmap, stacks and modules: which
 * addresses are free, which have areas, and which areas were freed and wait for their purge.
 *
 * An area is half-open, in bytes, and includes its guard page. Everything is of whole pages but the
 * ends of the space itself, which begins at address 1 and ends before the last byte there is.
 * Areas are known by number (0: none); one keeps its number from its birth to its purge.
 *
 * On an error nothing has changed.
 */
#ifndef KM_VMALLOC_H
#define KM_VMALLOC_H

#include "engine/core/diag.h"
#include "engine/vmalloc/vmalloc_profile.h"

/* Kernel: mm/vmalloc.c:vmap_init_free_space() [6.1 6.12] */
#define VMALLOC_SPACE_START UINT64_C(1)
#define VMALLOC_SPACE_END UINT64_MAX

enum { VMALLOC_POOLS = 256, VMALLOC_MAX_NODES = 128 };

/* What an area is to its owner, as far as is known (the kernel's vm_struct). */
struct vm_note {
	uint64_t handle; /* the owner's own */
	uint32_t pages;	 /* pages mapped, where it has an array of them */
	uint8_t kind;	 /* the owner's own */
	bool seeded;	 /* made before the first event */
	bool no_guard;	 /* its last page is not a guard page */
};

struct vmap_area {
	uint64_t start, end;
	union {
		uint64_t subtree_max;  /* of the free tree: the largest of its subtree */
		uint32_t freed_before; /* first fit: of those that wait, the one before this */
	};
	uint32_t parent, left, right; /* 0: none */
	uint32_t prev, next;	      /* in order of address; of a pool: in its own order */
	bool red;
	bool lazy;    /* first fit: it waits for its purge, among the busy ones */
	uint8_t node; /* that it was taken for, from 1 on; 0: for none */
	struct vm_note vm;
};

_Static_assert(sizeof(struct vmap_area) == 64, "one area, one cache line");

/* Areas by address: a red-black tree and a list. */
struct vmap_tree {
	uint32_t root, first, last;
	bool sized; /* subtree_max is kept: of the free tree alone */
	size_t nr;
};

struct vmap_pool {
	uint32_t first, last;
	size_t nr;
};

struct vmap_node {
	struct vmap_tree busy, lazy;
	struct vmap_pool *pool; /* by pages, from 1 to VMALLOC_POOLS; NULL: there are none */
};

/* Where the last search ended. Kernel: mm/vmalloc.c:free_vmap_cache, cached_hole_size [3.5] */
struct vmap_fit_cache {
	uint32_t area;		/* 0: none */
	uint64_t hole;		/* the widest it has passed by */
	uint64_t vstart, align; /* of the last request */
};

struct vmalloc_config {
	const struct vmalloc_profile *prof;
	unsigned int page_shift;
	unsigned int nr_cpus;	       /* possible ones */
	uint64_t pool_start, pool_end; /* requests for exactly this range may be served by pools */
};

struct vmalloc {
	const struct vmalloc_profile *prof;
	unsigned int page_shift, nr_cpus;
	uint64_t pool_start, pool_end;
	struct vmap_area *area; /* by number */
	void *area_memory;
	uint32_t nr_areas, room_areas, spare; /* spare: the first of a list by next */
	uint32_t nr_spare;
	struct vmap_tree free;
	struct vmap_node *node;
	unsigned int nr_nodes;
	bool *preloaded; /* by CPU: a record is kept for a split without edges */
	uint64_t lazy_pages;
	uint64_t searches, steps;		     /* for a place, and areas looked at */
	uint64_t purges, purged_areas, purged_pages; /* … of something */
	struct vmap_fit_cache fit;		     /* first fit: */
	uint32_t newest_freed; /* of those that wait, by freed_before; 0: none */
	size_t nr_lazy_areas;  /* … among the busy ones */
};

struct vmalloc_request {
	uint64_t size, align; /* bytes, the guard page included; align: a power of 2 */
	uint64_t start, end;  /* where it may lie */
	unsigned int cpu;
};

/* How a request was cut out of the free space. */
enum vmalloc_fit {
	VMALLOC_FIT_NONE, /* not at all */
	VMALLOC_FIT_FULL,
	VMALLOC_FIT_LEFT,
	VMALLOC_FIT_RIGHT,
	VMALLOC_FIT_SPLIT, /* something is left on both sides */
	VMALLOC_FIT_POOL,  /* from a pool */
	VMALLOC_FIT_HOLE,  /* first fit: between two areas */
};

struct vmalloc_choice {
	enum vmalloc_fit fit;
	uint64_t addr;		     /* NONE: the request's end, as the kernel's own event has it */
	uint32_t block;		     /* the free block, or the pool's area */
	uint8_t node;		     /* whose pools were asked, from 1 on; 0: none's */
	bool turned;		     /* the pool's first area did not have the alignment */
	struct vmap_fit_cache cache; /* first fit: what the search leaves behind */
};

struct vmalloc_purge {
	uint64_t start, end; /* of all that was purged; UINT64_MAX and 0: nothing was */
	uint64_t areas, pages;
	uint64_t merged; /* records saved by it */
};

/*
 * Return: 0; -KM_ENOMEM. There is one node for each CPU, where the kernel has nodes; all of the
 * space is free.
 */
int vmalloc_init(struct vmalloc *v, const struct vmalloc_config *c) KM_MUST_CHECK;
void vmalloc_release(struct vmalloc *v);

/**
 * vmalloc_choose() - where one try for an area would put it now; nothing changes but the counters.
 *
 * Kernel: mm/vmalloc.c:__alloc_vmap_area(), find_vmap_lowest_match(), node_alloc() [6.12],
 *	alloc_vmap_area() [2.6.34 3.5]
 */
struct vmalloc_choice vmalloc_choose(struct vmalloc *v, const struct vmalloc_request *rq);

/* The same of a try that nobody makes: nothing changes. Kernel: none */
struct vmalloc_choice vmalloc_foresee(struct vmalloc *v, const struct vmalloc_request *rq);

/**
 * vmalloc_commit() - do what vmalloc_choose() said, with nothing in between. The number of the new
 * area is in @area; 0 where the choice was none.
 *
 * Kernel: mm/vmalloc.c:alloc_vmap_area(), va_clip() [6.12]
 * Differs: records of areas never lack memory; no shadow of KASAN.
 *
 * Return: 0, -KM_ENOMEM.
 */
int vmalloc_commit(struct vmalloc *v, const struct vmalloc_request *rq,
		   const struct vmalloc_choice *c, uint32_t *area) KM_MUST_CHECK;

/**
 * vmalloc_alloc() - a whole request: a try, and where that fails a purge of everything and another
 * one. @area is 0 where that failed too.
 *
 * Kernel: mm/vmalloc.c:alloc_vmap_area() [6.1 6.12]
 * Differs: nobody listens to vmap_purge_notifier.
 *
 * Return: 0, -KM_ENOMEM.
 */
int vmalloc_alloc(struct vmalloc *v, const struct vmalloc_request *rq,
		  uint32_t *area) KM_MUST_CHECK;

/**
 * vmalloc_take() - put right: [@start, @end) is an area, whatever is there. Lazy and pooled areas
 * in the way were purged unseen, busy ones freed and purged unseen.
 *
 * Kernel: none
 *
 * Return: 0 with its number in @area; -KM_ENOMEM; -KM_EINVAL where there is no such place.
 */
int vmalloc_take(struct vmalloc *v, uint64_t start, uint64_t end, uint32_t *area) KM_MUST_CHECK;

/* The busy area that begins at @start; 0: none. Kernel: mm/vmalloc.c:find_vmap_area() [6.1 6.12] */
uint32_t vmalloc_find(const struct vmalloc *v, uint64_t start);

/**
 * vmalloc_free() - a busy area waits for its purge from now on. It may merge with others that do.
 *
 * Kernel: mm/vmalloc.c:free_vmap_area_noflush() [6.1 6.12]
 */
void vmalloc_free(struct vmalloc *v, uint32_t area);

/* Does what waits for its purge exceed this? Kernel: mm/vmalloc.c:lazy_max_pages() [6.1 6.12] */
bool vmalloc_purge_is_due(const struct vmalloc *v, uint64_t lazy_max_pages);

/* … for so many online CPUs, in pages. Kernel: mm/vmalloc.c:lazy_max_pages() [6.1 6.12] */
uint64_t vmalloc_lazy_max_pages(unsigned int online_cpus, unsigned int page_shift);

/**
 * vmalloc_purge() - what waits is free again; @full: the pools are emptied too, and nothing goes to
 * them, as when addresses have run out.
 *
 * Kernel: mm/vmalloc.c:__purge_vmap_area_lazy() [6.1 6.12]
 * Differs: nodes are served in their order, by nobody's help; no blocks of vm_map_ram.
 */
void vmalloc_purge(struct vmalloc *v, bool full, struct vmalloc_purge *out);

/* What the next purge will purge; nothing changes. Kernel: none */
void vmalloc_pending(const struct vmalloc *v, struct vmalloc_purge *out);

/*
 * The busy areas in the order the kernel prints them, node by node: the one after @area, the first
 * one after 0; 0: no more.
 *
 * Kernel: mm/vmalloc.c:vmalloc_info_show() [6.12]
 */
uint32_t vmalloc_next_busy(const struct vmalloc *v, uint32_t area);

/* How many busy areas there are. Kernel: none */
size_t vmalloc_nr_busy(const struct vmalloc *v);

/**
 * vmalloc_size_of() - address space for so many bytes: whole pages, and the guard page. 0: there is
 * no such request.
 *
 * Kernel: mm/vmalloc.c:__get_vm_area_node() [6.1 6.12]
 */
uint64_t vmalloc_size_of(uint64_t bytes, unsigned int page_shift);

/**
 * vmalloc_ioremap_align() - how a device's registers are aligned: to their size, within bounds.
 *
 * Kernel: mm/vmalloc.c:__get_vm_area_node() [2.6.34 6.1 6.12]
 */
uint64_t vmalloc_ioremap_align(const struct vmalloc_profile *prof, uint64_t bytes,
			       unsigned int page_shift);

/*
 * Addresses of a range: used ones, guard pages, those that wait for their purge, those in pools;
 * what is left below the highest area is holes.
 */
struct vmalloc_extent {
	uint64_t areas, used_pages, guard_pages, lazy_pages, pooled_pages, hole_pages;
	uint64_t largest_hole_pages, top; /* top: where the highest area ends */
	/*
	 * Where nearly all do: at most one of twenty ends behind. For a picture of the space, which
	 * a single area aligned to 2^53, or one at its end, would make a picture of nothing.
	 */
	uint64_t most_top;
};

/* Of the areas in [@start, @end]. Kernel: none */
void vmalloc_extent(const struct vmalloc *v, uint64_t start, uint64_t end,
		    struct vmalloc_extent *out);

/* What of a stretch of addresses is what, in pages. */
struct vmalloc_cell {
	uint64_t used_pages, guard_pages, lazy_pages, pooled_pages;
};

/*
 * @nr stretches of 2^@shift bytes each, from @start on; what lies outside is left out.
 * Kernel: none
 */
void vmalloc_cells(const struct vmalloc *v, uint64_t start, unsigned int shift, size_t nr,
		   struct vmalloc_cell *cell);

/* Recount everything: areas do not overlap, and free, busy, lazy and pooled ones are the space. */
int vmalloc_check(const struct vmalloc *v, struct km_diag *d);

static inline struct vmap_area *vmalloc_area(const struct vmalloc *v, uint32_t area)
{
	return &v->area[area];
}

#endif
