/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls as ftrace's function_graph tracer prints them: what each took, and what it called. A file,
 * or - for standard input, plain or compressed. Read forward, in constant memory.
 */
#ifndef TRACES_GRAPH_H
#define TRACES_GRAPH_H

#include "engine/core/diag.h"

enum { GRAPH_NAME_LEN = 64 };

/* A call that returned. */
struct graph_call {
	char name[GRAPH_NAME_LEN]; /* without "_noprof", which 6.10 and later put behind it */
	uint32_t cpu;
	uint64_t took_ns;
	uint32_t inside;  /* calls it made that were graphed, theirs among them */
	uint32_t removed; /* mm_page_alloc_zone_locked events inside */
};

struct graph;

/**
 * graph_open() - see whether @path is such a trace. @path outlives it.
 *
 * Return: 0; -KM_ENOENT, -KM_EIO, -KM_EFORMAT (no such trace, damaged, an archive), -KM_ENOMEM,
 * with @d filled.
 */
int graph_open(struct graph **out, const char *path, struct km_diag *d) KM_MUST_CHECK;
void graph_close(struct graph *g);

/**
 * graph_next() - the next call that returned.
 *
 * Return: 1 with *@out; 0 at the end; -KM_EFORMAT with @d = "file:line: what" for a line that is
 * none of the tracer's; -KM_ETRUNC where the compressed data ends early; -KM_EIO.
 */
int graph_next(struct graph *g, struct graph_call *out, struct km_diag *d) KM_MUST_CHECK;

/* Does a file that begins like this hold one? */
bool graph_sniff(const char *p, const char *e);

struct graph_counts {
	uint64_t lines, calls;
	uint64_t unfinished; /* began before the trace, or did not return in it */
};
struct graph_counts graph_counts(const struct graph *g);

#endif
