/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/slab_delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_OBJS = 100, FRACTION = 50 };

struct tally {
	uint64_t hits, total;
};

int slab_delta_open(struct slab_delta *t, struct trace *trace, struct km_diag *d)
{
	size_t n = trace_nr_labels(trace);

	*t = (struct slab_delta){ .labels = calloc(n + 1, sizeof(*t->labels)) };
	if (!t->labels)
		return km_fail(d, KM_ENOMEM, "", "out of memory for the labels");
	for (size_t i = 0; i < n; i++) {
		struct slab_label *l = &t->labels[t->nr];
		int err = trace_slabinfo(trace, trace_label(trace, i), &l->kernel, d);

		if (err == -KM_ENOMEM)
			return err;
		if (!err && l->kernel.nr_caches)
			l->run = calloc(l->kernel.nr_caches, sizeof(*l->run));
		if (!err && l->kernel.nr_caches && !l->run) {
			trace_snapshot_release(&l->kernel);
			return km_fail(d, KM_ENOMEM, "", "out of memory for the labels");
		}
		t->nr += !err && l->run;
		if (err || !l->run)
			trace_snapshot_release(&l->kernel);
	}
	return 0;
}

void slab_delta_close(struct slab_delta *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		trace_snapshot_release(&t->labels[i].kernel);
		free(t->labels[i].run);
	}
	free(t->labels);
	*t = (struct slab_delta){ 0 };
}

static int64_t kernel_value(const struct km_snap_cache *k, enum slab_column column)
{
	return (int64_t)(column == SLAB_ACTIVE_OBJS ? k->active_objs : k->num_objs);
}

static void take(struct slab_label *l, const struct km_sample *row)
{
	for (size_t i = 0; i < l->kernel.nr_caches; i++) {
		const struct km_snap_cache *k = &l->kernel.caches[i];
		const struct km_slab_state *s = NULL;

		for (size_t j = 0; !s && j < row->nr_slabs; j++)
			if (!strcmp(row->slabs[j].cache, k->name))
				s = &row->slabs[j];
		l->run[i][SLAB_ACTIVE_OBJS] = s ? (int64_t)s->active_objs : -1;
		l->run[i][SLAB_NUM_OBJS] = s ? (int64_t)s->num_objs : -1;
		for (unsigned int c = 0; row->seeded && c < SLAB_COLUMNS; c++)
			l->run[i][c] = kernel_value(k, (enum slab_column)c);
	}
	l->taken = true;
}

void slab_delta_take(struct slab_delta *t, const struct km_sample *row)
{
	bool own = row->source && !strcmp(row->source, "slabinfo");

	if (!row->label || (row->source && !own) || !row->nr_slabs)
		return;
	for (size_t i = 0; i < t->nr; i++) {
		struct slab_label *l = &t->labels[i];

		if (strcmp(l->kernel.label, row->label) || (l->own && !own))
			continue;
		l->own = own;
		take(l, row);
	}
}

/* Its row at the label before; SIZE_MAX: it had none. */
static size_t row_before(const struct slab_label *was, const char *name)
{
	for (size_t i = 0; i < was->kernel.nr_caches; i++)
		if (!strcmp(was->kernel.caches[i].name, name))
			return i;
	return SIZE_MAX;
}

/* How one label's cache changed since the one before. */
static void compare(const struct slab_label *was, const struct slab_label *is, size_t i,
		    struct tally by[SLAB_COLUMNS])
{
	const struct km_snap_cache *k = &is->kernel.caches[i];
	size_t j = row_before(was, k->name);

	if (k->num_objs < LEAST_OBJS || j == SIZE_MAX)
		return;
	for (unsigned int c = 0; c < SLAB_COLUMNS; c++) {
		enum slab_column column = (enum slab_column)c;
		int64_t kernel =
			kernel_value(k, column) - kernel_value(&was->kernel.caches[j], column);
		int64_t off = is->run[i][c] - was->run[j][c] - kernel;
		bool both = is->run[i][c] >= 0 && was->run[j][c] >= 0;

		off = off < 0 ? -off : off;
		by[c].total++;
		by[c].hits += both && off <= (int64_t)k->num_objs / FRACTION;
	}
}

/* The rows of one cache over all labels; the last label has every name, or nobody asks for it. */
static struct tally of_cache(const struct slab_delta *t, const char *name)
{
	struct tally n = { 0 };

	for (size_t i = 1; i < t->nr; i++) {
		const struct slab_label *was = &t->labels[i - 1], *is = &t->labels[i];
		struct tally by[SLAB_COLUMNS] = { 0 };
		size_t row = row_before(is, name);

		if (row == SIZE_MAX || !was->taken || !is->taken)
			continue;
		compare(was, is, row, by);
		n.hits += by[SLAB_ACTIVE_OBJS].hits + by[SLAB_NUM_OBJS].hits;
		n.total += by[SLAB_ACTIVE_OBJS].total + by[SLAB_NUM_OBJS].total;
	}
	return n;
}

static int put(const struct km_sink *sink, const char *scope, struct tally n)
{
	struct km_fidelity_row r = {
		.metric = "slabinfo.delta", .scope = scope, .hits = n.hits, .total = n.total
	};

	return n.total ? sink->ops->fidelity(sink->ctx, &r) : 0;
}

int slab_delta_report(const struct slab_delta *t, const struct km_sink *sink)
{
	struct tally all[SLAB_COLUMNS] = { 0 }, *by = calloc(t->nr + 1, sizeof(*by));
	char scope[KM_NAME_LEN + 8];

	if (!by)
		return -KM_ENOMEM;
	for (size_t i = 1; i < t->nr; i++) {
		const struct slab_label *was = &t->labels[i - 1], *is = &t->labels[i];
		struct tally here[SLAB_COLUMNS] = { 0 };

		for (size_t j = 0; was->taken && is->taken && j < is->kernel.nr_caches; j++)
			compare(was, is, j, here);
		for (unsigned int c = 0; c < SLAB_COLUMNS; c++) {
			all[c].hits += here[c].hits;
			all[c].total += here[c].total;
			by[i].hits += here[c].hits;
			by[i].total += here[c].total;
		}
	}
	int err = put(sink, "all",
		      (struct tally){ all[SLAB_ACTIVE_OBJS].hits + all[SLAB_NUM_OBJS].hits,
				      all[SLAB_ACTIVE_OBJS].total + all[SLAB_NUM_OBJS].total });

	if (!err)
		err = put(sink, "active_objs", all[SLAB_ACTIVE_OBJS]);
	if (!err)
		err = put(sink, "num_objs", all[SLAB_NUM_OBJS]);
	for (size_t i = 1; !err && i < t->nr; i++) {
		snprintf(scope, sizeof(scope), "label=%s", t->labels[i].kernel.label);
		err = put(sink, scope, by[i]);
	}
	free(by);
	/* what was off has no single event that could tell why */
	uint64_t misses = all[SLAB_ACTIVE_OBJS].total + all[SLAB_NUM_OBJS].total -
			  all[SLAB_ACTIVE_OBJS].hits - all[SLAB_NUM_OBJS].hits;

	if (!err)
		err = put(sink, "miss=unknown", (struct tally){ 0, misses });
	const struct km_snapshot *last = t->nr ? &t->labels[t->nr - 1].kernel : NULL;

	for (size_t i = 0; !err && last && i < last->nr_caches; i++) {
		snprintf(scope, sizeof(scope), "cache=%s", last->caches[i].name);
		err = put(sink, scope, of_cache(t, last->caches[i].name));
	}
	return err;
}
