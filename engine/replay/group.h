/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events put back into the kernel's context: a refill with the allocation it served, a drain with
 * the free that caused it, a batched free at the moment it took effect.
 *
 * A delay line of fixed length. What an event proves about an earlier one is noted on that one
 * while it still is in the line; on leaving the line an event is an operation with all its
 * evidence, or was consumed by another.
 *
 * 1. zone_locked and extfrag events of one CPU with nothing between form a run. An mm_page_alloc of
 * a page that
 *    left the free lists at the beginning of a refill in the run ends it: everything from that
 *    page on was that allocation's refill; what came before it in the run served nobody traced. A
 *    page from the middle of a refill was simply the next on the list that somebody untraced had
 *    filled.
 * 2. mm_page_free followed by mm_page_free_batched of the same page took effect at the latter.
 * 3. mm_page_pcpu_drain events that follow a free on its CPU were caused by it; others are drains
 * of their own.
 * 4. Order-0 frees that cover the tail of a block just allocated on that CPU, ascending to its end,
 * are the
 *    surplus of alloc_pages_exact(): they bypass the per-CPU lists.
 * 5. A free in an interrupt found the per-CPU lock taken, and went straight to the free lists,
 *    where it came between two mm_page_free_batched events of one task, which holds the lock from
 *    page to page; where it came right behind a drain; and where its page leaves a free list
 *    without a drain in between.
 */
#ifndef KM_GROUP_H
#define KM_GROUP_H

#include "engine/core/diag.h"
#include "engine/event.h"
#include "engine/pages/pages.h"

enum op_kind {
	OP_EVENT,     /* any other event */
	OP_ALLOC,     /* ev: mm_page_alloc; rec: the removals it caused */
	OP_RUN,	      /* removals that no traced allocation asked for; ev: the first of them */
	OP_FREE,      /* ev: mm_page_free or mm_page_free_batched; rec: the drains it caused */
	OP_DRAIN,     /* drains without a free; ev: the first of them */
	OP_FREE_SEEN, /* the first phase of a batched free: nothing happens to the lists */
};

struct op_rec {
	uint64_t no; /* event number */
	uint64_t ts_ns;
	bool removes; /* it alone tells that its page left the free lists */
	struct km_event ev;
};

/* The block that a removal took, or a drain gave back; of a fallback, the one it handed out. */
static inline struct km_ev_page rec_taken(const struct op_rec *rec)
{
	const struct km_ev_extfrag *x = &rec->ev.extfrag;

	if (rec->ev.kind != KM_EV_EXTFRAG)
		return rec->ev.page;
	return (struct km_ev_page){ .pfn = x->pfn, .order = x->alloc_order, .mt = x->alloc_mt };
}

struct op {
	enum op_kind kind;
	unsigned int free_flags; /* OP_FREE: enum pages_free_flags */
	unsigned int cpu;	 /* on whose lists it acts */
	uint64_t no;		 /* event number of ev, from 1 */
	const struct km_event *ev;
	const struct op_rec *rec;
	size_t nr_rec;
};

struct group;

struct group_sink {
	int (*op)(void *ctx, const struct op *op, struct km_diag *d);
	/* The migratetype of a page's pageblock; KM_NR_MIGRATETYPES, or no function: not known. */
	unsigned int (*type)(void *ctx, struct pfn p);
	/* Refills with blocks like that of @ev fetch a multiple of so many. */
	unsigned int (*refill)(void *ctx, const struct km_event *ev);
	/*
	 * An extfrag names the page it got: with a zone_locked of that page right before, or as the
	 * only event of its removal. Otherwise it names the block it found, before the removal.
	 */
	bool fallback_names_page;
	void *ctx;
};

int group_open(struct group **out, const struct group_sink *sink) KM_MUST_CHECK;
void group_close(struct group *g);

/*
 * Take the next event; hands on whatever leaves the line. @interrupted: an allocation that had its
 * page before the interrupt that precedes it (haste.h). An error is the sink's.
 */
int group_push(struct group *g, const struct km_event *ev, uint64_t no, bool interrupted,
	       struct km_diag *d) KM_MUST_CHECK;
int group_flush(struct group *g, struct km_diag *d) KM_MUST_CHECK;

/*
 * What happens next to page @p among the events still in the line: their kind, or KM_NR_EVENT_KINDS
 * if nothing does. Only to be called from within the sink.
 */
unsigned int group_next_of(const struct group *g, struct pfn p);

#endif
