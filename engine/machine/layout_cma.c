/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where contiguous areas lie: at the base that is asked for, or where memblock finds room, one
 * after another.
 *
 * Kernel: mm/cma.c:cma_declare_contiguous_nid() [6.1]
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine/layout_parts.h"

static const uint64_t FOUR_GIB = UINT64_C(4) << 30;

/* CMA_MIN_ALIGNMENT_BYTES */
static uint64_t pageblock_bytes(const struct machine_layout *l)
{
	const struct arch_pages *p = machine_arch_pages(l->arch, l->page_shift);
	unsigned int order = l->pageblock_order ? l->pageblock_order : p->huge_order;

	return UINT64_C(1) << (l->page_shift + order);
}

static uint64_t memory_end(const struct machine_layout *l)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < l->nr_memory; i++)
		end = l->memory[i].end > end ? l->memory[i].end : end;
	return end;
}

/* Where memory begins that the kernel does not map; none: its end. */
static uint64_t highmem_start(const struct machine_layout *l)
{
	for (unsigned int i = 1; i < layout_nr_zones(l); i++)
		if (!strcmp(layout_zone_name(l, i), "HighMem"))
			return layout_zone_end(l, i - 1);
	return memory_end(l);
}

/* Free memory as the zones have it, and the search for room in it. */
struct room {
	const struct machine_layout *l;
	const struct layout_cma *c;
	struct layout_span *v;
	size_t n;
};

/* Kernel: mm/memblock.c:__memblock_find_range_top_down(), …_bottom_up() [6.1]. 0: no room. */
static uint64_t find(const struct room *r, uint64_t from, uint64_t to, bool bottom_up)
{
	uint64_t unit = r->c->alignment;

	for (size_t k = 0; k < r->n; k++) {
		const struct layout_span *v = &r->v[bottom_up ? k : r->n - 1 - k];
		uint64_t start = v->start << r->l->page_shift, end = v->end << r->l->page_shift;

		if (r->c->on_node && v->node != (int)r->c->node)
			continue;
		start = start > from ? start : from;
		start = (start + unit - 1) / unit * unit;
		end = end < to ? end : to;
		if (start < end && end - start >= r->c->bytes && start + unit > start)
			return bottom_up ? start : (end - r->c->bytes) / unit * unit;
	}
	return 0;
}

/*
 * Above what the kernel maps, else from 4 GiB up where there is enough memory, else from the top
 * down. Differs: an i386 with more than 4 GiB keeps what it found above, where 6.1 loses it.
 */
static uint64_t find_anywhere(const struct room *r)
{
	uint64_t end = memory_end(r->l), limit = r->c->limit, high = highmem_start(r->l), at = 0;

	limit = limit && limit < end ? limit : end;
	if (limit > high) {
		at = find(r, high, limit, false);
		limit = high;
	}
	if (!at && end >= FOUR_GIB + r->c->bytes)
		at = find(r, FOUR_GIB, limit, true);
	return at ? at : find(r, 1, limit, false);
}

static bool is_free(const struct room *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->c->base >> r->l->page_shift >= r->v[i].start &&
		    (r->c->base + r->c->bytes) >> r->l->page_shift <= r->v[i].end)
			return !r->c->on_node || r->v[i].node == (int)r->c->node;
	return false;
}

/* ---- what cannot be ---- */

static int wrong_name(const struct machine_layout *l, unsigned int i, struct km_diag *d)
{
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(l->cma[k].name, l->cma[i].name))
			return km_fail(d, KM_EUSAGE, l->cma[i].place, "two CMA areas are called %s",
				       l->cma[i].name);
	return 0;
}

/* Sizes and the limit are rounded to the alignment, a base must have it. */
static int settle_numbers(const struct machine_layout *l, struct layout_cma *c, struct km_diag *d)
{
	uint64_t unit = pageblock_bytes(l), given = c->alignment;
	uint64_t bit = UINT64_C(1) << (l->page_shift + c->order_per_bit);

	if (given & (given - 1))
		return km_fail(d, KM_EUSAGE, c->place,
			       "the alignment of CMA area %s is no power of two", c->name);
	c->alignment = given > unit ? given : unit;
	if (!c->bytes || c->bytes > l->arch->most)
		return km_fail(d, KM_EUSAGE, c->place,
			       c->bytes ? "CMA area %s is larger than any memory" :
					  "CMA area %s has no size",
			       c->name);
	c->bytes = (c->bytes + c->alignment - 1) / c->alignment * c->alignment;
	c->limit = c->limit / c->alignment * c->alignment;
	if (c->base % c->alignment)
		return km_fail(d, KM_EUSAGE, c->place,
			       "CMA area %s does not begin at a multiple of %" PRIu64 " KiB",
			       c->name, c->alignment >> 10);
	if (c->bytes % bit)
		return km_fail(d, KM_EUSAGE, c->place,
			       "a bit of CMA area %s stands for %" PRIu64
			       " KiB; its size is no multiple of that",
			       c->name, bit >> 10);
	return 0;
}

static int wrong_place(const struct machine_layout *l, const struct layout_cma *c,
		       struct km_diag *d)
{
	uint64_t end = memory_end(l), high = highmem_start(l);

	end = c->limit && c->limit < end ? c->limit : end;
	if (c->on_node && c->node >= l->nr_nodes)
		return km_fail(d, KM_EUSAGE, c->place,
			       "CMA area %s is to lie on node %u; there are %u", c->name, c->node,
			       l->nr_nodes);
	if (c->base > end || c->bytes > end - c->base)
		return km_fail(d, KM_EUSAGE, c->place, "CMA area %s does not fit below %#" PRIx64,
			       c->name, end);
	if (c->base && c->base < high && c->base + c->bytes > high)
		return km_fail(d, KM_EUSAGE, c->place,
			       "CMA area %s lies across the end of low memory at %#" PRIx64,
			       c->name, high);
	return 0;
}

int layout_place_cma(struct machine_layout *l, unsigned int i, struct km_diag *d)
{
	struct layout_cma *c = &l->cma[i];
	struct room room = { .l = l, .c = c };
	unsigned int all = l->nr_cma;
	int err = wrong_name(l, i, d);

	err = err ? err : settle_numbers(l, c, d);
	err = err ? err : wrong_place(l, c, d);
	if (err)
		return err;
	l->nr_cma = i; /* memory without the areas before this one */
	err = layout_memory(l, true, &room.v, &room.n);
	l->nr_cma = all;
	if (err)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	bool fits = c->base && is_free(&room);

	if (!c->base) {
		c->base = find_anywhere(&room);
		fits = c->base != 0;
	}
	free(room.v);
	return fits ? 0 :
		      km_fail(d, KM_EUSAGE, c->place,
			      "CMA area %s does not lie within free memory of one zone%s", c->name,
			      c->on_node ? " of its node" : "");
}
