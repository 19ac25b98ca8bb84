/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of a layout. */
#ifndef KM_MACHINE_LAYOUT_PARTS_H
#define KM_MACHINE_LAYOUT_PARTS_H

#include "engine/machine/layout.h"

/* The zones each node may have, and their names. */
unsigned int layout_nr_zones(const struct machine_layout *l);
const char *layout_zone_name(const struct machine_layout *l, unsigned int i);

/* Where zone @i ends on this machine's memory, in bytes. */
uint64_t layout_zone_end(const struct machine_layout *l, unsigned int i);

/* Find each node's ZONE_MOVABLE, of memory that was checked. */
void layout_place_movable(struct machine_layout *l);

/*
 * Check area @i and find its place, the areas before it placed. -KM_EUSAGE, -KM_ENOMEM.
 * Kernel: mm/cma.c:cma_declare_contiguous_nid() [6.1]
 */
int layout_place_cma(struct machine_layout *l, unsigned int i, struct km_diag *d) KM_MUST_CHECK;

/* The bytes that zone @i of @node spans, holes included; none: 0 to 0. */
void layout_zone_extent(const struct machine_layout *l, unsigned int node, unsigned int i,
			uint64_t *from, uint64_t *to);

#endif
