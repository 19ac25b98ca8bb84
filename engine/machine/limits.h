/* SPDX-License-Identifier: GPL-2.0-only */
/* Watermarks, reserves and per-CPU limits of a captured machine under another kernel. */
#ifndef KM_MACHINE_LIMITS_H
#define KM_MACHINE_LIMITS_H

#include "engine/machine/machine.h" /* which includes this file at its end */

/* What somebody had set on the captured machine, and stays. */
enum machine_limit { LIMIT_MIN_FREE, LIMIT_SCALE, LIMIT_FRACTION, LIMIT_RESERVES, NR_LIMITS };

/* What another kernel changed. */
struct machine_limits {
	uint64_t recorded_min_free_kbytes, min_free_kbytes;
	bool kept[NR_LIMITS];
	bool marks, lists, reserves; /* a zone's, or a CPU's, are other numbers than printed */
};

/* What a capture says of the kernel that was recorded; -1: nothing. */
struct machine_recorded {
	const struct kernel_profile *profile;
	int64_t min_free_kbytes, watermark_scale_factor;
	int64_t lowmem_reserve_ratio[8];
	/* pages that the boot gave back after the watermarks were computed */
	uint64_t late_pages;
};

/**
 * machine_take_limits() - give a captured machine the numbers its own kernel computes where the
 * recorded one had computed them; what somebody had set stays. To be called once, between
 * machine_init() and machine_retune(), with @m's high_fraction as recorded.
 * @out: what became of it; all zero where the two kernels are one
 *
 * Kernel: mm/page_alloc.c:init_per_zone_wmark_min(), __setup_per_zone_wmarks(),
 * setup_per_zone_lowmem_reserve(), zone_set_pageset_high_and_batch(),
 * mm/khugepaged.c:set_recommended_min_free_kbytes() [2.6.34 3.5 6.1 6.12]
 * Differs: transparent huge pages are on if they were; memory given back late is the largest
 * zone's.
 */
void machine_take_limits(struct machine *m, const struct machine_recorded *rec,
			 struct machine_limits *out);

#endif
