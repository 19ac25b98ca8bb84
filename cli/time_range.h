/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --time A,B: a part of a trace, by the trace's own clock.
 */
#ifndef CLI_TIME_RANGE_H
#define CLI_TIME_RANGE_H

#include "cli/command.h"
#include "traces/trace.h"

/* clang-format off */
#define OPTION_TIME \
	{ .id = OPT_TIME, .name = "time", .arg = "A,B", \
	  .help = "only events from A to B, in seconds of the trace's clock; either may be left out" }
/* clang-format on */

/**
 * time_range_parse() - "1.5,2", ",2" or "1.5," as nanoseconds; at most nine places.
 * @counts: the clock counts something else than time; A and B are whole numbers of that
 *
 * Return: 0, or -KM_EUSAGE with @d filled and the rest untouched.
 */
int time_range_parse(const char *text, bool counts, uint64_t *from, uint64_t *to,
		     struct km_diag *d) KM_MUST_CHECK;

/**
 * time_range_apply() - narrow @t down to what --time of @args says, if it is there: from here on
 * every pass over @t sees only that.
 *
 * Return: 0; -KM_EUSAGE; the errors of trace_window().
 */
int time_range_apply(const struct cli_args *args, struct trace *t, struct km_diag *d) KM_MUST_CHECK;

#endif
