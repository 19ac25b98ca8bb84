/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc areas of real captures held against their kernels' vmallocinfo. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

enum { MAX_LABELS = 16, NR_SCORES = 4 };

static const char *const metrics[NR_SCORES] = { "vmalloc.addr", "vmalloc.lazy", "vmalloc.purge",
						"stack.new" };

struct bench {
	struct trace *trace;
	struct km_snapshot label[MAX_LABELS];
	size_t nr_labels;
	unsigned int rows, wrong, labels_seen, seeded;
	uint64_t hits[NR_SCORES], total[NR_SCORES], widened;
};

static const struct km_snap_vmap *row_at(const struct km_snapshot *s, uint64_t start)
{
	for (size_t i = 0; i < s->nr_vmaps; i++)
		if (s->vmaps[i].start == start && s->vmaps[i].kind != KM_VMAP_LAZY)
			return &s->vmaps[i];
	return NULL;
}

static int on_sample(void *ctx, const struct km_sample *s)
{
	struct bench *b = ctx;
	const struct km_snapshot *want = NULL;

	for (size_t i = 0; i < b->nr_labels && s->label; i++)
		if (!strcmp(b->label[i].label, s->label))
			want = &b->label[i];
	if (!want || !s->source || strcmp(s->source, "vmallocinfo"))
		return 0;
	b->labels_seen++;
	size_t busy = 0;

	for (size_t i = 0; i < want->nr_vmaps; i++)
		busy += want->vmaps[i].kind != KM_VMAP_LAZY;
	cr_expect_eq(s->nr_vmaps, busy, "%s", s->label);
	for (size_t i = 0; i < s->nr_vmaps; i++) {
		const struct km_vmap_state *run = &s->vmaps[i];
		const struct km_snap_vmap *k = row_at(want, run->start);

		b->rows++;
		b->seeded += run->seeded;
		b->wrong += !k || k->end - k->start != run->bytes || k->pages != run->pages;
	}
	return 0;
}

static int on_fidelity(void *ctx, const struct km_fidelity_row *r)
{
	struct bench *b = ctx;

	for (unsigned int i = 0; i < NR_SCORES; i++)
		if (!strcmp(r->metric, metrics[i]) && !strcmp(r->scope, "all")) {
			b->hits[i] = r->hits;
			b->total[i] = r->total;
		}
	if (!strcmp(r->metric, metrics[2]) && !strcmp(r->scope, "range=widened"))
		b->widened = r->hits;
	return 0;
}

static void run(struct bench *b, const char *sample, enum replay_mode mode)
{
	struct km_sink_ops ops = quiet_sink_ops;
	struct replay_config c = { .mode = mode };
	struct km_sink sink = { b, &ops };
	struct km_diag d = { 0 };
	struct replay *r;
	char path[256];

	ops.sample = on_sample;
	ops.fidelity = on_fidelity;
	snprintf(path, sizeof(path), "traces/samples/%s.kmt", sample);
	cr_assert_eq(trace_open(&b->trace, path, &d), 0, "%s", d.what);
	for (size_t i = 0; i < trace_nr_labels(b->trace) && i < MAX_LABELS; i++, b->nr_labels++) {
		cr_assert_eq(trace_snapshot(b->trace, trace_label(b->trace, i), &b->label[i], &d),
			     0, "%s", d.what);
		if (!strcmp(b->label[i].label, "start"))
			c.seed = &b->label[i];
	}
	c.nr_cpus = trace_info(b->trace)->nr_cpus;
	c.has_cma = trace_info(b->trace)->has_cma;
	c.profile = kernel_profile_find(trace_info(b->trace)->kernel);
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(b->trace), &sink, &d), 0, "%s", d.what);
	trace_pass(b->trace, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(b->trace, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	for (size_t i = 0; i < b->nr_labels; i++)
		trace_snapshot_release(&b->label[i]);
	trace_close(b->trace);
}

/* The specification's §10: 90952 areas made, 8 failed tries, 90897 frees, 133 purges, of which
 * 8 widened to the direct map. */
Test(vmalloc_replay, a_capture_is_predicted)
{
	struct bench b = { 0 };

	run(&b, "vmalloc-areas-6.12-x86-1cpu", REPLAY_PREDICT);
	cr_expect_eq(b.total[0], 90960);
	cr_expect_eq(b.hits[0], 90960);
	cr_expect_eq(b.total[1], 90897);
	cr_expect_eq(b.hits[1], 90897);
	cr_expect_eq(b.total[2], 133);
	cr_expect_eq(b.hits[2], 133);
	cr_expect_eq(b.widened, 8);
	cr_expect_eq(b.labels_seen, 3);
	cr_expect_eq(b.rows, 165);
	cr_expect_eq(b.wrong, 0);
	cr_expect_eq(b.seeded, 0);
}

Test(vmalloc_replay, a_capture_is_observed)
{
	struct bench b = { 0 };

	run(&b, "vmalloc-areas-6.12-x86-1cpu", REPLAY_OBSERVE);
	cr_expect_eq(b.total[0], 0, "nothing is judged");
	cr_expect_eq(b.labels_seen, 3);
	cr_expect_eq(b.wrong, 0);
}

/*
 * No event of vmalloc: the objects of areas tell (specification 1.6.6: 50 of 50 rows, of which 17
 * and a stack of the blind window are seeded in size; forks and fresh stacks of 3.6).
 */
Test(vmalloc_replay, areas_are_told_by_their_objects)
{
	static const struct {
		const char *sample;
		unsigned int labels, rows, seeded;
		uint64_t forks;
	} want[] = { { "files-6.1-x86-1cpu", 5, 250, 90, 2941 },
		     { "cma-6.1-x86-1cpu", 6, 300, 108, 2394 } };

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct bench b = { 0 };

		run(&b, want[i].sample, REPLAY_PREDICT);
		cr_expect_eq(b.labels_seen, want[i].labels);
		cr_expect_eq(b.rows, want[i].rows, "%u", b.rows);
		cr_expect_eq(b.wrong, 0, "%u", b.wrong);
		cr_expect_eq(b.seeded, want[i].seeded, "%u", b.seeded);
		cr_expect_eq(b.total[3], want[i].forks);
		cr_expect_eq(b.hits[3], want[i].forks);
		cr_expect_eq(b.total[0], 0);
	}
}
