/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "engine/cost/cost_profile.h"

static const struct {
	const char *name;
	enum cost_part part;
} items[COST_NR_ITEMS] = {
	[COST_PAGE_ALLOC] = { "page_alloc", COST_PART_BASE },
	[COST_PAGE_FREE] = { "page_free", COST_PART_BASE },
	[COST_SLOW_PATH] = { "slow_path", COST_PART_BASE },
	[COST_BULK_PAGE] = { "bulk_page", COST_PART_BASE },
	[COST_ZERO_LINE] = { "zero_line", COST_PART_ZERO },
	[COST_ZONE_LOCK] = { "zone_lock", COST_PART_LOCK },
	[COST_TAKE] = { "take", COST_PART_REFILL },
	[COST_GIVE] = { "give", COST_PART_DRAIN },
	[COST_SPLIT] = { "split", COST_PART_SPLIT },
	[COST_MERGE] = { "merge", COST_PART_MERGE },
	[COST_STEAL] = { "steal", COST_PART_FALLBACK },
	[COST_MOVE] = { "move", COST_PART_FALLBACK },
	[COST_RECLAIM] = { "reclaim", COST_PART_RECLAIM },
	[COST_RECLAIM_PAGE] = { "reclaim_page", COST_PART_RECLAIM },
	[COST_COMPACT] = { "compact", COST_PART_MIGRATE },
	[COST_MIGRATE_PAGE] = { "migrate_page", COST_PART_MIGRATE },
	[COST_SLAB_ALLOC] = { "slab_alloc", COST_PART_BASE },
	[COST_SLAB_FREE] = { "slab_free", COST_PART_BASE },
	[COST_SLAB_TOUCH] = { "slab_touch", COST_PART_SLAB },
	[COST_SLAB_RELOAD] = { "slab_reload", COST_PART_SLAB },
	[COST_SLAB_STACK] = { "slab_stack", COST_PART_SLAB },
	[COST_SLAB_PARTIAL] = { "slab_partial", COST_PART_SLAB },
	[COST_SLAB_NEW] = { "slab_new", COST_PART_SLAB },
	[COST_SLAB_OBJECT] = { "slab_object", COST_PART_SLAB },
	[COST_SLAB_CONSTRUCT] = { "slab_construct", COST_PART_SLAB },
	[COST_SLAB_SLOW] = { "slab_slow", COST_PART_SLAB },
	[COST_SLAB_DISCARD] = { "slab_discard", COST_PART_SLAB },
	[COST_SLAB_TRANSFER] = { "slab_transfer", COST_PART_SLAB },
	[COST_LIST_LOCK] = { "list_lock", COST_PART_LOCK },
	[COST_VMAP_ALLOC] = { "vmap_alloc", COST_PART_BASE },
	[COST_VMAP_STEP] = { "vmap_step", COST_PART_SEARCH },
	[COST_VMAP_FREE] = { "vmap_free", COST_PART_BASE },
	[COST_VMAP_PURGE] = { "vmap_purge", COST_PART_PURGE },
	[COST_PTE_SET] = { "pte_set", COST_PART_PTE },
	[COST_PTE_CLEAR] = { "pte_clear", COST_PART_PTE },
	[COST_PAGE_TABLE] = { "page_table", COST_PART_PTE },
	[COST_FLUSH_PAGE] = { "flush_page", COST_PART_FLUSH },
	[COST_FLUSH_ALL] = { "flush_all", COST_PART_FLUSH },
	[COST_IPI_IDLE] = { "ipi_idle", COST_PART_IPI },
	[COST_IPI_BUSY] = { "ipi_busy", COST_PART_IPI },
	[COST_IPI_STOLEN] = { "ipi_stolen", COST_PART_STOLEN },
	[COST_WALK_CYCLE] = { "walk_cycle", COST_PART_WALK },
	[COST_CMA] = { "cma", COST_PART_BASE },
	[COST_CMA_PAGE] = { "cma_page", COST_PART_MIGRATE },
	[COST_TRACE_EVENT] = { "trace_event", COST_PART_BASE },
	[COST_IDLE_AFTER] = { "idle_after", COST_PART_IPI },
};

const char *cost_item_name(unsigned int item)
{
	return item < COST_NR_ITEMS ? items[item].name : NULL;
}

enum cost_part cost_part_of(enum cost_item item)
{
	return items[item].part;
}

const char *cost_part_name(unsigned int part)
{
	static const char *const names[COST_NR_PARTS] = {
		"base",	    "lock", "refill", "drain", "split",	  "merge",
		"fallback", "zero", "slab",   "pte",   "search",  "purge",
		"flush",    "ipi",  "stolen", "walk",  "migrate", "reclaim",
	};

	return part < COST_NR_PARTS ? names[part] : NULL;
}

const char *cost_verified_name(unsigned int v)
{
	static const char *const names[] = { "no", "no", "secondary", "yes" };

	return v < sizeof(names) / sizeof(names[0]) ? names[v] : NULL;
}

int cost_table_check(const struct cost_table *t, struct km_diag *d)
{
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++) {
		const struct cost_entry *e = &t->item[i];

		if (e->verified == COST_UNSAID)
			return km_fail(d, KM_EINVAL, items[i].name,
				       "nothing says what it takes; 'like' names a table that "
				       "does");
		if (e->ps > COST_MOST_PS)
			return km_fail(d, KM_EINVAL, items[i].name,
				       "%" PRIu64 " ps: no step takes more than ten seconds",
				       e->ps);
	}
	if (!t->item[COST_IDLE_AFTER].ps)
		return km_fail(d, KM_EINVAL, items[COST_IDLE_AFTER].name,
			       "0 ps: a CPU would be idle while it works");
	return 0;
}
