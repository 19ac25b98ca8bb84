/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that appears in its place whole or not at all. */
#ifndef REPORTS_STORE_FILE_H
#define REPORTS_STORE_FILE_H

#include "engine/core/diag.h"

struct store_file {
	char *target;  /* where it goes, symbolic links resolved */
	char *partial; /* target.partial: where it is written, locked and empty at first */
	char *dir;     /* the directory of both */
	int fd;
	bool unsynced; /* store_file_commit() does not wait for the disk */
};

/**
 * store_file_open() - take target.partial for @path.
 *
 * Return: 0; -KM_EIO, -KM_EINVAL (@path exists and is not a database) or -KM_ENOMEM with @d filled
 * and nothing left behind.
 */
int store_file_open(struct store_file *f, const char *path, struct km_diag *d) KM_MUST_CHECK;

/* Sync the file and rename it into place; @f is released. On error it is removed and the target is
 * as it was. */
int store_file_commit(struct store_file *f, struct km_diag *d) KM_MUST_CHECK;

/* Remove the file; @f is released. */
void store_file_discard(struct store_file *f);

#endif
