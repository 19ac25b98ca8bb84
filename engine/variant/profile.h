/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One kernel release as data: a slice for each room. A new kernel is a new const table and a line
 * in the registry.
 */
#ifndef KM_VARIANT_PROFILE_H
#define KM_VARIANT_PROFILE_H

#include "engine/core/types.h"

struct kernel_profile;

/* What may be asked for in a configuration, and came in some release. */
enum kernel_feature {
	KERNEL_MOVABLE_NODE = 1u << 0,	  /* 3.14 */
	KERNEL_DEFERRED_INIT = 1u << 1,	  /* 4.2 */
	KERNEL_WATERMARK_SCALE = 1u << 2, /* 4.6 */
	KERNEL_CORE_PERCENT = 1u << 3,	  /* 4.17: kernelcore= and movablecore= as a share */
	KERNEL_WATERMARK_BOOST = 1u << 4, /* 5.0 */
	KERNEL_NOFRAGMENT = 1u << 5,	  /* 5.0 */
	KERNEL_FIVE_LEVELS = 1u << 6,	  /* 4.14: page tables of five levels, on x86-64 */
	KERNEL_COMPACTION = 1u << 7,	  /* 2.6.35 */
	KERNEL_PROACTIVENESS = 1u << 8,	  /* 5.9 */
	KERNEL_VMAP_STACK = 1u << 9,	  /* 4.9 */
};

/* The registered profiles, oldest first. */
size_t kernel_profile_count(void);
const struct kernel_profile *kernel_profile_at(size_t i);

const char *kernel_profile_name(const struct kernel_profile *p);     /* "6.1", "6.1.57" */
const char *kernel_profile_series(const struct kernel_profile *p);   /* "6.1" */
const char *kernel_profile_describe(const struct kernel_profile *p); /* one line */
bool kernel_profile_has(const struct kernel_profile *p, enum kernel_feature f);

/* Its @i-th object allocator: "slub"; NULL: it has no more that are modelled. */
const char *kernel_profile_slab(const struct kernel_profile *p, unsigned int i);

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
