/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who allocated each page of the contiguous areas, and when: what stands in the way of a contiguous
 * allocation is known by name. 24 bytes for each page of an area, taken when first touched; nothing
 * where a machine has no area, nor for pages outside them.
 */
#ifndef KM_ORIGIN_H
#define KM_ORIGIN_H

#include "engine/event.h"
#include "engine/machine/machine.h"

/* An allocation; all zero: not known. */
struct origin {
	uint64_t ts_ns;
	uint32_t event_no; /* 0 beyond 2^32 - 1 */
	uint32_t stack;	   /* string id of its call chain, or 0 */
	int32_t pid;
	uint32_t comm : 26; /* string id; 0 beyond that */
	uint32_t order : 5;
	uint32_t known : 1;
};

_Static_assert(sizeof(struct origin) == 24, "one for each page of an area");

struct origins {
	uint64_t base, span; /* pfns from the first area's beginning to the last one's end */
	struct origin *of[MACHINE_MAX_CMA]; /* by area and page */
	struct origin *all;		    /* of every page of the machine; NULL: of areas only */
	const struct machine *m;
};

int origins_open(struct origins *o, const struct machine *m) KM_MUST_CHECK;
/* The same for every page of the machine. */
int origins_open_all(struct origins *o, const struct machine *m) KM_MUST_CHECK;
void origins_close(struct origins *o);

/* May the block that begins at @nr be of an area? Cheap: asked of every page of a trace. */
static inline bool origins_may_have(const struct origins *o, uint64_t nr)
{
	return nr - o->base < o->span;
}

/* The block at @head was handed out to what event @no tells of; it came back, whole or in part. */
void origin_alloc(struct origins *o, struct pfn head, const struct km_event *ev, uint64_t no);
void origin_free(struct origins *o, struct pfn head, unsigned int order);

/* What is in page @from goes to page @to. */
void origin_moved(struct origins *o, struct pfn from, struct pfn to);

/* The allocation that page @p is of; NULL where nothing tells of it. */
const struct origin *origin_of(const struct origins *o, struct pfn p);

#endif
