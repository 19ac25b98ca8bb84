/* SPDX-License-Identifier: GPL-2.0-only */
/* What every format says of a run: loaded once, then only read. */
#ifndef REPORTS_FACTS_H
#define REPORTS_FACTS_H

#include "engine/core/diag.h"
#include "reports/query.h"

enum { FACTS_MAX_LABELS = 256 };

struct facts_zone {
	int64_t node;
	char *name;
	int64_t free_pages; /* at the last recorded state */
};

/* A contiguous area (v_cma). */
struct facts_area {
	char *name;
	int64_t base_pfn, pages;
};

/* A label of the trace at the moment its snapshot begins. */
struct facts_label {
	int64_t sample, ts_ns;
	char *name;
	bool seeded;
};

/* What v_loss says of a CPU and class. */
struct facts_loss {
	int64_t cpu; /* -1: nothing says of which */
	char *event_class;
	int64_t events;			 /* 0: nothing says how many */
	int64_t first_ts_ns, last_ts_ns; /* 0: nothing says when */
};

/* Somewhere between these two events were lost. */
struct facts_gap {
	int64_t from_ns, to_ns;
};

struct facts {
	struct query_db *db;
	int64_t run;
	int64_t nr_runs; /* in the database */
	char *name, *mode, *kernel, *slab, *trace, *digest, *config;
	int64_t events, lost_events, first_ts_ns, last_ts_ns;
	int64_t page_size;
	bool what_if, unvalidated;
	int64_t nr_samples, last_sample; /* 0: none was recorded */
	int64_t fallbacks, recorded_fallbacks, failures, recorded_failures, cma_allocs;
	int64_t curve_points;				  /* of published curves; 0: it has none */
	int64_t nr_layers, nr_caches, nr_sites, nr_leaks; /* rows of v_attribution, … */
	int64_t slab_runs;	/* runs of the database that have pages of slabs */
	int64_t vmalloc_states; /* states that know of virtual addresses */
	int64_t nr_latencies;	/* rows of v_latency */
	int64_t nr_orders;
	int64_t pageblock_pages; /* distance of neighbouring pageblocks in v_map; 0: unknown */
	struct facts_zone *zones;
	size_t nr_zones;
	struct facts_area *areas; /* by address */
	size_t nr_areas;
	struct facts_label *labels; /* the first FACTS_MAX_LABELS */
	size_t nr_labels;
	struct facts_loss *losses;
	size_t nr_losses;
	struct facts_gap *gaps; /* by time */
	size_t nr_gaps;
	int64_t uncertain_pages; /* at most, in a state after the first gap; -1: there is none */
};

/**
 * facts_load() - what @db says of run @run (0: the last one). @db must outlive @f.
 *
 * Return: 0; -KM_ENOENT where there is no such run, or what query_open() gives; @d is filled and @f
 * needs no release.
 */
int facts_load(struct facts *f, struct query_db *db, int64_t run, struct km_diag *d) KM_MUST_CHECK;
void facts_release(struct facts *f);

/* "12.34" for 1234 of 10000, "99.99900" within 0.1 % of all; "-" where @total is 0. @out: 24 bytes. */
const char *facts_percent(char out[24], int64_t hits, int64_t total);

/* "1.234" for 1234, the kernel's way to print its indexes ("-1.000"). */
const char *facts_milli(char out[24], int64_t milli);

/* Bytes with the largest unit that leaves a number of at least 1: "4 KiB", "12.5 MiB". */
const char *facts_bytes(char out[24], int64_t bytes);

/* 1234567 as "1,234,567". */
const char *facts_count(char out[32], int64_t n);

#endif
