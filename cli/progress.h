/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bar on a terminal's stderr for anything longer than half a second: share, rate, time left.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/command.h"
#include "traces/trace.h"

struct progress {
	bool enabled, drawn;
	unsigned int pass, nr_passes;
	uint64_t begin_ns, last_ns;
	uint64_t events;
	uint64_t streamed; /* bytes of a stream: there is no share of the whole */
};

/*
 * @nr_passes over the same input make the whole. Draws nothing where stderr is no terminal or @args
 * forbid it.
 */
void progress_init(struct progress *p, const struct cli_args *args, unsigned int nr_passes);
void progress_step(struct progress *p, const char *what, uint32_t ppm, uint64_t events);
/* progress_step() with how far @t has been read; bytes instead of a share where it is a stream. */
void progress_trace(struct progress *p, const char *what, const struct trace *t, uint64_t events);
/* @done of @all runs have ended. */
void progress_runs(struct progress *p, const char *what, size_t done, size_t all);
void progress_next_pass(struct progress *p);
/* Take the bar away. */
void progress_release(struct progress *p);

#endif
