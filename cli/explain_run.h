/* SPDX-License-Identifier: GPL-2.0-only */
/* A replay up to one allocation, which is explained. */
#ifndef CLI_EXPLAIN_RUN_H
#define CLI_EXPLAIN_RUN_H

#include "cli/prepare.h"
#include "engine/replay/explain.h"

struct explain_run {
	struct replay_explanation *x;
	struct replay *replay; /* strings of @x live as long as it and the trace do */
	struct km_sink_ops ops;
	bool fell_back; /* it took a block of another type */
};

/**
 * explain_resolve() - which allocation event @event_no of @t belongs to: itself, the
 * cma_alloc_start of a contiguous allocation's later event, the mm_page_alloc behind a removal or a
 * fallback.
 *
 * Return: 0 with *@event_no set; -KM_EUSAGE where there is no such event, or it is none of an
 * allocation's; -KM_E…; @d is filled.
 */
int explain_resolve(struct trace *t, uint64_t *event_no, struct km_diag *d) KM_MUST_CHECK;

/**
 * explain_replay() - replay @p up to event @event_no.
 *
 * Return: 0, also where the model was never asked (@out->x->done is false); -KM_E… with @d filled.
 * Either way @out wants explain_release().
 */
int explain_replay(struct explain_run *out, struct prepared *p, uint64_t event_no,
		   struct km_diag *d) KM_MUST_CHECK;
void explain_release(struct explain_run *e);

/* Did it get what it asked for, from a block of its own type? */
bool explain_served(const struct explain_run *e);

/* What the explanation says, on standard output. */
void explain_print(const struct explain_run *e, const struct prepared *p);

#endif
