/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/cma_facts.h"

/* Whose rows are handed on: one of the three is set. */
struct hand_on {
	int (*area)(void *ctx, const struct cma_area_facts *a);
	int (*failure)(void *ctx, const struct cma_failure_facts *a);
	int (*blocker)(void *ctx, const struct cma_blocker_facts *b);
	void *ctx;
};

static const char *text_or_null(const struct query *q, size_t column)
{
	return query_type(q, column) == QUERY_NULL ? NULL : query_text(q, column);
}

static int64_t int_or(const struct query *q, size_t column, int64_t otherwise)
{
	return query_type(q, column) == QUERY_NULL ? otherwise : query_int(q, column);
}

/* Task, process, call site and age in four columns from @first on. */
static struct cma_owner owner_in(const struct query *q, size_t first)
{
	return (struct cma_owner){ .task = text_or_null(q, first),
				   .pid = query_int(q, first + 1),
				   .site = text_or_null(q, first + 2),
				   .age_ns = int_or(q, first + 3, -1) };
}

static int area_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct cma_area_facts a = { .name = query_text(q, 0),
					  .pages = query_int(q, 1),
					  .allocs = query_int(q, 2),
					  .failed = query_int(q, 3),
					  .tries = query_int(q, 4),
					  .busy = query_int(q, 5),
					  .migrated_pages = query_int(q, 6),
					  .reclaimed_pages = query_int(q, 7),
					  .has_latency = query_type(q, 8) != QUERY_NULL,
					  .median_ns = query_int(q, 8),
					  .max_ns = query_int(q, 9),
					  .most_lent_pages = query_int(q, 10),
					  .least_chunk_pages = query_int(q, 11) };

	return to->area(to->ctx, &a);
}

int cma_areas(const struct facts *f, int (*row)(void *ctx, const struct cma_area_facts *a),
	      void *ctx, struct km_diag *d)
{
	/* of an even number of latencies the median is the lower one of the two in the middle */
	static const char sql[] =
		"WITH l AS (SELECT area, latency_ns, row_number() OVER (PARTITION BY area ORDER BY latency_ns) "
		"AS i, count(*) OVER (PARTITION BY area) AS n FROM v_cma_allocs WHERE run = ?1 AND latency_ns "
		"IS NOT NULL), "
		"a AS (SELECT area, count(*) AS allocs, sum(result NOT IN ('ok', 'unknown')) AS failed, "
		"sum(tries) AS tries, sum(migrated_pages) AS migrated, sum(reclaimed_pages) AS reclaimed "
		"FROM v_cma_allocs WHERE run = ?1 GROUP BY area), "
		"s AS (SELECT area, max(base_pfn) AS base, max(pages) AS pages, max(lent_pages) AS lent, "
		"min(maxchunk_pages) AS chunk FROM v_cma WHERE run = ?1 GROUP BY area) "
		"SELECT s.area, s.pages, a.allocs, a.failed, a.tries, (SELECT count(*) FROM v_cma_tries AS t "
		"WHERE t.run = ?1 AND t.area = s.area AND t.result = 'busy'), a.migrated, a.reclaimed, "
		"(SELECT latency_ns FROM l WHERE l.area = s.area AND l.i = (l.n + 1) / 2), "
		"(SELECT max(latency_ns) FROM l WHERE l.area = s.area), s.lent, s.chunk "
		"FROM s LEFT JOIN a USING (area) ORDER BY s.base, s.area";
	const struct query_arg run = { .number = f->run };
	struct hand_on to = { .area = row, .ctx = ctx };

	return query_each(f->db, sql, &run, 1, area_row, &to, d);
}

static int failure_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct cma_failure_facts a = { .event_no = query_int(q, 0),
					     .ts_ns = query_int(q, 1),
					     .task = text_or_null(q, 2),
					     .area = query_text(q, 3),
					     .pages = query_int(q, 4),
					     .reason = query_text(q, 5),
					     .busy_pfn = int_or(q, 6, -1),
					     .owner = owner_in(q, 7) };

	return to->failure(to->ctx, &a);
}

int cma_failures(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct cma_failure_facts *a), void *ctx,
		 struct km_diag *d)
{
	static const char sql[] =
		"SELECT event_no, ts_ns, task, area, pages, reason, busy_pfn, owner_task, owner_pid, "
		"owner_call_site, owner_age_ns FROM v_failures WHERE run = ? AND path = 'cma_alloc' "
		"ORDER BY ts_ns, event_no LIMIT ?";
	const struct query_arg args[] = { { .number = f->run }, { .number = most } };
	struct hand_on to = { .failure = row, .ctx = ctx };

	return query_each(f->db, sql, args, 2, failure_row, &to, d);
}

static int blocker_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct cma_blocker_facts b = { .tries = query_int(q, 0),
					     .pages = query_int(q, 1),
					     .owner = owner_in(q, 2) };

	return to->blocker(to->ctx, &b);
}

int cma_blockers(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct cma_blocker_facts *b), void *ctx,
		 struct km_diag *d)
{
	static const char sql[] =
		"SELECT count(*) AS n, count(DISTINCT busy_pfn), owner_task, min(owner_pid), owner_call_site, "
		"max(owner_age_ns) FROM v_cma_tries WHERE run = ? AND result = 'busy' "
		"GROUP BY owner_task, owner_call_site ORDER BY n DESC, 3, 5 LIMIT ?";
	const struct query_arg args[] = { { .number = f->run }, { .number = most } };
	struct hand_on to = { .blocker = row, .ctx = ctx };

	return query_each(f->db, sql, args, 2, blocker_row, &to, d);
}

int cma_count_failures(int64_t *n, const struct facts *f, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };

	return query_number(n, f->db,
			    "SELECT count(*) FROM v_failures WHERE run = ? AND path = 'cma_alloc'",
			    &run, 1, 0, d);
}

int cma_count_busy(int64_t *n, const struct facts *f, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };

	return query_number(n, f->db,
			    "SELECT count(*) FROM v_cma_tries WHERE run = ? AND result = 'busy'",
			    &run, 1, 0, d);
}
