/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reports/query.h"
#include "reports/store.h"
#include "tests/support/small_run.h"

static char dir[64], one[128], all[128];

static void begin(void)
{
	struct km_diag d;

	small_run_dir(dir);
	snprintf(one, sizeof(one), "%s/one.db", dir);
	snprintf(all, sizeof(all), "%s/all.db", dir);
	cr_assert_eq(small_run_write(one, &d), 0);
}

static void end(void)
{
	small_run_rm(dir);
}

TestSuite(store_merge, .init = begin, .fini = end);

#define ASK(sql, want) cr_expect_str_eq(small_run_ask(all, sql), want)

Test(store_merge, runs_are_numbered_in_the_order_of_the_sources)
{
	const struct store_totals totals = { .events = 5 };
	struct store_run run = { .name = "other" };
	const char *other = small_run_path(dir, "other.db");
	const char *const sources[] = { one, other, one };
	struct km_diag d;
	struct store *s;

	cr_assert_eq(store_open(&s, other, &run, &d), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_assert_eq(store_merge(all, sources, 3, &d), 0, "%s: %s", d.where, d.what);
	ASK("SELECT group_concat(run || name) FROM v_runs", "1small,2other,3small");
	ASK("SELECT group_concat(n) FROM (SELECT run || ':' || count(*) AS n FROM v_pagetypeinfo GROUP BY run)",
	    "1:54,3:54");
	ASK("SELECT count(DISTINCT digest) FROM v_runs", "2");
	ASK("SELECT group_concat(run || zone) FROM v_fallbacks", "1Normal,3Normal");
}

Test(store_merge, digest_of_a_run_survives)
{
	const char *const sources[] = { one, one };
	char hex[65], stored[65];
	struct query_db *db;
	struct km_diag d;

	cr_assert_eq(store_merge(all, sources, 2, &d), 0);
	strcpy(stored, small_run_ask(all, "SELECT digest FROM v_runs WHERE run = 2"));
	cr_assert_eq(query_db_open(&db, all, &d), 0);
	cr_assert_eq(query_db_digest(db, 2, hex, &d), 0);
	cr_expect_str_eq(hex, stored);
	query_db_close(db);
}

Test(store_merge, target_may_be_a_source)
{
	const char *const first[] = { one }, *const more[] = { all, one };
	struct km_diag d;

	cr_assert_eq(store_merge(all, first, 1, &d), 0);
	cr_assert_eq(store_merge(all, more, 2, &d), 0);
	cr_assert_eq(store_merge(all, more, 2, &d), 0);
	ASK("SELECT group_concat(run) FROM v_runs", "1,2,3");
}

Test(store_merge, bad_source_leaves_no_target)
{
	const char *text = small_run_path(dir, "text");
	const char *const absent[] = { one, "/nowhere/run.db" }, *const bad[] = { one, text };
	struct km_diag d;
	FILE *f = fopen(text, "we");

	cr_assert(f &&
		  fputs("no database at all, but long enough for a header of one hundred bytes: "
			"............................................",
			f) >= 0 &&
		  !fclose(f));
	cr_expect_eq(store_merge(all, absent, 2, &d), -KM_ENOENT);
	cr_expect_str_eq(d.where, "/nowhere/run.db");
	cr_expect_eq(store_merge(all, bad, 2, &d), -KM_EFORMAT);
	cr_expect_str_eq(d.where, text);
	cr_expect_neq(access(all, F_OK), 0);
	cr_expect_neq(access(small_run_path(dir, "all.db.partial"), F_OK), 0);
}

Test(store_merge, of_nothing_is_an_empty_database)
{
	struct km_diag d;

	cr_assert_eq(store_merge(all, NULL, 0, &d), 0);
	ASK("SELECT count(*) FROM v_runs", "0");
}
