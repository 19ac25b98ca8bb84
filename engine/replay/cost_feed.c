/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/cost_steps.h"

int cost_feed_open(struct replay *r, struct km_diag *d)
{
	struct cost_feed *f = &r->cost;
	const struct cost_config c = { .table = r->config.costs,
				       .nr_cpus = r->m.pages.nr_cpus,
				       .nr_locks = COST_NR_LOCKS,
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
	if (cost_did(r, WORK_SLOW))
		return COST_HOW_SLOW;
	if (fell)
		return COST_HOW_FALLBACK;
	if (!removals && !cost_did(r, WORK_REFILL) && !cost_did(r, WORK_TAKE))
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

	cost_bracket(r, &key, op->rec[0].ts_ns, op->ev->ts_ns, took > before ? took - before : 0,
		     removals);
}

static void page_alloc(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	bool failed = a->pfn == KM_NO_PFN;
	size_t removals = count_removals(op);
	uint64_t fell = r->mode == &mode_simulate || r->config.synthetic ? cost_did(r, WORK_STEAL) :
									   op->nr_rec - removals;
	struct cost *c = r->cost.c;

	cost_add(c, COST_PAGE_ALLOC, 1);
	cost_pressure(r);
	cost_lists(r, failed ? 0 : zone_of(r, a->pfn), cost_did(r, WORK_TAKE) || removals);
	if (!failed)
		cost_zeroing(r, pages_of(a->order), a->gfp);
	enum cost_how how = failed ? COST_HOW_FAILED : how_served(r, op, removals, fell);
	uint64_t took = cost_done(r, op->cpu, COST_ALLOC_PAGES, cost_class(a->order, how));

	if (!r->config.synthetic && !failed)
		bracket_alloc(r, op, removals, took);
}

static void page_free(struct replay *r, const struct op *op)
{
	const struct km_ev_page *f = &op->ev->page;
	bool to_list = pcp_keeps(&r->m.pcp[0], f->order) && !op->free_flags;
	bool worked = cost_did(r, WORK_GIVE) != 0;

	cost_add(r->cost.c, COST_PAGE_FREE, 1);
	cost_lists(r, r->config.synthetic ? 0 : zone_of(r, f->pfn), worked);
	uint64_t took = cost_done(r, op->cpu, COST_FREE_PAGES,
				  cost_class(f->order, !worked ? COST_HOW_PCP :
						       to_list ? COST_HOW_REFILL :
								 COST_HOW_ZONE));

	const struct bracket_key key = { BRACKET_DRAIN, cost_log2(op->nr_rec) };

	if (op->nr_rec)
		cost_bracket(r, &key, op->ev->ts_ns, op->rec[op->nr_rec - 1].ts_ns, took,
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
		cost_lists(r, 0, 1);
		cost_done(r, op->cpu, COST_UNTRACED,
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
	cost_pressure(r);
	cost_lists(r, 0, cost_did(r, WORK_TAKE) != 0);
	cost_done(r, op->cpu, COST_BULK, cost_did(r, WORK_TAKE) ? COST_HOW_REFILL : COST_HOW_PCP);
}

/* ---- contiguous allocations ---- */

void cost_feed_cma(struct replay *r, const struct km_cma_alloc_row *row)
{
	struct cost_feed *f = &r->cost;
	struct cost *c = f->c;
	bool ok = row->result && !strcmp(row->result, "ok");

	r->cost.walks = cost_walks(r, 0);
	cost_begin(c, 0, row->start_ts_ns ? row->start_ts_ns : row->ts_ns, row->event_no);
	cost_add(c, COST_CMA, 1);
	cost_add(c, COST_CMA_PAGE, row->pages * (row->tries ? row->tries : 1));
	cost_add(c, COST_MIGRATE_PAGE, row->migrated_pages);
	cost_add(c, COST_RECLAIM_PAGE, row->reclaimed_pages);
	uint64_t took = cost_done(r, 0, COST_CMA_ALLOC,
				  !ok		 ? COST_HOW_FAILED :
				  row->tries > 1 ? COST_HOW_REFILL :
						   COST_HOW_ZONE);

	const struct bracket_key key = { BRACKET_CMA, cost_log2(row->pages) };

	if (ok && row->has_latency && !r->config.synthetic)
		cost_bracket(r, &key, 0, row->latency_ns, took, 1);
}
