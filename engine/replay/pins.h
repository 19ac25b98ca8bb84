/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that neither move nor are reclaimed while they are in use: what the record proves, and, in
 * a free run, a share of what movable requests get, as policy.cma_pinned says. Which of them is
 * decided by the allocation's event and a seed alone, so that a larger share pins the pages of a
 * smaller one, too, on any machine.
 *
 * Kernel: none; a page with more references than migration expects, mm/migrate.c [6.1]
 */
#ifndef KM_PINS_H
#define KM_PINS_H

#include "engine/core/types.h"

struct replay;
struct op;

/* Is the share above 0, or did the record prove something? -KM_ENOMEM. */
int pins_open(struct replay *r) KM_MUST_CHECK;
void pins_close(struct replay *r);

/* The block at @head was handed out to what @op asks for. */
void pins_alloc(struct replay *r, const struct op *op, struct pfn head);

/*
 * The record shows page @p to be in the way: its block stays until it comes back. -KM_ENOMEM.
 */
int pins_learn(struct replay *r, struct pfn p) KM_MUST_CHECK;

/* It stays from now on. */
void pins_set(struct replay *r, struct pfn head);
bool pins_has(const struct replay *r, struct pfn head);

/* What is pinned entered the page cache, or left it; is it there? */
void pins_cache(struct replay *r, struct pfn head, bool is);
bool pins_is_cache(const struct replay *r, struct pfn head);

/* It came back; what was in @from is in @to. */
void pins_free(struct replay *r, struct pfn head);
void pins_moved(struct replay *r, struct pfn from, struct pfn to);

#endif
