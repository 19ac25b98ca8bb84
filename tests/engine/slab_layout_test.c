/* SPDX-License-Identifier: GPL-2.0-only */
/* How SLAB lays out its slabs, by hand from mm/slab.c's rules; and the tunables of its caches. */
#include <criterion/criterion.h>

#include "engine/slab/slab_arrays.h"

static const struct slab_profile prof = {
	.max_order = 1,
	.top_order = 10,
	.kmalloc_min_size = 32,
	.kmalloc_max_cache = 8192,
	.cache_line = 64,
	.has_tunables = true,
	.ops = &slab_slab,
};

enum { FIRST_PAGE = 64, NR_PAGES = 16384, SHIFT = 12 };

static struct slab_room room;

static void open_room(unsigned int nr_cpus)
{
	cr_assert_eq(slab_init(&room, &prof, FIRST_PAGE, NR_PAGES, nr_cpus, SHIFT), 0);
}

static void end(void)
{
	if (room.prof)
		slab_release(&room);
}

TestSuite(slab_layout, .fini = end);

struct layout {
	uint32_t object, size;
	bool reclaim, constructed;
	unsigned int order, objs, colour, limit, shared;
	uint64_t free_limit;
};

/*
 * Kernel: mm/slab.c:1651 calculate_slab_order(), set_objfreelist_slab_cache(),
 * set_off_slab_cache(), set_on_slab_cache(), enable_cpucache(), init_cache_node() [6.1.192],
 * 4 CPUs: worked out by hand. 32: 128 links are more than an object holds, and than half of it;
 * behind the objects 4096 / 33 = 124. 1168, reclaimable: 4096 / 1169 = 3, 589 bytes over, 9 lines.
 * 1408: of a page 1280 are left over, more than an eighth; of two 1152.
 */
static const struct layout layouts[] = {
	{ 32, 32, false, false, 0, 124, 0, 120, 8, 424 },
	{ 64, 64, false, false, 0, 64, 0, 120, 8, 364 },
	{ 96, 128, false, false, 0, 32, 0, 120, 8, 332 },
	{ 192, 192, false, false, 0, 21, 1, 120, 8, 321 },
	{ 512, 512, false, false, 0, 8, 0, 54, 8, 143 },
	{ 2048, 2048, false, false, 0, 2, 0, 24, 8, 62 },
	{ 8192, 8192, false, false, 1, 1, 0, 8, 0, 21 },
	{ 600, 600, true, true, 0, 6, 7, 54, 8, 141 },
	{ 1168, 1168, true, true, 0, 3, 9, 24, 8, 63 },
	{ 760, 760, false, true, 0, 5, 4, 54, 8, 140 },
	{ 768, 768, true, true, 0, 5, 3, 54, 8, 140 },
	{ 152, 152, false, false, 0, 26, 2, 120, 8, 326 },
	{ 96, 96, false, true, 0, 42, 0, 120, 8, 342 },
	{ 9728, 9728, false, false, 2, 1, 104, 8, 0, 21 },
	{ 1408, 1408, false, false, 1, 5, 18, 24, 8, 65 },
	{ 1152, 1152, false, false, 1, 7, 2, 24, 8, 67 },
	{ 2080, 2112, false, true, 1, 3, 28, 24, 8, 63 },
	{ 704, 704, false, false, 1, 11, 7, 54, 8, 146 },
	{ 2376, 2432, false, true, 1, 3, 13, 24, 8, 63 },
};

Test(slab_layout, sizes_follow_the_rules)
{
	open_room(4);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		const struct layout *w = &layouts[i];
		struct slab_cache_config c = { .name = "c",
					       .object_size = w->object,
					       .size = w->size,
					       .reclaim = w->reclaim,
					       .constructed = w->constructed };
		int cache = slab_cache_init(&room, &c);

		cr_assert_geq(cache, 0);
		const struct slab_cache *k = &room.caches[cache];

		cr_expect_eq(k->order, w->order, "size %u: order %u", w->size, k->order);
		cr_expect_eq(k->objs, w->objs, "size %u: %u objects", w->size, k->objs);
		cr_expect_eq(k->queues->colour, w->colour, "size %u: %u colours", w->size,
			     k->queues->colour);
		cr_expect_eq(k->limit, w->limit, "size %u: limit %u", w->size, k->limit);
		cr_expect_eq(k->batchcount, w->limit / 2, "size %u", w->size);
		cr_expect_eq(k->sharedfactor, w->shared, "size %u", w->size);
		cr_expect_eq(k->queues->node[0].free_limit, w->free_limit, "size %u", w->size);
	}
}

struct described {
	uint32_t size, align;
	bool reclaim;
	unsigned int order, objs, colour;
	uint32_t lead;
};

/*
 * Kernel: mm/slab.c:cache_estimate(), calculate_slab_order(), kmem_cache_create() [2.6.34]: worked
 * out by hand. 32: (4096 - 48) / 36 = 112; 48 and 112 links are 496, aligned 512, and 512 + 3584 is
 * the page. 512: elsewhere, eight objects. 592: six, 544 bytes over hold the descriptor after all.
 */
static const struct described descriptors[] = {
	{ 32, 32, false, 0, 112, 0, 512 }, { 64, 64, false, 0, 59, 0, 320 },
	{ 128, 64, false, 0, 30, 1, 192 }, { 192, 64, false, 0, 20, 2, 128 },
	{ 256, 64, false, 0, 15, 2, 128 }, { 512, 64, false, 0, 8, 0, 0 },
	{ 2048, 64, false, 0, 2, 0, 0 },   { 8192, 64, false, 1, 1, 0, 0 },
	{ 131072, 64, false, 5, 1, 0, 0 }, { 192, 8, true, 0, 20, 2, 128 },
	{ 592, 8, true, 0, 6, 7, 72 },	   { 104, 8, true, 0, 37, 0, 200 },
	{ 200, 8, false, 0, 19, 2, 128 },  { 48, 8, false, 0, 77, 0, 360 },
	{ 704, 64, false, 1, 11, 5, 128 }, { 1088, 64, false, 1, 7, 7, 128 },
	{ 2688, 64, false, 1, 3, 1, 64 },  { 1408, 64, false, 1, 5, 16, 128 },
};

static const struct slab_profile prof_described = { .max_order = 1,
						    .top_order = 10,
						    .kmalloc_min_size = 32,
						    .kmalloc_max_cache = 4 << 20,
						    .cache_line = 64,
						    .has_tunables = true,
						    .descriptor = 48,
						    .link = 4,
						    .off_slab_size = 512,
						    .colour_from_0 = true,
						    .frees_that_slab = true,
						    .no_class_96 = true,
						    .ops = &slab_slab };

Test(slab_layout, links_before_the_objects)
{
	cr_assert_eq(slab_init(&room, &prof_described, FIRST_PAGE, NR_PAGES, 4, SHIFT), 0);
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(*descriptors); i++) {
		const struct described *w = &descriptors[i];
		struct slab_cache_config c = {
			.name = "c", .size = w->size, .align = w->align, .reclaim = w->reclaim
		};
		int cache = slab_cache_init(&room, &c);

		cr_assert_geq(cache, 0);
		const struct slab_cache *k = &room.caches[cache];

		cr_expect_eq(k->order, w->order, "size %u: order %u", w->size, k->order);
		cr_expect_eq(k->objs, w->objs, "size %u: %u objects", w->size, k->objs);
		cr_expect_eq(k->queues->colour, w->colour, "size %u: %u colours", w->size,
			     k->queues->colour);
		cr_expect_eq(k->queues->lead, w->lead, "size %u: %u bytes", w->size,
			     k->queues->lead);
	}
	cr_expect_eq(slab_kmalloc_size(&prof_described, 80), 128);
	cr_expect_eq(slab_kmalloc_size(&prof_described, 1 << 20), 1 << 20);
}

/* Kernel: mm/slab.c:enable_cpucache() [6.1]: nothing is shared where one CPU is possible. */
Test(slab_layout, tunables_from_the_capture)
{
	struct slab_cache_config c = { .name = "c", .size = 256, .limit = 10, .batchcount = 3 };

	open_room(1);
	struct slab_cache_config own = { .name = "d", .size = 256 };
	int d = slab_cache_init(&room, &own);

	cr_assert_geq(d, 0);
	cr_expect_eq(room.caches[d].sharedfactor, 0);
	int cache = slab_cache_init(&room, &c);

	cr_assert_geq(cache, 0);
	cr_expect_eq(room.caches[cache].limit, 10);
	cr_expect_eq(room.caches[cache].batchcount, 3);
	c.batchcount = 11;
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL, "a batch larger than the array");
	c.batchcount = 0;
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL);
	c.limit = 1 << 20;
	c.batchcount = 1;
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL, "no per-CPU area is as large");
	c = (struct slab_cache_config){ .name = "c", .size = 256, .limit = 1, .batchcount = 1 };
	c.sharedfactor = 1u << 30;
	cr_expect_eq(slab_cache_init(&room, &c), -KM_EINVAL, "nor any kmalloc");
	cr_expect_eq(room.nr_caches, 2);
}
