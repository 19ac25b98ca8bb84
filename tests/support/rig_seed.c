/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/rig_seed.h"

const struct km_snapshot *rig_seed(void)
{
	static struct km_snap_pageset dma_sets[] = { { 0, 0, 26, 1 }, { 1, 0, 26, 1 } };
	static struct km_snap_pageset sets[] = { { 0, 0, 252, 7 }, { 1, 0, 252, 7 } };
	static struct km_snap_zone zones[] = {
		{ .index = 0,
		  .name = "DMA",
		  .populated = true,
		  .start_pfn = 1,
		  .spanned = 4095,
		  .present = 4095,
		  .managed = 3840,
		  .min = 10,
		  .low = 12,
		  .high = 14,
		  .nr_protection = 3,
		  .protection = { 0, 31, 31 },
		  .pagesets = dma_sets,
		  .nr_pagesets = 2 },
		{ .index = 1,
		  .name = "DMA32",
		  .populated = true,
		  .start_pfn = 4096,
		  .spanned = 8192,
		  .present = 8192,
		  .managed = 8000,
		  .cma = 1024,
		  .min = 120,
		  .low = 150,
		  .high = 180,
		  .nr_protection = 3,
		  .pagesets = sets,
		  .nr_pagesets = 2 },
		{ .index = 2, .name = "Normal" },
	};
	static struct km_snap_cma area = { .name = "cma", .base_pfn = 8192, .count = 1024 };
	static const struct km_snapshot seed = {
		.label = "start",
		.nr_orders = 11,
		.pageblock_order = 9,
		.zones = zones,
		.nr_zones = 3,
		.cma = &area,
		.nr_cma = 1,
	};

	return &seed;
}

struct machine_config rig_config(void)
{
	struct machine_config c = {
		.profile = &kernel_v6_1,
		.seed = rig_seed(),
		.nr_cpus = 2,
		.page_shift = 12,
		.has_cma = true,
		.min_free_kbytes = -1,
		.watermark_scale_factor = -1,
		.watermark_boost_factor = -1,
		.high_fraction = -1,
	};

	for (unsigned int i = 0; i < 8; i++)
		c.lowmem_reserve_ratio[i] = -1;
	return c;
}
