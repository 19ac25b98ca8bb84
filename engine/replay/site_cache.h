/* SPDX-License-Identifier: GPL-2.0-only */
/* The cache that a call site takes its objects from, as the kernel's source says. */
#ifndef KM_SITE_CACHE_H
#define KM_SITE_CACHE_H

#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/slab/slab.h"

/*
 * The number of the cache that @o comes from; SITE_CACHE_NONE where the profile does not say, there
 * is no such cache, more than one, or it has other sizes.
 */
enum { SITE_CACHE_NONE = -1 };
int site_cache(const struct slab_room *room, const struct strtab *strings,
	       const struct km_ev_object *o);

#endif
