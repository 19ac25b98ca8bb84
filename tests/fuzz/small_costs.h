/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KM_FUZZ_SMALL_COSTS_H
#define KM_FUZZ_SMALL_COSTS_H

#include "engine/cost/cost_profile.h"

/* Each step takes another time; some none, one the longest there may be. */
static inline const struct cost_table *small_costs(void)
{
	static struct cost_table t;

	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		t.item[i] = (struct cost_entry){ .ps = i * i * 1000, .verified = COST_UNVERIFIED };
	t.item[COST_CMA_PAGE].ps = COST_MOST_PS;
	return &t;
}

#endif
