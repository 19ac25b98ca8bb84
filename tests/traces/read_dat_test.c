/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.dat: small files made here, and the captures held against what `trace-cmd report` and the
 * kernel's own text say of them.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/dat_build.h"
#include "traces/io.h"
#include "traces/trace.h"

#define CAPTURES "../shared/traces/"

static struct dat_build build;
static uint8_t file[DAT_BUILD_MAX];

static const char *text_of(struct trace *t, uint32_t id)
{
	return strtab_get(trace_strings(t), id);
}

static struct trace *open_built(void)
{
	struct km_diag d = { 0 };
	struct trace *t = NULL;
	char path[64];
	size_t len = dat_build_file(&build, file);

	cr_assert_eq(trace_open(&t, dat_build_path(file, len, path), &d), 0, "%s: %s", d.where,
		     d.what);
	return t;
}

static struct km_event next(struct trace *t)
{
	struct km_diag d = { 0 };
	struct km_event ev;

	cr_assert_eq(trace_read(t, &ev, 1, &d), 1, "%s: %s", d.where, d.what);
	return ev;
}

static void expect_end(struct trace *t)
{
	struct km_diag d = { 0 };
	struct km_event ev;

	cr_assert_eq(trace_read(t, &ev, 1, &d), 0, "%s: %s", d.where, d.what);
	trace_close(t);
}

static void fill_each_kind(void)
{
	dat_build_page_alloc(&build, 0, 1000, 7, 0x01, 0x1234, 3, 0xcc0, 1);
	dat_build_page_alloc(&build, 0, 1010, 0, 0x18, UINT64_MAX, 0, 0x100, 5);
	dat_build_kmalloc(&build, 0, 1020, 8, UINT64_C(0xffffffff81000050),
			  UINT64_C(0xffff888000001000), 100, 128, 0x400cc0, -1);
	dat_build_cache_free(&build, 0, 1030, 99, UINT64_C(0xffffffffc0000010), 0xabc, "dentry");
	dat_build_cma_start(&build, 0, 1040, "reserved", 16, 2);
	dat_build_marker(&build, 0, 1050, "kmemlab snapshot begin start\n");
	dat_build_unknown(&build, 0, 1060);
}

static void expect_pages(struct trace *t)
{
	struct km_event ev = next(t);

	cr_assert_eq(ev.kind, KM_EV_PAGE_ALLOC);
	cr_assert_eq(ev.ts_ns, 1000);
	cr_assert_eq(ev.pid, 7);
	cr_assert_str_eq(text_of(t, ev.comm), "a task-7 [x]");
	cr_assert_eq(ev.ctx, KM_CTX_IRQS_OFF);
	cr_assert_eq(ev.page.pfn, 0x1234);
	cr_assert_eq(ev.page.order, 3);
	cr_assert_eq(ev.page.gfp, KM_GFP_KERNEL);
	cr_assert_eq(ev.page.mt, KM_MOVABLE);
	ev = next(t);
	cr_assert_eq(ev.page.pfn, KM_NO_PFN);
	cr_assert_eq(ev.page.gfp, KM_GFP_ZERO);
	cr_assert_eq(ev.page.mt, KM_ISOLATE, "the file has cma events: 5 is isolate");
	cr_assert_eq(ev.ctx, KM_CTX_HARDIRQ | KM_CTX_SOFTIRQ);
	cr_assert_str_eq(text_of(t, ev.comm), "<idle>");
}

static void expect_objects(struct trace *t)
{
	struct km_event ev = next(t);

	cr_assert_eq(ev.kind, KM_EV_KMALLOC);
	cr_assert_str_eq(text_of(t, ev.obj.call_site), "beta+0x10/0x40");
	cr_assert_eq(ev.obj.ptr, UINT64_C(0xffff888000001000));
	cr_assert_eq(ev.obj.bytes_req, 100);
	cr_assert_eq(ev.obj.bytes_alloc, 128);
	cr_assert_eq(ev.obj.node, -1);
	cr_assert_eq(ev.obj.accounted, 1, "the format counts in __GFP_ACCOUNT");
	ev = next(t);
	cr_assert_eq(ev.kind, KM_EV_CACHE_FREE);
	cr_assert_str_eq(text_of(t, ev.obj.call_site), "mod_fn+0x10/0x30 [ext4]");
	cr_assert_str_eq(text_of(t, ev.obj.cache), "dentry");
	cr_assert_str_eq(text_of(t, ev.comm), "<...>");
	cr_assert_eq(ev.obj.node, -1);
}

static void expect_rest(struct trace *t)
{
	struct km_event ev = next(t);

	cr_assert_eq(ev.kind, KM_EV_CMA_START);
	cr_assert_str_eq(text_of(t, ev.cma.name), "reserved");
	cr_assert_eq(ev.cma.pfn, KM_NO_PFN);
	cr_assert_eq(ev.cma.count, 16);
	cr_assert_eq(ev.cma.align, 2);
	ev = next(t);
	cr_assert_eq(ev.kind, KM_EV_MARKER);
	cr_assert_str_eq(text_of(t, ev.text), "kmemlab snapshot begin start");
	ev = next(t);
	cr_assert_eq(ev.kind, KM_EV_OTHER);
	cr_assert_str_eq(text_of(t, ev.text), "rss_stat");
	cr_assert_eq(ev.ts_ns, 1060);
}

static void each_kind(int version, bool big)
{
	dat_build_init(&build, version, big, 1);
	fill_each_kind();
	struct trace *t = open_built();

	cr_assert_str_eq(trace_info(t)->format, "trace.dat");
	cr_assert_str_eq(trace_info(t)->kernel, "6.1.192");
	cr_assert_str_eq(trace_info(t)->arch, "x86_64");
	cr_assert(trace_info(t)->has_cma);
	expect_pages(t);
	expect_objects(t);
	expect_rest(t);
	expect_end(t);
}

Test(read_dat, v6_little_endian)
{
	each_kind(6, false);
}

Test(read_dat, v6_big_endian)
{
	each_kind(6, true);
}

Test(read_dat, v7_little_endian)
{
	each_kind(7, false);
}

Test(read_dat, v7_big_endian)
{
	each_kind(7, true);
}

/* Time, then CPU, then position; a gap of more than 2^27 ns takes a time extend. */
Test(read_dat, merges_cpus_into_one_order)
{
	static const uint64_t ts[] = { 10, 20, 20, 20, 30, UINT64_C(9000000000) };
	static const unsigned int cpu[] = { 1, 0, 0, 1, 1, 0 };

	dat_build_init(&build, 7, false, 2);
	dat_build_unknown(&build, 0, 20);
	dat_build_unknown(&build, 0, 20);
	dat_build_unknown(&build, 0, UINT64_C(9000000000));
	dat_build_unknown(&build, 1, 10);
	dat_build_unknown(&build, 1, 20);
	dat_build_unknown(&build, 1, 30);
	struct trace *t = open_built();

	for (size_t i = 0; i < sizeof(ts) / sizeof(ts[0]); i++) {
		struct km_event ev = next(t);

		cr_assert_eq(ev.ts_ns, ts[i]);
		cr_assert_eq(ev.cpu, cpu[i]);
	}
	expect_end(t);
}

Test(read_dat, says_what_was_lost)
{
	const struct trace_loss *losses;
	struct km_diag d = { 0 };

	dat_build_init(&build, 6, false, 2);
	build.cpustat = "CPU: 1\nentries: 5\noverrun: 17\ncommit overrun: 0\ndropped events: 3\n";
	dat_build_unknown(&build, 0, 20);
	dat_build_page(&build, 0, 30, 42);
	dat_build_unknown(&build, 0, 35);
	dat_build_page(&build, 1, 40, -1);
	dat_build_unknown(&build, 1, 45);
	struct trace *t = open_built();

	for (unsigned int pass = 0; pass < 2; pass++) {
		cr_assert_eq(next(t).kind, KM_EV_OTHER);
		struct km_event ev = next(t);

		cr_assert_eq(ev.kind, KM_EV_LOST);
		cr_assert_eq(ev.num[0], 42);
		cr_assert_eq(ev.ts_ns, 35);
		cr_assert_eq(next(t).kind, KM_EV_OTHER);
		ev = next(t);
		cr_assert_eq(ev.kind, KM_EV_LOST);
		cr_assert_eq(ev.cpu, 1);
		cr_assert_eq(ev.num[0], 0);
		cr_assert_eq(next(t).kind, KM_EV_OTHER);
		cr_assert_eq(trace_losses(t, &losses), 4);
		cr_assert_str_eq(losses[0].event_class, "overrun");
		cr_assert_eq(losses[0].lost_events, 17);
		cr_assert_str_eq(losses[1].event_class, "dropped events");
		cr_assert_eq(losses[1].lost_events, 3);
		cr_assert_str_eq(losses[2].event_class, "lost");
		cr_assert_eq(losses[2].lost_events, 42);
		if (!pass)
			cr_assert_eq(trace_rewind(t, &d), 0);
	}
	expect_end(t);
}

/* Cut anywhere: the events before the cut, in order, then an error that says where. */
static void cut_at(size_t len, size_t *most)
{
	struct km_diag d = { 0 };
	struct trace *t = NULL;
	struct km_event ev;
	char path[64];
	int64_t got = trace_open(&t, dat_build_path(file, len, path), &d);
	size_t n = 0;

	if (!got) {
		for (got = trace_read(t, &ev, 1, &d); got == 1; got = trace_read(t, &ev, 1, &d)) {
			if (ev.kind != KM_EV_LOST)
				cr_assert_eq(ev.ts_ns, 1000 + 10 * n++);
		}
		trace_close(t);
	}
	cr_assert(got == -KM_ETRUNC || got == -KM_EFORMAT, "%zu bytes: %d", len, (int)got);
	cr_assert(*d.where && *d.what);
	cr_assert_geq(n, *most, "%zu bytes give %zu events", len, n);
	*most = n;
	close((int)strtol(path + strlen("/proc/self/fd/"), NULL, 10));
}

static void cut_everywhere(int version)
{
	size_t most = 0;

	dat_build_init(&build, version, false, 1);
	fill_each_kind();
	size_t len = dat_build_file(&build, file);

	for (size_t n = 0; n < len; n += n + 3000 < len ? 61 : 1)
		cut_at(n, &most);
	cr_assert_eq(most, 7);
}

Test(read_dat, cut_v6)
{
	cut_everywhere(6);
}

Test(read_dat, cut_v7)
{
	cut_everywhere(7);
}

Test(read_dat, damaged_page_ends_its_cpu_only)
{
	struct km_diag d = { 0 };
	struct km_event ev[8];

	dat_build_init(&build, 7, false, 2);
	dat_build_unknown(&build, 0, 10);
	dat_build_unknown(&build, 0, 30);
	build.cpu[0].data[36] = 28; /* the second record: longer than the page is full */
	dat_build_unknown(&build, 1, 20);
	dat_build_unknown(&build, 1, 40);
	struct trace *t = open_built();

	cr_assert_eq(trace_read(t, ev, 8, &d), 4);
	cr_assert_eq(ev[0].cpu, 0);
	cr_assert_eq(ev[1].kind, KM_EV_LOST);
	cr_assert_eq(ev[1].cpu, 0);
	cr_assert_eq(ev[3].ts_ns, 40);
	cr_assert_eq(trace_read(t, ev, 8, &d), -KM_EFORMAT);
	trace_close(t);
}

Test(read_dat, foreign_and_empty_files)
{
	struct km_diag d = { 0 };
	struct trace *t = NULL;
	char path[64];

	cr_assert_eq(trace_open(&t, dat_build_path(file, 0, path), &d), -KM_EFORMAT);
	dat_build_init(&build, 6, false, 1);
	dat_build_file(&build, file);
	file[10] = '5';
	cr_assert_eq(trace_open(&t, dat_build_path(file, 4096, path), &d), -KM_ENOTSUP);
	cr_assert_not_null(strstr(d.what, "version 5"));
}

/* ---- captures ---- */

static struct trace *open_capture(const char *name)
{
	struct km_diag d = { 0 };
	struct trace *t = NULL;

	if (access(name, R_OK))
		cr_skip_test("%s is not here", name);
	cr_assert_eq(trace_open(&t, name, &d), 0, "%s: %s", d.where, d.what);
	return t;
}

/* What `trace-cmd report` prints of files-6.1-x86-1cpu, by event name. */
Test(read_dat, capture_counts, .timeout = 60)
{
	static const struct {
		enum km_event_kind kind;
		uint64_t count;
	} expected[] = {
		{ KM_EV_PAGE_ALLOC, 126313 },
		{ KM_EV_PAGE_FREE, 116994 },
		{ KM_EV_PAGE_FREE_BATCHED, 102525 },
		{ KM_EV_ZONE_LOCKED, 12510 },
		{ KM_EV_PCPU_DRAIN, 16 },
		{ KM_EV_EXTFRAG, 3 },
		{ KM_EV_KMALLOC, 30159 },
		{ KM_EV_KFREE, 33040 },
		{ KM_EV_CACHE_ALLOC, 624122 },
		{ KM_EV_CACHE_FREE, 624186 },
		{ KM_EV_MARKER, 100 },
		{ KM_EV_FORK, 2941 },
	};
	struct trace *t = open_capture(CAPTURES "files-6.1-x86-1cpu.tar.zst");
	static struct km_event buf[4096];
	uint64_t count[KM_NR_EVENT_KINDS] = { 0 };
	struct km_diag d = { 0 };
	int64_t got;

	while ((got = trace_read(t, buf, 4096, &d)) > 0) {
		for (int64_t i = 0; i < got; i++)
			count[buf[i].kind]++;
	}
	cr_assert_eq(got, 0, "%s: %s", d.where, d.what);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_assert_eq(count[expected[i].kind], expected[i].count, "%s",
			     km_event_name(expected[i].kind));
	cr_assert_eq(trace_info(t)->nr_events, 1676143);
	trace_close(t);
}

/* The same string in both tables, and the same time: the text has it in rounded microseconds. */
static void same_event(struct trace *a, struct km_event x, struct trace *b, struct km_event y,
		       uint64_t n)
{
	cr_assert_eq((x.ts_ns + 500) / 1000, y.ts_ns / 1000, "event %lu", (unsigned long)n);
	cr_assert_str_eq(text_of(a, x.comm), text_of(b, y.comm), "event %lu", (unsigned long)n);
	cr_assert_str_eq(text_of(a, x.text), text_of(b, y.text), "event %lu", (unsigned long)n);
	x.ts_ns = y.ts_ns;
	x.comm = y.comm;
	x.text = y.text;
	if (x.kind >= KM_EV_KMALLOC && x.kind <= KM_EV_CACHE_FREE) {
		cr_assert_str_eq(text_of(a, x.obj.call_site), text_of(b, y.obj.call_site));
		cr_assert_str_eq(text_of(a, x.obj.cache), text_of(b, y.obj.cache));
		x.obj.call_site = y.obj.call_site;
		x.obj.cache = y.obj.cache;
	}
	cr_assert_eq(memcmp(&x, &y, sizeof(x)), 0, "event %lu, a %s", (unsigned long)n,
		     km_event_name(x.kind));
}

/* A trace over the member of an archive that ends like @ending. */
static struct trace *open_member(const char *archive, const char *ending)
{
	struct io_budget budget;
	struct km_diag d = { 0 };
	struct trace *t = NULL;
	struct io_tar *tar;
	const char *name;
	char path[64];
	int fd = open(archive, O_RDONLY);

	io_budget_init(&budget);
	cr_assert_eq(io_tar_open(&tar, fd, archive, &budget, &d), 0, "%s", d.what);
	while (io_tar_next(tar, &name, &d) == 1) {
		if (!strstr(name, ending))
			continue;
		int member;

		cr_assert_eq(io_tar_fd(tar, &member, &d), 0, "%s", d.what);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", member);
		cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
		break;
	}
	io_tar_close(tar);
	close(fd);
	cr_assert(t, "no %s in %s", ending, archive);
	return t;
}

/*
 * The bare text does not say which release it is from, nor whether the kernel has CMA: types are
 * compared up to HighAtomic, gfp without the two bits that GFP_ATOMIC and GFP_NOWAIT lost and won.
 */
static void forget_dialect(struct km_event *x, struct km_event *y)
{
	const uint32_t same = ~(uint32_t)(KM_GFP_ATOMIC | KM_GFP_NOWARN);

	if (x->kind >= KM_EV_PAGE_ALLOC && x->kind <= KM_EV_PCPU_DRAIN) {
		x->page.gfp &= same;
		y->page.gfp &= same;
		if (x->page.mt >= KM_CMA)
			y->page.mt = x->page.mt;
	} else if (x->kind >= KM_EV_KMALLOC && x->kind <= KM_EV_CACHE_FREE) {
		x->obj.gfp &= same;
		y->obj.gfp &= same;
	}
}

/* The kernel's own text of the same records, read by the text reader. */
Test(read_dat, capture_equals_the_kernels_text, .timeout = 120)
{
	struct trace *a = open_capture(CAPTURES "files-6.1-x86-1cpu.tar.zst");
	struct trace *b = open_member(CAPTURES "files-6.1-x86-1cpu.tar.zst", "trace.txt.zst");
	struct km_diag d = { 0 };
	struct km_event x, y;
	uint64_t n = 0;

	while (trace_read(a, &x, 1, &d) == 1) {
		cr_assert_eq(trace_read(b, &y, 1, &d), 1, "%s: %s", d.where, d.what);
		forget_dialect(&x, &y);
		same_event(a, x, b, y, n++);
	}
	cr_assert_eq(n, 1676143);
	trace_close(a);
	trace_close(b);
}
