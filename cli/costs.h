/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of costs that come with the program: the documents of cli/costs/, as they are. */
#ifndef CLI_COSTS_H
#define CLI_COSTS_H

#include "engine/cost/cost_profile.h"

/* By name. */
size_t costs_nr_shipped(void);
const char *costs_shipped_name(size_t i);
const char *costs_shipped_text(size_t i, size_t *len);

/* The shipped one of this name; -KM_ENOENT with the nearest name. On error *@t is undefined. */
int costs_find(struct cost_table *t, const char *name, struct km_diag *d) KM_MUST_CHECK;

/* How many entries are marked @v. */
unsigned int costs_count(const struct cost_table *t, enum cost_verified v);

/**
 * costs_read_file() - the section "costs" of the document at @path, which must have one.
 *
 * Return: 0; -KM_EUSAGE with @d = "file:line:column: what"; -KM_EIO, -KM_ENOMEM. On error *@t is
 * undefined.
 */
int costs_read_file(struct cost_table *t, const char *path, struct km_diag *d) KM_MUST_CHECK;

#endif
