/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first pass: what the record proves about the state before its first event.
 *
 * A page whose first appearance is leaving a free list was free; one that comes back first was not.
 * Only events up to the reading of the seed label's kpageflags count: from there on the flags
 * themselves say what is free. Without kpageflags the whole trace counts, and pages it never names
 * stay unknown.
 */
#ifndef KM_SURVEY_H
#define KM_SURVEY_H

#include "engine/machine/machine.h"
#include "engine/replay/group.h"

enum first_use {
	FIRST_NONE,
	FIRST_FREE, /* left a free list */
	FIRST_USED, /* came back */
	FIRST_POOL, /* handed out without leaving a free list: from a per-CPU one, or unseen */
	FIRST_PCP,  /* was drained from a per-CPU list */
	FIRST_MASK = 7,
	FIRST_LATE = 8, /* after the seed label's begin marker */
};

struct survey {
	uint8_t *first;	      /* by frame: enum first_use */
	uint8_t *first_typed; /* the same, from the reading of pagetypeinfo on; NULL until then */
	uint8_t *touched;     /* by pageblock: some page of it has a first use */
	uint8_t *type;	      /* by pageblock: first migratetype its pages prove + 1 */
	const struct kernel_profile
		*recorded; /* the kernel that wrote the trace, not the modelled one */
	struct pcp lists;  /* per-CPU lists as it has them: empty, for what they keep and fetch */
	int64_t *pcp_net;  /* by zone and CPU: pages the lists gained up to zoneinfo's read line */
	uint64_t nr_frames, nr_blocks;
	bool from_boot, judged_boot;   /* the first page event tells */
	bool start_marked, end_marked; /* the trace has markers of these labels */
	bool filemap;		       /* the trace says which pages enter the page cache */
	bool in_contig;		       /* between cma_alloc_start and its end: drains are its own */
	uint64_t tick_ns; /* the first tick of the statistics that drained; 0: none did */
	bool late, flags_read, stopped, zoneinfo_read;
	uint64_t nr_events;
};

int survey_init(struct survey *s, const struct machine *m,
		const struct kernel_profile *recorded) KM_MUST_CHECK;
void survey_release(struct survey *s);

/* Take one operation of the grouped trace. */
void survey_op(struct survey *s, const struct machine *m, const struct op *op, uint32_t bulk_pages);

/* A marker of the capture: what of the seed label begins or is read here. -KM_ENOMEM. */
int survey_marker(struct survey *s, const char *text, const char *seed_label, bool has_flags);

/*
 * What is known of a frame's first use, with late events left out where the flags were not
 * bracketed.
 */
enum first_use survey_first(const struct survey *s, uint64_t frame);

/*
 * The same for the moment pagetypeinfo was read; as survey_first() where that moment is not marked.
 */
enum first_use survey_first_typed(const struct survey *s, uint64_t frame);

#endif
