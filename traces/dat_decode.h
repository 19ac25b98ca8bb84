/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a binary ftrace record to a struct km_event. What an event's fields are called is a table
 * (dat_decode.c); where they lie is looked up once per event id, and each record then costs a few
 * loads.
 *
 * Derived as the kernel's own printing does: kmalloc's accounted (from gfp and the format),
 * percpu_refill where the record has none (order 0), change_ownership likewise (equal types), the
 * frame number of a page pointer (dat_vmemmap.h), test_pages_isolated's ret (1: success).
 */
#ifndef TRACES_DAT_DECODE_H
#define TRACES_DAT_DECODE_H

#include "traces/dat_page.h"
#include "traces/dat_syms.h"
#include "traces/reader.h"
#include "traces/stacks.h"

enum { DAT_MAX_FIELDS = 8, DAT_NAME_AT = 6 /* "name: " */ };

enum dat_field_form {
	DAT_ABSENT,
	DAT_NUMBER,
	DAT_SIGNED,
	DAT_CHARS,   /* char[size], or to the record's end where size is 0 */
	DAT_LOC,     /* u32: offset of a string in its low half */
	DAT_REL_LOC, /* the same, counted from behind the field */
};

struct dat_field {
	uint32_t offset, size;
	enum dat_field_form form;
};

struct dat_decoder;

/* What a format says of one event. */
struct dat_event_format {
	uint32_t id;
	const char *system, *name;
	const char *text; /* the whole format file: "name: NAME…"; lives as long as the decoder */
	size_t len;
	/* The field of that name, DAT_ABSENT without one. */
	struct dat_field (*find)(void *ctx, const char *name);
	void *ctx;
};

int dat_decoder_open(struct dat_decoder **out, const struct dat_file *f,
		     const struct reader_env *env, struct dat_syms *syms) KM_MUST_CHECK;
void dat_decoder_close(struct dat_decoder *d);

/* Is this an event whose fields are wanted? Of others only the name is. */
bool dat_wants_fields(const char *system, const char *name);

/* Learn an event. .find is only called where dat_wants_fields(). */
int dat_decoder_learn(struct dat_decoder *d, const struct dat_event_format *fmt) KM_MUST_CHECK;

/* Once, before the first record: what env->info says of the kernel is settled. */
void dat_decoder_start(struct dat_decoder *d);

/* The record was no event of its own. */
enum { DAT_NO_EVENT = 1 };

/**
 * dat_decode() - fill @ev, all of it, from the record at @c.
 *
 * Return: 0; DAT_NO_EVENT for a call chain: a kernel's goes to @stacks, and stacks_end() is due,
 * a user program's is passed over; -KM_EFORMAT for a record that is shorter than its format or of
 * an unknown event, -KM_ENOTSUP for one that has a page pointer of which no frame number can
 * be made, -KM_ENOMEM.
 */
int dat_decode(struct dat_decoder *d, const struct dat_cursor *c, struct stacks *stacks,
	       struct km_event *ev);

#endif
