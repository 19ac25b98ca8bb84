/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Costs of steps: buckets of times, locks that are held until a virtual moment, who is made to
 * flush, and which tables are refused.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/cost/cost.h"

/* ---- buckets: spec 6.3.7 ---- */

Test(hist, buckets_at_seven_bits)
{
	cr_expect_eq(hist_buckets(7), 7424);
	cr_expect_eq(hist_index(7, 0), 0);
	cr_expect_eq(hist_index(7, 255), 255);
	/* 256 = 128 << 1: e = 1, m = 128, so (1 << 7) + 128 */
	cr_expect_eq(hist_index(7, 256), 256);
	cr_expect_eq(hist_index(7, 257), 256);
	cr_expect_eq(hist_upper(7, 256), 257);
	/* 1000: floor(log2) = 9, e = 2, m = 250: (2 << 7) + 250 */
	cr_expect_eq(hist_index(7, 1000), 506);
	cr_expect_eq(hist_upper(7, 506), 1003);
	cr_expect_eq(hist_index(7, UINT64_MAX), 7423);
	cr_expect_eq(hist_upper(7, 7423), UINT64_MAX);
}

Test(hist, every_value_is_below_its_upper_bound)
{
	for (unsigned int shift = 0; shift < 64; shift++)
		for (unsigned int k = 0; k < 3; k++) {
			uint64_t v = (UINT64_C(1) << shift) + k - 1;
			unsigned int i = hist_index(7, v);

			cr_assert_leq(v, hist_upper(7, i));
			cr_assert(!i || v > hist_upper(7, i - 1));
		}
}

Test(hist, quantiles_by_nearest_rank)
{
	struct hist h = { .bits = 7 };

	cr_expect_eq(hist_quantile(&h, 500), 0);
	for (uint64_t v = 1; v <= 200; v++)
		cr_assert(!hist_add(&h, v));
	cr_expect_eq(hist_quantile(&h, 500), 100);
	cr_expect_eq(hist_quantile(&h, 900), 180);
	cr_expect_eq(hist_quantile(&h, 990), 198);
	cr_expect_eq(hist_quantile(&h, 999), 200); /* ceil(199.8) */
	cr_expect_eq(h.total, 20100);
	cr_assert(!hist_add(&h, 1001));
	cr_expect_eq(hist_quantile(&h, 1000), 1001, "its bucket's bound, 1003, is above the max");
	hist_release(&h);
}

/* ---- operations ---- */

/* Ten nanoseconds for each step but those of interrupts. */
static struct cost_table table(void)
{
	struct cost_table t = { .name = "test" };

	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		t.item[i] = (struct cost_entry){ .ps = 10000, .verified = COST_UNVERIFIED };
	t.item[COST_IPI_IDLE].ps = 3000;
	t.item[COST_IPI_BUSY].ps = 2000;
	t.item[COST_IPI_STOLEN].ps = 500;
	t.item[COST_IDLE_AFTER].ps = 1000000;
	return t;
}

static struct cost *open_costs(const struct cost_table *t, unsigned int cpus, bool closed)
{
	const struct cost_config config = {
		.table = t, .nr_cpus = cpus, .nr_locks = 2, .closed_loop = closed
	};
	struct cost *c;

	cr_assert(!cost_open(&c, &config, NULL));
	return c;
}

Test(cost, steps_add_up_by_part)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 1, false);
	unsigned int main_part[2];

	cost_begin(c, 0, 5, 1);
	cost_add(c, COST_PAGE_ALLOC, 1);
	cost_add(c, COST_SPLIT, 3);
	cr_expect_eq(cost_end(c, COST_ALLOC_PAGES, cost_class(2, COST_HOW_REFILL)), 40000);
	cr_expect_eq(c->part[COST_ALLOC_PAGES][COST_PART_SPLIT], 30000);
	cr_expect_eq(c->part[COST_ALLOC_PAGES][COST_PART_BASE], 10000);
	cost_main_parts(&c->slowest[0], main_part);
	cr_expect_eq(main_part[0], COST_PART_SPLIT);
	cr_expect_eq(main_part[1], COST_PART_BASE);
	char name[COST_CLASS_LEN];

	cost_class_name(name, COST_ALLOC_PAGES, cost_class(2, COST_HOW_REFILL));
	cr_expect_str_eq(name, "order=2 refill");
	cost_close(c);
}

Test(cost, nothing_takes_longer_than_the_longest_step)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 1, false);

	cost_begin(c, 0, UINT64_MAX, 1);
	cost_add(c, COST_CMA_PAGE, UINT64_MAX);
	cr_expect_eq(cost_end(c, COST_CMA_ALLOC, 0), COST_MOST_PS);
	cost_close(c);
}

/* CPU 0 has the lock from 1000 ns to 1010 ns; who comes at 1004 waits 6; its owner never does. */
Test(cost, a_lock_is_waited_for)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 2, false);

	cost_begin(c, 0, 1000, 1);
	cost_take_lock(c, 0);
	cost_add(c, COST_TAKE, 1);
	cost_unlock(c, 0);
	cr_expect_eq(cost_end(c, COST_ALLOC_PAGES, 0), 10000);
	cost_begin(c, 0, 1004, 2);
	cost_take_lock(c, 0);
	cr_expect_eq(cost_end(c, COST_ALLOC_PAGES, 0), 0);
	cost_begin(c, 1, 1004, 3);
	cost_take_lock(c, 1);
	cost_unlock(c, 1);
	cost_take_lock(c, 0);
	cost_add(c, COST_TAKE, 1);
	cost_unlock(c, 0);
	cr_expect_eq(cost_end(c, COST_ALLOC_PAGES, 0), 16000);
	cr_expect_eq(c->waited[COST_ALLOC_PAGES], 6000);
	cr_expect_eq(c->part[COST_ALLOC_PAGES][COST_PART_LOCK], 6000);
	cost_close(c);
}

/* Of four CPUs one works; the initiator pays for it and for the two that are idle. */
Test(cost, a_flush_is_charged_to_both_sides)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 4, false);

	cost_begin(c, 1, 1000, 1);
	cost_end(c, COST_ALLOC_PAGES, 0);
	cost_begin(c, 0, 1001, 2);
	cost_flush(c, 5, false, false);
	cr_expect_eq(cost_end(c, COST_PURGE, 0), 5 * 10000 + 2000 + 2 * 3000);
	cr_expect_eq(c->cpu[0].ipis, 3);
	cr_expect_eq(c->cpu[1].stolen, 500);
	cr_expect_eq(c->cpu[2].stolen, 0);
	cr_expect_eq(c->part[COST_PURGE][COST_PART_IPI], 8000);
	cr_expect_eq(c->part[COST_PURGE][COST_PART_STOLEN], 500);
	/* arm64 broadcasts it */
	cost_begin(c, 0, 2000, 3);
	cost_flush(c, 600, true, true);
	cr_expect_eq(cost_end(c, COST_PURGE, 0), 10000);
	cr_expect_eq(c->cpu[0].full_flushes, 1);
	cost_close(c);
}

/* Two CPUs in a closed loop take turns at a lock: each waits for all of the other's turn. */
Test(cost, a_closed_loop_goes_on_where_it_ended)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 2, true);
	uint64_t took = 0;

	for (unsigned int i = 0; i < 10; i++) {
		cost_begin(c, i % 2, i, i);
		cost_take_lock(c, 0);
		cost_add(c, COST_TAKE, 1);
		cost_unlock(c, 0);
		took = cost_end(c, COST_ALLOC_PAGES, 0);
	}
	cr_expect_eq(took, 20000);
	cr_expect_eq(c->cpu[1].clock, 100000);
	cost_close(c);
}

Test(cost, ten_that_took_longest)
{
	const struct cost_table t = table();
	struct cost *c = open_costs(&t, 1, false);

	for (unsigned int i = 0; i < 30; i++) {
		cost_begin(c, 0, i, i);
		cost_add(c, COST_TAKE, i * 7 % 30);
		cost_end(c, COST_ALLOC_PAGES, 0);
	}
	cr_expect_eq(c->nr_slowest, 10);
	for (unsigned int i = 0; i < 10; i++)
		cr_expect_eq(c->slowest[i].took_ps, (29 - i) * 10000);
	cost_close(c);
}

/* ---- tables ---- */

Test(cost_table, each_entry_has_a_name_and_a_part)
{
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++) {
		cr_assert(cost_item_name(i), "%u", i);
		cr_expect(cost_part_name(cost_part_of((enum cost_item)i)));
	}
	cr_expect_null(cost_item_name(COST_NR_ITEMS));
	for (unsigned int i = 0; i < COST_NR_PATHS; i++)
		cr_expect(cost_path_name(i));
}

Test(cost_table, what_cannot_be_is_refused)
{
	struct cost_table t = table();
	struct km_diag d = { 0 };

	cr_expect(!cost_table_check(&t, &d));
	t.item[COST_MERGE].verified = COST_UNSAID;
	cr_expect_eq(cost_table_check(&t, &d), -KM_EINVAL);
	cr_expect_str_eq(d.where, "merge");
	t = table();
	t.item[COST_SPLIT].ps = COST_MOST_PS + 1;
	cr_expect_eq(cost_table_check(&t, &d), -KM_EINVAL);
	cr_expect_str_eq(d.where, "split");
	t = table();
	t.item[COST_IDLE_AFTER].ps = 0;
	cr_expect_eq(cost_table_check(&t, &d), -KM_EINVAL);
}
