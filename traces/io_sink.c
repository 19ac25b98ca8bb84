/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/io_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 16 };

static int fail_spool(const struct io_sink *s, struct km_diag *d)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return km_fail(d, KM_EIO, s->where,
			       "no room in %s after %llu bytes of it: set TMPDIR to a place with "
			       "more, or give it as a plain file",
			       s->budget->spool_dir, (unsigned long long)s->bytes);
	return km_fail(d, KM_EIO, s->where, "cannot be kept in %s: %s", s->budget->spool_dir,
		       strerror(errno));
}

int io_sink_open(struct io_sink *s, const char *where, struct io_budget *b, struct km_diag *d)
{
	*s = (struct io_sink){ .where = where, .budget = b };
	if (++b->files > b->max_files)
		return km_fail(d, KM_EFORMAT, where, "more than %llu files: this is no capture",
			       (unsigned long long)b->max_files);
	s->fd = memfd_create("kmemlab", MFD_CLOEXEC);
	if (s->fd >= 0)
		return 0;
	return km_fail(d, errno == ENOMEM ? KM_ENOMEM : KM_EIO, where,
		       "cannot make a memory file: %s", strerror(errno));
}

static int check_limits(const struct io_sink *s, size_t len, uint64_t eaten, struct km_diag *d)
{
	const struct io_budget *b = s->budget;
	uint64_t bytes = s->bytes + len;

	if (bytes > b->max_file_bytes)
		return km_fail(
			d, KM_EFORMAT, s->where,
			"unpacks to more than %llu bytes, the limit for one file: unpack it yourself",
			(unsigned long long)b->max_file_bytes);
	if (b->total_bytes + len > b->max_total_bytes)
		return km_fail(d, KM_EFORMAT, s->where,
			       "the capture unpacks to more than %llu bytes: unpack it yourself",
			       (unsigned long long)b->max_total_bytes);
	if (eaten && bytes > IO_FREE_BYTES && bytes / IO_MAX_RATIO > eaten)
		return km_fail(d, KM_EFORMAT, s->where,
			       "%llu bytes unpack to more than %d times as much: refused",
			       (unsigned long long)eaten, IO_MAX_RATIO);
	return 0;
}

static bool write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* A file on disk that has no name, or loses it at once. */
static int make_nameless(const char *dir)
{
	char *path = NULL;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (asprintf(&path, "%s/kmemlab.XXXXXX", dir) < 0)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

/* What is in memory so far goes to disk, and so does what comes. */
static int go_to_disk(struct io_sink *s, struct km_diag *d)
{
	int fd = make_nameless(s->budget->spool_dir);
	char buf[COPY_BYTES];
	uint64_t at = 0;
	int64_t n = 1;

	if (fd < 0)
		return fail_spool(s, d);
	while ((n = io_read_at(s->fd, buf, sizeof(buf), at)) > 0 && write_all(fd, buf, (size_t)n))
		at += (uint64_t)n;
	if (n) {
		int err = fail_spool(s, d);

		close(fd);
		return err;
	}
	close(s->fd);
	s->fd = fd;
	s->on_disk = true;
	return 0;
}

int io_sink_put(struct io_sink *s, const void *data, size_t len, uint64_t eaten, struct km_diag *d)
{
	int err = check_limits(s, len, eaten, d);

	if (!err && !s->on_disk && s->bytes + len > IO_MEMORY_BYTES)
		err = go_to_disk(s, d);
	if (err)
		return err;
	if (!write_all(s->fd, data, len))
		return fail_spool(s, d);
	s->bytes += len;
	s->budget->total_bytes += len;
	return 0;
}

int io_sink_finish(struct io_sink *s)
{
	int fd = s->fd;

	s->fd = -1;
	lseek(fd, 0, SEEK_SET);
	return fd;
}

void io_sink_drop(struct io_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
