/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Memory ranges must be whole pages, must not overlap, and must lie where the architecture can
 * address them. 2. Zones end where the architecture, or the configuration, says; a node has the
 * part of each zone that lies between its first and its last page. 3. What is handed over at boot
 * is memory without what is reserved.
 */
#include "engine/machine/layout_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned int layout_nr_zones(const struct machine_layout *l)
{
	unsigned int n = l->nr_zones;

	while (!l->nr_zones && n < ARCH_MAX_ZONES && l->arch->zone[n].name)
		n++;
	return n;
}

const char *layout_zone_name(const struct machine_layout *l, unsigned int i)
{
	return l->nr_zones ? l->zone[i].name : l->arch->zone[i].name;
}

uint64_t layout_zone_end(const struct machine_layout *l, unsigned int i)
{
	uint64_t end = l->nr_zones ? l->zone[i].end : l->arch->zone[i].end, lowest = UINT64_MAX;

	for (unsigned int k = 0; k < l->nr_memory; k++)
		lowest = l->memory[k].start < lowest ? l->memory[k].start : lowest;
	/* Kernel: arch/arm64/mm/init.c:max_zone_phys() [6.1] */
	return l->arch->dma_follows_memory && lowest >= end ? UINT64_MAX : end;
}

/* ---- memory of a given size ---- */

static int add_range(struct machine_layout *l, struct layout_range r, struct km_diag *d)
{
	if (r.start >= r.end)
		return 0;
	if (l->nr_memory == LAYOUT_MAX_RANGES)
		return km_fail(d, KM_EUSAGE, r.place, "there are more than %d ranges of memory",
			       LAYOUT_MAX_RANGES);
	l->memory[l->nr_memory++] = r;
	return 0;
}

/* [start, end) without the holes of the first megabyte */
static int add_around_legacy(struct machine_layout *l, struct layout_range r, struct km_diag *d)
{
	const struct machine_arch *a = l->arch;
	struct layout_range low = r, high = r;

	if (!a->legacy_to || r.start >= a->legacy_to)
		return add_range(l, r, d);
	low.start = r.start < a->memory_at ? a->memory_at : r.start;
	low.end = r.end < a->legacy_from ? r.end : a->legacy_from;
	high.start = a->legacy_to;
	int err = add_range(l, low, d);

	return err ? err : add_range(l, high, d);
}

int layout_add_memory(struct machine_layout *l, unsigned int node, uint64_t bytes,
		      const char *place, struct km_diag *d)
{
	const struct machine_arch *a = l->arch;
	unsigned int before = l->nr_memory;
	struct layout_range r = { .start = a->legacy_to ? 0 : a->memory_at, .node = node };

	snprintf(r.place, sizeof(r.place), "%s", place);
	for (unsigned int i = 0; i < l->nr_memory; i++)
		r.start = l->memory[i].end > r.start ? l->memory[i].end : r.start;
	if (r.start >= a->hole_from && r.start < a->hole_to)
		r.start = a->hole_to;
	uint64_t below = a->hole_to && r.start < a->hole_from ? a->hole_from - r.start : bytes;

	below = below < bytes ? below : bytes;
	if (!bytes || bytes - below > a->most || r.start > a->most - bytes)
		return km_fail(d, KM_EUSAGE, place,
			       bytes ? "an %s cannot address so much memory" :
				       "a node of this %s has no memory",
			       a->name);
	r.end = r.start + below;
	int err = add_around_legacy(l, r, d);

	if (!err && below < bytes) {
		r.start = a->hole_to;
		r.end = a->hole_to + bytes - below;
		err = add_range(l, r, d);
	}
	l->nr_memory = err ? before : l->nr_memory;
	return err;
}

/* ---- spans ---- */

/* First and last byte of a node's memory; false: it has none. */
static bool node_extent(const struct machine_layout *l, unsigned int node, uint64_t *start,
			uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (unsigned int i = 0; i < l->nr_memory; i++)
		if (l->memory[i].node == node) {
			*start = l->memory[i].start < *start ? l->memory[i].start : *start;
			*end = l->memory[i].end > *end ? l->memory[i].end : *end;
		}
	return *end != 0;
}

/* The bytes zone @i of @node spans; empty: 0 to 0. */
void layout_zone_extent(const struct machine_layout *l, unsigned int node, unsigned int i,
			uint64_t *from, uint64_t *to)
{
	uint64_t start, end, movable, low = i ? layout_zone_end(l, i - 1) : 0,
				      high = layout_zone_end(l, i);

	*from = *to = 0;
	if (!node_extent(l, node, &start, &end))
		return;
	movable = l->node[node].movable_at ? l->node[node].movable_at : end;
	if (!strcmp(layout_zone_name(l, i), "Movable")) {
		low = movable;
		high = end;
	}
	low = low > start ? low : start;
	high = high < end ? high : end;
	if (strcmp(layout_zone_name(l, i), "Movable") && high > movable)
		high = movable;
	if (low < high) {
		*from = low;
		*to = high;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct layout_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Cut [from, to) out of the last @n spans. */
static size_t cut(struct layout_span *v, size_t n, uint64_t from, uint64_t to)
{
	size_t nr = n;

	for (size_t i = 0; i < n; i++) {
		struct layout_span high = v[i];

		if (from >= v[i].end || to <= v[i].start)
			continue;
		v[i].end = from > v[i].start ? from : v[i].start;
		high.start = to < high.end ? to : high.end;
		if (v[i].start == v[i].end)
			v[i] = high;
		else if (high.start < high.end)
			v[nr++] = high;
	}
	return nr;
}

int layout_memory(const struct machine_layout *l, bool handed_over, struct layout_span **out,
		  size_t *nr)
{
	size_t most = (size_t)l->nr_memory * ARCH_MAX_ZONES, n = 0, kept = 0;
	struct layout_span *v = calloc(most + l->nr_reserved + l->nr_cma, sizeof(*v));
	unsigned int shift = l->page_shift;
	uint64_t page = UINT64_C(1) << shift;

	if (!v)
		return -KM_ENOMEM;
	for (unsigned int k = 0; k < l->nr_memory; k++)
		for (unsigned int i = 0; i < layout_nr_zones(l); i++) {
			const struct layout_range *r = &l->memory[k];
			uint64_t from, to;

			layout_zone_extent(l, r->node, i, &from, &to);
			from = from > r->start ? from : r->start;
			to = to < r->end ? to : r->end;
			/* x86 takes page 0 for the firmware */
			from = l->arch->legacy_to && from < page ? page : from;
			if (from < to)
				v[n++] = (struct layout_span){ from >> shift, to >> shift, i,
							       (int)r->node };
		}
	for (unsigned int i = 0; handed_over && i < l->nr_reserved; i++)
		n = cut(v, n, l->reserved[i].start >> shift, l->reserved[i].end >> shift);
	for (unsigned int i = 0; handed_over && i < l->nr_cma; i++)
		n = cut(v, n, l->cma[i].base >> shift, (l->cma[i].base + l->cma[i].bytes) >> shift);
	for (size_t i = 0; i < n; i++)
		if (v[i].start < v[i].end)
			v[kept++] = v[i];
	qsort(v, kept, sizeof(*v), by_start);
	*out = v;
	*nr = kept;
	return 0;
}
