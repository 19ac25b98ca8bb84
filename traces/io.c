/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. A path becomes a source (io_source.c): a file that seeks, or a pipe.
 * 2. Its first bytes, unpacked if need be, say whether it is an archive (io_tar.c) or a file.
 * 3. What is compressed is read as a stream (io_stream.c), or unpacked into a private file
 *    (io_sink.c), block by block, against the budget.
 */
#include "traces/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io_sink.h"
#include "traces/io_source.h"
#include "traces/io_unzip.h"

enum { COPY_BYTES = 1 << 18, TAR_HEAD = 512, TAR_MAGIC_AT = 257 };

void io_budget_init(struct io_budget *b)
{
	*b = (struct io_budget){
		.max_file_bytes = IO_MAX_FILE_BYTES,
		.max_total_bytes = IO_MAX_TOTAL_BYTES,
		.max_files = IO_MAX_FILES,
		.spool_dir = "/tmp",
	};
}

static int fail_errno(struct km_diag *d, const char *where, const char *doing)
{
	enum km_errno code = errno == ENOENT || errno == ENOTDIR ? KM_ENOENT : KM_EIO;

	return km_fail(d, errno == ENOMEM ? KM_ENOMEM : code, where, "cannot %s: %s", doing,
		       strerror(errno));
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
	if ((uint64_t)st.st_size > IO_MAX_LOAD_BYTES)
		return km_fail(d, KM_EFORMAT, where, "larger than %llu bytes",
			       (unsigned long long)IO_MAX_LOAD_BYTES);
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

/* What is compressed in @src as a private file: *@fd; -1 where nothing is. */
static int unpack_source(struct io_source *src, const char *where, struct io_budget *b, int *fd,
			 bool *cut, struct km_diag *d)
{
	struct io_unzip *z = NULL;
	struct io_sink s;
	int err;

	if (!io_unzip_wanted(src))
		return 0;
	err = io_sink_open(&s, where, b, d);
	if (err)
		return err;
	err = io_unzip_open(&z, src, where, d);
	if (!err)
		err = unpack_into(&s, z, cut, d);
	io_unzip_close(z);
	if (err)
		io_sink_drop(&s);
	else
		*fd = io_sink_finish(&s);
	return err;
}

int io_unpack(int *fd, const char *where, struct io_budget *b, bool *cut, struct km_diag *d)
{
	struct io_source *src;
	int err = io_source_open(&src, *fd, where, b, d);

	*fd = -1;
	*cut = false;
	if (err)
		return err;
	err = unpack_source(src, where, b, fd, cut, d);
	if (!err && *fd < 0)
		*fd = io_source_take_fd(src);
	else
		io_source_close(src);
	return err;
}

int64_t io_peek(struct io_source *src, const char *where, void *buf, size_t n, struct km_diag *d)
{
	struct io_unzip *z = NULL;
	int64_t made = 0, got = 1;
	int err;

	if (!io_unzip_wanted(src)) {
		got = io_source_read_at(src, buf, n, 0);
		return got < 0 ? km_fail(d, KM_EIO, where, "cannot read") : got;
	}
	err = io_unzip_open(&z, src, where, d);
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
static bool is_tar(struct io_source *src, const char *where)
{
	char head[TAR_HEAD];

	return io_peek(src, where, head, sizeof(head), NULL) == TAR_HEAD &&
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
	struct io_input in = { .kind = IO_PLAIN, .fd = -1 };
	struct stat st;
	int fd = open_path(path, &st, d);
	int err = 0;

	if (fd < 0)
		return fd;
	if (S_ISDIR(st.st_mode)) {
		*out = (struct io_input){ .kind = IO_DIRECTORY, .fd = fd };
		return 0;
	}
	err = io_source_open(&in.source, fd, path, b, d);
	if (err)
		return err;
	if (is_tar(in.source, path)) {
		in.kind = IO_TAR;
		err = io_source_keep(in.source, d);
	}
	if (err) {
		io_source_close(in.source);
		return err;
	}
	if (in.kind == IO_TAR) {
		in.fd = io_source_take_fd(in.source);
		in.source = NULL;
	}
	*out = in;
	return 0;
}

int io_open_below(int dir, const char *name, const char *where, struct km_diag *d)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? fail_errno(d, where, "open") : fd;
}
