/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call chains, on their way to the events that they belong to.
 *
 * A kernel records the chain as a record of its own behind the event, and between the two there
 * may be others: of other CPUs, whose records are merged in by time, and of interrupts, which bring
 * chains of their own. So events wait here until a chain can hardly follow any more: the chain goes
 * to the latest event of its CPU and thread that has none. In a trace without chains nothing waits,
 * once its first events have shown that.
 *
 * Kernel: kernel/trace/trace.c:__ftrace_trace_stack() [2.6.34 3.5 6.1 6.12]
 */
#ifndef TRACES_STACKS_H
#define TRACES_STACKS_H

#include "engine/core/strtab.h"
#include "engine/event.h"

struct stacks;

int stacks_open(struct stacks **out, struct strtab *strings) KM_MUST_CHECK;
void stacks_close(struct stacks *s);
/* Back to the beginning: nothing waits, nothing is known. */
void stacks_restart(struct stacks *s);

/* ---- chains ---- */

/* A chain of @cpu and @pid begins. */
void stacks_begin(struct stacks *s, unsigned int cpu, int32_t pid);
/* Its next frame. What a string of the table cannot hold is left out, the outermost frames. */
void stacks_frame(struct stacks *s, const char *text, size_t len);
bool stacks_in_chain(const struct stacks *s);

/*
 * The chain is whole: give it to its event, among those that wait or the @n that were just handed
 * out at @ev; where there is no such event it is dropped.
 * Return: 0, or -KM_ENOMEM.
 */
int stacks_end(struct stacks *s, struct km_event *ev, size_t n) KM_MUST_CHECK;

/* ---- events ---- */

/* Keep @ev back; false: it need not wait, and was not taken. */
bool stacks_hold(struct stacks *s, const struct km_event *ev);
/* Does any event wait? */
bool stacks_waiting(const struct stacks *s);
/* Is it some event's turn? Before the next event is read. */
bool stacks_due(const struct stacks *s);
/* The event that has waited longest; false: none does. */
bool stacks_next(struct stacks *s, struct km_event *ev);

#endif
