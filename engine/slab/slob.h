/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLOB: objects of any size cut from pages, first fit; three lists of pages with room left, by the
 * size of what was asked for. There are no caches in it.
 *
 * Places in a page are in units of 2 bytes. What is in a page and in none of its blocks is not
 * known: from before the trace, or taken unseen.
 */
#ifndef KM_SLOB_H
#define KM_SLOB_H

#include "engine/core/diag.h"
#include "engine/core/types.h"
#include "engine/slab/slab_profile.h"

enum { SLOB_UNIT = 2, SLOB_LISTS = 3, SLOB_NONE = 0 };

struct slob_block {
	uint16_t at, units;
	bool used, odd; /* odd: of the last unit only one byte */
};

struct slob_page {
	uint64_t page;		  /* the first of 2^order */
	struct slob_block *block; /* by place; NULL: the slot is free */
	uint16_t nr, room;
	uint16_t units;	     /* free ones */
	uint8_t list;	     /* SLOB_LISTS: on none */
	uint8_t order;	     /* of an object that is a block of pages; else 0 */
	bool whole;	     /* it is such an object: block[0].used; there are no blocks in it */
	uint32_t next, prev; /* around its list; of a free slot: the next one */
};

/*
 * Who is told that a block of pages is no slab any more; not where another one is made of it: then
 * its pages had gone back before.
 */
struct slab_watch {
	void (*gone)(void *ctx, uint64_t page, unsigned int order); /* NULL: nobody */
	void *ctx;
};

struct slob {
	const struct slab_profile *prof; /* .breaks: below the first, the second list's … */
	unsigned int page_shift;
	uint64_t first_page, nr_pages;
	struct slob_page *pages; /* slot 0 is nobody's */
	size_t nr_slots;
	uint32_t free_slot;
	uint32_t *of_page;	      /* by page from first_page: its slot */
	uint32_t head[SLOB_LISTS];    /* where the next search begins */
	uint64_t released, nr_of_all; /* pages given back; pages held */
	struct slab_watch watch;
};

/* @size bytes so that @offset bytes on from their beginning is aligned to @align. */
struct slob_request {
	uint32_t size, align, offset;
};

/**
 * slob_init() - no pages yet, of [@first_page, @first_page + @nr_pages).
 * Return: 0, -KM_ENOMEM.
 */
int slob_init(struct slob *s, const struct slab_profile *prof, uint64_t first_page,
	      uint64_t nr_pages, unsigned int page_shift) KM_MUST_CHECK;
void slob_release(struct slob *s);

/**
 * slob_choose() - where the request would be served; nothing changes.
 *
 * Kernel: mm/slob.c:slob_alloc(), slob_page_alloc() [6.1]
 * Differs: requests for a node are served from any.
 *
 * Return: the page's slot, @at is in it; SLOB_NONE: a new page, @at there.
 */
uint32_t slob_choose(const struct slob *s, const struct slob_request *rq, unsigned int *at);

/* The slot that holds @page; SLOB_NONE: none. */
uint32_t slob_at(const struct slob *s, uint64_t page);

/**
 * slob_make() - @page is a new one, free as a whole, at the front of the request's list.
 * Kernel: mm/slob.c:slob_new_pages(), set_slob_page_free() [6.1]
 *
 * Return: 0, -KM_ENOMEM, -KM_EINVAL where it lies outside.
 */
int slob_make(struct slob *s, uint64_t page, const struct slob_request *rq,
	      uint32_t *id) KM_MUST_CHECK;

/* A page from before the trace: nothing of it is known to be free. As slob_make(). */
int slob_find(struct slob *s, uint64_t page, uint32_t *id) KM_MUST_CHECK;

/**
 * slob_make_whole() - the block of @order at @page is an object by itself.
 * Kernel: mm/slob.c:slob_alloc_node() [6.1], slob_new_pages()
 *
 * Return: 0, -KM_ENOMEM, -KM_EINVAL where it lies outside.
 */
int slob_make_whole(struct slob *s, uint64_t page, unsigned int order, uint32_t *id) KM_MUST_CHECK;

/* What is there before place @at is not known. Return: 0, -KM_ENOMEM. */
int slob_fill(struct slob *s, uint32_t id, unsigned int at) KM_MUST_CHECK;

/* Is all of @size bytes @at there free? */
bool slob_is_free(const struct slob *s, uint32_t id, unsigned int at, uint32_t size);

/**
 * slob_take() - the request was served @at there; the next search of its list begins there.
 *
 * Where the record says so and the page disagrees, it is made so: what lay there was freed unseen,
 * and a page that was on no list, or another, is on this one.
 * Kernel: mm/slob.c:slob_alloc(), list_rotate_to_front() [6.1]; there where the page became full
 * the search goes on behind it [2.6.34]
 *
 * Return: 0; -KM_EINVAL where it would not end in the page: then nothing changes; -KM_ENOMEM.
 */
int slob_take(struct slob *s, uint32_t id, unsigned int at,
	      const struct slob_request *rq) KM_MUST_CHECK;

/* A page was made for @rq: nothing on its list had room for it, what seemed to was taken. */
int slob_lose(struct slob *s, const struct slob_request *rq) KM_MUST_CHECK;

/**
 * slob_free() - @size bytes @at there come back; the page may go back with them.
 *
 * Kernel: mm/slob.c:slob_free() [6.1]; a page that was full comes back to the list of the smallest
 * requests [2.6.34]
 *
 * Return: 0; -KM_EINVAL where some of it is free already: then nothing changes; -KM_ENOMEM.
 */
int slob_free(struct slob *s, uint32_t id, unsigned int at, uint32_t size) KM_MUST_CHECK;

/* Bytes of the object @at there; 0: none is known to begin there. */
uint32_t slob_size(const struct slob *s, uint32_t id, unsigned int at);

/* Its page went back unseen. */
void slob_forget(struct slob *s, uint32_t id);

int slob_check(const struct slob *s, struct km_diag *d);

#endif
