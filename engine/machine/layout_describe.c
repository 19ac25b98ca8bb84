/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A layout checked, finished, and told as a kernel's own files would tell it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine/layout_parts.h"

enum { LOCAL_DISTANCE = 10, REMOTE_DISTANCE = 20 };

/* ---- what cannot be ---- */

static int check_range(const struct machine_layout *l, const struct layout_range *r,
		       const char *what, struct km_diag *d)
{
	uint64_t page = UINT64_C(1) << l->page_shift;

	if (r->end <= r->start)
		return km_fail(d, KM_EUSAGE, r->place,
			       "%s from %#" PRIx64 " to %#" PRIx64 " is empty", what, r->start,
			       r->end);
	if (r->start % page || r->end % page)
		return km_fail(d, KM_EUSAGE, r->place,
			       "%s from %#" PRIx64 " to %#" PRIx64
			       " does not begin and end with a page of %" PRIu64 " bytes",
			       what, r->start, r->end, page);
	if (r->end > l->arch->most)
		return km_fail(d, KM_EUSAGE, r->place,
			       "%s ends at %#" PRIx64 ", beyond what an %s can address", what,
			       r->end, l->arch->name);
	return 0;
}

static int check_memory(const struct machine_layout *l, struct km_diag *d)
{
	if (!l->nr_memory)
		return km_fail(d, KM_EUSAGE, "machine", "the machine has no memory");
	for (unsigned int i = 0; i < l->nr_memory; i++) {
		const struct layout_range *r = &l->memory[i];
		int err = check_range(l, r, "memory", d);

		for (unsigned int k = 0; !err && k < i; k++)
			if (r->start < l->memory[k].end && l->memory[k].start < r->end)
				err = km_fail(d, KM_EUSAGE, r->place,
					      "memory from %#" PRIx64 " to %#" PRIx64
					      " overlaps that from %#" PRIx64 " to %#" PRIx64,
					      r->start, r->end, l->memory[k].start,
					      l->memory[k].end);
		if (err)
			return err;
	}
	return 0;
}

static int check_reserved(const struct machine_layout *l, struct km_diag *d)
{
	for (unsigned int i = 0; i < l->nr_reserved; i++) {
		const struct layout_range *r = &l->reserved[i];
		int err = check_range(l, r, "reserved memory", d);
		bool is_memory = false;

		for (unsigned int k = 0; k < l->nr_memory; k++)
			is_memory |= r->start < l->memory[k].end && l->memory[k].start < r->end;
		if (!err && !is_memory)
			err = km_fail(d, KM_EUSAGE, r->place,
				      "there is no memory from %#" PRIx64 " to %#" PRIx64
				      " to reserve",
				      r->start, r->end);
		if (err)
			return err;
	}
	return 0;
}

/* A zone's rank from below; -1: no kernel has it. */
static int zone_rank(const char *name)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "HighMem", "Movable" };

	for (int i = 0; i < 5; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

static bool has_zone(const struct machine_arch *a, const char *name)
{
	for (unsigned int i = 0; i < ARCH_MAX_ZONES && a->zone[i].name; i++)
		if (!strcmp(a->zone[i].name, name))
			return true;
	return false;
}

static int check_zone(const struct machine_layout *l, unsigned int i, struct km_diag *d)
{
	uint64_t page = UINT64_C(1) << l->page_shift, end = l->zone[i].end;
	bool last = i + 1 == l->nr_zones, movable = zone_rank(l->zone[i].name) == 4;

	if (zone_rank(l->zone[i].name) < 0)
		return km_fail(d, KM_EUSAGE, l->zone[i].place,
			       "no kernel has a zone %s; there are DMA, DMA32, Normal, HighMem and "
			       "Movable",
			       l->zone[i].name);
	if (!has_zone(l->arch, l->zone[i].name))
		return km_fail(d, KM_EUSAGE, l->zone[i].place, "an %s has no zone %s",
			       l->arch->name, l->zone[i].name);
	if (i && zone_rank(l->zone[i].name) <= zone_rank(l->zone[i - 1].name))
		return km_fail(d, KM_EUSAGE, l->zone[i].place, "zone %s cannot lie above zone %s",
			       l->zone[i].name, l->zone[i - 1].name);
	if (end != UINT64_MAX && end % page)
		return km_fail(d, KM_EUSAGE, l->zone[i].place,
			       "zone %s does not end with a page of %" PRIu64 " bytes",
			       l->zone[i].name, page);
	if (i && !movable && (end < l->zone[i - 1].end || l->zone[i - 1].end == UINT64_MAX))
		return km_fail(d, KM_EUSAGE, l->zone[i].place,
			       "zone %s ends below where zone %s does", l->zone[i].name,
			       l->zone[i - 1].name);
	if (last && (movable && i ? l->zone[i - 1].end : end) != UINT64_MAX)
		return km_fail(d, KM_EUSAGE, l->zone[i].place,
			       "the highest zone takes the rest of memory: leave its end out");
	return 0;
}

static uint64_t node_bytes(const struct machine_layout *l, unsigned int node)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < l->nr_memory; i++)
		if (l->memory[i].node == node)
			bytes += l->memory[i].end - l->memory[i].start;
	return bytes;
}

static int check_movable(const struct machine_layout *l, struct km_diag *d)
{
	static const struct layout_core none;
	bool core = l->movable_node || memcmp(&l->kernelcore, &none, sizeof(none)) ||
		    memcmp(&l->movablecore, &none, sizeof(none));
	bool zone = !strcmp(layout_zone_name(l, layout_nr_zones(l) - 1), "Movable");

	if (core && !zone)
		return km_fail(d, KM_EUSAGE, "machine.zones",
			       "memory is to be movable, but there is no zone Movable");
	for (unsigned int i = 0; i < l->nr_nodes; i++) {
		if (!l->node[i].movable_bytes)
			continue;
		if (!zone)
			return km_fail(d, KM_EUSAGE, l->node[i].place,
				       "node %u is to have movable memory, but there is no zone "
				       "Movable",
				       i);
		if (l->node[i].movable_bytes > node_bytes(l, i))
			return km_fail(d, KM_EUSAGE, l->node[i].place,
				       "node %u is to have %" PRIu64
				       " MiB of movable memory, and has %" PRIu64 " MiB",
				       i, l->node[i].movable_bytes >> 20, node_bytes(l, i) >> 20);
		if (core)
			return km_fail(d, KM_EUSAGE, l->node[i].place,
				       "node %u says how much of it is movable; so does "
				       "kernelcore, movablecore or movable_node for all nodes",
				       i);
	}
	return 0;
}

static int check_zones(const struct machine_layout *l, struct km_diag *d)
{
	int err = 0;

	if (l->nr_zones && zone_rank(l->zone[0].name) > 2)
		return km_fail(d, KM_EUSAGE, l->zone[0].place,
			       "the kernel itself needs memory: the lowest zone is DMA, DMA32 or "
			       "Normal");
	for (unsigned int i = 0; !err && i < l->nr_zones; i++)
		err = check_zone(l, i, d);
	return err ? err : check_movable(l, d);
}

static bool any_distance(const struct machine_layout *l)
{
	for (unsigned int i = 0; i < l->nr_nodes; i++)
		for (unsigned int k = 0; k < l->nr_nodes; k++)
			if (l->node[i].distance[k])
				return true;
	return false;
}

/* Kernel: include/linux/topology.h:LOCAL_DISTANCE, arch/x86/mm/numa.c:numa_set_distance() [6.1] */
static int settle_distances(struct machine_layout *l, struct km_diag *d)
{
	bool given = any_distance(l);

	for (unsigned int i = 0; i < l->nr_nodes; i++)
		for (unsigned int k = 0; k < l->nr_nodes; k++) {
			uint8_t *to = &l->node[i].distance[k];

			if (!given)
				*to = i == k ? LOCAL_DISTANCE : REMOTE_DISTANCE;
			if (i == k ? *to != LOCAL_DISTANCE : *to <= LOCAL_DISTANCE)
				return km_fail(d, KM_EUSAGE, l->node[i].place,
					       "the distance of node %u to node %u is %u: a node "
					       "is 10 from itself, and more from any other",
					       i, k, *to);
		}
	return 0;
}

static int settle_cpus(struct machine_layout *l, struct km_diag *d)
{
	for (unsigned int cpu = 0; cpu < l->nr_cpus; cpu++) {
		if (!l->cpus_placed)
			l->cpu_node[cpu] = (uint8_t)((uint64_t)cpu * l->nr_nodes / l->nr_cpus);
		if (l->cpu_node[cpu] >= l->nr_nodes)
			return km_fail(d, KM_EUSAGE, l->node[0].place, "CPU %u belongs to no node",
				       cpu);
	}
	return 0;
}

/* ---- as the kernel's files tell it ---- */

static uint64_t pages_in(const struct layout_span *v, size_t n, int node, unsigned int zone)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].node == node && v[i].zone == zone)
			pages += v[i].end - v[i].start;
	return pages;
}

/* Pages of the area that are the zone's. */
static uint64_t cma_pages_in(const struct machine_layout *l, const struct layout_cma *c,
			     const struct km_snap_zone *z, const struct layout_span *v, size_t n)
{
	uint64_t from = c->base >> l->page_shift, to = (c->base + c->bytes) >> l->page_shift;
	uint64_t pages = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t start = v[i].start > from ? v[i].start : from;
		uint64_t end = v[i].end < to ? v[i].end : to;

		if (v[i].node == z->node && v[i].zone == z->index && start < end)
			pages += end - start;
	}
	return pages;
}

static void describe_zone(const struct machine_layout *l, struct km_snap_zone *z,
			  const struct layout_span *all, size_t nr_all,
			  const struct layout_span *given, size_t nr_given)
{
	uint64_t from, to;

	snprintf(z->name, sizeof(z->name), "%s", layout_zone_name(l, z->index));
	z->present = pages_in(all, nr_all, z->node, z->index);
	z->populated = z->present != 0;
	if (!z->populated)
		return;
	layout_zone_extent(l, (unsigned int)z->node, z->index, &from, &to);
	z->start_pfn = from >> l->page_shift;
	z->start_pfn += l->arch->legacy_to && !z->start_pfn;
	z->spanned = (to >> l->page_shift) - z->start_pfn;
	z->managed = pages_in(given, nr_given, z->node, z->index);
	for (unsigned int i = 0; i < l->nr_cma; i++) {
		uint64_t pages = cma_pages_in(l, &l->cma[i], z, all, nr_all);

		z->managed += pages;
		/* in two zones it is given up when it is to be activated */
		if (pages == l->cma[i].bytes >> l->page_shift)
			z->cma += pages;
	}
}

static int describe_zones(const struct machine_layout *l, struct km_snapshot *out,
			  struct km_diag *d)
{
	struct layout_span *all = NULL, *given = NULL;
	size_t nr_all = 0, nr_given = 0;

	out->nr_zones = layout_nr_zones(l) * l->nr_nodes;
	out->zones = calloc(out->nr_zones, sizeof(*out->zones));
	if (!out->zones || layout_memory(l, false, &all, &nr_all) ||
	    layout_memory(l, true, &given, &nr_given)) {
		free(all);
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	for (unsigned int i = 0; i < out->nr_zones; i++) {
		out->zones[i].node = (int)(i / layout_nr_zones(l));
		out->zones[i].index = i % layout_nr_zones(l);
		describe_zone(l, &out->zones[i], all, nr_all, given, nr_given);
	}
	free(all);
	free(given);
	return 0;
}

static int describe_cma(const struct machine_layout *l, struct km_snapshot *out, struct km_diag *d)
{
	if (!l->nr_cma)
		return 0;
	out->cma = calloc(l->nr_cma, sizeof(*out->cma));
	if (!out->cma)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	for (unsigned int i = 0; i < l->nr_cma; i++) {
		struct km_snap_cma *c = &out->cma[out->nr_cma++];

		memcpy(c->name, l->cma[i].name, sizeof(c->name));
		c->base_pfn = l->cma[i].base >> l->page_shift;
		c->count = l->cma[i].bytes >> l->page_shift;
		c->order_per_bit = l->cma[i].order_per_bit;
	}
	return 0;
}

static int settle(struct machine_layout *l, struct km_diag *d)
{
	int err = check_memory(l, d);

	if (!err)
		err = check_reserved(l, d);
	if (!err)
		err = check_zones(l, d);
	if (!err)
		err = settle_distances(l, d);
	if (!err)
		err = settle_cpus(l, d);
	if (!err)
		layout_place_movable(l);
	for (unsigned int i = 0; !err && i < l->nr_cma; i++)
		err = layout_place_cma(l, i, d);
	return err;
}

/* The kernel cannot live in ZONE_MOVABLE, nor in highmem alone. */
static int check_left(const struct km_snapshot *s, struct km_diag *d)
{
	uint64_t managed = 0, own = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++) {
		managed += s->zones[i].managed;
		own += zone_rank(s->zones[i].name) <= 2 ? s->zones[i].managed : 0;
	}
	if (own)
		return 0;
	return km_fail(d, KM_EUSAGE, "machine",
		       managed ? "no memory is left that the kernel itself can use" :
				 "all memory is reserved: nothing is left to allocate");
}

int layout_describe(struct machine_layout *l, struct km_snapshot *out, struct km_diag *d)
{
	const struct arch_pages *p = machine_arch_pages(l->arch, l->page_shift);
	struct km_snapshot s = { 0 };

	if (!p)
		return km_fail(d, KM_EUSAGE, "machine.page_size",
			       "an %s has no pages of %" PRIu64 " bytes", l->arch->name,
			       UINT64_C(1) << l->page_shift);
	if (l->deferred_init && l->arch->bits_per_long != 64)
		return km_fail(d, KM_EUSAGE, "machine.deferred_init",
			       "an %s initialises no struct pages late", l->arch->name);
	if (l->pageblock_order >= p->nr_orders)
		return km_fail(d, KM_EUSAGE, "machine.pageblock_order",
			       "the largest block of an %s with such pages is of order %u",
			       l->arch->name, p->nr_orders - 1);
	int err = settle(l, d);

	if (!err)
		err = describe_zones(l, &s, d);
	if (!err)
		err = check_left(&s, d);
	if (!err)
		err = describe_cma(l, &s, d);
	s.nr_orders = p->nr_orders;
	s.pageblock_order = l->pageblock_order ? l->pageblock_order : p->huge_order;
	if (err)
		layout_release_snapshot(&s);
	else
		*out = s;
	return err;
}

void layout_release_snapshot(struct km_snapshot *s)
{
	free(s->zones);
	free(s->cma);
	*s = (struct km_snapshot){ 0 };
}
