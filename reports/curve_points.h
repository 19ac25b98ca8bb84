/* SPDX-License-Identifier: GPL-2.0-only */
/* A run's own numbers at the rounds that its workload's published curve is about. */
#ifndef REPORTS_CURVE_POINTS_H
#define REPORTS_CURVE_POINTS_H

#include "reports/facts.h"

/*
 * The metric of the run's curve, "" where it has none, into @out of @size bytes; 0 or a negative
 * -KM_E… with @d filled.
 */
int curve_metric(char *out, size_t size, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/* The metrics a curve may be of; NULL behind the last. */
const char *curve_metric_at(size_t i);

/*
 * @row for each of the run's own points, by x: columns x, y, of its largest zone. Of a metric that
 * cannot be drawn there are none. 0, what @row answered, or a negative -KM_E… with @d filled.
 */
int curve_own_points(const struct facts *f, const char *metric,
		     int (*row)(void *ctx, const struct query *q), void *ctx,
		     struct km_diag *d) KM_MUST_CHECK;

/* The same for each published point: columns series, x, y, by series. */
int curve_published_points(const struct facts *f, int (*row)(void *ctx, const struct query *q),
			   void *ctx, struct km_diag *d) KM_MUST_CHECK;

#endif
