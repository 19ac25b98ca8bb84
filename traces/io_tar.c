/* SPDX-License-Identifier: GPL-2.0-only */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/io_sink.h"

enum { READ_BYTES = 1 << 18, MAX_SHOWN = 300 };

struct io_tar {
	struct archive *archive;
	const char *where;
	struct io_budget *budget;
	char name[IO_MAX_NAME + 1];
	char buf[READ_BYTES];
};

static int fail_archive(const struct io_tar *t, struct km_diag *d)
{
	const char *why = archive_error_string(t->archive);

	return km_fail(d, KM_EFORMAT, t->where, "damaged archive (%s): fetch it again",
		       why ? why : "unknown");
}

int io_tar_open(struct io_tar **out, int fd, const char *where, struct io_budget *b,
		struct km_diag *d)
{
	struct io_tar *t = calloc(1, sizeof(*t));

	if (!t)
		return km_fail(d, KM_ENOMEM, where, "no memory");
	t->where = where;
	t->budget = b;
	t->archive = archive_read_new();
	if (!t->archive) {
		free(t);
		return km_fail(d, KM_ENOMEM, where, "no memory");
	}
	archive_read_support_format_tar(t->archive);
	archive_read_support_filter_gzip(t->archive);
	archive_read_support_filter_zstd(t->archive);
	lseek(fd, 0, SEEK_SET);
	if (archive_read_open_fd(t->archive, fd, READ_BYTES) != ARCHIVE_OK) {
		int err = fail_archive(t, d);

		io_tar_close(t);
		return err;
	}
	*out = t;
	return 0;
}

void io_tar_close(struct io_tar *t)
{
	if (!t)
		return;
	archive_read_free(t->archive);
	free(t);
}

/* 1: a regular file with a good name, 0: a directory, or -KM_EFORMAT. */
static int judge(struct io_tar *t, struct archive_entry *e, struct km_diag *d)
{
	const char *name = archive_entry_pathname(e);

	while (name && name[0] == '.' && name[1] == '/')
		name += 2;
	if (!name || (name[0] && strcmp(name, ".") && !io_name_is_safe(name)))
		return km_fail(d, KM_EFORMAT, t->where,
			       "member \"%.*s\" leads outside the archive: refused", MAX_SHOWN,
			       name ? name : "?");
	if (archive_entry_filetype(e) == AE_IFDIR)
		return 0;
	if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e))
		return km_fail(d, KM_EFORMAT, t->where,
			       "member \"%.*s\" is a link or a device: a bundle holds plain files",
			       MAX_SHOWN, name);
	snprintf(t->name, sizeof(t->name), "%s", name);
	return 1;
}

int io_tar_next(struct io_tar *t, const char **name, struct km_diag *d)
{
	struct archive_entry *e;

	for (;;) {
		int rc = archive_read_next_header(t->archive, &e);

		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return fail_archive(t, d);
		int kind = judge(t, e, d);

		if (kind == 0)
			continue;
		*name = t->name;
		return kind;
	}
}

int io_tar_fd(struct io_tar *t, int *fd, struct km_diag *d)
{
	struct io_sink s;
	int err = io_sink_open(&s, t->where, t->budget, d);

	if (err)
		return err;
	while (!err) {
		la_ssize_t n = archive_read_data(t->archive, t->buf, sizeof(t->buf));

		if (n < 0)
			err = fail_archive(t, d);
		if (n <= 0)
			break;
		err = io_sink_put(&s, t->buf, (size_t)n,
				  (uint64_t)archive_filter_bytes(t->archive, -1), d);
	}
	if (err)
		io_sink_drop(&s);
	else
		*fd = io_sink_finish(&s);
	return err;
}
