/* SPDX-License-Identifier: GPL-2.0-only */
/* The runs of a database beside one another: loaded once, then only read. */
#ifndef REPORTS_COMPARISON_H
#define REPORTS_COMPARISON_H

#include <stdio.h>

#include "reports/facts.h"
#include "reports/metrics.h"

enum { COMPARISON_MAX_METRICS = 64 };

struct comparison_key {
	char *key;
	bool varies; /* not all runs have the same value */
};

struct comparison_value {
	bool has;
	int64_t n;
};

struct comparison_run {
	int64_t run, base; /* base 0: nobody said which */
	char **value;	   /* of each key */
	char *mode, *kernel, *trace, *digest, *name;
	bool unvalidated, what_if;
	bool parted;
	int64_t event_no, ts_ns, pages;
	int64_t ord;	       /* -1: contiguous pages of an area */
	int64_t pfn, base_pfn; /* -1: none */
	char *migratetype;
	struct comparison_value metric[COMPARISON_MAX_METRICS];
};

struct comparison {
	struct query_db *db;
	struct comparison_key *key;
	size_t nr_keys;
	struct comparison_run *run;
	size_t nr_runs;
	size_t base; /* its place; nr_runs: there is none */
	struct metric_name metric[COMPARISON_MAX_METRICS];
	size_t nr_metrics;
};

/* Does the database hold runs that belong together? */
int comparison_is(bool *out, struct query_db *db, struct km_diag *d) KM_MUST_CHECK;

/**
 * comparison_load() - what @db says of all its runs.
 * @more: metrics to read besides those of the table
 *
 * The orders of those that have one: 3 and that of a huge page. Return: 0, or -KM_E… with @d
 * filled and nothing to release.
 */
int comparison_load(struct comparison *c, struct query_db *db, const struct metric_name *more,
		    size_t nr_more, struct km_diag *d) KM_MUST_CHECK;
void comparison_release(struct comparison *c);

/* Do runs differ in metric @m? */
bool comparison_differs(const struct comparison *c, size_t m);

/* -1: run @r's is worse than the base's, 1: better, 0: the same, or nobody knows. */
int comparison_sign(const struct comparison *c, size_t r, size_t m);

/* "+12" and "1.25x" of run @r against the base; "" where there is nothing to say. @out: 32 bytes. */
const char *comparison_delta(char out[32], const struct comparison *c, size_t r, size_t m);
const char *comparison_ratio(char out[32], const struct comparison *c, size_t r, size_t m);

/* Write "order 3, Unmovable" or "300 contiguous pages", where @x parted. */
void comparison_say_request(const struct comparison_run *x, FILE *to);

/* Write "machine.cma=32M policy.kernel=6.1", of the keys that vary. */
void comparison_say_run(const struct comparison *c, size_t r, FILE *to,
			void (*escape)(FILE *to, const char *text));

/* A configuration: its runs on every trace and seed together. */
struct comparison_group {
	size_t first; /* a run of it */
	int64_t nr;   /* runs */
	double mean[COMPARISON_MAX_METRICS];
	bool has[COMPARISON_MAX_METRICS]; /* every run of it */
	bool best; /* comparison_front(): no other is as good in one and better in the other */
};

/* *out is for free(); -KM_ENOMEM. */
int comparison_groups(const struct comparison *c, struct comparison_group **out,
		      size_t *nr) KM_MUST_CHECK;

/*
 * The two metrics that a choice is between: the first two of the table in which groups differ.
 * False: there are not two. .best of the groups is set.
 */
bool comparison_front(const struct comparison *c, struct comparison_group *g, size_t nr,
		      size_t metric[2]);

/* Does key @k name a trace or a seed, and not a setting? */
bool comparison_is_sample(const struct comparison *c, size_t k);

/* The table on a terminal or in report.txt. */
void text_comparison(FILE *out, const struct comparison *c, bool utf8);
/* An object, without a line feed behind it. */
void json_comparison(FILE *out, const struct comparison *c);

/* The page. -KM_E… with @d filled. */
int html_comparison(FILE *out, const struct comparison *c, struct km_diag *d) KM_MUST_CHECK;

#endif
