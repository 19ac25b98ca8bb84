/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records in the ring buffer pages of one CPU, one after the other, without a copy.
 *
 * A page: u64 time, commit word (bytes in use; bit 31: events were lost before it, bit 30: how
 * many stands behind its data), records. A record: 5 bits type or length, 27 bits time since the
 * last one, data.
 *
 * Kernel: kernel/trace/ring_buffer.c, include/linux/ring_buffer.h [2.6.34 3.5 6.1 6.12]
 */
#ifndef TRACES_DAT_PAGE_H
#define TRACES_DAT_PAGE_H

#include "traces/dat_file.h"

enum { DAT_LOST_UNKNOWN = -1 };

struct dat_cursor {
	const struct dat_file *f;
	const struct dat_region *region;
	unsigned int commit_size, data_offset; /* of the page's layout */

	/* the current record */
	const uint8_t *data;
	uint32_t len;
	uint64_t ts;	/* nanoseconds, or what the clock counts */
	int64_t missed; /* events lost before it, DAT_LOST_UNKNOWN, or 0 */

	const uint8_t *p, *end; /* rest of the current page */
	uint64_t raw_ts, page_ts;
	uint64_t file_at;  /* next page or packed chunk */
	uint64_t pages_at; /* where the current page or its chunk is in the file */
	uint64_t held_at;  /* from here on the mapping may be resident */
	uint8_t *chunk;	   /* unpacked pages, and how many of their bytes are behind us */
	size_t chunk_len, chunk_at;
	uint32_t chunks_left;

	int damage; /* 0, -KM_ETRUNC or -KM_EFORMAT: why the stream ended early */
	uint64_t damage_at;
	const char *damage_what;
};

/* Start at the first record of @region. The page layout is that of @f's header_page. */
void dat_cursor_init(struct dat_cursor *c, const struct dat_file *f,
		     const struct dat_region *region);
void dat_cursor_release(struct dat_cursor *c);

/* Step to the next record; false at the end, and where the damage begins (.damage). */
bool dat_cursor_next(struct dat_cursor *c);

#endif
