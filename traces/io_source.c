/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/io_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io_sink.h"

enum { COPY_BYTES = 1 << 18, HEAD_STEP = 1 << 18 };

/* What opening a capture may need of it; a .kmt has its bundle's files there. */
#define MAX_HEAD_BYTES (UINT64_C(512) << 20)

struct io_source {
	int fd;
	const char *where;
	struct io_budget *budget;
	bool pipe;
	bool settled;  /* the head is not added to any more */
	uint64_t seen; /* of the pipe: its position */
	uint8_t *head; /* its first bytes */
	size_t head_len, head_room;
};

int io_source_open(struct io_source **out, int fd, const char *where, struct io_budget *b,
		   struct km_diag *d)
{
	struct io_source *s = calloc(1, sizeof(*s));
	struct stat st;

	if (!s) {
		close(fd);
		return km_fail(d, KM_ENOMEM, where, "no memory");
	}
	s->fd = fd;
	s->where = where;
	s->budget = b;
	s->pipe = fstat(fd, &st) || !S_ISREG(st.st_mode) || lseek(fd, 0, SEEK_CUR) != 0;
	*out = s;
	return 0;
}

void io_source_close(struct io_source *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->head);
	free(s);
}

bool io_source_seeks(const struct io_source *s)
{
	return !s->pipe;
}

int io_source_fd(const struct io_source *s)
{
	return s->fd;
}

int io_source_take_fd(struct io_source *s)
{
	int fd = s->fd;

	s->fd = -1;
	io_source_close(s);
	return fd;
}

/* A pipe gives what it has; whoever reads wants what he asked for. */
static int64_t read_pipe(struct io_source *s, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(s->fd, (char *)buf + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -KM_EIO;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	s->seen += got;
	return (int64_t)got;
}

static int head_room(struct io_source *s, size_t more)
{
	size_t room = s->head_room * 2 < s->head_len + more ? s->head_len + more + HEAD_STEP :
							      s->head_room * 2;

	if (s->head_room - s->head_len >= more)
		return 0;
	uint8_t *head = room > MAX_HEAD_BYTES ? NULL : realloc(s->head, room);

	if (!head)
		return -KM_ENOMEM;
	s->head = head;
	s->head_room = room;
	return 0;
}

/* Read on until the head reaches to @until, or the pipe ends. */
static int grow_head(struct io_source *s, uint64_t until)
{
	if (until <= s->head_len)
		return 0;
	size_t more = until - s->head_len > MAX_HEAD_BYTES ? SIZE_MAX / 4 :
							     (size_t)(until - s->head_len);
	int err = more > MAX_HEAD_BYTES ? -KM_ENOMEM : head_room(s, more);
	int64_t n = err ? err : read_pipe(s, s->head + s->head_len, more);

	if (n < 0)
		return (int)n;
	s->head_len += (size_t)n;
	return 0;
}

static size_t from_head(const struct io_source *s, void *buf, size_t n, uint64_t at)
{
	if (at >= s->head_len)
		return 0;
	if (n > s->head_len - at)
		n = (size_t)(s->head_len - at);
	memcpy(buf, s->head + at, n);
	return n;
}

int64_t io_source_read_at(struct io_source *s, void *buf, size_t n, uint64_t at)
{
	if (!s->pipe)
		return io_read_at(s->fd, buf, n, at);
	if (!s->settled) {
		int err = grow_head(s, at + n);

		return err ? err : (int64_t)from_head(s, buf, n, at);
	}
	size_t got = from_head(s, buf, n, at);

	if (got < n && at + got != s->seen)
		return -KM_EIO;
	if (at >= s->head_len && s->head) {
		free(s->head);
		s->head = NULL;
		s->head_len = s->head_room = 0;
	}
	int64_t rest = got < n ? read_pipe(s, (char *)buf + got, n - got) : 0;

	return rest < 0 ? rest : (int64_t)got + rest;
}

static int copy_rest(struct io_source *s, struct io_sink *to, struct km_diag *d)
{
	char *buf = malloc(COPY_BYTES);
	int err = buf ? 0 : km_fail(d, KM_ENOMEM, s->where, "no memory");
	int64_t n = 1;

	while (!err && n) {
		n = read_pipe(s, buf, COPY_BYTES);
		if (n < 0)
			err = km_fail(d, KM_EIO, s->where, "cannot read");
		else if (n)
			err = io_sink_put(to, buf, (size_t)n, 0, d);
	}
	free(buf);
	return err;
}

int io_source_keep(struct io_source *s, struct km_diag *d)
{
	struct io_sink to;
	int err;

	if (!s->pipe)
		return 0;
	KM_BUG_ON(s->settled);
	err = io_sink_open(&to, s->where, s->budget, d);
	if (err)
		return err;
	if (s->head_len)
		err = io_sink_put(&to, s->head, s->head_len, 0, d);
	if (!err)
		err = copy_rest(s, &to, d);
	if (err) {
		io_sink_drop(&to);
		return err;
	}
	close(s->fd);
	s->fd = io_sink_finish(&to);
	s->pipe = false;
	free(s->head);
	s->head = NULL;
	s->head_len = s->head_room = 0;
	return 0;
}

void io_source_settle(struct io_source *s)
{
	s->settled = true;
}

uint64_t io_source_size(const struct io_source *s)
{
	struct stat st;

	return s->pipe || fstat(s->fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

uint64_t io_source_seen(const struct io_source *s)
{
	return s->seen;
}
