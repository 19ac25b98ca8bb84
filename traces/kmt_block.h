/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One block of events as columns.
 *
 * Most of an event repeats. What repeats of its members is its shape (kind, ctx, text and the
 * fixed members of kmt_fields.h), who did it is its task (pid, comm, cpu); both are numbered by
 * first appearance in the block.
 *
 * SHAPES  per new shape: varint kind, ctx, text (kinds without one: the call chain), fixed members
 * TASKS   per new task: signed pid, varint comm, varint cpu
 * SHAPE   per event: 0 where the shape is the one that followed the last three the last time,
 *         else varint number + 1; the number of shapes so far: a new one
 * TASK    per event: 0 where it is the last event's, else varint number + 1, likewise
 * TIME    per event: signed ns since the last event
 * GUESS   per event with an address: 1 + the place of the model's guess that is right, or 0
 *         (kmt_model.h)
 * ADDR    per address that was not guessed: signed distance from the last of its kind
 * VARY    per member that varies and is no address: signed distance from the same member of its
 *         kind's last event
 */
#ifndef TRACES_KMT_BLOCK_H
#define TRACES_KMT_BLOCK_H

#include "engine/core/strtab.h"
#include "traces/kmt_fields.h"
#include "traces/pack.h"

enum kmt_column {
	KMT_COL_SHAPES = 1,
	KMT_COL_TASKS,
	KMT_COL_SHAPE,
	KMT_COL_TASK,
	KMT_COL_TIME,
	KMT_COL_GUESS,
	KMT_COL_ADDR,
	KMT_COL_VARY,
	KMT_NR_COLUMNS,
};

/* String ids of a trace ↔ of the file. */
struct kmt_strings {
	const uint32_t *map;
	size_t nr;
};

struct kmt_encoder;

/* @level: of zstd */
int kmt_encoder_open(struct kmt_encoder **out, int level) KM_MUST_CHECK;
void kmt_encoder_close(struct kmt_encoder *e);

/**
 * kmt_encode() - append the payload of a block of @n events (1 … KMT_BLOCK_EVENTS) to @out.
 * @file_id: the file's id of a string id of the trace
 *
 * Return: 0, -KM_ENOMEM, or what @file_id returned below 0.
 */
int kmt_encode(struct kmt_encoder *e, const struct km_event *ev, size_t n,
	       int64_t (*file_id)(void *ctx, uint32_t id), void *ctx,
	       struct kmt_buf *out) KM_MUST_CHECK;

struct kmt_decoder;

int kmt_decoder_open(struct kmt_decoder **out) KM_MUST_CHECK;
void kmt_decoder_close(struct kmt_decoder *d);

/*
 * Start on a block's payload; 0, -KM_ENOMEM or -KM_EFORMAT. The payload is not needed afterwards.
 */
int kmt_decode_start(struct kmt_decoder *d, const uint8_t *payload, size_t len) KM_MUST_CHECK;

/* The block's next events, at most @n; 0 at its end, -KM_EFORMAT, -KM_ENOMEM. */
int64_t kmt_decode(struct kmt_decoder *d, struct kmt_strings strings, struct km_event *ev,
		   size_t n);

#endif
