/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/percpu/percpu_map.h"

static int bad(struct km_diag *d, int32_t n, const char *what, int64_t is, int64_t said)
{
	return km_fail(d, KM_EINVAL, "percpu", "chunk %d: %s is %lld, not %lld", (int)n, what,
		       (long long)is, (long long)said);
}

/* Free runs of [@from, @to): the largest, and those at the edges; all counted from @from. */
struct runs {
	int free, first, largest, left, right;
};

static struct runs runs_of(const uint64_t *map, int from, int to)
{
	struct runs r = { .first = to - from };

	for (int at = from;;) {
		int start = map_next(map, to, at, false), end = map_next(map, to, start, true);

		if (start == to)
			return r;
		r.first = r.first == to - from ? start - from : r.first;
		r.free += end - start;
		r.largest = end - start > r.largest ? end - start : r.largest;
		r.left = start == from ? end - start : r.left;
		r.right = end == to ? end - start : r.right;
		at = end;
	}
}

/* Hints say no more than there is; what they point at is free. */
static int check_md(const struct percpu_chunk *c, int32_t n, const struct percpu_md *md, int from,
		    bool exact, struct km_diag *d)
{
	struct runs r = runs_of(c->alloc_map, from, from + md->nr_bits);

	if (md->contig_hint > r.largest)
		return bad(d, n, "the largest free run", r.largest, md->contig_hint);
	if (md->contig_hint &&
	    map_next(c->alloc_map, from + md->contig_hint_start + md->contig_hint,
		     from + md->contig_hint_start,
		     true) != from + md->contig_hint_start + md->contig_hint)
		return bad(d, n, "the run of the hint at", from, md->contig_hint_start);
	if (md->left_free > r.left || md->right_free > r.right)
		return exact ? bad(d, n, "what is free at an edge", r.left, md->left_free) : 0;
	if (md->first_free > r.first)
		return bad(d, n, "the first free bit", r.first, md->first_free);
	return 0;
}

static int check_chunk(const struct percpu *p, int32_t n, struct km_diag *d)
{
	const struct percpu_chunk *c = &p->chunk[n];
	int bits = chunk_bits(p, c), populated = 0, err = 0;
	struct runs all = runs_of(c->alloc_map, 0, bits);
	int64_t bytes = (int64_t)all.free * p->prof->min_alloc_bytes;

	for (int i = 0; i < c->nr_pages; i++)
		populated += map_has(c->populated, i);
	if (populated != c->nr_populated)
		return bad(d, n, "the number of populated pages", populated, c->nr_populated);
	if (bytes != c->free_bytes)
		return bad(d, n, "the number of free bytes", bytes, c->free_bytes);
	for (int i = 0; i < c->nr_pages && !err; i++)
		err = check_md(c, n, &c->blocks[i], i * p->block_bits, true, d);
	return err ? err : check_md(c, n, &c->md, 0, false, d);
}

/* Populated pages that are wholly free, as the pages' hints have it. */
static int check_empty(const struct percpu *p, int32_t n, struct km_diag *d)
{
	const struct percpu_chunk *c = &p->chunk[n];
	int empty = 0;

	for (int i = 0; i < c->nr_pages; i++)
		empty += map_has(c->populated, i) && c->blocks[i].contig_hint == p->block_bits;
	return empty == c->nr_empty_pop_pages ?
		       0 :
		       bad(d, n, "the number of empty pages", empty, c->nr_empty_pop_pages);
}

/* Every chunk but the reserved one is on one list, once. */
static int check_lists(const struct percpu *p, struct km_diag *d)
{
	int32_t on = 0, are = 0;

	for (int32_t slot = 0; slot < p->nr_slots; slot++)
		for (int32_t n = p->chunk[slot].next; n != slot; n = p->chunk[n].next) {
			if (p->chunk[p->chunk[n].next].prev != n || ++on > p->room)
				return bad(d, n, "its place on a list", p->chunk[n].prev, slot);
			if (p->chunk[n].isolated !=
			    (slot == p->sidelined_slot || slot == p->to_depopulate_slot))
				return bad(d, n, "its list", slot, p->chunk[n].isolated);
		}
	for (int32_t n = p->nr_slots; n < p->room; n++)
		are += p->chunk[n].in_use && !p->chunk[n].reserved;
	return on == are ? 0 : bad(d, 0, "the number of chunks on lists", on, are);
}

int percpu_check(const struct percpu *p, struct km_diag *d)
{
	int64_t empty = 0;
	int err = check_lists(p, d);

	for (int32_t n = p->nr_slots; n < p->room && !err; n++) {
		const struct percpu_chunk *c = &p->chunk[n];

		if (!c->in_use)
			continue;
		err = check_chunk(p, n, d);
		if (!err)
			err = check_empty(p, n, d);
		empty += c->reserved || c->isolated ? 0 : c->nr_empty_pop_pages;
	}
	if (!err && empty != p->empty_pop_pages)
		err = bad(d, 0, "the number of empty pages of all", empty, p->empty_pop_pages);
	return err;
}
