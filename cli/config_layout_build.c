/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a machine printed, and put together to its layout. */
#include <inttypes.h>
#include <string.h>

#include "cli/config_layout.h"

/* ---- laying over ---- */

void config_take_memory(struct config_layout *c, const struct config_layout *other)
{
	c->nr_memory = other->nr_memory;
	c->nr_nodes = other->nr_nodes;
	memcpy(c->memory, other->memory, sizeof(c->memory));
	memcpy(c->node, other->node, sizeof(c->node));
}

void config_take_zones(struct config_layout *c, const struct config_layout *other)
{
	c->nr_zones = other->nr_zones;
	memcpy(c->zone, other->zone, sizeof(c->zone));
}

void config_take_reserved(struct config_layout *c, const struct config_layout *other)
{
	c->nr_reserved = other->nr_reserved;
	memcpy(c->reserved, other->reserved, sizeof(c->reserved));
}

void config_take_cma(struct config_layout *c, const struct config_layout *other)
{
	c->nr_cma = other->nr_cma;
	memcpy(c->cma, other->cma, sizeof(c->cma));
}

/* ---- printing ---- */

static void print_bytes(uint64_t bytes, FILE *to)
{
	static const char units[] = "KMGT";
	unsigned int unit = 0;

	while (unit < 4 && bytes && !(bytes & 1023)) {
		bytes >>= 10;
		unit++;
	}
	fprintf(to, "%" PRIu64, bytes);
	if (unit)
		fprintf(to, "%ciB", units[unit - 1]);
}

static void print_range(const struct layout_range *r, bool sized, FILE *to)
{
	if (!sized) {
		print_bytes(r->start, to);
		putc('-', to);
	}
	print_bytes(r->end, to);
}

static void print_memory(const struct config_layout *c, unsigned int node, FILE *to)
{
	const char *lead = "[";

	for (unsigned int i = 0; i < c->nr_memory; i++) {
		if (c->memory[i].range.node != node)
			continue;
		fputs(lead, to);
		print_range(&c->memory[i].range, c->memory[i].sized, to);
		lead = ", ";
	}
	fputs(*lead == '[' ? "[]" : "]", to);
}

static void print_cpus(const struct config_node *n, FILE *to)
{
	const char *lead = ", cpus: [";

	for (unsigned int cpu = 0, last; cpu < KM_MAX_CPUS; cpu = last + 1) {
		for (last = cpu; last < KM_MAX_CPUS && n->cpus[last / 8] >> last % 8 & 1; last++)
			;
		if (last == cpu)
			continue;
		fprintf(to, "%s%u-%u", lead, cpu, last - 1);
		lead = ", ";
	}
	putc(']', to);
}

static void print_node(const struct config_layout *c, unsigned int i, FILE *to)
{
	const struct config_node *n = &c->node[i];

	fputs("    - {memory: ", to);
	print_memory(c, i, to);
	if (n->has_cpus)
		print_cpus(n, to);
	for (unsigned int k = 0; k < n->nr_distances; k++)
		fprintf(to, "%s%u", k ? ", " : ", distances: [", n->distance[k]);
	fputs(n->nr_distances ? "]" : "", to);
	if (n->movable_bytes) {
		fputs(", movable: ", to);
		print_bytes(n->movable_bytes, to);
	}
	fputs(n->hotpluggable ? ", hotpluggable: 1}\n" : "}\n", to);
}

static void print_zones(const struct config_layout *c, FILE *to)
{
	for (unsigned int i = 0; i < c->nr_zones; i++) {
		fprintf(to, "%s%s: ", i ? ", " : "{", c->zone[i].name);
		if (c->zone[i].end == UINT64_MAX)
			fputs("rest", to);
		else
			print_bytes(c->zone[i].end, to);
	}
	fputs("}\n", to);
}

static void print_cma(const struct layout_cma *a, FILE *to)
{
	fprintf(to, "    - {name: \"%s\"", a->name);
	if (a->bytes) {
		fputs(", size: ", to);
		print_bytes(a->bytes, to);
	}
	if (a->base) {
		fputs(", base: ", to);
		print_bytes(a->base, to);
	}
	if (a->alignment) {
		fputs(", alignment: ", to);
		print_bytes(a->alignment, to);
	}
	if (a->limit) {
		fputs(", limit: ", to);
		print_bytes(a->limit, to);
	}
	if (a->order_per_bit)
		fprintf(to, ", order_per_bit: %u", a->order_per_bit);
	if (a->on_node)
		fprintf(to, ", node: %u", a->node);
	fputs("}\n", to);
}

void config_print_layout(const struct config_layout *c, const char *name, FILE *to)
{
	bool list = !strcmp(name, "nodes") || !strcmp(name, "cma");

	if (!strcmp(name, "memory") && c->nr_nodes)
		return; /* machine.nodes took its place */
	if (!strcmp(name, "nodes") && !c->nr_nodes)
		return;
	if (!strcmp(name, "cma") && !c->nr_cma) {
		fputs("  cma: 0\n", to);
		return;
	}
	fprintf(to, "  %s:%s", name, list ? "\n" : " ");
	if (!strcmp(name, "memory")) {
		print_memory(c, 0, to);
		putc('\n', to);
	} else if (!strcmp(name, "zones")) {
		print_zones(c, to);
	} else if (!strcmp(name, "reserved")) {
		for (unsigned int i = 0; i < c->nr_reserved; i++) {
			fputs(i ? ", " : "[", to);
			print_range(&c->reserved[i], false, to);
		}
		fputs("]\n", to);
	}
	for (unsigned int i = 0; !strcmp(name, "nodes") && i < c->nr_nodes; i++)
		print_node(c, i, to);
	for (unsigned int i = 0; !strcmp(name, "cma") && i < c->nr_cma; i++)
		print_cma(&c->cma[i], to);
}

/* ---- building ---- */

static int build_memory(const struct config_layout *c, struct machine_layout *out,
			struct km_diag *d)
{
	for (unsigned int i = 0; i < c->nr_memory; i++) {
		const struct config_memory *m = &c->memory[i];
		int err = 0;

		if (m->sized)
			err = layout_add_memory(out, m->range.node, m->range.end, m->range.place,
						d);
		else if (out->nr_memory < LAYOUT_MAX_RANGES)
			out->memory[out->nr_memory++] = m->range;
		if (err)
			return err;
	}
	return 0;
}

static int build_node(const struct config_layout *c, unsigned int i, struct machine_layout *out,
		      struct km_diag *d)
{
	const struct config_node *n = &c->node[i];

	out->node[i].movable_bytes = n->movable_bytes;
	out->node[i].hotpluggable = n->hotpluggable;
	memcpy(out->node[i].distance, n->distance, sizeof(n->distance));
	memcpy(out->node[i].place, n->place, sizeof(n->place));
	if (n->nr_distances && n->nr_distances != c->nr_nodes)
		return km_fail(d, KM_EUSAGE, n->place,
			       "node %u gives %u distances; there are %u nodes", i, n->nr_distances,
			       c->nr_nodes);
	for (unsigned int cpu = 0; n->has_cpus && cpu < KM_MAX_CPUS; cpu++) {
		if (!(n->cpus[cpu / 8] >> cpu % 8 & 1))
			continue;
		if (cpu >= out->nr_cpus)
			return km_fail(d, KM_EUSAGE, n->place,
				       "node %u has CPU %u; the machine has %u CPUs", i, cpu,
				       out->nr_cpus);
		if (out->cpu_node[cpu] != KM_MAX_NODES)
			return km_fail(d, KM_EUSAGE, n->place, "CPU %u is in nodes %u and %u", cpu,
				       out->cpu_node[cpu], i);
		out->cpu_node[cpu] = (uint8_t)i;
	}
	return 0;
}

int config_layout_build(const struct config_layout *c, struct machine_layout *out,
			struct km_diag *d)
{
	int err = build_memory(c, out, d);

	out->nr_nodes = c->nr_nodes ? c->nr_nodes : 1;
	for (unsigned int i = 0; i < c->nr_nodes; i++)
		out->cpus_placed |= c->node[i].has_cpus;
	memset(out->cpu_node, KM_MAX_NODES, sizeof(out->cpu_node));
	for (unsigned int i = 0; !err && i < c->nr_nodes; i++)
		err = build_node(c, i, out, d);
	out->nr_reserved = c->nr_reserved;
	memcpy(out->reserved, c->reserved, sizeof(c->reserved));
	out->nr_cma = c->nr_cma;
	memcpy(out->cma, c->cma, sizeof(c->cma));
	out->nr_zones = c->nr_zones;
	for (unsigned int i = 0; i < c->nr_zones; i++) {
		memcpy(out->zone[i].name, c->zone[i].name, sizeof(c->zone[i].name));
		memcpy(out->zone[i].place, c->zone[i].place, sizeof(c->zone[i].place));
		out->zone[i].end = c->zone[i].end;
	}
	return err;
}
