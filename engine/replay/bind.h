/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded pages and the model's own pages that stand for them. Recorded pages are known by their
 * numbers alone: whether the model's machine has such a page does not matter.
 *
 * A recorded page that was never bound
 * 1. means itself, where the record is of the model's machine: it was handed out before the free
 *    run began;
 * 2. means nothing, where it is of another one: it was handed out there, not here.
 *
 * Pages of bulk requests have no recorded address. A recorded free that fits none of the bound
 * pages takes one of them: 1. the one of the same number if a bulk request got it, else the oldest
 * unbound one where nobody has the page itself; 2. the oldest one where the page had been free in
 * the record.
 */
#ifndef KM_BIND_H
#define KM_BIND_H

#include "engine/frames/frames.h"

struct bind_map;

/* @foreign: the record is of another machine than the model's, which @f are of. */
int bind_open(struct bind_map **out, const struct frames *f, bool foreign) KM_MUST_CHECK;
void bind_close(struct bind_map *b);

/* -KM_ENOMEM once any of those that return nothing was out of memory, else 0. */
int bind_error(const struct bind_map *b);

/* From now on the recorded block means the model's. */
void bind_set(struct bind_map *b, struct pfn recorded, struct pfn model, unsigned int order);

/* The model could not serve the recorded block: its free will mean nothing. */
void bind_nothing(struct bind_map *b, struct pfn recorded, unsigned int order);

/* A page the model handed out without a recorded address. -KM_ENOMEM. */
int bind_untraced(struct bind_map *b, struct pfn model) KM_MUST_CHECK;

/* The newest page of those that nobody stands for: it is given back. KM_NO_PFN: there is none. */
struct pfn bind_unwait(struct bind_map *b);

/* The recorded page left the free lists, or came back: who has it from now on shows in the record,
 * unless it is a bulk request. */
void bind_seen(struct bind_map *b, struct pfn recorded);

/* Do the recorded block's pages mean one block of the model's, or none of them any? */
bool bind_whole(const struct bind_map *b, struct pfn recorded, unsigned int order);

/*
 * The model's page that a recorded free means; the binding ends. KM_NO_PFN: none. Only for what is
 * bind_whole(). @in_use: the model has @recorded itself handed out.
 */
struct pfn bind_free(struct bind_map *b, struct pfn recorded, unsigned int order, bool in_use);

/* What the recorded page means now; KM_NO_PFN: nothing. */
struct pfn bind_of(const struct bind_map *b, struct pfn recorded);

/* The model took the block back by itself: the recorded one's free will mean nothing. */
void bind_gone(struct bind_map *b, struct pfn model, unsigned int order);

/* The recorded block is gone, the model keeps its own. */
void bind_orphan(struct bind_map *b, struct pfn model, unsigned int order);

/*
 * The kernel moved what was in a recorded page, nobody knows where: the model's page, if it has one
 * (@in_use), waits for a free of an unknown page. -KM_ENOMEM.
 */
int bind_migrated(struct bind_map *b, struct pfn recorded, bool in_use) KM_MUST_CHECK;

/* Was the recorded page bound, even if to nothing? */
bool bind_has(const struct bind_map *b, struct pfn recorded);

/*
 * The kernel moved what was in recorded page @from to recorded page @to: the model's page follows.
 * @in_use: where @from means itself, the model has that page handed out.
 */
void bind_renamed(struct bind_map *b, struct pfn from, struct pfn to, bool in_use);

/* The model moved what is in page @from to page @to. -KM_ENOMEM. */
int bind_moved(struct bind_map *b, struct pfn from, struct pfn to) KM_MUST_CHECK;

#endif
