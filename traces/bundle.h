/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a capture besides its trace: from a directory, an archive, or handed over by a
 * reader. Names are relative to the bundle ("meta/version"), without the ending of a compressed
 * file: the content is unpacked.
 */
#ifndef TRACES_BUNDLE_H
#define TRACES_BUNDLE_H

#include "traces/io.h"

struct bundle;

/* An empty one; @path (for messages) and @budget stay the caller's. */
int bundle_open(struct bundle **out, const char *path, struct io_budget *budget) KM_MUST_CHECK;
void bundle_close(struct bundle *b);

/**
 * bundle_fill() - take over the files of @in, a directory or an archive, whose descriptor becomes
 * the bundle's.
 *
 * *@trace gets the descriptor of its trace file (trace.dat before trace.kmt before trace.txt; a
 * compressed one stays so), and *@trace_name its name, which lives as long as the bundle.
 *
 * Return: 0; -KM_EFORMAT where there is no trace file; the errors of traces/io.h.
 */
int bundle_fill(struct bundle *b, struct io_input in, int *trace, const char **trace_name,
		struct km_diag *d) KM_MUST_CHECK;

/* Add a file by its content, which is copied; a file of that name stays as it is (-KM_EDOUBLE). */
int bundle_add(struct bundle *b, const char *name, const char *data, size_t len) KM_MUST_CHECK;

/* The name of the bundle's own directory, "" where it has none. */
const char *bundle_name(const struct bundle *b);

/* Files but the trace, in the order of their names. */
size_t bundle_nr_files(const struct bundle *b);
const char *bundle_file_name(const struct bundle *b, size_t i);

/* The content, NUL-terminated, until bundle_close(); -KM_ENOENT. */
int bundle_file(struct bundle *b, const char *name, const char **data, size_t *len,
		struct km_diag *d);

#endif
