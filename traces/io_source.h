/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a capture's bytes come from: a file, which can be read anywhere and again, or a pipe, which
 * gives each byte once.
 *
 * A pipe's beginning is remembered while the capture is looked at, so that its format is found by
 * content as of any file, and until io_source_settle() nothing is lost: io_source_keep() can still
 * make a file of it, nameless and on disk. After that each byte is read and forgotten.
 */
#ifndef TRACES_IO_SOURCE_H
#define TRACES_IO_SOURCE_H

#include "traces/io.h"

struct io_source;

/* Takes @fd, also on error. @where and @b are the caller's and outlive the source. */
int io_source_open(struct io_source **out, int fd, const char *where, struct io_budget *b,
		   struct km_diag *d) KM_MUST_CHECK;
void io_source_close(struct io_source *s);

/* It can be read anywhere: a file, or a pipe that was kept. */
bool io_source_seeks(const struct io_source *s);

/* Its descriptor, where it seeks; the source's own. */
int io_source_fd(const struct io_source *s);

/* Close the source and hand out its descriptor. */
int io_source_take_fd(struct io_source *s);

/*
 * Up to @n bytes from @at: fewer only at the end. Of a pipe, @at is among the bytes remembered or
 * where the last reading ended. The count, or -KM_EIO, -KM_ENOMEM.
 */
int64_t io_source_read_at(struct io_source *s, void *buf, size_t n, uint64_t at);

/* Make it seek: the whole pipe as a file on disk. Nothing where it does so already. */
int io_source_keep(struct io_source *s, struct km_diag *d) KM_MUST_CHECK;

/* Remember no more of it: from here on it is read forward, in constant memory. */
void io_source_settle(struct io_source *s);

/* Bytes in all, 0 where a pipe does not say. */
uint64_t io_source_size(const struct io_source *s);

/* Bytes that came out of a pipe so far. */
uint64_t io_source_seen(const struct io_source *s);

#endif
