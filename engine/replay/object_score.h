/* SPDX-License-Identifier: GPL-2.0-only */
/* Hits and totals of object.cache, object.slab, object.ptr and object.bytes (interface.md §5). */
#ifndef KM_OBJECT_SCORE_H
#define KM_OBJECT_SCORE_H

#include "engine/replay/replay.h"
#include "engine/result.h"
#include "engine/slab/slab.h"

enum object_metric { OBJECT_CACHE, OBJECT_SLAB, OBJECT_PTR, OBJECT_BYTES, NR_OBJECT_METRICS };

enum object_cause {
	OBJECT_FIRST_TOUCH, /* a slab nobody had seen */
	OBJECT_UNTRACED,    /* the object was in use: somebody unseen had freed it */
	OBJECT_RANDOM,	    /* the first of a slab whose list is random */
	OBJECT_ORDERING,    /* a new slab, where the model had something left, or the reverse */
	OBJECT_UNKNOWN,
	NR_OBJECT_CAUSES,
};

struct object_verdict {
	int cache; /* its number; below 0: pages, or not known */
	bool named, slab, ptr, bytes;
	bool known;	  /* its slab had been seen before, or begins here */
	uint64_t page_no; /* slab: it is a new one, of the block of this mm_page_alloc; 0: not so */
	enum object_cause cause; /* of a miss */
	uint64_t model;		 /* its address by the model; 0: in a slab yet to be made */
};

/* Every allocation counts for each metric. */
struct object_tally {
	uint64_t total, hits[NR_OBJECT_METRICS];
};

struct object_score {
	struct object_tally all, known;
	struct object_tally *by_cache; /* nr_caches, pages, not known */
	size_t nr_caches;
	uint64_t cause[NR_OBJECT_METRICS][NR_OBJECT_CAUSES]; /* of the misses */
	/* New slabs counted as hits, and page misses, whose other half is still to come. */
	struct object_credit {
		uint64_t no;
		int cache;
		bool known;
	} * credits;
	size_t nr_credits, credits_room;
	uint64_t *missed;
	size_t nr_missed, missed_room;
	bool no_memory;
	struct replay_miss first[NR_OBJECT_METRICS]; /* .metric NULL: none */
};

int object_score_open(struct object_score *s, size_t nr_caches) KM_MUST_CHECK;
void object_score_release(struct object_score *s);
int object_score_count(struct object_score *s, const struct object_verdict *v) KM_MUST_CHECK;

/* Is @v a miss of a metric that had none? Then note it, as @miss but for its metric and cause. */
bool object_score_misses(const struct object_score *s, const struct object_verdict *v);
void object_score_note(struct object_score *s, const struct object_verdict *v,
		       const struct replay_miss *miss);

/* The first miss of @metric; NULL: of any. */
const struct replay_miss *object_score_first(const struct object_score *s, const char *metric);

/* The page of a new slab had not been foreseen, so neither was the slab. */
void object_score_missed(struct object_score *s, uint64_t page_no);

int object_score_report(const struct object_score *s, const struct slab_room *room,
			const struct km_sink *sink) KM_MUST_CHECK;

#endif
