/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects of a replay whose allocator has no caches: SLOB. As objects.h, which it serves. */
#ifndef KM_BLOCKS_H
#define KM_BLOCKS_H

#include "engine/replay/objects.h"

struct blocks;

int blocks_open(struct blocks **out, const struct objects_config *c) KM_MUST_CHECK;
void blocks_close(struct blocks *b);

/* The survey. Whether the record is of such an allocator, its end tells. Return: 0, -KM_ENOMEM. */
int blocks_learn(struct blocks *b, const struct km_event *ev) KM_MUST_CHECK;
int blocks_start(struct blocks *b, bool from_boot) KM_MUST_CHECK;
int blocks_feed(struct blocks *b, const struct km_event *ev, uint64_t no) KM_MUST_CHECK;

void blocks_page_missed(struct blocks *b, uint64_t no);
void blocks_totals(const struct blocks *b, struct replay_objects *out);
int blocks_report(const struct blocks *b, const struct km_sink *sink) KM_MUST_CHECK;
int blocks_check(const struct blocks *b, struct km_diag *d);

#endif
