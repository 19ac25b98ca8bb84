/* SPDX-License-Identifier: GPL-2.0-only */
/* One file of a report: it appears under its name when it is complete, or not at all. */
#ifndef REPORTS_OUT_H
#define REPORTS_OUT_H

#include <stdio.h>

#include "engine/core/diag.h"

struct out {
	FILE *f;
	char *path, *partial;
};

/* Make @dir and what is missing above it. -KM_EINVAL (it is a file), -KM_EIO or -KM_ENOMEM with
 * @d filled. */
int out_make_directory(const char *dir, struct km_diag *d) KM_MUST_CHECK;

/* How many of @dir's last parts are missing: what out_make_directory() would make. */
unsigned int out_missing_parts(const char *dir);

/* Remove so many of @dir's last parts, as far as they are empty. */
void out_remove_empty(const char *dir, unsigned int parts);

/* Begin DIR/NAME. */
int out_open(struct out *o, const char *dir, const char *name, struct km_diag *d) KM_MUST_CHECK;

/* Put the file in its place, or say what failed since out_open() and remove it. @o is released. */
int out_close(struct out *o, struct km_diag *d) KM_MUST_CHECK;

/* Remove it; @o is released. */
void out_discard(struct out *o);

/* out_close() where @err is 0, else out_discard(); the first error. */
int out_end(struct out *o, int err, struct km_diag *d) KM_MUST_CHECK;

#endif
