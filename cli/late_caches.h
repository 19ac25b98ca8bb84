/* SPDX-License-Identifier: GPL-2.0-only */
/* The caches that only later labels' slabinfo names: they were made while the trace ran. */
#ifndef KM_CLI_LATE_CACHES_H
#define KM_CLI_LATE_CACHES_H

#include "traces/trace.h"

/*
 * Into @out, to be released by trace_snapshot_release(): name and size of each cache that is in no
 * row of the first label's slabinfo, @seed, in the order they come in. A label without a slabinfo
 * that can be read has none. Return: 0; -KM_ENOMEM, @d is filled.
 */
int late_caches(struct trace *trace, const struct km_snapshot *seed, struct km_snapshot *out,
		struct km_diag *d) KM_MUST_CHECK;

#endif
