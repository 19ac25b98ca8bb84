/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/group.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINE = 8192, /* events in the line: a power of two, longer than any batch of frees */
	NONE = 0,    /* no position; positions count from 1 */
};

enum role { ROLE_PLAIN, ROLE_CONSUMED, ROLE_RUN, ROLE_ALLOC, ROLE_PHASE1, ROLE_DRAIN };

struct entry {
	struct km_event ev;
	uint64_t no;
	uint64_t next;	/* chain of records: a run, or the drains of a free */
	uint64_t prev;	/* run: the entry before; exact tail: the free before */
	uint64_t alloc; /* ROLE_ALLOC: where its mm_page_alloc stands */
	uint64_t head;	/* first entry of its chain */
	uint8_t role;
	uint8_t free_flags;
	bool removes; /* a page left the free lists, and no other event says so */
};

struct cpu_line {
	uint64_t run_tail;   /* last entry of the open run */
	uint64_t drain_tail; /* where the next drain is chained: a free, or a drain */
	int32_t drain_pid;
	/* the last block allocated here, for alloc_pages_exact() */
	uint64_t block_pfn, block_end, expect, last_free;
	bool block_irq; /* … and whether an interrupt did */
	uint64_t task;	/* last event outside interrupts */
	bool irq_free;	/* an interrupt has freed since */
};

struct group {
	struct group_sink sink;
	struct entry *line;
	uint64_t first, last; /* positions in the line: [first, last) */
	uint32_t *at;	      /* by pfn: low bits of the position of its latest event */
	uint64_t first_pfn, nr_frames;
	struct cpu_line *cpu;
	struct op_rec *rec;
	size_t rec_room;
};

static struct entry *entry_at(const struct group *g, uint64_t pos)
{
	return &g->line[pos & (LINE - 1)];
}

int group_open(struct group **out, uint64_t first_pfn, uint64_t nr_frames,
	       const struct group_sink *sink)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return -KM_ENOMEM;
	*g = (struct group){
		.sink = *sink, .first = 1, .last = 1, .first_pfn = first_pfn, .nr_frames = nr_frames
	};
	g->line = calloc(LINE, sizeof(*g->line));
	g->at = calloc(nr_frames ? nr_frames : 1, sizeof(*g->at));
	g->cpu = calloc(KM_MAX_CPUS, sizeof(*g->cpu));
	if (!g->line || !g->at || !g->cpu) {
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
	free(g->at);
	free(g->cpu);
	free(g->rec);
	free(g);
}

static bool has_pfn(const struct group *g, uint64_t nr)
{
	return nr - g->first_pfn < g->nr_frames;
}

/* The latest event of @nr still in the line, or NONE. */
static uint64_t latest(const struct group *g, uint64_t nr)
{
	if (!has_pfn(g, nr))
		return NONE;
	uint32_t low = g->at[nr - g->first_pfn];
	uint64_t pos = (g->last & ~(uint64_t)UINT32_MAX) | low;

	if (pos >= g->last)
		pos -= UINT64_C(1) << 32;
	return low && pos >= g->first && pos < g->last ? pos : NONE;
}

static void remember(struct group *g, uint64_t nr, uint64_t pos)
{
	if (has_pfn(g, nr))
		g->at[nr - g->first_pfn] = (uint32_t)pos;
}

static bool live(const struct group *g, uint64_t pos)
{
	return pos >= g->first && pos < g->last;
}

/* The block a removal took: its first page and order. */
static struct km_ev_page taken(const struct entry *e)
{
	return rec_taken(&(struct op_rec){ .ev = e->ev });
}

/* Is the extfrag @e, behind @prev in its run, the only event of its page's removal? */
static bool fallback_removes(const struct group *g, const struct entry *e, uint64_t prev)
{
	if (!g->sink.fallback_names_page)
		return false;
	return !live(g, prev) || entry_at(g, prev)->ev.kind != KM_EV_ZONE_LOCKED ||
	       entry_at(g, prev)->ev.page.pfn != e->ev.extfrag.pfn;
}

static bool in_interrupt(const struct km_event *ev)
{
	return !(ev->ctx & KM_CTX_UNKNOWN) &&
	       (ev->ctx & (KM_CTX_HARDIRQ | KM_CTX_SOFTIRQ | KM_CTX_NMI));
}

/*
 * A page that leaves the free lists without ever having been drained went there when it was freed:
 * the interrupt that freed it had found the per-CPU lock taken.
 */
static void prove_direct(struct group *g, uint64_t nr)
{
	uint64_t from = latest(g, nr);
	struct entry *f = from ? entry_at(g, from) : NULL;

	if (f && f->ev.kind == KM_EV_PAGE_FREE && f->role == ROLE_PLAIN && in_interrupt(&f->ev))
		f->free_flags = PAGES_FREE_TO_BUDDY;
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
	prove_direct(g, taken(e).pfn);
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
	if (!claim_run(g, e, pos))
		c->run_tail = NONE;
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

/*
 * The zone's lock is held with interrupts off, inside the per-CPU lock: what had to wait comes in
 * when the zone's is given up, before the other is.
 *
 * Kernel: mm/page_alloc.c:free_pcppages_bulk(), rmqueue_bulk() [6.1]
 */
static bool leaves_lock(const struct entry *e)
{
	return e->ev.kind == KM_EV_PCPU_DRAIN;
}

/*
 * A list of pages is put on the per-CPU lists under their lock; interrupts stay enabled.
 *
 * Kernel: mm/page_alloc.c:free_unref_page_list() [6.1]
 */
static void note_lock(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	const struct entry *before = live(g, c->task) ? entry_at(g, c->task) : NULL;

	if (in_interrupt(&e->ev)) {
		c->irq_free |= e->ev.kind == KM_EV_PAGE_FREE;
		if (e->ev.kind == KM_EV_PAGE_FREE && before && leaves_lock(before) &&
		    before->ev.pid == e->ev.pid)
			e->free_flags = PAGES_FREE_TO_BUDDY;
		return;
	}
	bool held = c->irq_free && before && before->ev.kind == KM_EV_PAGE_FREE_BATCHED &&
		    e->ev.kind == KM_EV_PAGE_FREE_BATCHED && before->ev.pid == e->ev.pid;

	for (uint64_t at = c->task + 1; held && at < pos; at++) {
		struct entry *irq = entry_at(g, at);

		if (irq->ev.cpu == e->ev.cpu && irq->ev.kind == KM_EV_PAGE_FREE)
			irq->free_flags = PAGES_FREE_TO_BUDDY;
	}
	c->task = pos;
	c->irq_free = false;
}

static void link_event(struct group *g, struct entry *e, uint64_t pos)
{
	struct cpu_line *c = &g->cpu[e->ev.cpu % KM_MAX_CPUS];

	note_lock(g, c, e, pos);
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

/* What an event says of how many pages a list of @order and @mt has: one more, one fewer. */
static int list_change(const struct group *g, const struct entry *e, unsigned int order,
		       unsigned int mt)
{
	const struct km_ev_page *p = &e->ev.page;

	if (e->ev.kind == KM_EV_PAGE_ALLOC)
		return p->order == order && p->mt == mt ? -1 : 0;
	if ((e->ev.kind != KM_EV_PAGE_FREE && e->ev.kind != KM_EV_PAGE_FREE_BATCHED) ||
	    e->role != ROLE_PLAIN || e->free_flags || p->order != order)
		return 0;
	return g->sink.type(g->sink.ctx, pfn(p->pfn)) == mt;
}

/*
 * Nothing names the page of @f again. On a per-CPU list it would have been handed out, had it lain
 * above pages that were, and it would not have been filled again above it: then the interrupt that
 * freed it had found the lock taken. One page from below it is not enough; the allocation that got
 * that may be the very one that was interrupted.
 */
static bool stays_away(const struct group *g, const struct entry *f)
{
	enum { FROM_BELOW = 2 };
	unsigned int order = f->ev.page.order, mt = g->sink.type(g->sink.ctx, pfn(f->ev.page.pfn));
	int above = 0;

	if (mt == KM_NR_MIGRATETYPES)
		return false;
	for (uint64_t at = g->first + 1; at < g->last; at++) {
		const struct entry *e = entry_at(g, at);

		if (e->ev.kind == KM_EV_LOST || e->ev.kind == KM_EV_KMALLOC)
			return false; /* a bulk request may have it */
		if (e->ev.cpu != f->ev.cpu)
			continue;
		if (e->removes && taken(e).order == order && taken(e).mt == mt)
			return true;
		above += list_change(g, e, order, mt);
		if (above <= -FROM_BELOW)
			return true;
	}
	return false;
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

static int emit_first(struct group *g, struct km_diag *d)
{
	struct entry *e = entry_at(g, g->first);
	struct op op = { .kind = op_kind_of(e),
			 .cpu = e->ev.cpu,
			 .no = e->no,
			 .ev = &e->ev,
			 .free_flags = e->free_flags };
	int err = 0;

	if (op.kind == OP_FREE && !op.free_flags && in_interrupt(&e->ev) && g->sink.type &&
	    latest(g, e->ev.page.pfn) == g->first && stays_away(g, e))
		op.free_flags = PAGES_FREE_TO_BUDDY;
	if (e->role != ROLE_CONSUMED) {
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

int group_push(struct group *g, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	int err = 0;

	if (g->last - g->first == LINE)
		err = emit_first(g, d);
	struct entry *e = entry_at(g, g->last);

	*e = (struct entry){ .ev = *ev, .no = no };
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
		const struct km_event *ev = &entry_at(g, pos)->ev;

		if (ev->kind >= KM_EV_PAGE_ALLOC && ev->kind <= KM_EV_PCPU_DRAIN &&
		    ev->page.pfn == p.nr)
			return ev->kind;
	}
	return KM_NR_EVENT_KINDS;
}
