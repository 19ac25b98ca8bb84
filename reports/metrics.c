/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/metrics.h"

#include <stdio.h>
#include <string.h>

#define LAST "(SELECT max(sample) FROM v_samples WHERE run = ?1)"
#define AT_END(what, view) "SELECT sum(" what ") FROM " view " WHERE run = ?1 AND sample = " LAST
#define PRESSURE(what) "SELECT sum(model) FROM v_pressure WHERE run = ?1 AND what = '" what "'"

/* Kernel: mm/vmstat.c:unusable_free_index() [6.1], over all zones at once */
#define UNUSABLE                                                                          \
	"CASE sum(free_blocks << ord) WHEN 0 THEN 1000 ELSE sum(CASE WHEN ord < ?2 THEN " \
	"free_blocks << ord ELSE 0 END) * 1000 / sum(free_blocks << ord) END"

static const struct metric table[] = {
	{ "failures", "failed page allocations", "", METRIC_LESS,
	  "SELECT count(*) FROM v_failures WHERE run = ?1 AND area IS NULL AND NOT recorded" },
	{ "cma_failures", "failed contiguous allocations", "", METRIC_LESS,
	  "SELECT sum(result NOT IN ('ok', 'unknown')) FROM v_cma_allocs WHERE run = ?1" },
	{ "cma_retries", "further ranges that contiguous allocations tried", "", METRIC_LESS,
	  "SELECT sum(max(tries - 1, 0)) FROM v_cma_allocs WHERE run = ?1" },
	{ "cma_moved", "pages moved away for contiguous allocations", "pages", METRIC_LESS,
	  "SELECT sum(migrated_pages) FROM v_cma_allocs WHERE run = ?1" },
	{ "fallbacks", "fallbacks to another migratetype", "", METRIC_LESS,
	  "SELECT count(*) FROM v_fallbacks WHERE run = ?1 AND NOT recorded" },
	{ "mixed_blocks", "mixed pageblocks at the end", "blocks", METRIC_LESS,
	  AT_END("mixed_blocks", "v_mixed") },
	{ "unmovable_blocks", "pageblocks with unmovable pages at the end", "blocks", METRIC_LESS,
	  AT_END("unmovable_blocks", "v_memory") },
	{ "free_pages", "free pages at the end", "pages", METRIC_MORE,
	  AT_END("free_pages", "v_memory") },
	{ "least_free_pages", "fewest free pages ever", "pages", METRIC_MORE,
	  "SELECT min(n) FROM (SELECT sum(free_pages) AS n FROM v_memory WHERE run = ?1 GROUP BY "
	  "sample)" },
	{ "huge_free_blocks", "free blocks of 2 MiB at the end", "blocks", METRIC_MORE,
	  AT_END("huge_free_blocks", "v_memory") },
	{ "unusable_order%", "free memory unusable for order %, at the end", "1/1000", METRIC_LESS,
	  "SELECT " UNUSABLE " FROM v_buddyinfo WHERE run = ?1 AND sample = " LAST },
	{
		"unusable_order%_mean",
		"free memory unusable for order %, on the average",
		"1/1000",
		METRIC_LESS,
		"SELECT sum(n) / count(*) FROM (SELECT " UNUSABLE
		" AS n FROM v_buddyinfo JOIN v_samples "
		"USING (run, sample) WHERE run = ?1 AND source IS NULL GROUP BY sample)",
	},
	{ "kswapd_wakes", "times kswapd woke", "", METRIC_LESS, PRESSURE("kswapd_wake") },
	{ "direct_reclaims", "requests that reclaimed for themselves", "", METRIC_LESS,
	  PRESSURE("direct_reclaim") },
	{ "reclaimed_pages", "pages of the page cache reclaimed", "pages", METRIC_LESS,
	  PRESSURE("reclaimed_pages") },
	{ "compactions", "compactions", "", METRIC_LESS, PRESSURE("compaction_runs") },
	{ "oom", "times out of memory", "", METRIC_LESS, PRESSURE("oom") },
};

const struct metric *metrics(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}

/* @pattern with @order for its %. */
static void fill_in(char *out, size_t size, const char *pattern, unsigned int order)
{
	const char *mark = strchr(pattern, '%');

	if (mark)
		snprintf(out, size, "%.*s%u%s", (int)(mark - pattern), pattern, order, mark + 1);
	else
		snprintf(out, size, "%s", pattern);
}

void metric_at(struct metric_name *out, const struct metric *m, unsigned int order)
{
	*out = (struct metric_name){ .metric = m, .order = strchr(m->name, '%') ? order : 0 };
	fill_in(out->name, sizeof(out->name), m->name, order);
	fill_in(out->title, sizeof(out->title), m->title, order);
}

int metric_find(struct metric_name *out, const char *name, size_t len, const char *where,
		struct km_diag *d)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (unsigned int order = 0; order < KM_MAX_ORDERS; order++) {
			metric_at(out, &table[i], order);
			if (strlen(out->name) == len && !strncmp(out->name, name, len))
				return 0;
		}
	return km_fail(d, KM_EUSAGE, where,
		       "'%.*s' is no metric to compare by; kmemlab-compare(1) lists them",
		       (int)(len < 60 ? len : 60), name);
}

int metric_read(int64_t *out, bool *has, const struct metric_name *m, struct query_db *db,
		int64_t run, struct km_diag *d)
{
	const struct query_arg args[] = { { .number = run }, { .number = m->order } };
	size_t nr = strstr(m->metric->sql, "?2") ? 2 : 1;
	int err = query_number(out, db, m->metric->sql, args, nr, INT64_MIN, d);

	*has = *out != INT64_MIN;
	if (!*has)
		*out = 0;
	return err;
}
