/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Do the costs put paths into the order that the record's own times put them into? Of the paths in
 * v_brackets, those with enough samples, and their rank correlation.
 */
#ifndef REPORTS_COST_ORDER_H
#define REPORTS_COST_ORDER_H

#include "reports/facts.h"

enum { COST_ORDER_LEAST = 30, COST_ORDER_MOST = 128 };

struct cost_order {
	struct cost_order_row {
		char name[48];
		int64_t count, recorded_ns, model_ns;
	} row[COST_ORDER_MOST]; /* by the recorded median */
	size_t nr;
	int64_t left_out;	/* classes of fewer samples */
	int64_t spearman_milli; /* 1/1000; ties share their ranks; 0 where one side is all ties */
};

int cost_order_load(struct cost_order *o, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

#endif
