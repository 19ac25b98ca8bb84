/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings that may change how an allocation ended, for explain --what-if. */
#ifndef CLI_KNOBS_H
#define CLI_KNOBS_H

#include "cli/explain_run.h"

enum { KNOBS_MAX = 48, KNOB_SETTINGS = 3 };

/* One try: settings laid over the run's own. */
struct knob {
	char *setting[KNOB_SETTINGS];
	size_t nr;
};

struct knobs {
	struct knob knob[KNOBS_MAX];
	size_t nr;
};

/*
 * The knobs worth turning for what @e explains: twice and half of what is in effect, the reserves,
 * other kernels, more memory, larger areas. -KM_ENOMEM with @d filled; knobs_release() either way.
 */
int knobs_choose(struct knobs *k, const struct explain_run *e, const struct prepared *p,
		 struct km_diag *d) KM_MUST_CHECK;

/* One of the user's own. */
int knobs_add(struct knobs *k, const char *setting, struct km_diag *d) KM_MUST_CHECK;
void knobs_release(struct knobs *k);

#endif
