/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces of 2.6.34 to 6.12, by hand from what include/trace/events/kmem.h of the release prints and
 * stores (2.6.34, 3.5, 6.1, 6.12: read; the others as the notes on their formats have it).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/gfp.h"
#include "tests/support/archive_file.h"
#include "tests/support/dat_build.h"
#include "tests/support/text_trace.h"
#include "traces/trace.h"

enum { NO_MT = KM_NR_MIGRATETYPES, KSWAPD = KM_GFP_KSWAPD_RECLAIM };

/* What one line is read as. */
static const struct line {
	const char *release, *text; /* from the task on; @release in meta/version */
	uint8_t kind;
	uint64_t number; /* pfn or pointer */
	uint32_t gfp;
	uint8_t order, mt;
} lines[] = {
#define OLD_HEAD "            bash-2001  [000]   512.000001: "
#define HEAD_4 "            bash-2001  [000] d..1   512.000001: "
#define HEAD_5 "            bash-2001    [000] d..1.   512.000001: "
	/* No flags column. Types: 1 reclaimable, 2 movable, 3 reserve. */
	{ "2.6.34", OLD_HEAD "mm_page_free_direct: page=ffffea0000a1b2c0 pfn=123456 order=0",
	  KM_EV_PAGE_FREE, 123456, 0, 0, 0 },
	{ "2.6.34", OLD_HEAD "mm_pagevec_free: page=ffffea0000a1b2c0 pfn=123456 order=0 cold=1",
	  KM_EV_PAGE_FREE_BATCHED, 123456, 0, 0, 0 },
	{ "2.6.34",
	  OLD_HEAD "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=2 migratetype=2 "
		   "gfp_flags=GFP_HIGHUSER_MOVABLE|GFP_COLD",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COLD, 2, KM_MOVABLE },
	{ "2.6.34",
	  OLD_HEAD "mm_page_alloc: page=(null) pfn=4503599627370495 order=4 migratetype=1 "
		   "gfp_flags=GFP_NOFS|GFP_RECLAIMABLE|GFP_NOWARN|GFP_NORETRY",
	  KM_EV_PAGE_ALLOC, KM_NO_PFN,
	  KM_GFP_RECLAIM | KM_GFP_IO | KM_GFP_RECLAIMABLE | KM_GFP_NOWARN | KM_GFP_NORETRY, 4,
	  KM_RECLAIMABLE },
	{ "2.6.34",
	  OLD_HEAD "mm_page_alloc_zone_locked: page=ffffea0000a1b2c0 pfn=123456 order=0 "
		   "migratetype=1 percpu_refill=1",
	  KM_EV_ZONE_LOCKED, 123456, 0, 0, KM_RECLAIMABLE },
	{ "2.6.34",
	  OLD_HEAD "kmalloc_node: call_site=ffffffff8110b3c5 ptr=ffff880012345678 bytes_req=100 "
		   "bytes_alloc=128 gfp_flags=GFP_KERNEL|GFP_ZERO node=1",
	  KM_EV_KMALLOC, 0xffff880012345678, KM_GFP_KERNEL | KM_GFP_ZERO, 0, NO_MT },
	{ "2.6.34",
	  OLD_HEAD "kmem_cache_alloc_node: call_site=ffffffff8110b3c5 ptr=ffff880012345678 "
		   "bytes_req=192 bytes_alloc=192 gfp_flags=GFP_NOWAIT node=0",
	  KM_EV_CACHE_ALLOC, 0xffff880012345678, KSWAPD, 0, NO_MT },
	{ "2.6.34", OLD_HEAD "kmem_cache_free: call_site=ffffffff8110b3c5 ptr=ffff880012345678",
	  KM_EV_CACHE_FREE, 0xffff880012345678, 0, 0, NO_MT },
	{ "2.6.39",
	  OLD_HEAD "mm_page_alloc: page=ffffea0000a1b2c0 pfn=1048576 order=9 migratetype=2 "
		   "gfp_flags=GFP_TRANSHUGE|GFP_OTHER_NODE",
	  KM_EV_PAGE_ALLOC, 1048576,
	  (KM_GFP_HIGHUSER_MOVABLE & ~KSWAPD) | KM_GFP_COMP | KM_GFP_NOMEMALLOC | KM_GFP_NORETRY |
		  KM_GFP_NOWARN,
	  9, KM_MOVABLE },
	{ "2.6.39",
	  OLD_HEAD "mm_page_alloc: page=ffffea0000a1b2c0 pfn=1048576 order=0 migratetype=0 "
		   "gfp_flags=GFP_WAIT|GFP_IO|GFP_NO_KSWAPD",
	  KM_EV_PAGE_ALLOC, 1048576, KM_GFP_DIRECT_RECLAIM | KM_GFP_IO, 0, KM_UNMOVABLE },
	/* Renamed in 3.3; four flags. */
	{ "3.5.0", HEAD_4 "mm_page_free: page=ffffea0000a1b2c0 pfn=123456 order=3", KM_EV_PAGE_FREE,
	  123456, 0, 3, 0 },
	{ "3.5.0", HEAD_4 "mm_page_free_batched: page=ffffea0000a1b2c0 pfn=123456 order=0 cold=0",
	  KM_EV_PAGE_FREE_BATCHED, 123456, 0, 0, 0 },
	{ "3.5.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=1 "
		 "gfp_flags=GFP_ATOMIC|GFP_NOTRACK|0x1000000",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_HIGH | KSWAPD | KM_GFP_WRITE, 0, KM_RECLAIMABLE },
	{ "3.5.0",
	  HEAD_4 "mm_page_pcpu_drain: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=3",
	  KM_EV_PCPU_DRAIN, 123456, 0, 0, KM_HIGHATOMIC },
	{ "3.10.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=2 "
		 "gfp_flags=GFP_KERNEL|GFP_MEMALLOC|GFP_KMEMCG",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_KERNEL | KM_GFP_MEMALLOC, 0, KM_MOVABLE },
	{ "4.3.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=1 "
		 "gfp_flags=GFP_TEMPORARY|GFP_REPEAT",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_KERNEL | KM_GFP_RECLAIMABLE | KM_GFP_RETRY_MAYFAIL, 0,
	  KM_RECLAIMABLE },
	/* The new numbers: 1 movable, 2 reclaimable, 3 highatomic. */
	{ "4.4.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=1 "
		 "gfp_flags=GFP_HIGHUSER_MOVABLE",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_HIGHUSER_MOVABLE, 0, KM_MOVABLE },
	{ "4.4.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=2 "
		 "gfp_flags=GFP_DIRECT_RECLAIM|GFP_KSWAPD_RECLAIM|GFP_RECLAIMABLE",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_RECLAIM | KM_GFP_RECLAIMABLE, 0, KM_RECLAIMABLE },
	/* Names with underscores since 4.6. */
	{ "4.14.0",
	  HEAD_4 "mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=0 "
		 "gfp_flags=GFP_KERNEL|__GFP_COLD|__GFP_NOTRACK|__GFP_RETRY_MAYFAIL",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_KERNEL | KM_GFP_COLD | KM_GFP_RETRY_MAYFAIL, 0,
	  KM_UNMOVABLE },
	{ "4.14.0", HEAD_4 "mm_page_free_batched: page=ffffea0000a1b2c0 pfn=123456 order=0 cold=0",
	  KM_EV_PAGE_FREE_BATCHED, 123456, 0, 0, 0 },
	{ "5.4.0",
	  HEAD_4 "mm_page_alloc: page=00000000aa55aa55 pfn=123456 order=0 migratetype=1 "
		 "gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO",
	  KM_EV_PAGE_ALLOC, 123456, KM_GFP_HIGHUSER_MOVABLE | KM_GFP_ZERO, 0, KM_MOVABLE },
	{ "5.10.0",
	  HEAD_4
	  "kmalloc_node: call_site=__alloc_skb+0x8c/0x190 ptr=00000000deadbeef bytes_req=640 "
	  "bytes_alloc=1024 gfp_flags=__GFP_HIGH|__GFP_ATOMIC|__GFP_NOWARN node=-1",
	  KM_EV_KMALLOC, 0xdeadbeef, KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_NOWARN, 0, NO_MT },
	/* Frame numbers in hex. */
	{ "5.15.0",
	  HEAD_4 "mm_page_alloc: page=00000000aa55aa55 pfn=0x1e240 order=0 migratetype=0 "
		 "gfp_flags=GFP_KERNEL_ACCOUNT",
	  KM_EV_PAGE_ALLOC, 0x1e240, KM_GFP_KERNEL | KM_GFP_ACCOUNT, 0, KM_UNMOVABLE },
	/* Five flags. */
	{ "6.0.0",
	  HEAD_5 "kmem_cache_alloc_node: call_site=copy_process+0x1/0x2 ptr=00000000deadbeef "
		 "bytes_req=640 bytes_alloc=1024 gfp_flags=GFP_KERNEL node=-1 accounted=true",
	  KM_EV_CACHE_ALLOC, 0xdeadbeef, KM_GFP_KERNEL, 0, NO_MT },
	{ "6.1.192", HEAD_5 "kmem_cache_free: call_site=a+0x1/0x2 ptr=00000000deadbeef name=dentry",
	  KM_EV_CACHE_FREE, 0xdeadbeef, 0, 0, NO_MT },
	{ "6.6.0",
	  HEAD_5 "mm_page_alloc: page=00000000aa55aa55 pfn=0x1e240 order=0 migratetype=0 "
		 "gfp_flags=GFP_ATOMIC|__GFP_NOWARN",
	  KM_EV_PAGE_ALLOC, 0x1e240, KM_GFP_HIGH | KSWAPD | KM_GFP_NOWARN, 0, KM_UNMOVABLE },
	{ "6.12.117",
	  HEAD_5 "mm_page_alloc: page=00000000aa55aa55 pfn=0x1e240 order=0 migratetype=0 "
		 "gfp_flags=GFP_NOWAIT|0x1000000",
	  KM_EV_PAGE_ALLOC, 0x1e240, KSWAPD | KM_GFP_NOWARN | KM_GFP_NO_OBJ_EXT, 0, KM_UNMOVABLE },
};

static struct text_trace read_of_release(const char *release, const char *text)
{
	char version[64], trace[512];
	const struct tar_member m[] = { { "trace.txt", trace, NULL },
					{ "meta/version", version, NULL } };

	snprintf(version, sizeof(version), "Linux version %s (a@b)\n", release);
	snprintf(trace, sizeof(trace), "%s\n", text);
	const char *path = tar_file(PACK_PLAIN, m, *release ? 2 : 1);
	struct text_trace x = read_trace_file(path);

	unlink(path);
	return x;
}

Test(old_kernels, lines)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line *l = &lines[i];
		struct text_trace x = read_of_release(l->release, l->text);
		const struct km_event *ev = &x.ev[0];
		bool page = l->mt != NO_MT;
		const struct trace_notice *n;

		cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
		cr_assert_eq(x.nr, 1, "%s", l->text);
		cr_assert_eq(ev->kind, l->kind, "%s", l->text);
		cr_assert_eq(page ? ev->page.pfn : ev->obj.ptr, l->number, "%s", l->text);
		cr_assert_eq(page ? ev->page.gfp : ev->obj.gfp, l->gfp, "%s: %s: %x", l->release,
			     l->text, page ? ev->page.gfp : ev->obj.gfp);
		cr_assert(!page || (ev->page.order == l->order && ev->page.mt == l->mt), "%s: %s",
			  l->release, l->text);
		cr_assert_eq(trace_notices(x.t, &n), 0, "%s: %s", l->text, n[0].what);
		trace_close(x.t);
	}
}

/* Where no release is named, or one that cannot be true, what a line proves decides. */
Test(old_kernels, a_line_proves_its_kernels_age)
{
	static const char alloc[] = OLD_HEAD
		"mm_page_alloc: page=ffffea0000a1b2c0 pfn=123456 order=0 migratetype=1 "
		"gfp_flags=GFP_KERNEL\n" OLD_HEAD;
	static const struct {
		const char *release, *second;
		uint8_t mt;
		const char *notice;
	} cases[] = {
		{ "", "mm_page_free_direct: page=ffffea0000a1b2c0 pfn=123456 order=0",
		  KM_RECLAIMABLE, NULL },
		{ "", "mm_page_alloc: page=1 pfn=1 order=0 migratetype=0 gfp_flags=GFP_WAIT",
		  KM_RECLAIMABLE, NULL },
		{ "", "mm_page_free_batched: page=1 pfn=1 order=0 cold=0", KM_MOVABLE, "4.15" },
		{ "", "mm_page_free: page=1 pfn=1 order=0", KM_MOVABLE, "5.15" },
		{ "6.1.192", "mm_pagevec_free: page=1 pfn=1 order=0 cold=0", KM_RECLAIMABLE,
		  "3.3" },
		{ "5.4.0", "mm_page_free: page=1 pfn=1 order=0", KM_MOVABLE, NULL },
		{ "3.5.0", "mm_page_free: page=1 pfn=1 order=0", KM_RECLAIMABLE, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct trace_notice *n;
		char text[512];

		snprintf(text, sizeof(text), "%s%s", alloc, cases[i].second);
		for (int pass = 0; pass < 2; pass++) {
			struct text_trace x = read_of_release(cases[i].release, text);

			cr_assert_eq(x.nr, 2);
			cr_assert_eq(x.ev[0].page.mt, cases[i].mt, "%s", cases[i].second);
			cr_assert_eq(trace_notices(x.t, &n), cases[i].notice ? 1 : 0, "%s",
				     cases[i].second);
			if (cases[i].notice)
				cr_assert_str_eq(n[0].name, cases[i].notice);
			trace_close(x.t);
		}
	}
}

Test(old_kernels, names_without_a_meaning_are_counted)
{
	const struct trace_notice *n;
	struct text_trace x = read_of_release("6.1.192", HEAD_5
					      "mm_page_alloc: page=1 pfn=0x1 order=0 migratetype=0 "
					      "gfp_flags=GFP_KERNEL|__GFP_NEW|0x80000000\n" HEAD_5
					      "mm_page_alloc: page=1 pfn=0x2 order=0 migratetype=0 "
					      "gfp_flags=GFP_KERNEL|__GFP_NEW");

	cr_assert_eq(x.nr, 2);
	cr_assert_eq(x.ev[1].page.gfp, KM_GFP_KERNEL | KM_GFP_OTHER);
	cr_assert_eq(trace_notices(x.t, &n), 2);
	cr_assert_str_eq(n[0].name, "__GFP_NEW");
	cr_assert_eq(n[0].count, 2);
	cr_assert_str_eq(n[1].name, "0x80000000");
	cr_assert_eq(trace_rewind(x.t, NULL), 0);
	cr_assert_eq(trace_notices(x.t, &n), 0, "they are counted anew");
	trace_close(x.t);
}

/* ---- trace.dat: events store a page pointer ---- */

#define OLD_COMMON                                                                      \
	"format:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"          \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"  \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
#define PAGE_FIELD "\n\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
#define INT_FIELD(name, at) "\tfield:unsigned int " name ";\toffset:" #at ";\tsize:4;\tsigned:0;\n"
#define PRINT(base) \
	"\nprint fmt: \"page=%p pfn=%lu\", REC->page, (unsigned long)((REC->page) - " base ")\n"
#define CLASSIC "((struct page *)(0xffffea0000000000UL))"

enum { ID_FREE_DIRECT = 210, ID_OLD_ALLOC, ID_OLD_EXTFRAG };

#define FREE_DIRECT(base)                                                                   \
	"name: mm_page_free_direct\nID: 210\n" OLD_COMMON PAGE_FIELD INT_FIELD("order", 16) \
		PRINT(base)

static const char *const old_formats[] = {
	FREE_DIRECT(CLASSIC),
	"name: mm_page_alloc\nID: 211\n" OLD_COMMON PAGE_FIELD INT_FIELD("order", 16)
		INT_FIELD("gfp_flags", 20) INT_FIELD("migratetype", 24) PRINT(CLASSIC),
	"name: mm_page_alloc_extfrag\nID: 212\n" OLD_COMMON PAGE_FIELD INT_FIELD("alloc_order", 16)
		INT_FIELD("fallback_order", 20) INT_FIELD("alloc_migratetype", 24)
			INT_FIELD("fallback_migratetype", 28) PRINT(CLASSIC),
	NULL,
};
/* Without an array of struct pages there is no base. */
static const char *const flat_formats[] = { FREE_DIRECT("pfn_of_nid"), NULL };

struct old_record {
	uint64_t page;
	uint32_t v[4];
};

static struct dat_build build;
static uint8_t file[DAT_BUILD_MAX];

static void start_build(const char *uname, const char *const *formats)
{
	dat_build_init(&build, 6, false, 1);
	build.uname = uname;
	build.formats = formats;
}

static void put_record(unsigned int id, uint64_t page, uint32_t a, uint32_t b, uint32_t c,
		       uint32_t d)
{
	struct old_record r = { page, { a, b, c, d } };

	dat_build_bytes(&build, 0, 1000 + id, id, &r, sizeof(r));
}

static struct text_trace read_built(void)
{
	char path[64];
	size_t len = dat_build_file(&build, file);

	return read_trace_file(dat_build_path(file, len, path));
}

/* include/asm-generic/memory_model.h:page_to_pfn(): the distance in struct pages. */
static void pointers_of(const char *uname, uint64_t bytes)
{
	const uint64_t base = UINT64_C(0xffffea0000000000);

	start_build(uname, old_formats);
	put_record(ID_FREE_DIRECT, base + bytes * 123456, 3, 0, 0, 0);
	put_record(ID_OLD_ALLOC, base + bytes * 77, 1, 0x80d0, 2, 0);
	put_record(ID_OLD_ALLOC, 0, 0, 0x400020, 1, 0);
	put_record(ID_OLD_EXTFRAG, base + bytes * 1024, 0, 9, 1, 2);
	put_record(ID_OLD_EXTFRAG, base + bytes * 1024, 0, 9, 1, 1);
	struct text_trace x = read_built();

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 5);
	cr_assert_eq(x.ev[0].kind, KM_EV_PAGE_FREE);
	cr_assert_eq(x.ev[0].page.pfn, 123456);
	cr_assert_eq(x.ev[0].page.order, 3);
	cr_assert_eq(x.ev[1].page.pfn, 77);
	cr_assert_eq(x.ev[1].page.gfp, KM_GFP_KERNEL | KM_GFP_ZERO);
	cr_assert_eq(x.ev[1].page.mt, KM_MOVABLE);
	cr_assert_eq(x.ev[2].page.pfn, KM_NO_PFN);
	cr_assert_eq(x.ev[2].page.gfp, KM_GFP_HIGH, "NO_KSWAPD");
	cr_assert_eq(x.ev[3].extfrag.pfn, 1024);
	cr_assert_eq(x.ev[3].extfrag.change_ownership, 0);
	cr_assert_eq(x.ev[4].extfrag.change_ownership, 1, "the kernel printed: equal types");
	trace_close(x.t);
}

Test(old_kernels, page_pointers)
{
	pointers_of("Linux host 2.6.34 x86_64", 56);
	pointers_of("Linux host 3.5.0 x86_64", 64);
}

static void pointers_refused(const char *uname, const char *const *formats, uint64_t page)
{
	start_build(uname, formats);
	put_record(ID_FREE_DIRECT, page, 0, 0, 0, 0);
	struct text_trace x = read_built();

	cr_assert_eq(x.err, -KM_ENOTSUP, "%s: %d", uname, x.err);
	cr_assert(strstr(x.d.what, "give the trace as text"), "%s", x.d.what);
	trace_close(x.t);
}

Test(old_kernels, page_pointers_of_no_known_array)
{
	const uint64_t good = UINT64_C(0xffffea0000000000) + 64 * 5;

	pointers_refused("Linux host 3.5.0 i686", old_formats, good);
	pointers_refused("Linux host 5.4.0 x86_64", old_formats, good);
	pointers_refused("Linux host 3.5.0 x86_64", flat_formats, good);
	pointers_refused("Linux host 3.5.0 x86_64", old_formats, good + 56);
	pointers_refused("Linux host 3.5.0 x86_64", old_formats, 4096);
}
