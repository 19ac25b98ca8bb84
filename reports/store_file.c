/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/store_sql.h"

static int no_memory(const char *path, struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, path, "out of memory");
}

static void release(struct store_file *f)
{
	free(f->target);
	free(f->partial);
	free(f->dir);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct store_file){ .fd = -1 };
}

/*
 * Only an empty file or another run database may be replaced: -o on a trace must not cost the
 * trace, nor anybody's other database. The header of both is SQLite's: magic at 0, and at 68 the
 * number that says whose it is.
 */
static int check_replaceable(const char *path, struct km_diag *d)
{
	static const char magic[] = "SQLite format 3";
	unsigned char head[72] = { 0 };
	struct stat st;
	ssize_t n;
	int fd;

	if (stat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return km_fail(d, KM_EIO, path, "%s", strerror(errno));
	}
	if (S_ISDIR(st.st_mode))
		return km_fail(d, KM_EINVAL, path,
			       "is a directory; name a file in it, such as run.db");
	if (!S_ISREG(st.st_mode))
		return km_fail(d, KM_EINVAL, path,
			       "is not a regular file; a database cannot be written to it");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return km_fail(d, KM_EIO, path, "%s", strerror(errno));
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n < 0)
		return km_fail(d, KM_EIO, path, "%s", strerror(errno));
	uint32_t whose = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 |
			 (uint32_t)head[70] << 8 | head[71];

	if (n && (memcmp(head, magic, sizeof(magic)) || whose != STORE_APPLICATION_ID))
		return km_fail(
			d, KM_EINVAL, path,
			"exists and is not a run database; remove it or choose another name");
	return 0;
}

static char *directory_of(const char *path)
{
	char *copy = strdup(path);
	char *dir = copy ? strdup(dirname(copy)) : NULL;

	free(copy);
	return dir;
}

/* An absolute or ./ path, so that SQLite takes no name for something special; links lead to the
 * real file. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL), *text = NULL;

	if (real)
		return real;
	if (errno == ENOMEM)
		return NULL;
	if (asprintf(&text, "%s%s", path[0] == '/' ? "" : "./", path) < 0)
		return NULL;
	return text;
}

static int name_all(struct store_file *f, const char *path, struct km_diag *d)
{
	f->target = resolve(path);
	if (!f->target)
		return no_memory(path, d);
	f->dir = directory_of(f->target);
	if (asprintf(&f->partial, "%s.partial", f->target) < 0)
		f->partial = NULL;
	return f->dir && f->partial ? 0 : no_memory(path, d);
}

static int explain_open(const struct store_file *f, const char *path, int error, struct km_diag *d)
{
	if ((error == ENOENT || error == ENOTDIR) && access(f->dir, F_OK))
		return km_fail(d, KM_EIO, path, "there is no directory %s; create it first",
			       f->dir);
	if (error == EACCES || error == EPERM)
		return km_fail(d, KM_EIO, path,
			       "directory %s cannot be written; choose another place", f->dir);
	if (error == EROFS)
		return km_fail(d, KM_EIO, path,
			       "%s is on a read-only file system; choose another place", f->dir);
	return km_fail(d, KM_EIO, path, "cannot create %s: %s", f->partial, strerror(error));
}

/* True while @f->partial still names the file that @f->fd has open: another run may have renamed it
 * meanwhile. */
static bool still_named(const struct store_file *f)
{
	struct stat mine, named;

	return !fstat(f->fd, &mine) && !lstat(f->partial, &named) && mine.st_dev == named.st_dev &&
	       mine.st_ino == named.st_ino;
}

/* Open, lock and empty the partial file. */
static int take_partial(struct store_file *f, const char *path, struct km_diag *d)
{
	for (;;) {
		f->fd = open(f->partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (f->fd < 0)
			return explain_open(f, path, errno, d);
		if (flock(f->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
			return km_fail(
				d, KM_EIO, path,
				"another kmemlab is writing it; wait for that or choose another name");
		if (still_named(f))
			break;
		close(f->fd);
	}
	if (ftruncate(f->fd, 0))
		return km_fail(d, KM_EIO, path, "cannot empty %s: %s", f->partial, strerror(errno));
	return 0;
}

int store_file_open(struct store_file *f, const char *path, struct km_diag *d)
{
	int err;

	*f = (struct store_file){ .fd = -1 };
	if (!path[0])
		return km_fail(d, KM_EINVAL, "", "the database has no name");
	err = check_replaceable(path, d);
	if (!err)
		err = name_all(f, path, d);
	if (!err)
		err = take_partial(f, path, d);
	if (err)
		release(f);
	return err;
}

/* The rename itself must last, not only the bytes. A file system that cannot sync a directory is
 * not an error. */
static void sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int store_file_commit(struct store_file *f, struct km_diag *d)
{
	if ((!f->unsynced && fsync(f->fd)) || rename(f->partial, f->target)) {
		int err = km_fail(d, KM_EIO, f->target, "cannot be written: %s", strerror(errno));

		store_file_discard(f);
		return err;
	}
	if (!f->unsynced)
		sync_directory(f->dir);
	release(f);
	return 0;
}

void store_file_discard(struct store_file *f)
{
	if (f->partial && f->fd >= 0)
		unlink(f->partial);
	release(f);
}
