/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The .kmt format, version 1.2, for its writer (kmt_write.c) and its reader (read_kmt.c).
 *
 * file:    magic, u16 major, u16 minor, u32 0; sections; trailer: u64 place of the INDEX section,
 *          trailer magic. All fixed numbers are little-endian; "varint" is LEB128, "signed" a
 *          zigzag varint.
 * section: u32 type, u32 0, u64 payload bytes, u64 0, u64 XXH64 of the payload, u64 XXH64 of
 *          these 32 bytes; then the payload. A reader skips types it does not know. A newer
 *          major version is refused, a newer minor one is read.
 *
 * INFO     { varint length, key, varint length, value }…
 * FILES    packed { varint length, name, varint length, bytes }…: the bundle, by name
 * STRINGS  packed { varint length, bytes }…: the next string ids; id 0 is "" and never written. A
 *          string comes before the first block that uses it
 * EVENTS   varint events, varint first time, varint columns, { varint column, varint bytes,
 *          varint stored bytes, varint packed }…, then the columns (kmt_block.h). A block needs
 *          no other block, only the strings
 * LOSSES   { varint cpu (2^32 - 1: not known), varint length, class, varint events,
 *            varint first ns, varint last ns }…
 * INDEX    varint events, varint first ns, varint last ns, varint place of LOSSES, varint sections,
 *          { varint type, varint place, varint events before it, varint first ns, varint last ns
 *          }… for each STRINGS and EVENTS: to find a block by time or event number
 *
 * packed:  varint bytes, zstd frame.
 */
#ifndef TRACES_KMT_FORMAT_H
#define TRACES_KMT_FORMAT_H

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"
#include "engine/event.h"

#define KMT_MAGIC "\x89KMT\r\n\x1a\n"
#define KMT_TRAILER_MAGIC "KMT end\n"

enum {
	KMT_MAJOR = 1,
	KMT_MINOR = 2,
	KMT_HEADER_BYTES = 16,
	KMT_SECTION_BYTES = 40,
	KMT_TRAILER_BYTES = 16,
	KMT_BLOCK_EVENTS = 1 << 18,
	KMT_MAX_SECTION = 1 << 30,
};

enum kmt_section {
	KMT_INFO = 1,
	KMT_FILES = 2,
	KMT_STRINGS = 3,
	KMT_EVENTS = 4,
	KMT_LOSSES = 5,
	KMT_INDEX = 6,
};

/* ---- bytes that grow ---- */

struct kmt_buf {
	uint8_t *p;
	size_t len, room;
};

static inline int kmt_reserve(struct kmt_buf *b, size_t more)
{
	size_t room = b->room + b->room / 2 + 4096;
	uint8_t *p;

	if (b->room - b->len >= more)
		return 0;
	if (room < b->len + more)
		room = b->len + more;
	p = realloc(b->p, room);
	if (!p)
		return -KM_ENOMEM;
	b->p = p;
	b->room = room;
	return 0;
}

static inline void kmt_buf_release(struct kmt_buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/* The put functions want the room to be there: kmt_reserve() KMT_VARINT_BYTES for each varint. */
enum { KMT_VARINT_BYTES = 10 };

static inline void kmt_put_varint(struct kmt_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		b->p[b->len++] = (uint8_t)(v | 0x80);
	b->p[b->len++] = (uint8_t)v;
}

static inline uint64_t kmt_zigzag(uint64_t v)
{
	return v << 1 ^ (uint64_t)((int64_t)v >> 63);
}

static inline uint64_t kmt_unzigzag(uint64_t v)
{
	return v >> 1 ^ (UINT64_C(0) - (v & 1));
}

static inline void kmt_put_le(uint8_t *p, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline uint64_t kmt_get_le(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* ---- bounded reading: past the end comes 0, and .bad ---- */

struct kmt_rd {
	const uint8_t *p, *end;
	bool bad;
};

static inline uint64_t kmt_get_long_varint(struct kmt_rd *r)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
		uint8_t byte = *r->p++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

static inline uint64_t kmt_get_varint(struct kmt_rd *r)
{
	if (__builtin_expect(r->p < r->end && *r->p < 0x80, 1))
		return *r->p++;
	return kmt_get_long_varint(r);
}

static inline const uint8_t *kmt_get_bytes(struct kmt_rd *r, uint64_t len)
{
	const uint8_t *at = r->p;

	if (r->bad || len > (uint64_t)(r->end - r->p)) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	return at;
}

/* A copy of a "varint length, bytes" as a string; NULL and .bad where there is none. */
static inline char *kmt_get_text(struct kmt_rd *r)
{
	uint64_t len = kmt_get_varint(r);
	const uint8_t *at = kmt_get_bytes(r, len);

	return at ? strndup((const char *)at, (size_t)len) : NULL;
}

#endif
