/* SPDX-License-Identifier: GPL-2.0-only */
/* The page-frame array: nodes, heads, splitting, and lists. */
#include <criterion/criterion.h>

#include "engine/frames/frames.h"

static struct frames f;

static void open_frames(void)
{
	cr_assert_eq(frames_init(&f, pfn(1025), pfn(8000), 10, 9), 0);
}

static void end(void)
{
	frames_release(&f);
}

TestSuite(frames, .init = open_frames, .fini = end);

Test(frames, span_is_widened_to_largest_blocks)
{
	cr_assert_eq(f.base, 1024);
	cr_assert_eq(f.end, 8000);
	cr_assert_eq(f.nr_frames, 7168);
	cr_assert_eq(f.nr_blocks, 14);
	cr_assert(frames_has(&f, pfn(1024)));
	cr_assert(!frames_has(&f, pfn(1023)));
	cr_assert(!frames_has(&f, pfn(8000)));
}

Test(frames, nodes_and_pages_are_one_to_one)
{
	for (uint64_t nr = 1024; nr < 8000; nr += 7)
		cr_assert_eq(node_pfn(&f, node_of(&f, pfn(nr), 0)).nr, nr);
	for (uint64_t nr = 1024; nr < 8000; nr += 1024) {
		cr_assert_eq(node_pfn(&f, node_of(&f, pfn(nr), 10)).nr, nr);
		cr_assert_neq(node_of(&f, pfn(nr), 10), node_of(&f, pfn(nr), 9));
	}
}

Test(frames, impossible_spans_are_refused)
{
	struct frames g = { .base = 7 };

	cr_assert_eq(frames_init(&g, pfn(10), pfn(10), 10, 9), -KM_EINVAL);
	cr_assert_eq(frames_init(&g, pfn(10), pfn(9), 10, 9), -KM_EINVAL);
	cr_assert_eq(frames_init(&g, pfn(0), pfn(100), 10, 11), -KM_EINVAL);
	cr_assert_eq(frames_init(&g, pfn(0), pfn(UINT64_C(1) << 33), 10, 9), -KM_EINVAL);
	cr_assert_eq(g.base, 7);
}

static void set(uint64_t nr, unsigned int order, unsigned int state, unsigned int mt)
{
	*frame_at(&f, pfn(nr), order) =
		(struct frame){ .state = state & 7, .order = order & 31, .mt = mt & 7 };
}

Test(frames, head_of_a_page)
{
	struct pfn head;

	set(2048, 10, FRAME_ALLOC, KM_MOVABLE);
	set(4096, 3, FRAME_FREE, KM_MOVABLE);
	cr_assert_eq(frames_head(&f, pfn(3071), &head)->order, 10);
	cr_assert_eq(head.nr, 2048);
	cr_assert_eq(frames_head(&f, pfn(4103), &head)->state, FRAME_FREE);
	cr_assert_eq(head.nr, 4096);
	cr_assert_null(frames_head(&f, pfn(4104), &head));
	cr_assert_null(frames_head(&f, pfn(2047), &head));
	cr_assert_null(frames_begins(&f, pfn(4097)));
	cr_assert_eq(frames_begins(&f, pfn(2048))->order, 10);
}

Test(frames, listed_pages_are_found_anywhere_in_a_block)
{
	set(4099, 0, FRAME_PCP, KM_MOVABLE);
	set(5000, 0, FRAME_ALLOC, KM_MOVABLE);
	cr_assert(frames_listed(&f, pfn(4096), 2));
	cr_assert(frames_listed(&f, pfn(4099), 0));
	cr_assert(!frames_listed(&f, pfn(4096), 1));
	cr_assert(!frames_listed(&f, pfn(5000), 3));
	set(2048, 9, FRAME_FREE, KM_MOVABLE);
	frames_count_free(&f, pfn(2048), 9, 1);
	cr_assert(frames_listed(&f, pfn(2100), 0));
	cr_assert(frames_listed(&f, pfn(2048), 10));
	cr_assert(!frames_listed(&f, pfn(2560), 9));
}

Test(frames, split_leaves_aligned_pieces_of_the_same_kind)
{
	struct pfn head;

	set(2048, 10, FRAME_ALLOC, KM_RECLAIMABLE);
	struct frame *piece = frames_split(&f, pfn(2048 + 5), 0);

	cr_assert_eq(piece, frame_at(&f, pfn(2053), 0));
	cr_assert_eq(piece->order, 0);
	cr_assert_eq(frames_head(&f, pfn(2052), &head)->order, 0);
	cr_assert_eq(frames_head(&f, pfn(2054), &head)->order, 1);
	cr_assert_eq(frames_head(&f, pfn(2051), &head)->order, 2);
	cr_assert_eq(head.nr, 2048);
	for (unsigned int order = 3; order < 10; order++) {
		const struct frame *fr = frames_head(&f, pfn(2048 + pages_of(order)), &head);

		cr_assert_eq(fr->order, order);
		cr_assert_eq(fr->state, FRAME_ALLOC);
		cr_assert_eq(fr->mt, KM_RECLAIMABLE);
	}
}

Test(frames, pages_are_counted_by_pageblock)
{
	frames_count_free(&f, pfn(2048), 10, 1);
	cr_assert_eq(pageblock_of(&f, pfn(2048))->free_pages, 512);
	cr_assert_eq(pageblock_of(&f, pfn(2560))->free_pages, 512);
	frames_count_free(&f, pfn(2560), 3, -1);
	cr_assert_eq(pageblock_of(&f, pfn(3000))->free_pages, 504);
	frames_count_used(&f, pfn(3072), 4, KM_CMA, 1);
	frames_count_used(&f, pfn(3088), 0, KM_UNMOVABLE, 1);
	cr_assert_eq(pageblock_of(&f, pfn(3072))->used[KM_MOVABLE], 16);
	cr_assert_eq(pageblock_of(&f, pfn(3072))->used[KM_UNMOVABLE], 1);
	frames_count_used(&f, pfn(3072), 4, KM_CMA, -1);
	cr_assert_eq(pageblock_of(&f, pfn(3072))->used[KM_MOVABLE], 0);
}

Test(frames, lists_keep_their_order)
{
	struct flist l = { 0 };
	uint32_t a = node_of(&f, pfn(2000), 0), b = node_of(&f, pfn(2048), 10),
		 c = node_of(&f, pfn(3000), 0);

	cr_assert(flist_empty(&l));
	flist_push_head(&l, &f, a);
	flist_push_tail(&l, &f, b);
	flist_push_head(&l, &f, c);
	cr_assert_eq(l.head, c + 1);
	cr_assert_eq(l.tail, b + 1);
	cr_assert_eq(l.count, 3);
	flist_del(&l, &f, a);
	cr_assert_eq(f.node[c].next, b + 1);
	cr_assert_eq(f.node[b].prev, c + 1);
	flist_del(&l, &f, b);
	flist_del(&l, &f, c);
	cr_assert(flist_empty(&l));
	cr_assert_eq(l.tail, 0);
}
