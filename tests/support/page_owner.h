/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody who has pages for a struct vmem: counts them, and runs out of them when told to. */
#ifndef TESTS_PAGE_OWNER_H
#define TESTS_PAGE_OWNER_H

#include "engine/vmem/vmem.h"

enum { OWNER_PAGES = 1 << 16 };

struct page_owner {
	bool out[OWNER_PAGES]; /* handed out */
	uint64_t next, nr_out;
	uint64_t calls, singles, bulks, blocks; /* single pages, pages in bulk, larger blocks */
	int64_t fail_at;			/* the so-manyth call gets nothing; -1: none */
	unsigned int bulk_most;			/* pages that one bulk call gives */
	bool no_blocks;				/* of more than a page */
};

void page_owner_init(struct page_owner *o);
extern const struct vmem_ops page_owner_ops;

#endif
