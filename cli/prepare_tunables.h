/* SPDX-License-Identifier: GPL-2.0-only */
/* Between prepare.c and prepare_tunables.c. */
#ifndef CLI_PREPARE_TUNABLES_H
#define CLI_PREPARE_TUNABLES_H

#include "cli/prepare.h"

/* Does the configuration lay the machine out? */
bool prepared_configured(const struct prepared *p);

/* What was set when the capture was recorded, as its sysctls say: p->replay.set. */
void tunables_recorded(struct prepared *p);

/*
 * The value of a tunable for the engine: -1 where the kernel's own state already has it, so that
 * watermarks which the seed prints are not computed a second time; or where the modelled kernel,
 * another than the recorded one, has its own.
 */
void tunable_in_effect(struct prepared *p, enum config_id id, int64_t *out, unsigned int nr_out);

#endif
