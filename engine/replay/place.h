/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making the machine agree with what a record proves about a page: where it is now, and putting it
 * elsewhere.
 */
#ifndef KM_PLACE_H
#define KM_PLACE_H

#include "engine/machine/machine.h"

enum place {
	PLACE_OUTSIDE, /* in no zone */
	PLACE_UNKNOWN, /* never seen: reserved, or allocated before the trace */
	PLACE_FREE,
	PLACE_PCP,
	PLACE_ALLOC,
	PLACE_PRIVATE,
};

/* Where the model holds @p; for PLACE_PCP @list is its list and @cpu the owner. */
enum place place_of(const struct machine *m, struct pfn p, struct frame *out);

/*
 * Take [@p, 2^@order) off whatever it is on, whole or in pieces. Returns where its first page was.
 */
enum place place_take(struct machine *m, struct pfn p, unsigned int order);

/* Note a block, on no list, as handed out for requests of type @mt. */
void place_alloc(struct machine *m, struct pfn p, unsigned int order, unsigned int mt);

/* The same for a block that the model itself has just handed out: nothing is looked up. */
void place_handed_out(struct machine *m, struct pfn p, unsigned int order, unsigned int mt);

/*
 * Note that a handed-out block came back: it is on no list afterwards. False where it was not
 * handed out as one piece by a known request (@was says where it was instead).
 */
bool place_release(struct machine *m, struct pfn p, unsigned int order, enum place *was);

#endif
