/* SPDX-License-Identifier: GPL-2.0-only */
/* The bitmap of an area, searched a word at a time. */
#include "engine/cma/cma.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 32 };

static uint64_t nr_bits(const struct cma_area *a)
{
	return a->pages >> a->order_per_bit;
}

int cma_area_init(struct cma_area *a, const char *name, struct pfn base, uint64_t pages,
		  unsigned int order_per_bit)
{
	struct cma_area tmp = { .base = base, .pages = pages, .order_per_bit = order_per_bit };

	if (order_per_bit > 30)
		return -KM_EINVAL;
	tmp.nr_words = (size_t)(nr_bits(&tmp) + WORD - 1) / WORD;
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

/* ---- bits ---- */

static uint64_t bits_of(const struct cma_area *a, uint64_t pages)
{
	return pages ? ((pages - 1) >> a->order_per_bit) + 1 : 0;
}

/*
 * The first bit at or after @from that is set, or clear; @end where there is none before it.
 * Kernel: lib/find_bit.c:_find_next_bit(), _find_next_zero_bit() [6.1]
 */
static uint64_t next_bit(const struct cma_area *a, uint64_t from, uint64_t end, bool set)
{
	uint32_t other = set ? 0 : UINT32_MAX, skip = UINT32_MAX << from % WORD;

	for (uint64_t at = from - from % WORD; at < end; at += WORD, skip = UINT32_MAX) {
		uint32_t word = (a->bitmap[at / WORD] ^ other) & skip;

		if (word) {
			at += (unsigned int)__builtin_ctz(word);
			return at < end ? at : end;
		}
	}
	return end;
}

/* The last bit of [@from, @end) that is set; @end: none is. */
static uint64_t last_set(const struct cma_area *a, uint64_t from, uint64_t end)
{
	uint32_t keep = UINT32_MAX >> (WORD - 1 - (end - 1) % WORD);

	for (uint64_t at = (end - 1) / WORD * WORD;; at -= WORD, keep = UINT32_MAX) {
		uint32_t word = a->bitmap[at / WORD] & keep;

		if (word) {
			at += WORD - 1 - (unsigned int)__builtin_clz(word);
			return at >= from ? at : end;
		}
		if (at <= from)
			return end;
	}
}

/* Kernel: mm/cma.c:cma_bitmap_aligned_mask() [6.1] */
static uint64_t mask_of(const struct cma_area *a, unsigned int align)
{
	if (align <= a->order_per_bit)
		return 0;
	return align - a->order_per_bit < 63 ? (UINT64_C(1) << (align - a->order_per_bit)) - 1 :
					       UINT64_MAX >> 1;
}

/* Kernel: mm/cma.c:cma_bitmap_aligned_offset() [6.1] */
static uint64_t offset_of(const struct cma_area *a, unsigned int align)
{
	uint64_t low = align < 64 ? (UINT64_C(1) << align) - 1 : UINT64_MAX;

	return a->aligns_bits ? 0 : (a->base.nr & low) >> a->order_per_bit;
}

/*
 * A range with a set bit is passed by up to its last one, not its first: no range between them
 * fits, and long ranges are looked at in few places.
 */
uint64_t cma_find(const struct cma_area *a, uint64_t pages, unsigned int align, uint64_t from)
{
	uint64_t bits = bits_of(a, pages), nr = nr_bits(a), at = from;
	uint64_t mask = mask_of(a, align), offset = offset_of(a, align);

	if (!bits || bits > nr)
		return UINT64_MAX;
	while (at < nr) {
		at = next_bit(a, at, nr, false);
		at = ((at + offset + mask) & ~mask) - offset;
		if (at > nr - bits)
			break;
		uint64_t used = last_set(a, at, at + bits);

		if (used == at + bits)
			return at;
		at = used + 1;
	}
	return UINT64_MAX;
}

uint64_t cma_next(const struct cma_area *a, unsigned int align, uint64_t at)
{
	return at + mask_of(a, align) + 1;
}

/* Bits [*@first, *@end) that [@at, @at + @pages) covers. */
static void span_of(const struct cma_area *a, struct pfn at, uint64_t pages, uint64_t *first,
		    uint64_t *end)
{
	*first = (at.nr - a->base.nr) >> a->order_per_bit;
	*end = *first + bits_of(a, pages);
	*end = *end < nr_bits(a) ? *end : nr_bits(a);
}

void cma_mark(struct cma_area *a, struct pfn at, uint64_t pages, bool used)
{
	uint64_t bit, end;

	for (span_of(a, at, pages, &bit, &end); bit < end; bit = (bit / WORD + 1) * WORD) {
		uint64_t left = end - bit / WORD * WORD;
		uint32_t mask = UINT32_MAX << bit % WORD;

		if (left < WORD)
			mask &= UINT32_MAX >> (WORD - left);
		if (used)
			a->bitmap[bit / WORD] |= mask;
		else
			a->bitmap[bit / WORD] &= ~mask;
	}
}

bool cma_marked(const struct cma_area *a, struct pfn at, uint64_t pages)
{
	uint64_t first, end;

	span_of(a, at, pages, &first, &end);
	return first < end && next_bit(a, first, end, false) == end;
}

uint64_t cma_used_pages(const struct cma_area *a)
{
	uint64_t used = 0;

	for (size_t i = 0; i < a->nr_words; i++)
		used += (unsigned int)__builtin_popcount(a->bitmap[i]);
	return used << a->order_per_bit;
}

uint64_t cma_maxchunk_pages(const struct cma_area *a)
{
	uint64_t longest = 0, nr = nr_bits(a), end;

	for (uint64_t at = 0; at < nr; at = end) {
		at = next_bit(a, at, nr, false);
		end = next_bit(a, at, nr, true);
		longest = end - at > longest ? end - at : longest;
	}
	return longest << a->order_per_bit;
}

/* ---- against the pages ---- */

void cma_hand_out(struct pages *p, struct pfn at)
{
	*frame_at(p->frames, at, 0) = (struct frame){ .state = FRAME_ALLOC, .mt = KM_UNMOVABLE };
	frames_count_used(p->frames, at, 0, KM_UNMOVABLE, 1);
}

/* Kernel: none; what alloc_contig_range() leaves behind */
static bool is_handed_out(const struct pages *p, struct pfn at)
{
	const struct frame *fr = frames_has(p->frames, at) ? frame_at(p->frames, at, 0) : NULL;

	return fr && fr->state == FRAME_ALLOC && !fr->order && fr->mt == KM_UNMOVABLE && !fr->lru;
}

/*
 * Of a bit that stands for several pages, those that were not asked for stay free: one of them
 * must be handed out.
 */
static int check_bit(const struct cma_area *a, const struct pages *p, uint64_t bit,
		     struct km_diag *d)
{
	struct pfn first = pfn_plus(a->base, bit << a->order_per_bit);

	for (uint64_t i = 0; i < pages_of(a->order_per_bit); i++)
		if (is_handed_out(p, pfn_plus(first, i)))
			return 0;
	return km_fail(d, KM_EINVAL, a->name,
		       "bit %" PRIu64 " is set, but no page of it at pfn %#" PRIx64
		       " is handed out",
		       bit, first.nr);
}

int cma_check(const struct cma_area *a, const struct pages *p, struct km_diag *d)
{
	uint64_t nr = nr_bits(a);
	int err = 0;

	for (uint64_t bit = next_bit(a, 0, nr, true); !err && bit < nr;
	     bit = next_bit(a, bit + 1, nr, true))
		err = check_bit(a, p, bit, d);
	return err;
}

int cma_check_range(const struct cma_area *a, const struct pages *p, struct pfn at, uint64_t pages,
		    struct km_diag *d)
{
	uint64_t bit, end;
	int err = 0;

	if (!cma_marked(a, at, pages))
		return km_fail(d, KM_EINVAL, a->name,
			       "pfn %#" PRIx64 " was handed out, but a bit of it is clear", at.nr);
	for (span_of(a, at, pages, &bit, &end); !err && bit < end; bit++)
		err = check_bit(a, p, bit, d);
	return err;
}
