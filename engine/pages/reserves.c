/* SPDX-License-Identifier: GPL-2.0-only */
/* What a zone keeps off requests that could be served by a higher one. */
#include <string.h>

#include "engine/pages/pages.h"

int64_t pages_reserve_ratio(const struct pages *p, const struct zone *z)
{
	if (!strncmp(z->name, "DMA", 3))
		return 256;
	if (!strcmp(z->name, "HighMem"))
		return p->prof->highmem_reserve_ratio;
	return strcmp(z->name, "Normal") ? 0 : 32;
}

void pages_reserve_lowmem(struct pages *p, const int64_t ratio[8])
{
	for (unsigned int i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zone[i];
		uint64_t above = 0;

		if (z->index >= 8 || ratio[z->index] < 0)
			continue;
		uint64_t share = (uint64_t)ratio[z->index];

		if (!share && p->prof->reserve_ratio_min)
			share = p->prof->reserve_ratio_min;
		for (unsigned int j = z->index + 1; j < KM_MAX_ZONE_CLASSES; j++) {
			for (unsigned int k = 0; k < p->nr_zones; k++)
				if (p->zone[k].node == z->node && p->zone[k].index == j)
					above += p->zone[k].managed;
			z->lowmem_reserve[j] = share && z->managed ? above / share : 0;
		}
	}
}
