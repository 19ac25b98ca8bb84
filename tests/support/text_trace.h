/* SPDX-License-Identifier: GPL-2.0-only */
/* Hand-written traces and files for the tests of traces/. */
#ifndef TESTS_SUPPORT_TEXT_TRACE_H
#define TESTS_SUPPORT_TEXT_TRACE_H

#include "traces/trace.h"

enum { TEXT_TRACE_EVENTS = 64 };

struct text_trace {
	struct trace *t;
	struct km_event ev[TEXT_TRACE_EVENTS];
	size_t nr;
	int err; /* of opening or of the last trace_read() */
	struct km_diag d;
};

/* Write @len bytes to a new file below /tmp, whose path stays valid until the test ends. */
const char *tmp_file(const char *ending, const void *data, size_t len);

/* Open a file and read all of it (at most TEXT_TRACE_EVENTS events). */
struct text_trace read_trace_file(const char *path);

/* The same for a text. */
struct text_trace read_trace_text(const char *text);

/* A string of the trace by its id. */
const char *trace_text(const struct text_trace *x, uint32_t id);

/* "../shared/traces/NAME" where it can be read; else says that the test is skipped and gives NULL. */
const char *shared_trace(const char *name);

#endif
