/* SPDX-License-Identifier: GPL-2.0-only */
/* What an output may take the place of, and what it leaves where its command is ended early. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#include "engine/core/diag.h"

enum output_kind { OUTPUT_KMT, OUTPUT_TEXT, OUTPUT_COSTS };

/**
 * output_check() - may a trace, or a table of costs, of @kind be written to @out? It may where
 * there is nothing, or an empty file, or another one of that kind which is not the input.
 * @in: the input's path ("-": standard input); a directory: no file in it may be replaced
 *
 * Return: 0, or -KM_EUSAGE with @d filled. A place that cannot be looked at is left to the writer.
 */
int output_check(const char *out, const char *in, enum output_kind kind,
		 struct km_diag *d) KM_MUST_CHECK;

/*
 * While it is open, a HUP, INT or TERM removes one file before it ends the program as ever. Only
 * the thread that opens it, and those it makes afterwards, leave these signals to it.
 */
struct output_guard {
	char *path;
	dev_t dev; /* which file it is: another one of that name is not ours */
	ino_t ino;
	sigset_t signals, before;
	pthread_t thread;
	bool open;
};

/* @path exists. 0; -KM_EIO or -KM_ENOMEM with @d filled and signals as they were. */
int output_guard_open(struct output_guard *g, const char *path, struct km_diag *d) KM_MUST_CHECK;
void output_guard_close(struct output_guard *g);

#endif
