/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. The path becomes bytes (io.c): a file, or a bundle whose files are set apart (bundle.c).
 * 2. What the bundle knows of the machine is read (trace_meta.c), because a reader needs the
 *    release.
 * 3. The first reader that knows the first bytes gets them; events pass through here to be counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/bundle.h"
#include "traces/io_source.h"
#include "traces/reader.h"
#include "traces/reorder.h"
#include "traces/trace_labels.h"
#include "traces/trace_losses.h"
#include "traces/trace_meta.h"
#include "traces/trace_notices.h"

enum { HEAD_BYTES = 4096 };

/* How far a trace may go back in time before a window at its ends misses events. */
#define WINDOW_SLACK_NS UINT64_C(1000000000)

static const struct reader_ops *const readers[] = { &reader_kmt, &reader_dat, &reader_perf,
						    &reader_text };

struct trace {
	struct trace_info info;
	char *path, *trace_path, *cmdline;
	struct io_budget budget;
	struct bundle *bundle;
	struct strtab *strings;
	struct io_source *src;
	bool cut; /* the compressed data ended early */
	const struct reader_ops *ops;
	void *reader;
	struct reorder reorder;
	struct trace_labels labels;
	bool recounts_marks;		    /* marks of lost events, as they are met */
	struct trace_losses losses, opened; /* @opened: what was known before the first event */
	struct trace_notices notices;
	uint64_t nr_events, first_ts_ns, last_ts_ns;
	uint64_t from_ns, to_ns; /* the window */
	uint64_t skip, seek_ns;	 /* events to pass over; all before the first of this time */
	bool past_window;
};

size_t trace_nr_readers(void)
{
	return sizeof(readers) / sizeof(*readers);
}

const struct reader_ops *trace_reader_at(size_t i)
{
	return i < trace_nr_readers() ? readers[i] : NULL;
}

/* ---- what a reader may call ---- */

static int file_for_reader(void *ctx, const char *name, const char **data, size_t *len)
{
	struct trace *t = ctx;

	return bundle_file(t->bundle, name, data, len, NULL);
}

static int add_file(void *ctx, const char *name, const char *data, size_t len)
{
	struct trace *t = ctx;

	return bundle_add(t->bundle, name, data, len);
}

static int add_row(struct trace *t, struct trace_loss loss)
{
	uint64_t at = loss.first_ts_ns;

	if (at && (at < t->from_ns || at > t->to_ns))
		return 0;
	return trace_losses_add(&t->losses, t->strings, &loss);
}

static int add_loss(void *ctx, unsigned int cpu, const char *event_class, uint64_t lost,
		    uint64_t ts_ns)
{
	return add_row(ctx, (struct trace_loss){ cpu, event_class, lost, ts_ns, ts_ns, false });
}

static int add_stated(void *ctx, unsigned int cpu, const char *event_class, uint64_t lost,
		      uint64_t ts_ns)
{
	return add_row(ctx, (struct trace_loss){ cpu, event_class, lost, ts_ns, ts_ns, true });
}

static int add_notice(void *ctx, const char *what, const char *name, size_t len)
{
	struct trace *t = ctx;

	return trace_notices_add(&t->notices, t->strings, what, name, len);
}

/* ---- opening ---- */

static int fail_memory(struct km_diag *d, const char *where)
{
	return km_fail(d, KM_ENOMEM, where, "no memory");
}

static int open_bundle(struct trace *t, struct io_input in, const char **name, struct km_diag *d)
{
	int fd;
	int err = bundle_fill(t->bundle, in, &fd, name, d);

	return err ? err : io_source_open(&t->src, fd, t->path, &t->budget, d);
}

static int open_input(struct trace *t, struct km_diag *d)
{
	const char *name = NULL;
	struct io_input in;
	int err = io_open(&in, t->path, &t->budget, d);

	if (err)
		return err;
	if (in.kind == IO_PLAIN)
		t->src = in.source;
	else
		err = open_bundle(t, in, &name, d);
	if (err)
		return err;
	if (asprintf(&t->trace_path, "%s%s%s", t->path, name ? "/" : "", name ? name : "") < 0) {
		t->trace_path = NULL;
		return fail_memory(d, t->path);
	}
	t->info.bundle = bundle_name(t->bundle);
	return 0;
}

/* The command line, without the newline /proc/cmdline ends with. */
static int read_cmdline(struct trace *t, struct km_diag *d)
{
	const char *data;
	size_t len;

	if (t->info.cmdline[0] || bundle_file(t->bundle, "meta/cmdline", &data, &len, NULL))
		return 0;
	t->cmdline = strndup(data, strcspn(data, "\n"));
	if (!t->cmdline)
		return fail_memory(d, t->path);
	t->info.cmdline = t->cmdline;
	return 0;
}

/* For a reader that wants a plain file that seeks. */
static int make_plain(struct trace *t, struct km_diag *d)
{
	int err = io_source_keep(t->src, d);

	if (err)
		return err;
	int fd = io_source_take_fd(t->src);

	t->src = NULL;
	err = io_unpack(&fd, t->trace_path, &t->budget, &t->cut, d);
	if (err)
		return err;
	lseek(fd, 0, SEEK_SET);
	return io_source_open(&t->src, fd, t->trace_path, &t->budget, d);
}

static int open_reader(struct trace *t, struct km_diag *d)
{
	struct reader_env env = { t->strings, &t->info, file_for_reader, add_file, add_loss,
				  add_notice, t };
	uint8_t head[HEAD_BYTES];
	int64_t n = io_peek(t->src, t->trace_path, head, sizeof(head), d);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return km_fail(d, KM_EFORMAT, t->trace_path, "the file is empty");
	for (size_t i = 0; i < trace_nr_readers(); i++) {
		if (!readers[i]->sniff(head, (size_t)n))
			continue;
		t->ops = readers[i];
		t->info.format = t->ops->name;
		int err = t->ops->streams ? 0 : make_plain(t, d);

		return err ? err : t->ops->open(&t->reader, t->src, t->trace_path, &env, d);
	}
	if (n >= 16 && !memcmp(head, "SQLite format 3", 16))
		return km_fail(
			d, KM_EFORMAT, t->trace_path,
			"is a database and no trace; 'kmemlab report' shows what a replay stored");
	return km_fail(
		d, KM_EFORMAT, t->trace_path,
		"no format we know: give ftrace text, trace.dat, perf.data, perf script text, .kmt, or a bundle of one");
}

static int open_all(struct trace *t, struct km_diag *d)
{
	int err = open_input(t, d);

	if (err)
		return err;
	trace_meta(t->bundle, &t->info);
	err = open_reader(t, d);
	if (err)
		return err;
	trace_meta(t->bundle, &t->info); /* a reader may have brought files */
	err = read_cmdline(t, d);
	if (!err)
		err = trace_labels_init(&t->labels, t->bundle, d);
	if (!err && trace_meta_losses(t->bundle, add_stated, t))
		err = fail_memory(d, t->path);
	if (!err && trace_losses_copy(&t->opened, &t->losses))
		err = fail_memory(d, t->path);
	return err;
}

int trace_open(struct trace **out, const char *path, struct km_diag *d)
{
	return trace_open_spooling(out, path, NULL, d);
}

int trace_open_spooling(struct trace **out, const char *path, const char *dir, struct km_diag *d)
{
	struct trace *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return fail_memory(d, path);
	t->to_ns = UINT64_MAX;
	t->path = strdup(path);
	io_budget_init(&t->budget);
	if (dir)
		t->budget.spool_dir = dir;
	if (!t->path || bundle_open(&t->bundle, t->path, &t->budget) || strtab_open(&t->strings)) {
		trace_close(t);
		return fail_memory(d, path);
	}
	t->info = (struct trace_info){
		.path = t->path, .format = "", .bundle = "", .page_size = 4096, .cmdline = ""
	};
	err = open_all(t, d);
	if (err)
		trace_close(t);
	else
		*out = t;
	return err;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	if (t->reader)
		t->ops->close(t->reader);
	trace_labels_release(&t->labels);
	bundle_close(t->bundle);
	strtab_close(t->strings);
	io_source_close(t->src);
	trace_losses_release(&t->losses);
	trace_losses_release(&t->opened);
	reorder_release(&t->reorder);
	free(t->cmdline);
	free(t->trace_path);
	free(t->path);
	free(t);
}

/* ---- reading ---- */

static void note_events(struct trace *t, const struct km_event *ev, size_t n)
{
	if (!t->nr_events)
		t->first_ts_ns = ev[0].ts_ns;
	t->nr_events += n;
	t->last_ts_ns = ev[n - 1].ts_ns;
	for (size_t i = 0; i < n; i++)
		if (ev[i].kind == KM_EV_MARKER)
			trace_labels_marker(&t->labels, strtab_get(t->strings, ev[i].text));
}

static int fail_cut(const struct trace *t, struct km_diag *d)
{
	return km_fail(d, KM_ETRUNC, t->trace_path,
		       "the compressed data ends early, after event %llu: copy it again",
		       (unsigned long long)t->nr_events);
}

/* Of @n events those that were asked for, moved to the front. */
static int64_t inside(struct trace *t, struct km_event *buf, int64_t n)
{
	int64_t kept = 0;

	if (!t->skip && !t->seek_ns && !t->from_ns && t->to_ns == UINT64_MAX)
		return n;
	for (int64_t i = 0; i < n; i++) {
		uint64_t ts = buf[i].ts_ns;

		if (t->skip) {
			t->skip--;
			continue;
		}
		if (ts < t->seek_ns)
			continue;
		t->seek_ns = 0;
		if (ts > t->to_ns && ts - t->to_ns > WINDOW_SLACK_NS)
			t->past_window = true;
		if (ts < t->from_ns || ts > t->to_ns)
			continue;
		if (t->recounts_marks && buf[i].kind == KM_EV_LOST &&
		    add_loss(t, buf[i].cpu, LOSS_MARKED, buf[i].num[0], ts))
			return -KM_ENOMEM;
		buf[kept++] = buf[i];
	}
	return kept;
}

static int64_t read_inside(struct trace *t, struct km_event *buf, size_t n, struct km_diag *d)
{
	int64_t got, kept;

	do {
		if (t->past_window)
			return 0;
		got = t->ops->disordered ? reorder_read(&t->reorder, t->ops, t->reader, buf, n, d) :
					   t->ops->read(t->reader, buf, n, d);
		kept = got > 0 ? inside(t, buf, got) : got;
	} while (got > 0 && !kept);
	return got > 0 && kept < 0 ? fail_memory(d, t->path) : kept;
}

int64_t trace_read(struct trace *t, struct km_event *buf, size_t n, struct km_diag *d)
{
	int64_t got;

	io_source_settle(t->src);
	got = n ? read_inside(t, buf, n, d) : 0;
	if (got > 0)
		note_events(t, buf, (size_t)got);
	if (got || !n)
		return got;
	if (t->cut)
		return fail_cut(t, d);
	t->info.nr_events = t->nr_events;
	t->info.first_ts_ns = t->first_ts_ns;
	t->info.last_ts_ns = t->last_ts_ns;
	return 0;
}

static int restart(struct trace *t, struct km_diag *d)
{
	if (trace_losses_copy(&t->losses, &t->opened))
		return fail_memory(d, t->path);
	t->nr_events = t->first_ts_ns = t->last_ts_ns = t->skip = t->seek_ns = 0;
	t->notices.nr = 0;
	t->past_window = false;
	reorder_restart(&t->reorder);
	return 0;
}

int trace_rewind(struct trace *t, struct km_diag *d)
{
	int err;

	KM_BUG_ON(t->nr_events && trace_is_stream(t));
	if (t->from_ns)
		return trace_seek(t, TRACE_BY_TIME, t->from_ns, d);
	err = t->ops->rewind(t->reader, d);
	return err ? err : restart(t, d);
}

int trace_seek(struct trace *t, enum trace_axis axis, uint64_t to, struct km_diag *d)
{
	bool far = axis == TRACE_BY_TIME && to > WINDOW_SLACK_NS;
	int64_t behind = t->ops->seek(t->reader, axis, far ? to - WINDOW_SLACK_NS : to, d);
	int err = behind < 0 ? (int)behind : restart(t, d);

	if (err)
		return err;
	if (axis == TRACE_BY_EVENT)
		t->skip = to - (uint64_t)behind;
	else
		t->seek_ns = to;
	return 0;
}

/* A loss of no known time may be in any window. */
static bool is_outside(const struct trace *t, const struct trace_loss *l)
{
	return l->last_ts_ns && (l->last_ts_ns < t->from_ns || l->first_ts_ns > t->to_ns);
}

int trace_window(struct trace *t, uint64_t from_ns, uint64_t to_ns, struct km_diag *d)
{
	size_t kept = 0;

	t->from_ns = from_ns;
	t->to_ns = to_ns;
	t->recounts_marks = false;
	for (size_t i = 0; i < t->opened.nr; i++) {
		const struct trace_loss *l = &t->opened.at[i];
		bool within = l->first_ts_ns >= from_ns && l->last_ts_ns <= to_ns;

		/* what a .kmt sums up at its end: the marks of the window are met one by one */
		if (!strcmp(l->event_class, LOSS_MARKED) && !within)
			t->recounts_marks = true;
		else if (!is_outside(t, l))
			t->opened.at[kept++] = *l;
	}
	t->opened.nr = kept;
	t->info.nr_events = 0; /* of the window, not known yet */
	return trace_rewind(t, d);
}

bool trace_is_stream(const struct trace *t)
{
	return !io_source_seeks(t->src);
}

int trace_keep(struct trace *t, struct km_diag *d)
{
	return io_source_keep(t->src, d);
}

uint64_t trace_reordered(const struct trace *t, uint64_t *most_ns)
{
	*most_ns = t->reorder.most_ns;
	return t->reorder.moved;
}

uint64_t trace_streamed_bytes(const struct trace *t)
{
	return io_source_seen(t->src);
}

uint32_t trace_progress_ppm(const struct trace *t)
{
	return t->ops->progress_ppm(t->reader);
}

size_t trace_losses(const struct trace *t, const struct trace_loss **out)
{
	*out = t->losses.at;
	return t->losses.nr;
}

void trace_lost(const struct trace *t, struct trace_lost *out)
{
	trace_losses_sum(&t->losses, out);
}

size_t trace_notices(const struct trace *t, const struct trace_notice **out)
{
	*out = t->notices.at;
	return t->notices.nr;
}

/* ---- what is known besides ---- */

const struct trace_info *trace_info(const struct trace *t)
{
	return &t->info;
}

struct strtab *trace_strings(struct trace *t)
{
	return t->strings;
}

size_t trace_nr_labels(const struct trace *t)
{
	return t->labels.nr;
}

const char *trace_label(const struct trace *t, size_t i)
{
	return i < t->labels.nr ? t->labels.names[i] : NULL;
}

int trace_file(struct trace *t, const char *name, const char **data, size_t *len, struct km_diag *d)
{
	return bundle_file(t->bundle, name, data, len, d);
}

size_t trace_nr_files(const struct trace *t)
{
	return bundle_nr_files(t->bundle);
}

const char *trace_file_name(const struct trace *t, size_t i)
{
	return bundle_file_name(t->bundle, i);
}
