/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vmalloc address space by hand: what mm/vmalloc.c does in small scenes, function by function.
 * Addresses are counted in pages of 4 KiB from a base.
 */
#include <criterion/criterion.h>

#include "engine/vmalloc/vmalloc_ops.h"

#define BASE UINT64_C(0xffffc90000000000)
#define END UINT64_C(0xffffe8ffffffffff)

enum { PAGE = 4096, SHIFT = 12 };

static struct vmalloc v;

static void sound(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmalloc_check(&v, &d), 0, "%s", d.what);
}

static void open_profile(const struct vmalloc_profile *prof, unsigned int nr_cpus)
{
	struct vmalloc_config c = { .prof = prof,
				    .page_shift = SHIFT,
				    .nr_cpus = nr_cpus,
				    .pool_start = BASE,
				    .pool_end = END };

	cr_assert_eq(vmalloc_init(&v, &c), 0);
	sound();
}

static void open_space(const struct vmalloc_ops *ops, unsigned int nr_cpus)
{
	static struct vmalloc_profile prof;

	prof.ops = ops;
	open_profile(&prof, nr_cpus);
}

static void end(void)
{
	if (v.prof)
		vmalloc_release(&v);
}

TestSuite(vmalloc, .fini = end);

static struct vmalloc_request request(uint64_t pages, uint64_t align, unsigned int cpu)
{
	return (struct vmalloc_request){
		.size = pages * PAGE, .align = align, .start = BASE, .end = END, .cpu = cpu
	};
}

/* One try; the page it begins at, counted from the base, or -1. */
static int64_t get(uint64_t pages, uint64_t align, unsigned int cpu)
{
	struct vmalloc_request rq = request(pages, align, cpu);
	struct vmalloc_choice c = vmalloc_choose(&v, &rq);
	uint32_t n;

	cr_assert_eq(vmalloc_commit(&v, &rq, &c, &n), 0);
	if (!n)
		return -1;
	cr_assert_eq(v.area[n].start, c.addr);
	return (int64_t)((c.addr - BASE) / PAGE);
}

static void put(int64_t page)
{
	uint32_t n = vmalloc_find(&v, BASE + (uint64_t)page * PAGE);

	cr_assert_neq(n, 0);
	vmalloc_free(&v, n);
}

static void take(uint64_t page, uint64_t pages)
{
	uint32_t n;

	cr_assert_eq(vmalloc_take(&v, BASE + page * PAGE, BASE + (page + pages) * PAGE, &n), 0);
	sound();
}

/* specification 1.9, vector 1: fls(8) * 32 MiB is 32768 pages; strictly more purges */
Test(vmalloc, lazy_areas_are_purged_above_the_limit)
{
	uint64_t limit = vmalloc_lazy_max_pages(8, SHIFT);
	struct vmalloc_purge p;

	cr_assert_eq(limit, 32768);
	open_space(&vmalloc_merged, 8);
	for (int64_t k = 0; k < 16385; k++) {
		cr_assert(!vmalloc_purge_is_due(&v, limit));
		cr_assert_eq(get(2, 1, 0), 2 * k);
		put(2 * k);
	}
	cr_assert(vmalloc_purge_is_due(&v, limit));
	cr_assert_eq(v.lazy_pages, 32770);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(p.areas, 1, "neighbours have merged");
	cr_assert_eq(p.pages, 32770);
	cr_assert_eq(p.start, BASE);
	cr_assert_eq(p.end, BASE + UINT64_C(32770) * PAGE);
	cr_assert_eq(p.merged, 2, "with what is free on both sides");
	cr_assert_eq(get(2, 1, 0), 0);
	sound();
}

/* specification 1.9, vector 2: the highest address is pushed last, and handed out first */
Test(vmalloc, a_pool_hands_out_the_highest_first)
{
	struct vmalloc_purge p;

	open_space(&vmalloc_nodes, 8);
	for (int64_t k = 0; k < 100; k++) {
		cr_assert_eq(get(2, 1, 3), 2 * k);
		put(2 * k);
	}
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(p.areas, 100, "nothing merges");
	cr_assert_eq(v.node[3].pool[1].nr, 100);
	sound();
	for (int64_t k = 99; k >= 0; k--)
		cr_assert_eq(get(2, 1, 3), 2 * k);
	cr_assert_eq(get(2, 1, 3), 200);
	sound();
}

/* node_alloc(): another CPU, another size or another range has nothing of it */
Test(vmalloc, a_pool_is_of_its_node_size_and_range)
{
	struct vmalloc_purge p;

	open_space(&vmalloc_nodes, 2);
	cr_assert_eq(get(2, 1, 0), 0);
	put(0);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(get(2, 1, 1), 2);
	cr_assert_eq(get(3, 1, 0), 4);
	struct vmalloc_request rq = request(2, 1, 0);

	rq.end -= PAGE;
	cr_assert_eq(vmalloc_choose(&v, &rq).fit, VMALLOC_FIT_LEFT);
	cr_assert_eq(get(2, 1, 2), 0, "CPU 2 is of node 0");
}

/* node_pool_del_va(): a first one without the alignment goes to the tail, and the try is lost */
Test(vmalloc, a_misaligned_first_of_a_pool_turns)
{
	struct vmalloc_purge p;

	open_space(&vmalloc_nodes, 2);
	for (int64_t k = 0; k < 3; k++)
		cr_assert_eq(get(2, 1, 0), 2 * k);
	for (int64_t k = 0; k < 3; k++)
		put(2 * k);
	vmalloc_purge(&v, false, &p); /* the pool: 4, 2, 0 */
	cr_assert_eq(get(2, 8 * PAGE, 0), 8, "4 is not aligned to 8 pages");
	cr_assert_eq(get(2, 1, 0), 2, "4 went to the tail");
	cr_assert_eq(get(2, 8 * PAGE, 0), 0);
	cr_assert_eq(get(2, 1, 0), 4);
	sound();
}

/* specification 1.9, vector 3; decay_va_pool_node(): 3 >> 2 is 0, and --0 wraps */
Test(vmalloc, pools_decay_by_a_quarter_or_altogether)
{
	struct vmalloc_purge p;

	open_space(&vmalloc_nodes, 2);
	for (int64_t k = 0; k < 3; k++)
		get(2, 1, 0);
	for (int64_t k = 0; k < 8; k++)
		get(3, 1, 0);
	for (int64_t k = 0; k < 3; k++)
		put(2 * k);
	for (int64_t k = 0; k < 8; k++)
		put(6 + 3 * k);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(v.node[0].pool[1].nr, 3);
	cr_assert_eq(v.node[0].pool[2].nr, 8);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(v.node[0].pool[1].nr, 0);
	cr_assert_eq(v.node[0].pool[2].nr, 6);
	sound();
	vmalloc_purge(&v, true, &p);
	cr_assert_eq(v.node[0].pool[2].nr, 0);
	cr_assert_eq(v.free.nr, 1);
	cr_assert_eq(get(2, 1, 0), 0);
	put(0);
	vmalloc_purge(&v, true, &p);
	cr_assert_eq(v.node[0].pool[1].nr, 0, "overflow fills no pool");
	sound();
}

/* purge_vmap_node() against __purge_vmap_area_lazy() of 6.1: descending and ascending */
Test(vmalloc, the_order_of_return_shapes_the_tree)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct vmalloc_purge p;

		open_space(i ? &vmalloc_nodes : &vmalloc_merged, 1);
		for (int64_t k = 0; k < 6; k++)
			cr_assert_eq(get(1, 1, 0), k);
		put(0);
		put(2);
		put(4);
		vmalloc_purge(&v, false, &p);
		sound();
		/*
		 * Free before: [1, BASE) below the root [BASE + 6, …). By hand: 0 merges with
		 * [1, BASE). Ascending, 2 comes next and is inner: it rises; 4 is then its right
		 * child's left. Descending, 4 rises, and 2 is its left child's right.
		 */
		cr_assert_eq(v.free.nr, 4);
		cr_assert_eq(v.area[v.free.root].start, BASE + (i ? 4u : 2u) * PAGE);
		vmalloc_release(&v);
	}
}

/* find_vmap_lowest_match(): a subtree is entered for size + align - 1 only, a block it meets is
 * judged by what it has */
Test(vmalloc, an_aligned_walk_meets_what_it_meets)
{
	open_space(&vmalloc_merged, 1);
	take(0, 17);
	take(19, 29); /* free: 17 and 18 */
	take(50, 30); /* free: 48 and 49 */
	/*
	 * The root is 17, by the rotations of the test below; to its right 80 on, and left of that
	 * 48. The walk goes left for the space before BASE, which lies too low; back at the root,
	 * 17 does not fit; to the right, what is left of 80 has 2 pages, less than 2 + 16 - 1.
	 */
	cr_assert_eq(v.area[v.free.root].start, BASE + 17 * PAGE);
	cr_assert_eq(get(2, 16 * PAGE, 0), 80, "48 would fit");
	cr_assert_eq(get(2, 1, 0), 17);
	cr_assert_eq(get(2, 1, 0), 48);
	sound();
}

Test(vmalloc, a_short_block_on_the_way_is_taken)
{
	open_space(&vmalloc_merged, 1);
	take(0, 16);
	take(18, 14);  /* free: 16 and 17 */
	take(34, 100); /* free: 32 and 33 */
	/*
	 * Free blocks, by address: all before BASE, 16, 32, 134 on. Inserted in this order below
	 * the last: [1, BASE) its left child; 16 right of that: two rotations make 16 the root, red
	 * ones below; 32 is left of 134. From the root 16, which does not lie left of anything
	 * large enough: it has 2 pages and is aligned.
	 */
	cr_assert_eq(v.area[v.free.root].start, BASE + 16 * PAGE);
	cr_assert_eq(get(2, 16 * PAGE, 0), 16);
	sound();
}

/* va_clip(): what is left below is a new one, what is left above keeps its place */
Test(vmalloc, a_split_without_edges_keeps_the_upper_part)
{
	uint32_t all;

	open_space(&vmalloc_merged, 2);
	all = v.free.root;
	struct vmalloc_request rq = request(4, 1, 0);
	struct vmalloc_choice c = vmalloc_choose(&v, &rq);

	cr_assert_eq(c.fit, VMALLOC_FIT_SPLIT);
	cr_assert_eq(get(4, 1, 0), 0);
	cr_assert_eq(v.area[all].start, BASE + 4 * PAGE);
	cr_assert_eq(v.area[v.area[all].left].start, VMALLOC_SPACE_START);
	cr_assert(!v.preloaded[0], "the split took the preloaded record");
	cr_assert_eq(get(4, 1, 0), 4);
	cr_assert(v.preloaded[0]);
	cr_assert(!v.preloaded[1]);
}

/* __alloc_vmap_area(): a range of exactly the size is searched without padding */
Test(vmalloc, a_range_of_exactly_the_size)
{
	struct vmalloc_request rq = { .size = 16 * PAGE,
				      .align = 16 * PAGE,
				      .start = BASE + 16 * PAGE,
				      .end = BASE + 32 * PAGE };
	uint32_t n;

	open_space(&vmalloc_merged, 1);
	take(0, 16);
	take(32, 16);
	cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
	cr_assert_neq(n, 0);
	cr_assert_eq(v.area[n].start, rq.start);
	cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
	cr_assert_eq(n, 0, "it is taken");
	sound();
}

/* alloc_vmap_area(): everything lazy is purged, and there is one more try */
Test(vmalloc, a_failed_try_is_rescued_by_a_purge)
{
	struct vmalloc_request rq = {
		.size = 8 * PAGE, .align = 1, .start = BASE, .end = BASE + 8 * PAGE
	};
	uint32_t n;

	for (unsigned int i = 0; i < 2; i++) {
		open_space(i ? &vmalloc_nodes : &vmalloc_merged, 2);
		cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
		cr_assert_neq(n, 0);
		vmalloc_free(&v, n);
		cr_assert_eq(vmalloc_choose(&v, &rq).fit, VMALLOC_FIT_NONE);
		cr_assert_eq(vmalloc_choose(&v, &rq).addr, rq.end);
		cr_assert_eq(vmalloc_alloc(&v, &rq, &n), 0);
		cr_assert_neq(n, 0);
		cr_assert_eq(v.lazy_pages, 0);
		sound();
		vmalloc_release(&v);
	}
}

/* vmalloc_info_show(): node by node; addr_to_node_id(): 64 KiB each */
Test(vmalloc, busy_areas_are_listed_by_node)
{
	uint32_t n = 0;

	open_space(&vmalloc_nodes, 2);
	cr_assert_eq(get(20, 1, 0), 0);
	cr_assert_eq(get(20, 1, 0), 20);
	cr_assert_eq(get(20, 1, 0), 40);
	/* pages 0, 20 and 40 are of zones 0, 1 and 2 */
	for (unsigned int i = 0; i < 3; i++) {
		static const uint64_t pages[] = { 0, 40, 20 };

		n = vmalloc_next_busy(&v, n);
		cr_assert_eq(v.area[n].start, BASE + pages[i] * PAGE);
	}
	cr_assert_eq(vmalloc_next_busy(&v, n), 0);
	cr_assert_eq(vmalloc_nr_busy(&v), 3);
}

Test(vmalloc, taking_ends_what_is_there)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct vmalloc_purge p;
		uint32_t n;

		open_space(i ? &vmalloc_nodes : &vmalloc_merged, 2);
		cr_assert_eq(get(4, 1, 0), 0);
		cr_assert_eq(get(4, 1, 0), 4);
		put(4);
		vmalloc_purge(&v, false, &p); /* nodes: into the pool */
		cr_assert_eq(get(6, 1, 0), i ? 8 : 4);
		put(i ? 8 : 4);
		take(2, 10);
		cr_assert_eq(vmalloc_find(&v, BASE), 0);
		cr_assert_eq(v.lazy_pages, 0);
		cr_assert_eq(vmalloc_take(&v, 0, PAGE, &n), -KM_EINVAL);
		cr_assert_eq(vmalloc_take(&v, PAGE, PAGE, &n), -KM_EINVAL);
		cr_assert_eq(get(2, 1, 0), 0);
		cr_assert_eq(get(2, 1, 0), 12);
		sound();
		vmalloc_release(&v);
	}
}

/* __get_vm_area_node(): whole pages and a guard page; get_count_order_long() within bounds */
Test(vmalloc, sizes_and_alignments)
{
	cr_assert_eq(vmalloc_size_of(1, SHIFT), 2 * PAGE);
	cr_assert_eq(vmalloc_size_of(4 * PAGE, SHIFT), 5 * PAGE);
	cr_assert_eq(vmalloc_size_of(0, SHIFT), 0);
	cr_assert_eq(vmalloc_size_of(UINT64_MAX, SHIFT), 0);
	cr_assert_eq(vmalloc_size_of(UINT64_MAX - PAGE, SHIFT), 0);
	const struct vmalloc_profile now = { .ioremap_max_order = 30 };

	cr_assert_eq(vmalloc_ioremap_align(&now, PAGE, SHIFT), PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&now, 2 * PAGE, SHIFT), 2 * PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&now, 3 * PAGE, SHIFT), 4 * PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&now, UINT64_C(1) << 40, SHIFT), UINT64_C(1) << 30);
}

/* specification 1.9, vector 5: fls() of 64 KiB is 17 */
Test(vmalloc, a_device_is_aligned_to_twice_its_size_at_first)
{
	const struct vmalloc_profile old = { .ioremap_max_order = 19, .ioremap_above = true };

	cr_assert_eq(vmalloc_ioremap_align(&old, 16 * PAGE, SHIFT), 32 * PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&old, 16 * PAGE - 1, SHIFT), 16 * PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&old, PAGE - 1, SHIFT), PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&old, 1, SHIFT), PAGE);
	cr_assert_eq(vmalloc_ioremap_align(&old, UINT64_C(1) << 40, SHIFT), UINT64_C(1) << 19);
}

/* ---- first fit ---- */

static const struct vmalloc_profile gapped = { .ops = &vmalloc_first_fit, .gap_pages = 1 };
static const struct vmalloc_profile cached = { .ops = &vmalloc_first_fit, .caches_hole = true };
static const struct vmalloc_profile by_age = { .ops = &vmalloc_first_fit,
					       .caches_hole = true,
					       .purges_newest_first = true };

/* specification 1.9, vector 4; alloc_vmap_area() [2.6.34]: ALIGN(va_end + PAGE_SIZE, align) */
Test(vmalloc, neighbours_are_a_page_apart_at_first)
{
	struct vmalloc_purge p;

	open_profile(&gapped, 1);
	cr_assert_eq(get(2, 1, 0), 0);
	cr_assert_eq(get(2, 1, 0), 3);
	cr_assert_eq(get(2, 1, 0), 6);
	put(3);
	cr_assert_eq(get(1, 1, 0), 9, "what waits for its purge is in the way");
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(p.areas, 1);
	/* 3 on: behind 2 and its page, up to 6: the page behind is not asked for */
	cr_assert_eq(get(3, 1, 0), 3);
	cr_assert_eq(get(1, 1, 0), 11);
	sound();
	vmalloc_release(&v);
	open_profile(&cached, 1);
	cr_assert_eq(get(2, 1, 0), 0);
	cr_assert_eq(get(2, 1, 0), 2);
	sound();
}

/* alloc_vmap_area() [3.5]: the search begins at the last area made; of holes below, one number */
Test(vmalloc, a_search_begins_where_the_last_one_ended)
{
	struct vmalloc_purge p;

	open_profile(&cached, 1);
	for (int64_t k = 0; k < 6; k++)
		cr_assert_eq(get(2, 1, 0), 2 * k);
	put(2);
	put(6);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(p.start, BASE + 2 * PAGE);
	cr_assert_eq(p.end, BASE + 8 * PAGE);
	/* by address: 2 makes the cached one 0, behind which 6 is no more: 6 > 0 */
	cr_assert_eq(v.area[v.fit.area].start, BASE);
	cr_assert_eq(get(3, 1, 0), 12);
	cr_assert_eq(v.fit.hole, 2 * PAGE, "as wide as the widest it passed by");
	cr_assert_eq(get(2, 1, 0), 15, "2 pages are no less than the hole");
	cr_assert_eq(get(1, 1, 0), 2, "1 is: from the beginning");
	cr_assert_eq(v.fit.hole, 0);
	cr_assert_eq(get(2, 1, 0), 6);
	sound();
}

/* … and from the beginning where the range or the alignment asks for less than the last one's */
Test(vmalloc, what_the_last_search_knew_is_not_for_all)
{
	struct vmalloc_request low = {
		.size = PAGE, .align = 1, .start = BASE - 64 * PAGE, .end = END
	};
	struct vmalloc_purge p;
	uint32_t n;

	open_profile(&cached, 1);
	cr_assert_eq(get(1, 1, 0), 0);
	cr_assert_eq(get(1, 4 * PAGE, 0), 4);
	cr_assert_eq(get(1, 1, 0), 1, "less aligned than the last");
	cr_assert_eq(get(1, 1, 0), 2);
	cr_assert_eq(vmalloc_alloc(&v, &low, &n), 0);
	cr_assert_eq(v.area[n].start, low.start, "it may lie lower than the last");
	/* __free_vmap_area() [3.5]: what ends below the last request's range drops the cache */
	cr_assert_eq(get(1, 1, 0), 3);
	vmalloc_free(&v, n);
	vmalloc_purge(&v, false, &p);
	cr_assert_eq(v.fit.area, 0);
	cr_assert_eq(get(1, 1, 0), 5);
	sound();
}

/*
 * __free_vmap_area(): the cached node steps down to the one before each that goes at or below it.
 * By address [3.5] that is always the area before the lowest; newest first [4.19], where the
 * lowest was freed first, each step meets what is still there, and the result is the same; where
 * the highest was freed first, the cache is below it when its turn comes.
 */
Test(vmalloc, purges_by_address_or_the_newest_first)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct vmalloc_purge p;

		open_profile(i ? &by_age : &cached, 1);
		for (int64_t k = 0; k < 4; k++)
			cr_assert_eq(get(1, 1, 0), k);
		put(3);
		put(1);
		cr_assert_eq(v.area[v.newest_freed].start, BASE + PAGE);
		vmalloc_purge(&v, false, &p);
		cr_assert_eq(p.areas, 2);
		cr_assert_eq(p.pages, 2);
		cr_assert_eq(v.lazy_pages, 0);
		cr_assert_eq(v.area[v.fit.area].start, BASE);
		cr_assert_eq(get(1, 1, 0), 1);
		cr_assert_eq(get(1, 1, 0), 3);
		sound();
		vmalloc_release(&v);
	}
}

/* The list is walked from its beginning: as many areas as there are, and the way down the tree. */
Test(vmalloc, a_search_by_list_visits_every_area)
{
	open_profile(&gapped, 1);
	for (int64_t k = 0; k < 100; k++)
		get(1, 1, 0);
	uint64_t steps = v.steps;

	get(1, 1, 0);
	cr_assert_geq(v.steps - steps, 100);
	cr_assert_leq(v.steps - steps, 100 + 2 * 7, "a red-black tree of 100 is no deeper");
	vmalloc_release(&v);
	open_profile(&cached, 1);
	for (int64_t k = 0; k < 100; k++)
		get(1, 1, 0);
	steps = v.steps;
	get(1, 1, 0);
	cr_assert_eq(v.steps - steps, 1, "the last one alone");
}
