/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/contig_own.h"

#include <stdlib.h>

#include "engine/replay/bind.h"
#include "engine/replay/state.h"

/* Numbers of include/uapi/asm-generic/errno-base.h, as the kernel returns them. */
static const int kernel_errno[] = {
	[CONTIG_OK] = 0, [CONTIG_BUSY] = -16, [CONTIG_NOMEM] = -12, [CONTIG_INVALID] = -22
};

/* Room for one more of @v, @size bytes each. NULL: there is none. */
static void *grown(void *v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return v;
	size_t more = *room ? *room * 2 : 16;

	v = realloc(v, more * size);
	*room = v ? more : *room;
	return v;
}

static struct contig_flight *flight_of(const struct contig_own *c, int32_t pid)
{
	return task_list_of(&c->flight, pid);
}

/* NULL: there is no memory for it. */
static struct contig_flight *open_flight(struct contig_own *c, int32_t pid)
{
	struct contig_flight *f = calloc(1, sizeof(*f));

	if (!f || task_list_add(&c->flight, &f->task, pid)) {
		free(f);
		return NULL;
	}
	f->got = pfn(KM_NO_PFN);
	return f;
}

static void close_flight(struct contig_own *c, struct contig_flight *f)
{
	task_list_del(&c->flight, &f->task);
	free(f->target);
	free(f);
}

void contig_own_release(struct contig_own *c)
{
	while (c->flight.first)
		close_flight(c, (struct contig_flight *)c->flight.first);
	task_list_release(&c->flight);
	free(c->buffer);
	free(c->busy);
	free(c->unanswered);
}

/* ---- the survey ---- */

static int note_busy(struct contig_own *c, const struct contig_flight *f, uint64_t at,
		     uint64_t pages)
{
	/* the test named the page, and the retry follows it */
	if (pages > 1 && c->nr_busy && f->tested)
		return 0;
	struct contig_busy *v = grown(c->busy, c->nr_busy, &c->busy_room, sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	c->busy = v;
	v[c->nr_busy++] = (struct contig_busy){ f->start_no, at, pages };
	return 0;
}

static int note_unanswered(struct contig_own *c, struct contig_flight *f)
{
	uint64_t *v = grown(c->unanswered, c->nr_unanswered, &c->unanswered_room, sizeof(*v));
	uint64_t start_no = f->start_no;

	close_flight(c, f);
	if (!v)
		return -KM_ENOMEM;
	c->unanswered = v;
	v[c->nr_unanswered++] = start_no;
	return 0;
}

int contig_own_survey(struct replay *r, const struct op *op)
{
	struct contig_own *c = &r->contig_own;
	const struct km_event *ev = op->ev;

	if (op->kind != OP_EVENT || ev->kind < KM_EV_CMA_START || ev->kind > KM_EV_TEST_ISOLATED)
		return 0;
	struct contig_flight *f = flight_of(c, ev->pid);
	int err = 0;

	/* an end of something else: its own was lost */
	if (f && (ev->kind == KM_EV_CMA_FINISH || ev->kind == KM_EV_CMA_BUSY) &&
	    ev->cma.count != f->pages) {
		err = note_unanswered(c, f);
		f = NULL;
	}
	if (err)
		return err;
	switch (ev->kind) {
	case KM_EV_CMA_START:
		err = f ? note_unanswered(c, f) : 0;
		f = err ? NULL : open_flight(c, ev->pid);
		if (!f)
			return -KM_ENOMEM;
		f->start_no = op->no;
		f->pages = ev->cma.count;
		break;
	case KM_EV_CMA_FINISH:
		if (f)
			close_flight(c, f);
		break;
	case KM_EV_TEST_ISOLATED:
		if (f && ev->range.third < ev->range.end) {
			err = note_busy(c, f, ev->range.third, 1);
			f->tested = true;
		}
		break;
	case KM_EV_CMA_BUSY:
		if (f)
			err = note_busy(c, f, ev->cma.pfn, ev->cma.count);
		if (f)
			f->tested = false;
		break;
	default:
		break;
	}
	return err;
}

/* Kernel: none; what was busy for one request stands together */
static int by_start(const void *a, const void *b)
{
	const struct contig_busy *x = a, *y = b;

	if (x->start_no != y->start_no)
		return x->start_no < y->start_no ? -1 : 1;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int contig_own_surveyed(struct replay *r)
{
	struct contig_own *c = &r->contig_own;
	int err = 0;

	while (!err && c->flight.first)
		err = note_unanswered(c, (struct contig_flight *)c->flight.first);
	if (c->nr_busy)
		qsort(c->busy, c->nr_busy, sizeof(*c->busy), by_start);
	if (c->nr_unanswered)
		qsort(c->unanswered, c->nr_unanswered, sizeof(*c->unanswered), by_number);
	return err;
}

static bool is_unanswered(const struct contig_own *c, uint64_t no)
{
	return c->nr_unanswered &&
	       bsearch(&no, c->unanswered, c->nr_unanswered, sizeof(no), by_number);
}

/* ---- a request ---- */

/* The model's page for a recorded one that is in use; KM_NO_PFN: there is none. */
static struct pfn in_use(const struct replay *r, uint64_t recorded)
{
	struct pfn p = bind_of(r->bind, pfn(recorded));

	if (p.nr == KM_NO_PFN || place_of(&r->m, p, NULL) != PLACE_ALLOC)
		return pfn(KM_NO_PFN);
	return p;
}

/*
 * What kept the record's ranges busy will not move in the model, either. Where only the range is
 * known, it is taken to be its first page in use.
 */
static void pin_busy(struct replay *r, uint64_t start_no)
{
	struct contig_own *c = &r->contig_own;

	while (c->busy_at < c->nr_busy && c->busy[c->busy_at].start_no < start_no)
		c->busy_at++;
	for (size_t i = c->busy_at; i < c->nr_busy && c->busy[i].start_no == start_no; i++) {
		const struct contig_busy *b = &c->busy[i];
		struct pfn p = pfn(KM_NO_PFN);

		for (uint64_t k = 0; p.nr == KM_NO_PFN && k < b->pages && k < r->m.frames.nr_frames;
		     k++)
			p = in_use(r, b->pfn + k);
		if (p.nr != KM_NO_PFN)
			pins_set(r, p);
	}
}

static void give_back(struct replay *r, const struct contig_flight *f, unsigned int cpu)
{
	const struct contig_env env = machine_contig(&r->m);

	if (f->got.nr != KM_NO_PFN)
		cma_release_rest(f->area, &env, cpu, f->got, f->pages);
}

void contig_own_tell(struct replay *r, const struct op *op, const struct cma_result *got)
{
	const struct contig_outcome o = { .at = got->got,
					  .err = kernel_errno[got->result],
					  .tries = got->tries,
					  .migrated_pages = got->migrated_pages,
					  .reclaimed_pages = got->reclaimed_pages,
					  .busy = got->busy };

	contig_log_model(r, op, &o);
}

/* Whose the pages of a contiguous allocation are, for who asks of every page. */
static void own_range(struct replay *r, const struct op *op, struct pfn got)
{
	struct km_event ev = *op->ev;

	ev.page = (struct km_ev_page){ .pfn = got.nr };
	for (uint64_t i = 0; i < op->ev->cma.count; i++)
		origin_alloc(&r->origins, pfn_plus(got, i), &ev, op->no);
}

static void chose(struct replay *r, const struct op *op, struct pfn got)
{
	const struct replay_choice c = { .event_no = op->no,
					 .ts_ns = op->ev->ts_ns,
					 .pfn = got.nr,
					 .pages = op->ev->cma.count,
					 .gfp = KM_GFP_KERNEL,
					 .cpu = op->cpu,
					 .migratetype = KM_CMA };

	if (r->config.chosen)
		r->config.chosen(r->config.chosen_ctx, &c);
	explain_chose(r, got, "");
	if (r->origins.all && got.nr != KM_NO_PFN)
		own_range(r, op, got);
}

static const char *name_of(enum contig_result result)
{
	return result == CONTIG_OK ? "ok" : result == CONTIG_BUSY ? "busy" : "failed";
}

void contig_own_tried(struct replay *r, struct pfn at, const struct contig_report *report)
{
	const struct op *op = r->contig_own.asks;
	struct km_cma_try t = { .pfn = at.nr,
				.result = name_of(report->result),
				.migrated_pages = report->migrated_pages,
				.reclaimed_pages = report->reclaimed_pages,
				.busy.pfn = KM_NO_PFN };

	if (!op)
		return;
	t.event_no = op->no;
	t.ts_ns = op->ev->ts_ns;
	if (report->busy.nr != KM_NO_PFN)
		t.busy = contig_log_page(r, report->busy, "model");
	explain_tried(r, &t);
	contig_log_try(r, op, &t);
}

int contig_own_serve(struct replay *r, const struct op *op, struct cma_area *a,
		     const struct cma_request *rq, struct cma_result *got, struct km_diag *d)
{
	const struct contig_env env = machine_contig(&r->m);

	r->contig_own.asks = op;
	cma_alloc(a, &env, rq, got);
	r->contig_own.asks = NULL;
	chose(r, op, got->got);
	if (!r->config.paranoid || got->got.nr == KM_NO_PFN)
		return 0;
	return cma_check_range(a, &r->m.pages, got->got, rq->pages, d);
}

/* The record's end against the model's: it got @recorded, or nothing (KM_NO_PFN). */
static void judge(struct replay *r, const struct op *op, const struct contig_flight *f,
		  struct pfn recorded)
{
	bool has = recorded.nr != KM_NO_PFN, got = f->got.nr != KM_NO_PFN;
	unsigned int busy = f->tries - (got && f->tries);
	enum cma_end end = !has ? CMA_END_FAILED : f->recorded_tries ? CMA_END_RETRIED : CMA_END_OK;

	contig_judge_end(r, op, has == got && (!has || busy == f->recorded_tries), end, f->got,
			 recorded);
}

/* A request that the record refused is tried all the same; nobody would ever give it back. */
static int begin(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *ev = &op->ev->cma;
	struct contig_own *c = &r->contig_own;
	struct cma_area *a = machine_cma_for(&r->m, strtab_get(r->strings, ev->name));
	struct contig_flight *f = flight_of(c, op->ev->pid);
	int err = contig_log_start(r, op, a);

	if (f)
		close_flight(c, f);
	f = err ? NULL : open_flight(c, op->ev->pid);
	r->totals.no_area += !a;
	if (!f)
		return err ? err :
			     km_fail(d, KM_ENOMEM, "", "out of memory for contiguous requests");
	const struct cma_request rq = { .pages = ev->count, .align = ev->align, .cpu = op->cpu };
	struct cma_result got = { .result = CONTIG_NOMEM,
				  .got = pfn(KM_NO_PFN),
				  .busy = pfn(KM_NO_PFN) };

	f->start_no = op->no;
	f->area = a;
	f->pages = ev->count;
	if (a) {
		pin_busy(r, op->no);
		err = contig_own_serve(r, op, a, &rq, &got, d);
	} else {
		chose(r, op, got.got);
	}
	f->got = got.got;
	f->tries = got.tries;
	for (uint64_t i = 0; f->got.nr != KM_NO_PFN && i < f->pages; i++)
		bind_orphan(r->bind, pfn_plus(f->got, i), 0);
	contig_own_tell(r, op, &got);
	if (err || !is_unanswered(c, op->no))
		return err;
	/* only one of no area, of nothing or too large ends without [6.1, 6.12]; of another's end
	 * the record lost what it was */
	if (!a || !ev->count || ev->count > a->pages)
		judge(r, op, f, pfn(KM_NO_PFN));
	give_back(r, f, op->cpu);
	close_flight(c, f);
	return contig_log_too_large(r, op);
}

static int keep_buffer(struct replay *r, const struct contig_flight *f, uint64_t recorded)
{
	struct contig_own *c = &r->contig_own;
	struct contig_buffer *v = grown(c->buffer, c->nr_buffers, &c->buffer_room, sizeof(*v));

	if (!v)
		return -KM_ENOMEM;
	c->buffer = v;
	v[c->nr_buffers++] =
		(struct contig_buffer){ recorded, f->pages, f->pages, f->got, f->area };
	return 0;
}

/* Targets that nothing moved to mean nothing. */
static void forget_targets(struct replay *r, struct contig_flight *f)
{
	for (size_t i = 0; i < f->nr_targets; i++)
		bind_nothing(r->bind, pfn(f->target[i].pfn), f->target[i].order);
	f->nr_targets = 0;
	f->from = f->to = 0;
	f->tested = false;
}

static int finish(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct km_ev_cma *ev = &op->ev->cma;
	struct contig_own *c = &r->contig_own;
	struct contig_flight *f = flight_of(c, op->ev->pid);
	int err = contig_log_finish(r, op);

	if (!r->config.layout && !r->config.synthetic)
		r->totals.not_in_area += contig_is_elsewhere(
			machine_cma_by_name(&r->m, strtab_get(r->strings, ev->name)), ev);
	if (!f)
		return err;
	forget_targets(r, f);
	judge(r, op, f, pfn(ev->err ? KM_NO_PFN : ev->pfn));
	bool has = ev->pfn != KM_NO_PFN && !ev->err && ev->count == f->pages;

	for (uint64_t i = 0; has && i < f->pages && i < r->m.frames.nr_frames; i++) {
		if (f->got.nr == KM_NO_PFN)
			bind_nothing(r->bind, pfn(ev->pfn + i), 0);
		else
			bind_set(r->bind, pfn(ev->pfn + i), pfn_plus(f->got, i), 0);
	}
	if (!has)
		give_back(r, f, op->cpu);
	else if (f->got.nr != KM_NO_PFN && keep_buffer(r, f, ev->pfn))
		err = km_fail(d, KM_ENOMEM, "", "out of memory for contiguous buffers");
	close_flight(c, f);
	return err;
}

/*
 * The pages came back one by one before it, but for those whose frees the record lost: their bits
 * follow. A range may be a part of what a request got, or of several.
 */
static void release(struct replay *r, const struct op *op)
{
	const struct km_ev_cma *ev = &op->ev->cma;
	struct contig_own *c = &r->contig_own;
	const struct contig_env env = machine_contig(&r->m);
	uint64_t end = ev->pfn + ev->count, found = 0;

	if (end < ev->pfn)
		return; /* no area reaches so far */
	for (size_t i = c->nr_buffers; i-- > 0;) {
		struct contig_buffer *b = &c->buffer[i];
		uint64_t from = ev->pfn > b->recorded ? ev->pfn : b->recorded;
		uint64_t to = end < b->recorded + b->pages ? end : b->recorded + b->pages;

		if (from >= to)
			continue;
		cma_release_rest(b->area, &env, op->cpu, pfn_plus(b->model, from - b->recorded),
				 to - from);
		found += to - from;
		b->left = to - from < b->left ? b->left - (to - from) : 0;
		if (!b->left)
			*b = c->buffer[--c->nr_buffers];
	}
	/* from before the free run */
	struct cma_area *a = found || r->config.layout ? NULL : machine_cma_at(&r->m, pfn(ev->pfn));

	if (a && ev->count && end <= a->base.nr + a->pages)
		cma_mark(a, pfn(ev->pfn), ev->count, false);
}

int contig_own_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct contig_flight *f = flight_of(&r->contig_own, op->ev->pid);
	const struct km_ev_range *range = &op->ev->range;
	int err;

	switch (op->ev->kind) {
	case KM_EV_CMA_START:
		return begin(r, op, d);
	case KM_EV_CMA_FINISH:
		return finish(r, op, d);
	case KM_EV_CMA_BUSY:
		err = contig_log_busy(r, op);
		if (f)
			forget_targets(r, f);
		if (f)
			f->recorded_tries++;
		return err;
	case KM_EV_CMA_RELEASE:
		release(r, op);
		return 0;
	case KM_EV_ISOLATE_MIGRATE:
		if (f) {
			f->from = f->to ? f->from : range->start;
			f->to = range->end;
		}
		return 0;
	case KM_EV_TEST_ISOLATED:
	case KM_EV_ISOLATE_FREE:
		if (f)
			f->tested = true;
		return 0;
	default:
		return 0;
	}
}

/* ---- what belongs to it ---- */

/* The request the task of @op is in; NULL: none, or @op is an interrupt's. */
static struct contig_flight *under_way(struct replay *r, const struct op *op)
{
	return km_in_interrupt(op->ev) ? NULL : flight_of(&r->contig_own, op->ev->pid);
}

bool contig_own_alloc(struct replay *r, const struct op *op)
{
	struct contig_flight *f = under_way(r, op);

	if (!f || f->tested || pages_migratetype(op->ev->page.gfp) != KM_MOVABLE)
		return false;
	struct km_ev_page *v = grown(f->target, f->nr_targets, &f->room, sizeof(*v));

	if (!v) {
		r->host_error = -KM_ENOMEM;
		return true;
	}
	f->target = v;
	v[f->nr_targets++] = op->ev->page;
	return true;
}

/* Take the oldest target of that order, or the one at @at, off the queue. False: there is none. */
static bool take_target(struct contig_flight *f, uint64_t at, unsigned int order,
			struct km_ev_page *out)
{
	for (size_t i = 0; i < f->nr_targets; i++) {
		if (f->target[i].order != order || (at != KM_NO_PFN && f->target[i].pfn != at))
			continue;
		*out = f->target[i];
		for (size_t k = i + 1; k < f->nr_targets; k++)
			f->target[k - 1] = f->target[k];
		f->nr_targets--;
		return true;
	}
	return false;
}

bool contig_own_free(struct replay *r, const struct op *op)
{
	struct contig_flight *f = under_way(r, op);
	const struct km_ev_page *p = &op->ev->page;
	struct km_ev_page to;

	if (!f)
		return false;
	/* what was taken too much, or a target that was not needed */
	if (f->tested || take_target(f, p->pfn, p->order, &to))
		return true;
	bool known = bind_has(r->bind, pfn(p->pfn)), within = p->pfn >= f->from && p->pfn < f->to;

	if (f->to ? !within : !known && !f->nr_targets)
		return !f->to; /* without events of the range: what was never in use is left over */
	if (!take_target(f, KM_NO_PFN, p->order, &to))
		return false; /* dropped, not moved */
	for (uint64_t i = 0; i < pages_of(p->order); i++)
		bind_renamed(r->bind, pfn(p->pfn + i), pfn(to.pfn + i),
			     in_use(r, p->pfn + i).nr != KM_NO_PFN);
	return true;
}
