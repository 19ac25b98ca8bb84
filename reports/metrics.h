/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run comes to, in single numbers: `kmemlab compare`, its thresholds and its page walk this
 * table. */
#ifndef REPORTS_METRICS_H
#define REPORTS_METRICS_H

#include "reports/query.h"

enum metric_better { METRIC_LESS, METRIC_MORE };

struct metric {
	const char *name;  /* "cma_failures"; "unusable_order%" of any order */
	const char *title; /* "failed contiguous allocations"; a % is the order */
	const char *unit;  /* "pages", "blocks", "1/1000"; "" for counts */
	enum metric_better better;
	const char *sql; /* one number of run ?1; ?2 is the order */
};

/* One of the table, with its order filled in. */
struct metric_name {
	const struct metric *metric;
	unsigned int order;
	char name[40], title[80];
};

const struct metric *metrics(size_t *n);

/* -KM_EUSAGE with @d filled (where = @where) for a name (@len bytes) that is none. */
int metric_find(struct metric_name *out, const char *name, size_t len, const char *where,
		struct km_diag *d) KM_MUST_CHECK;

/* Fill @out for @m; @order is only looked at where its name has one. */
void metric_at(struct metric_name *out, const struct metric *m, unsigned int order);

/* @has: false where the run knows nothing of the kind. */
int metric_read(int64_t *out, bool *has, const struct metric_name *m, struct query_db *db,
		int64_t run, struct km_diag *d) KM_MUST_CHECK;

#endif
