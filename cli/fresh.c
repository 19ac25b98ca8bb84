/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/fresh.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_SHIFT = 12, LEAST_PAGES = 4096 };

/*
 * By the kernel's zone number; each ends where the next begins. Zones that are empty are named too,
 * as in zoneinfo: they have a number.
 */
static const struct {
	const char *name;
	uint64_t first_pfn;
} x86_zones[] = {
	{ "DMA", 1 }, { "DMA32", 4096 }, { "Normal", 1048576 }, { "Movable", UINT64_MAX }
};

enum { NR_ZONES = sizeof(x86_zones) / sizeof(x86_zones[0]) };

int fresh_machine(const struct config *c, struct km_snapshot *out, struct km_diag *d)
{
	uint64_t pages = (uint64_t)config_integer(c, CONFIG_MEMORY, 0) >> PAGE_SHIFT;

	*out = (struct km_snapshot){ 0 };
	if (pages < LEAST_PAGES)
		return km_fail(d, KM_EUSAGE, "machine.memory",
			       pages ? "a machine has at least 16 MiB" :
				       "nothing says how much memory the machine has, e.g. "
				       "--set machine.memory=8GiB");
	out->zones = calloc(NR_ZONES, sizeof(*out->zones));
	if (!out->zones)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	out->pageblock_order = 9;
	out->nr_zones = NR_ZONES;
	for (unsigned int i = 0; i < NR_ZONES; i++) {
		uint64_t start = x86_zones[i].first_pfn;
		uint64_t end = i + 1 < NR_ZONES ? x86_zones[i + 1].first_pfn : pages;
		struct km_snap_zone *z = &out->zones[i];

		end = end < pages ? end : pages;
		*z = (struct km_snap_zone){ .index = i };
		snprintf(z->name, sizeof(z->name), "%s", x86_zones[i].name);
		if (start >= end)
			continue;
		z->populated = true;
		z->start_pfn = start;
		z->spanned = z->present = z->managed = end - start;
	}
	return 0;
}

uint64_t fresh_pages(const struct km_snapshot *s)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		most = s->zones[i].managed > most ? s->zones[i].managed : most;
	return most;
}

void fresh_release(struct km_snapshot *s)
{
	free(s->zones);
	*s = (struct km_snapshot){ 0 };
}
