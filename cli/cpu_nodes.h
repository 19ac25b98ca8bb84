/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which node each CPU of a traced machine belongs to, from the files of its bundle.
 */
#ifndef CLI_CPU_NODES_H
#define CLI_CPU_NODES_H

#include "traces/trace.h"

struct cpu_nodes {
	int16_t *node; /* by CPU; -1: not known */
	size_t nr;     /* 0: nothing is known of any */
};

/*
 * From a snapshot's zoneinfo that knows of no node but 0; else as trace_numa() says.
 * Return: 0, or -KM_ENOMEM. A file that makes no sense says nothing.
 */
int cpu_nodes_read(struct cpu_nodes *out, struct trace *t) KM_MUST_CHECK;
void cpu_nodes_release(struct cpu_nodes *n);

#endif
