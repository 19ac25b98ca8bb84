/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pages of each contiguous area are used for, stretch by stretch: free, handed out by the
 * area, lent to movable requests, busy. Only pageblocks that changed are looked at again.
 */
#ifndef KM_AREA_USE_H
#define KM_AREA_USE_H

#include "engine/machine/machine.h"
#include "engine/result.h"

enum { AREA_STRETCHES = 256 }; /* at most, of one area */

struct area_use {
	uint64_t stretch_pages;	     /* of each but the last; a power of two */
	size_t nr;		     /* 0: nothing is told of the area */
	struct km_cma_stretch *now;  /* nr */
	struct km_cma_stretch *told; /* nr: as last reported */
	struct km_cma_stretch *out;  /* nr: those that changed */
	uint64_t used_pages;	     /* by the bitmap, when it was last looked at */
	bool asked, looked;
	bool whole; /* every pageblock was handed over */
};

struct area_uses {
	struct area_use of[MACHINE_MAX_CMA];
};

int area_uses_init(struct area_uses *u, const struct machine *m) KM_MUST_CHECK;
void area_uses_release(struct area_uses *u);

/* The state of area @i; what it points to lives until the next call for the area. */
void area_use_take(struct area_uses *u, struct machine *m, unsigned int i,
		   struct km_cma_state *out);

#endif
