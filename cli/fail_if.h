/* SPDX-License-Identifier: GPL-2.0-only */
/* Conditions on a comparison's metrics: "unusable_order9>+5%", "cma_failures>0". */
#ifndef CLI_FAIL_IF_H
#define CLI_FAIL_IF_H

#include "reports/comparison.h"

struct fail_if {
	struct metric_name metric;
	enum { FAIL_MORE, FAIL_MORE_OR_SAME, FAIL_LESS, FAIL_LESS_OR_SAME } is;
	bool relative; /* to the base's value: a difference */
	bool percent;  /* … in percent of it */
	int64_t milli; /* thousandths */
	const char *text;
};

/* -KM_EUSAGE with @d filled. @out keeps @text. */
int fail_if_parse(struct fail_if *out, const char *text, struct km_diag *d) KM_MUST_CHECK;

/* Does run @r fulfil the condition? A value that nobody knows fulfils none, nor does the base one
 * that is relative to itself. */
bool fail_if_holds(const struct fail_if *f, const struct comparison *c, size_t r);

#endif
