/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/group_line.h"

#include <stdlib.h>
#include <string.h>

int group_open(struct group **out, const struct group_sink *sink)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return -KM_ENOMEM;
	*g = (struct group){ .sink = *sink, .first = 1, .last = 1 };
	g->line = calloc(LINE, sizeof(*g->line));
	g->bucket = calloc(1 << BUCKET_BITS, sizeof(*g->bucket));
	g->cpu = calloc(KM_MAX_CPUS, sizeof(*g->cpu));
	if (!g->line || !g->bucket || !g->cpu) {
		group_close(g);
		return -KM_ENOMEM;
	}
	*out = g;
	return 0;
}

void group_close(struct group *g)
{
	if (!g)
		return;
	free(g->line);
	free(g->bucket);
	free(g->cpu);
	free(g->rec);
	free(g);
}

static void remember(struct group *g, uint64_t nr, uint64_t pos)
{
	uint32_t *bucket = bucket_of(g, nr);
	uint64_t first = position_of(g, *bucket), at = first, newer = NONE;
	struct entry *e = entry_at(g, pos);

	if (nr == KM_NO_PFN)
		return;
	while (live(g, at) && entry_at(g, at)->page != nr) {
		newer = at;
		at = entry_at(g, at)->same;
	}
	if (live(g, at) && newer)
		entry_at(g, newer)->same = entry_at(g, at)->same;
	else if (live(g, at))
		first = entry_at(g, at)->same;
	e->page = nr;
	e->same = first;
	*bucket = (uint32_t)pos;
}

/* Is the extfrag @e, behind @prev in its run, the only event of its page's removal? */
static bool fallback_removes(const struct group *g, const struct entry *e, uint64_t prev)
{
	if (!g->sink.fallback_names_page)
		return false;
	return !live(g, prev) || entry_at(g, prev)->ev.kind != KM_EV_ZONE_LOCKED ||
	       entry_at(g, prev)->ev.page.pfn != e->ev.extfrag.pfn;
}

static void add_removal(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	e->removes = e->ev.kind == KM_EV_ZONE_LOCKED || fallback_removes(g, e, c->run_tail);
	if (live(g, c->run_tail)) {
		struct entry *tail = entry_at(g, c->run_tail);

		tail->next = pos;
		e->prev = c->run_tail;
		e->head = tail->head;
		e->role = ROLE_CONSUMED;
	} else {
		e->head = pos;
		e->role = ROLE_RUN;
	}
	c->run_tail = pos;
	c->drain_tail = NONE;
	if (!e->removes)
		return;
	group_prove_direct(g, taken(e).pfn);
	remember(g, taken(e).pfn, pos);
}

/* A fallback right before a removal belongs to it. */
static uint64_t with_fallback(const struct group *g, uint64_t pos)
{
	uint64_t prev = entry_at(g, pos)->prev;

	while (!g->sink.fallback_names_page && live(g, prev) &&
	       entry_at(g, prev)->ev.kind == KM_EV_EXTFRAG) {
		pos = prev;
		prev = entry_at(g, pos)->prev;
	}
	return pos;
}

/* Does a refill begin at @pos of its run? Refills of one kind are equally long. */
static bool begins_refill(const struct group *g, uint64_t pos)
{
	unsigned int before = 0, order = taken(entry_at(g, pos)).order;

	for (uint64_t at = entry_at(g, pos)->prev; live(g, at); at = entry_at(g, at)->prev) {
		if (!entry_at(g, at)->removes)
			continue;
		if (taken(entry_at(g, at)).order != order)
			break;
		before++;
	}
	struct km_event like = { .kind = KM_EV_ZONE_LOCKED, .cpu = entry_at(g, pos)->ev.cpu };

	like.page = taken(entry_at(g, pos));
	return before % g->sink.refill(g->sink.ctx, &like) == 0;
}

/*
 * The allocation of a page that left the lists in a run takes the rest of that run as its refill.
 */
static bool claim_run(struct group *g, struct entry *e, uint64_t pos)
{
	uint64_t from = latest(g, e->ev.page.pfn);
	struct entry *z = from ? entry_at(g, from) : NULL;

	if (!z || !z->removes || z->alloc || taken(z).order != e->ev.page.order ||
	    !begins_refill(g, from))
		return false;
	struct cpu_line *c = &g->cpu[z->ev.cpu % KM_MAX_CPUS];

	from = with_fallback(g, from);
	struct entry *start = entry_at(g, from);

	if (live(g, start->prev))
		entry_at(g, start->prev)->next = NONE;
	for (uint64_t at = from; at; at = entry_at(g, at)->next) {
		entry_at(g, at)->head = from;
		entry_at(g, at)->alloc = pos;
		if (at == c->run_tail)
			c->run_tail = NONE;
	}
	start->role = ROLE_ALLOC;
	e->role = ROLE_CONSUMED;
	return true;
}

static void add_alloc(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	const struct km_ev_page *p = &e->ev.page;

	c->drain_tail = NONE;
	if (!claim_run(g, e, pos)) {
		c->run_tail = NONE;
		if (e->interrupted && live(g, c->irq_before)) {
			entry_at(g, c->irq_before)->early = pos;
			e->head = c->irq_before;
			e->role = ROLE_CONSUMED;
		}
	}
	remember(g, p->pfn, pos);
	if (c->block_end && !c->block_irq && in_interrupt(&e->ev))
		return;
	c->block_end = 0;
	c->block_irq = in_interrupt(&e->ev);
	if (p->pfn != KM_NO_PFN && p->order && !(p->gfp & KM_GFP_COMP)) {
		c->block_pfn = p->pfn;
		c->block_end = p->pfn + pages_of(p->order);
		c->expect = 0;
	}
}

static void follow_exact(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	uint64_t nr = e->ev.page.pfn;
	if (!c->block_irq && in_interrupt(&e->ev))
		return;
	bool begins = !c->expect && nr > c->block_pfn && nr < c->block_end;

	if (!c->block_end || e->ev.page.order || (!begins && nr != c->expect)) {
		c->block_end = 0;
		return;
	}
	e->prev = begins ? NONE : c->last_free;
	c->last_free = pos;
	c->expect = nr + 1;
	if (c->expect < c->block_end)
		return;
	for (uint64_t at = pos; live(g, at); at = entry_at(g, at)->prev)
		entry_at(g, at)->free_flags = PAGES_FREE_TO_TAIL;
	c->block_end = 0;
}

static void add_free(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	c->run_tail = NONE;
	e->head = pos;
	c->drain_tail = pos;
	c->drain_pid = e->ev.pid;
	follow_exact(g, c, e, pos);
	remember(g, e->ev.page.pfn, pos);
}

static void add_batched(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	uint64_t from = latest(g, e->ev.page.pfn);
	struct entry *f = from ? entry_at(g, from) : NULL;

	c->run_tail = NONE;
	if (!f || f->ev.kind != KM_EV_PAGE_FREE || f->role != ROLE_PLAIN) {
		e->role = ROLE_CONSUMED;
		return;
	}
	f->role = ROLE_PHASE1;
	e->ev.page.order = f->ev.page.order;
	e->head = pos;
	c->drain_tail = pos;
	c->drain_pid = e->ev.pid;
	remember(g, e->ev.page.pfn, pos);
}

static void add_drain(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	if (live(g, c->drain_tail) && c->drain_pid == e->ev.pid) {
		entry_at(g, c->drain_tail)->next = pos;
		e->head = entry_at(g, c->drain_tail)->head;
		e->role = ROLE_CONSUMED;
	} else {
		e->head = pos;
		e->role = ROLE_DRAIN;
		c->drain_pid = e->ev.pid;
	}
	c->drain_tail = pos;
	c->run_tail = NONE;
	remember(g, e->ev.page.pfn, pos);
}

static void link_event(struct group *g, struct entry *e, uint64_t pos)
{
	struct cpu_line *c = &g->cpu[e->ev.cpu % KM_MAX_CPUS];

	group_note_lock(g, c, e, pos);
	switch (e->ev.kind) {
	case KM_EV_ZONE_LOCKED:
	case KM_EV_EXTFRAG:
		add_removal(g, c, e, pos);
		break;
	case KM_EV_PAGE_ALLOC:
		add_alloc(g, c, e, pos);
		break;
	case KM_EV_PAGE_FREE:
		add_free(g, c, e, pos);
		break;
	case KM_EV_PAGE_FREE_BATCHED:
		add_batched(g, c, e, pos);
		break;
	case KM_EV_PCPU_DRAIN:
		add_drain(g, c, e, pos);
		break;
	case KM_EV_LOST:
		*c = (struct cpu_line){ 0 };
		break;
	default:
		c->run_tail = NONE;
		c->drain_tail = NONE;
		break;
	}
}

static int collect(struct group *g, uint64_t from, size_t *n, struct km_diag *d)
{
	*n = 0;
	for (uint64_t at = from; at; at = entry_at(g, at)->next) {
		const struct entry *e = entry_at(g, at);

		if (*n == g->rec_room) {
			size_t room = g->rec_room ? g->rec_room * 2 : 256;
			struct op_rec *rec = realloc(g->rec, room * sizeof(*rec));

			if (!rec)
				return km_fail(d, KM_ENOMEM, "",
					       "out of memory for a run of %zu events", room);
			g->rec = rec;
			g->rec_room = room;
		}
		g->rec[(*n)++] = (struct op_rec){
			.no = e->no, .ts_ns = e->ev.ts_ns, .removes = e->removes, .ev = e->ev
		};
	}
	return 0;
}

static enum op_kind op_kind_of(const struct entry *e)
{
	if (e->role == ROLE_ALLOC)
		return OP_ALLOC;
	if (e->role == ROLE_RUN)
		return OP_RUN;
	if (e->role == ROLE_DRAIN)
		return OP_DRAIN;
	if (e->role == ROLE_PHASE1)
		return OP_FREE_SEEN;
	if (e->ev.kind == KM_EV_PAGE_ALLOC)
		return OP_ALLOC;
	if (e->ev.kind == KM_EV_PAGE_FREE || e->ev.kind == KM_EV_PAGE_FREE_BATCHED)
		return OP_FREE;
	return OP_EVENT;
}

/* What is chained to an operation that has left would be lost: begin anew. */
static void release_tails(struct group *g, unsigned int cpu)
{
	struct cpu_line *c = &g->cpu[cpu % KM_MAX_CPUS];

	if (live(g, c->run_tail) && entry_at(g, c->run_tail)->head == g->first)
		c->run_tail = NONE;
	if (live(g, c->drain_tail) && entry_at(g, c->drain_tail)->head == g->first)
		c->drain_tail = NONE;
}

/* An allocation that an interrupt fell into comes before what the interrupt did. */
static int emit_early(struct group *g, uint64_t pos, struct km_diag *d)
{
	const struct entry *e = entry_at(g, pos);
	const struct op op = {
		.kind = OP_ALLOC, .cpu = e->ev.cpu, .no = e->no, .ev = &e->ev, .rec = g->rec
	};

	return g->sink.op(g->sink.ctx, &op, d);
}

static int emit_first(struct group *g, struct km_diag *d)
{
	struct entry *e = entry_at(g, g->first);
	struct op op = { .kind = op_kind_of(e),
			 .cpu = e->ev.cpu,
			 .no = e->no,
			 .ev = &e->ev,
			 .free_flags = e->free_flags };
	int err = e->early ? emit_early(g, e->early, d) : 0;

	if (op.kind == OP_FREE && !op.free_flags && in_interrupt(&e->ev) && g->sink.type &&
	    latest(g, e->ev.page.pfn) == g->first && group_stays_away(g, e))
		op.free_flags = PAGES_FREE_TO_BUDDY;
	if (!err && e->role != ROLE_CONSUMED) {
		uint64_t from = NONE;

		if (op.kind == OP_RUN || op.kind == OP_DRAIN || e->role == ROLE_ALLOC)
			from = g->first;
		else if (op.kind == OP_FREE)
			from = e->next;
		err = collect(g, from, &op.nr_rec, d);
		op.rec = g->rec;
		if (!err && e->role == ROLE_ALLOC) {
			op.ev = &entry_at(g, e->alloc)->ev;
			op.no = entry_at(g, e->alloc)->no;
		}
		if (!err)
			err = g->sink.op(g->sink.ctx, &op, d);
	}
	release_tails(g, e->ev.cpu);
	g->first++;
	return err;
}

int group_push(struct group *g, const struct km_event *ev, uint64_t no, bool interrupted,
	       struct km_diag *d)
{
	int err = 0;

	if (g->last - g->first == LINE)
		err = emit_first(g, d);
	struct entry *e = entry_at(g, g->last);

	*e = (struct entry){ .ev = *ev, .no = no, .interrupted = interrupted };
	g->last++;
	link_event(g, e, g->last - 1);
	return err;
}

int group_flush(struct group *g, struct km_diag *d)
{
	int err = 0;

	while (!err && g->first < g->last)
		err = emit_first(g, d);
	return err;
}

unsigned int group_next_of(const struct group *g, struct pfn p)
{
	uint64_t pos = latest(g, p.nr);

	/* the latest event of a page lies ahead unless it is the one on its way out */
	if (!pos || pos == g->first)
		return KM_NR_EVENT_KINDS;
	for (pos = g->first + 1; pos < g->last; pos++) {
		const struct entry *e = entry_at(g, pos);
		const struct km_event *ev = &e->ev;

		if (is_early(e) && e->head <= g->first)
			continue;
		if (ev->kind >= KM_EV_PAGE_ALLOC && ev->kind <= KM_EV_PCPU_DRAIN &&
		    ev->page.pfn == p.nr)
			return ev->kind;
	}
	return KM_NR_EVENT_KINDS;
}
