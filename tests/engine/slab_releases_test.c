/* SPDX-License-Identifier: GPL-2.0-only */
/* What an object allocator did in one release and not in another, by hand, from the profiles. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/slab/slab_ops.h"
#include "engine/variant/profile.h"
#include "engine/variant/variant.h"

enum { FIRST_PAGE = 64, NR_PAGES = 1024, SHIFT = 12 };

static struct slab_room room;
static uint64_t next_page;

static const struct slab_profile *allocator(const char *kernel, const struct slab_ops *ops)
{
	const struct kernel_profile *k = kernel_profile_find(kernel);

	for (unsigned int i = 0; i < SLAB_ALLOCATORS; i++)
		if (k->slabs[i].ops == ops)
			return &k->slabs[i];
	return NULL;
}

static void open_room(const struct slab_profile *prof, unsigned int nr_cpus)
{
	cr_assert_not_null(prof);
	cr_assert_eq(slab_init(&room, prof, FIRST_PAGE, NR_PAGES, nr_cpus, SHIFT), 0);
	next_page = FIRST_PAGE;
}

static void end(void)
{
	if (room.prof)
		slab_release(&room);
}

TestSuite(releases, .fini = end);

static unsigned int add(const struct slab_cache_config *c)
{
	int cache = slab_cache_init(&room, c);

	cr_assert_geq(cache, 0);
	return (unsigned int)cache;
}

static struct slab_choice get(unsigned int cache)
{
	uint32_t fresh = SLAB_NONE;
	struct km_diag d = { 0 };

	if (room.prof->ops->choose(&room, cache, 0).from == SLAB_FROM_NEW) {
		cr_assert_eq(slab_make(&room, cache, next_page, &fresh), 0);
		next_page += pages_of(room.caches[cache].order);
		room.prof->ops->begin(&room, fresh, 0);
	}
	struct slab_choice got = room.prof->ops->alloc(&room, cache, 0, fresh);

	cr_assert_eq(slab_check(&room, &d), 0, "%s: %s", d.where, d.what);
	return got;
}

static void put(struct slab_choice at)
{
	struct km_diag d = { 0 };

	room.prof->ops->free(&room, at.slab, at.index, 0);
	cr_assert_eq(slab_check(&room, &d), 0, "%s: %s", d.where, d.what);
}

/*
 * Kernel: mm/slub.c:calculate_order() [6.1] [6.12]: two objects of 11000 bytes leave 10768 of eight
 * pages: more than a quarter, less than half. 6.1 then asks for one object, in four pages.
 */
Test(releases, slub_orders)
{
	const struct slab_profile *old = allocator("6.1", &slab_slub);
	const struct slab_profile *new = allocator("6.12", &slab_slub);

	for (uint32_t size = 8; size < 65536; size += 8)
		for (unsigned int cpus = 1; cpus <= 64; cpus *= 2) {
			unsigned int was = slab_order_for(old, size, cpus, SHIFT);
			unsigned int is = slab_order_for(new, size, cpus, SHIFT);

			if (size >= 10928 && size <= 12280)
				cr_assert(was == 2 && is == 3, "%u: %u, %u", size, was, is);
			else
				cr_assert_eq(was, is, "%u: %u, %u", size, was, is);
		}
}

/* The boot parameters slub_min_order, slub_max_order and slub_min_objects. */
Test(releases, slub_order_parameters)
{
	struct slab_profile p = *allocator("6.1", &slab_slub);

	cr_expect_eq(slab_order_for(&p, 1024, 4, SHIFT), 2, "16 objects");
	p.max_order = 1;
	cr_expect_eq(slab_order_for(&p, 1024, 4, SHIFT), 1, "8 at most");
	cr_expect_eq(slab_order_for(&p, 12288, 4, SHIFT), 2, "one, whatever is wished");
	p.max_order = 3;
	p.min_order = 3;
	cr_expect_eq(slab_order_for(&p, 1024, 4, SHIFT), 3);
	p.min_order = 0;
	p.min_objects = 4;
	cr_expect_eq(slab_order_for(&p, 1024, 4, SHIFT), 0, "4096 / 4");
}

/*
 * Kernel: mm/slub.c:get_partial_node() [6.1] [6.12]: a stack of no slabs got one of them in 6.1,
 * and none in 6.12. A cache of one object per slab: each free empties a slab, and the flush of
 * a stack that holds as much as it may puts it on the node's list.
 */
static uint64_t listed_after_a_refill(const char *kernel)
{
	struct slab_cache_config c = {
		.name = "c", .size = 2048, .has_limits = true, .min_partial = 5
	};
	struct slab_choice at[48];

	open_room(allocator(kernel, &slab_slub), 1);
	unsigned int cache = add(&c), objs = room.caches[cache].objs;

	cr_assert_eq(room.caches[cache].cpu_partial_slabs, 0);
	for (unsigned int i = 0; i < 3 * objs; i++)
		at[i] = get(cache);
	get(cache);
	for (unsigned int i = 0; i < 3; i++)
		put(at[i * objs]);
	uint64_t listed = room.caches[cache].nr_partial;

	while (room.caches[cache].nr_partial == listed)
		get(cache);
	listed -= room.caches[cache].nr_partial;
	slab_release(&room);
	return listed;
}

Test(releases, slub_empty_stacks)
{
	cr_expect_eq(listed_after_a_refill("6.1"), 2);
	cr_expect_eq(listed_after_a_refill("6.12"), 1);
}

/*
 * Kernel: mm/slub.c:__slab_free(), get_partial_node() [2.6.34]: a full slab that gets an object
 * back is the last of the node's list; one that has all of them goes back, however few there are.
 */
Test(releases, slub_2_6_34)
{
	struct slab_cache_config c = { .name = "c", .object_size = 1024, .size = 1024 };
	struct slab_choice at[64];

	open_room(allocator("2.6.34", &slab_slub), 1);
	unsigned int cache = add(&c), objs = room.caches[cache].objs;

	cr_assert_eq(objs, 8, "one CPU: 8 wanted");
	cr_expect_eq(room.caches[cache].min_partial, 10, "ilog2, not half of it");
	for (unsigned int i = 0; i < 3 * objs + 1; i++)
		at[i] = get(cache);
	put(at[0]);
	put(at[objs]);
	cr_expect_eq(room.caches[cache].nr_partial, 2);
	cr_expect_eq(room.caches[cache].head, at[0].slab);
	cr_expect_eq(room.caches[cache].tail, at[objs].slab);
	for (unsigned int i = 1; i < objs; i++)
		put(at[i]);
	cr_expect_eq(room.caches[cache].nr_partial, 1);
	cr_expect_eq(room.caches[cache].nr_slabs, 3);
	for (unsigned int i = 1; i < objs; i++)
		get(cache);
	cr_expect_eq(get(cache).slab, at[objs].slab, "the CPU's is full: one slab, from the list");
	cr_expect_eq(room.caches[cache].nr_partial, 0);
}

/* What kmalloc asks SLOB for: its header before it. */
static unsigned int kmalloc_cache(uint32_t bytes)
{
	const struct slab_profile *p = room.prof;
	struct slab_cache_config c = { .name = "kmalloc",
				       .size = bytes + p->header,
				       .align = p->header,
				       .header = p->header };

	if (p->natural_align && !(bytes & (bytes - 1)) && bytes > c.align)
		c.align = bytes;
	return add(&c);
}

static uint64_t kmalloc(unsigned int cache)
{
	struct slab_choice at = get(cache);

	return slab_object_offset(&room, at.slab, at.index) + room.prof->header -
	       ((uint64_t)FIRST_PAGE << SHIFT);
}

/*
 * Kernel: mm/slob.c:__kmalloc_node(), slob_page_alloc() [2.6.34]: 72 bytes each, from the page's
 * beginning on; [6.1] aligns what is behind the header to 64.
 */
Test(releases, slob_alignment)
{
	static const uint64_t was[] = { 8, 80, 152, 224 }, is[] = { 64, 192, 320, 448 };

	open_room(allocator("2.6.34", &slab_slob), 1);
	unsigned int cache = kmalloc_cache(64);

	for (unsigned int i = 0; i < 4; i++)
		cr_expect_eq(kmalloc(cache), was[i]);
	slab_release(&room);
	open_room(allocator("6.1", &slab_slob), 1);
	cache = kmalloc_cache(64);
	for (unsigned int i = 0; i < 4; i++)
		cr_expect_eq(kmalloc(cache), is[i]);
}

/*
 * Kernel: mm/slob.c:slob_free() [2.6.34] [6.1]: a page that two objects of 2048 filled is on the
 * list of the small ones once one of them is back; in 6.1 on that of the large.
 */
static bool small_in_freed_large(const char *kernel)
{
	open_room(allocator(kernel, &slab_slob), 1);
	unsigned int large = kmalloc_cache(2040), small = kmalloc_cache(40);

	struct slab_choice first = get(large);

	get(large);
	put(first);
	bool same = get(small).slab == first.slab;

	slab_release(&room);
	return same;
}

Test(releases, slob_lists)
{
	cr_expect(small_in_freed_large("2.6.34"));
	cr_expect_not(small_in_freed_large("6.1"));
}

/*
 * Kernel: mm/slob.c:slob_alloc() [2.6.34] [6.1]: where the search's page became full, 2.6.34 begins
 * the next one at that page's successor; 6.1 leaves the list as it was. The list's pages are, from
 * its front: C, B, A, with 2072, 2064 and 2056 bytes of room. When B is filled, 6.1 looks at C
 * first and 2.6.34 at A.
 */
static unsigned int next_page_of(const char *kernel)
{
	open_room(allocator(kernel, &slab_slob), 1);
	static const uint32_t taken[] = { 4096 - 2056, 4096 - 2064, 4096 - 2072 };
	const struct slob_request fills = { 2064, 8, 0 }, next = { 1032, 8, 0 };
	uint32_t id[3];
	unsigned int at;

	for (unsigned int i = 0; i < 3; i++) {
		const struct slob_request rq = { taken[i], 8, 0 };

		cr_assert_eq(slob_make(&room.slob, FIRST_PAGE + i, &rq, &id[i]), 0);
		cr_assert_eq(slob_take(&room.slob, id[i], 0, &rq), 0);
	}
	cr_assert_eq(slob_take(&room.slob, id[1], taken[1] / 2, &fills), 0);
	uint32_t got = slob_choose(&room.slob, &next, &at);
	unsigned int which = got == id[0] ? 0 : got == id[1] ? 1 : 2;

	slab_release(&room);
	return which;
}

Test(releases, slob_search_goes_on)
{
	cr_expect_eq(next_page_of("6.1"), 2, "the front is still the front");
	cr_expect_eq(next_page_of("2.6.34"), 0, "behind the page that became full");
}

/* Larger than a page: a block of pages, which goes back when it is freed. */
Test(releases, slob_blocks)
{
	struct slab_cache_config c = { .name = "c", .size = 9000 };

	open_room(allocator("6.1", &slab_slob), 1);
	unsigned int cache = add(&c);
	struct slab_choice a = get(cache), b = get(cache);

	cr_expect_eq(slab_pages(&room), 8);
	cr_expect_neq(a.slab, b.slab);
	cr_expect_eq(slab_at(&room, FIRST_PAGE + 3), a.slab);
	put(a);
	cr_expect_eq(slab_pages(&room), 4);
	cr_expect_eq(slab_at(&room, FIRST_PAGE + 3), SLAB_NONE);
}
