/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The forms a trace's text comes in: the first events of real ones (files/, cut from what Linux
 * 6.1 wrote), and lines of older kernels, written by hand from their TP_printk(). forms_test.sh
 * takes the whole files.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/text_trace.h"
#include "traces/kmt.h"
#include "traces/write_text.h"

static struct text_trace open_form(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/traces/files/%s.txt", name);
	return read_trace_file(path);
}

/* Of the first event; @event_ctx: of all of them. */
static const struct form {
	const char *name;
	uint64_t ts_ns, second_ns, ptr;
	const char *cache;
	uint16_t cpu;
	uint8_t ctx;
	bool counts;
} forms[] = {
	{ "annotate", 17185692000, 17185784000, 0xff11000048b447f8, "", 1, 0, false },
	{ "clock-global", 12565753000, 12565857000, 0xff11000005381090, "lsm_file_cache", 0, 0,
	  false },
	{ "clock-counter", 4, 5, 0xff11000048b441e0, "lsm_file_cache", 1, 0, true },
	{ "clock-uptime", 1476, 1476, 0xff11000048b441e0, "lsm_file_cache", 1, 0, true },
	{ "clock-x86-tsc", 37973663455, 37973898061, 0xff11000048b441e0, "lsm_file_cache", 1, 0,
	  true },
	{ "hashptr", 16770207000, 16770301000, 0xff11000048b447f8, "lsm_file_cache", 1, 0, false },
	{ "latency", 29987000, 30082000, 0xff110000053816c0, "lsm_file_cache", 0, 0, false },
	{ "noirq", 16353836000, 16353937000, 0xff110000053816c0, "lsm_file_cache", 0,
	  KM_CTX_UNKNOWN, false },
	{ "tgid", 15493716000, 15493813000, 0xff11000048b441e0, "lsm_file_cache", 1, 0, false },
};

Test(forms, first_events)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		struct text_trace x = open_form(f->name);
		const struct km_event *a = &x.ev[0], *b = &x.ev[1];

		cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
		cr_assert_eq(x.nr, 6, "%s", f->name);
		cr_assert_eq(a->kind, KM_EV_CACHE_FREE);
		cr_assert_eq(a->ts_ns, f->ts_ns, "%s", f->name);
		cr_assert_eq(b->ts_ns, f->second_ns, "%s", f->name);
		cr_assert_eq(a->obj.ptr, f->ptr, "%s", f->name);
		cr_assert_str_eq(trace_text(&x, a->obj.cache), f->cache);
		cr_assert_str_eq(trace_text(&x, a->obj.call_site), "__fput+0x100/0x250");
		cr_assert_str_eq(trace_text(&x, a->comm), "init");
		cr_assert_eq(a->pid, 1);
		cr_assert_eq(a->cpu, f->cpu, "%s", f->name);
		cr_assert_eq(a->ctx, f->ctx, "%s", f->name);
		cr_assert_eq(b->kind, KM_EV_CACHE_ALLOC);
		cr_assert_eq(b->obj.bytes_req, 8328);
		cr_assert_eq(b->obj.bytes_alloc, 8384);
		cr_assert_eq(b->obj.node, -1);
		cr_assert(b->obj.accounted);
		cr_assert_eq(trace_info(x.t)->clock_counts, f->counts, "%s", f->name);
		trace_close(x.t);
	}
}

Test(forms, stacks_belong_to_the_event_before)
{
	struct text_trace x = open_form("stacktrace");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_geq(x.nr, 1);
	for (size_t i = 0; i < x.nr; i++)
		cr_assert_neq(x.ev[i].kind, KM_EV_OTHER);
	trace_close(x.t);
}

/* Linux 2.6.34 to 4.19: decimal frame numbers, events that were merged or renamed since. */
Test(forms, older_kernels)
{
	struct text_trace x = read_trace_text(
		"            bash-2001  [000]   512.000001: mm_page_free_direct: page=c1a2b3c0 "
		"pfn=123456 order=0\n"
		"            bash-2001  [000]   512.000002: mm_pagevec_free: page=c1a2b3c0 "
		"pfn=123456 order=0 cold=0\n"
		"            bash-2001  [000]   512.000003: kmalloc_node: call_site=ffffffff8110b3c5 "
		"ptr=ffff880012345678 bytes_req=100 bytes_alloc=128 "
		"gfp_flags=GFP_KERNEL|GFP_ZERO node=1\n"
		"            bash-2001  [000] d..2   512.000004: mm_page_alloc: page=ffffea0000 pfn=99 "
		"order=1 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_NOWARN\n"
		"            bash-2001  [000] ....   512.000005: mm_page_alloc: page=          (null) "
		"pfn=0 order=0 migratetype=0 gfp_flags=GFP_ATOMIC\n");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 5);
	cr_assert_eq(x.ev[4].page.pfn, KM_NO_PFN);
	cr_assert_eq(x.ev[0].kind, KM_EV_PAGE_FREE);
	cr_assert_eq(x.ev[0].page.pfn, 123456);
	cr_assert_eq(x.ev[0].ctx, KM_CTX_UNKNOWN);
	cr_assert_eq(x.ev[1].kind, KM_EV_PAGE_FREE_BATCHED);
	cr_assert_eq(x.ev[2].kind, KM_EV_KMALLOC);
	cr_assert_eq(x.ev[2].obj.node, 1);
	cr_assert_eq(x.ev[2].obj.gfp, KM_GFP_KERNEL | KM_GFP_ZERO);
	cr_assert_eq(x.ev[3].page.pfn, 99);
	cr_assert_eq(x.ev[3].ctx, KM_CTX_IRQS_OFF);
	trace_close(x.t);
}

/* As trace-cmd 3.1 prints: padded names, the kmem plugin's prefix, or raw fields (-R). */
Test(forms, trace_cmd_report)
{
	struct text_trace x = read_trace_text(
		"cpus=4\n"
		"          <idle>-0     [001]  5123.456790: kfree:                "
		"call_site=skb_free_head+0x25 ptr=0xffff9a8c01234400\n"
		"          <idle>-0     [001]  5123.456791: kfree:                (skb_free_head+0x25) "
		"call_site=skb_free_head+0x25 ptr=(nil)\n"
		"          <idle>-0     [001]  5123.456792123: mm_page_alloc:        "
		"page=0xffffea0000000000 pfn=0x1a2b order=0 migratetype=1 gfp_flags=GFP_KERNEL\n"
		"           a-b 1-12    [003]  5123.456793: mm_page_alloc_zone_locked: page=0x1 "
		"pfn=0x1a2b order=0 migratetype=1 percpu_refill=1\n"
		"CPU:3 [4711 EVENTS DROPPED]\n"
		"              dd-1     [003]  5123.456794: mm_page_alloc:        pfn=0xa62f4 order=0 "
		"gfp_flags=3264 migratetype=0\n");
	const struct trace_loss *l;

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 6);
	cr_assert_eq(x.ev[0].obj.ptr, UINT64_C(0xffff9a8c01234400));
	cr_assert_str_eq(trace_text(&x, x.ev[1].obj.call_site), "skb_free_head+0x25");
	cr_assert_eq(x.ev[1].obj.ptr, 0);
	cr_assert_eq(x.ev[2].ts_ns, UINT64_C(5123456792123));
	cr_assert_eq(x.ev[2].page.pfn, 0x1a2b);
	cr_assert_eq(x.ev[3].kind, KM_EV_ZONE_LOCKED);
	cr_assert_str_eq(trace_text(&x, x.ev[3].comm), "a-b 1");
	cr_assert_eq(x.ev[5].page.gfp, KM_GFP_KERNEL, "3264 is 0xcc0");
	cr_assert_eq(trace_losses(x.t, &l), 1);
	cr_assert_eq(l[0].lost_events, 4711);
	trace_close(x.t);
}

Test(forms, perf_says_what_it_lost)
{
	const struct trace_loss *l;
	struct text_trace x = read_trace_text(
		"            perf  1898 [000]    11.982784:                   "
		"kmem:kfree: call_site=a ptr=(nil)\n"
		"            perf  1898 [001]    11.983000: PERF_RECORD_LOST lost 17\n"
		"            perf  1898 [001]    11.984000: PERF_RECORD_COMM: perf:1898/1898\n"
		"            perf  1898 [000]    11.985000:                   "
		"kmem:kfree: call_site=a ptr=0xff\n");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 3);
	cr_assert_eq(x.ev[1].kind, KM_EV_LOST);
	cr_assert_eq(x.ev[1].num[0], 17);
	cr_assert_eq(x.ev[1].cpu, 1);
	cr_assert_eq(x.ev[1].ts_ns, 11983000000);
	cr_assert_eq(trace_losses(x.t, &l), 1);
	cr_assert_eq(l[0].lost_events, 17);
	trace_close(x.t);
}

/* Seek in @path to each event by number and by time, and compare with reading on. */
static void seek_everywhere(const char *path, const struct text_trace *want)
{
	struct trace *t = NULL;
	struct km_diag d = { 0 };
	struct km_event ev;

	cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
	for (size_t i = 0; i <= want->nr; i++) {
		cr_assert_eq(trace_seek(t, TRACE_BY_EVENT, i, &d), 0);
		cr_assert_eq(trace_read(t, &ev, 1, &d), i < want->nr);
		if (i == want->nr)
			break;
		cr_assert_eq(ev.obj.ptr, want->ev[i].obj.ptr);
		cr_assert_eq(trace_seek(t, TRACE_BY_TIME, want->ev[i].ts_ns, &d), 0);
		cr_assert_eq(trace_read(t, &ev, 1, &d), 1);
		cr_assert_eq(ev.ts_ns, want->ev[i].ts_ns);
	}
	cr_assert_eq(trace_window(t, want->ev[1].ts_ns, want->ev[3].ts_ns, &d), 0);
	for (int pass = 0; pass < 2; pass++) {
		struct km_event all[8];
		int64_t n = 0, got;

		while ((got = trace_read(t, all + n, (size_t)(8 - n), &d)) > 0)
			n += got;
		cr_assert_eq(n, 3);
		cr_assert_eq(all[0].ts_ns, want->ev[1].ts_ns);
		cr_assert_eq(trace_rewind(t, &d), 0);
	}
	trace_close(t);
}

Test(forms, seeking_text_and_kmt)
{
	struct text_trace x = open_form("clock-global");
	struct km_diag d = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/tmp/forms_test.%d.kmt", (int)getpid());
	cr_assert_eq(kmt_write(x.t, path, &d), 0, "%s: %s", d.where, d.what);
	seek_everywhere("tests/traces/files/clock-global.txt", &x);
	seek_everywhere(path, &x);
	unlink(path);
	trace_close(x.t);
}
