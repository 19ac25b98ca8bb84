/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as a trace.dat: the reader may refuse them, and must do nothing else wrong. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/reader.h"
#include "traces/sound.h"

enum { BATCH = 64, MAX_EVENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libtraceevent 1.7.1 loses a token when a declaration makes no sense to it. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent";
}

static int add_loss(void *ctx, unsigned int cpu, const char *event_class, uint64_t lost,
		    uint64_t ts_ns)
{
	(void)ctx;
	(void)event_class;
	(void)lost;
	(void)ts_ns;
	if (cpu >= KM_MAX_CPUS)
		abort();
	return 0;
}

static void check(const struct km_event *ev, const struct strtab *strings)
{
	if (ev->kind >= KM_NR_EVENT_KINDS || !event_is_sound(ev) ||
	    ev->comm >= strtab_count(strings) || ev->text >= strtab_count(strings))
		abort();
}

static void read_all(const struct reader_env *env, struct io_source *src)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	void *self;

	if (reader_dat.open(&self, src, "fuzz", env, &d))
		return;
	for (int pass = 0; pass < 2; pass++) {
		int64_t total = 0;
		int64_t n;

		while (total < MAX_EVENTS && (n = reader_dat.read(self, ev, BATCH, &d)) > 0) {
			for (int64_t i = 0; i < n; i++)
				check(&ev[i], env->strings);
			total += n;
		}
		if (reader_dat.progress_ppm(self) > 1000000 || reader_dat.rewind(self, &d))
			abort();
	}
	if (reader_dat.seek(self, TRACE_BY_TIME, UINT64_MAX, &d) ||
	    reader_dat.read(self, ev, 1, &d) > 1)
		abort();
	reader_dat.close(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_info info = { .kernel = "", .bundle = "", .cmdline = "" };
	struct reader_env env = { .info = &info, .add_loss = add_loss };
	struct io_source *src;
	struct io_budget budget;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || strtab_open(&env.strings))
		abort();
	reader_dat.sniff(data, size < 4096 ? size : 4096);
	io_budget_init(&budget);
	if (lseek(fd, 0, SEEK_SET) || io_source_open(&src, fd, "fuzz", &budget, NULL))
		abort();
	read_all(&env, src);
	strtab_close(env.strings);
	io_source_close(src);
	return 0;
}
