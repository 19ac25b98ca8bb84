/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Collect every name: members of an archive are kept as memory files, files of a directory stay
 *    where they are.
 * 2. Find the root: "" or the one directory that everything is in.
 * 3. Take the trace out; strip the root from the other names, sort them, read each when it is asked
 *    for.
 */
#include "traces/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct bundle_file {
	char *name;   /* as walked at first, as published later */
	char *stored; /* where it is below the directory; NULL: not there */
	int fd;	      /* of an archive's member; -1: not there */
	char *data;   /* NULL until read */
	size_t len;
};

struct bundle {
	const char *path;
	struct io_budget *budget;
	int dir;
	char *name, *trace_name;
	struct bundle_file *files;
	size_t nr_files, room;
	struct km_diag *diag;
};

int bundle_open(struct bundle **out, const char *path, struct io_budget *budget)
{
	struct bundle *b = calloc(1, sizeof(*b));

	if (!b)
		return -KM_ENOMEM;
	b->path = path;
	b->budget = budget;
	b->dir = -1;
	*out = b;
	return 0;
}

static void free_file(struct bundle_file *f)
{
	free(f->name);
	free(f->stored);
	free(f->data);
	if (f->fd >= 0)
		close(f->fd);
}

void bundle_close(struct bundle *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->nr_files; i++)
		free_file(&b->files[i]);
	free(b->files);
	free(b->name);
	free(b->trace_name);
	if (b->dir >= 0)
		close(b->dir);
	free(b);
}

/* A new file without content at the end of the list, or NULL. */
static struct bundle_file *append(struct bundle *b, const char *name)
{
	if (b->nr_files == b->room) {
		size_t room = b->room ? b->room * 2 : 64;
		struct bundle_file *files = realloc(b->files, room * sizeof(*files));

		if (!files)
			return NULL;
		b->files = files;
		b->room = room;
	}
	struct bundle_file *f = &b->files[b->nr_files];

	*f = (struct bundle_file){ .name = strdup(name), .fd = -1 };
	if (!f->name)
		return NULL;
	b->nr_files++;
	return f;
}

static int add_walked(void *ctx, const char *name)
{
	struct bundle *b = ctx;
	struct bundle_file *f = append(b, name);

	if (f)
		f->stored = strdup(name);
	return f && f->stored ? 0 : km_fail(b->diag, KM_ENOMEM, b->path, "no memory");
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* How good a trace a file of this name is: 1 is best, 0: none. */
static unsigned int trace_rank(const char *name)
{
	static const char *const names[] = {
		"trace.dat", "trace.dat.zst", "trace.dat.gz", "trace.kmt",
		"trace.txt", "trace.txt.zst", "trace.txt.gz",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], base_name(name)))
			return i + 1;
	return 0;
}

/* Large files stay in memory files; the many small ones must not eat up the descriptors. */
static int keep_member(struct bundle *b, struct io_tar *t, const char *name, struct km_diag *d)
{
	struct bundle_file *f = append(b, name);

	if (!f)
		return km_fail(d, KM_ENOMEM, b->path, "no memory");
	int err = io_tar_fd(t, &f->fd, d);

	if (err || trace_rank(name))
		return err;
	bool cut = false;

	if (ends_with(name, ".gz") || ends_with(name, ".zst"))
		err = io_unpack(&f->fd, name, b->budget, &cut, d);
	if (!err && cut)
		err = km_fail(d, KM_EFORMAT, name, "ends too early: capture or copy it again");
	if (!err)
		err = io_load(f->fd, name, &f->data, &f->len, d);
	close(f->fd);
	f->fd = -1;
	return err;
}

static int walk_tar(struct bundle *b, int fd, struct km_diag *d)
{
	struct io_tar *t = NULL;
	const char *name;
	int err = io_tar_open(&t, fd, b->path, b->budget, d);

	while (!err) {
		int more = io_tar_next(t, &name, d);

		if (more <= 0) {
			err = more;
			break;
		}
		err = keep_member(b, t, name, d);
	}
	io_tar_close(t);
	return err;
}

static bool is_root_file(const char *name)
{
	return trace_rank(name) ? !strchr(name, '/') :
				  !strncmp(name, "meta/", 5) || !strncmp(name, "snap/", 5);
}

/*
 * Length of the directory that all files are in, with its slash; 0 where the files are at the top.
 */
static size_t root_length(const struct bundle *b)
{
	size_t n;

	for (size_t i = 0; i < b->nr_files; i++)
		if (is_root_file(b->files[i].name))
			return 0;
	if (!b->nr_files)
		return 0;
	n = strcspn(b->files[0].name, "/");
	n += b->files[0].name[n] == '/';
	for (size_t i = 1; i < b->nr_files; i++)
		if (strncmp(b->files[i].name, b->files[0].name, n))
			return 0;
	return b->files[0].name[n - (n > 0)] == '/' ? n : 0;
}

/* The last part of a path, without the endings of an archive. */
static char *name_from_path(const char *path)
{
	static const char *const ends[] = { ".zst", ".gz", ".tar", ".tgz" };
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	size_t start = n;

	while (start && path[start - 1] != '/')
		start--;
	char *name = strndup(path + start, n - start);

	for (size_t i = 0; name && i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_with(name, ends[i]))
			name[strlen(name) - strlen(ends[i])] = '\0';
	if (name && (!strcmp(name, ".") || !strcmp(name, "-")))
		*name = '\0';
	return name;
}

static int strip_root(struct bundle *b, struct km_diag *d)
{
	size_t n = root_length(b);

	b->name = n ? strndup(b->files[0].name, n - 1) : name_from_path(b->path);
	if (!b->name)
		return km_fail(d, KM_ENOMEM, b->path, "no memory");
	for (size_t i = 0; i < b->nr_files; i++) {
		char *name = b->files[i].name;

		memmove(name, name + n, strlen(name + n) + 1);
		if (trace_rank(name) && !strchr(name, '/'))
			continue;
		if (ends_with(name, ".gz"))
			name[strlen(name) - 3] = '\0';
		else if (ends_with(name, ".zst"))
			name[strlen(name) - 4] = '\0';
	}
	return 0;
}

static int open_stored(const struct bundle *b, struct bundle_file *f, struct km_diag *d)
{
	char where[PATH_BYTES];

	if (f->fd >= 0) {
		int fd = f->fd;

		f->fd = -1;
		return fd;
	}
	snprintf(where, sizeof(where), "%s/%s", b->path, f->stored);
	return io_open_below(b->dir, f->stored, where, d);
}

/* Take the best trace file out of the list, and drop the others. */
static int take_trace(struct bundle *b, int *trace, struct km_diag *d)
{
	size_t best = b->nr_files, kept = 0;

	for (size_t i = 0; i < b->nr_files; i++) {
		unsigned int rank = strchr(b->files[i].name, '/') ? 0 :
								    trace_rank(b->files[i].name);

		if (rank && (best == b->nr_files || rank < trace_rank(b->files[best].name)))
			best = i;
	}
	if (best == b->nr_files)
		return km_fail(
			d, KM_EFORMAT, b->path,
			"no trace.dat and no trace.txt in it: a bundle needs one of them at its top");
	int fd = open_stored(b, &b->files[best], d);

	if (fd < 0)
		return fd;
	b->trace_name = strdup(b->files[best].name);
	if (!b->trace_name) {
		close(fd);
		return km_fail(d, KM_ENOMEM, b->path, "no memory");
	}
	for (size_t i = 0; i < b->nr_files; i++) {
		bool is_trace = !strchr(b->files[i].name, '/') && trace_rank(b->files[i].name);

		if (is_trace)
			free_file(&b->files[i]);
		else
			b->files[kept++] = b->files[i];
	}
	b->nr_files = kept;
	*trace = fd;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct bundle_file *fa = a, *fb = b;

	return strcmp(fa->name, fb->name);
}

static void sort_files(struct bundle *b)
{
	if (b->nr_files)
		qsort(b->files, b->nr_files, sizeof(*b->files), by_name);
}

/* "a" beside "a.gz", or a member that an archive holds twice. */
static int refuse_doubles(const struct bundle *b, struct km_diag *d)
{
	for (size_t i = 1; i < b->nr_files; i++)
		if (!strcmp(b->files[i - 1].name, b->files[i].name))
			return km_fail(d, KM_EFORMAT, b->path,
				       "holds %s twice: delete one of the two", b->files[i].name);
	return 0;
}

int bundle_fill(struct bundle *b, struct io_input in, int *trace, const char **trace_name,
		struct km_diag *d)
{
	int err;

	b->dir = in.fd;
	b->diag = d;
	if (in.kind == IO_DIRECTORY)
		err = io_walk(in.fd, b->path, b->budget, add_walked, b, d);
	else
		err = walk_tar(b, in.fd, d);
	if (!err)
		err = strip_root(b, d);
	if (!err)
		err = take_trace(b, trace, d);
	if (err)
		return err;
	sort_files(b);
	err = refuse_doubles(b, d);
	if (err)
		close(*trace);
	else
		*trace_name = b->trace_name;
	return err;
}

static struct bundle_file *find_file(const struct bundle *b, const char *name)
{
	struct bundle_file key = { .name = (char *)(uintptr_t)name };

	return b->nr_files ? bsearch(&key, b->files, b->nr_files, sizeof(*b->files), by_name) :
			     NULL;
}

int bundle_add(struct bundle *b, const char *name, const char *data, size_t len)
{
	if (find_file(b, name))
		return -KM_EDOUBLE;
	if (!io_name_is_safe(name))
		return -KM_EINVAL;
	char *copy = malloc(len + 1);
	struct bundle_file *f = copy ? append(b, name) : NULL;

	if (!f) {
		free(copy);
		return -KM_ENOMEM;
	}
	memcpy(copy, data, len);
	copy[len] = '\0';
	f->data = copy;
	f->len = len;
	sort_files(b);
	return 0;
}

const char *bundle_name(const struct bundle *b)
{
	return b->name ? b->name : "";
}

size_t bundle_nr_files(const struct bundle *b)
{
	return b->nr_files;
}

const char *bundle_file_name(const struct bundle *b, size_t i)
{
	return i < b->nr_files ? b->files[i].name : NULL;
}

static int load_stored(struct bundle *b, struct bundle_file *f, struct km_diag *d)
{
	char where[PATH_BYTES];
	bool cut = false;
	int fd = open_stored(b, f, d), err = 0;

	if (fd < 0)
		return fd;
	snprintf(where, sizeof(where), "%s/%s", b->path, f->stored);
	if (ends_with(f->stored, ".gz") || ends_with(f->stored, ".zst"))
		err = io_unpack(&fd, where, b->budget, &cut, d);
	if (!err && cut)
		err = km_fail(d, KM_EFORMAT, where, "ends too early: capture or copy it again");
	if (!err)
		err = io_load(fd, where, &f->data, &f->len, d);
	close(fd);
	return err;
}

int bundle_file(struct bundle *b, const char *name, const char **data, size_t *len,
		struct km_diag *d)
{
	struct bundle_file *f = find_file(b, name);
	int err = 0;

	if (!f)
		return km_fail(d, KM_ENOENT, b->path, "no file %s in this capture", name);
	if (!f->data)
		err = load_stored(b, f, d);
	if (err)
		return err;
	*data = f->data;
	*len = f->len;
	return 0;
}
