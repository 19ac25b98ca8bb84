/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/archive_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/support/text_trace.h"

enum { ROOM = 1 << 20, PATH_BYTES = 512, MAX_DIRS = 16 };

static size_t pack(enum packing how, const char *text, size_t len, char *out)
{
	if (how == PACK_ZSTD)
		return ZSTD_compress(out, ROOM, text, len, 3);
	if (how == PACK_PLAIN) {
		memcpy(out, text, len);
		return len;
	}
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
		       .avail_in = (uInt)len,
		       .next_out = (Bytef *)out,
		       .avail_out = ROOM };

	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return ROOM - z.avail_out;
}

const char *packed_file(enum packing how, const char *text, size_t times)
{
	char *one = malloc(ROOM), *all;
	size_t len = pack(how, text, strlen(text), one);

	all = malloc(len * times);
	for (size_t i = 0; i < times; i++)
		memcpy(all + i * len, one, len);
	const char *path = tmp_file(".bin", all, len * times);

	free(all);
	free(one);
	return path;
}

const char *tar_file(enum packing how, const struct tar_member *m, size_t n)
{
	const char *path = tmp_file(".tar", "", 0);
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_set_format_ustar(a);
	if (how == PACK_GZIP)
		archive_write_add_filter_gzip(a);
	if (how == PACK_ZSTD)
		archive_write_add_filter_zstd(a);
	if (archive_write_open_filename(a, path) != ARCHIVE_OK)
		abort();
	for (size_t i = 0; i < n; i++) {
		size_t len = m[i].text ? strlen(m[i].text) : 0;

		archive_entry_clear(e);
		archive_entry_set_pathname(e, m[i].name);
		archive_entry_set_filetype(e, m[i].text ? AE_IFREG : AE_IFLNK);
		if (!m[i].text)
			archive_entry_set_symlink(e, m[i].link);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_size(e, (la_int64_t)len);
		if (archive_write_header(a, e) != ARCHIVE_OK ||
		    (len && archive_write_data(a, m[i].text, len) != (la_ssize_t)len))
			abort();
	}
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
	return path;
}

static void make_parents(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

static char *new_dir(void)
{
	static char dirs[MAX_DIRS][PATH_BYTES];
	static size_t used;
	char *dir = dirs[used++ % MAX_DIRS];

	snprintf(dir, PATH_BYTES, "/tmp/kmemlab-dir-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	return dir;
}

const char *dir_of(const struct tar_member *m, size_t n)
{
	char *dir = new_dir(), path[PATH_BYTES];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%.200s/%.200s", dir, m[i].name);
		make_parents(path);
		FILE *f = fopen(path, "w");

		if (!f)
			abort();
		fputs(m[i].text, f);
		fclose(f);
	}
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void remove_dir(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
