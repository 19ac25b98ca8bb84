/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass of a replay over a whole trace. */
#ifndef KM_TEST_TRACE_PASS_H
#define KM_TEST_TRACE_PASS_H

#include "engine/replay/replay.h"
#include "traces/trace.h"

/* From its beginning, every event of @t goes to @take: replay_survey() or replay_feed(). */
void trace_pass(struct trace *t, struct replay *r,
		int (*take)(struct replay *, const struct km_event *, size_t, struct km_diag *));

#endif
