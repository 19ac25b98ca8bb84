/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "engine/replay/object_run.h"
#include "engine/replay/state.h"
#include "engine/slab/slab_ops.h"

/* Every how many of the evenly spaced samples the objects are recorded too. */
enum { SAMPLES_APART = 10 };

/* Kernel: mm/slab_common.c:cache_show(), mm/slub.c:get_slabinfo() [6.1] */
static bool has_tunables(const struct km_snapshot *s)
{
	for (size_t i = 0; i < s->nr_caches; i++)
		if (s->caches[i].limit)
			return true;
	return false;
}

/* Kernel: none */
int replay_slab_of(const struct kernel_profile *profile, const struct km_snapshot *seed)
{
	bool caches = seed && seed->nr_caches;

	for (int i = 0; i < SLAB_ALLOCATORS; i++) {
		const struct slab_profile *p = &profile->slabs[i];

		if (p->ops && p->ops->by_place == !caches &&
		    (!caches || p->has_tunables == has_tunables(seed)))
			return i;
	}
	return -1;
}

static unsigned int cpu_node(const void *ctx, unsigned int cpu)
{
	return node_of_cpu(ctx, cpu);
}

static unsigned int page_node(const void *ctx, uint64_t page)
{
	const struct replay *r = ctx;
	unsigned int z = pages_zone_of(&r->m.pages, pfn(page));

	return z < r->m.pages.nr_zones ? (unsigned int)r->m.pages.zone[z].node : 0;
}

static int host_failed(int err, struct km_diag *d)
{
	return err ? km_fail(d, KM_ENOMEM, "", "out of memory for the objects") : 0;
}

const struct slab_profile *object_profile(const struct replay *r)
{
	int slab = replay_slab_of(r->m.profile, r->config.seed);

	return slab < 0 ? NULL : &r->m.profile->slabs[slab];
}

static bool serves_objects(const struct replay_tunables *t)
{
	return t->slab >= 0 || t->slub_max_order >= 0 || t->slub_min_order >= 0 ||
	       t->slub_min_objects >= 0;
}

int object_feed_open(struct replay *r, struct km_diag *d)
{
	const struct replay_config *c = &r->config;
	const struct objects_config oc = {
		.prof = object_profile(r),
		.seed = c->seed,
		.late = c->late_caches,
		.strings = r->strings,
		.first_page = r->m.frames.base,
		.nr_pages = r->m.frames.nr_frames,
		.nr_cpus = r->m.pages.nr_cpus,
		.page_shift = r->m.page_shift,
		.topology = { r->m.pages.nr_nodes, cpu_node, page_node, r },
		.scored = c->mode == REPLAY_PREDICT && !c->forced,
	};

	if (c->mode == REPLAY_SIMULATE && serves_objects(&c->tunables) && !c->synthetic &&
	    (oc.prof || c->tunables.slab >= 0))
		return object_run_open(r, oc.prof, d);
	if (c->mode == REPLAY_SIMULATE || c->no_objects || !oc.prof)
		return 0;
	return objects_open(&r->objects, &oc, d);
}

/* Does @ev begin a label, or the reading of its slabinfo? */
static bool label_of(const struct replay *r, const struct km_event *ev, char label[KM_NAME_LEN])
{
	const char *text = strtab_get(r->strings, ev->text);
	char file[256];

	if (sscanf(text, "kmemlab read %63s %255s", label, file) == 2)
		return !strcmp(strrchr(file, '/') ? strrchr(file, '/') + 1 : file, "slabinfo");
	return sscanf(text, "kmemlab snapshot begin %63s", label) == 1;
}

int object_feed_survey(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	char label[KM_NAME_LEN];
	int err = 0;

	if (r->run)
		return host_failed(object_run_learn(r, ev), d);
	if (!r->objects)
		return 0;
	if (ev->kind != KM_EV_MARKER)
		err = objects_learn(r->objects, ev);
	else if (r->config.seed && label_of(r, ev, label) && !strcmp(label, r->config.seed->label))
		err = objects_learn_label(r->objects);
	return host_failed(err, d);
}

int object_feed_start(struct replay *r, struct km_diag *d)
{
	if (r->run)
		return host_failed(object_run_start(r), d);
	if (!r->objects)
		return 0;
	int err = objects_start(r->objects, r->survey.from_boot);

	r->next_note = r->sample_step * SAMPLES_APART;
	if (!err && !r->survey.start_marked && r->config.has_start_label)
		err = objects_note(r->objects, 0);
	if (!err && !r->survey.start_marked)
		objects_anchor(r->objects);
	return host_failed(err, d);
}

/*
 * At the markers of a label, and of the reading of its slabinfo, the objects' state is kept for the
 * sample; that of the seed's own label is then put right.
 */
static int marker(struct replay *r, const struct km_event *ev)
{
	char label[KM_NAME_LEN];

	if (!label_of(r, ev, label))
		return 0;
	int err = objects_note(r->objects, r->totals.events);

	if (!err && r->config.seed && !strcmp(label, r->config.seed->label))
		objects_anchor(r->objects);
	return err;
}

int object_feed(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	if (r->run)
		return host_failed(object_run_push(r, ev, r->totals.events), d);
	if (!r->objects)
		return 0;
	int err = ev->kind == KM_EV_MARKER ? marker(r, ev) :
					     objects_feed(r->objects, ev, r->totals.events);

	if (!err && r->totals.events == r->next_note) {
		r->next_note += r->sample_step * SAMPLES_APART;
		err = objects_note(r->objects, r->totals.events);
	}
	if (err)
		return host_failed(err, d);
	return r->config.paranoid ? objects_check(r->objects, d) : 0;
}

int object_feed_finish(struct replay *r, struct km_diag *d)
{
	if (r->run)
		return host_failed(object_run_until(r, UINT64_MAX), d);
	return r->objects ? host_failed(objects_note(r->objects, r->totals.events), d) : 0;
}

void object_feed_sample(struct replay *r, struct km_sample *row)
{
	bool own = row->source && !strcmp(row->source, "slabinfo");

	if (r->run && r->bind && (!row->source || own) && object_run_rows(r, row))
		r->host_error = -KM_ENOMEM;
	if (!r->objects || (row->source && !own))
		return;
	row->slabs = objects_rows(r->objects, row->event_no, &row->nr_slabs);
	if (own && r->config.seed && !strcmp(row->label, r->config.seed->label))
		row->seeded = true;
}
