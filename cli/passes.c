/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/passes.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_EVENTS = 4096 };

typedef int lane_fn(struct replay *r, const struct km_event *ev, size_t n, struct km_diag *d);

/*
 * An event no kernel can have recorded ends the reading: the survey finds it, and the replay stops
 * before it. Every lane has met it, so all of them are at the same place.
 */
static void stop_before(struct passes *p, const struct km_diag *d)
{
	struct replay_totals t;

	replay_totals(p->lanes[0], &t);
	p->nr_events = t.surveyed - 1;
	p->stopped = true;
	p->damage = *d;
	if (!p->damage.where[0])
		snprintf(p->damage.where, sizeof(p->damage.where), "%s",
			 trace_info(p->trace)->path);
}

static int act_on(struct passes *p, lane_fn *act, const struct km_event *buf, size_t n,
		  struct km_diag *d)
{
	int worst = 0;

	for (size_t i = 0; i < p->nr_lanes; i++) {
		int err = act(p->lanes[i], buf, n, d);

		if (err && err != -KM_EFORMAT)
			return err;
		worst = err ? err : worst;
	}
	return worst;
}

/* Read to the end or to the damage, and hand every batch to @act of each lane. */
static int one_pass(struct passes *p, struct km_event *buf, const char *what, lane_fn *act,
		    bool first, struct km_diag *d)
{
	uint64_t seen = 0;
	int64_t n;

	while ((n = trace_read(p->trace, buf, BATCH_EVENTS, d)) > 0) {
		if (first) {
			p->nr_events += (uint64_t)n;
			if (p->watch)
				p->watch(p->watch_ctx, buf, (size_t)n);
		}
		if (!first && p->stopped && seen + (uint64_t)n > p->nr_events)
			n = (int64_t)(p->nr_events - seen);
		int err = act_on(p, act, buf, (size_t)n, d);

		if (err && (!first || err != -KM_EFORMAT))
			return err;
		if (err) {
			stop_before(p, d);
			break;
		}
		seen += (uint64_t)n;
		if (!first && p->stopped && seen == p->nr_events)
			break;
		if (!first && p->enough && *p->enough) {
			p->cut = true;
			return 0;
		}
		if (first)
			progress_trace(p->progress, what, p->trace, (uint64_t)n);
		else
			progress_step(p->progress, what, (uint32_t)(seen * 1000000 / p->nr_events),
				      (uint64_t)n);
	}
	progress_next_pass(p->progress);
	if (p->stopped)
		return p->nr_events ? 0 : (*d = p->damage, p->damage.code);
	if (n < 0 && (n == -KM_ETRUNC || n == -KM_EFORMAT) && p->nr_events) {
		p->damage = *d;
		return 0;
	}
	return (int)n;
}

static int replay_lanes(struct passes *p, struct km_event *buf, struct km_diag *d)
{
	int err = trace_rewind(p->trace, d);

	for (size_t i = 0; !err && i < p->nr_lanes; i++)
		err = replay_start(p->lanes[i], d);
	if (!err)
		err = one_pass(p, buf, "replay", replay_feed, false, d);
	for (size_t i = 0; !err && !p->cut && i < p->nr_lanes; i++)
		err = replay_finish(p->lanes[i], d);
	return err;
}

unsigned int passes_count(const struct passes *p)
{
	return p->nr_lanes && !trace_info(p->trace)->synthetic ? 2 : 1;
}

int passes_run(struct passes *p, struct km_diag *d)
{
	struct km_event *buf = malloc(BATCH_EVENTS * sizeof(*buf));

	if (!buf)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	bool generated = trace_info(p->trace)->synthetic && p->nr_lanes;
	int err = p->nr_lanes ? trace_keep(p->trace, d) : 0;

	/* a generated trace says itself how long it is, and proves nothing of a machine */
	if (generated)
		p->nr_events = trace_info(p->trace)->nr_events;
	else if (!err)
		err = one_pass(p, buf, p->nr_lanes ? "survey" : "read", replay_survey, true, d);

	if (!err && !p->nr_events)
		err = km_fail(d, KM_EFORMAT, trace_info(p->trace)->path,
			      "there is not one event in it; was tracing on, and are the kmem "
			      "events enabled?");
	if (!err && p->nr_lanes)
		err = replay_lanes(p, buf, d);
	free(buf);
	return err;
}
