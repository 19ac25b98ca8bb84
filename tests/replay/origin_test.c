/* SPDX-License-Identifier: GPL-2.0-only */
/* Who allocated the pages of an area: the area of rig_seed(), pfns 8192 to 9215. */
#include <criterion/criterion.h>

#include "engine/replay/origin.h"
#include "tests/support/rig_seed.h"

static struct machine m;
static struct origins o;

static void open_area(void)
{
	struct machine_config c = rig_config();
	struct km_diag d;

	cr_assert_eq(machine_init(&m, &c, &d), 0);
	cr_assert_eq(origins_open(&o, &m), 0);
}

static void close_area(void)
{
	origins_close(&o);
	machine_release(&m);
}

TestSuite(origin, .init = open_area, .fini = close_area);

static void alloc(uint64_t nr, unsigned int order, int pid, uint64_t no)
{
	struct km_event ev = { .ts_ns = 10 * no, .pid = pid, .comm = 3, .stack = 4 };

	ev.page.order = (uint8_t)order;
	origin_alloc(&o, pfn(nr), &ev, no);
}

/* The task of a page's allocation; 0: not known. */
static int who(uint64_t nr)
{
	const struct origin *org = origin_of(&o, pfn(nr));

	return org ? org->pid : 0;
}

Test(origin, every_page_of_a_block_has_its_allocation)
{
	alloc(8192, 9, 7, 100);
	alloc(8704, 0, 8, 200);
	cr_expect_eq(who(8192), 7);
	cr_expect_eq(who(8703), 7);
	cr_expect_eq(who(8704), 8);
	cr_expect_eq(who(8705), 0);
	cr_expect_eq(origin_of(&o, pfn(8500))->event_no, 100);
	cr_expect_eq(origin_of(&o, pfn(8500))->ts_ns, 1000);
	cr_expect_eq(origin_of(&o, pfn(8500))->comm, 3);
	cr_expect_eq(origin_of(&o, pfn(8500))->stack, 4);
}

/* As a huge page does that was split: what stays keeps its origin, what went has none. */
Test(origin, a_block_comes_back_in_pieces)
{
	alloc(8192, 3, 7, 1);
	origin_free(&o, pfn(8195), 0);
	origin_free(&o, pfn(8198), 1);
	for (uint64_t nr = 8192; nr < 8200; nr++)
		cr_expect_eq(who(nr), nr == 8195 || nr >= 8198 ? 0 : 7, "page %lu",
			     (unsigned long)nr);
	origin_free(&o, pfn(8192), 0);
	cr_expect_eq(who(8192), 0);
	cr_expect_eq(who(8193), 7);
	alloc(8192, 3, 9, 2);
	cr_expect_eq(who(8195), 9);
	origin_free(&o, pfn(8192), 3);
	for (uint64_t nr = 8192; nr < 8200; nr++)
		cr_expect_eq(who(nr), 0, "page %lu", (unsigned long)nr);
}

Test(origin, it_goes_along_with_what_is_moved)
{
	alloc(8200, 1, 7, 1);
	alloc(8300, 0, 8, 2);
	origin_moved(&o, pfn(8201), pfn(8300));
	cr_expect_eq(who(8300), 7);
	origin_moved(&o, pfn(5000), pfn(8300)); /* from outside the area: nobody knows */
	cr_expect_eq(who(8300), 0);
	origin_moved(&o, pfn(8200), pfn(5000));
	cr_expect_eq(who(5000), 0);
}

Test(origin, nothing_is_kept_outside_the_areas)
{
	alloc(5000, 0, 7, 1);
	cr_expect_eq(who(5000), 0);
	cr_expect(!origins_may_have(&o, 8191));
	cr_expect(origins_may_have(&o, 8192));
	cr_expect(origins_may_have(&o, 9215));
	cr_expect(!origins_may_have(&o, 9216));
}

/* A machine without areas keeps nothing, and asks nothing of any page. */
Test(origin, without_an_area, .init = NULL, .fini = NULL)
{
	struct origins none = { 0 };

	cr_expect(!origins_may_have(&none, 0));
	cr_expect_null(origin_of(&none, pfn(0)));
}
