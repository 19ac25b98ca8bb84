/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a command line to a machine: the configuration in effect, the opened capture, its kernel and
 * its seed.
 */
#ifndef CLI_PREPARE_H
#define CLI_PREPARE_H

#include "cli/command.h"
#include "cli/config.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "traces/trace.h"

struct prepared {
	struct trace *trace;
	bool mode_given;      /* by the user */
	bool may_generate;    /* the command takes generated traces: it simulates them */
	struct config config; /* in effect: what was given, over what the capture says */
	const struct kernel_profile *profile;
	struct km_snapshot seed; /* of the first label */
	struct km_snapshot late_caches;
	struct km_snapshot *later;
	size_t nr_later;
	/* of a run that is merged with others: what its trace is called; it may be lost */
	const char *trace_name;
	bool part;
	struct machine_layout layout; /* of a configured machine: p->replay.layout is it, or NULL */
	struct replay_recorded recorded; /* p->replay.set is it, or NULL */
	struct replay_config replay;
};

/* What a command lays over its command line, to prepare one run of many. All may be absent. */
struct prepare_extra {
	const char *trace;	     /* NULL: the first operand */
	const char *mode;	     /* where the command line names none; NULL: observe */
	const char *document;	     /* a configuration as text, beneath everything */
	const char *beneath;	     /* a configuration that the command line's lies over */
	const char *const *settings; /* "key.path=value", over everything, in this order */
	size_t nr_settings;
};

/* prepare_trace() with @x laid over @args. */
int prepare_trace_with(struct prepared *p, const struct cli_args *args,
		       const struct prepare_extra *x, struct km_diag *d) KM_MUST_CHECK;

/**
 * prepare_trace() - read the configuration and open the capture that @args name.
 *
 * Return: 0, or -KM_E… with @d filled. Either way @p wants prepared_release().
 */
int prepare_trace(struct prepared *p, const struct cli_args *args, struct km_diag *d) KM_MUST_CHECK;

/**
 * prepare_machine() - find the kernel, parse the snapshots, and fill @p->replay.
 *
 * Return: 0; -KM_ENOTSUP where no kernel fits the capture; or another -KM_E…; @d is filled.
 */
int prepare_machine(struct prepared *p, const struct cli_args *args,
		    struct km_diag *d) KM_MUST_CHECK;

/* prepare_slab.c: an option that is short for the key @key; @value NULL: it is not given. */
int prepare_option(struct config *c, const char *key, const char *value,
		   struct km_diag *d) KM_MUST_CHECK;

/* prepare_slab.c: which object allocator a free run has, and SLUB's parameters; as above. */
int prepare_slab(struct prepared *p, struct km_diag *d) KM_MUST_CHECK;

void prepared_release(struct prepared *p);

/* "the nearest is 6.1; there are: …": which kernels there are models of. */
void prepare_near_kernels(const char *release, char *out, size_t size);

/* 0, or -KM_EUSAGE: @c sets a tunable that the kernel does not have. */
int prepare_check_tunables(const struct config *c, const struct kernel_profile *profile,
			   struct km_diag *d) KM_MUST_CHECK;

/* The kernel release that is modelled. */
const char *prepared_kernel(const struct prepared *p);

/* Is the capture another kernel's than the model's? */
bool prepared_foreign(const struct prepared *p);

/* Was no capture held against the model that is taken, or none of this capture's kernel? */
bool prepared_unvalidated(const struct prepared *p);

/* What to call the capture: its bundle, else its file's own name. */
const char *prepared_name(const struct prepared *p);

const char *replay_mode_name(enum replay_mode mode);

#endif
