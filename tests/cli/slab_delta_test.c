/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of slabinfo from label to label, by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/slab_delta.h"
#include "tests/support/quiet_sink.h"

enum { LABELS = 3, CACHES = 2 };

static struct slab_delta t;
static uint64_t hits, total;

static int on_fidelity(void *ctx, const struct km_fidelity_row *r)
{
	if (!strcmp(r->metric, "slabinfo.delta") && !strcmp(r->scope, ctx)) {
		hits = r->hits;
		total = r->total;
	}
	return 0;
}

static void ask(char *scope)
{
	struct km_sink_ops ops = quiet_sink_ops;

	ops.fidelity = on_fidelity;
	hits = total = 0;
	cr_assert_eq(slab_delta_report(&t, &(struct km_sink){ scope, &ops }), 0);
}

/* "many" has 1000 objects at each label, "few" 99; the kernel's active ones are these. */
static void begin(void)
{
	static const uint64_t active[LABELS] = { 500, 600, 550 };
	static const char *const names[LABELS] = { "start", "mid", "end" };

	t.labels = calloc(LABELS, sizeof(*t.labels));
	for (unsigned int i = 0; i < LABELS; i++) {
		struct slab_label *l = &t.labels[t.nr++];

		strcpy(l->kernel.label, names[i]);
		l->kernel.caches = calloc(CACHES, sizeof(*l->kernel.caches));
		l->kernel.nr_caches = CACHES;
		l->kernel.caches[0] = (struct km_snap_cache){ .name = "many",
							      .active_objs = active[i],
							      .num_objs = 1000 };
		l->kernel.caches[1] =
			(struct km_snap_cache){ .name = "few", .active_objs = 9, .num_objs = 99 };
		l->run = calloc(CACHES, sizeof(*l->run));
	}
}

static void end(void)
{
	for (size_t i = 0; i < t.nr; i++)
		free(t.labels[i].kernel.caches);
	for (size_t i = 0; i < t.nr; i++)
		t.labels[i].kernel = (struct km_snapshot){ 0 };
	slab_delta_close(&t);
}

TestSuite(slab_delta, .init = begin, .fini = end);

static void state(const char *label, uint64_t active, uint64_t num, bool seeded)
{
	const struct km_slab_state rows[] = {
		{ .cache = "few", .active_objs = 1, .num_objs = 1 },
		{ .cache = "many", .active_objs = active, .num_objs = num },
	};
	const struct km_sample row = {
		.label = label, .source = "slabinfo", .seeded = seeded, .slabs = rows, .nr_slabs = 2
	};

	slab_delta_take(&t, &row);
}

/*
 * The first label is the seed's own: the run is put right there. Then 100 more, the run has 80: off
 * by a fiftieth of the cache; then 50 fewer, the run 71: off by 21.
 */
Test(slab_delta, within_a_fiftieth)
{
	state("start", 0, 0, true);
	state("mid", 580, 1000, false);
	state("end", 509, 1000, false);
	ask("all");
	cr_expect_eq(total, 4);
	cr_expect_eq(hits, 3);
	ask("active_objs");
	cr_expect_eq(total, 2);
	cr_expect_eq(hits, 1);
	ask("label=mid");
	cr_expect_eq(hits, 2);
	ask("label=end");
	cr_expect_eq(hits, 1);
	ask("cache=many");
	cr_expect_eq(total, 4);
	ask("miss=unknown");
	cr_expect_eq(total, 1);
	ask("cache=few");
	cr_expect_eq(total, 0, "it has fewer than 100 objects");
}

/* A label without a state is no end of a change; a row that the run lacks is a miss. */
Test(slab_delta, what_is_not_there)
{
	const struct km_slab_state other = { .cache = "other" };
	const struct km_sample row = { .label = "mid", .slabs = &other, .nr_slabs = 1 };

	state("start", 500, 1000, false);
	ask("all");
	cr_expect_eq(total, 0);
	slab_delta_take(&t, &row);
	ask("all");
	cr_expect_eq(total, 2);
	cr_expect_eq(hits, 0);
}
