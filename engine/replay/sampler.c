/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "engine/metrics/metrics.h"

int sampler_init(struct sampler *s, const struct machine *m, unsigned int type_columns)
{
	*s = (struct sampler){ .type_columns = type_columns };
	s->zone = calloc(m->pages.nr_zones, sizeof(*s->zone));
	s->map = calloc(m->frames.nr_blocks, sizeof(*s->map));
	s->last = calloc(m->frames.nr_blocks, sizeof(*s->last));
	s->by_used = calloc(pages_of(m->frames.pb_order) + 1, sizeof(*s->by_used));
	if (!s->zone || !s->map || !s->last || !s->by_used) {
		sampler_release(s);
		return -KM_ENOMEM;
	}
	for (uint64_t i = 0; i < m->frames.nr_blocks; i++)
		s->last[i].state = KM_NR_MAP_STATES;
	if (area_uses_init(&s->areas, m)) {
		sampler_release(s);
		return -KM_ENOMEM;
	}
	return 0;
}

void sampler_release(struct sampler *s)
{
	free(s->zone);
	free(s->map);
	free(s->last);
	free(s->by_used);
	area_uses_release(&s->areas);
	*s = (struct sampler){ 0 };
}

static void fill_lists(struct km_zone_state *z, const struct buddy *b)
{
	unsigned int n = buddy_nr_orders(b);

	for (unsigned int order = 0; order < n; order++) {
		z->nr_free[order] = b->nr_free[order];
		z->free_pages += b->nr_free[order] << order;
		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
			z->type_free[mt][order] = b->list[order][mt].count;
	}
	for (unsigned int order = 0; order < n; order++) {
		z->unusable_milli[order] = metrics_unusable(z->nr_free, n, order);
		z->extfrag_milli[order] = metrics_extfrag(z->nr_free, n, order);
	}
}

/* Does a pageblock hold pages of a type other than its own? */
static bool is_mixed(const struct pageblock *pb)
{
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		if (pb->used[mt] && mt != pb->mt && !(pb->mt == KM_CMA && mt == KM_MOVABLE))
			return true;
	return false;
}

/* Where nodes lie among one another: does the pageblock begin with another zone's page? */
static bool another_zones(const struct machine *m, const struct zone *z, struct pfn at)
{
	return z->nr_parts && at.nr >= z->start.nr && !zone_has(z, at) &&
	       pages_zone_of(&m->pages, at) != m->pages.nr_zones;
}

/*
 * Counted as pagetypeinfo does: a pageblock once, by a page inside the zone.
 * Kernel: mm/vmstat.c:pagetypeinfo_showblockcount_print() [6.1]
 */
static void fill_blocks(struct km_zone_state *z, const struct machine *m, const struct zone *zone,
			uint64_t *by_used)
{
	unsigned int pb = m->frames.pb_order;
	struct metrics_packing packing;

	metrics_packing_init(&packing, by_used, pages_of(pb));

	for (struct pfn at = pfn_align_down(zone->start, pb); at.nr < zone->end.nr;
	     at = pfn_plus(at, pages_of(pb))) {
		const struct pageblock *block = pageblock_of(&m->frames, at);

		if (block->absent || another_zones(m, zone, at))
			continue;
		z->type_blocks[block->mt]++;
		z->mixed_blocks[block->mt] += is_mixed(block);
		z->blocks++;
		z->unmovable_blocks += block->used[KM_UNMOVABLE] != 0;
		metrics_packing_add(&packing, block->free_pages + block->pcp_pages,
				    block->used[KM_MOVABLE]);
	}
	z->compact_moves = metrics_packing_cost(&packing, &z->compact_gain);
}

static uint8_t map_state(const struct machine *m, const struct pageblock *pb)
{
	static const uint8_t of_type[KM_NR_PCP_TYPES] = { KM_MAP_UNMOVABLE, KM_MAP_MOVABLE,
							  KM_MAP_RECLAIMABLE };
	unsigned int kinds = 0, last = 0;

	if (pb->mt == KM_ISOLATE)
		return KM_MAP_ISOLATE;
	if (pb->mt == KM_CMA)
		return KM_MAP_CMA;
	if (pb->free_pages == pages_of(m->frames.pb_order))
		return KM_MAP_FREE;
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		if (pb->used[mt]) {
			kinds++;
			last = mt;
		}
	if (!kinds)
		return pb->seen && pb->mt < KM_NR_PCP_TYPES ? of_type[pb->mt] : KM_MAP_UNTOUCHED;
	return kinds > 1 ? KM_MAP_MIXED : of_type[last];
}

static size_t fill_map(struct sampler *s, struct machine *m)
{
	size_t n = 0;

	for (uint64_t i = 0; i < m->frames.nr_blocks; i++) {
		struct pageblock *pb = &m->frames.block[i];

		if (!(pb->dirty & PAGEBLOCK_MAP))
			continue;
		struct km_map_row row = { .pageblock_pfn =
						  m->frames.base + (i << m->frames.pb_order),
					  .state = map_state(m, pb),
					  .free_pages = pb->free_pages };

		pb->dirty &= (uint8_t)~PAGEBLOCK_MAP;
		if (pages_zone_of(&m->pages, pfn(row.pageblock_pfn)) == m->pages.nr_zones && i)
			continue;
		if (row.state == s->last[i].state && row.free_pages == s->last[i].free_pages)
			continue;
		s->last[i] = row;
		s->map[n++] = row;
	}
	return n;
}

/* Order of a block of 2 MiB. */
static unsigned int huge_order(const struct machine *m)
{
	enum { HUGE_SHIFT = 21 };

	return m->page_shift < HUGE_SHIFT ? HUGE_SHIFT - m->page_shift : 0;
}

int sampler_take(struct sampler *s, struct machine *m, struct km_sample *row,
		 const struct km_sink *sink)
{
	struct km_cma_state cma[MACHINE_MAX_CMA];
	unsigned int huge = huge_order(m);

	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		struct km_zone_state *z = &s->zone[i];

		memset(z, 0, sizeof(*z));
		z->node = m->zone[i].node;
		z->name = m->zone[i].name;
		fill_lists(z, &m->buddy[i]);
		fill_blocks(z, m, &m->zone[i], s->by_used);
		z->huge_free_blocks = metrics_huge_free(z->nr_free, m->frames.top_order + 1, huge);
		z->huge_free_score_milli =
			metrics_huge_score(z->nr_free, m->frames.top_order + 1, huge);
	}
	for (unsigned int i = 0; i < m->nr_cma; i++)
		area_use_take(&s->areas, m, i, &cma[i]);
	row->nr_orders = m->frames.top_order + 1;
	row->type_columns = s->type_columns;
	row->zones = s->zone;
	row->nr_zones = m->pages.nr_zones;
	row->map = s->map;
	row->nr_map = s->no_map ? 0 : fill_map(s, m);
	row->cma = cma;
	row->nr_cma = m->nr_cma;
	return sink->ops->sample(sink->ctx, row);
}
