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

static void read_all(const struct reader_env *env, int fd)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	void *self;

	if (reader_kmt.open(&self, fd, "fuzz", env, &d))
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
	reader_kmt.close(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_info info = { .kernel = "", .bundle = "", .cmdline = "" };
	struct reader_env env = { .info = &info, .add_loss = add_loss, .add_file = add_file };
	uint8_t *copy = malloc(size + 1);
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (!copy || fd < 0 || strtab_open(&env.strings))
		abort();
	if (size)
		memcpy(copy, data, size);
	put_checksums_right(copy, size);
	if (write(fd, copy, size) != (ssize_t)size)
		abort();
	reader_kmt.sniff(copy, size < 4096 ? size : 4096);
	read_all(&env, fd);
	strtab_close(env.strings);
	close(fd);
	free(copy);
	return 0;
}
