/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of each event as 6.1 and 6.12 print it (captures), and older forms. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "tests/support/text_trace.h"

static struct text_trace x;

static const struct km_event *one(const char *event)
{
	char text[1024];

	trace_close(x.t);
	snprintf(text, sizeof(text), "            bash-42      [001] ..... 7.000001: %s\n", event);
	x = read_trace_text(text);
	cr_assert_eq(x.nr, 1, "%s: %s %s", event, x.d.where, x.d.what);
	return &x.ev[0];
}

static void refused(const char *event)
{
	char text[1024];

	snprintf(text, sizeof(text), "            bash-42      [001] ..... 7.000001: %s\n", event);
	struct text_trace y = read_trace_text(text);

	cr_assert_eq(y.err, -KM_EFORMAT, "%s: %d", event, y.err);
	cr_assert(strstr(y.d.where, ".txt:1"), "%s", y.d.where);
	trace_close(y.t);
}

Test(text_event, objects)
{
	const struct km_event *ev =
		one("kmalloc: call_site=foo+0x1/0x2 [ext4] ptr=ff11000014757e00 bytes_req=64 "
		    "bytes_alloc=96 gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=true");

	cr_assert_eq(ev->kind, KM_EV_KMALLOC);
	cr_assert_eq(ev->ts_ns, 7000001000);
	cr_assert_eq(ev->pid, 42);
	cr_assert_str_eq(trace_text(&x, ev->comm), "bash");
	cr_assert_str_eq(trace_text(&x, ev->obj.call_site), "foo+0x1/0x2 [ext4]");
	cr_assert_eq(ev->obj.ptr, 0xff11000014757e00);
	cr_assert_eq(ev->obj.bytes_req, 64);
	cr_assert_eq(ev->obj.bytes_alloc, 96);
	cr_assert_eq(ev->obj.gfp, KM_GFP_KERNEL | KM_GFP_ZERO);
	cr_assert_eq(ev->obj.node, -1);
	cr_assert_eq(ev->obj.accounted, 1);

	ev = one(
		"kmem_cache_free: call_site=putname+0x4d/0x51 ptr=ff11000014cb0000 name=names_cache");
	cr_assert_eq(ev->kind, KM_EV_CACHE_FREE);
	cr_assert_str_eq(trace_text(&x, ev->obj.cache), "names_cache");
	cr_assert_eq(ev->obj.node, -1);

	ev = one(
		"kmalloc_node: call_site=ffffffff8110b3c5 ptr=0xffff880000001000 bytes_req=5000000000 "
		"bytes_alloc=8 gfp_flags= node=3");
	cr_assert_eq(ev->kind, KM_EV_KMALLOC);
	cr_assert_eq(ev->obj.bytes_req, UINT32_MAX, "saturated");
	cr_assert_eq(ev->obj.gfp, KM_GFP_OTHER, "an empty value is unknown");
	cr_assert_eq(ev->obj.node, 3);

	ev = one("kfree: (skb_free_head+0x25) call_site=skb_free_head+0x25 ptr=(nil)");
	cr_assert_eq(ev->kind, KM_EV_KFREE);
	cr_assert_eq(ev->obj.ptr, 0);
	cr_assert_eq(one("kfree: call_site=a ptr=(____ptrval____)")->kind, KM_EV_OTHER);
}

Test(text_event, pages)
{
	const struct km_event *ev =
		one("mm_page_alloc: page=ffd40000004a4a40 pfn=0x12929 order=3 migratetype=1 "
		    "gfp_flags=GFP_KERNEL");

	cr_assert_eq(ev->kind, KM_EV_PAGE_ALLOC);
	cr_assert_eq(ev->page.pfn, 0x12929);
	cr_assert_eq(ev->page.order, 3);
	cr_assert_eq(ev->page.mt, KM_MOVABLE);
	cr_assert_eq(ev->page.gfp, KM_GFP_KERNEL);
	ev = one(
		"mm_page_alloc: page=0000000000000000 pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_KERNEL");
	cr_assert_eq(ev->page.pfn, KM_NO_PFN);
	ev = one("mm_page_alloc: page=(null) pfn=0 order=9 migratetype=1 gfp_flags=GFP_KERNEL");
	cr_assert_eq(ev->page.pfn, KM_NO_PFN);
	ev = one("mm_page_alloc: migratetype=0 page=00000000aa55aa55 new=1 pfn=0 order=0");
	cr_assert_eq(ev->page.pfn, 0, "in any order, with keys nobody knows");
	ev = one("mm_page_free_direct: page=c1a2b3c0 pfn=123456 order=0");
	cr_assert_eq(ev->kind, KM_EV_PAGE_FREE);
	cr_assert_eq(ev->page.pfn, 123456, "decimal without 0x");
	ev = one(
		"mm_page_alloc_zone_locked: page=ffd4 pfn=0x12 order=0 migratetype=2 percpu_refill=1");
	cr_assert_eq(ev->kind, KM_EV_ZONE_LOCKED);
	cr_assert_eq(ev->page.refill, 1);
	cr_assert_eq(ev->page.mt, KM_RECLAIMABLE);
	cr_assert_eq(one("mm_page_free_batched: page=ff pfn=0x1 order=0")->kind,
		     KM_EV_PAGE_FREE_BATCHED);
	cr_assert_eq(one("mm_page_pcpu_drain: page=ff pfn=0x1 order=10 migratetype=4")->page.mt,
		     KM_ISOLATE);
	ev = one(
		"mm_page_alloc_extfrag: page=ffd4 pfn=0x13000 alloc_order=1 fallback_order=10 pageblock_order=10 "
		"alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1");
	cr_assert_eq(ev->extfrag.pfn, 0x13000);
	cr_assert_eq(ev->extfrag.alloc_order, 1);
	cr_assert_eq(ev->extfrag.fallback_order, 10);
	cr_assert_eq(ev->extfrag.fallback_mt, KM_MOVABLE);
	cr_assert_eq(ev->extfrag.change_ownership, 1);
}

Test(text_event, cma_and_compaction)
{
	const struct km_event *ev = one("cma_alloc_start: name=my area count=7 align=2");

	cr_assert_eq(ev->kind, KM_EV_CMA_START);
	cr_assert_str_eq(trace_text(&x, ev->cma.name), "my area");
	cr_assert_eq(ev->cma.count, 7);
	cr_assert_eq(ev->cma.align, 2);
	cr_assert_eq(ev->cma.pfn, KM_NO_PFN);
	ev = one(
		"cma_alloc_finish: name=r pfn=0x3b000 page=ffd4000000ec0000 count=1 align=0 errorno=0");
	cr_assert_eq(ev->cma.pfn, 0x3b000);
	ev = one(
		"cma_alloc_finish: name=r pfn=0xffffffffffffffff page=0000000000000000 count=1 align=0 errorno=-12");
	cr_assert_eq(ev->cma.err, -12);
	cr_assert_eq(ev->cma.pfn, KM_NO_PFN);
	cr_assert_eq(ev->cma.tried, KM_NO_PFN);
	ev = one("cma_alloc_finish: name=r pfn=0x3b000 page=0000000000000000 count=1 align=0");
	cr_assert_eq(ev->cma.err, -1);
	cr_assert_eq(ev->cma.pfn, KM_NO_PFN);
	cr_assert_eq(ev->cma.tried, 0x3b000, "without a page it is the range tried last");
	ev = one(
		"test_pages_isolated: start_pfn=0x3b000 end_pfn=0x3b001 fin_pfn=0x3b400 ret=success");
	cr_assert_eq(ev->range.third, 0x3b400);
	cr_assert_eq(ev->range.a, 1);
	ev = one(
		"mm_compaction_isolate_freepages: range=(0x38000 ~ 0x38050) nr_scanned=80 nr_taken=36");
	cr_assert_eq(ev->range.start, 0x38000);
	cr_assert_eq(ev->range.end, 0x38050);
	cr_assert_eq(ev->range.a, 80);
	cr_assert_eq(ev->range.b, 36);
	ev = one(
		"mm_compaction_end: zone_start=0x1 migrate_pfn=0x26800 free_pfn=0x26801 zone_end=0x383d4, "
		"mode=sync status=complete");
	cr_assert_eq(ev->kind, KM_EV_COMPACT_END);
	cr_assert_eq(ev->range.end, 0x383d4);
	cr_assert_eq(ev->range.third, 0x26800);
	cr_assert_eq(ev->range.fourth, 0x26801);
	ev = one(
		"mm_migrate_pages: nr_succeeded=335 nr_failed=2 nr_thp_succeeded=0 mode=MIGRATE_SYNC");
	cr_assert_eq(ev->range.a, 335);
	cr_assert_eq(ev->range.b, 2);
}

Test(text_event, the_rest)
{
	const struct km_event *ev =
		one("alloc_vmap_area: va_start: 18446683600570056704 size=20480 align=16384 "
		    "vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0");

	cr_assert_eq(ev->num[0], 0xffffc90000008000);
	cr_assert_eq(ev->num[1], 20480);
	cr_assert_eq(ev->num[2], 16384);
	ev = one(
		"purge_vmap_area_lazy: start=0xffa0000000125000 end=0xffa0000002bee000 num_purged=1366");
	cr_assert_eq(ev->num[2], 1366);
	ev = one(
		"percpu_alloc_percpu: call_site=a+0x1/0x2 reserved=0 is_atomic=0 size=4 align=8 base_addr=ff11 "
		"off=3496 ptr=000000000002bda8 bytes_alloc=16 gfp_flags=GFP_KERNEL");
	cr_assert_eq(ev->num[0], 4);
	cr_assert_eq(ev->num[1], 16);
	cr_assert_eq(ev->num[2], 8);
	cr_assert_eq(ev->num[3], 3496);
	ev = one("sched_process_fork: comm=a pid=1 b pid=42 child_comm=x pid=9 child_pid=77");
	cr_assert_eq(ev->num[0], 42);
	cr_assert_eq(ev->num[1], 77);
	ev = one("sched_process_exit: comm=a pid=1 b pid=42 prio=120");
	cr_assert_eq(ev->num[0], 42);
	ev = one("mm_filemap_add_to_page_cache: dev 0:3 ino fe00000 pfn=0x24677 ofs=0 order=2");
	cr_assert_eq(ev->page.pfn, 0x24677);
	cr_assert_eq(ev->page.order, 2);
	ev = one("mm_vmscan_wakeup_kswapd: nid=1 order=3 gfp_flags=GFP_KERNEL");
	cr_assert_eq(ev->num[0], 1);
	cr_assert_eq(ev->num[1], 3);
	ev = one("oom_score_adj_update: pid=1779 comm=stress-ng oom_score_adj=-1000");
	cr_assert_eq(ev->kind, KM_EV_OOM);
	cr_assert_str_eq(trace_text(&x, ev->text), "oom_score_adj_update");
	ev = one("tracing_mark_write: kmemlab snapshot begin start");
	cr_assert_eq(ev->kind, KM_EV_MARKER);
	cr_assert_str_eq(trace_text(&x, ev->text), "kmemlab snapshot begin start");
	ev = one("print:                tracing_mark_write: kmemlab snapshot begin start");
	cr_assert_str_eq(trace_text(&x, ev->text), "kmemlab snapshot begin start");
	ev = one("sched_switch: prev_comm=a");
	cr_assert_eq(ev->kind, KM_EV_OTHER);
	cr_assert_str_eq(trace_text(&x, ev->text), "sched_switch");
}

Test(text_event, refuses_what_makes_no_sense)
{
	refused("mm_page_alloc: page=ff pfn=0x12 order=99 migratetype=0 gfp_flags=none");
	refused("mm_page_alloc: page=ff pfn=0x12 order=16 migratetype=0 gfp_flags=none");
	cr_assert_eq(one("mm_page_free: page=ff pfn=0x40000 order=18")->page.order, 18);
	refused("mm_page_free: page=ff pfn=0x800000 order=23");
	refused("mm_page_alloc: page=ff pfn=0x12 order=1 migratetype=9 gfp_flags=none");
	refused("mm_page_alloc: page=ff order=1 migratetype=0 gfp_flags=none");
	refused("mm_page_free: page=ff pfn=0x12z order=0");
	refused("mm_page_free: page=ff pfn= order=0");
	refused("mm_page_free: page=ff pfn=0x11112222333344445 order=0");
	refused("kmalloc: call_site=a ptr=ff bytes_req=1");
	refused("sched_process_fork: comm=a");
}
