/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/alloc_frames.h"

/* What is younger is not reported. Kernel: mm/kmemleak.c:MSECS_MIN_AGE [6.1 6.12] */
#define MIN_AGE_NS (UINT64_C(5000) * 1000000)

/* Up to here a pointer is none: NULL, ZERO_SIZE_PTR. */
enum { NO_MEMORY = 16, NAME_LEN = 512 };

/*
 * What these allocate lives as long as their owner: reserves, and lists of who is charged.
 * Kernel: mm/mempool.c:mempool_init_node(), mm/memcontrol.c:memcg_alloc_slab_cgroups() [6.1],
 *         mm/slub.c:alloc_slab_obj_exts() [6.12]
 */
static const char *const reserves[] = { "mempool_", "memcg_alloc_slab_cgroups",
					"alloc_slab_obj_exts" };

int call_sites_open(struct call_sites *s, const struct strtab *strings)
{
	*s = (struct call_sites){ .strings = strings };
	if (strtab_open(&s->names) || census_open(&s->census)) {
		call_sites_release(s);
		return -KM_ENOMEM;
	}
	return 0;
}

void call_sites_release(struct call_sites *s)
{
	strtab_close(s->names);
	census_close(s->census);
	free(s->sites.id);
	free(s->chains.id);
	free(s->caches.id);
	*s = (struct call_sites){ 0 };
}

/* ---- names ---- */

static int64_t intern(struct call_sites *s, const char *name)
{
	return strtab_intern(s->names, name, strlen(name));
}

/* Where the name of string @text of the trace is kept; NULL: no memory. */
static uint32_t *place_of(struct name_ids *ids, uint32_t text)
{
	if (text >= ids->nr) {
		size_t nr = (size_t)text + text / 2 + 256;
		uint32_t *id = realloc(ids->id, nr * sizeof(*id));

		if (!id)
			return NULL;
		memset(id + ids->nr, 0, (nr - ids->nr) * sizeof(*id));
		*ids = (struct name_ids){ id, nr };
	}
	return &ids->id[text];
}

static int64_t name_of_site(struct call_sites *s, uint32_t text)
{
	uint32_t *at = place_of(&s->sites, text);
	char name[NAME_LEN];

	if (!at)
		return -KM_ENOMEM;
	if (!*at) {
		int64_t id = intern(s, alloc_frame_name(name, sizeof(name),
							strtab_get(s->strings, text)));

		if (id < 0)
			return id;
		*at = (uint32_t)id + 1;
	}
	return *at - 1;
}

/* Who allocated at @ev: the chain's, if it has one that tells, else its call site. */
static int64_t site_of(struct call_sites *s, const struct km_event *ev)
{
	char name[NAME_LEN];

	if (!ev->stack)
		return name_of_site(s, ev->obj.call_site);
	uint32_t *at = place_of(&s->chains, ev->stack);

	if (!at)
		return -KM_ENOMEM;
	if (!*at) {
		const char *caller =
			alloc_caller(name, sizeof(name), strtab_get(s->strings, ev->stack));
		int64_t id = caller ? intern(s, caller) : -KM_ENOENT;

		if (id == -KM_ENOENT) /* not kept: the call site may be another next time */
			return name_of_site(s, ev->obj.call_site);
		if (id < 0)
			return id;
		*at = (uint32_t)id + 1;
	}
	return *at - 1;
}

static int64_t name_of_cache(struct call_sites *s, int cache, const char *name)
{
	uint32_t *at = place_of(&s->caches, (uint32_t)cache);

	if (!at)
		return -KM_ENOMEM;
	if (!*at) {
		int64_t id = intern(s, name);

		if (id < 0)
			return id;
		*at = (uint32_t)id + 1;
	}
	return *at - 1;
}

/* ---- events ---- */

static int allocated(struct call_sites *s, const struct km_event *ev, int cache, const char *name)
{
	if (ev->obj.ptr <= NO_MEMORY)
		return 0;
	int64_t site = site_of(s, ev);
	int64_t from = site < 0 ? site : cache >= 0 ? name_of_cache(s, cache, name) : 0;

	if (from < 0)
		return (int)from;
	const struct census_object o = {
		.key = ev->obj.ptr,
		.ts_ns = ev->ts_ns,
		.site = (uint32_t)site,
		.cache = (uint32_t)from,
		.bytes_req = ev->obj.bytes_req,
		.bytes_alloc = ev->obj.bytes_alloc,
		.kind = ev->kind == KM_EV_KMALLOC ? CENSUS_KMALLOC : CENSUS_CACHE,
	};

	return census_alloc(s->census, &o);
}

int call_sites_feed(struct call_sites *s, const struct km_event *ev, int cache, const char *name)
{
	switch (ev->kind) {
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return allocated(s, ev, cache, name);
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		if (ev->obj.ptr > NO_MEMORY)
			census_free(s->census, ev->obj.ptr, ev->ts_ns);
		return 0;
	default:
		return 0;
	}
}

/* ---- rows ---- */

static const char *why_excluded(const char *site, unsigned int why)
{
	static const char *const words[CENSUS_NR_EXCLUDED] = {
		[CENSUS_YOUNG] = "young",
		[CENSUS_FREED_UNSEEN] = "freed unseen",
		[CENSUS_BALANCED] = "balanced",
		[CENSUS_SHORT_LIVED] = "short-lived",
	};

	for (size_t i = 0; i < sizeof(reserves) / sizeof(reserves[0]); i++)
		if (!strncmp(site, reserves[i], strlen(reserves[i])))
			return "reserve";
	return words[why];
}

static int report_group(const struct call_sites *s, const struct census_group *g,
			const struct km_sink *sink)
{
	const struct census_caller *k = census_caller(s->census, g->caller);
	const char *site = strtab_get(s->names, k->site);
	const struct km_leak_row row = {
		.call_site = site,
		.kind = census_kind_name(k->kind),
		.cache = g->cache ? strtab_get(s->names, g->cache) : NULL,
		.live_objects = g->live,
		.live_bytes = g->live_bytes,
		.oldest_ts_ns = g->oldest_ns,
		.median_ts_ns = g->median_ns,
		.growth_bytes_per_s = g->bytes_per_second,
		.allocs = g->allocs,
		.frees = g->frees,
		.lifetime_p99_ns = g->lifetime_p99_ns,
		.excluded = why_excluded(site, g->excluded),
	};

	return g->live ? sink->ops->leak(sink->ctx, &row) : 0;
}

int call_sites_report(struct call_sites *s, uint64_t end_ns, const struct km_sink *sink)
{
	int err = census_finish(s->census, end_ns, MIN_AGE_NS);

	for (size_t i = 0; !err && i < census_nr_callers(s->census); i++) {
		const struct census_caller *k = census_caller(s->census, i);
		const struct km_call_site_row row = { .call_site = strtab_get(s->names, k->site),
						      .kind = census_kind_name(k->kind),
						      .allocs = k->allocs,
						      .frees = k->frees,
						      .bytes_req = k->bytes_req,
						      .bytes_alloc = k->bytes_alloc,
						      .live_bytes = k->live_bytes,
						      .peak_bytes = k->peak_bytes };

		err = sink->ops->call_site(sink->ctx, &row);
	}
	for (size_t i = 0; !err && i < census_nr_groups(s->census); i++)
		err = report_group(s, census_group(s->census, i), sink);
	return err;
}
