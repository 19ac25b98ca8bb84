/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a capture: unpacked, taken apart as a bundle, its files and snapshots read, its
 * events read, sought and windowed. perf is never run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/sound.h"
#include "traces/trace.h"

enum { BATCH = 64, MAX_EVENTS = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__lsan_default_suppressions(void);

/* libtraceevent 1.7.1 loses a token when a declaration makes no sense to it. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return setenv("PATH", "/nowhere", 1);
}

static uint64_t read_events(struct trace *t)
{
	struct km_event ev[BATCH];
	struct km_diag d;
	uint64_t total = 0;
	int64_t n;

	while (total < MAX_EVENTS && (n = trace_read(t, ev, BATCH, &d)) > 0) {
		for (int64_t i = 0; i < n; i++)
			if (ev[i].kind >= KM_NR_EVENT_KINDS || !event_is_sound(&ev[i]) ||
			    !strtab_get(trace_strings(t), ev[i].comm) ||
			    !strtab_get(trace_strings(t), ev[i].text))
				abort();
		total += (uint64_t)n;
	}
	return total;
}

static void read_bundle(struct trace *t)
{
	struct km_diag d;
	struct km_snapshot s;
	const char *bytes;
	size_t len, sum = 0;

	for (size_t i = 0; i < trace_nr_labels(t); i++)
		if (!trace_snapshot(t, trace_label(t, i), &s, &d))
			trace_snapshot_release(&s);
	for (size_t i = 0; i < trace_nr_files(t); i++)
		if (!trace_file(t, trace_file_name(t, i), &bytes, &len, &d) && len)
			sum += (unsigned char)bytes[len - 1];
	if (sum == SIZE_MAX)
		abort();
}

static void read_all(struct trace *t)
{
	const struct trace_loss *losses;
	struct km_diag d;
	uint64_t n = read_events(t);

	read_bundle(t);
	if (trace_progress_ppm(t) > 1000000)
		abort();
	if (trace_losses(t, &losses) && !losses[0].event_class)
		abort();
	if (!trace_rewind(t, &d) && n < MAX_EVENTS && read_events(t) != n)
		abort();
	if (!trace_seek(t, TRACE_BY_EVENT, n / 2, &d) && n < MAX_EVENTS &&
	    read_events(t) != n - n / 2)
		abort();
	if (!trace_window(t, trace_info(t)->first_ts_ns + 1, trace_info(t)->last_ts_ns, &d))
		read_events(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace *t = NULL;
	struct km_diag d;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!trace_open(&t, path, &d)) {
		read_all(t);
		trace_close(t);
	}
	close(fd);
	return 0;
}
