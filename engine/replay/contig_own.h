/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous allocations of a free run. The model makes its own, whole, where the record begins
 * one; what the record then tells of its own (targets, pages moved away, what is left over) is no
 * request of the model's.
 *
 * What the record moved from one page to another keeps its binding: the recorded page it is in now
 * means the model's page that it meant before, wherever that is by then.
 *
 * Kernel: none; what a free run is
 */
#ifndef KM_CONTIG_OWN_H
#define KM_CONTIG_OWN_H

#include "engine/cma/cma.h"
#include "engine/replay/group.h"
#include "engine/replay/task_list.h"

/* A request that the record is in the middle of. */
struct contig_flight {
	struct task_item task;
	bool tested; /* its range is empty: what is freed now was never in use */
	uint64_t start_no;
	uint64_t from, to; /* recorded pages looked through by this try; none: 0, 0 */
	struct cma_area *area;
	struct pfn got; /* the model's; KM_NO_PFN: none */
	uint64_t pages;
	unsigned int tries;	     /* the model's */
	unsigned int recorded_tries; /* busy ranges so far */
	struct km_ev_page *target;   /* recorded, nothing has moved there yet */
	size_t nr_targets, room;
};

/* What the model handed out for a recorded range. */
struct contig_buffer {
	uint64_t recorded, pages, left; /* left: not given back yet */
	struct pfn model;
	struct cma_area *area;
};

/* A page that made the record's request @start_no busy; any of [pfn, pfn + pages). */
struct contig_busy {
	uint64_t start_no, pfn, pages;
};

struct contig_own {
	struct task_list flight; /* struct contig_flight, oldest first */
	struct contig_buffer *buffer;
	size_t nr_buffers, buffer_room;
	const struct op *asks; /* the event whose request the model is serving */
	/* from the survey */
	struct contig_busy *busy; /* by request */
	size_t nr_busy, busy_room, busy_at;
	uint64_t *unanswered; /* cma_alloc_start without a finish, ascending */
	size_t nr_unanswered, unanswered_room;
};

struct replay;

/* An event of the survey: what was busy, and which requests have no end. -KM_ENOMEM. */
int contig_own_survey(struct replay *r, const struct op *op) KM_MUST_CHECK;
int contig_own_surveyed(struct replay *r) KM_MUST_CHECK;

/* A CMA event, or one of its request's way. */
int contig_own_event(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;

/* Serve @rq from @a for @op, told of try by try; under --paranoid what it got is looked at. */
int contig_own_serve(struct replay *r, const struct op *op, struct cma_area *a,
		     const struct cma_request *rq, struct cma_result *got,
		     struct km_diag *d) KM_MUST_CHECK;

/* How it came out, for the row. */
void contig_own_tell(struct replay *r, const struct op *op, const struct cma_result *got);

/* The model is done with a range of the request that it is serving. */
void contig_own_tried(struct replay *r, struct pfn at, const struct contig_report *report);

/* Is the allocation, or the free, part of a request of the record's? Then it is none of ours. */
bool contig_own_alloc(struct replay *r, const struct op *op);
bool contig_own_free(struct replay *r, const struct op *op);

void contig_own_release(struct contig_own *c);

#endif
