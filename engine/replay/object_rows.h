/* SPDX-License-Identifier: GPL-2.0-only */
/* A room's caches and the rows of slabinfo: made from those of a snapshot, told as rows. */
#ifndef KM_OBJECT_ROWS_H
#define KM_OBJECT_ROWS_H

#include "engine/core/snapshot.h"
#include "engine/result.h"
#include "engine/slab/slab.h"

/*
 * The caches of @seed, in its order; @relaid: with slabs of the orders that the room's profile
 * gives them. Return: 0, -KM_ENOMEM, -KM_EINVAL for one that cannot be.
 */
int object_rows_caches(struct slab_room *room, const struct km_snapshot *seed,
		       bool relaid) KM_MUST_CHECK;

/*
 * Caches that were made later, from their names and sizes; of each there is no row before its
 * first slab. Return: 0, -KM_ENOMEM.
 */
int object_rows_late(struct slab_room *room, const struct km_snapshot *late) KM_MUST_CHECK;

/* The rows now, at most as many as there are caches. Return: how many. */
size_t object_rows_fill(const struct slab_room *room, struct km_slab_state *rows);

/* @seed's own numbers hold now: what the room lacks was never seen. */
void object_rows_anchor(struct slab_room *room, const struct km_snapshot *seed);

#endif
