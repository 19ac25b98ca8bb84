/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragmentation numbers against vectors worked out by hand from mm/vmstat.c. */
#include <criterion/criterion.h>

#include "engine/metrics/metrics.h"

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
