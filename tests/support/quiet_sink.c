/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/quiet_sink.h"

#define IGNORE(name, row_type)                                   \
	static int ignore_##name(void *ctx, const row_type *row) \
	{                                                        \
		(void)ctx, (void)row;                            \
		return 0;                                        \
	}

IGNORE(sample, struct km_sample)
IGNORE(fallback, struct km_fallback_row)
IGNORE(failure, struct km_failure_row)
IGNORE(cma_alloc, struct km_cma_alloc_row)
IGNORE(fidelity, struct km_fidelity_row)
IGNORE(loss, struct km_loss_row)
IGNORE(attribution, struct km_attribution_row)
IGNORE(pressure, struct km_pressure_row)
IGNORE(call_site, struct km_call_site_row)
IGNORE(leak, struct km_leak_row)
IGNORE(tlb, struct km_tlb_row)
IGNORE(owner, struct km_owner_row)
IGNORE(slab_use, struct km_slab_use_row)
IGNORE(cost, struct km_cost_row)

const struct km_sink_ops quiet_sink_ops = {
	.sample = ignore_sample,
	.fallback = ignore_fallback,
	.failure = ignore_failure,
	.cma_alloc = ignore_cma_alloc,
	.fidelity = ignore_fidelity,
	.loss = ignore_loss,
	.attribution = ignore_attribution,
	.pressure = ignore_pressure,
	.call_site = ignore_call_site,
	.leak = ignore_leak,
	.tlb = ignore_tlb,
	.owner = ignore_owner,
	.slab_use = ignore_slab_use,
	.cost = ignore_cost,
};
