/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocating calls by who asks, for how much, and gets how much: a number for each. */
#ifndef KM_CALL_KEYS_H
#define KM_CALL_KEYS_H

#include "engine/core/diag.h"
#include "engine/event.h"

struct call_key {
	uint32_t site, req, alloc;
	uint32_t number; /* the affair of whoever asks; 0: a free place */
};

struct call_keys {
	struct call_key *key;
	size_t nr_slots, n; /* nr_slots: a power of two */
	size_t last;	    /* what was asked for last: one event is asked for several times */
};

/* Return: 0; -KM_ENOMEM. */
int call_keys_open(struct call_keys *c) KM_MUST_CHECK;
void call_keys_close(struct call_keys *c);

/*
 * The place of such a call. Where it is new its number is 0, and call_keys_set() takes it. Good
 * until the next call; NULL: no memory.
 */
struct call_key *call_keys_find(struct call_keys *c, const struct km_ev_object *o);
void call_keys_set(struct call_keys *c, struct call_key *k, const struct km_ev_object *o,
		   uint32_t number);

#endif
