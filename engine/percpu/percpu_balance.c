/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The balancing work: a chunk that is wholly free stays, others go; pages of chunks that have many
 * empty ones go back; a few empty pages are kept populated for requests that may not wait.
 *
 * Kernel: mm/percpu.c:pcpu_balance_free(), pcpu_reclaim_populated(), pcpu_balance_populated(),
 *         pcpu_balance_workfn() [6.1 6.12]
 */
#include "engine/percpu/percpu_map.h"

/* Wholly free chunks but the first; @bare: only those without empty pages. */
static void balance_free(struct percpu *p, bool bare)
{
	int32_t first = p->chunk[p->free_slot].next, next;

	if (p->follows || first == p->free_slot)
		return;
	for (int32_t n = p->chunk[first].next; n != p->free_slot; n = next) {
		next = p->chunk[n].next;
		if (!bare || !p->chunk[n].nr_empty_pop_pages)
			percpu_destroy(p, n);
	}
}

/*
 * From its last page down, runs of populated pages that are empty. False: the empty ones have
 * become too few for that, and the chunk may be allocated from again.
 */
static bool depopulate(struct percpu *p, struct percpu_chunk *c)
{
	int end = -1;

	for (int i = c->nr_pages - 1; i >= 0; i--) {
		if (!c->nr_empty_pop_pages)
			return true;
		if (p->empty_pop_pages < (int64_t)p->prof->empty_high)
			return false;
		bool empty = c->blocks[i].contig_hint == p->block_bits && map_has(c->populated, i);

		end = empty && end < 0 ? i : end;
		if (end >= 0 && (!empty || !i)) {
			set_populated(p, c, empty ? i : i + 1, end + 1, false);
			end = -1;
		}
	}
	return true;
}

static void reclaim_populated(struct percpu *p)
{
	for (int32_t n; (n = p->chunk[p->to_depopulate_slot].next) != p->to_depopulate_slot;) {
		struct percpu_chunk *c = &p->chunk[n];
		bool done = depopulate(p, c);

		if (!done || c->free_bytes == p->unit_bytes) {
			list_take(p, n);
			list_add(p, n, 0, true);
			reintegrate(p, n);
			continue;
		}
		list_take(p, n);
		list_add(p, n, p->sidelined_slot, false);
	}
}

/* Populate up to @want pages of the chunk, the lowest first; how many it did. */
static int64_t populate_some(struct percpu *p, struct percpu_chunk *c, int64_t want)
{
	int64_t done = 0;

	for (int at = 0; done < want;) {
		int from = map_next(c->populated, c->nr_pages, at, false);
		int end = map_next(c->populated, c->nr_pages, from, true);

		if (from == c->nr_pages)
			break;
		if (end - from > want - done)
			end = from + (int)(want - done);
		set_populated(p, c, from, end, true);
		done += end - from;
		at = end;
	}
	return done;
}

/* The first chunk of the list that has pages to be populated; 0: none. */
static int32_t unpopulated_in(const struct percpu *p, int slot)
{
	for (int32_t n = p->chunk[slot].next; n != slot; n = p->chunk[n].next)
		if (p->chunk[n].nr_populated < p->chunk[n].nr_pages)
			return n;
	return 0;
}

static int64_t pages_wanted(struct percpu *p)
{
	int64_t high = p->prof->empty_high, lack = high - p->empty_pop_pages;

	if (p->atomic_failed) {
		p->atomic_failed = false;
		return high;
	}
	return lack < 0 ? 0 : lack < high ? lack : high;
}

static int balance_populated(struct percpu *p)
{
	for (;;) {
		int64_t want = pages_wanted(p);

		for (int slot = slot_of(p, INT64_C(1) << p->page_shift);
		     want && slot <= p->free_slot; slot++) {
			int32_t n = unpopulated_in(p, slot);

			if (n)
				want -= populate_some(p, &p->chunk[n], want);
		}
		if (!want)
			return 0;
		p->wants_chunk = p->follows;
		if (p->follows)
			return 0;
		int32_t n = percpu_create(p, p->next_base++ << 30);

		if (n < 0)
			return n;
	}
}

int percpu_balance(struct percpu *p)
{
	balance_free(p, false);
	reclaim_populated(p);
	int err = balance_populated(p);

	balance_free(p, true);
	return err;
}
