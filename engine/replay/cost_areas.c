/* SPDX-License-Identifier: GPL-2.0-only */
/* What virtual addresses take. */
#include "engine/replay/cost_steps.h"
#include "engine/replay/vmalloc_state.h"

/*
 * Purges of the operation under way. Every CPU is made to flush under the purge's lock.
 * Kernel: mm/vmalloc.c:__purge_vmap_area_lazy() [6.1]
 */
static void add_purges(struct replay *r, const struct cost_vmem *n)
{
	const struct vmem *m = r->doors.vmem;
	struct cost *c = r->cost.c;

	if (!n->flushes)
		return;
	cost_take_lock(c, COST_LOCK_PURGE);
	for (uint64_t i = 0; i < n->flushes; i++)
		cost_flush(c, n->purged_pages, i < n->full_flushes, m->layout.broadcasts);
	cost_add(c, COST_VMAP_PURGE, n->purged_areas);
	cost_unlock(c, COST_LOCK_PURGE);
}

/*
 * Where nothing may wait for its purge, as before 2.6.28, one lock is held from the search for an
 * area until its mapping is there, and while it is unmapped and flushed.
 */
static bool one_lock(const struct replay *r)
{
	return r->doors.vmem && !r->doors.vmem->lazy_max;
}

static void add_area(struct replay *r, const struct op *op, const struct cost_vmem *n)
{
	struct cost *c = r->cost.c;
	uint64_t pages = op->ev->obj.bytes_req >> r->m.page_shift, tables = n->tables;
	bool own = n->pages != 0;

	if (!one_lock(r))
		cost_take_lock(c, COST_LOCK_VMAP);
	cost_add(c, COST_VMAP_STEP, n->steps);
	if (!one_lock(r))
		cost_unlock(c, COST_LOCK_VMAP);
	cost_add(c, COST_VMAP_ALLOC, 1);
	cost_pressure(r);
	cost_add(c, COST_BULK_PAGE, n->pages);
	cost_add(c, COST_PAGE_ALLOC, tables);
	cost_add(c, COST_PAGE_TABLE, tables);
	cost_add(c, COST_ZERO_LINE, tables << (r->m.page_shift - 6));
	if (own)
		cost_zeroing(r, n->pages, op->ev->obj.gfp);
	cost_lists(r, 0, cost_did(r, WORK_TAKE) != 0);
	cost_add(c, COST_PTE_SET, pages);
}

/* Page tables may also give way, and a request that failed gave back what it had. */
static uint64_t more(uint64_t now, uint64_t was)
{
	return now > was ? now - was : 0;
}

static void area(struct replay *r, const struct op *op, bool alloc, uint64_t pages)
{
	struct cost_feed *f = &r->cost;
	const struct cost_vmem now = cost_vmem_counts(r), *was = &f->vmem;
	const struct cost_vmem n = { .steps = now.steps - was->steps,
				     .purged_areas = now.purged_areas - was->purged_areas,
				     .purged_pages = now.purged_pages - was->purged_pages,
				     .flushes = now.flushes - was->flushes,
				     .full_flushes = now.full_flushes - was->full_flushes,
				     .tables = more(now.tables, was->tables),
				     .pages = alloc ? more(now.pages, was->pages) :
						      more(was->pages, now.pages) };

	if (one_lock(r))
		cost_take_lock(f->c, COST_LOCK_VMAP);
	if (alloc) {
		add_area(r, op, &n);
	} else {
		cost_add(f->c, COST_VMAP_FREE, 1);
		cost_add(f->c, COST_PTE_CLEAR, pages);
		cost_add(f->c, COST_PAGE_FREE, n.pages);
		cost_lists(r, 0, cost_did(r, WORK_GIVE) != 0);
	}
	add_purges(r, &n);
	if (one_lock(r))
		cost_unlock(f->c, COST_LOCK_VMAP);
	cost_done(r, op->cpu, alloc ? COST_VMALLOC : COST_VFREE,
		  n.flushes ? COST_HOW_NEW : COST_HOW_PCP);
}

void cost_feed_door(struct replay *r, const struct op *op)
{
	bool alloc = op->ev->kind == KM_EV_KMALLOC;
	uint64_t slot = km_door_slot(op->ev->obj.ptr);
	struct cost *c = r->cost.c;

	if (op->cpu >= c->nr_cpus || slot >= r->doors.nr_objects)
		return;
	const struct door_object *o = &r->doors.object[slot];

	cost_begin(c, op->cpu, op->ev->ts_ns, op->no);
	if (km_door_maps(o->door) && r->doors.vmem) {
		area(r, op, alloc, o->bytes >> r->m.page_shift);
	} else if (o->door <= KM_DOOR_FRAG) {
		cost_add(c, alloc ? COST_BULK_PAGE : COST_PAGE_FREE, o->pages);
		cost_pressure(r);
		if (alloc)
			cost_zeroing(r, o->pages, op->ev->obj.gfp);
		cost_lists(r, 0, cost_did(r, alloc ? WORK_TAKE : WORK_GIVE) != 0);
		cost_done(r, op->cpu, COST_BULK, COST_HOW_PCP);
	}
}

/*
 * What the record says of its own areas. Differs: how many pages an unmapped one had is not among
 * it, nor are page tables.
 */
static void recorded_area(struct replay *r, const struct km_event *ev, bool alloc)
{
	uint64_t steps = r->vmaps ? r->vmaps->space.steps : 0,
		 pages = ev->num[1] >> r->m.page_shift;
	struct cost *c = r->cost.c;

	r->cost.walks = cost_walks(r, ev->cpu);
	cost_begin(c, ev->cpu, ev->ts_ns, r->totals.events);
	cost_take_lock(c, COST_LOCK_VMAP);
	if (alloc && steps > r->cost.steps)
		cost_add(c, COST_VMAP_STEP, steps - r->cost.steps);
	cost_unlock(c, COST_LOCK_VMAP);
	cost_add(c, alloc ? COST_VMAP_ALLOC : COST_VMAP_FREE, 1);
	if (alloc && !ev->num[3] && pages)
		cost_add(c, COST_PTE_SET, pages - 1);
	r->cost.steps = steps;
	cost_done(r, ev->cpu, alloc ? COST_VMALLOC : COST_VFREE,
		  alloc && ev->num[3] ? COST_HOW_FAILED : COST_HOW_PCP);
}

static void recorded_purge(struct replay *r, const struct km_event *ev)
{
	struct cost *c = r->cost.c;
	uint64_t pages = ev->num[1] > ev->num[0] ? (ev->num[1] - ev->num[0]) >> r->m.page_shift : 0;
	const struct machine_arch *arch = r->config.layout ? r->config.layout->arch :
							     machine_arch_at(0);
	const struct vmem_layout layout = machine_arch_vmem(arch, r->m.page_shift);

	r->cost.walks = cost_walks(r, ev->cpu);
	cost_begin(c, ev->cpu, ev->ts_ns, r->totals.events);
	cost_take_lock(c, COST_LOCK_PURGE);
	cost_flush(c, pages, pages > layout.flush_ceiling, layout.broadcasts);
	cost_add(c, COST_VMAP_PURGE, ev->num[2]);
	cost_unlock(c, COST_LOCK_PURGE);
	cost_done(r, ev->cpu, COST_PURGE, COST_HOW_NEW);
}

void cost_feed_area(struct replay *r, const struct km_event *ev)
{
	if (ev->cpu >= r->cost.c->nr_cpus)
		return;
	if (ev->kind == KM_EV_VMAP_PURGE)
		recorded_purge(r, ev);
	else if (ev->kind == KM_EV_VMAP_ALLOC || ev->kind == KM_EV_VMAP_FREE)
		recorded_area(r, ev, ev->kind == KM_EV_VMAP_ALLOC);
}
