/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/traced_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int traced_rows_open(struct traced_rows *t, struct trace *trace, struct km_diag *d)
{
	size_t n = trace_nr_labels(trace);

	*t = (struct traced_rows){ .labels = calloc(n + 1, sizeof(*t->labels)) };
	if (!t->labels)
		return km_fail(d, KM_ENOMEM, "", "out of memory for the labels");
	for (size_t i = 0; i < n; i++) {
		struct km_snapshot *s = &t->labels[t->nr].kernel;
		int err = trace_vmallocinfo(trace, trace_label(trace, i), s, d);

		if (err == -KM_ENOMEM)
			return err;
		t->nr += !err && s->nr_vmaps;
		if (err || !s->nr_vmaps)
			trace_snapshot_release(s);
	}
	return 0;
}

void traced_rows_close(struct traced_rows *t)
{
	for (size_t i = 0; i < t->nr; i++)
		trace_snapshot_release(&t->labels[i].kernel);
	free(t->labels);
	*t = (struct traced_rows){ 0 };
}

static const struct km_vmap_state *run_row(const struct km_sample *row, uint64_t start)
{
	for (size_t i = 0; i < row->nr_vmaps; i++)
		if (row->vmaps[i].start == start)
			return &row->vmaps[i];
	return NULL;
}

static const struct km_snap_vmap *kernel_row(const struct km_snapshot *s, uint64_t start)
{
	for (size_t i = 0; i < s->nr_vmaps; i++)
		if (s->vmaps[i].kind != KM_VMAP_LAZY && s->vmaps[i].start == start)
			return &s->vmaps[i];
	return NULL;
}

/* The kernel's rows but for those that the run has as seeded, and what the run has beyond them. */
static void compare(struct traced_label *l, const struct km_sample *row)
{
	const struct km_snapshot *s = &l->kernel;

	l->hits = l->total = 0;
	for (size_t i = 0; i < s->nr_vmaps; i++) {
		const struct km_snap_vmap *k = &s->vmaps[i];
		const struct km_vmap_state *r = run_row(row, k->start);

		if (k->kind == KM_VMAP_LAZY || (r && r->seeded))
			continue;
		l->total++;
		l->hits += r && r->bytes == k->end - k->start;
	}
	for (size_t i = 0; i < row->nr_vmaps; i++)
		l->total += !row->vmaps[i].seeded && !kernel_row(s, row->vmaps[i].start);
}

void traced_rows_take(struct traced_rows *t, const struct km_sample *row)
{
	bool own = row->source && !strcmp(row->source, "vmallocinfo");

	if (!row->label || row->seeded || (row->source && !own) || !row->nr_vmaps)
		return;
	for (size_t i = 0; i < t->nr; i++) {
		struct traced_label *l = &t->labels[i];

		if (strcmp(l->kernel.label, row->label) || (l->own && !own))
			continue;
		l->own = own;
		compare(l, row);
	}
}

static int put(const struct km_sink *sink, const char *scope, uint64_t hits, uint64_t total)
{
	struct km_fidelity_row r = {
		.metric = "vmallocinfo.traced", .scope = scope, .hits = hits, .total = total
	};

	return total ? sink->ops->fidelity(sink->ctx, &r) : 0;
}

int traced_rows_report(const struct traced_rows *t, const struct km_sink *sink)
{
	uint64_t hits = 0, total = 0;
	char scope[KM_NAME_LEN + 8];
	int err;

	for (size_t i = 0; i < t->nr; i++) {
		hits += t->labels[i].hits;
		total += t->labels[i].total;
	}
	err = put(sink, "all", hits, total);
	for (size_t i = 0; !err && i < t->nr; i++) {
		snprintf(scope, sizeof(scope), "label=%s", t->labels[i].kernel.label);
		err = put(sink, scope, t->labels[i].hits, t->labels[i].total);
	}
	return err;
}
