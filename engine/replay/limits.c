/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine; what was set on it when it was recorded; and from where a run is free, the modelled
 * kernel's own limits, and what the user set.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

static int keep_recorded(struct replay *r)
{
	size_t n = (size_t)r->m.pages.nr_zones * r->m.pages.nr_cpus;
	const struct replay_recorded *set = r->config.layout ? NULL : r->config.set;

	r->batch = malloc(n * sizeof(*r->batch));
	if (!r->batch)
		return -KM_ENOMEM;
	for (size_t k = 0; k < n; k++)
		r->batch[k] = r->m.final_pcp[k].batch;
	if (!set || set->watermark_boost_factor < 0 ||
	    r->config.tunables.watermark_boost_factor >= 0)
		return 0;
	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++)
		r->m.buddy[i].watermark_boost_factor = (uint64_t)set->watermark_boost_factor;
	return 0;
}

static void take(struct replay *r)
{
	const struct replay_recorded *set = r->config.set;
	struct machine_recorded rec = {
		.profile = r->config.recorded,
		.min_free_kbytes = set ? set->min_free_kbytes : -1,
		.watermark_scale_factor = set ? set->watermark_scale_factor : -1,
		.late_pages = (r->config.seed->late_kib << 10) >> r->m.page_shift
	};
	struct machine_limits l;

	memset(rec.lowmem_reserve_ratio, 0xff, sizeof(rec.lowmem_reserve_ratio));
	if (set)
		memcpy(rec.lowmem_reserve_ratio, set->lowmem_reserve_ratio,
		       sizeof(rec.lowmem_reserve_ratio));
	machine_take_limits(&r->m, &rec, &l);
	r->totals.limits = (struct replay_limits){
		.other = r->config.recorded != r->m.profile,
		.marks = l.marks,
		.lists = l.lists,
		.reserves = l.reserves,
		.recorded_min_free_kbytes = l.recorded_min_free_kbytes,
		.min_free_kbytes = l.min_free_kbytes,
		.kept_min_free = l.kept[LIMIT_MIN_FREE],
		.kept_scale = l.kept[LIMIT_SCALE],
		.kept_fraction = l.kept[LIMIT_FRACTION],
		.kept_reserves = l.kept[LIMIT_RESERVES],
	};
}

void limits_free_run(struct replay *r)
{
	struct machine_config mc = { 0 };

	take(r);
	simulate_tunables(&mc, &r->config.tunables);
	machine_retune(&r->m, &mc);
}

int limits_open(struct replay *r, struct km_diag *d)
{
	const struct replay_config *c = &r->config;
	struct machine_config mc = {
		.profile = c->profile,
		.seed = c->seed,
		.layout = c->layout,
		.nr_cpus = c->nr_cpus ? c->nr_cpus : 1,
		.page_shift = c->page_shift ? c->page_shift : 12,
		.has_cma = c->has_cma,
	};

	bool later = c->mode == REPLAY_SIMULATE && !c->layout;

	simulate_tunables(&mc, later ? NULL : &c->tunables);
	if (c->set && !c->layout && c->set->percpu_pagelist_high_fraction > 0)
		mc.recorded_fraction = (uint64_t)c->set->percpu_pagelist_high_fraction;
	int err = machine_init(&r->m, &mc, d);

	if (!err && keep_recorded(r))
		err = km_fail(d, KM_ENOMEM, "", "out of memory for %u CPUs", mc.nr_cpus);
	if (!err && later && !c->from_label)
		limits_free_run(r);
	return err;
}
