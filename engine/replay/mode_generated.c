/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulate a generated trace: its page numbers name objects, so there is nothing to score, and no
 * refill, drain or fallback was recorded. Each event is an operation of its own: the delay line is
 * passed by.
 */
#include <inttypes.h>

#include "engine/replay/state.h"

/* A fallback of the model's own, as it happens. */
static void hear(void *ctx, const struct step *s)
{
	struct replay *r = ctx;

	if (s->kind != STEP_FALLBACK)
		return;
	int err = simulate_fallback(r, r->now, s);

	if (err)
		r->host_error = err;
}

/*
 * Compaction may move page @got: its name is noted. So will the next page's be that this CPU gets,
 * which lies anywhere: its note's place is asked for now.
 */
static void own_movable(struct replay *r, const struct op *op, struct pfn got)
{
	const struct pages *p = &r->m.pages;
	const struct pcp *pcp = pages_pcp(p, pages_zone_of(p, got), op->cpu);
	struct pfn next = pcp_peek(pcp, &r->m.frames, 0, KM_MOVABLE);

	names_own(&r->names, got, op->ev->page.pfn);
	if (next.nr != KM_NO_PFN)
		km_prefetch(&r->names.owner[next.nr - r->names.base]);
}

static int generated_alloc(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *a = &op->ev->page;
	struct pages_request rq = { .gfp = a->gfp, .order = a->order, .cpu = op->cpu };

	rq.node = (int)node_of_cpu(r, op->cpu);
	struct pfn got = pages_alloc(&r->m.pages, &rq);

	simulate_chose(r, op, got);
	int err = names_set(&r->names, a->pfn, got);

	if (err)
		return km_fail(d, err == -KM_ENOMEM ? KM_ENOMEM : KM_EFORMAT, "",
			       err == -KM_ENOMEM ? "out of memory for the names of live objects" :
						   "event %" PRIu64
						   " names a slot out of turn: not made by "
						   "kmemlab gen",
			       op->no);
	if (got.nr == KM_NO_PFN)
		return simulate_failed(r, op);
	place_handed_out(&r->m, got, a->order, pages_migratetype(a->gfp));
	if (origins_may_have(&r->origins, got.nr))
		origin_alloc(&r->origins, got, op->ev, op->no);
	if (pages_migratetype(a->gfp) != KM_MOVABLE)
		return 0;
	if (a->order)
		names_own(&r->names, got, a->pfn);
	else
		own_movable(r, op, got);
	if (r->pinned)
		pins_alloc(r, op, got);
	return 0;
}

/* @whole: the name's block is, not a piece of it. */
static int free_named(struct replay *r, const struct op *op, uint64_t name, bool whole,
		      struct km_diag *d)
{
	unsigned int order = whole ? op->ev->page.order : 0;
	struct pfn p = names_get(&r->names, name);
	enum place was;

	/* the model never had it: it could not serve the request, or has taken it back already */
	if (p.nr == KM_NO_PFN)
		return 0;
	if (!whole && names_break(&r->names, name))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the names of live objects");
	if (!place_release(&r->m, p, order, &was)) {
		r->totals.unknown_frees++;
		return was == PLACE_FREE || was == PLACE_PCP ?
			       km_fail(d, KM_EFORMAT, "",
				       "event %" PRIu64 " frees what is free already", op->no) :
			       0;
	}
	names_end(&r->names, name);
	if (origins_may_have(&r->origins, p.nr))
		origin_free(&r->origins, p, order);
	if (r->pinned)
		pins_free(r, p);
	KM_BUG_ON(pages_free(&r->m.pages, op->cpu, p, order, PAGES_FREE_KNOWN));
	return 0;
}

static int generated_free(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_page *f = &op->ev->page;
	bool whole = f->order == km_synthetic_order(f->pfn) && !names_pieces(&r->names, f->pfn);
	int err = 0;

	if (whole)
		return free_named(r, op, f->pfn, true, d);
	/* the pages of a broken block go one by one: compaction may have moved any */
	for (uint64_t i = 0; !err && i < pages_of(f->order); i++)
		err = free_named(r, op, f->pfn + i, false, d);
	return err;
}

/* The model took a file's page back: its name means nothing any more. */
static void gone(void *ctx, struct pfn head, unsigned int order)
{
	struct replay *r = ctx;

	names_gone(&r->names, head);
	origin_free(&r->origins, head, order);
	pins_free(r, head);
}

static void moved(void *ctx, struct pfn from, struct pfn to)
{
	struct replay *r = ctx;

	origin_moved(&r->origins, from, to);
	if (!names_owns(&r->names, from))
		return; /* it goes with its block */
	names_moved(&r->names, from, to);
	pins_moved(r, from, to);
}

static bool stays(void *ctx, struct pfn head)
{
	return pins_has(ctx, head);
}

/* From now on its pages go their own ways. */
static void split(void *ctx, struct pfn head, unsigned int order)
{
	struct replay *r = ctx;

	(void)order;
	if (names_owns(&r->names, head) && names_break(&r->names, names_owner(&r->names, head)))
		r->host_error = -KM_ENOMEM;
}

static bool fails(void *ctx, struct pfn head)
{
	return pins_is_cache(ctx, head);
}

static void tried(void *ctx, struct pfn at, const struct contig_report *report)
{
	contig_own_tried(ctx, at, report);
}

static const struct machine_ops generated_ops = {
	.gone = gone, .moved = moved, .stays = stays, .fails = fails, .split = split, .tried = tried
};

int generated_begin(struct replay *r, struct km_diag *d)
{
	const struct frames *f = &r->m.frames;

	if (names_init(&r->names, pfn(f->base), f->nr_frames))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the names of live objects");
	if (pressure_begin(r, &generated_ops))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the figures of reclaim");
	r->m.kswapd_delay_ns = r->config.kswapd_delay_ns;
	return 0;
}

/* A file's page enters the page cache, or leaves it. */
static int cache_event(struct replay *r, const struct km_event *ev)
{
	struct names *n = &r->names;
	struct pfn p = names_get(n, ev->page.pfn);
	struct frame *fr = p.nr == KM_NO_PFN ? NULL : frames_begins(&r->m.frames, p);

	if (!fr || fr->state != FRAME_ALLOC || fr->order != km_synthetic_order(ev->page.pfn))
		return 0;
	pins_cache(r, p, ev->kind == KM_EV_FILEMAP_ADD);
	if (ev->kind == KM_EV_FILEMAP_DEL) {
		reclaim_forget(&r->m.reclaim, p, fr);
		return 0;
	}
	names_own(n, p, ev->page.pfn);
	if (!pins_has(r, p))
		reclaim_add(&r->m.reclaim, p, fr->order);
	return 0;
}

static int generated_nothing(struct replay *r, const struct op *op, struct km_diag *d)
{
	(void)r, (void)op, (void)d;
	return 0;
}

static int generated_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d)
{
	(void)r, (void)op, (void)n, (void)d;
	return 0;
}

static int generated_drain_zone(struct replay *r, unsigned int cpu, unsigned int zone,
				struct km_diag *d)
{
	(void)cpu, (void)d;
	pages_drain_zone(&r->m.pages, zone);
	return 0;
}

static int check(const struct replay *r, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	int err = refuse_cpu(r, ev, no, d);

	if (err)
		return err;
	if (ev->kind == KM_EV_MARKER || ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_KFREE)
		return 0;
	if (!names_can_be(ev->page.pfn, ev->page.order))
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64 " names no object of order %u: not made by "
			       "kmemlab gen",
			       no, ev->page.order);
	return 0;
}

enum { AHEAD_NAME = 24, AHEAD_FRAME = 12 };

/* Frees are of pages all over memory: their cache misses are most of a replay's time. */
void generated_look_ahead(const struct replay *r, const struct km_event *ev, size_t n, size_t i)
{
	if (i + AHEAD_NAME < n && ev[i + AHEAD_NAME].kind == KM_EV_PAGE_FREE)
		names_prefetch(&r->names, ev[i + AHEAD_NAME].page.pfn);
	if (i + AHEAD_FRAME >= n || ev[i + AHEAD_FRAME].kind != KM_EV_PAGE_FREE)
		return;
	struct pfn p = names_get(&r->names, ev[i + AHEAD_FRAME].page.pfn);

	if (frames_has(&r->m.frames, p)) {
		km_prefetch(frame_at(&r->m.frames, p, 0));
		km_prefetch(frame_at(&r->m.frames, pfn(p.nr ^ 1), 0));
		km_prefetch(pageblock_of(&r->m.frames, p));
	}
}

int generated_feed(struct replay *r, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	struct op op = { .cpu = ev->cpu, .no = no, .ev = ev };
	int err;

	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		op.kind = OP_ALLOC;
		break;
	case KM_EV_PAGE_FREE:
		op.kind = OP_FREE;
		break;
	case KM_EV_MARKER:
	case KM_EV_KMALLOC:
	case KM_EV_KFREE:
		op.kind = OP_EVENT;
		break;
	case KM_EV_FILEMAP_ADD:
	case KM_EV_FILEMAP_DEL:
		err = check(r, ev, no, d);
		return err ? err : cache_event(r, ev);
	default:
		return 0;
	}
	err = check(r, ev, no, d);
	if (err)
		return err;
	machine_tick(&r->m, ev->ts_ns);
	r->now = &op;
	r->m.probe.emit = hear;
	r->m.probe.ctx = r;
	err = replay_op(r, &op, d);
	if (err || (ev->kind != KM_EV_KMALLOC && ev->kind != KM_EV_KFREE))
		return err;
	if (r->cost.c)
		cost_feed_before(r, op.cpu);
	err = doors_event(r, &op, d);
	if (r->cost.c && !err)
		cost_feed_door(r, &op);
	return err;
}

const struct mode_ops mode_generated = {
	.pfn_metric = "page.pfn_free",
	.ticks = true,
	.alloc = generated_alloc,
	.run = generated_nothing,
	.free = generated_free,
	.drain = generated_nothing,
	.bulk = generated_bulk,
	.drain_zone = generated_drain_zone,
};
