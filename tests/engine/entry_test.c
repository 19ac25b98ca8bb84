/* SPDX-License-Identifier: GPL-2.0-only */
/* The other doors to the page allocator; outcomes worked out by hand from the functions named. */
#include <string.h>

#include "engine/machine/machine.h"
#include "engine/pages/entry.h"
#include "engine/replay/place.h"
#include "tests/support/rig_seed.h"
#include "tests/support/says.h"

static struct rig r;

static void open_rig(const char *kernel)
{
	struct rig_shape s = { .profile = kernel_profile_find(kernel),
			       .zone = { { "DMA32", 0, 0, 8192 } } };

	rig_open(&r, &s);
	pages_pcp(&r.pages, 0, 0)->batch = 4;
	pages_pcp(&r.pages, 0, 0)->high = 100;
}

static const struct pages_request kernel_request = { .gfp = KM_GFP_KERNEL };

static void end(void)
{
	rig_close(&r);
}

TestSuite(entry, .fini = end);

/* include/asm-generic/getorder.h:get_order() [6.1] */
Test(entry, orders_of_sizes)
{
	open_rig("6.1");
	IS(pages_order_of(&r.pages, 1), 0);
	IS(pages_order_of(&r.pages, 4096), 0);
	IS(pages_order_of(&r.pages, 4097), 1);
	IS(pages_order_of(&r.pages, 5 * 4096), 3);
	r.pages.page_shift = 16;
	IS(pages_order_of(&r.pages, 32768), 0);
}

/*
 * mm/page_alloc.c:make_alloc_exact() [6.1]: 5 pages of 8; pages 517, 518, 519 go to the tails,
 * ascending: 518 and 519 merge. spec 4.9.3
 */
Test(entry, exact_surplus_goes_to_the_tails)
{
	open_rig("6.1");
	rig_list(&r, 512, 3, KM_UNMOVABLE);
	rig_list(&r, 1024, 0, KM_MOVABLE);
	IS(pages_alloc_exact(&r.pages, &kernel_request, 5 * 4096 - 7).nr, 512);
	cr_assert_str_eq(rig_blocks(&r, 0, 0, KM_MOVABLE), "1024 517");
	cr_assert_str_eq(rig_blocks(&r, 0, 1, KM_MOVABLE), "518");
	IS(pages_pcp(&r.pages, 0, 0)->count, 0);
	IS(pages_free_exact(&r.pages, 0, pfn(512), 5 * 4096), 0);
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "516 515 514 513 512");
	IS(pages_alloc_exact(&r.pages, &kernel_request, UINT64_C(1) << 40).nr, KM_NO_PFN);
	SOUND(&r);
}

/* mm/page_alloc.c:alloc_pages_exact() [2.6.34]: free_page(), so onto the per-CPU list */
Test(entry, of_old_kernels_it_is_freed_as_any_page)
{
	open_rig("2.6.34");
	rig_list(&r, 512, 3, KM_UNMOVABLE);
	IS(pages_alloc_exact(&r.pages, &kernel_request, 6 * 4096).nr, 512);
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "519 518");
	SOUND(&r);
}

/* mm/page_alloc.c:__free_pages() [6.1]: upper parts first; spec 4.9.4 */
Test(entry, a_shared_block_loses_all_but_its_first_page)
{
	open_rig("6.1");
	IS(pages_free_shared(&r.pages, 0, pfn(512), 3), 0);
	cr_assert_str_eq(rig_kept(&r, 0, 0, 2 * 3 + KM_MOVABLE), "516");
	cr_assert_str_eq(rig_kept(&r, 0, 0, 1 * 3 + KM_MOVABLE), "514");
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "513");
	IS(pages_pcp(&r.pages, 0, 0)->count, 7);
	IS(pages_free(&r.pages, 0, pfn(512), 0, 0), 0);
	cr_assert_str_eq(rig_kept(&r, 0, 0, KM_MOVABLE), "512 513");
	SOUND(&r);
}

/*
 * mm/page_alloc.c:page_frag_alloc_align() [6.1]: from the end of a block of order 3 downwards; a
 * used-up block is replaced where fragments are out, and used again where none is.
 */
Test(entry, fragments)
{
	struct pages_frag f = { 0 }, old;
	uint64_t at;

	open_rig("6.1");
	rig_list(&r, 512, 9, KM_UNMOVABLE);
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 2048, &at, &old), PAGES_FRAG_NEW);
	IS(f.order, 3);
	uint64_t first = f.head.nr;

	IS(at, (first << 12) + 32768 - 2048);
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 30720, &at, &old), PAGES_FRAG_OLD);
	IS(at, first << 12);
	IS(old.head.nr, KM_NO_PFN);
	/* two are out: the block goes, another comes */
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 64, &at, &old), PAGES_FRAG_NEW);
	IS(old.head.nr, first);
	IS(old.users, 2);
	cr_assert_neq(f.head.nr, first);
	pages_frag_free(&old);
	pages_frag_free(&old);
	IS(pages_frag_drain(&r.pages, 0, &old), 0);
	/* none is out of this one: the same block from its end again */
	uint64_t second = f.head.nr;

	pages_frag_free(&f);
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 32768, &at, &old), PAGES_FRAG_OLD);
	IS(at, second << 12);
	IS(old.head.nr, KM_NO_PFN);
	pages_frag_free(&f);
	IS(pages_frag_drain(&r.pages, 0, &f), 0);
	cr_assert(!f.has_page);
	SOUND(&r);
}

/* __page_frag_cache_refill() [6.1]: order 0 where there is no block; then 8 KiB are too much */
Test(entry, fragments_of_a_single_page)
{
	struct pages_frag f = { 0 }, old;
	uint64_t at;

	open_rig("6.1");
	for (uint64_t i = 0; i < 8; i++)
		rig_list(&r, 512 + i * 2, 0, KM_UNMOVABLE);
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 4096, &at, &old), PAGES_FRAG_NEW);
	IS(f.order, 0);
	pages_frag_free(&f);
	IS(pages_frag_alloc(&r.pages, &f, &kernel_request, 8192, &at, &old), PAGES_FRAG_NONE);
	IS(pages_frag_drain(&r.pages, 0, &f), 0);
	SOUND(&r);
}

/* include/linux/mm.h:split_page(), spec 4.9.2: no event; each page comes back alone */
Test(entry, a_split_block_comes_back_page_by_page)
{
	struct machine_config c = rig_config();
	static struct machine m;
	enum place was;
	struct km_diag d;

	open_rig("6.1");
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	place_alloc(&m, pfn(1024), 3, KM_UNMOVABLE);
	IS(pageblock_of(&m.frames, pfn(1024))->used[KM_UNMOVABLE], 8);
	for (uint64_t nr = 1024; nr < 1032; nr++) {
		place_release(&m, pfn(nr), 0, &was);
		IS(was, PLACE_ALLOC);
		IS(pageblock_of(&m.frames, pfn(1024))->used[KM_UNMOVABLE], 1031 - nr);
		IS(pages_free(&m.pages, 0, pfn(nr), 0, 0), 0);
	}
	/* spec 4.9.4: parts of falling order */
	place_alloc(&m, pfn(2048), 3, KM_UNMOVABLE);
	for (unsigned int order = 3; order-- > 0;) {
		place_release(&m, pfn(2048 + pages_of(order)), order, &was);
		IS(was, PLACE_ALLOC);
		IS(pages_free(&m.pages, 0, pfn(2048 + pages_of(order)), order, 0), 0);
	}
	place_release(&m, pfn(2048), 0, &was);
	IS(was, PLACE_ALLOC);
	IS(pageblock_of(&m.frames, pfn(2048))->used[KM_UNMOVABLE], 0);
	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
	machine_release(&m);
}

#define TRANSHUGE_LIGHT                                                                \
	((KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP | KM_GFP_NOMEMALLOC | KM_GFP_NOWARN) & \
	 ~KM_GFP_RECLAIM)

enum { THP_MOVABLE = 13 }; /* order_to_pindex() [6.1] */

static struct pfn huge(void)
{
	const struct pages_request rq = { .gfp = TRANSHUGE_LIGHT, .order = 9 };

	return pages_alloc(&r.pages, &rq);
}

/*
 * Huge pages of order 9 where a pageblock is one: a refill is max(4 >> 9, 2) blocks, the halves of
 * 1024; the second waits on the list of huge pages. The third request refills again. The fourth
 * finds nothing on the free lists, which is what zone_watermark_fast() asks for, and does not wait,
 * though a block is kept. A freed one goes to the list: its 1024 pages are not below the limit of
 * 100, and nr_pcp_free() of them is 4: the oldest block. mm/page_alloc.c:rmqueue_bulk(),
 * free_unref_page_commit() [6.1]
 */
Test(entry, huge_pages_have_a_list)
{
	open_rig("6.1");
	rig_list(&r, 1024, 10, KM_MOVABLE);
	rig_list(&r, 3072, 10, KM_MOVABLE);
	IS(huge().nr, 1024);
	cr_assert_str_eq(rig_kept(&r, 0, 0, THP_MOVABLE), "1536");
	IS(pages_pcp(&r.pages, 0, 0)->count, 512);
	IS(huge().nr, 1536);
	IS(pages_pcp(&r.pages, 0, 0)->count, 0);
	IS(huge().nr, 3072);
	IS(r.zone[0].nr_free, 0);
	IS(huge().nr, KM_NO_PFN);
	IS(pages_free(&r.pages, 0, pfn(1024), 9, 0), 0);
	cr_assert_str_eq(rig_kept(&r, 0, 0, THP_MOVABLE), "1024");
	cr_assert_str_eq(rig_blocks(&r, 0, 9, KM_MOVABLE), "3584");
	SOUND(&r);
}

/*
 * Without hugetlb a pageblock of 6.1 has order 10, and so has the list: huge pages go past it. The
 * other half stays free. spec 0.3.2
 */
Test(entry, huge_pages_smaller_than_a_pageblock)
{
	struct rig_shape s = { .pb_order = 10, .zone = { { "DMA32", 0, 0, 8192 } } };

	rig_open(&r, &s);
	rig_list(&r, 1024, 10, KM_MOVABLE);
	IS(huge().nr, 1024);
	IS(pages_pcp(&r.pages, 0, 0)->count, 0);
	cr_assert_str_eq(rig_blocks(&r, 0, 9, KM_MOVABLE), "1536");
	IS(pages_free(&r.pages, 0, pfn(1024), 9, 0), 0);
	cr_assert_str_eq(rig_blocks(&r, 0, 10, KM_MOVABLE), "1024");
	SOUND(&r);
}

/* split_huge_page(): its pages come back one by one, here in any order; spec 4.9.5 */
Test(entry, a_huge_page_that_was_split)
{
	open_rig("6.1");
	rig_list(&r, 1024, 9, KM_MOVABLE);
	pages_pcp(&r.pages, 0, 0)->high = 0; /* nothing is kept: zone_pcp_disable() */
	pages_pcp(&r.pages, 0, 0)->batch = 1;
	IS(huge().nr, 1024);
	for (uint64_t i = 0; i < 512; i++)
		IS(pages_free(&r.pages, 0, pfn(1024 + i * 37 % 512), 0, 0), 0);
	cr_assert_str_eq(rig_blocks(&r, 0, 9, KM_MOVABLE), "1024");
	SOUND(&r);
}

/* ---- page_address() ---- */

static struct machine_layout l;
static struct km_snapshot seed;
static struct machine m;

static uint64_t address(const char *arch, const char *kernel, uint64_t nr)
{
	struct km_diag d;
	struct machine_config c = { .profile = kernel_profile_find(kernel),
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = 1,
				    .page_shift = 12,
				    .min_free_kbytes = -1,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };
	uint64_t at = 0;

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	memset(&l, 0, sizeof(l));
	l.arch = machine_arch_find(arch);
	l.page_shift = 12;
	l.nr_cpus = l.nr_nodes = 1;
	cr_assert_eq(layout_add_memory(&l, 0, UINT64_C(2) << 30, "", &d), 0, "%s", d.what);
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s", d.what);
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	bool has = pages_address(&m.pages, pfn(nr), &at);

	IS(!has, !at);
	machine_release(&m);
	layout_release_snapshot(&seed);
	return at;
}

/*
 * Documentation/x86/x86_64/mm.rst (direct mapping, 4 levels), arch/x86 PAGE_OFFSET of 3 GiB with
 * 896 MiB of lowmem, arm64 from the first GiB with memory on [6.1]; x86-64 as before 4.20
 */
Test(entry, where_pages_are_mapped, .fini = NULL)
{
	IS(address("x86-64", "6.1", 0x100), 0xffff888000100000);
	IS(address("x86-64", "2.6.34", 0x100), 0xffff880000100000);
	/* the hole of the first megabyte is within the zone and has struct pages */
	IS(address("x86-64", "6.1", 0xa0), 0xffff8880000a0000);
	IS(address("i386", "6.1", 0x37fff), 0xf7fff000);
	IS(address("i386", "6.1", 0x38000), 0); /* HighMem */
	IS(address("arm64", "6.1", 0x40001), 0xffff000000001000);
	IS(address("x86-64", "6.1", UINT64_C(1) << 30), 0); /* no zone's */
	/* a captured machine whose map nobody described */
	uint64_t at;

	open_rig("6.1");
	cr_assert(!pages_address(&r.pages, pfn(512), &at));
}
