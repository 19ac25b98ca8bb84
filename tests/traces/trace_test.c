/* SPDX-License-Identifier: GPL-2.0-only */
/* Bundles in every packing, with and without a directory of their own, good and hostile. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/archive_file.h"
#include "tests/support/text_trace.h"
#include "traces/reader.h"

#define MARK(label)                                                           \
	"            bash-42      [001] ..... 7.000001: tracing_mark_write: " \
	"kmemlab snapshot begin " label "\n"
#define VERSION \
	"Linux version 6.1.0-56-cloud-amd64 (x@y) (gcc) #1 SMP Debian 6.1.192-2 (2026-11-16)\n"
#define BUDDY "Node 0, zone    DMA32      1      3      3 \n"

static const struct tar_member members[] = {
	{ "b/trace.txt", MARK("start") MARK("z") MARK("a"), NULL },
	{ "b/meta/version", VERSION, NULL },
	{ "b/meta/cmdline", "quiet cma=64M\n", NULL },
	{ "b/meta/cpuinfo", "processor\t: 0\nflags\t: fpu lm sse\nprocessor\t: 1\n", NULL },
	{ "b/snap/a/buddyinfo", BUDDY, NULL },
	{ "b/snap/start/buddyinfo", BUDDY, NULL },
	{ "b/snap/z/buddyinfo", BUDDY, NULL },
	{ "b/snap/z/pagetypeinfo",
	  "Page block order: 9\nNumber of blocks type Unmovable CMA Isolate \n", NULL },
};
enum { NR_MEMBERS = sizeof(members) / sizeof(*members) };

static void check_bundle(const char *path, const char *name)
{
	struct text_trace x = read_trace_file(path);
	const struct trace_info *info;
	const char *data;
	size_t len;

	cr_assert_eq(x.err, 0, "%s: %s %s", path, x.d.where, x.d.what);
	info = trace_info(x.t);
	cr_assert_eq(x.nr, 3);
	cr_assert_str_eq(info->kernel, "6.1.192");
	cr_assert_str_eq(info->arch, "x86_64");
	cr_assert_str_eq(info->cmdline, "quiet cma=64M");
	cr_assert_eq(info->nr_cpus, 2);
	cr_assert(info->has_cma);
	if (name)
		cr_assert_str_eq(info->bundle, name);
	cr_assert_eq(trace_nr_labels(x.t), 3);
	cr_assert_str_eq(trace_label(x.t, 0), "start");
	cr_assert_str_eq(trace_label(x.t, 1), "z", "the order of the markers");
	cr_assert_str_eq(trace_label(x.t, 2), "a");
	cr_assert_eq(trace_nr_files(x.t), NR_MEMBERS - 1, "the trace is none of them");
	cr_assert_str_eq(trace_file_name(x.t, 0), "meta/cmdline");
	cr_assert_eq(trace_file(x.t, "snap/a/buddyinfo", &data, &len, NULL), 0);
	cr_assert_str_eq(data, BUDDY);
	cr_assert_eq(trace_file(x.t, "meta/none", &data, &len, NULL), -KM_ENOENT);
	trace_close(x.t);
}

Test(trace, archives)
{
	for (enum packing how = PACK_PLAIN; how <= PACK_ZSTD; how++) {
		const char *path = tar_file(how, members, NR_MEMBERS);

		check_bundle(path, "b");
		unlink(path);
	}
}

Test(trace, directories)
{
	struct tar_member bare[NR_MEMBERS];
	const char *with = dir_of(members, NR_MEMBERS), *without;

	check_bundle(with, "b");
	for (size_t i = 0; i < NR_MEMBERS; i++) {
		bare[i] = members[i];
		bare[i].name += 2;
	}
	without = dir_of(bare, NR_MEMBERS);
	check_bundle(without, strrchr(without, '/') + 1);
	remove_dir(with);
	remove_dir(without);
}

static void refused(const struct tar_member *m, size_t n, int err, const char *what)
{
	const char *path = tar_file(PACK_PLAIN, m, n);
	struct trace *t = NULL;
	struct km_diag d;

	cr_assert_eq(trace_open(&t, path, &d), err, "%s: %s", what, d.what);
	cr_assert_null(t);
	cr_assert(strstr(d.what, what), "%s", d.what);
	unlink(path);
}

Test(trace, hostile_archives)
{
	const struct tar_member up[] = { { "b/trace.txt", MARK("a"), NULL },
					 { "b/../../x", "x", NULL } };
	const struct tar_member top[] = { { "/etc/x", "x", NULL } };
	const struct tar_member link[] = { { "b/trace.txt", NULL, "/etc/passwd" } };
	const struct tar_member none[] = { { "b/meta/version", VERSION, NULL } };
	const struct tar_member twice[] = { { "b/trace.txt", MARK("a"), NULL },
					    { "b/meta/x", "x", NULL },
					    { "b/meta/x", "y", NULL } };

	refused(up, 2, -KM_EFORMAT, "leads outside");
	refused(top, 1, -KM_EFORMAT, "leads outside");
	refused(link, 1, -KM_EFORMAT, "is a link");
	refused(none, 1, -KM_EFORMAT, "no trace.dat");
	refused(twice, 3, -KM_EFORMAT, "twice");
}

Test(trace, what_the_ring_dropped)
{
	const struct tar_member m[] = {
		{ "trace.txt", MARK("a"), NULL },
		{ "meta/ring_stats",
		  "cpu0\nentries: 9\noverrun: 0\ncommit overrun: 0\ndropped events: 0\n"
		  "cpu1\noverrun: 0\ncommit overrun: 2\ndropped events: 31\n",
		  NULL },
	};
	const char *path = tar_file(PACK_PLAIN, m, 2);
	struct text_trace x = read_trace_file(path);
	const struct trace_loss *l;

	cr_assert_eq(trace_losses(x.t, &l), 2);
	cr_assert_eq(l[0].cpu, 1);
	cr_assert_eq(l[0].lost_events, 2);
	cr_assert_str_eq(l[1].event_class, "dropped events");
	cr_assert_eq(l[1].lost_events, 31);
	trace_close(x.t);
	unlink(path);
}

/*
 * entries-written counts entries and overruns of every CPU (kernel/trace/trace.c:
 * get_total_entries()): of the 100 here that the buffer no longer has, ring_stats gives 30 and 50
 * to their CPUs. CPU 1's mark, of 20, is among its overruns (rb_get_reader_page()).
 */
Test(trace, what_was_overwritten_on_which_cpu)
{
	static const char ring_stats[] = "cpu0\noverrun: 30\ncommit overrun: 0\n"
					 "cpu1\noverrun: 50\ndropped events: 4\n";
	static const char text[] = "# tracer: nop\n#\n"
				   "# entries-in-buffer/entries-written: 1/101   #P:2\n#\n"
				   "CPU:1 [LOST 20 EVENTS]\n" MARK("a");
	const struct tar_member m[] = { { "trace.txt", text, NULL },
					{ "meta/ring_stats", ring_stats, NULL } };
	static const struct {
		unsigned int cpu;
		const char *event_class;
		uint64_t lost;
	} want[] = { { 0, "overrun", 30 },
		     { 1, "overrun", 50 },
		     { 1, "dropped events", 4 },
		     { TRACE_ALL_CPUS, "overwritten", 20 },
		     { 1, "lost", 20 } };
	const char *path = tar_file(PACK_PLAIN, m, 2);
	struct text_trace x = read_trace_file(path);
	const struct trace_loss *l;
	struct trace_lost lost;

	cr_assert_eq(trace_losses(x.t, &l), sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		cr_expect_eq(l[i].cpu, want[i].cpu, "row %zu: CPU %u", i, l[i].cpu);
		cr_expect_str_eq(l[i].event_class, want[i].event_class);
		cr_expect_eq(l[i].lost_events, want[i].lost);
	}
	trace_lost(x.t, &lost);
	cr_expect_eq(lost.events, 104);
	cr_expect(lost.any && !lost.unknown);
	trace_close(x.t);
	unlink(path);
}

Test(trace, nothing_we_know)
{
	const char *empty = tmp_file(".txt", "", 0),
		   *noise = tmp_file(".txt", "\x01\x02\x03\x04", 4);
	struct trace *t = NULL;
	struct km_diag d;

	cr_assert_eq(trace_open(&t, empty, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "empty"));
	cr_assert_eq(trace_open(&t, noise, &d), -KM_EFORMAT);
	cr_assert_eq(trace_open(&t, "/tmp/no such bundle", &d), -KM_ENOENT);
	cr_assert_null(t);
	unlink(empty);
	unlink(noise);
}

Test(trace, packed_text_alone)
{
	for (enum packing how = PACK_GZIP; how <= PACK_ZSTD; how++) {
		const char *path = packed_file(how, MARK("a"), 2);
		struct text_trace x = read_trace_file(path);

		cr_assert_eq(x.nr, 2);
		cr_assert_eq(x.err, 0);
		cr_assert_eq(trace_nr_files(x.t), 0);
		cr_assert_eq(trace_nr_labels(x.t), 0);
		trace_close(x.t);
		cr_assert_eq(truncate(path, 60), 0);
		x = read_trace_file(path);
		cr_assert(x.err == -KM_ETRUNC || x.err == -KM_EFORMAT, "%d", x.err);
		trace_close(x.t);
		unlink(path);
	}
}

Test(trace, readers_have_names)
{
	cr_assert_eq(trace_nr_readers(), 4);
	for (size_t i = 0; i < trace_nr_readers(); i++)
		cr_assert(trace_reader_at(i)->name && trace_reader_at(i)->describe);
	cr_assert_null(trace_reader_at(4));
}
