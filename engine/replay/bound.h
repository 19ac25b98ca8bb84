/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A free run: recorded pointers, and what the model handed out for them. 16 bytes each, in a table
 * that is a quarter to three quarters full.
 */
#ifndef KM_BOUND_H
#define KM_BOUND_H

#include "engine/core/diag.h"
#include "engine/core/types.h"

struct bound {
	uint64_t ptr; /* the record's; 0: a free place */
	uint32_t at;  /* the model's slab, or the first page of a block less the machine's first */
	uint16_t index;
	uint16_t order; /* of a block; BOUND_OBJECT: it is an object of a slab */
};

enum { BOUND_OBJECT = UINT16_MAX };

struct bound_map {
	struct bound *v;
	size_t nr, room;
};

int bound_init(struct bound_map *m) KM_MUST_CHECK;
void bound_release(struct bound_map *m);

/* @b.ptr, which is bound to nothing, means @b. Return: 0, -KM_ENOMEM. */
int bound_set(struct bound_map *m, struct bound b) KM_MUST_CHECK;

/* What @ptr means; NULL: nothing. */
const struct bound *bound_find(const struct bound_map *m, uint64_t ptr);

/* What @ptr means, from now on nothing. Return: false where it meant nothing. */
bool bound_take(struct bound_map *m, uint64_t ptr, struct bound *out);

#endif
