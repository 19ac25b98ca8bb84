/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cache an allocation was from. A kmem_cache_alloc event does not say; the survey learns it:
 *
 * 1. A slab has objects of one cache: every call (site, size asked for, size got) that was ever
 * answered from one slab is of one cache, and so is what kmem_cache_free names on that slab.
 * 2. A kmalloc's size and flags name its cache.
 * 3. A call nobody names is of the only cache with such sizes, if there is one; else of the only
 * one that nobody claims and that had slabs at the seed's label, or as many as that call's.
 *
 * It also learns where the kernel maps all memory: an object's address less its page's number.
 */
#ifndef KM_IDENTITY_H
#define KM_IDENTITY_H

#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/slab/slab.h"

struct identity;

int identity_open(struct identity **out, struct slab_room *room,
		  const struct strtab *strings) KM_MUST_CHECK;
void identity_close(struct identity *id);

/* An event of the survey. Return: 0, -KM_ENOMEM. */
int identity_learn(struct identity *id, const struct km_event *ev) KM_MUST_CHECK;

/* In the survey: does an object lie in @page? */
bool identity_has_objects(const struct identity *id, uint64_t page);

/* In the survey: the state now is that of the seed's label, where cache i had slabs[i] slabs. */
int identity_mark(struct identity *id, const uint64_t *slabs, size_t nr) KM_MUST_CHECK;

/* The survey is over: calls become caches; one that nobody names gets a cache of its own. */
int identity_settle(struct identity *id) KM_MUST_CHECK;

enum { IDENTITY_NONE = -1, IDENTITY_PAGES = -2 };

/* The survey is over: were slabs of @cache given pages as __GFP_RECLAIMABLE? */
bool identity_reclaims(const struct identity *id, int cache);

/* The address of what begins so many bytes after the first page's beginning. */
uint64_t identity_pointer(const struct identity *id, uint64_t byte);

/* The cache of an allocation; IDENTITY_PAGES: pages served it; IDENTITY_NONE: not known. */
int identity_of_alloc(struct identity *id, const struct km_event *ev);

/* The cache that a free names; IDENTITY_NONE: none. */
int identity_of_name(struct identity *id, uint32_t name);

/* The cache whose slab held @page when the trace began. */
int identity_of_page(const struct identity *id, uint64_t page);

/* Was the cache of @ev told by more than that object's own later free? */
bool identity_is_sure(struct identity *id, const struct km_event *ev);

/* The page that @ptr lies in; KM_NO_PFN: in none that is mapped so. */
uint64_t identity_page(const struct identity *id, uint64_t ptr);

#endif
