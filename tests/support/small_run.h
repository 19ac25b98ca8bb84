/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run small enough to know by heart: 2 zones of 2 and 4 pageblocks, 3 orders, 3 states, a label
 * with hostile characters, and one row or two of everything else a sink takes.
 */
#ifndef TESTS_SUPPORT_SMALL_RUN_H
#define TESTS_SUPPORT_SMALL_RUN_H

#include "reports/store.h"

/* A directory of the test's own, removed with everything in it by small_run_rm(). */
const char *small_run_dir(char path[64]);
void small_run_rm(const char *dir);

/* DIR/NAME; lives until the next but three call. */
const char *small_run_path(const char *dir, const char *name);

/* "'; drop table run; -- <script>`touch owned`\x1b[2J": what a label may be. */
extern const char small_run_hostile[];

struct store_run small_run_about(void);
struct store_totals small_run_totals(void);

/* Everything but the totals; the first error of the sink. */
int small_run_feed(struct km_sink sink);

/* store_open() to store_finish(). */
int small_run_write(const char *path, struct km_diag *d);

/* A whole file, NUL-terminated; to be freed. NULL where there is none. */
char *small_run_read(const char *path, size_t *len);

/* The first column of the first row of @sql as text, "" where there is none; lives until the next
 * call. */
const char *small_run_ask(const char *db, const char *sql);

#endif
