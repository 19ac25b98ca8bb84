/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of struct km_event by kind, as .kmt stores them: which belong to an event's shape
 * (all that repeats) and which vary from event to event.
 */
#ifndef TRACES_KMT_FIELDS_H
#define TRACES_KMT_FIELDS_H

#include "traces/kmt_format.h"

enum { KMT_MAX_VARY = 6 };

struct kmt_field {
	uint8_t offset, size; /* in struct km_event */
	bool is_string;
};

struct kmt_group {
	uint8_t nr_vary, nr_fixed;
	bool has_addr; /* vary[0] is an address that the model predicts */
	struct kmt_field vary[KMT_MAX_VARY];
	struct kmt_field fixed[8];
};

/* The group of a kind; kinds this version does not know are stored as the widest one. */
const struct kmt_group *kmt_group_of(unsigned int kind);

static inline uint64_t kmt_field_get(const struct km_event *ev, struct kmt_field f)
{
	const uint8_t *p = (const uint8_t *)ev + f.offset;
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;

	switch (f.size) {
	case 8:
		memcpy(&v8, p, 8);
		return v8;
	case 4:
		memcpy(&v4, p, 4);
		return v4;
	case 2:
		memcpy(&v2, p, 2);
		return v2;
	default:
		return *p;
	}
}

static inline void kmt_field_set(struct km_event *ev, struct kmt_field f, uint64_t v)
{
	uint8_t *p = (uint8_t *)ev + f.offset;
	uint32_t v4 = (uint32_t)v;
	uint16_t v2 = (uint16_t)v;

	switch (f.size) {
	case 8:
		memcpy(p, &v, 8);
		break;
	case 4:
		memcpy(p, &v4, 4);
		break;
	case 2:
		memcpy(p, &v2, 2);
		break;
	default:
		*p = (uint8_t)v;
	}
}

#endif
