/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. The mode, and the configuration: files, then settings, then the options that stand for one
 * key.
 * 2. The capture. 3. Its kernel. 4. Its snapshots. 5. What the capture says fills the keys nobody
 * set.
 */
#include "cli/prepare.h"
#include "cli/boot_parameters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/access_config.h"
#include "cli/captured.h"
#include "cli/fresh.h"
#include "cli/late_caches.h"
#include "cli/open.h"
#include "cli/prepare_tunables.h"
#include "cli/suggest.h"

enum { DEFAULT_SAMPLES = 1000, COUNT_EVENTS = 4096 };

static const char *const mode_names[] = {
	[REPLAY_OBSERVE] = "observe",
	[REPLAY_PREDICT] = "predict",
	[REPLAY_SIMULATE] = "simulate",
};

enum { NR_MODES = sizeof(mode_names) / sizeof(mode_names[0]) };

const char *replay_mode_name(enum replay_mode mode)
{
	return mode_names[mode];
}

bool prepared_foreign(const struct prepared *p)
{
	return kernel_profile_find(trace_info(p->trace)->kernel) != p->profile;
}

bool prepared_unvalidated(const struct prepared *p)
{
	return !kernel_profile_validated(p->profile) || prepared_foreign(p);
}

const char *prepared_kernel(const struct prepared *p)
{
	return p->config.values[CONFIG_KERNEL].text;
}

const char *prepared_name(const struct prepared *p)
{
	const struct trace_info *info = trace_info(p->trace);
	const char *slash = strrchr(info->path, '/');

	if (*info->bundle)
		return info->bundle;
	return slash && slash[1] ? slash + 1 : info->path;
}

/* ---- the configuration ---- */

/* What a generated trace says of itself lies beneath everything else. */
static int read_own_config(struct config *c, struct trace *t, struct km_diag *d)
{
	struct config own = { 0 };
	const char *data;
	size_t len;

	if (trace_file(t, "meta/config", &data, &len, NULL))
		return 0;
	int err = config_read_text(&own, "meta/config", data, len, d);

	if (!err)
		config_take_unset(c, &own);
	return err;
}

static int read_config(struct config *c, const struct cli_args *args, const struct prepare_extra *x,
		       struct km_diag *d)
{
	const char *given;
	int err = 0;

	if (x->document)
		err = config_read_text(c, "the run's configuration", x->document,
				       strlen(x->document), d);
	if (!err && x->beneath)
		err = config_read_file(c, x->beneath, d);
	for (size_t i = 0; !err && (given = cli_nth_value(args, OPT_CONFIG, i)); i++)
		err = config_read_file(c, given, d);
	for (size_t i = 0; !err && (given = cli_nth_value(args, OPT_SET, i)); i++)
		err = config_read_setting(c, given, d);
	if (!err)
		err = prepare_option(c, "policy.kernel", cli_value(args, OPT_KERNEL), d);
	if (!err)
		err = prepare_option(c, "policy.slab", cli_value(args, OPT_ALLOCATOR), d);
	for (size_t i = 0; !err && i < x->nr_settings; i++)
		err = config_read_setting(c, x->settings[i], d);
	return err;
}

/* ---- the mode ---- */

static int find_mode(struct prepared *p, const struct cli_args *args, const struct prepare_extra *x,
		     struct km_diag *d)
{
	struct replay_config *r = &p->replay;
	const char *name = cli_value(args, OPT_MODE) ? cli_value(args, OPT_MODE) : x->mode;
	struct suggestion s = { .word = name };
	unsigned int mode = REPLAY_OBSERVE;

	for (mode = 0; name && mode < NR_MODES && strcmp(name, mode_names[mode]); mode++)
		suggestion_offer(&s, mode_names[mode]);
	if (name && mode == NR_MODES)
		return km_fail(d, KM_EUSAGE, "--mode",
			       s.best ? "there is no mode '%s'; did you mean '%s'?" :
					"there is no mode '%s'; there are observe, predict and "
					"simulate",
			       name, s.best);
	r->mode = (enum replay_mode)mode;
	r->forced = cli_has(args, OPT_FORCED);
	r->paranoid = cli_has(args, OPT_PARANOID);
	r->re_anchor = cli_has(args, OPT_RE_ANCHOR);
	r->from_label = cli_value(args, OPT_FROM);
	if (r->forced && r->mode != REPLAY_PREDICT)
		return km_fail(d, KM_EUSAGE, "--forced", "it goes with -m predict only");
	if (r->from_label && r->mode != REPLAY_SIMULATE)
		return km_fail(d, KM_EUSAGE, "--from", "it goes with -m simulate only");
	p->mode_given = name != NULL;
	if (r->re_anchor && r->mode == REPLAY_SIMULATE)
		return km_fail(d, KM_EUSAGE, "--re-anchor",
			       "a free run is never put right: it does not go with -m simulate");
	return 0;
}

int prepare_trace_with(struct prepared *p, const struct cli_args *args,
		       const struct prepare_extra *x, struct km_diag *d)
{
	int err;

	*p = (struct prepared){ 0 };
	err = find_mode(p, args, x, d);
	if (!err)
		err = read_config(&p->config, args, x, d);
	p->replay.cpus_given = p->config.values[CONFIG_CPUS].set;
	if (!err)
		err = cli_open_trace(&p->trace, x->trace ? x->trace : cli_operand(args, 0), d);
	if (!err && trace_info(p->trace)->synthetic)
		err = read_own_config(&p->config, p->trace, d);
	return err;
}

int prepare_trace(struct prepared *p, const struct cli_args *args, struct km_diag *d)
{
	return prepare_trace_with(p, args, &(struct prepare_extra){ 0 }, d);
}

/* Out of a pipe, or compressed, a trace does not say at its beginning how long it is. */
static int learn_length(struct trace *t, struct km_diag *d)
{
	struct km_event *buf = malloc(COUNT_EVENTS * sizeof(*buf));
	int64_t n = buf ? trace_keep(t, d) : km_fail(d, KM_ENOMEM, "", "out of memory");

	if (!n)
		while ((n = trace_read(t, buf, COUNT_EVENTS, d)) > 0)
			;
	free(buf);
	return n ? (int)n : trace_rewind(t, d);
}

/* A generated trace has no recorded pages, and no snapshot. */
static int prepare_generated(struct prepared *p, struct km_diag *d)
{
	struct replay_config *r = &p->replay;

	if ((p->mode_given && r->mode != REPLAY_SIMULATE) || r->from_label || !p->may_generate)
		return km_fail(d, KM_ENOTSUP, trace_info(p->trace)->path,
			       "a generated trace names no pages of a real machine: it can only "
			       "be simulated, from its beginning (kmemlab replay -m simulate)");
	if (r->re_anchor)
		return km_fail(d, KM_EUSAGE, "--re-anchor",
			       "a generated trace is simulated, and a free run is never put right");
	if (!trace_info(p->trace)->nr_events) {
		int bad = learn_length(p->trace, d);

		if (bad && bad != -KM_ETRUNC)
			return bad;
	}
	if (!trace_info(p->trace)->nr_events)
		return km_fail(d, KM_EFORMAT, trace_info(p->trace)->path,
			       "a generated trace without its end: generate it anew");
	r->mode = REPLAY_SIMULATE;
	r->synthetic = true;
	r->nr_events = trace_info(p->trace)->nr_events;
	return 0;
}

/* ---- the kernel ---- */

/* "2.6.34, 3.5, 6.1": the series; their point releases are `list kernels`'s. */
static void known_kernels(char *out, size_t size)
{
	const char *last = "";
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < kernel_profile_count() && n < size; i++) {
		const char *series = kernel_profile_series(kernel_profile_at(i));

		if (!strcmp(series, last))
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", series);
		last = series;
	}
}

void prepare_near_kernels(const char *release, char *out, size_t size)
{
	const struct kernel_profile *nearest = kernel_profile_nearest(release);
	char known[128];

	known_kernels(known, sizeof(known));
	snprintf(out, size, "%s%s%sthere are: %s", nearest ? "the nearest is " : "",
		 nearest ? kernel_profile_name(nearest) : "", nearest ? "; " : "", known);
}

static int find_kernel(struct prepared *p, const struct cli_args *args, struct km_diag *d)
{
	const char *own = trace_info(p->trace)->kernel;
	const char *path = trace_info(p->trace)->path;
	bool given = p->config.values[CONFIG_KERNEL].set;
	char known[192];

	config_default_text(&p->config, CONFIG_KERNEL, own);
	if (!p->config.values[CONFIG_KERNEL].set) {
		known_kernels(known, sizeof(known));
		return km_fail(d, KM_ENOTSUP, path,
			       "nothing says which kernel wrote this trace; name the nearest with "
			       "--kernel (there are: %s)",
			       known);
	}
	p->profile = kernel_profile_find(prepared_kernel(p));
	if (p->profile)
		return 0;
	prepare_near_kernels(prepared_kernel(p), known, sizeof(known));
	if (given)
		return km_fail(d, KM_EUSAGE,
			       cli_has(args, OPT_KERNEL) ? "--kernel" : "policy.kernel",
			       "no model of kernel %s; %s", prepared_kernel(p), known);
	return km_fail(d, KM_ENOTSUP, path,
		       "the trace is from kernel %s, of which there is no model; choose one with "
		       "--kernel (%s)",
		       own, known);
}

/* A tunable that the kernel does not have would change nothing. */
int prepare_check_tunables(const struct config *c, const struct kernel_profile *profile,
			   struct km_diag *d)
{
	static const struct {
		enum config_id id;
		enum kernel_feature feature;
	} wants[] = { { CONFIG_WATERMARK_SCALE_FACTOR, KERNEL_WATERMARK_SCALE },
		      { CONFIG_WATERMARK_BOOST_FACTOR, KERNEL_WATERMARK_BOOST },
		      { CONFIG_NOFRAGMENT, KERNEL_NOFRAGMENT },
		      { CONFIG_COMPACTION_PROACTIVENESS, KERNEL_PROACTIVENESS },
		      { CONFIG_EXTFRAG_THRESHOLD, KERNEL_COMPACTION },
		      { CONFIG_VMAP_STACK, KERNEL_VMAP_STACK } };

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		const struct config_key *k = config_key(wants[i].id);
		char where[64];

		/* Off is what a kernel without it has. */
		if (wants[i].id == CONFIG_VMAP_STACK && !config_integer(c, CONFIG_VMAP_STACK, 0))
			continue;
		if (!c->values[wants[i].id].set || kernel_profile_has(profile, wants[i].feature))
			continue;
		snprintf(where, sizeof(where), "%s.%s", k->section, k->name);
		return km_fail(d, KM_EUSAGE, where, "kernel %s has no such thing",
			       kernel_profile_name(profile));
	}
	return 0;
}

/* The first key given that only a machine of the configuration's own has; CONFIG_NR_KEYS: none. */
static enum config_id layout_key(const struct prepared *p)
{
	static const enum config_id ids[] = {
		CONFIG_ARCH,	      CONFIG_PAGE_SIZE,	  CONFIG_PAGEBLOCK_ORDER,
		CONFIG_ZONES,	      CONFIG_RESERVED,	  CONFIG_CMA,
		CONFIG_KERNELCORE,    CONFIG_MOVABLECORE, CONFIG_MOVABLE_NODE,
		CONFIG_DEFERRED_INIT,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (p->config.values[ids[i]].set)
			return ids[i];
	return CONFIG_NR_KEYS;
}

/*
 * A key of the machine without its memory: a free run from the beginning has the memory of the
 * capture's own.
 */
static int complete_layout(struct prepared *p, struct km_diag *d)
{
	enum config_id id = prepared_configured(p) ? CONFIG_NR_KEYS : layout_key(p);
	char where[64];

	if (id == CONFIG_NR_KEYS)
		return 0;
	snprintf(where, sizeof(where), "%s.%s", config_key(id)->section, config_key(id)->name);
	if (p->replay.mode != REPLAY_SIMULATE || p->replay.from_label)
		return km_fail(d, KM_EUSAGE, where,
			       "the machine is the capture's; another one goes with -m simulate "
			       "only, from the beginning");
	return captured_machine(&p->config, p->trace, &p->seed, where, d);
}

/* A key that has no effect on a capture is not taken in silence. */
static int check_captured(const struct prepared *p, struct km_diag *d)
{
	if (!p->config.values[CONFIG_KSWAPD_DELAY_NS].set)
		return 0;
	return km_fail(d, KM_EUSAGE, "policy.kswapd_delay_ns",
		       "it is of generated traces; when a capture's kswapd ran is its own");
}

/* ---- the snapshots ---- */

static int read_snapshots(struct prepared *p, bool re_anchor, struct km_diag *d)
{
	size_t nr = trace_nr_labels(p->trace);
	int err = 0;

	if (re_anchor && nr < 2)
		return km_fail(d, KM_EUSAGE, "--re-anchor",
			       "the capture has no second label to anchor at");
	for (size_t i = 0; i < nr; i++) {
		p->replay.has_start_label |= !strcmp(trace_label(p->trace, i), "start");
		p->replay.has_end_label |= !strcmp(trace_label(p->trace, i), "end");
	}
	if (!nr)
		return 0;
	err = trace_snapshot(p->trace, trace_label(p->trace, 0), &p->seed, d);
	if (err)
		return err;
	p->replay.seed = &p->seed;
	err = late_caches(p->trace, &p->seed, &p->late_caches, d);
	p->replay.late_caches = &p->late_caches;
	if (err || !re_anchor)
		return err;
	p->later = calloc(nr - 1, sizeof(*p->later));
	if (!p->later)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	for (size_t i = 1; !err && i < nr; i++) {
		err = trace_snapshot(p->trace, trace_label(p->trace, i), &p->later[i - 1], d);
		p->nr_later += !err;
	}
	p->replay.later = p->later;
	p->replay.nr_later = p->nr_later;
	return err;
}

/* ---- what the capture says ---- */

static void fill_tunables(struct prepared *p)
{
	struct replay_tunables *t = &p->replay.tunables;

	if (!prepared_configured(p) && !p->replay.synthetic)
		tunables_recorded(p);
	tunable_in_effect(p, CONFIG_MIN_FREE_KBYTES, &t->min_free_kbytes, 1);
	tunable_in_effect(p, CONFIG_WATERMARK_SCALE_FACTOR, &t->watermark_scale_factor, 1);
	tunable_in_effect(p, CONFIG_WATERMARK_BOOST_FACTOR, &t->watermark_boost_factor, 1);
	tunable_in_effect(p, CONFIG_PERCPU_PAGELIST_HIGH_FRACTION,
			  &t->percpu_pagelist_high_fraction, 1);
	tunable_in_effect(p, CONFIG_COMPACTION_PROACTIVENESS, &t->compaction_proactiveness, 1);
	tunable_in_effect(p, CONFIG_EXTFRAG_THRESHOLD, &t->extfrag_threshold, 1);
	p->replay.kswapd_delay_ns = (uint64_t)config_integer(&p->config, CONFIG_KSWAPD_DELAY_NS, 0);
	t->nofragment = config_integer(&p->config, CONFIG_NOFRAGMENT, -1);
	t->cma_pinned = config_integer(&p->config, CONFIG_CMA_PINNED, -1);
	t->cma_pinned_seed = config_integer(&p->config, CONFIG_CMA_PINNED_SEED, -1);
	t->vmalloc_lazy_pages = config_integer(&p->config, CONFIG_VMALLOC_LAZY_PAGES, -1);
	t->thread_stack = config_integer(&p->config, CONFIG_THREAD_STACK, -1);
	t->vmap_stack = config_integer(&p->config, CONFIG_VMAP_STACK, -1);
	t->no_mmu = !config_integer(&p->config, CONFIG_MMU, 1);
	t->page_table_levels = config_integer(&p->config, CONFIG_PAGE_TABLE_LEVELS, -1);
	tunable_in_effect(p, CONFIG_LOWMEM_RESERVE_RATIO, t->lowmem_reserve_ratio,
			  sizeof(t->lowmem_reserve_ratio) / sizeof(t->lowmem_reserve_ratio[0]));
}

/* Of the recording kernel: as its event formats say, else its architecture; 0: neither does. */
static unsigned int pointer_bytes(const struct trace_info *info)
{
	const struct machine_arch *arch = machine_arch_find(info->arch);

	return info->pointer_bytes ? info->pointer_bytes : arch ? arch->bits_per_long / 8 : 0;
}

static void fill_machine(struct prepared *p)
{
	unsigned int cpus = 0;

	for (unsigned int i = 0; i < p->seed.nr_zones; i++)
		if (p->seed.zones[i].nr_pagesets > cpus)
			cpus = p->seed.zones[i].nr_pagesets;
	if (!cpus)
		cpus = trace_info(p->trace)->nr_cpus;
	if (cpus)
		config_default_integer(&p->config, CONFIG_CPUS, cpus);
	config_default_integer(&p->config, CONFIG_SAMPLES, DEFAULT_SAMPLES);
	p->replay.nr_cpus = (unsigned int)config_integer(&p->config, CONFIG_CPUS, 0);
	p->replay.nr_samples = (unsigned int)config_integer(&p->config, CONFIG_SAMPLES, 0);
	p->replay.no_map = !config_integer(&p->config, CONFIG_MAP, 1);
	p->replay.has_cma = trace_info(p->trace)->has_cma;
	while (UINT32_C(1) << p->replay.page_shift < trace_info(p->trace)->page_size)
		p->replay.page_shift++;
	p->replay.pointer_bytes = pointer_bytes(trace_info(p->trace));
	p->replay.profile = p->profile;
}

/* The configuration says what memory the machine has: over what a capture says, or instead. */
static int lay_out(struct prepared *p, struct km_diag *d)
{
	const struct trace_info *info = trace_info(p->trace);
	struct machine_layout *l = &p->layout;
	bool own = false;

	for (unsigned int i = 0; i < p->seed.nr_zones; i++)
		own |= p->seed.zones[i].populated;
	if (own && p->replay.mode != REPLAY_SIMULATE)
		return km_fail(d, KM_EUSAGE, "machine.memory",
			       "the capture describes its own machine; another one goes "
			       "with -m simulate only");
	if (own && p->replay.from_label)
		return km_fail(d, KM_EUSAGE, "machine.memory",
			       "--from follows the record up to its label, on the machine it is "
			       "of; another one goes with -m simulate from the beginning");
	trace_snapshot_release(&p->seed);
	boot_parameters_take(&p->config, info->cmdline, p->profile->cma.present);
	int err = fresh_machine(&p->config, info->arch, info->page_size, &p->profile->cma, l,
				&p->seed, d);

	p->replay.seed = &p->seed;
	p->replay.layout = l;
	p->replay.page_shift = l->page_shift;
	p->replay.has_cma |= l->nr_cma != 0;
	return err;
}

static int check_label(const struct trace *t, const char *label, struct km_diag *d)
{
	struct suggestion s = { .word = label };
	char known[256] = "";
	size_t n = 0;

	for (size_t i = 0; label && i < trace_nr_labels(t); i++) {
		if (!strcmp(trace_label(t, i), label))
			return 0;
		suggestion_offer(&s, trace_label(t, i));
		if (n < sizeof(known))
			n += (size_t)snprintf(known + n, sizeof(known) - n, " %s",
					      trace_label(t, i));
	}
	if (!label)
		return 0;
	if (!trace_nr_labels(t))
		return km_fail(d, KM_EUSAGE, "--from", "the trace marks no labels, so '%s' is none",
			       label);
	if (s.best)
		return km_fail(d, KM_EUSAGE, "--from",
			       "the capture has no label '%s'; did you mean '%s'?", label, s.best);
	return km_fail(d, KM_EUSAGE, "--from", "the capture has no label '%s'; it has:%s", label,
		       known);
}

/* A machine has memory: without zones there is nothing to replay on. */
static int check_described(const struct prepared *p, struct km_diag *d)
{
	for (unsigned int i = 0; i < p->seed.nr_zones; i++)
		if (p->seed.zones[i].populated)
			return 0;
	return km_fail(
		d, KM_ENOTSUP, trace_info(p->trace)->path,
		"nothing describes the machine's memory: a replay needs a bundle with a zoneinfo in its first snapshot, or machine.memory; kmemlab-bundle(5) and kmemlab-config(5) say how");
}

int prepare_machine(struct prepared *p, const struct cli_args *args, struct km_diag *d)
{
	int err = check_label(p->trace, p->replay.from_label, d);

	if (!err)
		err = find_kernel(p, args, d);
	if (!err)
		err = prepare_check_tunables(&p->config, p->profile, d);
	if (!err)
		err = prepare_slab(p, d);
	if (!err && trace_info(p->trace)->synthetic)
		err = prepare_generated(p, d);
	else if (!err)
		err = check_captured(p, d);
	if (!err && !p->replay.synthetic)
		err = read_snapshots(p, p->replay.re_anchor, d);
	if (!err)
		err = complete_layout(p, d);
	if (err)
		return err;
	p->replay.recorded = kernel_profile_find(trace_info(p->trace)->kernel);
	fill_tunables(p);
	fill_machine(p);
	err = prepared_configured(p) || p->replay.synthetic ? lay_out(p, d) : 0;
	err = err ? err : access_config(p, d);
	return err ? err : check_described(p, d);
}

void prepared_release(struct prepared *p)
{
	for (size_t i = 0; i < p->nr_later; i++)
		trace_snapshot_release(&p->later[i]);
	free(p->later);
	trace_snapshot_release(&p->late_caches);
	trace_snapshot_release(&p->seed);
	trace_close(p->trace);
}
