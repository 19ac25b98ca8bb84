/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a .kmt: the reader may refuse them, and must do nothing else wrong. Checksums are
 * put right first, else nothing would ever get past them.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/kmt_format.h"
#include "traces/pack.h"
#include "traces/reader.h"
#include "traces/sound.h"

enum { BATCH = 64, MAX_EVENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int add_loss(void *ctx, unsigned int cpu, const char *event_class, uint64_t lost,
		    uint64_t ts_ns)
{
	(void)ctx;
	(void)cpu;
	(void)event_class;
	(void)lost;
	(void)ts_ns;
	return 0;
}

static int add_file(void *ctx, const char *name, const char *data, size_t len)
{
	(void)ctx;
	(void)name;
	return len && data[len - 1] == *name ? -KM_ENOMEM : 0;
}

static void put_checksums_right(uint8_t *data, size_t size)
{
	size_t at = KMT_HEADER_BYTES;

	while (at < size && size - at >= KMT_SECTION_BYTES) {
		uint8_t *head = data + at;
		uint64_t len = kmt_get_le(head + 8, 8);

		at += KMT_SECTION_BYTES;
		if (len <= size - at) {
			kmt_put_le(head + 24, pack_hash(data + at, (size_t)len), 8);
			at += (size_t)len;
		} else {
			at = size;
		}
		kmt_put_le(head + 32, pack_hash(head, 32), 8);
	}
}

static void check(const struct km_event *ev, const struct strtab *strings)
{
	if (ev->kind >= KM_NR_EVENT_KINDS || !event_is_sound(ev) ||
	    ev->comm >= strtab_count(strings) || ev->text >= strtab_count(strings))
		abort();
}

/* Wherever a place is looked for, what is read from there is sound. */
static void seek_to(void *self, enum trace_axis axis, uint64_t to, const struct strtab *strings)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	int64_t behind = reader_kmt.seek(self, axis, to, &d);
	int64_t n = behind < 0 ? 0 : reader_kmt.read(self, ev, BATCH, &d);

	if (axis == TRACE_BY_EVENT && behind > 0 && (uint64_t)behind > to)
		abort();
	for (int64_t i = 0; i < n; i++)
		check(&ev[i], strings);
}

/* Events and times that the file may have, and its first bytes as numbers. */
static void seek_all(void *self, const uint8_t *data, size_t size, const struct strtab *strings)
{
	static const uint64_t places[] = { 0, 1, 7, 63, 64, 4096, UINT64_C(1) << 40, UINT64_MAX };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		seek_to(self, TRACE_BY_EVENT, places[i], strings);
		seek_to(self, TRACE_BY_TIME, places[i], strings);
	}
	for (size_t at = 0; at + 8 <= size && at < 1024; at += 40) {
		uint64_t to = kmt_get_le(data + at, 8);

		seek_to(self, TRACE_BY_TIME, to, strings);
		seek_to(self, TRACE_BY_EVENT, to & 0xffff, strings);
	}
}

static void read_all(const struct reader_env *env, struct io_source *src, const uint8_t *data,
		     size_t size)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	void *self;

	if (reader_kmt.open(&self, src, "fuzz", env, &d))
		return;
	for (int pass = 0; pass < 2; pass++) {
		int64_t total = 0;
		int64_t n;

		while (total < MAX_EVENTS && (n = reader_kmt.read(self, ev, BATCH, &d)) > 0) {
			for (int64_t i = 0; i < n; i++)
				check(&ev[i], env->strings);
			total += n;
		}
		if (reader_kmt.progress_ppm(self) > 1000000 || reader_kmt.rewind(self, &d))
			abort();
	}
	seek_all(self, data, size, env->strings);
	reader_kmt.close(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_info info = { .kernel = "", .bundle = "", .cmdline = "" };
	struct reader_env env = { .info = &info, .add_loss = add_loss, .add_file = add_file };
	uint8_t *copy = malloc(size + 1);
	struct io_source *src;
	struct io_budget budget;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (!copy || fd < 0 || strtab_open(&env.strings))
		abort();
	if (size)
		memcpy(copy, data, size);
	put_checksums_right(copy, size);
	if (write(fd, copy, size) != (ssize_t)size)
		abort();
	reader_kmt.sniff(copy, size < 4096 ? size : 4096);
	io_budget_init(&budget);
	if (lseek(fd, 0, SEEK_SET) || io_source_open(&src, fd, "fuzz", &budget, NULL))
		abort();
	read_all(&env, src, copy, size);
	strtab_close(env.strings);
	io_source_close(src);
	free(copy);
	return 0;
}
