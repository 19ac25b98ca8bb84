/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU memory of real captures, held against their records and meminfo; and odd events. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/percpu_feed.h"
#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

struct seen {
	uint64_t hits, total, known_total, first_touch, unknown;
	uint64_t states, pages;
};

static int on_fidelity(void *ctx, const struct km_fidelity_row *row)
{
	struct seen *s = ctx;

	if (strcmp(row->metric, "percpu.off"))
		return 0;
	if (!strcmp(row->scope, "all")) {
		s->hits = row->hits;
		s->total = row->total;
	} else if (!strcmp(row->scope, "known")) {
		s->known_total = row->total;
	} else if (!strcmp(row->scope, "miss=first-touch")) {
		s->first_touch = row->total;
	} else {
		s->unknown = row->total;
	}
	return 0;
}

static int on_sample(void *ctx, const struct km_sample *row)
{
	struct seen *s = ctx;

	if (row->percpu && row->label) {
		s->states++;
		s->pages = row->percpu->populated_pages;
	}
	return 0;
}

static struct seen replayed(const char *path)
{
	struct replay_config c = { .mode = REPLAY_PREDICT };
	struct km_sink_ops ops = quiet_sink_ops;
	struct seen seen = { 0 };
	struct km_sink sink = { &seen, &ops };
	struct km_snapshot label;
	struct km_diag d = { 0 };
	struct trace *t;
	struct replay *r;

	ops.fidelity = on_fidelity;
	ops.sample = on_sample;
	cr_assert_eq(trace_open(&t, path, &d), 0, "%s", d.what);
	cr_assert_eq(trace_snapshot(t, trace_label(t, 0), &label, &d), 0, "%s", d.what);
	c.nr_cpus = trace_info(t)->nr_cpus;
	c.has_cma = trace_info(t)->has_cma;
	c.profile = kernel_profile_find(trace_info(t)->kernel);
	c.seed = &label;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(t), &sink, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	trace_snapshot_release(&label);
	trace_close(t);
	return seen;
}

/* meminfo of all five labels: "Percpu:              204 kB". Two misses are holes from before. */
Test(percpu_feed, files)
{
	struct seen s = replayed("traces/samples/files-6.1-x86-1cpu.kmt");

	cr_expect(s.total == 277 && s.hits >= 275 && s.first_touch == 2 && !s.unknown);
	cr_expect_eq(s.known_total, 275);
	cr_expect(s.states >= 5 && s.pages == 204 / 4);
}

/*
 * 264 kB: a second chunk of which 15 pages are populated; the model has one more. Arrays from
 * before the trace are given back in it, whose sizes nothing tells: 20 misses follow.
 */
Test(percpu_feed, slab)
{
	struct seen s = replayed("traces/samples/files-6.1-slab-1cpu.kmt");

	cr_expect(s.total == 308 && s.hits >= 288 && s.first_touch + s.hits == 308 && !s.unknown);
	cr_expect(s.pages == 66 || s.pages == 67);
}

/* ---- events that cannot be ---- */

static struct percpu_feed f;

static void feed(unsigned int kind, uint64_t a, uint64_t b, uint64_t c, uint64_t off)
{
	const struct km_event ev = { .kind = (uint8_t)kind, .pid = 9, .num = { a, b, c, off } };
	struct km_diag d = { 0 };

	cr_assert_eq(percpu_feed_event(&f, &ev), 0);
	cr_assert_eq(percpu_check(&f.room, &d), 0, "%s", d.what);
}

Test(percpu_feed, odd_events)
{
	static const struct km_snap_percpu layout = { 8192, 8192, 20480, 65536, 2 };
	struct percpu_count c;

	cr_assert_eq(percpu_feed_open(&f, kernel_v6_1.percpu, &layout, 12, true), 0);
	cr_expect(f.on && !percpu_feed_row(&f));
	feed(KM_EV_PERCPU_FREE, 0x5000, 0, 0, 64); /* the first chunk's address */
	feed(KM_EV_PERCPU_FREE, 0x9000, 0, 0, 64); /* nobody's */
	cr_expect_eq(f.unknown_frees, 2);
	feed(KM_EV_PERCPU_ALLOC, 64, 128, 64, 0);
	feed(KM_EV_PERCPU_FREE, 0x5000, 0, 0, 0);
	cr_expect_eq(f.unknown_frees, 2);
	feed(KM_EV_PERCPU_ALLOC, 64, 128, 64, UINT64_MAX);
	feed(KM_EV_PERCPU_ALLOC, 64, 128, 64, 1 << 20);
	feed(KM_EV_PERCPU_ALLOC, UINT64_MAX, 128, 64, 0);
	feed(KM_EV_PERCPU_ALLOC, 0, 0, 0, 0);
	feed(KM_EV_PERCPU_ALLOC, 7, 8, 3, 2);
	feed(KM_EV_PERCPU_DESTROY_CHUNK, 0x5000, 0, 0, 0);
	feed(KM_EV_PERCPU_CREATE_CHUNK, 0x9000, 0, 0, 0);
	feed(KM_EV_PERCPU_CREATE_CHUNK, 0x9000, 0, 0, 0);
	percpu_count(&f.room, &c);
	cr_expect_eq(c.chunks, 2, "the first stays, the other is there once");
	feed(KM_EV_PERCPU_DESTROY_CHUNK, 0x9000, 0, 0, 0);
	for (uint64_t i = 0; i < 3000; i++)
		feed(i % 100 ? KM_EV_OTHER : KM_EV_PERCPU_CREATE_CHUNK, i << 20, 0, 0, 0);
	cr_expect(percpu_feed_row(&f));
	percpu_feed_release(&f);
}

Test(percpu_feed, nothing_told)
{
	static const struct km_snap_percpu none = { 0 }, wrong = { 8192, 8192, 20480, 4096, 2 };

	cr_assert_eq(percpu_feed_open(&f, kernel_v6_1.percpu, &none, 12, true), 0);
	cr_expect(!f.on);
	cr_assert_eq(percpu_feed_open(&f, NULL, &wrong, 12, true), 0);
	cr_expect(!f.on);
	cr_assert_eq(percpu_feed_open(&f, kernel_v6_1.percpu, &wrong, 12, true), 0);
	cr_expect(!f.on);
	percpu_feed_release(&f);
}
