/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums over the events of a trace: who allocates how much, from what, and where it is freed. No
 * model: every number follows from the events alone.
 *
 * Kernel: none
 */
#ifndef KM_STAT_H
#define KM_STAT_H

#include "engine/core/diag.h"
#include "engine/event.h"

/*
 * What sums are made by, and what a row's key is. Objects first, then pages. Who allocated is the
 * event's .stack, where whoever feeds has put an id there that says it better than the object's
 * .call_site does, and else that; pages have no other.
 */
enum stat_by {
	STAT_SITE,	 /* who allocated: string id */
	STAT_CACHE,	 /* enum stat_cache << 32 | string id or bytes; sub: call site if unknown */
	STAT_TASK,	 /* name: string id */
	STAT_GFP,	 /* KM_GFP_… */
	STAT_OBJECT,	 /* pointer */
	STAT_PAGE_KIND,	 /* order << 40 | migratetype << 32 | gfp: see stat_page_key() */
	STAT_PAGE_TASK,	 /* name: string id */
	STAT_PAGE_GFP,	 /* KM_GFP_… */
	STAT_PAGE_FRAME, /* pfn of a block's first page; sub: order */
	STAT_PAGE_SITE,	 /* who allocated: string id; 0 where nothing says it */
	STAT_NR_BY,
};

enum stat_cache {
	STAT_CACHE_NAMED,   /* its name is in kmem_cache_free or in the allocation itself */
	STAT_CACHE_KMALLOC, /* kmalloc's cache of so many bytes */
	STAT_CACHE_UNKNOWN, /* nothing was freed that would say; one per call site and size */
};

struct stat_row {
	uint64_t key;
	uint32_t sub;
	uint32_t cache, guess; /* the room's own */
	uint64_t guessed_bytes;
	uint64_t hits; /* allocations that got memory */
	uint64_t failed;
	uint64_t bytes_req, bytes_alloc;
	uint64_t frees; /* of what was allocated in the trace */
	uint64_t bytes_freed;
	uint64_t pingpong;	   /* freed on another CPU than allocated */
	uint64_t live, live_bytes; /* at the end; pages freed piecemeal count by piece */
	uint64_t peak_bytes;	   /* the most live bytes at one time */
	uint64_t cross_node;	   /* of hits: a node was asked for, and it is not the CPU's */
	uint64_t unseen_frees;	   /* allocated again without a free in between */
	uint64_t inferred;	   /* of hits: its cache is that of its call site's other objects */
};

/* Objects and pages each have one. */
struct stat_totals {
	uint64_t kmallocs, cache_allocs, kfrees, cache_frees; /* events */
	uint64_t allocs, frees, failed;
	uint64_t null_frees; /* kfree(NULL), and of ZERO_SIZE_PTR */
	uint64_t bytes_req, bytes_alloc, bytes_freed;
	uint64_t matched_frees;	  /* of what was allocated in the trace */
	uint64_t unmatched_frees; /* of what was allocated before it, or unseen */
	uint64_t unmatched_bytes; /* pages only: objects' frees tell no size */
	uint64_t unseen_frees;
	uint64_t pingpong;
	uint64_t cross_node; /* as in the rows */
	uint64_t live, live_bytes;
	uint64_t peak_bytes, peak_ns;
};

struct stat_config {
	uint32_t by; /* bit enum stat_by: make these sums */
	bool slab, page;
	bool batched_are_frees;	 /* before 3.3 a batched free has no event beside it */
	uint32_t page_size;	 /* bytes */
	const int16_t *cpu_node; /* by CPU, -1: not known; borrowed. NULL: none is known */
	size_t nr_cpu_node;
};

static inline uint64_t stat_page_key(unsigned int order, unsigned int mt, uint32_t gfp)
{
	return (uint64_t)order << 40 | (uint64_t)mt << 32 | gfp;
}

struct stat_sums;

int stat_open(struct stat_sums **out, const struct stat_config *c) KM_MUST_CHECK;
void stat_close(struct stat_sums *s);

/* Take in @n events. Return: 0; -KM_ENOMEM, the sums are void then. */
int stat_feed(struct stat_sums *s, const struct km_event *ev, size_t n) KM_MUST_CHECK;

/* Attribute what was never freed to caches. Once, after the last event. */
int stat_finish(struct stat_sums *s) KM_MUST_CHECK;

void stat_slab_totals(const struct stat_sums *s, struct stat_totals *out);
void stat_page_totals(const struct stat_sums *s, struct stat_totals *out);

/* The rows of a sum, in the order of their first allocation. */
size_t stat_nr_rows(const struct stat_sums *s, enum stat_by by);
const struct stat_row *stat_row(const struct stat_sums *s, enum stat_by by, size_t i);

/* Recount: every sum's rows come to the totals, and the live set is whole. */
int stat_check(const struct stat_sums *s, struct km_diag *d);

#endif
