/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of a capture as keys of a configuration, so that some of them may be others. */
#ifndef CLI_CAPTURED_H
#define CLI_CAPTURED_H

#include "cli/config.h"
#include "traces/trace.h"

/**
 * captured_machine() - set what @c leaves open of the machine that @t was captured on: its memory
 * (System RAM of meta/iomem, else the zones of zoneinfo), nodes, zones, pageblocks, CMA areas, and
 * what its kernel kept for itself.
 * @s: the first label's
 * @where: the key that asks for it, for errors
 *
 * Differs: the kernel's image lies where it was; the rest of what was never handed over lies at the
 * top of its zone, below the capture's CMA areas where those are taken over.
 *
 * Return: 0, or -KM_ENOTSUP with @d filled where nothing describes the machine.
 */
int captured_machine(struct config *c, struct trace *t, const struct km_snapshot *s,
		     const char *where, struct km_diag *d) KM_MUST_CHECK;

#endif
