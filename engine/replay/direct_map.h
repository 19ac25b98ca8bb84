/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel maps all memory: an object's address less its page's. Learnt from who got a
 * block of pages, and then an object.
 */
#ifndef KM_DIRECT_MAP_H
#define KM_DIRECT_MAP_H

#include "engine/core/diag.h"
#include "engine/event.h"

enum { NR_GUESSES = 16 };

struct direct_map {
	struct last_block {
		uint64_t pfn;
		int32_t pid;
		bool fresh;
	} * last; /* the block that an allocation took last, by CPU */
	struct guess {
		uint64_t base;
		uint32_t votes;
	} guesses[NR_GUESSES];
	unsigned int page_shift;
	uint64_t base;
	bool sure;
};

int direct_map_init(struct direct_map *m, unsigned int nr_cpus,
		    unsigned int page_shift) KM_MUST_CHECK;
void direct_map_release(struct direct_map *m);

/* @ev took a block of pages; an object. */
void direct_map_block(struct direct_map *m, const struct km_event *ev);
void direct_map_object(struct direct_map *m, const struct km_event *ev);

#endif
