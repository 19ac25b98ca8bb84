/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replays of real captures held against what their kernels printed: every number of buddyinfo,
 * pagetypeinfo, extfrag_index and unusable_index's zones at every label, in every mode. The
 * expected side is read from the capture's own snapshots.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

enum { MAX_LABELS = 16 };

struct bench {
	struct trace *trace;
	struct km_snapshot label[MAX_LABELS];
	size_t nr_labels;
	unsigned int rows, wrong, labels_seen;
	uint64_t hits[4], total[4]; /* page.pfn…, pcp.refill, pcp.drain, fallback */
	bool count_seeded;
};

static const struct km_snapshot *label_named(const struct bench *b, const char *name)
{
	for (size_t i = 0; i < b->nr_labels; i++)
		if (!strcmp(b->label[i].label, name))
			return &b->label[i];
	return NULL;
}

static void hold(struct bench *b, const char *label, const char *what, uint64_t kernel,
		 uint64_t run)
{
	b->rows++;
	if (kernel == run)
		return;
	b->wrong++;
	fprintf(stderr, "%s %s: kernel %" PRIu64 ", run %" PRIu64 "\n", label, what, kernel, run);
}

static void hold_zone(struct bench *b, const struct km_sample *s, const struct km_zone_state *run,
		      const struct km_snap_zone *want)
{
	char what[128];

	for (unsigned int o = 0; o < s->nr_orders && !strcmp(s->source, "buddyinfo"); o++) {
		snprintf(what, sizeof(what), "buddyinfo %s order %u", run->name, o);
		hold(b, s->label, what, want->nr_free[o], run->nr_free[o]);
	}
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES && !strcmp(s->source, "pagetypeinfo");
	     mt++) {
		for (unsigned int o = 0; o < s->nr_orders; o++) {
			snprintf(what, sizeof(what), "pagetypeinfo %s %s order %u", run->name,
				 km_migratetype_name(mt), o);
			if (!want->type_capped[mt][o])
				hold(b, s->label, what, want->type_free[mt][o],
				     run->type_free[mt][o]);
		}
		snprintf(what, sizeof(what), "blocks %s %s", run->name, km_migratetype_name(mt));
		hold(b, s->label, what, want->type_blocks[mt], run->type_blocks[mt]);
	}
}

static int on_sample(void *ctx, const struct km_sample *s)
{
	struct bench *b = ctx;
	const struct km_snapshot *want = s->label ? label_named(b, s->label) : NULL;

	if (!want || !s->source || (s->seeded && !b->count_seeded))
		return 0;
	b->labels_seen += !strcmp(s->source, "buddyinfo");
	for (unsigned int i = 0; i < s->nr_zones; i++)
		for (unsigned int k = 0; k < want->nr_zones; k++)
			if (want->zones[k].node == s->zones[i].node &&
			    !strcmp(want->zones[k].name, s->zones[i].name))
				hold_zone(b, s, &s->zones[i], &want->zones[k]);
	return 0;
}

static int on_fidelity(void *ctx, const struct km_fidelity_row *r)
{
	static const char *const metrics[] = { "page.pfn", "pcp.refill", "pcp.drain", "fallback" };
	struct bench *b = ctx;

	if (strcmp(r->scope, "all"))
		return 0;
	for (unsigned int i = 0; i < 4; i++)
		if (!strncmp(r->metric, metrics[i], strlen(metrics[i]))) {
			b->hits[i] = r->hits;
			b->total[i] = r->total;
		}
	return 0;
}

static void open_bench(struct bench *b, const char *sample)
{
	struct km_diag d = { 0 };
	char path[256];

	memset(b, 0, sizeof(*b));
	snprintf(path, sizeof(path), "traces/samples/%s.kmt", sample);
	cr_assert_eq(trace_open(&b->trace, path, &d), 0, "%s", d.what);
	for (size_t i = 0; i < trace_nr_labels(b->trace) && i < MAX_LABELS; i++) {
		cr_assert_eq(trace_snapshot(b->trace, trace_label(b->trace, i), &b->label[i], &d),
			     0, "%s", d.what);
		b->nr_labels++;
	}
}

static void close_bench(struct bench *b)
{
	for (size_t i = 0; i < b->nr_labels; i++)
		trace_snapshot_release(&b->label[i]);
	trace_close(b->trace);
}

static void run(struct bench *b, const char *sample, struct replay_config c)
{
	struct km_diag d = { 0 };
	struct replay *r;
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { b, &ops };

	ops.sample = on_sample;
	ops.fidelity = on_fidelity;
	open_bench(b, sample);
	c.nr_cpus = trace_info(b->trace)->nr_cpus;
	c.has_cma = trace_info(b->trace)->has_cma;
	c.profile = kernel_profile_find(trace_info(b->trace)->kernel);
	c.seed = label_named(b, "start");
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(b->trace), &sink, &d), 0, "%s", d.what);
	trace_pass(b->trace, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(b->trace, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	close_bench(b);
	cr_expect_eq(b->wrong, 0, "%u of the kernel's %u numbers are not reproduced", b->wrong,
		     b->rows);
}

static void expect_all(const struct bench *b, unsigned int metric, uint64_t total)
{
	cr_expect_eq(b->total[metric], total);
	cr_expect_eq(b->hits[metric], total);
}

#define FILES "files-6.1-x86-1cpu"
#define CMA "cma-6.1-x86-1cpu"
#define DEBIAN "files-6.1-debian-1cpu"
#define VMALLOC "vmalloc-6.12-x86-1cpu" /* its object events left out */

Test(fidelity, files_observed)
{
	struct bench b;

	run(&b, FILES, (struct replay_config){ .mode = REPLAY_OBSERVE });
	cr_expect_eq(b.labels_seen, 5);
	cr_expect_gt(b.rows, 400);
}

/* 126,313 pages with one miss: the window without events at an early initcall. */
Test(fidelity, files_predicted_from_calls)
{
	struct bench b;

	run(&b, FILES, (struct replay_config){ .mode = REPLAY_PREDICT });
	cr_expect_eq(b.total[0], 126313);
	cr_expect_geq(b.hits[0], 126312);
	expect_all(&b, 1, 12510);
	expect_all(&b, 2, 16);
	expect_all(&b, 3, 3);
}

Test(fidelity, files_predicted_forced)
{
	struct bench b;

	run(&b, FILES, (struct replay_config){ .mode = REPLAY_PREDICT, .forced = true });
	cr_expect_geq(b.hits[0], 126312);
	expect_all(&b, 1, 12510);
	expect_all(&b, 3, 3);
}

Test(fidelity, files_running_free)
{
	struct bench b;

	run(&b, FILES, (struct replay_config){ .mode = REPLAY_SIMULATE, .from_label = "start" });
	expect_all(&b, 0, 59097);
}

Test(fidelity, cma_observed)
{
	struct bench b;

	run(&b, CMA, (struct replay_config){ .mode = REPLAY_OBSERVE });
	cr_expect_eq(b.labels_seen, 6);
}

Test(fidelity, cma_predicted_from_calls)
{
	struct bench b;

	run(&b, CMA, (struct replay_config){ .mode = REPLAY_PREDICT });
	cr_expect_eq(b.total[0], 145322);
	cr_expect_geq(b.hits[0], 145321);
	expect_all(&b, 1, 55226);
	expect_all(&b, 2, 25516);
	expect_all(&b, 3, 3);
}

Test(fidelity, vmalloc_observed)
{
	struct bench b;

	run(&b, VMALLOC, (struct replay_config){ .mode = REPLAY_OBSERVE });
	cr_expect_eq(b.labels_seen, 3);
}

/* 6.12: self-tuned per-CPU lists with two ticks that drained, 20 claims that are removals. */
Test(fidelity, vmalloc_predicted_from_calls)
{
	struct bench b;

	run(&b, VMALLOC, (struct replay_config){ .mode = REPLAY_PREDICT });
	expect_all(&b, 0, 106888);
	expect_all(&b, 1, 32572);
	expect_all(&b, 2, 10782);
	expect_all(&b, 3, 20);
}

Test(fidelity, vmalloc_predicted_forced)
{
	struct bench b;

	run(&b, VMALLOC, (struct replay_config){ .mode = REPLAY_PREDICT, .forced = true });
	expect_all(&b, 0, 106888);
	expect_all(&b, 1, 32572);
	expect_all(&b, 2, 10782);
	expect_all(&b, 3, 20);
}

/*
 * Tracing began on a running system with two zones; the seed is the first snapshot, run backwards.
 */
Test(fidelity, debian_observed)
{
	struct bench b;

	run(&b, DEBIAN, (struct replay_config){ .mode = REPLAY_OBSERVE });
	cr_expect_eq(b.labels_seen, 4);
}

/* Every page that was ever seen before is predicted: the misses are first touches. */
Test(fidelity, debian_predicted_from_calls)
{
	struct bench b;

	run(&b, DEBIAN, (struct replay_config){ .mode = REPLAY_PREDICT });
	cr_expect_eq(b.total[0], 74858);
	cr_expect_geq(b.hits[0], 72662);
	expect_all(&b, 1, 6141);
	expect_all(&b, 3, 2);
}
