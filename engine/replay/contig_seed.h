/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What contiguous areas had handed out before the first event of a trace that begins on a running
 * system: the first label's bitmaps, with the events between run backwards.
 *
 * Kernel: none; mm/cma_debug.c:cma_debugfs_add_one() [6.1] prints the bitmap
 */
#ifndef KM_CONTIG_SEED_H
#define KM_CONTIG_SEED_H

#include "engine/machine/machine.h"
#include "engine/replay/group.h"

struct replay;

/* An event of the trace's beginning: a range that was handed out, or came back. */
struct contig_change {
	uint64_t pfn, count;
	uint32_t name; /* string id of the area */
	bool taken;
};

struct contig_seed {
	struct contig_change *v;
	size_t n, room;
	bool named[MACHINE_MAX_CMA]; /* an event has told of this area's name */
};

/*
 * An event of the survey. -KM_ENOMEM. An area of a captured machine that has a name that no event
 * says, but a range that events tell of by another, gets that one.
 */
int contig_seed_survey(struct replay *r, const struct op *op) KM_MUST_CHECK;

/* The areas' first bitmaps; the pages of their bits are handed out where they are not known. */
void contig_seed_areas(struct replay *r);

void contig_seed_release(struct contig_seed *s);

#endif
