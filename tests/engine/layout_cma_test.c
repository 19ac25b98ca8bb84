/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where contiguous areas lie, against vectors worked out by hand from
 * mm/cma.c:cma_declare_contiguous_nid() and mm/memblock.c [6.1.192].
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "engine/machine/layout.h"
#include "engine/variant/profile.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct machine_layout l;
static struct km_snapshot s;
static struct km_diag d;

static void machine(const char *arch, unsigned int nodes, uint64_t bytes)
{
	l = (struct machine_layout){ .arch = machine_arch_find(arch),
				     .page_shift = 12,
				     .nr_cpus = nodes,
				     .nr_nodes = nodes };
	for (unsigned int i = 0; i < nodes; i++)
		cr_assert_eq(layout_add_memory(&l, i, bytes, "", &d), 0, "%s", d.what);
}

static struct layout_cma *area(const char *name, uint64_t bytes)
{
	struct layout_cma *c = &l.cma[l.nr_cma++];

	*c = (struct layout_cma){ .bytes = bytes, .place = "here" };
	strcpy(c->name, name);
	return c;
}

static void lies_at(unsigned int i, uint64_t base, uint64_t bytes)
{
	cr_expect_eq(s.cma[i].base_pfn, base >> 12, "%s at %#" PRIx64 " KiB", s.cma[i].name,
		     s.cma[i].base_pfn << 2);
	cr_expect_eq(s.cma[i].count, bytes >> 12, "%s: %" PRIu64 " pages", s.cma[i].name,
		     s.cma[i].count);
}

static void described(void)
{
	cr_assert_eq(layout_describe(&l, &s, &d), 0, "%s", d.what);
}

static void refused(const char *why)
{
	cr_assert_eq(layout_describe(&l, &s, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.where, "here");
	cr_expect(strstr(d.what, why), "%s", d.what);
}

static void done(void)
{
	layout_release_snapshot(&s);
}

TestSuite(layout_cma, .fini = done);

Test(layout_cma, from_the_top_down_one_below_the_other)
{
	machine("x86-64", 1, GIB);
	area("reserved", 64 * MIB);
	area("camera", 30 * MIB);
	area("video", 5 * MIB); /* rounded up to pageblocks of 2 MiB */
	described();
	lies_at(0, 960 * MIB, 64 * MIB);
	lies_at(1, 930 * MIB, 30 * MIB);
	lies_at(2, 924 * MIB, 6 * MIB);
}

Test(layout_cma, from_four_gib_up_where_there_is_enough)
{
	machine("x86-64", 1, 8 * GIB);
	area("reserved", 64 * MIB);
	area("camera", 64 * MIB);
	area("low", 64 * MIB)->limit = 2 * GIB;
	area("large", 6 * GIB); /* 5 GiB above the hole and what is taken there: nor below it */
	l.nr_cma = 3;
	described();
	lies_at(0, 4 * GIB, 64 * MIB);
	lies_at(1, 4 * GIB + 64 * MIB, 64 * MIB);
	lies_at(2, 2 * GIB - 64 * MIB, 64 * MIB);
	layout_release_snapshot(&s);
	l.nr_cma = 4;
	refused("there is no free memory for CMA area large");
}

Test(layout_cma, alignment_rounds_size_and_limit)
{
	machine("x86-64", 1, GIB);
	area("a", 64 * MIB)->alignment = 128 * MIB;
	area("b", 2 * MIB)->alignment = 16 * MIB;
	l.cma[1].limit = 500 * MIB;
	described();
	lies_at(0, 896 * MIB, 128 * MIB);
	lies_at(1, 480 * MIB, 16 * MIB);
}

Test(layout_cma, nodes_have_their_own)
{
	machine("x86-64", 2, GIB);
	area("any", 64 * MIB);
	area("numa0", 64 * MIB)->on_node = true;
	area("numa1", 64 * MIB)->on_node = true;
	l.cma[2].node = 1;
	described();
	lies_at(0, 1984 * MIB, 64 * MIB);
	lies_at(1, 960 * MIB, 64 * MIB);
	lies_at(2, 1920 * MIB, 64 * MIB);
	layout_release_snapshot(&s);
	l.cma[2].node = 2;
	refused("is to lie on node 2; there are 2");
	l.cma[2].node = 0;
	l.cma[2].base = 1536 * MIB;
	refused("does not lie within free memory of its node");
}

/* Kernel: mm/cma.c:327: first where the kernel does not map memory, else below */
Test(layout_cma, highmem_first)
{
	machine("i386", 1, 2 * GIB);
	area("high", 64 * MIB);
	area("low", 64 * MIB)->limit = 896 * MIB;
	described();
	lies_at(0, 2 * GIB - 64 * MIB, 64 * MIB);
	lies_at(1, 832 * MIB, 64 * MIB);
	layout_release_snapshot(&s);
	l.cma[1].limit = 0;
	l.cma[1].base = 880 * MIB;
	refused("across the end of low memory at 0x38000000");
}

Test(layout_cma, at_a_base)
{
	machine("x86-64", 1, GIB);
	area("a", 16 * MIB)->base = 128 * MIB;
	area("b", 16 * MIB)->base = 144 * MIB;
	l.cma[1].order_per_bit = 4;
	described();
	lies_at(0, 128 * MIB, 16 * MIB);
	lies_at(1, 144 * MIB, 16 * MIB);
	cr_expect_eq(s.cma[1].order_per_bit, 4);
}

/* One area that cannot be, and what is said of it. */
static void impossible(struct layout_cma c, const char *why)
{
	machine("x86-64", 1, GIB);
	l.reserved[l.nr_reserved++] = (struct layout_range){ .start = 512 * MIB, .end = 520 * MIB };
	area("ok", 16 * MIB)->base = 256 * MIB;
	strcpy(c.place, "here");
	if (!c.name[0])
		strcpy(c.name, "x");
	l.cma[l.nr_cma++] = c;
	refused(why);
}

Test(layout_cma, what_cannot_be)
{
	impossible((struct layout_cma){ 0 }, "x has no size");
	impossible((struct layout_cma){ .bytes = UINT64_MAX }, "larger than any memory");
	impossible((struct layout_cma){ .bytes = MIB, .name = "ok" },
		   "two CMA areas are called ok");
	impossible((struct layout_cma){ .bytes = MIB, .alignment = 3 * MIB }, "no power of two");
	impossible((struct layout_cma){ .bytes = MIB, .base = 3 * MIB },
		   "does not begin at a multiple of 2048 KiB");
	impossible((struct layout_cma){ .bytes = MIB, .base = 34 * MIB, .alignment = 4 * MIB },
		   "does not begin at a multiple of 4096 KiB");
	impossible((struct layout_cma){ .bytes = 6 * MIB, .order_per_bit = 10 },
		   "its size is no multiple");
	impossible((struct layout_cma){ .bytes = 2 * GIB }, "does not fit below 0x40000000");
	impossible((struct layout_cma){ .bytes = 64 * MIB, .limit = 32 * MIB },
		   "does not fit below 0x2000000");
	impossible((struct layout_cma){ .bytes = 64 * MIB, .base = GIB }, "does not fit below");
	impossible((struct layout_cma){ .bytes = 16 * MIB, .base = 508 * MIB }, "free memory");
	impossible((struct layout_cma){ .bytes = 16 * MIB, .base = 264 * MIB },
		   "x (0x10800000 to 0x11800000) overlaps area ok (0x10000000 to 0x11000000)");
}

/* Kernel: mm/cma.c:286: a limit below the alignment is rounded down to none [6.1.192] */
Test(layout_cma, a_limit_of_nothing)
{
	machine("x86-64", 1, GIB);
	area("a", 64 * MIB)->limit = MIB;
	described();
	lies_at(0, 960 * MIB, 64 * MIB);
}

/*
 * ZONE_DMA ends at 16 MiB: memblock knows no zones, and cma_activate_area() gives the area up. Its
 * pages are of both zones, and no zone's CMA.
 */
Test(layout_cma, across_two_zones)
{
	machine("x86-64", 1, GIB);
	described();
	const uint64_t dma = s.zones[0].managed, dma32 = s.zones[1].managed;

	layout_release_snapshot(&s);
	area("a", 16 * MIB)->base = 8 * MIB;
	described();
	lies_at(0, 8 * MIB, 16 * MIB);
	cr_expect_eq(s.zones[0].managed, dma);
	cr_expect_eq(s.zones[1].managed, dma32);
	cr_expect_eq(s.zones[0].cma + s.zones[1].cma, 0);
}

/* The same where the search itself finds such a place: 4 GiB of arm64 from 1 GiB on, 3 in DMA. */
Test(layout_cma, found_across_two_zones)
{
	machine("arm64", 1, 4 * GIB);
	l.reserved[l.nr_reserved++] =
		(struct layout_range){ .start = 4 * GIB + 32 * MIB, .end = 5 * GIB };
	area("a", 64 * MIB);
	area("reserved", 64 * MIB);
	described();
	lies_at(0, 4 * GIB - 32 * MIB, 64 * MIB);
	lies_at(1, 4 * GIB - 96 * MIB, 64 * MIB); /* DMA's, as any default area of arm64 */
	cr_expect_eq(s.zones[0].cma, 64 * MIB >> 12);
	cr_expect_eq(s.zones[2].cma, 0);
}

/* ---- which kernel ---- */

/*
 * An i386 with 5 GiB, 3 of them below the hole. 6.1 reserves above low memory, looks again between
 * 4 GiB and the end of low memory, finds nothing, and forgets the first (mm/cma.c:327, 349, 357).
 * 6.12 begins at 4 GiB, with the limit that was asked for (mm/cma.c:328, 342).
 */
Test(layout_cma, i386_beyond_four_gib)
{
	machine("i386", 1, 5 * GIB);
	area("a", 64 * MIB);
	described();
	lies_at(0, 832 * MIB, 64 * MIB);
	cr_expect_eq(l.nr_reserved, 1);
	cr_expect_eq(l.reserved[0].start, 6 * GIB - 64 * MIB);
	cr_expect_eq(l.reserved[0].end, 6 * GIB);
	layout_release_snapshot(&s);

	machine("i386", 1, 5 * GIB);
	l.cma_rules = &kernel_v6_12.cma;
	area("a", 64 * MIB);
	area("b", 64 * MIB)->limit = 2 * GIB;
	area("reserved", 64 * MIB); /* arch/x86/kernel/setup.c: below max_pfn_mapped */
	described();
	lies_at(0, 4 * GIB, 64 * MIB);
	lies_at(1, 2 * GIB - 64 * MIB, 64 * MIB);
	lies_at(2, 832 * MIB, 64 * MIB);
	cr_expect_eq(l.nr_reserved, 0);
}

/*
 * drivers/base/dma-contiguous.c:dma_declare_contiguous() [3.5]: everything is a multiple of
 * PAGE_SIZE << MAX_ORDER, 8 MiB; a base is rounded up; without one from the top of the mapped down.
 */
Test(layout_cma, as_3_5_does)
{
	machine("x86-64", 1, 8 * GIB);
	l.cma_rules = &kernel_v3_5.cma;
	area("reserved", 20 * MIB);
	area("at", 8 * MIB)->base = 130 * MIB;
	area("below", 8 * MIB)->limit = 100 * MIB;
	described();
	lies_at(0, 9 * GIB - 24 * MIB, 24 * MIB);
	lies_at(1, 136 * MIB, 8 * MIB);
	lies_at(2, 88 * MIB, 8 * MIB);
	layout_release_snapshot(&s);

	machine("i386", 1, 2 * GIB);
	l.cma_rules = &kernel_v3_5.cma;
	area("reserved", 16 * MIB);
	area("high", 16 * MIB)->limit = 2 * GIB;
	described();
	lies_at(0, 880 * MIB, 16 * MIB);
	lies_at(1, 2 * GIB - 16 * MIB, 16 * MIB);
	layout_release_snapshot(&s);
	l.nr_cma = 1;
	area("x", 16 * MIB)->order_per_bit = 1;
	refused("asks for several pages to a bit");
	l.cma[1] = (struct layout_cma){ .name = "x", .bytes = MIB, .place = "here", .on_node = 1 };
	refused("asks for a node");
	l.cma[1] = (struct layout_cma){ .name = "x", .bytes = MIB, .place = "here" };
	l.cma[1].alignment = 16 * MIB;
	refused("asks for an alignment of its own");
}
