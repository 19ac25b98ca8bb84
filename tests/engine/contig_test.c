/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a range of pages away, against vectors worked out by hand from mm/page_isolation.c. One
 * zone; the CMA area is
 * pfns 2048 to 4095, free as two blocks of order 10.
 */
#include "tests/support/says.h"

static struct rig r;
static struct contig c;

static void begin(struct contig *at, uint64_t start, uint64_t end)
{
	IS(rig_isolate(&r, at, start, end), true);
}

static void open_area(unsigned int pb_order)
{
	rig_open(&r, &(struct rig_shape){
			     .pb_order = pb_order,
			     .cma = true,
			     .zone = { { "DMA32", 0, 1, 8192 } },
		     });
	for (uint64_t nr = 2048; nr < 4096; nr += pages_of(pb_order))
		rig_type(&r, nr, KM_CMA);
	rig_free(&r, 3072, 10, KM_CMA);
	rig_free(&r, 2048, 10, KM_CMA);
}

static void open_nine(void)
{
	open_area(9);
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(contig, .init = open_nine, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)

static void types(unsigned int a, unsigned int b, unsigned int x, unsigned int y)
{
	IS(rig_type_of(&r, 2048), a);
	IS(rig_type_of(&r, 2560), b);
	IS(rig_type_of(&r, 3072), x);
	IS(rig_type_of(&r, 3584), y);
}

/*
 * Kernel: mm/page_alloc.c:1216 split_free_page(): cut at the pageblock, pieces ascending to the
 * heads [6.1.192]
 */
Test(contig, block_is_cut_where_the_isolated_pageblock_begins)
{
	begin(&c, 2600, 2700);
	types(KM_CMA, KM_ISOLATE, KM_CMA, KM_CMA);
	BLOCKS(9, KM_CMA, "2048");
	BLOCKS(9, KM_ISOLATE, "2560");
	BLOCKS(10, KM_CMA, "3072");
	IS(r.zone[0].nr_free, 1536);
	IS(r.zone[0].nr_free_cma, 1536);
	IS(r.zone[0].nr_isolated, 1);
}

Test(contig, block_is_cut_where_the_isolated_pageblock_ends)
{
	begin(&c, 2048, 2148);
	types(KM_ISOLATE, KM_CMA, KM_CMA, KM_CMA);
	BLOCKS(9, KM_ISOLATE, "2048");
	BLOCKS(9, KM_CMA, "2560");
	IS(r.zone[0].nr_free, 1536);
}

Test(contig, block_inside_the_range_stays_whole)
{
	begin(&c, 2500, 2600);
	types(KM_ISOLATE, KM_ISOLATE, KM_CMA, KM_CMA);
	BLOCKS(10, KM_ISOLATE, "2048");
	BLOCKS(10, KM_CMA, "3072");
	IS(r.zone[0].nr_free, 1024);
	IS(r.zone[0].nr_isolated, 2);
}

Test(contig, range_over_three_pageblocks)
{
	begin(&c, 2561, 4000);
	types(KM_CMA, KM_ISOLATE, KM_ISOLATE, KM_ISOLATE);
	BLOCKS(9, KM_CMA, "2048");
	BLOCKS(9, KM_ISOLATE, "2560");
	BLOCKS(10, KM_ISOLATE, "3072");
	IS(r.zone[0].nr_free_cma, 512);
}

/*
 * Kernel: mm/page_isolation.c:227 unset_migratetype_isolate(): pulled and given back to the tail,
 * to merge
 */
Test(contig, undone_isolation_makes_the_block_whole_again)
{
	begin(&c, 2600, 2700);
	contig_end(&c, &r.pages);
	types(KM_CMA, KM_CMA, KM_CMA, KM_CMA);
	BLOCKS(9, KM_CMA, "");
	BLOCKS(10, KM_CMA, "3072 2048");
	IS(r.zone[0].nr_free, 2048);
	IS(r.zone[0].nr_isolated, 0);
	begin(&c, 3072, 3073);
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_CMA, "2048 3072");
}

/*
 * Kernel: mm/page_isolation.c:232: not while the mate is isolated itself; the second one merges
 * them [6.1.192]
 */
Test(contig, two_isolated_mates_become_one_again)
{
	begin(&c, 2600, 2700);
	struct contig other;

	begin(&other, 2048, 2100);
	BLOCKS(9, KM_ISOLATE, "2560 2048");
	contig_end(&other, &r.pages);
	BLOCKS(9, KM_CMA, "2048");
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_CMA, "3072 2048");
}

/*
 * Kernel: mm/page_isolation.c:254: smaller blocks move to the tails of their own lists as they are
 * [6.1.192]
 */
Test(contig, small_blocks_go_back_to_their_lists)
{
	IS(buddy_take(&r.buddy[0], pfn(2100), 0), KM_CMA);
	rig_used(&r, 2100, 0, KM_MOVABLE);
	begin(&c, 2048, 2060);
	BLOCKS(2, KM_ISOLATE, "2096");
	BLOCKS(1, KM_ISOLATE, "2102");
	BLOCKS(9, KM_CMA, "2560");
	contig_end(&c, &r.pages);
	BLOCKS(0, KM_CMA, "2101");
	BLOCKS(1, KM_CMA, "2102");
	BLOCKS(9, KM_CMA, "2560");
	IS(r.zone[0].nr_free_cma, 2047);
}

/*
 * Kernel: mm/page_alloc.c:9352 alloc_contig_range(): outer_start, isolate_freepages_range() to the
 * block's end
 */
Test(contig, blocks_across_the_ends_of_the_range_are_taken_whole)
{
	begin(&c, 2100, 2200);
	contig_take(&c, &r.pages);
	struct pfn head;
	const struct frame *fr = frames_head(&r.frames, pfn(2300), &head);

	IS(head.nr, 2048);
	IS(fr->order, 9);
	IS(fr->state, FRAME_PRIVATE);
	BLOCKS(9, KM_ISOLATE, "");
	BLOCKS(9, KM_CMA, "2560");
	IS(r.zone[0].nr_free, 1536);
}

static void free_page(uint64_t nr)
{
	*frames_split(&r.frames, pfn(nr), 0) = (struct frame){ 0 };
	IS(pages_free(&r.pages, 0, pfn(nr), 0, 0), 0);
}

/*
 * Kernel: mm/page_alloc.c:9389 alloc_contig_range(): what was taken too much comes back page by
 * page, straight to the lists [6.1.192]
 */
Test(contig, what_was_taken_too_much_comes_back)
{
	r.pcp[0].batch = 63;
	r.pcp[0].high = 4000;
	begin(&c, 2048, 2148);
	contig_take(&c, &r.pages);
	for (uint64_t nr = 2148; nr < 2560; nr++)
		free_page(nr);
	IS(r.pcp[0].count, 0);
	contig_end(&c, &r.pages);
	BLOCKS(2, KM_CMA, "2148");
	BLOCKS(3, KM_CMA, "2152");
	BLOCKS(4, KM_CMA, "2160");
	BLOCKS(7, KM_CMA, "2176");
	BLOCKS(8, KM_CMA, "2304");
	BLOCKS(9, KM_CMA, "2560");
	types(KM_CMA, KM_CMA, KM_CMA, KM_CMA);
	IS(r.zone[0].nr_free_cma, 2048 - 100);
}

Test(contig, request_of_a_whole_block_leaves_nothing_over)
{
	begin(&c, 2048, 3072);
	contig_take(&c, &r.pages);
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_CMA, "3072");
	IS(r.zone[0].nr_free, 1024);
	IS(c.busy, 0);
}

/* Each pageblock goes back to the type it had, and pages freed meanwhile follow it. */
Test(contig, pageblocks_of_order_ten)
{
	rig_close(&r);
	open_area(10);
	begin(&c, 2055, 2062);
	IS(rig_type_of(&r, 2048), KM_ISOLATE);
	BLOCKS(10, KM_ISOLATE, "2048");
	BLOCKS(10, KM_CMA, "3072");
	contig_take(&c, &r.pages);
	IS(r.zone[0].nr_free, 1024);
	for (uint64_t nr = 2048; nr < 2055; nr++)
		free_page(nr);
	for (uint64_t nr = 2062; nr < 3072; nr++)
		free_page(nr);
	contig_end(&c, &r.pages);
	BLOCKS(0, KM_CMA, "2054");
	BLOCKS(1, KM_CMA, "2052 2062");
	BLOCKS(2, KM_CMA, "2048");
	BLOCKS(9, KM_CMA, "2560");
	IS(r.zone[0].nr_free, 2048 - 7);
	IS(rig_type_of(&r, 2048), KM_CMA);
}

Test(contig, undone_isolation_of_order_ten_pageblocks)
{
	rig_close(&r);
	open_area(10);
	begin(&c, 2048, 4096);
	BLOCKS(10, KM_ISOLATE, "2048 3072");
	contig_end(&c, &r.pages);
	BLOCKS(10, KM_CMA, "2048 3072");
	IS(r.zone[0].nr_free_cma, 2048);
}

/*
 * A page kept by a CPU when its pageblock is isolated drains to the ISOLATE list, and comes back
 * with the rest.
 */
Test(contig, kept_pages_drain_into_the_isolated_pageblock)
{
	r.pcp[0].batch = 63;
	r.pcp[0].high = 4000;
	IS(buddy_take(&r.buddy[0], pfn(2048), 0), KM_CMA);
	IS(pages_free(&r.pages, 0, pfn(2048), 0, 0), 0);
	begin(&c, 2048, 2560);
	pages_drain_zone(&r.pages, 0);
	BLOCKS(9, KM_ISOLATE, "2048");
	IS(r.step[0].mt, KM_ISOLATE);
	contig_take(&c, &r.pages);
	contig_end(&c, &r.pages);
	IS(r.zone[0].nr_free_cma, 1536);
}
