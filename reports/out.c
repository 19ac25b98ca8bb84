/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_one(const char *dir, struct km_diag *d)
{
	struct stat st;

	if (!mkdir(dir, 0777))
		return 0;
	if (errno == EEXIST && !stat(dir, &st) && S_ISDIR(st.st_mode))
		return 0;
	if (errno == EEXIST)
		return km_fail(d, KM_EINVAL, dir,
			       "exists and is not a directory; choose another name");
	return km_fail(d, KM_EIO, dir, "cannot make this directory: %s", strerror(errno));
}

int out_make_directory(const char *dir, struct km_diag *d)
{
	char *path;
	int err = 0;

	if (!dir[0])
		return km_fail(d, KM_EINVAL, "", "the directory has no name");
	path = strdup(dir);
	if (!path)
		return km_fail(d, KM_ENOMEM, dir, "out of memory");
	for (char *slash = strchr(path + 1, '/'); slash && !err; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		err = make_one(path, d);
		*slash = '/';
	}
	if (!err)
		err = make_one(path, d);
	free(path);
	return err;
}

/* @path without its last part; false: there is no more to take. */
static bool go_up(char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	while (len && path[len - 1] == '/')
		len--;
	path[len] = '\0';
	return len;
}

unsigned int out_missing_parts(const char *dir)
{
	char *path = strdup(dir);
	unsigned int n = 0;

	if (path && *path && access(path, F_OK))
		for (n = 1; go_up(path) && access(path, F_OK);)
			n++;
	free(path);
	return n;
}

void out_remove_empty(const char *dir, unsigned int parts)
{
	char *path = strdup(dir);

	while (path && parts && !rmdir(path) && --parts && go_up(path))
		;
	free(path);
}

static void release(struct out *o)
{
	free(o->path);
	free(o->partial);
	*o = (struct out){ 0 };
}

int out_open(struct out *o, const char *dir, const char *name, struct km_diag *d)
{
	int err;

	*o = (struct out){ 0 };
	if (asprintf(&o->path, "%s/%s", dir, name) < 0)
		o->path = NULL;
	if (o->path && asprintf(&o->partial, "%s.partial", o->path) < 0)
		o->partial = NULL;
	if (!o->partial) {
		release(o);
		return km_fail(d, KM_ENOMEM, dir, "out of memory");
	}
	unlink(o->partial);
	o->f = fopen(o->partial, "wxe");
	if (o->f)
		return 0;
	err = km_fail(d, KM_EIO, o->path, "cannot be written: %s", strerror(errno));
	release(o);
	return err;
}

int out_close(struct out *o, struct km_diag *d)
{
	int bad = ferror(o->f), err = 0;

	errno = 0;
	bad |= fclose(o->f);
	o->f = NULL;
	if (bad || rename(o->partial, o->path)) {
		err = km_fail(d, KM_EIO, o->path, "cannot be written: %s",
			      errno ? strerror(errno) : "the disk is full or failing");
		unlink(o->partial);
	}
	release(o);
	return err;
}

void out_discard(struct out *o)
{
	if (o->f)
		fclose(o->f);
	unlink(o->partial);
	release(o);
}

int out_end(struct out *o, int err, struct km_diag *d)
{
	if (!err)
		return out_close(o, d);
	out_discard(o);
	return err;
}
