/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. A path becomes a descriptor that can seek: a plain file as it is, a pipe spooled into a memory
 *    file.
 * 2. Its first bytes, unpacked if need be, say whether it is an archive (io_tar.c) or a file.
 * 3. A compressed file is unpacked into a memory file, block by block, against the budget, or read
 *    as a stream (io_stream.c).
 */
#include "traces/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io_sink.h"
#include "traces/io_unzip.h"

enum { COPY_BYTES = 1 << 18, TAR_HEAD = 512, TAR_MAGIC_AT = 257 };

void io_budget_init(struct io_budget *b)
{
	*b = (struct io_budget){
		.max_file_bytes = IO_MAX_FILE_BYTES,
		.max_total_bytes = IO_MAX_TOTAL_BYTES,
		.max_files = IO_MAX_FILES,
	};
}

static int fail_errno(struct km_diag *d, const char *where, const char *doing)
{
	enum km_errno code = errno == ENOENT || errno == ENOTDIR ? KM_ENOENT : KM_EIO;

	return km_fail(d, errno == ENOMEM ? KM_ENOMEM : code, where, "cannot %s: %s", doing,
		       strerror(errno));
}

int io_sink_open(struct io_sink *s, const char *where, struct io_budget *b, struct km_diag *d)
{
	*s = (struct io_sink){ .where = where, .budget = b };
	if (++b->files > b->max_files)
		return km_fail(d, KM_EFORMAT, where, "more than %llu files: this is no capture",
			       (unsigned long long)b->max_files);
	s->fd = memfd_create("kmemlab", MFD_CLOEXEC);
	return s->fd < 0 ? fail_errno(d, where, "make a memory file") : 0;
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

int io_sink_put(struct io_sink *s, const void *data, size_t len, uint64_t eaten, struct km_diag *d)
{
	const char *p = data;
	int err = check_limits(s, len, eaten, d);

	if (err)
		return err;
	s->bytes += len;
	s->budget->total_bytes += len;
	while (len) {
		ssize_t n = write(s->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_errno(d, s->where, "write to memory");
		p += n;
		len -= (size_t)n;
	}
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

int64_t io_read_at(int fd, void *buf, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, (char *)buf + got, n - got, (off_t)(at + got));

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

int io_load(int fd, const char *where, char **data, size_t *len, struct km_diag *d)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(d, where, "look at it");
	if ((uint64_t)st.st_size > IO_MAX_FILE_BYTES)
		return km_fail(d, KM_EFORMAT, where, "larger than %llu bytes",
			       (unsigned long long)IO_MAX_FILE_BYTES);
	size_t size = (size_t)st.st_size;
	char *buf = malloc(size + 1);

	if (!buf)
		return km_fail(d, KM_ENOMEM, where, "no memory for %zu bytes", size);
	int64_t n = io_read_at(fd, buf, size, 0);

	if (n < 0) {
		free(buf);
		return fail_errno(d, where, "read");
	}
	buf[n] = '\0';
	*data = buf;
	*len = (size_t)n;
	return 0;
}

/* A pipe has no second time: keep all of it. */
static int spool(int *fd, const char *where, struct io_budget *b, struct km_diag *d)
{
	struct io_sink s;
	char *buf = malloc(COPY_BYTES);
	int err = buf ? io_sink_open(&s, where, b, d) : km_fail(d, KM_ENOMEM, where, "no memory");
	ssize_t n = 1;

	if (err)
		goto out;
	while (!err && n) {
		n = read(*fd, buf, COPY_BYTES);
		if (n < 0 && errno != EINTR)
			err = fail_errno(d, where, "read");
		else if (n > 0)
			err = io_sink_put(&s, buf, (size_t)n, 0, d);
	}
	if (err) {
		io_sink_drop(&s);
	} else {
		close(*fd);
		*fd = io_sink_finish(&s);
	}
out:
	free(buf);
	return err;
}

static int unpack_into(struct io_sink *s, struct io_unzip *z, bool *cut, struct km_diag *d)
{
	char *buf = malloc(COPY_BYTES);
	int64_t n = 1;
	int err = buf ? 0 : km_fail(d, KM_ENOMEM, s->where, "no memory");

	while (!err && n > 0) {
		n = io_unzip_read(z, buf, COPY_BYTES, d);
		if (n < 0)
			err = (int)n;
		else if (n > 0)
			err = io_sink_put(s, buf, (size_t)n, io_unzip_eaten(z), d);
	}
	*cut = io_unzip_cut(z);
	free(buf);
	return err;
}

int io_unpack(int *fd, const char *where, struct io_budget *b, bool *cut, struct km_diag *d)
{
	struct io_unzip *z = NULL;
	struct io_sink s;
	int err;

	*cut = false;
	if (!io_unzip_wanted(*fd))
		return 0;
	err = io_sink_open(&s, where, b, d);
	if (err)
		return err;
	err = io_unzip_open(&z, *fd, where, d);
	if (!err)
		err = unpack_into(&s, z, cut, d);
	io_unzip_close(z);
	if (err) {
		io_sink_drop(&s);
		return err;
	}
	close(*fd);
	*fd = io_sink_finish(&s);
	return 0;
}

int64_t io_peek(int fd, const char *where, void *buf, size_t n, struct km_diag *d)
{
	struct io_unzip *z = NULL;
	int64_t made = 0, got = 1;
	int err;

	if (!io_unzip_wanted(fd)) {
		got = io_read_at(fd, buf, n, 0);
		return got < 0 ? fail_errno(d, where, "read") : got;
	}
	err = io_unzip_open(&z, fd, where, d);
	if (err)
		return err;
	while (got > 0 && (size_t)made < n) {
		got = io_unzip_read(z, (char *)buf + made, n - (size_t)made, d);
		made += got > 0 ? got : 0;
	}
	io_unzip_close(z);
	return got < 0 && !made ? got : made;
}

/* What cannot be unpacked is no archive: whoever reads it next will say why. */
static bool is_tar(int fd, const char *where)
{
	char head[TAR_HEAD];

	return io_peek(fd, where, head, sizeof(head), NULL) == TAR_HEAD &&
	       !memcmp(head + TAR_MAGIC_AT, "ustar", 5);
}

static int open_path(const char *path, struct stat *st, struct km_diag *d)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
				     fcntl(0, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return fail_errno(d, path, "open");
	if (!fstat(fd, st))
		return fd;
	close(fd);
	return fail_errno(d, path, "look at it");
}

int io_open(struct io_input *out, const char *path, struct io_budget *b, struct km_diag *d)
{
	struct io_input in = { .kind = IO_PLAIN };
	struct stat st;
	int err = 0;

	in.fd = open_path(path, &st, d);
	if (in.fd < 0)
		return in.fd;
	if (S_ISDIR(st.st_mode)) {
		in.kind = IO_DIRECTORY;
		*out = in;
		return 0;
	}
	if (!S_ISREG(st.st_mode) || lseek(in.fd, 0, SEEK_CUR) != 0)
		err = spool(&in.fd, path, b, d);
	if (err) {
		close(in.fd);
		return err;
	}
	if (is_tar(in.fd, path))
		in.kind = IO_TAR;
	*out = in;
	return 0;
}

int io_open_below(int dir, const char *name, const char *where, struct km_diag *d)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? fail_errno(d, where, "open") : fd;
}
