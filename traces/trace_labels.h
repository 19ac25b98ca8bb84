/* SPDX-License-Identifier: GPL-2.0-only */
/* The labels of a bundle's snapshots, and their order. */
#ifndef TRACES_TRACE_LABELS_H
#define TRACES_TRACE_LABELS_H

#include "traces/bundle.h"

struct trace_labels {
	char **names;
	size_t nr, nr_seen; /* the first @nr_seen are in the order of their markers */
};

/* The directories below snap/: "start" first, "end" last, the others by name. */
int trace_labels_init(struct trace_labels *l, const struct bundle *b,
		      struct km_diag *d) KM_MUST_CHECK;
void trace_labels_release(struct trace_labels *l);

/* A marker of the trace went by: "kmemlab snapshot begin LABEL" says which label is next. */
void trace_labels_marker(struct trace_labels *l, const char *text);

#endif
