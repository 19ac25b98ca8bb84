/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints: for each page's worth of a chunk and for the whole, the largest free run known
 * (contig_hint), one before it that is smaller (scan_hint), what is free at the edges, and the
 * first free bit. They may say less than there is, never more.
 *
 * Kernel: mm/percpu.c:pcpu_block_update(), pcpu_block_refresh_hint(), pcpu_chunk_refresh_hint(),
 *         pcpu_block_update_hint_alloc(), pcpu_block_update_hint_free() [6.1 6.12]
 */
#include "engine/percpu/percpu_map.h"

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Is [a, a + n) touched by [b, b + m)? */
static bool touches(int a, int n, int b, int m)
{
	return a < b + m && b < a + n;
}

void md_init(struct percpu_md *md, int nr_bits)
{
	*md = (struct percpu_md){ .contig_hint = nr_bits,
				  .left_free = nr_bits,
				  .right_free = nr_bits,
				  .nr_bits = nr_bits };
}

/* A run larger than all before: the old largest may become the one to scan from. */
static void promote(struct percpu_md *md, int start, int run)
{
	if (start <= md->contig_hint_start) {
		md->scan_hint = 0;
	} else if (md->contig_hint > md->scan_hint) {
		md->scan_hint_start = md->contig_hint_start;
		md->scan_hint = md->contig_hint;
	} else if (start < md->scan_hint_start) {
		md->scan_hint = 0;
	}
	md->contig_hint_start = start;
	md->contig_hint = run;
}

static bool aligned_better(int start, int than)
{
	return than &&
	       (!start || __builtin_ctz((unsigned int)start) > __builtin_ctz((unsigned int)than));
}

static void same_size(struct percpu_md *md, int start, int run)
{
	if (aligned_better(start, md->contig_hint_start)) {
		md->contig_hint_start = start;
		if (start < md->scan_hint_start && md->contig_hint > md->scan_hint)
			md->scan_hint = 0;
	} else if (start > md->scan_hint_start || md->contig_hint > md->scan_hint) {
		md->scan_hint_start = start;
		md->scan_hint = run;
	}
}

/* [@start, @end) is free: it reaches as far as it can. */
void md_update(struct percpu_md *md, int start, int end)
{
	int run = end - start;

	md->first_free = least(md->first_free, start);
	if (!start)
		md->left_free = run;
	if (end == md->nr_bits)
		md->right_free = run;
	if (run > md->contig_hint) {
		promote(md, start, run);
	} else if (run == md->contig_hint) {
		same_size(md, start, run);
	} else if (start < md->contig_hint_start &&
		   (run > md->scan_hint || (run == md->scan_hint && start > md->scan_hint_start))) {
		md->scan_hint_start = start;
		md->scan_hint = run;
	}
}

/* Begin anew behind the second largest run, or at the first free bit; where to go on. */
static int demote(struct percpu_md *md, bool all)
{
	int from = md->first_free;

	if (!all && md->scan_hint) {
		from = md->scan_hint_start + md->scan_hint;
		md->contig_hint_start = md->scan_hint_start;
		md->contig_hint = md->scan_hint;
		md->scan_hint = 0;
	} else {
		md->contig_hint = 0;
	}
	return from;
}

/* The largest run of page @index is broken. */
static void refresh_block(const struct percpu *p, struct percpu_chunk *c, int index)
{
	struct percpu_md *md = &c->blocks[index];
	int base = index * p->block_bits, end = base + p->block_bits;
	int at = base + demote(md, false);

	md->right_free = 0;
	for (;;) {
		int start = map_next(c->alloc_map, end, at, false);

		if (start == end)
			return;
		at = map_next(c->alloc_map, end, start, true);
		md_update(md, start - base, at - base);
	}
}

/*
 * The next free run that the pages' hints tell of, from *@at on: its bits, *@at its beginning, the
 * chunk's end where there is none. One that reaches its page's end goes on in the next.
 */
static int next_run(const struct percpu *p, const struct percpu_chunk *c, int *at)
{
	int i = *at / p->block_bits, within = *at % p->block_bits, bits = 0;

	for (; i < c->nr_pages; i++, within = 0) {
		const struct percpu_md *md = &c->blocks[i];

		if (bits) {
			bits += md->left_free;
			if (md->left_free == p->block_bits)
				continue;
			return bits;
		}
		if (md->contig_hint && md->contig_hint_start >= within &&
		    md->contig_hint + md->contig_hint_start < p->block_bits) {
			*at = i * p->block_bits + md->contig_hint_start;
			return md->contig_hint;
		}
		bits = md->right_free;
		*at = (i + 1) * p->block_bits - bits;
	}
	return bits;
}

static void refresh_chunk(const struct percpu *p, struct percpu_chunk *c, bool all)
{
	int at = demote(&c->md, all), end = chunk_bits(p, c);

	for (;;) {
		int bits = next_run(p, c, &at);

		if (at >= end)
			return;
		md_update(&c->md, at, at + bits);
		at += bits + 1;
	}
}

void update_empty_pages(struct percpu *p, struct percpu_chunk *c, int nr)
{
	c->nr_empty_pop_pages += nr;
	if (!c->reserved && !c->isolated)
		p->empty_pop_pages += nr;
}

/* The page that an allocation begins in: [@from, @from + @bits) of it, and perhaps beyond. */
static void first_block(const struct percpu *p, struct percpu_chunk *c, int index, int from,
			int bits)
{
	struct percpu_md *md = &c->blocks[index];
	int base = index * p->block_bits, to = from + bits;
	bool beyond = to > p->block_bits;

	if (from == md->first_free)
		md->first_free =
			beyond ? p->block_bits :
				 map_next(c->alloc_map, base + p->block_bits, base + to, false) -
					 base;
	if (touches(md->scan_hint_start, md->scan_hint, from, bits))
		md->scan_hint = 0;
	if (touches(md->contig_hint_start, md->contig_hint, from, bits)) {
		if (!from)
			md->left_free = 0;
		refresh_block(p, c, index);
	} else {
		md->left_free = least(md->left_free, from);
		md->right_free = beyond ? 0 : least(md->right_free, p->block_bits - to);
	}
}

/* The page that it ends in, where that is another: [0, @to) of it. */
static void last_block(const struct percpu *p, struct percpu_chunk *c, int index, int to)
{
	struct percpu_md *md = &c->blocks[index];
	int base = index * p->block_bits;

	md->first_free = map_next(c->alloc_map, base + p->block_bits, base + to, false) - base;
	if (to == p->block_bits) {
		md->scan_hint = md->contig_hint = md->left_free = md->right_free = 0;
		return;
	}
	if (to > md->scan_hint_start)
		md->scan_hint = 0;
	md->left_free = 0;
	if (to > md->contig_hint_start)
		refresh_block(p, c, index);
	else
		md->right_free = least(md->right_free, p->block_bits - to);
}

void hints_alloc(struct percpu *p, struct percpu_chunk *c, int bit, int bits)
{
	int first = bit / p->block_bits, last = (bit + bits - 1) / p->block_bits, empty = 0;

	/* which were empty is asked before any hint changes */
	empty += c->blocks[first].contig_hint == p->block_bits;
	if (last != first)
		empty += (c->blocks[last].contig_hint == p->block_bits) + last - first - 1;
	first_block(p, c, first, bit % p->block_bits, bits);
	if (last != first)
		last_block(p, c, last, (bit + bits - 1) % p->block_bits + 1);
	for (int i = first + 1; i < last; i++) {
		struct percpu_md *md = &c->blocks[i];

		md->scan_hint = md->contig_hint = md->left_free = md->right_free = 0;
	}
	if (empty)
		update_empty_pages(p, c, -empty);
	if (touches(c->md.scan_hint_start, c->md.scan_hint, bit, bits))
		c->md.scan_hint = 0;
	if (touches(c->md.contig_hint_start, c->md.contig_hint, bit, bits))
		refresh_chunk(p, c, false);
}

/* How far the free run that ends at @from in page @index reaches back. */
static int run_start(const struct percpu *p, const struct percpu_chunk *c, int index, int from)
{
	const struct percpu_md *md = &c->blocks[index];
	int base = index * p->block_bits;

	if (from == md->contig_hint + md->contig_hint_start)
		return md->contig_hint_start;
	int used = map_last(c->alloc_map, base, base + from);

	return used < 0 ? 0 : used + 1 - base;
}

static int run_end(const struct percpu *p, const struct percpu_chunk *c, int index, int to)
{
	const struct percpu_md *md = &c->blocks[index];
	int base = index * p->block_bits;

	if (to == md->contig_hint_start)
		return md->contig_hint_start + md->contig_hint;
	return map_next(c->alloc_map, base + p->block_bits, base + to, true) - base;
}

/*
 * The map already says that they are free. Where a page did not become wholly free the kernel hands
 * the chunk's hints the run's end as counted from its page: behind the first page only the chunk's
 * first free bit can change by that. It is done here as there.
 */
void hints_free(struct percpu *p, struct percpu_chunk *c, int bit, int bits)
{
	int first = bit / p->block_bits, last = (bit + bits - 1) / p->block_bits, empty = 0;
	int start = run_start(p, c, first, bit % p->block_bits);
	int end = run_end(p, c, last, (bit + bits - 1) % p->block_bits + 1);
	int first_end = first == last ? end : p->block_bits;

	empty += !start && first_end == p->block_bits;
	md_update(&c->blocks[first], start, first_end);
	if (first != last) {
		empty += (end == p->block_bits) + last - first - 1;
		md_update(&c->blocks[last], 0, end);
	}
	for (int i = first + 1; i < last; i++) {
		int scan = c->blocks[i].scan_hint_start;

		md_init(&c->blocks[i], p->block_bits);
		c->blocks[i].scan_hint_start = scan;
	}
	if (empty)
		update_empty_pages(p, c, empty);
	if (end - start >= p->block_bits || first != last)
		refresh_chunk(p, c, true);
	else
		md_update(&c->md, first * p->block_bits + start, end);
}
