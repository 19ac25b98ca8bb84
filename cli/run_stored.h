/* SPDX-License-Identifier: GPL-2.0-only */
/* One prepared replay, into a database. */
#ifndef CLI_RUN_STORED_H
#define CLI_RUN_STORED_H

#include "cli/passes.h"

/**
 * run_stored() - replay @p through @passes and store the run as database @path.
 * @passes: its trace and progress are set, it has no lanes
 * @t: what the run came to
 *
 * Return: 0, also where the input broke off (@passes->damage says so); or -KM_E… with @d filled,
 * @path then being as it was.
 */
int run_stored(struct passes *passes, struct prepared *p, const char *path, struct replay_totals *t,
	       struct km_diag *d) KM_MUST_CHECK;

#endif
