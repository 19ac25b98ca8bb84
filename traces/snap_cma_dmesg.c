/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous areas as dmesg tells of them: where they lie and how large they are, to the MiB.
 *
 * 1. "cma: Reserved 64 MiB at 0x000000003b000000": the first is the default area; its bits stand
 * for a page each.
 * 2. "Reserved memory: created CMA memory pool at 0x000000008c000000, size 256 MiB", and behind it
 * "initialized node linux,cma, compatible id shared-dma-pool": an area of the device tree.
 *
 * Other areas of the first kind have names, and maybe larger bits, that no line tells of: they are
 * called by their addresses.
 *
 * Kernel: mm/cma.c:cma_declare_contiguous_nid(), kernel/dma/contiguous.c:rmem_cma_setup(),
 * drivers/of/of_reserved_mem.c:__reserved_mem_init_node() [6.1 6.12]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

enum { MIB_SHIFT = 20, MOST = 32 };

/* Behind @text, where the line has it; NULL: it has not. */
static const char *behind(const struct snap_lines *l, const char *text)
{
	const char *at = memmem(l->line, (size_t)(l->stop - l->line), text, strlen(text));

	return at ? at + strlen(text) : NULL;
}

/* "0x3b000000" at @p. */
static bool hex_at(const char *p, const char *stop, uint64_t *out)
{
	char text[32];
	size_t len = p && p < stop ? (size_t)(stop - p) : 0;
	char *end;

	len = len < sizeof(text) ? len : sizeof(text) - 1;
	memcpy(text, p ? p : "", len);
	text[len] = '\0';
	if (strncmp(text, "0x", 2))
		return false;
	*out = strtoull(text, &end, 16);
	return end > text + 2;
}

/* Is all of [@base, @base + @count) of a zone with so many CMA pages, and no other area's? */
static bool fits(const struct km_snapshot *s, uint64_t base, uint64_t count)
{
	bool in_zone = false;

	for (unsigned int i = 0; i < s->nr_zones; i++) {
		const struct km_snap_zone *z = &s->zones[i];

		in_zone |= z->cma >= count && base >= z->start_pfn && count <= z->spanned &&
			   base - z->start_pfn <= z->spanned - count;
	}
	for (unsigned int i = 0; i < s->nr_cma && in_zone; i++)
		in_zone = base >= s->cma[i].base_pfn + s->cma[i].count ||
			  base + count <= s->cma[i].base_pfn;
	return in_zone;
}

/* -KM_ENOMEM. What no zone knows of is left out. */
static int add(struct km_snapshot *s, uint64_t at, uint64_t mib, unsigned int page_shift)
{
	uint64_t count = mib < UINT64_C(1) << 32 ? mib << MIB_SHIFT >> page_shift : 0;

	if (!count || at & ((UINT64_C(1) << page_shift) - 1) || s->nr_cma == MOST ||
	    !fits(s, at >> page_shift, count))
		return 0;
	struct km_snap_cma *areas = realloc(s->cma, (s->nr_cma + 1) * sizeof(*areas));

	if (!areas)
		return -KM_ENOMEM;
	s->cma = areas;
	areas[s->nr_cma++] = (struct km_snap_cma){ .base_pfn = at >> page_shift, .count = count };
	return 0;
}

static struct km_snap_cma *last_of(struct km_snapshot *s)
{
	return &s->cma[s->nr_cma - 1];
}

/* "initialized node linux,cma, compatible id …": the name ends at the last comma before that. */
static void take_name(const struct snap_lines *l, struct km_snap_cma *a)
{
	const char *p = behind(l, "initialized node "), *end = behind(l, ", compatible id ");
	size_t len = p && end && end > p ? (size_t)(end - p) - strlen(", compatible id ") : 0;

	if (len && len < sizeof(a->name))
		snprintf(a->name, sizeof(a->name), "%.*s", (int)len, p);
}

static int take_reserved(struct km_snapshot *s, const struct snap_lines *l, unsigned int page_shift,
			 bool *has_default)
{
	const char *p = behind(l, "cma: Reserved ");
	uint64_t mib, at;
	unsigned int before = s->nr_cma;

	if (!p || !snap_number(&p, l->stop, &mib) || !hex_at(behind(l, " MiB at "), l->stop, &at))
		return 0;
	int err = add(s, at, mib, page_shift);

	if (s->nr_cma == before)
		return err;
	if (*has_default)
		snprintf(last_of(s)->name, KM_NAME_LEN, "%#" PRIx64, at);
	else
		snprintf(last_of(s)->name, KM_NAME_LEN, "reserved");
	*has_default = true;
	return 0;
}

/* The pool's name follows on a later line: until then it has its address'. */
static int take_pool(struct km_snapshot *s, const struct snap_lines *l, unsigned int page_shift)
{
	const char *at_text = behind(l, "created CMA memory pool at "), *p = behind(l, ", size ");
	uint64_t mib, at;
	unsigned int before = s->nr_cma;

	if (!at_text || !p || !snap_number(&p, l->stop, &mib) || !hex_at(at_text, l->stop, &at))
		return 0;
	int err = add(s, at, mib, page_shift);

	if (s->nr_cma > before)
		snprintf(last_of(s)->name, KM_NAME_LEN, "%#" PRIx64, at);
	return err;
}

int snap_cma_dmesg(struct km_snapshot *s, const char *data, size_t len, unsigned int page_shift,
		   struct km_diag *d)
{
	struct snap_lines l;
	bool has_default = false, pool = false;
	int err = 0;

	snap_lines_init(&l, data, len, "", NULL);
	while (!err && snap_next(&l)) {
		unsigned int before = s->nr_cma;

		if (pool)
			take_name(&l, last_of(s));
		pool &= !behind(&l, "initialized node ");
		err = take_reserved(s, &l, page_shift, &has_default);
		if (!err && s->nr_cma == before) {
			err = take_pool(s, &l, page_shift);
			pool |= s->nr_cma > before;
		}
	}
	return err ? km_fail(d, KM_ENOMEM, "", "no memory for CMA areas") : 0;
}
