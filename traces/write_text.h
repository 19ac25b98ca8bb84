/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events as ftrace's own text, in the form of 6.1 with irq-info: what read_text.c reads back as the
 * same events.
 *
 * A text has no files: a bundle's snapshots stay behind. Fields that no event keeps
 * (pageblock_order, tgid, preempt count, …) are left out; page= is made from the page frame
 * number, and is zero for a failed allocation. A comment of ours at the head says what the numbers
 * of a migratetype depend on, and which losses have no place between the events.
 */
#ifndef TRACES_WRITE_TEXT_H
#define TRACES_WRITE_TEXT_H

#include "traces/dialect.h"
#include "traces/trace.h"

/* How lines are written. */
struct text_style_out {
	const struct dialect *dialect;
	const struct strtab *strings;
	bool has_cma;
	bool counts;	  /* times are numbers of a clock that counts */
	bool nanoseconds; /* nine places of a second, as `trace-cmd report -t`; else six */
};

enum { WRITE_TEXT_LINE = 4096 };

/**
 * trace_write_event() - the line of @ev with its newline, in @buf of WRITE_TEXT_LINE bytes.
 *
 * Names longer than a line holds are cut. A newline in a name becomes '?'.
 * Return: the line's length.
 */
size_t trace_write_event(const struct text_style_out *s, const struct km_event *ev, char *buf);

/* The line above the frames of the call chain of @ev, likewise. */
size_t trace_write_stack_head(const struct text_style_out *s, const struct km_event *ev, char *buf);

/**
 * trace_write_text() - store @t from its first event to its last at @path, compressed where @path
 * ends in .zst or .gz. Reads @t twice (a stream is kept, trace_keep()). Writes beside @path and
 * renames; on error nothing is left behind.
 */
int trace_write_text(struct trace *t, const char *path, bool nanoseconds,
		     struct km_diag *d) KM_MUST_CHECK;

#endif
