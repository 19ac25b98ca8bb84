/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/new_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int new_file_open(struct new_file *f, struct km_diag *d)
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
	f->out = fdopen(fd, "wb");
	if (!f->out)
		close(fd);
	if (!f->out || fchmod(fd, 0666 & ~mask))
		return km_fail(d, KM_EIO, f->path, "cannot be written: %s", strerror(errno));
	return 0;
}

int new_file_close(struct new_file *f, int err, struct km_diag *d)
{
	if (f->out) {
		bool bad = !err && (fflush(f->out) || fsync(fileno(f->out)));

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
