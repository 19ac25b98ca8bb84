/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_NAMES = 1000 };

/*
 * A file without a name, where the file system has such: whoever is killed leaves nothing behind.
 * -1: it has none.
 */
static int open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + (slash == path) : 1;
	char *dir = slash ? strndup(path, len) : strdup(".");
	int fd = dir && !access("/proc/self/fd", X_OK) ?
			 open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666) :
			 -1;

	free(dir);
	return fd;
}

static int open_named(struct new_file *f, struct km_diag *d)
{
	mode_t mask;
	int fd;

	if (asprintf(&f->tmp, "%s.XXXXXX", f->path) < 0) {
		f->tmp = NULL;
		return km_fail(d, KM_ENOMEM, f->path, "no memory to write it");
	}
	fd = mkstemp(f->tmp);
	if (fd < 0) {
		int err = km_fail(d, KM_EIO, f->path, "a file beside it cannot be made: %s",
				  strerror(errno));

		free(f->tmp);
		f->tmp = NULL;
		return err;
	}
	mask = umask(0);
	umask(mask);
	if (!fchmod(fd, 0666 & ~mask))
		return fd;
	close(fd);
	return km_fail(d, KM_EIO, f->path, "cannot be written: %s", strerror(errno));
}

int new_file_open(struct new_file *f, struct km_diag *d)
{
	int fd = open_nameless(f->path);

	if (fd < 0)
		fd = open_named(f, d);
	if (fd < 0)
		return fd;
	f->out = fdopen(fd, "wb");
	if (!f->out) {
		close(fd);
		return km_fail(d, KM_EIO, f->path, "cannot be written: %s", strerror(errno));
	}
	return 0;
}

/* A free name beside its place for a file that has none; 0, or -1 with errno. */
static int give_name(struct new_file *f)
{
	char own[64];
	int bad = -1;

	snprintf(own, sizeof(own), "/proc/self/fd/%d", fileno(f->out));
	for (unsigned int i = 0; bad && i < MOST_NAMES; i++) {
		free(f->tmp);
		if (asprintf(&f->tmp, "%s.%06u", f->path, i) < 0) {
			f->tmp = NULL;
			errno = ENOMEM;
			return -1;
		}
		bad = linkat(AT_FDCWD, own, AT_FDCWD, f->tmp, AT_SYMLINK_FOLLOW);
		if (bad && errno != EEXIST)
			break;
	}
	if (bad) { /* the last name is somebody else's */
		free(f->tmp);
		f->tmp = NULL;
	}
	return bad;
}

int new_file_close(struct new_file *f, int err, struct km_diag *d)
{
	if (f->out) {
		bool bad = !err && (fflush(f->out) || fsync(fileno(f->out)));

		if (!err && !bad && !f->tmp)
			bad = give_name(f);
		bad = fclose(f->out) || bad;
		if (!err && (bad || rename(f->tmp, f->path)))
			err = km_fail(d, KM_EIO, f->path, "cannot be written: %s", strerror(errno));
	}
	if (err && f->tmp)
		unlink(f->tmp);
	free(f->tmp);
	*f = (struct new_file){ .path = f->path };
	return err;
}
