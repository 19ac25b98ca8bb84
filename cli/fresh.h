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
 * fresh_machine() - describe the machine of @c in @out: zones, spans and sizes, nothing else.
 *
 * Kernel: arch/x86/mm/init.c:zone_sizes_init() [6.1]
 * Differs: memory is one piece from page 1 on, without the hole below 4 GiB; all of it is managed.
 *
 * Return: 0; -KM_EUSAGE where machine.memory is missing or too small, -KM_ENOMEM; @d is filled.
 */
int fresh_machine(const struct config *c, struct km_snapshot *out, struct km_diag *d) KM_MUST_CHECK;

/* Pages of the largest zone. */
uint64_t fresh_pages(const struct km_snapshot *s);

void fresh_release(struct km_snapshot *s);

#endif
