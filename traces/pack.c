/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { GZIP_FRAME = 18, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

struct pack {
	ZSTD_CCtx *c;
	ZSTD_DCtx *d;
};

int pack_open(struct pack **out)
{
	struct pack *p = calloc(1, sizeof(*p));

	if (!p)
		return -KM_ENOMEM;
	p->c = ZSTD_createCCtx();
	p->d = ZSTD_createDCtx();
	if (!p->c || !p->d) {
		pack_close(p);
		return -KM_ENOMEM;
	}
	*out = p;
	return 0;
}

void pack_close(struct pack *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->c);
	ZSTD_freeDCtx(p->d);
	free(p);
}

size_t pack_bound(size_t len)
{
	size_t zstd = ZSTD_compressBound(len), gzip = compressBound(len) + GZIP_FRAME;

	return zstd > gzip ? zstd : gzip;
}

int64_t pack_zstd(struct pack *p, int level, void *out, size_t room, const void *in, size_t len)
{
	size_t got = ZSTD_compressCCtx(p->c, out, room, in, len, level);

	if (!ZSTD_isError(got))
		return (int64_t)got;
	return ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation ? -KM_ENOMEM : -KM_EINVAL;
}

int64_t pack_gzip(int level, void *out, size_t room, const void *in, size_t len)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in, .next_out = out };
	int rc = deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY);

	if (rc != Z_OK)
		return -KM_ENOMEM;
	z.avail_in = (uInt)len;
	z.avail_out = (uInt)room;
	rc = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return rc == Z_STREAM_END ? (int64_t)z.total_out : -KM_EINVAL;
}

int64_t pack_unzstd(struct pack *p, void *out, size_t room, const void *in, size_t len)
{
	size_t got = ZSTD_decompressDCtx(p->d, out, room, in, len);

	if (!ZSTD_isError(got))
		return (int64_t)got;
	return ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation ? -KM_ENOMEM : -KM_EFORMAT;
}

int64_t pack_unzlib(void *out, size_t room, const void *in, size_t len)
{
	uLongf got = room;
	int ret = uncompress(out, &got, in, len);

	if (ret == Z_OK)
		return (int64_t)got;
	return ret == Z_MEM_ERROR ? -KM_ENOMEM : -KM_EFORMAT;
}

/* XXH64 (Yann Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md), seed 0. */

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotl(uint64_t v, unsigned int by)
{
	return v << by | v >> (64 - by);
}

static uint64_t le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(v) : v;
}

static uint32_t le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(v) : v;
}

static uint64_t lane_round(uint64_t acc, uint64_t in)
{
	return rotl(acc + in * P2, 31) * P1;
}

static uint64_t hash_lanes(const uint8_t **p, const uint8_t *end)
{
	uint64_t v[4] = { P1 + P2, P2, 0, UINT64_C(0) - P1 };
	uint64_t h;

	for (; end - *p >= 32; *p += 32) {
		for (unsigned int i = 0; i < 4; i++)
			v[i] = lane_round(v[i], le64(*p + 8 * i));
	}
	h = rotl(v[0], 1) + rotl(v[1], 7) + rotl(v[2], 12) + rotl(v[3], 18);
	for (unsigned int i = 0; i < 4; i++)
		h = (h ^ lane_round(0, v[i])) * P1 + P4;
	return h;
}

uint64_t pack_hash(const void *data, size_t len)
{
	const uint8_t *p = data;
	const uint8_t *end = p + len;
	uint64_t h = len >= 32 ? hash_lanes(&p, end) : P5;

	h += len;
	for (; end - p >= 8; p += 8)
		h = rotl(h ^ lane_round(0, le64(p)), 27) * P1 + P4;
	if (end - p >= 4) {
		h = rotl(h ^ le32(p) * P1, 23) * P2 + P3;
		p += 4;
	}
	for (; p < end; p++)
		h = rotl(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}
