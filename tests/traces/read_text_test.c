/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/text_trace.h"

#define EVENT "            bash-42      [001] ..... 7.000001: kfree: call_site=a+0x1/0x2 ptr=ff\n"
#define LATER "            bash-42      [000] ..... 8.000001: kfree: call_site=a+0x1/0x2 ptr=ff\n"

Test(read_text, comments_and_stacks_are_no_events)
{
	struct text_trace x =
		read_trace_text("# tracer: nop\n#\n"
				"# entries-in-buffer/entries-written: 2/2   #P:3\n\n" EVENT
				"            bash-42      [001] ..... 7.000001: <stack trace>\n"
				" => kfree\n => do_syscall_64\n"
				"##### CPU 0 buffer started ####\r\n" LATER);

	cr_assert_eq(x.err, 0, "%s %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 2);
	cr_assert_eq(trace_info(x.t)->nr_cpus, 3);
	cr_assert_eq(trace_info(x.t)->nr_events, 2);
	cr_assert_eq(trace_info(x.t)->first_ts_ns, 7000001000);
	cr_assert_eq(trace_info(x.t)->last_ts_ns, 8000001000);
	cr_assert_str_eq(trace_info(x.t)->format, "ftrace-text");
	trace_close(x.t);
}

Test(read_text, losses)
{
	struct text_trace x = read_trace_text(
		"# tracer: nop\n# entries-in-buffer/entries-written: 823/20663   #P:2\n"
		"CPU:3 [LOST 4711 EVENTS]\nCPU:3 [LOST EVENTS]\n" EVENT
		"CPU:0 [12 EVENTS DROPPED]\n" LATER);
	const struct trace_loss *l;

	cr_assert_eq(x.err, 0, "%s %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 5);
	cr_assert_eq(x.ev[0].kind, KM_EV_LOST);
	cr_assert_eq(x.ev[0].cpu, 3);
	cr_assert_eq(x.ev[0].num[0], 4711);
	cr_assert_eq(x.ev[0].ts_ns, 7000001000, "the time of the event behind it");
	cr_assert_eq(x.ev[1].num[0], 0);
	cr_assert_eq(x.ev[3].num[0], 12);
	for (int pass = 0; pass < 2; pass++) {
		struct km_event ev[8];

		cr_assert_eq(trace_losses(x.t, &l), 3);
		cr_assert_eq(l[0].lost_events, 20663 - 823);
		cr_assert_str_eq(l[0].event_class, "overwritten");
		cr_assert_eq(l[0].cpu, TRACE_ALL_CPUS);
		cr_assert_eq(l[1].lost_events, 4711);
		cr_assert_eq(l[2].cpu, 0);
		cr_assert_eq(trace_rewind(x.t, NULL), 0);
		cr_assert_eq(trace_read(x.t, ev, 8, NULL), 5);
	}
	trace_close(x.t);
}

Test(read_text, a_cut_line_ends_the_trace)
{
	struct text_trace x =
		read_trace_text(EVENT LATER "            bash-42      [001] ..... 9.000001: kfr");

	cr_assert_eq(x.nr, 2);
	cr_assert_eq(x.err, -KM_ETRUNC);
	cr_assert(strstr(x.d.where, ".txt:3"), "%s", x.d.where);
	trace_close(x.t);
}

Test(read_text, garbage_is_named)
{
	struct text_trace x = read_trace_text(EVENT "what is this\n" LATER);
	struct km_event ev;

	cr_assert_eq(x.nr, 1, "what came before was delivered");
	cr_assert_eq(x.err, -KM_EFORMAT);
	cr_assert(strstr(x.d.where, ".txt:2"), "%s", x.d.where);
	cr_assert_eq(trace_read(x.t, &ev, 1, NULL), -KM_EFORMAT, "and it stays so");
	cr_assert_eq(trace_rewind(x.t, NULL), 0);
	cr_assert_eq(trace_read(x.t, &ev, 1, NULL), 1);
	trace_close(x.t);
}

Test(read_text, markers_of_several_lines)
{
	struct text_trace x = read_trace_text(
		"            bash-42      [001] ..... 7.000001: tracing_mark_write: one\n"
		"two\n\nthree\n" EVENT);

	cr_assert_eq(x.err, 0, "%s %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 2);
	cr_assert_str_eq(trace_text(&x, x.ev[0].text), "one");
	trace_close(x.t);
}

Test(read_text, a_newline_in_a_name)
{
	struct text_trace x = read_trace_text(
		EVENT "             a\nb-42      [001] ..... 7.000001: kfree: ptr=ff\n");

	cr_assert_eq(x.err, 0, "%s %s", x.d.where, x.d.what);
	cr_assert_eq(x.nr, 2);
	cr_assert_str_eq(trace_text(&x, x.ev[1].comm), "a\nb");
	trace_close(x.t);
}

static void refuses(const char *text, int err, const char *why, const char *where)
{
	struct text_trace x = read_trace_text(text);

	cr_assert_eq(x.err, err, "%s: %s", text, x.d.what);
	cr_assert(strstr(x.d.what, why), "%s", x.d.what);
	cr_assert(strstr(x.d.where, where), "%s", x.d.where);
	trace_close(x.t);
}

/* kernel/trace/trace.c:print_raw_fmt(), print_hex_fmt(), trace_options: what each would write. */
Test(read_text, options_without_events_are_refused)
{
	static const char nop[] = "# tracer: nop\n";
	static const char *const tracers[] = { "function", "function_graph", "blk",   "mmiotrace",
					       "hwlat",	   "osnoise",	     "branch" };
	char text[512];

	for (size_t i = 0; i < sizeof(tracers) / sizeof(tracers[0]); i++) {
		snprintf(text, sizeof(text), "# tracer: %s\n#\n", tracers[i]);
		refuses(text, -KM_ENOTSUP, "> current_tracer", ":1");
	}
	snprintf(text, sizeof(text), "%s2002 1 17000004000 type: 545\n", nop);
	refuses(text, -KM_ENOTSUP, "raw or hex option", ":2");
	snprintf(text, sizeof(text), "%s0000002a 00000001 00000003f2a1b2c3 type: 545\n", nop);
	refuses(text, -KM_ENOTSUP, "raw or hex option", ":2");
	refuses("kfree: call_site=a+0x1/0x2 ptr=00000000000000ff\n", -KM_ENOTSUP, "context-info",
		":1");
	snprintf(text, sizeof(text),
		 "%s            bash      42   1 0 00000000 00000005 [00000003f2a1b2c3] 0.123ms "
		 "(+0.001ms): kfree: call_site=a ptr=ff\n",
		 nop);
	refuses(text, -KM_ENOTSUP, "verbose option", ":2");
	refuses("            bash-42      [001] .....     7.000001: kfree: call_site=0xffffffff81000000 "
		"(18446744071578845184) ptr=0xff (255)\n",
		-KM_ENOTSUP, "fields option", ":1");
}

Test(read_text, what_does_not_go_together)
{
	refuses(EVENT "            bash-42      [001] ..... 998877665544: kfree: ptr=ff\n",
		-KM_EFORMAT, "clock changes", ":2");
	refuses(EVENT "# tracer: nop\n#\n" EVENT, -KM_EFORMAT, "another trace", ":2");
	/* Two programs read one trace_pipe. */
	refuses("            bash-42      [001] .....     7.000001: kfree: ptr=ff            bash-42  "
		"    [001] .....     7.000001: kfree: ptr=fe\n",
		-KM_EFORMAT, "a second event", ":1");
	refuses("            bash-42      [001] .....     7.000001: kmem_cache_free: ptr=ff name=a     "
		"       bash-42      [001] .....     7.000001: kfree: ptr=fe\n",
		-KM_EFORMAT, "no sense", ":1");
}

Test(read_text, nul_bytes)
{
	static const char text[] = EVENT "x\0y\n" LATER;
	const char *path = tmp_file(".txt", text, sizeof(text) - 1);
	struct text_trace x = read_trace_file(path);

	cr_assert_eq(x.nr, 1);
	cr_assert_eq(x.err, -KM_EFORMAT);
	cr_assert(strstr(x.d.what, "NUL bytes"), "%s", x.d.what);
	trace_close(x.t);
	unlink(path);
}

Test(read_text, lines_that_end_as_elsewhere)
{
	struct text_trace x = read_trace_text(
		"# tracer: nop\r\n            bash-42      [001] ..... 7.000001: kfree: ptr=ff\r\n"
		"     bäcker 日本-42      [001] ..... 7.000001: kfree: ptr=fe\r\n");

	cr_assert_eq(x.err, 0, "%s", x.d.what);
	cr_assert_eq(x.nr, 2);
	cr_assert_eq(x.ev[1].obj.ptr, 0xfe);
	cr_assert_str_eq(trace_text(&x, x.ev[1].comm), "bäcker 日本");
	trace_close(x.t);
}

Test(read_text, the_latency_header_names_the_release)
{
	struct text_trace x = read_trace_text(
		"# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.1.0-56-cloud-amd64\n"
		"    bash-2001      3d..2.   12us+: kfree: call_site=a ptr=ff\n");

	cr_assert_eq(x.err, 0, "%s", x.d.what);
	cr_assert_str_eq(trace_info(x.t)->kernel, "6.1");
	trace_close(x.t);
}

Test(read_text, layouts_we_cannot_use_are_refused)
{
	struct text_trace raw = read_trace_text("# tracer: nop\n1 0 17618383508 type: 545\n");
	struct text_trace graph =
		read_trace_text("# tracer: function_graph\n#\n 22.1 |   1)     init-1     | x\n");

	cr_assert_eq(raw.err, -KM_ENOTSUP);
	cr_assert_eq(graph.err, -KM_ENOTSUP);
	trace_close(raw.t);
	trace_close(graph.t);
}

Test(read_text, lines_that_cross_blocks)
{
	size_t lines = 20000, len = strlen(EVENT);
	char *text = malloc(lines * len + 1);
	struct km_event ev[512];
	struct trace *t = NULL;
	int64_t n, total = 0;

	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * len, EVENT, len);
	const char *path = tmp_file(".txt", text, lines * len);

	cr_assert_eq(trace_open(&t, path, NULL), 0);
	while ((n = trace_read(t, ev, 512, NULL)) > 0) {
		for (int64_t i = 0; i < n; i++)
			cr_assert_eq(ev[i].obj.ptr, 0xff);
		total += n;
	}
	cr_assert_eq(n, 0);
	cr_assert_eq(total, (int64_t)lines);
	cr_assert_eq(trace_progress_ppm(t), 1000000);
	trace_close(t);
	unlink(path);
	free(text);
}

Test(read_text, a_line_that_never_ends)
{
	size_t len = 1 << 20;
	char *text = malloc(len);

	memset(text, 'x', len);
	memcpy(text, EVENT, strlen(EVENT));
	const char *path = tmp_file(".txt", text, len);
	struct text_trace x = read_trace_file(path);

	cr_assert_eq(x.nr, 1);
	cr_assert_eq(x.err, -KM_EFORMAT, "%s", x.d.what);
	trace_close(x.t);
	unlink(path);
	free(text);
}
