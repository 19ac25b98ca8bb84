/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that no capture describes: zones and sizes from the configuration, as a kernel that has
 * just booted would lay them out.
 */
#ifndef CLI_FRESH_H
#define CLI_FRESH_H

#include "cli/config.h"
#include "engine/core/snapshot.h"

/**
 * fresh_machine() - lay out the machine of @c in @l, and describe its zones in @out.
 * @arch, @page_size: where @c does not say; "" and 0: x86-64 with pages of 4 KiB
 * @cma_rules: how the modelled kernel places areas; NULL: as 6.1 does
 *
 * Return: 0; -KM_EUSAGE where machine.memory is missing or too small, or for a layout that cannot
 * be; -KM_ENOMEM; @d is filled.
 */
int fresh_machine(struct config *c, const char *arch, unsigned int page_size,
		  const struct cma_profile *cma_rules, struct machine_layout *l,
		  struct km_snapshot *out, struct km_diag *d) KM_MUST_CHECK;

/* Managed pages of the largest zone, and of all. */
uint64_t fresh_largest_zone(const struct km_snapshot *s);
uint64_t fresh_all_pages(const struct km_snapshot *s);

void fresh_release(struct km_snapshot *s);

#endif
