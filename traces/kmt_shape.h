/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which shape follows which: the guess behind the SHAPE column of a .kmt block. Part of the format.
 */
#ifndef TRACES_KMT_SHAPE_H
#define TRACES_KMT_SHAPE_H

#include <string.h>

#include "engine/core/types.h"

enum { KMT_CHAIN_BITS = 16 };

struct kmt_chain {
	uint32_t last[3];
	uint32_t next[1 << KMT_CHAIN_BITS]; /* shape + 1 */
};

static inline void kmt_chain_reset(struct kmt_chain *c)
{
	memset(c, 0, sizeof(*c));
}

static inline uint32_t *kmt_chain_slot(struct kmt_chain *c)
{
	uint64_t h = c->last[0] * UINT64_C(0x9E3779B97F4A7C15) ^
		     c->last[1] * UINT64_C(0xC2B2AE3D27D4EB4F) ^
		     c->last[2] * UINT64_C(0x165667B19E3779F9);

	return &c->next[(h * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - KMT_CHAIN_BITS)];
}

/* @slot is what kmt_chain_slot() gave before the event. */
static inline void kmt_chain_learn(struct kmt_chain *c, uint32_t *slot, uint32_t shape)
{
	*slot = shape + 1;
	c->last[2] = c->last[1];
	c->last[1] = c->last[0];
	c->last[0] = shape + 1;
}

#endif
