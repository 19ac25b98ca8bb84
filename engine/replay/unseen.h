/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to objects without an event. Those that somebody took: a free whose object was free
 * already, or that nobody was seen to take since its block of pages was handed out, says that it
 * had been taken in between: from the event before that one on it is not to be had. And blocks of
 * pages that are free: behind the last event of an object in them, before they go back. Those that
 * came back without an event: handed out twice. The survey finds these, then a replay asks.
 *
 * 16 bytes for each address and 8 for each page the survey sees, given back when it ends; then 16
 * for each address or page of which there is something to tell, 12 for each time, 16 for each
 * return.
 */
#ifndef KM_UNSEEN_H
#define KM_UNSEEN_H

#include "engine/core/diag.h"
#include "engine/event.h"

/* Of one address, or page: the last of its events, and the last of its times (0: none). */
struct unseen_address {
	uint64_t ptr; /* 0: a free slot */
	uint32_t last;
	uint32_t time;
};

/* It was not to be had, or all free, from behind event @from to event @to. */
struct unseen_time {
	uint32_t from, to;
	uint32_t next; /* of the same address; the last one's is the first */
};

/* It was handed out at event @from, and at event @to again; 0: its return was told of. */
struct unseen_return {
	uint64_t ptr;
	uint32_t from, to;
};

struct unseen {
	struct unseen_address *address; /* a table */
	size_t nr, nr_slots;
	struct unseen_time *times; /* 0 is none */
	size_t nr_times, times_room;
	struct unseen_return *returns; /* the replay has them by .from */
	size_t nr_returns, returns_room, first_return;
	uint32_t *born;	   /* by page from first_page: the events before its block was handed out */
	uint32_t *touched; /* … the last event of an object in it */
	uint64_t first_page, nr_pages;
	bool *takers; /* by cache: somebody takes of it unseen */
	uint32_t now; /* events of objects so far, of the survey or the replay */
};

int unseen_init(struct unseen *u, uint64_t first_page, uint64_t nr_pages) KM_MUST_CHECK;
void unseen_release(struct unseen *u);

/* Does an object come or go with @ev? */
bool unseen_is_object(const struct km_event *ev);

/*
 * The survey: a block of pages was handed out, or came back; an object, which lies in @page
 * (KM_NO_PFN: not known), came or went. Return: 0, -KM_ENOMEM.
 */
void unseen_learn_block(struct unseen *u, const struct km_event *ev);
int unseen_learn_block_freed(struct unseen *u, const struct km_event *ev) KM_MUST_CHECK;
int unseen_learn(struct unseen *u, const struct km_event *ev, uint64_t page) KM_MUST_CHECK;
/* Its end; there are @nr_caches. */
int unseen_start(struct unseen *u, size_t nr_caches) KM_MUST_CHECK;

/* The replay: the same events of objects again. */
void unseen_feed(struct unseen *u, const struct km_event *ev);

/* Is the next event of @ptr one that says it was taken before the present event? */
bool unseen_taken(struct unseen *u, uint64_t ptr);

/* Do the pages of the block at @page go back before anything more is heard of objects in them? */
bool unseen_goes(struct unseen *u, uint64_t page);

/*
 * The present event hands out @ptr, which is in use: it had come back. What was handed out no later
 * than it, and will be handed out again while in use, came back with it: objects whose memory RCU
 * gives back are collected, and freed at once in the order they were given in. @back is told of
 * each in that order, of @ptr last; it says whether it was one of those.
 *
 * Kernel: kernel/rcu/tree.c:kfree_rcu_work() [6.1 6.12]
 * Differs: objects are given to RCU in the order they were handed out.
 */
void unseen_back(struct unseen *u, uint64_t ptr, bool (*back)(void *ctx, uint64_t ptr), void *ctx);

#endif
