/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual addresses as rows: how many are what, and where. */
#ifndef KM_VMALLOC_ROWS_H
#define KM_VMALLOC_ROWS_H

#include "engine/result.h"
#include "engine/vmem/vmem.h"

enum { VMALLOC_MAX_CELLS = 128 };

/* The last state that was asked for. */
struct vmalloc_rows {
	struct km_vmalloc_state state;
	struct km_vmalloc_cell cell[VMALLOC_MAX_CELLS];
};

/* Addresses in [@start, @end] of @v. */
const struct km_vmalloc_state *vmalloc_rows_of_space(struct vmalloc_rows *rows,
						     const struct vmalloc *v, uint64_t start,
						     uint64_t end);
const struct km_vmalloc_state *vmalloc_rows_of_memory(struct vmalloc_rows *rows,
						      const struct vmem *m);

#endif
