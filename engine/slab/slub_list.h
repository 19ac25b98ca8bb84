/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB's list of a node's partly free slabs.
 *
 * Kernel: mm/slub.c:add_partial(), remove_partial(), discard_slab() [6.1]
 */
#ifndef KM_SLUB_LIST_H
#define KM_SLUB_LIST_H

#include "engine/slab/slab_ops.h"

void slub_list_add(struct slab_room *s, uint32_t id, bool tail);
void slub_list_remove(struct slab_room *s, uint32_t id);

/* Its pages go back by the model's own decision. */
void slub_give_back(struct slab_room *s, uint32_t id);

/* Does nobody who knows better keep it? */
bool slub_may_go(const struct slab_room *s, uint32_t id);

/* An unfrozen slab with free objects, or none in use, and on no list. */
void slub_settle(struct slab_room *s, uint32_t id, bool tail);

#endif
