/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States of the machine as rows: what buddyinfo, pagetypeinfo, extfrag and the CMA files would
 * print now.
 */
#ifndef KM_SAMPLER_H
#define KM_SAMPLER_H

#include "engine/machine/machine.h"
#include "engine/replay/area_use.h"
#include "engine/result.h"

struct sampler {
	struct km_zone_state *zone;
	struct km_map_row *map;
	uint64_t *by_used;	 /* pages of a pageblock + 1: for metrics_packing */
	struct km_map_row *last; /* by pageblock: what was last reported */
	struct area_uses areas;
	unsigned int type_columns;
	bool no_map;
};

int sampler_init(struct sampler *s, const struct machine *m,
		 unsigned int type_columns) KM_MUST_CHECK;
void sampler_release(struct sampler *s);

/* Fill @row's numbers (its label, times and event are the caller's) and hand it to @sink. */
int sampler_take(struct sampler *s, struct machine *m, struct km_sample *row,
		 const struct km_sink *sink) KM_MUST_CHECK;

#endif
