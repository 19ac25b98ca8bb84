/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other doors to the page allocator as a generated trace asks at them.
 *
 * The machine has 64 MiB: zone DMA32 has 12 free blocks of order 10 from page 4096 on, all movable.
 * The first unmovable request takes the first of them whole (steal_suitable_fallback() [6.1]) and
 * cuts it from below. The per-CPU lists' batch is 3 (zone_batchsize(): 12288 pages): a refill is 3
 * single pages, or max(3 >> order, 2) blocks.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/replay/place.h"
#include "engine/replay/state.h"
#include "tests/property/random.h"
#include "tests/support/quiet_sink.h"

static struct replay r;
static struct machine_layout layout;
static struct km_snapshot seed;
static struct strtab *strings;
static struct km_diag d;

static void begin(void)
{
	struct machine_config c = { .profile = kernel_profile_find("6.1"),
				    .seed = &seed,
				    .layout = &layout,
				    .nr_cpus = 1,
				    .page_shift = 12,
				    .min_free_kbytes = -1,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	memset(&r, 0, sizeof(r));
	memset(&layout, 0, sizeof(layout));
	layout.arch = machine_arch_find("x86-64");
	layout.page_shift = 12;
	layout.nr_cpus = layout.nr_nodes = 1;
	cr_assert_eq(layout_add_memory(&layout, 0, 64 << 20, "", &d), 0);
	cr_assert_eq(layout_describe(&layout, &seed, &d), 0);
	cr_assert_eq(machine_init(&r.m, &c, &d), 0, "%s", d.what);
	cr_assert_eq(machine_boot(&r.m, &d), 0);
	cr_assert_eq(strtab_open(&strings), 0);
	r.strings = strings;
	r.config.profile = c.profile;
}

static void end(void)
{
	cr_assert_eq(machine_check(&r.m, &d), 0, "%s", d.what);
	doors_release(&r.doors);
	machine_release(&r.m);
	layout_release_snapshot(&seed);
	strtab_close(strings);
}

TestSuite(doors, .init = begin, .fini = end);

static int event(enum km_event_kind kind, const char *door, uint64_t name, uint32_t bytes)
{
	struct km_event ev = { .kind = (uint8_t)kind,
			       .obj = { .ptr = km_door_ptr(name),
					.bytes_req = bytes,
					.gfp = KM_GFP_KERNEL,
					.node = -1 } };
	const struct op op = { .kind = OP_EVENT, .no = 1, .ev = &ev };

	ev.obj.call_site = (uint32_t)strtab_intern(strings, door, strlen(door));
	return doors_event(&r, &op, &d);
}

static void ask(unsigned int door, uint64_t name, uint32_t bytes)
{
	cr_assert_eq(event(KM_EV_KMALLOC, km_door_name(door), name, bytes), 0, "%s", d.what);
}

static void give(unsigned int door, uint64_t name)
{
	cr_assert_eq(event(KM_EV_KFREE, km_door_name(door), name, 0), 0, "%s", d.what);
}

/* Each page of [@from, @to) is there; those on lists as heads of blocks of @order. */
static void lies(uint64_t from, uint64_t to, enum place where, unsigned int order)
{
	for (uint64_t nr = from; nr < to; nr += pages_of(order)) {
		struct frame at;

		cr_assert_eq(place_of(&r.m, pfn(nr), &at), where, "page %d", (int)nr);
		cr_assert(where != PLACE_PCP || at.order == order, "page %d", (int)nr);
	}
}

/*
 * make_alloc_exact() [6.1]: 5 pages of a block of 8, of which there are two; the other 3 go to the
 * free lists' tails, past the per-CPU lists, where freed ones go.
 */
Test(doors, exact)
{
	ask(KM_DOOR_EXACT, 0, 5 * 4096 - 7);
	lies(4096, 4101, PLACE_ALLOC, 0);
	lies(4101, 4104, PLACE_FREE, 0);
	lies(4104, 4112, PLACE_PCP, 3);
	cr_assert_eq(r.m.zone[1].nr_free, 12288 - 16 + 3);
	give(KM_DOOR_EXACT, 0);
	lies(4096, 4101, PLACE_PCP, 0);
	cr_assert_eq(r.m.zone[1].nr_free, 12288 - 16 + 3);
}

/* split_page() [6.1]: 4 pages come back one by one */
Test(doors, split)
{
	ask(KM_DOOR_SPLIT, 0, 3 * 4096);
	lies(4096, 4100, PLACE_ALLOC, 0);
	lies(4100, 4104, PLACE_PCP, 2);
	give(KM_DOOR_SPLIT, 0);
	lies(4096, 4100, PLACE_PCP, 0);
}

/* __free_pages() [6.1], spec 4.9.4: 4 pages, 2, 1, and the one that somebody held */
Test(doors, shared)
{
	ask(KM_DOOR_SHARED, 0, 8 * 4096);
	cr_assert_eq(place_of(&r.m, pfn(4096), NULL), PLACE_ALLOC);
	give(KM_DOOR_SHARED, 0);
	lies(4100, 4104, PLACE_PCP, 2);
	lies(4098, 4100, PLACE_PCP, 1);
	lies(4096, 4098, PLACE_PCP, 0);
}

/* __alloc_pages_bulk() [6.1]: ten pages by refills of three: two are left on the list */
Test(doors, bulk)
{
	ask(KM_DOOR_BULK, 0, 10 * 4096);
	lies(4096, 4106, PLACE_ALLOC, 0);
	lies(4106, 4108, PLACE_PCP, 0);
	cr_assert_eq(r.m.zone[1].nr_free, 12288 - 12);
	for (uint64_t i = 0; i < 10; i++)
		cr_assert_eq(r.doors.object[0].page[i].nr, 4096 + i);
	give(KM_DOOR_BULK, 0);
	lies(4096, 4106, PLACE_PCP, 0);
}

/*
 * page_frag_alloc_align() [6.1]: 16 of 2 KiB are one block of order 3. The next finds it used up
 * and held: it goes with its last fragment. The one after it is used again when nobody holds it.
 */
Test(doors, fragments)
{
	for (uint64_t i = 0; i < 17; i++)
		ask(KM_DOOR_FRAG, i, 2048);
	cr_assert_eq(place_of(&r.m, pfn(4096), NULL), PLACE_ALLOC);
	cr_assert_eq(place_of(&r.m, pfn(4104), NULL), PLACE_ALLOC);
	for (uint64_t i = 0; i < 15; i++)
		give(KM_DOOR_FRAG, i);
	cr_assert_eq(place_of(&r.m, pfn(4096), NULL), PLACE_ALLOC);
	give(KM_DOOR_FRAG, 15);
	lies(4096, 4104, PLACE_PCP, 3);
	give(KM_DOOR_FRAG, 16);
	cr_assert_eq(place_of(&r.m, pfn(4104), NULL), PLACE_ALLOC);
	ask(KM_DOOR_FRAG, 0, 32768);
	cr_assert_eq(r.doors.object[0].block, r.doors.object[16].block);
	cr_assert_eq(r.doors.nr_blocks, 2);
}

/* Whatever is asked for and given back, also more than there is: nothing is lost or had twice. */
static void any_sequence(void)
{
	struct random x = { 20261121 };
	unsigned int door[64] = { 0 };
	bool lives[64] = { false };
	struct pages_frag *f;

	r.sink = (struct km_sink){ .ops = &quiet_sink_ops };
	for (int i = 0; i < 40000; i++) {
		unsigned int name = random_below(&x, 64);

		if (name > r.doors.nr_objects)
			name = (unsigned int)r.doors.nr_objects;
		if (lives[name]) {
			give(door[name], name);
		} else {
			door[name] = random_below(&x, KM_NR_DOORS);
			ask(door[name], name,
			    1 + random_below(&x, 1u << (6 + random_below(&x, 18))));
		}
		lives[name] = !lives[name];
		if (i % 500 == 0)
			cr_assert_eq(machine_check(&r.m, &d), 0, "%s", d.what);
	}
	cr_assert_gt(r.totals.failures, 100);
	for (unsigned int name = 0; name < 64; name++)
		if (lives[name])
			give(door[name], name);
	f = &r.doors.cache[0].frag;
	cr_assert(!f->has_page || !f->users);
	pages_drain_all(&r.m.pages, 0);
	if (r.doors.vmem) {
		cr_assert_eq(vmem_check(r.doors.vmem, &d), 0, "%s", d.what);
		cr_assert_eq(r.doors.vmem->n.pages, 0);
	}
	/* page tables stay */
	cr_assert_eq(r.m.zone[0].nr_free + r.m.zone[1].nr_free,
		     3998 + 12288 - (f->has_page ? pages_of(f->order) : 0) -
			     (r.doors.vmem ? r.doors.vmem->n.tables : 0));
}

Test(doors, any_sequence)
{
	any_sequence();
	cr_assert(r.doors.vmem);
}

/* mm/nommu.c: virtual memory is a block, too */
Test(doors, any_sequence_without_an_mmu)
{
	r.config.tunables.no_mmu = 1;
	any_sequence();
	cr_assert(!r.doors.vmem);
}

Test(doors, what_gen_does_not_write)
{
	cr_assert_eq(event(KM_EV_KMALLOC, "kstrdup", 0, 64), -KM_EFORMAT);
	cr_assert_eq(event(KM_EV_KMALLOC, "split_page", 1, 64), -KM_EFORMAT);
	cr_assert_eq(event(KM_EV_KMALLOC, "split_page", 0, 0), -KM_EFORMAT);
	cr_assert_eq(event(KM_EV_KFREE, "split_page", 0, 0), -KM_EFORMAT);
	ask(KM_DOOR_SPLIT, 0, 64);
	cr_assert_eq(event(KM_EV_KMALLOC, "split_page", 0, 64), -KM_EFORMAT);
	give(KM_DOOR_SPLIT, 0);
	give(KM_DOOR_SPLIT, 0);
	lies(4096, 4097, PLACE_PCP, 0);
}
