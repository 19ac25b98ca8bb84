/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks that a CPU's tasks allocated last and no object has claimed yet: an allocation may nest
 * others.
 */
#ifndef KM_PENDING_H
#define KM_PENDING_H

#include "engine/core/diag.h"
#include "engine/event.h"

enum { PENDING = 8 };

struct pending {
	uint64_t pfn, no;
	int32_t pid;
	uint8_t order;
	bool open;
};

struct pending_blocks {
	struct pending (*ring)[PENDING]; /* by CPU */
	unsigned int *at;
};

int pending_init(struct pending_blocks *p, unsigned int nr_cpus) KM_MUST_CHECK;
void pending_release(struct pending_blocks *p);

/* @ev, the trace's @no, took a block. */
void pending_add(struct pending_blocks *p, const struct km_event *ev, uint64_t no);

/* The last unclaimed block of @ev's task: of @order, or (order -1) around @page; NULL: none. */
struct pending *pending_find(struct pending_blocks *p, const struct km_event *ev, int order,
			     uint64_t page);

#endif
