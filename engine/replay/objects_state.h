/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of a replay, as their own files see them: objects.c takes the events in and gives the
 * rows out, object_serve.c says what each allocation and free does.
 */
#ifndef KM_OBJECTS_STATE_H
#define KM_OBJECTS_STATE_H

#include "engine/replay/blocks.h"
#include "engine/replay/early_arrays.h"
#include "engine/replay/identity.h"
#include "engine/replay/object_score.h"
#include "engine/replay/objects.h"
#include "engine/replay/pending.h"
#include "engine/replay/reaper.h"
#include "engine/replay/shuffle.h"
#include "engine/replay/unseen.h"

struct noted;

struct objects {
	struct blocks *blocks; /* an allocator without caches does it all */
	struct slab_room room;
	struct identity *identity;
	struct reaper reaper;
	struct early_arrays early;
	struct shuffles shuffles; /* of an allocator with one list per slab */
	struct unseen unseen;
	uint64_t *fresh; /* by page: its block was handed out in the trace */
	const struct km_snapshot *seed;
	struct pending_blocks pending;
	struct noted *first, **last, *given;
	struct object_score score;
	struct replay_objects odd;
	bool scored, from_boot, learnt;
};

/* A block of pages was handed out, or (@alone: nobody freed an object right before) came back. */
void objects_block_allocated(struct objects *o, const struct km_event *ev, uint64_t no);
void objects_block_freed(struct objects *o, const struct km_event *ev, bool alone);

/* An object was. Return: 0, -KM_ENOMEM. */
int objects_allocated(struct objects *o, const struct km_event *ev) KM_MUST_CHECK;
int objects_freed(struct objects *o, const struct km_event *ev) KM_MUST_CHECK;

#endif
