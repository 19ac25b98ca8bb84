/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects in a free run: every recorded call is served by an object allocator of the user's choice,
 * which asks the page layer for its slabs itself. The blocks that the recorded kernel took for its
 * objects are then nobody's requests. A recorded pointer only says which of the model's objects
 * comes back.
 *
 * Object events are served in the order of the page layer's operations, which are late by its delay
 * line: they wait in a queue until an operation behind them is due.
 */
#ifndef KM_OBJECT_RUN_H
#define KM_OBJECT_RUN_H

#include "engine/replay/group.h"
#include "engine/replay/replay.h"
#include "engine/slab/slab_profile.h"

struct replay;
struct object_run;

/*
 * @captured: the allocator that wrote the record, of the kernel's; NULL: nothing says which.
 * Return: 0, -KM_ENOMEM; -KM_EINVAL where a cache cannot be laid out so.
 */
int object_run_open(struct replay *r, const struct slab_profile *captured,
		    struct km_diag *d) KM_MUST_CHECK;
void object_run_close(struct object_run *o);

/* The survey's events, and its end. Return: 0, -KM_ENOMEM. */
int object_run_learn(struct replay *r, const struct km_event *ev) KM_MUST_CHECK;
int object_run_start(struct replay *r) KM_MUST_CHECK;

/*
 * An event comes in; and those before event @no are served. Return: 0, -KM_ENOMEM, or the sink's.
 */
int object_run_push(struct replay *r, const struct km_event *ev, uint64_t no) KM_MUST_CHECK;
int object_run_until(struct replay *r, uint64_t no) KM_MUST_CHECK;

/* Is the block of this allocation or free the recorded kernel's slab? Then it is no request. */
bool object_run_owns(struct replay *r, const struct op *op);

/*
 * The rows now; they live until the next call. At the seed's label they are put right afterwards.
 */
int object_run_rows(struct replay *r, struct km_sample *row) KM_MUST_CHECK;

void object_run_totals(const struct object_run *o, struct replay_objects *out);
int object_run_check(const struct object_run *o, struct km_diag *d);

#endif
