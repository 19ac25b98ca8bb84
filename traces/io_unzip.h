/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compressed file as a stream of its content: gzip (many members) and zstd (many frames), found
 * by content.
 */
#ifndef TRACES_IO_UNZIP_H
#define TRACES_IO_UNZIP_H

#include "engine/core/diag.h"

struct io_source;
struct io_unzip;

/* Does @src begin like a compressed file we know? */
bool io_unzip_wanted(struct io_source *src);

/* Reads @src from its beginning on. @src and @where stay the caller's. */
int io_unzip_open(struct io_unzip **out, struct io_source *src, const char *where,
		  struct km_diag *d) KM_MUST_CHECK;
void io_unzip_close(struct io_unzip *z);

/* At most @n bytes of content: the count, 0 at the end, or -KM_EFORMAT, -KM_EIO. */
int64_t io_unzip_read(struct io_unzip *z, void *buf, size_t n, struct km_diag *d);

/* Compressed bytes used so far. */
uint64_t io_unzip_eaten(const struct io_unzip *z);

/* After the end: the compressed data stopped in the middle. */
bool io_unzip_cut(const struct io_unzip *z);

#endif
