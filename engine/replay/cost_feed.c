/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

/* Locks: of each zone, of vmalloc's trees, of a purge, of each cache's lists on its node. */
enum { LOCK_VMAP = KM_MAX_ZONES, LOCK_PURGE, LOCK_LISTS, NR_LISTS = 256 };

int cost_feed_open(struct replay *r, struct km_diag *d)
{
	struct cost_feed *f = &r->cost;
	const struct cost_config c = { .table = r->config.costs,
				       .nr_cpus = r->m.pages.nr_cpus,
				       .nr_locks = LOCK_LISTS + NR_LISTS,
				       .closed_loop = r->config.synthetic };

	if (!c.table)
		return 0;
	f->brackets.cpu = calloc(c.nr_cpus, sizeof(*f->brackets.cpu));
	if (!f->brackets.cpu)
		return km_fail(d, KM_ENOMEM, "", "out of memory for the costs");
	return cost_open(&f->c, &c, d);
}

void cost_feed_close(struct replay *r)
{
	brackets_release(&r->cost.brackets);
	cost_close(r->cost.c);
	r->cost.c = NULL;
}

/* ---- what the rooms counted ---- */

static uint64_t walk_cycles(const struct replay *r, unsigned int cpu)
{
	return r->tlb.tlb && cpu < r->cost.c->nr_cpus ? tlb_totals(r->tlb.tlb, cpu).walk_cycles : 0;
}

static struct cost_vmem vmem_counts(const struct replay *r)
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
	f->walks = walk_cycles(r, cpu);
	if (r->config.synthetic)
		f->vmem = vmem_counts(r);
}

static uint64_t did(const struct replay *r, enum work w)
{
	return r->m.probe.done[w] - r->cost.work[w];
}

/* What was done to the free lists under the lock of @zone, @locked times at least. */
static void add_lists(struct replay *r, unsigned int zone, uint64_t locked)
{
	struct cost *c = r->cost.c;
	uint64_t holds = did(r, WORK_REFILL) + did(r, WORK_DRAIN);

	holds = holds > locked ? holds : locked;
	if (!holds)
		return;
	cost_take_lock(c, zone);
	cost_add(c, COST_ZONE_LOCK, holds);
	cost_add(c, COST_TAKE, did(r, WORK_TAKE));
	cost_add(c, COST_SPLIT, did(r, WORK_SPLIT));
	cost_add(c, COST_GIVE, did(r, WORK_GIVE));
	cost_add(c, COST_MERGE, did(r, WORK_MERGE));
	cost_add(c, COST_STEAL, did(r, WORK_STEAL));
	cost_add(c, COST_MOVE, did(r, WORK_MOVE));
	cost_unlock(c, zone);
}

static void add_pressure(struct replay *r)
{
	struct cost *c = r->cost.c;

	if (!did(r, WORK_SLOW))
		return;
	cost_add(c, COST_SLOW_PATH, did(r, WORK_SLOW));
	cost_add(c, COST_RECLAIM, did(r, WORK_RECLAIM));
	cost_add(c, COST_RECLAIM_PAGE, did(r, WORK_RECLAIMED));
	cost_add(c, COST_COMPACT, did(r, WORK_COMPACT));
	cost_add(c, COST_MIGRATE_PAGE, did(r, WORK_MIGRATED));
}

static void add_zeroing(struct replay *r, uint64_t pages, uint32_t gfp)
{
	if (gfp & KM_GFP_ZERO || r->config.access.init_on_alloc)
		cost_add(r->cost.c, COST_ZERO_LINE, pages << (r->m.page_shift - 6));
}

void cost_feed_totals(const struct replay *r, struct replay_costs *out)
{
	const struct cost *c = r->cost.c;

	*out = (struct replay_costs){ 0 };
	for (unsigned int i = 0; c && i < COST_NR_ITEMS; i++) {
		uint64_t ns = c->ps[i] / 1000 * c->steps[i] + c->ps[i] % 1000 * c->steps[i] / 1000;

		out->steps_ns += ns;
		if (c->table->item[i].verified <= COST_UNVERIFIED)
			out->assumed_ns += ns;
	}
	for (unsigned int i = 0; c && i < COST_NR_PATHS; i++)
		for (unsigned int k = 0; k < COST_NR_CLASSES; k++)
			out->operations += c->latency[i][k].count;
	for (unsigned int i = 0; c && i < COST_NR_PATHS; i++)
		out->waits_ns += c->waited[i] / 1000;
}

static uint64_t end(struct replay *r, unsigned int cpu, enum cost_path path, unsigned int class)
{
	struct cost *c = r->cost.c;

	cost_add(c, COST_WALK_CYCLE, walk_cycles(r, cpu) - r->cost.walks);
	if (c->failed)
		r->host_error = -KM_ENOMEM;
	return cost_end(c, path, class);
}

/* @written: events on the way, the last one not among them. */
static void note_bracket(struct replay *r, const struct bracket_key *key, uint64_t from_ns,
			 uint64_t to_ns, uint64_t model_ps, uint64_t written)
{
	model_ps += written * r->cost.c->ps[COST_TRACE_EVENT];
	if (to_ns >= from_ns && bracket_add(&r->cost.brackets, key, to_ns - from_ns, model_ps))
		r->host_error = -KM_ENOMEM;
}

/* ---- pages ---- */

/* The model's zone for a page of the record; the first of all where there is none. */
static unsigned int zone_of(const struct replay *r, uint64_t page)
{
	unsigned int zone = pages_zone_of(&r->m.pages, pfn(page));

	return zone < r->m.pages.nr_zones ? zone : 0;
}

static enum cost_how how_served(const struct replay *r, const struct op *op, size_t removals,
				uint64_t fell)
{
	if (did(r, WORK_SLOW))
		return COST_HOW_SLOW;
	if (fell)
		return COST_HOW_FALLBACK;
	if (!removals && !did(r, WORK_REFILL) && !did(r, WORK_TAKE))
		return COST_HOW_PCP;
	return pcp_keeps(&r->m.pcp[0], op->ev->page.order) ? COST_HOW_REFILL : COST_HOW_ZONE;
}

/*
 * From the first block's event on: it had been taken, and split, before. A request of one block is
 * told of after all of that.
 */
static void bracket_alloc(struct replay *r, const struct op *op, size_t removals, uint64_t took)
{
	const struct cost *c = r->cost.c;
	const struct km_ev_page *a = &op->ev->page;
	bool zeroed = a->gfp & KM_GFP_ZERO || r->config.access.init_on_alloc;
	uint64_t before = c->op.part[COST_PART_LOCK] + c->ps[COST_TAKE];

	if (!removals || removals != op->nr_rec)
		return;
	if (removals == 1)
		before += c->op.part[COST_PART_SPLIT];
	const struct bracket_key key = {
		removals > 1 ? (zeroed ? BRACKET_REFILL_ZERO : BRACKET_REFILL) :
			       (zeroed ? BRACKET_TAKE_ZERO : BRACKET_TAKE),
		a->order,
	};

	note_bracket(r, &key, op->rec[0].ts_ns, op->ev->ts_ns, took > before ? took - before : 0,
		     removals);
}

static void page_alloc(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	bool failed = a->pfn == KM_NO_PFN;
	size_t removals = count_removals(op);
	uint64_t fell = r->mode == &mode_simulate || r->config.synthetic ? did(r, WORK_STEAL) :
									   op->nr_rec - removals;
	struct cost *c = r->cost.c;

	cost_add(c, COST_PAGE_ALLOC, 1);
	add_pressure(r);
	add_lists(r, failed ? 0 : zone_of(r, a->pfn), did(r, WORK_TAKE) || removals);
	if (!failed)
		add_zeroing(r, pages_of(a->order), a->gfp);
	enum cost_how how = failed ? COST_HOW_FAILED : how_served(r, op, removals, fell);
	uint64_t took = end(r, op->cpu, COST_ALLOC_PAGES, cost_class(a->order, how));

	if (!r->config.synthetic && !failed)
		bracket_alloc(r, op, removals, took);
}

static unsigned int log2_of(uint64_t n)
{
	return n ? 63 - (unsigned int)__builtin_clzll(n) : 0;
}

static void page_free(struct replay *r, const struct op *op)
{
	const struct km_ev_page *f = &op->ev->page;
	bool to_list = pcp_keeps(&r->m.pcp[0], f->order) && !op->free_flags;
	bool worked = did(r, WORK_GIVE) != 0;

	cost_add(r->cost.c, COST_PAGE_FREE, 1);
	add_lists(r, r->config.synthetic ? 0 : zone_of(r, f->pfn), worked);
	uint64_t took = end(r, op->cpu, COST_FREE_PAGES,
			    cost_class(f->order, !worked ? COST_HOW_PCP :
						 to_list ? COST_HOW_REFILL :
							   COST_HOW_ZONE));

	const struct bracket_key key = { BRACKET_DRAIN, log2_of(op->nr_rec) };

	if (op->nr_rec)
		note_bracket(r, &key, op->ev->ts_ns, op->rec[op->nr_rec - 1].ts_ns, took,
			     op->nr_rec);
}

void cost_feed_page(struct replay *r, const struct op *op)
{
	const struct cost_feed *f = &r->cost;
	bool asked = r->totals.allocs + r->totals.frees != f->requests ||
		     (op->kind == OP_ALLOC && op->ev->page.pfn == KM_NO_PFN);

	if (op->cpu >= f->c->nr_cpus)
		return;
	cost_begin(f->c, op->cpu, op->ev->ts_ns, op->no);
	if (op->kind == OP_ALLOC && asked) {
		page_alloc(r, op);
	} else if (op->kind == OP_FREE && asked) {
		page_free(r, op);
	} else if (op->kind == OP_RUN || op->kind == OP_DRAIN) {
		add_lists(r, 0, 1);
		end(r, op->cpu, COST_UNTRACED,
		    op->kind == OP_RUN ? COST_HOW_REFILL : COST_HOW_ZONE);
	}
}

void cost_feed_bulk(struct replay *r, const struct op *op, uint64_t pages)
{
	struct cost *c = r->cost.c;

	if (op->cpu >= c->nr_cpus)
		return;
	cost_begin(c, op->cpu, op->ev->ts_ns, op->no);
	cost_add(c, COST_BULK_PAGE, pages);
	add_pressure(r);
	add_lists(r, 0, did(r, WORK_TAKE) != 0);
	end(r, op->cpu, COST_BULK, did(r, WORK_TAKE) ? COST_HOW_REFILL : COST_HOW_PCP);
}

/* ---- objects ---- */

static bool is_object(const struct km_event *ev)
{
	return ev->kind >= KM_EV_KMALLOC && ev->kind <= KM_EV_CACHE_FREE;
}

void cost_feed_event_before(struct replay *r, const struct km_event *ev)
{
	const struct slab_room *room = r->objects ? objects_room(r->objects) : NULL;
	struct cost_feed *f = &r->cost;

	if (room && is_object(ev) && ev->cpu < f->c->nr_cpus) {
		memcpy(f->slab, room->done, sizeof(f->slab));
		f->walks = walk_cycles(r, ev->cpu);
	}
}

/* What it took to serve, or take back, one object; how that was done. */
static enum cost_how add_slab(struct cost *c, const uint64_t n[SLAB_NR_WORK], unsigned int list)
{
	uint64_t lists = n[SLAB_FROM_PARTIAL] + n[SLAB_FROM_NEW] + (n[SLAB_WORK_TRANSFER] != 0) +
			 n[SLAB_WORK_DISCARD];

	cost_add(c, COST_SLAB_RELOAD, n[SLAB_FROM_SLAB]);
	cost_add(c, COST_SLAB_STACK, n[SLAB_FROM_CPU_PARTIAL]);
	cost_add(c, COST_SLAB_NEW, n[SLAB_FROM_NEW]);
	cost_add(c, COST_SLAB_OBJECT, n[SLAB_WORK_OBJECT]);
	cost_add(c, COST_SLAB_SLOW, n[SLAB_WORK_FREE_SLOW]);
	if (lists) {
		cost_take_lock(c, LOCK_LISTS + list % NR_LISTS);
		cost_add(c, COST_LIST_LOCK, lists);
		cost_add(c, COST_SLAB_PARTIAL, n[SLAB_FROM_PARTIAL]);
		cost_add(c, COST_SLAB_TRANSFER, n[SLAB_WORK_TRANSFER]);
		cost_add(c, COST_SLAB_DISCARD, n[SLAB_WORK_DISCARD]);
		cost_unlock(c, LOCK_LISTS + list % NR_LISTS);
	}
	return n[SLAB_FROM_NEW]		? COST_HOW_NEW :
	       n[SLAB_FROM_PARTIAL]	? COST_HOW_SLOW :
	       n[SLAB_FROM_CPU_PARTIAL] ? COST_HOW_FALLBACK :
	       n[SLAB_FROM_SLAB]	? COST_HOW_ZONE :
	       n[SLAB_WORK_DISCARD]	? COST_HOW_NEW :
	       n[SLAB_WORK_FREE_SLOW]	? COST_HOW_ZONE :
	       n[SLAB_WORK_TRANSFER]	? COST_HOW_REFILL :
					  COST_HOW_PCP;
}

/*
 * The link to the next free object lies behind the object, and not because of its alignment.
 * Kernel: mm/slub.c:calculate_sizes() [6.1]: so it does where there is a constructor.
 * Differs: a cache whose alignment leaves room for the link anyway is taken to have none.
 */
static bool is_constructed(const struct slab_cache *k)
{
	enum { LINK = 8 };
	uint32_t align = k->align > LINK ? k->align : LINK;
	uint64_t inside = ((uint64_t)k->object_size + align - 1) / align * align;

	return k->object_size && k->size > inside;
}

static const struct slab_cache *cache_of(const struct replay *r, const struct slab_room *room,
					 const struct km_event *ev)
{
	unsigned int order;
	int cache = objects_cache_of(r->objects, ev, KM_NO_PFN, &order);

	return cache >= 0 ? &room->caches[cache] : NULL;
}

/* The object that the page right before it, by the same task, was asked for. */
static void bracket_slab(struct replay *r, const struct km_event *ev, const struct slab_cache *k,
			 uint64_t took)
{
	const struct bracket_cpu *p = &r->cost.brackets.cpu[ev->cpu];

	const struct bracket_key key = {
		is_constructed(k) ? BRACKET_NEW_CONSTRUCTED : BRACKET_NEW_SLAB,
		k->order,
	};

	if (p->page && p->pid == ev->pid && p->order == k->order)
		note_bracket(r, &key, p->ts_ns, ev->ts_ns, took, 1);
}

static void object(struct replay *r, const struct slab_room *room, const struct km_event *ev)
{
	struct cost_feed *f = &r->cost;
	bool alloc = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC;
	uint64_t n[SLAB_NR_WORK], all = 0;

	for (unsigned int i = 0; i < SLAB_NR_WORK; i++)
		all |= n[i] = room->done[i] - f->slab[i];
	if (!all)
		return;
	const struct slab_cache *k = n[SLAB_FROM_NEW] ? cache_of(r, room, ev) : NULL;

	cost_begin(f->c, ev->cpu, ev->ts_ns, r->totals.events);
	cost_add(f->c, alloc ? COST_SLAB_ALLOC : COST_SLAB_FREE, 1);
	if (alloc && ev->obj.gfp & KM_GFP_ZERO)
		cost_add(f->c, COST_ZERO_LINE, ((uint64_t)ev->obj.bytes_alloc + 63) / 64);
	if (k && is_constructed(k))
		cost_add(f->c, COST_SLAB_CONSTRUCT, n[SLAB_WORK_OBJECT]);
	enum cost_how how = add_slab(f->c, n, ev->obj.cache);
	uint64_t took = end(r, ev->cpu, alloc ? COST_SLAB_PATH_ALLOC : COST_SLAB_PATH_FREE, how);

	if (alloc && k && n[SLAB_WORK_OBJECT])
		bracket_slab(r, ev, k, took);
}

void cost_feed_event(struct replay *r, const struct km_event *ev)
{
	const struct slab_room *room = r->objects ? objects_room(r->objects) : NULL;
	struct cost_feed *f = &r->cost;

	if (ev->cpu >= f->c->nr_cpus)
		return;
	if (room && is_object(ev))
		object(r, room, ev);
	if (ev->kind == KM_EV_VMAP_PURGE)
		cost_feed_purge(r, ev);
	if (brackets_event(&f->brackets, ev, f->c->ps))
		r->host_error = -KM_ENOMEM;
}

/* ---- vmalloc's addresses ---- */

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
	cost_take_lock(c, LOCK_PURGE);
	for (uint64_t i = 0; i < n->flushes; i++)
		cost_flush(c, n->purged_pages, i < n->full_flushes, m->layout.broadcasts);
	cost_add(c, COST_VMAP_PURGE, n->purged_areas);
	cost_unlock(c, LOCK_PURGE);
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
		cost_take_lock(c, LOCK_VMAP);
	cost_add(c, COST_VMAP_STEP, n->steps);
	if (!one_lock(r))
		cost_unlock(c, LOCK_VMAP);
	cost_add(c, COST_VMAP_ALLOC, 1);
	add_pressure(r);
	cost_add(c, COST_BULK_PAGE, n->pages);
	cost_add(c, COST_PAGE_ALLOC, tables);
	cost_add(c, COST_PAGE_TABLE, tables);
	cost_add(c, COST_ZERO_LINE, tables << (r->m.page_shift - 6));
	if (own)
		add_zeroing(r, n->pages, op->ev->obj.gfp);
	add_lists(r, 0, did(r, WORK_TAKE) != 0);
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
	const struct cost_vmem now = vmem_counts(r), *was = &f->vmem;
	const struct cost_vmem n = { .steps = now.steps - was->steps,
				     .purged_areas = now.purged_areas - was->purged_areas,
				     .purged_pages = now.purged_pages - was->purged_pages,
				     .flushes = now.flushes - was->flushes,
				     .full_flushes = now.full_flushes - was->full_flushes,
				     .tables = more(now.tables, was->tables),
				     .pages = alloc ? more(now.pages, was->pages) :
						      more(was->pages, now.pages) };

	if (one_lock(r))
		cost_take_lock(f->c, LOCK_VMAP);
	if (alloc) {
		add_area(r, op, &n);
	} else {
		cost_add(f->c, COST_VMAP_FREE, 1);
		cost_add(f->c, COST_PTE_CLEAR, pages);
		cost_add(f->c, COST_PAGE_FREE, n.pages);
		add_lists(r, 0, did(r, WORK_GIVE) != 0);
	}
	add_purges(r, &n);
	if (one_lock(r))
		cost_unlock(f->c, LOCK_VMAP);
	end(r, op->cpu, alloc ? COST_VMALLOC : COST_VFREE, n.flushes ? COST_HOW_NEW : COST_HOW_PCP);
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
	if (km_door_maps(o->door)) {
		area(r, op, alloc, o->bytes >> r->m.page_shift);
	} else if (o->door <= KM_DOOR_FRAG) {
		cost_add(c, alloc ? COST_BULK_PAGE : COST_PAGE_FREE, o->pages);
		add_pressure(r);
		if (alloc)
			add_zeroing(r, o->pages, op->ev->obj.gfp);
		add_lists(r, 0, did(r, alloc ? WORK_TAKE : WORK_GIVE) != 0);
		end(r, op->cpu, COST_BULK, COST_HOW_PCP);
	}
}

void cost_feed_purge(struct replay *r, const struct km_event *ev)
{
	struct cost *c = r->cost.c;
	uint64_t pages = ev->num[1] > ev->num[0] ? (ev->num[1] - ev->num[0]) >> r->m.page_shift : 0;
	const struct machine_arch *arch = r->config.layout ? r->config.layout->arch :
							     machine_arch_at(0);
	const struct vmem_layout layout = machine_arch_vmem(arch, r->m.page_shift);

	if (ev->cpu >= c->nr_cpus)
		return;
	r->cost.walks = walk_cycles(r, ev->cpu);
	cost_begin(c, ev->cpu, ev->ts_ns, r->totals.events);
	cost_take_lock(c, LOCK_PURGE);
	cost_flush(c, pages, pages > layout.flush_ceiling, layout.broadcasts);
	cost_add(c, COST_VMAP_PURGE, ev->num[2]);
	cost_unlock(c, LOCK_PURGE);
	end(r, ev->cpu, COST_PURGE, COST_HOW_NEW);
}

/* ---- contiguous allocations ---- */

void cost_feed_cma(struct replay *r, const struct km_cma_alloc_row *row)
{
	struct cost_feed *f = &r->cost;
	struct cost *c = f->c;
	bool ok = row->result && !strcmp(row->result, "ok");

	r->cost.walks = walk_cycles(r, 0);
	cost_begin(c, 0, row->start_ts_ns ? row->start_ts_ns : row->ts_ns, row->event_no);
	cost_add(c, COST_CMA, 1);
	cost_add(c, COST_CMA_PAGE, row->pages * (row->tries ? row->tries : 1));
	cost_add(c, COST_MIGRATE_PAGE, row->migrated_pages);
	cost_add(c, COST_RECLAIM_PAGE, row->reclaimed_pages);
	uint64_t took = end(r, 0, COST_CMA_ALLOC,
			    !ok		   ? COST_HOW_FAILED :
			    row->tries > 1 ? COST_HOW_REFILL :
					     COST_HOW_ZONE);

	const struct bracket_key key = { BRACKET_CMA, log2_of(row->pages) };

	if (ok && row->has_latency && !r->config.synthetic)
		note_bracket(r, &key, 0, row->latency_ns, took, 1);
}
