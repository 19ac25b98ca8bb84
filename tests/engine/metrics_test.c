/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragmentation numbers against vectors worked out by hand from mm/vmstat.c. */
#include <criterion/criterion.h>

#include "engine/metrics/metrics.h"
#include "tests/property/random.h"

enum { ORDERS = 11 };

static void all(const uint64_t *nr_free, const int *unusable, const int *extfrag)
{
	for (unsigned int order = 0; order < ORDERS; order++) {
		int u = metrics_unusable(nr_free, ORDERS, order),
		    e = metrics_extfrag(nr_free, ORDERS, order);

		cr_expect(u == unusable[order], "unusable of order %u: %d, not %d", order, u,
			  unusable[order]);
		cr_expect(e == extfrag[order], "extfrag of order %u: %d, not %d", order, e,
			  extfrag[order]);
	}
}

/* Kernel: mm/vmstat.c:2126 unusable_free_index(), :1087 __fragmentation_index() [6.1.192] */
Test(metrics, small_blocks_of_five_orders)
{
	all((const uint64_t[ORDERS]){ 10, 5, 3, 2, 1 },
	    (const int[ORDERS]){ 0, 156, 312, 500, 750, 1000, 1000, 1000, 1000, 1000, 1000 },
	    (const int[ORDERS]){ -1000, -1000, -1000, -1000, -1000, 858, 905, 929, 941, 947, 950 });
}

Test(metrics, nothing_free)
{
	all((const uint64_t[ORDERS]){ 0 },
	    (const int[ORDERS]){ 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 },
	    (const int[ORDERS]){ 0 });
}

Test(metrics, everything_in_largest_blocks)
{
	all((const uint64_t[ORDERS]){ [10] = 7 }, (const int[ORDERS]){ 0 },
	    (const int[ORDERS]){ -1000, -1000, -1000, -1000, -1000, -1000, -1000, -1000, -1000,
				 -1000, -1000 });
}

/* One free page: 1000 - (1000 + 1000 / 2) / 1 = -500, nearing 0 as the request grows. */
Test(metrics, single_page_is_lack_of_memory_not_fragmentation)
{
	all((const uint64_t[ORDERS]){ 1 },
	    (const int[ORDERS]){ 0, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 },
	    (const int[ORDERS]){ -1000, -500, -250, -125, -62, -31, -15, -7, -3, -1, 0 });
}

/* Many single pages: 1000 - (1000 + 1000 * 1000 / 512) / 1000, both divisions truncating. */
Test(metrics, many_single_pages_are_fragmentation)
{
	const uint64_t nr_free[ORDERS] = { 1000 };

	cr_assert_eq(metrics_extfrag(nr_free, ORDERS, 9), 998); /* 1000 + 1953 = 2953, / 1000 = 2 */
	cr_assert_eq(metrics_extfrag(nr_free, ORDERS, 1), 499); /* 1000 + 500000, / 1000 = 501 */
	cr_assert_eq(metrics_extfrag(nr_free, ORDERS, 10), 999); /* 1000 + 976, / 1000 = 1 */
}

Test(metrics, large_machines_do_not_overflow)
{
	const uint64_t nr_free[ORDERS] = { [0] = UINT64_C(1) << 28, [10] = UINT64_C(1) << 28 };

	cr_assert_eq(metrics_unusable(nr_free, ORDERS, 10),
		     0); /* 2^28 of 1025 * 2^28 pages: 0.97 */
	cr_assert_eq(metrics_unusable(nr_free, ORDERS, 0), 0);
	cr_assert_eq(metrics_extfrag(nr_free, ORDERS, 10), -1000);
}

Test(metrics, huge_pages_share)
{
	cr_assert_eq(metrics_huge_score((const uint64_t[ORDERS]){ [9] = 1, [0] = 512 }, ORDERS, 9),
		     500);
	cr_assert_eq(metrics_huge_score((const uint64_t[ORDERS]){ [10] = 1, [9] = 2 }, ORDERS, 9),
		     1000);
	cr_assert_eq(metrics_huge_score((const uint64_t[ORDERS]){ [8] = 9 }, ORDERS, 9), 0);
	cr_assert_eq(metrics_huge_score((const uint64_t[ORDERS]){ 0 }, ORDERS, 9), 1000);
}

/* Two blocks of 2 MiB as order 9, three as order 10, of 11 orders. */
Test(metrics, wholly_free_huge_blocks)
{
	cr_expect_eq(metrics_huge_free((const uint64_t[ORDERS]){ [8] = 9, [9] = 2, [10] = 3 },
				       ORDERS, 9),
		     8);
}

/* ---- greedy compaction ---- */

struct block {
	uint64_t free, movable;
};

static uint64_t cost_of(const struct block *b, size_t n, uint64_t pages, uint64_t *gain)
{
	uint64_t by_used[65];
	struct metrics_packing p;

	metrics_packing_init(&p, by_used, pages);
	for (size_t i = 0; i < n; i++)
		metrics_packing_add(&p, b[i].free, b[i].movable);
	return metrics_packing_cost(&p, gain);
}

/* By hand: 6 + 5 + 3 + 2 pages free in blocks of 8; 2 pages go from the first to the last. Then
 * 5 + 3 free in the others: 3 pages go from the second to the third. */
Test(packing, by_hand)
{
	const struct block b[] = { { 6, 2 }, { 5, 3 }, { 3, 5 }, { 2, 6 } };
	uint64_t gain;

	cr_expect_eq(cost_of(b, 4, 8, &gain), 5);
	cr_expect_eq(gain, 2);
}

/* An unmovable page holds its block; free pages of such a block are room all the same. */
Test(packing, what_cannot_be_moved)
{
	const struct block b[] = { { 7, 0 }, { 4, 4 }, { 8, 0 }, { 0, 8 } };
	uint64_t gain;

	cr_expect_eq(cost_of(b, 4, 8, &gain), 4, "the first has an unmovable page");
	cr_expect_eq(gain, 1);
}

static bool fixed(const struct block *b, uint64_t pages)
{
	return b->free + b->movable < pages;
}

/* Is @a the better place for a page than @b? One that can never be empty, then the fuller. */
static bool better(const struct block *a, const struct block *b, uint64_t pages)
{
	return fixed(a, pages) != fixed(b, pages) ? fixed(a, pages) : a->free < b->free;
}

/*
 * The same carried out page by page: out of the block with most free pages, into those that hold
 * what cannot be moved, then into the fullest one.
 */
static uint64_t brute(struct block *b, size_t n, uint64_t pages, uint64_t *gain)
{
	uint64_t moved = 0;

	for (*gain = 0;; ++*gain) {
		size_t from = n;
		uint64_t room = 0;

		for (size_t i = 0; i < n; i++) {
			bool can = b[i].free < pages && !fixed(&b[i], pages);

			if (can && (from == n || b[i].free > b[from].free))
				from = i;
		}
		for (size_t i = 0; from < n && i < n; i++)
			room += i != from && b[i].free < pages ? b[i].free : 0;
		if (from == n || room < b[from].movable)
			return moved;
		for (; b[from].movable; b[from].movable--, b[from].free++, moved++) {
			size_t to = n;

			for (size_t i = 0; i < n; i++)
				if (i != from && b[i].free && b[i].free < pages &&
				    (to == n || better(&b[i], &b[to], pages)))
					to = i;
			b[to].free--;
			b[to].movable++;
		}
	}
}

Test(packing, against_moving_page_by_page)
{
	struct random x = { 11 };

	for (unsigned int round = 0; round < 20000; round++) {
		uint64_t pages = UINT64_C(1) << random_below(&x, 5), gain, other;
		size_t n = 1 + random_below(&x, 12);
		struct block b[12];

		for (size_t i = 0; i < n; i++) {
			b[i].free = random_below(&x, pages + 1);
			b[i].movable = random_below(&x, 4) ?
					       pages - b[i].free :
					       random_below(&x, pages - b[i].free + 1);
		}
		uint64_t cost = cost_of(b, n, pages, &gain);
		uint64_t want = brute(b, n, pages, &other);

		cr_assert_eq(gain, other, "round %u", round);
		cr_assert_eq(cost, want, "round %u", round);
	}
}
