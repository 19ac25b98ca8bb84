/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the front door tells of a request: the numbers of __zone_watermark_ok() by hand, and the
 * zones in the order in which they are asked.
 */
#include "tests/support/two_zones.h"

TestSuite(seen, .init = open_two, .fini = end);

static struct pages_seen heard[64];
static size_t nr_heard;

static void hear(void *ctx, const struct pages_seen *s)
{
	(void)ctx;
	cr_assert_lt(nr_heard, 64);
	heard[nr_heard++] = *s;
}

static const struct pages_listener listener = { .seen = hear };

static struct pages_mark_facts judge(unsigned int order, unsigned int flags, uint32_t gfp, bool *ok)
{
	struct pages_mark_facts f;

	*ok = pages_watermark_facts(&r.pages, 0, order, 2, flags, gfp, &f);
	cr_expect_eq(*ok, pages_watermark_fast(&r.pages, 0, order, 2, flags, gfp));
	return f;
}

/*
 * Kernel: mm/page_alloc.c:__zone_watermark_ok() [6.1.192]: free_pages (16) less (1 << order) - 1
 * must exceed min + lowmem_reserve; min is halved for ALLOC_HIGH.
 */
Test(seen, numbers_of_a_watermark)
{
	struct zone *z = &r.zone[0];
	bool ok;

	z->wmark[KM_WMARK_MIN] = 8;
	z->wmark[KM_WMARK_LOW] = 10;
	z->boost = 2;
	z->lowmem_reserve[2] = 3;
	rig_free(&r, 1024, 4, KM_MOVABLE);
	struct pages_mark_facts f = judge(0, 0, 0, &ok);

	cr_expect(ok && f.above && f.block);
	IS(f.wmark, KM_WMARK_LOW);
	IS(f.mark, 12);
	IS(f.boost, 2);
	IS(f.reserve, 3);
	IS((uint64_t)f.free, 16);
	IS((uint64_t)f.unusable, 0);
	IS((uint64_t)f.least, 15);
	f = judge(1, 0, 0, &ok); /* 16 - 1 > 15? */
	cr_expect(!ok && !f.above);
	IS((uint64_t)f.unusable, 1);
	f = judge(1, PAGES_WMARK_MIN, 0, &ok); /* 16 - 1 > 8 + 2 + 3 */
	cr_expect(ok);
	IS((uint64_t)f.least, 13);
	f = judge(1, PAGES_WMARK_MIN | PAGES_MIN_RESERVE, 0, &ok);
	IS((uint64_t)f.least, 10 - 10 / 2 + 3);
	z->wmark[KM_WMARK_MIN] = z->boost = z->lowmem_reserve[2] = 0;
	f = judge(5, PAGES_WMARK_MIN, 0, &ok); /* 16 - 31 > 0? */
	cr_expect(!ok && !f.above);
	rig_free(&r, 2048, 4, KM_MOVABLE);
	f = judge(5, PAGES_WMARK_MIN, 0, &ok); /* 32 - 31 > 0, but two blocks of order 4 */
	cr_expect(!ok && f.above && !f.block);
}

/* Kernel: mm/page_alloc.c:get_page_from_freelist() [6.1.192]: the highest zone comes first. */
Test(seen, zones_in_the_order_they_are_asked)
{
	reopen(&two_zones);
	r.pages.listener = &listener;
	nr_heard = 0;
	r.zone[1].wmark[KM_WMARK_LOW] = r.zone[1].wmark[KM_WMARK_MIN] = 64;
	rig_free(&r, 5120, 4, KM_MOVABLE);
	rig_free(&r, 1024, 4, KM_MOVABLE);
	IS(alloc(KM_GFP_HIGHUSER_MOVABLE, 4), 1024);
	cr_assert_eq(nr_heard, 2);
	IS(heard[0].zone, 1);
	cr_expect(!heard[0].asked && !heard[0].mark.above);
	IS(heard[0].got.nr, KM_NO_PFN);
	IS(heard[1].zone, 0);
	cr_expect(heard[1].asked);
	IS(heard[1].got.nr, 1024);
	r.pages.listener = NULL;
}
