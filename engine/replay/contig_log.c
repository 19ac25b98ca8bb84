/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/contig_log.h"

#include <stdlib.h>

#include "engine/replay/state.h"

/* Numbers of include/uapi/asm-generic/errno-base.h, as the kernel returns them. */
enum { KERNEL_ENOMEM = -12, KERNEL_EBUSY = -16 };

static struct contig_call *request_of(const struct replay *r, int32_t pid)
{
	return task_list_of(&r->contig_log.call, pid);
}

static void begin_try(struct contig_call *q)
{
	q->trying = false;
	q->tested = false;
	q->refused_pfn = KM_NO_PFN;
	q->migrated_pages = 0;
	q->failed_pages = 0;
	q->freed_pages = 0;
	q->first_target = q->nr_targets = 0;
}

static void close_request(struct contig_log *l, struct contig_call *q)
{
	task_list_del(&l->call, &q->task);
	free(q->tried);
	free(q->target);
	free(q);
}

/* NULL: there is no memory for it, and the replay ends. */
static struct contig_call *open_request(struct replay *r, const struct op *op)
{
	struct contig_call *q = calloc(1, sizeof(*q));

	if (!q || task_list_add(&r->contig_log.call, &q->task, op->ev->pid)) {
		free(q);
		r->host_error = -KM_ENOMEM;
		return NULL;
	}
	q->asked = op->ev->cma;
	q->comm = op->ev->comm;
	q->stack = op->ev->stack;
	q->model_pfn = KM_NO_PFN;
	begin_try(q);
	return q;
}

static void add_try(struct replay *r, struct contig_call *q, const struct km_cma_try *t)
{
	if (q->nr_tried == q->room) {
		size_t room = q->room ? q->room * 2 : 4;
		struct km_cma_try *tried = realloc(q->tried, room * sizeof(*tried));

		if (!tried) {
			r->host_error = -KM_ENOMEM;
			return;
		}
		q->tried = tried;
		q->room = room;
	}
	q->tried[q->nr_tried++] = *t;
}

struct km_busy_page contig_log_page(const struct replay *r, struct pfn p, const char *source)
{
	struct km_busy_page b = { .pfn = p.nr, .source = source };
	struct frame fr;

	if (place_of(&r->m, p, &fr) == PLACE_OUTSIDE)
		return (struct km_busy_page){ .pfn = KM_NO_PFN };
	b.pageblock_pfn = pfn_align_down(p, r->m.frames.pb_order).nr;
	b.in_use = place_of(&r->m, p, &fr) == PLACE_ALLOC;
	if (!b.in_use)
		return b;
	b.ord = fr.order;
	b.migratetype = fr.mt;
	const struct origin *o = origin_of(&r->origins, p);

	if (!o)
		return b;
	b.has_owner = true;
	b.owner = (struct km_caller){ .task = strtab_get(r->strings, o->comm),
				      .stack = strtab_get(r->strings, o->stack),
				      .pid = o->pid };
	b.event_no = o->event_no;
	b.ts_ns = o->ts_ns;
	return b;
}

/* The first page of the range that somebody has, by the model. */
static struct km_busy_page first_in_use(const struct replay *r, struct pfn at, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		enum place is = place_of(&r->m, pfn_plus(at, i), NULL);

		if (is == PLACE_OUTSIDE)
			break;
		if (is == PLACE_ALLOC || is == PLACE_UNKNOWN)
			return contig_log_page(r, pfn_plus(at, i), "model");
	}
	return (struct km_busy_page){ .pfn = KM_NO_PFN };
}

/*
 * Kernel: mm/page_isolation.c:test_pages_isolated() [6.1]: it names the page it stopped at. A busy
 * range without that event was refused before its pages were looked at, or the event not traced.
 */
static void end_try(struct replay *r, const struct op *op, struct contig_call *q, uint64_t at,
		    const char *result)
{
	uint64_t freed = q->freed_pages;
	struct km_cma_try t = { .event_no = op->no,
				.ts_ns = op->ev->ts_ns,
				.pfn = at,
				.result = result,
				.migrated_pages = q->migrated_pages,
				.failed_pages = q->failed_pages,
				.busy.pfn = KM_NO_PFN };

	t.reclaimed_pages = freed > t.migrated_pages ? freed - t.migrated_pages : 0;
	if (q->refused_pfn != KM_NO_PFN)
		t.busy = contig_log_page(r, pfn(q->refused_pfn), "record");
	else if (op->ev->kind == KM_EV_CMA_BUSY && q->area && cma_has(q->area, pfn(at)))
		t.busy = first_in_use(r, pfn(at), op->ev->cma.count);
	add_try(r, q, &t);
	begin_try(q);
}

static const struct km_busy_page *busy_page(const struct contig_call *q)
{
	if (q->by_model && q->model_busy.pfn != KM_NO_PFN)
		return &q->model_busy;
	for (size_t i = q->nr_tried; i-- > 0;)
		if (q->tried[i].busy.pfn != KM_NO_PFN)
			return &q->tried[i].busy;
	return NULL;
}

/* CMA has no orders: the smallest block that would hold the request. */
static unsigned int order_of(uint64_t pages)
{
	unsigned int order = 0;

	while (order < 62 && pages_of(order) < pages)
		order++;
	return order;
}

/* Kernel: mm/cma.c:cma_alloc() [6.1]: asks with GFP_KERNEL, whatever its caller does. */
static int report_failure(struct replay *r, const struct km_cma_alloc_row *a,
			  const struct contig_call *q, const char *reason)
{
	struct km_failure_row row = { .event_no = a->event_no,
				      .ts_ns = a->ts_ns,
				      .path = "cma_alloc",
				      .ord = order_of(a->pages),
				      .gfp = KM_GFP_KERNEL,
				      .migratetype = KM_CMA,
				      .reason = reason,
				      .recorded = a->recorded_pfn == KM_NO_PFN &&
						  !r->config.synthetic,
				      .caller = a->caller,
				      .area = a->area,
				      .pages = a->pages,
				      .busy = busy_page(q) };

	return r->sink.ops->failure(r->sink.ctx, &row);
}

static const char *result_of(const struct km_cma_alloc_row *a)
{
	if (!a->has_err)
		return "failed";
	switch (a->err) {
	case 0:
		return "ok";
	case KERNEL_EBUSY:
		return "busy";
	case KERNEL_ENOMEM:
		return "nomem";
	default:
		return "failed";
	}
}

static const char *reason_of(const struct replay *r, const struct contig_call *q,
			     const struct km_cma_alloc_row *a)
{
	(void)r;
	if (a->err == KERNEL_EBUSY && a->has_err)
		return q->nr_tried > 1 ? "every range it tried was busy" : "the range was busy";
	if (!a->has_err)
		return "interrupted, or no memory to move pages to";
	if (a->err != KERNEL_ENOMEM)
		return "failed";
	if (!q->area)
		return "there is no such area";
	if (!q->asked.count)
		return "no pages were asked for";
	if (!q->area->pages)
		return "the area was given up when it was to be activated";
	if (q->asked.count > q->area->pages)
		return "larger than the area";
	if (q->nr_tried)
		return "no memory to move pages to";
	if (!q->start_no)
		return "not known: the record lost its beginning";
	if (q->fits)
		return "not known: the model has a range free, the kernel had handed out more";
	return q->maxchunk_pages >= q->asked.count ? "no free range is so aligned" :
						     "no free range is so long";
}

/* The model's own end in the place of the record's; how long it took nobody knows. */
static void end_by_model(struct km_cma_alloc_row *a, const struct contig_call *q)
{
	a->has_err = true;
	a->err = q->model.err;
	a->has_latency = false;
	a->tries = q->model.tries;
	a->migrated_pages = q->model.migrated_pages;
	a->reclaimed_pages = q->model.reclaimed_pages;
	a->result = NULL;
}

/*
 * The record's end of a request (@op NULL: the trace's), its row, and the failure's. @a has what
 * the record says of the end.
 */
static int end_request(struct replay *r, struct contig_call *q, struct km_cma_alloc_row *a)
{
	int err;

	a->area = strtab_get(r->strings, q->asked.name);
	if (!a->area[0] && q->area)
		a->area = q->area->name; /* a generated trace names none */
	a->pages = q->asked.count < INT64_MAX ? q->asked.count : INT64_MAX;
	a->align = q->asked.align;
	a->pfn = q->model_pfn;
	a->tries = (unsigned int)q->nr_tried;
	a->tried = q->tried;
	a->nr_tried = q->nr_tried;
	for (size_t i = 0; i < q->nr_tried; i++) {
		a->migrated_pages += q->tried[i].migrated_pages;
		a->reclaimed_pages += q->tried[i].reclaimed_pages;
	}
	a->start_event_no = q->start_no;
	a->start_ts_ns = q->start_ts;
	a->caller = (struct km_caller){ .task = strtab_get(r->strings, q->comm),
					.stack = strtab_get(r->strings, q->stack),
					.pid = q->task.pid };
	a->has_area = q->area && q->start_no;
	a->used_pages = q->used_pages;
	a->maxchunk_pages = q->maxchunk_pages;
	if (q->by_model)
		end_by_model(a, q);
	if (!a->result)
		a->result = result_of(a);
	err = r->sink.ops->cma_alloc(r->sink.ctx, a);
	if (r->cost.c)
		cost_feed_cma(r, a);
	if (!err && !(a->has_err && !a->err) && a->result[0] != 'u') {
		explain_ended(r, a->event_no, reason_of(r, q, a));
		err = report_failure(r, a, q, reason_of(r, q, a));
	}
	close_request(&r->contig_log, q);
	return err;
}

/* A request whose cma_alloc_finish the record does not have. */
static int end_unfinished(struct replay *r, struct contig_call *q, uint64_t no, uint64_t ts_ns)
{
	struct km_cma_alloc_row a = { .event_no = no, .ts_ns = ts_ns, .recorded_pfn = KM_NO_PFN };

	bool refused = !q->area || !q->asked.count || q->asked.count > q->area->pages;

	if (!refused || q->gap || q->nr_tried || q->trying || !no) {
		a.event_no = q->start_no ? q->start_no : no;
		a.ts_ns = q->start_no ? q->start_ts : ts_ns;
		a.result = "unknown";
	} else {
		/* only one of no area, of nothing or too large ends without [6.1, 6.12] */
		a.event_no = q->start_no;
		a.ts_ns = q->start_ts;
		a.has_err = true;
		a.err = KERNEL_ENOMEM;
	}
	return end_request(r, q, &a);
}

/* What became of it nobody knows. */
static int end_lost(struct replay *r, struct contig_call *q)
{
	q->gap = true;
	return end_unfinished(r, q, q->start_no, q->start_ts);
}

int contig_log_start(struct replay *r, const struct op *op, const struct cma_area *area)
{
	struct contig_call *q = request_of(r, op->ev->pid);
	int err = q ? end_unfinished(r, q, op->no, op->ev->ts_ns) : 0;

	q = err ? NULL : open_request(r, op);
	if (!q)
		return err;
	q->start_no = op->no;
	q->start_ts = op->ev->ts_ns;
	q->area = area;
	if (area) {
		q->used_pages = cma_used_pages(area);
		q->maxchunk_pages = cma_maxchunk_pages(area);
		q->fits = cma_find(area, q->asked.count, q->asked.align, 0) != UINT64_MAX;
	}
	return 0;
}

int contig_log_too_large(struct replay *r, const struct op *op)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	return q ? end_unfinished(r, q, op->no, op->ev->ts_ns) : 0;
}

void contig_log_predicted(struct replay *r, const struct op *op, struct pfn at)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	if (q)
		q->model_pfn = at.nr;
}

void contig_log_try(struct replay *r, const struct op *op, const struct km_cma_try *t)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	if (!q)
		return;
	if (!q->by_model)
		q->nr_tried = 0;
	q->by_model = true;
	q->model_busy.pfn = KM_NO_PFN;
	add_try(r, q, t);
}

void contig_log_model(struct replay *r, const struct op *op, const struct contig_outcome *o)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	if (!q)
		return;
	if (!q->by_model)
		q->nr_tried = 0;
	q->by_model = true;
	q->model = *o;
	q->model_pfn = o->err ? KM_NO_PFN : o->at.nr;
	q->model_busy.pfn = KM_NO_PFN;
	if (o->busy.nr != KM_NO_PFN)
		q->model_busy = contig_log_page(r, o->busy, "model");
}

static bool by_task(const struct op *op)
{
	return !km_in_interrupt(op->ev);
}

void contig_log_alloc(struct replay *r, const struct op *op)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	if (!q || !q->trying || q->tested || r->bind || !by_task(op))
		return;
	if (q->nr_targets == q->room_targets) {
		size_t room = q->room_targets ? q->room_targets * 2 : 32;
		struct contig_target *target = realloc(q->target, room * sizeof(*target));

		if (!target) {
			r->host_error = -KM_ENOMEM;
			return;
		}
		q->target = target;
		q->room_targets = room;
	}
	q->target[q->nr_targets++] =
		(struct contig_target){ pfn(op->ev->page.pfn), op->ev->page.order };
}

/* A target that came back: nothing was moved there. */
static bool given_back(struct contig_call *q, const struct km_ev_page *p)
{
	for (size_t i = q->first_target; i < q->nr_targets; i++) {
		if (q->target[i].at.nr != p->pfn)
			continue;
		for (size_t k = i; k > q->first_target; k--)
			q->target[k] = q->target[k - 1];
		q->first_target++;
		return true;
	}
	return false;
}

/*
 * A free by the task itself, of a page of the area: what it migrated or dropped. What it migrated
 * is in the oldest target. Kernel: mm/migrate.c:migrate_pages() [6.1 6.12]: one after the other,
 * both in the order of the list.
 */
static void note_free(struct replay *r, const struct op *op, struct contig_call *q)
{
	const struct km_ev_page *p = &op->ev->page;

	if (!q->trying || q->tested || !by_task(op) || given_back(q, p) || !q->area ||
	    !cma_has(q->area, pfn(p->pfn)))
		return;
	q->freed_pages += pages_of(p->order);
	if (q->first_target == q->nr_targets || q->target[q->first_target].order != p->order)
		return;
	struct pfn to = q->target[q->first_target++].at;

	for (uint64_t i = 0; i < pages_of(p->order); i++)
		origin_moved(&r->origins, pfn(p->pfn + i), pfn_plus(to, i));
}

void contig_log_note(struct replay *r, const struct op *op)
{
	struct contig_log *l = &r->contig_log;

	struct task_item *first = op->ev->kind == KM_EV_LOST ? l->call.first : NULL;

	for (struct task_item *i = first; i; i = i->next)
		((struct contig_call *)i)->gap = true;
	struct contig_call *q = request_of(r, op->ev->pid);

	if (!q || q->by_model)
		return;
	const struct km_ev_range *e = &op->ev->range;

	switch (op->ev->kind) {
	case KM_EV_ISOLATE_MIGRATE:
		q->trying = true;
		break;
	case KM_EV_MIGRATE_PAGES:
		q->trying = true;
		q->migrated_pages += e->a;
		q->failed_pages += e->b;
		break;
	case KM_EV_TEST_ISOLATED:
		q->trying = true;
		q->tested = true;
		q->refused_pfn = e->a ? KM_NO_PFN : e->third;
		break;
	case KM_EV_ISOLATE_FREE:
		q->tested = true;
		break;
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
		note_free(r, op, q);
		break;
	default:
		break;
	}
}

/*
 * The task's request; one whose start the record does not have begins here. That of another
 * count is not this one: its end was lost.
 */
static struct contig_call *under_way(struct replay *r, const struct op *op, int *err)
{
	struct contig_call *q = request_of(r, op->ev->pid);

	if (q && q->asked.count == op->ev->cma.count)
		return q;
	if (q)
		*err = end_lost(r, q);
	q = *err ? NULL : open_request(r, op);
	if (q)
		q->area = machine_cma_by_name(&r->m, strtab_get(r->strings, op->ev->cma.name));
	return q;
}

/* A free run has not made the request either, then. */
static bool never_began(const struct replay *r, const struct contig_call *q)
{
	return r->bind && !q->start_no;
}

int contig_log_busy(struct replay *r, const struct op *op)
{
	int err = 0;
	struct contig_call *q = under_way(r, op, &err);

	if (q && !q->by_model && !never_began(r, q))
		end_try(r, op, q, op->ev->cma.pfn, "busy");
	return err;
}

/*
 * Kernel: mm/cma.c:cma_alloc() [6.1]: -ENOMEM where it never tried a range, -EBUSY where none was
 * left after a busy one; an error of the last try is not told. 6.12 prints it.
 */
static void set_err(struct km_cma_alloc_row *a, const struct contig_call *q,
		    const struct km_ev_cma *c, bool tried_last)
{
	a->has_err = true;
	if (c->pfn != KM_NO_PFN)
		a->err = 0;
	else if (c->err < -1)
		a->err = c->err;
	else if (tried_last)
		a->has_err = false;
	else
		a->err = q->nr_tried ? KERNEL_EBUSY : KERNEL_ENOMEM;
}

/*
 * Was a range tried after the last busy one? The end names the last range of all, and the steps of
 * a try show it where they are traced. Kernel: mm/cma.c:cma_alloc() [6.1]
 */
static bool tried_another(const struct contig_call *q, const struct km_ev_cma *c)
{
	const struct km_cma_try *last = q->nr_tried ? &q->tried[q->nr_tried - 1] : NULL;
	bool named = q->area && c->tried != KM_NO_PFN && cma_has(q->area, pfn(c->tried));

	return c->pfn != KM_NO_PFN || q->trying || (named && (!last || last->pfn != c->tried));
}

int contig_log_finish(struct replay *r, const struct op *op)
{
	const struct km_ev_cma *c = &op->ev->cma;
	int err = 0;
	struct contig_call *q = under_way(r, op, &err);
	struct km_cma_alloc_row a = { .event_no = op->no,
				      .ts_ns = op->ev->ts_ns,
				      .recorded_pfn = c->pfn };

	if (r->config.synthetic)
		a.recorded_pfn = KM_NO_PFN;
	if (!q)
		return err;
	if (never_began(r, q)) {
		a.result = "unknown";
		return end_request(r, q, &a);
	}
	bool tried_last = tried_another(q, c);

	set_err(&a, q, c, tried_last);
	if (tried_last && !q->by_model)
		end_try(r, op, q, c->pfn != KM_NO_PFN ? c->pfn : c->tried,
			a.has_err && !a.err ? "ok" : "failed");
	if (q->start_no && op->ev->ts_ns >= q->start_ts && !q->by_model) {
		a.has_latency = true;
		a.latency_ns = op->ev->ts_ns - q->start_ts;
	}
	return end_request(r, q, &a);
}

int contig_log_end(struct replay *r)
{
	struct task_list *l = &r->contig_log.call;
	int err = 0;

	while (!err && l->first)
		err = end_unfinished(r, (struct contig_call *)l->first, 0, 0);
	return err;
}

void contig_log_release(struct contig_log *l)
{
	while (l->call.first)
		close_request(l, (struct contig_call *)l->call.first);
	task_list_release(&l->call);
}
