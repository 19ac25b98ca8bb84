/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. The trace is read once, to count what the header says.
 * 2. Header, and a comment of ours for what a plain trace cannot say.
 * 3. A line per event; the temporary file takes the target's name.
 *
 * Kernel: kernel/trace/trace.c:print_event_info(), print_func_help_header_irq() [6.1]
 */
#include "traces/write_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/new_file.h"
#include "traces/pack.h"
#include "traces/text.h"
#include "traces/trace_losses.h"

enum { BATCH = 4096, CHUNK_BYTES = 1 << 20, LEVEL = 3, GZIP_LEVEL = 6 };

enum packing { PLAIN, PACKED_ZSTD, PACKED_GZIP };

struct writer {
	struct trace *trace;
	struct new_file file;
	struct text_style_out style;
	enum packing packing;
	struct pack *pack; /* of PACKED_ZSTD */
	uint64_t nr_events;
	struct km_event *events; /* BATCH of them */
	char *chunk, *packed;
	size_t len; /* in chunk */
};

static int no_memory(const struct writer *w, struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, w->file.path, "no memory to write it");
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

/* Each chunk is a frame or member of its own, which any reader puts together. */
static int64_t pack_chunk(struct writer *w)
{
	size_t room = pack_bound(CHUNK_BYTES);

	return w->packing == PACKED_ZSTD ?
		       pack_zstd(w->pack, LEVEL, w->packed, room, w->chunk, w->len) :
		       pack_gzip(GZIP_LEVEL, w->packed, room, w->chunk, w->len);
}

static int flush_chunk(struct writer *w, struct km_diag *d)
{
	const char *data = w->chunk;
	int64_t len = (int64_t)w->len;

	if (!len)
		return 0;
	if (w->packing) {
		data = w->packed;
		len = pack_chunk(w);
		if (len < 0)
			return no_memory(w, d);
	}
	w->len = 0;
	if (fwrite(data, (size_t)len, 1, w->file.out) != 1)
		return km_fail(d, KM_EIO, w->file.path, "cannot be written: %s", strerror(errno));
	return 0;
}

static int put(struct writer *w, const char *text, size_t len, struct km_diag *d)
{
	int err = w->len + len > CHUNK_BYTES ? flush_chunk(w, d) : 0;

	if (err)
		return err;
	memcpy(w->chunk + w->len, text, len);
	w->len += len;
	return 0;
}

/* ---- the head ---- */

static int count_events(struct writer *w, struct km_diag *d)
{
	int64_t n;
	int err = trace_keep(w->trace, d);

	if (!err)
		err = trace_rewind(w->trace, d);
	if (err)
		return err;
	while ((n = trace_read(w->trace, w->events, BATCH, d)) > 0)
		for (int64_t i = 0; i < n; i++)
			w->nr_events += w->events[i].kind != KM_EV_LOST;
	return (int)n;
}

static bool in_header(const struct trace_loss *l)
{
	return l->cpu == TRACE_ALL_CPUS && !strcmp(l->event_class, LOSS_OVERWRITTEN);
}

static uint64_t count_overwritten(const struct trace *t)
{
	const struct trace_loss *l;
	size_t n = trace_losses(t, &l);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (in_header(&l[i]))
			sum += l[i].lost_events;
	return sum;
}

/* Losses that neither the header nor a line between the events shows. */
static int put_losses(struct writer *w, struct km_diag *d)
{
	const struct trace_loss *l;
	size_t n = trace_losses(w->trace, &l);
	char line[512], cpu[12];
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		if (!strcmp(l[i].event_class, LOSS_MARKED) || in_header(&l[i]))
			continue;
		if (l[i].cpu == TRACE_ALL_CPUS)
			snprintf(cpu, sizeof(cpu), "all");
		else
			snprintf(cpu, sizeof(cpu), "%u", l[i].cpu);
		snprintf(line, sizeof(line),
			 TEXT_OWN_COMMENT "lost cpu=%s events=%" PRIu64 " first=%" PRIu64
					  " last=%" PRIu64 " class=%.64s\n",
			 cpu, l[i].lost_events, l[i].first_ts_ns, l[i].last_ts_ns,
			 l[i].event_class);
		err = put(w, line, strlen(line), d);
	}
	return err;
}

static int put_header(struct writer *w, struct km_diag *d)
{
	static const char columns[] =
		"#\n"
		"#                                _-----=> irqs-off/BH-disabled\n"
		"#                               / _----=> need-resched\n"
		"#                              | / _---=> hardirq/softirq\n"
		"#                              || / _--=> preempt-depth\n"
		"#                              ||| / _-=> migrate-disable\n"
		"#                              |||| /     delay\n"
		"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
		"#              | |         |   |||||     |         |\n";
	const struct trace_info *info = trace_info(w->trace);
	char text[512];

	snprintf(text, sizeof(text),
		 "# tracer: nop\n#\n# entries-in-buffer/entries-written: %" PRIu64 "/%" PRIu64
		 "   #P:%u\n",
		 w->nr_events, w->nr_events + count_overwritten(w->trace), info->nr_cpus);
	int err = put(w, text, strlen(text), d);

	snprintf(text, sizeof(text), TEXT_OWN_COMMENT "kernel=%s arch=%s cma=%d\n", info->kernel,
		 info->arch, info->has_cma);
	if (!err && (info->kernel[0] || info->arch[0] || info->has_cma))
		err = put(w, text, strlen(text), d);
	if (!err)
		err = put_losses(w, d);
	return err ? err : put(w, columns, sizeof(columns) - 1, d);
}

/* ---- the events ---- */

/* The call chain of an event, as the kernel's stacktrace option prints it. */
static int put_stack(struct writer *w, const struct km_event *ev, char *line, struct km_diag *d)
{
	const char *at = strtab_get(w->style.strings, ev->stack);
	int err = put(w, line, trace_write_stack_head(&w->style, ev, line), d);

	while (!err && *at) {
		size_t len = strcspn(at, "\n");

		err = put(w, " => ", 4, d);
		if (!err)
			err = put(w, at, len, d);
		if (!err)
			err = put(w, "\n", 1, d);
		at += len + (at[len] == '\n');
	}
	return err;
}

static int put_events(struct writer *w, struct km_diag *d)
{
	char line[WRITE_TEXT_LINE];
	int err = trace_rewind(w->trace, d);
	int64_t n = 1;

	while (!err && n > 0) {
		n = trace_read(w->trace, w->events, BATCH, d);
		if (n < 0)
			err = (int)n;
		for (int64_t i = 0; !err && i < n; i++) {
			size_t len = trace_write_event(&w->style, &w->events[i], line);

			err = put(w, line, len, d);
			if (!err && km_event_has_stack(w->events[i].kind) && w->events[i].stack)
				err = put_stack(w, &w->events[i], line, d);
		}
	}
	return err ? err : flush_chunk(w, d);
}

/* The file gets its name, or goes; so does what the writer holds. */
static int finish(struct writer *w, int err, struct km_diag *d)
{
	err = new_file_close(&w->file, err, d);
	free(w->events);
	free(w->chunk);
	free(w->packed);
	pack_close(w->pack);
	return err;
}

static enum packing packing_of(const char *path)
{
	if (ends_with(path, ".zst"))
		return PACKED_ZSTD;
	return ends_with(path, ".gz") ? PACKED_GZIP : PLAIN;
}

int trace_write_text(struct trace *t, const char *path, bool nanoseconds, struct km_diag *d)
{
	const struct trace_info *info = trace_info(t);
	struct writer w = { .trace = t, .file.path = path, .packing = packing_of(path) };

	w.style = (struct text_style_out){ .dialect = dialect_find(info->kernel),
					   .strings = trace_strings(t),
					   .has_cma = info->has_cma,
					   .counts = info->clock_counts,
					   .nanoseconds = nanoseconds };
	w.events = malloc(BATCH * sizeof(*w.events));
	w.chunk = malloc(CHUNK_BYTES);
	w.packed = w.packing ? malloc(pack_bound(CHUNK_BYTES)) : NULL;
	int err = !w.events || !w.chunk || (w.packing && !w.packed) ||
				  (w.packing == PACKED_ZSTD && pack_open(&w.pack)) ?
			  no_memory(&w, d) :
			  0;

	if (!err)
		err = count_events(&w, d);
	if (!err)
		err = new_file_open(&w.file, d);
	if (!err)
		err = put_header(&w, d);
	if (!err)
		err = put_events(&w, d);
	return finish(&w, err, d);
}
