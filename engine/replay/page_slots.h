/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small numbers ("slots") for page numbers of any size, in the order in which they come up: a table
 * by slot is as large as what a record names, wherever the recorded machine had its memory.
 */
#ifndef KM_PAGE_SLOTS_H
#define KM_PAGE_SLOTS_H

#include "engine/core/types.h"

enum { PAGE_SLOTS_ORDER = 6, PAGE_SLOTS_CHUNK = 1 << PAGE_SLOTS_ORDER };

#define PAGE_SLOT_NONE UINT32_MAX

/* Neighbouring pages share a chunk, and have slots in a row. Zeroed is empty. */
struct page_slots {
	struct page_chunk {
		uint64_t no;   /* its pages' numbers without the low bits */
		uint32_t next; /* in its bucket: chunk + 1; 0: none */
	} * chunk;
	uint32_t *bucket; /* room of them: chunk + 1; 0: none */
	uint32_t nr, room;
};

/* The page's slot; PAGE_SLOT_NONE: it has none yet. */
uint32_t page_slot(const struct page_slots *s, struct pfn p);

/*
 * The page's slot, made where there is none: PAGE_SLOTS_CHUNK more then, all below nr *
 * PAGE_SLOTS_CHUNK. PAGE_SLOT_NONE: out of memory or of slots.
 */
uint32_t page_slot_made(struct page_slots *s, struct pfn p);

void page_slots_release(struct page_slots *s);

#endif
