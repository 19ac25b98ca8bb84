/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/site_cache.h"

#include <string.h>

/* @site is "function+0xoff/0xsize", perhaps of a clone: "function.part.0+…". */
static bool is_of(const char *site, const char *function)
{
	size_t n = strlen(function);

	return !strncmp(site, function, n) && (site[n] == '+' || site[n] == '.' || !site[n]);
}

/* Is @name the cache's, or, where it ends in '_', the beginning of it? */
static bool is_named(const char *cache, const char *name)
{
	size_t n = strlen(name);

	return n && name[n - 1] == '_' ? !strncmp(cache, name, n) : !strcmp(cache, name);
}

int site_cache(const struct slab_room *room, const struct strtab *strings,
	       const struct km_ev_object *o)
{
	const struct slab_site *s = room->prof->sites;
	int found = SITE_CACHE_NONE;

	if (!s || o->call_site >= strtab_count(strings))
		return found;
	const char *site = strtab_get(strings, o->call_site);

	while (s->function && !is_of(site, s->function))
		s++;
	for (size_t i = 0; s->function && i < room->nr_caches; i++) {
		const struct slab_cache *c = &room->caches[i];

		if (!is_named(c->name, s->cache) || c->size != o->bytes_alloc ||
		    (c->object_size && c->object_size != o->bytes_req))
			continue;
		if (found >= 0)
			return SITE_CACHE_NONE;
		found = (int)i;
	}
	return found;
}
