/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/cma/cma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cma_area_init(struct cma_area *a, const char *name, struct pfn base, uint64_t pages,
		  unsigned int order_per_bit)
{
	struct cma_area tmp = { .base = base, .pages = pages, .order_per_bit = order_per_bit };

	if (!pages || order_per_bit > 30)
		return -KM_EINVAL;
	tmp.nr_words = (size_t)((pages >> order_per_bit) + 31) / 32;
	tmp.bitmap = calloc(tmp.nr_words ? tmp.nr_words : 1, sizeof(*tmp.bitmap));
	if (!tmp.bitmap)
		return -KM_ENOMEM;
	snprintf(tmp.name, sizeof(tmp.name), "%s", name);
	*a = tmp;
	return 0;
}

void cma_area_release(struct cma_area *a)
{
	free(a->bitmap);
	a->bitmap = NULL;
}

static uint64_t nr_bits(const struct cma_area *a)
{
	return a->pages >> a->order_per_bit;
}

static bool bit_of(const struct cma_area *a, uint64_t bit)
{
	return a->bitmap[bit / 32] >> (bit % 32) & 1;
}

uint64_t cma_find(const struct cma_area *a, uint64_t pages, unsigned int align, uint64_t from)
{
	uint64_t bits = ((pages - 1) >> a->order_per_bit) + 1;
	uint64_t mask = align <= a->order_per_bit ? 0 :
						    (UINT64_C(1) << (align - a->order_per_bit)) - 1;
	uint64_t offset = (a->base.nr & ((UINT64_C(1) << align) - 1)) >> a->order_per_bit;

	for (uint64_t at = from; at < nr_bits(a);) {
		if (bit_of(a, at)) {
			at++;
			continue;
		}
		at = ((at + offset + mask) & ~mask) - offset;
		uint64_t run = 0;

		if (at + bits > nr_bits(a))
			return UINT64_MAX;
		while (run < bits && !bit_of(a, at + run))
			run++;
		if (run == bits)
			return at;
		at += run + 1;
	}
	return UINT64_MAX;
}

void cma_mark(struct cma_area *a, struct pfn at, uint64_t pages, bool used)
{
	uint64_t first = (at.nr - a->base.nr) >> a->order_per_bit;
	uint64_t bits = ((pages - 1) >> a->order_per_bit) + 1;

	for (uint64_t bit = first; bit < first + bits && bit < nr_bits(a); bit++) {
		if (used)
			a->bitmap[bit / 32] |= 1u << (bit % 32);
		else
			a->bitmap[bit / 32] &= ~(1u << (bit % 32));
	}
}

uint64_t cma_used_pages(const struct cma_area *a)
{
	uint64_t used = 0;

	for (uint64_t bit = 0; bit < nr_bits(a); bit++)
		used += bit_of(a, bit);
	return used << a->order_per_bit;
}

uint64_t cma_maxchunk_pages(const struct cma_area *a)
{
	uint64_t longest = 0, run = 0;

	for (uint64_t bit = 0; bit < nr_bits(a); bit++) {
		run = bit_of(a, bit) ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest << a->order_per_bit;
}
