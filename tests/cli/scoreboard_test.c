/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>

#include "cli/scoreboard.h"

static void row(struct scoreboard_lane *lane, const char *metric, const char *scope, uint64_t hits,
		uint64_t total)
{
	struct km_sink sink = scoreboard_sink(lane);
	const struct km_fidelity_row r = { metric, scope, hits, total };

	cr_assert_eq(sink.ops->fidelity(sink.ctx, &r), 0);
}

Test(scoreboard, the_first_replay_is_heard_where_both_speak)
{
	struct scoreboard b = { 0 };
	struct scoreboard_lane calls = { .board = &b }, forced = { .board = &b, .source = 1 };

	row(&forced, "pcp.refill", "all", 9, 9);
	row(&calls, "page.pfn", "all", 1, 2);
	row(&calls, "pcp.refill", "all", 3, 4);
	row(&forced, "page.pfn_forced", "all", 5, 6);
	scoreboard_settle(&b);
	cr_expect_eq(b.nr, 3);
	cr_expect_eq(scoreboard_find(&b, "pcp.refill", "all")->hits, 3);
	cr_expect_eq(scoreboard_find(&b, "page.pfn_forced", "all")->hits, 5);
	cr_expect_null(scoreboard_find(&b, "page.pfn", "known"));
	scoreboard_release(&b);
}

Test(scoreboard, takes_more_rows_than_it_has_room_for)
{
	struct scoreboard b = { 0 };
	struct scoreboard_lane lane = { .board = &b };

	for (uint64_t i = 0; i < 1000; i++)
		row(&lane, "page.pfn", "all", i, 1000);
	cr_expect_eq(b.nr, 1000);
	cr_expect_eq(b.rows[999].hits, 999);
	scoreboard_release(&b);
}

Test(scoreboard, knows_its_metrics)
{
	cr_expect(fidelity_is_metric("page.pfn"));
	cr_expect_not(fidelity_is_metric("page"));
	for (size_t i = 0; i < fidelity_nr_metrics(); i++)
		cr_expect(fidelity_is_metric(fidelity_metric_at(i)->name));
}
