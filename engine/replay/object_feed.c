/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "engine/replay/state.h"

/* Every how many of the evenly spaced samples the objects are recorded too. */
enum { SAMPLES_APART = 10 };

/* Kernel: mm/slub.c:slabinfo [6.1]: SLUB alone has no tunables. */
static bool has_tunables(const struct km_snapshot *s)
{
	for (size_t i = 0; i < s->nr_caches; i++)
		if (s->caches[i].limit)
			return true;
	return false;
}

static int host_failed(int err, struct km_diag *d)
{
	return err ? km_fail(d, KM_ENOMEM, "", "out of memory for the objects") : 0;
}

int object_feed_open(struct replay *r, struct km_diag *d)
{
	const struct replay_config *c = &r->config;
	const struct objects_config oc = {
		.prof = &r->m.profile->slab,
		.seed = c->seed,
		.strings = r->strings,
		.first_page = r->m.frames.base,
		.nr_pages = r->m.frames.nr_frames,
		.nr_cpus = r->m.pages.nr_cpus,
		.page_shift = r->m.page_shift,
		.scored = c->mode == REPLAY_PREDICT && !c->forced,
	};

	if (c->mode == REPLAY_SIMULATE || c->no_objects || !oc.prof->ops || !c->seed ||
	    !c->seed->nr_caches || has_tunables(c->seed))
		return 0;
	return objects_open(&r->objects, &oc, d);
}

int object_feed_survey(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	return r->objects ? host_failed(objects_learn(r->objects, ev), d) : 0;
}

int object_feed_start(struct replay *r, struct km_diag *d)
{
	if (!r->objects)
		return 0;
	int err = objects_start(r->objects, r->survey.from_boot);

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
	const char *text = strtab_get(r->strings, ev->text);
	char label[KM_NAME_LEN], file[256];
	int n = sscanf(text, "kmemlab read %63s %255s", label, file);

	if (n == 2 && strcmp(strrchr(file, '/') ? strrchr(file, '/') + 1 : file, "slabinfo"))
		return 0;
	if (n != 2 && sscanf(text, "kmemlab snapshot begin %63s", label) != 1)
		return 0;
	int err = objects_note(r->objects, r->totals.events);

	if (!err && !strcmp(label, r->config.seed->label))
		objects_anchor(r->objects);
	return err;
}

int object_feed(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	if (!r->objects)
		return 0;
	int err = ev->kind == KM_EV_MARKER ? marker(r, ev) :
					     objects_feed(r->objects, ev, r->totals.events);

	if (!err && r->sample_step && r->totals.events % (r->sample_step * SAMPLES_APART) == 0)
		err = objects_note(r->objects, r->totals.events);
	if (err)
		return host_failed(err, d);
	return r->config.paranoid ? objects_check(r->objects, d) : 0;
}

int object_feed_finish(struct replay *r, struct km_diag *d)
{
	return r->objects ? host_failed(objects_note(r->objects, r->totals.events), d) : 0;
}

void object_feed_sample(struct replay *r, struct km_sample *row)
{
	bool own = row->source && !strcmp(row->source, "slabinfo");

	if (!r->objects || (row->source && !own))
		return;
	row->slabs = objects_rows(r->objects, row->event_no, &row->nr_slabs);
	if (own && !strcmp(row->label, r->config.seed->label))
		row->seeded = true;
}
