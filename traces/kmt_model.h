/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guesses the address of the next event from the events before it, so that .kmt has to store it
 * only where every guess is wrong. Writer and reader run the same model over the same events; it
 * starts empty in each block.
 *
 * Allocators hand out what was freed last, what lies next to the last one, or what followed it
 * the last time: each of these is a guess. The guesses, their order and every table size are part
 * of the format.
 */
#ifndef TRACES_KMT_MODEL_H
#define TRACES_KMT_MODEL_H

#include "engine/event.h"

enum { KMT_GUESSES = 6 };

/* What the model may know of an event before its address. */
struct kmt_subject {
	uint32_t shape;	      /* number of the event's shape in its block */
	uint32_t bytes_alloc; /* objects */
	uint32_t cache;	      /* objects: the file's string id */
	uint16_t cpu;
	uint8_t kind;
	uint8_t order, mt; /* pages */
};

struct kmt_model;

int kmt_model_open(struct kmt_model **out) KM_MUST_CHECK;
void kmt_model_close(struct kmt_model *m);
void kmt_model_reset(struct kmt_model *m);

/* Fill @guess, KMT_GUESSES of them, the likeliest first. */
void kmt_model_guess(struct kmt_model *m, const struct kmt_subject *s, uint64_t *guess);

/* The last address of the same kind of event: what a wrongly guessed one is stored relative to. */
uint64_t kmt_model_base(const struct kmt_model *m, const struct kmt_subject *s);

/* Learn that the event's address was @addr. */
void kmt_model_learn(struct kmt_model *m, const struct kmt_subject *s, uint64_t addr);

#endif
