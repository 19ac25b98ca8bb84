/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/access_config.h"

#include <stdlib.h>
#include <string.h>

/* S1, S2 and S5: what follows from the kernel's algorithms. */
static const int64_t forced[] = { 1, 2, 5 };

static int refuse_without(const struct prepared *p, struct km_diag *d)
{
	static const enum config_id ids[] = { CONFIG_SYNTHESIZERS, CONFIG_INIT_ON_ALLOC,
					      CONFIG_DIRECT_MAP, CONFIG_DIRECT_MAP_4K,
					      CONFIG_BOUNDS };
	char where[64];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (!p->config.values[ids[i]].set ||
		    (ids[i] == CONFIG_INIT_ON_ALLOC && p->config.has_costs))
			continue;
		snprintf(where, sizeof(where), "access.%s", config_key(ids[i])->name);
		return km_fail(d, KM_EUSAGE, where,
			       "nothing sees an access without a section 'tlb'; kmemlab-tlb(5)");
	}
	return 0;
}

/* Kernel: mm/page_alloc.c:early_init_on_alloc(), lib/kstrtox.c:kstrtobool() [6.1] */
static int64_t init_on_alloc(const struct prepared *p)
{
	static const char key[] = "init_on_alloc=",
			  config[] = "\nCONFIG_INIT_ON_ALLOC_DEFAULT_ON=y";
	const char *data, *at = trace_info(p->trace)->cmdline;
	struct km_diag d;
	size_t len;
	int64_t on = 0;

	if (!trace_file(p->trace, "meta/config", &data, &len, &d))
		on = memmem(data, len, config, strlen(config)) != NULL;
	for (; (at = strstr(at, key)); at += strlen(key)) {
		const char *v = at + strlen(key);

		on = strchr("1yY", *v) || !strncmp(v, "on", 2);
	}
	return on;
}

/* "DirectMap4k:       18268 kB" of the first label's meminfo: -1 where it is not said. */
static int64_t recorded_kib(const struct prepared *p, const char *key)
{
	char name[KM_NAME_LEN + 20], line[40];
	const char *data, *at;
	struct km_diag d;
	size_t len;

	snprintf(name, sizeof(name), "snap/%s/meminfo", p->seed.label);
	snprintf(line, sizeof(line), "\n%s:", key);
	if (trace_file(p->trace, name, &data, &len, &d))
		return -1;
	at = memmem(data, len, line, strlen(line));
	return at && memchr(at + 1, '\n', len - (size_t)(at + 1 - data)) ?
		       strtoll(at + strlen(line), NULL, 10) :
		       -1;
}

/* The configured machine's architecture, or the capture's. */
static bool is_arm64(const struct prepared *p)
{
	const struct config_value *v = &p->config.values[CONFIG_ARCH];
	const struct machine_arch *a =
		machine_arch_find(v->set ? v->text : trace_info(p->trace)->arch);

	return a && !strcmp(a->name, "arm64");
}

/*
 * The largest page of the direct map: as meminfo counts them; on arm64 single pages, as long as
 * their protection may change (Kernel: arch/arm64/mm/pageattr.c:can_set_direct_map() [6.1]).
 */
static const char *largest_page(const struct prepared *p)
{
	int64_t giant = recorded_kib(p, "DirectMap1G"), large = recorded_kib(p, "DirectMap2M");

	if (giant > 0 || (giant < 0 && large < 0))
		return is_arm64(p) ? "4KiB" : "1GiB";
	return large ? "2MiB" : "4KiB";
}

static int read_synthesizers(struct prepared *p, struct km_diag *d)
{
	const struct config_value *v = &p->config.values[CONFIG_SYNTHESIZERS];

	p->replay.access.synthesizers = 0;
	for (unsigned int i = 0; i < v->nr; i++) {
		unsigned int bit = v->list[i] ? 1u << (v->list[i] - 1) : 0;

		if (p->replay.access.synthesizers & bit || (!bit && v->nr > 1))
			return km_fail(d, KM_EUSAGE, "access.synthesizers",
				       bit ? "S%d is there twice" :
					     "%d is S0: none; it stands alone",
				       (int)v->list[i]);
		p->replay.access.synthesizers |= bit;
	}
	return 0;
}

int access_config(struct prepared *p, struct km_diag *d)
{
	struct replay_access *a = &p->replay.access;
	struct config *c = &p->config;
	int64_t single = recorded_kib(p, "DirectMap4k");

	p->replay.costs = c->has_costs ? &c->costs : NULL;
	if (c->has_costs && !c->has_tlb) {
		config_default_integer(c, CONFIG_INIT_ON_ALLOC, init_on_alloc(p));
		a->init_on_alloc = config_integer(c, CONFIG_INIT_ON_ALLOC, 0);
	}
	if (!c->has_tlb)
		return refuse_without(p, d);
	config_default_list(c, CONFIG_SYNTHESIZERS, forced, sizeof(forced) / sizeof(forced[0]));
	config_default_integer(c, CONFIG_INIT_ON_ALLOC, init_on_alloc(p));
	config_default_text(c, CONFIG_DIRECT_MAP, largest_page(p));
	config_default_integer(c, CONFIG_DIRECT_MAP_4K, single > 0 ? single : 0);
	config_default_integer(c, CONFIG_BOUNDS, 1);
	a->bounds = config_integer(c, CONFIG_BOUNDS, 0);
	a->init_on_alloc = config_integer(c, CONFIG_INIT_ON_ALLOC, 0);
	a->single_kib = (uint64_t)config_integer(c, CONFIG_DIRECT_MAP_4K, 0);
	a->largest_shift = tlb_size_shift(c->values[CONFIG_DIRECT_MAP].text);
	if (a->largest_shift != 12 && a->largest_shift != 21 && a->largest_shift != 30)
		return km_fail(d, KM_EUSAGE, "access.direct_map",
			       "the direct map's largest page is 4KiB, 2MiB or 1GiB, not '%s'",
			       c->values[CONFIG_DIRECT_MAP].text);
	p->replay.tlb = &c->tlb.profile;
	return read_synthesizers(p, d);
}
