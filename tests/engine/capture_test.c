/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block kept for the request that compaction works for, worked out by hand from
 * mm/page_alloc.c:compaction_capture() [6.1.192 :989, 6.12.117 :623], and blocks taken out of
 * turn. One zone of 4095 pages at pfn 1; pageblocks of 512 pages.
 */
#include "tests/support/says.h"

static struct rig r;
static struct buddy_capture want;

static void open_as(const struct kernel_profile *kernel)
{
	rig_open(&r, &(struct rig_shape){
			     .profile = kernel, .cma = true, .zone = { { "DMA32", 0, 1, 4096 } } });
}

static void end(void)
{
	r.buddy[0].capture = NULL;
	SOUND(&r);
	rig_close(&r);
}

TestSuite(capture, .fini = end);

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)

/*
 * Free [@nr, 2^@freed) of a pageblock of type @mt while a block of @order is wanted: what is kept.
 */
static uint64_t kept(uint64_t nr, unsigned int freed, unsigned int mt, unsigned int order)
{
	want = (struct buddy_capture){ .order = order,
				       .movable = want.movable,
				       .got = pfn(KM_NO_PFN) };
	rig_type(&r, nr, mt);
	r.buddy[0].capture = &want;
	rig_free(&r, nr, freed, mt);
	r.buddy[0].capture = NULL;
	return want.got.nr;
}

static bool keeps(uint64_t nr, unsigned int freed, unsigned int mt, unsigned int order)
{
	uint64_t got = kept(nr, freed, mt, order);

	if (got != KM_NO_PFN)
		rig_used(&r, got, order, KM_UNMOVABLE);
	return got == nr;
}

/*
 * "order != cc->order", is_migrate_cma(), is_migrate_isolate(), "order < pageblock_order &&
 * MOVABLE"
 */
Test(capture, only_the_order_and_no_small_movable_block)
{
	open_as(&kernel_v6_1);
	cr_assert(keeps(1024, 2, KM_UNMOVABLE, 2));
	cr_assert(keeps(1032, 2, KM_RECLAIMABLE, 2));
	cr_assert(!keeps(1040, 2, KM_UNMOVABLE, 3));
	cr_assert(!keeps(2048, 2, KM_MOVABLE, 2));
	cr_assert(keeps(2560, 9, KM_MOVABLE, 9)); /* a whole pageblock may be spoilt */
	cr_assert(!keeps(3072, 2, KM_CMA, 2));
	cr_assert(!keeps(3584, 2, KM_ISOLATE, 2));
	cr_assert(!keeps(1536, 0, KM_HIGHATOMIC, 1));
	BLOCKS(2, KM_MOVABLE, "2048");
	BLOCKS(2, KM_CMA, "3072");
	BLOCKS(2, KM_ISOLATE, "3584");
}

/* A merge is looked at as it grows: 1028 + 1029 make the pair that is wanted, and go no further. */
Test(capture, a_merge_ends_where_it_is_what_is_wanted)
{
	open_as(&kernel_v6_1);
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_free(&r, 1029, 0, KM_UNMOVABLE);
	rig_free(&r, 1030, 1, KM_UNMOVABLE);
	IS(kept(1028, 0, KM_UNMOVABLE, 1), 1028);
	BLOCKS(1, KM_UNMOVABLE, "1030");
	BLOCKS(0, KM_UNMOVABLE, "");
	rig_used(&r, 1028, 1, KM_UNMOVABLE);
}

/* "!capc->page": the first one that fits is kept, the next goes to the lists */
Test(capture, one_block_is_kept)
{
	open_as(&kernel_v6_1);
	want = (struct buddy_capture){ .order = 1, .got = pfn(KM_NO_PFN) };
	rig_type(&r, 1024, KM_UNMOVABLE);
	r.buddy[0].capture = &want;
	rig_free(&r, 1024, 1, KM_UNMOVABLE);
	rig_free(&r, 1032, 1, KM_UNMOVABLE);
	IS(want.got.nr, 1024);
	BLOCKS(1, KM_UNMOVABLE, "1032");
	rig_used(&r, 1024, 1, KM_UNMOVABLE);
}

/* [6.12.117]: "&& capc->cc->migratetype != MIGRATE_MOVABLE" */
Test(capture, movable_requests_keep_small_movable_blocks_since_6_12)
{
	open_as(&kernel_v6_12);
	want.movable = true;
	cr_assert(keeps(2048, 2, KM_MOVABLE, 2));
	want.movable = false;
	cr_assert(!keeps(2056, 2, KM_MOVABLE, 2));
}

/* ---- taken out of turn ---- */

/* Only a free block that holds all of it gives it; nothing else changes. */
Test(capture, what_is_not_free_cannot_be_taken)
{
	open_as(&kernel_v6_1);
	rig_free(&r, 1024, 2, KM_MOVABLE);
	rig_used(&r, 1032, 0, KM_MOVABLE);
	IS(buddy_take(&r.buddy[0], pfn(1032), 0), -KM_ENOENT);
	IS(buddy_take(&r.buddy[0], pfn(1024), 3), -KM_ENOENT);
	IS(buddy_take(&r.buddy[0], pfn(1040), 0), -KM_ENOENT); /* never seen */
	IS(buddy_take(&r.buddy[0], pfn(5000), 0), -KM_ENOENT); /* in no zone */
	BLOCKS(2, KM_MOVABLE, "1024");
	/* 1026: the halves below and above it stay, as expand() leaves them */
	IS(buddy_take(&r.buddy[0], pfn(1026), 0), KM_MOVABLE);
	BLOCKS(1, KM_MOVABLE, "1024");
	BLOCKS(0, KM_MOVABLE, "1027");
	rig_used(&r, 1026, 0, KM_MOVABLE);
}

/*
 * __rmqueue_smallest() again and again: the smallest sufficient order first, each list's head
 * first, and what was split before anything else: 1024 in two pairs, 2048, then 3072 in two,
 * ascending.
 */
Test(capture, previews_are_what_repeated_requests_get)
{
	struct pfn out[8];

	open_as(&kernel_v6_1);
	rig_list(&r, 1024, 2, KM_MOVABLE);
	rig_list(&r, 3072, 2, KM_MOVABLE);
	rig_list(&r, 2048, 1, KM_MOVABLE);
	IS(buddy_preview(&r.buddy[0], 1, KM_MOVABLE, out, 8), 5);
	const uint64_t got[] = { 2048, 1024, 1026, 3072, 3074 };

	for (unsigned int i = 0; i < 5; i++)
		IS(out[i].nr, got[i]);
	IS(buddy_preview(&r.buddy[0], 1, KM_MOVABLE, out, 2), 2);
	IS(buddy_preview(&r.buddy[0], 3, KM_MOVABLE, out, 8), 0);
	for (unsigned int i = 0; i < 5; i++) {
		IS(buddy_alloc(&r.buddy[0], 1, KM_MOVABLE, 0).nr, got[i]);
		rig_used(&r, got[i], 1, KM_MOVABLE);
	}
}

/* mm/page_alloc.c:move_freepages_block() [6.12]: a pageblock across the zone's edge is refused */
Test(capture, uniform_pageblocks_change_type_whole_or_not_at_all)
{
	rig_open(&r, &(struct rig_shape){ .profile = &kernel_v6_12,
					  .zone = { { "DMA32", 0, 1, 4000 } } });
	cr_assert(!buddy_retype(&r.buddy[0], pfn(100), KM_HIGHATOMIC));	 /* begins at 0 */
	cr_assert(!buddy_retype(&r.buddy[0], pfn(3600), KM_HIGHATOMIC)); /* ends at 4096 */
	cr_assert(buddy_retype(&r.buddy[0], pfn(1500), KM_HIGHATOMIC));	 /* nothing known of it */
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
	rig_used(&r, 2048, 9, KM_UNMOVABLE);
	cr_assert(buddy_retype(&r.buddy[0], pfn(2048), KM_UNMOVABLE)); /* all in use */
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
}
