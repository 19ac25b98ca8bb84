/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the free scanner takes, against vectors worked out by hand from isolate_freepages_block()
 * and __isolate_free_page() [6.1.192]. One zone, pageblocks of 512 pages.
 */
#include "engine/compact/compact.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/says.h"

static struct rig r;
static char took[4096];

static void open_zone(void)
{
	rig_open(&r, &(struct rig_shape){ .pb_order = 9, .zone = { { "DMA32", 0, 1, 8192 } } });
	took[0] = '\0';
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(compact, .init = open_zone, .fini = end);

static void got(void *ctx, struct pfn page)
{
	size_t used = strlen(took);

	(void)ctx;
	snprintf(took + used, sizeof(took) - used, "%s%llu", used ? " " : "",
		 (unsigned long long)page.nr);
}

static struct compact_found isolate(uint64_t start, uint64_t end, unsigned int stride)
{
	struct compact_range range = { pfn(start), pfn(end), stride };
	struct compact_found see = compact_see_free(&r.buddy[0], &range);
	struct compact_found sum = compact_isolate_free(&r.buddy[0], &range, got, NULL);

	IS(see.scanned, sum.scanned);
	IS(see.taken, sum.taken);
	return sum;
}

/* 16 pages in steps of one: 8, 9, the block 10-11, 12 to 15, the block 16-19, 20 to 23. */
Test(compact, every_block_that_begins_in_the_range)
{
	rig_list(&r, 10, 1, KM_MOVABLE);
	rig_list(&r, 16, 2, KM_UNMOVABLE);
	rig_list(&r, 24, 3, KM_MOVABLE);
	struct compact_found sum = isolate(8, 24, 1);

	IS(sum.scanned, 16);
	IS(sum.taken, 6);
	SAYS(took, "10 11 16 17 18 19");
	IS(r.zone[0].nr_free, 8);
}

/* A range that begins inside a free block passes it over: its head lies before. */
Test(compact, block_that_began_before_the_range_stays)
{
	rig_list(&r, 8, 3, KM_MOVABLE);
	struct compact_found sum = isolate(12, 20, 1);

	IS(sum.scanned, 8);
	IS(sum.taken, 0);
	SAYS(rig_blocks(&r, 0, 3, KM_MOVABLE), "8");
}

/*
 * Steps of 32 from 512: 512, 544 (a block of 4: the next look is at 544 + 3 + 32), 579, 611. The
 * block at 576 is between two looks. 4 looks and 3 pages of the block.
 */
Test(compact, asynchronous_scan_looks_every_32_pages)
{
	rig_list(&r, 544, 2, KM_MOVABLE);
	rig_list(&r, 576, 0, KM_MOVABLE);
	struct compact_found sum = isolate(512, 640, 32);

	IS(sum.scanned, 7);
	IS(sum.taken, 4);
	SAYS(took, "544 545 546 547");
	SAYS(rig_blocks(&r, 0, 0, KM_MOVABLE), "576");
}

/* A compound page counts once and is passed over whole: 16 and 24 to 31. */
Test(compact, compound_page_is_passed_over)
{
	rig_used(&r, 16, 3, KM_UNMOVABLE);
	rig_list(&r, 24, 0, KM_MOVABLE);
	struct compact_found sum = isolate(16, 32, 1);

	IS(sum.scanned, 9);
	SAYS(took, "24");
}

Test(compact, half_a_pageblock_makes_it_movable)
{
	rig_type(&r, 512, KM_UNMOVABLE);
	rig_type(&r, 1024, KM_UNMOVABLE);
	rig_list(&r, 512, 8, KM_UNMOVABLE);
	rig_list(&r, 1024, 7, KM_UNMOVABLE);
	isolate(512, 1536, 1);
	IS(rig_type_of(&r, 512), KM_MOVABLE);
	IS(rig_type_of(&r, 1024), KM_UNMOVABLE);
}

Test(compact, reserved_pageblock_keeps_its_type)
{
	rig_type(&r, 512, KM_HIGHATOMIC);
	rig_list(&r, 512, 9, KM_HIGHATOMIC);
	isolate(512, 1024, 1);
	IS(rig_type_of(&r, 512), KM_HIGHATOMIC);
}
