/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only door to perf: `perf script` of a perf.data, as text from a pipe. No shell, a fixed list
 * of arguments, and an environment of its own.
 */
#ifndef TRACES_PERF_RUN_H
#define TRACES_PERF_RUN_H

#include "engine/core/diag.h"

struct perf_run;

/**
 * perf_run_open() - start perf on the file behind @fd, which stays the caller's.
 * @path: for messages; must live as long as the run
 *
 * Return: 0; -KM_ENOTSUP where perf is not installed, with what to do; -KM_EIO, -KM_ENOMEM.
 */
int perf_run_open(struct perf_run **out, int fd, const char *path, struct km_diag *d) KM_MUST_CHECK;

/* Ends perf if it still runs. NULL is fine. */
void perf_run_close(struct perf_run *r);

/* Where its text comes from; the caller's from here on. */
int perf_run_take_fd(struct perf_run *r);

/* After the end of its text: 0, or -KM_EFORMAT with what perf complained of. */
int perf_run_finish(struct perf_run *r, struct km_diag *d) KM_MUST_CHECK;

#endif
