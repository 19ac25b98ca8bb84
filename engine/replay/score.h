/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scoreboard: hits and totals by metric and scope (every scope of a class sums to `all`), and
 * for each metric the first event where model and record parted.
 */
#ifndef KM_SCORE_H
#define KM_SCORE_H

#include "engine/replay/replay.h"

enum metric {
	METRIC_PFN,
	METRIC_REFILL,
	METRIC_DRAIN,
	METRIC_FALLBACK,
	METRIC_CMA_PFN,
	METRIC_CMA_RESULT,
	NR_METRICS
};

enum miss_cause {
	CAUSE_BLIND_WINDOW,
	CAUSE_FIRST_TOUCH,
	CAUSE_UNTRACED_BULK,
	CAUSE_ORDERING,
	CAUSE_COMPACTION,
	CAUSE_LOSS, /* events were lost that may have moved a page of it */
	CAUSE_UNKNOWN,
	NR_CAUSES,
};

/* How the record's contiguous allocation ended. */
enum cma_end {
	CMA_END_OK,
	CMA_END_RETRIED, /* it got a range after one that was busy */
	CMA_END_FAILED,
	NR_CMA_ENDS,
};

struct tally {
	uint64_t hits, total;
};

struct score {
	const char *pfn_metric; /* page.pfn, page.pfn_forced or page.pfn_free */
	struct {
		struct tally all, known, uncertain;
		struct tally order[KM_MAX_ORDERS];
		struct tally type[KM_NR_MIGRATETYPES];
		struct tally cma_end[NR_CMA_ENDS];
		uint64_t cause[NR_CAUSES];
	} m[NR_METRICS];
	bool scored[NR_METRICS]; /* this mode judges it */
	struct replay_miss first[NR_METRICS];
	char *lists[NR_METRICS];
};

struct verdict {
	bool hit, known;
	bool uncertain; /* lost events may have moved the page: not known */
	unsigned int order, mt;
	unsigned int cma_end;  /* enum cma_end + 1; 0: it is none */
	enum miss_cause cause; /* of a miss */
};

void score_count(struct score *s, enum metric metric, const struct verdict *v);
const char *score_metric_name(const struct score *s, enum metric metric);
const char *score_cause_name(enum miss_cause cause);
int score_report(const struct score *s, const struct km_sink *sink) KM_MUST_CHECK;
void score_release(struct score *s);

#endif
