/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store_sql.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "reports/store.h"
#include "reports/tables.h"
#include "schema_sql.h"

int store_sql_fail(sqlite3 *db, int rc, const char *path, struct km_diag *d)
{
	int error = db ? sqlite3_system_errno(db) : 0;

	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	case SQLITE_FULL:
		return km_fail(d, KM_EIO, path,
			       "the disk is full; make room or choose another place");
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return km_fail(d, KM_EFORMAT, path,
			       "is not a run database, or is damaged; make it again");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return km_fail(d, KM_EIO, path, "%s; check the disk or choose another place",
			       error ? strerror(error) : sqlite3_errstr(rc));
	case SQLITE_CONSTRAINT:
		return km_fail(d, KM_EDOUBLE, path, "a row was stored twice: %s",
			       sqlite3_errmsg(db));
	default:
		return km_fail(d, KM_EFORMAT, path, "%s",
			       db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	}
}

int store_sql_exec(sqlite3 *db, const char *sql, const char *path, struct km_diag *d)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc ? store_sql_fail(db, rc, path, d) : 0;
}

int store_sql_prepare(sqlite3 *db, sqlite3_stmt **out, const char *sql, const char *path,
		      struct km_diag *d)
{
	int rc = sqlite3_prepare_v2(db, sql, -1, out, NULL);

	return rc ? store_sql_fail(db, rc, path, d) : 0;
}

/*
 * The file is private until it is renamed, so SQLite needs neither locks nor a journal: a run that
 * does not end throws the whole file away. Everything that decides the file's bytes is set here,
 * never left to a default.
 */
int store_sql_create(sqlite3 **out, const char *partial, const char *path, struct km_diag *d)
{
	static const char settings[] =
		"PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = 0; PRAGMA secure_delete = 1;"
		"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA temp_store = MEMORY; BEGIN;";
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(partial, &db, SQLITE_OPEN_READWRITE, "unix-none");
	int err = rc ? store_sql_fail(db, rc, path, d) : store_sql_exec(db, settings, path, d);

	if (!err)
		err = store_sql_exec(db, (const char *)schema_sql, path, d);
	if (err) {
		sqlite3_close(db);
		return err;
	}
	*out = db;
	return 0;
}

/* The header's numbers: -KM_EFORMAT unless both are ours. */
static int check_header(sqlite3 *db, const char *path, struct km_diag *d)
{
	static const char sql[] =
		"SELECT application_id, user_version FROM pragma_application_id, pragma_user_version";
	sqlite3_stmt *stmt;
	int err = store_sql_prepare(db, &stmt, sql, path, d), rc;

	if (err)
		return err;
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		err = store_sql_fail(db, rc, path, d);
	else if (sqlite3_column_int(stmt, 0) != STORE_APPLICATION_ID)
		err = km_fail(d, KM_EFORMAT, path,
			      "is not a run database; make one with kmemlab replay");
	else if (sqlite3_column_int(stmt, 1) != STORE_SCHEMA_VERSION)
		err = km_fail(d, KM_EFORMAT, path,
			      "has schema %d, this kmemlab reads %d; replay the trace again",
			      sqlite3_column_int(stmt, 1), STORE_SCHEMA_VERSION);
	sqlite3_finalize(stmt);
	return err;
}

int store_sql_open(sqlite3 **out, const char *path, struct km_diag *d)
{
	char name[PATH_MAX];
	sqlite3 *db = NULL;
	struct stat st;
	int err, rc;

	if (stat(path, &st))
		return km_fail(d, errno == ENOENT ? KM_ENOENT : KM_EIO, path, "%s",
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return km_fail(d, KM_EFORMAT, path, "is not a run database");
	if (snprintf(name, sizeof(name), "%s%s", path[0] == '/' ? "" : "./", path) >=
	    (int)sizeof(name))
		return km_fail(d, KM_EINVAL, path, "the name is too long");
	rc = sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY, NULL);
	if (!rc)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!rc)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	err = rc ? store_sql_fail(db, rc, path, d) : check_header(db, path, d);
	if (err) {
		sqlite3_close(db);
		return err;
	}
	*out = db;
	return 0;
}

int store_sql_bind(sqlite3_stmt *stmt, const struct store_value *v, size_t n)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < n && !rc; i++) {
		int at = (int)i + 1;

		if (v[i].kind == STORE_INT)
			rc = sqlite3_bind_int64(stmt, at, v[i].number);
		else if (v[i].kind == STORE_TEXT)
			rc = sqlite3_bind_text(stmt, at, v[i].text, -1, SQLITE_STATIC);
		else
			rc = sqlite3_bind_null(stmt, at);
	}
	return rc;
}

static void add_text(struct digest *sum, const char *text, size_t len)
{
	const char *end = text + len;

	digest_add(sum, "'", 1);
	while (text < end) {
		const char *quote = memchr(text, '\'', (size_t)(end - text));
		const char *stop = quote ? quote + 1 : end;

		digest_add(sum, text, (size_t)(stop - text));
		if (quote)
			digest_add(sum, "'", 1);
		text = stop;
	}
	digest_add(sum, "'", 1);
}

static void add_number(struct digest *sum, int64_t number)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, number);

	digest_add(sum, text, (size_t)n);
}

static void add_row(struct digest *sum, sqlite3_stmt *row)
{
	int n = sqlite3_column_count(row);

	for (int i = 0; i < n; i++) {
		if (i)
			digest_add(sum, ",", 1);
		if (sqlite3_column_type(row, i) == SQLITE_NULL)
			digest_add(sum, "NULL", 4);
		else if (sqlite3_column_type(row, i) == SQLITE_INTEGER)
			add_number(sum, sqlite3_column_int64(row, i));
		else
			add_text(sum, (const char *)sqlite3_column_text(row, i),
				 (size_t)sqlite3_column_bytes(row, i));
	}
	digest_add(sum, "\n", 1);
}

/* SELECT 1, column 2 … of the run's rows, ordered by all of them. */
static void digest_query(char *sql, size_t size, const struct report_table *t)
{
	size_t n = (size_t)snprintf(sql, size, "SELECT 1"), nr = 1;

	for (size_t i = 1; i < report_table_nr_columns(t); i++) {
		if (!report_column_is_digested(t, i))
			continue;
		n += (size_t)snprintf(sql + n, size - n, ", %s", t->columns[i].name);
		nr++;
	}
	n += (size_t)snprintf(sql + n, size - n, " FROM %s WHERE run = ? ORDER BY 2", t->view);
	for (size_t i = 3; i <= nr; i++)
		n += (size_t)snprintf(sql + n, size - n, ", %zu", i);
	KM_BUG_ON(n >= size);
}

static int add_view(struct digest *sum, sqlite3 *db, int64_t run, const struct report_table *t,
		    const char *path, struct km_diag *d)
{
	char sql[2048];
	sqlite3_stmt *rows;
	int err, rc;

	digest_query(sql, sizeof(sql), t);
	err = store_sql_prepare(db, &rows, sql, path, d);
	if (err)
		return err;
	digest_add(sum, t->view, strlen(t->view));
	digest_add(sum, "\n", 1);
	rc = sqlite3_bind_int64(rows, 1, run);
	while (!rc && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		add_row(sum, rows);
		rc = SQLITE_OK;
	}
	err = rc == SQLITE_DONE ? 0 : store_sql_fail(db, rc, path, d);
	sqlite3_finalize(rows);
	return err;
}

int store_sql_digest(sqlite3 *db, int64_t run, char hex[DIGEST_HEX_LEN + 1], const char *path,
		     struct km_diag *d)
{
	size_t n;
	const struct report_table *t = report_tables(&n);
	struct digest *sum;
	int err = digest_open(&sum);

	if (err)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	for (size_t i = 0; i < n && !err; i++)
		err = !report_table_is_digested(&t[i]) ? 0 : add_view(sum, db, run, &t[i], path, d);
	if (!err)
		digest_hex(sum, hex);
	digest_close(sum);
	return err;
}
