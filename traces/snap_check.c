/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What no machine's files can say. Each file was read by itself before; here they are held against
 * one another.
 */
#include <inttypes.h>
#include <stdio.h>

#include "traces/snap.h"

/* Pages that no pfn of any architecture reaches. */
#define MOST_PFN (UINT64_C(1) << 52)

static int fail_zone(const struct km_snap_zone *z, const char *where, const char *what,
		     struct km_diag *d)
{
	return km_fail(d, KM_EFORMAT, where, "node %d, zone %s: %s", z->node, z->name, what);
}

int snap_check_zone(const struct km_snap_zone *z, const char *where, struct km_diag *d)
{
	const char *what = NULL;

	if (z->present > z->spanned)
		what = "more pages are present than it spans";
	else if (z->managed > z->present)
		what = "more pages are managed than are present";
	else if (z->cma > z->present)
		what = "more pages are CMA's than are present";
	else if (z->min > z->low || z->low > z->high)
		what = "its watermarks min, low and high do not ascend";
	else if (z->boost > z->min)
		what = "its watermark min is less than the boost in it";
	else if (z->start_pfn > MOST_PFN || z->spanned > MOST_PFN)
		what = "it ends beyond all memory";
	return what ? fail_zone(z, where, what, d) : 0;
}

static bool overlap(const struct km_snap_zone *a, const struct km_snap_zone *b)
{
	return a->node == b->node && a->start_pfn < b->start_pfn + b->spanned &&
	       b->start_pfn < a->start_pfn + a->spanned;
}

/* Free pages cannot be more than there are, pageblocks no more than begin in the zone. */
static int check_counts(const struct km_snapshot *s, const struct km_snap_zone *z,
			const char *where, struct km_diag *d)
{
	uint64_t free = 0, blocks = 0, left = z->spanned;

	for (unsigned int i = 0; i < KM_MAX_ORDERS; i++) {
		if (z->nr_free[i] > left >> i)
			return fail_zone(z, where, "more pages are free than it spans", d);
		left -= z->nr_free[i] << i;
	}
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
		for (unsigned int i = 0; i < KM_MAX_ORDERS; i++)
			free = z->type_free[mt][i] > z->spanned >> i ? UINT64_MAX : free;
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
		blocks = z->type_blocks[mt] > z->spanned ? UINT64_MAX / 2 :
							   blocks + z->type_blocks[mt];
	if (free)
		return fail_zone(z, where, "more pages of a type are free than it spans", d);
	/* the first and the last may be parts of one */
	if (s->pageblock_order && blocks > (z->spanned >> s->pageblock_order) + 2)
		return fail_zone(z, where, "it has more pageblocks than it spans", d);
	return 0;
}

static bool in_a_zone(const struct km_snapshot *s, const struct km_snap_cma *a)
{
	for (unsigned int i = 0; i < s->nr_zones; i++) {
		const struct km_snap_zone *z = &s->zones[i];

		if (a->base_pfn >= z->start_pfn &&
		    a->base_pfn + a->count <= z->start_pfn + z->spanned)
			return true;
	}
	return false;
}

static int check_cma(const struct km_snapshot *s, unsigned int i, const char *where,
		     struct km_diag *d)
{
	const struct km_snap_cma *a = &s->cma[i];

	if (!a->count)
		return 0; /* given up when it was to be activated */
	if (!in_a_zone(s, a))
		return km_fail(d, KM_EFORMAT, where, "CMA area \"%s\" lies in no zone", a->name);
	if (a->count & (pages_of(a->order_per_bit) - 1))
		return km_fail(d, KM_EFORMAT, where,
			       "CMA area \"%s\" is no multiple of the pages of a bit", a->name);
	for (unsigned int k = 0; k < i; k++)
		if (a->base_pfn < s->cma[k].base_pfn + s->cma[k].count &&
		    s->cma[k].base_pfn < a->base_pfn + a->count)
			return km_fail(d, KM_EFORMAT, where, "CMA areas \"%s\" and \"%s\" overlap",
				       s->cma[k].name, a->name);
	return 0;
}

int snap_check(const struct km_snapshot *s, const char *where, struct km_diag *d)
{
	bool zones = false;
	int err = 0;

	for (unsigned int i = 0; !err && i < s->nr_zones; i++) {
		const struct km_snap_zone *z = &s->zones[i];

		zones |= z->spanned != 0;
		for (unsigned int k = 0; !err && k < i; k++)
			if (overlap(&s->zones[k], z))
				err = km_fail(d, KM_EFORMAT, where,
					      "zones %s and %s of node %d overlap",
					      s->zones[k].name, z->name, z->node);
		if (!err && z->spanned)
			err = check_counts(s, z, where, d);
	}
	for (unsigned int i = 0; !err && zones && i < s->nr_cma; i++)
		err = check_cma(s, i, where, d);
	return err;
}
