/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_page.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum record_type {
	REC_BIG = 0,
	REC_MAX_SMALL = 28,
	REC_PADDING = 29,
	REC_EXTEND = 30,
	REC_STAMP = 31
};

enum {
	DELTA_BITS = 27,
	COMMIT_MASK = (1 << DELTA_BITS) - 1,
	MAX_CHUNK = 256 << 20,
	WINDOW_BYTES = 1 << 20,
};

#define COMMIT_MISSED (UINT64_C(1) << 31)
#define COMMIT_STORED (UINT64_C(1) << 30)
#define STAMP_HIGH (~UINT64_C(0) << 59)

/* The number behind "@key:" in the line of header_page that declares @field; 0 without one. */
static unsigned int layout_value(const struct dat_file *f, const char *field, const char *key)
{
	char line[160];
	const char *p = f->header_page.text;
	const char *end = p ? p + f->header_page.len : NULL;
	const char *at = p ? memmem(p, (size_t)(end - p), field, strlen(field)) : NULL;

	if (!at)
		return 0;
	size_t n = (size_t)(end - at) < sizeof(line) - 1 ? (size_t)(end - at) : sizeof(line) - 1;

	memcpy(line, at, n);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	const char *value = strstr(line, key);

	return value ? (unsigned int)strtoul(value + strlen(key), NULL, 10) : 0;
}

void dat_cursor_init(struct dat_cursor *c, const struct dat_file *f,
		     const struct dat_region *region)
{
	unsigned int size = layout_value(f, " commit;", "size:");
	unsigned int data = layout_value(f, " data;", "offset:");

	memset(c, 0, sizeof(*c));
	c->f = f;
	c->region = region;
	c->commit_size = size == 4 || size == 8 ? size : f->long_size;
	c->data_offset = data >= 8 + c->commit_size && data < 64 ? data : 8 + c->commit_size;
	c->file_at = c->held_at = region->offset;
	if (f->codec != DAT_PLAIN && region->offset <= f->len && f->len - region->offset >= 4) {
		c->chunks_left = dat_u32(f->map + region->offset, f->swap);
		c->file_at += 4;
	}
}

void dat_cursor_release(struct dat_cursor *c)
{
	free(c->chunk);
	c->chunk = NULL;
}

static bool damaged(struct dat_cursor *c, int code, uint64_t at, const char *what)
{
	c->damage = code;
	c->damage_at = at;
	c->damage_what = what;
	c->p = c->end = NULL;
	c->file_at = UINT64_MAX;
	c->chunks_left = 0;
	c->chunk_at = c->chunk_len = 0;
	return false;
}

static uint64_t region_end(const struct dat_cursor *c)
{
	const struct dat_region *r = c->region;

	return r->size > c->f->len || r->offset > c->f->len - r->size ? c->f->len :
									r->offset + r->size;
}

/* What is behind need not stay in memory: the file has it. */
static void let_go(struct dat_cursor *c)
{
	uint64_t unit = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t from = c->held_at + unit - 1 - (c->held_at + unit - 1) % unit;
	uint64_t to = c->pages_at - c->pages_at % unit;

	c->held_at = c->pages_at;
	if (from < to)
		madvise((void *)(uintptr_t)(c->f->map + from), (size_t)(to - from), MADV_DONTNEED);
}

static bool next_chunk(struct dat_cursor *c)
{
	const struct dat_file *f = c->f;
	struct dat_rd r = { .p = f->map + c->file_at, .end = f->map + f->len, .swap = f->swap };
	uint32_t packed = dat_rd_u32(&r);
	uint32_t size = dat_rd_u32(&r);
	const uint8_t *in = dat_rd_bytes(&r, packed);

	if (!in)
		return damaged(c, -KM_ETRUNC, f->len,
			       "the file ends inside a compressed chunk of event data");
	free(c->chunk);
	c->chunk = size && size <= MAX_CHUNK ? malloc(size) : NULL;
	if (!c->chunk)
		return damaged(c, -KM_EFORMAT, c->file_at,
			       "a compressed chunk has an impossible size");
	int64_t got = f->codec == DAT_ZLIB ? pack_unzlib(c->chunk, size, in, packed) :
					     pack_unzstd(f->pack, c->chunk, size, in, packed);

	if (got < 0)
		return damaged(c, -KM_EFORMAT, c->file_at,
			       "a compressed chunk does not decompress");
	c->pages_at = c->file_at;
	c->chunk_len = (size_t)got;
	c->chunk_at = 0;
	c->chunks_left--;
	c->file_at += 8 + (uint64_t)packed;
	if (c->pages_at - c->held_at >= WINDOW_BYTES)
		let_go(c);
	return true;
}

/* The next page's bytes, at most @f->page_size of them; NULL at the end. */
static const uint8_t *next_page(struct dat_cursor *c, size_t *len)
{
	const struct dat_file *f = c->f;
	const uint8_t *at;

	if (f->codec != DAT_PLAIN) {
		if (c->chunk_at == c->chunk_len && (!c->chunks_left || !next_chunk(c)))
			return NULL;
		*len = c->chunk_len - c->chunk_at;
		*len = *len < f->page_size ? *len : f->page_size;
		at = c->chunk + c->chunk_at;
		c->chunk_at += *len;
		return at;
	}
	uint64_t end = region_end(c);

	if (c->file_at >= end)
		return NULL;
	*len = end - c->file_at < f->page_size ? (size_t)(end - c->file_at) : f->page_size;
	at = f->map + c->file_at;
	c->pages_at = c->file_at;
	c->file_at += *len;
	if (c->pages_at - c->held_at >= WINDOW_BYTES)
		let_go(c);
	return at;
}

static int64_t missed_before(const struct dat_cursor *c, const uint8_t *page, size_t len,
			     uint64_t commit)
{
	size_t behind = c->data_offset + (size_t)(commit & COMMIT_MASK);

	if (!(commit & COMMIT_MISSED))
		return 0;
	if (!(commit & COMMIT_STORED) || behind + c->commit_size > len)
		return DAT_LOST_UNKNOWN;
	uint64_t n = c->commit_size == 8 ? dat_u64(page + behind, c->f->swap) :
					   dat_u32(page + behind, c->f->swap);

	return n && n <= INT64_MAX ? (int64_t)n : DAT_LOST_UNKNOWN;
}

/* At the end of what the file has of this CPU: was there to be more? */
static bool at_end(struct dat_cursor *c)
{
	const struct dat_region *r = c->region;
	uint64_t end = region_end(c);

	if (!c->damage && (end < r->offset || end - r->offset < r->size))
		damaged(c, -KM_ETRUNC, c->f->len, "the file ends inside its event data");
	return false;
}

static bool load_page(struct dat_cursor *c)
{
	size_t len;
	const uint8_t *page = next_page(c, &len);

	if (!page)
		return at_end(c);
	if (len < c->data_offset)
		return damaged(c, -KM_ETRUNC, c->pages_at + len,
			       "the file ends inside a ring buffer page");
	uint64_t commit = c->commit_size == 8 ? dat_u64(page + 8, c->f->swap) :
						dat_u32(page + 8, c->f->swap);
	uint64_t used = commit & COMMIT_MASK;
	int64_t missed = missed_before(c, page, len, commit);

	if (used > c->f->page_size - c->data_offset)
		return damaged(c, -KM_EFORMAT, c->pages_at,
			       "a ring buffer page claims more bytes than it has");
	c->page_ts = c->raw_ts = dat_u64(page, c->f->swap);
	c->p = page + c->data_offset;
	c->end = used > len - c->data_offset ? page + len : c->p + used;
	if (missed)
		c->missed = missed;
	return true;
}

static uint64_t clock_ns(const struct dat_file *f, uint64_t ts)
{
	if (f->tsc.mult)
		ts = (uint64_t)((unsigned __int128)ts * f->tsc.mult >> f->tsc.shift) +
		     f->tsc.offset;
	return ts + (uint64_t)f->ts_offset;
}

/* A record's length does not fit its page: the file's last page was cut, or the page is damaged. */
static bool overrun(struct dat_cursor *c)
{
	uint64_t at = c->f->codec == DAT_PLAIN ? (uint64_t)(c->p - c->f->map) : c->pages_at;

	if (c->f->codec == DAT_PLAIN && c->end == c->f->map + c->f->len)
		return damaged(c, -KM_ETRUNC, c->f->len, "the file ends inside a ring buffer page");
	return damaged(c, -KM_EFORMAT, at, "a record is longer than its ring buffer page");
}

/* Step over the record at .p; true when it is one with data. */
static bool take(struct dat_cursor *c, bool *ok)
{
	size_t left = (size_t)(c->end - c->p);
	bool swap = c->f->swap;
	uint32_t head = left >= 4 ? dat_u32(c->p, swap) : 0;
	uint32_t type = c->f->big_endian ? head >> DELTA_BITS : head & 31;
	uint32_t delta = c->f->big_endian ? head & COMMIT_MASK : head >> 5;
	uint32_t word = left >= 8 ? dat_u32(c->p + 4, swap) : 0;
	size_t skip = type == REC_EXTEND || type == REC_STAMP ? 8 : 4 + 4 * (size_t)type;

	if (type == REC_BIG || type == REC_PADDING)
		skip = 4 + (((size_t)word + 3) & ~(size_t)3);
	if (type == REC_PADDING && !delta)
		skip = left; /* the rest of the page is unused */
	*ok = left >= 4 && skip <= left && !(type == REC_BIG && (left < 8 || word < 4));
	if (!*ok)
		return overrun(c);
	if (type == REC_EXTEND)
		c->raw_ts += ((uint64_t)word << DELTA_BITS) + delta;
	else if (type == REC_STAMP)
		c->raw_ts = ((uint64_t)word << DELTA_BITS) + delta + (c->page_ts & STAMP_HIGH);
	else
		c->raw_ts += delta;
	c->data = c->p + (type == REC_BIG ? 8 : 4);
	c->len = (uint32_t)(type == REC_BIG ? word - 4 : 4 * type);
	c->p += skip;
	return type <= REC_MAX_SMALL;
}

bool dat_cursor_next(struct dat_cursor *c)
{
	bool ok = true;

	c->missed = 0;
	for (;;) {
		while (c->p == c->end) {
			if (!load_page(c))
				return false;
		}
		if (take(c, &ok)) {
			c->ts = clock_ns(c->f, c->raw_ts);
			return true;
		}
		if (!ok)
			return false;
	}
}
