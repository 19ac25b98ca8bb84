/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the text of ftrace, trace-cmd report or perf script: the reader may refuse them, and
 * must do nothing else wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/reader.h"

enum { BATCH = 64 };

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

/* What the engine relies on. */
static void check(const struct km_event *ev, const struct strtab *strings)
{
	bool page = ev->kind >= KM_EV_PAGE_ALLOC && ev->kind <= KM_EV_PCPU_DRAIN;

	if (ev->kind >= KM_NR_EVENT_KINDS || ev->cpu >= KM_MAX_CPUS ||
	    ev->comm >= strtab_count(strings) || ev->text >= strtab_count(strings))
		abort();
	if (page && (ev->page.order >= KM_MAX_ORDERS || ev->page.mt >= KM_NR_MIGRATETYPES))
		abort();
}

static void read_all(const struct reader_env *env, struct io_source *src)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	void *self;

	if (reader_text.open(&self, src, "fuzz", env, &d))
		return;
	for (int pass = 0; pass < 2; pass++) {
		int64_t n;

		while ((n = reader_text.read(self, ev, BATCH, &d)) > 0)
			for (int64_t i = 0; i < n; i++)
				check(&ev[i], env->strings);
		if (reader_text.rewind(self, &d))
			break;
	}
	reader_text.close(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const releases[] = {
		"6.1.192", "", "2.6.34", "3.5.0", "4.4.0", "6.12.1"
	};
	const size_t nr = sizeof(releases) / sizeof(releases[0]);
	struct trace_info info = { .has_cma = true };
	struct reader_env env = { .info = &info, .add_loss = add_loss };
	struct io_source *src;
	struct io_budget budget;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || strtab_open(&env.strings))
		abort();
	/* The length picks the kernel: a seed stays a trace as it is. */
	snprintf(info.kernel, sizeof(info.kernel), "%s", releases[size % nr]);
	reader_text.sniff(data, size < 4096 ? size : 4096);
	io_budget_init(&budget);
	if (lseek(fd, 0, SEEK_SET) || io_source_open(&src, fd, "fuzz", &budget, NULL))
		abort();
	read_all(&env, src);
	strtab_close(env.strings);
	io_source_close(src);
	return 0;
}
