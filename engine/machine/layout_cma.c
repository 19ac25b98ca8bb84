/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where contiguous areas lie: at the base that is asked for, or where memblock finds room, one
 * after another.
 *
 * Kernel: mm/cma.c:cma_declare_contiguous_nid() [6.1 6.12],
 * drivers/base/dma-contiguous.c:dma_declare_contiguous() [3.5]
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

/* Kernel: kernel/dma/contiguous.c:dma_contiguous_default_area [6.1]: what cma= asks for */
static const char default_area[] = "reserved";

/*
 * Where the architecture has the default area end at most; 0: anywhere.
 * Kernel: arch/x86/kernel/setup.c:setup_arch() (max_pfn_mapped), arch/arm64/mm/init.c:
 * bootmem_init() (arm64_dma_phys_limit) [6.1]
 */
static uint64_t limit_of_arch(const struct machine_layout *l, const struct layout_cma *c)
{
	for (unsigned int i = 0; l->arch->default_cma_in && i < layout_nr_zones(l); i++)
		if (!strcmp(c->name, default_area) &&
		    !strcmp(layout_zone_name(l, i), l->arch->default_cma_in))
			return layout_zone_end(l, i);
	return 0;
}

/* Free memory, whatever its zones, as memblock has it, and the search for room in it. */
struct room {
	const struct machine_layout *l;
	const struct layout_cma *c;
	const struct cma_profile *rules;
	struct layout_span *v;
	size_t n;
};

static int make_room(struct room *r)
{
	int err = layout_memory(r->l, true, &r->v, &r->n);
	size_t n = 0;

	for (size_t i = 0; !err && i < r->n; i++) {
		if (n && r->v[n - 1].end == r->v[i].start && r->v[n - 1].node == r->v[i].node)
			r->v[n - 1].end = r->v[i].end;
		else
			r->v[n++] = r->v[i];
	}
	r->n = n;
	return err;
}

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

/* From 4 GiB up where there is enough memory. */
static uint64_t find_above(const struct room *r, uint64_t limit)
{
	return memory_end(r->l) >= FOUR_GIB + r->c->bytes ? find(r, FOUR_GIB, limit, true) : 0;
}

/*
 * Above what the kernel maps, or from 4 GiB up; else from the top down. 6.1 looks above 4 GiB even
 * if it has found a place, which it then forgets: *@lost, else 0.
 */
static uint64_t find_anywhere(const struct room *r, uint64_t *lost)
{
	uint64_t end = memory_end(r->l), limit = r->c->limit, high = highmem_start(r->l), at = 0;

	if (r->rules->places_plainly)
		return find(r, 1, limit ? limit : high, false);
	limit = limit && limit < end ? limit : end;
	if (r->rules->places_above_first)
		at = find_above(r, limit);
	if (!at && limit > high) {
		at = find(r, high, limit, false);
		limit = high;
	}
	if (!r->rules->places_above_first && end >= FOUR_GIB + r->c->bytes) {
		*lost = at;
		at = find_above(r, limit);
	}
	return at ? at : find(r, 1, limit, false);
}

/* Is all of [base, base + bytes) free memory, on whatever nodes? */
static bool is_free(const struct room *r)
{
	uint64_t at = r->c->base >> r->l->page_shift;
	uint64_t end = (r->c->base + r->c->bytes) >> r->l->page_shift;

	for (size_t i = 0; i < r->n && at < end; i++)
		if (at >= r->v[i].start && at < r->v[i].end &&
		    (!r->c->on_node || r->v[i].node == (int)r->c->node))
			at = r->v[i].end;
	return at >= end;
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

/* What every area is aligned to: CMA_MIN_ALIGNMENT_BYTES; PAGE_SIZE << MAX_ORDER at least [3.5] */
static uint64_t unit_of(const struct machine_layout *l, const struct cma_profile *rules)
{
	uint64_t block = pageblock_bytes(l);
	unsigned int nr_orders = machine_arch_pages(l->arch, l->page_shift)->nr_orders;
	uint64_t most = UINT64_C(1) << (l->page_shift + nr_orders);

	return rules->places_plainly && most > block ? most : block;
}

/* Kernel: drivers/base/dma-contiguous.c:dma_declare_contiguous() [3.5]: what it has no words for */
static int wrong_wish(const struct layout_cma *c, uint64_t unit, struct km_diag *d)
{
	const char *what = c->alignment > unit ? "an alignment of its own" :
			   c->order_per_bit    ? "several pages to a bit" :
			   c->on_node	       ? "a node" :
						 NULL;

	if (!what)
		return 0;
	return km_fail(d, KM_EUSAGE, c->place,
		       "CMA area %s asks for %s: a kernel as old as the modelled one does not have "
		       "that",
		       c->name, what);
}

/* Sizes and the limit are rounded to the alignment, a base must have it, or is rounded up [3.5]. */
static int settle_numbers(const struct machine_layout *l, struct layout_cma *c,
			  const struct cma_profile *rules, struct km_diag *d)
{
	uint64_t unit = unit_of(l, rules), given = c->alignment, most = limit_of_arch(l, c);
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
	if (!c->base && (!c->limit || c->limit > most))
		c->limit = most ? most : c->limit;
	c->limit = c->limit / c->alignment * c->alignment;
	if (rules->places_plainly && c->base <= l->arch->most)
		c->base = (c->base + c->alignment - 1) / c->alignment * c->alignment;
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
		       const struct cma_profile *rules, struct km_diag *d)
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
	if (!rules->places_plainly && c->base && c->base < high && c->base + c->bytes > high)
		return km_fail(d, KM_EUSAGE, c->place,
			       "CMA area %s lies across the end of low memory at %#" PRIx64,
			       c->name, high);
	return 0;
}

/* Two areas overlap: the kernel refuses the later one. */
static int overlaps(const struct machine_layout *l, unsigned int i, struct km_diag *d)
{
	const struct layout_cma *c = &l->cma[i];

	for (unsigned int k = 0; c->base && k < i; k++)
		if (c->base < l->cma[k].base + l->cma[k].bytes &&
		    l->cma[k].base < c->base + c->bytes)
			return km_fail(d, KM_EUSAGE, c->place,
				       "CMA area %s (%#" PRIx64 " to %#" PRIx64
				       ") overlaps area %s (%#" PRIx64 " to %#" PRIx64 ")",
				       c->name, c->base, c->base + c->bytes, l->cma[k].name,
				       l->cma[k].base, l->cma[k].base + l->cma[k].bytes);
	return 0;
}

static int no_room(const struct layout_cma *c, struct km_diag *d)
{
	return km_fail(d, KM_EUSAGE, c->place,
		       c->base ? "CMA area %s does not lie within free memory%s" :
				 "there is no free memory for CMA area %s%s",
		       c->name, c->on_node ? " of its node" : "");
}

/* What was reserved and forgotten is nobody's for ever. */
static int keep_lost(struct machine_layout *l, const struct layout_cma *c, uint64_t at,
		     struct km_diag *d)
{
	struct layout_range *r = &l->reserved[l->nr_reserved];

	if (!at)
		return 0;
	if (l->nr_reserved == LAYOUT_MAX_RANGES)
		return km_fail(d, KM_EUSAGE, c->place, "there are more than %d reserved ranges",
			       LAYOUT_MAX_RANGES);
	*r = (struct layout_range){ .start = at, .end = at + c->bytes };
	memcpy(r->place, c->place, sizeof(r->place));
	l->nr_reserved++;
	return 0;
}

int layout_place_cma(struct machine_layout *l, unsigned int i, struct km_diag *d)
{
	static const struct cma_profile as_6_1;
	struct layout_cma *c = &l->cma[i];
	struct room room = { .l = l, .c = c, .rules = l->cma_rules ? l->cma_rules : &as_6_1 };
	unsigned int all = l->nr_cma;
	uint64_t lost = 0;
	int err = wrong_name(l, i, d);

	if (!err && room.rules->places_plainly)
		err = wrong_wish(c, unit_of(l, room.rules), d);
	err = err ? err : settle_numbers(l, c, room.rules, d);
	err = err ? err : wrong_place(l, c, room.rules, d);
	err = err ? err : overlaps(l, i, d);
	if (err)
		return err;
	l->nr_cma = i; /* memory without the areas before this one */
	err = make_room(&room);
	l->nr_cma = all;
	if (err)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	uint64_t at = c->base ? is_free(&room) ? c->base : 0 : find_anywhere(&room, &lost);

	free(room.v);
	if (!at)
		return no_room(c, d);
	c->base = at;
	return keep_lost(l, c, lost, d);
}
