/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where contiguous areas lie, against vectors worked out by hand from
 * mm/cma.c:cma_declare_contiguous_nid() and mm/memblock.c [6.1.192].
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "engine/machine/layout.h"

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
	refused("does not lie within free memory");
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
	refused("free memory of one zone of its node");
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
	/* ZONE_DMA ends at 16 MiB: the kernel would give it up when activating it */
	impossible((struct layout_cma){ .bytes = 16 * MIB, .base = 8 * MIB }, "of one zone");
	impossible((struct layout_cma){ .bytes = 16 * MIB, .base = 508 * MIB }, "free memory");
	impossible((struct layout_cma){ .bytes = 16 * MIB, .base = 264 * MIB }, "free memory");
}
