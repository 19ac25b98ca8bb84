/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/cpu_nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(struct cpu_nodes *out)
{
	out->node = calloc(KM_MAX_CPUS, sizeof(*out->node));
	if (!out->node)
		return -KM_ENOMEM;
	out->nr = KM_MAX_CPUS;
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
	struct km_numa numa;
	char name[512];
	const char *data;
	size_t len;
	int err = 0;

	*out = (struct cpu_nodes){ 0 };
	for (size_t i = 0; !err && !out->nr && i < trace_nr_labels(t); i++) {
		snprintf(name, sizeof(name), "snap/%s/zoneinfo", trace_label(t, i));
		if (!trace_file(t, name, &data, &len, NULL) && is_one_node(data))
			err = begin(out);
	}
	if (err || out->nr || trace_numa(t, &numa, NULL) || !numa.has_cpus)
		return err;
	err = begin(out);
	if (!err)
		memcpy(out->node, numa.cpu_node, sizeof(numa.cpu_node));
	return err;
}

void cpu_nodes_release(struct cpu_nodes *n)
{
	free(n->node);
	*n = (struct cpu_nodes){ 0 };
}
