/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU memory beside the pages: each recorded allocation is first put to the model, which says
 * at which offset it would be, and is put right where the record says another. Which chunk it was
 * from no event says; a free does. Chunks are made and destroyed where the record does that.
 *
 * What the model would have used and the record passed over was in use: allocated before the trace.
 *
 * Differs: the balancing work is done at once, from the first event of a task that is neither idle
 * nor init on; every request may wait; what a control group is charged is not known.
 */
#ifndef KM_PERCPU_FEED_H
#define KM_PERCPU_FEED_H

#include "engine/core/snapshot.h"
#include "engine/event.h"
#include "engine/percpu/percpu.h"
#include "engine/result.h"

enum { PERCPU_RANGES = 64 };

struct percpu_feed {
	struct percpu room;
	bool on;	    /* modelled */
	bool seen;	    /* an event of it came */
	bool has_base;	    /* the first chunk's address is known */
	bool scored, works; /* works: the balancing work is done */
	uint64_t hits, total;
	uint64_t unseen;	/* misses that follow from what was there before the trace */
	uint64_t unknown_frees; /* of what nobody is known to have */
	/* What was passed over: bytes of a chunk whose owners nobody saw. */
	struct percpu_range {
		int32_t chunk;
		int64_t from, to;
	} range[PERCPU_RANGES];
	unsigned int nr_ranges;
	struct km_percpu_state state;
};

/* Return: 0, also where nothing tells how memory is laid out; -KM_ENOMEM. */
int percpu_feed_open(struct percpu_feed *f, const struct percpu_profile *prof,
		     const struct km_snap_percpu *layout, unsigned int page_shift,
		     bool scored) KM_MUST_CHECK;
void percpu_feed_release(struct percpu_feed *f);

bool percpu_feed_heeds(unsigned int kind);
/* Return: 0; -KM_ENOMEM. */
int percpu_feed_event(struct percpu_feed *f, const struct km_event *ev) KM_MUST_CHECK;

/* The state now; NULL: it is not modelled, or the trace tells nothing of it. */
const struct km_percpu_state *percpu_feed_row(struct percpu_feed *f);
int percpu_feed_report(const struct percpu_feed *f, const struct km_sink *sink);

#endif
