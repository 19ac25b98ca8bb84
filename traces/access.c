/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file is read in blocks; a line that a block cuts is moved to the front of the next. Each line
 * goes to the format that the first lines were of.
 */
#include "traces/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/access_formats.h"
#include "traces/io_source.h"

enum { BLOCK_BYTES = 1 << 17, MAX_LINE = 4096, SHOWN = 60, HEAD_BYTES = 4096 };

struct access_trace {
	const struct access_format *format;
	struct io_budget budget;
	struct io_source *source;
	struct io_stream *stream;
	const char *path;
	uint64_t line; /* number of the current one */
	size_t pos, len;
	int64_t error; /* sticky; what came before it is delivered first */
	struct km_diag diag;
	char buf[BLOCK_BYTES + MAX_LINE];
};

static const struct access_format *const formats[] = { &access_lackey, &access_memtrace };

size_t access_nr_formats(void)
{
	return sizeof(formats) / sizeof(formats[0]);
}

const struct access_format *access_format_at(size_t i)
{
	return formats[i];
}

/* The format whose sniff knows the file's beginning. */
static int find_format(struct access_trace *t, struct km_diag *d)
{
	char head[HEAD_BYTES];
	int64_t n = io_peek(t->source, t->path, head, sizeof(head), d);

	if (n < 0)
		return (int)n;
	for (size_t i = 0; !t->format && i < access_nr_formats(); i++)
		if (formats[i]->sniff(head, head + n))
			t->format = formats[i];
	if (t->format)
		return 0;
	return km_fail(d, KM_EFORMAT, t->path,
		       "these are no memory accesses; valgrind --tool=lackey --trace-mem=yes and "
		       "DynamoRIO's memtrace_simple write some");
}

int access_trace_open(struct access_trace **out, const char *path, struct km_diag *d)
{
	struct access_trace *t = calloc(1, sizeof(*t));
	struct io_input in = { 0 };

	if (!t)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	t->path = path;
	io_budget_init(&t->budget);
	int err = io_open(&in, path, &t->budget, d);

	if (!err && in.kind != IO_PLAIN) {
		close(in.fd);
		err = km_fail(d, KM_EFORMAT, path,
			      "a file of memory accesses is wanted, no directory and no archive");
	} else if (!err) {
		t->source = in.source;
		err = find_format(t, d);
	}
	if (!err) {
		io_source_settle(t->source);
		err = io_stream_open(&t->stream, t->source, path, d);
	}
	if (err)
		access_trace_close(t);
	else
		*out = t;
	return err;
}

void access_trace_close(struct access_trace *t)
{
	if (!t)
		return;
	io_stream_close(t->stream);
	io_source_close(t->source);
	free(t);
}

const struct access_format *access_trace_format(const struct access_trace *t)
{
	return t->format;
}

uint32_t access_trace_ppm(const struct access_trace *t)
{
	return io_stream_ppm(t->stream);
}

/* ---- reading ---- */

static int64_t fail_line(struct access_trace *t, const char *p, const char *e, const char *what)
{
	int n = e - p > SHOWN ? SHOWN : (int)(e - p);
	char where[sizeof(t->diag.where)];

	snprintf(where, sizeof(where), "%s:%llu", t->path, (unsigned long long)t->line);
	return t->error = km_fail(&t->diag, KM_EFORMAT, where, "%s: \"%.*s%s\"", what, n, p,
				  e - p > SHOWN ? "…" : "");
}

/* More of the file behind what is left: 1, 0 at the end, or a sticky error. */
static int64_t refill(struct access_trace *t)
{
	size_t left = t->len - t->pos;

	t->line += left > MAX_LINE;
	if (left > MAX_LINE)
		return fail_line(t, t->buf + t->pos, t->buf + t->len, "this line never ends");
	memmove(t->buf, t->buf + t->pos, left);
	t->pos = 0;
	t->len = left;
	int64_t n = io_stream_read(t->stream, t->buf + left, BLOCK_BYTES, &t->diag);

	if (n < 0)
		return t->error = n;
	t->len += (size_t)n;
	return n > 0;
}

/* The line at t->pos up to @e, and behind its end. */
static int64_t take_line(struct access_trace *t, const char *e, struct access *out)
{
	const char *p = t->buf + t->pos;

	t->line++;
	t->pos = (size_t)(e - t->buf) + (e < t->buf + t->len);
	while (e > p && (e[-1] == '\r' || e[-1] == ' '))
		e--;
	if (p == e)
		return 0;
	int what = t->format->line(p, e, out);

	return what < 0 ? fail_line(t, p, e, "this is no access") : what;
}

/* The next access: 1; 0 at the end; or a sticky error. */
static int64_t next(struct access_trace *t, struct access *out)
{
	for (;;) {
		const char *p = t->buf + t->pos, *end = t->buf + t->len;
		const char *e = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

		if (!e) {
			int64_t more = refill(t);

			if (more < 0)
				return more;
			if (more)
				continue;
			/* the last line has no end; where data is missing it is none */
			if (!t->len || io_stream_cut(t->stream))
				return 0;
			e = t->buf + t->len;
		}
		int64_t got = take_line(t, e, out);

		if (got)
			return got;
	}
}

int64_t access_trace_read(struct access_trace *t, struct access *buf, size_t n, struct km_diag *d)
{
	size_t got = 0;
	int64_t more = t->error;

	while (!t->error && got < n && (more = next(t, &buf[got])) > 0)
		got++;
	if (got)
		return (int64_t)got;
	if (!more && io_stream_cut(t->stream))
		more = t->error = km_fail(&t->diag, KM_ETRUNC, t->path,
					  "the compressed data ends early; what came before it "
					  "was used");
	if (more < 0 && d)
		*d = t->diag;
	return more;
}
