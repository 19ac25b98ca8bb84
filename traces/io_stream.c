/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io.h"
#include "traces/io_unzip.h"

struct io_stream {
	int fd;
	const char *where;
	bool is_pipe;		/* of a program of ours: no second time */
	uint64_t size, at;	/* of the file; @at: where a plain one has been read to */
	struct io_unzip *unzip; /* NULL: a plain file */
};

int io_stream_open(struct io_stream **out, int fd, const char *where, struct km_diag *d)
{
	struct io_stream *s = calloc(1, sizeof(*s));
	struct stat st;
	int err;

	if (!s)
		return km_fail(d, KM_ENOMEM, where, "no memory");
	s->fd = fd;
	s->where = where;
	s->size = fstat(fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
	s->is_pipe = !fstat(fd, &st) && S_ISFIFO(st.st_mode);
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
	int err = !s->is_pipe && io_unzip_wanted(s->fd) ?
			  io_unzip_open(&fresh, s->fd, s->where, d) :
			  0;

	if (err)
		return err;
	io_unzip_close(s->unzip);
	s->unzip = fresh;
	s->at = 0;
	return 0;
}

static int64_t read_pipe(int fd, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, (char *)buf + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -KM_EIO;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (int64_t)got;
}

int64_t io_stream_read(struct io_stream *s, void *buf, size_t n, struct km_diag *d)
{
	if (s->unzip)
		return io_unzip_read(s->unzip, buf, n, d);
	int64_t got = s->is_pipe ? read_pipe(s->fd, buf, n) : io_read_at(s->fd, buf, n, s->at);

	if (got < 0)
		return km_fail(d, KM_EIO, s->where, "cannot read");
	s->at += (uint64_t)got;
	return got;
}

bool io_stream_cut(const struct io_stream *s)
{
	return s->unzip && io_unzip_cut(s->unzip);
}

uint32_t io_stream_ppm(const struct io_stream *s)
{
	uint64_t at = s->unzip ? io_unzip_eaten(s->unzip) : s->at;

	if (at >= s->size)
		return 1000000;
	return (uint32_t)(s->size < UINT64_MAX / 1000000 ? at * 1000000 / s->size :
							   at / (s->size / 1000000));
}
