/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/memory_map.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/result.h"
#include "tests/support/small_run.h"

static char dir[64];
static struct query_db *db;
static struct facts facts;

static void begin(void)
{
	const char *path = small_run_path(small_run_dir(dir), "run.db");
	struct km_diag d;

	cr_assert_eq(small_run_write(path, &d), 0);
	cr_assert_eq(query_db_open(&db, path, &d), 0);
	cr_assert_eq(facts_load(&facts, db, 1, &d), 0);
}

static void end(void)
{
	facts_release(&facts);
	query_db_close(db);
	small_run_rm(dir);
}

TestSuite(memory_map, .init = begin, .fini = end);

/* A column as digits of enum km_map_state. */
static const char *column(const struct memory_map *m, size_t c)
{
	static char text[64];

	for (size_t r = 0; r < m->rows; r++)
		text[r] = (char)('0' + m->cells[c * m->rows + r]);
	text[m->rows] = '\0';
	return text;
}

/* Pageblock 8 turns from free to mixed at 2 s; columns have their middles at 1.25, 1.75, 2.25
 * and 2.75 s. */
Test(memory_map, changes_apply_from_their_time_on)
{
	struct memory_map m;
	struct km_diag d;

	cr_assert_eq(memory_map_load(&m, &facts, 100, 4, &d), 0);
	cr_assert_eq(m.rows, 6);
	cr_expect_eq(m.row_pages, 4);
	cr_expect_str_eq(column(&m, 0), "411206");
	cr_expect_str_eq(column(&m, 1), "411206");
	cr_expect_str_eq(column(&m, 2), "415206");
	cr_expect_str_eq(column(&m, 3), "415206");
	memory_map_release(&m);
}

/* Two pageblocks a row; of equal counts the later state of the enum stands. */
Test(memory_map, rows_hold_what_prevails)
{
	struct memory_map m;
	struct km_diag d;

	cr_assert_eq(memory_map_load(&m, &facts, 3, 1, &d), 0);
	cr_assert_eq(m.rows, 3);
	cr_expect_eq(m.row_pages, 8);
	cr_expect_str_eq(column(&m, 0), "456");
	memory_map_release(&m);
}

Test(memory_map, run_without_a_map_has_no_rows)
{
	const struct store_run run = { .name = "empty" };
	const struct store_totals totals = { 0 };
	const char *path = small_run_path(dir, "empty.db");
	struct query_db *other;
	struct memory_map m;
	struct facts f;
	struct store *s;
	struct km_diag d;

	cr_assert_eq(store_open(&s, path, &run, &d), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	cr_assert_eq(query_db_open(&other, path, &d), 0);
	cr_assert_eq(facts_load(&f, other, 1, &d), 0);
	cr_assert_eq(memory_map_load(&m, &f, 10, 10, &d), 0);
	cr_expect_eq(m.rows, 0);
	memory_map_release(&m);
	facts_release(&f);
	query_db_close(other);
}

Test(memory_map, every_state_has_a_name_and_a_colour_of_its_own)
{
	for (unsigned int a = 0; a < MEMORY_MAP_STATES; a++)
		for (unsigned int b = 0; b < a; b++) {
			cr_expect_str_neq(memory_map_state_name(a), memory_map_state_name(b));
			cr_expect_str_neq(memory_map_state_colour(a), memory_map_state_colour(b));
		}
	cr_expect_eq((int)MEMORY_MAP_NOTHING, (int)KM_NR_MAP_STATES);
}
