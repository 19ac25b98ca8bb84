/* SPDX-License-Identifier: GPL-2.0-only */
/* What kmemlab gen does, for commands that need a trace of a workload. */
#ifndef CLI_GEN_TRACE_H
#define CLI_GEN_TRACE_H

#include "engine/core/diag.h"

/**
 * gen_trace() - write the trace of the document @workload to @out, a .kmt.
 * @seed: instead of the workload's own; NULL: that
 *
 * Return: 0; -KM_EUSAGE for a workload that cannot be, or -KM_E… with @d filled; @out is whole or
 * as it was.
 */
int gen_trace(const char *workload, const uint64_t *seed, const char *out,
	      struct km_diag *d) KM_MUST_CHECK;

#endif
