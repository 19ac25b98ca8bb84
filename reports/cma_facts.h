/* SPDX-License-Identifier: GPL-2.0-only */
/* What reports say of contiguous memory; texts of a row live until its function returns. */
#ifndef REPORTS_CMA_FACTS_H
#define REPORTS_CMA_FACTS_H

#include "reports/facts.h"

enum { CMA_MAX_ROWS = 200 };

/* An area, and the allocations from it. */
struct cma_area_facts {
	const char *name;
	int64_t pages, allocs, failed, tries, busy, migrated_pages, reclaimed_pages;
	bool has_latency;
	int64_t median_ns, max_ns;
	int64_t most_lent_pages, least_chunk_pages; /* over the recorded states */
};

struct cma_owner {
	const char *task, *site; /* NULL: not known */
	int64_t pid, age_ns;	 /* -1: not known */
};

struct cma_failure_facts {
	int64_t event_no, ts_ns, pages;
	const char *task; /* NULL: not known */
	const char *area, *reason;
	int64_t busy_pfn; /* -1: none is known */
	struct cma_owner owner;
};

/* Busy ranges by who had allocated the page that stayed. */
struct cma_blocker_facts {
	int64_t tries, pages;
	struct cma_owner owner; /* .age_ns: of the oldest */
};

/*
 * Each row of a kind, to @row, which returns 0; at most @most of them, the first by time or the
 * largest. Return: 0 or a negative -KM_E… with @d filled.
 */
int cma_areas(const struct facts *f, int (*row)(void *ctx, const struct cma_area_facts *a),
	      void *ctx, struct km_diag *d) KM_MUST_CHECK;
int cma_failures(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct cma_failure_facts *a), void *ctx,
		 struct km_diag *d) KM_MUST_CHECK;
int cma_blockers(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct cma_blocker_facts *b), void *ctx,
		 struct km_diag *d) KM_MUST_CHECK;

/* How many failures, and how many busy ranges. */
int cma_count_failures(int64_t *n, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;
int cma_count_busy(int64_t *n, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

#endif
