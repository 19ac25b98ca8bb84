/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine as a capture would describe it, for tests of machine and replay. */
#ifndef KM_TEST_RIG_SEED_H
#define KM_TEST_RIG_SEED_H

#include "engine/machine/machine.h"

/*
 * Zones DMA (pfns 1 to 4095) and DMA32 (4096 to 12287), NORMAL empty; two CPUs; an area "cma" at
 * 8192, 1024 pages.
 */
const struct km_snapshot *rig_seed(void);

/* A machine for rig_seed(), as the newest kernel but nothing changed: no tunable is set. */
struct machine_config rig_config(void);

#endif
