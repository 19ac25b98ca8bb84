/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io.h"

bool io_name_is_safe(const char *name)
{
	if (!*name || *name == '/' || strlen(name) > IO_MAX_NAME)
		return false;
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return false;
		p += n + (p[n] == '/');
	}
	return true;
}

static int fail_list(const char *where, struct km_diag *d)
{
	return km_fail(d, KM_EIO, where, "cannot list it: %s", strerror(errno));
}

struct walk {
	const char *where;
	struct io_budget *budget;
	int (*each)(void *ctx, const char *name);
	void *ctx;
	struct km_diag *d;
};

static int walk_dir(const struct walk *w, int dir, const char *prefix, unsigned int depth);

static int walk_entry(const struct walk *w, int dir, const char *prefix, const char *name,
		      unsigned int depth)
{
	char path[IO_MAX_NAME + 1];
	struct stat st;

	if (name[0] == '.')
		return 0;
	if (snprintf(path, sizeof(path), "%s%s", prefix, name) >= (int)sizeof(path) - 1)
		return km_fail(w->d, KM_EFORMAT, w->where,
			       "file names longer than %d bytes: this is no capture", IO_MAX_NAME);
	if (fstatat(dir, name, &st, 0) < 0)
		return 0; /* a dangling link */
	if (S_ISREG(st.st_mode)) {
		if (++w->budget->files > w->budget->max_files)
			return km_fail(w->d, KM_EFORMAT, w->where,
				       "more than %llu files: this is no capture",
				       (unsigned long long)w->budget->max_files);
		return w->each(w->ctx, path);
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth >= IO_MAX_DEPTH)
		return km_fail(w->d, KM_EFORMAT, w->where,
			       "directories deeper than %d: this is no capture", IO_MAX_DEPTH);
	int sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (sub < 0)
		return fail_list(path, w->d);
	path[strlen(path) + 1] = '\0';
	path[strlen(path)] = '/';
	return walk_dir(w, sub, path, depth + 1);
}

/* Closes @dir. */
static int walk_dir(const struct walk *w, int dir, const char *prefix, unsigned int depth)
{
	DIR *list = fdopendir(dir);
	struct dirent *e;
	int err = 0;

	if (!list) {
		err = fail_list(w->where, w->d);
		close(dir);
		return err;
	}
	while (!err && (e = readdir(list)))
		err = walk_entry(w, dir, prefix, e->d_name, depth);
	closedir(list);
	return err;
}

int io_walk(int dir, const char *where, struct io_budget *b,
	    int (*each)(void *ctx, const char *name), void *ctx, struct km_diag *d)
{
	struct walk w = { where, b, each, ctx, d };
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return own < 0 ? fail_list(where, d) : walk_dir(&w, own, "", 1);
}
