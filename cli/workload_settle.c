/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/workload_settle.h"

#include <stdio.h>
#include <string.h>

#include "cli/suggest.h"
#include "engine/core/gfp.h"
#include "engine/variant/profile.h"
#include "traces/dialect.h"

/* Kernel: include/linux/gfp.h:GFP_ZONE_BAD [6.1] */
bool workload_two_zones(uint32_t gfp)
{
	uint32_t zones = gfp & (KM_GFP_DMA | KM_GFP_HIGHMEM | KM_GFP_DMA32);

	return zones & (zones - 1);
}

static uint64_t largest(const struct workload_kind *k)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < k->size.nr; i++)
		most = k->size.range[i].high > most ? k->size.range[i].high : most;
	return most;
}

/* Where a request shall be of one area, the machine has it. */
static int settle_area(const struct workload_kind *k, const struct workload *w,
		       const struct machine_layout *l, struct km_diag *d)
{
	struct suggestion s = { .word = k->area };
	char where[320];
	unsigned int i = 0;

	for (; *k->area && i < l->nr_cma && strcmp(l->cma[i].name, k->area); i++)
		suggestion_offer(&s, l->cma[i].name);
	if (!*k->area || i < l->nr_cma)
		return 0;
	snprintf(where, sizeof(where), "%s:%u:%u", w->path, k->area_line, k->area_column);
	if (s.best)
		return km_fail(d, KM_EUSAGE, where,
			       "the machine has no contiguous area '%s'; did you mean '%s'?",
			       k->area, s.best);
	return km_fail(d, KM_EUSAGE, where, "the machine has no contiguous area '%s'", k->area);
}

static int settle_kind(struct workload_kind *k, const char *where,
		       const struct kernel_profile *profile, unsigned int nr_orders,
		       struct km_diag *d)
{
	const char *kernel = kernel_profile_name(profile);

	k->gfp = dialect_gfp_text(dialect_find(kernel), k->gfp_text, strlen(k->gfp_text));
	if (k->gfp & KM_GFP_OTHER)
		return km_fail(d, KM_EUSAGE, where, "kind '%s': kernel %s has no such flags",
			       k->name, kernel);
	if (workload_two_zones(k->gfp))
		return km_fail(d, KM_EUSAGE, where,
			       "kind '%s': gfp names at most one of the zones DMA, DMA32 and "
			       "HIGHMEM",
			       k->name);
	if (!k->by_size && largest(k) >= nr_orders)
		return km_fail(d, KM_EUSAGE, where,
			       "kind '%s': the machine's largest blocks are of order %u", k->name,
			       nr_orders - 1);
	if (k->has_door && k->door == KM_DOOR_BULK && !profile->pages.bulk_chunk)
		return km_fail(d, KM_EUSAGE, where, "kind '%s': kernel %s gives no pages in bulk",
			       k->name, kernel);
	return 0;
}

int workload_settle(struct workload *w, const struct kernel_profile *profile,
		    unsigned int nr_orders, const struct machine_layout *layout, struct km_diag *d)
{
	char where[320];
	int err = 0;

	for (unsigned int i = 0; !err && i < w->nr_kinds; i++) {
		snprintf(where, sizeof(where), "%s:%u:%u", w->path, w->kind[i].line,
			 w->kind[i].column);
		err = settle_kind(&w->kind[i], where, profile, nr_orders, d);
		err = err ? err : settle_area(&w->kind[i], w, layout, d);
	}
	return err;
}
