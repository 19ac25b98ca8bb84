/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMA events as the machine's own contiguous allocation: cma_alloc_start isolates the range the
 * bitmap offers and drains the zone's per-CPU lists, the isolation scan takes the free blocks,
 * cma_alloc_finish gives the pageblocks back.
 */
#include <stdlib.h>

#include "engine/replay/state.h"

static void activate(struct replay *r, struct cma_area *a)
{
	uint64_t step = pages_of(r->m.frames.pb_order);

	for (uint64_t at = 0; at < a->pages; at += step)
		pageblock_of(&r->m.frames, pfn_plus(a->base, at))->mt = KM_CMA;
	a->active = true;
}

unsigned int contig_given_up(const struct replay *r)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < r->m.nr_cma; i++)
		n += !r->m.cma[i].pages;
	return n;
}

static void judge(struct replay *r, enum metric metric, const struct op *op, struct verdict v,
		  struct pfn predicted, struct pfn recorded)
{
	v.known = true;
	v.order = KM_MAX_ORDERS;
	v.mt = KM_CMA;
	score_count(&r->score, metric, &v);
	if (!v.hit)
		note_miss(r, metric, op, &v, predicted, recorded);
}

static void judge_result(struct replay *r, const struct op *op, struct verdict v, enum cma_end end,
			 struct pfn predicted, struct pfn recorded)
{
	v.cma_end = end + 1u;
	judge(r, METRIC_CMA_RESULT, op, v, predicted, recorded);
}

void contig_judge_end(struct replay *r, const struct op *op, bool hit, enum cma_end end,
		      struct pfn predicted, struct pfn recorded)
{
	judge_result(r, op, (struct verdict){ .hit = hit, .cause = CAUSE_COMPACTION }, end,
		     predicted, recorded);
}

/*
 * The record's end of a request: did it get @recorded (KM_NO_PFN: nothing), and each of its tries
 * come out as was foreseen before the record told of it?
 */
static void judge_end(struct replay *r, const struct op *op, const struct contig_turn *t, bool got,
		      struct pfn recorded)
{
	bool refused = t->is == TURN_REFUSED, unknown = t->is == TURN_UNKNOWN;
	struct verdict v = { .hit = refused ? !got : !unknown && recorded.nr == t->at.nr,
			     .cause = t->lost ? CAUSE_LOSS : CAUSE_COMPACTION };
	enum cma_end end = !got ? CMA_END_FAILED : t->tries ? CMA_END_RETRIED : CMA_END_OK;
	bool foreseen = !unknown && got == (!refused && t->foreseen == CONTIG_OK);

	judge(r, METRIC_CMA_PFN, op, v, t->at, recorded);
	v.hit = foreseen && !t->surprised;
	judge_result(r, op, v, end, t->at, recorded);
}

static struct contig_turn *turn_of(const struct replay *r, int32_t pid)
{
	return task_list_of(&r->turn, pid);
}

static struct contig_turn *first_turn(const struct replay *r)
{
	return (struct contig_turn *)r->turn.first;
}

static struct contig_turn *turn_after(const struct contig_turn *t)
{
	return (struct contig_turn *)t->task.next;
}

static void drop_turn(struct replay *r, struct contig_turn *t)
{
	task_list_del(&r->turn, &t->task);
	free(t);
}

void contig_close(struct replay *r)
{
	while (r->turn.first)
		drop_turn(r, first_turn(r));
	task_list_release(&r->turn);
}

bool contig_isolates(const struct replay *r, int32_t pid)
{
	const struct contig_turn *t = r->m.contig.busy ? turn_of(r, pid) : NULL;

	return t && t->is == TURN_ISOLATES;
}

static bool stays(void *ctx, struct pfn head)
{
	return pins_has(ctx, head);
}

/* What the record has shown so far not to move. */
static const struct contig_ops known_to_stay = { .stays = stays };

struct contig_env contig_known(struct replay *r)
{
	return (struct contig_env){
		.pages = &r->m.pages, .prof = &r->m.profile->cma, .ops = &known_to_stay, .ctx = r
	};
}

static int drain(struct replay *r, const struct contig_turn *t, struct km_diag *d)
{
	return r->mode->drain_zone(r, t->cpu, pages_zone_of(&r->m.pages, t->at), d);
}

static struct contig_request range_of(const struct contig_turn *t)
{
	return (struct contig_request){ .start = t->at,
					.end = pfn_plus(t->at, t->pages),
					.mt = KM_CMA,
					.gfp = KM_GFP_KERNEL,
					.cpu = t->cpu };
}

/*
 * The task's turn to isolate its range: one does at a time. Kernel: mm/cma.c:cma_mutex [6.1]
 */
static int isolate(struct replay *r, struct contig_turn *t, struct km_diag *d)
{
	const struct contig_env env = machine_contig(&r->m);
	const struct contig_request range = range_of(t);

	if (r->m.contig.busy) {
		t->is = TURN_WAITS;
		t->since = ++r->turns;
		return 0;
	}
	t->is = TURN_ISOLATES;
	if (!contig_begin(&r->m.contig, &env, &range))
		return 0; /* the record says what became of it */
	return drain(r, t, d);
}

/* Who waited longest goes on. */
static int next_turn(struct replay *r, struct km_diag *d)
{
	struct contig_turn *first = NULL;

	for (struct contig_turn *t = first_turn(r); t; t = turn_after(t))
		if (t->is == TURN_WAITS && (!first || t->since < first->since))
			first = t;
	return first ? isolate(r, first, d) : 0;
}

/* What the bitmap offers from bit @from on: marked, and isolated in its turn. */
static int choose(struct replay *r, const struct op *op, struct contig_turn *t, uint64_t from,
		  struct km_diag *d)
{
	const struct contig_env env = contig_known(r);
	uint64_t bit = cma_find(t->area, t->pages, t->align, from);
	struct pfn busy;

	t->at = pfn(KM_NO_PFN);
	t->is = TURN_REFUSED;
	if (bit != UINT64_MAX) {
		t->at = pfn_plus(t->area->base, bit << t->area->order_per_bit);
		const struct contig_request range = range_of(t);

		t->foreseen = contig_foresee(&env, &range, &busy);
		cma_mark(t->area, t->at, t->pages, true);
	}
	contig_log_predicted(r, op, t->at);
	return bit == UINT64_MAX ? 0 : isolate(r, t, d);
}

/* The range is given up, and so is its isolation. */
static int give_up(struct replay *r, struct contig_turn *t, struct km_diag *d)
{
	bool isolates = t->is == TURN_ISOLATES;

	if (t->at.nr != KM_NO_PFN)
		cma_mark(t->area, t->at, t->pages, false);
	t->is = TURN_FREE;
	if (isolates)
		contig_end(&r->m.contig, &r->m.pages);
	return isolates ? next_turn(r, d) : 0;
}

/*
 * The task tells of its own range while another has the turn: the other's is over, and its end is
 * still to be told. Kernel: mm/cma.c:cma_alloc() [6.1]: the event comes after cma_mutex is let go.
 */
static int take_turn(struct replay *r, struct contig_turn *t, struct km_diag *d)
{
	struct contig_turn *other = first_turn(r);

	while (other && other->is != TURN_ISOLATES)
		other = turn_after(other);
	if (!other)
		return 0;
	t->since = 0; /* the next one is this */
	other->is = TURN_FREE;
	contig_end(&r->m.contig, &r->m.pages);
	return next_turn(r, d);
}

static int lose(struct replay *r, struct contig_turn *t, struct km_diag *d)
{
	int err = give_up(r, t, d);

	t->is = TURN_UNKNOWN;
	t->at = pfn(KM_NO_PFN);
	t->lost = true;
	return err;
}

/*
 * Its end may be among what was lost: nobody waits for it. Those that wait go first, so that none
 * of them has its turn on the way.
 */
int contig_gap(struct replay *r, const struct op *op, struct km_diag *d)
{
	int err = 0;

	struct contig_turn *has_turn = NULL;

	contig_log_note(r, op);
	for (struct contig_turn *t = first_turn(r); !err && t; t = turn_after(t)) {
		if (t->cpu != op->cpu)
			continue;
		if (t->is == TURN_ISOLATES)
			has_turn = t;
		else
			err = lose(r, t, d);
	}
	return !err && has_turn ? lose(r, has_turn, d) : err;
}

/* A request the model refused: the kernel did too unless cma_alloc_finish tells of a range. */
void contig_settle(struct replay *r)
{
	for (struct contig_turn *t = first_turn(r); t; t = turn_after(t))
		if (t->is == TURN_REFUSED)
			judge_end(r, NULL, t, false, pfn(KM_NO_PFN));
}

/* A place for the task's request; NULL: there is no memory for it. */
static struct contig_turn *open_turn(struct replay *r, const struct op *op, struct cma_area *a)
{
	struct contig_turn *t = calloc(1, sizeof(*t));

	if (!t || task_list_add(&r->turn, &t->task, op->ev->pid)) {
		free(t);
		return NULL;
	}
	t->is = TURN_UNKNOWN;
	t->cpu = op->cpu;
	t->area = a;
	t->at = pfn(KM_NO_PFN);
	t->pages = op->ev->cma.count;
	t->align = op->ev->cma.align;
	return t;
}

/* NULL: the machine has none of that name. */
static struct cma_area *area_of(struct replay *r, const struct km_ev_cma *c)
{
	return machine_cma_by_name(&r->m, strtab_get(r->strings, c->name));
}

static int begin(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *c = &op->ev->cma;
	struct cma_area *a = area_of(r, c);
	struct contig_turn *t = turn_of(r, op->ev->pid);
	int err = 0;

	if (t && t->is == TURN_REFUSED)
		judge_end(r, op, t, false, pfn(KM_NO_PFN));
	if (t)
		err = give_up(r, t, d);
	if (t)
		drop_turn(r, t);
	if (!err)
		err = contig_log_start(r, op, a);
	t = err ? NULL : open_turn(r, op, a);
	if (!t)
		return err ? err :
			     km_fail(d, KM_ENOMEM, "", "out of memory for contiguous requests");
	r->totals.no_area += !a;
	if (!a)
		return 0;
	err = choose(r, op, t, 0, d);
	if (err || (c->count && c->count <= a->pages))
		return err;
	/* no other event will tell of it [6.1, 6.12] */
	judge_end(r, op, t, false, pfn(KM_NO_PFN));
	drop_turn(r, t);
	return contig_log_too_large(r, op);
}

/* Is all of the event's range the area's? */
static bool is_within(const struct cma_area *a, const struct km_ev_cma *c)
{
	return c->count && c->count <= a->pages && cma_has(a, pfn(c->pfn)) &&
	       cma_has(a, pfn(c->pfn + c->count - 1));
}

bool contig_is_elsewhere(const struct cma_area *a, const struct km_ev_cma *c)
{
	return a && a->pages && c->pfn != KM_NO_PFN && !c->err && !is_within(a, c);
}

/*
 * The record's range is the driver's: its pages are in use one by one, and nobody may move them.
 */
static void hand_over(struct replay *r, struct cma_area *a, const struct km_ev_cma *c)
{
	if (c->pfn == KM_NO_PFN || c->err || !is_within(a, c))
		return;
	for (uint64_t i = 0; i < c->count; i++) {
		place_take(&r->m, pfn_plus(pfn(c->pfn), i), 0);
		place_alloc(&r->m, pfn_plus(pfn(c->pfn), i), 0, KM_UNMOVABLE);
	}
	cma_mark(a, pfn(c->pfn), c->count, true);
}

static int finish(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *ev = &op->ev->cma;
	struct contig_turn *t = turn_of(r, op->ev->pid);
	struct cma_area *a = t ? t->area : area_of(r, ev);
	int err = contig_log_finish(r, op);

	r->totals.not_in_area += contig_is_elsewhere(a, ev);
	if (t)
		judge_end(r, op, t, ev->pfn != KM_NO_PFN && !ev->err, pfn(ev->pfn));
	if (t && t->at.nr != KM_NO_PFN)
		cma_mark(t->area, t->at, t->pages, false);
	if (a)
		hand_over(r, a, ev);
	if (!t)
		return err; /* its start was not seen */
	t->at = pfn(KM_NO_PFN);
	int next = give_up(r, t, d);

	drop_turn(r, t);
	return err ? err : next;
}

/* The range was busy: it is given back, and the next one the bitmap offers is tried. */
static int retry(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct contig_turn *t = turn_of(r, op->ev->pid);
	int err = contig_log_busy(r, op);

	if (err || !t || t->at.nr == KM_NO_PFN)
		return err;
	uint64_t bit = (t->at.nr - t->area->base.nr) >> t->area->order_per_bit;

	t->surprised |= t->foreseen != CONTIG_BUSY;
	t->tries++;
	err = give_up(r, t, d);

	return err ? err : choose(r, op, t, cma_next(t->area, t->align, bit), d);
}

/*
 * The page that kept the range busy stays until it is freed, as far as anybody knows. Kernel:
 * mm/page_isolation.c:test_pages_isolated() [6.1]
 */
static void learn(struct replay *r, const struct op *op)
{
	const struct km_ev_range *e = &op->ev->range;

	if (!e->a && e->third < e->end && turn_of(r, op->ev->pid) && pins_learn(r, pfn(e->third)))
		r->host_error = -KM_ENOMEM;
}

/* Is what the bitmap says all that there is: nothing from before the trace, nothing lost? */
static bool is_known(const struct replay *r, const struct cma_area *a)
{
	const struct km_snapshot *seed = r->config.seed;

	return !r->gap.gaps && (r->config.layout || r->survey.from_boot ||
				(seed && seed->cma[a - r->m.cma].bitmap));
}

static void release(struct replay *r, const struct op *op)
{
	const struct km_ev_cma *c = &op->ev->cma;
	struct cma_area *a = area_of(r, c);

	if (!a)
		return;
	const bool within = is_within(a, c);

	if (is_known(r, a) && c->count && !(within && cma_marked(a, pfn(c->pfn), c->count)))
		r->totals.untaken_releases++;
	if (within)
		cma_mark(a, pfn(c->pfn), c->count, false);
}

/* Not of the request under way, whose end was lost: it asked for something else. */
static bool is_anothers(const struct contig_turn *t, const struct km_event *ev)
{
	return (ev->kind == KM_EV_CMA_FINISH || ev->kind == KM_EV_CMA_BUSY) &&
	       ev->cma.count != t->pages;
}

int contig_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	if (r->contig_log.call.n)
		contig_log_note(r, op);
	if (r->bind && op->kind == OP_EVENT && !turn_of(r, op->ev->pid))
		return contig_own_event(r, op, d);
	const bool own = op->kind == OP_EVENT && op->ev->kind >= KM_EV_CMA_FINISH &&
			 op->ev->kind <= KM_EV_ISOLATE_FREE && op->ev->kind != KM_EV_CMA_RELEASE;
	struct contig_turn *t = own ? turn_of(r, op->ev->pid) : NULL;
	int err = 0;

	if (t && is_anothers(t, op->ev)) {
		err = give_up(r, t, d);
		drop_turn(r, t);
		t = NULL;
	}
	if (!err && t && t->is == TURN_WAITS && r->m.contig.busy)
		err = take_turn(r, t, d);
	if (err)
		return err;
	if (t)
		t->cpu = op->cpu;
	switch (op->ev->kind) {
	case KM_EV_CMA_START:
		return begin(r, op, d);
	case KM_EV_CMA_FINISH:
		return finish(r, op, d);
	case KM_EV_CMA_BUSY:
		return retry(r, op, d);
	case KM_EV_CMA_RELEASE:
		release(r, op);
		return 0;
	case KM_EV_TEST_ISOLATED:
		learn(r, op);
		return 0;
	case KM_EV_ISOLATE_FREE:
		if (contig_isolates(r, op->ev->pid) && !r->m.contig.taken)
			contig_take(&r->m.contig, &r->m.pages);
		return 0;
	case KM_EV_PAGE_FREE: { /* of a whole pageblock of an area: it is activated */
		struct cma_area *a = machine_cma_at(&r->m, pfn(op->ev->page.pfn));

		if (a && !a->active && op->ev->page.order == r->m.frames.pb_order)
			activate(r, a);
		return 0;
	}
	default:
		return 0;
	}
}
