/* SPDX-License-Identifier: GPL-2.0-only */
/* What reports say of objects and who has pages; texts of a row live until its function returns. */
#ifndef REPORTS_SLAB_FACTS_H
#define REPORTS_SLAB_FACTS_H

#include "reports/facts.h"

/* A layer of the kernel, and the pages that the trace's events gave it and took from it. */
struct layer_facts {
	const char *layer;
	int64_t pages, events, certain_events, live_pages;
	int64_t all_events; /* of all layers */
};

/* A cache at the last recorded state. */
struct cache_facts {
	const char *name;
	int64_t slabs, pages, most_pages; /* most: over the recorded states */
	int64_t active_objs, num_objs, objsize;
	int64_t free_bytes;   /* objects that nobody has */
	int64_t left_bytes;   /* at the slabs' ends, too little for an object */
	int64_t single_slabs; /* slabs held by one object; -1: not known */
};

/* Who allocates. */
struct site_facts {
	const char *site, *kind;
	int64_t allocs, frees, bytes_req, bytes_alloc, live_bytes, peak_bytes;
};

/* What one site has not given back, of one cache. */
struct grower_facts {
	const char *site;
	const char *cache; /* NULL: whole pages, or not known */
	int64_t live_objects, live_bytes, growth, oldest_ts_ns;
	const char *excluded; /* NULL: a candidate for a leak */
};

/* A run of the database that has objects. */
struct allocator_facts {
	int64_t run;
	const char *name, *slab;
	int64_t pages, most_pages; /* in slabs, at the end and at most */
	int64_t live_bytes;	   /* of objects, as allocated */
};

enum { SLAB_MAX_ROWS = 25 };

/*
 * Each row of a kind, to @row, which returns 0; at most @most of them, the largest. Return: 0 or a
 * negative -KM_E… with @d filled.
 */
int slab_layers(const struct facts *f, int (*row)(void *ctx, const struct layer_facts *l),
		void *ctx, struct km_diag *d) KM_MUST_CHECK;
int slab_caches(const struct facts *f, int most, int (*row)(void *ctx, const struct cache_facts *c),
		void *ctx, struct km_diag *d) KM_MUST_CHECK;
int slab_sites(const struct facts *f, int most, int (*row)(void *ctx, const struct site_facts *s),
	       void *ctx, struct km_diag *d) KM_MUST_CHECK;
int slab_growers(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct grower_facts *g), void *ctx,
		 struct km_diag *d) KM_MUST_CHECK;
int slab_allocators(const struct facts *f, int (*row)(void *ctx, const struct allocator_facts *a),
		    void *ctx, struct km_diag *d) KM_MUST_CHECK;

/* How many of a kind there are. */
int slab_count_rows(int64_t *n, const struct facts *f, const char *view,
		    struct km_diag *d) KM_MUST_CHECK;

/* Has the run anything to say of objects or owners? */
bool slab_has_any(const struct facts *f);

#endif
