/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes: whose each CPU is, and how far they are from one another.
 *
 * 1. /sys/devices/system/node/nodeN/cpulist and distance, as the bundle's meta/ has them. 2. Where
 * these are missing, dmesg: x86 lists the CPUs it brings up by node (all but the one it booted on),
 * and every NUMA kernel since 5.11 prints the order in which each node falls back to the others.
 *
 * Kernel: drivers/base/node.c:node_read_distance(), arch/x86/kernel/smpboot.c:announce_cpu(),
 * mm/page_alloc.c:build_zonelists() [6.1 6.12]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"
#include "traces/trace.h"

enum { LOCAL_DISTANCE = 10, RANK_STEP = 10, WHERE_BYTES = 4096 };

static void begin_cpus(struct km_numa *n)
{
	if (!n->has_cpus)
		memset(n->cpu_node, 0xff, sizeof(n->cpu_node));
	n->has_cpus = true;
}

/* "0-3" or "8" between @p and @stop; false: it is neither. */
static bool read_cpus(struct km_numa *n, unsigned int node, const char *p, const char *stop)
{
	const char *dash = memchr(p, '-', (size_t)(stop - p)), *high = dash ? dash + 1 : p, *word;
	uint64_t first, last;

	if (!snap_number(&p, dash ? dash : stop, &first) || !snap_number(&high, stop, &last) ||
	    snap_word(&high, stop, &word) || first > last || last >= KM_MAX_CPUS)
		return false;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		n->cpu_node[cpu] = (int16_t)node;
	return true;
}

int snap_cpulist(struct km_numa *n, unsigned int node, const char *data, size_t len,
		 const char *where, struct km_diag *d)
{
	struct snap_lines l;

	snap_lines_init(&l, data, len, where, d);
	begin_cpus(n);
	if (!snap_next(&l))
		return 0; /* a node without CPUs */
	for (const char *p = l.line, *end; p <= l.stop; p = end + 1) {
		end = memchr(p, ',', (size_t)(l.stop - p));
		end = end ? end : l.stop;
		if (!read_cpus(n, node, p, end))
			return snap_fail(&l, "expected a list of CPUs such as 0-3,8");
	}
	return 0;
}

int snap_distance(struct km_numa *n, unsigned int node, const uint8_t *online, unsigned int nr,
		  const char *data, size_t len, const char *where, struct km_diag *d)
{
	struct snap_lines l;
	unsigned int i = 0;
	uint64_t v;

	snap_lines_init(&l, data, len, where, d);
	if (!snap_next(&l))
		l.line = l.stop = data;
	for (const char *p = l.line; i < nr && snap_number(&p, l.stop, &v); i++) {
		bool local = online[i] == node;

		if (local ? v != LOCAL_DISTANCE : v <= LOCAL_DISTANCE || v > UINT8_MAX)
			return snap_fail(&l, "a node is 10 from itself, and more from any other");
		n->distance[node][online[i]] = (uint8_t)v;
		l.line = p;
	}
	const char *p = l.line, *word;

	if (i < nr || snap_word(&p, l.stop, &word))
		return snap_fail(&l, "expected one distance for each node that has such a file");
	n->has_distances = true;
	return 0;
}

/* ---- dmesg ---- */

/* Behind @text, where the line has it; NULL: it has not. */
static const char *behind(const struct snap_lines *l, const char *text)
{
	const char *at = memmem(l->line, (size_t)(l->stop - l->line), text, strlen(text));

	return at ? at + strlen(text) : NULL;
}

/* The number between @p and @stop, where that is one below @end. */
static bool number_below(const char *p, const char *stop, uint64_t end, unsigned int *out)
{
	uint64_t v;

	if (!p || !stop || p > stop || !snap_number(&p, stop, &v) || v >= end)
		return false;
	*out = (unsigned int)v;
	return true;
}

static const char *find(const char *p, const struct snap_lines *l, char what)
{
	return p ? memchr(p, what, (size_t)(l->stop - p)) : NULL;
}

/* ".... node  #1, CPUs:     #4  #5" */
static void read_announced(struct km_numa *n, const struct snap_lines *l)
{
	const char *hash = find(behind(l, ".... node "), l, '#'), *p = behind(l, "CPUs:"), *word;
	unsigned int node, cpu;
	size_t len;

	if (!hash || !p || !number_below(hash + 1, find(hash, l, ','), KM_MAX_NODES, &node))
		return;
	while ((len = snap_word(&p, l->stop, &word)) > 1 && *word == '#' &&
	       number_below(word + 1, word + len, KM_MAX_CPUS, &cpu)) {
		begin_cpus(n);
		n->cpu_node[cpu] = (int16_t)node;
	}
}

/* "Fallback order for Node 1: 1 0 3 2" */
static void read_order(struct km_numa *n, const struct snap_lines *l)
{
	const char *p = behind(l, "Fallback order for Node "), *colon = find(p, l, ':');
	uint8_t distance[KM_MAX_NODES] = { 0 };
	unsigned int node, rank = 0;
	uint64_t next;

	if (!number_below(p, colon, KM_MAX_NODES, &node))
		return;
	for (p = colon + 1; snap_number(&p, l->stop, &next); rank++) {
		if (next >= KM_MAX_NODES || distance[next])
			return;
		distance[next] = (uint8_t)(LOCAL_DISTANCE + RANK_STEP * rank);
	}
	if (distance[node] != LOCAL_DISTANCE)
		return; /* it has no memory: it does not stand first */
	memcpy(n->distance[node], distance, sizeof(distance));
	n->has_distances = true;
}

void snap_dmesg(struct km_numa *n, const char *data, size_t len)
{
	bool cpus = !n->has_cpus, distances = !n->has_distances;
	struct snap_lines l;

	snap_lines_init(&l, data, len, "", NULL);
	while (snap_next(&l)) {
		if (cpus)
			read_announced(n, &l);
		if (distances)
			read_order(n, &l);
	}
}

/* ---- the bundle ---- */

/* "meta/node3_cpulist": 3. -1: it is not called so. */
static int node_of_name(const char *name, const char *what)
{
	static const char lead[] = "meta/node";
	char *end;

	if (strncmp(name, lead, sizeof(lead) - 1))
		return -1;
	unsigned long node = strtoul(name + sizeof(lead) - 1, &end, 10);

	return end > name + sizeof(lead) - 1 && !strcmp(end, what) && node <= INT16_MAX ?
		       (int)node :
		       -1;
}

/* The nodes with a file of distances, ascending; how many. */
static unsigned int online_nodes(struct trace *t, uint8_t *online)
{
	bool has[KM_MAX_NODES] = { false };
	unsigned int nr = 0;

	for (size_t i = 0; i < trace_nr_files(t); i++) {
		int node = node_of_name(trace_file_name(t, i), "_distance");

		if (node >= 0 && node < KM_MAX_NODES)
			has[node] = true;
	}
	for (unsigned int node = 0; node < KM_MAX_NODES; node++)
		if (has[node])
			online[nr++] = (uint8_t)node;
	return nr;
}

static int read_node_file(struct trace *t, const char *name, struct km_numa *out,
			  const uint8_t *online, unsigned int nr, struct km_diag *d)
{
	int cpus = node_of_name(name, "_cpulist"), far = node_of_name(name, "_distance");
	char where[WHERE_BYTES];
	const char *data;
	size_t len;

	if (cpus < 0 && (far < 0 || far >= KM_MAX_NODES))
		return 0;
	int err = trace_file(t, name, &data, &len, d);

	snprintf(where, sizeof(where), "%s/%s", trace_info(t)->path, name);
	if (err)
		return err;
	return cpus >= 0 ? snap_cpulist(out, (unsigned int)cpus, data, len, where, d) :
			   snap_distance(out, (unsigned int)far, online, nr, data, len, where, d);
}

int trace_numa(struct trace *t, struct km_numa *out, struct km_diag *d)
{
	uint8_t online[KM_MAX_NODES];
	unsigned int nr = online_nodes(t, online);
	const char *data;
	size_t len;
	int err = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; !err && i < trace_nr_files(t); i++)
		err = read_node_file(t, trace_file_name(t, i), out, online, nr, d);
	if (!err && !trace_file(t, "meta/dmesg", &data, &len, NULL))
		snap_dmesg(out, data, len);
	return err;
}
