/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told of each contiguous allocation: a row when it ends, with the ranges it tried, the
 * page that stood in the way of each, and who had allocated that page.
 *
 * Requests are told apart by their task: between cma_alloc_start and cma_alloc_finish it does
 * nothing else. What the record tells of a try (migrations, test_pages_isolated) is gathered here;
 * a mode that makes its own tries hands them in.
 */
#ifndef KM_CONTIG_LOG_H
#define KM_CONTIG_LOG_H

#include "engine/cma/cma.h"
#include "engine/replay/group.h"
#include "engine/replay/task_list.h"
#include "engine/result.h"

/* How a request ended in a mode that makes its own tries. */
struct contig_outcome {
	struct pfn at; /* KM_NO_PFN: none */
	int err;       /* 0 or a negative errno of the kernel */
	unsigned int tries;
	uint64_t migrated_pages, reclaimed_pages;
	struct pfn busy; /* the page that kept the last busy range; KM_NO_PFN: none */
};

/* A block to migrate something to. */
struct contig_target {
	struct pfn at;
	unsigned int order;
};

/* A request on its way. */
struct contig_call {
	struct task_item task;
	bool gap;		     /* events were lost since it began */
	bool by_model;		     /* its tries and its end are the model's own */
	uint64_t start_no, start_ts; /* 0: its start was not seen */
	struct km_ev_cma asked;
	uint32_t comm, stack;
	const struct cma_area *area; /* NULL: the machine has none of that name */
	uint64_t used_pages, maxchunk_pages;
	bool fits; /* the area had a free range for it when it began */
	uint64_t model_pfn;
	struct contig_outcome model;
	struct km_busy_page model_busy; /* as it was when the model found it */
	/* the try under way, as the record tells of it */
	bool trying, tested;
	uint64_t refused_pfn; /* test_pages_isolated failed here; KM_NO_PFN: it did not */
	uint64_t migrated_pages, failed_pages, freed_pages;
	struct contig_target *target; /* what it allocated to move pages to, oldest first */
	size_t first_target, nr_targets, room_targets;
	struct km_cma_try *tried;
	size_t nr_tried, room;
};

struct contig_log {
	struct task_list call; /* struct contig_call, oldest first */
};

struct replay;

/*
 * cma_alloc_start of an area (NULL: unknown). A request of the task that never finished ends here.
 */
int contig_log_start(struct replay *r, const struct op *op,
		     const struct cma_area *area) KM_MUST_CHECK;

/* The model's choice for the task's request (KM_NO_PFN: none). */
void contig_log_predicted(struct replay *r, const struct op *op, struct pfn at);

/*
 * The request's end is the model's own, and so are its tries (each may be told: optional). To be
 * called while the busy page still is where it was. The row follows at the record's own end.
 */
void contig_log_try(struct replay *r, const struct op *op, const struct km_cma_try *t);
void contig_log_model(struct replay *r, const struct op *op, const struct contig_outcome *o);

/* An allocation by a task that may be migrating: what it moves will be there. */
void contig_log_alloc(struct replay *r, const struct op *op);

/* An event that may tell of a try: page migration, isolation, frees, lost events. */
void contig_log_note(struct replay *r, const struct op *op);

/* cma_alloc_busy_retry and cma_alloc_finish. */
int contig_log_busy(struct replay *r, const struct op *op) KM_MUST_CHECK;
int contig_log_finish(struct replay *r, const struct op *op) KM_MUST_CHECK;

/* The request cannot have a cma_alloc_finish: it is larger than its area. */
int contig_log_too_large(struct replay *r, const struct op *op) KM_MUST_CHECK;

/* Requests that the trace's end cut off. */
int contig_log_end(struct replay *r) KM_MUST_CHECK;
void contig_log_release(struct contig_log *l);

/* The page at @p as what stands in a contiguous allocation's way. */
struct km_busy_page contig_log_page(const struct replay *r, struct pfn p, const char *source);

#endif
