/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows in the order of their appearance, found by key. Inside the room only.
 *
 * Kernel: none
 */
#ifndef KM_STAT_TABLE_H
#define KM_STAT_TABLE_H

#include "engine/stat/stat.h"

struct stat_table {
	struct stat_row *rows;
	size_t count, room;
	uint32_t *slots; /* row + 1; 0: free */
	size_t nr_slots; /* a power of two */
};

void stat_table_release(struct stat_table *t);

/* The number of the row of @key and @sub, new or known; -KM_ENOMEM, the table unchanged. */
int64_t stat_table_row(struct stat_table *t, uint64_t key, uint32_t sub);

#endif
