/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One allocation explained: what was asked for, how each zone stood, what was tried in which order,
 * which blocks could have served it and what was in them, and who holds that.
 *
 * The numbers are the rooms' own: they say them while they work (engine/pages/seen.h), or are asked
 * with the functions they work with.
 */
#ifndef KM_EXPLAIN_H
#define KM_EXPLAIN_H

#include "engine/pages/pages.h"
#include "engine/result.h"

enum {
	EXPLAIN_MAX_SEEN = 128,
	EXPLAIN_MAX_CANDIDATES = 8,
	EXPLAIN_MAX_HOLDERS = 128,
	EXPLAIN_MAX_TRIES = 64,
};

/* Where blocks of a zone stand that would be large enough. */
enum explain_class {
	EXPLAIN_FREE,	 /* wholly free */
	EXPLAIN_MOVABLE, /* what is in it can be moved or reclaimed */
	EXPLAIN_STAYS,	 /* something in it can not */
	EXPLAIN_UNKNOWN, /* … or was never seen: reserved, or allocated before the trace */
	EXPLAIN_NR_CLASSES,
};

struct explained_zone {
	int node;
	char name[KM_NAME_LEN];
	bool allowed; /* the request may use it; the rest is only said of such a zone */
	uint64_t managed, free, free_cma, free_highatomic, kept; /* kept: on its CPU's lists */
	uint64_t blocks[KM_MAX_ORDERS][KM_NR_MIGRATETYPES];	 /* free ones */
	/* Against LOW, and against MIN with the reserves that the request may use. */
	struct pages_mark_facts low, min;
	bool above_low, above_min;
	bool falls_back; /* its own lists lack a block: which it would take from another type */
	struct buddy_plan plan;		    /* plan.type KM_NR_MIGRATETYPES: none */
	uint64_t class[EXPLAIN_NR_CLASSES]; /* aligned blocks of the order, by what is in them */
};

/* A block of the order that is nearly free; those with the least in the way. */
struct explained_candidate {
	unsigned int zone;
	uint64_t pfn, free, movable, stays, unknown; /* pages */
	unsigned int type;			     /* of its pageblock */
	enum explain_class class;
	struct km_busy_page in_the_way; /* the first page that stays, else the first in use */
};

/* Who has pages that stay: in so many blocks, so many pages, the oldest since. */
struct explained_holder {
	struct km_caller who;
	uint32_t comm, stack; /* string ids: whose line it is */
	uint64_t blocks, pages, oldest_ns, last_block;
};

struct replay_explanation {
	uint64_t event_no;  /* set by who asks */
	bool started, done; /* it was met; it was served */
	bool answered;	    /* the model was asked; else the record's page was obeyed */
	struct pages_listener listener;
	bool contiguous;    /* a contiguous area's allocation */
	bool no_beginning;  /* … of which the record has the end only; .failure is its reason */
	bool kernel_failed; /* the record says that the kernel did */
	uint64_t ts_ns, recorded_pfn;
	struct km_caller caller;
	struct pages_request rq;
	unsigned int migratetype, fast_flags, slow_flags;
	uint64_t got;	     /* the page; KM_NO_PFN: none */
	const char *failure; /* why not */
	struct explained_zone zone[KM_MAX_ZONES];
	unsigned int nr_zones, nr_orders, pageblock_order;
	struct pages_seen seen[EXPLAIN_MAX_SEEN];
	size_t nr_seen; /* all of them; only so many are kept */
	struct explained_candidate candidate[EXPLAIN_MAX_CANDIDATES];
	size_t nr_candidates;
	struct explained_holder holder[EXPLAIN_MAX_HOLDERS];
	size_t nr_holders;
	bool more_holders;
	/* of a contiguous allocation */
	char area[KM_NAME_LEN]; /* "": there is none */
	uint64_t area_base, area_pages, area_used, area_maxchunk, pages;
	unsigned int align;
	struct km_cma_try tried[EXPLAIN_MAX_TRIES];
	size_t nr_tried; /* all of them */
};

#endif
