/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/no_rows.h"

static int no_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_fallback(void *ctx, const struct km_fallback_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_failure(void *ctx, const struct km_failure_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_cma_alloc(void *ctx, const struct km_cma_alloc_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_fidelity(void *ctx, const struct km_fidelity_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_loss(void *ctx, const struct km_loss_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_attribution(void *ctx, const struct km_attribution_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_pressure(void *ctx, const struct km_pressure_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_call_site(void *ctx, const struct km_call_site_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_leak(void *ctx, const struct km_leak_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_owner(void *ctx, const struct km_owner_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_slab_use(void *ctx, const struct km_slab_use_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_cost(void *ctx, const struct km_cost_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int no_tlb(void *ctx, const struct km_tlb_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

const struct km_sink_ops no_rows_ops = {
	.sample = no_sample,
	.fallback = no_fallback,
	.failure = no_failure,
	.cma_alloc = no_cma_alloc,
	.fidelity = no_fidelity,
	.loss = no_loss,
	.attribution = no_attribution,
	.pressure = no_pressure,
	.call_site = no_call_site,
	.leak = no_leak,
	.tlb = no_tlb,
	.owner = no_owner,
	.slab_use = no_slab_use,
	.cost = no_cost,
};
