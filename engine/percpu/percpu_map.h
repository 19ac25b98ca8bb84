/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this room share: bit maps, a chunk's hints. Bits [from, to).
 *
 * Kernel: none
 */
#ifndef KM_PERCPU_MAP_H
#define KM_PERCPU_MAP_H

#include "engine/percpu/percpu.h"

static inline bool map_has(const uint64_t *map, int bit)
{
	return map[bit >> 6] >> (bit & 63) & 1;
}

static inline void map_put(uint64_t *map, int bit, bool on)
{
	uint64_t mask = UINT64_C(1) << (bit & 63);

	map[bit >> 6] = on ? map[bit >> 6] | mask : map[bit >> 6] & ~mask;
}

static inline void map_fill(uint64_t *map, int from, int to, bool on)
{
	for (int i = from; i < to; i++)
		map_put(map, i, on);
}

/* The first bit of [@from, @end) that is @on, else @end. */
static inline int map_next(const uint64_t *map, int end, int from, bool on)
{
	while (from < end) {
		uint64_t word = on ? map[from >> 6] : ~map[from >> 6];

		word >>= from & 63;
		if (word) {
			from += __builtin_ctzll(word);
			return from < end ? from : end;
		}
		from = (from | 63) + 1;
	}
	return end;
}

/* The last bit of [@from, @end) that is set, else -1. */
static inline int map_last(const uint64_t *map, int from, int end)
{
	for (int i = end - 1; i >= from; i--) {
		if (!map[i >> 6] && (i & 63) == 63 && i - 63 >= from) {
			i -= 63;
			continue;
		}
		if (map_has(map, i))
			return i;
	}
	return -1;
}

static inline int round_up_to(int at, int align)
{
	return (at + align - 1) / align * align;
}

static inline int chunk_bits(const struct percpu *p, const struct percpu_chunk *c)
{
	return c->nr_pages * p->block_bits;
}

/* percpu_hints.c; a free run of a page or a chunk; the hints after bits came to be used, or free */
void md_init(struct percpu_md *md, int nr_bits);
void md_update(struct percpu_md *md, int start, int end);
void hints_alloc(struct percpu *p, struct percpu_chunk *c, int bit, int bits);
void hints_free(struct percpu *p, struct percpu_chunk *c, int bit, int bits);

/* percpu_hints.c: so many of a chunk's populated pages have become empty, or (negative) not */
void update_empty_pages(struct percpu *p, struct percpu_chunk *c, int nr);

/* percpu_find.c: where to begin to look for @bits in @c; -1: not in this chunk */
int find_block_fit(const struct percpu *p, const struct percpu_chunk *c, int bits, int align,
		   bool populated_only);

/* percpu_right.c: the first bit of these bytes, and how many; false: the chunk has none such */
bool bits_at(const struct percpu *p, struct percpu_place at, uint64_t size, int *bit, int *bits);

/* percpu.c */
int64_t bytes_of(const struct percpu *p, int bits);
int chunk_slot(const struct percpu *p, const struct percpu_chunk *c);
void occupy(struct percpu *p, int32_t n, int at, int bits);
void populate(struct percpu *p, int32_t n, int at, int bits);
int slot_of(const struct percpu *p, int64_t bytes);
void list_take(struct percpu *p, int32_t n);
void list_add(struct percpu *p, int32_t n, int slot, bool front);
void relocate(struct percpu *p, int32_t n, int old_slot);
void reintegrate(struct percpu *p, int32_t n);
void set_populated(struct percpu *p, struct percpu_chunk *c, int from, int to, bool on);

#endif
