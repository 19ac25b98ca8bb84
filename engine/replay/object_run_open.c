/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of a free run: from the configuration to rows and totals. */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/object_rows.h"
#include "engine/replay/object_run_state.h"
#include "engine/replay/state.h"
#include "engine/slab/slab_ops.h"

/* ---- rows ---- */

int object_run_rows(struct replay *r, struct km_sample *row)
{
	struct object_run *o = r->run;
	struct km_slab_state *v = realloc(o->rows, (o->room.nr_caches + 1) * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	o->rows = v;
	row->slabs = v;
	row->nr_slabs = object_rows_fill(&o->room, v);
	if (o->same && row->label && !strcmp(row->label, r->config.seed->label))
		object_rows_anchor(&o->room, r->config.seed);
	return 0;
}

/* ---- open, close, totals ---- */

static bool has_parameters(const struct replay_tunables *t)
{
	return t->slub_max_order >= 0 || t->slub_min_order >= 0 || t->slub_min_objects >= 0;
}

static void take_parameters(struct slab_profile *p, const struct replay_tunables *t)
{
	if (t->slub_max_order >= 0)
		p->max_order = (unsigned int)t->slub_max_order;
	if (t->slub_min_order >= 0)
		p->min_order = (unsigned int)t->slub_min_order;
	if (t->slub_min_objects >= 0)
		p->min_objects = (unsigned int)t->slub_min_objects;
	if (p->max_order > p->top_order)
		p->max_order = p->top_order;
}

static int open_parts(struct replay *r, const struct slab_profile *prof,
		      const struct slab_profile *captured)
{
	struct object_run *o = r->run;
	const struct frames *f = &r->m.frames;
	bool own = captured && prof->ops == captured->ops && !prof->ops->by_place;

	o->prof = *prof;
	bool relaid = has_parameters(&r->config.tunables);

	take_parameters(&o->prof, &r->config.tunables);

	o->same = own && !relaid && !r->config.layout;
	o->page = calloc(f->nr_frames ? f->nr_frames : 1, 1);
	int err = o->page ? 0 : -KM_ENOMEM;

	if (!err)
		err = slab_init(&o->room, &o->prof, f->base, f->nr_frames, r->m.pages.nr_cpus,
				r->m.page_shift);
	if (err)
		return err;
	slab_watched_by(&o->room, (struct slab_watch){ object_run_slab_gone, r });
	o->room.reaps_slabs = true;
	err = bound_init(&o->bound);
	if (!err)
		err = slab_marks_init(&o->marks, f->base, f->nr_frames, r->m.pages.nr_cpus,
				      r->m.page_shift);
	const struct object_caches_config cc = { captured, r->config.seed, r->strings, own,
						 relaid };

	return err ? err : object_caches_open(&o->caches, &o->room, &cc);
}

int object_run_open(struct replay *r, const struct slab_profile *captured, struct km_diag *d)
{
	int64_t slab = r->config.tunables.slab;
	const struct slab_profile *prof = slab < 0 ? captured : &r->m.profile->slabs[slab];

	if (!prof->ops->falls_back && has_parameters(&r->config.tunables))
		return km_fail(d, KM_EUSAGE, "policy.slab",
			       "the parameters of SLUB say nothing to %s", prof->ops->name);
	r->run = calloc(1, sizeof(*r->run));
	if (!r->run)
		return km_fail(d, KM_ENOMEM, "", "out of memory for the objects");
	int err = open_parts(r, prof, captured);

	if (!err)
		return 0;
	return km_fail(d, (enum km_errno) - err, "",
		       err == -KM_EINVAL ?
			       "slabinfo names a cache that this allocator cannot have" :
			       "out of memory for the objects");
}

void object_run_close(struct object_run *o)
{
	if (!o)
		return;
	if (o->room.prof) {
		slab_watched_by(&o->room, (struct slab_watch){ 0 });
		slab_release(&o->room);
	}
	object_caches_close(&o->caches);
	slab_marks_release(&o->marks);
	bound_release(&o->bound);
	free(o->wait);
	free(o->page);
	free(o->rows);
	free(o);
}

int object_run_learn(struct replay *r, const struct km_event *ev)
{
	int err = slab_marks_learn(&r->run->marks, ev, r->survey.nr_events);

	return err ? err : object_caches_learn(&r->run->caches, ev);
}

int object_run_start(struct replay *r)
{
	int err = object_caches_settle(&r->run->caches);

	if (!err && r->run->same && !r->survey.start_marked)
		object_rows_anchor(&r->run->room, r->config.seed);
	return err;
}

void object_run_totals(const struct object_run *o, struct replay_objects *out)
{
	*out = o->odd;
	out->per_cpu_bytes = slab_per_cpu_bytes(&o->room);
	out->allocator = o->prof.ops->name;
	out->simulated = true;
}

int object_run_check(const struct object_run *o, struct km_diag *d)
{
	return slab_check(&o->room, d);
}
