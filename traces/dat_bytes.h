/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounded reading of a byte string in the byte order of the file it is from. Reading past the end
 * gives zeroes and sets .bad, so a parser may check once, after a group of fields.
 */
#ifndef TRACES_DAT_BYTES_H
#define TRACES_DAT_BYTES_H

#include <string.h>

#include "engine/core/types.h"

struct dat_rd {
	const uint8_t *p, *end;
	bool swap; /* the file's byte order is not the host's */
	bool bad;  /* something did not fit */
};

static inline bool dat_host_is_big(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static inline uint16_t dat_u16(const uint8_t *p, bool swap)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t dat_u32(const uint8_t *p, bool swap)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t dat_u64(const uint8_t *p, bool swap)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap64(v) : v;
}

static inline size_t dat_rd_left(const struct dat_rd *r)
{
	return (size_t)(r->end - r->p);
}

/* The next @len bytes, or NULL. */
static inline const uint8_t *dat_rd_bytes(struct dat_rd *r, uint64_t len)
{
	const uint8_t *at = r->p;

	if (r->bad || len > dat_rd_left(r)) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	return at;
}

static inline uint8_t dat_rd_u8(struct dat_rd *r)
{
	const uint8_t *p = dat_rd_bytes(r, 1);

	return p ? *p : 0;
}

static inline uint16_t dat_rd_u16(struct dat_rd *r)
{
	const uint8_t *p = dat_rd_bytes(r, 2);

	return p ? dat_u16(p, r->swap) : (uint16_t)0;
}

static inline uint32_t dat_rd_u32(struct dat_rd *r)
{
	const uint8_t *p = dat_rd_bytes(r, 4);

	return p ? dat_u32(p, r->swap) : 0;
}

static inline uint64_t dat_rd_u64(struct dat_rd *r)
{
	const uint8_t *p = dat_rd_bytes(r, 8);

	return p ? dat_u64(p, r->swap) : 0;
}

/* A NUL-terminated string; "" and .bad where no NUL follows. */
static inline const char *dat_rd_str(struct dat_rd *r)
{
	const uint8_t *nul = r->bad ? NULL : memchr(r->p, 0, dat_rd_left(r));
	const char *at = (const char *)r->p;

	if (!nul) {
		r->bad = true;
		return "";
	}
	r->p = nul + 1;
	return at;
}

#endif
