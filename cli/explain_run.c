/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/explain_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/no_rows.h"
#include "cli/passes.h"

enum { BATCH_EVENTS = 4096, MOST_TASKS = 256 };

/* ---- which event ---- */

/* A reading of the trace up to the event in question, and past it where that is no allocation. */
struct search {
	bool synthetic; /* its objects may be a contiguous area's */
	uint64_t wanted, no, found;
	struct km_event ev; /* the one wanted */
	struct contiguous {
		int32_t pid;
		uint64_t start_no, pages;
	} contiguous[MOST_TASKS]; /* by task: its cma_alloc_start under way */
	size_t nr_contiguous;
	bool met;
};

/* Its cma_alloc_start; one that asked for another count is of something else. */
static struct contiguous *start_of(struct search *s, int32_t pid)
{
	size_t i = 0;

	while (i < s->nr_contiguous && s->contiguous[i].pid != pid)
		i++;
	if (i == MOST_TASKS)
		return NULL;
	if (i == s->nr_contiguous) {
		s->contiguous[i] = (struct contiguous){ .pid = pid };
		s->nr_contiguous++;
	}
	return &s->contiguous[i];
}

static void meet(struct search *s, const struct km_event *ev)
{
	bool ends = ev->kind == KM_EV_CMA_FINISH || ev->kind == KM_EV_CMA_BUSY;
	struct contiguous *at = ev->kind == KM_EV_CMA_START || ends ? start_of(s, ev->pid) : NULL;

	if (at && !ends)
		*at = (struct contiguous){ ev->pid, s->no, ev->cma.count };
	else if (at && at->pages != ev->cma.count)
		at->start_no = 0;
	if (s->no == s->wanted) {
		s->met = true;
		s->ev = *ev;
		if (ev->kind == KM_EV_PAGE_ALLOC || ev->kind == KM_EV_CMA_START ||
		    (ev->kind == KM_EV_KMALLOC && s->synthetic))
			s->found = s->no;
		else if (at && (at->start_no || ev->kind == KM_EV_CMA_FINISH))
			s->found = at->start_no ? at->start_no : s->no;
	} else if (s->met && !s->found && s->ev.kind == KM_EV_CMA_BUSY && at && !at->start_no &&
		   ev->kind == KM_EV_CMA_FINISH && ev->pid == s->ev.pid) {
		s->found = s->no; /* its beginning is lost */
	} else if (s->met && !s->found &&
		   (s->ev.kind == KM_EV_EXTFRAG || s->ev.kind == KM_EV_ZONE_LOCKED) &&
		   ev->kind == KM_EV_PAGE_ALLOC && ev->cpu == s->ev.cpu && ev->pid == s->ev.pid) {
		s->found = s->no;
	}
	if (at && ev->kind == KM_EV_CMA_FINISH)
		at->start_no = 0;
}

static bool goes_on(const struct search *s)
{
	bool before = s->ev.kind == KM_EV_EXTFRAG || s->ev.kind == KM_EV_ZONE_LOCKED ||
		      s->ev.kind == KM_EV_CMA_BUSY;

	return !s->met || (!s->found && before);
}

int explain_resolve(struct trace *t, uint64_t *event_no, struct km_diag *d)
{
	struct km_event *buf = malloc(BATCH_EVENTS * sizeof(*buf));
	struct search *s = calloc(1, sizeof(*s));
	int64_t n = buf && s ? trace_keep(t, d) : km_fail(d, KM_ENOMEM, "", "out of memory");
	bool more = !n;

	if (s) {
		s->wanted = *event_no;
		s->synthetic = trace_info(t)->synthetic;
	}
	while (more && (n = trace_read(t, buf, BATCH_EVENTS, d)) > 0)
		for (int64_t i = 0; more && i < n; i++) {
			s->no++;
			meet(s, &buf[i]);
			more = goes_on(s);
		}
	/* where the trace breaks off behind it, the event was met all the same */
	int err = s && s->met ? 0 : n < 0 ? (int)n : 0;

	if (!err && !s->met)
		err = km_fail(d, KM_EUSAGE, "--event",
			      "there is no event %" PRIu64 ": the trace has %" PRIu64, *event_no,
			      s->no);
	else if (!err && !s->found)
		err = km_fail(d, KM_EUSAGE, "--event",
			      "event %" PRIu64 " (%s) is no allocation of pages; give one of "
			      "mm_page_alloc or of cma_alloc_start, as v_failures and v_fallbacks "
			      "name them",
			      *event_no, km_event_name(s->ev.kind));
	if (!err)
		*event_no = s->found;
	free(buf);
	free(s);
	return err ? err : trace_rewind(t, d);
}

/* ---- the replay ---- */

/* Fallbacks of the model's own are the only rows of interest. */
static int note_fallback(void *ctx, const struct km_fallback_row *row)
{
	struct explain_run *e = ctx;

	e->fell_back |= row->event_no == e->x->event_no && !row->recorded;
	return 0;
}

int explain_replay(struct explain_run *out, struct prepared *p, uint64_t event_no,
		   struct km_diag *d)
{
	struct progress progress = { .nr_passes = 2 };
	struct passes passes = { .trace = p->trace, .progress = &progress };

	*out = (struct explain_run){ .x = calloc(1, sizeof(*out->x)) };
	if (!out->x)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	out->ops = no_rows_ops;
	out->ops.fallback = note_fallback;
	const struct km_sink sink = { .ctx = out, .ops = &out->ops };

	out->x->event_no = event_no;
	p->replay.explain = out->x;
	p->replay.nr_samples = 0;
	p->replay.no_map = p->replay.no_owners = true;
	p->replay.tlb = NULL;
	p->replay.costs = NULL;
	passes.enough = &out->x->done;
	int err = replay_open(&out->replay, &p->replay, trace_strings(p->trace), &sink, d);

	passes.lanes[0] = out->replay;
	passes.nr_lanes = !err;
	return err ? err : passes_run(&passes, d);
}

void explain_release(struct explain_run *e)
{
	replay_close(e->replay);
	free(e->x);
}

bool explain_served(const struct explain_run *e)
{
	return e->x->done && e->x->answered && e->x->got != KM_NO_PFN && !e->fell_back;
}
