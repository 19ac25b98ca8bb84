/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capture, read twice, through one replay or several side by side: survey, then replay.
 */
#ifndef CLI_PASSES_H
#define CLI_PASSES_H

#include "cli/prepare.h"
#include "cli/progress.h"

enum { PASSES_MAX_LANES = 2 };

struct passes {
	struct trace *trace;
	struct replay *lanes[PASSES_MAX_LANES];
	size_t nr_lanes;
	struct progress *progress;
	/* Sees every event of the first pass; NULL: nobody looks. */
	void (*watch)(void *ctx, const struct km_event *ev, size_t n);
	void *watch_ctx;
	const bool *enough; /* once it is true, the replay ends; NULL: it goes on to the end */
	uint64_t nr_events; /* found */
	bool cut;	    /* by @enough: nothing was finished */
	bool stopped;	    /* by an event that cannot be: nr_events is then what came before it */
	struct km_diag damage; /* code != 0: the input breaks off; all before it was replayed */
};

/* How often passes_run() reads the input. */
unsigned int passes_count(const struct passes *p);

/**
 * passes_run() - survey and replay @p->trace in every lane; with no lane, only let @p->watch see
 * it.
 *
 * Return: 0, also where the input broke off after some events (@p->damage says so), or -KM_E…
 * with
 * @d filled.
 */
int passes_run(struct passes *p, struct km_diag *d) KM_MUST_CHECK;

#endif
