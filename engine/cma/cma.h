/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous areas: a bitmap of what is handed out, and taking a range of pages away from everyone.
 *
 * Kernel: mm/cma.c, mm/page_isolation.c, mm/page_alloc.c:alloc_contig_range() [6.1]
 */
#ifndef KM_CMA_H
#define KM_CMA_H

#include "engine/pages/pages.h"

struct cma_area {
	char name[KM_NAME_LEN];
	struct pfn base;
	uint64_t pages;
	unsigned int order_per_bit;
	uint32_t *bitmap; /* 32-bit words, bit 0 first */
	size_t nr_words;
	bool active; /* its pageblocks were given to the free lists */
};

/* A contiguous allocation on its way: from isolation to undo. */
struct contig {
	bool busy;
	struct pfn start, end;	/* what was asked for: [start, end) */
	struct pfn first, last; /* pageblocks isolated: [first, last) */
	bool taken;		/* the free blocks were taken off the lists */
};

int cma_area_init(struct cma_area *a, const char *name, struct pfn base, uint64_t pages,
		  unsigned int order_per_bit) KM_MUST_CHECK;
void cma_area_release(struct cma_area *a);

/**
 * cma_find() - first fit for @pages aligned to 2^@align pages, at or after bit @from.
 * Kernel: mm/cma.c:cma_alloc() [6.1]
 * Return: bit index; UINT64_MAX where nothing fits.
 */
uint64_t cma_find(const struct cma_area *a, uint64_t pages, unsigned int align, uint64_t from);

/* Mark or clear the bits of [@at, @at + @pages). Kernel: mm/cma.c:cma_clear_bitmap() [6.1] */
void cma_mark(struct cma_area *a, struct pfn at, uint64_t pages, bool used);

/* Pages handed out, and the longest free run. Kernel: mm/cma_debug.c:cma_maxchunk_get() [6.1] */
uint64_t cma_used_pages(const struct cma_area *a);
uint64_t cma_maxchunk_pages(const struct cma_area *a);

/* Does the area hold @p? */
static inline bool cma_has(const struct cma_area *a, struct pfn p)
{
	return p.nr >= a->base.nr && p.nr < a->base.nr + a->pages;
}

/**
 * contig_begin() - isolate the pageblocks of [@start, @end): first, last, then the middle ones.
 * Kernel: mm/page_isolation.c:start_isolate_page_range() [6.1]
 * Differs: nothing is refused as unmovable; what could not be isolated is in the trace.
 */
void contig_begin(struct contig *c, struct pages *p, struct pfn start, struct pfn end);

/**
 * contig_take() - take every free block that covers or lies in the range off the lists; they become
 * PRIVATE.
 * Kernel: mm/compaction.c:isolate_freepages_range() [6.1]
 */
void contig_take(struct contig *c, struct pages *p);

/**
 * contig_end() - give the pageblocks their types back, and their free blocks their lists.
 * Kernel: mm/page_isolation.c:undo_isolate_page_range() [6.1]
 * Differs: each gets its own type back, not the caller's; for an area they are the same.
 */
void contig_end(struct contig *c, struct pages *p);

#endif
