/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf.data, through perf's own `perf script` (perf_run.c), whose text read_text.c reads from a
 * pipe. A second pass runs perf again. The same text in a file gives the same events, but for
 * times, which perf cuts to microseconds unless asked for more.
 */
#include <stdlib.h>

#include "traces/perf_run.h"
#include "traces/reader.h"

struct perf_reader {
	struct reader_env env;
	const char *path;
	int fd;
	struct io_budget budget;
	struct perf_run *run;
	struct io_source *from; /* what it writes */
	void *text;		/* the text reader's */
	bool begun, ended;
};

static bool perf_sniff(const uint8_t *head, size_t len)
{
	static const char magic[8] = { 'P', 'E', 'R', 'F', 'I', 'L', 'E', '2' };

	if (len < sizeof(magic))
		return false;
	for (size_t i = 0; i < sizeof(magic); i++)
		if (head[i] != (uint8_t)magic[i] && head[i] != (uint8_t)magic[7 - i])
			return false;
	return true;
}

static void stop(struct perf_reader *r)
{
	if (r->text)
		reader_text.close(r->text);
	io_source_close(r->from);
	perf_run_close(r->run);
	r->text = NULL;
	r->from = NULL;
	r->run = NULL;
}

static int run(struct perf_reader *r, struct km_diag *d)
{
	int err = perf_run_open(&r->run, r->fd, r->path, d);

	if (!err)
		err = io_source_open(&r->from, perf_run_take_fd(r->run), r->path, &r->budget, d);
	if (!err)
		err = reader_text.open(&r->text, r->from, r->path, &r->env, d);
	r->begun = r->ended = false;
	return err;
}

static void perf_close(void *self)
{
	struct perf_reader *r = self;

	if (r)
		stop(r);
	free(r);
}

static int perf_open(void **self, struct io_source *src, const char *path,
		     const struct reader_env *env, struct km_diag *d)
{
	struct perf_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return km_fail(d, KM_ENOMEM, path, "no memory");
	r->env = *env;
	r->path = path;
	r->fd = io_source_fd(src);
	io_budget_init(&r->budget);
	int err = run(r, d);

	if (err)
		perf_close(r);
	else
		*self = r;
	return err;
}

/* An error of the text may come of perf's own: then perf knows better. */
static int64_t perf_read(void *self, struct km_event *buf, size_t n, struct km_diag *d)
{
	struct perf_reader *r = self;
	io_source_settle(r->from);
	int64_t got = r->ended ? 0 : reader_text.read(r->text, buf, n, d);

	r->begun = true;
	if (got || r->ended)
		return got;
	int err = perf_run_finish(r->run, d);

	r->ended = !err;
	return err;
}

static int perf_rewind(void *self, struct km_diag *d)
{
	struct perf_reader *r = self;

	if (!r->begun)
		return 0;
	stop(r);
	return run(r, d);
}

static int64_t perf_seek(void *self, enum trace_axis axis, uint64_t to, struct km_diag *d)
{
	(void)axis;
	(void)to;
	return perf_rewind(self, d);
}

/* How much is left is perf's to know. */
static uint32_t perf_progress(const void *self)
{
	const struct perf_reader *r = self;

	return r->ended ? 1000000 : 0;
}

const struct reader_ops reader_perf = {
	.name = "perf.data",
	.disordered = true,
	.describe = "perf.data, read with `perf script` where perf is installed",
	.sniff = perf_sniff,
	.open = perf_open,
	.read = perf_read,
	.rewind = perf_rewind,
	.seek = perf_seek,
	.progress_ppm = perf_progress,
	.close = perf_close,
};
