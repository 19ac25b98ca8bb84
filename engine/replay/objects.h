/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of a replay: every kmalloc and kmem_cache_alloc goes to the cache it was from, the
 * model says which object it would hand out, and is put right where the record says another.
 *
 * Objects are served in the record's own order, beside the delay line of the pages; a slab's pages
 * are those of its own mm_page_alloc.
 */
#ifndef KM_OBJECTS_H
#define KM_OBJECTS_H

#include "engine/core/snapshot.h"
#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/replay/replay.h"
#include "engine/result.h"
#include "engine/slab/slab.h"

struct objects;

struct objects_config {
	const struct slab_profile *prof;
	const struct km_snapshot *seed; /* its caches, and at its label their numbers */
	const struct km_snapshot *late; /* caches that were made after it; NULL: none known */
	const struct strtab *strings;
	uint64_t first_page, nr_pages;
	unsigned int nr_cpus, page_shift;
	struct slab_topology topology; /* left empty: one node */
	bool scored;
};

/* Return: 0; -KM_ENOMEM, -KM_EINVAL for a description that cannot be; @d is filled. */
int objects_open(struct objects **out, const struct objects_config *c,
		 struct km_diag *d) KM_MUST_CHECK;
void objects_close(struct objects *o);

/*
 * The survey's events (and where among them the seed's label is), then its end, then every event
 * again. Return: 0, -KM_ENOMEM.
 */
int objects_learn(struct objects *o, const struct km_event *ev) KM_MUST_CHECK;
int objects_learn_label(struct objects *o) KM_MUST_CHECK;
int objects_start(struct objects *o, bool from_boot) KM_MUST_CHECK;
int objects_feed(struct objects *o, const struct km_event *ev, uint64_t no) KM_MUST_CHECK;

/*
 * The cache that the object of @ev, which lies in @page, is from: its number, and in *@order its
 * slabs' order (unchanged where there is none).
 */
enum { OBJECTS_NO_CACHE = -1, OBJECTS_PAGES = -2 };
int objects_cache_of(struct objects *o, const struct km_event *ev, uint64_t page,
		     unsigned int *order);
/* Its caches and slabs, once objects_start() has been; NULL: it has none. */
const struct slab_room *objects_room(const struct objects *o);

/* The page layer had chosen another page than the mm_page_alloc that is event @no. */
void objects_page_missed(struct objects *o, uint64_t no);

/*
 * The state now is that of the sample to be taken at event @no: its rows are kept until
 * objects_rows() asks for them.
 */
int objects_note(struct objects *o, uint64_t no) KM_MUST_CHECK;
const struct km_slab_state *objects_rows(struct objects *o, uint64_t no, size_t *n);

/* The numbers of the seed's own slabinfo hold now: what the model lacks was never seen. */
void objects_anchor(struct objects *o);

/* The first miss of @metric (NULL: of any) of objects; NULL: none. */
const struct replay_miss *objects_first_miss(const struct objects *o, const char *metric);

void objects_totals(const struct objects *o, struct replay_objects *out);
int objects_report(const struct objects *o, const struct km_sink *sink) KM_MUST_CHECK;
int objects_check(const struct objects *o, struct km_diag *d);

#endif
