/* SPDX-License-Identifier: GPL-2.0-only */
/* Which fields of which events a binary reader wants, by the names of every release. */
#ifndef TRACES_DAT_LAYOUTS_H
#define TRACES_DAT_LAYOUTS_H

#include "traces/dat_decode.h"

/* How the fields of a layout become members of km_event; the comment names the fields' order. */
enum dat_how {
	HOW_OTHER,
	HOW_PAGE,    /* pfn order gfp mt refill - page */
	HOW_EXTFRAG, /* pfn alloc_order fallback_order alloc_mt fallback_mt change_ownership page */
	HOW_OBJECT,  /* ptr call_site bytes_req bytes_alloc gfp node accounted name */
	HOW_CMA,     /* pfn name count align errorno page */
	HOW_RANGE,   /* start end third fourth a b */
	HOW_NUM,     /* num[0] … num[3] */
	HOW_TEXT,    /* ip buf */
	HOW_STACK,   /* size caller */
};

struct dat_layout {
	const char *event;
	uint8_t kind, how;
	const char *fields[DAT_MAX_FIELDS];
};

/* The layout of an event; NULL for one of which only the name is wanted. */
const struct dat_layout *dat_layout(const char *system, const char *name);

#endif
