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

const char *kernel_profile_name(const struct kernel_profile *p);     /* "6.1" */
const char *kernel_profile_describe(const struct kernel_profile *p); /* one line */
bool kernel_profile_validated(const struct kernel_profile *p); /* a capture was held against it */

/* The profile for a release such as "6.1.192" (its longest registered x.y prefix), or NULL. */
const struct kernel_profile *kernel_profile_find(const char *release);

#endif
