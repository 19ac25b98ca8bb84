/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_OPEN_H
#define CLI_OPEN_H

#include "traces/trace.h"

/* trace_open(); what has to be kept on disk is where TMPDIR says. */
int cli_open_trace(struct trace **out, const char *path, struct km_diag *d) KM_MUST_CHECK;

#endif
