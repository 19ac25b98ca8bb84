/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/curve_points.h"

#include <stdio.h>
#include <string.h>

#include "reports/query.h"

/*
 * The column is one of v_memory's that add up over zones. A column cannot be an argument of a
 * query: each has its own.
 */
#define OWN(column)                                                                                \
	"SELECT CAST(substr(s.label, length(c.labels) + 1) AS INTEGER) AS x, sum(m." column ") "   \
	"FROM (SELECT DISTINCT run, labels FROM v_curves WHERE run = ?) AS c JOIN v_samples AS s " \
	"USING (run) JOIN v_memory AS m USING (run, sample) WHERE s.source IS NULL AND "           \
	"substr(s.label, 1, length(c.labels)) = c.labels AND m.zone = (SELECT zone FROM v_memory " \
	"WHERE run = c.run ORDER BY blocks DESC, node, zone LIMIT 1) GROUP BY s.sample ORDER BY x"

static const struct {
	const char *metric, *sql;
} own[] = {
	{ "huge_free_blocks", OWN("huge_free_blocks") }, { "free_pages", OWN("free_pages") },
	{ "unmovable_blocks", OWN("unmovable_blocks") }, { "compact_moves", OWN("compact_moves") },
	{ "compact_gain", OWN("compact_gain") },
};

const char *curve_metric_at(size_t i)
{
	return i < sizeof(own) / sizeof(own[0]) ? own[i].metric : NULL;
}

int curve_metric(char *out, size_t size, const struct facts *f, struct km_diag *d)
{
	static const char sql[] = "SELECT metric FROM v_curves WHERE run = ? LIMIT 1";
	const struct query_arg run = { .number = f->run };
	struct query *q;
	int err = query_open(&q, f->db, sql, &run, 1, d);

	*out = '\0';
	if (err)
		return err;
	err = query_next(q, d);
	if (err == 1)
		snprintf(out, size, "%s", query_text(q, 0));
	query_close(q);
	return err == 1 ? 0 : err;
}

int curve_own_points(const struct facts *f, const char *metric,
		     int (*row)(void *ctx, const struct query *q), void *ctx, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i].metric, metric))
			return query_each(f->db, own[i].sql, &run, 1, row, ctx, d);
	return 0;
}

int curve_published_points(const struct facts *f, int (*row)(void *ctx, const struct query *q),
			   void *ctx, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };

	return query_each(f->db,
			  "SELECT series, x, y FROM v_curves WHERE run = ? ORDER BY series, x, y",
			  &run, 1, row, ctx, d);
}
