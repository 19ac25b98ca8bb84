/* SPDX-License-Identifier: GPL-2.0-only */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "reports/query.h"
#include "reports/store_sql.h"

struct query_db {
	sqlite3 *db;
	char *path;
};

struct query {
	struct query_db *db;
	sqlite3_stmt *stmt;
};

int query_db_open(struct query_db **out, const char *path, struct km_diag *d)
{
	struct query_db *db = calloc(1, sizeof(*db));
	int err;

	if (!db)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	db->path = strdup(path);
	err = db->path ? store_sql_open(&db->db, path, d) :
			 km_fail(d, KM_ENOMEM, path, "out of memory");
	if (err) {
		query_db_close(db);
		return err;
	}
	*out = db;
	return 0;
}

void query_db_close(struct query_db *db)
{
	if (!db)
		return;
	sqlite3_close(db->db);
	free(db->path);
	free(db);
}

const char *query_db_path(const struct query_db *db)
{
	return db->path;
}

int query_db_digest(struct query_db *db, int64_t run, char hex[65], struct km_diag *d)
{
	_Static_assert(DIGEST_HEX_LEN == 64, "hex has room for a digest");
	return store_sql_digest(db->db, run, hex, db->path, d);
}

static int bind(struct query *q, const struct query_arg *args, size_t nr_args)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < nr_args && !rc; i++) {
		int at = (int)i + 1;

		rc = args[i].text ?
			     sqlite3_bind_text(q->stmt, at, args[i].text, -1, SQLITE_STATIC) :
			     sqlite3_bind_int64(q->stmt, at, args[i].number);
	}
	return rc;
}

int query_open(struct query **out, struct query_db *db, const char *sql,
	       const struct query_arg *args, size_t nr_args, struct km_diag *d)
{
	struct query *q = calloc(1, sizeof(*q));
	int err, rc;

	if (!q)
		return km_fail(d, KM_ENOMEM, db->path, "out of memory");
	q->db = db;
	err = store_sql_prepare(db->db, &q->stmt, sql, db->path, d);
	if (!err) {
		rc = bind(q, args, nr_args);
		err = rc ? store_sql_fail(db->db, rc, db->path, d) : 0;
	}
	if (err) {
		query_close(q);
		return err;
	}
	*out = q;
	return 0;
}

void query_close(struct query *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->stmt);
	free(q);
}

int query_next(struct query *q, struct km_diag *d)
{
	int rc = sqlite3_step(q->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : store_sql_fail(q->db->db, rc, q->db->path, d);
}

size_t query_nr_columns(const struct query *q)
{
	return (size_t)sqlite3_column_count(q->stmt);
}

const char *query_column(const struct query *q, size_t column)
{
	const char *name = sqlite3_column_name(q->stmt, (int)column);

	return name ? name : "";
}

enum query_type query_type(const struct query *q, size_t column)
{
	int type = sqlite3_column_type(q->stmt, (int)column);

	if (type == SQLITE_NULL)
		return QUERY_NULL;
	return type == SQLITE_INTEGER ? QUERY_INT : QUERY_TEXT;
}

int64_t query_int(const struct query *q, size_t column)
{
	return sqlite3_column_int64(q->stmt, (int)column);
}

const char *query_text(const struct query *q, size_t column)
{
	const unsigned char *text = sqlite3_column_text(q->stmt, (int)column);

	return text ? (const char *)text : "";
}
