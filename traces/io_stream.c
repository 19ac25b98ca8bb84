/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "traces/io_source.h"
#include "traces/io_unzip.h"

struct io_stream {
	struct io_source *src;
	const char *where;
	uint64_t at;		/* where a plain one has been read to */
	struct io_unzip *unzip; /* NULL: plain */
};

int io_stream_open(struct io_stream **out, struct io_source *src, const char *where,
		   struct km_diag *d)
{
	struct io_stream *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return km_fail(d, KM_ENOMEM, where, "no memory");
	s->src = src;
	s->where = where;
	err = io_stream_rewind(s, d);
	if (err)
		io_stream_close(s);
	else
		*out = s;
	return err;
}

void io_stream_close(struct io_stream *s)
{
	if (!s)
		return;
	io_unzip_close(s->unzip);
	free(s);
}

int io_stream_rewind(struct io_stream *s, struct km_diag *d)
{
	struct io_unzip *fresh = NULL;
	int err = io_unzip_wanted(s->src) ? io_unzip_open(&fresh, s->src, s->where, d) : 0;

	if (err)
		return err;
	io_unzip_close(s->unzip);
	s->unzip = fresh;
	s->at = 0;
	return 0;
}

int64_t io_stream_read(struct io_stream *s, void *buf, size_t n, struct km_diag *d)
{
	if (s->unzip)
		return io_unzip_read(s->unzip, buf, n, d);
	int64_t got = io_source_read_at(s->src, buf, n, s->at);

	if (got < 0)
		return km_fail(d, KM_EIO, s->where, "cannot read");
	s->at += (uint64_t)got;
	return got;
}

bool io_stream_seeks(const struct io_stream *s)
{
	return !s->unzip && io_source_seeks(s->src);
}

bool io_stream_cut(const struct io_stream *s)
{
	return s->unzip && io_unzip_cut(s->unzip);
}

uint32_t io_stream_ppm(const struct io_stream *s)
{
	uint64_t at = s->unzip ? io_unzip_eaten(s->unzip) : s->at;
	uint64_t size = io_source_size(s->src);

	if (!size)
		return 0;
	if (at >= size)
		return 1000000;
	return (uint32_t)(size < UINT64_MAX / 1000000 ? at * 1000000 / size :
							at / (size / 1000000));
}
