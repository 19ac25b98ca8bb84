/* SPDX-License-Identifier: GPL-2.0-only */
/* What store.c, store_sample.c and store_sites.c share: a store and its statements. */
#ifndef REPORTS_STORE_PARTS_H
#define REPORTS_STORE_PARTS_H

#include <sqlite3.h>

#include "engine/core/diag.h"
#include "engine/result.h"
#include "reports/store_file.h"
#include "reports/store_sql.h"

enum insert {
	INSERT_RUN,
	INSERT_SAMPLE,
	INSERT_ZONE,
	INSERT_ZONE_ORDER,
	INSERT_ZONE_BLOCKS,
	INSERT_PAGEBLOCK,
	INSERT_CMA,
	INSERT_CMA_CHANGE,
	INSERT_SLABINFO,
	INSERT_VMALLOCINFO,
	INSERT_VMALLOC,
	INSERT_VMALLOC_CELL,
	INSERT_CMA_ALLOC,
	INSERT_CMA_TRY,
	INSERT_FAILURE,
	INSERT_FALLBACK,
	INSERT_FIDELITY,
	INSERT_ATTRIBUTION,
	INSERT_LOSS,
	INSERT_CURVE,
	INSERT_PRESSURE,
	INSERT_CALLSITE,
	INSERT_TLB,
	INSERT_LEAK,
	INSERT_OWNER,
	INSERT_OWNER_PAGES,
	INSERT_SLAB_USE,
	INSERT_PERCPU,
	INSERT_LATENCY,
	INSERT_COST_PART,
	INSERT_COST_WINDOW,
	INSERT_COST_SLOWEST,
	INSERT_COST_CPU,
	INSERT_COST_BRACKET,
	INSERT_COST_ITEM,
	NR_INSERTS,
};

/* A zone of this run; its place in the table is its number in the database. */
struct store_zone {
	int node;
	char *name;
};

struct store {
	sqlite3 *db;
	char *path;
	struct store_file file;
	sqlite3_stmt *inserts[NR_INSERTS];
	struct store_zone zones[KM_MAX_ZONES];
	size_t nr_zones;
	uint64_t sample; /* the last one's number; the first is 1 */
	struct km_diag failure;
};

/* The only one there is in a database that is being written. */
static const uint64_t the_run = 1;

/* Store one row; the first failure of a store is kept and ends it. */
int store_put(struct store *s, enum insert what, const struct store_value *v,
	      size_t n) KM_MUST_CHECK;

#define PUT(s, what, ...)                                                   \
	store_put((s), (what), (const struct store_value[]){ __VA_ARGS__ }, \
		  sizeof((const struct store_value[]){ __VA_ARGS__ }) /     \
			  sizeof(struct store_value))

static inline struct store_value pfn_or_null(uint64_t pfn_nr)
{
	return pfn_nr == KM_NO_PFN ? store_text(NULL) : store_int(pfn_nr);
}

static inline struct store_value int_if(bool known, uint64_t number)
{
	return known ? store_int(number) : store_text(NULL);
}

/* The number of zone @name of @node, which is stored when it is first met; -KM_E… */
int64_t store_zone_number(struct store *s, int node, const char *name) KM_MUST_CHECK;

/* store_sites.c: slots of the sink */
int store_attribution(void *ctx, const struct km_attribution_row *row);
int store_owner(void *ctx, const struct km_owner_row *row);
int store_slab_use(void *ctx, const struct km_slab_use_row *row);
int store_call_site(void *ctx, const struct km_call_site_row *row);
int store_leak(void *ctx, const struct km_leak_row *row);

/* store_costs.c: the same of costs */
int store_cost(void *ctx, const struct km_cost_row *row);

/* store_sample.c: a sample's rows; @ctx is the store */
int store_sample(void *ctx, const struct km_sample *row);

#endif
