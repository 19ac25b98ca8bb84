/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an allocation may lie in a chunk: first by hints, then in the map.
 *
 * Kernel: mm/percpu.c:pcpu_check_block_hint(), pcpu_next_hint(), pcpu_next_fit_region(),
 *         pcpu_is_populated(), pcpu_find_block_fit() [6.1 6.12]
 */
#include "engine/percpu/percpu_map.h"

/* Bits that aligning the largest run costs. */
static int lost_to_align(const struct percpu_md *md, int align)
{
	return round_up_to(md->contig_hint_start, align) - md->contig_hint_start;
}

/* Behind the second largest run, where that lies first and is too small; else the first bit. */
static int search_from(const struct percpu_md *md, int bits)
{
	if (md->scan_hint && md->contig_hint_start > md->scan_hint_start && bits > md->scan_hint)
		return md->scan_hint_start + md->scan_hint;
	return md->first_free;
}

/* A place to begin to look, and how many bits from there the search is sure to need. */
struct fit {
	int at, bits;
};

/* The next one from @from on; .at is the chunk's end where there is none. */
static struct fit next_fit(const struct percpu *p, const struct percpu_chunk *c, int from, int bits,
			   int align)
{
	int i = from / p->block_bits, within = from % p->block_bits;
	struct fit f = { from, 0 };

	for (; i < c->nr_pages; i++, within = 0) {
		const struct percpu_md *md = &c->blocks[i];

		if (f.bits) {
			f.bits += md->left_free;
			if (f.bits >= bits)
				return f;
			if (md->left_free == p->block_bits)
				continue;
		}
		int lost = lost_to_align(md, align);

		if (md->contig_hint && md->contig_hint_start >= within &&
		    md->contig_hint >= lost + bits) {
			int start = search_from(md, bits);

			return (struct fit){ i * p->block_bits + start,
					     lost + bits + md->contig_hint_start - start };
		}
		int edge = round_up_to(p->block_bits - md->right_free, align);

		f = (struct fit){ i * p->block_bits + edge, p->block_bits - edge };
		if (f.bits >= bits)
			return f;
	}
	return (struct fit){ chunk_bits(p, c), 0 };
}

/* Are all pages of these bits populated? If not, *@next is the first bit of one that is. */
static bool is_populated(const struct percpu *p, const struct percpu_chunk *c, struct fit f,
			 int *next)
{
	int from = f.at / p->block_bits, end = (f.at + f.bits + p->block_bits - 1) / p->block_bits;
	int hole = map_next(c->populated, end, from, false);

	if (hole >= end)
		return true;
	*next = map_next(c->populated, end, hole + 1, true) * p->block_bits;
	return false;
}

int find_block_fit(const struct percpu *p, const struct percpu_chunk *c, int bits, int align,
		   bool populated_only)
{
	int end = chunk_bits(p, c), next = 0;

	if (lost_to_align(&c->md, align) + bits > c->md.contig_hint)
		return -1;
	struct fit f = next_fit(p, c, search_from(&c->md, bits), bits, align);

	while (f.at < end && populated_only && !is_populated(p, c, f, &next))
		f = next_fit(p, c, next, bits, align);
	return f.at < end ? f.at : -1;
}
