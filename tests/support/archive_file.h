/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compressed files and archives made by hand, for the tests of traces/. Paths live until the test
 * ends.
 */
#ifndef TESTS_SUPPORT_ARCHIVE_FILE_H
#define TESTS_SUPPORT_ARCHIVE_FILE_H

#include <stddef.h>

enum packing { PACK_PLAIN, PACK_GZIP, PACK_ZSTD };

/* @times copies of a text, each a member or frame of its own. */
const char *packed_file(enum packing how, const char *text, size_t times);

struct tar_member {
	const char *name, *text; /* text NULL: a symbolic link to @link */
	const char *link;
};

/* An archive of @n members. */
const char *tar_file(enum packing how, const struct tar_member *m, size_t n);

/* A new directory below /tmp with these files in it. */
const char *dir_of(const struct tar_member *m, size_t n);

/* Remove such a directory and all in it. */
void remove_dir(const char *dir);

#endif
