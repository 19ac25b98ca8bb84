/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's state before the first event.
 *
 * 1. Free: pages the survey saw leave a free list first; and pages the trace had not named by the
 * time the seed label's
 *    kpageflags were read, where those say so. In a trace from boot also pages handed out first
 *    without leaving a free list: no per-CPU list held anything yet, so they left one in a window
 *    without events.
 * 2. Types: seed_types.c.
 * 3. Free runs become blocks by greedy maximal alignment, which is unique because free mates always
 * merge; lists are
 *    in ascending order, as the kernel hands memory over.
 *
 * Nothing of a later label is read, and no list order is taken from any file.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

bool seed_is_free(const struct replay *r, uint64_t frame, enum first_use use)
{
	const struct km_snapshot *seed = r->config.seed;
	uint64_t nr = r->m.frames.base + frame;

	switch (use) {
	case FIRST_FREE:
		return true;
	case FIRST_USED:
	case FIRST_PCP:
		return false;
	case FIRST_POOL:
		return r->survey.from_boot;
	default:
		break;
	}
	if (seed->kpageflags && nr < seed->nr_kpageflags)
		return seed->kpageflags[nr] >> KM_KPF_BUDDY & 1;
	return false;
}

/* The largest order for a free block at @at inside [@at, @end) whose pageblocks may merge. */
static unsigned int block_order(const struct replay *r, uint64_t at, uint64_t end)
{
	const struct frames *f = &r->m.frames;
	unsigned int order = 0;

	while (order < f->top_order && !(at & pages_of(order)) && at + pages_of(order + 1) <= end) {
		unsigned int low = pageblock_of(f, pfn(at))->mt;
		unsigned int high = pageblock_of(f, pfn(at + pages_of(order)))->mt;

		if (low != high && (low >= KM_NR_PCP_TYPES || high >= KM_NR_PCP_TYPES))
			break;
		order++;
	}
	return order;
}

static void add_run(struct replay *r, struct buddy *b, uint64_t at, uint64_t end)
{
	while (at < end) {
		unsigned int order = block_order(r, at, end);

		if (b->prof->uniform && order > r->m.frames.pb_order)
			buddy_set_types(b, pfn(at), order, pageblock_of(&r->m.frames, pfn(at))->mt);
		frames_count_free(&r->m.frames, pfn(at), order, 1);
		buddy_list_add(b, pfn(at), order, pageblock_of(&r->m.frames, pfn(at))->mt, true);
		at += pages_of(order);
	}
}

/* Nothing names a page of this pageblock: no event, no flags. */
static bool silent(const struct replay *r, uint64_t nr)
{
	const struct km_snapshot *seed = r->config.seed;

	return !r->survey.touched[(nr - r->m.frames.base) >> r->m.frames.pb_order] &&
	       (!seed->kpageflags || nr >= seed->nr_kpageflags);
}

static void seed_zone(struct replay *r, unsigned int zone)
{
	const struct zone *z = &r->m.zone[zone];
	uint64_t from = 0, step;
	bool running = false;

	for (uint64_t nr = z->start.nr; nr <= z->end.nr; nr += step) {
		bool inside = nr < z->end.nr, unnamed = inside && silent(r, nr), is_free = false;

		step = 1;
		if (unnamed) {
			step = pages_of(r->m.frames.pb_order) -
			       (nr & (pages_of(r->m.frames.pb_order) - 1));
			step = nr + step < z->end.nr ? step : z->end.nr - nr;
		} else if (inside) {
			enum first_use use = survey_first(&r->survey, nr - r->m.frames.base);

			is_free = seed_is_free(r, nr - r->m.frames.base, use);
			unnamed = use == FIRST_NONE && !r->config.seed->kpageflags;
		}
		r->totals.seed.unknown_pages += unnamed ? step : 0;
		if (is_free && survey_first(&r->survey, nr - r->m.frames.base) != FIRST_NONE)
			r->totals.seed.proven_pages++;
		else if (is_free)
			r->totals.seed.flagged_pages++;
		if (is_free && !running)
			from = nr;
		else if (!is_free && running)
			add_run(r, &r->m.buddy[zone], from, nr);
		running = is_free;
	}
}

/* Pages on a running system's per-CPU lists that no file names: only how many. */
static void seed_unknown_pcp(struct replay *r)
{
	const struct km_snapshot *seed = r->config.seed;

	for (unsigned int i = 0, zone = 0; i < seed->nr_zones; i++) {
		const struct km_snap_zone *z = &seed->zones[i];

		if (!z->spanned)
			continue;
		for (unsigned int n = 0; n < z->nr_pagesets; n++) {
			if (z->pagesets[n].cpu >= r->m.pages.nr_cpus)
				continue;
			struct pcp *p = pages_pcp(&r->m.pages, zone, z->pagesets[n].cpu);
			size_t k = (size_t)zone * r->m.pages.nr_cpus + z->pagesets[n].cpu;
			int64_t count = (int64_t)z->pagesets[n].count - r->survey.pcp_net[k];

			p->unknown = p->count = count > 0 ? (uint32_t)count : 0;
			r->totals.seed.hidden_pages += p->unknown;
		}
		zone++;
	}
}

int seed_cold(struct replay *r, struct km_diag *d)
{
	int err = machine_boot(&r->m, d);

	for (unsigned int zone = 0; zone < r->m.pages.nr_zones; zone++)
		r->totals.seed.fresh_pages += r->m.zone[zone].nr_free;
	return err ? err : machine_check(&r->m, d);
}

int seed_build(struct replay *r, struct km_diag *d)
{
	int err;

	err = seed_types(r, d);
	if (err)
		return err;
	for (unsigned int zone = 0; zone < r->m.pages.nr_zones; zone++)
		seed_zone(r, zone);
	contig_seed_areas(r);
	r->totals.from_boot = r->survey.from_boot;
	if (r->survey.from_boot)
		machine_set_stage(&r->m, STAGE_BOOT);
	else
		seed_unknown_pcp(r);
	machine_keep_reserves(&r->m);
	return machine_check(&r->m, d);
}
