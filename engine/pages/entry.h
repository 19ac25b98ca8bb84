/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other doors to the page allocator: what is asked for in bytes, what comes back in parts, and
 * fragments of pages.
 */
#ifndef KM_PAGES_ENTRY_H
#define KM_PAGES_ENTRY_H

#include "engine/pages/pages.h"

/* The smallest order whose block holds @bytes (at least 1).
 * Kernel: include/asm-generic/getorder.h:get_order() [6.1] */
unsigned int pages_order_of(const struct pages *p, uint64_t bytes);

/**
 * pages_get_free() - pages the kernel can address: never from highmem.
 * Kernel: mm/page_alloc.c:__get_free_pages(), get_zeroed_page() [6.1] (with __GFP_ZERO in @rq)
 * Return: the page, or KM_NO_PFN.
 */
struct pfn pages_get_free(struct pages *p, const struct pages_request *rq);

/**
 * pages_alloc_exact() - single pages for @bytes in a row: the smallest block that holds them; what
 * is too much of it goes back at once, page by page, ascending.
 * @rq: its order is not looked at
 * Kernel: mm/page_alloc.c:alloc_pages_exact(), make_alloc_exact() [6.1]
 * Return: the first page, or KM_NO_PFN.
 */
struct pfn pages_alloc_exact(struct pages *p, const struct pages_request *rq, uint64_t bytes);

/**
 * pages_free_exact() - give them back, page by page, ascending.
 * Kernel: mm/page_alloc.c:free_pages_exact() [6.1]
 * Return: as pages_free(); on error the pages before the one refused are free.
 */
int pages_free_exact(struct pages *p, unsigned int cpu, struct pfn head,
		     uint64_t bytes) KM_MUST_CHECK;

/**
 * pages_free_shared() - free a block that somebody still has a reference to: all but its first
 * page, the upper half first; who drops the last reference frees that page alone.
 * Kernel: mm/page_alloc.c:__free_pages() [6.1]
 * Return: as pages_free().
 */
int pages_free_shared(struct pages *p, unsigned int cpu, struct pfn head,
		      unsigned int order) KM_MUST_CHECK;

/**
 * pages_address() - where the kernel has a page in its own map of memory.
 *
 * Kernel: mm/highmem.c:page_address(), include/linux/mm.h:lowmem_page_address() [6.1]
 * Differs: no page of highmem is mapped: kmap() is not modelled; without address randomisation, and
 * with four levels of page tables.
 *
 * Return: false where it has no address: highmem, no zone's, or a machine that nobody described.
 */
bool pages_address(const struct pages *p, struct pfn at, uint64_t *out);

/* One cache of page fragments. Zeroed is empty. */
struct pages_frag {
	bool has_page;
	struct pfn head;
	unsigned int order;
	uint64_t offset; /* bytes still free, from the block's beginning */
	uint64_t users;	 /* fragments handed out of this block and not freed */
};

enum { PAGES_FRAG_NONE = -1, PAGES_FRAG_OLD = 0, PAGES_FRAG_NEW = 1 };

/**
 * pages_frag_alloc() - cut @bytes from the end of the cached block; a new block of 32 KiB (or a
 * single page) where it is used up. A used-up block nobody holds any more is used again.
 * @rq:  its order is not looked at
 * @out: address of the fragment in bytes from page 0
 * @old: the block that left the cache with fragments still out; its head is KM_NO_PFN for none.
 *	 Its last user frees it with pages_free().
 *
 * Kernel: mm/page_alloc.c:page_frag_alloc_align(), __page_frag_cache_refill() [6.1]
 *
 * Return: PAGES_FRAG_NEW where a block was allocated for it, PAGES_FRAG_OLD, or PAGES_FRAG_NONE.
 */
int pages_frag_alloc(struct pages *p, struct pages_frag *f, const struct pages_request *rq,
		     uint64_t bytes, uint64_t *out, struct pages_frag *old);

/* A fragment of the cached block came back. Kernel: mm/page_alloc.c:page_frag_free() [6.1] */
void pages_frag_free(struct pages_frag *f);

/**
 * pages_frag_drain() - let the cached block go; it is freed where no fragment is out.
 * Kernel: mm/page_alloc.c:__page_frag_cache_drain() [6.1]
 * Return: as pages_free(). @f is empty.
 */
int pages_frag_drain(struct pages *p, unsigned int cpu, struct pages_frag *f) KM_MUST_CHECK;

#endif
