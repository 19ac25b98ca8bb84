/* SPDX-License-Identifier: GPL-2.0-only */
/* What the store*.c files share of SQLite; @path is always the name the user knows. */
#ifndef REPORTS_STORE_SQL_H
#define REPORTS_STORE_SQL_H

#include "engine/core/diag.h"
#include "reports/digest.h"

struct sqlite3;
struct sqlite3_stmt;

/* The number in every run database's header: "kmlb". */
#define STORE_APPLICATION_ID 0x6b6d6c62

/* One value of a row. */
struct store_value {
	enum { STORE_NULL, STORE_INT, STORE_TEXT } kind;
	int64_t number;
	const char *text;
};

static inline struct store_value store_int(uint64_t number)
{
	return (struct store_value){ .kind = STORE_INT, .number = (int64_t)number };
}

/* NULL where @text is. */
static inline struct store_value store_text(const char *text)
{
	return (struct store_value){ .kind = text ? STORE_TEXT : STORE_NULL, .text = text };
}

/* Turn the last failure on @db (SQLite's @rc) into -KM_… with what to do about it. */
int store_sql_fail(struct sqlite3 *db, int rc, const char *path, struct km_diag *d);

/* Open the empty file @partial, without locks or journal of SQLite's own, in one transaction with
 * the schema made. */
int store_sql_create(struct sqlite3 **out, const char *partial, const char *path,
		     struct km_diag *d) KM_MUST_CHECK;

/**
 * store_sql_open() - open the run database @path for reading only.
 *
 * Return: 0; -KM_ENOENT, -KM_EFORMAT (not a run database, or of another schema), -KM_EIO or
 * -KM_ENOMEM, with @d filled.
 */
int store_sql_open(struct sqlite3 **out, const char *path, struct km_diag *d) KM_MUST_CHECK;

int store_sql_exec(struct sqlite3 *db, const char *sql, const char *path,
		   struct km_diag *d) KM_MUST_CHECK;
int store_sql_prepare(struct sqlite3 *db, struct sqlite3_stmt **out, const char *sql,
		      const char *path, struct km_diag *d) KM_MUST_CHECK;

/* Bind @v to parameters 1 … @n. Texts live until the statement is stepped and reset. SQLite's
 * result code. */
int store_sql_bind(struct sqlite3_stmt *stmt, const struct store_value *v, size_t n);

/**
 * store_sql_digest() - the digest of run number @run (interface.md, v_runs).
 *
 * SHA-256 over, for each public view in the order of report_tables(): the view's name and a line
 * feed; then for each of the run's rows its columns as SQL literals with a comma between them and a
 * line feed after the last. A literal is NULL, a decimal integer, or the text in single quotes with
 * each single quote doubled: what sqlite3's quote() gives. Rows are ordered by their columns from
 * left to right (NULL first, integers by value, text by its bytes). The columns digest, trace and
 * config of v_runs are left out, and the column run counts as 1 whatever the run's number.
 *
 * For a database of one run the same with other tools, in a shell:
 *	sqlite3 -quote run.db "SELECT … FROM v_frag ORDER BY 1, 2, 3, 4, 5, 6"
 * after "v_frag", and so on for each view, piped into sha256sum.
 */
int store_sql_digest(struct sqlite3 *db, int64_t run, char hex[DIGEST_HEX_LEN + 1],
		     const char *path, struct km_diag *d) KM_MUST_CHECK;

#endif
