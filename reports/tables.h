/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public views of a run database as data: what the digest covers, what csv and json write, what
 * the page shows and what kmemlab-schema.5 describes all come from this one table.
 */
#ifndef REPORTS_TABLES_H
#define REPORTS_TABLES_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLES_MAX_COLUMNS = 28 };

struct report_column {
	const char *name;
	const char *unit; /* "ns", "pages", "blocks", "1/1000" …; "" for names, numbers and flags */
};

struct report_table {
	const char *view;  /* "v_buddyinfo" */
	const char *file;  /* the stem of its csv and json files: "buddyinfo" */
	const char *title; /* a heading */
	struct report_column columns[TABLES_MAX_COLUMNS]; /* run first; ends at a NULL name */
};

/* In the order of kmemlab-schema.5, which is the order of the digest; *n is their number. */
const struct report_table *report_tables(size_t *n);

/* The table of a view; NULL where there is none. */
const struct report_table *report_table_find(const char *view);

size_t report_table_nr_columns(const struct report_table *t);

/* False for views of a run beside others, which are no results of its own. */
bool report_table_is_digested(const struct report_table *t);

/* False for the columns of v_runs that name the host's files or the digest itself. */
bool report_column_is_digested(const struct report_table *t, size_t column);

#endif
