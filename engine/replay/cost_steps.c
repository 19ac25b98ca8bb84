/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/cost_steps.h"

#include <string.h>

uint64_t cost_walks(const struct replay *r, unsigned int cpu)
{
	return r->tlb.tlb && cpu < r->cost.c->nr_cpus ? tlb_totals(r->tlb.tlb, cpu).walk_cycles : 0;
}

struct cost_vmem cost_vmem_counts(const struct replay *r)
{
	const struct vmem *m = r->doors.vmem;

	if (!m)
		return (struct cost_vmem){ 0 };
	return (struct cost_vmem){ .steps = m->space.steps,
				   .purges = m->space.purges,
				   .purged_areas = m->space.purged_areas,
				   .purged_pages = m->space.purged_pages,
				   .flushes = m->n.flushes,
				   .full_flushes = m->n.full_flushes,
				   .tables = m->n.tables,
				   .pages = m->n.pages };
}

void cost_feed_before(struct replay *r, unsigned int cpu)
{
	struct cost_feed *f = &r->cost;

	memcpy(f->work, r->m.probe.done, sizeof(f->work));
	f->requests = r->totals.allocs + r->totals.frees;
	f->walks = cost_walks(r, cpu);
	if (r->config.synthetic)
		f->vmem = cost_vmem_counts(r);
}

void cost_lists(struct replay *r, unsigned int zone, uint64_t locked)
{
	struct cost *c = r->cost.c;
	uint64_t holds = cost_did(r, WORK_REFILL) + cost_did(r, WORK_DRAIN);

	holds = holds > locked ? holds : locked;
	if (!holds)
		return;
	cost_take_lock(c, zone);
	cost_add(c, COST_ZONE_LOCK, holds);
	cost_add(c, COST_TAKE, cost_did(r, WORK_TAKE));
	cost_add(c, COST_SPLIT, cost_did(r, WORK_SPLIT));
	cost_add(c, COST_GIVE, cost_did(r, WORK_GIVE));
	cost_add(c, COST_MERGE, cost_did(r, WORK_MERGE));
	cost_add(c, COST_STEAL, cost_did(r, WORK_STEAL));
	cost_add(c, COST_MOVE, cost_did(r, WORK_MOVE));
	cost_unlock(c, zone);
}

void cost_pressure(struct replay *r)
{
	struct cost *c = r->cost.c;

	if (!cost_did(r, WORK_SLOW))
		return;
	cost_add(c, COST_SLOW_PATH, cost_did(r, WORK_SLOW));
	cost_add(c, COST_RECLAIM, cost_did(r, WORK_RECLAIM));
	cost_add(c, COST_RECLAIM_PAGE, cost_did(r, WORK_RECLAIMED));
	cost_add(c, COST_COMPACT, cost_did(r, WORK_COMPACT));
	cost_add(c, COST_MIGRATE_PAGE, cost_did(r, WORK_MIGRATED));
}

void cost_zeroing(struct replay *r, uint64_t pages, uint32_t gfp)
{
	if (gfp & KM_GFP_ZERO || r->config.access.init_on_alloc)
		cost_add(r->cost.c, COST_ZERO_LINE, pages << (r->m.page_shift - 6));
}

uint64_t cost_done(struct replay *r, unsigned int cpu, enum cost_path path, unsigned int class)
{
	struct cost *c = r->cost.c;

	cost_add(c, COST_WALK_CYCLE, cost_walks(r, cpu) - r->cost.walks);
	if (c->failed)
		r->host_error = -KM_ENOMEM;
	return cost_end(c, path, class);
}

void cost_bracket(struct replay *r, const struct bracket_key *key, uint64_t from_ns, uint64_t to_ns,
		  uint64_t model_ps, uint64_t written)
{
	model_ps += written * r->cost.c->ps[COST_TRACE_EVENT];
	if (to_ns >= from_ns && bracket_add(&r->cost.brackets, key, to_ns - from_ns, model_ps))
		r->host_error = -KM_ENOMEM;
}
