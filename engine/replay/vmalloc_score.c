/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/vmalloc_score.h"

static const struct {
	enum vmalloc_metric metric;
	const char *name;
} scopes[NR_VMALLOC_SCOPES] = {
	[SCOPE_MADE] = { VMALLOC_ADDR, "made" },
	[SCOPE_FAILED] = { VMALLOC_ADDR, "failed" },
	[SCOPE_FREED] = { VMALLOC_LAZY, NULL },
	[SCOPE_LIMIT] = { VMALLOC_PURGE, "why=limit" },
	[SCOPE_OVERFLOW] = { VMALLOC_PURGE, "why=overflow" },
	[SCOPE_ASKED] = { VMALLOC_PURGE, "why=asked" },
	[SCOPE_STACK_NEW] = { STACK_NEW, "new" },
	[SCOPE_STACK_REUSED] = { STACK_NEW, "reused" },
	[SCOPE_RECALL] = { STACK_NEW, "recall" },
	[SCOPE_PRECISION] = { STACK_NEW, "precision" },
	[SCOPE_EXACT] = { VMALLOC_PURGE, "range=exact" },
	[SCOPE_WIDENED] = { VMALLOC_PURGE, "range=widened" },
};

void vmalloc_score_count(struct vmalloc_score *s, enum vmalloc_scope scope, bool hit,
			 enum vmalloc_cause cause)
{
	s->scope[scope].total++;
	s->scope[scope].hits += hit;
	if (!hit && scope < NR_VMALLOC_EVENTS)
		s->cause[scopes[scope].metric][cause]++;
}

static int row(const struct km_sink *sink, const char *metric, const char *scope, uint64_t hits,
	       uint64_t total)
{
	struct km_fidelity_row r = {
		.metric = metric, .scope = scope, .hits = hits, .total = total
	};

	return total ? sink->ops->fidelity(sink->ctx, &r) : 0;
}

static int report_metric(const struct vmalloc_score *s, enum vmalloc_metric m,
			 const struct km_sink *sink)
{
	static const char *const names[NR_VMALLOC_METRICS] = {
		[VMALLOC_ADDR] = "vmalloc.addr",
		[VMALLOC_LAZY] = "vmalloc.lazy",
		[VMALLOC_PURGE] = "vmalloc.purge",
		[STACK_NEW] = "stack.new",
	};
	static const char *const causes[NR_VMALLOC_CAUSES] = {
		[VMALLOC_FIRST_TOUCH] = "miss=first-touch",
		[VMALLOC_LOSS] = "miss=loss",
		[VMALLOC_UNKNOWN] = "miss=unknown",
	};
	uint64_t hits = 0, total = 0;
	int err;

	for (unsigned int i = 0; i < NR_VMALLOC_EVENTS; i++)
		if (scopes[i].metric == m) {
			hits += s->scope[i].hits;
			total += s->scope[i].total;
		}
	err = row(sink, names[m], "all", hits, total);
	for (unsigned int i = 0; !err && i < NR_VMALLOC_SCOPES; i++)
		if (scopes[i].metric == m && scopes[i].name)
			err = row(sink, names[m], scopes[i].name, s->scope[i].hits,
				  s->scope[i].total);
	for (unsigned int i = 0; !err && i < NR_VMALLOC_CAUSES; i++)
		err = row(sink, names[m], causes[i], 0, s->cause[m][i]);
	return err;
}

int vmalloc_score_report(const struct vmalloc_score *s, const struct km_sink *sink)
{
	int err = 0;

	for (unsigned int m = 0; !err && m < NR_VMALLOC_METRICS; m++)
		err = report_metric(s, (enum vmalloc_metric)m, sink);
	return err;
}
