/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Before the allocation: the zones, what the request would meet in each, the blocks of its size.
 * 2. While it is served: what the rooms tell. 3. After it: what came of it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/bind.h"
#include "engine/replay/contig_asked.h"
#include "engine/replay/state.h"

static struct replay_explanation *of(const struct replay *r)
{
	return r->config.explain;
}

bool explain_wants(const struct replay *r, const struct op *op)
{
	bool allocates = op->kind == OP_ALLOC ||
			 (op->kind == OP_EVENT &&
			  (op->ev->kind == KM_EV_CMA_START || op->ev->kind == KM_EV_CMA_FINISH));

	return of(r) && !of(r)->done && op->no == of(r)->event_no && allocates;
}

bool explain_wants_asked(const struct replay *r, const struct op *op)
{
	return of(r) && !of(r)->done && op->no == of(r)->event_no;
}

static void hear(void *ctx, const struct pages_seen *s)
{
	struct replay_explanation *x = ctx;

	if (x->nr_seen < EXPLAIN_MAX_SEEN)
		x->seen[x->nr_seen] = *s;
	x->nr_seen++;
}

/* ---- the zones ---- */

static uint64_t kept_by(const struct replay *r, unsigned int zone, unsigned int cpu)
{
	return pages_pcp(&r->m.pages, zone, cpu)->count;
}

static void count_lists(const struct buddy *b, struct explained_zone *z)
{
	for (unsigned int order = 0; order < buddy_nr_orders(b); order++)
		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
			z->blocks[order][mt] = b->list[order][mt].count;
}

/* What the zone's own fallback would take; only asked where the own lists have nothing. */
static void plan(const struct replay *r, unsigned int zone, struct explained_zone *z)
{
	const struct replay_explanation *x = of(r);
	const struct buddy *b = &r->m.buddy[zone];

	z->plan.type = KM_NR_MIGRATETYPES;
	for (unsigned int order = x->rq.order; order < buddy_nr_orders(b); order++)
		if (z->blocks[order][x->migratetype])
			return;
	z->falls_back = true;
	if (!b->prof->fallback_ops->plan(b, x->rq.order, x->migratetype,
					 x->fast_flags & PAGES_NOFRAGMENT, 0, &z->plan))
		z->plan.type = KM_NR_MIGRATETYPES;
}

static void judge_zone(const struct replay *r, unsigned int zone, struct explained_zone *z)
{
	const struct replay_explanation *x = of(r);
	const struct pages *p = &r->m.pages;
	unsigned int class = pages_zone_class(p, x->rq.gfp);

	z->above_low = pages_watermark_facts(p, zone, x->rq.order, class, x->fast_flags, x->rq.gfp,
					     &z->low);
	z->above_min = pages_watermark_facts(p, zone, x->rq.order, class, x->slow_flags, x->rq.gfp,
					     &z->min);
	plan(r, zone, z);
}

static void note_zones(struct replay *r)
{
	struct replay_explanation *x = of(r);
	const struct pages *p = &r->m.pages;
	unsigned int step = 0, zone;

	x->nr_zones = p->nr_zones;
	x->nr_orders = buddy_nr_orders(&r->m.buddy[0]);
	x->pageblock_order = r->m.frames.pb_order;
	for (zone = 0; zone < p->nr_zones; zone++) {
		const struct zone *from = &p->zone[zone];
		struct explained_zone *z = &x->zone[zone];

		z->node = from->node;
		memcpy(z->name, from->name, sizeof(z->name));
		z->managed = from->managed;
		z->free = from->nr_free;
		z->free_cma = from->nr_free_cma;
		z->free_highatomic = from->nr_free_highatomic;
		z->kept = kept_by(r, zone, x->rq.cpu);
		count_lists(&r->m.buddy[zone], z);
	}
	/* a block larger than the largest is nobody's, nor is there arithmetic for it */
	while (!x->contiguous && x->rq.order < x->nr_orders &&
	       (zone = pages_next_zone(p, &x->rq, &step)) < p->nr_zones) {
		x->zone[zone].allowed = true;
		judge_zone(r, zone, &x->zone[zone]);
	}
}

/* ---- blocks of the size ---- */

static void hold(struct replay_explanation *x, const struct origin *o, const struct km_caller *who,
		 uint64_t block)
{
	size_t i = 0;

	while (i < x->nr_holders &&
	       (x->holder[i].comm != o->comm || x->holder[i].stack != o->stack))
		i++;
	if (i == EXPLAIN_MAX_HOLDERS) {
		x->more_holders = true;
		return;
	}
	if (i == x->nr_holders)
		x->holder[x->nr_holders++] = (struct explained_holder){ .who = *who,
									.comm = o->comm,
									.stack = o->stack,
									.oldest_ns = o->ts_ns,
									.last_block = KM_NO_PFN };
	struct explained_holder *h = &x->holder[i];

	h->pages++;
	h->blocks += h->last_block != block;
	h->last_block = block;
	h->oldest_ns = o->ts_ns < h->oldest_ns ? o->ts_ns : h->oldest_ns;
}

/* A page in use: can it be moved? By what it was asked for as, unless it is pinned. */
static void count_page(struct replay *r, struct explained_candidate *c, struct pfn p,
		       const struct frame *fr)
{
	bool moves = fr->mt == KM_MOVABLE;
	struct pfn head;

	if (moves && r->pinned && frames_head(&r->m.frames, p, &head))
		moves = !pins_has(r, head);
	c->movable += moves;
	c->stays += !moves;
	if (c->in_the_way.pfn == KM_NO_PFN || (!moves && c->stays == 1))
		c->in_the_way = contig_log_page(r, p, "model");
	const struct origin *o = moves ? NULL : origin_of(&r->origins, p);

	if (!o)
		return;
	const struct km_caller who = { .task = strtab_get(r->strings, o->comm),
				       .stack = strtab_get(r->strings, o->stack),
				       .pid = o->pid };

	hold(of(r), o, &who, c->pfn);
}

static void look_into(struct replay *r, struct explained_candidate *c, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		struct pfn p = pfn(c->pfn + i);
		struct frame fr;

		switch (place_of(&r->m, p, &fr)) {
		case PLACE_FREE:
		case PLACE_PCP:
			c->free++;
			break;
		case PLACE_ALLOC:
			count_page(r, c, p, &fr);
			break;
		default:
			c->unknown++;
			break;
		}
	}
	c->class = c->stays   ? EXPLAIN_STAYS :
		   c->unknown ? EXPLAIN_UNKNOWN :
		   c->movable ? EXPLAIN_MOVABLE :
				EXPLAIN_FREE;
}

static uint64_t in_the_way(const struct explained_candidate *c)
{
	return c->movable + c->stays + c->unknown;
}

/* The best first: what stays weighs more than what moves; then by what is in the way. */
static bool better(const struct explained_candidate *a, const struct explained_candidate *b)
{
	if (a->class != b->class)
		return a->class < b->class;
	return in_the_way(a) < in_the_way(b);
}

static void keep(struct replay_explanation *x, const struct explained_candidate *c)
{
	size_t at = x->nr_candidates;

	while (at && better(c, &x->candidate[at - 1]))
		at--;
	if (at == EXPLAIN_MAX_CANDIDATES)
		return;
	x->nr_candidates += x->nr_candidates < EXPLAIN_MAX_CANDIDATES;
	memmove(&x->candidate[at + 1], &x->candidate[at], (x->nr_candidates - at - 1) * sizeof(*c));
	x->candidate[at] = *c;
}

static void note_candidates(struct replay *r)
{
	struct replay_explanation *x = of(r);
	uint64_t pages = x->rq.order < x->nr_orders ? pages_of(x->rq.order) : 0;

	for (unsigned int i = 0; pages && i < x->nr_zones; i++) {
		const struct zone *z = &r->m.pages.zone[i];
		uint64_t at = pfn_align_up(z->start, x->rq.order).nr;

		for (; x->zone[i].allowed && at + pages <= z->end.nr; at += pages) {
			struct explained_candidate c = { .zone = i,
							 .pfn = at,
							 .in_the_way.pfn = KM_NO_PFN };

			if (!zone_has(z, pfn(at)) || !zone_has(z, pfn(at + pages - 1)))
				continue;
			c.type = pageblock_of(&r->m.frames, pfn(at))->mt;
			look_into(r, &c, pages);
			x->zone[i].class[c.class]++;
			keep(x, &c);
		}
	}
}

static int by_blocks(const void *a, const void *b)
{
	const struct explained_holder *x = a, *y = b;

	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? 1 : -1;
	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	if (x->comm != y->comm)
		return x->comm < y->comm ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

static void sort_holders(struct replay_explanation *x)
{
	qsort(x->holder, x->nr_holders, sizeof(*x->holder), by_blocks);
}

/* ---- a contiguous allocation ---- */

static void note_area(struct replay *r, const struct op *op)
{
	struct replay_explanation *x = of(r);
	const struct km_ev_cma *ev = &op->ev->cma;
	const char *name = strtab_get(r->strings, ev->name);
	const struct cma_area *a = r->config.synthetic ? contig_asked_area(r, name) :
							 machine_cma_for(&r->m, name);

	x->pages = ev->count;
	x->align = ev->align;
	if (!a)
		return;
	memcpy(x->area, a->name, sizeof(x->area));
	x->area_base = a->base.nr;
	x->area_pages = a->pages;
	x->area_used = cma_used_pages(a);
	x->area_maxchunk = cma_maxchunk_pages(a);
	/* whose allocations they are that leave no room */
	for (uint64_t i = 0; i < a->pages; i++) {
		struct pfn p = pfn_plus(a->base, i);
		const struct origin *o = cma_marked(a, p, 1) ? origin_of(&r->origins, p) : NULL;

		if (!o)
			continue;
		const struct km_caller who = { .task = strtab_get(r->strings, o->comm),
					       .stack = strtab_get(r->strings, o->stack),
					       .pid = o->pid };

		hold(x, o, &who, pfn_align_down(p, r->m.frames.pb_order).nr);
	}
}

/* Where a record is obeyed nobody tries: what each range it fits in would meet. */
static void foresee(struct replay *r, const struct op *op)
{
	struct replay_explanation *x = of(r);
	const struct contig_env env = contig_known(r);
	const struct cma_area *a = machine_cma_for(&r->m, strtab_get(r->strings, op->ev->cma.name));
	unsigned int most = env.prof->align_max;
	unsigned int align = most && x->align > most ? most : x->align;
	uint64_t at, from = 0;

	while (a && x->pages && (at = cma_find(a, x->pages, align, from)) != UINT64_MAX) {
		struct contig_request rq = { .start = pfn_plus(a->base, at << a->order_per_bit),
					     .mt = KM_CMA,
					     .gfp = KM_GFP_KERNEL,
					     .cpu = op->cpu };
		struct pfn busy;

		rq.end = pfn_plus(rq.start, x->pages);
		bool ok = contig_foresee(&env, &rq, &busy) == CONTIG_OK;
		struct km_cma_try t = { .event_no = op->no,
					.ts_ns = op->ev->ts_ns,
					.pfn = rq.start.nr,
					.result = ok ? "free to be had" : "busy",
					.busy.pfn = KM_NO_PFN };

		if (!ok && busy.nr != KM_NO_PFN)
			t.busy = contig_log_page(r, busy, "model");
		explain_tried(r, &t);
		if (ok)
			break;
		from = cma_next(a, align, at);
	}
}

void explain_tried(struct replay *r, const struct km_cma_try *t)
{
	struct replay_explanation *x = of(r);

	if (!x || !x->contiguous || x->done)
		return;
	if (x->nr_tried < EXPLAIN_MAX_TRIES)
		x->tried[x->nr_tried] = *t;
	x->nr_tried++;
}

/* ---- before and after ---- */

void explain_before(struct replay *r, const struct op *op)
{
	struct replay_explanation *x = of(r);

	x->contiguous = op->kind == OP_EVENT;
	x->ts_ns = op->ev->ts_ns;
	x->caller = caller_of(r, op->ev);
	x->rq = (struct pages_request){ .cpu = op->cpu, .node = (int)node_of_cpu(r, op->cpu) };
	x->rq.gfp = x->contiguous ? KM_GFP_KERNEL : op->ev->page.gfp;
	x->rq.order = x->contiguous ? 0 : op->ev->page.order;
	x->recorded_pfn = x->contiguous || r->config.synthetic ? KM_NO_PFN : op->ev->page.pfn;
	x->kernel_failed = !x->contiguous && op->ev->page.pfn == KM_NO_PFN;
	x->migratetype = pages_migratetype(x->rq.gfp);
	x->fast_flags = pages_fast_flags(&r->m.pages, &x->rq);
	x->slow_flags = pages_slow_flags(&r->m.pages, &x->rq);
	if (x->contiguous)
		note_area(r, op);
	x->no_beginning = x->contiguous && op->ev->kind == KM_EV_CMA_FINISH;
	if (x->no_beginning)
		x->recorded_pfn = op->ev->cma.pfn;
	else if (x->contiguous && !r->bind && !r->config.synthetic)
		foresee(r, op);
	note_zones(r);
	if (!x->contiguous)
		note_candidates(r);
	sort_holders(x);
	x->listener = (struct pages_listener){ .seen = hear, .ctx = x };
	r->m.pages.listener = x->contiguous ? NULL : &x->listener;
	x->got = KM_NO_PFN;
	x->started = true;
}

void explain_chose(struct replay *r, struct pfn got, const char *failure)
{
	struct replay_explanation *x = of(r);

	if (!x || x->done || !x->started)
		return;
	x->got = got.nr;
	x->failure = failure;
	x->answered = true;
}

void explain_ended(struct replay *r, uint64_t event_no, const char *reason)
{
	struct replay_explanation *x = of(r);

	if (x && x->started && !x->done && x->no_beginning && x->event_no == event_no)
		x->failure = reason;
}

void explain_after(struct replay *r)
{
	r->m.pages.listener = NULL;
	of(r)->done = true;
}
