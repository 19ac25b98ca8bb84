/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order a node's requests look at zones: node by node, the nearest first, each node's
 * zones from the highest down. Kernels that may order by zone go through all nodes' zones of one
 * number before the next lower.
 */
#include <limits.h>
#include <string.h>

#include "engine/pages/pages.h"

enum { MAX_NUMNODES = 64, LOCAL_DISTANCE = 10, REMOTE_DISTANCE = 20 };

struct order {
	const struct pages *p;
	const uint8_t (*distance)[KM_MAX_NODES]; /* NULL: 10 to itself, 20 to any other */
	unsigned int load[KM_MAX_NODES];	 /* node_load */
	bool has_memory[KM_MAX_NODES], has_cpu[KM_MAX_NODES];
};

static unsigned int distance_of(const struct order *o, unsigned int from, unsigned int to)
{
	if (o->distance)
		return o->distance[from][to];
	return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}

/* Kernel: mm/page_alloc.c:find_next_best_node() [6.1]. nr_nodes: none is left. */
static unsigned int next_best(const struct order *o, unsigned int node, const bool *used)
{
	unsigned int best = o->p->nr_nodes, least = UINT_MAX;

	if (!used[node])
		return node;
	for (unsigned int n = 0; n < o->p->nr_nodes; n++) {
		unsigned int value = distance_of(o, node, n) + (n < node) + o->has_cpu[n];

		value = value * MAX_NUMNODES + o->load[n];
		if (!used[n] && o->has_memory[n] && value < least) {
			least = value;
			best = n;
		}
	}
	return best;
}

/* The nodes as @node prefers them. Kernel: mm/page_alloc.c:build_zonelists() [6.1] */
static unsigned int order_nodes(struct order *o, unsigned int node, uint8_t *out)
{
	bool used[KM_MAX_NODES] = { false };
	unsigned int nr = 0, prev = node, load = o->p->nr_nodes, next;

	while ((next = next_best(o, node, used)) < o->p->nr_nodes) {
		used[next] = true;
		if (distance_of(o, node, next) != distance_of(o, node, prev))
			o->load[next] = o->p->prof->node_load_descends ? load : o->load[next] + 1;
		out[nr++] = (uint8_t)next;
		prev = next;
		load--;
	}
	return nr;
}

static void add_zones(struct pages_zonelist *l, const struct pages *p, unsigned int node,
		      unsigned int from, unsigned int to)
{
	for (unsigned int i = p->nr_zones; i-- > 0;)
		if (p->zone[i].node == (int)node && p->zone[i].index >= from &&
		    p->zone[i].index < to)
			l->zone[l->nr++] = (uint8_t)i;
}

/* Pages of @node's zones (all nodes': @node < 0) below Normal, and of all of them. */
static uint64_t low_pages(const struct pages *p, int node, uint64_t *all)
{
	uint64_t low = 0;

	*all = 0;
	for (unsigned int i = 0; i < p->nr_zones; i++) {
		if (node >= 0 && p->zone[i].node != node)
			continue;
		*all += p->zone[i].present;
		low += (int)p->zone[i].index < p->normal ? p->zone[i].present : 0;
	}
	return low;
}

static bool has_normal(const struct pages *p, int node)
{
	for (unsigned int i = 0; i < p->nr_zones; i++)
		if (p->zone[i].node == node && (int)p->zone[i].index == p->normal)
			return true;
	return false;
}

/*
 * Small DMA zones are spared by asking every node's higher zones first. The decision went with
 * numa_zonelist_order. Kernel: mm/page_alloc.c:default_zonelist_order() [2.6.34 3.5]
 */
static bool zones_first(const struct order *o)
{
	const struct pages *p = o->p;
	uint64_t all, low = low_pages(p, -1, &all), average = all / (p->nr_nodes + 1);

	for (unsigned int node = 0; node < p->nr_nodes; node++)
		if (!has_normal(p, (int)node))
			return false;
	if (!p->prof->may_order_by_zone || !low || low > all / 2)
		return false;
	for (unsigned int node = 0; node < p->nr_nodes; node++) {
		low = low_pages(p, (int)node, &all);
		if (low && all > average && low > all * 70 / 100)
			return false;
	}
	return true;
}

void pages_build_zonelists(struct pages *p, const uint8_t (*distance)[KM_MAX_NODES])
{
	struct order o = { .p = p, .distance = distance };

	for (unsigned int i = 0; i < p->nr_zones; i++)
		o.has_memory[p->zone[i].node] = true;
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		o.has_cpu[pages_node_of_cpu(p, cpu)] = true;
	bool by_zone = zones_first(&o);

	for (unsigned int node = 0; node < p->nr_nodes; node++) {
		struct pages_zonelist *l = &p->list[node];
		uint8_t order[KM_MAX_NODES];
		unsigned int nr = order_nodes(&o, node, order);

		l->nr = 0;
		for (unsigned int n = 0; !by_zone && n < nr; n++)
			add_zones(l, p, order[n], 0, KM_MAX_ZONE_CLASSES);
		for (unsigned int class = KM_MAX_ZONE_CLASSES; by_zone && class -- > 0;)
			for (unsigned int n = 0; n < nr; n++)
				add_zones(l, p, order[n], class, class + 1);
	}
}
