/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/io_unzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "traces/io_source.h"

/* A window is memory before there is any data: 128 MiB, as zstd itself allows without --long. */
enum { IN_BYTES = 1 << 17, MAX_WINDOW_LOG = 27 };

enum codec { CODEC_NONE, CODEC_GZIP, CODEC_ZSTD };

struct io_unzip {
	enum codec codec;
	struct io_source *src;
	const char *where;
	uint64_t at, eaten;
	ZSTD_DStream *zstd;
	z_stream gzip;
	bool between; /* at the border of two members or frames */
	bool begun;
	size_t in_pos, in_len;
	uint8_t in[IN_BYTES];
};

static enum codec codec_of(struct io_source *src)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	uint8_t head[4];
	int64_t n = io_source_read_at(src, head, sizeof(head), 0);

	if (n >= 2 && !memcmp(head, gzip, sizeof(gzip)))
		return CODEC_GZIP;
	if (n == 4 && !memcmp(head, zstd, sizeof(zstd)))
		return CODEC_ZSTD;
	return CODEC_NONE;
}

bool io_unzip_wanted(struct io_source *src)
{
	return codec_of(src) != CODEC_NONE;
}

static bool start_codec(struct io_unzip *z)
{
	if (z->codec == CODEC_GZIP)
		return inflateInit2(&z->gzip, 15 + 16) == Z_OK;
	z->zstd = ZSTD_createDStream();
	return z->zstd && !ZSTD_isError(ZSTD_initDStream(z->zstd)) &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(z->zstd, ZSTD_d_windowLogMax, MAX_WINDOW_LOG));
}

int io_unzip_open(struct io_unzip **out, struct io_source *src, const char *where,
		  struct km_diag *d)
{
	struct io_unzip *z = calloc(1, sizeof(*z));

	if (!z)
		return km_fail(d, KM_ENOMEM, where, "no memory");
	z->codec = codec_of(src);
	z->src = src;
	z->where = where;
	z->between = true;
	if (z->codec == CODEC_NONE || !start_codec(z)) {
		io_unzip_close(z);
		return km_fail(d, KM_ENOMEM, where, "cannot start unpacking: no memory");
	}
	*out = z;
	return 0;
}

void io_unzip_close(struct io_unzip *z)
{
	if (!z)
		return;
	if (z->codec == CODEC_GZIP)
		inflateEnd(&z->gzip);
	ZSTD_freeDStream(z->zstd);
	free(z);
}

/* One step: from in[] to @buf. The bytes made, or -KM_EFORMAT, -KM_ENOTSUP: too large a window. */
static int64_t step_zstd(struct io_unzip *z, void *buf, size_t n)
{
	ZSTD_inBuffer in = { z->in, z->in_len, z->in_pos };
	ZSTD_outBuffer out = { buf, n, 0 };
	size_t left = ZSTD_decompressStream(z->zstd, &out, &in);

	if (ZSTD_isError(left))
		return ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge ?
			       -KM_ENOTSUP :
			       -KM_EFORMAT;
	z->in_pos = in.pos;
	z->between = left == 0;
	return (int64_t)out.pos;
}

static int64_t step_gzip(struct io_unzip *z, void *buf, size_t n)
{
	if (z->between && z->begun) {
		if (z->in[z->in_pos] == 0) { /* padding after the last member */
			z->in_pos = z->in_len;
			return 0;
		}
		if (inflateReset(&z->gzip) != Z_OK)
			return -KM_EFORMAT;
	}
	z->gzip.next_in = z->in + z->in_pos;
	z->gzip.avail_in = (uInt)(z->in_len - z->in_pos);
	z->gzip.next_out = buf;
	z->gzip.avail_out = (uInt)(n > 1u << 30 ? 1u << 30 : n);

	uInt room = z->gzip.avail_out;
	int rc = inflate(&z->gzip, Z_NO_FLUSH);

	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return -KM_EFORMAT;
	z->in_pos = z->in_len - z->gzip.avail_in;
	z->between = rc == Z_STREAM_END;
	return room - z->gzip.avail_out;
}

static int64_t fill(struct io_unzip *z)
{
	int64_t n = io_source_read_at(z->src, z->in, sizeof(z->in), z->at);

	if (n < 0)
		return n;
	z->at += (uint64_t)n;
	z->in_pos = 0;
	z->in_len = (size_t)n;
	return n;
}

int64_t io_unzip_read(struct io_unzip *z, void *buf, size_t n, struct km_diag *d)
{
	for (;;) {
		int64_t got = z->in_pos == z->in_len ? fill(z) : 1;

		if (got < 0)
			return km_fail(d, KM_EIO, z->where, "cannot read");
		if (got == 0 && z->between)
			return 0;
		size_t before = z->in_pos;
		int64_t made = z->codec == CODEC_ZSTD ? step_zstd(z, buf, n) : step_gzip(z, buf, n);

		z->begun = true;
		z->eaten += z->in_pos - before;
		if (made == -KM_ENOTSUP)
			return km_fail(
				d, KM_ENOTSUP, z->where,
				"zstd data with a window of more than 128 MiB: unpack it with "
				"`zstd -d --long=31`, and give that");
		if (made < 0)
			return km_fail(d, KM_EFORMAT, z->where,
				       "damaged %s data, near byte %llu: fetch the file again",
				       z->codec == CODEC_ZSTD ? "zstd" : "gzip",
				       (unsigned long long)z->eaten);
		if (made > 0)
			return made;
		if (got == 0)
			return 0;
	}
}

uint64_t io_unzip_eaten(const struct io_unzip *z)
{
	return z->eaten;
}

bool io_unzip_cut(const struct io_unzip *z)
{
	return !z->between;
}
