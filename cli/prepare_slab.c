/* SPDX-License-Identifier: GPL-2.0-only */
/* Which object allocator a free run has, and SLUB's parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/prepare.h"
#include "engine/variant/profile.h"

/* Any of policy.slab and SLUB's parameters; CONFIG_NR_KEYS: none. */
static enum config_id objects_key(const struct prepared *p)
{
	static const enum config_id ids[] = { CONFIG_SLAB, CONFIG_SLUB_MAX_ORDER,
					      CONFIG_SLUB_MIN_ORDER, CONFIG_SLUB_MIN_OBJECTS };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (p->config.values[ids[i]].set)
			return ids[i];
	return CONFIG_NR_KEYS;
}

/* Which of the kernel's object allocators is asked for, by number; -1: none. */
static int find_slab(const struct prepared *p, int64_t *slab, struct km_diag *d)
{
	const struct config_value *v = &p->config.values[CONFIG_SLAB];
	char known[64] = "none that is modelled";
	size_t n = 0;
	const char *name;

	*slab = -1;
	for (unsigned int i = 0; v->set && (name = kernel_profile_slab(p->profile, i)); i++) {
		if (!strcmp(name, v->text))
			*slab = i;
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "", name);
	}
	if (!v->set || *slab >= 0)
		return 0;
	return km_fail(d, KM_EUSAGE, "policy.slab",
		       "kernel %s has no object allocator '%s'; it has: %s",
		       kernel_profile_name(p->profile), v->text, known);
}

int prepare_slab(struct prepared *p, struct km_diag *d)
{
	struct replay_tunables *t = &p->replay.tunables;
	enum config_id id = objects_key(p);
	char where[64];

	t->slub_max_order = config_integer(&p->config, CONFIG_SLUB_MAX_ORDER, -1);
	t->slub_min_order = config_integer(&p->config, CONFIG_SLUB_MIN_ORDER, -1);
	t->slub_min_objects = config_integer(&p->config, CONFIG_SLUB_MIN_OBJECTS, -1);
	int err = find_slab(p, &t->slab, d);

	if (err || id == CONFIG_NR_KEYS)
		return err;
	snprintf(where, sizeof(where), "policy.%s", config_key(id)->name);
	if (trace_info(p->trace)->synthetic)
		return km_fail(d, KM_EUSAGE, where, "a generated trace has no objects");
	if (p->replay.mode != REPLAY_SIMULATE)
		return km_fail(d, KM_EUSAGE, where,
			       "only a free run has an object allocator of its own: it goes with "
			       "-m simulate");
	if (p->config.values[CONFIG_MEMORY].set || p->config.values[CONFIG_NODES].set)
		return km_fail(d, KM_EUSAGE, where,
			       "objects are served on the capture's own machine: leave out its "
			       "memory and nodes");
	return 0;
}

int prepare_option(struct config *c, const char *key, const char *value, struct km_diag *d)
{
	char *setting;

	if (!value)
		return 0;
	if (asprintf(&setting, "%s=%s", key, value) < 0)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	int err = config_read_setting(c, setting, d);

	free(setting);
	return err;
}
