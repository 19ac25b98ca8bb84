/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gap in a real capture: of the same events, some are taken away and a mark of lost events stands
 * in their place. What the whole capture gives, itself held against the kernel's numbers in
 * fidelity_test.c, is what the broken one must give within the doubt that it states.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/support/quiet_sink.h"
#include "traces/trace.h"

enum { BATCH = 4096, SAMPLES = 400, MAX_ZONES = 4 };

struct state {
	uint64_t event_no, uncertain, lost;
	uint64_t free[MAX_ZONES][KM_MAX_ORDERS];
};

struct run {
	struct state at[SAMPLES * 2];
	size_t n;
	uint64_t hits, total, known_hits, known_total, loss_misses;
	struct replay_totals totals;
};

/* Which events are missing, @gaps times, the first @from events into the trace. */
struct cut {
	uint64_t from, events, every;
	unsigned int gaps;
	bool unknown; /* the mark does not say how many */
};

static int on_sample(void *ctx, const struct km_sample *s)
{
	struct run *run = ctx;

	if (s->label || run->n == SAMPLES * 2)
		return 0;
	struct state *to = &run->at[run->n++];

	to->event_no = s->event_no;
	to->uncertain = s->uncertain_pages;
	to->lost = s->lost_events;
	for (unsigned int z = 0; z < s->nr_zones && z < MAX_ZONES; z++)
		memcpy(to->free[z], s->zones[z].nr_free, sizeof(to->free[z]));
	return 0;
}

static int on_fidelity(void *ctx, const struct km_fidelity_row *r)
{
	struct run *run = ctx;

	if (strcmp(r->metric, "page.pfn"))
		return 0;
	if (!strcmp(r->scope, "all")) {
		run->hits = r->hits;
		run->total = r->total;
	} else if (!strcmp(r->scope, "known")) {
		run->known_hits = r->hits;
		run->known_total = r->total;
	} else if (!strcmp(r->scope, "miss=loss")) {
		run->loss_misses = r->total;
	}
	return 0;
}

/* A missing event becomes one that the page layer does not look at, so that numbers stay. */
static void take_away(struct km_event *ev, uint64_t no, const struct cut *cut)
{
	uint64_t gap = no < cut->from ? cut->gaps : (no - cut->from) / cut->every;
	uint64_t in = no < cut->from ? 0 : (no - cut->from) % cut->every;

	if (gap >= cut->gaps || in >= cut->events || ev->kind == KM_EV_MARKER)
		return;
	struct km_event mark = { .kind = in ? KM_EV_KFREE : KM_EV_LOST,
				 .cpu = ev->cpu,
				 .ts_ns = ev->ts_ns };

	if (!in && !cut->unknown)
		mark.num[0] = cut->events;
	*ev = mark;
}

typedef int take_fn(struct replay *, const struct km_event *, size_t, struct km_diag *);

static void pass(struct trace *t, struct replay *r, const struct cut *cut, take_fn *take)
{
	struct km_event *ev = malloc(BATCH * sizeof(*ev));
	struct km_diag d = { 0 };
	uint64_t no = 0;
	int64_t n;

	cr_assert_not_null(ev);
	cr_assert_eq(trace_rewind(t, &d), 0, "%s", d.what);
	while ((n = trace_read(t, ev, BATCH, &d)) > 0) {
		for (int64_t i = 0; cut && i < n; i++)
			take_away(&ev[i], no + (uint64_t)i, cut);
		no += (uint64_t)n;
		cr_assert_eq(take(r, ev, (size_t)n, &d), 0, "%s", d.what);
	}
	cr_assert_eq(n, 0, "%s", d.what);
	free(ev);
}

static struct run *replay_of(const char *sample, enum replay_mode mode, const struct cut *cut)
{
	struct km_snapshot seed = { 0 };
	struct km_diag d = { 0 };
	struct replay *r;
	struct trace *t;
	char path[256];
	struct run *run = calloc(1, sizeof(*run));
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { run, &ops };

	ops.sample = on_sample;
	ops.fidelity = on_fidelity;
	cr_assert_not_null(run);
	snprintf(path, sizeof(path), "traces/samples/%s.kmt", sample);
	cr_assert_eq(trace_open(&t, path, &d), 0, "%s", d.what);
	cr_assert_eq(trace_snapshot(t, "start", &seed, &d), 0, "%s", d.what);
	struct replay_config c = { .mode = mode,
				   .nr_samples = SAMPLES,
				   .nr_cpus = trace_info(t)->nr_cpus,
				   .has_cma = trace_info(t)->has_cma,
				   .profile = kernel_profile_find(trace_info(t)->kernel),
				   .seed = &seed };

	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(t), &sink, &d), 0, "%s", d.what);
	pass(t, r, cut, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	pass(t, r, cut, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_totals(r, &run->totals);
	replay_close(r);
	trace_snapshot_release(&seed);
	trace_close(t);
	return run;
}

static uint64_t off_by(const struct state *a, const struct state *b)
{
	uint64_t sum = 0;

	for (unsigned int z = 0; z < MAX_ZONES; z++)
		for (unsigned int o = 0; o < KM_MAX_ORDERS; o++)
			sum += a->free[z][o] > b->free[z][o] ? a->free[z][o] - b->free[z][o] :
							       b->free[z][o] - a->free[z][o];
	return sum;
}

/*
 * Every state of the broken capture against the whole one's at the same event: a page in doubt can
 * change the number of blocks of each order by one.
 */
static void hold_states(const char *sample, const struct cut *cut, uint64_t least_worst)
{
	struct run *whole = replay_of(sample, REPLAY_OBSERVE, NULL);
	struct run *broken = replay_of(sample, REPLAY_OBSERVE, cut);
	uint64_t worst = 0, most = 0, off;

	cr_assert_eq(whole->n, broken->n);
	for (size_t i = 0; i < whole->n; i++) {
		const struct state *b = &broken->at[i];

		off = off_by(&whole->at[i], b);
		cr_assert_eq(whole->at[i].event_no, b->event_no);
		cr_expect_eq(whole->at[i].uncertain, 0);
		cr_expect_leq(off, b->uncertain * KM_MAX_ORDERS, "event %" PRIu64, b->event_no);
		worst = off > worst ? off : worst;
		most = b->uncertain > most ? b->uncertain : most;
	}
	cr_expect_geq(worst, least_worst, "the gap does no harm: it shows nothing");
	cr_expect_lt(broken->totals.uncertain_pages, most);
	cr_expect_eq(broken->totals.gaps, cut->gaps);
	cr_expect_eq(broken->totals.lost_events, cut->events * cut->gaps);
	free(whole);
	free(broken);
}

#define FILES "files-6.1-x86-1cpu"
#define CMA "cma-6.1-x86-1cpu"
#define DEBIAN "files-6.1-debian-1cpu"
#define ONCE .gaps = 1, .every = 1000000000

Test(gap, at_drains)
{
	hold_states(DEBIAN, &(struct cut){ .from = 105000, .events = 3000, ONCE }, 9);
}

Test(gap, at_refills_of_the_boot)
{
	hold_states(FILES, &(struct cut){ .from = 850000, .events = 10000, ONCE }, 14);
}

Test(gap, at_contiguous_allocations)
{
	hold_states(CMA, &(struct cut){ .from = 1686000, .events = 3000, ONCE }, 900);
}

Test(gap, many)
{
	hold_states(DEBIAN,
		    &(struct cut){ .from = 100000, .events = 200, .gaps = 20, .every = 1000 }, 3);
}

/* Of 3,000 events at the drains, 1,438 are allocations: the pages come back and give them away. */
Test(gap, names_what_was_lost)
{
	struct cut cut = { .from = 105000, .events = 3000, ONCE };
	struct run *run = replay_of(DEBIAN, REPLAY_OBSERVE, &cut);

	cr_expect_gt(run->totals.lost_allocs, 1000);
	cr_expect_leq(run->totals.lost_allocs + run->totals.lost_frees + run->totals.lost_moves,
		      cut.events);
	free(run);
}

Test(gap, of_unknown_size)
{
	struct cut cut = { .from = 105000, .events = 3000, ONCE, .unknown = true };
	struct run *run = replay_of(DEBIAN, REPLAY_OBSERVE, &cut);

	cr_expect_eq(run->totals.lost_events, 0);
	cr_expect_eq(run->totals.gaps, 1);
	cr_expect_gt(run->totals.uncertain_pages, 100000);
	free(run);
}

/* Pages the record has shown since are chosen as before; the rest is booked on the gap. */
Test(gap, is_a_cause_of_misses)
{
	struct cut cut = { .from = 1410000, .events = 3000, ONCE };
	struct run *run = replay_of(FILES, REPLAY_PREDICT, &cut);

	cr_expect_gt(run->loss_misses, 0);
	cr_expect_leq(run->loss_misses, cut.events);
	cr_expect_lt(run->known_total, run->total);
	cr_expect_leq(run->known_total - run->known_hits, 1);
	free(run);
}
