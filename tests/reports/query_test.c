/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/query.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/small_run.h"

static char dir[64], path[128];
static struct query_db *db;

static void begin(void)
{
	struct km_diag d;

	small_run_dir(dir);
	snprintf(path, sizeof(path), "%s/run.db", dir);
	cr_assert_eq(small_run_write(path, &d), 0);
	cr_assert_eq(query_db_open(&db, path, &d), 0);
}

static void end(void)
{
	query_db_close(db);
	small_run_rm(dir);
}

TestSuite(query, .init = begin, .fini = end);

static void refused(const char *name, int code, const char *says)
{
	struct query_db *other = NULL;
	struct km_diag d = { 0 };

	cr_expect_eq(query_db_open(&other, name, &d), code, "%s: %d", name, d.code);
	cr_expect_null(other);
	cr_expect_str_eq(d.where, name);
	cr_expect(strstr(d.what, says), "\"%s\" does not say \"%s\"", d.what, says);
}

Test(query, what_is_no_run_database)
{
	const char *copy = small_run_path(dir, "copy.db");
	size_t n;
	char *bytes = small_run_read(path, &n);
	FILE *f;

	refused(small_run_path(dir, "absent.db"), -KM_ENOENT, "No such file");
	refused(dir, -KM_EFORMAT, "not a run database");
	refused("/dev/null", -KM_EFORMAT, "not a run database");

	bytes[63] = 9; /* user_version, big-endian at offset 60 of the file (SQLite's file
			  format, 1.3.1) */
	f = fopen(copy, "we");
	cr_assert(f && fwrite(bytes, 1, n, f) == n && !fclose(f));
	refused(copy, -KM_EFORMAT, "has schema 9, this kmemlab reads 3");

	bytes[68] ^= 1; /* application_id */
	f = fopen(copy, "we");
	cr_assert(f && fwrite(bytes, 1, n, f) == n && !fclose(f));
	refused(copy, -KM_EFORMAT, "not a run database");

	f = fopen(copy, "we");
	cr_assert(f && fwrite(bytes, 1, 4000, f) == 4000 && !fclose(f));
	refused(copy, -KM_EFORMAT, "");
	free(bytes);
}

Test(query, rows_and_values)
{
	const struct query_arg args[] = { { .number = 1 }, { .text = "DMA" } };
	struct km_diag d;
	struct query *q;

	cr_assert_eq(
		query_open(
			&q, db,
			"SELECT zone, ord, NULL AS none FROM v_buddyinfo WHERE sample = ? AND zone = ? ORDER BY "
			"ord LIMIT 1",
			args, 2, &d),
		0);
	cr_assert_eq(query_next(q, &d), 1);
	cr_expect_eq(query_nr_columns(q), 3);
	cr_expect_str_eq(query_column(q, 2), "none");
	cr_expect_eq(query_type(q, 0), QUERY_TEXT);
	cr_expect_eq(query_type(q, 1), QUERY_INT);
	cr_expect_eq(query_type(q, 2), QUERY_NULL);
	cr_expect_str_eq(query_text(q, 0), "DMA");
	cr_expect_eq(query_int(q, 1), 0);
	cr_expect_str_eq(query_text(q, 2), "");
	cr_expect_eq(query_next(q, &d), 0);
	query_close(q);
	query_close(NULL);
}

Test(query, hostile_text_is_an_argument_like_any)
{
	const struct query_arg arg = { .text = small_run_hostile };
	int64_t n = 0;
	struct km_diag d;

	cr_assert_eq(query_number(&n, db, "SELECT sample FROM v_samples WHERE label = ?", &arg, 1,
				  -1, &d),
		     0);
	cr_expect_eq(n, 2);
	cr_assert_eq(query_number(&n, db, "SELECT sample FROM v_samples WHERE sample = 99", NULL, 0,
				  -1, &d),
		     0);
	cr_expect_eq(n, -1);
}

Test(query, nothing_can_be_written)
{
	int64_t n;
	struct km_diag d;

	cr_expect_lt(query_number(&n, db, "DELETE FROM run RETURNING run", NULL, 0, 0, &d), 0);
	cr_expect_lt(query_number(&n, db, "SELECT no_such_column FROM v_runs", NULL, 0, 0, &d), 0);
	cr_expect_eq(d.code, -KM_EFORMAT);
}

static int stop_at_two(void *ctx, const struct query *q)
{
	++*(int *)ctx;
	return query_int(q, 0) == 2 ? 7 : 0;
}

Test(query, each_ends_where_the_row_says_so)
{
	int rows = 0;
	struct km_diag d;

	cr_expect_eq(query_each(db, "SELECT sample FROM v_samples ORDER BY 1", NULL, 0, stop_at_two,
				&rows, &d),
		     7);
	cr_expect_eq(rows, 2);
}
