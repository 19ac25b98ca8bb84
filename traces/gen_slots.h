/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots of one order that a generated trace's objects are named by: the lowest free one first,
 * so that names stay dense and an allocation's name is near the last one's.
 */
#ifndef TRACES_GEN_SLOTS_H
#define TRACES_GEN_SLOTS_H

#include "engine/core/diag.h"

enum { GEN_SLOT_LEVELS = 6, GEN_NO_SLOT = UINT32_MAX };

/* A bit per free slot, above it a bit per word that has one, and so on. Zeroed is empty. */
struct gen_slots {
	uint64_t *word[GEN_SLOT_LEVELS];
	size_t room[GEN_SLOT_LEVELS]; /* words */
	uint32_t used;		      /* slots ever given: all beyond are free */
};

/* -KM_ENOMEM, or -KM_EINVAL where no slot is left below @most. */
int gen_slots_take(struct gen_slots *s, uint32_t most, uint32_t *slot) KM_MUST_CHECK;
int gen_slots_put(struct gen_slots *s, uint32_t slot) KM_MUST_CHECK;
void gen_slots_release(struct gen_slots *s);

#endif
