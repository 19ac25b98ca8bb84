/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zonelists of random machines, and watermarks of old kernels over random free lists, held against
 * tests/oracle/zonelist_oracle.py, which was written from the kernel's source.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/property/random.h"
#include "tests/support/says.h"

#define ORACLE "tests/oracle/zonelist_oracle.py"

enum { MACHINES = 2000, QUESTIONS = 20000 };

static struct random x = { 20260611 };
static FILE *told;

static void begin(const char *what)
{
	char command[128];

	if (access(ORACLE, R_OK) || system("command -v python3 >/dev/null 2>&1"))
		cr_skip_test("needs python3 and " ORACLE);
	snprintf(command, sizeof(command), "python3 " ORACLE " %s", what);
	told = popen(command, "w");
	cr_assert_not_null(told);
}

static void end(void)
{
	cr_assert_eq(pclose(told), 0, "the oracle disagrees");
}

/* Distances as firmware gives them: few values, mostly but not always symmetric. */
static void random_distances(uint8_t (*distance)[KM_MAX_NODES], unsigned int nodes)
{
	static const uint8_t values[] = { 11, 16, 20, 21, 31 };

	for (unsigned int a = 0; a < nodes; a++)
		for (unsigned int b = 0; b < nodes; b++)
			distance[a][b] = a == b ? 10 : values[random_below(&x, 5)];
	for (unsigned int a = 0; a < nodes && random_below(&x, 4); a++)
		for (unsigned int b = 0; b < a; b++)
			distance[a][b] = distance[b][a];
}

static void tell_machine(const struct pages *p, uint8_t (*distance)[KM_MAX_NODES])
{
	bool has_cpu[KM_MAX_NODES] = { false };

	for (unsigned int a = 0; a < p->nr_nodes; a++) {
		fputs("distance", told);
		for (unsigned int b = 0; b < p->nr_nodes; b++)
			fprintf(told, " %u", distance[a][b]);
		putc('\n', told);
	}
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		has_cpu[p->cpu_node[cpu]] = true;
	fputs("cpus", told);
	for (unsigned int node = 0; node < p->nr_nodes; node++)
		if (has_cpu[node])
			fprintf(told, " %u", node);
	for (unsigned int i = 0; i < p->nr_zones; i++)
		fprintf(told, "\nzone %u %d %u", i, p->zone[i].node, p->zone[i].index);
	for (unsigned int node = 0; node < p->nr_nodes; node++) {
		fprintf(told, "\nlist %u", node);
		for (unsigned int i = 0; i < p->list[node].nr; i++)
			fprintf(told, " %u", p->list[node].zone[i]);
	}
	fputs("\nend\n", told);
}

/* find_next_best_node(), build_zonelists() [6.1]: nodes without memory, and without CPUs, too */
Test(zonelist, random_machines)
{
	static struct pages p;
	static struct zone zone[KM_MAX_ZONES];
	static uint8_t distance[KM_MAX_NODES][KM_MAX_NODES], cpu_node[64];

	begin("zonelists");
	for (unsigned int i = 0; i < MACHINES; i++) {
		p = (struct pages){ .prof = &kernel_v6_1.pages,
				    .zone = zone,
				    .nr_nodes = 1 + random_below(&x, KM_MAX_NODES),
				    .nr_cpus = 1 + random_below(&x, 64),
				    .cpu_node = cpu_node,
				    .normal = 2 };
		random_distances(distance, p.nr_nodes);
		for (unsigned int cpu = 0; cpu < p.nr_cpus; cpu++)
			cpu_node[cpu] = (uint8_t)random_below(&x, p.nr_nodes);
		for (unsigned int node = 0; node < p.nr_nodes; node++)
			for (unsigned int class = 0; class < 4; class ++)
				if (random_below(&x, 3) == 0)
					zone[p.nr_zones++] = (struct zone){ .node = (int)node,
									    .index = class,
									    .present = 1,
									    .managed = 1 };
		if (!p.nr_zones)
			continue;
		pages_build_zonelists(&p, distance);
		tell_machine(&p, distance);
	}
	end();
}

/* zone_watermark_ok() [2.6.34], spec 4.3.5 */
Test(zonelist, watermarks_order_by_order)
{
	static struct pages p;
	static struct buddy b;
	static struct zone z;

	begin("watermarks");
	p = (struct pages){ .prof = &kernel_v2_6_34.pages, .zone = &z, .buddy = &b, .nr_zones = 1 };
	for (unsigned int i = 0; i < QUESTIONS; i++) {
		unsigned int order = random_below(&x, 11), flags = 0;
		uint64_t mark = random_below(&x, 400);
		int64_t free = 0;

		fprintf(told, "%u ", order);
		for (unsigned int o = 0; o < 11; o++) {
			b.nr_free[o] = random_below(&x, 3) ? random_below(&x, 1 + (200u >> o)) : 0;
			free += (int64_t)(b.nr_free[o] << o);
			fprintf(told, "%s%u", o ? "," : "", (unsigned int)b.nr_free[o]);
		}
		z.lowmem_reserve[2] = random_below(&x, 100);
		flags |= random_below(&x, 3) ? 0 : PAGES_MIN_RESERVE;
		flags |= random_below(&x, 3) ? 0 : PAGES_NON_BLOCK;
		fprintf(told, " %u %u %d %d %d\n", (unsigned int)mark,
			(unsigned int)z.lowmem_reserve[2], (flags & PAGES_MIN_RESERVE) != 0,
			(flags & PAGES_NON_BLOCK) != 0,
			pages_watermark_ok(&p, 0, order, mark, 2, flags, free));
	}
	end();
}
