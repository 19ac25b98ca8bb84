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

struct tally {
	uint64_t hits, total;
};

struct score {
	const char *pfn_metric; /* page.pfn, page.pfn_forced or page.pfn_free */
	struct {
		struct tally all, known, uncertain;
		struct tally order[KM_MAX_ORDERS];
		struct tally type[KM_NR_MIGRATETYPES];
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
	enum miss_cause cause; /* of a miss */
};

void score_count(struct score *s, enum metric metric, const struct verdict *v);
const char *score_metric_name(const struct score *s, enum metric metric);
const char *score_cause_name(enum miss_cause cause);
int score_report(const struct score *s, const struct km_sink *sink) KM_MUST_CHECK;
void score_release(struct score *s);

#endif
