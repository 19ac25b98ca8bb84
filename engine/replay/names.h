/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of a generated trace, named as engine/event.h says, and the model's pages behind them. */
#ifndef KM_NAMES_H
#define KM_NAMES_H

#include "engine/core/diag.h"
#include "engine/core/memory.h"
#include "engine/event.h"

/*
 * By order and slot: the head's page number + 1, 0 for none. Zeroed is empty; four bytes for each
 * object that lives at once.
 */
struct names {
	uint32_t *to[KM_MAX_ORDERS];
	size_t room[KM_MAX_ORDERS];
	/*
	 * By the model's frame, from the first page cache page on: the name of what lies there,
	 * for when the model reclaims it. NULL before.
	 */
	uint64_t *owner;
	size_t used[KM_MAX_ORDERS]; /* slots named so far: the next new one is this */
};

void names_release(struct names *n);

/*
 * @name now means the block at @head, KM_NO_PFN for nothing. -KM_ENOMEM; -KM_EINVAL for a slot that
 * is neither one used before nor the next, and beyond 2^32 pages.
 */
int names_set(struct names *n, uint64_t name, struct pfn head) KM_MUST_CHECK;

/* The page of the model that @name means: of a piece of a block, that piece's. KM_NO_PFN: none. */
static inline struct pfn names_get(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name);

	if (order >= KM_MAX_ORDERS || slot >= n->room[order] || !n->to[order][slot])
		return pfn(KM_NO_PFN);
	return pfn(n->to[order][slot] - 1 + (name & (pages_of(order) - 1)));
}

/* Have the place of @name in the table brought near. */
static inline void names_prefetch(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name);

	if (order < KM_MAX_ORDERS && slot < n->room[order])
		km_prefetch(&n->to[order][slot]);
}

/* @name, which names_get() found, means nothing any more. */
static inline void names_end(struct names *n, uint64_t name)
{
	n->to[km_synthetic_order(name)][km_synthetic_slot(name)] = 0;
}

/* Which name an event may have: its order's, or a piece of a larger one's. */
static inline bool names_can_be(uint64_t name, unsigned int order)
{
	return km_synthetic_order(name) < KM_MAX_ORDERS && order <= km_synthetic_order(name) &&
	       !(name & (pages_of(order) - 1));
}

#endif
