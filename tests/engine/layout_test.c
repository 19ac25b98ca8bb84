/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines laid out by a configuration: the zones they get, what cannot be, and what is free after
 * a cold start. Numbers are worked out by hand from the kernel functions named.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/machine/machine.h"
#include "tests/support/says.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct machine_layout l;
static struct km_snapshot seed;
static struct machine m;
static struct km_diag d;

static void begin(const char *arch, unsigned int cpus)
{
	memset(&l, 0, sizeof(l));
	l.arch = machine_arch_find(arch);
	cr_assert_not_null(l.arch);
	l.page_shift = 12;
	l.nr_cpus = cpus;
	l.nr_nodes = 1;
}

static void memory(unsigned int node, uint64_t start, uint64_t end)
{
	l.memory[l.nr_memory++] = (struct layout_range){
		.start = start, .end = end, .node = node, .place = "m.yaml:3:5"
	};
}

static void described(void)
{
	cr_assert_eq(layout_describe(&l, &seed, &d), 0, "%s: %s", d.where, d.what);
}

static void refused(const char *what)
{
	cr_assert_eq(layout_describe(&l, &seed, &d), -KM_EUSAGE);
	cr_assert_str_eq(d.what, what);
}

static void booted(const char *kernel)
{
	struct machine_config c = { .profile = kernel_profile_find(kernel),
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = l.nr_cpus,
				    .page_shift = l.page_shift,
				    .min_free_kbytes = -1,
				    .watermark_scale_factor = -1,
				    .watermark_boost_factor = -1,
				    .high_fraction = -1 };

	memset(c.lowmem_reserve_ratio, 0xff, sizeof(c.lowmem_reserve_ratio));
	described();
	cr_assert_eq(machine_init(&m, &c, &d), 0, "%s", d.what);
	cr_assert_eq(machine_boot(&m, &d), 0, "%s", d.what);
	cr_assert_eq(machine_check(&m, &d), 0, "%s", d.what);
}

static void end(void)
{
	machine_release(&m);
	layout_release_snapshot(&seed);
}

/* "NODE NAME START SPANNED PRESENT MANAGED; …" of the populated zones */
static const char *zones(void)
{
	static char text[2048];
	size_t n = 0;

	*text = '\0';
	for (unsigned int i = 0; i < seed.nr_zones; i++) {
		const struct km_snap_zone *z = &seed.zones[i];

		if (z->populated)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%d %s %" PRIu64 " %" PRIu64 " %" PRIu64
					      " %" PRIu64,
					      n ? "; " : "", z->node, z->name, z->start_pfn,
					      z->spanned, z->present, z->managed);
	}
	return text;
}

static void sized(unsigned int node, uint64_t bytes)
{
	cr_assert_eq(layout_add_memory(&l, node, bytes, "", &d), 0, "%s", d.what);
}

TestSuite(layout, .fini = end);

/*
 * 1 GiB from address 0: page 0 and the 0x9f000-0x100000 hole are no RAM. 0x9f - 1 + 4096 - 256 =
 * 3998 pages below 16 MiB. Kernel: arch/x86/mm/init.c:zone_sizes_init() [6.1]
 */
Test(layout, x86_64_of_one_gib)
{
	begin("x86-64", 1);
	sized(0, GIB);
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; 0 DMA32 4096 258048 258048 258048");
	IS(seed.nr_zones, 4);
	IS(seed.nr_orders, 11);
	IS(seed.pageblock_order, 9);
}

/* 8 GiB: 3 below the hole for devices, 5 above 4 GiB. */
Test(layout, x86_64_of_eight_gib_has_a_hole)
{
	begin("x86-64", 1);
	sized(0, 8 * GIB);
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 DMA32 4096 1044480 782336 782336; "
				  "0 Normal 1048576 1310720 1310720 1310720");
}

/* 896 MiB are mapped; the rest is HighMem. */
Test(layout, i386_of_two_gib)
{
	begin("i686", 1);
	sized(0, 2 * GIB);
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 Normal 4096 225280 225280 225280; "
				  "0 HighMem 229376 294912 294912 294912");
}

/* Pages of 64 KiB: blocks up to order 13, pageblocks of 512 MiB. arch/arm64/Kconfig [6.1] */
Test(layout, arm64_with_pages_of_64_kib)
{
	begin("aarch64", 1);
	l.page_shift = 16;
	sized(0, 6 * GIB);
	described();
	cr_assert_str_eq(zones(),
			 "0 DMA 16384 49152 49152 49152; 0 Normal 65536 49152 49152 49152");
	IS(seed.nr_orders, 14);
	IS(seed.pageblock_order, 13);
}

/* max_zone_phys(): where all memory lies above 4 GiB, ZONE_DMA has all of it. */
Test(layout, arm64_dma_follows_memory)
{
	begin("arm64", 1);
	memory(0, 8 * GIB, 9 * GIB);
	described();
	cr_assert_str_eq(zones(), "0 DMA 2097152 262144 262144 262144");
}

Test(layout, nodes_have_the_parts_of_zones_between_their_ends)
{
	begin("x86-64", 4);
	l.nr_nodes = 2;
	sized(0, 2 * GIB);
	sized(1, 4 * GIB);
	l.node[1].movable_bytes = GIB + 4096;
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 DMA32 4096 520192 520192 520192; "
				  "1 DMA32 524288 524288 262144 262144; "
				  "1 Normal 1048576 524288 524288 524288; "
				  "1 Movable 1572864 262144 262144 262144");
	IS(l.cpu_node[1], 0);
	IS(l.cpu_node[2], 1);
	IS(l.node[0].distance[1], 20);
}

/*
 * Vectors of mm/page_alloc.c:find_zone_movable_pfns_for_nodes() [6.1], by hand. 8 GiB: 158 + 786176
 * pages below 4 GiB are the kernel's in any case; of 1048576 wanted 262242 are left, so Normal
 * gives its first 262242 pages: up to 1310818, and to the next 1024 pages, 1311744.
 */
Test(layout, kernelcore_of_one_node)
{
	begin("x86-64", 1);
	sized(0, 8 * GIB);
	l.kernelcore.bytes = 4 * GIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 DMA32 4096 1044480 782336 782336; "
				  "0 Normal 1048576 263168 263168 263168; "
				  "0 Movable 1311744 1047552 1047552 1047552");
}

/*
 * 2 GiB over nodes of 1 and 2: 262144 pages each. Node 0 has 3840 in DMA and 258048 in DMA32: all
 * of it, and 256 pages are missing. Node 1 gives them in a second round: 524288 + 256, so 525312.
 */
Test(layout, kernelcore_where_a_node_has_too_little)
{
	begin("x86-64", 2);
	l.nr_nodes = 2;
	memory(1, GIB, 3 * GIB);
	memory(0, MIB, GIB);
	l.kernelcore.bytes = 2 * GIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA 256 3840 3840 3840; "
				  "0 DMA32 4096 258048 258048 258048; "
				  "1 DMA32 262144 263168 263168 263168; "
				  "1 Movable 525312 261120 261120 261120");
}

/*
 * 30 % of 2097054 pages: 629116, in whole blocks 629760; the kernel has 1467294, a node 733647.
 * Node 0 has 786334 below 4 GiB: 680960 are left, half of them node 1's. Second round: 340480 from
 * the one node that is left, but node 0 has only 262144 more; node 1 gives the other 78336.
 */
Test(layout, movablecore_as_a_share_of_two_nodes)
{
	begin("x86-64", 2);
	l.nr_nodes = 2;
	sized(0, 4 * GIB);
	sized(1, 4 * GIB);
	l.movablecore.percent = 30;
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 DMA32 4096 1044480 782336 782336; "
				  "0 Normal 1048576 262144 262144 262144; "
				  "1 Normal 1310720 418816 418816 418816; "
				  "1 Movable 1729536 629760 629760 629760");
}

/* Both: the larger part of the kernel's own. 2 GiB is all there is: no ZONE_MOVABLE. */
Test(layout, kernelcore_and_movablecore)
{
	begin("x86-64", 1);
	memory(0, GIB, 3 * GIB);
	l.kernelcore.bytes = MIB;
	l.movablecore.bytes = 512 * MIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA32 262144 393216 393216 393216; "
				  "0 Movable 655360 131072 131072 131072");
	layout_release_snapshot(&seed);
	l.kernelcore.bytes = 2 * GIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA32 262144 524288 524288 524288");
}

/* The highest zone is HighMem: 229278 pages below it, 32866 in it, up to 262242, so 263168. */
Test(layout, kernelcore_takes_from_highmem)
{
	begin("i386", 1);
	sized(0, 2 * GIB);
	l.kernelcore.bytes = GIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA 1 4095 3998 3998; "
				  "0 Normal 4096 225280 225280 225280; "
				  "0 HighMem 229376 33792 33792 33792; "
				  "0 Movable 263168 261120 261120 261120");
}

/* Nodes that can be unplugged, unless the kernel lies there; the other two are of no effect. */
Test(layout, movable_node)
{
	begin("x86-64", 3);
	l.nr_nodes = 3;
	memory(0, MIB, 2 * GIB);
	memory(1, 2 * GIB, 3 * GIB);
	memory(1, 4 * GIB, 5 * GIB);
	memory(2, 5 * GIB, 6 * GIB);
	l.node[0].hotpluggable = l.node[1].hotpluggable = true;
	l.reserved[l.nr_reserved++] =
		(struct layout_range){ .start = 16 * MIB, .end = 32 * MIB, .place = "m.yaml:9:9" };
	l.movable_node = true;
	l.kernelcore.bytes = GIB;
	described();
	cr_assert_str_eq(zones(), "0 DMA 256 3840 3840 3840; "
				  "0 DMA32 4096 520192 520192 516096; "
				  "1 Movable 524288 786432 524288 524288; "
				  "2 Normal 1310720 262144 262144 262144");
}

Test(layout, movable_memory_that_cannot_be)
{
	begin("x86-64", 1);
	sized(0, GIB);
	l.node[0].movable_bytes = 64 * MIB;
	l.kernelcore.percent = 50;
	refused("node 0 says how much of it is movable; so does kernelcore, movablecore or "
		"movable_node for all nodes");
	l.node[0].movable_bytes = 0;
	l.nr_zones = 1;
	strcpy(l.zone[0].name, "Normal");
	l.zone[0].end = UINT64_MAX;
	refused("memory is to be movable, but there is no zone Movable");
	l.nr_zones = 0;
	described();
	struct machine_config c = { .profile = kernel_profile_find("3.5"),
				    .seed = &seed,
				    .layout = &l,
				    .nr_cpus = 1,
				    .page_shift = 12 };

	cr_assert_eq(machine_init(&m, &c, &d), -KM_EUSAGE);
	cr_assert_str_eq(d.what, "kernel 3.5 has no share of memory here: it takes a size");
	l.movable_node = true;
	cr_assert_eq(machine_init(&m, &c, &d), -KM_EUSAGE);
	cr_assert_str_eq(d.what, "kernel 3.5 has no movable_node");
}

Test(layout, what_cannot_be)
{
	begin("x86-64", 2);
	refused("the machine has no memory");
	memory(0, 16 * MIB, 16 * MIB);
	refused("memory from 0x1000000 to 0x1000000 is empty");
	cr_assert_str_eq(d.where, "m.yaml:3:5");
	l.memory[0].end = 32 * MIB + 5;
	refused("memory from 0x1000000 to 0x2000005 does not begin and end with a page of 4096 bytes");
	l.memory[0].end = UINT64_C(1) << 60;
	refused("memory ends at 0x1000000000000000, beyond what an x86-64 can address");
	l.memory[0].end = 32 * MIB;
	memory(0, 24 * MIB, 40 * MIB);
	refused("memory from 0x1800000 to 0x2800000 overlaps that from 0x1000000 to 0x2000000");
	l.nr_memory = 1;
	l.nr_zones = 2;
	strcpy(l.zone[0].name, "Normal");
	strcpy(l.zone[1].name, "DMA32");
	l.zone[0].end = 16 * MIB;
	l.zone[1].end = UINT64_MAX;
	refused("zone DMA32 cannot lie above zone Normal");
	strcpy(l.zone[0].name, "DMA");
	l.zone[1].end = 8 * MIB;
	refused("zone DMA32 ends below where zone DMA does");
	l.zone[1].end = 64 * MIB;
	refused("the highest zone takes the rest of memory: leave its end out");
	strcpy(l.zone[1].name, "Nromal");
	refused("no kernel has a zone Nromal; there are DMA, DMA32, Normal, HighMem and Movable");
	l.nr_zones = 0;
	l.page_shift = 14;
	refused("an x86-64 has no pages of 16384 bytes");
	l.page_shift = 12;
	l.pageblock_order = 11;
	refused("the largest block of an x86-64 with such pages is of order 10");
	l.pageblock_order = 0;
	l.nr_nodes = 2;
	l.node[0].distance[0] = l.node[1].distance[1] = 10;
	l.node[0].distance[1] = 9;
	refused("the distance of node 0 to node 1 is 9: a node is 10 from itself, and more from any "
		"other");
	IS(seed.nr_zones, 0);
}

/*
 * spec 1.6.2: ascending hand-over at the tails; 9 of 4096 pages: the walk cuts [1, 159) and
 * [256, 4096) into the largest aligned blocks. mm/memblock.c:__free_pages_memory() [6.1]
 */
Test(layout, a_cold_start_hands_memory_over_ascending)
{
	begin("x86-64", 1);
	sized(0, 64 * MIB);
	booted("6.1");
	const struct buddy *b = &m.buddy[0];
	/* 1, 2-3, 4-7, … 64-127, 128-143, 144-151, 152-155, 156-157, 158; 256-511; 512-1023; … */
	const uint64_t blocks[] = { 2, 2, 2, 2, 2, 1, 1, 0, 1, 1, 3 };

	for (unsigned int order = 0; order < 11; order++)
		IS(b->nr_free[order], blocks[order]);
	IS(m.buddy[1].nr_free[10], 12);
	IS(node_pfn(&m.frames, b->list[10][KM_MOVABLE].head - 1).nr, 1024);
	IS(node_pfn(&m.frames, b->list[10][KM_MOVABLE].tail - 1).nr, 3072);
	IS(pageblock_of(&m.frames, pfn(1))->mt, KM_UNMOVABLE);
	IS(pageblock_of(&m.frames, pfn(512))->mt, KM_MOVABLE);
	IS(m.zone[0].nr_free, 3998);
	struct pages_request rq = { .gfp = KM_GFP_KERNEL, .order = 10 };

	/* DMA32 first, its lowest block; a Movable one of pageblock size is taken whole */
	IS(pages_alloc(&m.pages, &rq).nr, 4096);
}

/*
 * mm/bootmem.c:free_all_bootmem_core() [2.6.34]: 64 pages at a time to the heads, so the highest
 * block lies first. min_free_kbytes is isqrt(16 * 65144) = 1020, so 255 pages; DMA32's share of
 * them is 192: one pageblock, rounded up, is kept as MIGRATE_RESERVE, and the free block that
 * begins in it goes along.
 */
Test(layout, an_old_kernel_hands_memory_over_to_the_heads)
{
	begin("x86-64", 1);
	sized(0, 64 * MIB);
	booted("2.6.34");
	const struct buddy *b = &m.buddy[1];

	IS(m.zone[1].wmark[KM_WMARK_MIN], 192);
	IS(b->list[10][KM_MOVABLE].count, 11);
	IS(node_pfn(&m.frames, b->list[10][KM_MOVABLE].head - 1).nr, 15360);
	IS(node_pfn(&m.frames, b->list[10][KM_MOVABLE].tail - 1).nr, 5120);
	IS(node_pfn(&m.frames, b->list[10][KM_HIGHATOMIC].head - 1).nr, 4096);
	IS(pageblock_of(&m.frames, pfn(4096))->mt, KM_HIGHATOMIC);
	IS(pageblock_of(&m.frames, pfn(4608))->mt, KM_MOVABLE);
	IS(pages_pcp(&m.pages, 1, 0)->batch, 3);
	IS(pages_pcp(&m.pages, 1, 0)->high, 18);
}

/*
 * 9.3, "Captured": 6.1, P = 10, managed 253438, 1 CPU: 45056 kB; 11264/14080/16896, batch 63,
 * high 14080.
 */
Test(layout, watermarks_are_those_of_a_real_machine)
{
	begin("x86-64", 1);
	l.pageblock_order = 10;
	l.nr_zones = 2;
	strcpy(l.zone[0].name, "DMA32");
	l.zone[0].end = 4 * GIB;
	strcpy(l.zone[1].name, "Normal");
	l.zone[1].end = UINT64_MAX;
	memory(0, 4096, 4096 + UINT64_C(253438) * 4096);
	booted("6.1");
	IS(m.zone[0].wmark[KM_WMARK_MIN], 11264);
	IS(m.zone[0].wmark[KM_WMARK_LOW], 14080);
	IS(m.zone[0].wmark[KM_WMARK_HIGH], 16896);
	IS(pages_pcp(&m.pages, 0, 0)->batch, 63);
	IS(pages_pcp(&m.pages, 0, 0)->high, 14080);
}

/*
 * 9.3, "THP on": 4 CPUs, managed DMA 3840, DMA32 503000: 45056 kB, DMA 85/106/127, DMA32
 * 11178/13972/16766, high 26 and 3493; DMA's reserve against DMA32 503000 / 256 = 1964.
 */
Test(layout, watermarks_of_two_zones_and_four_cpus)
{
	begin("x86-64", 4);
	memory(0, MIB, 16 * MIB);
	memory(0, 16 * MIB, 16 * MIB + UINT64_C(503000) * 4096);
	booted("6.1");
	IS(m.zone[0].wmark[KM_WMARK_MIN], 85);
	IS(m.zone[0].wmark[KM_WMARK_LOW], 106);
	IS(m.zone[1].wmark[KM_WMARK_MIN], 11178);
	IS(m.zone[1].wmark[KM_WMARK_LOW], 13972);
	IS(m.zone[1].wmark[KM_WMARK_HIGH], 16766);
	IS(pages_pcp(&m.pages, 0, 0)->high, 26);
	IS(pages_pcp(&m.pages, 1, 3)->high, 3493);
	IS(m.zone[0].lowmem_reserve[1], 1964);
}

/* spec 1.10.1: with P the huge order, at most `high` = 252 pages stay: each block is drained. */
Test(layout, cma_areas_are_activated)
{
	begin("x86-64", 1);
	sized(0, GIB);
	l.nr_cma = 1;
	l.cma[0] = (struct layout_cma){ .name = "area", .bytes = 16 * MIB };
	booted("6.1");
	IS(l.cma[0].base, GIB - 16 * MIB);
	IS(m.zone[1].nr_free_cma, 4096);
	IS(m.zone[1].nr_free, 258048);
	IS(m.zone[1].managed, 258048);
	cr_assert(m.cma[0].active);
}

/* mm/vmstat.c:pagetypeinfo_showblockcount_print() [6.1]: 3 to 4 GiB has no sections */
Test(layout, holes_have_no_pageblocks)
{
	begin("x86-64", 1);
	sized(0, 4 * GIB);
	booted("6.1");
	cr_assert(!pageblock_of(&m.frames, pfn(786432 - 512))->absent);
	cr_assert(pageblock_of(&m.frames, pfn(786432))->absent);
	cr_assert(pageblock_of(&m.frames, pfn(1048576 - 512))->absent);
	cr_assert(!pageblock_of(&m.frames, pfn(1048576))->absent);
	/* the holes of the first megabyte lie in a section with memory */
	cr_assert(!pageblock_of(&m.frames, pfn(0))->absent);
}

/*
 * Reserved memory is not handed over; in memory whose struct pages come late, a pageblock that
 * begins in it stays unmovable. Kernel: mm/page_alloc.c:deferred_free_range() [6.1]. DMA32 of 1 GiB
 * is initialised up to the first section boundary after 32768 pages: page 65536.
 */
Test(layout, reserved_and_deferred_memory)
{
	begin("x86-64", 1);
	sized(0, GIB);
	l.deferred_init = true;
	l.nr_reserved = 2;
	l.reserved[0] = (struct layout_range){ .start = 32 * MIB, .end = 33 * MIB };
	l.reserved[1] = (struct layout_range){ .start = 512 * MIB, .end = 513 * MIB };
	booted("6.1");
	IS(m.zone[1].managed, 258048 - 512);
	IS(m.zone[1].nr_free, 258048 - 512);
	IS(pageblock_of(&m.frames, pfn(8192))->mt, KM_MOVABLE);
	IS(pageblock_of(&m.frames, pfn(131072))->mt, KM_UNMOVABLE);
	IS(pageblock_of(&m.frames, pfn(131584))->mt, KM_MOVABLE);
}
