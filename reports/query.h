/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a run database: SQL in, rows out. Nothing here writes.
 *
 *	query_db_open → { query_open → query_next* → query_close }* → query_db_close
 */
#ifndef REPORTS_QUERY_H
#define REPORTS_QUERY_H

#include "engine/core/diag.h"

struct query_db;
struct query;

enum query_type { QUERY_NULL, QUERY_INT, QUERY_TEXT };

/* A value for a ? of the SQL: @text where it is not NULL, else @number. */
struct query_arg {
	int64_t number;
	const char *text;
};

/* -KM_ENOENT, -KM_EFORMAT (no run database, or another schema), -KM_EIO or -KM_ENOMEM; *@out
 * untouched. */
int query_db_open(struct query_db **out, const char *path, struct km_diag *d) KM_MUST_CHECK;
void query_db_close(struct query_db *db);
const char *query_db_path(const struct query_db *db);

/* The digest of run @run, calculated afresh; compare with v_runs.digest to see whether a file was
 * altered. */
int query_db_digest(struct query_db *db, int64_t run, char hex[65],
		    struct km_diag *d) KM_MUST_CHECK;

/* Texts of @args live until query_close(). -KM_EFORMAT for SQL the database does not understand. */
int query_open(struct query **out, struct query_db *db, const char *sql,
	       const struct query_arg *args, size_t nr_args, struct km_diag *d) KM_MUST_CHECK;
void query_close(struct query *q);

/* 1: the query stands on a row; 0: no more; or a negative -KM_E… with @d filled. */
int query_next(struct query *q, struct km_diag *d) KM_MUST_CHECK;

/* Of the row it stands on; texts live until the next query_next(). NULL reads as 0 and "". */
size_t query_nr_columns(const struct query *q);
const char *query_column(const struct query *q, size_t column);
enum query_type query_type(const struct query *q, size_t column);
int64_t query_int(const struct query *q, size_t column);
const char *query_text(const struct query *q, size_t column);

/* ---- reports/query.c: shorthands ---- */

/* The first column of the only row as a number; @otherwise where there is no row or it is NULL. */
int query_number(int64_t *out, struct query_db *db, const char *sql, const struct query_arg *args,
		 size_t nr_args, int64_t otherwise, struct km_diag *d) KM_MUST_CHECK;

/* @row for every row; ends at its first non-zero answer, which is returned. A @row that fails fills
 * its own diag. */
int query_each(struct query_db *db, const char *sql, const struct query_arg *args, size_t nr_args,
	       int (*row)(void *ctx, const struct query *q), void *ctx,
	       struct km_diag *d) KM_MUST_CHECK;

#endif
