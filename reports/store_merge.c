/* SPDX-License-Identifier: GPL-2.0-only */
#include <sqlite3.h>
#include <stdio.h>

#include "reports/store.h"
#include "reports/store_file.h"
#include "reports/store_sql.h"

enum { TABLE_NAME_LEN = 64 };

/* A merge: where it goes to, and how many runs it has so far. */
struct merge {
	sqlite3 *db;
	const char *path;
	int64_t nr_runs;
};

/* One number of a query that has one row; NULL counts as 0. */
static int one_number(sqlite3 *db, const char *sql, int64_t *out, const char *path,
		      struct km_diag *d)
{
	sqlite3_stmt *stmt;
	int err = store_sql_prepare(db, &stmt, sql, path, d), rc;

	if (err)
		return err;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		err = store_sql_fail(db, rc, path, d);
	sqlite3_finalize(stmt);
	return err;
}

/* Copy the row @from stands on through @to, its run renumbered. */
static int copy_row(const struct merge *m, sqlite3_stmt *to, sqlite3_stmt *from, struct km_diag *d)
{
	int n = sqlite3_column_count(from);
	int rc = sqlite3_bind_int64(to, 1, sqlite3_column_int64(from, 0) + m->nr_runs);

	for (int i = 1; i < n && !rc; i++)
		rc = sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
	if (!rc)
		rc = sqlite3_step(to);
	if (rc != SQLITE_DONE)
		return store_sql_fail(m->db, rc, m->path, d);
	sqlite3_reset(to);
	return 0;
}

static int prepare_insert(const struct merge *m, sqlite3_stmt **out, const char *table,
			  int nr_columns, struct km_diag *d)
{
	char sql[TABLE_NAME_LEN + 128];
	size_t n = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", table);

	for (int i = 1; i < nr_columns; i++)
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, ",?");
	n += (size_t)snprintf(sql + n, sizeof(sql) - n, ")");
	KM_BUG_ON(n >= sizeof(sql));
	return store_sql_prepare(m->db, out, sql, m->path, d);
}

static int copy_table(const struct merge *m, sqlite3 *src, const char *table, const char *src_path,
		      struct km_diag *d)
{
	char sql[TABLE_NAME_LEN + 32];
	sqlite3_stmt *from, *to = NULL;
	int err, rc;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	err = store_sql_prepare(src, &from, sql, src_path, d);
	if (err)
		return err;
	err = prepare_insert(m, &to, table, sqlite3_column_count(from), d);
	for (rc = SQLITE_ROW; !err;) {
		rc = sqlite3_step(from);
		if (rc != SQLITE_ROW)
			break;
		err = copy_row(m, to, from, d);
	}
	if (!err && rc != SQLITE_DONE)
		err = store_sql_fail(src, rc, src_path, d);
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return err;
}

/* Every table of the schema whose first column is the run. */
static int copy_tables(const struct merge *m, sqlite3 *src, const char *src_path, struct km_diag *d)
{
	static const char tables[] =
		"SELECT t.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
		"WHERE t.type = 'table' AND c.cid = 0 AND c.name = 'run' ORDER BY t.name";
	sqlite3_stmt *stmt;
	int err = store_sql_prepare(m->db, &stmt, tables, m->path, d), rc = SQLITE_DONE;

	if (err)
		return err;
	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = copy_table(m, src, (const char *)sqlite3_column_text(stmt, 0), src_path, d);
	if (!err && rc != SQLITE_DONE)
		err = store_sql_fail(m->db, rc, m->path, d);
	sqlite3_finalize(stmt);
	return err;
}

static int add_source(struct merge *m, const char *src_path, struct km_diag *d)
{
	sqlite3 *src;
	int64_t last = 0;
	int err = store_sql_open(&src, src_path, d);

	if (err)
		return err;
	err = one_number(src, "SELECT max(run) FROM run", &last, src_path, d);
	if (!err)
		err = copy_tables(m, src, src_path, d);
	m->nr_runs += last;
	sqlite3_close(src);
	return err;
}

static int put_row(const struct merge *m, const char *sql, const struct store_value *v, size_t n,
		   struct km_diag *d)
{
	sqlite3_stmt *stmt;
	int err = store_sql_prepare(m->db, &stmt, sql, m->path, d), rc;

	if (err)
		return err;
	rc = store_sql_bind(stmt, v, n);
	if (!rc)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		err = store_sql_fail(m->db, rc, m->path, d);
	sqlite3_finalize(stmt);
	return err;
}

static struct store_value int_if(bool known, uint64_t number)
{
	return known ? store_int(number) : store_text(NULL);
}

static int put_parting(const struct merge *m, const struct store_parting *p, struct km_diag *d)
{
	const struct store_value v[] = {
		store_int(p->run),
		store_int(p->base - p->run),
		int_if(p->parted, p->event_no),
		int_if(p->parted, p->ts_ns),
		int_if(p->parted, p->pages),
		int_if(p->parted && p->migratetype != KM_CMA, p->ord),
		int_if(p->parted, p->migratetype),
		int_if(p->parted && p->pfn != KM_NO_PFN, p->pfn),
		int_if(p->parted && p->base_pfn != KM_NO_PFN, p->base_pfn),
	};

	return put_row(m, "INSERT INTO parting VALUES (?,?,?,?,?,?,?,?,?)", v, 9, d);
}

static int put_comparison(const struct merge *m, const struct store_comparison *c,
			  struct km_diag *d)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->nr_variations; i++) {
		const struct store_variation *x = &c->variations[i];
		const struct store_value v[] = { store_int(x->run), store_int(x->nr),
						 store_text(x->key), store_text(x->value) };

		err = put_row(m, "INSERT INTO variation VALUES (?,?,?,?)", v, 4, d);
	}
	for (size_t i = 0; !err && i < c->nr_partings; i++)
		err = put_parting(m, &c->partings[i], d);
	return err;
}

int store_merge(const char *path, const char *const *paths, size_t nr_paths, struct km_diag *d)
{
	return store_merge_compared(path, paths, nr_paths, &(struct store_comparison){ 0 }, d);
}

int store_merge_compared(const char *path, const char *const *paths, size_t nr_paths,
			 const struct store_comparison *c, struct km_diag *d)
{
	struct merge m = { .path = path };
	struct store_file file;
	int err = store_file_open(&file, path, d), rc;

	if (err)
		return err;
	err = store_sql_create(&m.db, file.partial, path, d);
	for (size_t i = 0; i < nr_paths && !err; i++)
		err = add_source(&m, paths[i], d);
	if (!err)
		err = put_comparison(&m, c, d);
	if (!err)
		err = store_sql_exec(m.db, "COMMIT", path, d);
	rc = sqlite3_close(m.db);
	if (!err && rc)
		err = store_sql_fail(NULL, rc, path, d);
	if (!err)
		return store_file_commit(&file, d);
	store_file_discard(&file);
	return err;
}
