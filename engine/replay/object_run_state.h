/* SPDX-License-Identifier: GPL-2.0-only */
/* What a free run's objects hold, for the two files of it. */
#ifndef KM_OBJECT_RUN_STATE_H
#define KM_OBJECT_RUN_STATE_H

#include "engine/replay/bound.h"
#include "engine/replay/object_caches.h"
#include "engine/replay/object_run.h"
#include "engine/replay/slab_marks.h"

/* What became of a recorded page: a slab of the record's, or one that is the model's too. */
enum { PAGE_SLAB = 1, PAGE_ADOPTED = 2 };

struct waiting {
	struct km_event ev;
	uint64_t no;
};

struct object_run {
	struct slab_profile prof; /* with the user's parameters */
	struct slab_room room;
	struct object_caches caches;
	struct slab_marks marks;
	struct bound_map bound;
	struct waiting *wait; /* a ring */
	size_t first, nr, room_waiting;
	uint8_t *page; /* by recorded page */
	struct km_slab_state *rows;
	struct replay_objects odd;
	uint64_t block_pages; /* of objects that are blocks of pages */
	uint64_t next_reap;
	unsigned int cpu;      /* whose event is served */
	uint32_t object_bytes; /* of the object handed out, or taken back, last */
	bool same; /* slabs are as the record's: what was there before can be taken over */
};

/* A block of the model's went back: struct slab_watch, of the replay. */
void object_run_slab_gone(void *ctx, uint64_t page, unsigned int order);

#endif
