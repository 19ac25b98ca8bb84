/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of several CPUs may stand a little out of the order of their times (a trace_pipe is read
 * CPU by CPU): the events before the last few are put in it. Events of one time keep their places.
 */
#ifndef TRACES_REORDER_H
#define TRACES_REORDER_H

#include "traces/reader.h"

enum { REORDER_HELD = 256 }; /* events that wait for an older one */

struct reorder {
	struct km_event *v;
	size_t at, ready, nr; /* handed on up to @at; in their order up to @ready; of @nr */
	bool over;
	int64_t last; /* what the reader ended with */
	struct km_diag said;
	uint64_t moved, most_ns; /* events put in their places, from how far behind */
};

/* Memory is taken when the first event is read. */
void reorder_restart(struct reorder *o);
void reorder_release(struct reorder *o);

/* As the reader's own read(), in order. */
int64_t reorder_read(struct reorder *o, const struct reader_ops *ops, void *reader,
		     struct km_event *buf, size_t n, struct km_diag *d);

#endif
