/* SPDX-License-Identifier: GPL-2.0-only */
/* Chunks put right: bytes that are in use whatever the model holds there. */
#include "engine/percpu/percpu_map.h"

/* Its first bit, and how many; false: the chunk has no such bytes. */
bool bits_at(const struct percpu *p, struct percpu_place at, uint64_t size, int *bit, int *bits)
{
	uint32_t unit = p->prof->min_alloc_bytes;

	if (at.chunk < p->nr_slots || at.chunk >= p->room || !p->chunk[at.chunk].in_use)
		return false;
	const struct percpu_chunk *c = &p->chunk[at.chunk];
	int64_t end = ((int64_t)c->nr_pages << p->page_shift) - c->end_offset;

	if (at.off < c->start_offset || at.off >= end || at.off % unit || !size ||
	    size > (uint64_t)(end - at.off))
		return false;
	*bit = (int)(at.off / unit);
	*bits = (int)((size + unit - 1) / unit);
	return true;
}

/* Free what is used of [@from, @to), and as much of its pieces as lies there. */
static void vacate(struct percpu *p, int32_t n, int from, int to)
{
	struct percpu_chunk *c = &p->chunk[n];

	for (;;) {
		int at = map_next(c->alloc_map, to, from, true), old_slot = chunk_slot(p, c);

		if (at >= to)
			return;
		int end = map_next(c->alloc_map, to, at, false);

		/* what was cut in two becomes two */
		map_put(c->bound_map, at, true);
		map_put(c->bound_map, end, true);
		map_fill(c->bound_map, at + 1, end, false);
		map_fill(c->alloc_map, at, end, false);
		c->free_bytes += bytes_of(p, end - at);
		c->md.first_free = c->md.first_free < at ? c->md.first_free : at;
		hints_free(p, c, at, end - at);
		relocate(p, n, old_slot);
		from = end;
	}
}

int percpu_take(struct percpu *p, struct percpu_place at, uint64_t size)
{
	int bit, bits;

	if (!bits_at(p, at, size, &bit, &bits))
		return -KM_EINVAL;
	vacate(p, at.chunk, bit, bit + bits);
	occupy(p, at.chunk, bit, bits);
	reintegrate(p, at.chunk);
	populate(p, at.chunk, bit, bits);
	return 0;
}

int64_t percpu_run(const struct percpu *p, struct percpu_place at, int64_t most)
{
	int bit, bits;

	if (most <= 0 || !bits_at(p, at, 1, &bit, &bits))
		return 0;
	const struct percpu_chunk *c = &p->chunk[at.chunk];
	int64_t run = bytes_of(p, map_next(c->alloc_map, chunk_bits(p, c), bit, true) - bit);

	return run < most ? run : most;
}
