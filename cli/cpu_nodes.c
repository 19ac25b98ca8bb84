/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/cpu_nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(struct cpu_nodes *out, int16_t node)
{
	if (out->nr)
		return 0;
	out->node = malloc(KM_MAX_CPUS * sizeof(*out->node));
	if (!out->node)
		return -KM_ENOMEM;
	out->nr = KM_MAX_CPUS;
	for (size_t i = 0; i < out->nr; i++)
		out->node[i] = node;
	return 0;
}

/* "0-3,8\n" */
static void read_list(struct cpu_nodes *out, int16_t node, const char *text, size_t len)
{
	char copy[4096], *at = copy, *end;

	snprintf(copy, sizeof(copy), "%.*s", (int)(len < sizeof(copy) ? len : sizeof(copy) - 1),
		 text);
	for (;; at = end + 1) {
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last && cpu < out->nr; cpu++)
			out->node[cpu] = node;
		if (*end != ',')
			return;
	}
}

static int read_lists(struct cpu_nodes *out, struct trace *t)
{
	for (size_t i = 0; i < trace_nr_files(t); i++) {
		const char *name = trace_file_name(t, i), *data;
		unsigned int node;
		size_t len;
		int end = 0;

		if (sscanf(name, "meta/node%u_cpulist%n", &node, &end) != 1 || !end || name[end] ||
		    node > INT16_MAX || trace_file(t, name, &data, &len, NULL))
			continue;
		if (begin(out, -1))
			return -KM_ENOMEM;
		read_list(out, (int16_t)node, data, len);
	}
	return 0;
}

/* Does it tell of node 0 and of no other? */
static bool is_one_node(const char *zoneinfo)
{
	bool any = false;

	for (const char *p = zoneinfo; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, "Node ", 5))
			continue;
		if (strncmp(p, "Node 0,", 7))
			return false;
		any = true;
	}
	return any;
}

int cpu_nodes_read(struct cpu_nodes *out, struct trace *t)
{
	char name[512];
	const char *data;
	size_t len;

	*out = (struct cpu_nodes){ 0 };
	int err = read_lists(out, t);

	for (size_t i = 0; !err && !out->nr && i < trace_nr_labels(t); i++) {
		snprintf(name, sizeof(name), "snap/%s/zoneinfo", trace_label(t, i));
		if (!trace_file(t, name, &data, &len, NULL) && is_one_node(data))
			err = begin(out, 0);
	}
	return err;
}

void cpu_nodes_release(struct cpu_nodes *n)
{
	free(n->node);
	*n = (struct cpu_nodes){ 0 };
}
