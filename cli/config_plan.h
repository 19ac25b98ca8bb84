/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of a sweep (kmemlab-sweep(1)): which traces, which configurations, which seeds. */
#ifndef CLI_CONFIG_PLAN_H
#define CLI_CONFIG_PLAN_H

#include "cli/variation.h"

enum { PLAN_MAX_TRACES = 64, PLAN_MAX_SEEDS = 4096, PLAN_MAX_LISTED = 4096 };

struct plan_trace {
	char *path;    /* as the plan says, beside the plan */
	bool workload; /* a document for kmemlab gen */
};

/* One configuration of a list: "key.path=value". */
struct plan_listed {
	char *setting[VARIATION_MAX_KEYS];
	size_t nr;
};

struct plan {
	struct plan_trace trace[PLAN_MAX_TRACES];
	size_t nr_traces;
	uint64_t *seed; /* of workloads; none: each workload's own */
	size_t nr_seeds;
	char *config;		    /* a configuration beneath all; NULL: none */
	char *mode;		    /* NULL: simulate */
	struct variation grid;	    /* every combination … */
	struct plan_listed *listed; /* … or these */
	size_t nr_listed;
	/* Found by plan_read(): runs are numbered by trace, then seed, then configuration. */
	size_t nr_configs, nr;
};

/* A run of the plan, taken apart. */
struct plan_run {
	size_t trace, seed, config;
	bool has_seed;
};

/**
 * plan_read() - read the document @path.
 *
 * Return: 0; -KM_EUSAGE with @d = "file:line:column: what"; -KM_EIO, -KM_ENOMEM. Either way @p
 * wants plan_release().
 */
int plan_read(struct plan *p, const char *path, struct km_diag *d) KM_MUST_CHECK;
void plan_release(struct plan *p);

struct plan_run plan_run(const struct plan *p, size_t i);

/* What configuration @c sets: settings as "key.path=value"; how many. */
size_t plan_settings(const struct plan *p, size_t c, char *out[VARIATION_MAX_KEYS]);
void plan_settings_free(char *settings[VARIATION_MAX_KEYS], size_t nr);

#endif
