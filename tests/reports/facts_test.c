/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/facts.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/small_run.h"

Test(facts, of_the_small_run)
{
	char dir[64];
	const char *path = small_run_path(small_run_dir(dir), "run.db");
	struct query_db *db;
	struct facts f;
	struct km_diag d;

	cr_assert_eq(small_run_write(path, &d), 0);
	cr_assert_eq(query_db_open(&db, path, &d), 0);
	cr_assert_eq(facts_load(&f, db, 0, &d), 0);
	cr_expect_eq(f.run, 1);
	cr_expect_str_eq(f.name, "small");
	cr_expect(f.unvalidated && !f.what_if);
	cr_expect_eq(f.nr_samples, 3);
	cr_expect_eq(f.nr_orders, 3);
	cr_expect_eq(f.pageblock_pages, 4);
	cr_expect_eq(f.page_size, 4096);
	cr_assert_eq(f.nr_zones, 2);
	cr_expect_str_eq(f.zones[1].name, "Normal");
	cr_expect_eq(f.zones[1].free_pages, 3 + 4 * 2 + 5 * 4);
	cr_assert_eq(f.nr_labels, 1);
	cr_expect_str_eq(f.labels[0].name, "start");
	cr_expect(f.labels[0].seeded);
	cr_expect_eq(f.fallbacks + f.recorded_fallbacks + f.failures + f.recorded_failures, 6);
	facts_release(&f);

	cr_expect_eq(facts_load(&f, db, 2, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.what, "has no run 2; its runs are 1 to 1");
	query_db_close(db);
	small_run_rm(dir);
}

Test(facts, of_a_run_without_any_rows)
{
	const struct store_run run = { .name = "empty" };
	const struct store_totals totals = { 0 };
	char dir[64];
	const char *path = small_run_path(small_run_dir(dir), "run.db");
	struct query_db *db;
	struct store *s;
	struct facts f;
	struct km_diag d;

	cr_assert_eq(store_open(&s, path, &run, &d), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_assert_eq(query_db_open(&db, path, &d), 0);
	cr_assert_eq(facts_load(&f, db, 1, &d), 0);
	cr_expect_eq(f.nr_samples + f.last_sample + f.nr_orders + f.pageblock_pages, 0);
	cr_expect_eq(f.nr_zones + f.nr_labels, 0);
	facts_release(&f);
	query_db_close(db);
	small_run_rm(dir);
}

Test(facts, numbers_as_people_read_them)
{
	char text[32];

	cr_expect_str_eq(facts_percent(text, 1, 3), "33.33");
	cr_expect_str_eq(facts_percent(text, 5, 5), "100.00");
	cr_expect_str_eq(facts_percent(text, 999999, 1000000), "99.99990");
	cr_expect_str_eq(facts_percent(text, 0, 0), "-");
	cr_expect_str_eq(facts_milli(text, 312), "0.312");
	cr_expect_str_eq(facts_milli(text, -1000), "-1.000");
	cr_expect_str_eq(facts_bytes(text, 4096), "4 KiB");
	cr_expect_str_eq(facts_bytes(text, 1023), "1023 B");
	cr_expect_str_eq(facts_bytes(text, 13107200), "12.5 MiB");
	cr_expect_str_eq(facts_count(text, 1234567), "1,234,567");
	cr_expect_str_eq(facts_count(text, -999), "-999");
	cr_expect_str_eq(facts_count(text, INT64_MIN), "-9,223,372,036,854,775,808");
}
