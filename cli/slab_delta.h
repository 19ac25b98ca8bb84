/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slabinfo.delta (spec/interface.md §5): how active_objs and num_objs of each cache changed from
 * label to label, in a run and in the kernel's own slabinfo. Only what happened in between is
 * asked: of a system that was running when the trace began the rows themselves say little.
 */
#ifndef CLI_SLAB_DELTA_H
#define CLI_SLAB_DELTA_H

#include "engine/result.h"
#include "traces/trace.h"

enum slab_column { SLAB_ACTIVE_OBJS, SLAB_NUM_OBJS, SLAB_COLUMNS };

struct slab_delta {
	struct slab_label {
		struct km_snapshot kernel;    /* its slabinfo alone */
		int64_t (*run)[SLAB_COLUMNS]; /* by the kernel's rows; -1: the run has none */
		bool taken, own;	      /* there is a state; as of the reading of slabinfo */
	} * labels;
	size_t nr;
};

/* The slabinfo of every label of @trace that has one. Return: 0, -KM_ENOMEM with @d filled. */
int slab_delta_open(struct slab_delta *t, struct trace *trace, struct km_diag *d) KM_MUST_CHECK;
void slab_delta_close(struct slab_delta *t);

/* A state of the run. Where it was put right from its own files it is taken to be these. */
void slab_delta_take(struct slab_delta *t, const struct km_sample *row);

/*
 * Rows "all", "active_objs", "num_objs", "label=NAME" and "cache=NAME": how many changes are the
 * kernel's but for a fiftieth of the cache, of caches of a hundred objects and more. Misses have no
 * cause but "unknown".
 */
int slab_delta_report(const struct slab_delta *t, const struct km_sink *sink) KM_MUST_CHECK;

#endif
