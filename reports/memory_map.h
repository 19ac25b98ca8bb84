/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space × time picture of v_map on a grid: a row per stretch of physical addresses, a column
 * per stretch of time. A cell holds the state most of the row's pageblocks have at the middle of
 * the column's time.
 */
#ifndef REPORTS_MEMORY_MAP_H
#define REPORTS_MEMORY_MAP_H

#include "reports/facts.h"

/* Beyond enum km_map_state: no pageblock lies there, or none has been heard of yet. */
enum { MEMORY_MAP_NOTHING = 8, MEMORY_MAP_STATES = 9 };

struct memory_map {
	uint64_t base_pfn, row_pages; /* row r covers pages base_pfn + r * row_pages and up */
	size_t rows, columns;
	int64_t first_ts_ns, last_ts_ns;
	uint8_t *cells; /* cells[column * rows + row] */
};

/**
 * memory_map_load() - the map of run @f->run with at most @max_rows rows and exactly @columns
 * columns.
 *
 * With one column it is the map at the run's end. Return: 0 (with no rows where the run has no
 * map), or a negative -KM_E… with @d filled and nothing to release.
 */
int memory_map_load(struct memory_map *m, const struct facts *f, size_t max_rows, size_t columns,
		    struct km_diag *d) KM_MUST_CHECK;
void memory_map_release(struct memory_map *m);

/* "movable" …, "no memory". */
const char *memory_map_state_name(unsigned int state);

/* "#rrggbb", to be told apart with every kind of colour vision. */
const char *memory_map_state_colour(unsigned int state);

#endif
