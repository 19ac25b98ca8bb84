/* SPDX-License-Identifier: GPL-2.0-only */
/* The bitmap of an area, against vectors worked out by hand from mm/cma.c and lib/bitmap.c. */
#include <criterion/criterion.h>

#include "engine/cma/cma.h"

enum { NOTHING = -1 };

static struct cma_area area;

static void open_area(uint64_t base, uint64_t pages, unsigned int order_per_bit)
{
	cma_area_release(&area);
	cr_assert_eq(cma_area_init(&area, "test", pfn(base), pages, order_per_bit), 0);
}

static void use(uint64_t first, uint64_t pages)
{
	cma_mark(&area, pfn_plus(area.base, first), pages, true);
}

static void finds(uint64_t pages, unsigned int align, uint64_t from, long long want)
{
	long long got = (long long)cma_find(&area, pages, align, from);

	cr_assert_eq(got, want, "%llu pages, align %u, from %llu: %lld, not %lld",
		     (unsigned long long)pages, align, (unsigned long long)from, got, want);
}

static void end(void)
{
	cma_area_release(&area);
}

TestSuite(cma, .fini = end);

/* Kernel: lib/bitmap.c:bitmap_find_next_zero_area_off() [6.1.192] */
Test(cma, first_fit)
{
	open_area(65536, 64, 0);
	finds(1, 0, 0, 0);
	finds(64, 0, 0, 0);
	finds(64, 0, 1, NOTHING);
	finds(65, 0, 0, NOTHING);
	finds(1, 0, 63, 63);
	finds(1, 0, 64, NOTHING);
	use(8, 1);
	finds(8, 0, 0, 0);
	finds(9, 0, 0, 9);
	finds(9, 0, 10, 10);
	use(62, 1);
	finds(54, 0, 0, NOTHING);
	finds(53, 0, 0, 9);
	finds(1, 0, 62, 63);
	use(0, 64);
	finds(1, 0, 0, NOTHING);
}

/* Kernel: mm/cma.c:57 cma_bitmap_aligned_mask() [6.1.192] */
Test(cma, alignment_moves_the_start_up)
{
	open_area(65536, 64, 0);
	use(0, 5);
	finds(4, 2, 0, 8);
	finds(1, 3, 0, 8);
	finds(1, 0, 0, 5);
	use(13, 1);
	finds(8, 3, 0, 16); /* 8 to 15 holds 13; on from 14: 16 */
	finds(4, 2, 9, 16); /* 12 to 15 holds 13 */
	finds(64, 6, 0, NOTHING);
	finds(32, 5, 0, 32);
	finds(32, 5, 33, NOTHING); /* 64 is beyond the end */
}

/* Kernel: mm/cma.c:69 cma_bitmap_aligned_offset() [6.1.192] */
Test(cma, alignment_is_of_pages_not_of_bits)
{
	open_area(65538, 64, 0);
	finds(4, 2, 0, 2);  /* pfn 65540 */
	finds(4, 4, 0, 14); /* pfn 65552 */
	finds(1, 1, 0, 0);
	use(2, 1);
	finds(1, 2, 0, 6);
	open_area(65539, 64, 0);
	finds(1, 1, 0, 1);
	finds(1, 6, 0, 61);
}

/* Kernel: mm/cma.c:76 cma_bitmap_pages_to_bits() [6.1.192] */
Test(cma, one_bit_may_stand_for_several_pages)
{
	open_area(65536, 64, 2);
	finds(64, 0, 0, 0);
	finds(61, 0, 0, 0);
	finds(65, 0, 0, NOTHING);
	use(0, 5); /* bits 0 and 1 */
	finds(1, 0, 0, 2);
	finds(1, 2, 0, 2);
	finds(4, 4, 0, 4); /* 16 pages are 4 bits */
	cr_assert_eq(cma_used_pages(&area), 8);
	open_area(65544, 64, 2);
	finds(1, 4, 0, 2);	 /* pfn 65552 */
	open_area(65536, 10, 2); /* 2 bits: the rest is never handed out */
	finds(8, 0, 0, 0);
	finds(9, 0, 0, NOTHING);
}

/* Kernel: mm/cma.c:487 cma_alloc(): start = bitmap_no + mask + 1 [6.1.192] */
Test(cma, busy_range_is_passed_by)
{
	open_area(65536, 64, 0);
	finds(3, 2, 0, 0);
	finds(3, 2, 0 + 3 + 1, 4);
	use(5, 1);
	finds(3, 2, 0 + 3 + 1, 8);
	finds(3, 0, 0 + 0 + 1, 1);
	open_area(65536, 64, 1);
	finds(3, 3, 0, 0);
	finds(3, 3, 0 + 3 + 1, 4);
}

/* Kernel: mm/cma.c:82 cma_clear_bitmap(), mm/cma_debug.c:cma_maxchunk_get() [6.1.192] */
Test(cma, part_of_a_range_can_be_given_back)
{
	open_area(65536, 64, 0);
	use(0, 10);
	cma_mark(&area, pfn(65539), 4, false);
	cr_assert_eq(cma_used_pages(&area), 6);
	finds(4, 0, 0, 3);
	finds(5, 0, 0, 10);
	cr_assert_eq(cma_maxchunk_pages(&area), 54);
	use(40, 1);
	cr_assert_eq(cma_maxchunk_pages(&area), 30);
	cma_mark(&area, pfn(65536), 64, false);
	cr_assert_eq(cma_used_pages(&area), 0);
	cr_assert_eq(cma_maxchunk_pages(&area), 64);
}

Test(cma, bits_cross_words)
{
	open_area(0, 100, 0);
	use(30, 5);
	cr_assert_eq(area.nr_words, 4);
	cr_assert_eq(area.bitmap[0], 0xc0000000u);
	cr_assert_eq(area.bitmap[1], 0x7u);
	finds(40, 0, 0, 35);
}

Test(cma, area_with_bits_too_large_is_refused)
{
	struct cma_area none = { .pages = 7 };

	cr_assert_eq(cma_area_init(&none, "none", pfn(0), 8, 31), -KM_EINVAL);
	cr_assert_eq(none.pages, 7);
}

Test(cma, area_knows_its_pages)
{
	open_area(65536, 64, 0);
	cr_assert(!cma_has(&area, pfn(65535)));
	cr_assert(cma_has(&area, pfn(65536)));
	cr_assert(cma_has(&area, pfn(65599)));
	cr_assert(!cma_has(&area, pfn(65600)));
}

/* Kernel: mm/cma.c:cma_activate_area(): count is 0 where it could not be activated */
Test(cma, an_area_that_was_given_up)
{
	struct cma_area none;

	cr_assert_eq(cma_area_init(&none, "none", pfn(64), 0, 0), 0);
	cr_expect_eq(cma_find(&none, 1, 0, 0), UINT64_MAX);
	cr_expect_eq(cma_used_pages(&none), 0);
	cr_expect_eq(cma_maxchunk_pages(&none), 0);
	cr_expect(!cma_has(&none, pfn(64)));
	cma_area_release(&none);
}
