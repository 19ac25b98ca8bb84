/* SPDX-License-Identifier: GPL-2.0-only */
/* Between machine.c and boot.c. */
#ifndef KM_MACHINE_BOOT_H
#define KM_MACHINE_BOOT_H

#include "engine/machine/machine.h"

/*
 * The tunables as a kernel with nothing set finds them, where @c says none.
 * Kernel: mm/page_alloc.c:init_per_zone_wmark_min(), sysctl_lowmem_reserve_ratio,
 * mm/khugepaged.c:set_recommended_min_free_kbytes() [6.1]
 */
struct machine_config boot_tunables(const struct machine *m, const struct machine_config *c);

/* The types of a configured machine's pageblocks before anything is free. -KM_ENOMEM. */
int boot_types(struct machine *m, struct km_diag *d) KM_MUST_CHECK;

/* Which pages of its span each zone has, where several nodes lie among one another. -KM_ENOMEM. */
int boot_parts(struct machine *m, struct km_diag *d) KM_MUST_CHECK;

#endif
