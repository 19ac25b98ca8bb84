/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What interrupts found: a free in one goes to the free lists if the per-CPU lists were locked, and
 * no event says so. Where other events prove it, it is noted on the free.
 */
#include "engine/replay/group_line.h"

/*
 * A page that leaves the free lists without ever having been drained went there when it was freed:
 * the interrupt that freed it had found the per-CPU lock taken.
 */
void group_prove_direct(struct group *g, uint64_t nr)
{
	uint64_t from = latest(g, nr);
	struct entry *f = from ? entry_at(g, from) : NULL;

	if (f && f->ev.kind == KM_EV_PAGE_FREE && f->role == ROLE_PLAIN && in_interrupt(&f->ev))
		f->free_flags = PAGES_FREE_TO_BUDDY;
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
void group_note_lock(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos)
{
	const struct entry *before = live(g, c->task) ? entry_at(g, c->task) : NULL;

	if (in_interrupt(&e->ev)) {
		c->irq = live(g, c->irq) ? c->irq : pos;
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
	c->irq_before = c->irq;
	c->irq = NONE;
}

/* What an event says of how many pages a list of @order and @mt has: one more, one fewer. */
static int list_change(const struct group *g, const struct entry *e, unsigned int order,
		       unsigned int mt)
{
	const struct km_ev_page *p = &e->ev.page;

	if (e->ev.kind == KM_EV_PAGE_ALLOC)
		return p->order == order && p->mt == mt && !is_early(e) ? -1 : 0;
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
bool group_stays_away(const struct group *g, const struct entry *f)
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
