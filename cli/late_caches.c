/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/late_caches.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct km_snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->nr_caches; i++)
		if (!strcmp(s->caches[i].name, name))
			return true;
	return false;
}

static int add(struct km_snapshot *out, const struct km_snap_cache *k)
{
	struct km_snap_cache *v = realloc(out->caches, (out->nr_caches + 1) * sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	out->caches = v;
	v[out->nr_caches] = (struct km_snap_cache){ .objsize = k->objsize };
	memcpy(v[out->nr_caches++].name, k->name, sizeof(k->name));
	return 0;
}

int late_caches(struct trace *trace, const struct km_snapshot *seed, struct km_snapshot *out,
		struct km_diag *d)
{
	int err = 0;

	*out = (struct km_snapshot){ 0 };
	for (size_t i = 1; !err && seed->nr_caches && i < trace_nr_labels(trace); i++) {
		struct km_snapshot s = { 0 };
		struct km_diag none = { 0 };

		if (trace_slabinfo(trace, trace_label(trace, i), &s, &none))
			continue;
		for (size_t j = 0; !err && j < s.nr_caches; j++)
			if (!has(seed, s.caches[j].name) && !has(out, s.caches[j].name))
				err = add(out, &s.caches[j]);
		trace_snapshot_release(&s);
	}
	return err ? km_fail(d, KM_ENOMEM, "", "out of memory for the caches") : 0;
}
