/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB of a replay: it sees what the pages, objects and areas make synthesizers touch
 * (engine/tlb/synth.h), where the model (pages) or the record (objects, areas) put them, and
 * what purges of vmalloc areas flush.
 *
 * Differs: without page table isolation no address space is switched: the kernel's pages are
 * global. With it each thread is taken for an address space. A machine's high memory counts as
 * mapped directly. Objects are left out of free runs, whose placement they do not follow.
 */
#ifndef KM_TLB_FEED_H
#define KM_TLB_FEED_H

#include "engine/replay/direct_map.h"
#include "engine/replay/replay.h"
#include "engine/tlb/synth.h"

/* The configured synthesizers, and what bounds them: only what is forced; each line, too. */
enum tlb_bound { TLB_AS_SAID, TLB_LEAST, TLB_MOST, TLB_NR_BOUNDS };

struct tlb_feed {
	struct tlb *tlb; /* of the configured ones; NULL: there is none */
	struct synth synth[TLB_NR_BOUNDS];
	unsigned int nr;	 /* of synth, each with a TLB of its own: 1 or all */
	struct direct_map where; /* of a record: where memory is mapped */
	bool objects;		 /* the record's are followed */
	uint64_t skipped;	 /* objects that no page is known of */
};

#endif
