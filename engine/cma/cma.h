/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous areas: a bitmap of what is handed out, and taking a range of pages away from everyone.
 *
 * 1. cma_alloc() looks for room in the bitmap, marks it, and takes the range; one that is busy is
 *    given up for the next aligned place, until the bitmap ends.
 * 2. contig_range() takes a range: isolate its pageblocks, drain, migrate what is in use, test,
 *    take the free blocks, give head and tail back, undo the isolation. Where it fails, every
 *    pageblock has its type again and every page is where it was, or where it was migrated to.
 * 3. A replay that obeys a record goes through the same steps one by one: contig_begin(),
 *    contig_take(), contig_end(); the migration between them is the record's.
 *
 * Kernel: mm/cma.c, mm/page_isolation.c, mm/page_alloc.c:alloc_contig_range() [6.1]
 */
#ifndef KM_CMA_H
#define KM_CMA_H

#include "engine/cma/cma_profile.h"
#include "engine/pages/pages.h"

struct cma_area {
	char name[KM_NAME_LEN];
	struct pfn base;
	uint64_t pages; /* 0: given up when it was to be activated */
	unsigned int order_per_bit;
	bool aligns_bits; /* as the profile's; set by the owner */
	uint32_t *bitmap; /* 32-bit words, bit 0 first */
	size_t nr_words;
	bool active; /* its pageblocks were given to the free lists */
};

/* ---- a range ---- */

/* What a contiguous allocation goes through, in the kernel's order. */
enum contig_step {
	CONTIG_ISOLATE,
	CONTIG_MIGRATE,
	CONTIG_TEST,
	CONTIG_TAKE,
	CONTIG_DONE,
};

/* The modelled kernel's answers. */
enum contig_result {
	CONTIG_OK,
	CONTIG_BUSY,	/* -EBUSY: something in the range stays */
	CONTIG_NOMEM,	/* -ENOMEM: there is no room in the bitmap, or no page to migrate to */
	CONTIG_INVALID, /* -EINVAL: flags that it refuses */
};

/* How taking a range went. */
struct contig_report {
	enum contig_result result;
	enum contig_step failed_at; /* CONTIG_DONE: it did not */
	struct pfn busy;	    /* the page in the way; KM_NO_PFN: none is known */
	uint64_t migrated_pages, reclaimed_pages;
};

/* Whoever uses the pages. A member that is NULL: nobody does. */
struct contig_ops {
	/* A block in use that will not be moved, whatever it was asked for as. */
	bool (*stays)(void *ctx, struct pfn head);
	/*
	 * Of one that stays: is it collected, and fails to move each time, as the page cache's?
	 * What follows it is then not moved.
	 * Kernel: mm/compaction.c:isolate_migratepages_block() [6.1 6.12]
	 */
	bool (*fails)(void *ctx, struct pfn head);
	/* What was in the 2^@order pages at @from is in those at @to; both are still in use. */
	void (*moved)(void *ctx, struct pfn from, struct pfn to, unsigned int order);
	/* Make the huge page at @head single pages, in use as before. NULL: nobody asks. */
	void (*split)(void *ctx, struct pfn head, unsigned int order);
	/*
	 * Clean page cache: freed rather than moved? True: the owner forgot it, and the caller
	 * frees its pages. Kernel: mm/vmscan.c:reclaim_clean_pages_from_list() [6.1]
	 */
	bool (*dropped)(void *ctx, struct pfn head);
	/* Reclaim @pages of @zone. Kernel: mm/page_alloc.c:__reclaim_pages() [3.5] */
	void (*reclaim)(void *ctx, unsigned int cpu, unsigned int zone, uint64_t pages);
	/* Does somebody else come between @step and the one before it, at @at? It then fails. */
	bool (*disturbs)(void *ctx, enum contig_step step, struct pfn at);
	/* cma_alloc() is done with the range at @at; what kept it busy still is where it was. */
	void (*tried)(void *ctx, struct pfn at, const struct contig_report *report);
};

/* What a contiguous allocation works on. */
struct contig_env {
	struct pages *pages;
	const struct cma_profile *prof;
	const struct contig_ops *ops;
	void *ctx;
};

struct contig_request {
	struct pfn start, end; /* [start, end), in one zone */
	unsigned int mt;       /* the pageblocks' type: KM_CMA or KM_MOVABLE */
	uint32_t gfp;	       /* KM_GFP_KERNEL of cma_alloc() */
	unsigned int cpu;
};

/* A contiguous allocation on its way: from isolation to undo. */
struct contig {
	bool busy;
	struct pfn start, end;	/* what was asked for: [start, end) */
	struct pfn first, last; /* pageblocks isolated: [first, last) */
	bool taken;		/* the free blocks were taken off the lists */
	struct contig_report report;
};

/**
 * contig_range() - take every page of a range, whatever is in it.
 * @report: filled in any case
 *
 * On success the pages are in use as single pages that nobody may move. Otherwise nothing is taken.
 *
 * Kernel: mm/page_alloc.c:alloc_contig_range() [3.5 6.1 6.12]
 * Differs: each pageblock gets its own type back, not the caller's; no hugetlb pages; no
 * __GFP_COMP; every page that may move does at the first attempt, and every huge page that should
 * be split is.
 */
enum contig_result contig_range(const struct contig_env *env, const struct contig_request *rq,
				struct contig_report *report);

/**
 * contig_foresee() - what contig_range() would answer, with nothing changed: CONTIG_BUSY where
 * something in the range cannot be moved, else CONTIG_OK.
 * @busy: the page that will be in the way, or KM_NO_PFN
 *
 * Kernel: mm/page_alloc.c:alloc_contig_range() [3.5 6.1 6.12]
 * Differs: that there is no page to move something to is never foreseen, since what reclaim would
 * free for it is not known.
 */
enum contig_result contig_foresee(const struct contig_env *env, const struct contig_request *rq,
				  struct pfn *busy);

/**
 * contig_begin() - isolate the pageblocks of a range, in the profile's order.
 *
 * Kernel: mm/page_isolation.c:start_isolate_page_range() [3.5 6.1 6.12]
 *
 * Where nobody follows what moves (env->ops is NULL), a block in use across the range's edge is
 * left to the record.
 *
 * Return: false: one of them cannot be isolated; c->report says where. contig_end() is still due.
 */
bool contig_begin(struct contig *c, const struct contig_env *env, const struct contig_request *rq);

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

/* ---- an area ---- */

int cma_area_init(struct cma_area *a, const char *name, struct pfn base, uint64_t pages,
		  unsigned int order_per_bit) KM_MUST_CHECK;
void cma_area_release(struct cma_area *a);

/**
 * cma_activate() - give the area's pageblocks, until now nobody's, to the free lists: each becomes
 * CMA and is freed as one block, on @cpu.
 *
 * Kernel: mm/cma.c:cma_activate_area() [6.1 6.12], drivers/base/dma-contiguous.c:
 * cma_activate_area() [3.5], mm/page_alloc.c:init_cma_reserved_pageblock() [6.1]
 * Differs: the zone's managed pages count the area from the beginning, whatever becomes of it.
 *
 * Return: false: the area lies in more than one zone, and a->pages is 0. Its pages are freed one by
 * one like any others; 3.5 has given the pageblocks before the boundary to CMA, and loses the rest.
 */
bool cma_activate(struct cma_area *a, struct pages *p, const struct cma_profile *prof,
		  unsigned int cpu);

/**
 * cma_find() - first fit for @pages aligned to 2^@align pages, at or after bit @from.
 * Kernel: lib/bitmap.c:bitmap_find_next_zero_area_off(), mm/cma.c:cma_bitmap_aligned_mask(),
 * cma_bitmap_aligned_offset() [6.1]
 * Return: bit index; UINT64_MAX where nothing fits.
 */
uint64_t cma_find(const struct cma_area *a, uint64_t pages, unsigned int align, uint64_t from);

/* Where to look on after the range at bit @at was busy. Kernel: mm/cma.c:cma_alloc() [6.1] */
uint64_t cma_next(const struct cma_area *a, unsigned int align, uint64_t at);

/* Mark or clear the bits of [@at, @at + @pages). Kernel: mm/cma.c:cma_clear_bitmap() [6.1] */
void cma_mark(struct cma_area *a, struct pfn at, uint64_t pages, bool used);

/* Is every bit of [@at, @at + @pages) set? Kernel: none */
bool cma_marked(const struct cma_area *a, struct pfn at, uint64_t pages);

/* Pages handed out, and the longest free run. Kernel: mm/cma_debug.c:cma_maxchunk_get() [6.1] */
uint64_t cma_used_pages(const struct cma_area *a);
uint64_t cma_maxchunk_pages(const struct cma_area *a);

struct cma_request {
	uint64_t pages;
	unsigned int align; /* order */
	uint32_t gfp;	    /* 0: KM_GFP_KERNEL */
	bool no_warn;	    /* __GFP_NOWARN for the migration targets */
	unsigned int cpu;
};

/* What cma_alloc() did. */
struct cma_result {
	enum contig_result result;
	struct pfn got;		   /* KM_NO_PFN: none */
	struct pfn tried;	   /* the last range taken on; KM_NO_PFN: there was no room */
	unsigned int tries;	   /* ranges taken on */
	struct contig_report last; /* of the last of them */
	struct pfn busy;	   /* the page that kept the last busy one; KM_NO_PFN: none */
	uint64_t migrated_pages, reclaimed_pages; /* over all tries */
};

/**
 * cma_alloc() - take @rq->pages pages of an area.
 * @out: filled in any case
 *
 * Kernel: mm/cma.c:cma_alloc() [6.1 6.12],
 * drivers/base/dma-contiguous.c:dma_alloc_from_contiguous() [3.5]
 * Differs: where the kernel only marks the bitmap after the pages are its own [3.5], it is marked
 * before: one allocation runs at a time.
 *
 * Return: the first page, or KM_NO_PFN.
 */
struct pfn cma_alloc(struct cma_area *a, const struct contig_env *env, const struct cma_request *rq,
		     struct cma_result *out);

/**
 * cma_release() - give pages of an area back, one by one, then their bits: all that an allocation
 * got, or any part of it.
 *
 * Kernel: mm/cma.c:cma_release(), mm/page_alloc.c:free_contig_range() [6.1]
 * Differs: a range that is not wholly handed out is refused, where the kernel warns, or is lost.
 *
 * Return: false: the range is not within the area, or not all of it is in use; nothing changed.
 */
bool cma_release(struct cma_area *a, const struct contig_env *env, unsigned int cpu, struct pfn at,
		 uint64_t pages) KM_MUST_CHECK;

/**
 * cma_release_rest() - the same of a range of which pages, or all, came back one by one before.
 * A range that is not within the area is left alone. Kernel: none; frees that nobody heard of
 * Return: pages freed here.
 */
uint64_t cma_release_rest(struct cma_area *a, const struct contig_env *env, unsigned int cpu,
			  struct pfn at, uint64_t pages);

/* Does the area hold @p? */
static inline bool cma_has(const struct cma_area *a, struct pfn p)
{
	return p.nr >= a->base.nr && p.nr < a->base.nr + a->pages;
}

/* A page of an area that was handed out: a single page, in use, that nobody may move. */
void cma_hand_out(struct pages *p, struct pfn at);

/*
 * Hold the bitmap against the pages: what is marked is in use, one by one, and immovable. Between
 * cma_alloc() and cma_release() that is so at any time. Return: 0, or -KM_EINVAL with @d filled.
 */
int cma_check(const struct cma_area *a, const struct pages *p, struct km_diag *d);

/* The same of [@at, @at + @pages) alone; every bit of it must be set. */
int cma_check_range(const struct cma_area *a, const struct pages *p, struct pfn at, uint64_t pages,
		    struct km_diag *d);

#endif
