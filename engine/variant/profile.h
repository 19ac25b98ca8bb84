/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One kernel release as data: a slice for each room. A new kernel is a new const table and a line
 * in the registry.
 */
#ifndef KM_VARIANT_PROFILE_H
#define KM_VARIANT_PROFILE_H

#include "engine/core/types.h"

struct kernel_profile;

/* The registered profiles, oldest first. */
size_t kernel_profile_count(void);
const struct kernel_profile *kernel_profile_at(size_t i);

const char *kernel_profile_name(const struct kernel_profile *p);     /* "6.1", "6.1.57" */
const char *kernel_profile_series(const struct kernel_profile *p);   /* "6.1" */
const char *kernel_profile_describe(const struct kernel_profile *p); /* one line */
bool kernel_profile_validated(const struct kernel_profile *p); /* a capture was held against it */

/*
 * The profile for a release such as "6.1.192", or NULL where its series is none of them. A release
 * that does not tell its point ("6.1"; "6.1.0-37-amd64", where a distribution counts by itself)
 * finds the newest of its series.
 */
const struct kernel_profile *kernel_profile_find(const char *release);

/*
 * The profile that is nearest to a release of which there is none; NULL where none is near, or
 * @release is not one.
 */
const struct kernel_profile *kernel_profile_nearest(const char *release);

/*
 * Which releases it stands for, in words: "6.1.57 to 6.1.75", "6.1.157 and later", "2.6.34".
 * Return: what snprintf() returns.
 */
int kernel_profile_span(const struct kernel_profile *p, char *out, size_t size);

#endif
