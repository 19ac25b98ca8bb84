/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captured machines of several nodes: whose CPUs are, and in which order a node asks the others'
 * zones. Orders are worked out by hand from mm/page_alloc.c:find_next_best_node(): the smallest
 * (distance + (lower number than the asker's) + (has CPUs)) wins, then the smallest node_load, then
 * the lowest number.
 */
#include <stdio.h>
#include <string.h>

#include "engine/machine/machine.h"
#include "tests/support/says.h"

static struct km_snap_zone zones[4];
static struct km_snapshot seed;
static struct machine m;
static struct km_diag d;

/* Nodes on a ring 0-1-3-2-0: neighbours at 20, the opposite one at 30. One zone of 4 MiB each. */
static void begin(void)
{
	static const uint8_t ring[4][4] = {
		{ 10, 20, 20, 30 }, { 20, 10, 30, 20 }, { 20, 30, 10, 20 }, { 30, 20, 20, 10 }
	};

	memset(zones, 0, sizeof(zones));
	for (unsigned int i = 0; i < 4; i++) {
		zones[i] = (struct km_snap_zone){ .node = (int)i,
						  .name = "Normal",
						  .populated = true,
						  .start_pfn = 1024 * i,
						  .spanned = 1024,
						  .present = 1024,
						  .managed = 1024 };
	}
	seed = (struct km_snapshot){ .label = "start", .zones = zones, .nr_zones = 4 };
	for (unsigned int i = 0; i < 4; i++)
		memcpy(seed.numa.distance[i], ring[i], sizeof(ring[i]));
	seed.numa.has_distances = true;
}

static int open_machine(const char *kernel, unsigned int cpus)
{
	struct machine_config c = { .profile = kernel_profile_find(kernel),
				    .seed = &seed,
				    .nr_cpus = cpus,
				    .page_shift = 12,
				    .min_free_kbytes = -1,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	return machine_init(&m, &c, &d);
}

static void end(void)
{
	machine_release(&m);
}

TestSuite(numa, .init = begin, .fini = end);

/* "0123": the nodes whose zones @node asks, in that order */
static const char *asks(unsigned int node)
{
	static char text[KM_MAX_ZONES + 1];
	const struct pages_zonelist *l = &m.pages.list[node];

	for (unsigned int i = 0; i < l->nr; i++)
		text[i] = (char)('0' + m.zone[l->zone[i]].node);
	text[l->nr] = '\0';
	return text;
}

/*
 * Every node has CPUs. Node 0: 1 and 2 are alike, the lower number first; 1 and 3 each come after
 * another distance: load 1. Node 1: 3 (20) before 0 (20, but a lower number), then 2: loads
 * 3:2, 2:1. Node 2: 3, 0, 1: loads 3:3, 1:2. Node 3: 1 and 2 are alike but for their loads, 2 and
 * 1: so 2 first.
 */
Test(numa, nodes_used_often_come_later)
{
	IS(open_machine("6.1", 4), 0);
	cr_assert_str_eq(asks(0), "0123");
	cr_assert_str_eq(asks(1), "1302");
	cr_assert_str_eq(asks(2), "2301");
	cr_assert_str_eq(asks(3), "3210");
}

/*
 * There the load is set to what is left of four: node 0 sets 1:3 and 3:1, node 1 sets 3:3 and 2:1,
 * node 2 sets 3:3 and 1:1. For node 3 both weigh 1: the lower number first.
 */
Test(numa, old_loads_descend)
{
	IS(open_machine("3.5", 4), 0);
	cr_assert_str_eq(asks(2), "2301");
	cr_assert_str_eq(asks(3), "3120");
}

/* Both CPUs are on node 1: for node 0 the others of its distance have none, so 2 goes first. */
Test(numa, nodes_without_cpus_come_first)
{
	memset(seed.numa.cpu_node, 0xff, sizeof(seed.numa.cpu_node));
	seed.numa.has_cpus = true;
	seed.numa.cpu_node[0] = seed.numa.cpu_node[1] = 1;
	IS(open_machine("6.1", 2), 0);
	IS(pages_node_of_cpu(&m.pages, 0), 1);
	IS(pages_node_of_cpu(&m.pages, 1), 1);
	cr_assert_str_eq(asks(0), "0213");
	IS(pages_cpus_of_node(&m.pages, 1), 2);
	IS(pages_cpus_of_node(&m.pages, 2),
	   2); /* zone_highsize(): all, where it has none of its own */
}

/* What nobody said: equal shares, in the nodes' order; all nodes at 20. */
Test(numa, what_is_not_told)
{
	memset(&seed.numa, 0, sizeof(seed.numa));
	IS(open_machine("6.1", 8), 0);
	IS(pages_node_of_cpu(&m.pages, 1), 0);
	IS(pages_node_of_cpu(&m.pages, 7), 3);
	cr_assert_str_eq(asks(1), "1230");
	machine_release(&m);
	seed.numa.has_cpus = true;
	memset(seed.numa.cpu_node, 0xff, sizeof(seed.numa.cpu_node));
	seed.numa.cpu_node[0] = 3;
	IS(open_machine("6.1", 8), 0);
	IS(pages_node_of_cpu(&m.pages, 0), 3);
	IS(pages_node_of_cpu(&m.pages, 7), 3);
	IS(pages_node_of_cpu(&m.pages, 2), 1);
}

/*
 * Node 3 has CPUs and no memory: its requests go to the nearest nodes. Loads of 1 and 2 are then 2
 * (from node 0 and node 2) and 1 (from node 1).
 */
Test(numa, a_node_without_memory)
{
	zones[3] = (struct km_snap_zone){ .node = 3, .name = "Normal" };
	IS(open_machine("6.1", 4), 0);
	IS(m.pages.nr_zones, 3);
	IS(m.pages.nr_nodes, 4);
	IS(pages_node_of_cpu(&m.pages, 3), 3);
	cr_assert_str_eq(asks(3), "210");
}

Test(numa, a_node_that_zoneinfo_lacks)
{
	seed.numa.has_cpus = true;
	seed.numa.cpu_node[2] = 4;
	IS(open_machine("6.1", 4), -KM_EFORMAT);
	cr_assert_str_eq(d.what, "CPU 2 is of node 4; zoneinfo has 4 nodes");
}
