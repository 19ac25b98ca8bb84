/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/score.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct tally *t, bool hit)
{
	t->total++;
	t->hits += hit;
}

void score_count(struct score *s, enum metric metric, const struct verdict *v)
{
	add(&s->m[metric].all, v->hit);
	if (v->known)
		add(&s->m[metric].known, v->hit);
	if (v->uncertain)
		add(&s->m[metric].uncertain, v->hit);
	if (v->order < KM_MAX_ORDERS)
		add(&s->m[metric].order[v->order], v->hit);
	if (v->mt < KM_NR_MIGRATETYPES)
		add(&s->m[metric].type[v->mt], v->hit);
	if (v->cma_end)
		add(&s->m[metric].cma_end[v->cma_end - 1], v->hit);
	if (!v->hit)
		s->m[metric].cause[v->cause]++;
}

const char *score_metric_name(const struct score *s, enum metric metric)
{
	static const char *const names[NR_METRICS] = {
		[METRIC_REFILL] = "pcp.refill",	    [METRIC_DRAIN] = "pcp.drain",
		[METRIC_FALLBACK] = "fallback",	    [METRIC_CMA_PFN] = "cma.pfn",
		[METRIC_CMA_RESULT] = "cma.result",
	};

	return metric == METRIC_PFN ? s->pfn_metric : names[metric];
}

const char *score_cause_name(enum miss_cause cause)
{
	static const char *const names[NR_CAUSES] = {
		[CAUSE_BLIND_WINDOW] = "blind-window",
		[CAUSE_FIRST_TOUCH] = "first-touch",
		[CAUSE_UNTRACED_BULK] = "untraced-bulk",
		[CAUSE_ORDERING] = "ordering",
		[CAUSE_COMPACTION] = "compaction",
		[CAUSE_LOSS] = "loss",
		[CAUSE_UNKNOWN] = "unknown",
	};

	return names[cause];
}

static const char *const cma_end_name[NR_CMA_ENDS] = {
	[CMA_END_OK] = "ok",
	[CMA_END_RETRIED] = "retried",
	[CMA_END_FAILED] = "failed",
};

static int row(const struct km_sink *sink, const char *metric, const char *scope, uint64_t hits,
	       uint64_t total)
{
	struct km_fidelity_row r = {
		.metric = metric, .scope = scope, .hits = hits, .total = total
	};

	return sink->ops->fidelity(sink->ctx, &r);
}

/* Scope @lead@name, where anything was counted. */
static int scope_row(const struct km_sink *sink, const char *metric, const char *lead,
		     const char *name, const struct tally *t)
{
	char scope[KM_NAME_LEN];

	snprintf(scope, sizeof(scope), "%s%s", lead, name);
	return t->total ? row(sink, metric, scope, t->hits, t->total) : 0;
}

static int report_metric(const struct score *s, enum metric metric, const struct km_sink *sink)
{
	const char *name = score_metric_name(s, metric);
	char scope[KM_NAME_LEN];
	int err = row(sink, name, "all", s->m[metric].all.hits, s->m[metric].all.total);

	if (!err && metric == METRIC_PFN)
		err = row(sink, name, "known", s->m[metric].known.hits, s->m[metric].known.total);
	if (!err && s->m[metric].uncertain.total)
		err = row(sink, name, "uncertain", s->m[metric].uncertain.hits,
			  s->m[metric].uncertain.total);
	for (unsigned int i = 0; !err && i < KM_MAX_ORDERS; i++) {
		snprintf(scope, sizeof(scope), "order=%u", i);
		if (s->m[metric].order[i].total)
			err = row(sink, name, scope, s->m[metric].order[i].hits,
				  s->m[metric].order[i].total);
	}
	for (unsigned int i = 0; !err && i < KM_NR_MIGRATETYPES; i++)
		err = scope_row(sink, name, "type=", km_migratetype_name(i), &s->m[metric].type[i]);
	for (unsigned int i = 0; !err && i < NR_CMA_ENDS; i++)
		err = scope_row(sink, name, "result=", cma_end_name[i], &s->m[metric].cma_end[i]);
	for (unsigned int i = 0; !err && i < NR_CAUSES; i++) {
		snprintf(scope, sizeof(scope), "miss=%s", score_cause_name(i));
		if (s->m[metric].cause[i])
			err = row(sink, name, scope, 0, s->m[metric].cause[i]);
	}
	return err;
}

int score_report(const struct score *s, const struct km_sink *sink)
{
	int err = 0;

	for (unsigned int metric = 0; !err && metric < NR_METRICS; metric++)
		if (s->scored[metric])
			err = report_metric(s, metric, sink);
	return err;
}

void score_release(struct score *s)
{
	for (unsigned int metric = 0; metric < NR_METRICS; metric++)
		free(s->lists[metric]);
}
