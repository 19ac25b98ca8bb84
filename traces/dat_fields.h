/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the fields of an event lie: its format, by libtraceevent. */
#ifndef TRACES_DAT_FIELDS_H
#define TRACES_DAT_FIELDS_H

#include "traces/dat_decode.h"

struct tep_event;
struct tep_handle;

/* Parse the fields of one format; NULL where there is no sense in it. */
struct tep_event *dat_parse_fields(struct tep_handle *tep, const struct dat_event_format *fmt);

/* dat_event_format.find of a struct tep_event. */
struct dat_field dat_find_field(void *ctx, const char *name);

#endif
