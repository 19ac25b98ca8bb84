/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/trace_pass.h"

#include <criterion/criterion.h>

enum { BATCH = 4096 };

void trace_pass(struct trace *t, struct replay *r,
		int (*take)(struct replay *, const struct km_event *, size_t, struct km_diag *))
{
	static _Thread_local struct km_event ev[BATCH];
	struct km_diag d = { 0 };
	int64_t n;

	cr_assert_eq(trace_rewind(t, &d), 0, "%s", d.what);
	while ((n = trace_read(t, ev, BATCH, &d)) > 0)
		cr_assert_eq(take(r, ev, (size_t)n, &d), 0, "%s", d.what);
	cr_assert_eq(n, 0, "%s", d.what);
}
