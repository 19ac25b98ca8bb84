/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * .kmt: what goes in comes out, damage ends it where it is, and the samples hold what they should.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/dat_build.h"
#include "traces/cma_finish.h"
#include "traces/kmt.h"
#include "traces/kmt_block.h"

#define SAMPLES "traces/samples/"

enum { NR_RANDOM = 20000, NR_STRINGS = 50 };

static struct dat_build build;
static uint8_t file[DAT_BUILD_MAX];
static struct km_event made[NR_RANDOM], got[NR_RANDOM];

/* ---- blocks ---- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mostly small and near, sometimes anything at all. */
static uint64_t some(uint64_t *seed, uint64_t near)
{
	uint64_t r = next_random(seed);

	return r % 16 == 0 ? next_random(seed) : r % 16 == 1 ? UINT64_MAX : near + r % 64;
}

static void random_event(struct km_event *ev, uint64_t *seed, uint64_t *ts)
{
	memset(ev, 0, sizeof(*ev));
	*ts = some(seed, *ts);
	ev->ts_ns = *ts;
	ev->pid = (int32_t)some(seed, 0);
	ev->cpu = (uint16_t)(next_random(seed) % KM_MAX_CPUS);
	ev->kind = (uint8_t)(next_random(seed) % KM_NR_EVENT_KINDS);
	ev->ctx = (uint8_t)next_random(seed);
	ev->comm = (uint32_t)(next_random(seed) % NR_STRINGS);
	ev->text = (uint32_t)(next_random(seed) % NR_STRINGS);

	const struct kmt_group *g = kmt_group_of(ev->kind);

	for (unsigned int i = 0; i < g->nr_vary; i++)
		kmt_field_set(ev, g->vary[i], some(seed, 1000));
	for (unsigned int i = 0; i < g->nr_fixed; i++)
		kmt_field_set(ev, g->fixed[i],
			      g->fixed[i].size == 1 ? next_random(seed) % KM_NR_MIGRATETYPES :
			      g->fixed[i].is_string ? next_random(seed) % NR_STRINGS :
						      some(seed, 8));
	if (g != kmt_group_of(KM_EV_CMA_FINISH))
		return;
	ev->cma.tried = KM_NO_PFN;
	if (ev->kind == KM_EV_CMA_FINISH) /* every second one failed, most of them at some range */
		cma_finish_settle(&ev->cma, ev->cma.err % 2 ? some(seed, 1000) : ev->cma.pfn);
}

static int64_t same_id(void *ctx, uint32_t id)
{
	(void)ctx;
	return id;
}

Test(kmt, block_keeps_every_field)
{
	uint32_t map[NR_STRINGS];
	struct kmt_encoder *e;
	struct kmt_decoder *d;
	struct kmt_buf out = { 0 };
	uint64_t seed = 1;
	uint64_t ts = 1000;

	for (uint32_t i = 0; i < NR_STRINGS; i++)
		map[i] = i;
	for (size_t i = 0; i < NR_RANDOM; i++)
		random_event(&made[i], &seed, &ts);
	cr_assert_eq(kmt_encoder_open(&e, 19), 0);
	cr_assert_eq(kmt_decoder_open(&d), 0);
	for (unsigned int pass = 0; pass < 2; pass++) { /* a second block starts from nothing */
		out.len = 0;
		cr_assert_eq(kmt_encode(e, made, NR_RANDOM, same_id, NULL, &out), 0);
		cr_assert_eq(kmt_decode_start(d, out.p, out.len), 0);
		cr_assert_eq(kmt_decode(d, (struct kmt_strings){ map, NR_STRINGS }, got, NR_RANDOM),
			     NR_RANDOM);
		for (size_t i = 0; i < NR_RANDOM; i++)
			cr_assert_eq(memcmp(&made[i], &got[i], sizeof(got[i])), 0, "event %zu, %s",
				     i, km_event_name(made[i].kind));
		cr_assert_eq(kmt_decode(d, (struct kmt_strings){ map, NR_STRINGS }, got, 1), 0);
	}
	kmt_buf_release(&out);
	kmt_encoder_close(e);
	kmt_decoder_close(d);
}

/* ---- files ---- */

static struct trace *open_path(const char *path)
{
	struct km_diag d = { 0 };
	struct trace *t = NULL;

	cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
	return t;
}

static struct trace *open_built(void)
{
	char path[64];

	dat_build_init(&build, 7, false, 2);
	build.cpustat = "CPU: 1\noverrun: 17\n";
	for (uint64_t i = 0; i < 300; i++) {
		dat_build_kmalloc(&build, i % 2, 1000 + 7 * i, 7, UINT64_C(0xffffffff81000050),
				  4096 * i, 100 + i, 128, 0xcc0, -1);
		dat_build_cache_free(&build, i % 2, 1003 + 7 * i, 8, UINT64_C(0xffffffff81000010),
				     4096 * i, i % 3 ? "dentry" : "inode_cache");
	}
	dat_build_page(&build, 1, 9000, 5);
	dat_build_marker(&build, 1, 9001, "kmemlab snapshot begin end\n");
	return open_path(dat_build_path(file, dat_build_file(&build, file), path));
}

static const char *text_of(struct trace *t, uint32_t id)
{
	return strtab_get(trace_strings(t), id);
}

/* Events of two traces are the same but for the numbers of their strings. */
static void same_events(struct trace *a, struct trace *b)
{
	struct km_diag d = { 0 };
	struct km_event x, y;

	while (trace_read(a, &x, 1, &d) == 1) {
		cr_assert_eq(trace_read(b, &y, 1, &d), 1, "%s: %s", d.where, d.what);
		const struct kmt_group *g = kmt_group_of(x.kind);

		cr_assert_str_eq(text_of(a, x.comm), text_of(b, y.comm));
		cr_assert_str_eq(text_of(a, x.text), text_of(b, y.text));
		x.comm = y.comm;
		x.text = y.text;
		for (unsigned int i = 0; i < g->nr_fixed; i++) {
			struct kmt_field f = g->fixed[i];
			uint32_t p = (uint32_t)kmt_field_get(&x, f);
			uint32_t q = (uint32_t)kmt_field_get(&y, f);

			if (!f.is_string)
				continue;
			cr_assert_str_eq(text_of(a, p), text_of(b, q));
			kmt_field_set(&x, f, q);
		}
		cr_assert_eq(memcmp(&x, &y, sizeof(x)), 0, "a %s at %lu ns", km_event_name(x.kind),
			     (unsigned long)x.ts_ns);
	}
	cr_assert_eq(trace_read(b, &y, 1, &d), 0);
}

static char *write_kmt(struct trace *t, const char *name)
{
	static char path[2][128];
	static unsigned int nr;
	char *at = path[nr++ % 2];
	struct km_diag d = { 0 };

	snprintf(at, sizeof(path[0]), "/tmp/kmt_test.%d.%s.kmt", (int)getpid(), name);
	cr_assert_eq(kmt_write(t, at, &d), 0, "%s: %s", d.where, d.what);
	return at;
}

static size_t load(const char *path, uint8_t *out, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, out, room);

	close(fd);
	cr_assert_gt(n, 0);
	return (size_t)n;
}

Test(kmt, round_trip_and_the_same_bytes_twice)
{
	const struct trace_loss *losses;
	struct trace *a = open_built();
	char *first = write_kmt(a, "a");
	struct trace *b = open_path(first);
	char *second = write_kmt(b, "b");
	struct km_diag d = { 0 };

	cr_assert_eq(trace_rewind(a, &d), 0);
	cr_assert_eq(trace_rewind(b, &d), 0);
	cr_assert_str_eq(trace_info(b)->format, "kmt");
	cr_assert_str_eq(trace_info(b)->kernel, "6.1.192");
	cr_assert_eq(trace_info(b)->nr_events, 602);
	cr_assert_eq(trace_info(b)->first_ts_ns, 1000);
	cr_assert_eq(trace_info(b)->last_ts_ns, 9001);
	same_events(a, b);
	cr_assert_eq(trace_losses(b, &losses), 2);
	cr_assert_str_eq(losses[0].event_class, "overrun");
	cr_assert_eq(losses[0].lost_events, 17);
	cr_assert_eq(losses[1].lost_events, 5);
	trace_close(a);
	trace_close(b);

	static uint8_t x[DAT_BUILD_MAX], y[DAT_BUILD_MAX];
	size_t n = load(first, x, sizeof(x));

	cr_assert_eq(load(second, y, sizeof(y)), n);
	cr_assert_eq(memcmp(x, y, n), 0);
	unlink(first);
	unlink(second);
}

/* Read what there is of a damaged file: the events before the damage, then an error. */
static int read_damaged(const uint8_t *data, size_t len, size_t *n, struct km_diag *d)
{
	struct trace *t = NULL;
	struct km_event ev;
	char path[64];
	int64_t ret = trace_open(&t, dat_build_path(data, len, path), d);

	*n = 0;
	if (!ret) {
		while ((ret = trace_read(t, &ev, 1, d)) == 1) {
			cr_assert_geq(ev.ts_ns, 1000);
			++*n;
		}
		trace_close(t);
	}
	close((int)strtol(path + strlen("/proc/self/fd/"), NULL, 10));
	return (int)ret;
}

Test(kmt, cut_or_changed_anywhere)
{
	struct trace *t = open_built();
	char *path = write_kmt(t, "cut");
	size_t len = load(path, file, sizeof(file));
	struct km_diag d = { 0 };
	size_t n;

	trace_close(t);
	unlink(path);
	cr_assert_eq(read_damaged(file, len, &n, &d), 0);
	cr_assert_eq(n, 602);
	for (size_t cut = 0; cut < len; cut += 3) {
		int err = read_damaged(file, cut, &n, &d);

		cr_assert(err == -KM_ETRUNC || err == -KM_EFORMAT, "cut at %zu: %d", cut, err);
		cr_assert(n == 0 || n == 602);
	}
	for (size_t at = KMT_HEADER_BYTES; at + KMT_TRAILER_BYTES < len; at += 5) {
		file[at] ^= 0x40;
		int err = read_damaged(file, len, &n, &d);

		file[at] ^= 0x40;
		cr_assert_eq(err, -KM_EFORMAT, "byte %zu changed: %d after %zu", at, err, n);
	}
}

/* All events, and the damage behind them is said. */
Test(kmt, something_behind_its_end)
{
	struct trace *t = open_built();
	char *path = write_kmt(t, "behind");
	size_t len = load(path, file, sizeof(file) - KMT_TRAILER_BYTES);
	struct km_diag d = { 0 };
	size_t n;

	trace_close(t);
	unlink(path);
	file[len] = 0;
	cr_assert_eq(read_damaged(file, len + 1, &n, &d), -KM_EFORMAT);
	cr_assert_eq(n, 602);
	cr_assert(strstr(d.what, "bytes follow the end"), "%s", d.what);
	memcpy(file + len, file + len - KMT_TRAILER_BYTES, KMT_TRAILER_BYTES);
	cr_assert_eq(read_damaged(file, len + KMT_TRAILER_BYTES, &n, &d), -KM_EFORMAT);
	cr_assert_eq(n, 602, "a second trailer");
	file[len - 1] ^= 1;
	cr_assert_eq(read_damaged(file, len, &n, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "the trailer is damaged"), "%s", d.what);
}

Test(kmt, other_versions_and_sections)
{
	static uint8_t longer[DAT_BUILD_MAX];
	struct trace *t = open_built();
	char *path = write_kmt(t, "version");
	size_t len = load(path, file, sizeof(file));
	struct km_diag d = { 0 };
	size_t n;

	trace_close(t);
	unlink(path);
	file[10] = 9; /* a newer minor version */
	cr_assert_eq(read_damaged(file, len, &n, &d), 0);
	cr_assert_eq(n, 602);

	/* a section of a kind nobody knows, in front */
	memcpy(longer, file, KMT_HEADER_BYTES);
	uint8_t *head = longer + KMT_HEADER_BYTES;

	kmt_put_le(head, 77, 4);
	kmt_put_le(head + 8, 3, 8);
	kmt_put_le(head + 24, pack_hash("abc", 3), 8);
	kmt_put_le(head + 32, pack_hash(head, 32), 8);
	memcpy(head + KMT_SECTION_BYTES, "abc", 3);
	memcpy(head + KMT_SECTION_BYTES + 3, file + KMT_HEADER_BYTES, len - KMT_HEADER_BYTES);
	cr_assert_eq(read_damaged(longer, len + KMT_SECTION_BYTES + 3, &n, &d), 0);
	cr_assert_eq(n, 602);

	file[8] = 2; /* a newer major version */
	cr_assert_eq(read_damaged(file, len, &n, &d), -KM_ENOTSUP);
	cr_assert(strstr(d.what, "newer kmemlab"));
}

/* Known answers of the xxHash specification's test values for an empty input and for "abc". */
Test(kmt, checksum_is_xxh64)
{
	cr_assert_eq(pack_hash("", 0), UINT64_C(0xEF46DB3751D8E999));
	cr_assert_eq(pack_hash("abc", 3), UINT64_C(0x44BC2CF5AD770999));
}

Test(kmt, write_fails_cleanly)
{
	struct trace *t = open_built();
	struct km_diag d = { 0 };

	cr_assert_eq(kmt_write(t, "/nonexistent/x.kmt", &d), -KM_EIO);
	cr_assert_str_eq(d.where, "/nonexistent/x.kmt");
	trace_close(t);
}

/* ---- samples ---- */

/* Counts: `trace-cmd report` of the captures that the samples were made from. */
static void expect_sample(const char *path, uint64_t events, uint64_t page_allocs,
			  uint64_t cache_frees, size_t files_at_least)
{
	static struct km_event buf[4096];
	uint64_t count[KM_NR_EVENT_KINDS] = { 0 };
	struct km_diag d = { 0 };
	struct trace *t = open_path(path);
	struct km_snapshot s;
	struct stat st;
	int64_t n;

	while ((n = trace_read(t, buf, 4096, &d)) > 0) {
		for (int64_t i = 0; i < n; i++)
			count[buf[i].kind]++;
	}
	cr_assert_eq(n, 0, "%s: %s", d.where, d.what);
	cr_assert_eq(trace_info(t)->nr_events, events);
	cr_assert_eq(count[KM_EV_PAGE_ALLOC], page_allocs);
	cr_assert_eq(count[KM_EV_CACHE_FREE], cache_frees);
	cr_assert_geq(trace_nr_files(t), files_at_least);
	cr_assert_eq(trace_snapshot(t, "start", &s, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_gt(s.nr_zones, 0);
	trace_snapshot_release(&s);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert((uint64_t)st.st_size <= 6 * events, "more than 6 bytes per event");
	trace_close(t);
}

Test(kmt, sample_files)
{
	expect_sample(SAMPLES "files-6.1-x86-1cpu.kmt", 1676143, 126313, 624186, 60);
}

Test(kmt, sample_cma)
{
	expect_sample(SAMPLES "cma-6.1-x86-1cpu.kmt", 1716533, 145322, 596642, 60);
}

Test(kmt, sample_debian)
{
	expect_sample(SAMPLES "files-6.1-debian-1cpu.kmt", 410709, 74858, 86717, 60);
}

Test(kmt, sample_slab)
{
	expect_sample(SAMPLES "files-6.1-slab-1cpu.kmt", 1271314, 73312, 504036, 60);
}

Test(kmt, sample_equals_its_capture, .timeout = 60)
{
	static const char capture[] = "../shared/traces/cma-6.1-x86-1cpu.tar.zst";

	if (access(capture, R_OK))
		cr_skip_test("%s is not here", capture);
	struct trace *a = open_path(capture);
	struct trace *b = open_path(SAMPLES "cma-6.1-x86-1cpu.kmt");

	same_events(a, b);
	trace_close(a);
	trace_close(b);
}
