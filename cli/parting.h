/* SPDX-License-Identifier: GPL-2.0-only */
/* Where two free runs of the same trace first choose differently. */
#ifndef CLI_PARTING_H
#define CLI_PARTING_H

#include "cli/prepare.h"

struct parting {
	bool parted;			  /* else they chose alike to the end */
	struct replay_choice base, other; /* for the same allocation */
};

/* All choices of a run, as one number: runs of equal numbers chose alike. */
struct choices {
	uint64_t sum, nr;
};

/* For replay_config.chosen; @ctx: a struct choices, zeroed. */
void choices_add(void *ctx, const struct replay_choice *c);

/**
 * parting_find() - replay @base and @other side by side until they part.
 *
 * Both are prepared, of the same trace, to simulate. Return: 0, or -KM_E… with @d filled.
 */
int parting_find(struct parting *out, struct prepared *base, struct prepared *other,
		 struct km_diag *d) KM_MUST_CHECK;

#endif
