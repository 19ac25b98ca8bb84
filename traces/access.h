/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Explicit memory accesses of a program, one line each: what valgrind's lackey and DynamoRIO's
 * memtrace print. A file, or - for standard input, plain or compressed; the format is found by
 * content. Read forward, in constant memory.
 */
#ifndef TRACES_ACCESS_H
#define TRACES_ACCESS_H

#include "engine/core/diag.h"

enum access_kind {
	ACCESS_FETCH,
	ACCESS_LOAD,
	ACCESS_STORE,
	ACCESS_MODIFY, /* a load, and a store to the same place */
	ACCESS_NR_KINDS,
};

enum { ACCESS_MAX_BYTES = 1 << 20 };

struct access {
	uint64_t vaddr;
	uint32_t bytes; /* at most ACCESS_MAX_BYTES; 0 where the trace says so */
	enum access_kind kind;
};

struct access_format {
	const char *name;     /* "lackey" */
	const char *describe; /* one line */
	/*
	 * One line, without its end: 1 and *out, 0 for a line that is no access (a comment, a
	 * banner), -1 for one that should be an access and is none.
	 */
	int (*line)(const char *p, const char *e, struct access *out);
	/* Does a file begin like this? */
	bool (*sniff)(const char *p, const char *e);
};

size_t access_nr_formats(void);
const struct access_format *access_format_at(size_t i);

struct access_trace;

/**
 * access_trace_open() - see what @path is. @path outlives the trace.
 *
 * Return: 0; -KM_ENOENT, -KM_EIO, -KM_EFORMAT (no such format, damaged, an archive), -KM_ENOMEM,
 * with @d filled.
 */
int access_trace_open(struct access_trace **out, const char *path, struct km_diag *d) KM_MUST_CHECK;
void access_trace_close(struct access_trace *t);

const struct access_format *access_trace_format(const struct access_trace *t);

/**
 * access_trace_read() - the next accesses, @n at most.
 *
 * Return: how many; 0 at the end; -KM_EFORMAT with @d = "file:line: what"; -KM_ETRUNC where the
 * compressed data ends early, after everything before it; -KM_EIO.
 */
int64_t access_trace_read(struct access_trace *t, struct access *buf, size_t n, struct km_diag *d);

/* Share of the file used so far; 0 where a pipe does not say how much there is. */
uint32_t access_trace_ppm(const struct access_trace *t);

#endif
