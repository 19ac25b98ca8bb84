/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/losses.h"

/* A loader in the middle of its rows. */
struct load {
	struct facts *f;
	struct km_diag *d;
};

static int no_memory(const struct load *l)
{
	return km_fail(l->d, KM_ENOMEM, query_db_path(l->f->db), "out of memory");
}

static int load_run_row(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct facts *f = l->f;
	char **texts[] = { &f->name,  &f->mode,	  &f->kernel, &f->slab,
			   &f->trace, &f->digest, &f->config };
	size_t n = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < n; i++) {
		*texts[i] = strdup(query_text(q, i));
		if (!*texts[i])
			return no_memory(l);
	}
	f->events = query_int(q, n);
	f->lost_events = query_int(q, n + 1);
	f->first_ts_ns = query_int(q, n + 2);
	f->last_ts_ns = query_int(q, n + 3);
	f->what_if = query_int(q, n + 4);
	f->unvalidated = query_int(q, n + 5);
	f->page_size = query_int(q, n + 6);
	return 1;
}

static int load_run(struct load *l)
{
	const struct query_arg run = { .number = l->f->run };
	int err = query_each(
		l->f->db,
		"SELECT name, mode, kernel, slab, trace, digest, config, events, lost_events, first_ts_ns, "
		"last_ts_ns, what_if, unvalidated, page_size FROM run WHERE run = ?",
		&run, 1, load_run_row, l, l->d);

	if (err == 0)
		return km_fail(l->d, KM_EUSAGE, query_db_path(l->f->db),
			       l->f->nr_runs ? "has no run %" PRId64
					       "; its runs are 1 to %" PRId64 :
					       "has no run %" PRId64 "; it has none at all",
			       l->f->run, l->f->nr_runs);
	return err < 0 ? err : 0;
}

/* Room for one more element of an array that doubles. */
static int grow(const struct load *l, void **array, size_t nr, size_t size)
{
	void *more;

	if (nr & (nr - 1))
		return 0;
	more = realloc(*array, (nr ? nr * 2 : 1) * size);
	if (!more)
		return no_memory(l);
	*array = more;
	return 0;
}

static int load_zone(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct facts *f = l->f;
	int err = grow(l, (void **)&f->zones, f->nr_zones, sizeof(*f->zones));

	if (err)
		return err;
	f->zones[f->nr_zones] = (struct facts_zone){ .node = query_int(q, 0),
						     .name = strdup(query_text(q, 1)),
						     .free_pages = query_int(q, 2) };
	return f->zones[f->nr_zones++].name ? 0 : no_memory(l);
}

static int load_area(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct facts *f = l->f;
	int err = grow(l, (void **)&f->areas, f->nr_areas, sizeof(*f->areas));

	if (err)
		return err;
	f->areas[f->nr_areas] = (struct facts_area){ .name = strdup(query_text(q, 0)),
						     .base_pfn = query_int(q, 1),
						     .pages = query_int(q, 2) };
	return f->areas[f->nr_areas++].name ? 0 : no_memory(l);
}

static int load_label(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct facts *f = l->f;
	int err = grow(l, (void **)&f->labels, f->nr_labels, sizeof(*f->labels));

	if (err)
		return err;
	f->labels[f->nr_labels] = (struct facts_label){ .sample = query_int(q, 0),
							.ts_ns = query_int(q, 1),
							.name = strdup(query_text(q, 2)),
							.seeded = query_int(q, 3) };
	return f->labels[f->nr_labels++].name ? 0 : no_memory(l);
}

/* Zones in the order of the kernel's own files, and the labels in the order they were met. */
static int load_lists(struct load *l)
{
	struct facts *f = l->f;
	const struct query_arg zone_args[] = { { .number = f->run }, { .number = f->last_sample } };
	const struct query_arg label_args[] = { { .number = f->run },
						{ .number = FACTS_MAX_LABELS } };
	int err = query_each(
		f->db,
		"SELECT z.node, z.name, total(o.free_blocks << o.ord) FROM zone AS z LEFT JOIN zone_order AS o "
		"ON o.run = z.run AND o.zone = z.zone AND o.sample = ?2 WHERE z.run = ?1 GROUP BY z.zone "
		"ORDER BY z.zone",
		zone_args, 2, load_zone, l, l->d);

	if (!err)
		err = query_each(f->db,
				 "SELECT area, max(base_pfn), max(pages) FROM v_cma WHERE run = ? "
				 "GROUP BY area ORDER BY 2, 1",
				 zone_args, 1, load_area, l, l->d);
	if (err)
		return err;
	return query_each(
		f->db,
		"SELECT sample, ts_ns, label, seeded FROM v_samples WHERE run = ? AND label IS NOT NULL AND "
		"source IS NULL ORDER BY sample LIMIT ?",
		label_args, 2, load_label, l, l->d);
}

/* Neighbours in v_map are one pageblock apart. */
static const char pageblock_sql[] =
	"SELECT min(d) FROM (SELECT pageblock_pfn - lag(pageblock_pfn) OVER (ORDER BY pageblock_pfn) AS d "
	"FROM (SELECT DISTINCT pageblock_pfn FROM v_map WHERE run = ?))";

static int load_counts(struct load *l)
{
	struct facts *f = l->f;
	const struct query_arg run = { .number = f->run };
	const struct {
		int64_t *to;
		const char *sql;
	} counts[] = {
		{ &f->nr_samples, "SELECT count(*) FROM v_samples WHERE run = ?" },
		{ &f->last_sample, "SELECT max(sample) FROM v_samples WHERE run = ?" },
		{ &f->fallbacks, "SELECT count(*) FROM v_fallbacks WHERE run = ?" },
		{ &f->recorded_fallbacks, "SELECT sum(recorded) FROM v_fallbacks WHERE run = ?" },
		{ &f->failures, "SELECT count(*) FROM v_failures WHERE run = ?" },
		{ &f->recorded_failures, "SELECT sum(recorded) FROM v_failures WHERE run = ?" },
		{ &f->cma_allocs, "SELECT count(*) FROM v_cma_allocs WHERE run = ?" },
		{ &f->vmalloc_states, "SELECT count(*) FROM v_vmalloc WHERE run = ?" },
		{ &f->nr_latencies, "SELECT count(*) FROM v_latency WHERE run = ?" },
		{ &f->curve_points, "SELECT count(*) FROM v_curves WHERE run = ?" },
		{ &f->nr_layers, "SELECT count(*) FROM v_attribution WHERE run = ?" },
		{ &f->nr_caches, "SELECT count(DISTINCT cache) FROM v_slabinfo WHERE run = ?" },
		{ &f->nr_sites, "SELECT count(*) FROM v_callsites WHERE run = ?" },
		{ &f->nr_leaks, "SELECT count(*) FROM v_leaks WHERE run = ?" },
		{ &f->slab_runs,
		  "SELECT count(DISTINCT run) FROM v_owner_pages WHERE layer = 'slab' AND ? > 0" },
		{ &f->nr_orders, "SELECT 1 + max(ord) FROM zone_order WHERE run = ?" },
		{ &f->pageblock_pages, pageblock_sql },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int err = query_number(counts[i].to, f->db, counts[i].sql, &run, 1, 0, l->d);

		if (err)
			return err;
	}
	return 0;
}

int facts_load(struct facts *f, struct query_db *db, int64_t run, struct km_diag *d)
{
	struct load l = { .f = f, .d = d };
	int err;

	*f = (struct facts){ .db = db, .run = run };
	err = query_number(&f->nr_runs, db, "SELECT max(run) FROM v_runs", NULL, 0, 0, d);
	if (!err && !f->run)
		f->run = f->nr_runs;
	if (!err)
		err = load_run(&l);
	if (!err)
		err = load_counts(&l);
	if (!err)
		err = load_lists(&l);
	if (!err)
		err = losses_load(f, d);
	if (err)
		facts_release(f);
	return err;
}

void facts_release(struct facts *f)
{
	char *texts[] = { f->name, f->mode, f->kernel, f->slab, f->trace, f->digest, f->config };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < f->nr_zones; i++)
		free(f->zones[i].name);
	for (size_t i = 0; i < f->nr_areas; i++)
		free(f->areas[i].name);
	for (size_t i = 0; i < f->nr_labels; i++)
		free(f->labels[i].name);
	for (size_t i = 0; i < f->nr_losses; i++)
		free(f->losses[i].event_class);
	free(f->zones);
	free(f->areas);
	free(f->labels);
	free(f->losses);
	free(f->gaps);
	*f = (struct facts){ 0 };
}

const char *facts_percent(char out[24], int64_t hits, int64_t total)
{
	/* the last digits are what matters near all, and what is not all is never shown as all */
	int places = hits < total && (double)hits > 0.999 * (double)total ? 5 : 2;
	double percent;

	if (!total)
		return "-";
	percent = 100.0 * (double)hits / (double)total;
	if (percent > 99.99999 && hits < total)
		percent = 99.99999;
	snprintf(out, 24, "%.*f", places, percent);
	return out;
}

const char *facts_milli(char out[24], int64_t milli)
{
	int64_t size = milli < 0 ? -milli : milli;

	snprintf(out, 24, "%s%" PRId64 ".%03" PRId64, milli < 0 ? "-" : "", size / 1000,
		 size % 1000);
	return out;
}

const char *facts_bytes(char out[24], int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	int64_t whole = bytes, unit = 1;
	size_t i = 0;

	while (whole >= 1024) {
		whole /= 1024;
		unit *= 1024;
		i++;
	}
	if (bytes % unit)
		snprintf(out, 24, "%.1f %s", (double)bytes / (double)unit, units[i]);
	else
		snprintf(out, 24, "%" PRId64 " %s", whole, units[i]);
	return out;
}

const char *facts_count(char out[32], int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n < 0 ? -(uint64_t)n : (uint64_t)n);
	char *to = out;

	if (n < 0)
		*to++ = '-';
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}
