/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a capture says was lost: a row per CPU and class. What is known of a CPU from elsewhere (the
 * bundle's meta/ring_stats) gives way to what the trace itself says of the same CPU and class.
 *
 * Kernel: kernel/trace/ring_buffer.c:ring_buffer_overrun_cpu(), ring_buffer_commit_overrun_cpu(),
 *         ring_buffer_dropped_events_cpu(), rb_get_reader_page() [6.1 6.12]
 */
#ifndef TRACES_TRACE_LOSSES_H
#define TRACES_TRACE_LOSSES_H

#include "traces/trace.h"

#define LOSS_MARKED "lost"		     /* a mark between the events */
#define LOSS_OVERWRITTEN "overwritten"	     /* the text's header: of all CPUs */
#define LOSS_OVERRUN "overrun"		     /* overwritten before they were read */
#define LOSS_COMMIT_OVERRUN "commit overrun" /* the writer met its own unfinished events */
#define LOSS_DROPPED "dropped events"	     /* the buffer was full */

struct trace_losses {
	struct trace_loss *at;
	size_t nr, room;
};

/*
 * Add @lost events at @ts_ns (0: at no known time). @stated: meta/ring_stats says so; where the
 * trace does too, before or after, its own number stands. Of what a header says was overwritten on
 * any CPU, the overruns stated before are taken off. 0 or -KM_ENOMEM.
 */
int trace_losses_add(struct trace_losses *l, struct strtab *strings, const struct trace_loss *loss);

/* The same rows; @to is released by who has it. 0 or -KM_ENOMEM. */
int trace_losses_copy(struct trace_losses *to, const struct trace_losses *from);
void trace_losses_release(struct trace_losses *l);

/* All rows as one number: marks of a CPU are part of its overruns, and those of the overwritten. */
void trace_losses_sum(const struct trace_losses *l, struct trace_lost *out);

#endif
