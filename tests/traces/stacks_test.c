/* SPDX-License-Identifier: GPL-2.0-only */
/* Call chains: which event gets which, from each form that they are written in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/dat_build.h"
#include "tests/support/text_trace.h"
#include "traces/kmt.h"
#include "traces/write_text.h"

#define HEAD "# tracer: nop\n#\n"

static const char *chain(const struct text_trace *x, size_t i)
{
	return trace_text(x, km_event_has_stack(x->ev[i].kind) ? x->ev[i].stack : 0);
}

/*
 * The chain of CPU 0's event comes behind an event of CPU 1, and behind an interrupt's event with
 * its own.
 */
static const char crossed[] = HEAD
	"              dd-7       [000] .....     1.000001: kfree: call_site=a+0x1/0x2 ptr=11\n"
	"              cc-8       [001] .....     1.000002: kfree: call_site=b+0x1/0x2 ptr=22\n"
	"              dd-7       [000] d.h..     1.000003: kfree: call_site=c+0x1/0x2 ptr=33\n"
	"              dd-7       [000] d.h..     1.000004: <stack trace>\n"
	" => kfree\n"
	" => irq_fn+0x10/0x20 [mod]\n"
	"              dd-7       [000] .....     1.000005: <stack trace>\n"
	" => kfree\n"
	" => task_fn <ffffffff81234567>\n"
	"              cc-8       [001] .....     1.000006: <user stack trace>\n"
	" =>  <00007f1122334455>\n"
	"              cc-8       [001] .....     1.000007: kfree: call_site=b+0x1/0x2 ptr=44\n";

static void expect_crossed(struct text_trace *x)
{
	cr_assert_eq(x->err, 0, "%s: %s", x->d.where, x->d.what);
	cr_assert_eq(x->nr, 4);
	cr_expect_str_eq(chain(x, 0), "kfree\ntask_fn");
	cr_expect_str_eq(chain(x, 1), "");
	cr_expect_str_eq(chain(x, 2), "kfree\nirq_fn+0x10/0x20 [mod]");
	cr_expect_str_eq(chain(x, 3), "");
	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(x->ev[i].obj.ptr, (i + 1) * 0x11);
}

Test(stacks, the_latest_event_of_its_cpu_and_thread)
{
	struct text_trace x = read_trace_text(crossed);

	expect_crossed(&x);
	trace_close(x.t);
}

Test(stacks, in_kmt_and_back_in_text)
{
	char kmt[] = "/tmp/kmemlab-test-stacks-XXXXXX.kmt",
	     txt[] = "/tmp/kmemlab-test-stacks-XXXXXX.txt";
	struct text_trace x = read_trace_text(crossed), y, z;
	struct km_diag d;

	close(mkstemps(kmt, 4));
	close(mkstemps(txt, 4));
	cr_assert_eq(kmt_write(x.t, kmt, &d), 0, "%s", d.what);
	y = read_trace_file(kmt);
	expect_crossed(&y);
	cr_assert_eq(trace_write_text(y.t, txt, false, &d), 0, "%s", d.what);
	z = read_trace_file(txt);
	expect_crossed(&z);
	trace_close(x.t);
	trace_close(y.t);
	trace_close(z.t);
	unlink(kmt);
	unlink(txt);
}

/* A chain behind what is not modelled, or behind a loss, is not that of an event before it. */
Test(stacks, of_no_event)
{
	struct text_trace x = read_trace_text(
		HEAD
		"              dd-7       [000] .....     1.000001: kfree: call_site=a+0x1/0x2 ptr=11\n"
		"              dd-7       [000] .....     1.000002: rss_stat: mm_id=1 curr=1\n"
		"              dd-7       [000] .....     1.000003: <stack trace>\n"
		" => add_mm_counter\n"
		"              dd-7       [000] .....     1.000004: kfree: call_site=a+0x1/0x2 ptr=22\n"
		"CPU:0 [LOST 3 EVENTS]\n"
		"              dd-7       [000] .....     1.000005: <stack trace>\n"
		" => lost_fn\n");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 4);
	for (size_t i = 0; i < x.nr; i++)
		cr_expect_str_eq(chain(&x, i), "", "event %zu", i);
	trace_close(x.t);
}

/* trace-cmd report's form, from tracecmd's stack handler. */
Test(stacks, of_trace_cmd_report)
{
	struct text_trace x = read_trace_text(
		"cpus=1\n"
		"          <idle>-0     [000]    12.000001: kfree:                call_site=ffffffff81000000 ptr=0x11\n"
		"          <idle>-0     [000]    12.000002: kernel_stack:         <stack trace >\n"
		"=> kfree (ffffffff81234567)\n"
		"=> ffffffff81000010\n"
		"          <idle>-0     [000]    12.000003: kfree:                call_site=ffffffff81000000 ptr=0x22\n");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_geq(x.nr, 2);
	cr_expect_str_eq(chain(&x, 0), "kfree\nffffffff81000010");
	trace_close(x.t);
}

Test(stacks, of_perf_script)
{
	struct text_trace x = read_trace_text(
		"dd  1899 [001]    12.345678: kmem:mm_page_alloc: page=0xabfb pfn=0xabfb order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		"\tffffffff81234567 __alloc_pages+0x1c1 ([kernel.kallsyms])\n"
		"\tffffffffc0001234 ext4_readpage+0x4 ([ext4])\n"
		"\tffffffffc0101234 xfs_read+0x8 (/lib/modules/6.1.0/kernel/fs/xfs/xfs.ko.xz)\n"
		"\tffffffff81000010 [unknown] ([kernel.kallsyms])\n"
		"\t    7f1122334455 read+0x10 (/usr/lib/libc.so.6)\n"
		"\n"
		"dd  1899 [001]    12.345679: kmem:kfree: call_site=kfree+0x1 ptr=0x11\n");

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 2);
	cr_expect_str_eq(chain(&x, 0), "__alloc_pages+0x1c1\next4_readpage+0x4 [ext4]\n"
				       "xfs_read+0x8 [xfs]\nffffffff81000010");
	cr_expect_str_eq(chain(&x, 1), "");
	trace_close(x.t);
}

/* Frames beyond what a string holds are left out, the outermost ones, and whole. */
Test(stacks, very_deep)
{
	static char text[1 << 17];
	size_t n = 0;

	n += (size_t)sprintf(
		text, HEAD
		"              dd-7       [000] .....     1.000001: kfree: call_site=a+0x1/0x2 ptr=11\n"
		"              dd-7       [000] .....     1.000002: <stack trace>\n");
	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, " => frame_%03d\n", i);
	struct text_trace x = read_trace_text(text);

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 1);
	/* "frame_NNN" and a newline before all but the first: 409 frames are 4089 bytes. */
	cr_expect_eq(strlen(chain(&x, 0)), 409 * 10 - 1);
	trace_close(x.t);
}

static struct dat_build build;
static uint8_t bytes[DAT_BUILD_MAX];

static void expect_binary(int version, bool big)
{
	static const uint64_t frames[] = { UINT64_C(0xffffffff81000050),
					   UINT64_C(0xffffffffc0000010) };
	char path[64];

	dat_build_init(&build, version, big, 2);
	dat_build_page(&build, 0, 1000, 0);
	dat_build_page(&build, 1, 1000, 0);
	dat_build_kmalloc(&build, 0, 1000, 7, UINT64_C(0xffffffff81000050), 0x1000, 1, 8, 0, -1);
	dat_build_kmalloc(&build, 1, 1005, 9, UINT64_C(0xffffffff81000050), 0x2000, 1, 8, 0, -1);
	dat_build_stack(&build, 0, 1010, 7, frames, 2);
	dat_build_kmalloc(&build, 0, 1020, 7, UINT64_C(0xffffffff81000050), 0x3000, 1, 8, 0, -1);
	struct text_trace x =
		read_trace_file(dat_build_path(bytes, dat_build_file(&build, bytes), path));

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 3);
	cr_expect_str_eq(chain(&x, 0), "beta+0x10/0x40\nmod_fn+0x10/0x30 [ext4]");
	cr_expect_str_eq(chain(&x, 1), "");
	cr_expect_str_eq(chain(&x, 2), "");
	trace_close(x.t);
}

Test(stacks, of_trace_dat)
{
	expect_binary(6, false);
	expect_binary(7, true);
}
