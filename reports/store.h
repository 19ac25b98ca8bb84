/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run database (SQLite, reports/schema.sql): a sink that records one run, and the merging of
 * several.
 *
 * A database is written to TARGET.partial beside its target, synced, and renamed into place at the
 * end: whoever opens the target sees the old database or the new one, never a half. A
 * TARGET.partial left by a killed run is replaced by the next; one that is being written is
 * refused. Same input, same bytes with the same SQLite library.
 *
 * sqlite3.h is included by reports/store*.c only.
 */
#ifndef REPORTS_STORE_H
#define REPORTS_STORE_H

#include "engine/core/diag.h"
#include "engine/result.h"

enum { STORE_SCHEMA_VERSION = 3 };

/* What is known of a run before it starts (interface.md, v_runs). NULL strings are stored as "". */
struct store_run {
	const char *name, *mode, *kernel, *slab, *trace;
	const char *config; /* the effective document, as --print-config prints it */
	bool what_if, unvalidated;
	bool unsynced; /* it need not outlast a loss of power: it will be merged, or made again */
	unsigned int page_size; /* bytes; 0: 4096. For the reports' axes, in no view */
};

/* What is known of it at its end. */
struct store_totals {
	uint64_t events, lost_events, first_ts_ns, last_ts_ns;
	const char *slab; /* NULL: as store_open() was told */
};

struct store;

/**
 * store_open() - begin the database @path with the one run @run.
 *
 * An existing @path is replaced only by store_finish(), and only if it is empty or a database.
 *
 * Return: 0; -KM_EIO (no such directory, read-only, full, being written by another), -KM_EINVAL
 * (@path is something else than a database), -KM_ENOMEM; @d is filled, *@out untouched and nothing
 * left behind.
 */
int store_open(struct store **out, const char *path, const struct store_run *run,
	       struct km_diag *d) KM_MUST_CHECK;

/* The sink of @s. After a failed call every later one fails alike; store_error() says why. */
struct km_sink store_sink(struct store *s);

/* A point of a published curve that the run is held against; fails as the sink does. */
struct store_point {
	const char *source, *metric, *labels, *series;
	int64_t x, y;
};
int store_curve(struct store *s, const struct store_point *p) KM_MUST_CHECK;

/* The first failure of @s's sink: its code with @d filled, or 0. */
int store_error(const struct store *s, struct km_diag *d);

/**
 * store_finish() - add the totals and the digest, and put the database in its place.
 *
 * Closes @s whatever happens. Return: 0, or the first error with @d filled; the target is then as
 * it was before.
 */
int store_finish(struct store *s, const struct store_totals *t, struct km_diag *d) KM_MUST_CHECK;

/* Where @s writes until it is finished: what is left of it where its program is ended early. */
const char *store_partial(const struct store *s);

/* Close @s and remove what it wrote; the target stays as it was. NULL is fine. */
void store_abort(struct store *s);

/* A value that a run of a merged database has and others have not; runs count from 1. */
struct store_variation {
	uint64_t run, nr; /* nr: the key's place, from 1 */
	const char *key, *value;
};

/* Where run @run first chose another page than run @base; the rest is only read where it did. */
struct store_parting {
	uint64_t run, base;
	bool parted;
	uint64_t event_no, ts_ns, pages;
	uint64_t pfn, base_pfn; /* KM_NO_PFN: none */
	unsigned int ord, migratetype;
};

/* What is known of runs beside one another. */
struct store_comparison {
	const struct store_variation *variations;
	size_t nr_variations;
	const struct store_parting *partings;
	size_t nr_partings;
};

/**
 * store_merge() - write the runs of @paths, in that order, as runs 1, 2, … of the database @path.
 *
 * Digests stay as they are (a run's number is not part of its digest). @path may be one of @paths.
 * Return: as store_open(), and -KM_ENOENT or -KM_EFORMAT for a source that is not a run database.
 */
int store_merge(const char *path, const char *const *paths, size_t nr_paths,
		struct km_diag *d) KM_MUST_CHECK;

/* store_merge(), and what @c says of the runs together. */
int store_merge_compared(const char *path, const char *const *paths, size_t nr_paths,
			 const struct store_comparison *c, struct km_diag *d) KM_MUST_CHECK;

#endif
