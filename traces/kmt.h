/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The native capture format .kmt, version 1: one compressed file that holds the events, the string
 * table, the meta files and the snapshots of a bundle, so that one file is a whole capture.
 */
#ifndef TRACES_KMT_H
#define TRACES_KMT_H

#include "traces/trace.h"

/**
 * kmt_write() - store @t, from its first event to its last, with every file of its bundle, at
 * @path. Writes to a temporary file beside @path and renames it into place; on error nothing is
 * left behind.
 */
int kmt_write(struct trace *t, const char *path, struct km_diag *d) KM_MUST_CHECK;

#endif
