/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a .kmt for its reader: from anywhere, or of a stream only forward. */
#ifndef TRACES_KMT_BYTES_H
#define TRACES_KMT_BYTES_H

#include "traces/io_source.h"
#include "traces/kmt_format.h"

struct kmt_bytes {
	const char *path;
	struct io_source *src;
	struct io_stream *stream; /* NULL: it seeks */
	uint64_t len;		  /* UINT64_MAX: unknown */
	struct kmt_buf loaded;
};

/* @src and @path stay the caller's. kmt_bytes_release() is due either way. */
int kmt_bytes_open(struct kmt_bytes *b, struct io_source *src, const char *path,
		   struct km_diag *d) KM_MUST_CHECK;
void kmt_bytes_release(struct kmt_bytes *b);

/* Of a stream, @at is where the last reading ended. Fewer than @n bytes only at the end. */
int64_t kmt_bytes_read(struct kmt_bytes *b, void *buf, size_t n, uint64_t at, struct km_diag *d);

/* The same to .loaded, which takes no more memory than there are bytes. */
int64_t kmt_bytes_load(struct kmt_bytes *b, uint64_t len, uint64_t at, struct km_diag *d);

#endif
