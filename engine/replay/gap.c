/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/gap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

/* Moves of pages in doubt that stand before what was seen since: a few events settle nothing. */
enum { DOUBTED = 1024 };

/* Pages one event moves; the first phase of a batched free stands for both. */
static uint64_t moves(const struct km_event *ev)
{
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		return ev->page.pfn == KM_NO_PFN ? 0 : pages_of(ev->page.order);
	case KM_EV_CMA_FINISH:
	case KM_EV_CMA_RELEASE:
		if (ev->cma.pfn == KM_NO_PFN)
			return 0;
		return ev->cma.count < UINT32_MAX ? ev->cma.count : UINT32_MAX;
	case KM_EV_PAGE_FREE:
	case KM_EV_ZONE_LOCKED:
	case KM_EV_PCPU_DRAIN:
		return pages_of(ev->page.order);
	default:
		return 0;
	}
}

void gap_survey(struct gap *g, const struct km_event *ev, bool seeding)
{
	g->moved_pages += moves(ev);
	if (ev->kind != KM_EV_LOST || !seeding)
		return;
	g->survey_lost += ev->num[0];
	g->survey_unknown |= !ev->num[0];
}

static uint64_t present_pages(const struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < m->pages.nr_zones; i++)
		sum += m->zone[i].end.nr - m->zone[i].start.nr;
	return sum;
}

/* What is on its way when the record breaks off cannot be held against what follows it. */
static void break_off(struct replay *r, unsigned int cpu)
{
	struct cpu_state *c = &r->cpu[cpu];

	steps_clear(&c->removed);
	steps_clear(&c->drained);
	c->bulk_owed = 0;
}

/* Of the pages moved in gaps those still in doubt: all of them, before enough has been seen. */
static uint64_t in_doubt(const struct gap *g)
{
	uint64_t moved = g->nr_moved + DOUBTED, first = g->nr_shown + DOUBTED;

	if (g->unseen_pages == UINT64_MAX)
		return UINT64_MAX;
	return (uint64_t)(((unsigned __int128)g->unseen_pages * first + moved - 1) / moved);
}

/* What @lost events did where all of the trace's did @sum. */
static uint64_t expected(const struct replay *r, uint64_t lost, uint64_t sum)
{
	uint64_t events = r->survey.nr_events ? r->survey.nr_events : 1;
	unsigned __int128 pages = (unsigned __int128)lost * sum + events - 1;

	return pages / events > UINT64_MAX ? UINT64_MAX : (uint64_t)(pages / events);
}

void gap_start(struct replay *r)
{
	struct gap *g = &r->gap;
	uint64_t first = 0;

	g->nr_pages = present_pages(&r->m);
	if (!g->survey_lost && !g->survey_unknown)
		return;
	for (uint64_t i = 0; i < r->survey.nr_frames; i++)
		first += survey_first(&r->survey, i) != FIRST_NONE;
	g->seed_pages = g->survey_unknown ? UINT64_MAX : expected(r, g->survey_lost, first);
}

int gap_unseen(struct replay *r, uint64_t pages, enum miss_cause cause)
{
	struct gap *g = &r->gap;
	uint64_t bytes = (r->m.frames.nr_frames + 7) / 8;
	uint8_t *shown = g->shown ? g->shown : malloc(bytes);
	bool unknown = pages == UINT64_MAX || g->unseen_pages == UINT64_MAX;

	if (!shown)
		return -KM_ENOMEM;
	if (unknown || __builtin_add_overflow(in_doubt(g), pages, &g->unseen_pages))
		g->unseen_pages = UINT64_MAX;
	memset(shown, 0, bytes);
	g->shown = shown;
	g->nr_shown = g->nr_moved = 0;
	g->cause = cause;
	return 0;
}

int gap_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct gap *g = &r->gap;
	uint64_t lost = op->ev->num[0];
	uint64_t pages = lost ? expected(r, lost, g->moved_pages) : UINT64_MAX;

	if (gap_unseen(r, pages, CAUSE_LOSS))
		return km_fail(d, KM_ENOMEM, "", "out of memory for a gap");
	g->gaps++;
	g->lost_events += lost;
	break_off(r, op->cpu);
	return contig_gap(r, op, d);
}

static bool is_shown(const struct replay *r, uint64_t frame)
{
	return r->gap.shown[frame / 8] >> frame % 8 & 1;
}

static void show(struct replay *r, uint64_t nr, unsigned int order)
{
	struct gap *g = &r->gap;

	for (uint64_t at = nr; at < nr + pages_of(order); at++) {
		uint64_t frame = at - r->m.frames.base;

		if (!frames_has(&r->m.frames, pfn(at)))
			continue;
		g->nr_moved++;
		if (is_shown(r, frame))
			continue;
		g->shown[frame / 8] |= (uint8_t)(1u << frame % 8);
		g->nr_shown++;
	}
}

uint64_t gap_uncertain(const struct gap *g)
{
	uint64_t hidden = g->nr_pages > g->nr_shown ? g->nr_pages - g->nr_shown : 0, pages;

	if (__builtin_add_overflow(in_doubt(g), g->seed_pages, &pages))
		return hidden;
	return pages < hidden ? pages : hidden;
}

bool gap_doubts(const struct replay *r, struct pfn p)
{
	return r->gap.shown && frames_has(&r->m.frames, p) &&
	       !is_shown(r, p.nr - r->m.frames.base) && gap_uncertain(&r->gap);
}

enum miss_cause gap_cause(const struct replay *r, struct pfn predicted, struct pfn recorded,
			  enum miss_cause cause)
{
	if (cause == CAUSE_FIRST_TOUCH)
		return cause;
	return gap_doubts(r, predicted) || gap_doubts(r, recorded) ? r->gap.cause : cause;
}

/* The event needs the block to be at @wanted, and in use where that is PLACE_ALLOC. */
static void hold_against(struct replay *r, const struct km_ev_page *p, enum place wanted,
			 unsigned int cpu)
{
	struct frame at = { 0 };
	enum place is = place_of(&r->m, pfn(p->pfn), &at);

	if (is <= PLACE_UNKNOWN || is == PLACE_PRIVATE || !gap_doubts(r, pfn(p->pfn)))
		return;
	if (wanted == PLACE_ALLOC && is != PLACE_ALLOC)
		r->gap.lost_allocs++;
	else if (wanted != PLACE_ALLOC && is == PLACE_ALLOC)
		r->gap.lost_frees++;
	else if (is != wanted || (is == PLACE_PCP && at.cpu != cpu))
		r->gap.lost_moves++;
}

static void each_rec(struct replay *r, const struct op *op, enum place wanted)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_ev_page p = rec_taken(&op->rec[i]);

		if (wanted == PLACE_PCP || op->rec[i].removes)
			hold_against(r, &p, wanted, op->cpu);
	}
}

void gap_before(struct replay *r, const struct op *op)
{
	const struct km_ev_page *p = &op->ev->page;

	if (!r->gap.shown || r->bind)
		return;
	if (op->kind == OP_ALLOC || op->kind == OP_RUN)
		each_rec(r, op, PLACE_FREE);
	if (op->kind == OP_ALLOC && !op->nr_rec)
		hold_against(r, p, pcp_keeps(&r->m.pcp[0], p->order) ? PLACE_PCP : PLACE_FREE,
			     op->cpu);
	if (op->kind == OP_FREE)
		hold_against(r, p, PLACE_ALLOC, op->cpu);
	if (op->kind == OP_FREE || op->kind == OP_DRAIN)
		each_rec(r, op, PLACE_PCP);
}

void gap_after(struct replay *r, const struct op *op)
{
	if (!r->gap.shown || r->bind)
		return;
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_ev_page p = rec_taken(&op->rec[i]);

		show(r, p.pfn, p.order);
	}
	if ((op->kind == OP_ALLOC || op->kind == OP_FREE) && op->ev->page.pfn != KM_NO_PFN)
		show(r, op->ev->page.pfn, op->ev->page.order);
}

void gap_settled(struct gap *g)
{
	g->unseen_pages = g->seed_pages = 0;
}

void gap_release(struct gap *g)
{
	free(g->shown);
	g->shown = NULL;
}
