/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/kmt_bytes.h"

enum { STEP_BYTES = 1 << 22 };

int kmt_bytes_open(struct kmt_bytes *b, struct io_source *src, const char *path, struct km_diag *d)
{
	*b = (struct kmt_bytes){ .path = path, .src = src, .len = UINT64_MAX };
	int err = io_stream_open(&b->stream, src, path, d);

	if (!err && io_stream_seeks(b->stream)) {
		io_stream_close(b->stream);
		b->stream = NULL;
		b->len = io_source_size(src);
	}
	return err;
}

void kmt_bytes_release(struct kmt_bytes *b)
{
	io_stream_close(b->stream);
	kmt_buf_release(&b->loaded);
}

int64_t kmt_bytes_read(struct kmt_bytes *b, void *buf, size_t n, uint64_t at, struct km_diag *d)
{
	int64_t got = 0, more = 1;

	if (!b->stream) {
		got = io_source_read_at(b->src, buf, n, at);
		return got < 0 ? km_fail(d, KM_EIO, b->path, "cannot read") : got;
	}
	while ((size_t)got < n && more > 0) {
		more = io_stream_read(b->stream, (uint8_t *)buf + got, n - (size_t)got, d);
		got += more > 0 ? more : 0;
	}
	return more < 0 ? more : got;
}

int64_t kmt_bytes_load(struct kmt_bytes *b, uint64_t len, uint64_t at, struct km_diag *d)
{
	struct kmt_buf *to = &b->loaded;
	int64_t got = 1;

	/* an empty section has a place, too */
	if (!to->p && kmt_reserve(to, 1))
		return km_fail(d, KM_ENOMEM, b->path, "no memory to read it");
	for (to->len = 0; to->len < len && got > 0; to->len += (size_t)got) {
		size_t n = len - to->len < STEP_BYTES ? (size_t)(len - to->len) : STEP_BYTES;

		if (kmt_reserve(to, n))
			return km_fail(d, KM_ENOMEM, b->path, "no memory to read it");
		got = kmt_bytes_read(b, to->p + to->len, n, at + to->len, d);
		if (got < 0)
			return got;
	}
	return (int64_t)to->len;
}
