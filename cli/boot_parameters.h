/* SPDX-License-Identifier: GPL-2.0-only */
/* What the recorded kernel's command line says of its machine. */
#ifndef KM_BOOT_PARAMETERS_H
#define KM_BOOT_PARAMETERS_H

#include "cli/config.h"

/*
 * kernelcore=, movablecore=, movable_node and (@has_cma: where the kernel has it) cma= become @c's
 * where nothing else is said; later ones win.
 * Differs: of cma=SIZE@START-END only the end counts, unless the area fills all between.
 */
void boot_parameters_take(struct config *c, const char *cmdline, bool has_cma);

#endif
