/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/run_stored.h"

#include <stdlib.h>

#include "cli/curve.h"
#include "cli/losses.h"
#include "cli/output.h"
#include "reports/store.h"

/* The effective configuration as text; NULL: no memory. */
static char *config_text(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	config_print(c, f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Are objects served in another way than in the record? */
static bool other_objects(const struct replay_config *r)
{
	const struct replay_tunables *t = &r->tunables;

	return t->slub_max_order >= 0 || t->slub_min_order >= 0 || t->slub_min_objects >= 0 ||
	       (t->slab >= 0 && t->slab != replay_slab_of(r->profile, r->seed));
}

static int open_store(struct store **out, struct prepared *p, const char *path, const char *config,
		      struct km_diag *d)
{
	const struct store_run run = {
		.name = prepared_name(p),
		.mode = replay_mode_name(p->replay.mode),
		.kernel = prepared_kernel(p),
		.trace = p->trace_name ? p->trace_name : trace_info(p->trace)->path,
		.unsynced = p->part,
		.config = config,
		.page_size = p->replay.page_shift ? UINT32_C(1) << p->replay.page_shift : 0,
		.unvalidated = prepared_unvalidated(p),
		.what_if = prepared_foreign(p) || !p->replay.tunables.nofragment ||
			   p->replay.tunables.cma_pinned > 0 || other_objects(&p->replay),
	};

	return store_open(out, path, &run, d);
}

/* Put the run in its place; whatever failed before is said instead of what failed because of it. */
static int close_store(struct store *store, int err, const struct replay_totals *t,
		       const struct trace *trace, struct km_diag *d)
{
	struct km_diag own = { 0 };
	struct trace_lost lost;

	trace_lost(trace, &lost);
	if (!err)
		return store_finish(store,
				    &(struct store_totals){ .events = t->events,
							    .lost_events = lost.events,
							    .first_ts_ns = t->first_ts_ns,
							    .last_ts_ns = t->last_ts_ns,
							    .slab = t->objects.allocator },
				    d);
	if (store_error(store, &own)) {
		*d = own;
		err = own.code;
	}
	store_abort(store);
	return err;
}

static int report_losses(const struct trace *t, const struct km_sink *sink, struct km_diag *d)
{
	const struct trace_loss *loss;
	size_t n = trace_losses(t, &loss);

	for (size_t i = 0; i < n; i++) {
		struct km_loss_row row = { .cpu = losses_cpu_number(&loss[i]),
					   .event_class = loss[i].event_class,
					   .lost_events = loss[i].lost_events,
					   .first_ts_ns = loss[i].first_ts_ns,
					   .last_ts_ns = loss[i].last_ts_ns };
		int err = sink->ops->loss(sink->ctx, &row);

		if (err)
			return km_fail(d, (enum km_errno) - err, "", "a loss cannot be stored");
	}
	return 0;
}

/* What a generated trace's run is to be held against. */
static int store_own_curve(struct store *s, struct trace *t, struct km_diag *d)
{
	const char *text;
	size_t len;

	if (!trace_info(t)->synthetic || trace_file(t, "meta/curve", &text, &len, NULL))
		return 0;
	return curve_read(s, "meta/curve", text, len, d);
}

int run_stored(struct passes *passes, struct prepared *p, const char *path, struct replay_totals *t,
	       struct km_diag *d)
{
	char *config = config_text(&p->config);
	struct store *store;
	int err = config ? open_store(&store, p, path, config, d) :
			   km_fail(d, KM_ENOMEM, "", "out of memory");

	free(config);
	if (err)
		return err;
	struct km_sink sink = store_sink(store);
	struct output_guard guard;

	err = output_guard_open(&guard, store_partial(store), d);
	if (!err)
		err = replay_open(&passes->lanes[0], &p->replay, trace_strings(p->trace), &sink, d);
	passes->nr_lanes = !err;
	if (!err)
		err = passes_run(passes, d);
	if (!err)
		err = store_own_curve(store, p->trace, d);
	if (!err)
		err = report_losses(p->trace, &sink, d);
	if (!err)
		replay_totals(passes->lanes[0], t);
	replay_close(passes->lanes[0]);
	err = close_store(store, err, t, p->trace, d);
	output_guard_close(&guard);
	return err;
}
