/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trace allocates and does not free: the live set, and who left what in it.
 *
 * Kernel: none
 */
#ifndef KM_LEAK_H
#define KM_LEAK_H

#include "engine/core/diag.h"
#include "engine/event.h"

/* ---- the live set: objects by pointer, or page blocks by their first pfn ---- */

enum { LIVE_ROWS = 5 };

/* Something allocated. What the rows mean is the affair of whoever counts. */
struct live_object {
	uint64_t key; /* pointer or pfn */
	uint64_t ts_ns;
	uint32_t bytes_req, bytes_alloc;
	uint32_t row[LIVE_ROWS];
	uint16_t cpu;
	uint8_t order;	 /* of pages; of an object, the affair of whoever counts */
	bool used : 1;	 /* the live set's own */
	bool object : 1; /* no pages */
};

_Static_assert(sizeof(struct live_object) == 48, "48 bytes for each live object");

struct live {
	struct live_object *slots;
	size_t nr_slots; /* a power of two, or 0 */
	size_t count;
	uint32_t orders; /* bit n: a block of 2^n pages has been put in */
};

void live_release(struct live *l);

/*
 * May a block of pages be there? The buddy system gives aligned ones; anything else is no
 * allocation nor free, nor is an allocation that failed (KM_NO_PFN).
 */
static inline bool live_is_block(uint64_t pfn, unsigned int order)
{
	return pfn < UINT64_C(1) << 60 && !(pfn & (pages_of(order) - 1));
}

/* The object at @key, or NULL. Good until the next change. */
const struct live_object *live_find(const struct live *l, uint64_t key);

/**
 * live_put() - add @o; its key must not be live.
 *
 * Return: 0, or -KM_ENOMEM, @l unchanged.
 */
int live_put(struct live *l, const struct live_object *o) KM_MUST_CHECK;

/* Take the object at @key away; false where there is none. */
bool live_take(struct live *l, uint64_t key, struct live_object *out);

/**
 * live_carve() - take pages away from the block that covers @pfn.
 *
 * A block of at most 2^@order pages goes as a whole. Of a larger one (alloc_pages_exact() frees
 * page by page) 2^@order pages go, and the halves that remain stay live as blocks of their own.
 *
 * Return: how many blocks more are live in place of the one that was cut (0: it went whole);
 * -KM_ENOENT where nothing covers @pfn; -KM_ENOMEM. On error @l is unchanged.
 */
int live_carve(struct live *l, uint64_t pfn, unsigned int order, struct live_object *out);

/* The objects one by one: *@at begins at 0; NULL at the end. In no order that means anything. */
const struct live_object *live_next(const struct live *l, size_t *at);

/* Recount: every object is found under its own key, and there are as many as are said to be. */
int live_check(const struct live *l, struct km_diag *d);

/* ---- leaks: the live set by allocation site ---- */

enum leak_kind { LEAK_OBJECT, LEAK_PAGES };

/*
 * Who allocated: the event's .stack, where whoever feeds has put an id there that says it, else an
 * object's call site; for pages without one order, migratetype and gfp flags.
 */
struct leak_site {
	uint8_t kind; /* enum leak_kind */
	uint8_t order, mt;
	uint32_t call_site; /* as in the events; 0: of pages, not known */
	uint32_t gfp;
	uint64_t allocs; /* in the whole trace */
	/* What lives at the end and is old enough. */
	uint64_t live, live_bytes;
	uint64_t oldest_ns, newest_ns;
	uint64_t peak_bytes; /* the most live bytes at one time, in the whole trace */
	/* Least squares slope of this site's live bytes over the trace, cut towards 0. */
	int64_t bytes_per_second;
};

struct leak_totals {
	uint64_t nr_events, first_ts_ns, last_ts_ns;
	uint64_t allocs, frees;	  /* of either kind */
	uint64_t unmatched_frees; /* of what was allocated before the trace, or unseen */
	uint64_t unseen_frees;	  /* allocated again without a free in between */
	uint64_t live, live_bytes;
	uint64_t peak_bytes, peak_ns;
	uint64_t lost_events; /* KM_EV_LOST in the stream */
};

struct leak_config {
	bool objects, pages;
	uint32_t page_size;	/* bytes */
	bool batched_are_frees; /* before 3.3 a batched free has no event beside it */
	uint64_t min_age_ns;
};

struct leak;

int leak_open(struct leak **out, const struct leak_config *c) KM_MUST_CHECK;
void leak_close(struct leak *l);

/* Take in @n events. Return: 0; -KM_ENOMEM, the count is void then. */
int leak_feed(struct leak *l, const struct km_event *ev, size_t n) KM_MUST_CHECK;

/* Sum up what lives. May be called once; then the sites can be read. */
void leak_finish(struct leak *l);

void leak_totals(const struct leak *l, struct leak_totals *out);
/* The sites in the order of their first allocation. */
size_t leak_nr_sites(const struct leak *l);
const struct leak_site *leak_site(const struct leak *l, size_t i);
int leak_check(const struct leak *l, struct km_diag *d);

/* ---- the census: who allocates, and what of it lives when the trace ends ---- */

enum census_kind { CENSUS_KMALLOC, CENSUS_CACHE, CENSUS_NR_KINDS };

/* As in v_callsites: "kmalloc", "kmem_cache_alloc". */
const char *census_kind_name(unsigned int kind);

/* Something allocated; @site and @cache are numbers of whoever feeds. */
struct census_object {
	uint64_t key; /* where it is: never 0, unique among what lives */
	uint64_t ts_ns;
	uint32_t site, cache;
	uint32_t bytes_req, bytes_alloc;
	uint8_t kind;
};

/* All that one site allocated in one way. */
struct census_caller {
	uint32_t site;
	uint8_t kind;
	uint64_t allocs, frees, bytes_req, bytes_alloc; /* over the whole trace */
	uint64_t live_bytes, peak_bytes;
};

/* Why what lives is no candidate for a leak. */
enum census_excluded {
	CENSUS_CANDIDATE,
	CENSUS_YOUNG,	     /* nothing of it is old enough */
	CENSUS_FREED_UNSEEN, /* it is given back without an event, too */
	CENSUS_BALANCED,     /* no more lives at the end than in the middle of the trace */
	CENSUS_SHORT_LIVED,  /* half of it is younger than what was freed became */
	CENSUS_NR_EXCLUDED,
};

/* … of those of one cache. */
struct census_group {
	uint32_t caller, cache;
	uint64_t allocs, frees;
	uint64_t unseen_frees; /* allocated again without a free in between */
	/* What lives, after census_finish(). */
	uint64_t live, live_bytes;
	uint64_t oldest_ns, median_ns; /* when they were allocated */
	uint64_t lifetime_p99_ns;      /* of those freed, rounded up to a power of two less 1 */
	int64_t bytes_per_second;      /* as leak_site's */
	uint8_t excluded;	       /* enum census_excluded */
};

struct census;

int census_open(struct census **out) KM_MUST_CHECK;
void census_close(struct census *c);

/*
 * Times may not go backwards by more than they do in a trace: an earlier one counts as the last.
 * Return: 0; -KM_ENOMEM.
 */
int census_alloc(struct census *c, const struct census_object *o) KM_MUST_CHECK;

/* Return: whether anything lived at @key. */
bool census_free(struct census *c, uint64_t key, uint64_t ts_ns);

/*
 * Sum up what lives at @end_ns; once. @min_age_ns: what is younger is no leak yet.
 * Return: 0; -KM_ENOMEM.
 */
int census_finish(struct census *c, uint64_t end_ns, uint64_t min_age_ns) KM_MUST_CHECK;

/* Callers and groups in the order of their first allocation. */
size_t census_nr_callers(const struct census *c);
const struct census_caller *census_caller(const struct census *c, size_t i);
size_t census_nr_groups(const struct census *c);
const struct census_group *census_group(const struct census *c, size_t i);

/* Live objects, and the bytes that they take here: 24 to 36 for each, and 6 to 11 to find it. */
size_t census_live(const struct census *c);
size_t census_bytes(const struct census *c);

int census_check(const struct census *c, struct km_diag *d);

#endif
