/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an object adds to a row, and takes from it. Inside the room only.
 *
 * Kernel: none
 */
#ifndef KM_STAT_ROWS_H
#define KM_STAT_ROWS_H

#include "engine/leak/leak.h"
#include "engine/stat/stat.h"

/* live_object.order of an object, bits. */
enum {
	STAT_IN_PENDING = 1, /* row[STAT_CACHE] is a row by call site and size, not of the caches */
	STAT_CROSS_NODE = 2,
};

/* How an object ends. */
struct stat_end {
	bool seen;	/* by a free; otherwise by its next allocation */
	bool other_cpu; /* than the one that allocated it */
	uint32_t more;	/* blocks that stay in place of one that was cut */
	uint32_t cache; /* that the free names */
};

/* Of pages .order is the order, and they name no node. */
bool stat_is_cross_node(const struct live_object *o);
void stat_row_hit(struct stat_row *r, const struct live_object *o);
void stat_row_live(struct stat_row *r, const struct live_object *o);
/* The row may have a new peak. */
void stat_row_peak(struct stat_row *r);
void stat_row_end(struct stat_row *r, const struct live_object *o, const struct stat_end *e);
/* Move one object from @from to @to: its cache is known now. */
void stat_row_move(struct stat_row *from, struct stat_row *to, const struct live_object *o);
/* All but the peak. */
void stat_row_add(struct stat_row *to, const struct stat_row *from);

#endif
