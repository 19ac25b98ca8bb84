/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of a generated trace, named as engine/event.h says, and the model's pages behind them. */
#ifndef KM_NAMES_H
#define KM_NAMES_H

#include "engine/core/diag.h"
#include "engine/core/memory.h"
#include "engine/event.h"

/*
 * By order and slot: the head's page number + 1, 0 for none. Four bytes for each object that lives
 * at once, and eight for each page of the machine that is used.
 */
struct names {
	uint32_t *to[KM_MAX_ORDERS];
	size_t room[KM_MAX_ORDERS];
	/* Of a block that is freed in pieces, which may then be moved: each page's number + 1. */
	uint32_t **pieces[KM_MAX_ORDERS];
	size_t room_pieces[KM_MAX_ORDERS];
	uint64_t *owner;	    /* by the model's page: the name of what lies there */
	uint64_t base;		    /* first page of @owner */
	size_t used[KM_MAX_ORDERS]; /* slots named so far: the next new one is this */
};

/* For a machine of @nr_pages pages from @base on. -KM_ENOMEM. */
int names_init(struct names *n, struct pfn base, uint64_t nr_pages) KM_MUST_CHECK;
void names_release(struct names *n);

/*
 * @name now means the block at @head, KM_NO_PFN for nothing. -KM_ENOMEM; -KM_EINVAL for a slot that
 * is in use, or neither one used before nor the next, and beyond 2^32 pages.
 */
int names_set(struct names *n, uint64_t name, struct pfn head) KM_MUST_CHECK;

/* The block at @head may be moved or taken back: then its name is asked for. */
static inline void names_own(struct names *n, struct pfn head, uint64_t name)
{
	n->owner[head.nr - n->base] = name;
}

/*
 * A piece of the block that @name is part of is about to be freed: the pages of what is left have
 * names of their own. -KM_ENOMEM.
 */
int names_break(struct names *n, uint64_t name) KM_MUST_CHECK;

/* What lay in page @from, which has an owner, is in page @to. */
void names_moved(struct names *n, struct pfn from, struct pfn to);

/* The block at @head, which has an owner, was taken back: its name means nothing any more. */
void names_gone(struct names *n, struct pfn head);

/* The pages of the block that @name is part of, where it was broken; else NULL. */
static inline uint32_t *names_pieces(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name);

	return slot < n->room_pieces[order] ? n->pieces[order][slot] : NULL;
}

/* The page of the model that @name means: of a piece of a block, that piece's. KM_NO_PFN: none. */
static inline struct pfn names_get(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);

	if (order >= KM_MAX_ORDERS)
		return pfn(KM_NO_PFN);
	uint64_t slot = km_synthetic_slot(name);

	if (slot >= n->room[order] || !n->to[order][slot])
		return pfn(KM_NO_PFN);
	const uint32_t *pieces = names_pieces(n, name);
	uint64_t at = name & (pages_of(order) - 1);

	if (pieces)
		return pfn(pieces[at] ? pieces[at] - 1 : KM_NO_PFN);
	return pfn(n->to[order][slot] - 1 + at);
}

/* Does a name mean page @p itself, and which? Of a block only its first page has one. */
static inline uint64_t names_owner(const struct names *n, struct pfn p)
{
	return n->owner[p.nr - n->base];
}

static inline bool names_owns(const struct names *n, struct pfn p)
{
	return names_get(n, names_owner(n, p)).nr == p.nr;
}

/* Have the place of @name in the table brought near. */
static inline void names_prefetch(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);

	if (order < KM_MAX_ORDERS && km_synthetic_slot(name) < n->room[order])
		km_prefetch(&n->to[order][km_synthetic_slot(name)]);
}

/* @name, which names_get() found, means nothing any more; of a broken block, that page. */
static inline void names_end(struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	uint32_t *pieces = names_pieces(n, name);

	if (pieces)
		pieces[name & (pages_of(order) - 1)] = 0;
	else
		n->to[order][km_synthetic_slot(name)] = 0;
}

/* Which name an event may have: its order's, or a piece of a larger one's. */
static inline bool names_can_be(uint64_t name, unsigned int order)
{
	return km_synthetic_order(name) < KM_MAX_ORDERS && order <= km_synthetic_order(name) &&
	       !(name & (pages_of(order) - 1));
}

#endif
