/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmallocinfo.traced (spec/interface.md §5): the rows of a run's states held against the
 * vmallocinfo of each label. The replay itself sees no label but its seed's.
 */
#ifndef CLI_TRACED_ROWS_H
#define CLI_TRACED_ROWS_H

#include "engine/result.h"
#include "traces/trace.h"

struct traced_rows {
	struct traced_label {
		struct km_snapshot kernel; /* its vmallocinfo alone */
		uint64_t hits, total;
		bool own; /* as of the reading of vmallocinfo itself */
	} * labels;
	size_t nr;
};

/*
 * The vmallocinfo of every label of @trace; one that cannot be read, or hides its addresses, is
 * left out. Return: 0, -KM_ENOMEM with @d filled.
 */
int traced_rows_open(struct traced_rows *t, struct trace *trace, struct km_diag *d) KM_MUST_CHECK;
void traced_rows_close(struct traced_rows *t);

/* A state of the run; one that is no label's, or was put right from its files, does not count. */
void traced_rows_take(struct traced_rows *t, const struct km_sample *row);

/* Rows "all" and "label=NAME", where there is anything to say. */
int traced_rows_report(const struct traced_rows *t, const struct km_sink *sink) KM_MUST_CHECK;

#endif
