/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sections "tlb" and "access" of a configuration, and what a capture says where they do not:
 * whether its kernel zeroes what it hands out, how large the pages of its direct map are.
 */
#ifndef CLI_ACCESS_CONFIG_H
#define CLI_ACCESS_CONFIG_H

#include "cli/prepare.h"

/* Fill p->replay.tlb and .access, which live as long as @p; nothing without a section "tlb".
 * 0, or -KM_EUSAGE with @d filled. */
int access_config(struct prepared *p, struct km_diag *d) KM_MUST_CHECK;

#endif
