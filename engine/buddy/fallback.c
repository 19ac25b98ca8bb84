/* SPDX-License-Identifier: GPL-2.0-only */
/* What every way of falling back asks: where, and whether a pageblock may be had whole. */
#include "engine/buddy/buddy.h"

bool buddy_can_steal(const struct buddy *b, unsigned int order, unsigned int mt)
{
	return order >= b->frames->pb_order / 2 || mt == KM_RECLAIMABLE || mt == KM_UNMOVABLE ||
	       b->no_mobility;
}

unsigned int buddy_fallback_type(const struct buddy *b, unsigned int order, unsigned int mt)
{
	for (unsigned int i = 0; i < KM_NR_PCP_TYPES; i++) {
		unsigned int other = b->prof->fallbacks[mt][i];

		if (other == KM_NR_MIGRATETYPES)
			break;
		if (!flist_empty(&b->list[order][other]))
			return other;
	}
	return KM_NR_MIGRATETYPES;
}

bool buddy_claims(const struct buddy *b, unsigned int mt, unsigned int old, uint64_t free,
		  uint64_t movable)
{
	uint64_t pages = pages_of(b->frames->pb_order), alike = 0;

	if (mt == KM_MOVABLE)
		alike = movable;
	else if (old == KM_MOVABLE)
		alike = pages - (free + movable);
	return free && (free + alike >= pages / 2 || b->no_mobility);
}

bool buddy_has_pieces(const struct buddy *b, unsigned int order, unsigned int mt)
{
	for (unsigned int at = 0; at < order; at++)
		if (!flist_empty(&b->list[at][mt]))
			return true;
	return false;
}

const char *buddy_fallback_reason(bool pieces)
{
	return pieces ? "free pages of its type in the zone, but none in a block of this size" :
			"no free page of its type in the zone";
}
