/* SPDX-License-Identifier: GPL-2.0-only */
/* The tunables of a run: those given, over what the capture's kernel had. */
#include "cli/prepare_tunables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool prepared_configured(const struct prepared *p)
{
	return p->config.values[CONFIG_MEMORY].set || p->config.values[CONFIG_NODES].set;
}

/* The numbers of "vm.NAME = 1 2 3" in meta/sysctl_vm; how many there are. */
static unsigned int recorded_sysctl(struct prepared *p, const char *name, int64_t *out)
{
	const char *data;
	size_t len;
	struct km_diag d;
	unsigned int nr = 0;

	if (trace_file(p->trace, "meta/sysctl_vm", &data, &len, &d))
		return 0;
	char *text = strndup(data, len);
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		size_t n = strlen(name);

		if (strncmp(line, "vm.", 3) || strncmp(line + 3, name, n) ||
		    !isspace((unsigned char)line[3 + n]))
			continue;
		char *at = line + 3 + n + strspn(line + 3 + n, " \t=");

		for (char *end; nr < CONFIG_LIST_MAX && isdigit((unsigned char)*at); nr++) {
			out[nr] = strtoll(at, &end, 10);
			at = end + strspn(end, " \t");
		}
		break;
	}
	free(text);
	return nr;
}

static void recorded(struct prepared *p, enum config_id id, int64_t *out, unsigned int nr_out)
{
	int64_t v[CONFIG_LIST_MAX];
	unsigned int nr = recorded_sysctl(p, config_key(id)->name, v);

	for (unsigned int i = 0; i < nr_out; i++)
		out[i] = i < nr ? v[i] : -1;
}

void tunables_recorded(struct prepared *p)
{
	struct replay_recorded *r = &p->recorded;

	recorded(p, CONFIG_MIN_FREE_KBYTES, &r->min_free_kbytes, 1);
	recorded(p, CONFIG_WATERMARK_SCALE_FACTOR, &r->watermark_scale_factor, 1);
	recorded(p, CONFIG_WATERMARK_BOOST_FACTOR, &r->watermark_boost_factor, 1);
	recorded(p, CONFIG_PERCPU_PAGELIST_HIGH_FRACTION, &r->percpu_pagelist_high_fraction, 1);
	recorded(p, CONFIG_COMPACTION_PROACTIVENESS, &r->compaction_proactiveness, 1);
	recorded(p, CONFIG_EXTFRAG_THRESHOLD, &r->extfrag_threshold, 1);
	recorded(p, CONFIG_LOWMEM_RESERVE_RATIO, r->lowmem_reserve_ratio,
		 sizeof(r->lowmem_reserve_ratio) / sizeof(r->lowmem_reserve_ratio[0]));
	p->replay.set = r;
}

/* Does the run compute its own watermarks and limits, as another kernel than the recorded one? */
static bool computes_own(const struct prepared *p)
{
	return p->replay.mode == REPLAY_SIMULATE && p->replay.recorded &&
	       p->replay.recorded != p->profile;
}

void tunable_in_effect(struct prepared *p, enum config_id id, int64_t *out, unsigned int nr_out)
{
	const struct config_value *v = &p->config.values[id];
	bool given = v->set, own = computes_own(p);
	int64_t was[CONFIG_LIST_MAX];
	/* another machine's kernel starts with its own */
	unsigned int nr = prepared_configured(p) ? 0 :
						   recorded_sysctl(p, config_key(id)->name, was);

	if (nr && !own)
		config_default_list(&p->config, id, was, nr);
	bool as_recorded = nr == v->nr && !memcmp(was, v->list, nr * sizeof(*was));
	bool stands = as_recorded && p->seed.nr_zones && !(given && own);

	for (unsigned int i = 0; i < nr_out; i++)
		out[i] = v->set && i < v->nr && !stands ? v->list[i] : -1;
}
