/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload that has been read, for the kernel and the machine it is made for. */
#ifndef CLI_WORKLOAD_SETTLE_H
#define CLI_WORKLOAD_SETTLE_H

#include "engine/core/diag.h"
#include "engine/machine/layout.h"
#include "engine/variant/variant.h"
#include "traces/workload.h"

/* Does it name more than one zone that memory shall be of? */
bool workload_two_zones(uint32_t gfp);

/**
 * workload_settle() - its kinds' gfp flags mean what they do in @profile's kernel.
 * @nr_orders: of the machine's free lists
 * @layout: its contiguous areas
 *
 * Return: 0; -KM_EUSAGE with "file:line:column" for a kind that the kernel or the machine cannot
 * serve: raw flags without a meaning, an order it has no blocks of, an entry or an area it does not
 * have.
 */
int workload_settle(struct workload *w, const struct kernel_profile *profile,
		    unsigned int nr_orders, const struct machine_layout *layout,
		    struct km_diag *d) KM_MUST_CHECK;

#endif
