/* SPDX-License-Identifier: GPL-2.0-only */
/* What a reader met and could not make full sense of, counted by name. */
#ifndef TRACES_TRACE_NOTICES_H
#define TRACES_TRACE_NOTICES_H

#include "engine/core/strtab.h"
#include "traces/trace.h"

enum { TRACE_MAX_NOTICES = 64 };

struct trace_notices {
	struct trace_notice at[TRACE_MAX_NOTICES];
	size_t nr;
};

/*
 * Count @name (@len bytes) under @what, which lives for ever; beyond the table's end all are one
 * more of "others". 0 or -KM_ENOMEM.
 */
int trace_notices_add(struct trace_notices *n, struct strtab *strings, const char *what,
		      const char *name, size_t len);

#endif
