/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole capture into one .kmt. */
#include "traces/kmt.h"

#include <stdlib.h>
#include <string.h>

#include "traces/kmt_stream.h"

enum { BATCH_EVENTS = 4096 };

static int by_name(const void *a, const void *b)
{
	const struct kmt_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The events' own file is what is being written; the rest of the bundle goes along. */
static bool is_events_file(const char *name)
{
	return !strncmp(name, "trace.", 6);
}

static int write_files(struct kmt_stream *w, struct trace *t, struct km_diag *d)
{
	size_t all = trace_nr_files(t), n = 0;
	struct kmt_file *file = calloc(all + 1, sizeof(*file));
	int err = file ? 0 : km_fail(d, KM_ENOMEM, trace_info(t)->path, "out of memory");

	for (size_t i = 0; !err && i < all; i++) {
		file[n].name = trace_file_name(t, i);
		if (is_events_file(file[n].name))
			continue;
		err = trace_file(t, file[n].name, &file[n].data, &file[n].len, d);
		n++;
	}
	if (!err) {
		qsort(file, n, sizeof(*file), by_name);
		err = kmt_stream_files(w, file, n, d);
	}
	free(file);
	return err;
}

static int write_events(struct kmt_stream *w, struct trace *t, struct km_diag *d)
{
	struct km_event *ev = malloc(BATCH_EVENTS * sizeof(*ev));
	int64_t got = 1;
	int err = ev ? 0 : km_fail(d, KM_ENOMEM, trace_info(t)->path, "out of memory");

	while (!err && got > 0) {
		got = trace_read(t, ev, BATCH_EVENTS, d);
		err = got < 0 ? (int)got : kmt_stream_events(w, ev, (size_t)got, d);
	}
	free(ev);
	return err;
}

int kmt_write(struct trace *t, const char *path, struct km_diag *d)
{
	const struct trace_loss *losses;
	struct kmt_stream *w;
	int err = kmt_stream_open(&w, path, trace_info(t), trace_strings(t), KMT_LEVEL_ARCHIVE, d);

	if (err)
		return err;
	err = trace_rewind(t, d);
	if (!err)
		err = write_files(w, t, d);
	if (!err)
		err = write_events(w, t, d);
	size_t n = trace_losses(t, &losses);

	return kmt_stream_close(w, losses, n, err, d);
}
